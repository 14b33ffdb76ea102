"""Vectors that we judge otherwise than their oracle does, and why."""

from tests.vectors.reading import Vector

KINDS = {
    ("hook0", "v0"): "it signs the body alone: whoever may choose the weaker one will",
}
"""Schemes (provider, scheme) whose genuine deliveries are refused."""

CASES = {
    ("box", "primary_secondary", "algorithm_header_other"): (
        "no row can ask a header to have one value; this header is not signed, and the signature"
        " is checked as SHA-256 whatever it says"
    ),
    ("box", "primary_secondary", "version_header_other"): "as algorithm_header_other",
    ("box", "primary_secondary", "future_timestamp"): (
        "a minute ahead: Box tolerates none, ours ten both ways"
    ),
    ("mercado_pago", "manifest", "without_data_id_the_pair_is_left_out"): (
        "no content can leave a literal out where the value after it is missing"
    ),
    ("mercado_pago", "manifest", "stale_timestamp"): (
        "`ts` is seconds here and milliseconds elsewhere, and no unit reads both; the SDK looks"
        " at no age either unless it is told to, as it was for the vectors"
    ),
    ("mercado_pago", "manifest", "future_timestamp"): "as stale_timestamp",
    ("plivo", "v3_post", "second_of_two_signatures"): "the first, `AAAA`, can be no signature",
    ("plivo", "v3_post_query", "second_of_two_signatures"): "as v3_post",
    ("plivo", "v3_get_query", "second_of_two_signatures"): "as v3_post",
    ("plivo", "v3_post_empty", "second_of_two_signatures"): "as v3_post",
    ("twilio", "sharedkey_sha256", "settings_header_missing"): (
        "a right signature: the row knows the algorithm itself"
    ),
    ("twilio", "sharedkey_sha256", "unknown_algorithm"): "as settings_header_missing",
    ("twilio", "sha1", "published_port_removed_https"): "public_url must name the port as Twilio",
    ("twilio", "sha1", "published_signed_with_443"): "as published_port_removed_https",
    ("twilio", "sha1", "published_signed_with_80"): "as published_port_removed_https",
}
"""Single cases (provider, scheme, case)."""


def reason(vector: Vector) -> str:
    """Why we judge it otherwise; empty where we agree."""
    kind = vector["provider"], vector["scheme"]
    if kind in KINDS and vector["expect"] == "accept":
        return KINDS[kind]
    return CASES.get((*kind, vector["case"]), "")


UNSAID = {
    ("wecom", "empty_message"): "made for the verdict",
    ("wecom", "thirty_two_bytes_of_padding"): "made for the verdict",
    ("wix", "event"): "the SDK hands on data, and no bytes",
}
"""Envelopes (provider, case) of which no oracle says what was in them, byte for byte."""

TOO_LENIENT = {
    ("elevenlabs", "v0", "future_timestamp"),
    ("fintoc", "v1", "future_timestamp"),
    ("hubspot", "v3", "future_timestamp"),
    ("liveblocks", "standard_webhooks", "v1a_label_on_hmac"),
    ("liveblocks", "standard_webhooks", "v2_label_on_hmac"),
    ("mollie", "hmac_hex_prefixed", "without_prefix"),
    ("mux", "v1", "future_timestamp"),
    ("openai", "standard_webhooks", "signature_without_version"),
    ("replicate", "standard_webhooks", "v1a_label_on_hmac"),
    ("replicate", "standard_webhooks", "v2_label_on_hmac"),
    ("resend", "svix", "v1a_label_on_hmac"),
    ("resend", "svix", "v2_label_on_hmac"),
    ("stripe", "v1", "future_timestamp"),
    ("zoom", "v0", "body_reserialized_or_space_appended"),
}
"""What the provider's own code accepts and nobody should: so no vector says it, either way."""
