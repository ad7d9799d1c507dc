"""Adding an organism is adding data: mouse, from one gene table and one rules file."""

from __future__ import annotations

from collections.abc import Iterator
from pathlib import Path

import pytest

import nerbench
from nerbench import CuratedGene, Evaluation, Figure, NerbenchError, open_corpus
from nerbench.nomenclature.build.assemble import make_lexicon
from nerbench.nomenclature.keywords import assign_keywords
from nerbench.nomenclature.lexicon import LEXICON_PATH, Nomenclature, load_nomenclature
from nerbench.nomenclature.matcher import Matcher
from nerbench.records import Level
from nerbench.scoring.scope import Scope

RULES = """\
taxon: 10090
label: mouse
name: Mus musculus
symbol_case: false
species_prefixes: [m, mouse]
also_known_as: [M. musculus, mice]
"""

RECORD = """\
---
figid: PMC9__f1
organisms: [Mus musculus]
caption: In mice, Grp78 and Trp53 induce IL-6, but not Mmp2.
schema-jsonld:
  keywords: [Trp53, Hspa5, Il6, Mmp9]
---
"""


@pytest.fixture(scope="module")
def with_mouse(
    nomenclature: Nomenclature, sources: dict[str, Path], tmp_path_factory: pytest.TempPathFactory
) -> Iterator[Nomenclature]:
    """The shipped nomenclature and mouse's, as a user would get it.

    The shipped one alone is loaded first, for it must not see the path that is set here.
    """
    folder = tmp_path_factory.mktemp("third")
    (folder / "mouse.yaml").write_text(RULES, encoding="utf-8")
    given = {"ncbi": sources["mouse"]}
    make_lexicon(
        folder / "lexicons", None, folder / "mouse.yaml", given, fetch=False, from_packages=False
    )
    with pytest.MonkeyPatch.context() as patch:
        patch.setenv(LEXICON_PATH, str(folder / "lexicons"))
        yield load_nomenclature()


@pytest.fixture(scope="module")
def figure(with_mouse: Nomenclature, tmp_path_factory: pytest.TempPathFactory) -> Figure:
    path = tmp_path_factory.mktemp("records") / "PMC9__f1.md"
    path.write_text(RECORD, encoding="utf-8")
    (read,) = open_corpus(path)
    return read


@pytest.fixture(scope="module")
def evaluation(figure: Figure) -> Evaluation:
    return nerbench.evaluate([figure], nerbench.load_recognizer("lexicon"))


def test_organism_joins_the_nomenclature(with_mouse: Nomenclature) -> None:
    assert [o.label for o in with_mouse.organisms] == ["human", "fly", "mouse"]
    assert with_mouse.taxon_of("Mus musculus") == 10090
    assert with_mouse[10090].symbols == ["Hspa5", "Il6", "Mmp9", "Trp53"]


@pytest.mark.parametrize(
    ("text", "taxa"),
    [
        ("mouse", (10090,)),
        ("10090,human", (10090, 9606)),
        ("mice", (10090,)),
        ("all", (9606, 7227, 10090)),
    ],
)
def test_scope_takes_the_organism(
    with_mouse: Nomenclature, text: str, taxa: tuple[int, ...]
) -> None:
    assert Scope.parse(text, with_mouse).taxa == taxa


def test_message_for_an_unknown_organism_lists_the_new_one(with_mouse: Nomenclature) -> None:
    with pytest.raises(NerbenchError, match=r"'rat'.*mouse \(10090\)"):
        Scope.parse("rat", with_mouse)


@pytest.mark.parametrize(
    ("level", "name", "found"),
    [
        (Level.SYMBOL, "trp53", ["Trp53"]),
        (Level.SYMBOL, "p53", []),
        (Level.SYNONYM, "p53", ["Trp53"]),
        (Level.SYNONYM, "mIL-6", ["Il6"]),
        (Level.SYNONYM, "mouse GRP-78", ["Hspa5"]),
        (Level.FAMILY, "heat shock protein 5", ["Hspa5"]),
        (Level.FAMILY, "TYK2", []),
    ],
)
def test_names_mean_genes_of_the_organism(
    with_mouse: Nomenclature, level: Level, name: str, found: list[str]
) -> None:
    assert Matcher(with_mouse).symbols(level, name, 10090) == found


def test_keywords_of_the_organism_are_assigned(figure: Figure) -> None:
    assert [gene.key for gene in figure.curated] == [
        (10090, "Trp53"),
        (10090, "Hspa5"),
        (10090, "Il6"),
        (10090, "Mmp9"),
    ]
    assert figure.unassigned == ()


def test_keywords_of_three_organisms_are_assigned(with_mouse: Nomenclature) -> None:
    keywords = ["Trp53", "Hspa5", "p53", "Dl", "TP53", "HSPA5"]

    taxa = assign_keywords(
        keywords,
        with_mouse,
        organisms_ner=["Mus musculus", "Drosophila melanogaster", "Homo sapiens"],
    )

    assert taxa == [10090, 10090, 7227, 7227, 9606, 9606]


def test_symbol_of_the_organism_alone_is_its_own_whatever_stands_around(
    with_mouse: Nomenclature,
) -> None:
    keywords = ["Aaab1", "Bbbc2", "Cccd3", "Trp53", "Dddf4", "Eeeg5", "Fffh6"]

    assert assign_keywords(keywords, with_mouse)[3] == 10090


def test_evaluation_scores_the_organism(evaluation: Evaluation) -> None:
    rows = {(row.organism, row.level): row for row in evaluation.scores if row.average == "micro"}

    assert {organism for organism, _ in rows} == {"mouse", "all"}
    strict, loose = rows["mouse", "symbol"].counts, rows["mouse", "synonym"].counts
    assert (strict.curated, strict.recovered, strict.reachable) == (4, 1, 1)
    assert (loose.names, loose.hits) == (4, 3)
    assert (loose.curated, loose.recovered, loose.reachable) == (4, 3, 3)
    assert rows["mouse", "synonym"].rates["recall"] == 0.75
    assert rows["mouse", "synonym"].rates["in_caption_recall"] == 1.0


def test_tables_and_signature_name_the_organism(evaluation: Evaluation) -> None:
    assert {row["organism"] for row in evaluation.gene_rows} == {"mouse"}
    assert {row["scope"] for row in evaluation.figure_rows} == {"mouse"}
    assert "10090@" in evaluation.signature
    (missed,) = [row for row in evaluation.gene_rows if row["outcome"] == "missed"]
    assert (missed["symbol"], missed["reason"]) == ("Mmp9", "not-in-caption")


def test_name_of_another_organism_is_seen_as_such(
    with_mouse: Nomenclature, evaluation: Evaluation
) -> None:
    (off,) = [row for row in evaluation.name_rows if row["outcome"] != "on-list"]

    assert (off["name"], off["outcome"]) == ("Mmp2", "other-organism")


def test_same_figure_is_out_of_scope_without_the_organism(nomenclature: Nomenclature) -> None:
    figure = Figure("PMC9__f2", "Trp53", ("Mus musculus",), curated=(CuratedGene(10090, "Trp53"),))

    assert Scope().resolve(figure, nomenclature)[0] == ()
