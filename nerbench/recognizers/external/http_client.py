"""Ask an HTTP service, with patience and manners: what the kinds `http` and `chat` share.

Failures that pass by themselves are tried again, ever later; requests keep their distance; keys
come from the environment at the last moment and never leave but in the request's headers.
"""

from __future__ import annotations

import json
import os
import re
import ssl
import threading
import time
import weakref
from collections import deque
from collections.abc import Callable, Iterable, Iterator, Mapping
from concurrent.futures import Future, ThreadPoolExecutor
from datetime import UTC, datetime
from email.utils import parsedate_to_datetime
from typing import TYPE_CHECKING, Any, TypeVar
from urllib.parse import urlsplit, urlunsplit

from pydantic import Field, field_validator

from nerbench.errors import RecognizerError
from nerbench.recognizers.cards import Card
from nerbench.recognizers.external.mentions import excerpt
from nerbench.version import __version__

if TYPE_CHECKING:
    import httpx

__all__ = ["Client", "RemoteCard", "checked_url", "sending", "shown_url"]

_Item = TypeVar("_Item")
_Result = TypeVar("_Result")

_PASSING = frozenset((408, 425, 429, 500, 502, 503, 504, 520, 522, 524, 529))
"""Statuses that say: not now."""
_LONGEST_WAIT = 120.0  # seconds; a service that asks for more is not waited for
_LARGEST_BODY = 1 << 26  # bytes
_SHORTEST_SECRET = 8  # characters: what is shorter is no key (none, EMPTY), and is in any text
_PATIENCE = ("timeout", "retries", "backoff", "requests_per_second", "concurrency")
_VARIABLE = re.compile(r"\$\{(\w+)\}")
_SECRET_HEADER = re.compile(r"auth|key|token|secret|cookie|password", re.IGNORECASE)


class RemoteCard(Card):
    """What the cards of all services say about how to ask.

    ``headers`` may take `${VARIABLE}` from the environment; those that carry keys must. A request
    has ``timeout`` seconds and is tried again up to ``retries`` times, first after ``backoff``
    seconds, then after twice as long each time, or when the service says. At most
    ``requests_per_second`` begin, ``concurrency`` of them at a time.
    """

    headers: dict[str, str] = Field(default_factory=dict)
    timeout: float = Field(default=60.0, gt=0)
    retries: int = Field(default=5, ge=0)
    backoff: float = Field(default=1.0, ge=0)
    requests_per_second: float | None = Field(default=None, gt=0)
    concurrency: int = Field(default=1, ge=1, le=64)

    @field_validator("headers")
    @classmethod
    def _keeps_no_secret(cls, headers: dict[str, str]) -> dict[str, str]:
        for name, value in headers.items():
            if not (f"{name}{value}".isascii() and f"{name}{value}".isprintable()):
                raise ValueError(f"{name!r} or its value holds what no header can")
            if _SECRET_HEADER.search(name) and not _VARIABLE.search(value):
                raise ValueError(
                    f"{name} looks like a key, and a card is no place for one: put it into the "
                    "environment and write ${ITS_VARIABLE} here"
                )
        return headers

    def facts(self) -> dict[str, Any]:
        """Not how patiently the service is asked."""
        facts = super().facts()
        return {name: value for name, value in facts.items() if name not in _PATIENCE}


def checked_url(url: str) -> str:
    """The URL, if it is one of http or https. Raises ValueError if not.

    >>> checked_url("localhost:8888/plain")
    Traceback (most recent call last):
    ValueError: 'localhost:8888/plain' is no URL: it begins with http:// or https://
    """
    try:
        parts = urlsplit(url)
        is_whole = parts.scheme in ("http", "https") and parts.hostname and parts.port != 0
    except ValueError as error:
        raise ValueError(f"{url!r} is no URL: {error}") from None
    if not is_whole:
        raise ValueError(f"{url!r} is no URL: it begins with http:// or https://")
    if parts.username or parts.password or parts.query:
        raise ValueError(
            "a URL here has no user, password or query: keys go into headers, from the "
            "environment, and a query into the card's request"
        )
    return url


def shown_url(url: str) -> str:
    """The URL as messages show it, without its query.

    >>> shown_url("https://example.org/ner?key=abc")
    'https://example.org/ner'
    """
    return urlunsplit((*urlsplit(url)[:3], "", ""))


