"""Simulate how often 95% intervals hold: ``python tests/bench/coverage.py RUN [SAMPLES]``.

The figures of a run are a population whose rates are known. Samples of 10 to 300 of its figures are
drawn from it, and the intervals of each are held against those rates. RUN is the folder of a run of
two models, with gold if strict matches are to be simulated too. Prints a line for each shape of
figures, sample size, average and rate, then a table for each number of figures. A program, because
it takes minutes: docs/intervals.md has its result.
"""

from __future__ import annotations

import sys
from collections import defaultdict
from collections.abc import Iterator
from itertools import product
from pathlib import Path

import numpy as np
import polars as pl
from scipy.special import expit, logit, ndtr, ndtri

from nerbench.scoring.counts import FIELDS, RATES, Counts
from nerbench.scoring.intervals import difference_intervals, rate_intervals
from nerbench.scoring.rates import macro, rates

SIZES = (10, 20, 30, 50, 100, 300)
SHOWN = ("precision", "recall", "f1", "in_caption_recall")
METHODS = ("percentile", "BCa", "studentized", "nerbench")
RESAMPLES, BATCH, LARGE = 500, 50, 60
DIFFERENCE = "difference"
RATIOS = {
    "precision": ("hits", "names"),
    "recall": ("recovered", "curated"),
    "in_caption_recall": ("recovered_reachable", "reachable"),
}
COLUMNS = [RATES.index(rate) for rate in SHOWN]


def shapes(run: Path) -> dict[str, np.ndarray]:
    """Return counts of two models on the figures of each shape: (2, figures, fields)."""
    counts = pl.read_parquet(run / "counts.parquet").filter(organism="all").sort("figid")
    first, second = counts["model"].unique(maintain_order=True).sort()[:2]
    found = {
        level: np.array(
            [
                counts.filter(model=model, level=level).select(FIELDS).to_numpy()
                for model in (first, second)
            ],
            np.int64,
        )
        for level in ("family", "symbol")
    }
    found["large"] = enlarge(found["family"])
    found["uneven"] = made(20_000)
    if (run / "gold_counts.parquet").is_file():
        gold = pl.read_parquet(run / "gold_counts.parquet").filter(scheme="strict").sort("figid")
        found["gold"] = np.array(
            [
                [
                    Counts(tp + fp, tp, tp + fn, tp).values()
                    for tp, fp, fn in gold.filter(model=model).select("tp", "fp", "fn").iter_rows()
                ]
                for model in (first, second)
            ]
        )
    return found


