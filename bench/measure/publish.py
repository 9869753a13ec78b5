# SPDX-License-Identifier: MIT
"""Writes the tables of docs/PERFORMANCE.md and its pictures from bench/results."""

from __future__ import annotations

import re
from pathlib import Path

from . import results
from .picture import draw
from .table import as_markdown

#: <!-- bench: hello --> … <!-- end -->
_PLACE = re.compile(r"(<!-- bench: (?P<name>[\w-]+) -->\n).*?(<!-- end -->)", re.DOTALL)


def fill(document: str, tables: dict[str, str]) -> str:
    """The document with the tables in their places; a place without a table stays as it is."""

    def replace(place: re.Match[str]) -> str:
        table = tables.get(place["name"])
        return f"{place[1]}{table}\n{place[3]}" if table else place[0]

    return _PLACE.sub(replace, document)


def publish(root: Path, folder: Path) -> None:
    """Takes all results in `folder`."""
    pictures = root / "docs" / "performance"
    pictures.mkdir(exist_ok=True)
    tables = {}
    for path in sorted(folder.glob("*.json")):
        result = results.load(path)
        picture = draw(result)
        (pictures / f"{result.name}.svg").write_text(picture)
        tables[result.name] = f"![{result.title}](performance/{result.name}.svg)\n\n" + as_markdown(result)
    document = root / "docs" / "PERFORMANCE.md"
    document.write_text(fill(document.read_text(), tables))
