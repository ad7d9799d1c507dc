"""Evaluate recognizers on figures: predict, score, average.

Figures stream through in chunks; each chunk's captions go to every recognizer, and what is
kept of a figure is its counts and the rows of the tables.
"""

from __future__ import annotations

from collections.abc import Callable, Iterable, Iterator, Sequence
from dataclasses import dataclass, field
from itertools import islice
from typing import TYPE_CHECKING, Any

from nerbench.corpus import Corpus
from nerbench.engine.facts import CorpusFacts
from nerbench.errors import NerbenchError, RecognizerError
from nerbench.matching import Matcher
from nerbench.nomenclature.abbreviations import has_scispacy
from nerbench.nomenclature.lexicon import Nomenclature, load_nomenclature
from nerbench.recognizers import Recognizer
from nerbench.recognizers.predictor import Predictor, RecognizerPredictor
from nerbench.records import Figure, Level, Mention, Problem
from nerbench.scoring.counts import RATES, Counts, macro, micro
from nerbench.scoring.figures import ALL, FigureScore, Scope, Target, score_figure
from nerbench.scoring.reasons import why_false, why_missed
from nerbench.version import __version__

if TYPE_CHECKING:
    import polars as pl

__all__ = ["Evaluation", "ModelResult", "ScoreRow", "chunks", "evaluate"]

_CHUNK = 256


@dataclass(frozen=True, slots=True)
class ScoreRow:
    """One row of the scores: a model on an organism, at a level, averaged one way.

    The counts are sums over the ``figures`` that have the organism in scope. ``defined``
    says for the macro rows over how many figures each rate is the mean.
    """

    model: str
    organism: str
    level: str
    average: str
    counts: Counts
    rates: dict[str, float | None]
    figures: int
    defined: dict[str, int] | None = None

    def flat(self) -> dict[str, Any]:
        """The row as plain fields."""
        row: dict[str, Any] = {
            "model": self.model,
            "organism": self.organism,
            "level": self.level,
            "average": self.average,
        }
        for name in (
            "names",
            "hits",
            "curated",
            "recovered",
            "reachable",
            "groups",
            "groups_found",
        ):
            row[name] = getattr(self.counts, name)
        return row | self.rates | {"figures": self.figures}


@dataclass(slots=True)
class ModelResult:
    """What one model did: its counts per figure, and what was wrong with it, if anything."""

    name: str
    fingerprint: str = ""
    counts: list[dict[Level, dict[str, Counts]]] = field(default_factory=list)
    problems: list[Problem] = field(default_factory=list)
    notes: list[str] = field(default_factory=list)
    failure: str | None = None


@dataclass(slots=True, repr=False)
class Evaluation:
    """The result of `evaluate`: scores, and the rows that they were counted from.

    ``figure_rows``, ``name_rows`` and ``gene_rows`` hold a row per figure and model, per
    name, and per curated gene. ``abbreviations`` says how those that captions define were
    read: ``brackets+lists``, ``lists`` (without scispaCy) or ``off``.
    """

    nomenclature: Nomenclature
    scope: Scope
    level: Level
    abbreviations: str
    corpus: CorpusFacts
    models: list[ModelResult]
    figure_rows: list[dict[str, Any]] = field(default_factory=list)
    name_rows: list[dict[str, Any]] = field(default_factory=list)
    gene_rows: list[dict[str, Any]] = field(default_factory=list)

    def __repr__(self) -> str:
        models = ", ".join(model.name for model in self.models)
        return f"Evaluation({models} on {self.corpus.figures} figures, level {self.level})"

    @property
    def scores(self) -> list[ScoreRow]:
        """A row per model, organism, level and average, in that order."""
        rows = []
        labels = [organism.label for organism in self.nomenclature.organisms]
        for model in self.models:
            for organism in (*labels, ALL) if model.failure is None else ():
                for level in Level:
                    counts = [
                        one[level][organism] for one in model.counts if organism in one[level]
                    ]
                    if not counts:
                        continue
                    total = micro(counts)
                    means, defined = macro(counts)
                    about = (model.name, organism, str(level))
                    rows.append(ScoreRow(*about, "micro", total, total.rates(), len(counts)))
                    rows.append(ScoreRow(*about, "macro", total, means, len(counts), defined))
        return rows

    @property
    def signature(self) -> str:
        """One line that says everything a number depends on.

        Equal signatures mean equal numbers.
        """
        models = ",".join(f"{m.name}@{m.fingerprint}" for m in self.models if m.failure is None)
        return (
            f"nerbench:{__version__}|models:{models}"
            f"|corpus:{self.corpus.figures}@{self.corpus.digest}"
            f"|lexicon:{self.nomenclature.signature}|scope:{self.scope}|level:{self.level}"
            f"|abbreviations:{self.abbreviations}"
        )

    def to_polars(self) -> pl.DataFrame:
        """The scores as a data frame, one row each."""
        import polars as pl

        schema: dict[str, Any] = dict.fromkeys(("model", "organism", "level", "average"), pl.String)
        counts = ("names", "hits", "curated", "recovered", "reachable", "groups", "groups_found")
        schema |= dict.fromkeys(counts, pl.Int64) | dict.fromkeys(RATES, pl.Float64)
        schema["figures"] = pl.Int64
        return pl.DataFrame([row.flat() for row in self.scores], schema=schema)

    def _repr_html_(self) -> str:
        """The micro scores at the chosen level, as an HTML table for notebooks."""
        import polars as pl

        rates = ("precision", "recall", "in_caption_recall", "f1")
        shown = ("model", "organism", "names", "hits", *rates)
        frame = self.to_polars().filter(
            (pl.col("level") == str(self.level)) & (pl.col("average") == "micro")
        )
        html: str = frame.select(shown)._repr_html_()
        return html


