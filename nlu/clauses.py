"""Cuts a message where a second request may begin. Only proposes; the decision joins what does not stand alone."""

from __future__ import annotations

import re
from dataclasses import dataclass

from nlu.text import message_key
from nlu.words import LanguageWords

_SENTENCE_END = re.compile(
    r"(?:(?<!\bdr)(?<!\bdra)(?<!\bsr)(?<!\bsra)(?<!\bmr)(?<!\bms)(?<!\bst)[.!?;…]+|\n+)(?=\s|$)", re.IGNORECASE
)
_MAX_CLAUSES = 8


@dataclass(frozen=True, slots=True, kw_only=True)
class Clause:
    """A stretch of the message; `firm` when it begins a sentence or follows an answer word, not a mere "and"."""

    text: str
    start: int
    end: int
    firm: bool


def clauses_of(text: str, words: LanguageWords) -> tuple[Clause, ...]:
    """The message cut at sentence ends, after a leading answer ("no, Tuesday") and at joining words, in order."""
    cuts: dict[int, tuple[int, bool]] = {0: (0, True)}
    for found in _joiner_pattern(words).finditer(text):
        cuts[found.start()] = (found.end(), False)
    for found in _SENTENCE_END.finditer(text):
        cuts[found.end()] = (found.end(), True)
    answer = _leading_answer(text, words)
    if answer is not None:
        cuts[answer] = (answer + 1, True)
    edges = sorted(cuts.items())[:_MAX_CLAUSES]
    ends = [at for at, _ in edges[1:]] + [len(text)]
    clauses = (
        Clause(text=text[begin:end], start=begin, end=end, firm=firm)
        for (_, (begin, firm)), end in zip(edges, ends, strict=True)
        if begin < end
    )
    return tuple(clause for clause in clauses if message_key(clause.text))


def _joiner_pattern(words: LanguageWords) -> re.Pattern[str]:
    options = "|".join(re.escape(joiner) for joiner in words.joiners)
    return re.compile(rf",?\s+\b(?:{options})\b,?\s+", re.IGNORECASE)


def _leading_answer(text: str, words: LanguageWords) -> int | None:
    """Where the comma stands after a leading word that is a whole message by itself."""
    comma = text.find(",")
    if comma < 1 or comma == len(text) - 1:
        return None
    return comma if words.meaning_of(text[:comma]) else None
