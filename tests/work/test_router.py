import functools
import inspect
from collections.abc import AsyncIterator, Callable, Iterator
from dataclasses import dataclass
from typing import Annotated, Any, TypedDict

import msgspec
import pydantic
import pytest
from hypothesis import given, strategies as st

from hookmw.errors import ConfigError
from hookmw.event import Event
from hookmw.retry import Retry
from hookmw.router import Handler, Router, checked_pattern, distinct, matches
from tests.work import later_annotations as later
from tests.work.benchtop import make_event


def one(event: Event[Any]) -> None: ...


def two(event: Event[Any]) -> None: ...


async def three(event: Event[Any]) -> None: ...


def names(handlers: list[Handler]) -> list[str]:
    return [handler.name for handler in handlers]


# patterns


@pytest.mark.parametrize(
    ("pattern", "type_", "meant"),
    [
        ("invoice.paid", "invoice.paid", True),
        ("invoice.paid", "invoice.paid.late", False),
        ("invoice.paid", "invoice", False),
        ("invoice.paid", "Invoice.paid", False),
        ("invoice.paid", "invoicexpaid", False),
        ("invoice.*", "invoice.paid", True),
        ("invoice.*", "invoice.paid.late", True),
        ("invoice.*", "invoice", True),
        ("invoice.*", "invoice.", True),
        ("invoice.*", "invoices", False),
        ("invoice.*", "invoice_item.paid", False),
        ("invoice.*", "", False),
        ("orders/*", "orders/create", True),
        ("orders/*", "orders", False),
        ("orders*", "orders", True),
        ("orders*", "orders_paid", True),
        ("*", "anything", True),
        ("*", "", True),
        ("*", "*", True),
        (".*", "", True),
        ("invoice.paid", "invoice.*", False),
        ("invoice.*", "invoice.*", True),
        ("a[bc]", "ab", False),
        ("a[bc]", "a[bc]", True),
        ("a?c", "abc", False),
        ("a.c", "abc", False),
        ("(a|b)*", "a", False),
    ],
)
def test_patterns(pattern: str, type_: str, meant: bool) -> None:  # noqa: FBT001
    assert matches(pattern, type_) is meant


@given(st.text(), st.text())
def test_an_exact_pattern_means_itself_alone(pattern: str, type_: str) -> None:
    if not pattern.endswith("*"):
        assert matches(pattern, type_) is (type_ == pattern and type_ != "")


@given(st.text(), st.text())
def test_a_prefix_means_what_begins_with_it(stem: str, rest: str) -> None:
    assert matches(stem + "*", stem + rest)
    assert matches(stem + ".*", stem)


@pytest.mark.parametrize("pattern", ["", "a*b", "**", "*.paid", None, 7, ["a"]])
def test_what_is_no_pattern(pattern: Any) -> None:
    with pytest.raises(ConfigError, match="write an exact type"):
        checked_pattern(pattern)
    with pytest.raises(ConfigError, match="write an exact type"):
        Router().on(pattern)


# which handlers, in which order


def test_handlers_come_in_the_order_in_which_they_were_written() -> None:
    router = Router()
    router.on("a.b")(two)
    router.on("*")(three)
    router.on("a.*")(one)
    assert [h.function for h in router.match("a.b")] == [two, three, one]
    assert [h.function for h in router.match("c")] == [three]
    assert [h.function for h in router.handlers] == [two, three, one]


def test_a_handler_under_several_patterns_runs_once() -> None:
    router = Router()
    router.on("a.*", retry=Retry(2))(one)
    router.on("*")(two)
    router.on("a.b", retry=Retry(5))(one)
    found = router.match("a.b")
    assert [h.function for h in found] == [one, two]
    assert found[0].retry == Retry(2)  # the first settings that fit
    assert len(router.handlers) == 2


def test_a_method_under_several_patterns_runs_once() -> None:
    router, object_ = Router(), later.Methodical()
    router.on("a")(object_.handle)
    router.on("*")(object_.handle)
    assert len(router.match("a")) == 1


def test_nothing_matches_nothing() -> None:
    assert Router().match("a") == []


def test_the_decorator_gives_the_function_back() -> None:
    assert Router().on("*")(one) is one


