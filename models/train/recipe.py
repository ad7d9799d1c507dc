"""From corpora to the packaged pipeline: ``python -m train --corpora DIR --pfocr DIR --out DIR``.

The steps: read and split the corpora, build the gazetteer and the word vectors, train the
linear and the convolutional tagger side by side, learn the second look on held-out
sentences and captions, package, and score on the development sets.
"""

from __future__ import annotations

import argparse
import json
import re
import zlib
from concurrent.futures import ProcessPoolExecutor
from multiprocessing import get_context
from pathlib import Path
from typing import Any

import numpy as np
import spacy

from nerbench.corpus import open_corpus
from nerbench.nomenclature.lexicon import load_nomenclature
from nerbench.nomenclature.matcher import Matcher
from nerbench.recognizers.default.component import FACTORY, GeneFinder
from nerbench.recognizers.default.features import Gazetteer, WordFeatures
from nerbench.recognizers.default.second_look import CandidateClassifier, select_candidates
from nerbench.recognizers.default.tagger import LinearScorer, NetworkScorer, Vocabulary, read_spans
from nerbench.records import Figure
from train import evaluate, gazetteer, linear, network, second_look, words
from train.corpora import (
    Sentence,
    paper,
    read_all_iob,
    read_bc2gm,
    split_by_paper,
    without_overlap,
)
from train.features import encode
from train.second_look import Example

META: dict[str, object] = {
    "name": "nerbench_default",
    "version": "1.0.0",
    "description": "Genes and gene products in captions of pathway figures",
    "license": "CC BY 4.0",
    "spacy_version": ">=3.8.4,<3.9.0",
    "author": "The nerbench developers",
}
Spans = list[tuple[int, int]]
_METABOLIC = re.compile(r"metabol|biosynth|mevalonate|ferment|glycoly")


def held_out(figure: Figure) -> bool:
    """Return whether a figure is in the development half (by its paper)."""
    return zlib.crc32(figure.figid.split("__")[0].encode()) < 2**31


def papers_text(figures: list[Figure]) -> str:
    """Return the file of a card's field ``trained_on``: the papers of figures, one a line."""
    papers = sorted({figure.figid.split("__")[0] for figure in figures})
    return "# Papers whose figures trained the recognizer.\n" + "\n".join(papers) + "\n"


def is_signalling(figure: Figure) -> bool:
    """A figure on signalling that is not on metabolism too."""
    text = f"{figure.caption} {figure.paper_title}".lower()
    return "signal" in text and not _METABOLIC.search(text)


def _number_guidelines(sentences: list[Sentence], *first: str) -> list[int]:
    """Return the number of each sentence's guideline, from 1; ``first`` come first."""
    numbers = {guideline: number for number, guideline in enumerate(first, 1)}
    return [numbers.setdefault(s.guideline, len(numbers) + 1) for s in sentences]


def _linear(features: WordFeatures, sentences: list[Sentence], options: dict[str, Any]) -> Any:
    vocabulary = Vocabulary(features)
    encoded = [encode(sentence, vocabulary) for sentence in sentences]
    return linear.train(encoded, _number_guidelines(sentences, "bc2gm"), **options)


def _network(features: WordFeatures, sentences: list[Sentence], options: dict[str, Any]) -> Any:
    vocabulary = Vocabulary(features)
    encoded = [(sentence, encode(sentence, vocabulary)) for sentence in sentences]
    main = [numbers for sentence, numbers in encoded if sentence.guideline == "bc2gm"]
    others = [pair for pair in encoded if pair[0].guideline != "bc2gm"]
    guidelines = _number_guidelines([sentence for sentence, _ in others])
    return network.train(main, [e for _, e in others], guidelines, vocabulary, **options)


