"""Language models as recognizers, tested with a server of the OpenAI protocol and its faults."""

from __future__ import annotations

import json
import threading
from collections.abc import Callable
from pathlib import Path
from typing import Any

import pytest
from local_service import Answer, Behaviour, Request, Serve, Service

from nerbench import NerbenchError, load_recognizer
from nerbench.errors import RecognizerError
from nerbench.recognizers.external.chat import ChatCard, ChatRecognizer
from nerbench.recognizers.registry import read_card

KEY = "sk-very-secret-0123456789"
TEXT = "IL-6 activates STAT3; IL‑6 again"

Make = Callable[..., ChatRecognizer]


def completion(content: Any, ended: str = "stop", usage: Any = (100, 10)) -> Answer:
    """A chat completion as OpenAI writes it."""
    tokens = {"prompt_tokens": usage[0], "completion_tokens": usage[1]} if usage else None
    message = {"role": "assistant", "content": content}
    choice = {"index": 0, "message": message, "finish_reason": ended}
    return Answer({"object": "chat.completion", "choices": [choice], "usage": tokens})


def names(*genes: str) -> str:
    return json.dumps({"genes": genes}, ensure_ascii=False)


def model(request: Request) -> Answer:
    """Answer as a correct model does."""
    assert request.path == "/v1/chat/completions"
    caption = request.json["messages"][0]["content"].rpartition("The caption:\n")[2]
    return completion(names(*(name for name in ("IL-6", "STAT3") if name in caption)))


@pytest.fixture(autouse=True)
def _environment(monkeypatch: pytest.MonkeyPatch, tmp_path: Path) -> None:
    monkeypatch.setenv("OPENAI_API_KEY", KEY)
    monkeypatch.delenv("OPENAI_BASE_URL", raising=False)
    monkeypatch.setenv("XDG_CACHE_HOME", str(tmp_path / "caches"))


@pytest.fixture
def make(tmp_path: Path) -> Make:
    def make(service: Service, **fields: Any) -> ChatRecognizer:
        about = {
            "name": "gpt", "kind": "chat", "model": "m-1", "base_url": f"{service.url}/v1",
            "backoff": 0.001, "retries": 2, "cache": str(tmp_path / "cache"),
        }  # fmt: skip
        return ChatCard.model_validate(about | fields).load()

    return make


def texts_of(recognizer: ChatRecognizer, *texts: str) -> list[list[str]]:
    return [[m.text for m in mentions] for mentions in recognizer.recognize(texts)]


def failure(recognizer: ChatRecognizer, *texts: str) -> str:
    with pytest.raises(RecognizerError) as failed:
        list(recognizer.recognize(texts or [TEXT]))
    line = str(failed.value)
    assert "\n" not in line
    assert KEY not in line
    assert line.startswith("gpt: ")
    return line


# --- requests and mentions


def test_every_occurrence_of_each_name_is_found(serve: Serve, make: Make) -> None:
    service = serve(model)
    found = list(make(service).recognize(iter([TEXT, "none", "STAT3"])))
    assert [[(m.start, m.text) for m in mentions] for mentions in found] == [
        [(0, "IL-6"), (15, "STAT3"), (22, "IL‑6")], [], [(0, "STAT3")],
    ]  # fmt: skip
    assert {m.label for mentions in found for m in mentions} == {"GENE"}


def test_the_request_is_what_the_protocol_says(serve: Serve, make: Make) -> None:
    service = serve(model)
    list(make(service).recognize([TEXT]))
    (request,) = service.requests
    assert request.method == "POST"
    assert request.headers["Authorization"] == f"Bearer {KEY}"
    body = request.json
    assert body.keys() == {"model", "messages", "temperature", "max_tokens", "response_format"}
    assert (body["model"], body["temperature"]) == ("m-1", 0)
    assert body["response_format"] == {"type": "json_object"}
    (message,) = body["messages"]
    assert message["role"] == "user"
    assert message["content"].endswith(f"The caption:\n{TEXT}")
    assert '{"genes": ["NAME", "NAME"]}' in message["content"]


