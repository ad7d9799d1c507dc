"""`nerbench corpus`: count figures and download them."""

from __future__ import annotations

import shutil
import threading
from functools import partial
from http.server import SimpleHTTPRequestHandler, ThreadingHTTPServer
from pathlib import Path
from typing import Any

from command_line import SEEDS, CommandLine, micro


def test_corpus_info_counts_what_a_corpus_holds(call: CommandLine, corpus: Path) -> None:
    result = call("corpus", "info", corpus, SEEDS)
    assert result.status == 0
    facts = dict(line.rsplit(maxsplit=1) for line in result.out.splitlines()[:9])
    assert facts["figures"] == "4"
    assert facts["with a caption"] == "3"
    assert facts["captions marked"] == "0"
    assert facts["curated genes"] == "60"
    assert facts["skipped"] == "2"
    assert "truncated.md: line 4" in result.out


class Quiet(SimpleHTTPRequestHandler):
    def log_message(self, *_: Any) -> None:
        """Quiet."""


def test_corpus_download_fetches_an_archive_that_can_be_run(
    call: CommandLine, corpus: Path, tmp_path: Path
) -> None:
    site = tmp_path / "site"
    site.mkdir()
    shutil.make_archive(str(site / "main"), "zip", corpus)
    with ThreadingHTTPServer(("127.0.0.1", 0), partial(Quiet, directory=str(site))) as server:
        threading.Thread(target=server.serve_forever, args=(0.01,), daemon=True).start()
        url = f"http://127.0.0.1:{server.server_address[1]}/main.zip"
        result = call("corpus", "download", "pfocr", "new/folder", "--url", url)
        again = call("corpus", "download", "pfocr", "new/folder", "--url", url)
        missing = call("corpus", "download", "pfocr", "other", "--url", url + ".gone")
        server.shutdown()
    assert (result.status, result.err) == (0, "")
    assert "pfocr.zip: done" in result.out
    assert (again.status, "was here already" in again.out) == (0, True)
    assert (missing.status, "the server answers 404" in missing.message) == (2, True)
    assert call("run", "new/folder/pfocr.zip", "-m", "lexicon", "-o", "out", "-q").status == 0
    assert micro(Path("out"))["recovered"] == 3


def test_corpus_download_of_another_corpus_ends_with_2(call: CommandLine) -> None:
    result = call("corpus", "download", "pubmed", "here")
    assert result.status == 2
    assert "unknown corpus 'pubmed'" in result.message


def test_corpus_download_that_cannot_reach_its_server_ends_with_2(call: CommandLine) -> None:
    result = call("corpus", "download", "pfocr", "here", "--url", "http://127.0.0.1:9/pfocr.zip")
    assert result.status == 2
    assert "the connection failed" in result.message
