"""Records made to hurt: every case follows from a seed and its number, and from nothing else.

A case is a record (and sometimes a gene table) that was made by us or is the shipped one, and
then spoiled once or more: its caption replaced by a hostile one, its YAML, its table, its bytes.
"""

from __future__ import annotations

import sys
from collections.abc import Callable, Sequence
from dataclasses import dataclass
from functools import lru_cache
from pathlib import Path
from random import Random

__all__ = ["Case", "make_case"]

_SEEDS = Path(__file__).resolve().parents[2] / "seeds"
_CAPTION = 20_000  # what the reader takes; a little more is tried as well

Change = Callable[[Random], str]


@dataclass(frozen=True, slots=True)
class Case:
    """One hostile record: its bytes, its gene table if it has one, and what was done to it."""

    seed: int
    number: int
    record: bytes
    table: bytes | None
    done: tuple[str, ...]

    @property
    def name(self) -> str:
        """A name for its file, which also says how to make it again."""
        return f"{self.seed}-{self.number}"

    @property
    def files(self) -> dict[str, bytes]:
        """The files that the case is, by name."""
        table = {} if self.table is None else {f"{self.figid}-genes.tsv": self.table}
        return {f"{self.name}.md": self.record, **table}

    @property
    def figid(self) -> str:
        """The figure that it is, if that can still be read."""
        return f"PMC{self.seed}__fuzz{self.number}"

    def write(self, folder: Path) -> None:
        """Write the files into a folder."""
        folder.mkdir(parents=True, exist_ok=True)
        for name, content in self.files.items():
            (folder / name).write_bytes(content)


def make_case(seed: int, number: int) -> Case:
    """The case of a seed and a number."""
    random = Random(f"{seed}/{number}")
    figid = f"PMC{seed}__fuzz{number}"
    table = _table(random) if random.random() < 0.3 else None
    done: list[str] = []
    caption = _plain_caption(random)
    if random.random() < 0.65:
        change = random.choice(CAPTIONS)
        caption = change(random)[: _CAPTION + (random.random() < 0.02)]
        done.append(change.__name__)
    record = random.choice(LAYOUTS)(random, figid, caption)
    if table is not None and random.random() < 0.5:
        spoil = random.choice(TABLES)
        table = spoil(random, table)
        done.append(spoil.__name__)
    if random.random() < 0.25:
        nasty = random.choice(YAML)
        record = _insert(random, record, nasty(random))
        done.append(nasty.__name__)
    raw = record.encode("utf-8", "surrogatepass")
    for _ in range(random.choice([0, 0, 0, 0, 0, 0, 1, 1, 2])):
        damage = random.choice(BYTES)
        raw = damage(random, raw)
        done.append(damage.__name__)
    return Case(seed, number, raw, table, tuple(done))


def _size(random: Random, most: int) -> int:
    """Mostly a small number, and now and then the most there may be."""
    if random.random() < 0.06:
        return most
    return round(min(most, random.choice([30, 3000])) ** random.random())


# --- records to begin with

_NAMES = (
    "STAT3 IL-6 IL6 p53 TP53 MDM2 Dl dl dorsal Delta TGF-β1 TGFbeta NF-κB IκBα SMAD2/3 MMP2/9 "
    "ERK1/2 MEK1/2-ERK1/2 PPARα/γ HIF-1α/2α C/EBPβ NKX2-5 14-3-3ζ l(2)gl Su(H) E(spl)m8-HLH Akt "
    "p-AKT pSTAT3 hAKT1 dAkt JAKs VEGF Bcl-xL KDM4A-D STAT1-6 LRP5/6 Wnt OR GPCR ROS AMPK "
    "interleukin factor receptor protein kinase was in the of and (A) (B) Fig. 1"
).split()
_GAPS = (" ", ", ", "; ", "/", "-", " (", ") ", ". ", " and ", ": ", "–", "\u00a0", "\n")
_ORGANISMS = ("Homo sapiens", "Drosophila melanogaster", "Mus musculus", "NA", "Danio rerio")


