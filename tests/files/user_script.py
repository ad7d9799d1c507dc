"""A script as a user writes it, with every way to call nerbench.evaluate; mypy checks it."""

from __future__ import annotations

import re
from collections.abc import Iterable, Iterator
from pathlib import Path

import polars as pl
import spacy

import nerbench


def of_text(text: str) -> list[tuple[int, int]]:
    return [match.span() for match in re.finditer("STAT3", text)]


def labelled(text: str) -> Iterator[tuple[int, int, str]]:
    for match in re.finditer("STAT3", text):
        yield (*match.span(), "GENE")


def of_list(texts: list[str]) -> list[list[dict[str, object]]]:
    return [[{"start": start, "end": end} for start, end in of_text(text)] for text in texts]


class Capitals:
    name = "capitals"
    fingerprint = "1"

    def recognize(self, texts: Iterable[str]) -> Iterator[list[nerbench.Mention]]:
        for text in texts:
            yield [nerbench.Mention(*m.span(), m.group()) for m in re.finditer("[A-Z]+", text)]


seed: Path = nerbench.data.seed
nlp = spacy.blank("en")
corpus: nerbench.Corpus = nerbench.open_corpus()
figure: nerbench.Figure = corpus[next(iter(corpus)).figid]
count: int = len(corpus)

for evaluation in (
    nerbench.evaluate(seed, of_text),
    nerbench.evaluate(str(seed), labelled, errors="keep"),
    nerbench.evaluate(corpus, of_list, organism=9606, level="symbol", by="year"),
    nerbench.evaluate([figure], Capitals(), progress=False),
    nerbench.evaluate(figure, nlp, organism=["human", 7227]),
    nerbench.evaluate([seed, Path("records")], lambda text: re.finditer("STAT3", text)),
    nerbench.evaluate(seed, lambda text: nlp(text).ents),
    nerbench.evaluate(seed, nerbench.load_recognizer("lexicon")),
    nerbench.evaluate(seed, ["default", of_text, Capitals(), Path("card.yaml")]),
    nerbench.evaluate(seed, {"mine": of_text, "theirs": nlp}),
    nerbench.evaluate(seed, gold=nerbench.data.gold),
):
    frames: list[pl.DataFrame] = [
        evaluation.captions(),
        evaluation.figures(),
        evaluation.names(),
        evaluation.genes(),
        evaluation.marks(),
        evaluation.to_polars(),
    ]
    evaluation.save("reports/mine")
    view: str = evaluation.show(figure.figid, "default").html
    failures: list[str | None] = [model.failure for model in evaluation.models]

both: nerbench.Evaluation = nerbench.compare(
    nerbench.Evaluation.load("reports/mine"), evaluation, Path("reports/other"), anyway=True
)
nerbench.evaluate(seed, 3)  # type: ignore[arg-type]
nerbench.evaluate(7, of_text)  # type: ignore[arg-type]
nerbench.evaluate(seed, of_text, errors="kept")  # type: ignore[arg-type]
