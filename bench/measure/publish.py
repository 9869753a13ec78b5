# SPDX-License-Identifier: MIT
"""Writes the tables of docs/PERFORMANCE.md and its pictures from bench/results."""

from __future__ import annotations

import re
from pathlib import Path

from . import aims, results, standing
from .cases import CASES
from .decode import Codecs
from .decode import as_markdown as codecs_as_markdown
from .life import Life, memory_as_markdown, starts_as_markdown
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
    files = {case.name: folder / f"{case.name}.json" for case in CASES}
    measured = {name: results.load(path) for name, path in files.items() if path.exists()}
    life = Life.load(folder / "life.json") if (folder / "life.json").exists() else None
    tables = {"aims": aims.as_markdown(measured), "standing": standing.as_markdown(measured, life)}
    if life:
        tables["start"] = starts_as_markdown(life)
        tables["memory"] = memory_as_markdown(life)
    for name, result in measured.items():
        (pictures / f"{name}.svg").write_text(draw(result))
        tables[name] = f"![{result.title}](performance/{name}.svg)\n\n" + as_markdown(result)
    if (codecs := folder / "decode.json").exists():
        tables["decode"] = codecs_as_markdown(Codecs.load(codecs))
    document = root / "docs" / "PERFORMANCE.md"
    document.write_text(fill(document.read_text(), tables))
