"""The study of docs/validity.md: its statistics, its readers with errors, and its page."""

from __future__ import annotations

import importlib
from pathlib import Path
from types import ModuleType

import numpy as np
import pytest
from hypothesis import given
from hypothesis import strategies as st
from scipy.stats import kendalltau

from nerbench import Figure, Mention
from nerbench.scoring.counts import Counts

FOLDER = Path(__file__).parents[1] / "bench" / "validity"
PAGE = Path(__file__).parents[2] / "docs" / "validity.md"


def module(name: str) -> ModuleType:
    with pytest.MonkeyPatch.context() as patch:
        patch.syspath_prepend(str(FOLDER))
        return importlib.import_module(name)


RANKING, READERS, TABLES = map(module, ("ranking", "readers", "tables"))
RANKS = st.lists(st.tuples(st.integers(0, 4), st.integers(0, 4)), min_size=3, max_size=9)


@given(RANKS)
def test_tau_of_one_resample_is_that_of_scipy(ranks: list[tuple[int, int]]) -> None:
    x, y = np.array(ranks, float).T
    expected = kendalltau(x, y).statistic
    assert RANKING.kendall_tau(x[None], y[None])[0] == pytest.approx(expected, nan_ok=True)


def test_rates_of_resampled_captions_are_those_of_the_captions_repeated() -> None:
    gold = np.array([[[[3, 1, 0]] * 2, [[1, 0, 4]] * 2]], float)
    first = Counts(5, 2, 8, 3, reachable=4, recovered_reachable=2, gene_names=4)
    second = Counts(3, 1, 2, 1, reachable=1, recovered_reachable=1, gene_names=3)
    lists = np.array([[first.values(), second.values()]], float)
    counts = RANKING.Counts(["a"], gold, lists)
    marks, on_list = counts.rates(np.array([[0.0, 2.0], [1.0, 1.0]]))
    assert marks[:, 0, 0].tolist() == [
        pytest.approx([1, 2 / 10, 1 / 3]),
        pytest.approx([4 / 5, 4 / 8, 8 / 13]),
    ]
    precision, gene_precision, _, in_caption_recall, _, both = on_list[1, 0]
    assert (precision, gene_precision) == pytest.approx((3 / 8, 7 / 8))
    assert in_caption_recall == pytest.approx(3 / 5)
    assert both == pytest.approx(2 * (7 / 8) * (3 / 5) / (7 / 8 + 3 / 5))


def test_readers_err_in_the_way_that_they_are_named_after() -> None:
    caption = "STAT3 binds MDM2 in cells"
    gold = (Mention(0, 5, "STAT3", "gene"), Mention(12, 16, "MDM2", "gene"))
    figure = Figure("F1", caption, gold=gold)
    readers = {
        reader.name: reader.mentions[caption]
        for reader in READERS.degraded([figure], {("F1", 12, 16)})
    }
    assert [m.text for m in readers["only names on the list"]] == ["MDM2"]
    longer = [m.text for m in readers["each name with the word after it"]]
    assert longer == ["STAT3 binds", "MDM2 in"]
    *marks, first, second = readers["a random word added for each name"]
    assert tuple(marks) == gold
    assert {first.text, second.text} < {"binds", "in", "cells"}
    assert set(readers["half of the names left out"]) <= set(gold)


def test_every_table_of_the_page_is_filled() -> None:
    _, *blocks = PAGE.read_text(encoding="utf-8").split("<!-- table: ")
    assert len(blocks) >= 9
    for block in blocks:
        name, *lines = block.splitlines()
        table = [line for line in lines[1:6] if line.startswith("| ")]
        assert len(table) == 5, name