def test_card_fields_are_sent(serve: Serve, make: Make) -> None:
    service = serve(lambda _: completion(names()))
    recognizer = make(
        service, prompt="{caption}? {caption} {x}", temperature=None, max_tokens=None, seed=7,
        json_mode=False, parameters={"top_p": 0.5}, headers={"X-Title": "nerbench"},
    )  # fmt: skip
    list(recognizer.recognize(["a {caption}"]))
    assert service.requests[0].json == {
        "model": "m-1",
        "messages": [{"role": "user", "content": "a {caption}? a {caption} {x}"}],
        "seed": 7,
        "top_p": 0.5,
    }
    assert service.requests[0].headers["X-Title"] == "nerbench"


def test_captions_without_text_are_not_sent(serve: Serve, make: Make) -> None:
    service = serve(model)
    assert texts_of(make(service), "", "\n ") == [[], []]
    assert list(make(service).recognize([])) == []
    assert service.requests == []


def test_unusual_characters_are_kept(serve: Serve, make: Make) -> None:
    text = "👩\u200d🔬 e\u0301 IL-6\r\n🧬IL\u00adR “TGF–β”"
    service = serve(lambda _: completion(names("IL-6", "TGF-β", "ILR", "é")))
    (mentions,) = make(service).recognize([text])
    assert [m.text for m in mentions] == ["e\u0301", "IL-6", "IL\u00adR", "TGF–β"]
    for mention in mentions:
        mention.check(text)


def test_a_big_caption(serve: Serve, make: Make) -> None:
    (found,) = texts_of(make(serve(model)), "β IL-6 " * 20_000)
    assert len(found) == 20_000


def test_names_that_are_not_in_the_caption_are_dropped_and_counted(
    serve: Serve, make: Make
) -> None:
    recognizer = make(serve(lambda _: completion(names("TP53", "IL-6", "Interleukin-6", ""))))
    assert texts_of(recognizer, "IL-6") == [["IL-6"]]
    assert recognizer.notes()[-1] == (
        "gpt: names in its answers that are not in their captions, left out: 2 (Interleukin-6, "
        "TP53)"
    )


@pytest.mark.parametrize(
    "content",
    [
        '```json\n{"genes": ["IL-6"]}\n```',
        '```\n{"genes": ["IL-6"]}```\n',
        ' \n{"genes": ["IL-6"], "comment": "x"} ',
        '<think>{"genes": []}\nhm</think>\n\n```json\n{"genes": ["IL-6"]}\n```',
    ],
)
def test_a_code_fence_or_thoughts_around_the_answer_are_skipped(
    serve: Serve, make: Make, content: str
) -> None:
    service = serve(lambda _: completion(content))
    assert texts_of(make(service), "IL-6") == [["IL-6"]]
    assert len(service.requests) == 1


# --- unusable answers


BAD = [
    ("IL-6", "no JSON"), ("", "no JSON"), ('{"genes": ["IL-6"', "no JSON"), (None, "no JSON"),
    ('Here: {"genes": []}', "no JSON"), ("[" * 100_000, "no JSON"), ('["IL-6"]', "no object with"),
    ('{"gene": []}', "no object with"), ('{"genes": "IL-6"}', "no object with"),
    ('{"genes": [1]}', "list of strings"), ("null", "no object"),
]  # fmt: skip


@pytest.mark.parametrize(("content", "reason"), BAD)
def test_a_bad_answer_is_sent_back_with_what_is_wrong(
    serve: Serve, make: Make, content: Any, reason: str
) -> None:
    def behave(request: Request) -> Answer:
        return completion(content if len(request.json["messages"]) == 1 else names("IL-6"))

    service = serve(behave)
    recognizer = make(service)
    assert texts_of(recognizer, "IL-6") == [["IL-6"]]
    first, second = (request.json["messages"] for request in service.requests)
    assert second[0] == first[0]
    assert second[1] == {"role": "assistant", "content": content or ""}
    assert reason in second[2]["content"]
    assert "requests made: 2;" in recognizer.notes()[0]
    assert "200 input, 20 output" in recognizer.notes()[1]


