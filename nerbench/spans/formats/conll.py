"""Read CoNLL files: a token and its tag on a line, a blank line between sentences.

A line that begins with `#` is a comment unless it has the columns of a token. Comments of the usual
forms, `-DOCSTART-` lines and the `###MEDLINE:ID` lines of JNLPBA say which document follows.
"""

from __future__ import annotations

import re
from collections.abc import Iterator, Sequence
from dataclasses import dataclass, field
from itertools import accumulate, pairwise

from nerbench.errors import RecordError
from nerbench.records import Problem
from nerbench.spans.formats.text_files import lines_of
from nerbench.spans.model import Annotations, Document, Span
from nerbench.spans.tag_sequences import canonical_tag, decode, split_tag

_DOCSTART = "-DOCSTART-"
_HEADER = re.compile(
    r"#\s*(?:(?:(?:new)?doc(?:ument)?|fig(?:ure)?)?[ _-]?id\s*[:=]|(?:new)?doc(?:ument)?\b\s*[:=]?)"
    r"\s*(\S+)\s*|#+\s*MEDLINE:\s*(\S+)\s*",
    re.IGNORECASE,
)
_KEY_AND_VALUE = re.compile(r"#\s*[A-Za-z][\w. -]*[:=](?:\s|$)[^\t]*")


@dataclass(frozen=True, slots=True)
class Sentence:
    """The tokens of a sentence with their tags and lines; ``docid`` is the id in the last line
    before it that begins a document: empty if that has none, None without such a line.
    """

    docid: str | None
    tokens: list[str] = field(default_factory=list)
    tags: list[str] = field(default_factory=list)
    lines: list[int] = field(default_factory=list)

    @property
    def text(self) -> str:
        return " ".join(self.tokens)

    def offsets(self) -> list[tuple[int, int]]:
        """Return where each token begins and ends in the text; an empty one takes a character."""
        starts = list(accumulate((len(token) + 1 for token in self.tokens), initial=0))
        return [(start, max(after - 1, start + 1)) for start, after in pairwise(starts)]


def parse_conll(text: str, source: str) -> Annotations:
    r"""Return each sentence as a document; raises RecordError for a line without a known tag.

    The first column is the token, the last the tag, with tabs or else white space between.

    >>> found = parse_conll("# text = IL-6 binds\nIL-6\tB-GENE\nbinds\tO\n\n", "gold.tsv")
    >>> found.documents[0].text, found.documents[0].spans[0].end
    ('IL-6 binds', 4)
    """
    return annotate(read_sentences(text, source), source)


def read_sentences(text: str, source: str) -> list[Sentence]:
    r"""Return the sentences of a file; raises RecordError for a line without a known tag.

    >>> [s.docid for s in read_sentences("###MEDLINE:7\n\nIL-6\tB-protein\n", "train.iob2")]
    ['7']
    """
    lines = lines_of(text)
    n_columns = _count_columns(lines)
    sentences: list[Sentence] = []
    docid: str | None = None
    is_open = False  # the next token continues the last sentence
    for number, line in enumerate(lines, 1):
        if (header := _read_header(line)) is not None:
            docid = header
        is_token = header is None and bool(line.strip()) and not _is_comment(line, n_columns)
        if is_token:
            try:
                token, tag = _read_token(line)
            except RecordError as error:
                raise RecordError(f"{source}:{number}: {error}") from None
            if not is_open:
                sentences.append(Sentence(docid))
            sentences[-1].tokens.append(token)
            sentences[-1].tags.append(tag)
            sentences[-1].lines.append(number)
        is_open = is_token
    return sentences


def annotate(sentences: Sequence[Sentence], source: str) -> Annotations:
    """Return each sentence as a document, with the mentions that its tags mark."""
    mentions: list[list[tuple[int, int, str]]] = [[] for _ in sentences]
    for i, start, end, label in decode([sentence.tags for sentence in sentences]).rows():
        mentions[i].append((start, end, label))
    documents = tuple(
        _document(sentence, mentions[i], i + 1, source) for i, sentence in enumerate(sentences)
    )
    return Annotations(source, "conll", documents, tuple(_repairs(sentences, source)))


