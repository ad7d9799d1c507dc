"""Downloads from a local server: whole, interrupted, continued, refused."""

from __future__ import annotations

import socket
import threading
from collections.abc import Iterator
from http.server import BaseHTTPRequestHandler, ThreadingHTTPServer
from pathlib import Path
from typing import Any

import pytest

from nerbench import NerbenchError
from nerbench.download import download

CONTENT = bytes(range(256)) * 2000  # 512,000 bytes
OTHER = CONTENT[::-1]


class Server(ThreadingHTTPServer):
    """Serves `content`; can cut connections, ignore ranges, answer with an error."""

    daemon_threads = True

    def __init__(self) -> None:
        super().__init__(("127.0.0.1", 0), Handler)
        self.content = CONTENT
        self.validators: dict[str, str] = {"ETag": '"v1"'}
        self.ranges = True
        self.status = 0
        self.cuts: list[int] = []
        """Break the next connections off after so many bytes of the body."""
        self.with_length = True
        self.redirect = False
        self.asked: list[str | None] = []
        """The Range header of every request so far."""

    @property
    def url(self) -> str:
        return f"http://127.0.0.1:{self.server_address[1]}/pfocr.zip"

    def handle_error(self, request: Any, client_address: Any) -> None:
        """A client that went away is no news."""


class Handler(BaseHTTPRequestHandler):
    server: Server
    protocol_version = "HTTP/1.1"

    def log_message(self, *args: Any) -> None:
        """Quiet."""

    def do_GET(self) -> None:
        server, asked = self.server, self.headers.get("Range")
        server.asked.append(asked)
        if server.redirect and self.path == "/pfocr.zip":
            self.send_response(302)
            self.send_header("Location", "/elsewhere/pfocr.zip")
            self.send_header("Content-Length", "0")
            self.end_headers()
            return
        if server.status:
            self.send_error(server.status)
            return
        first = 0
        fresh = self.headers.get("If-Range") in (None, *server.validators.values())
        if asked and server.ranges and fresh:
            first = int(asked.removeprefix("bytes=").removesuffix("-"))
            if first >= len(server.content):
                self.send_response(416)
                self.send_header("Content-Length", "0")
                self.end_headers()
                return
            self.send_response(206)
            size = len(server.content)
            self.send_header("Content-Range", f"bytes {first}-{size - 1}/{size}")
        else:
            self.send_response(200)
        for name, value in server.validators.items():
            self.send_header(name, value)
        body = server.content[first:]
        if server.with_length:
            self.send_header("Content-Length", str(len(body)))
        self.send_header("Connection", "close")
        self.end_headers()
        cut = server.cuts.pop(0) if server.cuts else None
        self.wfile.write(body[:cut])
        self.wfile.flush()
        self.close_connection = True


@pytest.fixture
def server() -> Iterator[Server]:
    with Server() as server:
        thread = threading.Thread(target=server.serve_forever, args=(0.01,), daemon=True)
        thread.start()
        yield server
        server.shutdown()
        thread.join()


@pytest.fixture
def path(tmp_path: Path) -> Path:
    return tmp_path / "corpora" / "pfocr.zip"


def leftovers(path: Path) -> list[str]:
    return sorted(p.name for p in path.parent.iterdir() if p != path)


def test_a_file_is_downloaded_whole_into_a_new_folder(server: Server, path: Path) -> None:
    assert download(server.url, path) is True
    assert path.read_bytes() == CONTENT
    assert leftovers(path) == []
    assert server.asked == [None]


def test_an_existing_file_is_not_downloaded_again(server: Server, path: Path) -> None:
    path.parent.mkdir()
    path.write_bytes(b"mine")
    assert download(server.url, path) is False
    assert path.read_bytes() == b"mine"
    assert server.asked == []


def test_a_cut_connection_is_continued_where_it_broke(server: Server, path: Path) -> None:
    server.cuts = [200_000]
    assert download(server.url, path)
    assert path.read_bytes() == CONTENT
    first, second = server.asked
    assert first is None
    # What had arrived when the connection broke is not fetched again.
    assert second is not None
    assert 0 < int(second.removeprefix("bytes=").removesuffix("-")) <= 200_000


def test_an_interrupted_download_is_continued_by_the_next(server: Server, path: Path) -> None:
    server.cuts = [100_000, 50_000, 50_000, 50_000]
    with pytest.raises(NerbenchError, match=r"failed 4 times.*run the same command again"):
        download(server.url, path)
    assert not path.exists()
    part = path.with_name("pfocr.zip.part")
    have = part.stat().st_size
    assert have > 0
    assert part.read_bytes() == CONTENT[:have]
    assert download(server.url, path)
    assert path.read_bytes() == CONTENT
    assert server.asked[-1] == f"bytes={have}-"
    assert leftovers(path) == []


