"""A short campaign of hostile records; ``make fuzz`` runs a long one."""

from __future__ import annotations

import os
import time
from collections.abc import Sequence
from multiprocessing.connection import Connection
from pathlib import Path

import pytest
from campaign import campaign, read_and_score
from mutations import Case, make_case

COUNT = 1500


def test_a_case_follows_from_its_seed_and_number() -> None:
    assert make_case(1, 7) == make_case(1, 7)
    assert len({make_case(seed, n).record for seed in (1, 2) for n in range(20)}) == 40


def test_every_hostile_record_is_scored_or_skipped_with_a_reason_in_time_and_memory(
    monkeypatch: pytest.MonkeyPatch,
) -> None:
    # The bounds are of nerbench, not of nerbench under a tracer, which takes two to three times.
    monkeypatch.delenv("COVERAGE_PROCESS_CONFIG", raising=False)
    result = campaign(20_260_101, range(COUNT))
    assert result.finds == []
    assert result.cases == COUNT
    assert result.scored > COUNT // 3
    assert len(result.skipped) > 20


def _spoiled(folder: Path, recognizers: object) -> tuple[str, str]:
    """Return what becomes of a case with a reader that has every fault."""
    (record,) = folder.glob("*.md")
    match int(record.stem.split("-")[1]):
        case 2:
            return "", "TypeError: unforeseen"
        case 4:
            time.sleep(60)
        case 6:
            os._exit(11)
        case 7:
            return "no record", ""
    return "", ""


def _read_with_every_fault(
    pipe: Connection, seed: int, numbers: list[int], models: Sequence[str]
) -> None:
    with pytest.MonkeyPatch.context() as monkeypatch:
        monkeypatch.setattr("campaign._outcome", _spoiled)
        monkeypatch.setattr("campaign._batch", lambda cases, recognizers: ())
        monkeypatch.setattr("campaign.load_recognizer", lambda name: name)
        monkeypatch.setattr("campaign.evaluate", lambda *figures, **options: None)
        read_and_score(pipe, seed, numbers, models)


def test_a_campaign_tells_of_errors_hangs_and_crashes(monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.setattr("campaign._PATIENCE", 2.0)
    result = campaign(1, range(1, 9), work=_read_with_every_fault)
    assert [(find.number, find.what.split()[0]) for find in result.finds] == [
        (2, "TypeError:"),
        (4, "took"),
        (6, "ended"),
    ]
    assert (result.scored, result.skipped) == (4, {"no record": 1})


def test_a_case_is_written_as_the_files_that_it_is(tmp_path: Path) -> None:
    case = Case(1, 2, b"record", b"table", ())
    case.write(tmp_path)
    assert {path.name: path.read_bytes() for path in tmp_path.iterdir()} == {
        "1-2.md": b"record",
        "PMC1__fuzz2-genes.tsv": b"table",
    }
