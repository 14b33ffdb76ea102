"""Handshakes and acknowledgements by provider, for rows that have none of their own.

Whether a handshake is signed decides when it is answered: only after verification, or before it.
Sources are the providers' pages, named in their rows; see `Challenge` for the grammar.

Who asks nothing but to be answered needs no row: such pings (`PINGS`; the tests of Cloudflare,
Terraform, Akeneo, Favro and Mandrill, too) are signed events like the others. Where a forged
request must get exactly 401 (Xero, Discord, Google Health), the signature check says so. Where
every acknowledgement is encrypted or signed (DingTalk, Praxis), the verifier makes it.
"""

from typing import TYPE_CHECKING

if TYPE_CHECKING:
    from hookmw.catalog import AckRow, ChallengeRow

__all__ = ["ACKS", "HANDSHAKES", "PINGS"]

MICROSOFT_TOKEN = r"[A-Za-z0-9+/=_.~:,;() -]{1,1024}"  # noqa: S105 - a grammar
"""`Validation: Testing client application reachability for subscription Request-Id: ...`"""

HEADER_TOKEN = r"[\x21-\x7e]{1,512}"  # noqa: S105 - a grammar
"""Visible ASCII: nothing else may come back in a header."""

CLOUDEVENTS: "ChallengeRow" = {
    # The origin is no proof of who sends: that is the secret, at every delivery.
    "method": "OPTIONS",
    "signed": False,
    "when": {"header:webhook-request-origin": "*"},
    "token": "header:webhook-request-origin",
    "grammar": r"[A-Za-z0-9.-]{1,253}",
    "headers": {
        "webhook-allowed-origin": "{token}",
        "webhook-allowed-rate": "*",
        "allow": "POST, OPTIONS",
    },
    "text": "",
}

HEAD_PROBE: "ChallengeRow" = {"method": "HEAD", "signed": False, "text": ""}

MICROSOFT_ECHO: "ChallengeRow" = {
    "signed": False,
    "when": {"query:validationToken": "*"},
    "token": "query:validationToken",
    "grammar": MICROSOFT_TOKEN,
    "text": "{token}",
}

WEBSUB: "ChallengeRow" = {
    # `verify_token` is the topic, or the list of topics, that we want. To leave one is never
    # confirmed: whoever asks a hub for that might be anybody.
    "method": "GET",
    "signed": False,
    "when": {"query:hub.mode": "subscribe"},
    "guard": "query:hub.topic",
    "token": "query:hub.challenge",
    "text": "{token}",
}

GET_PROBE: "ChallengeRow" = {"method": "GET", "signed": False, "text": ""}

WECHAT_ECHO: "ChallengeRow" = {
    "method": "GET",
    "signed": True,
    "when": {"query:echostr": "*"},
    "token": "query:echostr",
    "text": "{token}",
}

