"""Each probe: a delivery is really signed, then broken in one way, which is what is found."""

import base64
import json
from collections.abc import Callable
from urllib.parse import parse_qsl, quote_plus, unquote_plus

import pytest

from hookmw import catalog
from hookmw.delivery import Delivery
from hookmw.explain import Explanation
from hookmw.provider import Provider
from hookmw.scheme import Scheme
from hookmw.secret import Secrets
from tests.explain.broken import (
    BODY,
    SECRET,
    changed,
    codes,
    explained,
    signed,
    value,
    with_header,
)

Write = Callable[[object], str]


def cause(explanation: Explanation) -> str:
    assert not explanation.verified
    assert len(explanation.findings) >= 2, explanation
    found = explanation.cause
    assert found is not None
    assert found.remedy.endswith(".")
    return found.code


def came_as(signed_body: bytes, came: bytes, provider: str = "github") -> str:
    return cause(explained(changed(signed(provider, signed_body), body=came), provider))


# the body


@pytest.mark.parametrize(
    ("signed_body", "came", "code"),
    [
        (BODY, BODY + b"\n", "body_newline"),
        (BODY, BODY + b"\r\n", "body_newline"),
        (BODY + b"\n", BODY, "body_newline"),
        (BODY + b"\r\n", BODY, "body_newline"),
        (BODY + b"\n\n", BODY + b"\n\n\n", "body_newline"),
        (BODY, b"\xef\xbb\xbf" + BODY, "body_bom"),
        (b"\xef\xbb\xbf" + BODY, BODY, "body_bom"),
        (BODY, b" " + BODY + b" ", "body_white_space"),
        (b"a\nb\nc", b"a\r\nb\r\nc", "body_line_ends"),
        (b"a\r\nb\r\nc", b"a\nb\nc", "body_line_ends"),
        (b"", BODY, "body_lost"),
        (BODY, BODY.decode().encode("latin-1"), "body_charset"),
        (BODY, BODY.decode("latin-1").encode(), "body_charset"),
        (BODY, base64.b64encode(BODY), "body_base64"),
        (BODY, json.dumps(BODY.decode()).encode(), "body_quoted"),
    ],
)
def test_bytes_that_were_changed(signed_body: bytes, came: bytes, code: str) -> None:
    assert came_as(signed_body, came) == code
    assert came_as(signed_body, came, "stripe") == code


WRITERS: dict[str, Write] = {
    "compact": lambda d: json.dumps(d, separators=(",", ":"), ensure_ascii=False),
    "compact, escaped": lambda d: json.dumps(d, separators=(",", ":")),
    "spaced": lambda d: json.dumps(d, ensure_ascii=False),
    "spaced, escaped": json.dumps,
    "sorted": lambda d: json.dumps(d, sort_keys=True, separators=(",", ":"), ensure_ascii=False),
    "sorted, spaced": lambda d: json.dumps(d, sort_keys=True),
    "indented by 2": lambda d: json.dumps(d, indent=2, ensure_ascii=False),
    "indented by 4": lambda d: json.dumps(d, indent=4),
    "PHP": lambda d: json.dumps(d, separators=(",", ":")).replace("/", "\\/"),
    "Go": lambda d: WRITERS["compact"](d).replace("&", "\\u0026") + "\n",
    "Flask": lambda d: json.dumps(
        d, sort_keys=True, separators=(",", ":")) + "\n",
}  # fmt: skip


@pytest.mark.parametrize("writer", WRITERS)
def test_json_that_was_written_anew(writer: str) -> None:
    original = WRITERS[writer](json.loads(BODY)).encode()
    odd = json.dumps(json.loads(BODY), indent=7).encode()
    assert came_as(original, odd) == "json_reencoded"


FORM = b"text=a+b%21&user=Zo%C3%AB"


@pytest.mark.parametrize(
    ("signed_body", "came", "code"),
    [
        (FORM, unquote_plus(FORM.decode()).encode(), "form_decoded"),
        (FORM.replace(b"+", b"%20"), unquote_plus(FORM.decode()).encode(), "form_decoded"),
        (unquote_plus(FORM.decode()).encode(), FORM, "form_encoded"),
        (FORM, FORM.replace(b"+", b"%20"), "form_reencoded"),
        (FORM, json.dumps(dict(parse_qsl(FORM.decode()))).encode(), "form_as_json"),
        (b"payload=" + quote_plus(BODY).encode(), BODY, "form_unwrapped"),
        (BODY, b"payload=" + quote_plus(BODY).encode(), "form_wrapped"),
    ],
)
def test_forms(signed_body: bytes, came: bytes, code: str) -> None:
    assert came_as(signed_body, came) == code


# the secret


