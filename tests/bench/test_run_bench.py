"""The time of a run compared with the bare model, with the parsing of its records and with the
imports it needs, in two processes, and as the corpus grows, and of the default recognizer compared
with spaCy's; on captions that do not repeat.

Run with ``make bench``. ``NERBENCH_BENCH_FIGURES`` and ``NERBENCH_BENCH_GROWTH`` set the number of
figures, ``NERBENCH_BENCH_ROUNDS`` the number of rounds.

Each run and each baseline is a process, timed from start to end by the clock and by its processor
time, which other processes on the machine change less.
"""

from __future__ import annotations

import os
import time
from pathlib import Path
from statistics import median
from typing import Any

import pytest
import spacy
from made import made_figures, write_records
from processes import output, seconds
from spacy.training import Example

import nerbench
from nerbench.recognizers.registry import find_card

FIGURES = int(os.environ.get("NERBENCH_BENCH_FIGURES", "5000"))
ROUNDS = int(os.environ.get("NERBENCH_BENCH_ROUNDS", "3"))
GROWTH = [int(n) for n in os.environ.get("NERBENCH_BENCH_GROWTH", "1000,10000").split(",")]

BARE = """
import json, sys
import spacy
source, captions, *size = sys.argv[1:]
nlp = spacy.load(source)
texts = [json.loads(line) for line in open(captions, encoding="utf-8")]
print(sum(len(doc.ents) for doc in nlp.pipe(texts, batch_size=int(size[0]) if size else None)))
"""

# The entity recognizer of scispaCy's en_ner models (allenai/scispacy, configs/
# base_specialized_ner.cfg), less their word vectors. They run a tagger and a parser before it.
SCISPACY = {
    "@architectures": "spacy.TransitionBasedParser.v2",
    "state_type": "ner",
    "extra_state_tokens": False,
    "hidden_width": 64,
    "maxout_pieces": 2,
    "use_upper": True,
    "tok2vec": {
        "@architectures": "spacy.Tok2Vec.v2",
        "embed": {
            "@architectures": "spacy.MultiHashEmbed.v2",
            "width": 256,
            "attrs": ["NORM", "PREFIX", "SUFFIX", "SHAPE"],
            "rows": [5000, 2500, 2500, 2500],
            "include_static_vectors": False,
        },
        "encode": {
            "@architectures": "spacy.MaxoutWindowEncoder.v2",
            "width": 256,
            "depth": 8,
            "window_size": 1,
            "maxout_pieces": 3,
        },
    },
}

YAML = """
import sys, time
from pathlib import Path
import yaml
texts = [path.read_text("utf-8").strip().strip("-") for path in Path(sys.argv[1]).glob("*.md")]
start = time.process_time()
for text in texts:
    yaml.load(text, yaml.CSafeLoader)
print((time.process_time() - start) / len(texts))
"""
IMPORTS = "import spacy, polars, sklearn"

MODELS = {"default": None, "spaCy's ner": {}, "scispaCy's ner": {"model": SCISPACY}}


def neural(folder: Path, config: dict[str, Any]) -> Path:
    """Write a pipeline with an entity recognizer, trained on the dictionary's mentions in a few
    captions, so that it tags about as many names.
    """
    nlp = spacy.blank("en")
    recognizer = nlp.add_pipe("ner", config=config)
    recognizer.add_label("GENE")
    captions = [figure.caption for figure in made_figures(64)]
    examples = []
    for text, mentions in zip(
        captions, nerbench.load_recognizer("lexicon").recognize(captions), strict=True
    ):
        doc = nlp.make_doc(text)
        spans = (doc.char_span(m.start, m.end, "GENE") for m in mentions)
        entities = spacy.util.filter_spans([span for span in spans if span])
        examples.append(
            Example.from_dict(
                doc, {"entities": [(e.start_char, e.end_char, e.label_) for e in entities]}
            )
        )
    spacy.util.fix_random_seed(0)
    optimizer = nlp.initialize(lambda: examples)
    for _ in range(3):
        for start in range(0, len(examples), 8):
            nlp.update(examples[start : start + 8], sgd=optimizer)
    nlp.to_disk(folder)
    return folder


@pytest.fixture(scope="module")
def records(tmp_path_factory: pytest.TempPathFactory) -> Path:
    return write_records(tmp_path_factory.mktemp("bench") / "records", FIGURES)


def run(records: Path, *options: str) -> tuple[float, float]:
    command = ["-m", "nerbench", "run", str(records), "--out", "out", "--quiet", "--no-resume"]
    return seconds(*command, *options, cwd=records.parent)


@pytest.mark.benchmark(group="a run beside spaCy's nlp.pipe")
@pytest.mark.parametrize("model", MODELS)
def test_a_run_compared_with_the_bare_model(benchmark, records, model, tmp_path):
    config = MODELS[model]
    source = find_card(model).source if config is None else str(neural(tmp_path / "ner", config))
    captions = str(records.with_suffix(".jsonl"))
    rounds = []

    def bare(*size: str) -> tuple[float, float]:
        return seconds("-c", BARE, source, captions, *size, cwd=records.parent)

    def run_round():
        rounds.append(
            {
                "nlp.pipe(captions)": bare(),
                "nlp.pipe(captions, batch_size=64)": bare("64"),
                "run": run(records, "--model", source),
            }
        )

    benchmark.pedantic(run_round, rounds=ROUNDS)
    print(f"\n{model}, {FIGURES:,} figures")
    for name in rounds[0]:
        clock, spent = (median(times[name][k] for times in rounds) for k in (0, 1))
        ratios = [
            median(times["run"][k] / times[name][k] for times in rounds) for k in (0, 1)
        ]  # of one round each
        print(f"{name}: {clock:.1f} s ({spent:.1f} s); run {ratios[0]:.2f} ({ratios[1]:.2f}) times")


