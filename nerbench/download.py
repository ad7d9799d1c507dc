"""Download a file over HTTP, and continue an interrupted download."""

from __future__ import annotations

from collections.abc import Callable
from pathlib import Path

import httpx

from nerbench.errors import NerbenchError
from nerbench.files import writing

_MAX_ATTEMPTS = 4
_TIMEOUT = httpx.Timeout(30.0, read=60.0)  # seconds


def download(
    url: str, path: Path, on_bytes: Callable[[int, int | None], None] | None = None
) -> bool:
    """Download `url` to `path`, and return False if the file existed.

    The bytes received are kept in ``path.part``; a later attempt continues them with a range
    request if the server's file has not changed. A lost connection is retried. ``on_bytes`` is
    called with the bytes so far and the total (None if unknown).

    Raises NerbenchError if the server refuses or cannot be reached, or the file cannot be written.
    """
    if path.exists():
        return False
    part = path.with_name(path.name + ".part")
    tag = path.with_name(path.name + ".etag")
    with writing(path):
        path.parent.mkdir(parents=True, exist_ok=True)
        with httpx.Client(follow_redirects=True, timeout=_TIMEOUT) as client:
            for attempt in range(1, _MAX_ATTEMPTS + 1):
                try:
                    _download_part(client, url, part, tag, on_bytes)
                    break
                except httpx.TransportError as error:
                    if attempt == _MAX_ATTEMPTS:
                        raise NerbenchError(
                            f"{url}: the connection failed {_MAX_ATTEMPTS} times ({error}); run "
                            "the same command again to continue where it stopped"
                        ) from None
        part.replace(path)
        tag.unlink(missing_ok=True)
    return True


def _download_part(
    client: httpx.Client,
    url: str,
    part: Path,
    tag: Path,
    on_bytes: Callable[[int, int | None], None] | None,
) -> None:
    received = part.stat().st_size if part.exists() else 0
    validator = tag.read_text(encoding="utf-8") if tag.exists() else ""
    # Without a validator the rest can belong to another version of the file: start again.
    can_continue = received and validator
    headers = {"Range": f"bytes={received}-", "If-Range": validator} if can_continue else {}
    headers["Accept-Encoding"] = "identity"
    with client.stream("GET", url, headers=headers) as response:
        if response.status_code == httpx.codes.REQUESTED_RANGE_NOT_SATISFIABLE:
            part.unlink()
            raise httpx.ReadError("the file changed on the server")
        if response.status_code >= 400:
            raise NerbenchError(
                f"{url}: the server answers {response.status_code} {response.reason_phrase}"
            )
        is_continued = response.status_code == httpx.codes.PARTIAL_CONTENT
        received = received if is_continued else 0
        etag = response.headers.get("ETag", "")
        strong_etag = "" if etag.startswith("W/") else etag  # weak ones are not for ranges
        tag.write_text(strong_etag or response.headers.get("Last-Modified", ""), encoding="utf-8")
        length = response.headers.get("Content-Length")
        total = received + int(length) if length else None
        with part.open("ab" if is_continued else "wb") as file:
            for chunk in response.iter_bytes(1 << 16):
                file.write(chunk)
                received += len(chunk)
                if on_bytes is not None:
                    on_bytes(received, total)
        if total is not None and received != total:
            raise httpx.ReadError(f"got {received} of {total} bytes")