HANDSHAKES: "dict[str, tuple[ChallengeRow, ...]]" = {
    "adobe_sign": (
        {
            # The client's id is the endpoint's secret, and is checked as such before it goes back.
            "method": "GET",
            "signed": True,
            "token": "header:x-adobesign-clientid",
            "grammar": HEADER_TOKEN,
            "headers": {"x-adobesign-clientid": "{token}"},
            "text": "",
        },
    ),
    "asana": (
        {
            "signed": False,
            "when": {"header:x-hook-secret": "*"},
            "token": "header:x-hook-secret",
            "grammar": HEADER_TOKEN,
            "registers": True,
            "headers": {"x-hook-secret": "{token}"},
            "text": "",
        },
        {
            # The heartbeat, every eight hours: `{"events": []}`.
            "signed": True,
            "when": {"key:!webhook": "events", "key:events.0": ""},
            "text": "",
        },
    ),
    "aurinko": (
        {
            "signed": False,
            "when": {"query:validationToken": "*"},
            "token": "query:validationToken",
            "text": "{token}",
        },
    ),
    "azure_event_grid": (
        {
            "signed": True,
            "when": {"body:0.eventType": "Microsoft.EventGrid.SubscriptionValidationEvent"},
            "token": "body:0.data.validationCode",
            "json": {"validationResponse": "{token}"},
        },
        CLOUDEVENTS,
    ),
    "azure_web_pubsub": (CLOUDEVENTS,),
    "bitbucket": (
        {
            # Bitbucket Server tests the connection without a signature; Cloud asks nothing.
            "signed": False,
            "when": {"header:x-event-key": "diagnostics:ping"},
            "text": "",
        },
    ),
    "braintree": (
        {
            # `verify_token` is the public key here. A payload is base64 of XML, never so short.
            "method": "GET",
            "signed": False,
            "when": {"query:bt_challenge": "*"},
            "token": "query:bt_challenge",
            "grammar": r"[a-f0-9]{20,32}",
            "algorithm": "hmac-sha1",
            "key": "sha1",
            "text": "{verify_token}|{hex}",
        },
    ),
    "business_central": (MICROSOFT_ECHO,),
    "cloudevents_http_webhook": (CLOUDEVENTS,),
    "clover": (
        {
            # The code is for a human, who pastes it into the dashboard.
            "signed": False,
            "when": {"header:x-clover-auth": "", "body:verificationCode": "*"},
            "token": "body:verificationCode",
            "registers": True,
            "text": "",
        },
    ),
    "discord": ({"signed": True, "when": {"body:type": "1"}, "json": {"type": 1}},),
    "discord_webhook_events": (
        {"signed": True, "when": {"body:type": "0"}, "status": 204, "text": ""},
    ),
    "douyin": (
        {
            "signed": True,
            "when": {"body:event": "verify_webhook"},
            "token": "body:content.challenge",
            "grammar": r"[0-9]{1,18}",
            "json": {"challenge": "{number}"},
        },
    ),
    "dropbox": (
        {
            "method": "GET",
            "signed": False,
            "when": {"query:challenge": "*"},
            "token": "query:challenge",
            "text": "{token}",
        },
    ),
    "ebay": (
        {
            # `verify_token` is the verification token; the URL, `public_url` and our path, must be
            # written exactly as it was registered.
            "method": "GET",
            "signed": False,
            "when": {"query:challenge_code": "*"},
            "token": "query:challenge_code",
            "grammar": r"[A-Za-z0-9_-]{1,128}",
            "algorithm": "sha256",
            "content": "{token}{verify_token}{url}",
            "json": {"challengeResponse": "{hex}"},
        },
    ),
    "front": (
        {
            "signed": True,
            "when": {"header:x-front-challenge": "*"},
            "token": "header:x-front-challenge",
            "json": {"challenge": "{token}"},
        },
    ),
    "google_health": (
        {"signed": True, "when": {"body:type": "verification"}, "status": 201, "text": ""},
    ),
    "gusto": (
        {
            "signed": False,
            "when": {"header:x-gusto-signature": "", "body:verification_token": "*"},
            "token": "body:verification_token",
            "registers": True,
            "text": "",
        },
    ),
    "intercom": (HEAD_PROBE,),
    "keap": (
        {
            # Called a secret, but nothing is ever signed with it.
            "signed": False,
            "when": {"header:x-hook-secret": "*"},
            "token": "header:x-hook-secret",
            "grammar": HEADER_TOKEN,
            "headers": {"x-hook-secret": "{token}"},
            "text": "",
        },
    ),
    "lark": (
        {
            # Where the app has an Encrypt Key this comes encrypted, and is asked once it is open.
            "signed": False,
            "when": {"body:type": "url_verification"},
            "guard": "body:token",
            "token": "body:challenge",
            "json": {"challenge": "{token}"},
        },
    ),
    "line": (
        {
            # The console's "Verify": no events.
            "signed": True,
            "when": {"body:destination": "*", "key:events.0": ""},
            "text": "",
        },
    ),
    "linkedin": (
        {
            # What events are signed over starts with `hmacsha256=`, which is no UUID.
            "method": "GET",
            "signed": False,
            "when": {"query:challengeCode": "*"},
            "token": "query:challengeCode",
            "grammar": r"[0-9a-fA-F-]{32,36}",
            "json": {"challengeCode": "{token}", "challengeResponse": "{hex}"},
        },
    ),
    "mailchimp": (GET_PROBE,),
    "mandrill": (HEAD_PROBE,),
    "meraki_scanning": (
        {
            # `verify_token` is the validator that the dashboard shows.
            "method": "GET",
            "signed": False,
            "text": "{verify_token}",
        },
    ),
    "microsoft_graph": (
        MICROSOFT_ECHO,
        {
            # SharePoint.
            "signed": False,
            "when": {"query:validationtoken": "*"},
            "token": "query:validationtoken",
            "grammar": MICROSOFT_TOKEN,
            "text": "{token}",
        },
    ),
    "mindbody": (HEAD_PROBE,),
    "monday": (
        {
            "signed": False,
            "when": {"body:challenge": "*", "body:event.type": ""},
            "token": "body:challenge",
            "json": {"challenge": "{token}"},
        },
    ),
    "notion": (
        {
            "signed": False,
            "when": {"header:x-notion-signature": "", "body:verification_token": "*"},
            "token": "body:verification_token",
            "registers": True,
            "text": "",
        },
    ),
    "nylas": (
        {
            "method": "GET",
            "signed": False,
            "when": {"query:challenge": "*"},
            "token": "query:challenge",
            "text": "{token}",
        },
    ),
    "office365_management": (
        {
            "signed": True,
            "when": {"header:webhook-validationcode": "*"},
            "text": "",
        },
    ),
    "okta": (
        {
            "method": "GET",
            "signed": False,
            "when": {"header:x-okta-verification-challenge": "*"},
            "token": "header:x-okta-verification-challenge",
            "json": {"verification": "{token}"},
        },
    ),
    "oura": (
        {
            "method": "GET",
            "signed": False,
            "when": {"query:challenge": "*"},
            "guard": "query:verification_token",
            "token": "query:challenge",
            "json": {"challenge": "{token}"},
        },
    ),
    "prelude": (
        {
            "method": "GET",
            "signed": False,
            "when": {"query:event": "activate"},
            "guard": "query:verification_token",
            "token": "query:challenge",
            "grammar": r"[0-9]{1,18}",
            "json": {"challenge": "{number}"},
        },
    ),
    "qq_bot": (
        {
            "signed": True,
            "when": {"body:op": "13"},
            "token": "body:d.plain_token",
            "grammar": r"[A-Za-z0-9]{1,128}",
            "algorithm": "ed25519",
            "key": "repeat32_seed",
            "content": "{body:d.event_ts}{token}",
            "json": {"plain_token": "{token}", "signature": "{hex}"},
        },
    ),
    "ringcentral": (
        {
            "signed": False,
            "when": {"header:validation-token": "*", "body:uuid": ""},
            "token": "header:validation-token",
            "grammar": HEADER_TOKEN,
            "headers": {"validation-token": "{token}"},
            "text": "",
        },
    ),
    "salesforce_mc_ens": (
        {
            # The key is for one call of theirs, `ens-verify`, together with `callbackId`.
            "signed": False,
            "when": {"header:x-sfmc-ens-signature": "", "body:callbackId": "*"},
            "token": "body:verificationKey",
            "registers": True,
            "text": "",
        },
    ),
    "shoplineapp": (
        {
            # `verify_token` is what they call the verification token: base64 of the app's id.
            "signed": False,
            "when": {"body:topic": "webhook/verification"},
            "text": "{verify_token}",
        },
    ),
    "smartcar": (
        {
            "signed": False,
            "when": {"body:eventName": "verify"},
            "token": "body:payload.challenge",
            "grammar": r"[A-Za-z0-9-]{1,128}",
            "json": {"challenge": "{hex}"},
        },
        {
            "signed": False,
            "when": {"body:eventType": "VERIFY"},
            "token": "body:data.challenge",
            "grammar": r"[A-Za-z0-9-]{1,128}",
            "json": {"challenge": "{hex}"},
        },
    ),
    "smartsheet": (
        {
            # Asked again after every hundred callbacks, so it is never only for a registration.
            "signed": False,
            "when": {"header:smartsheet-hook-challenge": "*"},
            "token": "header:smartsheet-hook-challenge",
            "headers": {"smartsheet-hook-response": "{token}"},
            "json": {"smartsheetHookResponse": "{token}"},
        },
    ),
    "statsig": (
        {
            "signed": False,
            "when": {"body:data.event": "url_verification"},
            "token": "body:data.verification_code",
            "json": {"verification_code": "{token}"},
        },
    ),
    "strava": (
        {
            "method": "GET",
            "signed": False,
            "when": {"query:hub.mode": "subscribe"},
            "guard": "query:hub.verify_token",
            "token": "query:hub.challenge",
            "json": {"hub.challenge": "{token}"},
        },
    ),
    "tebex": (
        {
            "signed": True,
            "when": {"body:type": "validation.webhook"},
            "token": "body:id",
            "json": {"id": "{token}"},
        },
    ),
    "trello": (HEAD_PROBE,),
    "unisender_go": (GET_PROBE,),
    "viber": ({"signed": True, "when": {"body:event": "webhook"}, "text": ""},),
    "vk": (
        {
            # `verify_token` is the string that VK shows for this server.
            "signed": True,
            "when": {"body:type": "confirmation"},
            "text": "{verify_token}",
        },
    ),
    "websub": (WEBSUB,),
    "websub_sha1": (WEBSUB,),
    "wechat": (WECHAT_ECHO,),
    "wechat_safe": (WECHAT_ECHO,),
    "wecom": (
        {
            # `echostr` is the envelope, and what was in it the body.
            "method": "GET",
            "signed": True,
            "when": {"query:echostr": "*"},
            "token": "text:body",
            "text": "{token}",
        },
    ),
    "woocommerce": (
        {
            # On saving; a form, without a signature and without the topic of an event.
            "signed": False,
            "when": {
                "header:x-wc-webhook-topic": "",
                "header:x-wc-webhook-signature": "",
                "body:webhook_id": "*",
            },
            "text": "",
        },
    ),
    "wrike": (
        {
            "signed": False,
            "when": {"body:requestType": "WebHook secret verification"},
            "token": "header:x-hook-secret",
            "grammar": r"[A-Za-z0-9+/=_-]{1,128}",
            "headers": {"x-hook-secret": "{hex}"},
            "text": "",
        },
    ),
    "xero": (
        {
            # The intent to receive: no events. Forged ones must get 401, and do.
            "signed": True,
            "when": {"body:entropy": "*", "key:events.0": ""},
            "text": "",
        },
    ),
}

