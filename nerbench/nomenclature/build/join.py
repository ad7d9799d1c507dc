"""Build the lexicon of a taxon from the tables that the sources publish.

Current HGNC (human) and FlyBase (fly) symbols win; what NCBI Gene still calls otherwise is
carried to them as a previous symbol. FamPlex gives the families and complexes of human
genes and the texts that authors use for them. The result is three small files in a folder
named after the taxon, with a `sources.yaml` that says where each fact comes from.
"""

from __future__ import annotations

import csv
import gzip
import hashlib
import re
import zlib
from collections import defaultdict
from collections.abc import Iterable, Iterator
from dataclasses import dataclass, field
from pathlib import Path

import yaml

from nerbench.errors import NerbenchError
from nerbench.files import writing
from nerbench.nomenclature.folding import fold, normalize_typography

__all__ = [
    "GeneRow",
    "Source",
    "Tables",
    "build_lexicon",
    "read_famplex",
    "read_flybase",
    "read_gene_info",
    "read_hgnc",
    "write_lexicon",
]

FORMAT = 1  # raise when the tables or the folding they rest on change

csv.field_size_limit(1 << 24)


@dataclass(frozen=True, slots=True)
class Source:
    """Where facts come from: title, date of the release, licence, address."""

    title: str
    date: str
    licence: str
    address: str


@dataclass(slots=True)
class GeneRow:
    """One gene as a source tells it; `other_ids` link it to the other sources."""

    gene_id: str
    symbol: str
    full_names: list[str] = field(default_factory=list)
    previous: list[str] = field(default_factory=list)
    synonyms: list[str] = field(default_factory=list)
    other_ids: tuple[str, ...] = ()
    uniprot: tuple[str, ...] = ()


@dataclass(frozen=True, slots=True)
class Families:
    """FamPlex: family names to member symbols, and texts that mean single genes."""

    members: dict[str, tuple[str, ...]]
    synonyms: dict[str, tuple[str, ...]]


def _rows(path: Path, columns: set[str]) -> Iterator[dict[str, str]]:
    """Rows of a tab-separated table, gzipped or not, checked for its columns."""
    try:
        raw = gzip.decompress(path.read_bytes()) if path.suffix == ".gz" else path.read_bytes()
        text = raw.decode("utf-8")
    except (OSError, EOFError, zlib.error, UnicodeDecodeError) as error:
        raise NerbenchError(f"{path}: cannot be read: {error}") from None
    lines = text.splitlines()
    # NCBI and FlyBase write the header as a comment; FlyBase puts more comments before it.
    rest = iter(lines)
    for line in rest:
        header = line.lstrip("#").split("\t")
        if columns <= set(header):
            break
    else:
        raise NerbenchError(
            f"{path}: no line has the columns {', '.join(sorted(columns))}; is it the right file?"
        )
    data = (line for line in rest if line and not line.startswith("#"))
    for row in csv.DictReader(data, header, delimiter="\t", quoting=csv.QUOTE_NONE):
        if any(row[column] is None for column in columns):
            raise NerbenchError(f"{path}: a row is cut short: {next(iter(row.values()))!r}")
        yield row


def _split(cell: str | None, by: str = "|") -> list[str]:
    parts = (part.strip().strip('"') for part in (cell or "").split(by))
    return [part for part in parts if part and part != "-"]


def read_gene_info(path: Path, taxon: int) -> list[GeneRow]:
    """Genes of one taxon in NCBI Gene's ``*.gene_info`` (gzipped or not).

    Raises NerbenchError if the file is no gene_info or holds no gene of the taxon.
    """
    columns = {"tax_id", "GeneID", "Symbol", "Synonyms", "description", "Other_designations"}
    genes = [
        GeneRow(
            gene_id=row["GeneID"],
            symbol=row["Symbol"],
            full_names=[
                *_split(row.get("Full_name_from_nomenclature_authority")),
                *_split(row["description"]),
                *_split(row["Other_designations"]),
            ],
            synonyms=_split(row["Synonyms"]),
            other_ids=tuple(
                x.removeprefix("HGNC:").removeprefix("FLYBASE:") for x in _split(row.get("dbXrefs"))
            ),
        )
        for row in _rows(path, columns)
        if row["tax_id"] == str(taxon) and row["Symbol"] != "NEWENTRY"
    ]
    if not genes:
        raise NerbenchError(f"{path}: holds no gene of taxon {taxon}")
    return genes


