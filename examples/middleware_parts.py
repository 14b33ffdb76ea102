"""The stages one by one, in somebody else's stack: verify only, keep nothing.

Run it with `uvicorn middleware_parts:app`.
"""

import os

from starlette.applications import Starlette
from starlette.middleware import Middleware
from starlette.requests import Request
from starlette.responses import PlainTextResponse
from starlette.routing import Route

from hookmw import Scheme
from hookmw.middleware import (
    IPAllowlistMiddleware,
    Limit,
    RateLimitMiddleware,
    RawBodyMiddleware,
    SignatureMiddleware,
)

OURS = Scheme(
    "header:x-acme-signature",
    separator=",",
    form="v1={signature}",
    timestamp="field:t",
    content="{timestamp}.{body}",
)


async def receive(request: Request) -> PlainTextResponse:
    body = await request.body()  # verified, and still there to be read
    return PlainTextResponse(f"{len(body)} bytes from Acme")


app = Starlette(
    routes=[Route("/acme", receive, methods=["POST"])],
    middleware=[
        Middleware(IPAllowlistMiddleware, networks=["127.0.0.0/8", "203.0.113.0/24"]),
        Middleware(RateLimitMiddleware, limit=Limit(600, burst_limit=50)),
        Middleware(RawBodyMiddleware, max_body=256 * 1024, timeout=5),
        Middleware(SignatureMiddleware, verifier=OURS, secrets=os.environ["ACME_SECRET"]),
    ],
)
