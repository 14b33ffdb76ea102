"""Providers that encrypt what they send, or sign it inside of what they send."""

import math

from hookmw.catalog import Family

ADYEN_ITEM = "notificationItems.0.NotificationRequestItem"

THREE_TEXTS = (
    "The secret is three texts with colons between: token:key:id, the key being the one of 43"
    " characters."
)

PRAXIS_PAYMENT = (
    "merchant_id", "application_key", "timestamp", "customer.customer_token", "session.order_id",
    "transaction.tid", "transaction.currency", "transaction.amount", "transaction.conversion_rate",
    "transaction.processed_currency", "transaction.processed_amount",
)  # fmt: skip

PRAXIS_SUBSCRIPTION = (
    "event", "merchant_id", "application_key", "cid", "plan_id", "subscription_id",
    "subscription_status", "timestamp",
)  # fmt: skip

ROWS: Family = {
    "adyen": {
        "title": "Adyen (standard webhooks: payments)",
        "docs": (
            "https://docs.adyen.com/development-resources/webhooks/secure-webhooks/"
            "verify-hmac-signatures"
        ),
        "env": "ADYEN_HMAC_KEY",
        "verifier": {
            "kind": "signed_fields",
            "signature": f"body:{ADYEN_ITEM}.additionalData.hmacSignature",
            "encoding": "base64",
            "key": "hex",
            "within": ADYEN_ITEM,
            "fields": (
                (
                    *("pspReference", "originalReference", "merchantAccountCode"),
                    *("merchantReference", "amount.value", "amount.currency"),
                    *("eventCode", "success"),
                ),
            ),
            "joined": ":",
            # Only the merchant's own reference may hold one: else it could be moved.
            "apart": (
                *("pspReference", "originalReference", "merchantAccountCode"),
                *("amount.value", "amount.currency", "eventCode", "success"),
            ),
        },
        "type": f"body:{ADYEN_ITEM}.eventCode",
        "timestamp": f"body:{ADYEN_ITEM}.eventDate",
        "unit": "rfc3339",
        "proof": "vector",
        "notes": (
            "Eight fields are signed: references, account, amount, eventCode and success; nothing"
            " else of the body is: not eventDate, reason or additionalData. JSON holds one item;"
            " more are refused, since each has a signature of its own. The HMAC key is hexadecimal."
        ),
    },
    "constant_contact": {
        "title": "Constant Contact",
        "docs": "https://developer.constantcontact.com/api_guide/webhook_authenticity.html",
        "env": "CONSTANT_CONTACT_PUBLIC_KEY",
        "verifier": {
            "kind": "jws",
            "signature": "header:x-ctct-webhook-sig",
            "algorithms": "RS256",
            "unencoded": True,
            "timestamp": "token:ts",
            "keys": "https://developer.constantcontact.com/.well-known/jwks.json",
        },
        "type": "body:event_type",
        "notes": "The keys are fetched: no secret is needed. The body says where to look, no more.",
    },
    "dingtalk": {
        "title": "DingTalk (HTTP event subscription)",
        "docs": "https://open.dingtalk.com/document/orgapp/configure-event-subcription",
        "env": "DINGTALK_CALLBACK_SECRET",
        "verifier": {
            "kind": "sorted_envelope",
            "signature": "query:msg_signature | query:signature",
            "encrypted": {"POST": "body:encrypt"},
            "unit": "ms",
            "ack": "success",
        },
        "type": "body:EventType",
        "proof": "vector",
        "notes": (
            f"{THREE_TEXTS} The id is the app key, the corp id or the suite key, by the kind of"
            " app. Every event is answered with `success`, encrypted."
        ),
    },
    "dropbox_sign": {
        "title": "Dropbox Sign (HelloSign)",
        "docs": "https://developers.hellosign.com/docs/events/walkthrough/",
        "env": "DROPBOX_SIGN_API_KEY",
        "verifier": {
            "kind": "form_field",
            "field": "json",
            "scheme": {
                "signature": "body:event.event_hash",
                "timestamp": "body:event.event_time",
                # It is the event's, and a retry comes hours later.
                "tolerance": math.inf,
                "content": "{timestamp}{body:event.event_type}",
            },
        },
        "type": "body:event.event_type",
        "timestamp": "body:event.event_time",
        "proof": "vector",
        "notes": (
            "Time and type are signed, nothing else: ask the API about what the event says. The"
            " body is a multipart form, whose field `json` is the event."
        ),
    },
    "ebay": {
        "title": "eBay (notifications, marketplace account deletion)",
        "docs": "https://developer.ebay.com/api-docs/commerce/notification/overview.html",
        "env": "EBAY_PUBLIC_KEY",
        "verifier": {
            "kind": "json_signature",
            "signature": "header:x-ebay-signature",
            "algorithm": "ecdsa-sha1",
            "says": {"alg": "ecdsa", "digest": "SHA1"},
        },
        "id": "body:notification.notificationId",
        "type": "body:metadata.topic",
        "timestamp": "body:notification.eventDate",
        "unit": "rfc3339",
        "refusals": {401: 412},
        "proof": "vector",
        "notes": (
            "The secret is eBay's public key, as getPublicKey gives it for the kid in the header:"
            " that call wants a token of your app, so make it yourself, or pass secrets= a function"
            " that does. verify_token= is the verification token, and public_url= what you"
            " registered."
        ),
    },
    "lark": {
        "title": "Lark, Feishu",
        "docs": (
            "https://open.larksuite.com/document/server-docs/event-subscription-guide/"
            "event-subscription-configure-/encrypt-key-encryption-configuration-case"
        ),
        "env": "LARK_ENCRYPT_KEY",
        "verifier": {
            "kind": "sealed_scheme",
            "scheme": {
                "signature": "header:x-lark-signature",
                "algorithm": "sha256",
                "timestamp": "header:x-lark-request-timestamp",
                "content": "{timestamp}{header:x-lark-request-nonce}{secret}{body}",
                "body_starts": "{",
            },
            "encrypted": "body:encrypt",
            "handshake": {"type": "url_verification"},
            "nonce": "header:x-lark-request-nonce",
        },
        "id": "body:header.event_id | body:uuid",
        "type": "body:header.event_type | body:event.type | body:type",
        "timestamp": "body:header.create_time",
        "unit": "ms",
        "proof": "vector",
        "notes": (
            "Only an app with an Encrypt Key, which is the secret, is signed for. verify_token= is"
            " the Verification Token, which the check of the URL must hold."
        ),
    },
    "praxis": {
        "title": "Praxis Cashier",
        "docs": "https://doc.praxiscashier.com/integration_docs/latest/overview/authentication",
        "env": "PRAXIS_MERCHANT_SECRET",
        "verifier": {
            "kind": "signed_fields",
            "signature": "header:gt-authentication",
            "algorithm": "sha384",
            "fields": (PRAXIS_SUBSCRIPTION, PRAXIS_PAYMENT),
            "timestamp": "timestamp",
            "tolerance": 3600,
            "identifies": False,
            "ack": {"status": 0, "description": "Ok"},
            "ack_signed": ("status", "timestamp"),
            # The older pages say the one, newer ones the other.
            "ack_headers": ("external-request-signature", "gt-authentication"),
        },
        "type": "body:event | body:transaction.transaction_status",
        "retries": "after about five minutes",
        "notes": (
            "Amount, currency and ids are signed, the status of the transaction is not: ask the API"
            " before you believe `approved`. The acknowledgement is signed, too."
        ),
    },
    "wechat": {
        "title": "WeChat Official Accounts (plain mode)",
        "docs": "https://developers.weixin.qq.com/doc/offiaccount/Basic_Information/Access_Overview.html",
        "env": "WECHAT_TOKEN",
        "verifier": {"kind": "sorted_hash", "signature": "query:signature"},
        "id": "xml:MsgId",
        "type": "xml:MsgType xml:Event?",
        "timestamp": "xml:CreateTime",
        "body": "raw",
        "proof": "vector",
        "deadline": 5,
        "notes": (
            "The body is not signed: whoever sees one URL can send anything for five minutes. Use"
            " the safe mode, `wechat_safe`."
        ),
    },
    "wechat_safe": {
        "title": "WeChat Official Accounts (safe mode: encrypted)",
        "docs": (
            "https://developers.weixin.qq.com/doc/oplatform/Third-party_Platforms/2.0/api/"
            "Before_Develop/Technical_Plan.html"
        ),
        "env": "WECHAT_CALLBACK_SECRET",
        "verifier": {
            "kind": "sorted_envelope",
            "signature": "query:msg_signature",
            "encrypted": {"POST": "xml:Encrypt"},
            "unencrypted": {"GET": "query:signature"},
        },
        "id": "xml:MsgId",
        "type": "xml:MsgType xml:Event?",
        "timestamp": "xml:CreateTime",
        "body": "raw",
        "proof": "vector",
        "deadline": 5,
        "notes": f"{THREE_TEXTS} The id is the app id. The payload is XML, as text.",
    },
    "wecom": {
        "title": "WeCom (WeChat Work)",
        "docs": "https://developer.work.weixin.qq.com/document/path/90930",
        "env": "WECOM_CALLBACK_SECRET",
        "verifier": {
            "kind": "sorted_envelope",
            "signature": "query:msg_signature",
            "encrypted": {"GET": "query:echostr", "POST": "xml:Encrypt"},
        },
        "id": "xml:MsgId",
        "type": "xml:MsgType xml:Event?",
        "timestamp": "xml:CreateTime",
        "body": "raw",
        "proof": "vector",
        "deadline": 5,
        "notes": f"{THREE_TEXTS} The id is the corp id. The payload is XML, as text.",
    },
    "wix": {
        "title": "Wix",
        "docs": "https://dev.wix.com/docs/build-apps/develop-your-app/extensions/backend-extensions/webhooks/about-webhooks",
        "env": "WIX_PUBLIC_KEY",
        "verifier": {
            "kind": "jwt_body",
            "algorithms": "RS256",
            "claim": "data",
            "nested": ("data", "identity"),
        },
        "type": "body:eventType",
        "proof": "vector",
        "notes": (
            "The secret is the app's public key, which is no secret. The body is a token; the event"
            " is what it says, with its `data` as JSON."
        ),
    },
}
