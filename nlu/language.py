"""Which of the clinic's languages a message is in. Says None rather than guess."""

from __future__ import annotations

from collections.abc import Iterable, Mapping
from dataclasses import dataclass

from py3langid.langid import MODEL_FILE, LanguageIdentifier

from nlu.config import DEFAULT_DECISION
from nlu.text import tokens_of
from nlu.words import LanguageWords

_MIN_WORDS = 2


@dataclass(frozen=True, slots=True, kw_only=True)
class LanguageGuess:
    """The likeliest language (None when nothing can be said) and whether it is sure enough to act on."""

    language: str | None
    confident: bool


UNKNOWN = LanguageGuess(language=None, confident=False)


class LanguageDetector:
    """Identifies among fixed languages: whole-message word lists first, then a character model for 2 words or more.

    A single word never gives a confident guess, so one loan-word cannot turn a conversation.
    """

    def __init__(
        self, words: Mapping[str, LanguageWords], *, confidence: float = DEFAULT_DECISION.language_confidence
    ) -> None:
        """Load the character model (half a second) for the languages that have word lists."""
        self._words = dict(words)
        self._confidence = confidence
        self._model = LanguageIdentifier.from_model_file(MODEL_FILE, norm_probs=True)
        self._model.set_languages(sorted(self._words))

    def identify(self, text: str, languages: Iterable[str] | None = None) -> LanguageGuess:
        """Guess among `languages` (all by default)."""
        allowed = sorted(set(self._words if languages is None else languages) & self._words.keys())
        many = len(tokens_of(text)) >= _MIN_WORDS
        listed = [language for language in allowed if self._words[language].meaning_of(text)]
        if len(listed) == 1:
            return LanguageGuess(language=listed[0], confident=many)
        if not many or listed or not allowed:
            return UNKNOWN
        shares = {language: float(share) for language, share in self._model.rank(text) if language in allowed}
        total = sum(shares.values())
        if not total:
            return UNKNOWN
        best = max(allowed, key=lambda language: shares.get(language, 0.0))
        return LanguageGuess(language=best, confident=shares.get(best, 0.0) / total >= self._confidence)