def read_hgnc(path: Path) -> list[GeneRow]:
    """The HGNC complete set (TSV). Raises NerbenchError if the columns are missing."""
    return [
        GeneRow(
            gene_id=row.get("entrez_id") or row["hgnc_id"],
            symbol=row["symbol"],
            full_names=[
                *_split(row["name"]),
                *_split(row.get("alias_name")),
                *_split(row.get("prev_name")),
            ],
            previous=_split(row["prev_symbol"]),
            synonyms=_split(row["alias_symbol"]),
            other_ids=(row["hgnc_id"],),
            uniprot=tuple(_split(row.get("uniprot_ids"))),
        )
        for row in _rows(path, {"hgnc_id", "symbol", "name", "alias_symbol", "prev_symbol"})
        if row.get("status", "Approved") in ("Approved", "")
    ]


def read_flybase(path: Path) -> list[GeneRow]:
    """D. melanogaster genes of FlyBase's ``fb_synonym_*.tsv``.

    Raises NerbenchError if the columns are missing.
    """
    columns = {"primary_FBid", "organism_abbreviation", "current_symbol", "current_fullname"}
    return [
        GeneRow(
            gene_id=row["primary_FBid"],
            symbol=row["current_symbol"],
            full_names=[
                *_split(row["current_fullname"]),
                *_split(row.get("fullname_synonym(s)")),
            ],
            synonyms=_split(row.get("symbol_synonym(s)")),
            other_ids=(row["primary_FBid"],),
        )
        for row in _rows(path, columns)
        if row["primary_FBid"].startswith("FBgn") and row["organism_abbreviation"] == "Dmel"
    ]


def read_famplex(folder: Path) -> Families:
    """FamPlex's ``relations.csv`` and ``grounding_map.csv`` in a folder.

    Members are followed through subfamilies and subcomplexes. Source: Bachman, Gyori and
    Sorger, BMC Bioinformatics 2018. Raises NerbenchError if a file is missing.
    """
    try:
        relations = _csv(folder / "relations.csv")
        groundings = _csv(folder / "grounding_map.csv")
    except OSError as error:
        raise NerbenchError(f"{error.filename}: FamPlex's table cannot be read") from None
    children: dict[str, list[tuple[str, str]]] = defaultdict(list)
    for space, name, _, parent_space, parent in (row[:5] for row in relations if len(row) >= 5):
        if parent_space == "FPLX":
            children[parent].append((space, name))

    def members(family: str, above: frozenset[str] = frozenset()) -> set[str]:
        found: set[str] = set()
        for space, name in children.get(family, ()):
            if space == "HGNC":
                found.add(name)
            elif space == "FPLX" and name not in above:
                found |= members(name, above | {family})
        return found

    by_family = {family: tuple(sorted(members(family))) for family in sorted(children)}
    names: dict[str, set[str]] = defaultdict(set)
    synonyms: dict[str, set[str]] = defaultdict(set)
    for family, genes in by_family.items():
        names[family].update(genes)
    for row in groundings:
        text, pairs = row[0], list(zip(row[1::2], row[2::2], strict=False))
        for space, target in pairs:
            if space == "FPLX":
                names[text].update(by_family.get(target, ()))
            elif space in ("HGNC", "UP") and len(text) > 2:
                synonyms[text].add(target)
    return Families(
        members={name: tuple(sorted(genes)) for name, genes in names.items() if genes},
        synonyms={text: tuple(sorted(found)) for text, found in synonyms.items()},
    )


def _csv(path: Path) -> list[list[str]]:
    with path.open(encoding="utf-8", newline="") as file:
        return [row for row in csv.reader(file) if row]


