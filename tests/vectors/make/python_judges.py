"""Oracles on PyPI. Each is imported where it is asked, since each may need others to be absent."""

from collections.abc import Callable
from functools import cache
from types import SimpleNamespace
from typing import Any

import time_machine

from tests.vectors.make.request import NOW, Request

Judge = Callable[[Request], bool | None]


def judge(*refuses_by: type[Exception]) -> Callable[[Callable[[Request], object]], Judge]:
    """An oracle that answers, or refuses by an exception; at any other it has no verdict."""

    def decorate(ask: Callable[[Request], object]) -> Judge:
        def judged(request: Request) -> bool | None:
            try:
                with time_machine.travel(NOW, tick=False):
                    answer = ask(request)
            except refuses_by:
                return False
            except Exception as error:  # noqa: BLE001 - whatever it is, it is no verdict
                print(f"  {ask.__name__}: {type(error).__name__}: {error}"[:160])
                return None
            return answer is None or bool(answer)

        return judged

    return decorate


class Refused(Exception):
    """What an oracle that returns its verdict says as well."""


def _text(request: Request) -> str:
    return request.body.decode()


def _header(request: Request, name: str) -> str:
    """As a framework hands it over; without one, there is nothing to ask the oracle about."""
    if name not in request.headers:
        raise Refused
    return request.headers[name]


@judge(Refused, ValueError)
def finch(request: Request) -> object:
    from finch import Finch

    client = Finch(access_token="x")
    client.webhooks.verify_signature(request.body, request.headers, secret=request.secret)
    return True


def _standard_error() -> tuple[type[Exception], ...]:
    import standardwebhooks
    from svix.webhooks import WebhookVerificationError

    return standardwebhooks.WebhookVerificationError, WebhookVerificationError


@judge(*_standard_error())
def dodo_payments(request: Request) -> object:
    from dodopayments import DodoPayments

    client = DodoPayments(bearer_token="x", webhook_key=request.secret)
    return client.webhooks.unwrap(_text(request), headers=request.headers) is not None


@judge(*_standard_error())
def fathom(request: Request) -> object:
    from fathom_python import Fathom

    Fathom.verify_webhook(request.secret, request.headers, _text(request))
    return True


@judge(Refused)
def parallel_ai(request: Request) -> object:
    from langchain_parallel.tasks import verify_webhook

    return verify_webhook(
        request.body,
        webhook_id=_header(request, "webhook-id"),
        webhook_timestamp=_header(request, "webhook-timestamp"),
        webhook_signature=_header(request, "webhook-signature"),
        secret=request.secret,
    )


def _elevenlabs_error() -> type[Exception]:
    from elevenlabs.errors import BadRequestError

    return BadRequestError


@judge(Refused, _elevenlabs_error())
def elevenlabs(request: Request) -> object:
    from elevenlabs.webhooks_custom import WebhooksClient

    header = _header(request, "elevenlabs-signature")
    WebhooksClient.construct_event(object(), _text(request), header, request.secret)
    return True


def _fintoc_error() -> type[Exception]:
    from fintoc.errors import WebhookSignatureError

    return WebhookSignatureError


@judge(Refused, _fintoc_error())
def fintoc(request: Request) -> object:
    from fintoc.webhook import WebhookSignature

    header = _header(request, "fintoc-signature")
    return WebhookSignature.verify_header(_text(request), header, request.secret)


@judge(Refused)
def getstream(request: Request) -> object:
    from getstream.webhook import verify_webhook_signature

    return verify_webhook_signature(request.body, _header(request, "x-signature"), request.secret)


def _gocardless_error() -> type[Exception]:
    from gocardless_pro.errors import InvalidSignatureError

    return InvalidSignatureError


@judge(Refused, _gocardless_error())
def gocardless(request: Request) -> object:
    from gocardless_pro import webhooks

    webhooks.parse(_text(request), request.secret, _header(request, "Webhook-Signature"))
    return True


def _lark_error() -> type[Exception]:
    from lark_oapi.core.exception import AccessDeniedException

    return AccessDeniedException


@judge(_lark_error())
def lark(request: Request) -> object:
    from lark_oapi.core.model import RawRequest
    from lark_oapi.event.dispatcher_handler import EventDispatcherHandler

    raw = RawRequest()
    raw.headers, raw.body = request.headers, request.body
    EventDispatcherHandler()._verify_sign(raw, request.secret)
    return True


def _jwt_error() -> type[Exception]:
    from jwt import PyJWTError

    return PyJWTError


@judge(Refused, _jwt_error())
def livekit(request: Request) -> object:
    from livekit.api import TokenVerifier, WebhookReceiver

    receiver = WebhookReceiver(TokenVerifier("devkey", request.secret))
    try:
        receiver.receive(_text(request), _header(request, "Authorization"))
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


