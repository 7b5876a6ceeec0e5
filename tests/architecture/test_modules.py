"""What keeps a module readable: its length, its first line, its names."""

import ast

from tests.architecture.house import modules

LONGEST_MODULE = 400
LONGEST_FUNCTION = 50
LONG_FOR_A_REASON = {"bot/composition.py:open_program": "wires the whole program, read top to bottom"}
EMPTY_NAMES = ("Manager", "Helper", "Util", "Common", "Misc")


def test_no_module_is_longer_than_anyone_reads() -> None:
    assert [f"{module.path}: {module.lines}" for module in modules() if module.lines > LONGEST_MODULE] == []


def test_no_function_is_longer_than_a_screen() -> None:
    long = [
        f"{module.path}:{function.name}"
        for module in modules()
        for function in module.functions()
        if (function.end_lineno or 0) - function.lineno >= LONGEST_FUNCTION
    ]

    assert [place for place in long if place not in LONG_FOR_A_REASON] == []
    assert set(LONG_FOR_A_REASON) <= set(long), "an exception nobody needs any more"


def test_every_module_says_what_it_is_for() -> None:
    assert [module.path for module in modules() if not ast.get_docstring(module.tree)] == []


def test_nothing_is_named_after_nothing() -> None:
    empty = [
        f"{module.path}:{node.name}"
        for module in modules()
        for node in ast.walk(module.tree)
        if isinstance(node, ast.ClassDef) and any(word in node.name for word in EMPTY_NAMES)
    ]
    files = [module.path for module in modules() if module.name.rpartition(".")[2].title().rstrip("s") in EMPTY_NAMES]

    assert empty + files == []


def test_nothing_is_left_for_later() -> None:
    words = ("TO" + "DO", "FIX" + "ME", "X" * 3)
    left = [
        f"{module.path}:{number}"
        for module in modules()
        for number, line in enumerate(module.text.splitlines(), start=1)
        if any(f"# {word}" in line for word in words)
    ]

    assert left == []


def test_every_exemption_names_its_code_and_its_reason() -> None:
    bare = [
        f"{module.path}:{number}"
        for module in modules()
        for number, line in enumerate(module.text.splitlines(), start=1)
        for mark, opening in (("# type: ignore", "["), ("# noqa", ":"))
        if mark in line and not _explained(line.partition(mark)[2], opening)
    ]

    assert bare == []


def _explained(rest: str, opening: str) -> bool:
    codes, _, reason = rest.partition("]" if opening == "[" else " ")
    return rest.startswith(opening) and bool(codes) and len(reason.split()) >= 3
