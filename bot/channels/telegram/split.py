"""A long text as several, cut where a reader would pause."""

from __future__ import annotations

import re

_CUTS = (
    re.compile(r"\n\s*\n"),
    re.compile(r"(?<=[.!?…:;])\s+"),
    re.compile(r"\n"),
    re.compile(r"\s+"),
)
"""Between paragraphs, else between sentences, else between lines, else between words."""


def split_text(text: str, limit: int) -> tuple[str, ...]:
    """Parts of at most `limit` UTF-16 units each; only white space at the cuts is dropped. Always at least one."""
    parts: list[str] = []
    rest = text
    while _units(rest) > limit:
        head = _head(rest, limit)
        cut = _cut(head, rest)
        parts.append(rest[:cut].rstrip())
        rest = rest[cut:].lstrip()
    if rest or not parts:
        parts.append(rest)
    return tuple(part for part in parts if part) or ("",)


def _units(text: str) -> int:
    return len(text) + sum(1 for char in text if ord(char) > 0xFFFF)


def _head(text: str, limit: int) -> str:
    """As much of the text as fits."""
    head = text[:limit]
    while _units(head) > limit:
        head = head[: len(head) - max(1, (_units(head) - limit) // 2)]
    return head


def _cut(head: str, whole: str) -> int:
    """Where to cut: the last good place in the second half of what fits, or the end of it."""
    if whole[len(head) : len(head) + 1].isspace():
        head += whole[len(head)]
    for pattern in _CUTS:
        ends = [found.end() for found in pattern.finditer(head) if found.start() * 2 >= len(head)]
        if ends:
            return ends[-1]
    return len(head.rstrip()) or len(head)
