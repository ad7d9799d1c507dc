"""Phrases that readers of the pages and messages stumbled over, and what stands for them."""

from __future__ import annotations

from pathlib import Path

import pytest

ROOT = Path(__file__).resolve().parents[2]
TEXTS = [
    path
    for folder, pattern in (
        ("nerbench", "**/*.py"),
        ("nerbench/reports/templates", "**/*"),
        ("docs", "*.md"),
        (".", "README.md"),
    )
    for path in sorted((ROOT / folder).glob(pattern))
    if path.is_file()
]

PHRASES = {
    "goes on where it was": "resumes",
    "hits nothing": "is not on the list",
    "what to mend first": "what to fix first",
    "human against fly": "Human vs fly",
    "again for more": "repeatable",
}


@pytest.mark.parametrize("phrase", PHRASES)
def test_a_plain_phrase_stands_for_an_idiom(phrase: str) -> None:
    users = [
        str(path.relative_to(ROOT))
        for path in TEXTS
        if phrase in path.read_text(encoding="utf-8").lower()
    ]
    assert users == [], f"write {PHRASES[phrase]!r}"
