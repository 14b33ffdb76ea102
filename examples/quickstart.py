"""A GitHub webhook receiver. Run it with:

    GITHUB_WEBHOOK_SECRET=change-me uvicorn quickstart:app

and try it from another terminal with:

    hookmw send github pull_request.opened --to http://127.0.0.1:8000/github --secret change-me
"""

import os

from hookmw import Endpoint, Event, Hooks

github = Endpoint("/github", "github", secrets=os.environ["GITHUB_WEBHOOK_SECRET"])


@github.on("pull_request.opened")
async def welcome(event: Event) -> None:
    print(event.payload["pull_request"]["title"])


app = Hooks([github])