def test_an_answer_that_stays_bad_fails_and_the_others_are_kept(serve: Serve, make: Make) -> None:
    def behave(request: Request) -> Answer:
        return (
            completion("no idea")
            if "bad" in request.json["messages"][0]["content"]
            else model(request)
        )

    service = serve(behave)
    message = failure(make(service), "IL-6", "a bad caption", "STAT3")
    assert "no usable answer to 'a bad caption' in 3 tries (it is no JSON: 'no idea')" in message
    assert len(service.requests) == 4
    service.requests.clear()
    again = make(service)
    assert texts_of(again, "IL-6") == [["IL-6"]]
    assert service.requests == []


def test_an_answer_that_is_cut_off_says_so_at_once(serve: Serve, make: Make) -> None:
    service = serve(lambda _: completion('{"genes": ["IL', ended="length"))
    assert "raise max_tokens in the card (64)" in failure(make(service, max_tokens=64))
    assert len(service.requests) == 1


@pytest.mark.parametrize(
    "body",
    [{}, [], {"choices": []}, {"choices": [{}]}, {"choices": [{"message": None}]}, "x", None,
     {"error": {"message": "overloaded"}}],
)  # fmt: skip
def test_an_answer_that_is_no_completion_is_an_error(serve: Serve, make: Make, body: Any) -> None:
    assert "no chat completion but" in failure(make(serve(lambda _: Answer(body))))


def test_http_faults_are_handled_by_the_client(serve: Serve, make: Make) -> None:
    refused = {"error": {"message": f"Incorrect API key provided: {KEY}", "type": "x"}}
    message = failure(make(serve(lambda _: Answer(refused, 401))))
    assert "answers 401 Unauthorized: Incorrect API key provided: ***" in message
    assert "is the key in OPENAI_API_KEY right?" in message
    flaky = serve(_flaky())
    assert texts_of(make(flaky), TEXT) == [["IL-6", "STAT3", "IL‑6"]]
    assert len(flaky.requests) == 3


def _flaky() -> Behaviour:
    turns = iter([Answer(status=429, headers={"Retry-After": "0"}), Answer({}, cut_to=1)])
    return lambda request: next(turns, None) or model(request)


# --- the cache


def test_a_second_run_sends_no_request_and_finds_the_same(serve: Serve, make: Make) -> None:
    service = serve(model)
    texts = [f"IL-6 {number}" for number in range(20)]
    first = make(service, input_price=1, output_price=10)
    once = texts_of(first, *texts)
    assert len(service.requests) == 20
    second = make(service, input_price=1, output_price=10)
    assert texts_of(second, *texts) == once
    assert len(service.requests) == 20
    assert first.notes() == [
        "gpt: requests made: 20; answers from the cache: 0",
        "gpt: tokens of all answers, new and cached: 2,000 input, 200 output; cost 0.0040",
    ]
    assert second.notes() == [
        "gpt: requests made: 0; answers from the cache: 20",
        "gpt: tokens of all answers, new and cached: 2,000 input, 200 output; cost 0.0040",
    ]


def test_answers_are_kept_under_all_that_they_depend_on(serve: Serve, make: Make) -> None:
    service, other = serve(model), serve(model)
    list(make(service).recognize(["IL-6"]))
    for fields in (
        {"model": "m-2"}, {"temperature": 0.5}, {"seed": 1}, {"prompt": "The caption:\n{caption}"},
        {"json_mode": False}, {"parameters": {"top_p": 1}}, {"max_tokens": 5},
    ):  # fmt: skip
        before = len(service.requests)
        list(make(service, **fields).recognize(["IL-6"]))
        assert len(service.requests) == before + 1, fields
    before = len(service.requests)
    for fields in ({"corrections": 9}, {"timeout": 5}, {"input_price": 1}, {"name": "other"}):
        list(make(service, **fields).recognize(["IL-6"]))
    assert len(service.requests) == before
    list(make(other).recognize(["IL-6"]))
    assert len(other.requests) == 1


@pytest.mark.parametrize(
    "junk",
    [b"", b"{", b"\xff\x00", b"[]", b"7", b'{"content": "no JSON", "input_tokens": 1}',
     b'{"content": "no JSON", "input_tokens": 1, "output_tokens": 1}',
     b'{"content": "{\\"genes\\": []}", "input_tokens": "1", "output_tokens": 1}',
     b'{"content": 7, "input_tokens": 1, "output_tokens": 1}'],
)  # fmt: skip
def test_a_broken_entry_is_requested_again(
    serve: Serve, make: Make, tmp_path: Path, junk: bytes
) -> None:
    service = serve(model)
    list(make(service).recognize(["IL-6"]))
    (entry,) = (tmp_path / "cache").iterdir()
    good = entry.read_bytes()
    entry.write_bytes(junk)
    assert texts_of(make(service), "IL-6") == [["IL-6"]]
    assert len(service.requests) == 2
    assert entry.read_bytes() == good


