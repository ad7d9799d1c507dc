"""Train spaCy pipelines that stand in for published ones, whose weights are not at hand.

Each is spaCy's own entity recognizer as it comes (hashed embeddings, a convolutional network of
width 96 and depth 4, a transition parser: the kind and size of scispaCy's ``en_ner_*_md``, without
their word vectors and with half the width in the parser), with scispaCy's tokenizer, trained on
one corpus:

    python tests/bench/validity/standins.py --corpora ../shared/corpora --out build/standins

It takes one to three minutes a corpus on one free core. A pipeline that is in the folder is kept.
"""

from __future__ import annotations

import argparse
import random
import sys
from pathlib import Path

import spacy
from spacy.training import Example
from spacy.util import compounding, fix_random_seed, minibatch

sys.path.insert(0, str(Path(__file__).parents[3] / "models"))

from train.corpora import IOB_CORPORA, is_held_out, read_bc2gm, read_iob
from train.measure import score_spans

EPOCHS = {
    "JNLPBA": 10,
    "CRAFT-ggp": 2,
    "BioNLP13CG-ggp": 5,
    "BC2GM": 2,
    "BioNLP13PC-ggp": 5,
    "BioNLP11ID-ggp": 5,
}
"""The corpora, and how often each is read: 350,000 to 800,000 tokens in all."""


def read_corpus(folder, name):
    """Return the sentences to train on and those to check with."""
    if name == "BC2GM":
        sentences = read_bc2gm(folder / name)
        return [s for s in sentences if not is_held_out(s)], list(filter(is_held_out, sentences))
    parts = {
        path.stem: list(read_iob(path, IOB_CORPORA[name], name))
        for path in sorted((folder / name).glob("*.tsv"))
    }
    if "train" in parts:
        return parts["train"], parts["devel"]
    only = parts["devel"]
    return only[: len(only) * 4 // 5], only[len(only) * 4 // 5 :]


def train(sentences, epochs):
    """Return a pipeline trained on the sentences, read ``epochs`` times."""
    from scispacy.custom_tokenizer import combined_rule_tokenizer  # needs Python before 3.13

    fix_random_seed(0)
    nlp = spacy.blank("en")
    nlp.tokenizer = combined_rule_tokenizer(nlp)
    nlp.add_pipe("ner")
    examples = [
        Example.from_dict(
            nlp.make_doc(sentence.text),
            {"entities": [(start, end, "GENE") for start, end in _nested_out(sentence.spans)]},
        )
        for sentence in sentences
    ]
    nlp.initialize(lambda: examples)
    optimizer = nlp.create_optimizer()
    sizes = compounding(8.0, 64.0, 1.005)
    for _ in range(epochs):
        random.shuffle(examples)
        for batch in minibatch(examples, sizes):
            nlp.update(batch, drop=0.2, sgd=optimizer)
    return nlp


def _nested_out(spans):
    """Return the spans without those that overlap an earlier one, which the parser cannot hold."""
    kept = []
    for start, end in sorted(spans):
        if not kept or start >= kept[-1][1]:
            kept.append((start, end))
    return kept


def make(corpora, out, name):
    """Train the stand-in of a corpus, unless it is there, and return its folder."""
    folder = out / f"spacy-{name.removesuffix('-ggp')}"
    if not (folder / "meta.json").is_file():
        taught, held_out = read_corpus(corpora, name)
        nlp = train(taught, EPOCHS[name])
        docs = nlp.pipe(sentence.text for sentence in held_out)
        predicted = [[(ent.start_char, ent.end_char) for ent in doc.ents] for doc in docs]
        rates = score_spans(held_out, predicted)["strict"]
        nlp.meta["name"] = name
        nlp.meta["performance"] = dict(zip(("ents_p", "ents_r", "ents_f"), rates, strict=True))
        nlp.meta["performance"] |= {"taught": len(taught), "held_out": len(held_out)}
        nlp.to_disk(folder)
        print(f"{folder}: strict F1 {rates[2]:.3f} on {len(held_out)} sentences kept aside")
    return folder


def main():
    parser = argparse.ArgumentParser(description=__doc__.splitlines()[0])
    parser.add_argument("--corpora", type=Path, default=Path("../shared/corpora"))
    parser.add_argument("--out", type=Path, default=Path("build/standins"))
    parser.add_argument("names", nargs="*", metavar="NAME", help="corpora; default: all")
    options = parser.parse_args()
    for name in options.names or EPOCHS:
        make(options.corpora, options.out, name)


if __name__ == "__main__":
    main()
