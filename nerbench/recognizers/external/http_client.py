"""Requests to HTTP services: retries, pacing, keys and error messages, for `http` and `chat`."""

from __future__ import annotations

import json
import logging
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
from typing import TYPE_CHECKING, Annotated, Any, ClassVar, TypeVar
from urllib.parse import urlsplit

from pydantic import AfterValidator, Field, field_validator

from nerbench.errors import RecognizerError
from nerbench.recognizers.cards import Card
from nerbench.recognizers.external.mentions import excerpt
from nerbench.version import __version__

if TYPE_CHECKING:
    import httpx

_LOG = logging.getLogger(__name__)

_Item = TypeVar("_Item")
_Result = TypeVar("_Result")

_TRANSIENT_STATUSES = frozenset((408, 425, 429, 500, 502, 503, 504, 520, 522, 524, 529))
_MAX_WAIT = 120.0  # seconds; a service that asks for a longer wait is not retried
_MAX_BODY_SIZE = 1 << 26  # bytes
_MIN_KEY_LENGTH = 8  # characters; shorter values (none, EMPTY) are no keys, and occur in any text
_VARIABLE = re.compile(r"\$\{(\w+)\}")
_SECRET_HEADER = re.compile(r"auth|key|token|secret|cookie|password", re.IGNORECASE)


class RemoteCard(Card):
    """The part of a service's card that says how to ask it.

    Parameters
    ----------
    headers
        Further headers; keys among them are written `${VARIABLE}`, from the environment.
    timeout
        Seconds for a request.
    retries, backoff
        How often a failed request is tried again, and the seconds before the first of these, which
        double each time unless the service says when.
    requests_per_second, concurrency
        The most requests that begin in a second, and that run at a time.
    """

    not_in_fingerprint: ClassVar[frozenset[str]] = frozenset(
        ("timeout", "retries", "backoff", "requests_per_second", "concurrency")
    )

    headers: dict[str, str] = Field(default_factory=dict)
    timeout: float = Field(default=60.0, gt=0)
    retries: int = Field(default=5, ge=0)
    backoff: float = Field(default=1.0, ge=0)
    requests_per_second: float | None = Field(default=None, gt=0)
    concurrency: int = Field(default=1, ge=1, le=64)

    @field_validator("headers")
    @classmethod
    def _check_headers(cls, headers: dict[str, str]) -> dict[str, str]:
        for name, value in headers.items():
            if not _fits_header(f"{name}{value}"):
                raise ValueError(f"{name!r} or its value holds characters that no header can")
            if _SECRET_HEADER.search(name) and not _VARIABLE.search(value):
                raise ValueError(
                    f"{name} looks like a key, and a card is no place for one: put it into the "
                    "environment and write ${ITS_VARIABLE} here"
                )
        return headers


def _fits_header(text: str) -> bool:
    return text.isascii() and text.isprintable()


def check_url(url: str) -> str:
    """Return the URL if it is one of http or https. Raises ValueError if not.

    >>> check_url("localhost:8888/plain")
    Traceback (most recent call last):
    ValueError: 'localhost:8888/plain' is no URL: it begins with http:// or https://
    """
    try:
        parts = urlsplit(url)
        if not (parts.scheme in ("http", "https") and parts.hostname and parts.port != 0):
            raise ValueError("it begins with http:// or https://")
    except ValueError as error:
        raise ValueError(f"{url!r} is no URL: {error}") from None
    if parts.username or parts.password or parts.query:
        raise ValueError(
            "a URL here has no user, password or query: keys go into headers, from the "
            "environment, and a query into the card's request"
        )
    return url


Url = Annotated[str, AfterValidator(check_url)]


def describe_sending(url: str, headers: Mapping[str, str]) -> str:
    """Return a card's security note: what is sent, and where.

    >>> describe_sending("http://localhost:8888/ner", {"Authorization": "Bearer ${TOKEN}"})
    'sends captions to localhost:8888, with the content of $TOKEN'
    """
    contents = "".join(f", with the content of ${name}" for name in _variables(headers))
    return f"sends captions to {urlsplit(url).netloc}{contents}"


def _variables(headers: Mapping[str, str]) -> list[str]:
    return sorted({name for value in headers.values() for name in _VARIABLE.findall(value)})


