"""The rows behind the numbers: one per figure, per figure and model, per name, per curated gene.

Each type of row is the schema of its table, in a run's folder as in memory.
"""

from __future__ import annotations

from collections.abc import Iterable, Sequence
from typing import Any, NamedTuple

from nerbench.engine.provenance import figure_digest
from nerbench.engine.row_tables import Genes, Spans, Strings
from nerbench.records import Figure, Level, Mention
from nerbench.scoring.figure import FigureScore, NameOutcome
from nerbench.scoring.reasons import Outcome, miss_reason, name_outcome
from nerbench.scoring.scope import ALL, LeftOut

MAX_CAPTIONS_IN_MEMORY = 5_000
"""Rows of captions, which have a few kilobytes each."""

_MAX_OFF_LIST_GENES = 12  # of each organism
_MAX_CLOSEST_GENES = 100  # the members of a large family
_MEANS_A_GENE = frozenset(
    (Outcome.GENE_NOT_ON_LIST, Outcome.FAMILY_NOT_ON_LIST, Outcome.OTHER_ORGANISM)
)


class CaptionRow(NamedTuple):
    """A figure that was read, whatever the models did with it.

    ``left_out`` says why it is not scored, None if it is (`nerbench.scoring.scope.LeftOut`).
    ``curated`` are all genes on its list, of whatever organism; ``digest`` is
    `nerbench.engine.provenance.figure_digest`. ``marks`` are the spans that annotators marked;
    ``marked`` says whether anybody marked the caption. ``seen_by`` are the models of the run that
    were trained on the figure or another of its paper, as far as is known.
    """

    figid: str
    caption: str
    title: str
    paper_title: str
    pmcid: str
    doi: str
    year: str
    journal: str
    publisher: str
    organisms: Strings
    organisms_ner: Strings
    unassigned: Strings
    left_out: str | None
    repaired: bool
    curated: Genes
    digest: str
    marked: bool
    marks: Spans
    seen_by: Strings


class FigureRow(NamedTuple):
    """A figure and a model, all organisms in scope pooled.

    ``scope_from`` says where the scope comes from: ``organisms``, ``organisms_ner``,
    ``curated genes``, or the ``option`` that the user gave. ``seen_in_training`` says whether the
    model was trained on the figure or another of its paper, as far as is known.
    """

    figid: str
    model: str
    scope: str
    scope_from: str
    seen_in_training: bool
    caption_length: int
    mentions: int
    names: int
    hits: int
    curated: int
    recovered: int
    reachable: int
    recovered_reachable: int
    gene_names: int
    claimed: int
    precision: float | None
    recall: float | None
    f1: float | None
    in_caption_recall: float | None
    group_recall: float | None
    gene_precision: float | None
    claim_precision: float | None
    year: str
    journal: str
    publisher: str
    pmcid: str
    title: str


class NameRow(NamedTuple):
    """A name that a model found in a figure.

    ``start`` and ``end`` are those of its first mention, ``spans`` those of all; ``score`` is the
    best of its mentions, none if a mention has none. ``genes`` are the curated genes that it hits
    at the level of the run, ``outcome`` is what it is there (`nerbench.scoring.reasons.Outcome`),
    ``ids_agree`` says whether its text can mean its identifiers. Of a name that hits none,
    ``off_list`` are genes of any organism that it can mean, a dozen of each
    at most; ``closest`` are the genes in scope that it means at the strictest level at which it
    means any, and ``closest_ids`` their ids. ``marked`` says whether one of its mentions overlaps
    a marked one; None if the caption is not marked.
    """

    figid: str
    model: str
    name: str
    mentions: int
    start: int
    end: int
    spans: Spans
    score: float | None
    outcome: str
    hit_at: str | None
    genes: Genes
    ids: Strings
    ids_agree: bool | None
    off_list: Genes
    closest: Genes
    closest_ids: Strings
    marked: bool | None


class GeneRow(NamedTuple):
    """A curated gene in scope, and a model: at which level the gene was recovered, or why not.

    ``places`` are the spans of the caption that can mean it at the level of the run; ``marked``
    says whether one of them overlaps a marked mention, None if there is none or no mark.
    ``defined_as`` is the caption's own definition that contradicts the gene
    (`FigureContext.contradictions`), None if there is none; ``defined_at`` are its spans.
    """

    figid: str
    model: str
    taxon: int
    organism: str
    symbol: str
    gene_id: str | None
    words: Strings
    outcome: str
    recovered_at: str | None
    reachable_at: str | None
    names: Strings
    reason: str | None
    places: Spans
    marked: bool | None
    defined_as: str | None
    defined_at: Spans


class CountRow(NamedTuple):
    """The counts of a figure, an organism in its scope (and ``all``), a model and a level: what
    every score, interval and test is computed from.
    """

    figid: str
    organism: str
    model: str
    level: str
    names: int
    hits: int
    curated: int
    recovered: int
    reachable: int
    recovered_reachable: int
    gene_names: int
    claimed: int
    groups: int
    groups_found: int


def caption_row(
    figure: Figure, left_out: LeftOut | None = None, seen_by: Sequence[str] = ()
) -> CaptionRow:
    """Return the row of a figure that was read."""
    cells: dict[str, Any] = {
        "left_out": None if left_out is None else str(left_out),
        "curated": [gene.key for gene in figure.curated],
        "digest": figure_digest(figure),
        "marked": figure.gold is not None,
        "marks": spans_of(figure.gold or ()),
        "seen_by": list(seen_by),
    }
    copied = (name for name in CaptionRow._fields if name not in cells)
    return CaptionRow(**cells, **{name: getattr(figure, name) for name in copied})