def evaluate(
    figures: Iterable[Figure],
    recognizer: Recognizer | Predictor | Sequence[Recognizer | Predictor],
    *,
    organism: str = "auto",
    level: Level | str = Level.FAMILY,
    abbreviations: bool = True,
    nomenclature: Nomenclature | None = None,
    on_figure: Callable[[Figure, dict[str, tuple[Mention, ...]]], None] | None = None,
) -> Evaluation:
    """Run recognizers over figures and compare what they find with the curated genes.

    ``organism`` is the scope: ``auto``, ``all``, a label or taxon ids; ``level`` the one that
    reasons and tables are given for (scores are given for all). With ``abbreviations``, a
    short form that a caption defines takes its long form's meaning. ``on_figure`` is called
    after each figure with the mentions of each recognizer that has not failed.

    A recognizer that fails is reported in its ``ModelResult.failure``; the others' results
    stand. Raises NerbenchError for an unknown organism or level, two recognizers of one
    name, or if there is no figure.

    >>> import nerbench
    >>> evaluation = evaluate(nerbench.open_corpus("seeds"), nerbench.load_recognizer("lexicon"))
    >>> row = evaluation.scores[4]
    >>> row.organism, row.level, row.average, row.counts.curated, row.counts.recovered
    ('human', 'family', 'micro', 34, 17)
    """
    nomenclature = nomenclature or load_nomenclature()
    scope = Scope.parse(organism, nomenclature)
    given = recognizer if isinstance(recognizer, Sequence) else [recognizer]
    predictors: list[Predictor] = [
        RecognizerPredictor(one) if isinstance(one, Recognizer) else one for one in given
    ]
    names = [predictor.name for predictor in predictors]
    if len(set(names)) < len(names):
        twice = next(name for name in names if names.count(name) > 1)
        raise NerbenchError(
            f"two models are called {twice!r}: give each its own name (a file's is the model's)"
        )
    try:
        level = Level(level)
    except ValueError:
        raise NerbenchError(f"unknown level {level!r}: use {', '.join(Level)}") from None
    models = [ModelResult(name) for name in names]
    reading = ("brackets+lists" if has_scispacy() else "lists") if abbreviations else "off"
    evaluation = Evaluation(nomenclature, scope, level, reading, CorpusFacts(), models)
    matcher = Matcher(nomenclature)
    for chunk in chunks(figures):
        found = _predict(chunk, predictors, models)
        for at, figure in enumerate(chunk):
            evaluation.corpus.add(figure)
            target = Target(figure, scope, matcher, abbreviations)
            if not target.scope:
                evaluation.corpus.out_of_scope.append(figure.figid)
            for model in models:
                if model.failure is None and target.scope:
                    _record(evaluation, model, score_figure(target, found[model.name][at]))
            if on_figure is not None:
                alive = [model.name for model in models if model.failure is None]
                on_figure(figure, {name: found[name][at] for name in alive})
    _finish(evaluation, figures, predictors)
    return evaluation


