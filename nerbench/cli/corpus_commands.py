"""The commands about corpora: info, convert, download."""

from __future__ import annotations

from collections.abc import Mapping
from dataclasses import asdict
from pathlib import Path
from typing import TYPE_CHECKING, Annotated

import typer

from nerbench.cli import options
from nerbench.cli.output import print_annotations, print_json, print_message
from nerbench.cli.usage import Command, examples, new_app
from nerbench.errors import NerbenchError, did_you_mean

if TYPE_CHECKING:
    from nerbench.engine.provenance import CorpusInfo

app = new_app("Describe, convert and download corpora.")

_PFOCR_ARCHIVE = "https://codeload.github.com/wikipathways/pfocr-database/zip/refs/heads/main"


@app.command(cls=Command, epilog=examples("nerbench corpus info my-figures/"))
def info(
    corpus: options.Corpus,
    gold: options.Gold = None,
    columns: options.Columns = None,
    id_map: options.IdMap = None,
    label_map: options.LabelMap = None,
    as_json: options.Json = False,
) -> None:
    """Count the figures, captions and curated genes of a corpus, and list what cannot be read."""
    from nerbench.corpus import open_corpus
    from nerbench.engine.execute import corpus_info
    from nerbench.engine.gold import GoldFile
    from nerbench.nomenclature.lexicon import load_nomenclature
    from nerbench.spans.label_map import parse_label_map
    from nerbench.tabular.columns import parse_columns

    new_labels = parse_label_map(label_map or ())
    named = parse_columns(columns or ())
    figures = open_corpus(*corpus, id_map=id_map, new_labels=new_labels, columns=named)
    gold_file = None if gold is None else GoldFile.open(gold, new_labels)
    counts = corpus_info(figures, gold_file)
    nomenclature = load_nomenclature()
    by_count = sorted(counts.curated_by_taxon.items(), key=lambda item: (-item[1], item[0]))
    by_organism = {nomenclature.label(taxon): count for taxon, count in by_count}
    if as_json:
        print_json(
            {
                "figures": counts.figures,
                "with_caption": counts.with_caption,
                "marked": counts.marked,
                "repaired_captions": counts.repaired_captions,
                "curated_genes": counts.curated_genes,
                "curated_by_organism": by_organism,
                "unassigned_keywords": counts.unassigned_keywords,
                "skipped": [asdict(problem) for problem in counts.skipped],
            }
        )
    else:
        _print_counts(counts, by_organism)
    print_annotations(figures, gold_file, quiet=False)


def _print_counts(counts: CorpusInfo, by_organism: Mapping[str, int]) -> None:
    print(f"figures              {counts.figures:,}")
    print(f"with a caption       {counts.with_caption:,}")
    print(f"captions marked      {counts.marked:,}")
    print(f"captions repaired    {counts.repaired_captions:,}")
    print(f"curated genes        {counts.curated_genes:,}")
    for organism, count in by_organism.items():
        print(f"  {organism:<19}{count:,}")
    print(f"unassigned keywords  {counts.unassigned_keywords:,}")
    print(f"skipped              {len(counts.skipped):,}")
    for problem in counts.skipped:
        print(f"  {problem}")


@app.command(
    cls=Command,
    epilog=examples(
        "nerbench corpus convert captions.csv genes.gmt corpus.parquet",
        "nerbench corpus convert corpus.parquet records/",
    ),
)
def convert(
    paths: Annotated[
        list[Path], typer.Argument(metavar="CORPUS... OUT", help="What to read; where to write.")
    ],
    limit: options.Limit = None,
    columns: options.Columns = None,
    id_map: options.IdMap = None,
    label_map: options.LabelMap = None,
    force: Annotated[
        bool,
        typer.Option("--force", help="Replace a file, or a folder of records, that is there."),
    ] = False,
    quiet: options.Quiet = False,
) -> None:
    """Write any corpus as a folder of records, or as one file that ends with .parquet."""
    from nerbench.corpus import open_corpus
    from nerbench.corpus.convert import check_out, write_corpus
    from nerbench.engine.builder import check_has_figures
    from nerbench.spans.label_map import parse_label_map
    from nerbench.tabular.columns import parse_columns

    *corpus, out = paths
    if not corpus:
        raise NerbenchError(f"{out}: give the corpus, and behind it where to write it")
    check_out(out, force)
    figures = open_corpus(
        *corpus,
        limit=limit,
        id_map=id_map,
        new_labels=parse_label_map(label_map or ()),
        columns=parse_columns(columns or ()),
    )
    count = write_corpus(figures, out)
    check_has_figures(count, figures.paths, figures.skipped)
    for problem in figures.skipped if not quiet else ():
        print_message(f"skipped {problem}")
    print_annotations(figures, None, quiet)
    if not quiet:
        print(f"{out}: {count:,} figure{'s' * (count != 1)}")


@app.command(cls=Command, epilog=examples("nerbench corpus download pfocr data/"))
def download(
    name: Annotated[str, typer.Argument(metavar="NAME", help="Corpus to download: pfocr.")],
    folder: Annotated[
        Path, typer.Argument(metavar="FOLDER", help="Folder to put its archive into.")
    ],
    url: Annotated[
        str, typer.Option(metavar="URL", help="Address of the archive.", show_default=False)
    ] = _PFOCR_ARCHIVE,
    quiet: options.Quiet = False,
) -> None:
    """Download the public PFOCR archive; an interrupted download is resumed."""
    from nerbench.cli.progress_bars import byte_bar
    from nerbench.download import download as download_file

    if name != "pfocr":
        near = did_you_mean(name, ["pfocr"])
        raise NerbenchError(f"unknown corpus {name!r}: the one that can be fetched is pfocr{near}")
    path = folder / "pfocr.zip"
    with byte_bar("pfocr.zip", quiet) as on_bytes:
        is_new = download_file(url, path, on_bytes)
    if not quiet:
        print(f"{path}: {'done' if is_new else 'was here already'}; run: nerbench run {path}")
