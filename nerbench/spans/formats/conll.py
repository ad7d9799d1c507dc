"""Read CoNLL files: a token and its tag on a line, a blank line between sentences."""

from __future__ import annotations

from collections.abc import Iterator, Sequence
from dataclasses import dataclass
from itertools import accumulate, pairwise

from nerbench.errors import RecordError
from nerbench.records import Problem
from nerbench.spans.formats.text_files import parse_lines
from nerbench.spans.model import Annotations, Document, Span
from nerbench.spans.tag_sequences import decode, split_tag


@dataclass(frozen=True, slots=True)
class _Sentence:
    line: int
    tokens: list[str]
    tags: list[str]


def parse_conll(text: str, source: str) -> Annotations:
    r"""Return each sentence as a document; raises RecordError for a line without a known tag.

    The first column is the token, the last the tag, with tabs or else white space between.

    >>> found = parse_conll("IL-6\tB-GENE\nbinds\tO\n\n", "gold.tsv")
    >>> found.documents[0].text, found.documents[0].spans[0].end
    ('IL-6 binds', 4)
    """
    sentences: list[_Sentence] = []

    def parse_line(line: str, number: int) -> None:
        if line.startswith("-DOCSTART-"):
            return
        fields = line.rstrip().split("\t") if "\t" in line else line.split()
        if len(fields) < 2:
            raise RecordError("no tag; write a token, a tab and its tag")
        split_tag(tag := fields[-1].strip())
        if not sentences or number > sentences[-1].line + len(sentences[-1].tags):
            sentences.append(_Sentence(number, [], []))
        sentences[-1].tokens.append(fields[0].strip())
        sentences[-1].tags.append(tag)

    parse_lines(text, source, parse_line)
    mentions: list[list[tuple[int, int, str]]] = [[] for _ in sentences]
    for i, start, end, label in decode([sentence.tags for sentence in sentences]).rows():
        mentions[i].append((start, end, label))
    documents = tuple(
        _document(sentence, mentions[i], i + 1, source) for i, sentence in enumerate(sentences)
    )
    return Annotations(source, "conll", documents, tuple(_repairs(sentences, source)))


def _document(
    sentence: _Sentence, mentions: list[tuple[int, int, str]], number: int, source: str
) -> Document:
    offsets = list(accumulate((len(token) + 1 for token in sentence.tokens), initial=0))
    ends = [max(end - 1, start + 1) for start, end in pairwise(offsets)]
    spans = tuple(
        Span(offsets[start], ends[end - 1], label, line=sentence.line + start)
        for start, end, label in mentions
    )
    text = " ".join(sentence.tokens)
    return Document(f"sentence {number}", spans, text, source=source, line=sentence.line)


def _repairs(sentences: Sequence[_Sentence], source: str) -> Iterator[Problem]:
    """Yield the transitions that the tag scheme of the file does not allow."""
    prefixes = {split_tag(tag)[0] for tag in {tag for s in sentences for tag in s.tags}}
    has_ends = bool(prefixes & {"E", "S"})
    has_begins = has_ends or not _is_iob1(sentences)
    for sentence in sentences:
        before = "O"
        for number, tag in enumerate([*sentence.tags, "O"], sentence.line):
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


def _is_iob1(sentences: Sequence[_Sentence]) -> bool:
    """Return whether B stands only where a mention follows another of its label, as in IOB1."""
    return not any(
        tag.startswith("B") and before[1:] != tag[1:]
        for sentence in sentences
        for before, tag in zip(["O", *sentence.tags], sentence.tags, strict=False)
    )