def _plain_caption(random: Random) -> str:
    words = (random.choice(_NAMES) + random.choice(_GAPS) for _ in range(random.randrange(1, 60)))
    return "".join(words)


@lru_cache(maxsize=1)
def _shipped() -> str:
    (path,) = _SEEDS.glob("*.md")
    return path.read_text(encoding="utf-8")


def _quoted(text: str) -> str:
    """A text as a double-quoted YAML scalar that gives it back, whatever its characters."""
    return '"' + "".join(map(_escaped, text)) + '"'


def _escaped(char: str) -> str:
    if char in '"\\':
        return "\\" + char
    return char if char.isprintable() else f"\\U{ord(char):08x}"


def _keyword_layout(random: Random, figid: str, caption: str) -> str:
    keywords = ", ".join(_quoted(random.choice(_NAMES)) for _ in range(random.randrange(30)))
    return (
        f"---\nfigid: {figid}\nfigtitle: A pathway\ncaption: {_quoted(caption)}\n"
        f"organisms_ner:\n- {random.choice(_ORGANISMS)}\n- {random.choice(_ORGANISMS)}\n"
        f"schema-jsonld:\n- keywords: [{keywords}]\n---\n"
    )


def _inline_layout(random: Random, figid: str, caption: str) -> str:
    rows = "".join(
        f"- word: {_quoted(random.choice(_NAMES))}\n  symbol: X\n"
        f"  hgnc_symbol: {_quoted(random.choice(_NAMES))}\n  entrez: '{random.randrange(9999)}'\n"
        for _ in range(random.randrange(20))
    )
    return f"figid: {figid}\ncaption: {_quoted(caption)}\ngenes:\n{rows or '[]'}\n"


def _shipped_layout(random: Random, figid: str, caption: str) -> str:
    lines = _shipped().split("\n")
    at = next(n for n, line in enumerate(lines) if line.startswith("figid:"))
    lines[at] = f"figid: {figid}"
    if random.random() < 0.7:  # a second caption wins over the first
        lines.insert(len(lines) - 2, f"caption: {_quoted(caption)}")
    return "\n".join(lines)


LAYOUTS = (_keyword_layout, _inline_layout, _shipped_layout)


def _table(random: Random) -> bytes:
    rows = [
        f"{random.choice([9606, 7227, 10090])}\t{random.choice(_NAMES)}\t{random.choice(_NAMES)}"
        f"\t{random.randrange(9999)}"
        for _ in range(random.randrange(40))
    ]
    return "\n".join(["organism_id\tword\tncbigene_symbol\tncbigene_id", *rows, ""]).encode()


# --- captions

_REPEATED = (
    "IL-6/", "((((", ")", "-", "–", "STAT1-", "A/", "a/b-", "MMP2/9-", "p53+/+ ", "-/-", "α", "β/",
    "IL-6, ", "(EGFR) ", "EGFR (", "ROS, reactive oxygen species; ", "AB: a b; ", "x ", "1",
    "1/2/", "Wnt/", "'", "´", "ase ", " protein", "phospho-", "p-", "total ", "h", "s",
    "factor of ", "I", "IV-", "(a)", ".", ". ", "_", "·", "\u200d", "\u2028", "ß", "dl, ", "OR ",
    "olfactory receptors ", "14-3-3/", "1433 ", "C/EBPα/", "KDM4A-D/", "a b c d ", "TGF-", "beta",
    "eta", "Ã", "â€", "Ã¢â‚¬", "&amp;", "<b>", "\u0301", "\ufdfa", "㌀", "ﬁ", "ﷺ/", "①", "𝔸", "가",
    "\u202e", "\ufeff", "E(spl)", "Su(H)/", "\n", "\u00a0", "\u3000", "%s{0}$1\\",
    "receptor receptor", "(LF) long form ",
)  # fmt: skip


