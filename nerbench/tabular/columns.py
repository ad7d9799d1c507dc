"""Find the columns of a table by their names: the usual ones, or those that the user names."""

from __future__ import annotations

import re
from collections.abc import Iterable, Mapping, Sequence

from nerbench.errors import NerbenchError, did_you_mean

# Names without case and without anything but letters and digits; an earlier one counts first.
# PFOCR's tables of 2021 call the official symbol `hgnc_symbol` and the matched term `symbol`.
_USUAL_NAMES: dict[str, tuple[str, ...]] = {
    "id": ("figid", "figureid", "pfocrid", "id", "docid", "documentid", "figure", "fig"),
    "alias": ("figidalias", "alias"),
    "caption": (
        "caption", "figurecaption", "figcaption", "captiontext", "legend", "figurelegend", "text",
    ),
    "genes": (
        "genes", "ncbigenesymbol", "hgncsymbol", "officialsymbol", "genesymbols", "genesymbol",
        "genelist", "symbols", "symbol", "gene",
    ),
    "gene_ids": (
        "ncbigeneid", "ncbigeneids", "geneids", "geneid", "entrez", "entrezid", "entrezids",
        "entrezgeneid", "entrezgene", "ncbigene",
    ),
    "organism": ("organism", "organisms", "organismname", "species"),
    "organisms_ner": ("organismsner",),
    "taxon": ("taxon", "taxonid", "taxid", "ncbitaxid", "ncbitaxonid", "organismid"),
    "word": ("word", "words"),
    "match": ("match",),
    "title": ("figtitle", "figuretitle", "title"),
    "paper_title": ("papertitle",),
    "pmcid": ("pmcid", "pmc"),
    "number": ("number", "figurenumber"),
    "doi": ("doi",),
    "year": ("year", "publicationyear"),
    "journal": ("journaltitle", "journal"),
    "publisher": ("publishername", "publisher"),
}  # fmt: skip


class ColumnNames:
    """The column of each field: one that the user names, or else one of a usual name.

    ``usual_names`` are, for each field, names without case and without anything but letters and
    digits, the first first; by default those of tables of figures.

    Raises NerbenchError for a field that there is not.

    >>> names = ColumnNames({"caption": "text of the figure"})
    >>> names.find(["FigID", "Text of the figure", "Genes", "n"])
    {'id': 'FigID', 'caption': 'Text of the figure', 'genes': 'Genes'}
    """

    def __init__(
        self,
        named: Mapping[str, str] | None = None,
        usual_names: Mapping[str, tuple[str, ...]] = _USUAL_NAMES,
    ) -> None:
        self.named = dict(named or {})
        self._usual_names = usual_names
        self._unused = dict(self.named)
        self._columns: dict[str, None] = {}
        for field in self.named:
            if field not in usual_names:
                raise NerbenchError(
                    f"--columns {field}={self.named[field]}: no field {field!r} (fields are "
                    f"{', '.join(usual_names)}){did_you_mean(field, usual_names)}"
                )

    def find(self, columns: Sequence[str]) -> dict[str, str]:
        """Return the column of each field that a table has."""
        usual: dict[str, str] = {}
        for column in columns:
            usual.setdefault(_folded(column), column)
        fields = {}
        for field, names in self._usual_names.items():
            present = (usual[name] for name in names if name in usual)
            own = self._named_column(field, columns) or next(present, None)
            if own is not None:
                fields[field] = own
        return fields

    def see(self, columns: Sequence[str]) -> None:
        """Note the columns of a table of the corpus, for `check`."""
        self._columns |= dict.fromkeys(filter(None, map(_shortened, columns)))
        for field in self.named:
            if self._named_column(field, columns) is not None:
                self._unused.pop(field, None)

    def check(self) -> None:
        """Raise NerbenchError if a column that the user names is in no table that was noted."""
        for field, name in self._unused.items():
            if not self._columns:
                raise NerbenchError(f"--columns {field}={name}: the corpus has no table")
            columns = list(self._columns)
            raise NerbenchError(
                f"--columns {field}={name}: no table has this column (columns are "
                f"{list_columns(columns)}){did_you_mean(name, columns)}"
            )

    def _named_column(self, field: str, columns: Sequence[str]) -> str | None:
        name = self.named.get(field)
        if name is None:
            return None
        folded = name.strip().casefold()
        alike = (column for column in columns if column.strip().casefold() == folded)
        return name if name in columns else next(alike, None)


def parse_columns(rules: Iterable[str]) -> dict[str, str]:
    """Return the column of each field from rules, as the option ``--columns`` takes them.

    >>> parse_columns(["id=figure_id,caption=Legend, full text", "genes=targets"])
    {'id': 'figure_id', 'caption': 'Legend, full text', 'genes': 'targets'}
    >>> parse_columns(["figure_id"])
    Traceback (most recent call last):
    nerbench.errors.NerbenchError: --columns figure_id: write FIELD=COLUMN, such as id=figure_id
    """
    named: dict[str, str] = {}
    for rule in rules:
        for part in re.split(r",(?=\s*\w+\s*=)", rule):
            field, equals, column = (piece.strip() for piece in part.partition("="))
            if not (equals and field and column):
                raise NerbenchError(
                    f"--columns {part.strip()}: write FIELD=COLUMN, such as id=figure_id"
                )
            if named.setdefault(field, column) != column:
                raise NerbenchError(
                    f"--columns {part.strip()}: {field} is the column {named[field]!r} too"
                )
    return named


def list_columns(columns: Sequence[str]) -> str:
    """Return the names of columns for a message, the first twelve.

    >>> list_columns(["id", "caption"]), list_columns([""])
    ('id, caption', 'none')
    """
    names = [_shortened(column) for column in columns if column.strip()]
    more = f" and {len(names) - 12:,} more" if len(names) > 12 else ""
    return ", ".join(names[:12]) + more or "none"


def _shortened(column: str) -> str:
    name = " ".join(column.split())
    name = name if name.isprintable() else ascii(name)[1:-1]
    return name if len(name) <= 40 else name[:37] + "..."


def _folded(column: str) -> str:
    return "".join(filter(str.isalnum, column.casefold()))
