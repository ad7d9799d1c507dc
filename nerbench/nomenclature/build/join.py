"""Join the sources of a taxon into a lexicon, and write it.

HGNC's and FlyBase's symbols are the official ones; another symbol in NCBI Gene becomes a previous
one. FamPlex gives families, complexes, and the texts that authors use.
"""

from __future__ import annotations

import gzip
import hashlib
import re
from collections import defaultdict
from collections.abc import Collection, Iterable, Sequence
from dataclasses import asdict, dataclass
from pathlib import Path

import yaml

from nerbench.files import writing
from nerbench.folding import fold, normalize_typography
from nerbench.nomenclature.build.derive import (
    collagens,
    is_stem_of_genes,
    lettered_families,
    micro_rnas,
    name_families,
    shortened,
    symbol_families,
    variants,
    without_homolog,
)
from nerbench.nomenclature.build.respell import respellings
from nerbench.nomenclature.build.sources import GeneRow, NameTable, Source
from nerbench.nomenclature.build.trust import Link, Trust, judge
from nerbench.nomenclature.index import write_index

FORMAT = 2  # raise when the tables or the folding they rest on change
NAME_COLUMNS = ("key", "name", "kind", "source", "trust", "genes")
KINDS = ("previous", "synonym", "full_name", "usage", "family")
DERIVED = "derived"
_MAX_NAME_LENGTH = 120  # characters; longer designations are descriptions

# Designations of isoforms, placeholders, library clones and the like.
_NOT_A_NAME = re.compile(
    r"-P[A-Z]{1,2}$|gene product from transcript|uncharacterized|hypothetical|^LOC\d+$"
    r"|^Dmel[_\\]|^Dmel$|^CT\d+$|^FBpp|^anon-|^clone|^[EB]G:|^BcDNA|^similar to|predicted protein"
    r"|^(?!14-3-3$)[\d/\W]+$",
    re.IGNORECASE,
)
# Words that name a kind of gene, not a gene.
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


def _clean(designation: str) -> str | None:
    """Return a usable spelling of a designation, or None if it does not name a gene."""
    name = re.sub(r"_(?:HUMAN|DROME|MOUSE)$", "", designation.replace("[[", "").replace("]]", ""))
    name = normalize_typography(
        re.sub(r"\s*\[(?:Homo sapiens|Drosophila melanogaster)\]$", "", name)
    )
    if not 2 <= len(name) <= _MAX_NAME_LENGTH or _NOT_A_NAME.search(name) or fold(name) in _GENERIC:
        return None
    return name


class _Draft:
    """The genes and names gathered so far.

    `links` maps a folded form to the genes that have it as a name, `family_links` to the members of
    the family of this name.
    """

    def __init__(self) -> None:
        self.genes: list[GeneRow] = []
        self.by_id: dict[str, int] = {}
        self.by_symbol: dict[str, int] = {}
        self.by_previous: dict[str, set[int]] = defaultdict(set)
        self.links: dict[str, dict[int, Link]] = defaultdict(dict)
        self.family_links: dict[str, dict[int, Link]] = defaultdict(dict)
        self.official_names: list[tuple[str, str]] = []  # reviewed, with the symbol of their gene
        # The rows of the genes whose official symbols share a stem, by the folded stem
        self.symbol_stems: dict[str, Collection[int]] = {}

    def add_gene(self, gene: GeneRow) -> None:
        row = len(self.genes)
        self.genes.append(gene)
        self.by_symbol.setdefault(gene.symbol, row)
        for symbol in gene.previous:
            self.by_previous[symbol].add(row)
        self.merge_gene(gene, row)

    def merge_gene(self, gene: GeneRow, row: int) -> None:
        for identifier in (gene.gene_id, *gene.other_ids):
            self.by_id.setdefault(identifier, row)
        if gene.symbol != self.genes[row].symbol:
            self.add_name(gene.symbol, "previous", row, gene.source, is_reviewed=True)
        official = gene.full_names[:1]
        if self.genes[row].is_reviewed:
            self.official_names += [(self.genes[row].symbol, name) for name in official]
        for kind, designations in (
            ("previous", gene.previous),
            ("synonym", gene.synonyms),
            ("full_name", gene.full_names),
        ):
            for designation in designations:
                is_reviewed = gene.is_reviewed or designation in official
                self.add_name(designation, kind, row, gene.source, is_reviewed)

    def add_name(
        self, designation: str, kind: str, row: int, source: str, is_reviewed: bool = False
    ) -> None:
        name = _clean(designation)
        if name and (key := fold(name)):
            links = self.family_links if kind == "family" else self.links
            link = links[key].setdefault(row, Link())
            link.spellings[kind].setdefault(name)
            link.evidence.add((source, kind))
            link.is_reviewed |= is_reviewed

    def find_gene(self, gene: GeneRow) -> int | None:
        """Find another source's gene: by identifier, symbol, or unambiguous previous symbol."""
        for identifier in (gene.gene_id, *gene.other_ids):
            if identifier in self.by_id:
                return self.by_id[identifier]
        rows = self.rows_of_symbol(gene.symbol)
        return next(iter(rows)) if len(rows) == 1 else None

    def rows_of_symbol(self, symbol: str) -> set[int]:
        """Return the row of an official symbol, else the rows of a previous symbol."""
        if symbol in self.by_symbol:
            return {self.by_symbol[symbol]}
        return self.by_previous.get(symbol, set())

    def known_keys(self) -> set[str]:
        """Return the folded forms of all symbols and names."""
        return {*(fold(gene.symbol) for gene in self.genes), *self.links, *self.family_links}

    def rows_of_reviewed_name(self, key: str) -> set[int]:
        """Return the rows of the genes that have a folded name by their committee."""
        return {row for row, link in self.links.get(key, {}).items() if link.is_reviewed}


