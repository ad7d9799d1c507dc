"""Files are written whole or not at all."""

from __future__ import annotations

from pathlib import Path

import pytest

from nerbench.errors import NerbenchError
from nerbench.files import aside, write_file


def test_a_failed_write_leaves_the_earlier_file_and_nothing_beside_it(tmp_path: Path) -> None:
    write_file(tmp_path / "report.md", "old")
    with pytest.raises(KeyboardInterrupt), aside(tmp_path / "report.md") as part:
        part.write_text("ne")
        raise KeyboardInterrupt
    assert {path.name: path.read_text() for path in tmp_path.iterdir()} == {"report.md": "old"}


def test_a_missing_temporary_file_is_an_error(tmp_path: Path) -> None:
    reason = r"report\.md: cannot be written: No such file"
    with pytest.raises(NerbenchError, match=reason), aside(tmp_path / "report.md"):
        pass


def test_an_error_of_another_kind_is_passed_on(tmp_path: Path) -> None:
    with pytest.raises(ZeroDivisionError), aside(tmp_path / "report.md") as part:
        part.write_text("new")
        raise ZeroDivisionError
    assert list(tmp_path.iterdir()) == []
