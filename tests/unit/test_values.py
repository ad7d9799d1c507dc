"""Values at a Python prompt: short representations, corpora with a length, shipped data."""

from __future__ import annotations

from pathlib import Path

import pytest
from hypothesis import given
from hypothesis import strategies as st

import nerbench
from nerbench import Corpus, CuratedGene, Figure, Mention, open_corpus


class CountingCorpus(Corpus):
    """Counts how often it reads its files."""

    readings = 0

    def _read_paths(self, *arguments):
        self.readings += 1
        return super()._read_paths(*arguments)


@pytest.fixture
def folder(tmp_path: Path) -> Path:
    for number in range(3):
        text = f"---\nfigid: PMC{number}__f1\ncaption: IL-6 {number}\n---\n"
        (tmp_path / f"{number}.md").write_text(text, encoding="utf-8")
    (tmp_path / "bad.md").write_text("---\nfigid: [\n---\n", encoding="utf-8")
    return tmp_path


def counting(folder: Path, nomenclature, limit: int | None = None) -> CountingCorpus:
    return CountingCorpus([folder], nomenclature, limit)


@given(
    st.integers(0, 9),
    st.text(min_size=1, max_size=9).filter(str.strip),
    st.text(max_size=3),
    st.none() | st.floats(0, 1),
    st.lists(st.text(max_size=3), max_size=2).map(tuple),
)
def test_a_mention_is_read_back_from_its_representation(start, text, label, score, ids) -> None:
    mention = Mention(start, start + len(text), text, label, score, ids)
    assert eval(repr(mention)) == mention


def test_representations_are_short() -> None:
    gene = CuratedGene(9606, "TP53")
    assert repr(gene) == "CuratedGene(9606, 'TP53')"
    assert repr(Mention(0, 3, "p53")) == "Mention(0, 3, 'p53')"
    marked = Figure("F1", "p53 " * 100, curated=(gene,), gold=(Mention(0, 3, "p53"),))
    assert len(repr(marked)) < 120
    assert repr(marked).endswith("...', 1 curated gene, 1 gold mention)")


def test_a_corpus_without_a_path_is_the_seed(seed: Figure) -> None:
    assert list(open_corpus()) == list(open_corpus(nerbench.data.seed)) == [seed]


def test_a_corpus_has_a_length_and_is_read_as_often_as_asked(folder: Path, nomenclature) -> None:
    corpus = counting(folder, nomenclature)
    assert repr(corpus) == f"Corpus({folder})"
    assert [len(corpus), len(list(corpus)), len(list(corpus))] == [3, 3, 3]
    assert [problem.source for problem in corpus.skipped] == [str(folder / "bad.md")]
    assert repr(corpus) == f"Corpus({folder}: 3 figures)"


def test_a_list_of_a_corpus_reads_it_once(folder: Path, nomenclature) -> None:
    corpus = counting(folder, nomenclature)
    assert len(list(corpus)) == 3
    assert corpus.readings == 1
    assert len(corpus) == 3
    assert corpus.readings == 1


def test_the_length_can_be_asked_for_in_a_loop(folder: Path, nomenclature) -> None:
    corpus = counting(folder, nomenclature)
    assert [(figure.figid, len(corpus)) for figure in corpus] == [
        (f"PMC{number}__f1", 3) for number in range(3)
    ]
    assert len(corpus.skipped) == 1


def test_a_limit_is_part_of_the_length(folder: Path, nomenclature) -> None:
    assert len(counting(folder, nomenclature, limit=2)) == 2
    assert len(counting(folder, nomenclature, limit=0)) == 0


def test_a_corpus_gives_a_figure_by_its_id(folder: Path, nomenclature) -> None:
    corpus = counting(folder, nomenclature)
    assert corpus["PMC1__f1"].caption == "IL-6 1"
    assert corpus["PMC1__f1"] in corpus
    assert "PMC1__f1" in corpus
    assert "PMC9__f1" not in corpus
    with pytest.raises(KeyError, match="no figure 'PMC9__f1' among the 3 of Corpus"):
        corpus["PMC9__f1"]


def test_the_shipped_gold_is_the_folder_or_its_name(seed_path: Path) -> None:
    by_path, by_name = (
        nerbench.evaluate(open_corpus(), nerbench.load_recognizer("lexicon"), gold=gold)
        for gold in (nerbench.data.gold, "shipped")
    )
    assert by_path.signature == by_name.signature
    assert by_path.corpus.marked == 1


@pytest.mark.parametrize(
    ("arguments", "end"),
    [
        ({"level": "familly"}, "did you mean 'family'?"),
        ({"organism": "humen"}, "did you mean 'human'?"),
        ({"by": ["jurnal"]}, "did you mean 'journal'?"),
    ],
)
def test_a_wrong_option_of_evaluate_names_the_right_one(arguments, end: str) -> None:
    with pytest.raises(nerbench.NerbenchError) as caught:
        nerbench.evaluate(open_corpus(), nerbench.load_recognizer("lexicon"), **arguments)
    assert end in str(caught.value)
    assert "\n" not in str(caught.value)