@dataclass(frozen=True, slots=True)
class Tables:
    """The rows of a lexicon's two tables."""

    genes: list[tuple[str, str, str, str]]  # id, symbol, folded symbol, full name
    names: list[tuple[str, str, str, str, str, str]]  # see NAME_COLUMNS


def build_lexicon(
    primary: Iterable[GeneRow],
    secondary: Iterable[GeneRow] = (),
    tables: Sequence[NameTable] = (),
    words: Collection[str] = (),
) -> Tables:
    """Join a taxon's sources; a gene that only `secondary` (NCBI Gene) has keeps its own symbol.

    A lone alias that folds to one of the `words` is doubtful.

    >>> hgnc = [GeneRow("3576", "CXCL8", previous=["IL8"], synonyms=["NAP-1"], source="HGNC")]
    >>> ncbi = [GeneRow("3576", "IL8", synonyms=["GCP-1"], source="NCBI")]
    >>> tables = build_lexicon(hgnc, ncbi)
    >>> tables.genes
    [('3576', 'CXCL8', 'cxcl8', '')]
    >>> [row[:4] for row in tables.names]
    [('gcp1', 'GCP-1', 'synonym', 'NCBI'), ('il8', 'IL8', 'previous', 'HGNC+NCBI'), \
('nap1', 'NAP-1', 'synonym', 'HGNC')]
    """
    draft = _Draft()
    for gene in primary:
        draft.add_gene(gene)
    for gene in secondary:
        row = draft.find_gene(gene)
        if row is not None:
            merged = draft.genes[row]
            if not merged.gene_id.isdigit() and gene.gene_id.isdigit():
                merged.gene_id = gene.gene_id  # records use NCBI's ids
            draft.merge_gene(gene, row)
        elif not re.fullmatch(r"LOC\d+", gene.symbol):  # an uncharacterized locus
            draft.add_gene(gene)
    for table in tables:
        if not table.fills_gaps:
            _add_table(draft, table)
    _add_derived(draft)
    for table in tables:
        if table.fills_gaps:
            _add_table(draft, table)
    _add_respelled(draft)
    for table in tables:
        _drop_other_members(draft, table)
    others = {fold(name) for table in tables for name in table.others}
    order = sorted(range(len(draft.genes)), key=lambda row: _sort_key(draft.genes[row]))
    genes = [
        (gene.gene_id, gene.symbol, fold(gene.symbol), (gene.full_names or [""])[0])
        for gene in (draft.genes[row] for row in order)
    ]
    return Tables(genes, _name_rows(draft, order, words, others))


def _name_rows(
    draft: _Draft, order: Sequence[int], words: Collection[str], others: Collection[str]
) -> list[tuple[str, str, str, str, str, str]]:
    """Return the sorted rows of the name table, with the genes numbered in their final order."""
    final_row = {row: index for index, row in enumerate(order)}
    official: dict[str, set[int]] = defaultdict(set)
    for row, gene in enumerate(draft.genes):
        official[fold(gene.symbol)].add(row)
    members: dict[tuple[str, str, str, str, str], list[int]] = defaultdict(list)
    for key, links in draft.links.items():
        symbols = official.get(key, set())
        family = [row for row, link in draft.family_links.get(key, {}).items() if link.is_curated]
        stem = draft.symbol_stems.get(key, ())
        trusts = judge(links, symbols, family, stem, key in words, key in others)
        for row, trust in trusts.items():
            if row not in symbols:  # a spelling that folds to the official symbol adds nothing
                kind = min(links[row].spellings, key=KINDS.index)
                name = next(iter(links[row].spellings[kind]))  # of the first source
                members[key, name, kind, links[row].source, trust].append(final_row[row])
    for key, links in draft.family_links.items():
        is_curated = any(link.is_curated for link in links.values())
        for row, link in links.items():
            if key in others if not is_curated else link.is_class:
                continue  # no family, or no member by the table that knows the family best
            name = min(link.spellings["family"])
            members[key, name, "family", link.source, link.trust].append(final_row[row])
    return sorted((*row, " ".join(map(str, sorted(rows)))) for row, rows in members.items())


