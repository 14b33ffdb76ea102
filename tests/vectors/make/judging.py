"""How an oracle on PyPI is asked."""

from collections.abc import Callable

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
            except Exception as error:
                print(f"  {ask.__name__}: {type(error).__name__}: {error}"[:160])
                return None
            return answer is None or bool(answer)

        return judged

    return decorate


class Refused(Exception):
    """What an oracle that returns its verdict says as well."""


def text(request: Request) -> str:
    return request.body.decode()


def header(request: Request, name: str) -> str:
    """As a framework hands it over; without one, there is nothing to ask the oracle about."""
    if name not in request.headers:
        raise Refused
    return request.headers[name]
