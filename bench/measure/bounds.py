# SPDX-License-Identifier: MIT
"""What a figure is to be: no more than something, or no less. Pure."""

from __future__ import annotations

from dataclasses import dataclass


@dataclass(frozen=True, kw_only=True)
class Bounds:
    """One of the two is given."""

    most: float | None = None
    least: float | None = None
    unit: str = ""

    @property
    def text(self) -> str:
        """What is wanted."""
        if self.most is not None:
            return f"≤ {self.most:g}{self.unit}"
        return f"≥ {self.least:g}{self.unit}"

    def allow(self, figure: float) -> bool:
        """Whether this figure is what is wanted."""
        if self.most is not None:
            return figure <= self.most
        return self.least is None or figure >= self.least
