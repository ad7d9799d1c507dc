"""Write the card of a trained pipeline, models/DEFAULT.md, with all its measurements."""

from __future__ import annotations

import shlex
import sys
from collections.abc import Mapping, Sequence
from pathlib import Path
from typing import Any, NamedTuple

import jinja2

import nerbench
from nerbench.records import Figure
from train import calibration, measure
from train.calibration import Scored
from train.corpora import GUIDELINES, IOB_CORPORA, Sentence

_CC_BY = "CC BY 4.0"
_LICENCES = {
    GUIDELINES[0]: "captions of PFOCR and marks: CC0",
    "BC2GM": "free for research",
    "BioID": "captions curated by SourceData: CC BY 4.0",
}
_NAMES = {
    GUIDELINES[0]: "marked captions of pathway figures (PFOCR; the gold of nerbench)",
    "BC2GM": "BC2GM (BioCreative II gene mention; Smith et al. 2008), training part",
    "BioID": "BioID (BioCreative VI, Arighi et al. 2017)",
}
_IOB = "{} (gene mention version of Crichton et al. 2017), training and development parts"


class CorpusRow(NamedTuple):
    """A corpus with the texts that were learnt and the names in them."""

    name: str
    texts: int
    names: int
    licence: str


def corpora_table(learnt: Sequence[Sentence]) -> list[CorpusRow]:
    """Return a row for each corpus."""
    rows = []
    for guideline in GUIDELINES:
        part = [sentence for sentence in learnt if sentence.guideline == guideline]
        if part:
            name = _NAMES.get(guideline) or _IOB.format(guideline)
            licence = _LICENCES.get(guideline, _CC_BY)
            rows.append(CorpusRow(name, len(part), sum(len(s.spans) for s in part), licence))
    return rows


def write(
    path: Path,
    pipeline: Path,
    learnt: Sequence[Sentence],
    held_out: Mapping[str, Sequence[Sentence]],
    figures: Sequence[Figure],
    scored: Sequence[Scored],
    settings: Mapping[str, Any],
) -> None:
    """Measure a pipeline and write its card."""
    texts = [figure.caption for figure in figures]
    mentions = measure.predict(pipeline, texts)
    models = [nerbench.load_recognizer(str(pipeline)), nerbench.load_recognizer("lexicon")]
    evaluation = nerbench.evaluate(figures, models)
    lexicon = list(models[1].recognize(texts))
    template = jinja2.Environment(
        loader=jinja2.FileSystemLoader(Path(__file__).parent),
        keep_trailing_newline=True,
        undefined=jinja2.StrictUndefined,
    ).get_template("card.md.jinja")
    content = template.render(
        command=shlex.join(["python", "-m", "train", *sys.argv[1:]]),
        speed=measure.speed(pipeline, texts),
        guidelines=[*GUIDELINES[:3], *(name for name in IOB_CORPORA)],
        networks=settings["networks"],
        width=settings["width"],
        corpora=corpora_table(learnt),
        papers=len({s.paper for s in learnt if s.guideline == GUIDELINES[0]}),
        captions=measure.score_captions(figures, mentions),
        others={"the dictionary": measure.score_captions(figures, lexicon)["all"]},
        found=measure.found_by(figures, mentions),
        sentences=[
            (guideline, len(held_out[guideline]), name, rates)
            for guideline in GUIDELINES[1:3]
            if held_out[guideline]
            for name, rates in measure.score_sentences(pipeline, held_out[guideline]).items()
        ],
        reliability=calibration.reliability(scored, settings["outside"]),
        errors=measure.errors(figures, mentions),
        lists=[row for row in evaluation.scores if (row.level, row.average) == ("family", "micro")],
        rates=lambda values: " / ".join(f"{value:.3f}" for value in values),
        rate=lambda value: "-" if value is None else f"{value:.3f}",
        percent=lambda part, total: f"{100 * part / max(1, total):.1f}%",
    )
    path.write_text(content, encoding="utf-8")
