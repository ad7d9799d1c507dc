"""Files as a user names them: compressed in any way, piped, or on standard input."""

from __future__ import annotations

import bz2
import gzip
import io
import lzma
import os
import sys
import threading
from collections.abc import Callable
from pathlib import Path

import pytest
from backports import zstd

from nerbench import Figure, NerbenchError, read_annotations
from nerbench.inputs import MAX_BYTES, find_stored, open_unpacked, read_input, unpacked_name
from nerbench.recognizers.external.predictions import PredictionFile

PACKERS: dict[str, Callable[[bytes], bytes]] = {
    ".gz": gzip.compress,
    ".bz2": bz2.compress,
    ".xz": lzma.compress,
    ".zst": zstd.compress,
}
PUBTATOR = b"7|t|IL-6 binds.\n7\t0\t4\tIL-6\tGene\t3569\n"


@pytest.fixture(params=PACKERS)
def suffix(request: pytest.FixtureRequest) -> str:
    return str(request.param)


class StandardInput:
    """Standard input with these bytes."""

    def __init__(self, raw: bytes) -> None:
        self.buffer = io.BytesIO(raw)
        self.closed = False


def test_a_compressed_file_is_unpacked_whatever_its_name(tmp_path: Path, suffix: str) -> None:
    path = tmp_path / "caption.txt"
    path.write_bytes(PACKERS[suffix](b"IL-6"))
    assert read_input(path) == b"IL-6"
    with open_unpacked(path) as stream:
        assert stream.read(2) == b"IL"


def test_parts_that_were_compressed_one_by_one_are_all_read(tmp_path: Path, suffix: str) -> None:
    path = tmp_path / f"a{suffix}"
    path.write_bytes(PACKERS[suffix](b"IL-") + PACKERS[suffix](b"6"))
    assert read_input(path) == b"IL-6"


def test_a_cut_compressed_file_is_one_clear_error(tmp_path: Path, suffix: str) -> None:
    path = tmp_path / f"a{suffix}"
    path.write_bytes(PACKERS[suffix](bytes(range(256)) * 20)[:-9])
    with pytest.raises(NerbenchError, match="its compression is damaged") as caught:
        read_input(path)
    assert str(caught.value).startswith(f"{path}: ")
    assert "\n" not in str(caught.value)


def test_garbage_behind_a_compression_s_first_bytes_is_one_clear_error(tmp_path: Path) -> None:
    for magic in (b"\x1f\x8b", b"BZh9", b"\xfd7zXZ\0", b"\x28\xb5\x2f\xfd"):
        path = tmp_path / "a"
        path.write_bytes(magic + b"no such thing" * 9)
        with pytest.raises(NerbenchError, match=r"damaged|cannot be read"):
            read_input(path)


def test_what_unpacks_without_end_is_refused(
    tmp_path: Path, suffix: str, monkeypatch: pytest.MonkeyPatch
) -> None:
    assert MAX_BYTES >= 1 << 30
    monkeypatch.setattr("nerbench.inputs.MAX_BYTES", 1 << 20)
    path = tmp_path / f"bomb{suffix}"
    path.write_bytes(PACKERS[suffix](bytes(2 << 20)))
    with pytest.raises(NerbenchError, match="larger than 1 MB"):
        read_input(path)


def test_standard_input_is_read_once_and_opened_often(monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.setattr(sys, "stdin", StandardInput(gzip.compress(b"IL-6")))
    assert [read_input(Path("-")), read_input(Path("-"))] == [b"IL-6", b"IL-6"]


def test_standard_input_that_is_closed_is_one_clear_error(monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.setattr(sys, "stdin", None)
    with pytest.raises(NerbenchError, match="standard input is closed"):
        read_input(Path("-"))


def test_a_named_pipe_is_read_once_and_opened_often(tmp_path: Path) -> None:
    path = tmp_path / "pipe"
    os.mkfifo(path)
    writer = threading.Thread(target=path.write_bytes, args=(b"IL-6",))
    writer.start()
    assert [read_input(path), read_input(path)] == [b"IL-6", b"IL-6"]
    writer.join()


def test_the_plain_or_the_compressed_form_of_a_file_is_found(tmp_path: Path) -> None:
    assert find_stored(tmp_path / "7.txt") is None
    (tmp_path / "7.txt.zst").touch()
    assert find_stored(tmp_path / "7.txt") == tmp_path / "7.txt.zst"
    assert unpacked_name("archive.tar.gz") == "archive.tar"


def test_annotations_are_read_from_a_compressed_file(tmp_path: Path, suffix: str) -> None:
    path = tmp_path / f"gold.txt{suffix}"
    path.write_bytes(PACKERS[suffix](PUBTATOR))
    (document,) = read_annotations(path).documents
    assert (document.docid, document.spans[0].ids, document.source) == ("7", ("3569",), str(path))


def test_annotations_of_a_folder_are_read_from_compressed_files(
    tmp_path: Path, suffix: str
) -> None:
    pack = PACKERS[suffix]
    (tmp_path / f"7.ann{suffix}").write_bytes(pack(b"T1\tGENE 0 4\tIL-6\n"))
    (tmp_path / f"7.txt{suffix}").write_bytes(pack(b"IL-6 binds."))
    (document,) = read_annotations(tmp_path).documents
    assert (document.docid, document.text, len(document.spans)) == ("7", "IL-6 binds.", 1)


def test_predictions_are_read_from_a_compressed_file(tmp_path: Path, suffix: str) -> None:
    line = b'{"id": "7", "mentions": [{"start": 0, "end": 4, "text": "IL-6"}]}\n'
    for name, raw in (("tagger.jsonl", line), ("tagger.txt", PUBTATOR)):
        path = tmp_path / (name + suffix)
        path.write_bytes(PACKERS[suffix](raw))
        file = PredictionFile(path)
        ((mention,),) = file.predict([Figure("7", "IL-6 binds.")])
        assert (file.name, mention.text) == ("tagger", "IL-6")


def test_predictions_are_read_from_standard_input(monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.setattr(sys, "stdin", StandardInput(PUBTATOR))
    file = PredictionFile(Path("-"))
    ((mention,),) = file.predict([Figure("7", "IL-6 binds.")])
    assert (file.name, mention.text, file.notes()) == ("stdin", "IL-6", [])
    monkeypatch.setattr(sys, "stdin", StandardInput(PUBTATOR.replace(b"IL-6", b"IL-8")))
    assert PredictionFile(Path("-")).fingerprint != file.fingerprint
