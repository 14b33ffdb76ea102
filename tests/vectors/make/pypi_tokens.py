"""Oracles on PyPI: tokens, keys, and what needs a framework around it."""

from functools import cache
from types import SimpleNamespace
from typing import Any

from tests.vectors.make.judging import Refused, header, judge, text
from tests.vectors.make.request import Request


def _jwt_error() -> type[Exception]:
    from jwt import PyJWTError

    return PyJWTError


@judge(Refused, _jwt_error())
def livekit(request: Request) -> object:
    from livekit.api import TokenVerifier, WebhookReceiver

    receiver = WebhookReceiver(TokenVerifier("devkey", request.secret))
    try:
        receiver.receive(text(request), header(request, "Authorization"))
    except Exception as error:
        if str(error) in {"hash mismatch", "sha256 was not found in the token"}:
            raise Refused from error
        raise
    return True


@cache
def _django() -> Any:
    import django
    from django.conf import settings

    settings.configure(ALLOWED_HOSTS=["*"], ANYMAIL={}, DEFAULT_CHARSET="utf-8")
    django.setup()
    from django.test import RequestFactory

    return RequestFactory()


def _anymail(view: Any, request: Request, content_type: str = "application/json") -> object:
    from anymail.exceptions import AnymailWebhookValidationFailure

    headers = {f"HTTP_{k.upper().replace('-', '_')}": v for k, v in request.headers.items()}
    path = request.url.removeprefix("https://hooks.example.com")
    asked = _django().post(
        path, request.body, content_type, secure=True, SERVER_NAME="hooks.example.com", **headers
    )
    asked.META["SERVER_PORT"] = "443"
    try:
        view.run_validators(asked)
    except AnymailWebhookValidationFailure:
        return False
    return True


@judge()
def mailtrap(request: Request) -> object:
    _django()
    from anymail.webhooks.mailtrap import MailtrapTrackingWebhookView

    return _anymail(MailtrapTrackingWebhookView(tracking_secret=request.secret), request)


@judge()
def mandrill(request: Request) -> object:
    _django()
    from anymail.webhooks.mandrill import MandrillCombinedWebhookView

    view = MandrillCombinedWebhookView(webhook_key=request.secret)
    return _anymail(view, request, "application/x-www-form-urlencoded")


@judge()
def postal(request: Request) -> object:
    _django()
    from anymail.webhooks.postal import PostalTrackingWebhookView

    return _anymail(PostalTrackingWebhookView(webhook_key=request.secret), request)


@judge()
def brevo(request: Request) -> object:
    _django()
    from anymail.webhooks.brevo import BrevoTrackingWebhookView

    return _anymail(BrevoTrackingWebhookView(webhook_secret=request.secret), request)


def _qstash_error() -> type[Exception]:
    from qstash.errors import SignatureError

    return SignatureError


@judge(Refused, _qstash_error())
def qstash(request: Request) -> object:
    from qstash import Receiver

    token = header(request, "Upstash-Signature")
    Receiver(request.secret, request.secret).verify(
        signature=token, body=text(request), url=request.url
    )
    return True


def _vonage_error() -> type[Exception]:
    from vonage_jwt import VonageVerifyJwtError

    return VonageVerifyJwtError


@judge(Refused, _vonage_error())
def vonage(request: Request) -> object:
    from vonage_jwt import verify_signature

    token = header(request, "Authorization").removeprefix("Bearer ")
    return verify_signature(token, request.secret)


@judge()
def zulip(request: Request) -> object:
    from zulip_botserver import server

    server.bots_config = {"bot": {"email": "bot@example.com", "token": request.secret}}
    silent = SimpleNamespace(handle_message=lambda **_: None)
    server.app.config.update(
        BOTS_LIB_MODULES={"bot": None}, BOT_HANDLERS={"bot": None}, MESSAGE_HANDLERS={"bot": silent}
    )
    status = server.app.test_client().post("/", data=request.body).status_code
    if status not in {200, 401}:
        raise RuntimeError(status)
    return status == 200


@judge()
def kick(request: Request) -> object:
    from kicksdk import KickError
    from kicksdk.webhooks import verify

    try:
        verify(request.secret, request.headers, request.body)
    except KickError as error:
        # `shape` is said of what verifies and is not what its type says: that is another matter.
        if error.kind not in {"webhook", "shape"}:
            raise
        return error.kind == "shape"
    return True
