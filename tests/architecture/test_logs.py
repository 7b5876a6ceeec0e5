"""What may leave the program sideways: logs say events, ids and codes, and only commands print."""

import ast
import re

from tests.architecture.house import Module, modules

LEVELS = {"debug", "info", "warning", "error", "critical", "exception"}
EVENT = re.compile(r"[a-z]+(_[a-z]+)*(\.[a-z]+(_[a-z]+)*)+")
FIELDS = {
    "at", "bell", "channel", "conversation_id", "count", "engine", "error", "expected", "fault", "inbound_id", "kept",
    "key", "method", "name", "outbox_id", "outcome", "pause", "placeholder", "reason", "remedy", "request_id", "rule",
    "times", "update_id", "version",
}  # fmt: skip
"""Fields of log lines. None of them can hold what a patient wrote or is called; a new one is judged here first."""

PATIENT_WORDS = {
    "text", "said", "caption", "body", "message", "label", "summary", "detail", "given_name", "family_name",
    "birth_date", "phone", "phones", "email", "mrn", "payload",
}  # fmt: skip
"""Attributes that hold, or may hold, patients' words or what describes them."""


def log_calls(module: Module) -> list[ast.Call]:
    return [
        call
        for call in module.calls()
        if isinstance(call.func, ast.Attribute)
        and call.func.attr in LEVELS
        and isinstance(call.func.value, ast.Name)
        and call.func.value.id in {"_log", "log", "logger", "logging", "warnings"}
    ]


def wrong_logs(module: Module) -> list[str]:
    return [f"{module.path}:{call.lineno}" for call in log_calls(module) if not _is_safe(call)]


def _is_safe(call: ast.Call) -> bool:
    event = call.args[0] if len(call.args) == 1 else None
    named = isinstance(event, ast.Constant) and isinstance(event.value, str) and EVENT.fullmatch(event.value)
    fields = all(keyword.arg in FIELDS for keyword in call.keywords)
    return bool(named) and fields and not any(_shows_words(keyword.value) for keyword in call.keywords)


def _shows_words(value: ast.expr) -> bool:
    return any(
        (isinstance(node, ast.Attribute) and node.attr in PATIENT_WORDS)
        or (isinstance(node, ast.Name) and node.id in PATIENT_WORDS)
        or (isinstance(node, ast.Call) and isinstance(node.func, ast.Name) and node.func.id in {"str", "repr"})
        or isinstance(node, ast.JoinedStr)
        for node in ast.walk(value)
    )


def test_log_lines_are_an_event_and_fields_that_hold_no_words() -> None:
    found = modules()

    assert sum(len(log_calls(module)) for module in found) > 10
    assert [place for module in found for place in wrong_logs(module)] == []


def test_a_log_line_with_words_in_it_would_be_seen() -> None:
    lines = [
        '_log.info("turn.taken", conversation_id=claim.id)',
        '_log.info("turn.taken", text=message.text)',
        '_log.info("turn.taken", reason=message.text)',
        '_log.info(f"turn {said}")',
        '_log.error("turn.broken", error=str(error))',
        '_log.info("Turn was taken")',
    ]

    assert wrong_logs(Module(path="x.py", text="\n".join(lines))) == [f"x.py:{number}" for number in range(2, 7)]


def test_only_commands_print() -> None:
    printing = [
        f"{module.path}:{call.lineno}"
        for module in modules()
        for call in module.calls()
        if isinstance(call.func, ast.Name) and call.func.id in {"print", "pprint"}
    ]

    assert [place for place in printing if not place.startswith("bot/cli/")] == []


def test_no_error_is_logged_with_its_traceback_or_its_words() -> None:
    """A traceback may quote a message: `exc_info` and `_log.exception` are not used."""
    quoting = [
        f"{module.path}:{call.lineno}"
        for module in modules()
        for call in log_calls(module)
        if any(keyword.arg == "exc_info" for keyword in call.keywords)
        or (isinstance(call.func, ast.Attribute) and call.func.attr == "exception")
    ]

    assert quoting == []
