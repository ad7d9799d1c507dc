"""Any HTTP service that answers a caption with JSON as a recognizer.

Where its mentions are in that JSON is said in the card, in JMESPath (jmespath.org).
"""

from __future__ import annotations

from collections.abc import Iterable, Iterator
from functools import cached_property
from typing import Any, Literal

import jmespath
from jmespath.exceptions import JMESPathError
from pydantic import BaseModel, ConfigDict, Field, field_validator, model_validator

from nerbench.errors import RecognizerError, RecordError
from nerbench.recognizers.cards import digest
from nerbench.recognizers.external.http_client import (
    Client,
    RemoteCard,
    checked_url,
    sending,
    shown_url,
)
from nerbench.recognizers.external.mentions import MentionReader, excerpt
from nerbench.recognizers.external.offsets import OffsetUnit
from nerbench.records import Mention

__all__ = ["PRESETS", "Fields", "HttpCard", "HttpRecognizer"]

_CAPTION = "{text}"

PRESETS: dict[str, dict[str, Any]] = {
    # Sung et al. 2022, Bioinformatics 38: it leaves out what is not ASCII, and says what it read.
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
    # BioC JSON (Comeau et al. 2019), as PubTator 3 writes it (Wei et al. 2024) or alone.
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
"""What a card with `preset` need not say."""


def _compiled(path: str) -> str:
    try:
        jmespath.compile(path)
    except JMESPathError as error:
        reason = " ".join(str(error).split())
        raise ValueError(f"{path!r} is no JMESPath: {reason}") from None
    return path


class Fields(BaseModel):
    """Where a mention's parts are, from the mention; ``length`` may take the place of ``end``."""

    model_config = ConfigDict(extra="forbid", frozen=True)

    start: str = "start"
    end: str = "end"
    length: str | None = None
    text: str = "text"
    label: str = "label"
    score: str = "score"
    ids: str = "ids"

    @field_validator("*")
    @classmethod
    def _is_path(cls, path: str | None) -> str | None:
        return path if path is None else _compiled(path)


class HttpCard(RemoteCard):
    """The card of a service.

    Each caption is one request to ``url``: ``request`` has the parts `json`, `form` or `query`,
    in which `{text}` stands for the caption. ``mentions`` is the path of the list of mentions in
    the answer, ``fields`` the paths of a mention's parts. ``read_text`` is the path of the text
    that the service says it read, for one that leaves characters out.
    """

    kind: Literal["http"]
    preset: Literal["bern2", "pubtator3"] | None = None
    url: str
    method: Literal["GET", "POST", "PUT"] = "POST"
    request: dict[Literal["json", "form", "query"], Any] = Field(
        default={"json": {"text": _CAPTION}}, min_length=1
    )
    mentions: str = "mentions"
    fields: Fields = Fields()
    read_text: str | None = None
    offsets: OffsetUnit = "code-points"

    @model_validator(mode="before")
    @classmethod
    def _fill_in(cls, given: Any) -> Any:
        """Put what the preset says where the card says nothing."""
        if not isinstance(given, dict) or given.get("preset") not in PRESETS:
            return given
        return PRESETS[given["preset"]] | given

    @field_validator("url")
    @classmethod
    def _is_url(cls, url: str) -> str:
        return checked_url(url)

    @field_validator("mentions", "read_text")
    @classmethod
    def _is_path(cls, path: str | None) -> str | None:
        return path if path is None else _compiled(path)

    @field_validator("request")
    @classmethod
    def _sends_the_caption(cls, request: dict[str, Any]) -> dict[str, Any]:
        if not any(_CAPTION in text for text in _strings(request)):
            raise ValueError("nothing in it says {text}, where the caption is to stand")
        if "json" in request and "form" in request:
            raise ValueError("a request has json or form, not both")
        return request

    @property
    def security_note(self) -> str:
        """What a stranger's card would send, and where."""
        return sending(self.url, self.headers)

    def load(self) -> HttpRecognizer:
        """The service, not yet asked. Raises RecognizerError if a header's variable is not set."""
        return HttpRecognizer(self)


def _strings(part: Any) -> Iterator[str]:
    if isinstance(part, str):
        yield part
    elif isinstance(part, dict | list):
        for inner in part.values() if isinstance(part, dict) else part:
            yield from _strings(inner)


def _filled(part: Any, caption: str) -> Any:
    """A part of a request with the caption put in.

    >>> _filled({"q": ["gene in {text}", 1]}, "IL-6 {text}")
    {'q': ['gene in IL-6 {text}', 1]}
    """
    if isinstance(part, str):
        return part.replace(_CAPTION, caption)
    if isinstance(part, dict):
        return {name: _filled(inner, caption) for name, inner in part.items()}
    if isinstance(part, list):
        return [_filled(inner, caption) for inner in part]
    return part


class HttpRecognizer:
    """Asks a service about each caption; one without text is not sent."""

    def __init__(self, card: HttpCard, client: Client | None = None) -> None:
        self.name = card.name
        self._card = card
        self._client = client or Client(card, card.url, card.headers)
        self._reader = MentionReader(card.labels, card.offsets)
        paths = card.fields.model_dump(exclude_none=True)
        self._fields = {name: jmespath.compile(path) for name, path in paths.items()}
        self._mentions = jmespath.compile(card.mentions)
        self._read_text = jmespath.compile(card.read_text) if card.read_text else None

    @cached_property
    def fingerprint(self) -> str:
        """Changes with the card, never with a key."""
        return digest(self._card.facts())

    def recognize(self, texts: Iterable[str]) -> Iterator[list[Mention]]:
        """Yield the mentions of each text.

        Raises RecognizerError if the service fails for good or answers what the card does not say.
        """
        for text, answer in self._client.each(self._ask, texts):
            yield self._read(text, answer) if text.strip() else []

    def notes(self) -> list[str]:
        """The labels that did not count."""
        return self._reader.notes(self.name)

    def _ask(self, text: str) -> tuple[str, Any]:
        if not text.strip():
            return text, None
        parts = {"json": "json", "form": "data", "query": "params"}
        request = {parts[name]: _filled(part, text) for name, part in self._card.request.items()}
        return text, self._client.ask(self._card.method, **request)

    def _read(self, text: str, answer: Any) -> list[Mention]:
        try:
            items = self._mentions.search(answer)
            if not isinstance(items, list):
                raise RecordError(f"no list is at {self._card.mentions!r} in the answer")
            heard = self._read_text.search(answer) if self._read_text else None
            if heard is not None and not isinstance(heard, str):
                raise RecordError(f"no text is at {self._card.read_text!r} in the answer")
            return self._reader.read([self._flat(item) for item in items], text, heard)
        except (RecordError, JMESPathError) as error:
            reason = " ".join(str(error).split())
            raise RecognizerError(
                f"{self.name}: {shown_url(self._card.url)}: {reason}, asked about "
                f"{excerpt(text)}; it answered {excerpt(str(answer), 100)}"
            ) from None

    def _flat(self, item: Any) -> Any:
        """A mention with its parts under our names."""
        if not isinstance(item, dict):
            return item
        flat = {name: path.search(item) for name, path in self._fields.items()}
        start, length = flat["start"], flat.pop("length", None)
        if self._card.fields.length is not None and isinstance(start, int):
            if not isinstance(length, int):
                raise RecordError(f"a mention's length is an integer, not {length!r}")
            flat["end"] = start + length
        return flat
