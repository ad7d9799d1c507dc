"""Rebuilding the shipped lexicons from their sources gives the same tables."""

from __future__ import annotations

import gzip
import os
import subprocess
import sys
from importlib.metadata import PackageNotFoundError, distribution
from pathlib import Path

import pytest

import nerbench
from nerbench.nomenclature.build.packages import PACKAGES, bundled_other_words, bundled_words
from nerbench.nomenclature.misspellings import OTHER_WORDS

DATA = Path(nerbench.__file__).parent / "nomenclature" / "data"


def _missing() -> list[str]:
    missing = []
    for package in PACKAGES:
        try:
            distribution(package)
        except PackageNotFoundError:
            missing.append(package)
    return missing


pytestmark = pytest.mark.skipif(
    bool(_missing()), reason=f"needs the packages that carry the tables: {', '.join(_missing())}"
)


@pytest.mark.parametrize(("organism", "taxon"), [("human", "9606"), ("fly", "7227")])
def test_rebuilt_tables_equal_the_shipped_ones(tmp_path, organism, taxon):
    # In a process without the coverage tracer, under which the build takes twice as long.
    untraced = {name: value for name, value in os.environ.items() if "COVERAGE" not in name}
    command = ["-m", "nerbench", "lexicon", "build", "--organism", organism, "--from-packages"]
    subprocess.run([sys.executable, *command, "--out", str(tmp_path)], check=True, env=untraced)
    for table in ("genes.tsv.gz", "names.tsv.gz"):
        rebuilt = gzip.decompress((tmp_path / taxon / table).read_bytes())
        assert rebuilt == gzip.decompress((DATA / taxon / table).read_bytes())


def test_rebuilt_word_list_equals_the_shipped_one():
    shipped = (DATA / "english-words.txt.gz").read_bytes()
    assert gzip.decompress(bundled_words()) == gzip.decompress(shipped)


def test_rebuilt_list_of_words_near_those_of_names_equals_the_shipped_one():
    assert gzip.decompress(bundled_other_words()) == gzip.decompress(OTHER_WORDS.read_bytes())
