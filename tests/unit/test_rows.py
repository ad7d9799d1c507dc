"""Tables that grow: what is moved to disk on the way is as if it had stayed."""

from __future__ import annotations

import resource
from collections.abc import Iterator
from contextlib import contextmanager
from pathlib import Path
from typing import NamedTuple

import polars as pl
import pytest

from nerbench.engine.row_tables import Table, schema_of
from nerbench.errors import NerbenchError


class Row(NamedTuple):
    model: str
    at: int


SCHEMA = schema_of(Row)


def frames(count: int) -> list[pl.DataFrame]:
    return [
        pl.DataFrame({"model": ["a", "b"], "at": [2 * n, 2 * n + 1]}, schema=SCHEMA)
        for n in range(count)
    ]


def filled(most: int, count: int = 10) -> Table:
    rows = Table(Row, most)
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


@contextmanager
def little_room() -> Iterator[None]:
    """No file may grow beyond 1,000 bytes: to who writes one, the disk is full."""
    usual = resource.getrlimit(resource.RLIMIT_FSIZE)
    resource.setrlimit(resource.RLIMIT_FSIZE, (1000, usual[1]))
    try:
        yield
    finally:
        resource.setrlimit(resource.RLIMIT_FSIZE, usual)


def test_a_full_disk_for_temporary_files_is_said_with_what_to_do() -> None:
    rows = Table(Row, 1)
    with little_room(), pytest.raises(NerbenchError, match=r"cannot be written .*TMPDIR"):
        rows.append(pl.concat(frames(2000)))


def test_a_table_on_a_full_disk_is_an_error_of_the_system(tmp_path: Path) -> None:
    rows = filled(1 << 20, 2000)
    with little_room(), pytest.raises(OSError, match="too large"):
        rows.write_parquet(tmp_path / "rows.parquet")
