"""GitHub push deliveries of 1.5 KiB, properly signed, no two alike: whole HTTP requests in a file.

All have the same length, so that a load generator finds the n-th without an index. They are signed
here, before any clock runs, and without hookmw: every app gets the same bytes.
"""

import hmac
import json
from dataclasses import dataclass
from pathlib import Path
from uuid import UUID

__all__ = ["PATH", "SECRET", "Pool", "delivery", "write_pool"]

PATH = "/github"
SECRET = b"a-secret-that-only-benchmarks-know"
BODY_SIZE = 1536

_MARK = "0123456789" * 4
_PUSH = {
    "ref": "refs/heads/main",
    "before": "6113728f27ae82c7b1a177c8d03f9e96e0adf246",
    "after": _MARK,
    "repository": {
        "id": 186853002,
        "name": "hello-world",
        "full_name": "octocat/hello-world",
        "private": False,
        "owner": {"name": "octocat", "email": "octocat@example.com", "id": 583231},
        "html_url": "https://github.com/octocat/hello-world",
        "created_at": 1557933565,
        "pushed_at": "2019-05-15T15:20:33Z",
        "stargazers_count": 80,
        "default_branch": "main",
    },
    "pusher": {"name": "octocat", "email": "octocat@example.com"},
    "sender": {"login": "octocat", "id": 583231, "type": "User", "site_admin": False},
    "created": False,
    "forced": False,
    "commits": [
        {
            "id": "6dcb09b5b57875f334f61aebed695e2e4193db5e",
            "message": "Fix all the bugs",
            "timestamp": "2019-05-15T15:20:30+02:00",
            "author": {"name": "Mona Lisa", "email": "mona@example.com"},
            "added": ["hello.py"],
            "removed": [],
            "modified": ["README.md"],
        }
    ],
    "compare": "",
}


@dataclass(frozen=True, slots=True)
class Pool:
    """The file.

    Attributes:
        path: of the file.
        count: how many requests it holds.
        size: bytes of each.
    """

    path: Path
    count: int
    size: int


def delivery(number: int) -> tuple[list[tuple[bytes, bytes]], bytes]:
    """Headers and body of one delivery; another number gives another body, id and signature."""
    body = _HEAD + b"%040x" % number + _TAIL
    return [*_FIXED, *_proofs(number, body)], body


def write_pool(path: Path, count: int) -> Pool:
    """Write so many requests, one after the other."""
    with path.open("wb") as file:
        for number in range(count):
            file.write(_request(number))
    return Pool(path, count, len(_request(0)))


def _request(number: int) -> bytes:
    headers, body = delivery(number)
    lines = b"".join([b"%s: %s\r\n" % header for header in headers])
    return b"POST %s HTTP/1.1\r\n%s\r\n%s" % (PATH.encode(), lines, body)


def _proofs(number: int, body: bytes) -> list[tuple[bytes, bytes]]:
    sha1 = hmac.digest(SECRET, body, "sha1").hex()
    sha256 = hmac.digest(SECRET, body, "sha256").hex()
    return [
        (b"X-GitHub-Delivery", str(UUID(int=number)).encode()),
        (b"X-Hub-Signature", b"sha1=" + sha1.encode()),
        (b"X-Hub-Signature-256", b"sha256=" + sha256.encode()),
    ]


def _template() -> tuple[bytes, bytes]:
    missing = BODY_SIZE - len(json.dumps(_PUSH, separators=(",", ":")))
    text = json.dumps({**_PUSH, "compare": "x" * missing}, separators=(",", ":"))
    head, _, tail = text.encode().partition(_MARK.encode())
    return head, tail


_HEAD, _TAIL = _template()
_FIXED = [
    (b"Host", b"127.0.0.1"),
    (b"User-Agent", b"GitHub-Hookshot/044aadd"),
    (b"Accept", b"*/*"),
    (b"Content-Type", b"application/json"),
    (b"Content-Length", str(BODY_SIZE).encode()),
    (b"X-GitHub-Event", b"push"),
    (b"X-GitHub-Hook-ID", b"292430182"),
    (b"X-GitHub-Hook-Installation-Target-ID", b"186853002"),
    (b"X-GitHub-Hook-Installation-Target-Type", b"repository"),
]
