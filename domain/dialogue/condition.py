"""Conditions in flows: a small, total expression language over slots and facts, checked when loaded.

`slots.confirm is true and context.level < 2`, `not slots.provider`, `slots.kind in ["school", "travel"]`.
"""

from __future__ import annotations

import ast
from collections.abc import Mapping
from dataclasses import dataclass

from domain.dialogue.slot import SlotValue

_CONSTANTS: Mapping[str, bool | None] = {"true": True, "false": False, "null": None, "none": None}
_ALLOWED_OPS = (ast.Eq, ast.NotEq, ast.Lt, ast.LtE, ast.Gt, ast.GtE, ast.Is, ast.IsNot, ast.In, ast.NotIn)

MAX_CHARS = 500

Facts = Mapping[str, str | int | bool]
"""What the flows may ask about besides slots, by name."""


class ConditionError(ValueError):
    """The text is not a condition. The message says what was found and what was expected."""


@dataclass(frozen=True, slots=True, kw_only=True)
class Condition:
    """A parsed condition. An unfilled slot is null; comparing null by size is false."""

    text: str
    tree: ast.expr

    def holds(self, slots: Mapping[str, SlotValue], facts: Facts) -> bool:
        """Whether it is true now."""
        return bool(_value(self.tree, slots, facts))

    def names(self) -> tuple[tuple[str, str], ...]:
        """The (scope, name) pairs it reads, for checking against what exists."""
        return tuple(
            (node.value.id, node.attr)
            for node in ast.walk(self.tree)
            if isinstance(node, ast.Attribute) and isinstance(node.value, ast.Name)
        )


def parse_condition(text: str) -> Condition:
    """Parse and check a condition's text. Raises ConditionError."""
    if len(text) > MAX_CHARS:
        raise ConditionError(f"{len(text)} characters; expected at most {MAX_CHARS}")
    try:
        tree = ast.parse(text.strip(), mode="eval").body
    except (SyntaxError, ValueError):
        raise ConditionError(f"{text!r}; expected comparisons joined by and/or/not") from None
    _check(tree, text)
    return Condition(text=text, tree=tree)


def _check(node: ast.expr, text: str) -> None:
    match node:
        case ast.BoolOp(values=values):
            for value in values:
                _check(value, text)
        case ast.UnaryOp(op=ast.Not(), operand=operand):
            _check(operand, text)
        case ast.Compare(left=left, ops=ops, comparators=comparators) if all(
            isinstance(op, _ALLOWED_OPS) for op in ops
        ):
            for value in (left, *comparators):
                _check(value, text)
        case ast.Attribute(value=ast.Name(id="slots" | "context")):
            return
        case ast.Name(id=name) if name in _CONSTANTS:
            return
        case ast.Constant(value=str() | int()):
            return
        case ast.List(elts=items):
            for item in items:
                _check(item, text)
        case _:
            raise ConditionError(f"{text!r}; expected slots.x, context.x, constants, comparisons, and/or/not")


def _value(node: ast.expr, slots: Mapping[str, SlotValue], facts: Facts) -> object:
    match node:
        case ast.BoolOp(op=ast.And(), values=values):
            return all(_value(value, slots, facts) for value in values)
        case ast.BoolOp(values=values):
            return any(_value(value, slots, facts) for value in values)
        case ast.UnaryOp(operand=operand):
            return not _value(operand, slots, facts)
        case ast.Compare(left=left, ops=ops, comparators=comparators):
            found = [_value(item, slots, facts) for item in (left, *comparators)]
            return all(_compare(op, a, b) for op, a, b in zip(ops, found, found[1:], strict=False))
        case ast.Attribute(value=ast.Name(id="slots"), attr=name):
            return slots.get(name)
        case ast.Attribute(attr=name):
            return facts.get(name)
        case ast.Name(id=name):
            return _CONSTANTS[name]
        case ast.List(elts=items):
            return [_value(item, slots, facts) for item in items]
        case ast.Constant(value=value):
            return value
        case _:
            raise AssertionError("checked when parsed")


def _compare(op: ast.cmpop, a: object, b: object) -> bool:
    match op:
        case ast.Eq() | ast.Is():
            return a == b and type(a) is type(b)
        case ast.NotEq() | ast.IsNot():
            return not (a == b and type(a) is type(b))
        case ast.In() | ast.NotIn():
            inside = isinstance(b, list) and any(item == a and type(item) is type(a) for item in b)
            return inside if isinstance(op, ast.In) else not inside
    if not (isinstance(a, int) and isinstance(b, int)):
        return False
    match op:
        case ast.Lt():
            return a < b
        case ast.LtE():
            return a <= b
        case ast.Gt():
            return a > b
        case _:
            return a >= b