@pytest.mark.parametrize(
    ("theirs", "ours", "code"),
    [
        (SECRET.encode() + b"\n", SECRET, "secret_white_space"),
        (SECRET.encode() + b"\r\n", SECRET, "secret_white_space"),
        (SECRET.encode() + b" ", SECRET, "secret_white_space"),
        (SECRET.encode(), SECRET + "\\n", "secret_white_space"),
        (SECRET.encode(), f'"{SECRET}"', "secret_quoted"),
        (SECRET.encode(), f"'{SECRET}'", "secret_quoted"),
        (f'"{SECRET}"'.encode(), SECRET, "secret_quoted"),
        (f"whsec_{SECRET}".encode(), SECRET, "secret_prefix"),
        (SECRET.encode(), f"whsec_{SECRET}", "secret_prefix"),
        (SECRET.encode(), f"WEBHOOK_SECRET={SECRET}", "secret_prefix"),
        (b"abcdef-secret", "ABCDEF-SECRET", "secret_case"),
        (base64.b64decode(SECRET), SECRET, "secret_encoding"),
        (SECRET.encode(), base64.b64decode(SECRET).decode(), "secret_encoding"),
        (bytes.fromhex("00ff" * 16), "00ff" * 16, "secret_encoding"),
        (SECRET.encode(), SECRET.encode().hex(), "secret_encoding"),
        (base64.b64decode(SECRET), f"whsec_{SECRET}", "secret_encoding"),
    ],
)
def test_secrets_that_are_nearly_right(theirs: bytes, ours: str, code: str) -> None:
    own = Scheme("header:x-s")
    delivery = _signed_raw(own, theirs)
    explanation = explained(delivery, own, "another-secret", ours)
    assert cause(explanation) == code
    assert "secret 2 of 2" in str(explanation.cause)
    assert cause(explained(delivery, own, ours)) == code


def _signed_raw(scheme: Scheme, key: bytes) -> Delivery:
    """Under a key that `Secrets` would not take."""
    made = signed(scheme)
    mac = scheme._mechanism.algorithm.get_signature(key, made.body)
    return with_header(made, "x-s", mac.hex())


def test_text_where_base64_is_due() -> None:
    text = Scheme("header:x-s")
    decoded = Scheme("header:x-s", key="base64")
    assert cause(explained(signed(text), decoded)) == "secret_encoding"
    assert cause(explained(signed(text, secret="no base64!"), decoded, "no base64!")) == (
        "secret_encoding"
    )


def test_another_secret_and_another_endpoint() -> None:
    github, stripe = catalog.provider("github"), catalog.provider("stripe")
    other = ("staging", github, Secrets("the-other-secret"))
    explanation = explained(signed(secret="the-other-secret"), others=[other])
    assert cause(explanation) == "other_endpoint"
    assert "staging" in str(explanation.cause)
    theirs = ("payments", stripe, Secrets("the-other-secret"))
    delivery = signed(secret="the-other-secret")
    assert cause(explained(delivery, others=[theirs])) == "other_secret"
    assert cause(explained(signed("stripe", secret="the-other-secret"), others=[theirs])) == (
        "other_endpoint"
    )


def test_another_provider_under_our_secret() -> None:
    assert cause(explained(signed("github"), "stripe")) == "other_provider"
    mine = Scheme("header:stripe-signature", separator=",", form="v1={signature}")
    assert cause(explained(signed("stripe"), mine)) == "other_provider"


# the signature


@pytest.mark.parametrize(
    ("theirs", "ours", "code"),
    [
        (Scheme("header:x-s", encoding="base64"), Scheme("header:x-s"), "signature_encoding"),
        (Scheme("header:x-s"), Scheme("header:x-s", encoding="base64"), "signature_encoding"),
        (Scheme("header:x-s", encoding="base64url"), Scheme("header:x-s"), "signature_encoding"),
        (Scheme("header:x-s", algorithm="hmac-sha1"), Scheme("header:x-s"), "signature_hash"),
        (Scheme("header:x-s", algorithm="hmac-sha512"), Scheme("header:x-s"), "signature_hash"),
        (Scheme("header:x-s", form="sha256={signature}"), Scheme("header:x-s"), "signature_form"),
        (Scheme("header:x-s"), Scheme("header:x-s", form="sha256={signature}"), "signature_form"),
        (
            Scheme("header:x-s", form="sha1={signature}", algorithm="hmac-sha1"),
            Scheme("header:x-s", form="sha256={signature}"),
            "signature_hash",
        ),
        (
            Scheme("header:x-s", form="SHA256={signature}"),
            Scheme("header:x-s", form="sha256={signature}"),
            "signature_form",
        ),
        (
            Scheme("header:x-s", form='"sha256={signature}"'),
            Scheme("header:x-s", form="sha256={signature}"),
            "signature_form",
        ),
        (
            Scheme("header:x-s", algorithm="token", encoding="text", form="Bearer {signature}"),
            Scheme("header:x-s", algorithm="token", encoding="text"),
            "signature_form",
        ),
    ],
)
def test_signatures_in_another_shape(theirs: Scheme, ours: Scheme, code: str) -> None:
    assert cause(explained(signed(theirs), ours)) == code


