"""Hypothesis strategies for names, captions, mentions, curated genes and records."""

from __future__ import annotations

import re

import yaml
from hypothesis import strategies as st

from nerbench import CuratedGene, Mention

HUMAN, FLY = TAXA = 9606, 7227
SEPARATORS = "-_. \u00a0\u2009\u2010\u2011\u2013\u2014\u2212\uff0d"

_WORDS = (
    "STAT3 stat3 p53 TP53 Dl dl DL dorsal Delta IL-6 IL6 Bcl-2 VEGF JAK JAKs Src SRC TGF-β1 "
    "IκBα NF-κB c-Myc hop Hop bsk Akt dAkt hAKT1 p-AKT pSTAT3 Dmp53 l(2)gl Su(H) E(spl)m8 ref(2)P "
    "14-3-3ζ MMP2/9 STAT1-3 LRP5/6 ERK1/2 PPARα/γ IL-6/STAT3 C/EBPβ NKX2-5 IL-6R Wnt MAPK PTP "
    "EGFR KRAS CXCL8 IL8 Notch N H the was in rest kinase pERK p-Tau ptau peNOS sIL-6R sPD-L1 "
    "procaspase-1 Ac-p53 cl-caspase-3 NF-ĸB IKKɛ TNF∝ PPARɑ/ɣ Ca2+ Ca²⁺ Cl− CO2 CA2 "
    "ATG5-ATG12 FGF1–FGF4 C/EBP caspases-3/9 Atg5fl/fl F4/80 NaV1.1/1.2 S100A8/A9 MKK3/6-p38"
)
GENE_WORDS = [
    *_WORDS.split(),
    "p44/42 MAPK",
    "SMAD2 and 3",
    "caspase-3, -8 and -9",
    "PPARα and γ",
    "toll like receptor (TLR) 3",
]

gene_words = st.sampled_from(GENE_WORDS)
marks = st.sampled_from([*"pshd", "", "p-", "pro", "Ac-", "phospho-", "Dm", "pro-", "total "])
tails = st.sampled_from(["", "s", " protein", "-/-", "+/+", "/2", "-3", "α", " receptor", " (S9)"])
names = st.one_of(
    gene_words,
    st.builds(lambda mark, word, tail: mark + word + tail, marks, gene_words, tails),
    st.text(max_size=20),
    st.text("ABCdefαβγ0123456789-/() +'–\u00a0", max_size=12),
)
captions = st.one_of(
    st.lists(
        st.tuples(gene_words, st.sampled_from([" ", ", ", "; ", " and ", "/", "-", ". ", " ("])),
        max_size=12,
    ).map(lambda parts: "".join(word + gap for word, gap in parts)),
    st.text(max_size=60),
)
taxa = st.sampled_from(TAXA)


@st.composite
def marked_captions(draw: st.DrawFn) -> tuple[str, list[Mention]]:
    """A caption and mentions in it, anywhere."""
    caption = draw(captions.filter(str.strip))
    spans = draw(
        st.lists(
            st.tuples(st.integers(0, len(caption) - 1), st.integers(1, min(12, len(caption)))),
            max_size=8,
        )
    )
    tokens = [match.span() for match in re.finditer(r"\S+", caption)]
    spans = [(at, min(at + length, len(caption))) for at, length in spans]
    spans += draw(st.lists(st.sampled_from(tokens), max_size=8))
    return caption, [
        Mention(start, end, caption[start:end])
        for start, end in spans
        if caption[start:end].strip()
    ]


curated_sets = st.lists(
    st.one_of(
        st.tuples(
            st.just(HUMAN), st.sampled_from("STAT3 TP53 IL6 BCL2 VEGFA JAK1 EGFR ?9".split())
        ),
        st.tuples(st.just(FLY), st.sampled_from("Dl dl p53 hop bsk Debcl Src42A ?9".split())),
    ),
    unique=True,
    max_size=10,
).map(lambda keys: tuple(CuratedGene(taxon, symbol) for taxon, symbol in keys))

organism_lists = st.lists(
    st.sampled_from(["Homo sapiens", "Drosophila melanogaster", "Mus musculus", "NA", "?"]),
    max_size=3,
).map(tuple)

# Records as a curator's tool writes them: (YAML, gene table or None, what they mean).

printable = st.text(st.characters(exclude_categories=["C", "Z"]), min_size=1, max_size=30)
plain_texts = st.lists(printable, max_size=4).map(" ".join)
figids = st.from_regex(r"PMC[0-9]{1,8}__[a-z0-9-]{1,20}", fullmatch=True)


@st.composite
def records(draw: st.DrawFn) -> tuple[bytes, bytes | None, dict[str, object]]:
    """A record in one of its layouts, and its figid, caption and curated genes."""
    genes = draw(curated_sets)
    fields: dict[str, object] = {
        "figid": draw(figids),
        "caption": draw(captions),
        "figtitle": draw(plain_texts),
        "organisms": list(draw(organism_lists)) or "NA",
        "organisms_ner": list(draw(organism_lists)),
    }
    table = None
    if draw(st.booleans()):
        rows = [f"{gene.taxon}\tword\t{gene.symbol}" for gene in genes]
        table = "\n".join(["organism_id\tword\tncbigene_symbol", *rows]).encode()
    else:
        genes = tuple(gene for gene in genes if gene.taxon == HUMAN)
        fields["genes"] = [{"hgnc_symbol": gene.symbol, "word": "word"} for gene in genes]
    text = yaml.safe_dump(fields, sort_keys=False, allow_unicode=draw(st.booleans()))
    fence = draw(st.sampled_from(["", "---\n"]))
    raw = f"{fence}{text}{fence}".encode()
    return raw, table, {"figid": fields["figid"], "caption": fields["caption"], "genes": genes}


@st.composite
def spoiled(draw: st.DrawFn) -> tuple[bytes, bytes | None]:
    """A record with a stretch of its bytes cut out, and anything put there."""
    raw, table, _ = draw(records())
    start, end = sorted(draw(st.tuples(st.integers(0, len(raw)), st.integers(0, len(raw)))))
    kept = draw(st.booleans())
    junk = draw(st.one_of(st.binary(max_size=20), st.text(max_size=20).map(str.encode)))
    raw = raw[:start] + junk + raw[start if kept else end :]
    return raw, table if draw(st.booleans()) else draw(st.binary(max_size=60))
