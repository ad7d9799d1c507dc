"""No right addition or near word is ruled out by what rules most out at less cost."""

from __future__ import annotations

from collections.abc import Iterator
from itertools import product
from string import ascii_lowercase

import pytest
from hypothesis import given
from hypothesis import strategies as st

from nerbench.folding import normalize_typography
from nerbench.nomenclature import affixes
from nerbench.nomenclature.misspellings import NearWords

STEMS = (
    "AKT IL-6 H3 caspases integrins cyclin growth p53 Bcl2 PPARα STAT1 FLT3- receptor mutated"
    " (A)receptor GABA(A) HLA-B HLA-DRB1 x"
).split()
ENDINGS = (
    "s 1 12 a b c d p P -p -P me me2 ac α β2 .1 -alpha beta gamma -delta Y705 pSer473 V600E"
    " V12 N17 ITD vIII 27 *04:01 V600fs E20* (V600E) -/- (NF)-x ( ) (cat) + ++ hi lo int neg"
    " pos high low bright dim protein proteins gene genes mRNA mRNAs transcript polypeptides"
    " dimer homodimers isoform monomer trimers oligomer fibrils aggregate fragment molecule"
    " enzyme subunit subunits complex complexes cluster family superfamilies member chain"
    " chains kinase kinases -GDP -GTP -GFP -FLAG -V5 -mCherry -tdTomato"
).split()
ENDINGS += ["KO", "null", "knockouts", "mutant", "tetramer", "-S473"]
ENDINGS += ["subunit of the TCR", "tyrosine kinase", "protein 1", "gene A", "family members"]


@pytest.mark.parametrize("addition", affixes._OF_NAMES, ids=range(len(affixes._OF_NAMES)))
def test_no_addition_is_ruled_out_that_its_pattern_finds(addition: affixes._Addition) -> None:
    pattern, last, text = addition
    names = {normalize_typography("".join(p)) for p in product(STEMS, ("", " ", "-"), ENDINGS)}
    with_addition = {name for name in names if pattern.search(name)}

    assert with_addition
    for name in with_addition:
        assert (last is None or name[-1] in last) and text in name, name


def one_letter_away(word: str) -> Iterator[str]:
    for place in range(1, len(word) + 1):
        head, tail = word[:place], word[place:]
        for letter in ascii_lowercase:
            yield head + letter + tail
            yield head + letter + tail[1:]
        yield head + tail[1:]
        yield head + tail[1:2] + tail[:1] + tail[2:]


# Few letters, so that words are near by chance, too
words = st.text("abc", min_size=6, max_size=9)


@given(st.sets(words, max_size=20), words)
def test_near_words_are_those_one_letter_away(of_names: set[str], word: str) -> None:
    expected = of_names.intersection(one_letter_away(word)) - {word}

    assert NearWords(of_names).find(word) == expected


@given(words, st.data())
def test_every_word_one_letter_away_is_found(word: str, data: st.DataObject) -> None:
    near = data.draw(
        st.sampled_from([w for w in one_letter_away(word) if len(w) > 5 and w != word])
    )

    assert NearWords([near]).find(word) == {near}
