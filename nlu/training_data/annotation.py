"""Rasa's inline entity notation: `[text](entity)`, `[text](entity:value)` and `[text]{"entity": …, "value": …}`."""

from __future__ import annotations

import json
import re
from dataclasses import dataclass

from domain.errors import ContentError
from nlu.training_data.examples import EntityMark

_MARK = re.compile(
    r"\[(?P<text>[^\[\]]*)\]"
    r"(?:\((?P<entity>[^():]*)(?::(?P<value>[^()]*))?\)|(?P<json>\{[^{}]*\}))",
)
_LEFTOVER = re.compile(r"\[[^\]]*\]\s*[({]|\]\(|\]\{|\]\[")
_JSON_KEYS = frozenset({"entity", "value", "role", "group"})


@dataclass(frozen=True, slots=True, kw_only=True)
class Annotated:
    """An example's plain text and the entities marked in it."""

    text: str
    marks: tuple[EntityMark, ...]


def read_annotated(raw: str, *, file: str, line: int) -> Annotated:
    """Take the marks out of an example; ContentError for a malformed one."""
    plain: list[str] = []
    marks: list[EntityMark] = []
    length = at = 0
    for found in _MARK.finditer(raw):
        before = raw[at : found.start()]
        plain.append(before)
        length += len(before)
        surface = found["text"]
        marks.append(_mark_of(found, surface, length, file=file, line=line))
        plain.append(surface)
        length += len(surface)
        at = found.end()
    plain.append(raw[at:])
    if _LEFTOVER.search("\0".join(plain[::2])):
        raise ContentError(file=file, line=line, found="a broken annotation", expected="[text](entity)")
    return Annotated(text="".join(plain), marks=tuple(marks))


def _mark_of(found: re.Match[str], surface: str, start: int, *, file: str, line: int) -> EntityMark:
    if not surface.strip() or surface != surface.strip():
        raise ContentError(
            file=file, line=line, found="an annotation with blanks at its edge", expected="[text] without outer blanks"
        )
    facts = _json_facts(found["json"], file=file, line=line) if found["json"] else {}
    entity = facts.get("entity") or (found["entity"] or "").strip()
    if not entity:
        raise ContentError(file=file, line=line, found="an annotation without entity", expected="[text](entity)")
    return EntityMark(
        entity=entity,
        start=start,
        end=start + len(surface),
        value=facts.get("value") or found["value"],
        role=facts.get("role"),
        group=facts.get("group"),
    )


def _json_facts(text: str, *, file: str, line: int) -> dict[str, str]:
    try:
        facts = json.loads(text)
    except json.JSONDecodeError as error:
        raise ContentError(
            file=file, line=line, found=f"an annotation that is not JSON ({error.msg})", expected='{"entity": "…"}'
        ) from error
    unknown = set(facts) - _JSON_KEYS
    if unknown:
        raise ContentError(
            file=file, line=line, found=f"annotation key {min(unknown)!r}", expected=", ".join(sorted(_JSON_KEYS))
        )
    return {key: str(value) for key, value in facts.items()}