def train_taggers(
    sentences: list[Sentence],
    features: WordFeatures,
    linear_options: dict[str, Any],
    network_options: dict[str, Any],
    shares: tuple[float, float] = (0.35, 0.5),
) -> GeneFinder:
    """Train both taggers in two processes and return one component with them."""
    with ProcessPoolExecutor(2, mp_context=get_context("spawn")) as pool:
        first = pool.submit(_linear, features, sentences, linear_options)
        second = pool.submit(_network, features, sentences, network_options)
        weights, linear_trans = first.result()
        arrays, network_trans, columns = second.result()
    finder = GeneFinder()
    finder.set_features(features)
    finder.linear = LinearScorer(*linear.quantize(weights))
    finder.network = NetworkScorer(arrays, columns)
    finder.settings["linear"], finder.settings["network"] = shares
    finder.transitions = (shares[0] * linear_trans + shares[1] * network_trans).astype(np.float32)
    return finder


def _offsets(example: Example, spans: list[tuple[int, int]]) -> list[tuple[int, int]]:
    return [(example.text.starts[i], example.text.ends[j - 1]) for i, j in spans]


def select_spans(
    examples: list[Example], look: CandidateClassifier, keep: float, add: float
) -> list[list[tuple[int, int]]]:
    """Return the spans that the second look selects."""
    spans = []
    for e in examples:
        values = look.probabilities(e.text, e.candidates)
        spans.append(
            _offsets(e, [(i, j) for i, j, _ in select_candidates(e.candidates, values, keep, add)])
        )
    return spans


def cross_fit(
    examples: list[Example],
    figures: list[Example],
    half: list[int],
    features: WordFeatures,
    context: bool,
) -> list[CandidateClassifier]:
    """Fit two second looks, each on the captions and one half of the gold sentences.

    The first has not seen the sentences of half 0, the second not those of half 1.
    """
    looks = []
    for side in (0, 1):
        seen = [e for e, h in zip(examples, half, strict=True) if h != side]
        looks.append(second_look.fit([*figures, *seen], features, context=context))
    return looks


def score_sentences(
    examples: list[Example],
    looks: list[CandidateClassifier],
    half: list[int],
    dev: list[Sentence],
    options: argparse.Namespace,
) -> dict[str, evaluate.Rates]:
    """Score BC2GM's development sentences, each by the second look that did not learn from it."""
    spans: list[Spans] = [[] for _ in dev]
    for side, look in enumerate(looks):
        unseen = [k for k, h in enumerate(half) if h == side]
        selected = select_spans([examples[k] for k in unseen], look, options.keep, options.add)
        for k, names in zip(unseen, selected, strict=True):
            spans[k] = names
    plain = [_offsets(e, read_spans(e.text.tags)) for e in examples]
    return {
        f"BC2GM, {stage}, {kind}": evaluate.score_spans(dev, of_stage, alternatives=is_wide)
        for stage, of_stage in (("tagger", plain), ("second look", spans))
        for kind, is_wide in (("strict", False), ("alternatives", True))
    }


def score_captions(
    finder: GeneFinder, figures: list[Figure], matcher: Matcher, options: argparse.Namespace
) -> dict[str, evaluate.Rates]:
    """Score the development figures' captions at level family."""
    assert finder.classifier is not None
    examples = second_look.from_captions(finder, figures, matcher)
    plain = [_offsets(e, read_spans(e.text.tags)) for e in examples]
    looked = select_spans(examples, finder.classifier, options.keep, options.add)
    parts = {
        "all": list(range(len(figures))),
        "signalling": [k for k, f in enumerate(figures) if is_signalling(f)],
    }
    scores = {}
    for name, part in parts.items():
        subset = [figures[k] for k in part]
        for organism in ("human", "fly"):
            for kind, spans in (("tagger", plain), ("second look", looked)):
                rates = evaluate.captions(subset, [spans[k] for k in part], matcher, organism)
                scores[f"captions, {name}, {organism}, {kind}"] = rates
    return scores


def write(finder: GeneFinder, folder: Path) -> None:
    """Write a pipeline of the caption tokenizer and the gene finder."""
    tokenizer = {"@tokenizers": "nerbench.caption_tokenizer.v1"}
    nlp = spacy.blank("en", config={"nlp": {"tokenizer": tokenizer}})
    nlp.add_pipe(FACTORY, name="genes").__dict__.update(finder.__dict__)
    nlp.meta.update(META)
    folder.parent.mkdir(parents=True, exist_ok=True)
    nlp.to_disk(folder, exclude=["vocab"])


