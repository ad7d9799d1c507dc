"""The scores that a report leads with: on figures that no model has seen, where there are any."""

from __future__ import annotations

from collections.abc import Iterator
from dataclasses import dataclass

from nerbench.engine.evaluation import Evaluation
from nerbench.engine.gold_rows import SCHEMES
from nerbench.engine.gold_scores import GoldScores
from nerbench.engine.score_rows import ScoreRow
from nerbench.engine.unseen import UnseenScores
from nerbench.reports.formatting import amount, number, rate
from nerbench.scoring.scope import ALL


@dataclass(frozen=True, slots=True)
class Lead:
    """The scores that models are ranked by, and in words what they leave out.

    Attributes
    ----------
    gold : GoldScores or None
        The scores against the marked captions that no model has seen in training; against all of
        them if the models have seen none or all.
    all_gold : GoldScores or None
        The scores against all marked captions if ``gold`` counts fewer, else None.
    lists : dict of str to ScoreRow
        The micro average of each model on the lists, all organisms, of the figures that no model
        has seen; of all figures if the models have seen none or all.
    unseen_figures : int or None
        The number of figures that ``lists`` count, if it is not all that are scored.
    note : str
        What the models have seen, and what is counted for that; empty if they have seen nothing.
    """

    gold: GoldScores | None
    all_gold: GoldScores | None
    lists: dict[str, ScoreRow]
    unseen_figures: int | None
    note: str

    @classmethod
    def of(cls, evaluation: Evaluation) -> Lead:
        """Return the leading scores of an evaluation."""
        unseen, everything = evaluation.unseen, evaluation.gold
        gold = everything if unseen is None else unseen.gold or everything
        is_part = unseen is not None and unseen.gold is not None and unseen.seen_captions > 0
        rows = evaluation.model_scores if unseen is None else unseen.scores
        lists = {
            row.model: row
            for row in rows or evaluation.model_scores
            if (row.organism, row.average, row.level) == (ALL, "micro", evaluation.level)
        }
        note = "" if unseen is None else " ".join(_notes(evaluation, unseen))
        figures = unseen.figures if unseen is not None and unseen.seen_figures else None
        return cls(gold, everything if is_part else None, lists, figures or None, note)

    def measure(self, model: str) -> str:
        """Return in words what the strict F1 of a model in `gold` is measured on."""
        if self.gold is None:
            return "strict F1 on the marked captions"
        captions = amount(self.gold.captions, "marked caption")
        if self.all_gold is None:
            return f"strict F1 on {captions}"
        total = number(self.all_gold.captions)
        value = rate(_strict_f1(self.all_gold)[model])
        nobody = _nobody(len(self.gold.models))
        return f"strict F1 on {captions} that {nobody} seen; {value} on all {total}"

    @property
    def list_measure(self) -> str:
        """The figures that the F1 of a model in `lists` is measured on, in words."""
        if self.unseen_figures is None:
            return "F1 on the figures' lists"
        figures = amount(self.unseen_figures, "figure")
        return f"F1 on the lists of {figures} that {_nobody(len(self.lists))} seen"

    @property
    def on_all(self) -> str:
        """The strict F1 of each model on all marked captions, in words; empty without `all_gold`.

        It stands below a table of `gold`.
        """
        if self.all_gold is None:
            return ""
        rates = (f"{model} {rate(value)}" for model, value in _strict_f1(self.all_gold).items())
        captions = f"all {number(self.all_gold.captions)}, those seen in training included"
        return f"strict F1 on {captions}: {', '.join(rates)}"


def shown_organisms(evaluation: Evaluation) -> list[str]:
    """Return the organisms that reports show; not `all` where it has only one organism in it."""
    organisms = list(dict.fromkeys(row.organism for row in evaluation.model_scores))
    return [name for name in organisms if name != ALL] if len(organisms) == 2 else organisms


def _strict_f1(gold: GoldScores) -> dict[str, float | None]:
    return {row.model: row.f1 for row in gold.scores if row.scheme == SCHEMES[0]}


def _notes(evaluation: Evaluation, unseen: UnseenScores) -> Iterator[str]:
    """Yield sentences: what each model has seen, what is counted, and what was all seen."""
    marked = {evaluation.figids[row] for row in evaluation.marked.nonzero()[0]}
    scored = {evaluation.figids[row] for row in evaluation.figures_of(ALL)}
    for model, seen in evaluation.seen_by.items():
        amounts = [
            f"{number(len(seen & figids))} of the {amount(len(figids), noun)}"
            for figids, noun in ((marked, "marked caption"), (scored, "scored figure"))
            if seen & figids
        ]
        if amounts:
            yield f"{model} was trained on {' and on '.join(amounts)}."
    parts = (
        ("marked caption", unseen.captions, unseen.seen_captions),
        ("scored figure", unseen.figures, unseen.seen_figures),
    )
    counted = [f"the {amount(left, noun)}" for noun, left, skipped in parts if left and skipped]
    if counted:
        yield f"Models are ranked on {' and '.join(counted)} that no model has seen."
    for noun, left, skipped in parts:
        if skipped and not left:
            yield f"Models have seen every {noun}, so these scores say little of others."


def _nobody(models: int) -> str:
    return "it has not" if models == 1 else "no model has"
