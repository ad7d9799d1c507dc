"""Tables that grow: what is moved to disk on the way is as if it had stayed."""

from __future__ import annotations

from pathlib import Path

import polars as pl
import pytest

from nerbench.engine.rows import Rows

SCHEMA = {"model": pl.String, "at": pl.Int32}


def frames(count: int) -> list[pl.DataFrame]:
    return [
        pl.DataFrame({"model": ["a", "b"], "at": [2 * n, 2 * n + 1]}, schema=SCHEMA)
        for n in range(count)
    ]


def filled(most: int, count: int = 10) -> Rows:
    rows = Rows(SCHEMA, most)
    for frame in frames(count):
        rows.append(frame)
    return rows


@pytest.mark.parametrize("most", [1, 3, 7, 1000])
def test_rows_are_in_order_wherever_they_lie(most: int) -> None:
    rows = filled(most)

    assert len(rows) == 20
    assert [row["at"] for row in rows] == list(range(20))
    assert rows.scan().collect()["at"].to_list() == list(range(20))


def test_rows_past_the_most_lie_on_disk(tmp_path: Path, monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.setattr("tempfile.tempdir", str(tmp_path))
    rows = filled(most=7)

    parts = sorted(tmp_path.glob("nerbench-*/*.parquet"))
    assert [len(pl.read_parquet(part)) for part in parts] == [8, 8]
    assert [row["at"] for row in rows] == list(range(20))


@pytest.mark.parametrize("most", [3, 1000])
def test_a_dropped_model_is_left_out_wherever_its_rows_lie(most: int) -> None:
    rows = filled(most)
    rows.drop_models(["a"])

    assert {row["model"] for row in rows} == {"b"}
    assert len(rows) == 10


def test_the_same_frames_make_the_same_bytes(tmp_path: Path) -> None:
    for name in ("one", "other"):
        filled(most=7).write_parquet(tmp_path / name)

    assert (tmp_path / "one").read_bytes() == (tmp_path / "other").read_bytes()