def test_a_cache_that_cannot_be_written_is_an_error_before_any_request(
    serve: Serve, make: Make, tmp_path: Path
) -> None:
    (tmp_path / "file").write_text("")
    service = serve(model)
    message = failure(make(service, cache=str(tmp_path / "file" / "cache")))
    assert "answers cannot be kept" in message
    assert "field cache" in message
    assert service.requests == []


def test_an_interrupted_write_leaves_no_entry(
    serve: Serve, make: Make, tmp_path: Path, monkeypatch: pytest.MonkeyPatch
) -> None:
    def broken(*_: Any) -> None:
        raise OSError(28, "No space left on device")

    monkeypatch.setattr("nerbench.recognizers.external.reply_cache.json.dump", broken)
    assert "No space left on device" in failure(make(serve(model)))
    assert list((tmp_path / "cache").iterdir()) == []


def test_answers_are_kept_in_the_users_cache_or_beside_the_card(
    serve: Serve, tmp_path: Path
) -> None:
    service = serve(model)
    card = tmp_path / "cards" / "gpt.yaml"
    card.parent.mkdir()
    text = f"kind: chat\nmodel: m-1\nbase_url: {service.url}/v1/\n"
    card.write_text(text)
    list(load_recognizer(str(card)).recognize(["IL-6"]))
    assert len(list((tmp_path / "caches" / "nerbench" / "chat").glob("*.json"))) == 1
    card.write_text(text + "cache: kept\n")
    list(load_recognizer(str(card)).recognize(["IL-6"]))
    assert len(list((tmp_path / "cards" / "kept").glob("*.json"))) == 1


def test_many_at_a_time_keep_order_and_count(serve: Serve, make: Make) -> None:
    together = threading.Barrier(5, timeout=60)

    def behave(request: Request) -> Answer:
        together.wait()
        return model(request)

    recognizer = make(serve(behave), concurrency=5)
    texts = [f"{'IL-6' if number % 2 else 'STAT3'} {number}" for number in range(50)]
    assert texts_of(recognizer, *texts) == [[text.split()[0]] for text in texts]
    assert "requests made: 50;" in recognizer.notes()[0]
    assert "5,000 input, 500 output" in recognizer.notes()[1]


def test_a_service_that_counts_no_tokens(serve: Serve, make: Make) -> None:
    for usage in (None, ("many", None)):
        recognizer = make(serve(lambda _, usage=usage: completion(names(), usage=usage)))  # type: ignore[misc]
        list(recognizer.recognize(["x"]))
        assert ": 0 input, 0 output" in recognizer.notes()[1]


# --- keys and cards


def test_the_key_is_in_the_header_and_nowhere_else(
    serve: Serve, make: Make, tmp_path: Path, caplog: pytest.LogCaptureFixture
) -> None:
    caplog.set_level("DEBUG")

    def behave(request: Request) -> Answer:
        assert request.headers["Authorization"] == f"Bearer {KEY}"
        return completion(names("IL-6", f"your key is {KEY}"))

    recognizer = make(serve(behave))
    assert texts_of(recognizer, "IL-6") == [["IL-6"]]
    written = [path.read_bytes() for path in tmp_path.rglob("*") if path.is_file()]
    assert len(written) == 1
    message = (
        "".join(recognizer.notes()) + caplog.text + repr(vars(recognizer)) + recognizer.fingerprint
    )
    assert KEY.encode() not in b"".join(written)
    assert KEY not in message
    assert "***" in recognizer.notes()[-1]


