"""hookmw worker tests.engines.on_plain:hooks; its environment says the rest."""

from tests.engines.shop import hooks_on

hooks = hooks_on(None)
