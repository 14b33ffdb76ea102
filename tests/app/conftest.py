import pytest

from tests.app.sending import NOW


@pytest.fixture(autouse=True)
def _no_lingering(monkeypatch: pytest.MonkeyPatch) -> None:
    """After a refusal that ends the connection the rest of the body is read for a moment."""
    monkeypatch.setattr("hookmw.middleware.shell.LINGER_SECONDS", 0.02)


@pytest.fixture
def clock(monkeypatch: pytest.MonkeyPatch) -> list[float]:
    """The receiver's clock, which the vectors need to stand still."""
    now = [NOW]
    monkeypatch.setattr("hookmw.middleware.shell.time.time", lambda: now[0])
    return now