def _read_variables(card: RemoteCard, headers: Mapping[str, str]) -> dict[str, str]:
    """Return the values of headers' variables. Raises RecognizerError if one is unset or unfit."""
    values = {name: os.environ.get(name, "").strip() for name in _variables(headers)}
    for name, value in values.items():
        if not value:
            reason = "is not set; the card's headers need it"
        elif not _fits_header(value):
            reason = "holds what no header can: a line break, or a character that is not ASCII"
        else:
            continue
        raise RecognizerError(f"{card.name}: the environment variable {name} {reason}")
    return values


class _TransientError(Exception):
    """A failure that may pass; `wait` is the number of seconds that the service asks for."""

    def __init__(self, reason: str, wait: float | None = None) -> None:
        super().__init__(reason)
        self.wait = wait


class Client:
    """A service, which several threads may ask. Raises RecognizerError if a variable is not set."""

    def __init__(
        self,
        card: RemoteCard,
        url: str,
        headers: Mapping[str, str],
        *,
        clock: Callable[[], float] = time.monotonic,
        sleep: Callable[[float], object] | None = None,
    ) -> None:
        import httpx  # slow to import, and needed only if a service is asked

        self._card = card
        self._url = url
        self._clock = clock
        values = _read_variables(card, headers)
        self._variables = tuple(values)
        self._keys = [value for value in values.values() if len(value) >= _MIN_KEY_LENGTH]
        filled = {name: _VARIABLE.sub(lambda m: values[m[1]], headers[name]) for name in headers}
        self._http = httpx.Client(
            headers={"User-Agent": f"nerbench/{__version__}", **filled}, timeout=card.timeout
        )
        self._turn_lock = threading.Lock()
        self._next_turn = float("-inf")  # when the next request may begin, by the clock
        self._announced_until = float("-inf")  # no other retry is said before, by the clock
        self._is_stopping = threading.Event()
        self._sleep = sleep or self._is_stopping.wait
        weakref.finalize(self, self._http.close)

    def request(self, method: str, **content: Any) -> Any:
        """Send a request (httpx's `json`, `data`, `params`) and return the JSON of its answer.

        Raises RecognizerError if the service cannot be reached, refuses, or answers no JSON.
        """
        for attempt in range(self._card.retries + 1):
            self._wait_for_turn()
            try:
                return self._request_once(method, content)
            except _TransientError as error:
                reason, wait = str(error), error.wait
            if self._is_stopping.is_set():
                break
            if attempt < self._card.retries:
                waits = [self._card.backoff * 2**n for n in range(attempt, self._card.retries)]
                if wait is not None:
                    waits[0] = wait
                self._announce_retry(reason, attempt + 1, waits)
                self._sleep(waits[0])
        tries = attempt + 1
        raise self._error(f"{reason} (tried {tries} time{'s' * (tries > 1)})")

    def _announce_retry(self, reason: str, tries: int, waits: list[float]) -> None:
        """Say what is tried again, and for how long; once, where several threads wait."""
        now = self._clock()
        with self._turn_lock:
            if now < self._announced_until:
                return
            self._announced_until = now + waits[0]
        _LOG.warning(
            "%s; %d of %d tries failed, next one in %.3g s, giving up after %.3g s of waiting",
            self._error(reason),
            tries,
            self._card.retries + 1,
            waits[0],
            sum(waits),
        )

    def map_in_order(
        self, work: Callable[[_Item], _Result], items: Iterable[_Item]
    ) -> Iterator[tuple[_Item, _Result]]:
        """Yield each item with its result, in order. Raises what the work raises, at its place."""
        workers = self._card.concurrency
        if workers == 1:
            yield from ((item, work(item)) for item in items)
            return
        pool = ThreadPoolExecutor(workers)
        pending: deque[tuple[_Item, Future[_Result]]] = deque()
        try:
            for item in items:
                pending.append((item, pool.submit(work, item)))
                if len(pending) == workers:
                    first, result = pending.popleft()
                    yield first, result.result()
            for item, result in pending:
                yield item, result.result()
        finally:
            self._is_stopping.set()
            pool.shutdown(cancel_futures=True)
            self._is_stopping.clear()

    def redact(self, text: str) -> str:
        """Return the text without the keys that were sent: a service may repeat them."""
        for key in self._keys:
            text = text.replace(key, "***").replace(key.replace("/", "\\/"), "***")
        return text

    def _wait_for_turn(self) -> None:
        """Wait until the next request may begin; each call takes a turn."""
        rate = self._card.requests_per_second
        if rate is None:
            return
        with self._turn_lock:
            now = self._clock()
            turn = max(now, self._next_turn)
            self._next_turn = turn + 1 / rate
        if turn > now:
            self._sleep(turn - now)

    def _request_once(self, method: str, content: Mapping[str, Any]) -> Any:
        import httpx

        deadline = self._clock() + self._card.timeout
        body = bytearray()
        try:
            with self._http.stream(method, self._url, **content) as response:
                for part in response.iter_bytes():
                    body += part
                    if len(body) > _MAX_BODY_SIZE:
                        raise self._error(f"answers with more than {_MAX_BODY_SIZE >> 20} MB")
                    if self._clock() > deadline:
                        raise httpx.ReadTimeout("")
        except httpx.TimeoutException:
            raise _TransientError(f"gave no answer within {self._card.timeout:g} s") from None
        except httpx.TransportError as error:
            raise self._connection_error(error) from None
        except (httpx.HTTPError, httpx.InvalidURL) as error:  # as a body that cannot be decoded
            raise self._error(f"gave no usable answer ({error})") from None
        text = self.redact(bytes(body).decode("utf-8-sig", "replace"))
        if response.status_code >= 300:
            raise self._status_error(response, text)
        try:
            return json.loads(text)
        except (ValueError, RecursionError):
            media_type = response.headers.get("Content-Type", "").partition(";")[0] or "unknown"
            shown = excerpt(text, 100) if text.strip() else "nothing at all"
            raise self._error(f"answers no JSON but {shown} (type {media_type})") from None

    def _connection_error(self, error: httpx.TransportError) -> Exception:
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
        if not isinstance(error, httpx.ConnectError):
            return _TransientError(f"broke the connection off ({reason})")
        return _TransientError(f"cannot be reached ({reason}): is it running, and the URL right?")

    def _status_error(self, response: httpx.Response, text: str) -> Exception:
        status = response.status_code
        message = _error_message(text)
        reason = f"answers {status} {response.reason_phrase}".rstrip()
        reason += f": {message}" * bool(message)
        if status in _TRANSIENT_STATUSES:
            wait = _retry_after(response.headers.get("Retry-After"))
            if wait is None or wait <= _MAX_WAIT:
                return _TransientError(reason, wait)
            return self._error(f"{reason}, and asks to wait {wait:,.0f} s; try again then")
        if response.has_redirect_location:
            location = response.url.join(response.headers["Location"])
            target = location.copy_with(query=None, fragment=None)
            return self._error(f"answers {status} and sends to {target}: put that into the card")
        if status in (401, 403) and self._variables:
            reason += f"; is the key in {', '.join(self._variables)} right?"
        return self._error(reason)

    def _error(self, reason: str) -> RecognizerError:
        return RecognizerError(f"{self._card.name}: {self._url} {self.redact(reason)}")


def _error_message(text: str) -> str:
    """Return the message of a refusal on one line, from its JSON or its page."""
    try:
        value = json.loads(text)
    except (ValueError, RecursionError):
        text = re.sub(r"(?s)<(script|style|title).*?</\1>|<[^>]*>", " ", text[:20_000])
    else:
        for field in ("error", "detail", "message"):
            if isinstance(value, dict) and isinstance(value.get(field), str | dict | list):
                value = value[field]
        text = value if isinstance(value, str) else json.dumps(value, ensure_ascii=False)
    line = " ".join(text.split())
    return line if len(line) <= 200 else f"{line[:200]}..."


def _retry_after(value: str | None) -> float | None:
    """Return the seconds of a Retry-After header (RFC 9110, 10.2.3): a number, or a date.

    >>> _retry_after("7"), _retry_after("Thu, 01 Jan 1970 00:00:00 GMT"), _retry_after("soon")
    (7.0, 0.0, None)
    """
    if value is None or value.strip().isdecimal():
        return None if value is None else float(value)
    try:
        date = parsedate_to_datetime(value)
    except ValueError:
        return None
    date = date if date.tzinfo else date.replace(tzinfo=UTC)
    return max(0.0, (date - datetime.now(UTC)).total_seconds())