def figure_row(score: FigureScore, model: str, level: Level, is_seen: bool) -> FigureRow:
    """Return the row of a figure and a model, at a level."""
    context, figure = score.context, score.context.figure
    pooled = score.counts[level][ALL]
    return FigureRow(
        figid=figure.figid,
        model=model,
        scope=",".join(map(context.matcher.nomenclature.label, context.scope)),
        scope_from=context.scope_from,
        seen_in_training=is_seen,
        caption_length=len(figure.caption),
        mentions=len(score.mentions),
        names=pooled.names,
        hits=pooled.hits,
        curated=pooled.curated,
        recovered=pooled.recovered,
        reachable=pooled.reachable,
        recovered_reachable=pooled.recovered_reachable,
        gene_names=pooled.gene_names,
        claimed=pooled.claimed,
        **pooled.rates(),
        year=figure.year,
        journal=figure.journal,
        publisher=figure.publisher,
        pmcid=figure.pmcid,
        title=figure.title,
    )


def name_rows(score: FigureScore, model: str, level: Level) -> list[NameRow]:
    """Return the rows of the names that a model found in a figure, at a level."""
    rows = []
    marks = _marks(score)
    for name in score.names:
        spans = spans_of(name.mentions)
        hits = sorted(name.hits[level])
        outcome = name_outcome(score.context, name, level)
        hit_at = name.hit_at()
        scores = [mention.score for mention in name.mentions if mention.score is not None]
        closest = [] if hits else _closest_genes(score, name, level)
        rows.append(
            NameRow(
                figid=score.context.figure.figid,
                model=model,
                name=name.name,
                mentions=len(name.mentions),
                start=name.mentions[0].start,
                end=name.mentions[0].end,
                spans=spans,
                score=max(scores) if len(scores) == len(name.mentions) else None,
                outcome=str(outcome),
                hit_at=None if hit_at is None else str(hit_at),
                genes=[score.context.members[member].key for member in hits],
                ids=name.ids,
                ids_agree=name.ids_agree,
                off_list=_off_list_genes(score, name, level) if outcome in _MEANS_A_GENE else (),
                closest=[(taxon, symbol) for taxon, symbol, _ in closest],
                closest_ids=[gene_id for *_, gene_id in closest],
                marked=None
                if marks is None or not spans
                else any(overlaps(span, marks) for span in spans),
            )
        )
    return rows


def gene_rows(score: FigureScore, model: str, level: Level) -> list[GeneRow]:
    """Return the rows of a figure's curated genes in scope, for a model at a level."""
    context = score.context
    places = context.reachable[level]
    marks = _marks(score)
    rows = []
    for outcome in score.genes:
        reason = miss_reason(score, outcome, level)
        gene = context.members[outcome.member]
        spans = places.get(outcome.member, ())
        recovered_at, reachable_at = outcome.recovered_at, outcome.reachable_at
        defined_as, defined_at = context.contradictions.get(outcome.member, (None, []))
        rows.append(
            GeneRow(
                figid=context.figure.figid,
                model=model,
                taxon=gene.taxon,
                organism=context.matcher.nomenclature.label(gene.taxon),
                symbol=gene.symbol,
                gene_id=gene.gene_id,
                words=gene.words,
                outcome="recovered" if reason is None else "missed",
                recovered_at=None if recovered_at is None else str(recovered_at),
                reachable_at=None if reachable_at is None else str(reachable_at),
                names=outcome.names,
                reason=None if reason is None else str(reason),
                places=spans,
                marked=(
                    any(overlaps(span, marks) for span in spans)
                    if spans and marks is not None
                    else None
                ),
                defined_as=defined_as,
                defined_at=defined_at,
            )
        )
    return rows


def overlaps(span: tuple[int, int], others: Iterable[tuple[int, int]]) -> bool:
    """Return whether a span shares a character with one of others.

    >>> overlaps((0, 4), [(3, 9)]), overlaps((0, 4), [(4, 9)])
    (True, False)
    """
    return any(start < span[1] and span[0] < end for start, end in others)


def _marks(score: FigureScore) -> Spans | None:
    gold = score.context.figure.gold
    return None if gold is None else spans_of(gold)


def spans_of(mentions: Iterable[Mention]) -> Spans:
    """Return the start and end of each mention that has a place."""
    return [(mention.start, mention.end) for mention in mentions if mention.is_placed]


def _off_list_genes(score: FigureScore, name: NameOutcome, level: Level) -> Genes:
    """Return the genes of every organism that a name's text can mean; none if its identifiers
    say what it means.
    """
    if name.links is not None:
        return ()
    matcher = score.context.matcher
    return [
        (taxon, symbol)
        for taxon in matcher.nomenclature
        for symbol in matcher.symbols(level, name.name, taxon)[:_MAX_OFF_LIST_GENES]
    ]


def _closest_genes(
    score: FigureScore, name: NameOutcome, level: Level
) -> list[tuple[int, str, str]]:
    """Return taxon, symbol and id of the genes that a name means at the strictest level possible.

    A gene that no lexicon knows has its id for a symbol.
    """
    nomenclature = score.context.matcher.nomenclature
    levels = (*level.stricter(), level)
    genes = next((name.genes[strict] for strict in levels if name.genes[strict]), ())
    return sorted(
        (taxon, row, row)
        if isinstance(row, str)
        else (taxon, nomenclature[taxon].symbols[row], nomenclature[taxon].gene_ids[row])
        for taxon, row in genes
    )[:_MAX_CLOSEST_GENES]