ACKS: "dict[str, AckRow]" = {
    # Whatever is not echoed is sent again.
    "adobe_sign": {"xAdobeSignClientId": "{header:x-adobesign-clientid}"},
    "adyen": "[accepted]",
    # A text would be sent to the client.
    "azure_web_pubsub": "",
    "binance_connect": {"returnCode": "SUCCESS", "returnMessage": "OK"},
    "cryptapi": "*ok*",
    # Or it sends the event again, for ten minutes.
    "discord_webhook_events": 204,
    "dropbox_sign": "Hello API Event Received",
    "green_dot": {
        "responseDetails": [
            {"code": 0, "subCode": 0, "description": "{header:x-gd-requestid}"},
        ],
    },
    # The code of an acknowledgement, and that it worked.
    "qq_bot": {"op": 12, "d": 0},
    # A text is shown to whoever gave the command; a form that is closed with one does not close.
    "slack": "",
    # Anything but JSON is a failed hook, and a failed hook is a failed login.
    "supabase_auth_hooks": {},
    # A text would be sent to whoever wrote or called.
    "twilio": "",
    # Whatever else is sent again, and then the server is switched off.
    "vk": "ok",
    # A text but this one would be sent to whoever wrote.
    "wechat": "success",
    "wechat_safe": "success",
    "wecom": "",
    "xero": "",
    # Anything but JSON is reported to the bot's owner as a failure.
    "zulip": {"response_not_required": True},
}

PINGS = {
    # SNS waits until its `SubscribeURL` was visited: its verifier pins the address to Amazon's.
    "aws_sns": "SubscriptionConfirmation",
    "buildkite": "ping",
    # Answered as all events are: with `success`, encrypted.
    "dingtalk": "check_url",
    "enode": "enode:webhook:test",
    "github": "ping",
    # Holds a code; a handler finishes it by a call of their API.
    "moyasar": "webhook_verification",
    "pagerduty": "pagey.ping",
}
"""Types of events that only ask whether anybody is there; they are stored, and any handler may
have them."""
