"""A real HTTP server on this machine whose answers a test defines."""

from __future__ import annotations

import json
import threading
from collections.abc import Callable, Iterator
from contextlib import contextmanager
from dataclasses import dataclass, field
from http.server import BaseHTTPRequestHandler, ThreadingHTTPServer
from typing import Any


@dataclass(frozen=True)
class Request:
    """A request as the server receives it."""

    method: str
    path: str
    headers: dict[str, str]
    body: bytes

    @property
    def json(self) -> Any:
        return json.loads(self.body)


@dataclass
class Answer:
    """An answer: JSON of `body`, or its bytes as they are."""

    body: Any = b""
    status: int = 200
    headers: dict[str, str] = field(default_factory=dict)
    cut_to: int | None = None
    """Bytes to send before the connection breaks; the header promises the whole length."""


Behaviour = Callable[[Request], Answer]


@dataclass
class Service:
    """A running server: its address, and its requests so far."""

    url: str
    requests: list[Request] = field(default_factory=list)


Serve = Callable[[Behaviour], Service]


@contextmanager
def serving(behaviour: Behaviour) -> Iterator[Service]:
    """Answer each request by a function until the block ends."""
    server = ThreadingHTTPServer(("127.0.0.1", 0), BaseHTTPRequestHandler)
    service = Service(f"http://127.0.0.1:{server.server_address[1]}")
    server.RequestHandlerClass = _handler(behaviour, service)
    server.daemon_threads = True
    threading.Thread(target=server.serve_forever, args=(0.01,), daemon=True).start()
    try:
        yield service
    finally:
        server.shutdown()
        server.server_close()


def _handler(behaviour: Behaviour, service: Service) -> type[BaseHTTPRequestHandler]:
    class Handler(BaseHTTPRequestHandler):
        protocol_version = "HTTP/1.1"

        def _serve(self) -> None:
            body = self.rfile.read(int(self.headers.get("Content-Length") or 0))
            request = Request(self.command, self.path, dict(self.headers.items()), body)
            service.requests.append(request)
            answer = behaviour(request)
            is_raw = isinstance(answer.body, bytes)
            content = answer.body if is_raw else json.dumps(answer.body).encode()
            self.send_response(answer.status)
            kind = {} if is_raw else {"Content-Type": "application/json"}
            for name, value in (kind | answer.headers).items():
                self.send_header(name, value)
            self.send_header("Content-Length", str(len(content)))
            self.end_headers()
            if self.command != "HEAD":
                self.wfile.write(content[: answer.cut_to])
            if answer.cut_to is not None:
                self.close_connection = True

        do_GET = do_HEAD = do_POST = do_PUT = _serve  # noqa: N815

        def log_message(self, format: str, *args: Any) -> None:  # noqa: A002
            pass

    return Handler
