"""`module:attribute`: an app of the user's, as command lines name it."""

import importlib
import sys
from pathlib import Path
from typing import Any

from hookmw.app import Hooks
from hookmw.errors import ConfigError

__all__ = ["hooks_of", "load"]

CONFIG_FILES = {".toml", ".yaml", ".yml"}


def load(target: str) -> Any:
    """The app that `module:attribute` names, looked for in the current directory first.

    Raises:
        ConfigError: there is none of that name; what the module itself raises comes through.
    """
    if Path(target).suffix in CONFIG_FILES:
        raise ConfigError(
            f"{target}: configuration files cannot be served yet; write module:attribute"
        )
    module, colon, attribute = target.partition(":")
    if not (module and colon and attribute):
        raise ConfigError(f"{target!r} is not module:attribute, such as main:app")
    sys.path.insert(0, str(Path.cwd()))
    found: Any = _module(module)
    for name in attribute.split("."):
        found = getattr(found, name, None)
    if not callable(found):
        raise ConfigError(f"module {module!r} has no app named {attribute!r}")
    return found


def _module(name: str) -> Any:
    try:
        return importlib.import_module(name)
    except ModuleNotFoundError as error:
        if error.name is None or not f"{name}.".startswith(f"{error.name}."):
            raise
        raise ConfigError(f"no module {error.name!r} in {Path.cwd()} or installed") from None


def hooks_of(target: str) -> Hooks:
    """The `Hooks` that `module:attribute` names, or that is around another app there.

    Raises:
        ConfigError: it is something else.
    """
    found = load(target)
    hooks = getattr(found, "hooks", found)
    if not isinstance(hooks, Hooks):
        raise ConfigError(f"{target} is no Hooks: name the variable that holds Hooks([...])")
    return hooks
