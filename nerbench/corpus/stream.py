"""Read a corpus as a stream: records, tables and annotated texts, in files, folders, archives."""

from __future__ import annotations

import os
import re
import weakref
from collections.abc import Generator, Iterable, Iterator, Mapping
from dataclasses import replace
from hashlib import sha256
from pathlib import Path, PurePosixPath

from nerbench.corpus.annotated import AnnotatedReader, AnnotationLabels
from nerbench.corpus.archives import entries, table_entries
from nerbench.corpus.entry import without_companions
from nerbench.corpus.figure_reader import FigureReader
from nerbench.corpus.gene_id_map import GeneIdMap
from nerbench.corpus.joined_lists import NO_CAPTIONS, GeneLists
from nerbench.corpus.row_genes import GeneRows
from nerbench.errors import NerbenchError, RecordError
from nerbench.inputs import exists, shown
from nerbench.nomenclature.lexicon import Nomenclature, load_nomenclature
from nerbench.records import Figure, Problem
from nerbench.resources import shipped
from nerbench.spans.id_map import find_classes
from nerbench.spans.label_map import LabelMap
from nerbench.spans.respelling import respelling_notes
from nerbench.spans.usual_labels import list_labels
from nerbench.tabular.columns import ColumnNames


class Corpus:
    """The figures of one or more paths, in a fixed order, each id once, read anew each time.

    It can be iterated over as often as needed. ``len(corpus)`` reads it unless it has been read to
    its end before; ``corpus["FIGID"]`` and ``"FIGID" in corpus`` read it up to that figure.

    Attributes
    ----------
    paths : tuple of Path
        Records, annotated texts, folders and archives.
    skipped : list of Problem
        Files and documents that the last iteration could not read.
    figures : int
        Number of figures that it has read.
    rename : LabelMap
        The new labels of annotations.

    Examples
    --------
    >>> corpus = open_corpus()
    >>> len(corpus), corpus["PMC8714735__fonc-11-760971-g003"].pmcid
    (1, 'PMC8714735')
    >>> "PMC1__f1" in corpus
    False
    """

    def __init__(
        self,
        paths: Iterable[Path],
        nomenclature: Nomenclature,
        limit: int | None,
        id_map: Path | None = None,
        new_labels: Mapping[str, str] | None = None,
        columns: Mapping[str, str] | None = None,
    ) -> None:
        self.paths = tuple(paths)
        self.skipped: list[Problem] = []
        self.figures = 0
        self._length: int | None = None
        self._unstarted: weakref.ref[Generator[Figure, None, None]] | None = None
        self._read_ahead: list[Figure] | None = None
        self._nomenclature = nomenclature
        self._limit = limit
        self._tables = {path: id_map or find_classes(path) for path in self.paths}
        self._id_maps = {
            table: GeneIdMap() if table is None else GeneIdMap.read(table)
            for table in dict.fromkeys(self._tables.values())
        }
        self.rename = LabelMap(new_labels or {})
        self._labels = AnnotationLabels(self.rename)
        self._columns = ColumnNames(columns).named
        self._lists = GeneLists()

    def __repr__(self) -> str:
        length = "" if self._length is None else f": {self._length:,} figures"
        return f"Corpus({', '.join(map(shown, self.paths))}{length})"

    def __iter__(self) -> Iterator[Figure]:
        figures = self._figures()
        self._unstarted = weakref.ref(figures)
        return figures

    def __len__(self) -> int:
        if self._length is None:
            if self._unstarted is not None and self._unstarted() is not None:
                # `list` asks for the length once it has its iterator, which shall not read again.
                self._read_ahead = [*self._read_figures()]
                return len(self._read_ahead)
            return sum(1 for _ in self._read_figures())
        return self._length

    def expected(self) -> int | None:
        """Return about how many figures an iteration gives, without reading them.

        It is the number of records, or the limit; None where that is not known.
        """
        listed = [entry for path in self.paths if _is_listed(path) for entry in entries(path)]
        is_known = all(map(_is_listed, self.paths)) and all(entry.is_record for entry in listed)
        counts = [len(listed)] if is_known else []
        return min((*counts, *filter(None, [self._limit])), default=None)

    def __contains__(self, figid: object) -> bool:
        return any(figid in (figure.figid, figure) for figure in self)

    def __getitem__(self, figid: str) -> Figure:
        for figure in self:
            if figure.figid == figid:
                return figure
        raise KeyError(f"no figure {figid!r} among the {len(self):,} of {self!r}")

    @property
    def known_length(self) -> int | None:
        """The number of figures, None unless the corpus has been read to its end."""
        return self._length

    def _figures(self) -> Generator[Figure, None, None]:
        self._unstarted = None
        read_ahead, self._read_ahead = self._read_ahead, None
        yield from self._read_figures() if read_ahead is None else read_ahead

    def _read_figures(self) -> Iterator[Figure]:
        skipped: list[Problem] = []
        labels = AnnotationLabels(self.rename)
        self.skipped, self.figures, self._labels = skipped, 0, labels
        seen: dict[str, tuple[str, bytes]] = {}
        for item in self._read(labels):
            if self._limit is not None and len(seen) >= self._limit:
                break
            if isinstance(item, Problem):
                skipped.append(item)
                continue
            try:
                figure = _with_own_id(item, seen)
            except RecordError as error:
                skipped.append(Problem(item.source, str(error)))
                continue
            self.figures = len(seen)
            yield figure
        self._length = len(seen)

    def _read(self, labels: AnnotationLabels) -> Iterator[Figure | Problem]:
        """Yield the figures of all paths and what cannot be read.

        Annotated texts wait for the first gene that is marked: without any, nobody marked genes.
        """
        waiting: list[Figure] = []
        for item in self._read_paths(labels):
            if isinstance(item, Problem) or item.gold is None:
                yield item
                continue
            waiting.append(item)
            if labels.has_genes:
                yield from waiting
                waiting.clear()
        yield from (replace(figure, gold=None) for figure in waiting)

    def _read_paths(self, labels: AnnotationLabels) -> Iterator[Figure | Problem]:
        """Yield the figures of all paths; gene lists in files of their own are read first."""
        columns, lists = ColumnNames(self._columns), GeneLists()
        self._lists = lists
        readers = {
            table: FigureReader(
                self._nomenclature,
                AnnotatedReader(self._nomenclature, id_map, labels),
                columns,
                GeneRows(self._nomenclature, id_map),
                lists,
            )
            for table, id_map in self._id_maps.items()
        }
        for path in self.paths:
            for entry in table_entries(path):
                readers[self._tables[path]].collect_lists(entry)
        columns.check()
        yield from lists.problems
        for path in self.paths:
            for entry in entries(path):
                yield from readers[self._tables[path]].read(entry)
        if lists and not self.figures:
            yield Problem(lists.sources[0], NO_CAPTIONS)

    def notes(self) -> list[str]:
        """Return what the user should know of annotations and gene lists after an iteration.

        Examples
        --------
        >>> open_corpus().notes()
        []
        """
        notes = [f"corpus: {note}" for note in respelling_notes(self._labels.respelled)]
        notes += self._lists.notes()
        if self._labels.others:
            effect = "left out" if self._labels.has_genes else "no caption is marked for genes"
            notes.append(
                "corpus: annotations with other labels than genes: "
                f"{list_labels(self._labels.others)}; {effect} (--map LABEL=GENE names genes)"
            )
        return notes


