"""Read annotated texts as figures: the text is the caption, the annotations are the gold."""

from __future__ import annotations

import re
from collections import Counter
from collections.abc import Iterable, Iterator, Sequence
from dataclasses import replace
from pathlib import PurePosixPath

from nerbench.corpus.entry import Entry, printable
from nerbench.corpus.gene_id_map import GeneIdMap
from nerbench.corpus.record_values import MAX_CAPTION, check_figid, merge_genes
from nerbench.errors import RecordError
from nerbench.identifiers import names_no_gene, split_identifiers
from nerbench.nomenclature.gene_ids import gene_ids, locate
from nerbench.nomenclature.lexicon import Nomenclature
from nerbench.records import CuratedGene, Figure, Mention, Problem
from nerbench.spans.formats.brat import brat_document
from nerbench.spans.formats.reader import find_document_reader
from nerbench.spans.formats.text_files import check_texts
from nerbench.spans.label_map import LabelMap
from nerbench.spans.model import Document, Span
from nerbench.spans.offsets import find_respelled
from nerbench.spans.published_text import read_html
from nerbench.spans.respelling import respelling
from nerbench.spans.usual_labels import is_gene_label

_CONTROL = re.compile(r"[\x00-\x08\x0b-\x1f\x7f-\x9f\ud800-\udfff]")


class AnnotationLabels:
    """Tells annotations of genes by their labels, after ``rename``, and counts the others.

    Attributes
    ----------
    has_genes : bool
        Whether an annotation so far is of a gene. Without any, the texts are not marked for genes,
        and an empty gold says nothing.
    others : Counter
        The other annotations, by label.
    respelled : list of str
        Annotations whose text is another spelling of that at their offsets.

    >>> labels = AnnotationLabels(LabelMap({"Cytokine": "GENE"}))
    >>> labels.is_gene("Cytokine"), labels.is_gene("Cell"), labels.others
    (True, False, Counter({'Cell': 1}))
    """

    def __init__(self, rename: LabelMap) -> None:
        self.has_genes = False
        self.others: Counter[str] = Counter()
        self.respelled: list[str] = []
        self._rename = rename

    def is_gene(self, label: str) -> bool:
        if is_gene_label(self._rename(label)):
            self.has_genes = True
            return True
        self.others[_shown(label)] += 1
        return False


