"""HTTP services as recognizers, tested with a real server and its faults."""

from __future__ import annotations

import re
import shutil
import socket
import ssl
import subprocess
import threading
import time
from collections.abc import Callable, Iterator
from http.server import BaseHTTPRequestHandler, HTTPServer
from itertools import count
from pathlib import Path
from typing import Any
from urllib.parse import parse_qs, urlsplit

import pytest
from local_service import Answer, Behaviour, Request, Serve, Service

from nerbench import NerbenchError, load_recognizer
from nerbench.errors import RecognizerError
from nerbench.recognizers.cards import digest
from nerbench.recognizers.external.http_card import HttpCard, HttpRecognizer
from nerbench.recognizers.external.http_client import Client
from nerbench.recognizers.registry import read_card

KEY = "sk-very/secret-0123456789"


def found_in(text: str) -> list[dict[str, Any]]:
    return [
        {"start": m.start(), "end": m.end(), "text": m.group()}
        for m in re.finditer("IL-6|STAT3", text)
    ]


def tag(request: Request) -> Answer:
    """Answer as a correct service does."""
    return Answer({"mentions": found_in(request.json["text"])})


def card(url: str, **fields: Any) -> HttpCard:
    return HttpCard.model_validate(
        {"name": "mine", "kind": "http", "url": url, "backoff": 0.001, "retries": 2} | fields
    )


def texts_of(recognizer: HttpRecognizer, *texts: str) -> list[list[str]]:
    return [[m.text for m in mentions] for mentions in recognizer.recognize(texts)]


def failure(service: Service, **fields: Any) -> str:
    """The one line that a recognizer fails with."""
    with pytest.raises(RecognizerError) as failed:
        list(card(service.url, **fields).load().recognize(["IL-6 activates STAT3"]))
    line = str(failed.value)
    assert "\n" not in line
    assert line.startswith(f"mine: {service.url}")
    return line


def in_turn(*behaviours: Behaviour | Answer) -> Behaviour:
    """Behave in each way in turn, and repeat the last."""
    turns = count()

    def behave(request: Request) -> Answer:
        behaviour = behaviours[min(next(turns), len(behaviours) - 1)]
        return behaviour if isinstance(behaviour, Answer) else behaviour(request)

    return behave


# --- mentions


def test_captions_are_sent_one_by_one_in_their_order(serve: Serve) -> None:
    service = serve(tag)
    recognizer = card(service.url + "/ner").load()
    assert texts_of(recognizer, "IL-6", "none", "STAT3, IL-6") == [["IL-6"], [], ["STAT3", "IL-6"]]
    assert [request.json for request in service.requests] == [
        {"text": "IL-6"}, {"text": "none"}, {"text": "STAT3, IL-6"}
    ]  # fmt: skip
    assert {(request.method, request.path) for request in service.requests} == {("POST", "/ner")}


def test_captions_without_text_are_not_sent(serve: Serve) -> None:
    service = serve(tag)
    assert texts_of(card(service.url).load(), "", " \n", "IL-6") == [[], [], ["IL-6"]]
    assert len(service.requests) == 1
    assert list(card(service.url).load().recognize([])) == []


def test_json_query_and_form_carry_the_caption(serve: Serve) -> None:
    text = "a&b=c 🧬\r\n{text} IL-6?"
    service = serve(lambda _: Answer({"mentions": []}))
    for request in (
        {"query": {"q": "{text}", "n": 3}},
        {"form": {"q": "{text}"}, "query": {"lang": "en"}},
        {"json": {"docs": [{"body": "{text}", "n": 1}]}},
    ):
        texts_of(card(service.url, request=request).load(), text)
    query, form, body = service.requests
    assert parse_qs(urlsplit(query.path).query) == {"q": [text], "n": ["3"]}
    assert parse_qs(form.body.decode()) == {"q": [text]}
    assert urlsplit(form.path).query == "lang=en"
    assert body.json == {"docs": [{"body": text, "n": 1}]}


