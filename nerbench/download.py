"""Fetch a file over HTTP, resuming where an earlier try broke off."""

from __future__ import annotations

from collections.abc import Callable
from pathlib import Path

import httpx

from nerbench.errors import NerbenchError
from nerbench.files import writing

__all__ = ["download"]

_TRIES = 4
_TIMEOUT = httpx.Timeout(30.0, read=60.0)


def download(
    url: str, path: Path, on_bytes: Callable[[int, int | None], None] | None = None
) -> bool:
    """Fetch `url` into `path`; False if it was there already.

    What has arrived is kept in ``path.part`` and continued with a range request if the
    server's file has not changed since; a lost connection is tried again. ``on_bytes`` is
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
            for attempt in range(1, _TRIES + 1):
                try:
                    _fetch(client, url, part, tag, on_bytes)
                    break
                except httpx.TransportError as error:
                    if attempt == _TRIES:
                        raise NerbenchError(
                            f"{url}: the connection failed {_TRIES} times ({error}); run the "
                            "same command again to continue where it stopped"
                        ) from None
        part.replace(path)
        tag.unlink(missing_ok=True)
    return True


def _fetch(
    client: httpx.Client,
    url: str,
    part: Path,
    tag: Path,
    on_bytes: Callable[[int, int | None], None] | None,
) -> None:
    have = part.stat().st_size if part.exists() else 0
    known = tag.read_text(encoding="utf-8") if tag.exists() else ""
    # Without a validator the rest might belong to another version of the file: begin anew.
    headers = {"Range": f"bytes={have}-", "If-Range": known} if have and known else {}
    headers["Accept-Encoding"] = "identity"
    with client.stream("GET", url, headers=headers) as response:
        if response.status_code == httpx.codes.REQUESTED_RANGE_NOT_SATISFIABLE:
            part.unlink()
            raise httpx.ReadError("the file changed on the server")
        if response.status_code >= 400:
            raise NerbenchError(
                f"{url}: the server answers {response.status_code} {response.reason_phrase}"
            )
        resumed = response.status_code == httpx.codes.PARTIAL_CONTENT
        have = have if resumed else 0
        etag = response.headers.get("ETag", "")
        strong = "" if etag.startswith("W/") else etag
        tag.write_text(strong or response.headers.get("Last-Modified", ""), encoding="utf-8")
        length = response.headers.get("Content-Length")
        total = have + int(length) if length else None
        with part.open("ab" if resumed else "wb") as file:
            for chunk in response.iter_bytes(1 << 16):
                file.write(chunk)
                have += len(chunk)
                if on_bytes is not None:
                    on_bytes(have, total)
        if total is not None and have != total:
            raise httpx.ReadError(f"got {have} of {total} bytes")
