"""Output on a terminal: the result table, a caption explained, mentions with their genes."""

from __future__ import annotations

from collections.abc import Sequence

from rich.console import Console, ConsoleOptions, Group, RenderableType, RenderResult
from rich.table import Table
from rich.text import Text

from nerbench.engine.evaluation import Evaluation
from nerbench.engine.gold_rows import PERFECT_READER, SCHEMES
from nerbench.engine.gold_scores import GOLD_METRICS
from nerbench.engine.score_rows import ScoreRow
from nerbench.nomenclature.matcher import Matcher
from nerbench.records import Level, Mention
from nerbench.reports.formatting import METRICS, identifiers, number, rate
from nerbench.reports.lead import Lead, shown_organisms
from nerbench.scoring.figure import FigureScore
from nerbench.scoring.reasons import Outcome, miss_reason, name_outcome


def _figures(row: ScoreRow) -> str:
    """Return the number of figures, and for how many of them the organism is inferred."""
    inferred = f" ({number(row.inferred_scope)} inferred)" if row.inferred_scope else ""
    return number(row.figures) + inferred


def result_table(evaluation: Evaluation) -> Table:
    """Return the scores of an evaluation as a table for the terminal.

    Parameters
    ----------
    evaluation : Evaluation
        The evaluation to show.

    Returns
    -------
    rich.table.Table
        The micro averages at the evaluation's level, a row for each model and organism.
    """
    scores = f"level {evaluation.level}, scope {evaluation.scope}, micro average"
    table = Table(title=f"on the figures' lists ({scores})")
    table.add_column("model", overflow="fold")
    table.add_column("organism")
    for column in ("figures", "names", "hits", *METRICS.values()):
        table.add_column(column, justify="right")
    shown = shown_organisms(evaluation)
    for row in evaluation.scores:
        if (row.level, row.average) == (evaluation.level, "micro") and row.organism in shown:
            table.add_row(
                Text(row.model),
                row.organism,
                _figures(row),
                number(row.counts.names),
                number(row.counts.hits),
                *(rate(row.rates[metric]) for metric in METRICS),
            )
    if any(row.reference for row in evaluation.scores):
        table.caption = (
            f"{PERFECT_READER}: the marks themselves, on the marked figures; a model above it "
            "agrees more with the lists, and does not read captions better"
        )
    return table


def gold_table(evaluation: Evaluation) -> Table | None:
    """Return the scores against marked captions as a table for the terminal, best first.

    Parameters
    ----------
    evaluation : Evaluation
        The evaluation to show.

    Returns
    -------
    rich.table.Table or None
        A row for each model, on the captions that no model has seen in training if there are any,
        with what it has on all captions below the table; None if no caption is marked.
    """
    lead = Lead.of(evaluation)
    gold = lead.gold
    if gold is None:
        return None
    noun = "caption" if gold.captions == 1 else "captions"
    unseen = " that no model has seen in training" if lead.all_gold else ""
    table = Table(title=f"against {number(gold.captions)} marked {noun}{unseen}")
    table.caption = lead.on_all or None
    table.add_column("model", overflow="fold")
    for scheme in SCHEMES:
        for metric in GOLD_METRICS:
            table.add_column(f"{scheme} {METRICS[metric]}", justify="right")
    for model in dict.fromkeys(row.model for row in gold.scores):
        rows = [row for row in gold.scores if row.model == model]
        rates = (rate(getattr(row, metric)) for row in rows for metric in GOLD_METRICS)
        table.add_row(Text(model), *rates)
    return table


_HIT, _OFF_LIST, _MISSED = "bold green", "cyan", "yellow underline"
_STYLES = {"on the list": _HIT, "not on the list": _OFF_LIST, "named but missed": _MISSED}
_SIGNS = {_HIT: "+", _OFF_LIST: "-", _MISSED: "?"}


def explanation(score: FigureScore, level: Level, *, signs: bool = False) -> RenderableType:
    """Return a figure's caption with names on the list, names off it and missed genes marked.

    With ``signs``, marks stand under each line of the caption, for output without colour.
    """
    figure = score.context.figure
    caption = _caption(score, level)
    legend = Text("  ").join(
        Text(f"{_SIGNS[style]} {kind}" if signs else kind, style) for kind, style in _STYLES.items()
    )
    return Group(
        Text(figure.figid, style="bold"),
        Text(figure.title or figure.paper_title),
        Text(""),
        _Underlined(caption) if signs else caption,
        Text(""),
        legend,
        Text(""),
        _names(score, level),
        _genes(score, level),
    )


