"""Which version of an oracle is installed."""

from importlib import metadata

from tests.vectors.make import node
from tests.vectors.make.cases import Recipe


def version(recipe: Recipe) -> str:
    if isinstance(recipe.judge, str):
        return node.version(recipe.package)
    return metadata.version(recipe.package)
