"""Any HTTP service that answers a caption with JSON as a recognizer."""

from __future__ import annotations

from collections.abc import Iterable, Iterator
from functools import cached_property
from typing import Annotated, Any, Literal

import jmespath
from jmespath.exceptions import JMESPathError
from pydantic import AfterValidator, BaseModel, ConfigDict, Field, field_validator, model_validator

from nerbench.errors import RecognizerError, RecordError
from nerbench.recognizers.cards import digest
from nerbench.recognizers.contract import Named
from nerbench.recognizers.external.http_client import Client, RemoteCard, Url, describe_sending
from nerbench.recognizers.external.mentions import MentionReader, excerpt
from nerbench.records import Mention
from nerbench.spans.offsets import OffsetUnit

_CAPTION = "{text}"

PRESETS: dict[str, dict[str, Any]] = {
    # Sung et al. 2022, Bioinformatics 38. It drops characters that are not ASCII, and repeats the
    # text that it read.
    "bern2": {
        "request": {"json": {"text": _CAPTION}},
        "mentions": "annotations",
        "fields": {
            "start": "span.begin",
            "end": "span.end",
            "text": "mention",
            "label": "obj",
            "score": "prob",
            "ids": "id",
        },
        "read_text": "text",
    },
    # BioC JSON (Comeau et al. 2019): one document, or several as PubTator 3 wraps them (Wei et al.
    # 2024).
    "pubtator3": {
        "mentions": "not_null(passages, (PubTator3 || documents)[].passages[])[].annotations[]",
        "fields": {
            "start": "locations[0].offset",
            "length": "locations[0].length",
            "text": "text",
            "label": "infons.type",
            "ids": "infons.identifier",
        },
    },
}
"""The fields that a card with `preset` need not have."""


def _check_path(path: str) -> str:
    try:
        jmespath.compile(path)
    except JMESPathError as error:
        reason = " ".join(str(error).split())
        raise ValueError(f"{path!r} is no JMESPath: {reason}") from None
    return path


_Path = Annotated[str, AfterValidator(_check_path)]


class Fields(BaseModel):
    """The JMESPaths of a mention's parts, from the mention; ``length`` may stand for ``end``."""

    model_config = ConfigDict(extra="forbid", frozen=True)

    start: _Path = "start"
    end: _Path = "end"
    length: _Path | None = None
    text: _Path = "text"
    label: _Path = "label"
    score: _Path = "score"
    ids: _Path = "ids"


class HttpCard(RemoteCard):
    """The card of a service, which gets one request for each caption.

    Parameters
    ----------
    url, method
        The address of the service, and the request's method.
    preset
        A service whose ``request``, ``mentions``, ``fields`` and ``read_text`` nerbench has.
    request
        The request's `json`, `form` or `query`, in which `{text}` stands for the caption.
    mentions, fields
        The JMESPaths (jmespath.org) of the list of mentions in the answer, and of their parts.
    read_text
        The JMESPath of the text that the service read, if it leaves characters out.
    offsets
        What its offsets count.
    """

    kind: Literal["http"]
    preset: Literal["bern2", "pubtator3"] | None = None
    url: Url
    method: Literal["GET", "POST", "PUT"] = "POST"
    request: dict[Literal["json", "form", "query"], Any] = Field(
        default={"json": {"text": _CAPTION}}, min_length=1
    )
    mentions: _Path = "mentions"
    fields: Fields = Fields()
    read_text: _Path | None = None
    offsets: OffsetUnit = "code-points"

    @model_validator(mode="before")
    @classmethod
    def _add_preset(cls, fields: Any) -> Any:
        if not isinstance(fields, dict) or fields.get("preset") not in PRESETS:
            return fields
        return PRESETS[fields["preset"]] | fields

    @field_validator("request")
    @classmethod
    def _check_request(cls, request: dict[str, Any]) -> dict[str, Any]:
        if _fill(request, "") == request:
            raise ValueError("it has no {text} in the caption's place")
        if "json" in request and "form" in request:
            raise ValueError("a request has json or form, not both")
        return request

    @property
    def security_note(self) -> str:
        return describe_sending(self.url, self.headers)

    def load(self) -> HttpRecognizer:
        return HttpRecognizer(self)


def _fill(part: Any, caption: str) -> Any:
    """Return a part of a request with the caption in its place.

    >>> _fill({"q": ["gene in {text}", 1]}, "IL-6 {text}")
    {'q': ['gene in IL-6 {text}', 1]}
    """
    if isinstance(part, str):
        return part.replace(_CAPTION, caption)
    if isinstance(part, dict):
        return {name: _fill(inner, caption) for name, inner in part.items()}
    if isinstance(part, list):
        return [_fill(inner, caption) for inner in part]
    return part


class HttpRecognizer(Named):
    """A service that is asked about each caption; an empty caption is not sent."""

    def __init__(self, card: HttpCard, client: Client | None = None) -> None:
        self.name = card.name
        self._card = card
        self._client = client or Client(card, card.url, card.headers)
        self._reader = MentionReader(card.labels, card.offsets)
        paths = card.fields.model_dump(exclude_none=True)
        self._field_paths = {name: jmespath.compile(path) for name, path in paths.items()}
        self._mentions_path = jmespath.compile(card.mentions)
        self._read_text_path = jmespath.compile(card.read_text) if card.read_text else None

    @cached_property
    def fingerprint(self) -> str:
        """Digits that change with the card, never with a key."""
        return digest(self._card.fingerprint_fields())

    def recognize(self, texts: Iterable[str]) -> Iterator[list[Mention]]:
        """Yield the mentions of each text. Raises RecognizerError if an answer fails or does not
        fit.
        """
        for text, answer in self._client.map_in_order(self._ask, texts):
            yield self._read(text, answer) if text.strip() else []

    def notes(self) -> list[str]:
        return self._reader.notes(self.name)

    def _ask(self, text: str) -> Any:
        if not text.strip():
            return None
        parts = {"json": "json", "form": "data", "query": "params"}
        request = {parts[name]: _fill(part, text) for name, part in self._card.request.items()}
        return self._client.request(self._card.method, **request)

    def _read(self, text: str, answer: Any) -> list[Mention]:
        try:
            items = self._mentions_path.search(answer)
            if not isinstance(items, list):
                raise RecordError(f"no list is at {self._card.mentions!r} in the answer")
            read_text = self._read_text_path.search(answer) if self._read_text_path else None
            if read_text is not None and not isinstance(read_text, str):
                raise RecordError(f"no text is at {self._card.read_text!r} in the answer")
            return self._reader.read(list(map(self._read_fields, items)), text, read_text)
        except (RecordError, JMESPathError) as error:
            reason = " ".join(str(error).split())
            raise RecognizerError(
                f"{self.name}: {self._card.url}: {reason}, asked about "
                f"{excerpt(text)}; it answered {excerpt(str(answer), 100)}"
            ) from None

    def _read_fields(self, item: Any) -> Any:
        """Return a mention of the answer with its parts under nerbench's names."""
        if not isinstance(item, dict):
            return item
        fields = {name: path.search(item) for name, path in self._field_paths.items()}
        start, length = fields["start"], fields.pop("length", None)
        if self._card.fields.length is not None and isinstance(start, int):
            if not isinstance(length, int):
                raise RecordError(f"a mention's length is an integer, not {length!r}")
            fields["end"] = start + length
        return fields
