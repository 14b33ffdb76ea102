"""Oracles on PyPI: MACs and digests. Each is imported where it is asked for."""

from types import SimpleNamespace

from tests.vectors.make.judging import Refused, header, judge, text
from tests.vectors.make.request import Request


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
    return client.webhooks.unwrap(text(request), headers=request.headers) is not None


@judge(*_standard_error())
def fathom(request: Request) -> object:
    from fathom_python import Fathom

    Fathom.verify_webhook(request.secret, request.headers, text(request))
    return True


@judge(Refused)
def parallel_ai(request: Request) -> object:
    from langchain_parallel.tasks import verify_webhook

    return verify_webhook(
        request.body,
        webhook_id=header(request, "webhook-id"),
        webhook_timestamp=header(request, "webhook-timestamp"),
        webhook_signature=header(request, "webhook-signature"),
        secret=request.secret,
    )


def _elevenlabs_error() -> type[Exception]:
    from elevenlabs.errors import BadRequestError

    return BadRequestError


@judge(Refused, _elevenlabs_error())
def elevenlabs(request: Request) -> object:
    from elevenlabs.webhooks_custom import WebhooksClient

    given = header(request, "elevenlabs-signature")
    WebhooksClient.construct_event(object(), text(request), given, request.secret)
    return True


def _fintoc_error() -> type[Exception]:
    from fintoc.errors import WebhookSignatureError

    return WebhookSignatureError


@judge(Refused, _fintoc_error())
def fintoc(request: Request) -> object:
    from fintoc.webhook import WebhookSignature

    given = header(request, "fintoc-signature")
    return WebhookSignature.verify_header(text(request), given, request.secret)


@judge(Refused)
def getstream(request: Request) -> object:
    from getstream.webhook import verify_webhook_signature

    return verify_webhook_signature(request.body, header(request, "x-signature"), request.secret)


def _gocardless_error() -> type[Exception]:
    from gocardless_pro.errors import InvalidSignatureError

    return InvalidSignatureError


@judge(Refused, _gocardless_error())
def gocardless(request: Request) -> object:
    from gocardless_pro import webhooks

    webhooks.parse(text(request), request.secret, header(request, "Webhook-Signature"))
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


def _onfido_error() -> type[Exception]:
    from onfido.webhook_event_verifier import OnfidoInvalidSignatureError

    return OnfidoInvalidSignatureError


@judge(Refused, _onfido_error())
def onfido(request: Request) -> object:
    from onfido import WebhookEventVerifier

    verifier = WebhookEventVerifier(request.secret)
    verifier.read_payload(text(request), header(request, "X-SHA2-Signature"))
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
    signature = header(request, "X-Pusher-Signature")
    found = client.validate_webhook("appkey", signature, text(request))
    return found is not None


def _razorpay_error() -> type[Exception]:
    from razorpay.errors import SignatureVerificationError

    return SignatureVerificationError


@judge(Refused, _razorpay_error())
def razorpay(request: Request) -> object:
    import razorpay as sdk

    signature = header(request, "X-Razorpay-Signature")
    utility = sdk.Client(auth=("a", "b")).utility
    return utility.verify_webhook_signature(text(request), signature, request.secret)


@judge()
def sinch_conversation(request: Request) -> object:
    from sinch.domains.authentication.sinch_events.v1 import authentication_validation as sdk

    return sdk.validate_sinch_event_signature_with_nonce(
        request.secret, request.headers, text(request)
    )


@judge()
def sinch_numbers(request: Request) -> object:
    from sinch.domains.authentication.sinch_events.v1 import authentication_validation as sdk

    return sdk.validate_signature_header(request.secret, request.headers, text(request))


def _terra_error() -> type[Exception]:
    from terra.utils.verify_signature import WebhookVerificationError

    return WebhookVerificationError


@judge(Refused, _terra_error())
def terra(request: Request) -> object:
    from terra.utils.verify_signature import verify_terra_webhook_signature

    given = header(request, "terra-signature")
    return verify_terra_webhook_signature(text(request), given, request.secret)


@judge(Refused)
def viber(request: Request) -> object:
    from viberbot import Api, BotConfiguration

    api = Api(BotConfiguration(name="n", avatar="", auth_token=request.secret))
    return api.verify_signature(request.body, header(request, "X-Viber-Content-Signature"))


@judge(Refused, ValueError)
def workos(request: Request) -> object:
    from workos.webhooks import Webhooks

    given = header(request, "WorkOS-Signature")
    Webhooks.verify_header(
        Webhooks(), event_body=request.body, event_signature=given, secret=request.secret
    )
    return True


@judge(Refused)
def cloudinary(request: Request) -> object:
    import cloudinary as sdk
    from cloudinary.utils import verify_notification_signature

    sdk.config(api_secret=request.secret)
    stamp, signature = (header(request, f"X-Cld-{name}") for name in ("Timestamp", "Signature"))
    return verify_notification_signature(text(request), stamp, signature)


@judge()
def clickup(request: Request) -> object:
    from flyteplugins.clickup._provider import verify

    return verify(request.body, request.headers, request.secret)
