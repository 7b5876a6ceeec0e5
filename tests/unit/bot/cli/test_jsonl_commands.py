"""Commands over JSON lines: order kept, a bad line answered and gone on from, exit code 1 at the end."""

from __future__ import annotations

import io
import json
from collections.abc import Mapping
from typing import Any

import pytest
from click.testing import CliRunner, Result

from bot.cli.jsonl import Line, answer_lines, optional_text, text_of_line
from bot.cli.safety import safety
from bot.cli.when import when

WHEN = ["--jsonl", "--reference", "2026-03-02T10:00", "--tz", "America/New_York"]


def run(command: Any, arguments: list[str], given: str | bytes) -> Result:
    return CliRunner().invoke(command, arguments, input=given)


def answers(result: Result) -> list[Mapping[str, Any]]:
    return [json.loads(line) for line in result.stdout.splitlines()]


def lines(*items: object) -> str:
    return "".join(f"{item if isinstance(item, str) else json.dumps(item)}\n" for item in items)


def test_safety_answers_every_line_in_order() -> None:
    given = lines(
        {"id": 1, "text": "hello"},
        {"id": "two", "text": "I want to kill myself"},
        {"id": 3, "text": "me duele el pecho y no puedo respirar", "language": "es"},
    )

    result = run(safety, ["--jsonl"], given)

    found = answers(result)
    assert [line["id"] for line in found] == [1, "two", 3]
    assert [line["category"] for line in found] == [None, "self_harm", "emergency"]
    assert [line["urgency"] for line in found] == [None, "now", "now"]
    assert found[0]["rule"] is None
    assert found[1]["rule"]
    assert result.exit_code == 0


BAD = {
    "not JSON": "{",
    "no object": "[1]",
    "no text": '{"id": "bad"}',
    "text is no text": '{"id": "bad", "text": 3}',
    "language is no text": '{"id": "bad", "text": "hello", "language": 3}',
    "nested without end": "[" * 100_000,
}


@pytest.mark.parametrize("bad", BAD.values(), ids=BAD.keys())
def test_a_bad_line_is_answered_and_the_rest_goes_on(bad: str, capsys: pytest.CaptureFixture[str]) -> None:
    def answer(line: Line) -> Mapping[str, Any]:
        optional_text(line, "language")
        return {"id": line.get("id"), "length": len(text_of_line(line))}

    given = lines({"id": 1, "text": "hello"}, bad, {"id": 3, "text": "hello"})

    code = answer_lines(answer, source=io.StringIO(given))

    found = [json.loads(line) for line in capsys.readouterr().out.splitlines()]
    assert [line["id"] for line in found] == [1, "bad" if '"bad"' in bad else None, 3]
    assert found[1].keys() == {"id", "error"}
    assert code == 1


def test_safety_answers_every_bad_line_and_exits_with_1() -> None:
    result = run(safety, ["--jsonl"], lines(*BAD.values(), {"id": 3, "text": "hello"}))

    found = answers(result)
    assert len(found) == len(BAD) + 1
    assert all(line["error"] for line in found[:-1])
    assert found[-1]["category"] is None
    assert result.exit_code == 1


def test_an_error_does_not_repeat_what_the_patient_wrote() -> None:
    result = run(safety, ["--jsonl"], '{"text": "my secret"\n')

    assert "secret" not in result.output


def test_bytes_that_are_no_text_are_a_bad_line() -> None:
    given = b'{"id": 1, "text": "hello"}\n{"id": 2, "text": "\xff\xfe"}\n{"id": 3, "text": "hello"}\n'

    result = run(safety, ["--jsonl"], given)

    assert len(answers(result)) == 3
    assert answers(result)[-1]["id"] == 3


def test_half_a_surrogate_breaks_nothing() -> None:
    given = lines('{"id": "\\ud83d", "text": "\\ud83d hello"}', {"id": 2, "text": "hello"})

    result = run(safety, ["--jsonl"], given)

    assert len(answers(result)) == 2


def test_empty_lines_are_passed_over() -> None:
    result = run(safety, ["--jsonl"], "\n \n" + lines({"id": 1, "text": "hello"}) + "\n")

    assert [line["id"] for line in answers(result)] == [1]
    assert result.exit_code == 0


def test_when_answers_with_local_times_and_open_questions() -> None:
    given = lines(
        {"id": 1, "text": "tomorrow at 3pm"},
        {"id": 2, "text": "hello"},
        {"id": 3, "text": "30 February"},
    )

    result = run(when, WHEN, given)

    tomorrow, nothing, impossible = answers(result)
    assert (tomorrow["id"], tomorrow["status"], tomorrow["start"]) == (1, "ok", "2026-03-03T15:00")
    assert nothing["status"] == "none"
    assert (nothing["start"], nothing["windows"]) == (None, [])
    assert (impossible["status"], impossible["start"], impossible["end"]) == ("ask", None, None)
    assert result.exit_code == 0


def test_when_has_every_field_on_every_line() -> None:
    result = run(when, WHEN, lines({"id": 1, "text": "not Friday"}, {"id": 2, "text": ""}))

    fields = {"id", "status", "start", "end", "grain", "windows", "except", "readings"}
    assert [line.keys() for line in answers(result)] == [fields, fields]


@pytest.mark.parametrize(
    "text",
    ["in 99999999999 years", "9999-12-31", "the 99th of never", "31/31/31", "at 25:61", "²", "\u0000", "😀" * 50],
)
def test_when_reads_no_text_into_a_traceback(text: str) -> None:
    result = run(when, WHEN, lines({"id": 1, "text": text}))

    assert [line["id"] for line in answers(result)] == [1]
    assert result.exit_code == 0


@pytest.mark.parametrize(
    ("arguments", "named"),
    [
        (["--jsonl", "--reference", "yesterday", "--tz", "America/New_York"], "yesterday"),
        (["--jsonl", "--reference", "2026-03-02T10:00", "--tz", "Mars/Olympus"], "Mars/Olympus"),
        (["--jsonl", "--reference", "2026-03-02T10:00", "--tz", "../etc/passwd"], "../etc/passwd"),
        (["--jsonl", "--tz", "America/New_York"], "--reference"),
        (["--reference", "2026-03-02T10:00", "--tz", "America/New_York"], "--jsonl"),
    ],
)
def test_wrong_use_is_said_by_name_with_exit_code_2(arguments: list[str], named: str) -> None:
    result = run(when, arguments, "")

    assert result.exit_code == 2
    assert named in result.output


def test_answers_are_written_line_by_line(capsys: pytest.CaptureFixture[str]) -> None:
    code = answer_lines(lambda line: {"id": line.get("id")}, source=io.StringIO('{"id": 1}\nno\n{"id": 2}\n'))

    out = capsys.readouterr().out.splitlines()
    assert code == 1
    assert [json.loads(line)["id"] for line in out] == [1, None, 2]
