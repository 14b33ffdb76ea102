"""hookmw around an app that knows nothing of it: everything but the webhooks passes through.

Run it with `uvicorn wrap_any_app:app`; Slack then delivers to /webhooks/slack.
"""

import os

from starlette.applications import Starlette
from starlette.requests import Request
from starlette.responses import PlainTextResponse
from starlette.routing import Route

from hookmw import Endpoint, Event, Hooks


async def home(request: Request) -> PlainTextResponse:
    return PlainTextResponse(f"hello from {request.url.path}")


site = Starlette(routes=[Route("/", home)])

slack = Endpoint("/slack", "slack", secrets=os.environ["SLACK_SIGNING_SECRET"])


@slack.on("app_mention")
async def mentioned(event: Event) -> None:
    print(event.payload["event"]["text"])


@slack.reply("/deploy")
async def deploy(event: Event) -> dict[str, str]:
    """A slash command is answered in the request, within Slack's three seconds."""
    return {"response_type": "ephemeral", "text": f"deploying {event.payload['text']}"}


app = Hooks([slack]).wrap(site, prefix="/webhooks")
