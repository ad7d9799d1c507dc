"""Models side by side over several corpora: what `nerbench compare` ranks them by."""

from __future__ import annotations

from collections.abc import Mapping
from dataclasses import dataclass, field

from nerbench.engine.evaluation import Evaluation
from nerbench.engine.gold_scores import GoldScoreRow
from nerbench.engine.provenance import CardInfo
from nerbench.engine.score_rows import ScoreRow
from nerbench.engine.unseen import UnseenScores
from nerbench.scoring.scope import ALL


@dataclass(frozen=True, slots=True)
class BoardCorpus:
    """A corpus of the board: the runs over it, the number of its figures and of marked captions.

    Runs over one corpus with other settings (level, scope, gold) are a corpus of their own.
    ``seen_figures`` and ``seen_captions`` are those of its scored figures and of its marked
    captions that are not counted, because a model of these runs was trained on them. Where models
    have seen all of them, all are counted; ``is_all_seen`` says so.
    """

    runs: tuple[str, ...]
    digest: str
    figures: int
    marked: int
    level: str
    scope: str
    seen_figures: int = 0
    seen_captions: int = 0
    is_all_seen: bool = False

    @property
    def seen(self) -> str:
        """The figures and captions that are not counted, in words; empty if all are."""
        amounts = (self.seen_figures, "figure"), (self.seen_captions, "marked caption")
        return ", ".join(f"{n:,} {noun}{'s' * (n > 1)}" for n, noun in amounts if n)


@dataclass(slots=True)
class BoardModel:
    """A model of the board: what its card says, its speed, and its scores by number of the corpus.

    ``lists`` are its micro averages at the level of the run, by organism; ``gold`` its strict
    scores against marked captions; both over what no model of the corpus's runs has seen.
    """

    name: str
    card: CardInfo | None
    captions_per_second: float | None = None
    lists: dict[int, dict[str, ScoreRow]] = field(default_factory=dict)
    gold: dict[int, GoldScoreRow] = field(default_factory=dict)

    def rank(self) -> tuple[float, float]:
        """Return what models are ordered by: mean strict F1 against gold, then mean F1 on lists."""
        gold = [row.f1 or 0.0 for row in self.gold.values()]
        lists = [rows[ALL].rates["f1"] or 0.0 for rows in self.lists.values() if ALL in rows]
        return _mean(gold), _mean(lists)


@dataclass(frozen=True, slots=True)
class Leaderboard:
    """The models of several runs, the best first, and the corpora that they read."""

    corpora: list[BoardCorpus]
    models: list[BoardModel]
    organisms: list[str]

    @classmethod
    def of(
        cls, runs: Mapping[str, Evaluation], speeds: Mapping[str, Mapping[str, float]]
    ) -> Leaderboard:
        """Return the board of runs by name, with the captions per second of each run's models.

        A model is one by its name. Where two runs over one corpus have it, the first stands; of
        its speeds the highest, since other work on the machine makes a run slower, never faster.
        """
        by_corpus: dict[tuple[str, ...], list[str]] = {}
        for run_name, run in runs.items():
            key = (run.corpus.digest, run.corpus.gold_digest, str(run.level), str(run.scope))
            by_corpus.setdefault(key, []).append(run_name)
        corpora: list[BoardCorpus] = []
        models: dict[str, BoardModel] = {}
        for number, names in enumerate(by_corpus.values()):
            seen = frozenset[str]().union(*(s for n in names for s in runs[n].seen_by.values()))
            counted = [UnseenScores.of(runs[name], seen) for name in names]
            corpora.append(_corpus(names, runs[names[0]], counted[0]))
            for name, scores in zip(names, counted, strict=True):
                _add_models(models, number, runs[name], scores, speeds.get(name, {}))
        organisms = dict.fromkeys(
            organism
            for model in models.values()
            for rows in model.lists.values()
            for organism in rows
        )
        ranked = sorted(
            models.values(), key=lambda model: (*(-value for value in model.rank()), model.name)
        )
        return cls(corpora, ranked, sorted(organisms, key=lambda name: name != ALL))


def _corpus(names: list[str], run: Evaluation, counted: UnseenScores) -> BoardCorpus:
    is_gold_counted, is_list_counted = counted.captions > 0, counted.figures > 0
    return BoardCorpus(
        runs=tuple(names),
        digest=run.corpus.digest,
        figures=run.corpus.figures,
        marked=run.corpus.marked,
        level=str(run.level),
        scope=str(run.scope),
        seen_figures=counted.seen_figures if is_list_counted else 0,
        seen_captions=counted.seen_captions if is_gold_counted else 0,
        is_all_seen=bool(
            (counted.seen_captions and not is_gold_counted)
            or (counted.seen_figures and not is_list_counted)
        ),
    )


def _add_models(
    models: dict[str, BoardModel],
    number: int,
    run: Evaluation,
    counted: UnseenScores,
    speeds: Mapping[str, float],
) -> None:
    """Add the scores of a run's models to the board, as those on a corpus."""
    for result in run.working:
        model = models.setdefault(result.name, BoardModel(result.name, result.card))
        model.card = model.card or result.card
        known = [model.captions_per_second, speeds.get(result.name)]
        model.captions_per_second = max((speed for speed in known if speed), default=None)
    for row in counted.scores or run.model_scores:
        if row.average == "micro" and row.level == run.level:
            models[row.model].lists.setdefault(number, {}).setdefault(row.organism, row)
    marks = counted.gold or run.gold
    for gold in () if marks is None else marks.scores:
        if gold.scheme == "strict":
            models[gold.model].gold.setdefault(number, gold)


def _mean(values: list[float]) -> float:
    return sum(values) / len(values) if values else 0.0
