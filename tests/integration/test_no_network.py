"""Nothing that is not asked for goes to the network: neither ours nor a library's."""

from __future__ import annotations

import json
import os
import subprocess
import sys
from pathlib import Path

import pytest

# Runs in every Python below the folder that it lies in, before anything else.
FORBID = """
import socket, sys

def refuse(*args, **options):
    caller = sys._getframe(2 if args[:1] == ("socket",) else 1).f_globals["__name__"]
    if caller != "urllib3.util.connection":  # it looks whether IPv6 is there: binds, sends nothing
        sys.stderr.write(f"NETWORK {args!r:.200} by {caller}\\n")
    raise OSError("the network is forbidden here")

class Refused(socket.socket):
    def __init__(self, family=-1, *args, **options):
        if family != socket.AF_UNIX:
            refuse("socket", family)
        super().__init__(family, *args, **options)

socket.socket = Refused
socket.create_connection = socket.getaddrinfo = socket.gethostbyname = refuse
"""


@pytest.fixture
def site(tmp_path: Path) -> Path:
    folder = tmp_path / "site"
    folder.mkdir()
    (folder / "sitecustomize.py").write_text(FORBID)
    return folder


def python(site: Path, folder: Path, *arguments: str) -> subprocess.CompletedProcess[str]:
    found = [str(site), *filter(None, [os.environ.get("PYTHONPATH")])]
    environment = {**os.environ, "PYTHONPATH": os.pathsep.join(found)}
    return subprocess.run(
        [sys.executable, *arguments],
        cwd=folder, env=environment, capture_output=True, text=True, check=False, timeout=300,
    )  # fmt: skip


def test_the_guard_catches_who_does_go_there(site: Path, tmp_path: Path) -> None:
    code = "import urllib.request as r; r.urlopen('http://127.0.0.1:9/')"
    done = python(site, tmp_path, "-c", code)
    assert done.returncode != 0
    assert "NETWORK" in done.stderr


def test_no_command_needs_or_tries_the_network(site: Path, tmp_path: Path, seed_path: Path) -> None:
    figid = "PMC8714735__fonc-11-760971-g003"
    (tmp_path / "p.jsonl").write_text(json.dumps({"id": figid, "mentions": []}) + "\n")
    for arguments in (
        ["run", "--model", "default", "--model", "lexicon", "--out", "run"],
        ["run", str(seed_path), "--model", "lexicon", "--out", "seed"],
        ["predict", str(seed_path), "--model", "default", "--out", "mentions.jsonl"],
        ["score", str(seed_path), "--predictions", "p.jsonl", "--out", "score"],
        ["explain", figid],
        ["corpus", "info", str(seed_path)],
        ["models", "list"],
        ["models", "show", "default"],
        ["models", "check", "default"],
        ["lexicon", "info"],
        ["lexicon", "lookup", "p53"],
    ):
        done = python(site, tmp_path, "-m", "nerbench", *arguments)
        assert done.returncode == 0, (arguments, done.stderr)
        assert "NETWORK" not in done.stderr, arguments


@pytest.mark.parametrize("arguments", [["--version"], ["--help"], ["run", "--help"]])
def test_help_and_version_load_no_heavy_library(arguments: list[str]) -> None:
    code = (
        "import sys\n"
        "sys.argv = ['nerbench', *sys.argv[1:]]\n"
        "from nerbench.cli import main\n"
        "try:\n    main()\nfinally:\n"
        "    heavy = {'spacy', 'polars', 'numpy', 'sklearn', 'scipy'} & sys.modules.keys()\n"
        "    print('heavy:', *sorted(heavy), file=sys.stderr)\n"
    )
    command = [sys.executable, "-c", code, *arguments]
    done = subprocess.run(command, capture_output=True, text=True, check=False)
    assert (done.returncode, done.stderr) == (0, "heavy:\n")