def _caption(score: FigureScore, level: Level) -> Text:
    """Return the caption with its marks; of marks that overlap, a hit is on top."""
    figure, reachable = score.context.figure, score.context.reachable[level]
    caption = Text(figure.caption or "(no caption)", style="" if figure.caption else "dim")
    for gene in score.genes:
        if gene.recovered_at is None:
            for start, end in reachable.get(gene.member, []):
                caption.stylize(_MISSED, start, end)
    for name in sorted(score.names, key=lambda name: bool(name.hits[level])):
        for mention in name.mentions:
            caption.stylize(_HIT if name.hits[level] else _OFF_LIST, mention.start, mention.end)
    return caption


class _Underlined:
    """A text with signs for its styles under each line."""

    def __init__(self, text: Text) -> None:
        self._text = text

    def __rich_console__(self, console: Console, options: ConsoleOptions) -> RenderResult:
        for line in self._text.wrap(console, options.max_width):
            signs = [" "] * len(line)
            for span in line.spans:
                signs[span.start : span.end] = _SIGNS[str(span.style)] * (span.end - span.start)
            yield line
            yield Text("".join(signs).rstrip())


def _names(score: FigureScore, level: Level) -> Table:
    nomenclature = score.context.matcher.nomenclature
    table = Table(title=f"names found ({len(score.names)}), level {level}")
    linked = any(name.ids for name in score.names)
    columns = ["name", "outcome", "curated genes it can mean"]
    for column in (*columns, *(["identifiers"] if linked else [])):
        table.add_column(column, overflow="fold")
    for name in score.names:
        outcome = name_outcome(score.context, name, level)
        members = [score.context.members[m] for m in sorted(name.hits[level])]
        genes = ", ".join(f"{g.symbol} ({nomenclature.label(g.taxon)})" for g in members)
        style = _HIT if outcome is Outcome.ON_LIST else _OFF_LIST
        table.add_row(
            Text(name.name),
            Text(str(outcome), style=style),
            Text(genes),
            *([Text(identifiers(name.ids, name.ids_agree))] if linked else []),
        )
    return table


def _genes(score: FigureScore, level: Level) -> Table:
    nomenclature = score.context.matcher.nomenclature
    recovered = sum(miss_reason(score, gene, level) is None for gene in score.genes)
    table = Table(title=f"curated genes: {recovered} of {len(score.genes)} recovered")
    for column in ("organism", "gene", "outcome", "by the name, or why none"):
        table.add_column(column, overflow="fold")
    for gene in score.genes:
        curated = score.context.members[gene.member]
        reason = miss_reason(score, gene, level)
        names = [name.name for name in score.names if gene.member in name.hits[level]]
        table.add_row(
            nomenclature.label(curated.taxon),
            Text(curated.symbol),
            Text("recovered", style=_HIT) if reason is None else Text("missed", style="dim"),
            Text(", ".join(names) if reason is None else str(reason)),
        )
    return table


def mention_table(mentions: Sequence[Mention], matcher: Matcher) -> Table:
    """Return each mention with its names, and the genes that a name can mean in each organism.

    >>> from nerbench.nomenclature.lexicon import load_nomenclature
    >>> mention_table([Mention(0, 6, "MMP2/9")], Matcher(load_nomenclature())).row_count
    2
    """
    nomenclature = matcher.nomenclature
    table = Table("mention", "offsets", "label", "score", "identifiers", "name")
    for taxon in nomenclature:
        table.add_column(nomenclature.label(taxon), overflow="fold")
    for mention in mentions:
        score = "" if mention.score is None else f"{mention.score:.3f}"
        place = f"{mention.start}-{mention.end}"
        cells = [mention.text, place, mention.label, score, " ".join(mention.ids)]
        for name in matcher.names([mention]):
            genes = [
                ", ".join(matcher.symbols(Level.FAMILY, name, taxon)) or "-"
                for taxon in nomenclature
            ]
            table.add_row(*map(Text, (*cells, name, *genes)))
            cells = [""] * len(cells)  # of further names of the mention
    return table
