"""Scan a text for every span that is a name in a lexicon."""

from __future__ import annotations

import pytest

from nerbench.nomenclature.lexicon import Nomenclature
from nerbench.nomenclature.scan import is_ordinary, scanner


def found(nomenclature: Nomenclature, text: str, ordinary: bool = False) -> set[str]:
    scan = scanner(nomenclature)
    return {text[s.start : s.end] for s in scan(text) if s.ordinary == ordinary}


@pytest.mark.parametrize("word", ["was", "Rest", "the", "a", "H", "set", "Can"])
def test_ordinary_word_is_ordinary(word: str) -> None:
    assert is_ordinary(word)


@pytest.mark.parametrize("word", ["WAS", "REST", "SET", "Notch", "insulin", "Src", "STAT3", "3"])
def test_symbol_or_gene_word_is_not_ordinary(word: str) -> None:
    assert not is_ordinary(word)


def test_scanner_is_built_once(nomenclature: Nomenclature) -> None:
    assert scanner(nomenclature) is scanner(nomenclature)


@pytest.mark.parametrize(
    "name",
    [
        "IL-1β",
        "IκBα",
        "TGF-β1",
        "p38 MAPK",
        "HIF-1α",
        "HIF\u20111α",
        "β-catenin",
        "c-Myc",
        "NF-κB p65",
        "14-3-3ζ",
        "l(2)gl",
        "E(spl)m8",
        "Su(H)",
        "ref(2)P",
        "IL-6",
        "IL\u00a06",
        "dl",
        "WAS",
        "JAKs",
        "tumor necrosis factor",
    ],
)
@pytest.mark.parametrize("frame", ["{}", "then {} rose", "({})", "{}, then", "“{}”.", "\n{}\n"])
def test_name_is_found_wherever_it_stands(
    nomenclature: Nomenclature, name: str, frame: str
) -> None:
    assert name in found(nomenclature, frame.format(name))


def test_overlapping_and_nested_names_are_all_found(nomenclature: Nomenclature) -> None:
    names = found(nomenclature, "the epidermal growth factor receptor EGFR")

    assert {"epidermal growth factor", "epidermal growth factor receptor", "EGFR"} <= names


@pytest.mark.parametrize("text", ["xSTAT3", "STAT3x", "STAT31x", "aIL6b", "BRCA1dead"])
def test_name_inside_a_token_is_not_found(nomenclature: Nomenclature, text: str) -> None:
    assert found(nomenclature, text) == set()


@pytest.mark.parametrize("text", ["IL-6. Then", "IL. 6 rose"])
def test_name_does_not_cross_the_end_of_a_sentence(nomenclature: Nomenclature, text: str) -> None:
    assert not any(". " in name for name in found(nomenclature, text))


@pytest.mark.parametrize("text", ["found in a cell", "it is H here", "was set"])
def test_words_that_fold_to_a_name_are_marked_ordinary(
    nomenclature: Nomenclature, text: str
) -> None:
    assert found(nomenclature, text) == set()


def test_ordinary_spans_are_yielded_and_marked(nomenclature: Nomenclature) -> None:
    assert "was" in found(nomenclature, "it was", ordinary=True)


def test_spans_are_sorted_by_start_then_end(nomenclature: Nomenclature) -> None:
    spans = [(s.start, s.end) for s in scanner(nomenclature)("NF-κB p65 binds IL-6 and Su(H)")]

    assert spans == sorted(spans)
    assert len(spans) == len(set(spans))


@pytest.mark.parametrize("text", ["", " ", "...", "()", "—", "💥💥"])
def test_text_without_letters_gives_nothing(nomenclature: Nomenclature, text: str) -> None:
    assert list(scanner(nomenclature)(text)) == []


def test_offsets_count_code_points_of_the_text_itself(nomenclature: Nomenclature) -> None:
    text = "💥ﬁ IL‑6𝛽 and ＳＴＡＴ３"

    spans = {text[s.start : s.end]: s.start for s in scanner(nomenclature)(text)}

    assert spans["ＳＴＡＴ３"] == text.index("Ｓ")