@pytest.mark.benchmark(group="the default recognizer beside spaCy's ner")
def test_the_default_beside_spacys_ner(benchmark, tmp_path):
    """Characters a second of processor time, each in its own pipeline, in turns."""
    pipelines = {
        "default": spacy.load(find_card("default").source),
        "spaCy's ner": spacy.load(neural(tmp_path / "ner", {})),
    }
    captions = [figure.caption for figure in made_figures(min(FIGURES, 500))]
    rounds = []

    def run_round():
        spent = {}
        for name, nlp in pipelines.items():
            start = time.process_time()
            for _ in nlp.pipe(captions, batch_size=64):
                pass
            spent[name] = time.process_time() - start
        rounds.append(spent)

    benchmark.pedantic(run_round, rounds=ROUNDS, warmup_rounds=1)
    ratio = median(spent["spaCy's ner"] / spent["default"] for spent in rounds)
    for name in pipelines:
        rate = sum(map(len, captions)) / median(spent[name] for spent in rounds)
        print(f"\n{name}: {rate:,.0f} characters a second", end="")
    print(f"; the default is {ratio:.2f} times as fast")


@pytest.mark.benchmark(group="what a run adds to a figure beside the parsing of its YAML")
def test_a_figure_compared_with_the_parsing_of_its_yaml(benchmark, tmp_path):
    """Predictions are kept from a run before; what a run costs once is left out."""
    few, many = max(FIGURES // 10, 1), FIGURES
    folders = {
        count: write_records(tmp_path / f"{count}" / "records", count) for count in (few, many)
    }
    keep = ["-m", "nerbench", "run", "records", "--model", "lexicon", "--out", "out", "--quiet"]
    for folder in folders.values():
        seconds(*keep, cwd=folder.parent)
    rounds = []

    def run_round():
        spent = {count: seconds(*keep, cwd=folders[count].parent)[1] for count in folders}
        bare = output("-c", YAML, str(folders[many]), cwd=tmp_path)
        rounds.append(((spent[many] - spent[few]) / (many - few), float(bare)))

    benchmark.pedantic(run_round, rounds=ROUNDS)
    ours, bare = (median(times[k] for times in rounds) * 1000 for k in (0, 1))
    ratio = median(ours / bare for ours, bare in rounds)
    print(f"\na figure: {ours:.2f} ms, its YAML by the C loader {bare:.2f} ms, {ratio:.2f} times")


@pytest.mark.benchmark(group="the shipped figure beside the imports of a run")
def test_the_seed_compared_with_imports(benchmark, tmp_path):
    command = ["-m", "nerbench", "run", "--out", "out", "--quiet", "--no-resume"]
    rounds = []
    benchmark.pedantic(
        lambda: rounds.append(
            (seconds(*command, cwd=tmp_path)[1], seconds("-c", IMPORTS, cwd=tmp_path)[1])
        ),
        rounds=ROUNDS,
    )
    ours, bare = (median(times[k] for times in rounds) for k in (0, 1))
    ratio = median(ours / bare for ours, bare in rounds)
    print(f"\nthe shipped figure: {ours:.2f} s, {IMPORTS} {bare:.2f} s, {ratio:.2f} times")


@pytest.mark.benchmark(group="a look-up on the command line")
def test_a_look_up_on_the_command_line(benchmark, tmp_path):
    rounds = []
    command = ["-m", "nerbench", "lexicon", "lookup", "p53"]
    benchmark.pedantic(lambda: rounds.append(seconds(*command, cwd=tmp_path)), rounds=ROUNDS)
    clock, spent = (median(times[k] for times in rounds) for k in (0, 1))
    print(f"\nnerbench lexicon lookup p53: {clock:.2f} s ({spent:.2f} s)")


@pytest.mark.benchmark(group="a run in two processes beside one")
def test_two_processes_compared_with_one(benchmark, records):
    ratios = []
    benchmark.pedantic(
        lambda: ratios.append(run(records)[0] / run(records, "--jobs", "2")[0]), rounds=ROUNDS
    )
    print(f"\n{FIGURES:,} figures: --jobs 2 is {median(ratios):.2f} times faster")


@pytest.mark.benchmark(group="growth of a run with the dictionary")
def test_time_grows_with_the_number_of_figures(benchmark, tmp_path):
    spent = {}

    def runs():
        for count in GROWTH:
            records = write_records(tmp_path / f"{count}" / "records", count)
            spent[count] = run(records, "--model", "lexicon")

    benchmark.pedantic(runs, rounds=1)
    for count, (clock, processor) in spent.items():
        print(
            f"\n{count:>7,} figures: {clock:.1f} s ({processor:.1f} s), "
            f"{clock / count * 1000:.2f} ms each"
        )