def parse(arguments: list[str] | None = None) -> argparse.Namespace:
    """Read the command line."""
    parser = argparse.ArgumentParser(prog="python -m train", description=__doc__)
    parser.add_argument("--corpora", type=Path, required=True, help="folder with BC2GM/ and others")
    parser.add_argument("--pfocr", type=Path, required=True, nargs="+", help="folders of records")
    parser.add_argument("--out", type=Path, required=True, help="where the pipeline goes")
    parser.add_argument("--taggers", type=Path, help="take the taggers of this pipeline")
    parser.add_argument("--seed", type=int, default=0)
    parser.add_argument("--epochs", type=int, default=5, help="of the network")
    parser.add_argument("--linear-epochs", type=int, default=6)
    parser.add_argument("--bits", type=int, default=22, help="of the linear model's hash")
    parser.add_argument("--width", type=int, default=128, help="of the network")
    parser.add_argument("--keep", type=float, default=0.64, help="threshold for tagged names")
    parser.add_argument("--add", type=float, default=0.7, help="threshold for other names")
    parser.add_argument(
        "--refit",
        action="store_true",
        help="after scoring, train the taggers again with the development sentences",
    )
    parser.add_argument("--no-context", action="store_true", help="second look without context")
    return parser.parse_args(arguments)


def main(arguments: list[str] | None = None) -> None:
    """Run the recipe."""
    options = parse(arguments)
    nomenclature = load_nomenclature()
    matcher = Matcher(nomenclature)
    gold, dev = split_by_paper(read_bc2gm(options.corpora / "BC2GM"))
    figures = [f for folder in options.pfocr for f in open_corpus(folder)]
    learn = [f for f in figures if not held_out(f)]
    others = read_all_iob(options.corpora)
    budgets: tuple[dict[str, Any], dict[str, Any]] = (
        {"seed": options.seed, "epochs": options.linear_epochs, "bits": options.bits},
        {"seed": options.seed, "epochs": options.epochs, "width": options.width},
    )
    if options.taggers:
        finder = spacy.load(options.taggers).get_pipe("genes")
        assert isinstance(finder, GeneFinder)
        assert finder.vocabulary is not None
        features = finder.vocabulary.features
    else:
        sentences = without_overlap([*gold, *others], dev)
        print(f"{len(sentences)} sentences, {len(learn)} figures to learn from", flush=True)
        entries = gazetteer.build(gazetteer.names(nomenclature))
        captions = [figure.caption for figure in learn]
        features = words.learn(sentences, captions, Gazetteer(entries), seed=options.seed)
        finder = train_taggers(sentences, features, *budgets)
    finder.settings["keep"], finder.settings["add"] = options.keep, options.add
    write(finder, options.out)  # kept if the second look fails

    from_gold = second_look.from_sentences(finder, dev)
    from_figures = second_look.from_captions(finder, learn, matcher)
    half = [zlib.crc32(("x" + paper(s.id)).encode()) % 2 for s in dev]
    looks = cross_fit(from_gold, from_figures, half, features, not options.no_context)
    finder.classifier = second_look.thin(second_look.average(looks))
    write(finder, options.out)
    test = [f for f in figures if held_out(f)]
    scores = score_sentences(from_gold, looks, half, dev, options)
    scores |= score_captions(finder, test, matcher, options)
    lines = [
        f"{name}: " + " ".join(f"{rate:.4f}" for rate in rates) for name, rates in scores.items()
    ]
    print("precision, recall, F1", *lines, sep="\n")
    papers = options.out.parent / f"{options.out.name}-trained-on.txt"
    papers.write_text(papers_text(learn), encoding="utf-8")
    path = options.out.parent / f"{options.out.name}-scores.json"
    path.write_text(json.dumps(scores, indent=1) + "\n", encoding="utf-8")
    if options.refit:
        final = train_taggers(without_overlap([*gold, *dev, *others], []), features, *budgets)
        final.classifier = finder.classifier
        final.settings = finder.settings
        write(final, options.out)