def sending(url: str, headers: Mapping[str, str]) -> str:
    """What a card's caution says about what is sent, and where.

    >>> sending("http://localhost:8888/ner", {"Authorization": "Bearer ${TOKEN}"})
    'sends captions to localhost:8888, with the content of $TOKEN'
    """
    secret = "".join(f", with the content of ${name}" for name in _variables(headers))
    return f"sends captions to {urlsplit(url).netloc}{secret}"


def _variables(headers: Mapping[str, str]) -> list[str]:
    """The environment variables that headers take."""
    return sorted({name for value in headers.values() for name in _VARIABLE.findall(value)})


def _expanded(headers: Mapping[str, str]) -> tuple[dict[str, str], dict[str, str]]:
    """Headers with their variables put in, and the variables.

    Raises RecognizerError if one is not set, or holds what no header can.
    """
    values = {}
    for name in _variables(headers):
        value = os.environ.get(name, "").strip()
        if not value:
            raise RecognizerError(
                f"the environment variable {name} is not set; the card's headers need it"
            )
        if not (value.isascii() and value.isprintable()):
            raise RecognizerError(
                f"the environment variable {name} holds what no header can: a line break, or a "
                "character that is not ASCII"
            )
        values[name] = value
    filled = {
        header: _VARIABLE.sub(lambda match: values[match[1]], text)
        for header, text in headers.items()
    }
    return filled, values


class _PassingError(Exception):
    """A failure that may pass by itself; `wait` is how long the service says it takes."""

    def __init__(self, reason: str, wait: float | None = None) -> None:
        super().__init__(reason)
        self.wait = wait