def repeated(random: Random) -> str:
    return random.choice(_REPEATED) * _size(random, _CAPTION)


def repeated_pair(random: Random) -> str:
    one = random.choice(_REPEATED) + random.choice(["", " ", "/", "-", ",", "; "])
    return (one + random.choice(_REPEATED)) * _size(random, _CAPTION)


def repeated_then_not(random: Random) -> str:
    """What a pattern has nearly matched before it fails: the place of catastrophic backtracking."""
    body = random.choice(_REPEATED)
    return (
        random.choice(_NAMES)
        + (body * _CAPTION)[: _size(random, _CAPTION - 40)]
        + random.choice(["!", "\u0301", "(", "/", "-", "é", "\x85"])
    )


def distinct_composites(random: Random) -> str:
    gap = random.choice(["/", "-", "/-", "–", " / ", "+"])
    letters = "ABCDEFGHIJKLMNOPQRSTUVWXYZabcαβ"
    return gap.join(
        random.choice(letters) * random.randrange(1, 4) + str(random.randrange(1, 99))
        for _ in range(_size(random, 4000))
    )


def composites(random: Random) -> str:
    stem = random.choice(["STAT", "IL-", "MMP", "TLR", "A", "α", "Wnt", "miR-"])
    kinds = (
        f"{stem}1-{10 ** random.choice([2, 8, 400])}",
        stem + "/".join(str(n) for n in range(_size(random, 4000))),
        "/".join(f"{stem}{n}-{n + 9}" for n in range(1, 90)),
        f"{stem}1/2-" * _size(random, 3000),
        f"{stem}A-Z/B-Y " * _size(random, 999),
        f"{stem}{chr(random.randrange(0x660, 0x66A))}-\u0669",
        "/".join("ABCDEFGHIJKLMNOPQRSTUVWXYZ") + "/",
    )
    return random.choice(kinds)


def dressed_names(random: Random) -> str:
    """Names under many marks of modification, taken off one by one and in every order."""
    before = ("p-", "phospho-", "total ", "pro-", "active ", "h", "d", "Dm", "cleaved ")
    after = (" protein", " gene", "s", " (x)", "-/-", " receptor", " complex", " S473")
    name = random.choice(_NAMES)
    one = "".join(random.choices(before, k=_size(random, 300))) + name
    one += "".join(random.choices(after, k=_size(random, 300)))
    return (one + random.choice([", ", "/", " "])) * _size(random, 100)


def definitions(random: Random) -> str:
    """Abbreviations defined over and over, in brackets and in lists."""
    words = "activated protein kinase receptor factor alpha of growth cell nuclear the".split()
    parts = []
    for _ in range(_size(random, 900)):
        long = " ".join(random.choices(words, k=random.randrange(1, 12)))
        short = "".join(word[0] for word in long.split()).upper()
        parts.append(random.choice([f"{long} ({short})", f"{short}, {long};", f"({short} {long})"]))
    return " ".join(parts)


def brackets(random: Random) -> str:
    return "".join(random.choices("([{<)]}>", k=_size(random, _CAPTION))) + random.choice(_NAMES)


def combining(random: Random) -> str:
    mark = random.choice("\u0301\u0344\u0489\u20dd\u302a\U0001d165")
    return random.choice(_NAMES) + mark * _size(random, 10_000) + random.choice(_NAMES)


def any_unicode(random: Random) -> str:
    high = random.choice([0x7F, 0x24F, 0x3FF, 0xFFFF, sys.maxunicode])
    points = (random.randrange(high) for _ in range(_size(random, _CAPTION)))
    return "".join(chr(n) for n in points if not 0xD800 <= n < 0xE000)


