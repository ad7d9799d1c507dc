"""From corpora to the packaged pipeline and its card; see models/train/README.md.

The steps: read the corpora and hold papers out, build the gazetteer and the word vectors, train the
networks side by side, package them, fit the scores on what was held out, and measure.
"""

from __future__ import annotations

import argparse
from collections.abc import Sequence
from concurrent.futures import ProcessPoolExecutor
from dataclasses import dataclass, replace
from functools import partial
from multiprocessing import get_context
from pathlib import Path

import spacy

from nerbench.engine.gold import SHIPPED_GOLD
from nerbench.nomenclature.lexicon import load_nomenclature
from nerbench.recognizers.default.component import FACTORY, GeneFinder
from nerbench.recognizers.default.features import Vocabulary, WordFeatures
from nerbench.recognizers.default.gazetteer import Gazetteer
from nerbench.recognizers.default.network import Network
from nerbench.records import Figure
from train import calibration, card, gazetteer, network, words
from train.corpora import (
    GUIDELINES,
    Sentence,
    is_held_out,
    read_all_iob,
    read_bc2gm,
    read_bioid,
    read_captions,
    sentence_of,
    without_overlap,
)
from train.features import Example, encode

META: dict[str, object] = {
    "name": "nerbench_default",
    "version": "2.0.0",
    "description": "Genes and gene products in captions of pathway figures",
    "license": "CC BY 4.0",
    "spacy_version": ">=3.8.4,<3.9.0",
    "author": "The nerbench developers",
}
# Of the sentences of BC2GM, BioID and each IOB corpus, the share that an epoch sees.
_SHARES = (1.0, 0.4, 0.2, *[0.08] * (len(GUIDELINES) - 3))


@dataclass(frozen=True)
class Texts:
    """The texts to learn from, and those held out, by guideline; the figures of the captions."""

    learnt: list[Sentence]
    held_out: dict[str, list[Sentence]]
    figures: dict[str, Figure]


def read_texts(corpora: Path, records: Sequence[Path], gold: Sequence[str]) -> Texts:
    """Read all corpora; texts that equal one held out are left out."""
    figures = {figure.figid: figure for figure in read_captions(records, gold)}
    sentences = [sentence_of(figure) for figure in figures.values()]
    sentences += read_bc2gm(corpora / "BC2GM")
    sentences += read_bioid(corpora / "BioID" / "caption_bioc")
    sentences += read_all_iob(corpora)
    held_out = [sentence for sentence in sentences if is_held_out(sentence)]
    learnt = [sentence for sentence in sentences if not is_held_out(sentence)]
    by_guideline = {
        guideline: [sentence for sentence in held_out if sentence.guideline == guideline]
        for guideline in GUIDELINES[:3]
    }
    return Texts(without_overlap(learnt, held_out), by_guideline, figures)


def train_networks(
    examples: list[Example], vocabulary: Vocabulary, options: network.Options, seeds: range
) -> list[Network]:
    """Train a network for each seed, in as many processes."""
    train = partial(network.train, examples, _SHARES, vocabulary, options)
    if len(seeds) == 1:
        return [Network(train(seeds[0]))]
    with ProcessPoolExecutor(len(seeds), mp_context=get_context("spawn")) as pool:
        return [Network(arrays) for arrays in pool.map(train, seeds)]


def package(features: WordFeatures, networks: list[Network]) -> GeneFinder:
    """Return a component with these networks."""
    finder = GeneFinder()
    finder.vocabulary = Vocabulary(features)
    finder.networks = networks
    finder.settings["guidelines"] = list(GUIDELINES)
    return finder


def write(finder: GeneFinder, folder: Path) -> None:
    """Write a pipeline of the caption tokenizer and the gene finder."""
    tokenizer = {"@tokenizers": "nerbench.caption_tokenizer.v2"}
    nlp = spacy.blank("en", config={"nlp": {"tokenizer": tokenizer}})
    nlp.add_pipe(FACTORY, name="genes").__dict__.update(finder.__dict__)
    nlp.meta.update(META)
    folder.parent.mkdir(parents=True, exist_ok=True)
    nlp.to_disk(folder, exclude=["vocab"])


def papers_text(sentences: Sequence[Sentence]) -> str:
    """Return the file of a card's field ``trained_on``: the papers of captions, one a line."""
    papers = sorted({s.paper for s in sentences if s.guideline == GUIDELINES[0]})
    return "# Papers whose figures trained the recognizer.\n" + "\n".join(papers) + "\n"


def parse(arguments: list[str] | None = None) -> tuple[argparse.Namespace, network.Options]:
    """Read the command line."""
    defaults = network.Options()
    parser = argparse.ArgumentParser(prog="python -m train", description=__doc__)
    parser.add_argument("--corpora", type=Path, required=True, help="folder with BC2GM/ and others")
    parser.add_argument("--pfocr", type=Path, required=True, nargs="+", help="folders of records")
    parser.add_argument("--gold", nargs="+", default=[SHIPPED_GOLD], help="marks of captions")
    parser.add_argument("--out", type=Path, required=True, help="where the pipeline goes")
    parser.add_argument("--seed", type=int, default=0)
    parser.add_argument("--networks", type=int, default=2)
    parser.add_argument("--epochs", type=int, default=defaults.epochs)
    parser.add_argument("--width", type=int, default=defaults.width, help="of the networks")
    parsed = parser.parse_args(arguments)
    return parsed, replace(defaults, epochs=parsed.epochs, width=parsed.width)


def main(arguments: list[str] | None = None) -> None:
    """Run the recipe."""
    parsed, options = parse(arguments)
    texts = read_texts(parsed.corpora, parsed.pfocr, parsed.gold)
    print(f"{len(texts.learnt)} texts to learn from", flush=True)
    entries = gazetteer.build(gazetteer.names(load_nomenclature()))
    features = words.learn(texts.learnt, Gazetteer(entries), seed=parsed.seed)
    vocabulary = Vocabulary(features)
    examples = [encode(sentence, vocabulary) for sentence in texts.learnt]
    seeds = range(parsed.seed, parsed.seed + parsed.networks)
    finder = package(features, train_networks(examples, vocabulary, options, seeds))
    captions = texts.held_out[GUIDELINES[0]]
    scored = calibration.score(finder, captions)
    finder.settings |= calibration.fit(scored)
    write(finder, parsed.out)
    (parsed.out.parent / f"{parsed.out.name}-trained-on.txt").write_text(
        papers_text(texts.learnt), encoding="utf-8"
    )
    facts = {"networks": parsed.networks, "width": options.width, **finder.settings}
    figures = [texts.figures[sentence.id] for sentence in captions]
    path = parsed.out.parent / f"{parsed.out.name.upper()}.md"
    card.write(path, parsed.out, texts.learnt, texts.held_out, figures, scored, facts)
