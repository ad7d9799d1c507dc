"""Names found back in the text that they were read from."""

from __future__ import annotations

import re
import unicodedata

import pytest
from hypothesis import given
from hypothesis import strategies as st

from nerbench.recognizers.external.find_names import find_names


def found(names: list[str], text: str) -> list[str]:
    mentions, _ = find_names(names, text)
    for mention in mentions:
        mention.check(text)
    return [mention.text for mention in mentions]


@pytest.mark.parametrize(
    ("name", "text", "expected"),
    [
        ("IL-6", "IL-6, IL-6", ["IL-6", "IL-6"]),
        ("IL-6", "IL‑6 IL–6 IL−6 IL－6", ["IL‑6", "IL–6", "IL−6", "IL－6"]),
        ("IL 6", "IL\u00a06, IL\r\n  6", ["IL\u00a06", "IL\r\n  6"]),
        ("interleukin  6", "interleukin 6", ["interleukin 6"]),
        ("Krüppel", "Kru\u0308ppel Krüppel", ["Kru\u0308ppel", "Krüppel"]),
        ("Kru\u0308ppel", "Krüppel", ["Krüppel"]),
        ("Kruppel", "Krüppel", []),
        ("Kru", "Kru\u0308ppel Kru\u0308", []),
        ("NF-κB", "NF\u00ad-κ\u200bB", ["NF\u00ad-κ\u200bB"]),
        ("fi", "ﬁ", ["ﬁ"]),
        ("i", "ﬁ", []),
        ("f", "ﬁ x", []),
        ("CD4+", "CD4⁺ T cells", ["CD4⁺"]),
        ("STAT3", "pSTAT3, STAT3α, STAT31, STAT3-P, (STAT3)", ["STAT3", "STAT3"]),
        ("stat3", "STAT3", []),
        ("Dl", "dl", []),
        ("TGF-β", "TGF-α", []),
        ("STAT3", "🧬STAT3🧬", ["STAT3"]),
        ("Ａ1", "A1", ["A1"]),
        ("(2)gl", "l(2)gl", ["(2)gl"]),
        (" IL-6 ", "the IL-6.", ["IL-6"]),
        ("", "text", []),
        ("\u200b", "text", []),
        ("한글", "한글", ["한글"]),
    ],
)  # fmt: skip
def test_differences_of_typography_are_tolerated_and_no_others(
    name: str, text: str, expected: list[str]
) -> None:
    assert found([name], text) == expected


def test_the_longest_name_wins_where_two_overlap() -> None:
    text = "IL-6 receptor and IL-6; receptor alpha"
    names = ["IL-6", "IL-6 receptor", "receptor"]
    assert found(names, text) == ["IL-6 receptor", "IL-6", "receptor"]


def test_a_name_within_a_longer_one_is_not_called_missing() -> None:
    mentions, missing = find_names(["IL-6", "IL-6 receptor", "IL6"], "the IL-6 receptor")
    assert [mention.text for mention in mentions] == ["IL-6 receptor"]
    assert missing == ["IL6"]


def test_a_name_given_twice_is_found_once_a_place() -> None:
    assert found(["IL-6", "IL‑6", "IL-6 "], "IL-6") == ["IL-6"]


def test_everything_is_labelled_a_gene_without_a_score() -> None:
    ((mention,), _) = find_names(["IL-6"], "IL-6")
    assert (mention.label, mention.score, mention.ids) == ("GENE", None, ())


def plain(text: str) -> str:
    """What may differ, folded over the whole text at once."""
    text = unicodedata.normalize("NFKD", text)
    text = "".join(char for char in text if unicodedata.category(char) != "Cf")
    return re.sub(r"\s+", " ", re.sub("[\u2010-\u2015\u2212-]", "-", text)).strip()


ALPHABET = "ab1 -‑–−\u00a0\u200be\u0301éﬁ⁺🧬\r\nβ("


@given(st.lists(st.text(ALPHABET, max_size=5), max_size=4), st.text(ALPHABET, max_size=30))
def test_mentions_are_names_bounded_and_apart(names: list[str], text: str) -> None:
    mentions, missing = find_names(names, text)
    wanted = {plain(name) for name in names}
    end = 0
    for mention in mentions:
        mention.check(text)
        assert plain(mention.text) in wanted
        assert mention.start >= end
        end = mention.end
        inside = text[mention.start], text[end - 1]
        before, after = text[: mention.start][-1:], text[end : end + 1]
        assert not (before.isalnum() and inside[0].isalnum())
        assert not (after.isalnum() and inside[1].isalnum())
        assert not (after and unicodedata.combining(after))
    assert set(missing) <= set(names)


@given(st.lists(st.sampled_from(["ab", "a-b", "é", "1", "b b"]), min_size=1), st.text("ab1 -é"))
def test_every_occurrence_is_found(names: list[str], text: str) -> None:
    """Against a regular expression, on text where nothing needs folding."""
    text = " ".join(text.split(" ")) if "  " not in text else re.sub(" +", " ", text)
    ordered = sorted(set(names), key=lambda name: (-len(plain(name)), plain(name)))
    taken: set[int] = set()
    expected = []
    for name in ordered:
        pattern = rf"(?<![^\W_]){re.escape(name)}(?![^\W_])"
        for match in re.finditer(pattern, text):
            if not taken & set(range(*match.span())):
                taken |= set(range(*match.span()))
                expected.append(match.span())
    mentions, _ = find_names(names, text)
    assert [(m.start, m.end) for m in mentions] == sorted(expected)