def _onfido_error() -> type[Exception]:
    from onfido.webhook_event_verifier import OnfidoInvalidSignatureError

    return OnfidoInvalidSignatureError


@judge(Refused, _onfido_error())
def onfido(request: Request) -> object:
    from onfido import WebhookEventVerifier

    verifier = WebhookEventVerifier(request.secret)
    verifier.read_payload(_text(request), _header(request, "X-SHA2-Signature"))
    return True


@judge()
def paddle(request: Request) -> object:
    from paddle_billing.Notifications import Secret, Verifier

    asked = SimpleNamespace(headers=request.headers, body=request.body)
    return Verifier(5).verify(asked, Secret(request.secret))


@judge(Refused)
def pusher(request: Request) -> object:
    from pusher import Pusher

    client = Pusher(app_id="1", key="appkey", secret=request.secret)
    signature = _header(request, "X-Pusher-Signature")
    found = client.validate_webhook("appkey", signature, _text(request))
    return found is not None


def _qstash_error() -> type[Exception]:
    from qstash.errors import SignatureError

    return SignatureError


@judge(Refused, _qstash_error())
def qstash(request: Request) -> object:
    from qstash import Receiver

    token = _header(request, "Upstash-Signature")
    Receiver(request.secret, request.secret).verify(
        signature=token, body=_text(request), url=request.url
    )
    return True


def _razorpay_error() -> type[Exception]:
    from razorpay.errors import SignatureVerificationError

    return SignatureVerificationError


@judge(Refused, _razorpay_error())
def razorpay(request: Request) -> object:
    import razorpay as sdk

    signature = _header(request, "X-Razorpay-Signature")
    utility = sdk.Client(auth=("a", "b")).utility
    return utility.verify_webhook_signature(_text(request), signature, request.secret)


@judge()
def sinch_conversation(request: Request) -> object:
    from sinch.domains.authentication.sinch_events.v1 import authentication_validation as sdk

    return sdk.validate_sinch_event_signature_with_nonce(
        request.secret, request.headers, _text(request)
    )


@judge()
def sinch_numbers(request: Request) -> object:
    from sinch.domains.authentication.sinch_events.v1 import authentication_validation as sdk

    return sdk.validate_signature_header(request.secret, request.headers, _text(request))


def _terra_error() -> type[Exception]:
    from terra.utils.verify_signature import WebhookVerificationError

    return WebhookVerificationError


@judge(Refused, _terra_error())
def terra(request: Request) -> object:
    from terra.utils.verify_signature import verify_terra_webhook_signature

    header = _header(request, "terra-signature")
    return verify_terra_webhook_signature(_text(request), header, request.secret)


@judge(Refused)
def viber(request: Request) -> object:
    from viberbot import Api, BotConfiguration

    api = Api(BotConfiguration(name="n", avatar="", auth_token=request.secret))
    return api.verify_signature(request.body, _header(request, "X-Viber-Content-Signature"))


def _vonage_error() -> type[Exception]:
    from vonage_jwt import VonageVerifyJwtError

    return VonageVerifyJwtError


@judge(Refused, _vonage_error())
def vonage(request: Request) -> object:
    from vonage_jwt import verify_signature

    token = _header(request, "Authorization").removeprefix("Bearer ")
    return verify_signature(token, request.secret)


@judge(Refused, ValueError)
def workos(request: Request) -> object:
    from workos.webhooks import Webhooks

    header = _header(request, "WorkOS-Signature")
    Webhooks.verify_header(
        Webhooks(), event_body=request.body, event_signature=header, secret=request.secret
    )
    return True


@judge()
def zulip(request: Request) -> object:
    from zulip_botserver import server

    server.bots_config = {"bot": {"email": "bot@example.com", "token": request.secret}}
    silent = SimpleNamespace(handle_message=lambda **_: None)
    server.app.config.update(
        BOTS_LIB_MODULES={"bot": None}, BOT_HANDLERS={"bot": None}, MESSAGE_HANDLERS={"bot": silent}
    )
    return server.app.test_client().post("/", data=request.body).status_code == 200


@judge(Refused)
def cloudinary(request: Request) -> object:
    import cloudinary as sdk
    from cloudinary.utils import verify_notification_signature

    sdk.config(api_secret=request.secret)
    stamp, signature = (_header(request, f"X-Cld-{name}") for name in ("Timestamp", "Signature"))
    return verify_notification_signature(_text(request), stamp, signature)


@judge()
def clickup(request: Request) -> object:
    from flyteplugins.clickup._provider import verify

    return verify(request.body, request.headers, request.secret)


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
