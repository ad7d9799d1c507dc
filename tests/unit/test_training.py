"""Figures that models have seen in training: flagged, told, and left out on demand."""

from __future__ import annotations

import gzip
import json
from pathlib import Path
from typing import Any

import jsonschema
import pytest
from fakes import Words

from nerbench import CuratedGene, Figure, Mention, NerbenchError, evaluate, load_recognizer
from nerbench.engine.compare import compare_runs
from nerbench.engine.evaluation import Evaluation
from nerbench.engine.load import load_run
from nerbench.recognizers.ensemble import Ensemble, Rule
from nerbench.recognizers.predictor import as_predictor
from nerbench.recognizers.registry import find_card
from nerbench.recognizers.trained_on import Trained, is_among, read_ids
from nerbench.reports import write_reports
from nerbench.reports.context import ReportContext
from nerbench.reports.markdown import markdown
from nerbench.reports.summary import summary_json, summary_schema

HUMAN = 9606
SEED = "PMC8714735__fonc-11-760971-g003"


def figure(figid: str, caption: str, *genes: str, marks: str = "") -> Figure:
    curated = tuple(CuratedGene(HUMAN, gene) for gene in genes)
    gold = None
    if marks:
        gold = (Mention(caption.index(marks), caption.index(marks) + len(marks), marks),)
    return Figure(figid, caption, ("Homo sapiens",), curated=curated, gold=gold)


# PMC1 and PMC3__f1 were seen: of four names there, three hit; of two elsewhere, one.
FIGURES = [
    figure("PMC1__f1", "STAT3 and MYC", "STAT3", "MYC", marks="STAT3"),
    figure("PMC1__f2", "TP53", "TP53"),
    figure("PMC3__f1", "KRAS", "EGFR"),
    figure("PMC3__f2", "JAK1 and MYC", "JAK1", marks="JAK1"),
]
NAMES = ["STAT3", "MYC", "TP53", "KRAS", "JAK1"]
SEEN = frozenset(["PMC1", "PMC3__f1"])


def trained(name: str = "trained") -> Trained:
    return Trained(Words(name, NAMES), SEEN)


@pytest.fixture(scope="module")
def run() -> Evaluation:
    return evaluate(FIGURES, [trained(), Words("naive", NAMES)])


def card(folder: Path, ids: bytes, fields: str = "kind: lexicon") -> str:
    (folder / "ids.txt").write_bytes(ids)
    path = folder / "mine.yaml"
    path.write_text(f"{fields}\ntrained_on: ids.txt\n", encoding="utf-8")
    return str(path)


# Lists of ids


def test_a_card_names_a_list_of_ids_beside_it(tmp_path: Path) -> None:
    model = as_predictor(load_recognizer(card(tmp_path, b"PMC1\n# two figures\nPMC2__f1\n")))
    assert model.trained_on == {"PMC1", "PMC2__f1"}
    plain = as_predictor(load_recognizer("lexicon"))
    assert (model.fingerprint, plain.trained_on) == (plain.fingerprint, frozenset())


def test_a_list_may_be_compressed_and_the_mentions_have_a_threshold(tmp_path: Path) -> None:
    path = card(tmp_path, gzip.compress(b"PMC1\r\n"), "kind: lexicon\nthreshold: 0.5")
    assert as_predictor(load_recognizer(path)).trained_on == {"PMC1"}


@pytest.mark.parametrize(
    ("content", "reason"),
    [
        (b"# nothing\n", "holds no id of a figure or paper, one a line"),
        (b"\xff\xfe", "cannot be read: .*decode"),
        (b"\x1f\x8bPMC1", "cannot be read"),
    ],
)
def test_an_unusable_list_is_one_clear_error(tmp_path: Path, content: bytes, reason: str) -> None:
    with pytest.raises(NerbenchError, match=rf"mine: field trained_on: .*ids.txt: {reason}"):
        load_recognizer(card(tmp_path, content))


def test_a_list_that_is_not_there_is_named(tmp_path: Path) -> None:
    with pytest.raises(NerbenchError, match=r"no\.txt: cannot be read: No such file"):
        read_ids(tmp_path / "no.txt")


def test_a_figure_is_among_ids_by_itself_or_its_paper() -> None:
    one = Figure("PMC1__f1.jpg")
    assert is_among(one, frozenset(["PMC1__f1.jpg"]))
    assert is_among(one, frozenset(["PMC1"]))
    assert is_among(Figure("mine", pmcid="PMC1"), frozenset(["PMC1"]))
    assert not is_among(one, frozenset(["PMC11", "PMC1__f2.jpg", "f1.jpg"]))
    assert not is_among(one, frozenset())


def test_an_ensemble_has_seen_what_its_members_have() -> None:
    other = Trained(Words("other", NAMES), frozenset(["PMC9"]))
    assert Ensemble("both", [trained(), other], Rule.UNION).trained_on == {*SEEN, "PMC9"}


