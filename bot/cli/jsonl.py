"""Commands that answer JSON lines: order kept, a bad line answered with its error, the rest gone on with."""

from __future__ import annotations

import json
import sys
from collections.abc import Callable, Iterable, Mapping
from typing import Any

Line = Mapping[str, Any]


class BadLineError(ValueError):
    """The line is not what the command takes. The message says what was expected."""


def answer_lines(answer: Callable[[Line], Mapping[str, Any]], *, source: Iterable[str | bytes] | None = None) -> int:
    """Answer every line of standard input (UTF-8); returns the exit code (1 when any line was bad)."""
    bad = False
    for raw in sys.stdin.buffer if source is None else source:
        if not raw.strip():
            continue
        line_id: object = None
        try:
            line = read_line(raw)
            line_id = line.get("id")
            out: Mapping[str, Any] = answer(line)
        except BadLineError as error:
            bad = True
            out = {"id": line_id, "error": str(error)}
        print(as_json(out), flush=True)
    return 1 if bad else 0


def as_json(value: object) -> str:
    """One line of JSON, readable where it can be written as UTF-8."""
    text = json.dumps(value, ensure_ascii=False)
    try:
        text.encode()
    except UnicodeEncodeError:
        return json.dumps(value)
    return text


def read_line(raw: str | bytes) -> Line:
    """One line as a JSON object. Raises BadLineError."""
    try:
        line = json.loads(raw.decode() if isinstance(raw, bytes) else raw)
    except UnicodeDecodeError:
        raise BadLineError("not UTF-8; expected a JSON object a line") from None
    except (ValueError, RecursionError):
        raise BadLineError("not JSON; expected an object a line") from None
    if not isinstance(line, dict):
        raise BadLineError("expected a JSON object")
    return line


def text_of_line(line: Line, key: str = "text") -> str:
    """A text field of a line. Raises BadLineError."""
    value = line.get(key)
    if not isinstance(value, str):
        raise BadLineError(f'expected "{key}" to be a text')
    return value


def optional_text(line: Line, key: str) -> str | None:
    """A text field that may be left out. Raises BadLineError."""
    return None if line.get(key) is None else text_of_line(line, key)