def test_upper_case_hex_is_no_fault() -> None:
    delivery = signed("protocol")
    upper = with_header(
        delivery, "x-protocol-signature", value(delivery, "x-protocol-signature").upper()
    )
    assert explained(upper, "protocol").verified


# the content


def timed(content: str, place: str | None = "header:x-t") -> Scheme:
    return Scheme("header:x-s", timestamp=place, content=content)


@pytest.mark.parametrize(
    ("theirs", "ours", "code"),
    [
        (timed("{body}", None), timed("{timestamp}.{body}"), "timestamp_unsigned"),
        (timed("{timestamp}.{body}", "header:x-u"), timed("{timestamp}.{body}"), "timestamp_place"),
        (timed("{timestamp}:{body}"), timed("{timestamp}.{body}"), "content_differs"),
        (timed("{timestamp}{body}"), timed("{timestamp}.{body}"), "content_differs"),
        (timed("{timestamp}.{body}"), timed("{body}", None), "content_differs"),
    ],
)
def test_time_and_body_put_together_otherwise(theirs: Scheme, ours: Scheme, code: str) -> None:
    delivery = signed(theirs)
    if ours.timestamp and theirs.timestamp != ours.timestamp:
        delivery = with_header(delivery, "x-t", "1760000001")
    assert cause(explained(delivery, ours)) == code


# the URL

URL = Scheme("header:x-s", content="{url}{body}")


def told(public_url: str, path: str = "/hook", query: bytes = b"a=1") -> Delivery:
    """Signed for that URL; arrives as the same until it is changed."""
    plain = Delivery(
        method="POST", path=path, headers=(), query_string=query, body=BODY, received_at=0,
        public_url=public_url,
    )  # fmt: skip
    key = SECRET.encode()
    content = URL._mechanism.content.fill(plain, [], key)
    mac = URL._mechanism.algorithm.get_signature(key, content)
    return changed(plain, headers=((b"x-s", mac.hex().encode()),))


@pytest.mark.parametrize(
    ("public_url", "changes", "words"),
    [
        ("https://a.example", {"public_url": "http://a.example"}, "with https://"),
        ("http://a.example", {"public_url": "https://a.example"}, "with http://"),
        ("https://a.example", {"path": "/hook/"}, "without the slash"),
        ("https://a.example:443", {"public_url": "https://a.example"}, "the default port"),
        ("https://a.example", {"public_url": "https://a.example:8443"}, "without the port"),
        ("https://a.example", {"public_url": "https://a.example/in"}, "without the prefix"),
        (
            "https://a.example",
            {"public_url": "http://a.example", "path": "/hook/"},
            "with https:// and without the slash",
        ),
    ],
)
def test_urls(public_url: str, changes: dict[str, str], words: str) -> None:
    explanation = explained(changed(told(public_url), **changes), URL)
    assert cause(explanation) == "url_differs"
    assert words in str(explanation.cause)


@pytest.mark.parametrize("name", ["host", "x-forwarded-host"])
def test_another_host(name: str) -> None:
    delivery = with_header(told("https://a.example"), name, "a.example")
    explanation = explained(changed(delivery, public_url="https://b.example"), URL)
    assert cause(explanation) == "url_differs"
    assert f"the header {name}" in str(explanation.cause)


def test_a_query_that_was_added_and_a_slash_that_was_lost() -> None:
    delivery = changed(told("https://a.example", query=b""), query_string=b"x=1")
    assert "without its query" in str(explained(delivery, URL).cause)
    delivery = changed(told("https://a.example", path="/hook/"), path="/hook")
    assert "with a slash" in str(explained(delivery, URL).cause)


def test_no_public_url() -> None:
    delivery = with_header(told("https://a.example"), "host", "a.example")
    explanation = explained(changed(delivery, public_url=None), URL)
    assert codes(explanation) == ["public_url_missing", "url_differs"]
    assert codes(explained(changed(told("https://a"), public_url=None), URL)) == [
        "public_url_missing"
    ]


def test_no_probe_asks_for_a_name() -> None:
    mine = Provider("mine", scheme=catalog.provider("slack").scheme)
    assert cause(explained(changed(signed("slack"), body=BODY + b"\n"), mine)) == "body_newline"
