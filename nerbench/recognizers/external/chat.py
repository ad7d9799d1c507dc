"""Large language models as recognizers, over the OpenAI protocol that most servers speak.

A model is asked for the names of genes, never for offsets; the names are found back in the
caption. Answers cost money, so they are kept and the same question is never paid for twice.
"""

from __future__ import annotations

import os
import threading
from collections import Counter
from collections.abc import Iterable, Iterator, Mapping
from functools import cached_property
from pathlib import Path
from typing import Any, Literal, Self

import platformdirs
from pydantic import Field, field_validator

from nerbench.errors import RecognizerError
from nerbench.recognizers.cards import digest
from nerbench.recognizers.external.find_names import find_names
from nerbench.recognizers.external.http_client import Client, RemoteCard, checked_url, sending
from nerbench.recognizers.external.mentions import excerpt
from nerbench.recognizers.external.reply_cache import Reply, ReplyCache
from nerbench.records import Mention

__all__ = ["ChatCard", "ChatRecognizer"]

_CAPTION = "{caption}"
_OPENAI = "https://api.openai.com/v1"
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

    ``base_url`` is, left out, that of the environment variable OPENAI_BASE_URL, else OpenAI's.
    The key is in the environment variable ``key_variable``; servers of one's own need none. In
    ``prompt``, `{caption}` stands for the caption. ``temperature``, ``max_tokens`` and ``seed``
    are sent unless null; ``parameters`` are further ones that the endpoint knows. ``json_mode``
    asks it to answer JSON only; not every server can. An answer that is none is sent back with
    what is wrong ``corrections`` times. ``cache`` is the folder of answers; prices are for a
    million tokens.
    """

    kind: Literal["chat"]
    model: str = Field(min_length=1)
    base_url: str | None = None
    key_variable: str = Field(default="OPENAI_API_KEY", pattern=r"^\w*$")
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

    @field_validator("base_url")
    @classmethod
    def _is_url(cls, url: str | None) -> str | None:
        return url if url is None else checked_url(url)

    @field_validator("prompt")
    @classmethod
    def _holds_the_caption(cls, prompt: str) -> str:
        if _CAPTION not in prompt:
            raise ValueError("it does not say {caption}, where the caption is to stand")
        return prompt

    @property
    def url(self) -> str:
        """Where questions go. Raises RecognizerError if OPENAI_BASE_URL is no URL."""
        base = self.base_url or os.environ.get("OPENAI_BASE_URL") or _OPENAI
        try:
            return f"{checked_url(base).rstrip('/')}/chat/completions"
        except ValueError as error:
            raise RecognizerError(f"{self.name}: OPENAI_BASE_URL: {error}") from None

    @property
    def security_note(self) -> str:
        """What a stranger's card would send, and where."""
        key = {"Authorization": f"${{{self.key_variable}}}"} if self.key_variable else {}
        return sending(self.url, key | self.headers)

    def resolve_paths(self, folder: Path) -> Self:
        """The card with the whole path of its cache."""
        if self.cache is None:
            return self
        return self.model_copy(update={"cache": str((folder / self.cache).resolve())})

    def facts(self) -> dict[str, Any]:
        """Not who pays, what it costs, and where answers are kept."""
        aside = ("key_variable", "cache", "input_price", "output_price")
        return {name: value for name, value in super().facts().items() if name not in aside}

    def question(self, caption: str) -> dict[str, Any]:
        """The body of the request about a caption."""
        sent = {
            "model": self.model,
            "messages": [{"role": "user", "content": self.prompt.replace(_CAPTION, caption)}],
            "temperature": self.temperature,
            "max_tokens": self.max_tokens,
            "seed": self.seed,
            "response_format": {"type": "json_object"} if self.json_mode else None,
        }
        return {k: v for k, v in sent.items() if v is not None} | self.parameters

    def load(self) -> ChatRecognizer:
        """The model, not yet asked. Raises RecognizerError if it needs a key and there is none."""
        return ChatRecognizer(self)