class AnnotatedReader:
    """Reads annotated texts as figures.

    The mentions with a gene's label are the gold. Their identifiers that are NCBI Gene ids of known
    organisms, or that ``id_map`` maps to such, are the curated list.
    """

    def __init__(
        self, nomenclature: Nomenclature, id_map: GeneIdMap, labels: AnnotationLabels
    ) -> None:
        self._genes: dict[str, tuple[CuratedGene, ...]] = {}  # by identifier
        self._nomenclature = nomenclature
        self._id_map = id_map
        self._labels = labels
        self._names = {organism.taxon: organism.name for organism in nomenclature.organisms}

    def accept_gold(self) -> None:
        """Take the texts as marked for genes, as a record or a table with gold says."""
        self._labels.has_genes = True

    def read(self, source: str, raw: bytes) -> Iterator[Figure | Problem] | None:
        """Return an iterator of the figures of a file and of what cannot be read in it; None if
        the file is no annotated text.

        Raises RecordError if the file is not UTF-8.
        """
        documents = find_document_reader(raw.decode("utf-8-sig", errors="replace"))
        if documents is None:
            return None
        return self._figures(_at_least_one(documents(_decode(raw), source), source))

    def read_brat(self, entry: Entry) -> Iterator[Figure | Problem]:
        """Return an iterator of the figure of a file of brat's. Raises RecordError."""
        words = entry.text_beside()
        if words is None:
            raise RecordError("brat annotations without their text: the .txt file is missing")
        docid = PurePosixPath(entry.name).stem
        document = brat_document(_decode(entry.read()), _decode(words), docid, entry.source)
        return self._figures([document])

    def _figures(self, documents: Iterable[Document | Problem]) -> Iterator[Figure | Problem]:
        for document in documents:
            if isinstance(document, Problem):
                yield Problem(document.source, printable(document.reason))
                continue
            if problem := next(check_texts(document), None):
                yield Problem(problem.source, printable(problem.reason))
                continue
            try:
                yield self._figure(document)
            except RecordError as error:
                yield Problem(document.place, printable(str(error)))

    def _figure(self, document: Document) -> Figure:
        """Return the figure. Raises RecordError if the document has no text, or too much."""
        if document.text is None:
            raise RecordError(f"document {document.docid} has no text")
        if len(document.text) > MAX_CAPTION:
            reason = f"has {len(document.text):,} characters, over {MAX_CAPTION:,}"
            raise RecordError(f"document {document.docid} {reason}")
        self._labels.respelled += (
            respelling(
                span.text or "",
                there,
                document.place_of(span),
            )
            for span, there in find_respelled(document.spans, document.text)
        )
        text, places = read_html(document.text)
        caption = _CONTROL.sub(" ", text)
        marked = [span for span in document.spans if self._labels.is_gene(span.label)]
        spans = marked if places is None else list(_moved(marked, places))
        curated = merge_genes(
            replace(gene, words=(" ".join(caption[span.start : span.end].split()),))
            for span in spans
            for identifier in _identifiers(span)
            for gene in self._genes_of(identifier)
        )
        return Figure(
            check_figid(" ".join(document.docid.split())),
            caption,
            organisms=tuple(dict.fromkeys(self._names[gene.taxon] for gene in curated)),
            curated=curated,
            gold=self._mentions(spans, caption),
            published="" if places is None else document.text,
            source=document.place,
        )

    def _genes_of(self, identifier: str) -> tuple[CuratedGene, ...]:
        """Return the genes of known organisms that an identifier means."""
        if identifier not in self._genes:
            numbers = gene_ids([identifier, *self._id_map[identifier]])
            places = ((gene, locate(gene, self._nomenclature)) for gene in numbers)
            self._genes[identifier] = tuple(
                CuratedGene(taxon, self._nomenclature[taxon].symbols[row], gene.number)
                for gene, (taxon, row) in ((gene, place) for gene, place in places if place)
            )
        return self._genes[identifier]

    def _mentions(self, spans: Sequence[Span], caption: str) -> tuple[Mention, ...]:
        """Return the spans as mentions in their order in the caption, those of one place as one.

        The gene ids that the table has for an identifier follow it.
        """
        by_place: dict[tuple[int, int], list[Span]] = {}
        for span in spans:
            by_place.setdefault((span.start, span.end), []).append(span)
        mentions = []
        for (start, end), same in sorted(by_place.items()):
            written = (identifier for span in same for identifier in _identifiers(span))
            ids = [gene_id for own in written for gene_id in (own, *self._id_map[own])]
            label = _shown(same[0].label)
            text = caption[start:end]
            mentions.append(Mention(start, end, text, label, ids=tuple(dict.fromkeys(ids))))
        return tuple(mentions)


def _moved(spans: Iterable[Span], places: Sequence[int]) -> Iterator[Span]:
    """Yield the spans where they stand in the text without its HTML; not those of a tag alone."""
    for span in spans:
        start, end = places[span.start], places[span.end]
        if start < end:
            yield replace(span, start=start, end=end)


def _at_least_one(
    documents: Iterator[Document | Problem], source: str
) -> Iterator[Document | Problem]:
    first = next(documents, Problem(source, "holds no document"))
    yield first
    yield from documents


def _decode(raw: bytes) -> str:
    try:
        return raw.decode("utf-8-sig")
    except UnicodeDecodeError as error:
        line = raw[: error.start].count(b"\n") + 1
        raise RecordError(f"line {line}: not UTF-8 (byte 0x{raw[error.start]:02x})") from None


def _shown(label: str) -> str:
    """Return a label without the identifier that the BioID corpus writes into it.

    >>> _shown("Uniprot:P17046"), _shown("CVCL_0030"), _shown("Gene_or_protein")
    ('Uniprot', 'CVCL', 'Gene_or_protein')
    """
    return "CVCL" if label.startswith("CVCL_") else label.partition(":")[0] or label


def _identifiers(span: Span) -> Iterator[str]:
    parts = (part for field in span.ids for part in field.split("|"))
    identifiers = (identifier for part in parts for identifier in split_identifiers(part))
    return (identifier for identifier in identifiers if not names_no_gene(identifier))