def enlarge(pair: np.ndarray) -> np.ndarray:
    """Return the figures, one in twenty with its counts multiplied so that it has 60 names."""
    names = pair[0, :, FIELDS.index("names")]
    eligible = np.flatnonzero((names >= 6) & (names < LARGE // 2))
    few = np.random.default_rng(1).choice(eligible, len(names) // 20, replace=False)
    enlarged = pair.copy()
    enlarged[:, few] *= np.maximum(1, LARGE // names[few])[:, None]
    # No figure gets longer lists than real ones have.
    longest = pair.max(axis=(0, 1))
    return np.where((enlarged > longest.max()).any(axis=(0, 2))[:, None], pair, enlarged)


def made(figures: int) -> np.ndarray:
    """Return two models on figures with log-normal numbers of names and rates that vary widely."""
    rng = np.random.default_rng(2)
    size = rng.normal(size=figures)
    curated = np.clip(np.exp(1.7 + 1.4 * size), 1, 200).astype(int)
    reachable = beta_binomial(rng, curated, 0.4)
    pair = []
    for skill, detected in ((0.77, 0.9), (0.7, 0.8)):
        names = np.clip(np.exp(1.2 + 1.4 * size + 0.3 * rng.normal(size=figures)), 0, 120)
        hits = beta_binomial(rng, names.astype(int), skill)
        recovered = beta_binomial(rng, reachable, detected)
        count = {"names": names.astype(int), "hits": hits, "curated": curated}
        count |= {"recovered": recovered, "reachable": reachable, "recovered_reachable": recovered}
        zeros = np.zeros(figures, int)
        pair.append(np.stack([count.get(name, zeros) for name in FIELDS], axis=-1))
    return np.array(pair)


def beta_binomial(rng: np.random.Generator, wholes: np.ndarray, mean: float) -> np.ndarray:
    """Return parts of wholes, whose shares vary between figures (intraclass correlation 0.2)."""
    return rng.binomial(wholes, rng.beta(4 * mean, 4 * (1 - mean), len(wholes)))


def both_averages(table: np.ndarray) -> dict[str, np.ndarray]:
    means = [np.nan if mean is None else mean for mean in macro(table)[0].values()]
    return {"micro": rates(table.sum(axis=0)), "macro": np.array(means)}


def resampled(tables: np.ndarray, weights: np.ndarray) -> dict[str, tuple[np.ndarray, ...]]:
    """Return rates, leave-one-out changes and resampled rates and errors of samples, by average."""
    total = tables.sum(axis=1)
    per_figure = rates(tables)
    defined = ~np.isnan(per_figure)
    scores, count = np.nan_to_num(per_figure), defined.sum(axis=1)
    with np.errstate(all="ignore"):
        means = scores.sum(axis=1) / count
        values = {"micro": rates(total), "macro": means}
        changes = {
            "micro": rates(total[:, None] - tables) - values["micro"][:, None],
            "macro": (means[:, None] - per_figure) / (count[:, None] - 1),
        }
        drawn = {
            "micro": rates(np.einsum("bf,sfc->sbc", weights, tables, optimize=True)),
            "macro": np.einsum("bf,sfr->sbr", weights, scores, optimize=True)
            / np.einsum("bf,sfr->sbr", weights, defined.astype(float), optimize=True),
        }
    ratios = {"micro": sides(tables), "macro": (scores, defined.astype(float))}
    return {
        average: (
            values[average],
            np.nan_to_num(changes[average]),
            drawn[average],
            errors(*ratios[average], drawn[average], weights),
        )
        for average in values
    }


def sides(tables: np.ndarray) -> tuple[np.ndarray, np.ndarray]:
    """Return what is divided by what in each rate that is a ratio of sums, NaN in F1."""
    part, whole = np.full((2, *tables.shape[:2], len(RATES)), np.nan)
    for rate, fields in RATIOS.items():
        for side, field in zip((part, whole), fields, strict=True):
            side[..., RATES.index(rate)] = tables[..., FIELDS.index(field)]
    return part, whole


def errors(
    part: np.ndarray, whole: np.ndarray, drawn: np.ndarray, weights: np.ndarray
) -> np.ndarray:
    """Return the standard error of each resampled ratio by linearization."""
    sums = [
        np.einsum("bf,sfr->sbr", weights, product, optimize=True)
        for product in (part * part, part * whole, whole * whole, whole)
    ]
    with np.errstate(all="ignore"):
        squares = sums[0] - 2 * drawn * sums[1] + drawn**2 * sums[2]
        return np.sqrt(np.maximum(squares, 0)) / sums[3]


def alternatives(values, changes, drawn, errors_drawn) -> dict[str, np.ndarray]:
    """Return the ends by each other method, (samples, rates, 2), as scipy and textbooks have it."""
    ordered = np.sort(drawn, axis=1)
    ends = {"percentile": quantiles(ordered, percentiles(values))}
    with np.errstate(all="ignore"):
        below = np.mean((drawn < values[:, None]) + 0.5 * (drawn == values[:, None]), axis=1)
        bias = ndtri(np.clip(below, 0.002, 0.998))[..., None]
        skew = -(changes**3).sum(axis=1) / (6 * (changes**2).sum(axis=1) ** 1.5)
        z = bias + ndtri([0.025, 0.975])
        levels = ndtr(bias + z / (1 - np.nan_to_num(skew)[..., None] * z))
        ends["BCa"] = quantiles(ordered, levels)
        scale = np.sqrt((changes**2).sum(axis=1)) / (values * (1 - values))
        t = (logit(drawn) - logit(values)[:, None]) / (errors_drawn / (drawn * (1 - drawn)))
        t = np.sort(np.where(np.isfinite(t), t, np.nan), axis=1)
        tails = quantiles(t, percentiles(values)[..., ::-1])
        ends["studentized"] = expit(logit(values)[..., None] - tails * scale[..., None])
    certain = ((values == 0) | (values == 1))[..., None]
    for method, found in ends.items():
        ends[method] = np.where(certain, values[..., None], found)
    return ends


def quantiles(ordered: np.ndarray, levels: np.ndarray) -> np.ndarray:
    """Return quantiles of columns sorted with NaN last: (samples, resamples, rates) at levels."""
    last = np.maximum((~np.isnan(ordered)).sum(axis=1) - 1, 0)[..., None]
    at = np.rint(np.nan_to_num(levels) * last).astype(int)
    return np.take_along_axis(ordered, at.swapaxes(1, 2), axis=1).swapaxes(1, 2)


def hold(ends: np.ndarray, truth: np.ndarray) -> np.ndarray:
    """Return whether intervals lie above, hold, or lie below the truth, and their widths."""
    above, below = ends[..., 0] > truth + 1e-9, ends[..., 1] < truth - 1e-9
    return np.stack([~above & ~below, above, below, ends[..., 1] - ends[..., 0]], axis=-1)


def simulate(pair: np.ndarray, size: int, samples: int) -> Iterator[tuple[str, str, np.ndarray]]:
    """Yield what is estimated, method, and what `hold` says, NaN where no interval is shown."""
    rng = np.random.default_rng(size)
    weights = rng.multinomial(size, np.full(size, 1 / size), RESAMPLES).astype(float)
    truths = [both_averages(counts) for counts in pair]
    truth = truths[0]["micro"] - truths[1]["micro"]
    for _ in range(samples // BATCH):
        chosen = rng.integers(0, pair.shape[1], (BATCH, size))
        samples_of_both = pair[:, chosen]
        drawn = [resampled(tables, weights) for tables in samples_of_both]
        for model, average in product((0, 1), ("micro", "macro")):
            # Other methods take longer: they are compared on the rates of the first model.
            ends = {} if model else alternatives(*drawn[0][average])
            tables = samples_of_both[model]
            ends["nerbench"] = as_array(rate_intervals(table, average) for table in tables)
            shown = ~np.isnan(ends["nerbench"][..., :1])
            for method, of_method in ends.items():
                held = hold(np.where(shown, of_method, np.nan), truths[model][average])
                yield f"model {model + 1} {average}", method, held
        differences = drawn[0]["micro"][2] - drawn[1]["micro"][2]
        ends = quantiles(np.sort(differences, axis=1), percentiles(differences[:, 0]))
        ours = as_array(map(difference_intervals, *samples_of_both))
        ends = np.where(np.isnan(ours[..., :1]), np.nan, ends)
        yield DIFFERENCE, "percentile", hold(ends, truth)
        yield DIFFERENCE, "nerbench", hold(ours, truth)


def percentiles(values: np.ndarray) -> np.ndarray:
    return np.broadcast_to([0.025, 0.975], (*values.shape, 2))


def as_array(intervals) -> np.ndarray:
    none = (np.nan, np.nan)
    return np.array([[ends or none for ends in found.values()] for found in intervals])


def main(run: Path, samples: int) -> None:
    summary = defaultdict(list)
    for (shape, pair), size in product(shapes(run).items(), SIZES):
        found = defaultdict(list)
        for estimated, method, held in simulate(pair, size, samples):
            found[estimated, method].append(held)
        for (estimated, method), parts in found.items():
            held = np.concatenate(parts)
            for column in COLUMNS:
                shown = held[~np.isnan(held[:, column, 3]), column]
                if len(shown) < samples / 10:  # too few to tell a share of them
                    continue
                row = shown.mean(axis=0)
                kind = DIFFERENCE if estimated == DIFFERENCE else "rate"
                summary[kind, size, method].append(row)
                print(
                    f"{shape:8}{size:4} {estimated:14}{RATES[column]:18}{method:12}"
                    f"shown {len(shown) / len(held):.2f}  holds {row[0]:.3f}  above {row[1]:.3f}  "
                    f"below {row[2]:.3f}  width {row[3]:.3f}",
                    flush=True,
                )
    for kind in ("rate", DIFFERENCE):
        print(f"\n{kind}: lowest and mean share that holds the truth, mean width")
        for size in SIZES:
            cells = [f"{size:5}"]
            for method in METHODS:
                rows = np.array(summary.get((kind, size, method), []))
                if len(rows):
                    lowest, (mean, *_, width) = rows[:, 0].min(), rows.mean(axis=0)
                    cells.append(f"{method} {lowest:.3f} {mean:.3f} {width:.2f}")
            print(" | ".join(cells))


if __name__ == "__main__":
    main(Path(sys.argv[1]), int(sys.argv[2]) if len(sys.argv) > 2 else 1000)
