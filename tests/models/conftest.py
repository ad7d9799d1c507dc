"""Fixtures of the tests of models that are programs and services."""

from __future__ import annotations

from collections.abc import Iterator
from contextlib import ExitStack

import pytest
from local_service import Behaviour, Serve, Service, serving


@pytest.fixture
def serve() -> Iterator[Serve]:
    """Start a server that answers each request as a function says."""
    with ExitStack() as running:

        def serve(behaviour: Behaviour) -> Service:
            return running.enter_context(serving(behaviour))

        yield serve


@pytest.fixture(autouse=True)
def _no_proxy(monkeypatch: pytest.MonkeyPatch) -> None:
    """The servers are on this machine, whatever proxy it uses."""
    monkeypatch.setenv("NO_PROXY", "*")
