"""Babel's way into responses.yml: `responses = bot.rendering.extract:extract_responses` in a babel.cfg."""

from __future__ import annotations

import io
from collections.abc import Iterator, Mapping, Sequence
from typing import IO

from bot.rendering.catalogue import SOURCE_LANGUAGE, read_responses
from bot.rendering.layout import NO, YES

BUTTON_LENGTH = 20
"""Longest label that every channel shows whole."""

Extracted = tuple[int, str, tuple[str, str], list[str]]
"""A line, the gettext function, (context, text), and comments for the translator."""


def extract_responses(
    fileobj: IO[bytes],
    keywords: Sequence[str] | Mapping[str, object],
    comment_tags: Sequence[str],
    options: Mapping[str, object],
) -> Iterator[Extracted]:
    """Every response as Babel's `pgettext`: its key is the context, its English the text. Raises ContentError."""
    del keywords, comment_tags, options
    for response in read_responses(io.TextIOWrapper(fileobj, "utf-8").read(), file="responses.yml"):
        notes = [note for note in (_note(response.key, safety=response.safety),) if note]
        yield response.line, "pgettext", (response.key, response.texts[SOURCE_LANGUAGE]), notes


def _note(key: str, *, safety: bool) -> str:
    """What a translator must know beside the words."""
    if safety:
        return "safety text: signed, one SMS segment, the number first"
    if is_button(key):
        return f"button: at most {BUTTON_LENGTH} characters"
    return ""


def is_button(key: str) -> bool:
    """Whether a response is shown on a button."""
    return key in {YES, NO} or key.startswith(("button_", "topic_", "flow_", "language_"))
