"""Consent by keyword: the words that by themselves end all messages on SMS and WhatsApp, in every language."""

from __future__ import annotations

import re
import unicodedata

STOP_WORDS = frozenset({
    "stop", "stopall", "stop all", "unsubscribe", "end", "quit", "revoke", "opt out", "optout",
    "alto", "parar", "pare", "baja", "darme de baja", "detener", "fin", "salir",
})  # fmt: skip
"""The carriers' list (CTIA: STOP, STOPALL, UNSUBSCRIBE, END, QUIT, and since 2025 REVOKE and OPT OUT), and Spanish."""


START_WORDS = frozenset({"start", "unstop", "subscribe", "alta", "comenzar", "reanudar", "iniciar"})
"""What the carriers take as an opt-in (CTIA: START, UNSTOP), and Spanish; a yes is never one."""


def is_stop_word(text: str) -> bool:
    """Whether a message is nothing but a stop word, whatever its casing, accents and punctuation."""
    return bare_words(text) in STOP_WORDS


def is_start_word(text: str) -> bool:
    """Whether a message is nothing but a start word."""
    return bare_words(text) in START_WORDS


def bare_words(text: str) -> str:
    """A text without casing, accents and punctuation."""
    plain = unicodedata.normalize("NFKD", text.casefold())
    plain = "".join(mark for mark in plain if not unicodedata.combining(mark))
    return re.sub(r"[\W_]+", " ", plain).strip()