def is_conll_comment(line: str) -> bool:
    """Return whether a line is a comment as CoNLL files have them, or begins a document.

    >>> is_conll_comment("# text = IL-6"), is_conll_comment("-DOCSTART- O"), is_conll_comment("# O")
    (True, True, False)
    """
    return _read_header(line) is not None or _KEY_AND_VALUE.fullmatch(line) is not None


def _columns(line: str) -> list[str]:
    return line.rstrip().split("\t") if "\t" in line.rstrip() else line.split()


def _count_columns(lines: Sequence[str]) -> int | None:
    """Return the number of columns of the first token that does not begin with `#`, if any."""
    tokens = (line for line in lines if line.strip() and not line.startswith(("#", _DOCSTART)))
    first = next(tokens, None)
    return None if first is None else len(_columns(first))


def _read_header(line: str) -> str | None:
    """Return the id in a line that begins a document, empty if it has none; None for others."""
    if line.startswith(_DOCSTART):
        fields = line[len(_DOCSTART) :].split()
        ids = (field.strip("()") for field in fields if field not in ("-X-", "O"))
        return next(ids, "")
    match = _HEADER.fullmatch(line)
    return None if match is None else match[1] or match[2]


def _is_comment(line: str, n_columns: int | None) -> bool:
    if not line.startswith("#"):
        return False
    columns = _columns(line)
    if _KEY_AND_VALUE.fullmatch(line) or len(columns) != (n_columns or max(len(columns), 2)):
        return True
    try:
        split_tag(columns[-1].strip())
    except RecordError:
        return True
    return False


def _read_token(line: str) -> tuple[str, str]:
    columns = _columns(line)
    if len(columns) < 2:
        raise RecordError("no tag; write a token, a tab and its tag")
    tag = columns[-1].strip()
    split_tag(tag)  # raises RecordError if it is none
    return columns[0].strip(), canonical_tag(tag)


def _document(
    sentence: Sentence, mentions: list[tuple[int, int, str]], number: int, source: str
) -> Document:
    offsets = sentence.offsets()
    spans = tuple(
        Span(offsets[start][0], offsets[end - 1][1], label, line=sentence.lines[start])
        for start, end, label in mentions
    )
    line = sentence.lines[0]
    return Document(f"sentence {number}", spans, sentence.text, source=source, line=line)


def _repairs(sentences: Sequence[Sentence], source: str) -> Iterator[Problem]:
    """Yield the transitions that the tag scheme of the file does not allow."""
    prefixes = {split_tag(tag)[0] for tag in {tag for s in sentences for tag in s.tags}}
    has_ends = bool(prefixes & {"E", "S"})
    has_begins = has_ends or not _is_iob1(sentences)
    for sentence in sentences:
        before = "O"
        for number, tag in enumerate([*sentence.tags, "O"], sentence.lines[0]):
            if tag == before == "O":
                continue
            (prefix, label), (last_prefix, last_label) = split_tag(tag), split_tag(before)
            continues = last_prefix in "BI" and prefix in "IE" and label == last_label
            place, transition = f"{source}:{number}", f"{tag} after {before}"
            if not continues and has_begins and prefix in "IE":
                yield Problem(place, f"{transition}: read as the beginning of a mention")
            elif not continues and has_ends and last_prefix in "BI":
                yield Problem(place, f"{transition}: read as the end of a mention")
            before = tag


def _is_iob1(sentences: Sequence[Sentence]) -> bool:
    """Return whether B stands only where a mention follows another of its label, as in IOB1."""
    return not any(
        tag.startswith("B") and before[1:] != tag[1:]
        for sentence in sentences
        for before, tag in zip(["O", *sentence.tags], sentence.tags, strict=False)
    )