def test_the_fingerprint_covers_the_question_and_not_the_key(
    serve: Serve, make: Make, monkeypatch: pytest.MonkeyPatch
) -> None:
    service = serve(model)
    first = make(service).fingerprint
    monkeypatch.setenv("OPENAI_API_KEY", "another-key")
    for fields in ({}, {"timeout": 1}, {"cache": "/x"}, {"input_price": 1}, {"concurrency": 3}):
        assert make(service, **fields).fingerprint == first
    for fields in ({"model": "m-2"}, {"prompt": "{caption}"}, {"base_url": "http://h/v1"}):
        assert make(service, **fields).fingerprint != first
    monkeypatch.setenv("OPENAI_BASE_URL", "http://one/v1")
    one = make(service, base_url=None).fingerprint
    monkeypatch.setenv("OPENAI_BASE_URL", "http://two/v1")
    assert make(service, base_url=None).fingerprint != one


def test_a_local_server_needs_no_key(
    serve: Serve, make: Make, monkeypatch: pytest.MonkeyPatch
) -> None:
    monkeypatch.delenv("OPENAI_API_KEY")
    service = serve(model)
    assert texts_of(make(service), "IL-6") == [["IL-6"]]
    assert "Authorization" not in service.requests[0].headers


def test_another_header_may_carry_the_key(
    serve: Serve, make: Make, monkeypatch: pytest.MonkeyPatch
) -> None:
    monkeypatch.setenv("AZURE_KEY", "azure-0123456789")
    service = serve(model)
    recognizer = make(service, key_variable="", headers={"api-key": "${AZURE_KEY}"})
    assert texts_of(recognizer, "IL-6") == [["IL-6"]]
    assert service.requests[0].headers["api-key"] == "azure-0123456789"
    assert "Authorization" not in service.requests[0].headers


def test_openai_without_a_key_is_a_clear_error(monkeypatch: pytest.MonkeyPatch) -> None:
    card = ChatCard(name="gpt", kind="chat", model="m")
    assert card.url == "https://api.openai.com/v1/chat/completions"
    monkeypatch.setenv("OPENAI_API_KEY", " ")
    with pytest.raises(RecognizerError, match=r"gpt: .*OPENAI_API_KEY is not set"):
        card.load()


def test_the_endpoint_may_come_from_the_environment(
    serve: Serve, make: Make, monkeypatch: pytest.MonkeyPatch
) -> None:
    service = serve(model)
    monkeypatch.setenv("OPENAI_BASE_URL", f"{service.url}/v1")
    assert texts_of(make(service, base_url=None), "IL-6") == [["IL-6"]]
    monkeypatch.setenv("OPENAI_BASE_URL", "localhost:11434")
    with pytest.raises(RecognizerError, match="gpt: OPENAI_BASE_URL: 'localhost:11434' is no URL"):
        make(service, base_url=None)


def test_the_security_note_names_the_host_and_the_key() -> None:
    card = ChatCard(name="g", kind="chat", model="m", base_url="https://evil.example/v1")
    assert (
        card.security_note == "sends captions to evil.example, with the content of $OPENAI_API_KEY"
    )


@pytest.mark.parametrize(
    ("fields", "named"),
    [
        ("", "model"),
        ("model: m\nprompt: Which genes?", r"prompt: it has no \{caption\}"),
        ("model: m\nbase_url: localhost", "base_url: 'localhost' is no URL"),
        ("model: m\ntemperature: -1", "temperature"),
        ("model: m\nmax_tokens: 0", "max_tokens"),
        ("model: m\nkey_variable: sk-abc", "key_variable"),
        ("model: m\nkey_variable: [sk-abc]", "key_variable: its value is not a text"),
        ("model: m\nheaders: [sk-abc]", "headers: its value is not fields"),
        ("model: m\nheaders: {X: [sk-abc]}", "headers.X: its value is not a text"),
        ("model: m\napi_key: sk-abc", "api_key: a card of this kind has no such field"),
        ("model: m\nheaders: {Authorization: Bearer sk-abc}", "headers: Authorization looks like"),
    ],
)
def test_a_wrong_card_names_the_field(tmp_path: Path, fields: str, named: str) -> None:
    path = tmp_path / "mine.yaml"
    path.write_text(f"kind: chat\n{fields}\n", encoding="utf-8")
    with pytest.raises(NerbenchError, match=rf"mine\.yaml: field {named}") as wrong:
        read_card(path)
    assert "sk-abc" not in str(wrong.value)