# Designations that name no gene: isoforms, placeholders, library clones.
_NO_NAME = re.compile(
    r"-P[A-Z]{1,2}$|gene product from transcript|uncharacterized|hypothetical|^LOC\d+$"
    r"|^Dmel[_\\]|^Dmel$|^CT\d+$|^FBpp|^anon-|^clone|^[EB]G:|^BcDNA|^similar to|predicted protein"
    r"|^(?!14-3-3$)[\d/\W]+$",
    re.IGNORECASE,
)
_GENERIC = frozenset(
    fold(name)
    for name in (
        "protein, proteins, antigen, antigens, receptor, enzyme, kinase, phosphatase, gene, "
        "pseudogene, factor, ligand, none, unknown, peptide, polypeptide, subunit, precursor, "
        "isoform, homolog, autoantigen, oncogene, complex, channel, transporter, inhibitor, "
        "activator, hormone, reductase, dehydrogenase, oxidoreductase, transferase, "
        "methyltransferase, methyl transferase, protease, glucosyltransferase, "
        "glycosyltransferase, acetyltransferase, hydrolase, hydroxylase, ligase, desaturase, "
        "synthase, synthetase, oxidase, peroxidase, phosphodiesterase, esterase, lyase, "
        "isomerase, mutase, carboxylase, decarboxylase, polymerase, helicase, nuclease, "
        "endonuclease, exonuclease, peptidase, endopeptidase, proteinase, lipase, cytochrome, "
        "transcription factor, transcriptional repressor, transcriptional activator, growth "
        "factor, adaptor protein, adapter protein, protein kinase, tyrosine kinase, membrane "
        "protein, zinc finger protein, nuclear receptor, binding protein, protein 1, protein "
        "2, III, II, IV, I"
    ).split(", ")
)


def _clean(name: str) -> str | None:
    """A usable spelling of a name, or None for what names no gene."""
    name = re.sub(r"_(?:HUMAN|DROME|MOUSE)$", "", name.replace("[[", "").replace("]]", ""))
    name = normalize_typography(re.sub(r"\s*\[(?:Homo sapiens|Drosophila melanogaster)\]$", "", name))
    if len(name) < 2 or len(name) > 120 or _NO_NAME.search(name) or fold(name) in _GENERIC:
        return None
    return name


class _Draft:
    """The genes and names gathered so far, keyed by row."""

    def __init__(self) -> None:
        self.genes: list[GeneRow] = []
        self.by_id: dict[str, int] = {}
        self.by_symbol: dict[str, int] = {}
        self.by_previous: dict[str, set[int]] = defaultdict(set)
        self.names: dict[tuple[str, str], dict[str, set[int]]] = defaultdict(dict)

    def add(self, gene: GeneRow) -> int:
        row = len(self.genes)
        self.genes.append(gene)
        self.by_symbol.setdefault(gene.symbol, row)
        for old in gene.previous:
            self.by_previous[old].add(row)
        self.attach(gene, row)
        return row

    def attach(self, gene: GeneRow, row: int) -> None:
        for identifier in (gene.gene_id, *gene.other_ids):
            self.by_id.setdefault(identifier, row)
        official = self.genes[row].symbol
        if gene.symbol != official:
            self.name(gene.symbol, "previous", row)
        for kind, texts in (
            ("previous", gene.previous),
            ("synonym", gene.synonyms),
            ("full_name", gene.full_names),
        ):
            for text in texts:
                self.name(text, kind, row)

    def name(self, text: str, kind: str, row: int) -> None:
        cleaned = _clean(text)
        if cleaned and (key := fold(cleaned)):
            self.names[key, kind].setdefault(cleaned, set()).add(row)

    def find(self, gene: GeneRow) -> int | None:
        """The row that a further source means: by identifier, symbol, or former symbol."""
        for identifier in (gene.gene_id, *gene.other_ids):
            if identifier in self.by_id:
                return self.by_id[identifier]
        if gene.symbol in self.by_symbol:
            return self.by_symbol[gene.symbol]
        former = self.by_previous.get(gene.symbol, set())
        return next(iter(former)) if len(former) == 1 else None

    def by_any_symbol(self, symbol: str) -> set[int]:
        if symbol in self.by_symbol:
            return {self.by_symbol[symbol]}
        return self.by_previous.get(symbol, set())


@dataclass(frozen=True, slots=True)
class Tables:
    """A built lexicon, ready to be written: rows of the two tables."""

    genes: list[tuple[str, str, str, str]]
    names: list[tuple[str, str, str, str]]