def test_a_plug_in_may_say_what_it_was_trained_on(tmp_path: Path) -> None:
    (tmp_path / "plug.py").write_text(
        "class Model:\n    name, fingerprint, trained_on = 'm', '1', ['PMC7']\n"
        "    def recognize(self, texts):\n        return ([] for _ in texts)\n",
        encoding="utf-8",
    )
    path = tmp_path / "m.yaml"
    path.write_text("kind: python\nsource: plug.py:Model\nthreshold: 0.5\n", encoding="utf-8")
    assert as_predictor(load_recognizer(str(path))).trained_on == {"PMC7"}


# A run


def test_every_row_of_a_figure_says_whether_the_model_has_seen_it(run: Evaluation) -> None:
    rows = {(row["figid"], row["model"]): row["seen_in_training"] for row in run.figure_rows}
    assert [rows[one.figid, "trained"] for one in FIGURES] == [True, True, True, False]
    assert not any(rows[one.figid, "naive"] for one in FIGURES)


def test_rates_on_seen_figures_stand_beside_those_on_others(run: Evaluation) -> None:
    (row,) = run.seen
    assert (row.model, row.figures, row.others) == ("trained", 3, 1)
    assert (row.seen.precision, row.seen.recall) == (3 / 4, 3 / 4)
    assert (row.unseen.precision, row.unseen.recall) == (1 / 2, 1)
    assert row.note() == (
        "trained was trained on 3 of the 4 scored figures (precision 0.750 there, 0.500 on the "
        "others): --held-out leaves them out"
    )
    report = markdown(ReportContext.of(run))
    assert "| trained | seen in training | 3 | 0.750 |" in report
    assert "| trained | others | 1 | 0.500 |" in report


def test_models_stand_beside_each_other_on_figures_that_none_has_seen(run: Evaluation) -> None:
    strata = {
        (row.value, row.model): row.counts.precision
        for row in run.strata
        if row.column == "seen_in_training"
    }
    assert strata == {
        ("yes", "trained"): 3 / 4, ("yes", "naive"): 3 / 4,
        ("no", "trained"): 1 / 2, ("no", "naive"): 1 / 2,
    }  # fmt: skip


def test_held_out_leaves_out_what_any_model_has_seen(run: Evaluation) -> None:
    held_out = evaluate(FIGURES, [trained(), Words("naive", NAMES)], held_out=True)
    assert held_out.corpus.left_out == {"seen in training": ("PMC1__f1", "PMC1__f2", "PMC3__f1")}
    assert {row["figid"] for row in held_out.figure_rows} == {"PMC3__f2"}
    assert held_out.seen == []
    assert held_out.gold is not None and run.gold is not None
    assert (held_out.gold.scores[0].captions, run.gold.scores[0].captions) == (1, 2)
    assert "|held_out:3@" in held_out.signature and "held_out" not in run.signature


def test_without_a_model_that_has_seen_anything_none_is_left_out() -> None:
    plain, held_out = (evaluate(FIGURES, Words("w", NAMES), held_out=on) for on in (False, True))
    assert held_out.scores == plain.scores
    assert held_out.corpus.left_out == {}


@pytest.mark.parametrize("held_out", [False, True])
def test_a_run_loads_as_it_was(tmp_path: Path, held_out: bool) -> None:
    run = evaluate(FIGURES, [trained(), Words("naive", NAMES)], held_out=held_out)
    write_reports(run, tmp_path)
    loaded = load_run(tmp_path)
    assert summary_json(loaded) == summary_json(run)
    data: dict[str, Any] = json.loads(summary_json(run))
    jsonschema.Draft202012Validator(summary_schema()).validate(data)
    assert data["held_out"] is held_out
    assert [row["model"] for row in data["seen_in_training"]] == ([] if held_out else ["trained"])


def test_runs_are_compared_on_the_figures_that_none_of_them_leaves_out() -> None:
    runs = {
        "a": evaluate(FIGURES, trained(), held_out=True),
        "b": evaluate(FIGURES, Words("naive", NAMES)),
    }
    joined = compare_runs(runs)
    assert {row.figures for row in joined.scores if row.organism == "all"} == {1}
    assert joined.corpus.left_out == runs["a"].corpus.left_out
    assert compare_runs(dict(reversed(runs.items()))).corpus.left_out == joined.corpus.left_out


# The default


def test_the_default_has_not_seen_the_shipped_figure() -> None:
    ids = find_card("default").training_ids()
    assert ids
    assert not is_among(Figure(SEED, pmcid="PMC8714735"), ids)


def test_the_default_was_trained_on_the_half_that_its_recipe_learns_from(shared: Path) -> None:
    pytest.importorskip("torch")
    from train.corpora import is_held_out, read_captions, sentence_of
    from train.recipe import papers_text

    folders = [shared / "pfocr" / f"records-{year}" for year in (2021, 2023)]
    if not all(folder.is_dir() for folder in folders):
        pytest.skip("no ../shared/pfocr beside this checkout")
    captions = map(sentence_of, read_captions(folders, ["shipped"]))
    learnt = [caption for caption in captions if not is_held_out(caption)]
    card = find_card("default")
    assert Path(card.trained_on).read_text(encoding="utf-8") == papers_text(learnt)