def test_get_has_no_body(serve: Serve) -> None:
    service = serve(lambda _: Answer({"mentions": []}))
    texts_of(card(service.url, method="GET", request={"query": {"q": "{text}"}}).load(), "IL-6")
    assert (service.requests[0].method, service.requests[0].body) == ("GET", b"")


def test_mentions_are_read_at_the_paths_of_the_card(serve: Serve) -> None:
    answer = {
        "sentences": [
            {"hits": [{"at": {"from": 0, "n": 4}, "type": "protein", "p": 0.5, "ref": 3569}]},
            {"hits": [{"at": {"from": 5, "n": 5}, "type": "protein", "p": 1, "ref": None}]},
        ]
    }
    service = serve(lambda _: Answer(answer))
    fields = {
        "start": "at.from", "length": "at.n", "label": "type", "score": "p", "ids": "ref"
    }  # fmt: skip
    recognizer = card(service.url, mentions="sentences[].hits[]", fields=fields).load()
    ((first, second),) = recognizer.recognize(["IL-6 STAT3"])
    assert (first.text, first.label, first.score, first.ids) == ("IL-6", "protein", 0.5, ("3569",))
    assert (second.text, second.score, second.ids) == ("STAT3", 1.0, ())


@pytest.mark.parametrize(
    ("unit", "size"),
    [
        ("code-points", len),
        ("utf-8", lambda t: len(t.encode())),
        ("utf-16", lambda t: len(t.encode("utf-16-le")) // 2),
    ],
)
def test_offsets_of_any_unit(serve: Serve, unit: str, size: Callable[[str], int]) -> None:
    def behave(request: Request) -> Answer:
        text = request.json["text"]
        return Answer(
            {
                "mentions": [
                    {"start": size(text[: m["start"]]), "end": size(text[: m["end"]])}
                    for m in found_in(text)
                ]
            }
        )

    service = serve(behave)
    text = "🧬 e\u0301\r\nIL-6 β\u0301 👩\u200d🔬 STAT3"
    (mentions,) = card(service.url, offsets=unit).load().recognize([text])
    assert [m.text for m in mentions] == ["IL-6", "STAT3"]
    for mention in mentions:
        mention.check(text)


def test_a_big_caption(serve: Serve) -> None:
    service = serve(tag)
    (found,) = texts_of(card(service.url).load(), "β IL-6 " * 20_000)
    assert len(found) == 20_000


def bern2(request: Request) -> Answer:
    """Answer as BERN2: drop characters that are not ASCII, turn line ends into spaces."""
    text = request.json["text"].strip().replace("\r\n", " ").replace("\n", " ")
    text = text.encode("ascii", "ignore").decode()
    hits = [
        {
            "id": ["NCBIGene:7040,NCBIGene:7042"],
            "is_neural_normalized": False,
            "mention": m.group(),
            "obj": "gene",
            "prob": 0.99,
            "span": {"begin": m.start(), "end": m.end()},
        }
        for m in re.finditer("TGF-1|IL-6|SMAD2", text)
    ]
    mutation = {"id": ["CUI-less"], "mention": "V600E", "obj": "mutation", "prob": None,
                "span": {"begin": 0, "end": 999}}  # fmt: skip
    return Answer({"annotations": [*hits, mutation], "text": text, "timestamp": "now"})


def test_bern2_is_placed_in_the_caption_that_it_shortened(serve: Serve) -> None:
    service = serve(bern2)
    recognizer = card(service.url, preset="bern2").load()
    text = "\n  α and β:\r\nTGF-β1, IL-6 → 🧬 SMAD2\u00a0"
    (mentions,) = recognizer.recognize([text])
    assert [m.text for m in mentions] == ["TGF-β1", "IL-6", "SMAD2"]
    for mention in mentions:
        mention.check(text)
    assert mentions[0].ids == ("NCBIGene:7040", "NCBIGene:7042")
    assert (mentions[0].label, mentions[0].score) == ("gene", 0.99)
    assert service.requests[0].json == {"text": text}
    assert recognizer.notes() == [
        "mine: mentions with these labels are left out as no genes: mutation (1); name the "
        "labels that count in the card's field labels"
    ]


def test_a_service_that_read_another_text_is_an_error(serve: Serve) -> None:
    service = serve(lambda _: Answer({
        "annotations": [{"obj": "gene", "span": {"begin": 0, "end": 3}}], "text": "No letters."
    }))  # fmt: skip
    assert "read another text than the caption: 'No letters.'" in failure(service, preset="bern2")


def bioc(text: str, pattern: str, offset: int = 0) -> dict[str, Any]:
    return {
        "infons": {"type": "title"},
        "offset": offset,
        "text": text,
        "annotations": [
            {
                "id": "1",
                "infons": {"identifier": "3569;6774", "type": kind, "database": "ncbi_gene"},
                "text": m.group(),
                "locations": [{"offset": offset + m.start(), "length": len(m.group())}],
            }
            for kind in ("Gene", "Disease")
            for m in re.finditer(pattern, text)
        ],
    }


@pytest.mark.parametrize("shape", ["PubTator3", "documents", "passages"])
def test_pubtator3_in_every_wrapping(serve: Serve, shape: str) -> None:
    def behave(request: Request) -> Answer:
        text = request.json["text"]
        passages = [bioc(text[:10], "IL-6"), {"offset": 5}, bioc(text[10:], "STAT3", 10)]
        document = {"id": "x", "passages": passages}
        return Answer(document if shape == "passages" else {shape: [document]})

    service = serve(behave)
    (mentions,) = card(service.url, preset="pubtator3").load().recognize(["🧬 IL-6 ... STAT3"])
    assert [(m.text, m.label, m.ids) for m in mentions] == [
        ("IL-6", "Gene", ("3569", "6774")), ("STAT3", "Gene", ("3569", "6774"))
    ]  # fmt: skip


def test_no_annotations_are_no_mentions_but_another_answer_is_an_error(serve: Serve) -> None:
    for answer in ({"documents": []}, {"passages": []}, {"passages": [{"annotations": []}]}):
        service = serve(lambda _, answer=answer: Answer(answer))  # type: ignore[misc]
        assert texts_of(card(service.url, preset="pubtator3").load(), "IL-6") == [[]]
    assert "no list is at" in failure(serve(lambda _: Answer({"x": 1})), preset="pubtator3")


def test_a_card_overrides_its_preset(serve: Serve) -> None:
    service = serve(lambda _: Answer({"found": []}))
    recognizer = card(service.url, preset="bern2", mentions="found").load()
    assert texts_of(recognizer, "IL-6") == [[]]


# --- transient failures, pacing and concurrency


@pytest.mark.parametrize("status", [408, 429, 500, 502, 503, 504])
def test_a_transient_failure_is_retried(serve: Serve, status: int) -> None:
    service = serve(in_turn(Answer(status=status), Answer(status=status), tag))
    assert texts_of(card(service.url).load(), "IL-6") == [["IL-6"]]
    assert len(service.requests) == 3


def test_a_retry_is_said_at_once_with_the_reason_and_the_time(
    serve: Serve, caplog: pytest.LogCaptureFixture
) -> None:
    caplog.set_level("WARNING", "nerbench")  # the command line may have set another
    busy = Answer({"detail": "busy"}, status=503)
    service = serve(in_turn(busy, busy, tag))
    assert texts_of(card(service.url, retries=3, backoff=0.01).load(), "IL-6") == [["IL-6"]]
    first, second = (record.getMessage() for record in caplog.records if "tries" in record.msg)
    assert first.startswith(f"mine: {service.url} answers 503 Service Unavailable: busy; ")
    assert "1 of 4 tries failed, next one in 0.01 s, giving up after 0.07 s of waiting" in first
    assert "2 of 4 tries failed, next one in 0.02 s, giving up after 0.06 s of waiting" in second


def test_a_connection_that_breaks_midway_is_retried(serve: Serve) -> None:
    service = serve(in_turn(Answer({"mentions": []}, cut_to=5), Answer(b"x", cut_to=0), tag))
    assert texts_of(card(service.url).load(), "IL-6") == [["IL-6"]]
    assert len(service.requests) == 3


def test_a_connection_that_always_breaks_is_an_error(serve: Serve) -> None:
    service = serve(lambda _: Answer({"mentions": []}, cut_to=5))
    message = failure(service)
    assert "broke the connection off" in message
    assert "(tried 3 times)" in message


class Time:
    """A clock that only sleeping moves."""

    def __init__(self) -> None:
        self.now = 0.0
        self.slept: list[float] = []

    def sleep(self, seconds: float) -> None:
        self.slept.append(seconds)
        self.now += seconds

    def client(self, card: HttpCard) -> Client:
        return Client(card, card.url, card.headers, clock=lambda: self.now, sleep=self.sleep)


def test_waits_double_unless_the_service_sets_them(serve: Serve) -> None:
    busy = Answer(status=429, headers={"Retry-After": "7"})
    service = serve(in_turn(Answer(status=503), Answer(status=503), busy, Answer(status=500), tag))
    about, time_ = card(service.url, retries=4, backoff=1), Time()
    assert texts_of(HttpRecognizer(about, time_.client(about)), "IL-6") == [["IL-6"]]
    assert time_.slept == [1, 2, 7, 8]


def test_a_service_that_asks_for_an_hour_is_not_waited_for(serve: Serve) -> None:
    service = serve(lambda _: Answer({"error": "quota"}, 429, {"Retry-After": "3600"}))
    message = failure(service)
    assert "answers 429 Too Many Requests: quota" in message
    assert "3,600 s" in message
    assert len(service.requests) == 1


def test_requests_are_paced(serve: Serve) -> None:
    service = serve(tag)
    about, time_ = card(service.url, requests_per_second=4), Time()
    texts_of(HttpRecognizer(about, time_.client(about)), *["IL-6"] * 5)
    assert time_.slept == [0.25] * 4


def test_several_at_a_time_keep_the_order(serve: Serve) -> None:
    together = threading.Barrier(4, timeout=60)

    def behave(request: Request) -> Answer:
        together.wait()
        time.sleep(0.02 if "slow" in request.json["text"] else 0)
        return tag(request)

    service = serve(behave)
    read = 0

    def captions() -> Iterator[str]:
        nonlocal read
        for number in range(12):
            read += 1
            yield f"IL-6 slow {number}" if number % 2 else "STAT3"

    found = card(service.url, concurrency=4).load().recognize(captions())
    assert [m.text for m in next(found)] == ["STAT3"]
    assert read == 4
    assert [m[0].text for m in found] == ["IL-6", "STAT3"] * 5 + ["IL-6"]


def test_a_failure_among_several_comes_at_its_place(serve: Serve) -> None:
    service = serve(
        lambda request: Answer(status=400) if "bad" in request.json["text"] else tag(request)
    )
    found = card(service.url, concurrency=4).load().recognize(["IL-6"] * 3 + ["bad"] + ["IL-6"] * 9)
    assert [len(next(found)) for _ in range(3)] == [1, 1, 1]
    with pytest.raises(RecognizerError, match="400"):
        next(found)


def test_a_caller_who_stops_does_not_wait_for_all_retries(serve: Serve) -> None:
    service = serve(
        lambda request: Answer(status=503) if "x" in request.json["text"] else tag(request)
    )
    recognizer = card(service.url, concurrency=2, retries=1, backoff=3600).load()
    found = recognizer.recognize(["IL-6", "x", "x"])
    next(found)
    closing = threading.Thread(target=found.close, daemon=True)  # type: ignore[attr-defined]
    closing.start()
    closing.join(60)
    assert not closing.is_alive()
    assert texts_of(recognizer, "IL-6", "IL-6") == [["IL-6"]] * 2


# --- permanent failures


def test_a_server_that_is_down(serve: Serve) -> None:
    with socket.socket() as free:
        free.bind(("127.0.0.1", 0))
        url = f"http://127.0.0.1:{free.getsockname()[1]}"
    message = failure(Service(url))
    assert "cannot be reached" in message
    assert "is it running" in message
    assert "(tried 3 times)" in message


def test_an_unknown_host() -> None:
    assert "cannot be reached" in failure(Service("http://no-such-host.invalid"))


def test_a_slow_server(serve: Serve) -> None:
    done = threading.Event()

    def behave(_: Request) -> Answer:
        done.wait(5)
        return Answer({"mentions": []})

    message = failure(serve(behave), timeout=0.1, retries=1)
    done.set()
    assert "gave no answer within 0.1 s (tried 2 times)" in message


def test_a_server_that_drips_does_not_hang_a_run() -> None:
    class Drip(BaseHTTPRequestHandler):
        def do_POST(self) -> None:
            self.send_response(200)
            self.end_headers()
            for _ in range(100):
                try:
                    self.wfile.write(b" ")
                except OSError:
                    return
                time.sleep(0.02)

        def log_message(self, format: str, *args: Any) -> None:  # noqa: A002
            pass

    server = HTTPServer(("127.0.0.1", 0), Drip)
    threading.Thread(target=server.serve_forever, args=(0.01,), daemon=True).start()
    message = failure(
        Service(f"http://127.0.0.1:{server.server_address[1]}"), timeout=0.2, retries=0
    )
    server.shutdown()
    server.server_close()
    assert "no answer within 0.2 s" in message


@pytest.mark.parametrize(
    ("answer", "reason"),
    [
        (Answer({"error": {"message": "no such model"}}, 404), "answers 404 Not Found: no such"),
        (Answer({"detail": [{"msg": "field required"}]}, 422), "field required"),
        (Answer(b"<html><title>x</title><h1>Bad</h1>\n<p>Gateway", 400), "400 Bad Request: Bad Ga"),
        (Answer(b"", 500), "answers 500 Internal Server Error (tried 3 times)"),
        (Answer(b"x" * 5000, 503), "x..."),
        (Answer(status=302, headers={"Location": "/login?next=1"}), "/login: put that into"),
        (Answer(status=304), "answers 304"),
        (Answer(b"<html>Log in</html>", headers={"Content-Type": "text/html; a=b"}),
         "no JSON but '<html>Log in</html>' (type text/html)"),
        (Answer(b""), "no JSON but nothing at all"),
        (Answer(b'{"mentions": ['), "no JSON but"),
        (Answer(b"[" * 100_000), "no JSON but"),
        (Answer(b"\xff\xfe\x00"), "no JSON but"),
        (Answer(b"junk", headers={"Content-Encoding": "gzip"}), "no usable answer"),
        (Answer({"entities": []}), "no list is at 'mentions' in the answer"),
        (Answer([1, 2]), "no list is at 'mentions'"),
        (Answer({"mentions": ["IL-6"]}), "a mention is an object, not 'IL-6'"),
        (Answer({"mentions": [{"start": 0, "end": 99}]}), "no span of a text of 20"),
        (Answer({"mentions": [{"start": 1, "end": 5, "text": "IL-6"}]}), "has 'L-6 ' there"),
    ],
)  # fmt: skip
def test_a_wrong_answer_is_named(serve: Serve, answer: Answer, reason: str) -> None:
    assert reason in failure(serve(lambda _: answer))


def test_an_answer_without_end_is_bounded(serve: Serve, monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.setattr("nerbench.recognizers.external.http_client._MAX_BODY_SIZE", 1 << 20)
    assert "more than 1 MB" in failure(serve(lambda _: Answer(b"1" * (2 << 20))))


def test_a_length_that_is_no_number(serve: Serve) -> None:
    service = serve(lambda _: Answer({"mentions": [{"start": 0, "n": "4"}]}))
    assert "length is an integer, not '4'" in failure(service, fields={"length": "n"})


def test_a_text_that_is_none(serve: Serve) -> None:
    service = serve(lambda _: Answer({"annotations": [], "text": 7}))
    assert "no text is at 'text'" in failure(service, preset="bern2")


def test_a_path_that_does_not_fit_the_answer(serve: Serve) -> None:
    service = serve(lambda _: Answer({"mentions": 7}))
    assert "invalid type" in failure(service, mentions="keys(mentions)")


def test_plain_http_behind_an_https_url_is_no_retry(serve: Serve) -> None:
    service = serve(tag)
    message = failure(Service(service.url.replace("http:", "https:")))
    assert "cannot be reached safely" in message
    assert "tried" not in message


@pytest.mark.skipif(shutil.which("openssl") is None, reason="makes a certificate with openssl")
def test_an_untrusted_certificate_is_no_retry(tmp_path: Path) -> None:
    pem = tmp_path / "both.pem"
    subprocess.run(
        ["openssl", "req", "-x509", "-newkey", "rsa:2048", "-nodes", "-days", "1", "-subj",
         "/CN=127.0.0.1", "-keyout", pem, "-out", tmp_path / "cert.pem"],
        check=True, capture_output=True,
    )  # fmt: skip
    pem.write_bytes(pem.read_bytes() + (tmp_path / "cert.pem").read_bytes())
    server = HTTPServer(("127.0.0.1", 0), BaseHTTPRequestHandler)
    context = ssl.SSLContext(ssl.PROTOCOL_TLS_SERVER)
    context.load_cert_chain(pem)
    server.socket = context.wrap_socket(server.socket, server_side=True)
    server.handle_error = lambda *_: None  # type: ignore[method-assign]
    threading.Thread(target=server.serve_forever, args=(0.01,), daemon=True).start()
    message = failure(Service(f"https://127.0.0.1:{server.server_address[1]}"))
    server.shutdown()
    server.server_close()
    assert "CERTIFICATE_VERIFY_FAILED" in message
    assert "SSL_CERT_FILE" in message
    assert "tried" not in message


# --- keys


def test_a_key_goes_into_the_header_and_nowhere_else(
    serve: Serve, monkeypatch: pytest.MonkeyPatch, tmp_path: Path
) -> None:
    monkeypatch.setenv("MY_TOKEN", f" {KEY}\n")
    path = tmp_path / "mine.yaml"
    path.write_text("kind: http\nurl: URL\nheaders: {Authorization: 'Bearer ${MY_TOKEN}'}\n")

    def behave(request: Request) -> Answer:
        assert request.headers["Authorization"] == f"Bearer {KEY}"
        message = {"error": f"your key {KEY}"}
        return Answer(message, 403) if request.json["text"] == "x" else Answer(message)

    service = serve(behave)
    path.write_text(path.read_text().replace("URL", service.url))
    recognizer = load_recognizer(str(path))
    for text in ("x", "no list"):
        with pytest.raises(RecognizerError) as failed:
            next(recognizer.recognize([text]))
        assert KEY not in str(failed.value)
        assert "***" in str(failed.value)
    assert KEY not in repr(read_card(path)) + str(read_card(path).fingerprint_fields()) + repr(
        vars(recognizer)
    )
    assert recognizer.fingerprint == digest(read_card(path).fingerprint_fields())
    monkeypatch.setenv("MY_TOKEN", "another-key")
    assert load_recognizer(str(path)).fingerprint == recognizer.fingerprint


def test_a_key_that_an_answer_escapes_is_hidden_too(
    serve: Serve, monkeypatch: pytest.MonkeyPatch
) -> None:
    monkeypatch.setenv("MY_TOKEN", KEY)
    escaped = KEY.replace("/", "\\/")
    service = serve(lambda _: Answer(f'{{"error": "key {escaped}"}}'.encode(), 401))
    message = failure(service, headers={"X-Api-Key": "${MY_TOKEN}"})
    assert "very" not in message
    assert "is the key in MY_TOKEN right?" in message


@pytest.mark.parametrize(
    ("value", "reason"), [(None, "is not set"), ("  ", "is not set"), ("a\nb", "line break")]
)
def test_a_missing_or_broken_key_is_a_clear_error(
    monkeypatch: pytest.MonkeyPatch, value: str | None, reason: str
) -> None:
    monkeypatch.delenv("MY_TOKEN", raising=False)
    if value is not None:
        monkeypatch.setenv("MY_TOKEN", value)
    about = card("http://localhost", headers={"Authorization": "Bearer ${MY_TOKEN}"})
    with pytest.raises(RecognizerError, match=f"mine: .* variable MY_TOKEN .*{reason}"):
        about.load()


# --- cards


@pytest.mark.parametrize(
    ("fields", "named"),
    [
        ("", "url"),
        ("url: localhost/plain", "url: 'localhost/plain' is no URL"),
        ("url: ftp://host/x", "url: .*http://"),
        ('url: http://h:port/x', "url: .*no URL"),
        ("url: http://user:pass@host/x", "url: .*password"),
        ("url: http://host/x?key=1", "url: .*query"),
        ("url: http://h\nmentions: 'a['", r"mentions: 'a\[' is no JMESPath"),
        ("url: http://h\nfields: {begin: x}", r"fields\.begin"),
        ("url: http://h\nfields: {start: 'a b'}", r"fields\.start: 'a b' is no JMESPath"),
        ("url: http://h\nrequest: {json: {text: hello}}", r"request: .*\{text\}"),
        ("url: http://h\nrequest: {json: '{text}', form: {a: b}}", "request: .*not both"),
        ("url: http://h\nrequest: {body: '{text}'}", "request"),
        ("url: http://h\nmethod: DELETE", "method"),
        ("url: http://h\npreset: bern", "preset"),
        ("url: http://h\nretries: -1", "retries"),
        ("url: http://h\nheaders: {X-Api-Key: abc}", r"headers: X-Api-Key looks .*\$\{ITS_"),
        ("url: http://h\nheaders: {Accept: 'é'}", "headers: 'Accept' or its value"),
        ("url: http://h\nrequests_per_second: 0", "requests_per_second"),
    ],
)  # fmt: skip
def test_a_wrong_card_names_the_field(tmp_path: Path, fields: str, named: str) -> None:
    path = tmp_path / "mine.yaml"
    path.write_text(f"kind: http\n{fields}\n", encoding="utf-8")
    with pytest.raises(NerbenchError, match=rf"mine\.yaml: field {named}"):
        read_card(path)


def test_fingerprint_covers_the_request_and_not_the_retries() -> None:
    first = card("http://h/ner").load().fingerprint
    assert card("http://h/ner", timeout=5, retries=9, concurrency=3).load().fingerprint == first
    for fields in ({"labels": ("X",)}, {"mentions": "x"}, {"headers": {"Accept": "a/b"}}):
        assert card("http://h/ner", **fields).load().fingerprint != first
    assert card("http://h/other").load().fingerprint != first


def test_the_security_note_names_the_host_and_the_variables() -> None:
    assert card("http://h:81/ner").security_note == "sends captions to h:81"
    secret = card("https://h/x", headers={"Authorization": "${AWS}"})
    assert secret.security_note == "sends captions to h, with the content of $AWS"


def test_the_shipped_card_of_bern2_sends_the_request_that_its_service_expects(serve: Serve) -> None:
    shipped = read_card(Path(__file__).resolve().parents[2] / "models" / "bern2.yaml")
    assert isinstance(shipped, HttpCard)
    assert shipped.url == "http://bern2.korea.ac.kr/plain"
    service = serve(bern2)
    local = shipped.model_copy(update={"url": service.url, "requests_per_second": None})
    assert texts_of(local.load(), "IL-6 and SMAD2") == [["IL-6", "SMAD2"]]
