# SPDX-License-Identifier: MIT
"""The examples of a page of the documentation, by the names in their fences."""

from __future__ import annotations

import re

from .build import ROOT

_BLOCK = re.compile(r"^```(\w+)(?: (\S+))?\n(.*?)^```$", re.MULTILINE | re.DOTALL)


def example(page: str, name: str) -> str:
    """One example, as it stands there."""
    text = (ROOT / "docs" / page).read_text()
    found = [block[3] for block in _BLOCK.finditer(text) if block[2] == name]
    assert len(found) == 1, f"{len(found)} examples {name} in {page}"
    return found[0]


def replace_all(text: str, words: dict[str, str]) -> str:
    """The words that stand in the text in the place of others."""
    for word, instead in words.items():
        text = text.replace(word, instead)
    return text
