import pytest


@pytest.fixture(autouse=True)
def _no_lingering(monkeypatch: pytest.MonkeyPatch) -> None:
    """After a refusal that ends the connection the rest of the body is read for a moment."""
    monkeypatch.setattr("hookmw.middleware.shell.LINGER_SECONDS", 0.02)