class Client:
    """A service's address, and the way to ask it; may be used by several threads.

    Raises RecognizerError if a header's variable is not set.
    """

    def __init__(
        self,
        card: RemoteCard,
        url: str,
        headers: Mapping[str, str],
        *,
        clock: Callable[[], float] = time.monotonic,
        sleep: Callable[[float], object] | None = None,
    ) -> None:
        import httpx  # takes a while: only for who asks a service

        self._card = card
        self._url = url
        self._clock = clock
        try:
            headers, values = _expanded(headers)
        except RecognizerError as error:
            raise RecognizerError(f"{card.name}: {error}") from None
        self._variables = tuple(values)
        self._secrets = [value for value in values.values() if len(value) >= _SHORTEST_SECRET]
        self._http = httpx.Client(
            headers={"User-Agent": f"nerbench/{__version__}", **headers}, timeout=card.timeout
        )
        self._pacing = threading.Lock()
        self._next_turn = float("-inf")
        self._no_more = threading.Event()
        self._sleep = sleep or self._no_more.wait
        weakref.finalize(self, self._http.close)

    def ask(self, method: str, **request: Any) -> Any:
        """Send a request (httpx's `json`, `data`, `params`); the JSON that is answered.

        Raises RecognizerError if the service cannot be reached, refuses, or answers no JSON.
        """
        for attempt in range(self._card.retries + 1):
            self._wait_for_turn()
            try:
                return self._ask_once(method, request)
            except _PassingError as failure:
                reason, wait = str(failure), failure.wait
            if wait is not None and wait > _LONGEST_WAIT:
                raise self._error(f"{reason}, and asks to be left alone for {wait:,.0f} s")
            if self._no_more.is_set():
                break
            if attempt < self._card.retries:
                self._sleep(self._card.backoff * 2**attempt if wait is None else wait)
        tries = attempt + 1
        raise self._error(f"{reason} (tried {tries} time{'s' * (tries > 1)})")

    def each(self, work: Callable[[_Item], _Result], items: Iterable[_Item]) -> Iterator[_Result]:
        """The results of work that asks, in the items' order; so many at a time as the card says.

        Reads only so many items ahead. Raises what the work raises, at its item's place.
        """
        workers = self._card.concurrency
        if workers == 1:
            yield from map(work, items)
            return
        pool = ThreadPoolExecutor(workers)
        under_way: deque[Future[_Result]] = deque()
        try:
            for item in items:
                under_way.append(pool.submit(work, item))
                if len(under_way) == workers:
                    yield under_way.popleft().result()
            while under_way:
                yield under_way.popleft().result()
        finally:
            self._no_more.set()
            pool.shutdown(cancel_futures=True)
            self._no_more.clear()

    def redacted(self, text: str) -> str:
        """The text without the keys that were sent: a service may repeat them."""
        for secret in self._secrets:
            text = text.replace(secret, "***").replace(secret.replace("/", "\\/"), "***")
        return text

    def _wait_for_turn(self) -> None:
        rate = self._card.requests_per_second
        if rate is None:
            return
        with self._pacing:
            now = self._clock()
            turn = max(now, self._next_turn)
            self._next_turn = turn + 1 / rate
        if turn > now:
            self._sleep(turn - now)

    def _ask_once(self, method: str, request: Mapping[str, Any]) -> Any:
        import httpx

        deadline = self._clock() + self._card.timeout
        try:
            with self._http.stream(method, self._url, **request) as response:
                body = bytearray()
                for part in response.iter_bytes():
                    body += part
                    if len(body) > _LARGEST_BODY:
                        raise self._error(f"answers with more than {_LARGEST_BODY >> 20} MB")
                    if self._clock() > deadline:
                        raise httpx.ReadTimeout("")
        except httpx.TimeoutException:
            raise _PassingError(f"gave no answer within {self._card.timeout:g} s") from None
        except httpx.TransportError as error:
            raise self._unreachable(error) from None
        except (httpx.HTTPError, httpx.InvalidURL) as error:  # as a body that cannot be decoded
            raise self._error(f"gave no usable answer ({error})") from None
        text = self.redacted(bytes(body).decode("utf-8-sig", "replace"))
        if response.status_code >= 300:
            raise self._refusal(response, text)
        return self._parsed(response, text)

    def _unreachable(self, error: httpx.TransportError) -> Exception:
        """Why there was no answer; a certificate does not become right by waiting."""
        import httpx

        reason = " ".join(str(error).split()) or type(error).__name__
        cause: BaseException | None = error
        while cause is not None and not isinstance(cause, ssl.SSLError):
            cause = cause.__cause__ or cause.__context__
        if cause is not None:
            return self._error(
                f"cannot be reached safely ({reason}): is it https? the environment variable "
                "SSL_CERT_FILE names the certificates to trust"
            )
        if isinstance(error, httpx.ConnectError):
            return _PassingError(f"cannot be reached ({reason}): is it running, and the URL right?")
        return _PassingError(f"broke the connection off ({reason})")

    def _refusal(self, response: httpx.Response, text: str) -> Exception:
        status = response.status_code
        said = _said(text)
        reason = f"answers {status} {response.reason_phrase}".rstrip() + (f": {said}" * bool(said))
        if status in _PASSING:
            return _PassingError(reason, _retry_after(response.headers.get("Retry-After")))
        if response.has_redirect_location:
            place = shown_url(str(response.url.join(response.headers["Location"])))
            return self._error(f"answers {status} and sends to {place}: put that into the card")
        if status in (401, 403) and self._variables:
            reason += f"; is the key in {', '.join(self._variables)} right?"
        return self._error(reason)

    def _parsed(self, response: httpx.Response, text: str) -> Any:
        try:
            return json.loads(text)
        except (ValueError, RecursionError):
            what = response.headers.get("Content-Type", "").partition(";")[0] or "unknown"
            said = excerpt(text, 100) if text.strip() else "nothing at all"
            raise self._error(f"answers no JSON but {said} (type {what})") from None

    def _error(self, reason: str) -> RecognizerError:
        return RecognizerError(f"{self._card.name}: {shown_url(self._url)} {self.redacted(reason)}")


def _said(text: str) -> str:
    """What a refusing service says, on one line: the message in its JSON, or its page's text."""
    try:
        found = json.loads(text)
    except (ValueError, RecursionError):
        text = re.sub(r"(?s)<(script|style|title).*?</\1>|<[^>]*>", " ", text[:20_000])
    else:
        for field in ("error", "detail", "message"):
            if isinstance(found, dict) and isinstance(found.get(field), str | dict | list):
                found = found[field]
        text = found if isinstance(found, str) else json.dumps(found, ensure_ascii=False)
    line = " ".join(text.split())
    return line if len(line) <= 200 else f"{line[:200]}..."


def _retry_after(value: str | None) -> float | None:
    """Seconds from a Retry-After header (RFC 9110, 10.2.3): a number, or a date.

    >>> _retry_after("7"), _retry_after("Thu, 01 Jan 1970 00:00:00 GMT"), _retry_after("soon")
    (7.0, 0.0, None)
    """
    if value is None:
        return None
    if value.strip().isdecimal():
        return float(value)
    try:
        date = parsedate_to_datetime(value)
    except ValueError:
        return None
    date = date if date.tzinfo else date.replace(tzinfo=UTC)
    return max(0.0, (date - datetime.now(UTC)).total_seconds())
