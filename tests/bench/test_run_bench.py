"""What a whole run costs, beside the bare model; the dictionary beside spaCy's. Run with
``make bench``.

A run and its baseline are processes of their own, one each, timed from start to end by the
processor time they use, so that another process on the machine does not count.
"""

from __future__ import annotations

import json
import os
import resource
import subprocess
import sys
import time
from pathlib import Path

import pytest
from made import made_figures

from nerbench.nomenclature.lexicon import load_nomenclature
from nerbench.recognizers.lexicon import LexiconRecognizer

FIGURES = int(os.environ.get("NERBENCH_BENCH_FIGURES", "5000"))

BARE = """
import json, sys
from nerbench.recognizers.registry import find_card
import spacy
nlp = spacy.load(find_card("default").source)
captions = (json.loads(line) for line in open(sys.argv[1], encoding="utf-8"))
print(sum(len(doc.ents) for doc in nlp.pipe(captions, batch_size=64)))
"""


def write_records(folder: Path, count: int) -> Path:
    """Made figures as records, and their captions as JSON lines beside the folder."""
    folder.mkdir()
    with folder.with_suffix(".jsonl").open("w", encoding="utf-8") as captions:
        for figure in made_figures(count):
            names = {9606: "Homo sapiens", 7227: "Drosophila melanogaster"}
            genes = [
                {"word": gene.symbol, "organism_id": gene.taxon, "symbol": gene.symbol}
                for gene in figure.curated
                if gene.taxon in names
            ]
            record = {
                "figid": figure.figid,
                "caption": figure.caption,
                "organisms": list(figure.organisms),
                "genes": genes,
            }
            text = f"---\n{json.dumps(record, ensure_ascii=False)}\n---\n"
            (folder / f"{figure.figid}.md").write_text(text, encoding="utf-8")
            captions.write(json.dumps(figure.caption) + "\n")
    return folder


def processor_seconds(*command: str, cwd: Path) -> float:
    before = resource.getrusage(resource.RUSAGE_CHILDREN)
    subprocess.run([sys.executable, *command], cwd=cwd, check=True, capture_output=True)
    after = resource.getrusage(resource.RUSAGE_CHILDREN)
    return after.ru_utime + after.ru_stime - before.ru_utime - before.ru_stime


@pytest.mark.benchmark(group="a run with the default model beside spaCy's nlp.pipe")
def test_a_run_beside_the_bare_model(benchmark, tmp_path):
    records = write_records(tmp_path / "records", FIGURES)
    run = ["-m", "nerbench", "run", str(records), "--out", "out", "--quiet", "--no-resume"]
    ratios = []

    def pair():
        bare = processor_seconds("-c", BARE, str(records.with_suffix(".jsonl")), cwd=tmp_path)
        whole = processor_seconds(*run, cwd=tmp_path)
        ratios.append((whole / bare, whole, bare))

    benchmark.pedantic(pair, rounds=3)
    ratio, whole, bare = sorted(ratios)[1]
    print(f"\n{FIGURES} figures: run {whole:.1f} s, bare {bare:.1f} s, {ratio:.2f} times")


@pytest.mark.benchmark(group="the dictionary beside spaCy's PhraseMatcher, same names")
def test_the_dictionary_beside_a_phrase_matcher(benchmark):
    import spacy
    from spacy.matcher import PhraseMatcher

    nomenclature = load_nomenclature()
    names = sorted(
        {
            name
            for taxon in nomenclature
            for several in nomenclature[taxon].synonyms.values()
            for name, _ in several
        }
        | {symbol for taxon in nomenclature for symbol in nomenclature[taxon].symbols}
    )
    nlp = spacy.blank("en")
    matcher = PhraseMatcher(nlp.vocab, attr="LOWER")
    matcher.add("GENE", list(nlp.tokenizer.pipe(names)))
    captions = [figure.caption for figure in made_figures(1000)]
    recognizer = LexiconRecognizer()
    list(recognizer.recognize(captions[:50]))
    ratios = []

    def pair():
        start = time.process_time()
        for doc in nlp.tokenizer.pipe(captions):
            spacy.util.filter_spans(matcher(doc, as_spans=True))
        middle = time.process_time()
        list(recognizer.recognize(captions))
        ratios.append(((middle - start) / (time.process_time() - middle), middle - start))

    benchmark.pedantic(pair, rounds=5)
    ratio, theirs = sorted(ratios)[2]
    print(f"\n{len(names):,} names: PhraseMatcher {theirs:.2f} s, {ratio:.1f} times ours")


@pytest.mark.benchmark(group="growth of a run with the dictionary")
def test_cost_grows_linearly(benchmark, tmp_path):
    seconds = {}

    def runs():
        for count in (1_000, 10_000):
            records = write_records(tmp_path / f"records{count}", count)
            command = ["-m", "nerbench", "run", str(records), "-m", "lexicon", "-q"]
            seconds[count] = processor_seconds(*command, "-o", f"out{count}", cwd=tmp_path)

    benchmark.pedantic(runs, rounds=1)
    for count, spent in seconds.items():
        print(f"\n{count:>7,} figures: {spent:.1f} s, {spent / count * 1000:.2f} ms each")