def mojibake(random: Random) -> str:
    text = _plain_caption(random) + "TGF-β → NF-κB ‘Krüppel’"
    for _ in range(random.randrange(1, 5)):
        text = text.encode().decode(random.choice(["latin-1", "cp437", "mac-roman"]))
    return text


def interleaved(random: Random) -> str:
    """A plain caption with something invisible between its letters."""
    hidden = random.choice(["\u200b", "\u200d", "\u00ad", "\u202e", "\u2066", "\u0301", "\ufeff"])
    return hidden.join(_plain_caption(random) * 5)


def long_tokens(random: Random) -> str:
    alphabet = random.choice(["0123456789", "ABC", "aeiou", "IVX", "αβγ", "Aa", "A1a"])
    lengths = [_size(random, 4999) for _ in range(4)]
    return random.choice([" ", "/", "-"]).join(
        "".join(random.choices(alphabet, k=length)) for length in lengths
    )


def many_names(random: Random) -> str:
    return random.choice([" ", ", ", "/", "; "]).join(random.choices(_NAMES, k=_size(random, 5000)))


def white_space(random: Random) -> str:
    gap = random.choice([" ", "\n", "\u2003", "\u00a0", "\t", "\u2029"]) * _size(random, 9000)
    return gap.join(random.choices(_NAMES, k=random.choice([2, 5])))


CAPTIONS: Sequence[Change] = (
    repeated, repeated_pair, repeated_then_not, distinct_composites, composites, dressed_names,
    definitions, brackets, combining, any_unicode, mojibake, interleaved, long_tokens, many_names,
    white_space,
)  # fmt: skip


# --- YAML


def alias_bomb(random: Random) -> str:
    depth, field = random.choice([3, 12, 30]), random.choice(["genes", "organisms", "caption", "x"])
    lines = ["a0: &a0 [ha, ha, ha, ha, ha, ha, ha, ha, ha]"]
    lines += [f"a{n}: &a{n} [{','.join([f'*a{n - 1}'] * 9)}]" for n in range(1, depth)]
    return "\n".join([*lines, f"{field}: *a{depth - 1}"])


def merge_bomb(random: Random) -> str:
    key = random.choice(["<<", "!!merge <<", "? !!merge x\n "])
    lines = ["m0: &m0 {a: 1, b: 2, c: 3}"]
    lines += [
        f"m{n}: &m{n} {{{key}: [{','.join([f'*m{n - 1}'] * 9)}]}}"
        for n in range(1, random.choice([2, 12]))
    ]
    return "\n".join(lines)


def blocks_by_alias(random: Random) -> str:
    """A long list that is named many times over: work that grows with the square."""
    size = _size(random, 60_000)
    words = ",".join(f"g{n}" for n in range(size))
    return f"w: &w {{keywords: [{words}]}}\nschema-jsonld: [{','.join(['*w'] * size)}]"


def genes_by_alias(random: Random) -> str:
    size = _size(random, 100_000)
    return f"g: &g {{hgnc_symbol: TP53, word: p53}}\ngenes: [{','.join(['*g'] * size)}]"


def one_gene_many_words(random: Random) -> str:
    size = _size(random, 30_000)
    return "genes:\n" + "\n".join(f"- {{hgnc_symbol: A, word: {n}}}" for n in range(size))


def many_keywords(random: Random) -> str:
    size = _size(random, 100_000)
    words = ", ".join(f"{random.choice('ABCabc')}{n}" for n in range(size))
    return f"schema-jsonld: [{{keywords: [{words}]}}]"


def long_keyword(random: Random) -> str:
    word = random.choice(["Aa", "C1orf", "a", "A1", "x-", "1"]) * _size(random, 150_000)
    return f"schema-jsonld: [{{keywords: ['{word}!', TP53]}}]"


def many_organisms(random: Random) -> str:
    size = _size(random, 50_000)
    names = ", ".join(f"Genus species{n}" for n in range(size))
    return f"{random.choice(['organisms', 'organisms_ner'])}: [Homo sapiens, {names}]"