def test_a_server_without_ranges_sends_the_file_again(server: Server, path: Path) -> None:
    server.cuts, server.ranges = [200_000], False
    assert download(server.url, path)
    assert path.read_bytes() == CONTENT


def test_without_a_validator_a_broken_download_starts_again(server: Server, path: Path) -> None:
    server.cuts, server.validators = [200_000], {}
    assert download(server.url, path)
    assert path.read_bytes() == CONTENT
    assert server.asked == [None, None]


def test_a_download_is_not_continued_by_a_weak_etag(server: Server, path: Path) -> None:
    server.cuts, server.validators = [200_000], {"ETag": 'W/"v1"'}
    assert download(server.url, path)
    assert path.read_bytes() == CONTENT
    assert server.asked == [None, None]


def test_a_download_is_continued_by_a_date_of_change(server: Server, path: Path) -> None:
    server.cuts = [200_000]
    server.validators = {"Last-Modified": "Wed, 21 Oct 2026 07:28:00 GMT"}
    assert download(server.url, path)
    assert path.read_bytes() == CONTENT
    assert server.asked[1] is not None


def test_parts_of_two_versions_are_not_joined(server: Server, path: Path) -> None:
    server.cuts = [200_000, 0, 0, 0]
    with pytest.raises(NerbenchError):
        download(server.url, path)
    server.content, server.validators = OTHER, {"ETag": '"v2"'}
    assert download(server.url, path)
    assert path.read_bytes() == OTHER


def test_a_file_that_shrank_meanwhile_is_downloaded_again(server: Server, path: Path) -> None:
    server.cuts = [200_000, 0, 0, 0]
    with pytest.raises(NerbenchError):
        download(server.url, path)
    server.content = CONTENT[:1000]  # the server claims that it is the same version
    assert download(server.url, path)
    assert path.read_bytes() == CONTENT[:1000]


def test_a_complete_part_is_renamed(server: Server, path: Path) -> None:
    path.parent.mkdir()
    path.with_name("pfocr.zip.part").write_bytes(CONTENT)
    path.with_name("pfocr.zip.etag").write_text('"v1"', encoding="utf-8")
    assert download(server.url, path)
    assert path.read_bytes() == CONTENT


@pytest.mark.parametrize("status", [403, 404, 500, 503])
def test_an_error_status_is_one_clear_error(server: Server, path: Path, status: int) -> None:
    server.status = status
    with pytest.raises(NerbenchError, match=f"pfocr.zip: the server answers {status} "):
        download(server.url, path)
    assert not path.exists()
    assert len(server.asked) == 1


def test_a_redirect_is_followed(server: Server, path: Path) -> None:
    server.redirect = True
    assert download(server.url, path)
    assert path.read_bytes() == CONTENT


def test_an_unreachable_server_is_one_clear_error(path: Path) -> None:
    with socket.socket() as taken:  # bound, but nobody listens
        taken.bind(("127.0.0.1", 0))
        url = f"http://127.0.0.1:{taken.getsockname()[1]}/x.zip"
        with pytest.raises(NerbenchError, match="the connection failed 4 times"):
            download(url, path)


@pytest.mark.parametrize("url", ["", "no address", "ftp://127.0.0.1/x", "http://", "http://[x/"])
def test_an_invalid_address_is_one_clear_error(path: Path, url: str) -> None:
    with pytest.raises(NerbenchError):
        download(url, path)


def test_a_folder_that_cannot_be_written_is_one_clear_error(server: Server, tmp_path: Path) -> None:
    (tmp_path / "corpora").write_text("a file in the way", encoding="utf-8")
    with pytest.raises(NerbenchError, match="cannot be written"):
        download(server.url, tmp_path / "corpora" / "pfocr.zip")
    assert server.asked == []


def test_the_progress_ends_at_the_total_even_when_continued(server: Server, path: Path) -> None:
    server.cuts = [200_000]
    seen: list[tuple[int, int | None]] = []
    download(server.url, path, lambda done, total: seen.append((done, total)))
    assert seen[-1] == (len(CONTENT), len(CONTENT))
    assert {total for _, total in seen} == {len(CONTENT)}
    assert [done for done, _ in seen] == sorted(done for done, _ in seen)


def test_without_a_length_the_total_is_unknown(server: Server, path: Path) -> None:
    server.with_length = False
    seen: list[tuple[int, int | None]] = []
    download(server.url, path, lambda done, total: seen.append((done, total)))
    assert seen[-1] == (len(CONTENT), None)
    assert path.read_bytes() == CONTENT
