"""Models side by side over several corpora: what `nerbench compare` ranks them by."""

from __future__ import annotations

from collections.abc import Mapping
from dataclasses import dataclass, field

from nerbench.engine.evaluation import Evaluation
from nerbench.engine.gold_scores import GoldScoreRow
from nerbench.engine.provenance import CardInfo
from nerbench.engine.score_rows import ScoreRow
from nerbench.scoring.scope import ALL


@dataclass(frozen=True, slots=True)
class BoardCorpus:
    """A corpus of the board: the runs over it, the number of its figures and of marked captions.

    Runs over one corpus with other settings (level, scope, gold) are a corpus of their own.
    """

    runs: tuple[str, ...]
    digest: str
    figures: int
    marked: int
    level: str
    scope: str


@dataclass(slots=True)
class BoardModel:
    """A model of the board: what its card says, its speed, and its scores by number of the corpus.

    ``lists`` are its micro averages at the level of the run, by organism; ``gold`` its strict
    scores against marked captions.
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
        numbers: dict[tuple[str, ...], int] = {}
        names: list[list[str]] = []
        firsts: list[Evaluation] = []
        models: dict[str, BoardModel] = {}
        for run_name, run in runs.items():
            key = (run.corpus.digest, run.corpus.gold_digest, str(run.level), str(run.scope))
            number = numbers.setdefault(key, len(numbers))
            if number == len(names):
                names.append([])
                firsts.append(run)
            names[number].append(run_name)
            _add_models(models, number, run, speeds.get(run_name, {}))
        corpora = [
            BoardCorpus(
                runs=tuple(run_names),
                digest=run.corpus.digest,
                figures=run.corpus.figures,
                marked=run.corpus.marked,
                level=str(run.level),
                scope=str(run.scope),
            )
            for run_names, run in zip(names, firsts, strict=True)
        ]
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


def _add_models(
    models: dict[str, BoardModel], number: int, run: Evaluation, speeds: Mapping[str, float]
) -> None:
    """Add the scores of a run's models to the board, as those on a corpus."""
    for result in run.working:
        model = models.setdefault(result.name, BoardModel(result.name, result.card))
        model.card = model.card or result.card
        known = [model.captions_per_second, speeds.get(result.name)]
        model.captions_per_second = max((speed for speed in known if speed), default=None)
    for row in run.model_scores:
        if row.average == "micro" and row.level == run.level:
            models[row.model].lists.setdefault(number, {}).setdefault(row.organism, row)
    for gold in () if run.gold is None else run.gold.scores:
        if gold.scheme == "strict":
            models[gold.model].gold.setdefault(number, gold)


def _mean(values: list[float]) -> float:
    return sum(values) / len(values) if values else 0.0