def long_field(random: Random) -> str:
    field = random.choice(["figtitle", "papertitle", "pmcid", "doi", "year", "organisms", "figid"])
    return f"{field}: {random.choice('aé(Ã') * _size(random, 450_000)}"


def deep(random: Random) -> str:
    depth = _size(random, 100_000)
    return random.choice(
        ["x: " + "[" * depth + "]" * depth, "x: " + "{a: " * depth, "x:\n" + "- " * depth,
         "? " * depth, "x: " + "['[',{" * depth, "x:\n" + "-" + " " * depth + "- a",
         "- " * 199 + " " * depth + "x"]
    )  # fmt: skip


def tag(random: Random) -> str:
    return random.choice(
        ["year: !!int 9" + "9" * 9999, "year: !!float 1e999999", "year: !!timestamp 2020-99-99",
         "year: !!binary '\\x00'", "x: !!python/object/apply:os.system ['exit 9']",
         "x: !!set {a, b}", "x: !!omap [a: 1, a: 2]",
         "x: !<tag:yaml.org,2002:python/name:os.system> ''", "caption: !a b",
         "%TAG ! tag:x,2000:\n---\na: !b c", "organisms: !!pairs [a: b]", "caption: !!null x",
         "figid: !!str 007", "year: !!int 0x" + "f" * 9999, "year: !!int 1:" + "59:" * 9999 + "1",
         "year: !!bool maybe", "x: !!merge <<"]
    )  # fmt: skip


def scalars(random: Random) -> str:
    return random.choice(
        ["year: 2020-01-01T99:99:99Z", "year: " + "9" * 9999, "year: .inf", "year: 0o777",
         "year: ~", 'caption: "\\ud800"', 'caption: "\\0\\a\\b\\e\\N\\_\\L\\P"',
         'caption: "\\U0010FFFF\\U00110000"', "caption: |9\n  x",
         "caption: >-\n\n\n  folded\n text", "\tcaption: tab", "caption: a: b: c",
         "caption: - - -", "caption: *nowhere", "&a caption: &a x", "caption: @x", "caption: `x`",
         "caption: 'it''s' more", "figid: a\nfigid: b", "caption: x\ncaption: [y]",
         "figid: ../../etc", "? [a, b]\n: c", "...", "---", "%YAML 9.9", "--- !x\n---\n---",
         "<<: *x", "<<: {caption: y}", "figid: 'a\u0085b'", "figid: \u202egro.elpmaxe",
         "figid: [x]", "caption: {a: b}", "genes: {}",
         "genes: [[], {}, null, x, {hgnc_symbol: [a]}]", "schema-jsonld: [[{keywords: [[TP53]]}]]",
         "organisms: {Homo sapiens: 1}", "k" * 2000 + ": long key"]
    )  # fmt: skip


def bulk(random: Random) -> str:
    """As much of one thing as a record may hold."""
    if random.random() < 0.7:
        return scalars(random)
    return random.choice(
        ["x: " + "a" * 500_000, "x: [" + "a," * 250_000 + "]", "x: [" + "{}," * 170_000 + "]",
         "\n".join(f"k{n}: v" for n in range(40_000)), "x: &a y\nz: [" + "*a," * 170_000 + "]",
         "\n".join(f"k{n}: &k{n} v" for n in range(25_000)), "? a\n" * 125_000, "#\n" * 250_000]
    )  # fmt: skip


YAML: Sequence[Change] = (
    alias_bomb, merge_bomb, blocks_by_alias, genes_by_alias, one_gene_many_words, many_keywords,
    long_keyword, many_organisms, long_field, deep, tag, scalars, scalars, scalars, scalars,
    scalars, bulk,
)  # fmt: skip


