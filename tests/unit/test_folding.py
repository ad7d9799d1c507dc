"""Folding: spellings of one name have one folded form."""

from __future__ import annotations

import sys
import unicodedata

import pytest

from nerbench.folding import (
    fold,
    is_dash,
    normalize_space,
    normalize_typography,
    pieces,
)

DASHES = [c for c in map(chr, range(sys.maxunicode)) if unicodedata.category(c) == "Pd"]


@pytest.mark.parametrize(
    ("written", "symbol"),
    [
        ("IL-1β", "IL1B"),
        ("IL-1 beta", "IL1B"),
        ("IκBα", "IKBA"),
        ("IkappaBalpha", "IKBA"),
        ("TGF-β1", "TGFB1"),
        ("TGF-beta 1", "TGFB1"),
        ("TGFβ₁", "TGFB1"),
        ("HIF-1α", "HIF1A"),
        ("HIF‑1α", "HIF1A"),
        ("HIF-1\N{MATHEMATICAL BOLD SMALL ALPHA}", "HIF1A"),
        ("NF‐κB", "NFKB"),
        ("NF-kappa B", "NFKB"),
        ("NF-κB", "NFKB"),
        ("PKCη", "PKCH"),
        ("PKCeta", "PKCH"),
        ("PKC-eta", "PKCH"),
        ("14-3-3ζ", "1433Z"),
        ("14-3-3 zeta", "1433Z"),
        ("c-Myc", "CMYC"),
        ("IL\u00a06", "IL6"),
        ("IL\u20096", "IL6"),
        ("IL_6", "IL6"),
        ("IL.6", "IL6"),
        ("IL\u00ad6", "IL6"),
        ("IL\u200b6", "IL6"),
        ("ＩＬ６", "IL6"),
        ("ß-catenin", "b-catenin"),
        ("β‐Catenin", "beta-catenin"),
        ("\u00b5-opioid", "mu-opioid"),
        ("Krüppel", "Kruppel"),
        ("Kru\u0308ppel", "Kruppel"),
        ("ΜΑΡΚ", "MAPK"),
        ("ТСТР", "TCTP"),
    ],
)
def test_spellings_of_one_name_fold_alike(written: str, symbol: str) -> None:
    assert fold(written) == fold(symbol)


@pytest.mark.parametrize(
    ("one", "other"),
    [
        ("STAT3", "STAT5"),
        ("IL-1", "IL-11"),
        ("IL-1α", "IL-1β"),
        ("Su(H)", "SuH"),
        ("l(2)gl", "l(3)gl"),
        ("CD8+", "CD8"),
        ("5'-nucleotidase", "3'-nucleotidase"),
        ("Rho", "R"),
        ("MMP2/9", "MMP29"),
    ],
)
def test_different_names_stay_different(one: str, other: str) -> None:
    assert fold(one) != fold(other)


@pytest.mark.parametrize("word", ["RHOA", "PIAS", "MUC1", "CHIC", "NUP", "PSIP1", "beta-tau-x"])
def test_short_greek_names_inside_words_are_not_greek(word: str) -> None:
    folded = fold(word)

    assert folded == {"beta-tau-x": "btx"}.get(word, word.lower())


@pytest.mark.parametrize(
    ("letter", "name"), [("α", "alpha"), ("ρ", "Rho"), ("Δ", "delta"), ("η", "eta"), ("ω", "omega")]
)
def test_a_greek_letter_alone_goes_by_its_name(letter: str, name: str) -> None:
    assert fold(letter) == fold(name)
    assert len(fold(letter)) > 1


@pytest.mark.parametrize("dash", DASHES, ids=lambda c: f"U+{ord(c):04X}")
def test_every_unicode_dash_is_a_dash(dash: str) -> None:
    assert is_dash(dash)
    assert fold(f"IL{dash}6") == "il6"


@pytest.mark.parametrize("sign", ["\u2212", "\u207b", "\u208b", "\uff0d", "\ufe63", "\u2043"])
def test_minus_signs_and_bullets_are_dashes_too(sign: str) -> None:
    assert fold(f"IL{sign}6") == "il6"


@pytest.mark.parametrize("char", ["~", "+", "/", "a", "1", " ", "_"])
def test_other_characters_are_not_dashes(char: str) -> None:
    assert not is_dash(char)


@pytest.mark.parametrize("prime", ["'", "′", "’", "‘", "ʹ", "´", "`"])
def test_primes_are_alike(prime: str) -> None:
    assert fold(f"5{prime}-nucleotidase") == "5'nucleotidase"
    assert normalize_typography(f"5{prime}-nucleotidase") == "5'-nucleotidase"


def test_typography_keeps_case_and_greek() -> None:
    assert normalize_typography("HLA‑DRA  and\u00a0NF‐κB") == "HLA-DRA and NF-κB"


@pytest.mark.parametrize(
    ("text", "name"),
    [
        ("IL\u00a06 ", "IL 6"),
        ("IL\n  6", "IL 6"),
        ("CD8⁺", "CD8+"),
        ("ＳＴＡＴ３", "STAT3"),
        ("  STAT3", "STAT3"),
    ],
)
def test_normalize_space_folds_white_space_and_compatibility_forms(text: str, name: str) -> None:
    assert normalize_space(text) == name


@pytest.mark.parametrize(("one", "other"), [("Dl", "dl"), ("IL-6", "IL6"), ("TGF-β", "TGF-beta")])
def test_normalize_space_keeps_what_makes_two_names(one: str, other: str) -> None:
    assert normalize_space(one) != normalize_space(other)


@pytest.mark.parametrize("empty", ["", " ", "-", "_._", "\u200b", "–\u00a0—"])
def test_separators_alone_fold_to_nothing(empty: str) -> None:
    assert fold(empty) == ""
    assert pieces(empty) == ()


def test_pieces_have_offsets_folded_forms_and_kinds() -> None:
    text = "TGF-β1, Su(H)"

    found = [(text[start:end], folded, is_token) for start, end, folded, is_token in pieces(text)]

    assert found == [
        ("TGF", "tgf", True),
        ("β1", "b1", True),
        (",", ",", False),
        ("Su", "su", True),
        ("(", "(", False),
        ("H", "h", True),
        (")", ")", False),
    ]


def test_combining_marks_stay_with_their_letter() -> None:
    assert list(pieces("e\u0301b")) == [(0, 3, fold("éb"), True)]


@pytest.mark.parametrize(("one", "other"), [("IL6…", "IL6..."), ("IL‥6", "IL6")])
def test_characters_that_stand_for_several_fold_like_these(one: str, other: str) -> None:
    assert fold(one) == fold(other)
