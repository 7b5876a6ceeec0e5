"""The domain knows no clock, no chance, no environment and no file: the present and ids are arguments."""

import ast

from tests.architecture.house import Module, modules

PURE = {
    "__future__", "ast", "bisect", "collections", "dataclasses", "datetime", "enum", "functools", "heapq", "itertools",
    "json", "math", "operator", "re", "string", "types", "typing", "unicodedata", "zoneinfo",
}  # fmt: skip
"""The part of the standard library whose answers depend on its arguments alone."""

IMPURE_CALLS = {
    "datetime.now", "datetime.utcnow", "datetime.today", "date.today", "time.time", "open", "input", "print",
    "exec", "eval", "breakpoint", "__import__",
}  # fmt: skip


def dotted(node: ast.expr) -> str:
    match node:
        case ast.Name(id=name):
            return name
        case ast.Attribute(value=value, attr=name):
            return f"{dotted(value)}.{name}".removeprefix("datetime.datetime").removeprefix(".")
        case _:
            return ""


def impure_calls(module: Module) -> list[str]:
    return [f"{module.path}:{call.lineno}" for call in module.calls() if dotted(call.func) in IMPURE_CALLS]


def test_domain_imports_itself_and_the_pure_standard_library() -> None:
    strangers = [
        f"{module.path}:{line}: {name}"
        for module in modules("domain")
        for name, line in module.imports()
        if name.partition(".")[0] not in PURE | {"domain"}
    ]

    assert strangers == []


def test_domain_asks_for_no_moment_and_touches_no_file() -> None:
    assert [place for module in modules("domain") for place in impure_calls(module)] == []


def test_an_impure_call_would_be_seen() -> None:
    planted = Module(path="domain/planted.py", text="from datetime import datetime\n\nNOW = datetime.now()\n")

    assert impure_calls(planted) == ["domain/planted.py:3"]


def test_domain_awaits_nothing() -> None:
    """Protocols may declare coroutines; nothing in the domain runs one."""
    waiting = [
        f"{module.path}:{node.lineno}"
        for module in modules("domain")
        for node in ast.walk(module.tree)
        if isinstance(node, ast.Await | ast.AsyncWith | ast.AsyncFor)
    ]

    assert waiting == []