# names


def test_names_are_stable() -> None:
    router = Router()
    router.on("*")(one)

    @router.on("*")
    def inner(event: Event[Any]) -> None: ...

    router.on("*")(later.Methodical().handle)
    router.on("*", name="mine")(lambda event: None)
    assert names(router.handlers) == [
        "tests.work.test_router.one",
        "tests.work.test_router.test_names_are_stable.inner",
        "tests.work.later_annotations.Methodical.handle",
        "mine",
    ]


@pytest.mark.parametrize(
    "function",
    [lambda event: None, functools.partial(two), later.Methodical()],
    ids=["lambda", "partial", "object"],
)
def test_what_has_no_name_needs_one(function: Callable[..., Any]) -> None:
    router = Router()
    with pytest.raises(ConfigError, match="needs name="):
        router.on("*")(function)
    router.on("*", name="named")(function)
    assert names(router.match("x")) == ["named"]


def test_two_functions_of_one_name_are_refused() -> None:
    router = Router()
    router.on("a", name="same")(one)
    with pytest.raises(ConfigError, match="two handlers are named 'same': pass name="):
        router.on("b", name="same")(two)
    assert [h.function for h in router.handlers] == [one]
    assert router.match("b") == []


def test_methods_of_two_objects_are_two_handlers() -> None:
    router = Router()
    router.on("a")(later.Methodical().handle)
    with pytest.raises(ConfigError, match="two handlers are named"):
        router.on("a")(later.Methodical().handle)


def test_distinct_finds_what_two_routers_hold_in_common() -> None:
    first, second = Router(), Router()
    first.on("*", name="same")(one)
    second.on("*", name="same")(two)
    with pytest.raises(ConfigError, match="two handlers are named 'same'"):
        distinct([*first.handlers, *second.handlers])
    assert len(distinct([*first.handlers, *first.handlers])) == 1


# settings


def test_settings_are_the_routers_unless_said() -> None:
    router = Router(retry=Retry(3), timeout=7)
    router.on("*")(one)
    router.on("*", retry=Retry(1), timeout=2)(two)
    first, second = router.handlers
    assert (first.retry, first.timeout) == (Retry(3), 7)
    assert (second.retry, second.timeout) == (Retry(1), 2)


@pytest.mark.parametrize("seconds", [0, -1, float("nan")])
def test_a_timeout_is_a_time(seconds: float) -> None:
    with pytest.raises(ConfigError, match="timeout must be more than 0 seconds"):
        Router(timeout=seconds)
    with pytest.raises(ConfigError, match="timeout must be more than 0 seconds"):
        Router().on("*", timeout=seconds)(one)


# what can be a handler


def is_async(function: Callable[..., Any]) -> bool:
    router = Router()
    router.on("*", name="it")(function)
    return router.handlers[0].is_async


class Synchronous:
    def __call__(self, event: Event[Any]) -> None: ...


def test_sync_and_async_are_told_apart() -> None:
    assert not is_async(one)
    assert is_async(three)
    assert is_async(later.Methodical())
    assert is_async(later.Methodical().handle)
    assert not is_async(Synchronous())
    assert is_async(functools.partial(three))
    assert not is_async(functools.partial(one))
    assert not is_async(print)


def yields(event: Event[Any]) -> Iterator[None]:
    yield


async def yields_async(event: Event[Any]) -> AsyncIterator[None]:
    yield


@pytest.mark.parametrize("function", [yields, yields_async])
def test_a_generator_would_never_run(function: Callable[..., Any]) -> None:
    with pytest.raises(ConfigError, match="yields, so a call would not run it"):
        Router().on("*")(function)


def takes_none() -> None: ...


def takes_two(event: Event[Any], other: int) -> None: ...


def takes_by_name(*, event: Event[Any]) -> None: ...


@pytest.mark.parametrize("function", [takes_none, takes_two, takes_by_name])
def test_a_handler_takes_the_event_alone(function: Callable[..., Any]) -> None:
    with pytest.raises(ConfigError, match="must take the event alone"):
        Router().on("*")(function)


def takes_more(event: Event[Any], other: int = 1, *rest: int, **named: int) -> None: ...