def _insert(random: Random, record: str, text: str) -> str:
    """The record with a few lines more: at its end, its beginning, or anywhere."""
    lines = record.rstrip("\n").split("\n")
    fenced = lines[-1] == "---"
    at = random.choice([len(lines) - fenced, len(lines) - fenced, int(lines[0] == "---"), None])
    lines.insert(random.randrange(len(lines)) if at is None else at, text)
    return "\n".join(lines) + "\n"


# --- tables


def other_columns(random: Random, table: bytes) -> bytes:
    names = [b"organism_id", b"ncbigene_symbol", b"word", b"", b"organism_id", b"\xef\xbb\xbfx"]
    return b"\t".join(random.sample(names, random.randrange(6))) + b"\n" + table


def ragged(random: Random, table: bytes) -> bytes:
    lines = table.split(b"\n")
    tabs = [line + b"\t" * random.choice([0, 1, 500]) for line in lines]
    return b"\n".join(line if random.random() < 0.7 else line[: len(line) // 2] for line in tabs)


def odd_cells(random: Random, table: bytes) -> bytes:
    cells = [b"9" * 5000, "٩٦٠٦".encode(), b"-1", b"9606.0", b"A" * 200_000, b'"', b"\0", b"\xff",
             "\u202e".encode(), b"\x1b[31m", b"1e9", b"99999999999", b"\r"]  # fmt: skip
    rows = (b"\t".join(random.choices([*cells, b"9606", b"TP53"], k=4)) for _ in range(9))
    return table + b"\n".join(rows)


def many_rows(random: Random, table: bytes) -> bytes:
    size = _size(random, 60_000)
    same = random.random() < 0.5
    rows = (f"9606\tw{n}\t{'TP53' if same else f'G{n}'}\t{n}" for n in range(size))
    return table + "\n".join(rows).encode()


TABLES = (other_columns, ragged, odd_cells, many_rows)


# --- bytes


def flip(random: Random, raw: bytes) -> bytes:
    spoiled = bytearray(raw)
    for _ in range(random.choice([1, 1, 3, 50])):
        if spoiled:
            spoiled[random.randrange(len(spoiled))] ^= 1 << random.randrange(8)
    return bytes(spoiled)


def cut(random: Random, raw: bytes) -> bytes:
    at = random.randrange(len(raw) + 1)
    return raw[:at] if random.random() < 0.7 else raw[at:]


def double(random: Random, raw: bytes) -> bytes:
    start, end = sorted((random.randrange(len(raw) + 1), random.randrange(len(raw) + 1)))
    return raw[:end] + raw[start:end] * random.choice([1, 1, 20]) + raw[end:]


def splice(random: Random, raw: bytes) -> bytes:
    """The head of this record and the tail of another."""
    other = random.choice(LAYOUTS)(random, "PMC0__other", _plain_caption(random)).encode()
    return raw[: random.randrange(len(raw) + 1)] + other[random.randrange(len(other)) :]


def lines_shuffled(random: Random, raw: bytes) -> bytes:
    lines = raw.split(b"\n")
    random.shuffle(lines)
    return b"\n".join(lines)


def put_in(random: Random, raw: bytes) -> bytes:
    nasty = random.choice(
        [b"\0", b"\xff\xfe", b"\xef\xbb\xbf", b"\xed\xa0\x80", b"\xc0\x80", b"\x1b[2J", b"\x85",
         b"\x0c", b"\r", b"\t", "\u2028".encode(), "\u0085".encode(), b"\xf4\x90\x80\x80", b"\x07"]
    )  # fmt: skip
    at = random.randrange(len(raw) + 1)
    return raw[:at] + nasty * random.choice([1, 1, 100]) + raw[at:]


def other_encoding(random: Random, raw: bytes) -> bytes:
    text = raw.decode("utf-8", "replace")
    return text.encode(random.choice(["utf-16", "utf-32", "latin-1", "cp1252", "utf-7"]), "replace")


BYTES = (flip, flip, cut, double, splice, lines_shuffled, put_in, other_encoding)
