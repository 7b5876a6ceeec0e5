"""A message as its sentence vector: spelling put right where the language's words are known, then encoded."""

from __future__ import annotations

from collections.abc import Mapping
from dataclasses import dataclass
from pathlib import Path

from nlu.embedded.encoder import SentenceEncoder, open_encoder
from nlu.embedded.features import FloatArray
from nlu.embedded.spelling import Speller, words_of
from nlu.embedded.weights import english_words, find_encoder

_SPELT_LANGUAGES = frozenset({"en"})
"""Languages whose words can be looked up. Elsewhere a word unknown to the examples is no slip of the keyboard."""


@dataclass(frozen=True, slots=True, kw_only=True, eq=False)
class EncoderKit:
    """What sentence vectors need beside a model's own words; opened once and shared by all models."""

    encoder: SentenceEncoder
    language_words: Mapping[str, int] | None
    """None for a language without a word list: its messages are encoded as they are spelt."""

    def reader(self, own: Mapping[str, int], short_forms: Mapping[str, str]) -> SentenceReader:
        """Reads sentences with the words of one training set."""
        words = self.language_words
        speller = None if words is None else Speller(own=own, language=words, short_forms=short_forms)
        return SentenceReader(encoder=self.encoder, speller=speller)


@dataclass(frozen=True, slots=True, kw_only=True, eq=False)
class SentenceReader:
    """The encoder, behind a speller where there is one."""

    encoder: SentenceEncoder
    speller: Speller | None

    def spelt(self, text: str) -> str:
        """What is encoded for a text."""
        return text.lower() if self.speller is None else self.speller.corrected(text)

    def knows(self, text: str) -> bool:
        """Whether any word of a text is, put right, a word of the examples; always so where words are not put right."""
        return self.speller is None or any(word in self.speller.own for word in words_of(self.spelt(text)))

    def vector(self, text: str) -> FloatArray:
        """The sentence vector of a message."""
        return self.encoder.encode(self.spelt(text))


def open_kit(language: str, folder: Path) -> EncoderKit | None:
    """The kit for a language; None where its packages are not installed.

    `folder` keeps the encoder's graph. ModelCorruptError when a package's file is not the one we know.
    """
    files, words = find_encoder(), english_words()
    if files is None or words is None:
        return None
    return EncoderKit(
        encoder=open_encoder(files, folder), language_words=words if language in _SPELT_LANGUAGES else None
    )


def kit_installed() -> bool:
    """Whether sentence vectors can be had on this machine."""
    return find_encoder() is not None and english_words() is not None