def _finish(
    evaluation: Evaluation, figures: Iterable[Figure], predictors: Sequence[Predictor]
) -> None:
    if isinstance(figures, Corpus):
        evaluation.corpus.skipped = list(figures.skipped)
    evaluation.corpus.check(figures.paths if isinstance(figures, Corpus) else ())
    failed = {model.name for model in evaluation.models if model.failure is not None}
    if failed:  # what a failed model did before it failed is no result
        for rows in (evaluation.figure_rows, evaluation.name_rows, evaluation.gene_rows):
            rows[:] = [row for row in rows if row["model"] not in failed]
    for model, predictor in zip(evaluation.models, predictors, strict=True):
        model.problems = list(predictor.problems)
        model.notes = list(getattr(predictor, "notes", list)())
        if model.failure is None:
            model.fingerprint = predictor.fingerprint


def chunks(figures: Iterable[Figure]) -> Iterator[list[Figure]]:
    """Figures in the portions that recognizers are given."""
    stream = iter(figures)
    while chunk := list(islice(stream, _CHUNK)):
        yield chunk


def _predict(
    chunk: list[Figure], predictors: Sequence[Predictor], models: Sequence[ModelResult]
) -> dict[str, list[tuple[Mention, ...]]]:
    """The mentions of a chunk by every predictor that works; a failure is kept, not raised."""
    found = {}
    for model, predictor in zip(models, predictors, strict=True):
        if model.failure is not None:
            continue
        try:
            found[model.name] = predictor.predict(chunk)
        except RecognizerError as error:
            model.failure = str(error)
            model.counts.clear()
    return found


def _record(evaluation: Evaluation, model: ModelResult, score: FigureScore) -> None:
    """Keep one figure's counts and rows."""
    model.counts.append(score.counts)
    figure, level = score.target.figure, evaluation.level
    nomenclature = evaluation.nomenclature
    pooled = score.counts[level][ALL]
    evaluation.figure_rows.append(
        {
            "figid": figure.figid,
            "model": model.name,
            "scope": ",".join(nomenclature.label(taxon) for taxon in score.target.scope),
            "caption_length": len(figure.caption),
            "mentions": len(score.mentions),
            "names": pooled.names,
            "hits": pooled.hits,
            "curated": pooled.curated,
            "recovered": pooled.recovered,
            "reachable": pooled.reachable,
            **pooled.rates(),
            "year": figure.year,
            "journal": figure.journal,
            "publisher": figure.publisher,
            "pmcid": figure.pmcid,
            "title": figure.title,
        }
    )
    for name in score.names:
        hits = sorted(name.hits[level])
        reason = why_false(score.target, name, level)
        evaluation.name_rows.append(
            {
                "figid": figure.figid,
                "model": model.name,
                "name": name.name,
                "mentions": len(name.mentions),
                "start": name.mentions[0].start,
                "end": name.mentions[0].end,
                "outcome": "hit" if hits else "false",
                "hit_at": str(name.hit_at() or "") or None,
                "genes": [_gene(score, member, nomenclature) for member in hits],
                "reason": None if reason is None else str(reason),
            }
        )
    for gene in score.genes:
        missed = why_missed(score, gene, level)
        member = score.target.members[gene.member].gene
        evaluation.gene_rows.append(
            {
                "figid": figure.figid,
                "model": model.name,
                "taxon": member.taxon,
                "organism": nomenclature.label(member.taxon),
                "symbol": member.symbol,
                "gene_id": member.gene_id,
                "words": list(member.words),
                "outcome": "recovered" if missed is None else "missed",
                "recovered_at": str(gene.recovered_at or "") or None,
                "reachable_at": str(gene.reachable_at or "") or None,
                "names": list(gene.names),
                "reason": None if missed is None else str(missed),
            }
        )


def _gene(score: FigureScore, member: int, nomenclature: Nomenclature) -> str:
    gene = score.target.members[member].gene
    return f"{nomenclature.label(gene.taxon)}:{gene.symbol}"