def build_lexicon(
    primary: Iterable[GeneRow],
    secondary: Iterable[GeneRow] = (),
    families: Families | None = None,
) -> Tables:
    """Join the sources of one taxon; the first one's symbols are the official ones.

    A gene of `secondary` (NCBI Gene) that the primary source does not know is kept under
    its own symbol, but for uncharacterised ``LOC`` loci.

    >>> hgnc = [GeneRow("3576", "CXCL8", previous=["IL8"], synonyms=["NAP-1"])]
    >>> ncbi = [GeneRow("3576", "IL8", synonyms=["GCP-1"])]
    >>> tables = build_lexicon(hgnc, ncbi)
    >>> tables.genes
    [('3576', 'CXCL8', 'cxcl8', '')]
    >>> [row[:3] for row in tables.names]
    [('gcp1', 'GCP-1', 'synonym'), ('il8', 'IL8', 'previous'), ('nap1', 'NAP-1', 'synonym')]
    """
    draft = _Draft()
    for gene in primary:
        draft.add(gene)
    for gene in secondary:
        row = draft.find(gene)
        if row is not None:
            known = draft.genes[row]
            if not known.gene_id.isdigit() and gene.gene_id.isdigit():
                known.gene_id = gene.gene_id  # the NCBI id is the one that records use
            draft.attach(gene, row)
        elif not re.fullmatch(r"LOC\d+", gene.symbol):
            draft.add(gene)
    if families is not None:
        _add_families(draft, families)
    order = sorted(range(len(draft.genes)), key=lambda row: _natural(draft.genes[row]))
    place = {row: at for at, row in enumerate(order)}
    genes = [
        (gene.gene_id, gene.symbol, fold(gene.symbol), (gene.full_names or [""])[0])
        for gene in (draft.genes[row] for row in order)
    ]
    names = []
    for (key, kind), spellings in draft.names.items():
        merged: dict[tuple[int, ...], str] = {}
        for name, rows in sorted(spellings.items()):
            members = tuple(sorted(place[row] for row in rows))
            merged.setdefault(members, name)
        for members, name in merged.items():
            is_symbol = kind != "family" and all(genes[m][2] == key for m in members)
            if not is_symbol:  # a spelling of the official symbol adds nothing
                names.append((key, name, kind, " ".join(map(str, members))))
    return Tables(genes, sorted(names))


def _natural(gene: GeneRow) -> tuple[int, str, str]:
    number = int(gene.gene_id) if gene.gene_id.isdigit() else 1 << 62
    return (number, gene.gene_id, gene.symbol)


def _add_families(draft: _Draft, families: Families) -> None:
    by_uniprot: dict[str, set[int]] = defaultdict(set)
    for row, gene in enumerate(draft.genes):
        for accession in gene.uniprot:
            by_uniprot[accession].add(row)
    for text, targets in families.synonyms.items():
        for target in targets:
            rows = draft.by_any_symbol(target) | by_uniprot.get(target, set())
            for row in rows if len(rows) == 1 else ():
                draft.name(text, "synonym", row)
    for name, symbols in families.members.items():
        for symbol in symbols:
            for row in draft.by_any_symbol(symbol):
                draft.name(name, "family", row)


def write_lexicon(
    tables: Tables, organism_yaml: str, sources: Iterable[Source], folder: Path
) -> None:
    """Write a lexicon's folder: `organism.yaml`, `genes.tsv.gz`, `names.tsv.gz`, `sources.yaml`.

    The bytes depend on the tables alone (no time stamps). Raises NerbenchError if the
    folder cannot be written.
    """
    with writing(folder):
        folder.mkdir(parents=True, exist_ok=True)
        (folder / "organism.yaml").write_text(organism_yaml, encoding="utf-8")
        digest = hashlib.sha256()
        for file, header, rows in (
            ("genes.tsv.gz", ("gene_id", "symbol", "key", "name"), tables.genes),
            ("names.tsv.gz", ("key", "name", "kind", "genes"), tables.names),
        ):
            raw = "".join("\t".join(row) + "\n" for row in (header, *rows)).encode("utf-8")
            digest.update(raw)
            (folder / file).write_bytes(gzip.compress(raw, 9, mtime=0))
        facts = {
            "format": FORMAT,
            "digest": digest.hexdigest()[:16],
            "genes": len(tables.genes),
            "names": len(tables.names),
            "sources": [
                {"title": s.title, "date": s.date, "licence": s.licence, "address": s.address}
                for s in sources
            ],
        }
        (folder / "sources.yaml").write_text(
            yaml.safe_dump(facts, sort_keys=False, allow_unicode=True, width=100), encoding="utf-8"
        )
