"""Language models over the OpenAI protocol: they name genes, which are looked up in the caption."""

from __future__ import annotations

import os
import re
import threading
from collections import Counter
from collections.abc import Iterable, Iterator, Mapping
from functools import cached_property
from pathlib import Path
from typing import Any, ClassVar, Literal, Self

import platformdirs
from pydantic import Field, field_validator

from nerbench.errors import RecognizerError
from nerbench.recognizers.cards import digest
from nerbench.recognizers.contract import Named
from nerbench.recognizers.external.find_names import find_names
from nerbench.recognizers.external.http_client import (
    Client,
    RemoteCard,
    Url,
    check_url,
    describe_sending,
)
from nerbench.recognizers.external.mentions import excerpt
from nerbench.recognizers.external.reply_cache import Reply, ReplyCache
from nerbench.records import Mention

_CAPTION = "{caption}"
_OPENAI_URL = "https://api.openai.com/v1"
_PROMPT = """\
You read the caption of a figure of a biological pathway. Name every gene and gene product \
(protein, RNA) that it mentions, also families and complexes of them. Do not name chemicals, \
diseases, organisms, cells, pathways or processes, nor anything that the caption does not spell \
out. Copy each name exactly as the caption spells it, once.

Answer with one JSON object and nothing else: {"genes": ["NAME", "NAME"]}
If the caption mentions no gene: {"genes": []}

The caption:
{caption}"""


class ChatCard(RemoteCard):
    """The card of a model behind an endpoint of the OpenAI protocol.

    Parameters
    ----------
    model, base_url
        The model's name, and the endpoint; by default that of OPENAI_BASE_URL, else OpenAI's.
    key_variable
        The environment variable of the key; a local server needs none.
    prompt
        The question, in which `{caption}` stands for the caption.
    temperature, max_tokens, seed, parameters
        Sent unless null; ``parameters`` are any others of the endpoint.
    json_mode
        Whether to ask for JSON only, which not every server supports.
    corrections
        How often an unusable reply is sent back with its fault.
    cache
        The folder of replies; nerbench's user cache by default.
    input_price, output_price
        Prices of a million tokens.
    """

    not_in_fingerprint: ClassVar[frozenset[str]] = RemoteCard.not_in_fingerprint | {
        "key_variable", "cache", "input_price", "output_price"
    }  # fmt: skip

    kind: Literal["chat"]
    model: str = Field(min_length=1)
    base_url: Url | None = None
    key_variable: str = "OPENAI_API_KEY"
    prompt: str = _PROMPT
    temperature: float | None = Field(default=0.0, ge=0)
    max_tokens: int | None = Field(default=2048, ge=1)
    seed: int | None = None
    json_mode: bool = True
    parameters: dict[str, Any] = Field(default_factory=dict)
    corrections: int = Field(default=2, ge=0)
    cache: str | None = None
    input_price: float | None = Field(default=None, ge=0)
    output_price: float | None = Field(default=None, ge=0)

    @field_validator("key_variable")
    @classmethod
    def _check_key_variable(cls, name: str) -> str:
        if not re.fullmatch(r"\w*", name):
            raise ValueError(
                "an environment variable's name has letters, digits and _; give the name of the "
                "variable that holds the key, not the key"
            )
        return name

    @field_validator("prompt")
    @classmethod
    def _check_prompt(cls, prompt: str) -> str:
        if _CAPTION not in prompt:
            raise ValueError("it has no {caption} in the caption's place")
        return prompt

    @property
    def url(self) -> str:
        """The address of requests. Raises RecognizerError if OPENAI_BASE_URL is no URL."""
        base = self.base_url or os.environ.get("OPENAI_BASE_URL") or _OPENAI_URL
        try:
            return f"{check_url(base).rstrip('/')}/chat/completions"
        except ValueError as error:
            raise RecognizerError(f"{self.name}: OPENAI_BASE_URL: {error}") from None

    @property
    def security_note(self) -> str:
        key = {"Authorization": f"${{{self.key_variable}}}"} if self.key_variable else {}
        return describe_sending(self.url, key | self.headers)

    def resolve_paths(self, folder: Path) -> Self:
        if self.cache is None:
            return self
        return self.model_copy(update={"cache": str((folder / self.cache).resolve())})

    def question(self, caption: str) -> dict[str, Any]:
        fields = {
            "model": self.model,
            "messages": [{"role": "user", "content": self.prompt.replace(_CAPTION, caption)}],
            "temperature": self.temperature,
            "max_tokens": self.max_tokens,
            "seed": self.seed,
            "response_format": {"type": "json_object"} if self.json_mode else None,
        }
        return {name: v for name, v in fields.items() if v is not None} | self.parameters

    def load(self) -> ChatRecognizer:
        return ChatRecognizer(self)


