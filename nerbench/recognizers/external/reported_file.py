"""A file or folder of mentions by figure, in any format that its content tells."""

from __future__ import annotations

from collections import Counter
from collections.abc import Callable, Collection, Sequence
from dataclasses import dataclass, field, replace
from hashlib import sha256
from pathlib import Path
from typing import Self

from nerbench.errors import NerbenchError, RecognizerError, RecordError
from nerbench.figure_ids import is_paper
from nerbench.inputs import open_unpacked, read_input, shown, unpacked_name, unpacking_errors
from nerbench.recognizers.cards import digest
from nerbench.recognizers.external.document_index import DocumentIndex
from nerbench.recognizers.external.gene_lists import is_gene_table
from nerbench.recognizers.external.mentions import ReportedMention
from nerbench.recognizers.external.prediction_formats import (
    ReportedDocument,
    is_json_line,
    read_annotated,
    read_json_line,
)
from nerbench.recognizers.gene_labels import gene_labels
from nerbench.records import Figure, Problem
from nerbench.spans.usual_labels import list_labels


@dataclass(slots=True)
class ReportedFile:
    """The documents of a file by figure id, the first of each id; what of it cannot be used; notes
    on how it was read; the digest of its content; and the ids of the documents that were found.
    """

    path: Path
    documents: dict[str, ReportedDocument] = field(default_factory=dict)
    problems: list[Problem] = field(default_factory=list)
    notes: list[str] = field(default_factory=list)
    digest: str = ""
    used: set[str] = field(default_factory=set)
    _index: DocumentIndex | None = None

    @classmethod
    def read(cls, path: Path, content: str = "prediction") -> Self:
        """Read a file of predictions in any format, or a folder of files of brat or BioC.

        Raises NerbenchError if it cannot be read, or holds no document.
        """
        file = cls(path)
        file.digest = file._read_annotated() if path.is_dir() else file._read_lines()
        if not file.documents:
            first = f" ({file.problems[0]})" if file.problems else ""
            if not path.is_dir() and not read_input(path).strip():
                first = " (it is empty)"
            example = '{"id": FIGID, "mentions": [{"start": 0, "end": 4, "text": "IL-6"}]}'
            raise NerbenchError(f"{file.source}: holds no {content}{first}; a line is {example}")
        return file

    @property
    def source(self) -> str:
        """The file as messages name it."""
        return shown(self.path)

    @property
    def has_spans(self) -> bool:
        """Return whether no document is a list of genes."""
        return all(document.listed is None for document in self.documents.values())

    def find(self, figure: Figure) -> ReportedDocument | None:
        """Return the document of a figure, and note that it is used: that of its id, of another
        spelling of it, or one without an id that has its caption; None if there is none.
        """
        docid = figure.figid
        if docid not in self.documents:
            self._index = self._index or DocumentIndex(self.documents.values())
            docid = self._index.find(figure) or ""
        if docid in self.documents:
            self.used.add(docid)
        return self.documents.get(docid)

    @property
    def names_papers(self) -> bool:
        """Return whether documents go by the id of a paper, so that `resolve_papers` is needed."""
        return any(doc.paper or is_paper(figid) for figid, doc in self.documents.items())

    def resolve_papers(self, figures: Sequence[tuple[str, str]]) -> None:
        """Assign the documents that go by the id of a paper to its figure, if there is only one
        among all figures of a corpus.
        """
        self._index = DocumentIndex(self.documents.values())
        self.problems += self._index.resolve_papers(figures)

    def _read_lines(self) -> str:
        content = sha256()
        name = unpacked_name(self.path.name).lower()
        is_json = False
        try:
            with open_unpacked(self.path) as lines:
                for number, line in enumerate(lines, start=1):
                    content.update(line)
                    if line.strip() or is_gene_table(self.path):
                        is_json = is_json or (
                            not is_gene_table(self.path) and is_json_line(line, name)
                        )
                        if not is_json:
                            return self._read_annotated()
                        self._read_line(line, number)
        except unpacking_errors() as error:
            raise NerbenchError(f"{self.source}: its compression is damaged: {error}") from None
        except OSError as error:
            reason = error.strerror or error
            raise NerbenchError(f"{self.source}: cannot be read: {reason}") from None
        return content.hexdigest()[:16]

    def _read_annotated(self) -> str:
        documents, self.problems, self.notes = read_annotated(self.path)
        for document in documents:
            self._add(document)
        is_stored = self.path.is_dir() or self.path.is_file()
        return digest(files=self.path) if is_stored else digest(read_input(self.path))

    def _read_line(self, line: bytes, number: int) -> None:
        try:
            document = read_json_line(line, self.source, number)
        except RecordError as error:
            self.problems.append(Problem(f"{self.source}:{number}", str(error)))
        else:
            self.problems += document.problems
            self._add(document)

    def _add(self, document: ReportedDocument) -> None:
        first = self.documents.setdefault(document.figid, document)
        if first is not document:
            earlier = first.place().replace(f"{self.source}:", "on line ")
            reason = f"figure {document.figid} stands {earlier} already"
            problem = Problem(document.place(), reason)
            self.problems.append(problem)
            self.documents[document.figid] = replace(first, problems=(*first.problems, problem))

    def filter(self, counts: Callable[[ReportedMention], bool]) -> None:
        """Leave out the mentions that do not count."""
        for figid, document in self.documents.items():
            mentions = tuple(filter(counts, document.mentions))
            self.documents[figid] = replace(document, mentions=mentions)

    def keep_genes(
        self,
        labels: Collection[str] | None,
        label_of: Callable[[ReportedMention], str | None] = lambda mention: mention.label,
        remedy: str = "name those that count as genes in a card (kind: predictions)",
    ) -> None:
        """Leave out the mentions whose label is not one of ``labels``, by default the usual ones
        of genes, or the only label that there is; note which. Mentions without a label stay.

        Raises NerbenchError, naming the labels, if the file has none that counts.
        """
        counts = Counter(
            label
            for document in self.documents.values()
            for label in map(label_of, document.mentions)
            if label
        )
        try:
            genes = gene_labels(counts, labels, is_complete=False, remedy=remedy)
        except RecognizerError as error:
            raise NerbenchError(f"{self.source}: {error}") from None
        if others := {label: counts[label] for label in counts.keys() - genes}:
            self.filter(lambda mention: not (label := label_of(mention)) or label in genes)
            self.notes.append(f"mentions with other labels: {list_labels(others)}; left out")