def _sort_key(gene: GeneRow) -> tuple[int, str, str]:
    number = int(gene.gene_id) if gene.gene_id.isdigit() else 1 << 62
    return (number, gene.gene_id, gene.symbol)


def _add_table(draft: _Draft, table: NameTable) -> None:
    """Add the names of a table whose genes are known."""
    by_uniprot: dict[str, set[int]] = defaultdict(set)
    for row, gene in enumerate(draft.genes):
        for accession in gene.uniprot:
            by_uniprot[accession].add(row)
    known = draft.known_keys() if table.fills_gaps else ()
    for text, targets in table.synonyms.items():
        for target in targets if fold(text) not in known else ():
            rows = draft.rows_of_symbol(target) | by_uniprot.get(target, set())
            for row in rows if len(rows) == 1 else ():
                draft.add_name(text, table.kind, row, table.source)
    for name, symbols in table.members.items():
        _add_family(draft, name, symbols, table.source)
    for names in table.concepts:
        _add_concept(draft, names, table)
    if table.classes:
        _add_classes(draft, table)


def _add_family(draft: _Draft, name: str, symbols: Iterable[str], source: str) -> None:
    for symbol in symbols:
        for row in draft.rows_of_symbol(symbol):
            draft.add_name(name, "family", row, source)


def _drop_other_members(draft: _Draft, table: NameTable) -> None:
    """Drop the members that other tables give to the families that a table has completely."""
    for name in table.complete:
        links = draft.family_links.get(fold(name), {})
        for row in [row for row, link in links.items() if table.source not in link.source]:
            del links[row]


def _add_concept(draft: _Draft, names: Iterable[str], table: NameTable) -> None:
    """Add the names of one gene, of which the first known symbol tells the gene."""
    symbols = [symbol for name in names for symbol in dict.fromkeys((name, name.upper()))]
    candidates = (draft.rows_of_symbol(symbol) for symbol in symbols)
    for row in next((rows for rows in candidates if len(rows) == 1), ()):
        for name in names:
            if draft.by_symbol.get(name, row) == row:
                kind = "full_name" if " " in name else "synonym"
                draft.add_name(name, kind, row, table.source)


def _add_classes(draft: _Draft, table: NameTable) -> None:
    """Add the names of classes, with the members that have a name in which those words stand.

    A class without such a member is one gene, if a reviewed name of one gene is among its names. An
    official symbol is no name of a class: ``PTEN`` is not TPTE as well.
    """
    official = {fold(gene.symbol) for gene in draft.genes}
    words_of: dict[int, list[frozenset[str]]] = defaultdict(list)
    for links in draft.links.values():
        for row, link in links.items():
            names = (name for spellings in link.spellings.values() for name in spellings)
            words_of[row] += map(_words, names)
    for terms, symbols in table.classes:
        classes = list(map(_words, terms))
        rows = {row for symbol in symbols for row in draft.rows_of_symbol(symbol)}
        rows = {row for row in rows if any(_has(w, c) for c in classes for w in words_of[row])}
        if len(rows) < 2:  # one gene: the class must have its name
            rows = {row for term in terms for row in draft.rows_of_reviewed_name(fold(term))}
            rows = rows if len(rows) == 1 else set()
        kind = "family" if len(rows) > 1 else table.kind
        for term in (term for term in terms if kind != "family" or fold(term) not in official):
            for row in rows:
                draft.add_name(term, kind, row, table.source)


def _has(words: frozenset[str], of_class: frozenset[str]) -> bool:
    """Return whether the words of a class stand in a name, and not as what the gene is like."""
    return of_class <= words and not (words - of_class) & {"like", "related"}


def _words(name: str) -> frozenset[str]:
    return frozenset(word.removesuffix("s") for word in re.findall(r"[^\W_]+", name.lower()))