class ChatRecognizer(Named):
    """A language model that names the genes of each caption, which are then looked up there."""

    def __init__(self, card: ChatCard, client: Client | None = None) -> None:
        self.name = card.name
        self._card = card
        self._url = card.url
        self._client = client or Client(card, self._url, self._headers())
        folder = card.cache or platformdirs.user_cache_path("nerbench", appauthor=False) / "chat"
        self._replies = ReplyCache(Path(folder))
        self._count_lock = threading.Lock()
        self._counts: Counter[str] = Counter()
        self._missing_names: Counter[str] = Counter()

    @cached_property
    def fingerprint(self) -> str:
        """Digits that change with the card, the endpoint and the prompt; never with a key."""
        return digest(self._card.fingerprint_fields(), self._url, self._card.question(_CAPTION))

    def recognize(self, texts: Iterable[str]) -> Iterator[list[Mention]]:
        """Yield the mentions of each text. Raises RecognizerError if there is no usable answer."""
        try:
            self._replies.prepare()
            for text, names in self._client.map_in_order(self._names, texts):
                mentions, missing = find_names(names, text)
                self._missing_names.update(missing)
                yield mentions
        except OSError as error:
            reason = f"{error.filename or ''} {error.strerror or error}".strip()
            raise RecognizerError(
                f"{self.name}: answers cannot be kept: {reason}; name another folder in the card's "
                "field cache"
            ) from None

    def notes(self) -> list[str]:
        counts, card = self._counts, self._card
        price = counts["input"] * (card.input_price or 0)
        price += counts["output"] * (card.output_price or 0)
        is_priced = card.input_price is not None or card.output_price is not None
        cost = f"; cost {price / 1e6:,.4f}" if is_priced else ""
        notes = [
            f"{self.name}: requests made: {counts['requests']:,}; answers from the cache: "
            f"{counts['cached']:,}",
            f"{self.name}: tokens of all answers, new and cached: {counts['input']:,} input, "
            f"{counts['output']:,} output{cost}",
        ]
        if missing := self._missing_names:
            shown = ", ".join(sorted(missing)[:5]) + (", ..." if len(missing) > 5 else "")
            notes.append(
                f"{self.name}: names in its answers that are not in their captions, left out: "
                f"{missing.total():,} ({shown})"
            )
        return notes

    def _headers(self) -> Mapping[str, str]:
        card = self._card
        if not card.key_variable or "authorization" in map(str.lower, card.headers):
            return card.headers
        if not os.environ.get(card.key_variable, "").strip():
            if self._url.startswith(_OPENAI_URL):
                raise RecognizerError(
                    f"{card.name}: the environment variable {card.key_variable} is not set: put "
                    "your key there, or name another endpoint in the card's base_url"
                )
            return card.headers
        return {"Authorization": f"Bearer ${{{card.key_variable}}}", **card.headers}

    def _names(self, text: str) -> list[str]:
        if not text.strip():
            return []
        question = self._card.question(text)
        cache_key = {"url": self._url, "question": question}
        reply = self._replies.get(cache_key)
        if reply is not None:
            self._count(cached=1, input=reply.input_tokens, output=reply.output_tokens)
        else:
            reply = self._ask(question, text)
            self._replies.put(cache_key, reply)
        return reply.genes

    def _ask(self, question: dict[str, Any], text: str) -> Reply:
        """Ask, and send faults back, until the reply is usable."""
        total: Counter[str] = Counter()
        reason = content = ""
        for _ in range(self._card.corrections + 1):
            content, tokens = self._ask_once(question, text)
            total.update(tokens)
            try:
                return Reply(content, total["input"], total["output"])
            except ValueError as error:
                reason = str(error)
            correction = (
                f"That answer cannot be used: {reason}. Answer with the JSON object alone: "
                '{"genes": ["NAME", "NAME"]}'
            )
            answer = {"role": "assistant", "content": content}
            messages = [*question["messages"], answer, {"role": "user", "content": correction}]
            question = question | {"messages": messages}
        raise self._error(
            f"gave no usable answer to {excerpt(text)} in {self._card.corrections + 1} tries "
            f"({reason}: {excerpt(content)}); the answers so far are kept, so that another try "
            "costs nothing for them; a clearer prompt may help"
        )

    def _ask_once(self, question: dict[str, Any], text: str) -> tuple[str, dict[str, int]]:
        """Return the content of the model's reply, and the tokens that it took."""
        answer = self._client.request("POST", json=question)
        try:
            choice = answer["choices"][0]
            content = choice["message"]["content"]
            finish_reason = choice.get("finish_reason")
        except (KeyError, IndexError, TypeError, AttributeError):
            shown = excerpt(str(answer), 200)
            raise self._error(f"answers no chat completion but {shown}") from None
        usage = answer.get("usage")
        tokens = {"input": _tokens(usage, "prompt"), "output": _tokens(usage, "completion")}
        self._count(requests=1, **tokens)
        if finish_reason == "length":
            limit = f"max_tokens in the card ({self._card.max_tokens})"
            raise self._error(f"was cut off in its answer to {excerpt(text)}: raise {limit}")
        return content if isinstance(content, str) else "", tokens

    def _count(self, **counts: int) -> None:
        with self._count_lock:
            self._counts.update(counts)

    def _error(self, reason: str) -> RecognizerError:
        return RecognizerError(f"{self.name}: {self._url} {reason}")


def _tokens(usage: Any, kind: str) -> int:
    count = usage.get(f"{kind}_tokens") if isinstance(usage, dict) else None
    return count if isinstance(count, int) else 0
