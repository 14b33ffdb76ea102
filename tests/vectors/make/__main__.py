"""Write the vectors of the providers that are named, or of all; see the README beside this file."""

import json
import sys
from pathlib import Path

from tests.vectors.make import node, npm_macs, npm_others, pypi_macs, pypi_others
from tests.vectors.make.cases import Recipe, cases
from tests.vectors.make.request import NOW, Request
from tests.vectors.make.versions import version

FOLDER = Path(__file__).parents[1]


def main(names: list[str]) -> None:
    tables = (pypi_macs, pypi_others, npm_macs, npm_others)
    for recipe in (each for table in tables for each in table.RECIPES):
        if not names or recipe.provider in names:
            write(recipe.provider, vectors(recipe))


def vectors(recipe: Recipe) -> list[dict[str, object]]:
    """What the oracle judges as it is meant; it has no verdict where it crashes."""
    found = []
    made_by = f"judged by {recipe.package} {version(recipe)} {recipe.oracle}"
    asked = list(cases(recipe))
    for (name, genuine, request), verdict in zip(asked, judged(recipe, asked), strict=True):
        if verdict is None or (verdict and not genuine):
            what = "has no verdict on" if verdict is None else "is too lenient with"
            print(f"{recipe.provider}: {recipe.package} {what} {name}", file=sys.stderr)
            continue
        if genuine and not verdict:
            print(f"{recipe.provider}: {recipe.package} REFUSES {name}", file=sys.stderr)
            continue
        found.append(
            {
                "provider": recipe.provider,
                "scheme": recipe.scheme,
                "case": name,
                **request.as_json(),
                "expect": "accept" if verdict else "reject",
                "made_by": made_by,
                "now": None if recipe.window is None else NOW,
            }
        )
    return found


def judged(recipe: Recipe, asked: list[tuple[str, bool, Request]]) -> list[bool | None]:
    requests = [request for _, _, request in asked]
    if isinstance(recipe.judge, str):
        return node.verdicts(recipe.judge, requests)
    judge = recipe.judge
    return [judge(request) for request in requests]


def write(provider: str, found: list[dict[str, object]]) -> None:
    path = FOLDER / f"{provider}.json"
    path.write_text(json.dumps(found, indent=1, ensure_ascii=False) + "\n")
    print(f"{provider}: {len(found)} vectors")


if __name__ == "__main__":
    main(sys.argv[1:])