def test_what_has_a_default_may_be_there() -> None:
    Router().on("*")(takes_more)


def test_a_builtin_that_hides_its_parameters_is_believed() -> None:
    with pytest.raises(ValueError, match="no signature"):
        inspect.signature(dict.update)
    assert payload_type(dict.update) is Any


# annotations


class Struct(msgspec.Struct):
    total: int


@dataclass
class Data:
    total: int


class Typed(TypedDict):
    total: int


class Model(pydantic.BaseModel):
    total: int


def payload_type(function: Callable[..., Any]) -> Any:
    router = Router()
    router.on("*", name="it")(function)
    return router.handlers[0].payload_type


def for_struct(event: Event[Struct]) -> None: ...


def for_data(event: Event[Data]) -> None: ...


def for_typed(event: Event[Typed]) -> None: ...


def for_model(event: Event[Model]) -> None: ...


def for_list(event: Event[list[Struct]]) -> None: ...


@pytest.mark.parametrize(
    ("function", "type_", "expected"),
    [
        (for_struct, Struct, Struct(7)),
        (for_data, Data, Data(7)),
        (for_typed, Typed, {"total": 7}),
        (for_model, Model, Model(total=7)),
    ],
)
def test_the_payload_becomes_what_the_annotation_says(
    function: Callable[..., Any], type_: Any, expected: Any
) -> None:
    found = payload_type(function)
    assert found is type_
    event = make_event(body=b'{"total": 7}').typed(found)
    assert event.payload == expected
    assert type(event.payload) is type(expected)


def test_generic_types_are_kept() -> None:
    assert payload_type(for_list) == list[Struct]


def unannotated(event):  # type: ignore[no-untyped-def]  # noqa: ANN001, ANN201
    ...


def bare(event: Event) -> None: ...


def returns_one(event: Event[Any]) -> Event[Struct]:
    raise NotImplementedError


def other(event: dict[str, Any]) -> None: ...


@pytest.mark.parametrize("function", [unannotated, bare, one, returns_one, other, later.plain])
def test_the_payload_is_anything_unless_said(function: Callable[..., Any]) -> None:
    assert payload_type(function) is Any


def in_text(event: "Event[Struct]") -> None: ...


def half_in_text(event: Event["Struct"]) -> None: ...


def annotated(event: Annotated[Event[Struct], "noted"]) -> None: ...


def with_self(client: object, event: Event[Struct]) -> None: ...


def unhelpful(other: "Event[Struct] | None") -> None: ...


@pytest.mark.parametrize(
    "function", [in_text, half_in_text, annotated, functools.partial(with_self, object())]
)
def test_annotations_in_other_spellings(function: Callable[..., Any]) -> None:
    assert payload_type(function) is Struct


def test_a_union_is_not_decoded_into() -> None:
    assert payload_type(unhelpful) is Any


def logged(function: Callable[..., Any]) -> Callable[..., Any]:
    @functools.wraps(function)
    def around(event: Any) -> Any:
        return function(event)

    return around


@pytest.mark.parametrize(
    "function",
    [
        later.typed,
        logged(later.typed),
        later.Methodical().handle,
        later.Methodical(),
        functools.partial(later.with_client, object()),
        functools.partial(functools.partial(later.with_client), object()),
        later.decorated,
    ],
)
def test_annotations_that_are_texts(function: Callable[..., Any]) -> None:
    assert payload_type(function) is later.Invoice


def broken(event: Any) -> None: ...


broken.__annotations__["event"] = "Event[Struct"


def missing(event: "Event[Nowhere]") -> None:  # type: ignore[name-defined]  # noqa: F821
    ...


@pytest.mark.parametrize("function", [later.unresolvable, broken, missing])
def test_annotations_that_cannot_be_resolved(function: Callable[..., Any]) -> None:
    with pytest.raises(ConfigError, match="cannot resolve the annotation"):
        Router().on("*")(function)


def test_a_local_type_cannot_be_resolved_from_text() -> None:
    class Local(msgspec.Struct):
        total: int

    def handler(event: "Event[Local]") -> None: ...

    with pytest.raises(ConfigError, match="must be imported at run time"):
        Router().on("*")(handler)
