"""The three shapes that most schemes have, as recipes."""

from collections.abc import Callable
from typing import Any

from tests.vectors.make.cases import Recipe
from tests.vectors.make.signing import in_list, of_body, standard

WHSEC = "whsec_MfKQ9r8GKYqrTwjUPD8ILPZIo2LaLaSw"
OTHER_WHSEC = "whsec_AAAAAAAAAAAAAAAAAAAAAAAAAAAAAAAA"

By = tuple[str, str]
"""A package, and the function of it that judges."""


def body_mac(
    provider: str,
    header: str,
    by: By,
    judge: Any,
    *,
    form: str = "%s",
    algorithm: str = "sha256",
    write: Callable[[bytes], str] = bytes.hex,
    **more: Any,
) -> Recipe:
    """The MAC of the body alone."""
    return Recipe(
        provider=provider,
        scheme="hmac_hex" if write is bytes.hex else "hmac_base64",
        package=by[0],
        oracle=by[1],
        judge=judge,
        sign=of_body(header, form=form, algorithm=algorithm, write=write),
        signature=header,
        prefix=form.removesuffix("%s"),
        **more,
    )


def time_and_mac(
    provider: str,
    header: str,
    by: By,
    judge: Any,
    *,
    form: str = "t=%s,v1=%s",
    between: str = ".",
    unit: int = 1,
    **more: Any,
) -> Recipe:
    """Both in one header."""
    name = form.removesuffix("=%s").rpartition("=%s")[2].lstrip(",; ")
    return Recipe(
        provider=provider,
        scheme=name,
        package=by[0],
        oracle=by[1],
        judge=judge,
        sign=in_list(header, form=form, between=between, unit=unit),
        signature=header,
        prefix=f"{name}=",
        **more,
    )


def standard_webhooks(
    provider: str, prefix: str, by: By, judge: Any, *, sign: Any = None, **more: Any
) -> Recipe:
    """Standard Webhooks, or Svix's name for it."""
    keywords: dict[str, Any] = {
        "scheme": "svix" if prefix == "svix" else "standard_webhooks",
        "secret": WHSEC,
        "other": OTHER_WHSEC,
        **more,
    }
    return Recipe(
        provider=provider,
        package=by[0],
        oracle=by[1],
        judge=judge,
        sign=sign or standard(prefix),
        signature=f"{prefix}-signature",
        stamp=f"{prefix}-timestamp",
        window=300,
        join=" ",
        prefix="v1,",
        **keywords,
    )
