"""Handlers whose annotations are texts, as `from __future__ import annotations` makes them."""

from __future__ import annotations

import functools
from collections.abc import Callable
from typing import TYPE_CHECKING, Any

import msgspec

from hookmw import Event

if TYPE_CHECKING:
    from decimal import Decimal


class Invoice(msgspec.Struct):
    total: int


async def typed(event: Event[Invoice]) -> Decimal | None:
    """Its other annotation cannot be resolved, and need not be."""


async def plain(event: Event) -> None: ...


async def unresolvable(event: Event[Decimal]) -> None: ...


class Methodical:
    async def handle(self, event: Event[Invoice]) -> None: ...

    async def __call__(self, event: Event[Invoice]) -> None: ...


def with_client(client: object, event: Event[Invoice]) -> None: ...


def logged(function: Callable[..., Any]) -> Callable[..., Any]:
    @functools.wraps(function)
    def around(*args: Any) -> Any:
        return function(*args)

    return around


@logged
async def decorated(event: Event[Invoice]) -> None: ...
