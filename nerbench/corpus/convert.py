"""Write figures as a folder of records, or as one Parquet file, from which they are read again."""

from __future__ import annotations

import shutil
from collections.abc import Collection, Iterable
from contextlib import suppress
from hashlib import sha256
from pathlib import Path
from typing import Any
from urllib.parse import quote

import polars as pl
import yaml

from nerbench.corpus.figure_fields import figure_fields
from nerbench.errors import NerbenchError
from nerbench.files import aside, writing
from nerbench.inputs import is_standard_input
from nerbench.records import Figure
from nerbench.tabular.open_table import SUFFIXES

_MAX_NAME = 120  # characters of a file's name
_RECORD = ".md"
_PARQUET = ".parquet"
_OTHER_SUFFIXES = frozenset(
    (*SUFFIXES, *".json .md .yaml .yml .txt .xml .zip .tar .tgz .gz .bz2 .xz .zst".split())
) - {_PARQUET}
_TEXT, _TEXTS = pl.String(), pl.List(pl.String())
_GENE = pl.Struct(
    {
        "taxon": pl.Int64(),
        "symbol": _TEXT,
        "gene_id": _TEXT,
        "words": _TEXTS,
        "parts": pl.List(pl.Struct({"word": _TEXT, "part": _TEXT})),
    }
)
_MENTION = pl.Struct(
    {
        "start": pl.Int64(),
        "end": pl.Int64(),
        "text": _TEXT,
        "label": _TEXT,
        "score": pl.Float64(),
        "ids": _TEXTS,
    }
)
_TYPES: dict[str, pl.DataType] = {
    "organisms": _TEXTS,
    "organisms_ner": _TEXTS,
    "curated": pl.List(_GENE),
    "unassigned": _TEXTS,
    "gold": pl.List(_MENTION),
}
"""The types of columns that are no text."""


def check_out(out: Path, force: bool) -> None:
    """Raise NerbenchError if figures cannot be written to a path.

    With ``force``, a file or a folder of records that is there is replaced.
    """
    if is_standard_input(out):
        raise NerbenchError(f"-: give a folder, or a file that ends with {_PARQUET}")
    suffix = out.suffix.lower()
    if suffix in _OTHER_SUFFIXES and not out.is_dir():
        raise NerbenchError(
            f"{out}: corpora are written as records, into a folder, or as one file that ends with "
            f"{_PARQUET}"
        )
    if not out.exists() or (out.is_dir() and not any(out.iterdir())):
        return
    if not force:
        raise NerbenchError(f"{out}: exists already; name a new one, or replace it by --force")
    if out.is_dir() != (suffix != _PARQUET):
        raise NerbenchError(f"{out}: is {'a' if out.is_dir() else 'no'} folder; name another")
    if out.is_dir() and (others := [p.name for p in out.iterdir() if p.suffix != _RECORD]):
        raise NerbenchError(f"{out}: holds other files than records ({others[0]}); name another")


def write_corpus(figures: Iterable[Figure], out: Path) -> int:
    """Write figures to a folder of records, or to a Parquet file, by its suffix; all or none.

    Returns how many there are. Raises NerbenchError if they cannot be written.
    """
    if out.suffix.lower() == _PARQUET:
        return _write_parquet(figures, out)
    return _write_records(figures, out.absolute())


def _write_parquet(figures: Iterable[Figure], out: Path) -> int:
    rows = [figure_fields(figure) for figure in figures]
    if not rows:
        return 0
    schema = {column: _TYPES.get(column, _TEXT) for column in rows[0]}
    with writing(out):
        out.parent.mkdir(parents=True, exist_ok=True)
    with aside(out) as part:
        pl.DataFrame(rows, schema=schema).write_parquet(part)
    return len(rows)


def _write_records(figures: Iterable[Figure], out: Path) -> int:
    part = out.with_name(f".{out.name}.part")
    names: set[str] = set()
    with writing(out):
        try:
            shutil.rmtree(part, ignore_errors=True)
            part.mkdir(parents=True)
            for figure in figures:
                path = part / _file_name(figure.figid, names)
                path.write_text(record_text(figure), encoding="utf-8", newline="\n")
            if names:
                _replace(out, part)
        finally:
            shutil.rmtree(part, ignore_errors=True)
    return len(names)


def _replace(out: Path, part: Path) -> None:
    """Put a folder in the place of another, which is there until then."""
    old = out.with_name(f".{out.name}.old")
    with suppress(FileNotFoundError):
        out.rename(old)
    try:
        part.rename(out)
    except OSError:
        with suppress(FileNotFoundError):
            old.rename(out)
        raise
    shutil.rmtree(old, ignore_errors=True)


def record_text(figure: Figure) -> str:
    """Return a record that is read as the same figure.

    >>> print(record_text(Figure("PMC1__f1", "IL-6 binds")), end="")
    ---
    "figid": "PMC1__f1"
    "caption": "IL-6 binds"
    "curated": []
    ---
    """
    needed = {"caption", "curated"} | ({"gold"} if figure.gold is not None else set())
    block = yaml.dump(
        _without_absent(figure_fields(figure), needed),
        Dumper=yaml.CSafeDumper,
        allow_unicode=True,
        default_style='"',
        sort_keys=False,
        width=1 << 20,
    )
    return f"---\n{block}---\n"


def _without_absent(value: Any, needed: Collection[str] = ()) -> Any:
    """Return fields without those that are empty, but for needed ones, at any depth."""
    if isinstance(value, list):
        return [_without_absent(entry) for entry in value]
    if not isinstance(value, dict):
        return str(value)  # a record has strings only
    return {
        field: _without_absent(entry)
        for field, entry in value.items()
        if entry not in (None, "", []) or field in needed
    }


def _file_name(figid: str, names: set[str]) -> str:
    """Return the name of a record's file, no other's on any file system, and add it to them."""
    stem = quote(figid, safe=" ()+,;=@[]{}~").replace(".", "%2E", int(figid.startswith(".")))
    if len(stem) > _MAX_NAME or stem.casefold() in names:
        digest = sha256(figid.encode()).hexdigest()[:12]
        stem = f"{stem[: _MAX_NAME - 13]}-{digest}"
    names.add(stem.casefold())
    return stem + _RECORD
