"""Secrets: newest first, never empty, never printed. [10] [48] [214]"""

import pickle
from typing import Any

import pytest

from hookmw.errors import ConfigError
from hookmw.secret import Secrets, key_decoder


@pytest.mark.parametrize("values", [None, "", b"", [], (), [""], "None", " ", "\n", "\t\r\n", b" "])
def test_10_empty(values: Any) -> None:
    with pytest.raises(ConfigError, match=r"^GITHUB_SECRET is empty.*environment variable"):
        Secrets(values, name="GITHUB_SECRET")


@pytest.mark.parametrize("values", [["good", ""], ["good", " "], ["good", "None"]])
def test_10_one_empty_among_others(values: list[str]) -> None:
    with pytest.raises(ConfigError, match="is empty"):
        Secrets(values)


@pytest.mark.parametrize("value", ["hunter2\n", " hunter2", "hunter2\t", b"hunter2 "])
def test_white_space_around(value: str | bytes) -> None:
    with pytest.raises(ConfigError, match="white space") as caught:
        Secrets(value, name="KEY")
    assert "hunter2" not in str(caught.value)


@pytest.mark.parametrize("value", [7, None, ["nested"], object(), bytearray(b"x")])
def test_things_that_are_no_secrets(value: Any) -> None:
    with pytest.raises(ConfigError, match="must be text or bytes, not "):
        Secrets([value])


def test_newest_first() -> None:
    secrets = Secrets(["new", b"old"])
    assert list(secrets) == [b"new", b"old"]
    assert len(secrets) == 2
    assert secrets.keys("utf8") == (b"new", b"old")


def test_one_is_enough() -> None:
    assert list(Secrets("é")) == ["é".encode()]
    assert list(Secrets(b"\xff")) == [b"\xff"]
    assert list(Secrets("none")) == [b"none"]


def test_of_keeps_what_is_made_already() -> None:
    secrets = Secrets("x")
    assert Secrets.of(secrets) is secrets
    assert list(Secrets.of("x")) == [b"x"]
    with pytest.raises(ConfigError, match=r"^KEY is empty"):
        Secrets.of(None, name="KEY")


def test_an_environment_that_is_not_utf8() -> None:
    """`os.environ` holds such bytes as lone surrogates; the key is the bytes."""
    assert list(Secrets(b"\xffkey".decode("utf-8", "surrogateescape"))) == [b"\xffkey"]
    with pytest.raises(ConfigError, match="UTF-8") as caught:
        Secrets("hunter2\ud800")
    assert "hunter2" not in str(caught.value)


def test_214_never_printed() -> None:
    secrets = Secrets(["hunter2", "swordfish"])
    for text in (repr(secrets), str(secrets), f"{secrets}", repr([secrets])):
        assert "hunter2" not in text
        assert "swordfish" not in text
    assert repr(secrets) == "<Secrets: 2 hidden>"
    assert not hasattr(secrets, "__dict__")


@pytest.mark.parametrize(
    ("decoder", "secret", "key"),
    [
        ("utf8", "whsec_AAAA", b"whsec_AAAA"),
        ("hex", "00fF", b"\x00\xff"),
        ("base64", "+/8=", b"\xfb\xff"),
        ("base64", "-_8", b"\xfb\xff"),
        ("base64", "+/8", b"\xfb\xff"),
        ("whsec_base64", "whsec_+/8=", b"\xfb\xff"),
        ("whsec_base64", "+/8=", b"\xfb\xff"),
        ("whsec_base64", "whsec_-_8", b"\xfb\xff"),
    ],
)
def test_keys(decoder: str, secret: str, key: bytes) -> None:
    assert Secrets(secret).keys(decoder) == (key,)
    assert Secrets(secret).keys(decoder) == (key_decoder(decoder)(secret.encode()),)


@pytest.mark.parametrize(
    ("decoder", "secret", "words"),
    [
        ("hex", "hunter2", "must be hexadecimal"),
        ("hex", "00f", "must be hexadecimal"),
        ("hex", "é", "must be hexadecimal"),
        ("base64", "hunter2!", "must be base64"),
        ("base64", "A", "must be base64"),
        ("base64", "AA AA", "must be base64"),
        ("base64", "AA=AA", "must be base64"),
        ("base64", "é", "must be base64"),
        ("base64", "====", "empty key"),
        ("whsec_base64", "whsec_", "empty key"),
        ("whsec_base64", "whsec_hunter2!", "must be base64"),
    ],
)
def test_keys_that_are_none(decoder: str, secret: str, words: str) -> None:
    with pytest.raises(ConfigError, match=words) as caught:
        Secrets(["AAAA", secret]).keys(decoder)
    assert "hunter2" not in str(caught.value)


def test_keys_are_decoded_once() -> None:
    secrets = Secrets("AAAA")
    assert secrets.keys("base64") is secrets.keys("base64")
    assert secrets.keys("utf8") == (b"AAAA",)


def test_unknown_decoder() -> None:
    with pytest.raises(ConfigError, match=r"key='rot13' is unknown; known are base64, hex, nfkd"):
        Secrets("x").keys("rot13")


def test_decoders_survive_what_they_refuse() -> None:
    """A failed decoding leaves nothing behind that the next would find."""
    secrets = Secrets("zz")
    for _ in range(2):
        with pytest.raises(ConfigError):
            secrets.keys("hex")
    assert secrets.keys("utf8") == (b"zz",)


def test_errors_can_be_pickled() -> None:
    with pytest.raises(ConfigError) as caught:
        Secrets(None, name="KEY")
    assert str(pickle.loads(pickle.dumps(caught.value))) == str(caught.value)


def test_a_pem_may_end_as_its_file_does() -> None:
    pem = "-----BEGIN PUBLIC KEY-----\nMCow\n-----END PUBLIC KEY-----"
    assert [*Secrets(pem + "\n")] == [pem.encode()]
