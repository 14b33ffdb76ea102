"""What a disk holds after a power cut: the files of one directory, less what was not fsynced.

`powerloss.c` writes down what happens to them. A file's bytes are safe after an fsync of the file,
its name after one of the directory. Of what is not safe a cut takes everything, or a part by lot:
disks write in any order, sector by sector.
"""

import random
import struct
from collections.abc import Iterator
from dataclasses import dataclass, field
from pathlib import Path

__all__ = ["Disk"]

HEAD = struct.Struct("=4Q")
SECTOR = 512


@dataclass(frozen=True, slots=True)
class _Record:
    what: str
    inode: int
    offset: int
    data: bytes


@dataclass(eq=False, slots=True)
class _File:
    safe: bytearray = field(default_factory=bytearray)
    pending: list[_Record] = field(default_factory=list)

    def sync(self) -> None:
        for record in self.pending:
            _apply(self.safe, record)
        self.pending.clear()

    def after_a_cut(self, lot: random.Random | None) -> bytes:
        content = bytearray(self.safe)
        if lot is not None:
            for record in self.pending:
                for part in _sectors(record):
                    if lot.random() < 0.5:
                        _apply(content, part)
        return bytes(content)


class Disk:
    """The directory as it is on the disk.

    Args:
        directory: as it is now, which is safe.
        journal: where `powerloss.c` writes; begun anew with each disk.
    """

    def __init__(self, directory: Path, journal: Path) -> None:
        self._directory = directory
        self._journal = journal
        self._names: dict[str, _File] = {}
        self._inodes: dict[int, _File] = {}
        journal.unlink(missing_ok=True)
        for path in directory.iterdir():
            file = _File(bytearray(path.read_bytes()))
            self._names[path.name] = self._inodes[path.stat().st_ino] = file
        self._safe_names = dict(self._names)

    def cut(self, lot: random.Random | None = None) -> int:
        """Leave in the directory what a power cut leaves; how many bytes were not safe.

        Args:
            lot: draws what of them is there all the same; None for nothing.
        """
        for record in _records(self._journal):
            self._play(record)
        for path in self._directory.iterdir():
            path.unlink()
        unsafe = 0
        for name, file in self._safe_names.items():
            if not name.endswith("-shm"):  # mapped memory, never written by anybody
                (self._directory / name).write_bytes(file.after_a_cut(lot))
                unsafe += sum(len(record.data) for record in file.pending)
        return unsafe

    def _play(self, record: _Record) -> None:
        name = record.data.decode() if record.what in "ou" else ""
        if record.what == "o":
            file = self._names.get(name)
            if file is None or self._inodes.get(record.inode) is not file:
                self._names[name] = self._inodes[record.inode] = _File()
        elif record.what == "u":
            if self._names.get(name) is self._inodes.get(record.inode):
                self._names.pop(name, None)
        elif record.what == "d":
            self._safe_names = dict(self._names)
        elif record.what == "s":
            self._inodes[record.inode].sync()
        else:
            self._inodes[record.inode].pending.append(record)


def _records(journal: Path) -> Iterator[_Record]:
    data = memoryview(journal.read_bytes())
    at = 0
    while at + HEAD.size <= len(data):
        what, inode, offset, length = HEAD.unpack_from(data, at)
        at += HEAD.size
        yield _Record(chr(what), inode, offset, bytes(data[at : at + length]))
        at += length


def _apply(content: bytearray, record: _Record) -> None:
    if record.what == "t":
        del content[record.offset :]
        content.extend(bytes(record.offset - len(content)))
        return
    content.extend(bytes(max(record.offset - len(content), 0)))
    content[record.offset : record.offset + len(record.data)] = record.data


def _sectors(record: _Record) -> Iterator[_Record]:
    if record.what != "w":
        yield record
    for at in range(0, len(record.data), SECTOR):
        yield _Record("w", record.inode, record.offset + at, record.data[at : at + SECTOR])
