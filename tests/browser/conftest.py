"""A headless Chromium, and reports for it to open. Without Chromium or Playwright, tests skip."""

from __future__ import annotations

import re
import shutil
from collections.abc import Iterator
from pathlib import Path
from typing import Any

import pytest
from fakes import Words

from browser.pages import Open, Opened, figures, playwright
from nerbench import Evaluation, Figure, evaluate, load_recognizer
from nerbench.reports import write_reports


@pytest.fixture(scope="session")
def browser() -> Iterator[Any]:
    """The system's Chromium."""
    executable = next(
        filter(None, map(shutil.which, ("chromium", "chromium-browser", "chrome"))), None
    )
    if executable is None:
        pytest.skip("no Chromium on this machine (Debian: apt-get install chromium)")
    arguments = ["--no-sandbox", "--disable-gpu", "--disable-background-networking"]
    with playwright.sync_playwright() as driver:
        chromium = driver.chromium.launch(executable_path=executable, args=arguments)
        yield chromium
        chromium.close()


_DESKTOP = {"viewport": {"width": 1280, "height": 900}, "reduced_motion": "reduce"}


@pytest.fixture
def show(browser: Any) -> Iterator[Open]:
    """Open a file, with options of a browser context; the page must log and request nothing."""
    opened: list[tuple[Any, Opened]] = []

    def go(path: Path, hash_: str = "", *, quiet: bool = True, **options: Any) -> Opened:
        context = browser.new_context(**{**_DESKTOP, **options})
        page = context.new_page()
        page.set_default_timeout(15_000)
        shown = Opened(page)
        page.on("console", lambda message: shown.messages.append(f"{message.type}: {message.text}"))
        page.on("pageerror", lambda error: shown.messages.append(f"error: {error}"))
        page.on("dialog", lambda dialog: (shown.messages.append("dialog"), dialog.dismiss()))
        page.on("request", lambda request: shown.requests.append(request.url))
        page.goto(path.as_uri() + hash_)
        opened.append((context, shown if quiet else Opened(page)))
        return shown

    yield go
    for context, shown in opened:
        assert shown.messages == []
        assert [
            url for url in shown.requests if not url.startswith(("file:", "data:", "blob:"))
        ] == []
        context.close()


def _score(match: re.Match[str]) -> float:
    return round(0.99 - len(match[0]) / 100, 3)


@pytest.fixture(scope="session")
def evaluation(seed: Figure) -> Evaluation:
    """Three models on the seed and the thirty figures."""
    models = [
        load_recognizer("lexicon"),
        Words("scored", ["STAT3", "TP53", "IL-6/STAT3", "Notch", "wg"], _score),
        Words("plain", ["JAK1", "MYC", "Delta"]),
    ]
    return evaluate([seed, *figures()], models)


@pytest.fixture(scope="session")
def run(evaluation: Evaluation, tmp_path_factory: pytest.TempPathFactory) -> Path:
    """The folder of a run."""
    folder = tmp_path_factory.mktemp("run")
    write_reports(evaluation, folder)
    return folder


@pytest.fixture
def opened(show: Open, run: Path) -> Opened:
    """Its report, open."""
    return show(run / "report.html")