class ChatRecognizer:
    """Asks a language model for the genes of each caption, and finds them back there."""

    def __init__(self, card: ChatCard, client: Client | None = None) -> None:
        self.name = card.name
        self._card = card
        self._url = card.url
        self._client = client or Client(card, self._url, self._headers())
        folder = card.cache or platformdirs.user_cache_path("nerbench", appauthor=False) / "chat"
        self._kept = ReplyCache(Path(folder))
        self._counting = threading.Lock()
        self._counts: Counter[str] = Counter()
        self._absent: Counter[str] = Counter()

    @cached_property
    def fingerprint(self) -> str:
        """Changes with the card, the endpoint and the question; never with a key."""
        return digest(self._card.facts(), self._url, self._card.question(_CAPTION))

    def recognize(self, texts: Iterable[str]) -> Iterator[list[Mention]]:
        """Yield the mentions of each text: all occurrences of each name that the model gives.

        Raises RecognizerError if the model cannot be reached, or gives no usable answer to one.
        """
        try:
            self._kept.prepare()
            for text, names in self._client.each(self._names, texts):
                mentions, missing = find_names(names, text)
                self._absent.update(missing)
                yield mentions
        except OSError as error:
            reason = f"{error.filename or ''} {error.strerror or error}".strip()
            raise RecognizerError(
                f"{self.name}: answers cannot be kept: {reason}; name another folder in the card's "
                "field cache"
            ) from None

    def notes(self) -> list[str]:
        """What was asked, what it took, and which names are in no caption."""
        counts, card = self._counts, self._card
        cost = ""
        if card.input_price is not None or card.output_price is not None:
            price = counts["input"] * (card.input_price or 0)
            price += counts["output"] * (card.output_price or 0)
            cost = f"; cost {price / 1e6:,.4f}"
        notes = [
            f"{self.name}: requests made: {counts['asked']:,}; answers from the cache: "
            f"{counts['kept']:,}",
            f"{self.name}: tokens of all answers, new and cached: {counts['input']:,} input, "
            f"{counts['output']:,} output{cost}",
        ]
        if self._absent:
            shown = ", ".join(sorted(self._absent)[:5]) + (", ..." if len(self._absent) > 5 else "")
            notes.append(
                f"{self.name}: names in its answers that are not in their captions, left out: "
                f"{self._absent.total():,} ({shown})"
            )
        return notes

    def _headers(self) -> Mapping[str, str]:
        """The card's headers and the key, if there is one."""
        card = self._card
        if not card.key_variable or "authorization" in map(str.lower, card.headers):
            return card.headers
        if not os.environ.get(card.key_variable, "").strip():
            if self._url.startswith(_OPENAI):
                raise RecognizerError(
                    f"{card.name}: the environment variable {card.key_variable} is not set: put "
                    "your key there, or name another endpoint in the card's base_url"
                )
            return card.headers
        return {"Authorization": f"Bearer ${{{card.key_variable}}}", **card.headers}

    def _names(self, text: str) -> tuple[str, list[str]]:
        """A caption and the names that the model gives for it, from the cache if they are there."""
        if not text.strip():
            return text, []
        question = self._card.question(text)
        asked = {"url": self._url, "question": question}
        reply = self._kept.get(asked)
        if reply is not None:
            self._count(kept=1, input=reply.input_tokens, output=reply.output_tokens)
        else:
            reply = self._answer(question, text)
            self._kept.put(asked, reply)
        return text, reply.genes

    def _answer(self, question: dict[str, Any], text: str) -> Reply:
        """Ask until the answer is usable."""
        taken: Counter[str] = Counter()
        reason = said = ""
        for _ in range(self._card.corrections + 1):
            content, tokens = self._ask(question, text)
            taken.update(tokens)
            try:
                return Reply(content, taken["input"], taken["output"])
            except ValueError as error:
                reason, said = str(error), content
            correction = (
                f"That answer cannot be used: {reason}. Answer with the JSON object alone: "
                '{"genes": ["NAME", "NAME"]}'
            )
            turns = (("assistant", content), ("user", correction))
            messages = [{"role": role, "content": words} for role, words in turns]
            question = {**question, "messages": question["messages"] + messages}
        raise self._error(
            f"gave no usable answer to {excerpt(text)} in {self._card.corrections + 1} tries "
            f"({reason}: {excerpt(said)}); the answers so far are kept, so that another try "
            "costs nothing for them; a clearer prompt may help"
        )

    def _ask(self, question: dict[str, Any], text: str) -> tuple[str, dict[str, int]]:
        """What the model says, and the tokens that it took."""
        answer = self._client.ask("POST", json=question)
        try:
            choice = answer["choices"][0]
            content = choice["message"]["content"]
            ended = choice.get("finish_reason")
        except (KeyError, IndexError, TypeError, AttributeError):
            shown = excerpt(str(answer), 200)
            raise self._error(f"answers no chat completion but {shown}") from None
        usage = answer.get("usage")
        tokens = {"input": _tokens(usage, "prompt"), "output": _tokens(usage, "completion")}
        self._count(asked=1, **tokens)
        if ended == "length":
            raise self._error(
                f"was cut off in its answer to {excerpt(text)}: raise max_tokens in the card "
                f"({self._card.max_tokens})"
            )
        return content if isinstance(content, str) else "", tokens

    def _count(self, **what: int) -> None:
        with self._counting:
            self._counts.update(what)

    def _error(self, reason: str) -> RecognizerError:
        return RecognizerError(f"{self.name}: {self._url} {reason}")


def _tokens(usage: Any, kind: str) -> int:
    """How many tokens of a kind a request took; 0 where the service does not say."""
    count = usage.get(f"{kind}_tokens") if isinstance(usage, dict) else None
    return count if isinstance(count, int) else 0
