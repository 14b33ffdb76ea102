"""Which row of the catalogue speaks the scheme of a vector."""

from hookmw.catalog import FAMILY_OF
from tests.vectors.reading import Kind

ROWS_OF: dict[Kind, tuple[str, ...]] = {
    ("adyen", "payload_header"): ("adyen_payload",),
    ("discord", "ed25519"): ("discord", "discord_webhook_events"),
    ("gitlab", "signing_token"): ("gitlab_signing_token",),
    ("hook0", "v0"): ("hook0", "coinbase_cdp"),
    ("hook0", "v1"): ("hook0", "coinbase_cdp"),
    ("hubspot", "v1"): ("hubspot_v1",),
    ("hubspot", "v2"): ("hubspot_v2",),
    ("hubspot", "v3"): ("hubspot_v3",),
    ("mailgun", "form_legacy"): ("mailgun_form",),
    ("meta", "x_hub_signature_256"): ("meta", "messenger", "whatsapp"),
    ("plaid", "jwt_es256"): ("plaid", "plaid_sandbox"),
    ("standard_webhooks", "v1a"): ("standard_webhooks_v1a",),
    # Sources that Svix's package lists as signing by Svix's own scheme (`IngestSourceIn`).
    ("svix", "v1"): ("svix", "beehiiv", "guesty", "incident_io", "pleo", "stytch"),
    ("twilio", "sharedkey_sha256"): ("twilio_shared_key",),
    ("websub", "sha1"): ("websub_sha1",),
}
"""Where it is not the row of the vector's provider; several may speak one scheme."""


def rows_of(kind: Kind) -> tuple[str, ...]:
    """The rows that must judge vectors of this kind; empty where nobody has said."""
    own = (kind[0],) if kind[0] in FAMILY_OF else ()
    return ROWS_OF.get(kind, own)