def _add_derived(draft: _Draft) -> None:
    """Add other orders of reviewed full names, and the families whose members share a stem."""
    for symbol, name in draft.official_names + shortened(draft.official_names):
        for variant in variants(name):
            draft.add_name(variant, "full_name", draft.by_symbol[symbol], DERIVED)
    symbols = [
        (gene.symbol, symbol)
        for gene in draft.genes
        if gene.is_reviewed and not re.search("pseudogene|RNA", "".join(gene.full_names[:1]))
        for symbol in (gene.symbol, *gene.previous, *gene.synonyms)
    ]
    for gene, symbol in symbols:
        if number := re.fullmatch(r"CD(\d+[A-Za-z]?)", symbol):
            row = draft.by_symbol[gene]
            draft.add_name(f"cluster of differentiation {number[1]}", "full_name", row, DERIVED)
    for stem, members in name_families(draft.official_names).items():
        _add_family(draft, stem, members, DERIVED)
    for name, members in micro_rnas(draft.by_symbol).items():
        _add_family(draft, name, members, "HGNC")
    taken = draft.known_keys()
    for name, members in collagens(draft.by_symbol).items():
        if fold(name) not in taken:
            _add_family(draft, name, members, DERIVED)
    _add_symbol_families(draft, symbols)


def _add_symbol_families(draft: _Draft, symbols: Sequence[tuple[str, str]]) -> None:
    """Add the families whose members' symbols or aliases share a stem that has no other usual
    meaning, given the official symbol of each symbol or alias.
    """
    taken = draft.known_keys()
    for stem, members in symbol_families(symbols).items():
        if fold(stem) not in taken:  # an abbreviation has too many meanings to add one
            _add_family(draft, stem, members, DERIVED)
    # Not a receptor or what is like a member: CSF1R is no CSF
    official = [(gene, s) for gene, s in symbols if s == gene and not re.search(r"\d[LR]$", s)]
    official_keys = {fold(symbol) for symbol in draft.by_symbol}
    families = {s: m for s, m in symbol_families(official).items() if fold(s) in taken}
    families |= lettered_families(symbol for symbol, _ in official)
    for stem, members in families.items():
        key, rows = fold(stem), {draft.by_symbol[symbol] for symbol in members}
        if key not in official_keys and _is_usual_family(draft, key, rows):
            _add_family(draft, stem, members, DERIVED)
            draft.symbol_stems[key] = rows


def _is_usual_family(draft: _Draft, key: str, rows: Collection[int]) -> bool:
    """Return whether the genes whose official symbols share a stem are what it usually means: no
    table of what authors use knows it, and other genes have it by one column of one table only
    (``ATF`` of PLAU).
    """
    others = (link for row, link in draft.links.get(key, {}).items() if row not in rows)
    families = draft.family_links.get(key, {}).values()
    return not any(link.is_curated for link in families) and all(
        link.trust is Trust.LONE for link in others
    )


def _add_respelled(draft: _Draft) -> None:
    """Add what fills gaps: other orders and equal words of every full name and family, and the
    stems of full names that no committee has reviewed.
    """
    known = draft.known_keys()
    added: dict[tuple[str, str], set[int]] = defaultdict(set)
    full_names: list[tuple[str, str]] = []
    for links, kind in ((draft.links, "full_name"), (draft.family_links, "family")):
        for by_row in links.values():
            for row, link in by_row.items():
                for name in (name for names in link.spellings.values() for name in names):
                    orders = (*variants(name), without_homolog(name)) if kind != "family" else ()
                    for other in {*respellings(name), *orders}:
                        if fold(other) not in known:
                            added[other, kind].add(row)
                    if kind != "family" and " " in name:
                        full_names.append((draft.genes[row].symbol, name))
    for (name, kind), rows in sorted(added.items()):
        for row in sorted(rows):
            draft.add_name(name, kind, row, DERIVED)
    for stem, members in name_families(full_names).items():
        if is_stem_of_genes(stem) and fold(stem) not in known:
            _add_family(draft, stem, members, DERIVED)


def write_lexicon(
    tables: Tables, organism_yaml: str, sources: Iterable[Source], folder: Path
) -> None:
    """Write a lexicon's folder, the same bytes for the same tables.

    Raises NerbenchError if it cannot be written.
    """
    with writing(folder):
        folder.mkdir(parents=True, exist_ok=True)
        (folder / "organism.yaml").write_text(organism_yaml, encoding="utf-8")
        digest = hashlib.sha256()
        for file, header, rows in (
            ("genes.tsv.gz", ("gene_id", "symbol", "key", "name"), tables.genes),
            ("names.tsv.gz", NAME_COLUMNS, tables.names),
        ):
            raw = "".join("\t".join(row) + "\n" for row in (header, *rows)).encode("utf-8")
            digest.update(raw)
            (folder / file).write_bytes(gzip.compress(raw, 9, mtime=0))
        metadata = {
            "format": FORMAT,
            "digest": digest.hexdigest()[:16],
            "genes": len(tables.genes),
            "names": len(tables.names),
            "sources": [asdict(source) for source in sources],
        }
        (folder / "sources.yaml").write_text(
            yaml.safe_dump(metadata, sort_keys=False, allow_unicode=True, width=100),
            encoding="utf-8",
        )
        write_index(folder)
