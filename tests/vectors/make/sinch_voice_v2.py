"""Vectors of Sinch Voice 2.0, judged by the SDK's `validate_authentication_header`."""

from sinch.core.internal.sinch_events.authorization_helpers import (
    validate_authentication_header,
)
from sinch.core.internal.sinch_events.utils import (
    build_string_to_sign,
    compute_content_md5,
    compute_signature,
)

from tests.vectors.make.made import BODY, NOW, URL, oracle, vector, write

KEY, SECRET = "669E367E-6BBA-48AB-AF15-266871C28135", "BeIukql3pTKJ8RGL5zo0DA=="
TIME, JSON, PATH = "2026-05-28T20:26:40Z", "application/json", "/in/provider"
SIGNED = build_string_to_sign("POST", compute_content_md5(BODY), JSON, TIME, PATH)
RIGHT = f"service {KEY}:{compute_signature(SIGNED, SECRET)}"


def judged(
    case: str,
    authorization: str,
    *,
    body: bytes = BODY,
    time: str = TIME,
    kind: str = JSON,
    path: str = PATH,
    secret: str = SECRET,
) -> object:
    """The verdict of the SDK, which looks at no clock."""
    headers = {"authorization": authorization, "x-timestamp": time, "content-type": kind}
    accepted = validate_authentication_header(KEY, secret, headers, body, path, "POST")
    return vector(
        case,
        "accept" if accepted else "reject",
        body,
        headers,
        provider="sinch_voice_v2",
        scheme="service",
        url=URL.replace(PATH, path),
        secret=secret,
        now=NOW,
        made_by=oracle("sinch", "validate_authentication_header"),
    )


write(
    [
        judged("valid", RIGHT),
        judged("tampered_body", RIGHT, body=BODY.replace(b"evt_1", b"evt_2")),
        judged("other_path", RIGHT, path="/in/other"),
        judged("other_content_type", RIGHT, kind="text/plain"),
        judged("other_time", RIGHT, time="2026-05-28T20:26:41Z"),
        judged("wrong_secret", RIGHT, secret="AAAAAAAAAAAAAAAAAAAAAA=="),
        judged("truncated_signature", RIGHT[:-2]),
        judged("word_of_another_scheme", RIGHT.replace("service", "application")),
        judged("without_key", RIGHT.replace(f"{KEY}:", "")),
    ]
)