def _is_listed(path: Path) -> bool:
    """Tell whether the names in a path can be had without reading it."""
    return path.is_dir() or path.suffix in (".md", ".zip")


def _with_own_id(figure: Figure, seen: dict[str, tuple[str, bytes]]) -> Figure:
    """Return a figure whose id is not seen yet, and add it to those that are.

    Documents of two files of a corpus may share an id without being the same: the later one gets
    the name of its file before its own. Raises RecordError if it is the same, or a record.
    """
    content = sha256(figure.caption.encode("utf-8", "surrogatepass")).digest()
    if (earlier := seen.get(figure.figid)) is not None:
        file = re.sub(r":\d+$", "", figure.source).rpartition(":")[2]
        longer = f"{PurePosixPath(file).stem}:{figure.figid}"
        if figure.gold is None or earlier[1] == content or longer in seen:
            raise RecordError(f"figure {figure.figid} was read from {earlier[0]} already")
        figure = replace(figure, figid=longer)
    seen[figure.figid] = figure.source, content
    return figure


def open_corpus(
    *paths: str | os.PathLike[str],
    nomenclature: Nomenclature | None = None,
    limit: int | None = None,
    id_map: str | os.PathLike[str] | None = None,
    new_labels: Mapping[str, str] | None = None,
    columns: Mapping[str, str] | None = None,
) -> Corpus:
    """Open records, tables and annotated texts for reading.

    Parameters
    ----------
    *paths
        Records; tables of captions and genes (CSV, TSV, JSON lines, Parquet, .xlsx, RDS), and gene
        lists (tables, GMT) that are joined with captions by their ids; PubTator, BioC and brat
        files; folders (read recursively), and .zip or .tar archives of them. All may be compressed
        by gzip, bzip2, xz or Zstandard. ``-`` is standard input. Without any, the record that
        nerbench ships (`nerbench.data.seed`).
    nomenclature
        Lexicons that assign keywords to organisms; by default those of `load_nomenclature`.
    limit
        Number of figures after which an iteration stops.
    id_map
        A table that maps identifiers of annotations to NCBI Gene ids: two columns (TSV, CSV), or
        JSON. By default, `equivalence_classes.json` in a corpus's folder or the one above it.
    new_labels
        New labels of annotations by pattern, in which ``*`` stands for any text: ``GENE`` for one
        that names genes, an empty one for one that does not.
    columns
        The columns of tables by what they hold, where they have no usual name:
        ``{"id": "figure", "caption": "legend", "genes": "targets"}``.

    Returns
    -------
    Corpus
        An iterable of `Figure`, which skips files and documents that cannot be read. The text of an
        annotated document is the caption, its annotations of genes are the gold, and their
        identifiers of genes of known organisms are the curated genes.

    Raises
    ------
    NerbenchError
        If a path does not exist or the table cannot be read. An iteration raises it if an archive
        is damaged, or no table has a column of ``columns``.
    TypeError
        If something that is given is no path, or ``columns`` is no mapping.

    Examples
    --------
    >>> corpus = open_corpus()
    >>> [figure.figid for figure in corpus]
    ['PMC8714735__fonc-11-760971-g003']
    >>> corpus.skipped
    []
    """
    for path in paths:
        if not isinstance(path, str | os.PathLike):
            raise TypeError(
                f"open_corpus takes paths, one by one: open_corpus(*paths); not {path!r:.60}"
            )
    if columns is not None and not isinstance(columns, Mapping):
        raise TypeError('columns is a mapping of fields to columns, such as {"id": "figure_id"}')
    roots = [Path(path) for path in paths] or [shipped("seeds")]
    for path in roots:
        if not exists(path):
            raise NerbenchError(f"{path}: no such file or folder")
    roots = without_companions(roots)
    table = None if id_map is None else Path(id_map)
    return Corpus(roots, nomenclature or load_nomenclature(), limit, table, new_labels, columns)
