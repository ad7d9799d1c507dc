"""An opened page and made-up figures for the browser tests."""

from __future__ import annotations

import re
from collections.abc import Callable
from dataclasses import dataclass, field
from typing import Any

import pytest

from nerbench import CuratedGene, Figure

playwright = pytest.importorskip("playwright.sync_api", reason="needs nerbench[browser]")
expect = playwright.expect


@dataclass
class Opened:
    """A page, with its console messages and its requests."""

    page: Any
    messages: list[str] = field(default_factory=list)
    requests: list[str] = field(default_factory=list)

    def find(self, selector: str, **options: Any) -> Any:
        return self.page.locator(selector, **options)

    def shows(self, selector: str, text: str | re.Pattern[str]) -> None:
        expect(self.find(selector).first).to_contain_text(text)

    @property
    def count_line(self) -> str:
        """The line above the figures, once they are loaded."""
        expect(self.find("#found")).to_contain_text(re.compile("^(Figures|No figure)"))
        return str(self.find("#found").inner_text())

    @property
    def figids(self) -> list[str]:
        return [card.get_attribute("data-figid") for card in self.find(".card").all()]


Open = Callable[..., Opened]


_IDS = {"STAT3": "6774", "JAK1": "3716", "IL6": "3569", "EGFR": "1956", "N": "31293", "Dl": "42313"}


def genes(taxon: int, *symbols: str) -> tuple[CuratedGene, ...]:
    """Curated genes, each with the first letters of its symbol as the word of the image."""
    return tuple(
        CuratedGene(taxon, symbol, gene_id=_IDS[symbol], words=(symbol[:4],)) for symbol in symbols
    )


def figures() -> list[Figure]:
    """Thirty figures, human and fly: with names that hit, that are false, that are missed."""
    made = []
    for n in range(30):
        fly = n % 3 == 0
        listed = genes(7227, "N", "Dl") if fly else genes(9606, "STAT3", "JAK1", "IL6", "EGFR")
        caption = (
            f"Notch (N) binds Delta in disc {n}; wg is not listed."
            if fly
            else f"IL-6/STAT3 signaling {n}: JAK1 turns on STAT3, MYC and TP53 are not listed."
        )
        made.append(
            Figure(
                f"PMC{1000 + n}__fig-{n}",
                caption=caption if n != 5 else "",
                title=f"Pathway {n}",
                paper_title=f"How {'flies' if fly else 'people'} signal, part {n}",
                pmcid=f"PMC{1000 + n}",
                doi="10.1000/xyz123" if n % 2 else "",
                year=str(2015 + n % 4),
                journal="Journal of Figures",
                organisms=("Drosophila melanogaster",) if fly else ("Homo sapiens",),
                curated=listed,
            )
        )
    return made


SMALLEST = """() => {
  const texts = document.createTreeWalker(document.body, NodeFilter.SHOW_TEXT);
  let least = [99, ''];
  while (texts.nextNode()) {
    const node = texts.currentNode, parent = node.parentElement;
    if (!node.textContent.trim() || parent.closest('script, style, noscript')) continue;
    if (!parent.getClientRects().length) continue;
    const svg = parent.closest('svg');
    const scale = svg ? svg.getBoundingClientRect().width / svg.viewBox.baseVal.width : 1;
    const size = parseFloat(getComputedStyle(parent).fontSize) * scale;
    if (size < least[0]) least = [size, node.textContent.trim().slice(0, 60)];
  }
  return least;
}"""
"""A script that returns the size in pixels of the smallest text that is shown, and the text."""
