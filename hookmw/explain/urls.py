"""Guesses about the URL, where a scheme signs it: the provider was told another one."""

from collections.abc import Iterator
from dataclasses import dataclass
from functools import partial
from itertools import combinations

from hookmw.delivery import Delivery
from hookmw.explain.case import Case, Trial
from hookmw.explain.finding import Finding

__all__ = ["url_trials"]

_REMEDY = (
    "Set public_url= to the scheme, host and prefix that the provider was told, or tell it the"
    " URL again."
)
_HOSTS = ("host", "x-forwarded-host", "x-original-host")
_PORTS = {"https": ":443", "http": ":80"}


@dataclass(frozen=True, slots=True)
class _Difference:
    """One way in which the URL that was signed differs; `part` is what of it."""

    part: str
    words: str
    values: tuple[str, ...]


def url_trials(case: Case) -> Iterator[Trial]:
    """One trial for each URL that the provider may have been told: one difference, then two."""
    differences = list(_differences(case.delivery))
    for several in (1, 2, 3):
        for chosen in combinations(differences, several):
            if len({each.part for each in chosen}) == several:
                words = " and ".join(each.words for each in chosen)
                finding = Finding(
                    "url_differs", f"The signature is that of a URL {words}.", _REMEDY
                )
                yield Trial(finding, partial(_with, case, chosen))


def _with(case: Case, chosen: tuple[_Difference, ...]) -> Case:
    scheme, host, prefix = _taken_apart(case.delivery)
    parts = {"scheme": scheme, "host": host, "port": "", "prefix": prefix}
    parts |= {"path": case.delivery.path, "query": case.delivery.query_string.decode("latin-1")}
    for each in chosen:
        parts[each.part] = each.values[0]
    port = _PORTS[parts["scheme"]] if parts["port"] == "default" else parts["port"]
    if parts["port"]:
        parts["host"] = _portless(parts["host"])
    if not parts["host"]:
        raise ValueError("nobody knows the host")
    return case.sent_as(
        public_url=f"{parts['scheme']}://{parts['host']}{port.strip('-')}{parts['prefix']}",
        path=parts["path"],
        query_string=parts["query"].encode("latin-1"),
    )


def _differences(delivery: Delivery) -> Iterator[_Difference]:
    scheme, host, prefix = _taken_apart(delivery)
    for other in ("https", "http"):
        if other != scheme or delivery.public_url is None:
            yield _Difference("scheme", f"with {other}://", (other,))
    for name in _HOSTS:
        for value in _header(delivery, name):
            if value != host:
                yield _Difference("host", f"with the host in the header {name}", (value,))
    yield _Difference("port", "with the default port in it", ("default",))
    yield _Difference("port", "without the port", ("-",))
    path = delivery.path
    slashed = path.removesuffix("/") if path.endswith("/") else path + "/"
    words = "without the slash at its end" if path.endswith("/") else "with a slash at its end"
    yield _Difference("path", words, (slashed,))
    if delivery.query_string:
        yield _Difference("query", "without its query", ("",))
    if prefix:
        yield _Difference("prefix", "without the prefix of public_url", ("",))


def _taken_apart(delivery: Delivery) -> tuple[str, str, str]:
    """Scheme, host with port, and prefix of the public URL."""
    url = delivery.public_url or "https://" + next(iter(_header(delivery, "host")), "")
    scheme, _, rest = url.rstrip("/").partition("://")
    host, slash, prefix = rest.partition("/")
    return scheme if scheme in _PORTS else "https", host, slash + prefix


def _header(delivery: Delivery, name: str) -> list[str]:
    values = [value for key, value in delivery.headers if key == name.encode()]
    return [value.decode("latin-1").partition(",")[0].strip() for value in values[:1]]


def _portless(host: str) -> str:
    before, colon, port = host.rpartition(":")
    return before if colon and port.isdigit() else host
