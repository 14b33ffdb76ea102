"""Microsoft's services that shake hands in their own ways; Graph and Event Grid are elsewhere."""

from hookmw.catalog import Family

__all__ = ["ROWS"]

ROWS: Family = {
    "azure_web_pubsub": {
        "title": "Azure Web PubSub (event handlers)",
        "docs": "https://learn.microsoft.com/en-us/azure/azure-web-pubsub/reference-cloud-events",
        "env": "AZURE_WEB_PUBSUB_ACCESS_KEY",
        "scheme": {
            "signature": "header:ce-signature",
            "separator": ",",
            "form": "sha256={signature}",
            "content": "{header:ce-connectionid}",
        },
        "id": "header:ce-id",
        "type": "header:ce-type",
        "body": "raw",
        "notes": (
            "The secret is an access key. Only the id of the client's connection is signed, neither"
            " the body nor the type: whoever has seen one delivery can forge others of its client."
        ),
    },
    "business_central": {
        "title": "Dynamics 365 Business Central",
        "docs": (
            "https://learn.microsoft.com/en-us/dynamics365/business-central/dev-itpro/"
            "api-reference/v2.0/dynamics-subscriptions"
        ),
        "env": "BUSINESS_CENTRAL_CLIENT_STATE",
        "scheme": {
            "signature": "body:value.0.clientState",
            "algorithm": "token",
            "encoding": "text",
        },
        "type": "body:value.0.changeType",
        "notes": (
            "Nothing is signed; `clientState` is what was given at the subscription, and is checked"
            " in the first notification. The handshake comes again at every renewal."
        ),
    },
    "office365_management": {
        "title": "Office 365 Management Activity API",
        "docs": (
            "https://learn.microsoft.com/en-us/office/office-365-management-api/"
            "office-365-management-activity-api-reference"
        ),
        "env": "OFFICE365_WEBHOOK_AUTH_ID",
        "scheme": {
            "signature": "header:webhook-authid",
            "algorithm": "token",
            "encoding": "text",
        },
        "type": "body:0.contentType",
        "notes": (
            "Nothing is signed; the secret is the `authId` of the subscription, without which"
            " nothing tells these requests from anybody's. A delivery holds many notifications."
        ),
    },
}
