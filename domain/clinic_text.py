"""Words a clinic owns: one text, or one list of phrases, per language."""

from __future__ import annotations

from dataclasses import dataclass


def _base(language: str) -> str:
    return language.replace("_", "-").partition("-")[0].lower()


@dataclass(frozen=True, slots=True, kw_only=True)
class LocalText:
    """A text in several languages; `default` is the clinic's own language and always present."""

    texts: tuple[tuple[str, str], ...]
    default: str

    def in_(self, language: str) -> str:
        """The text in a language ("es", "es-MX"), else in the clinic's default language."""
        wanted = _base(language)
        fallback = ""
        for known, text in self.texts:
            if known == wanted:
                return text
            if known == self.default:
                fallback = text
        return fallback

    @property
    def languages(self) -> tuple[str, ...]:
        """The languages it is written in, in order."""
        return tuple(language for language, _ in self.texts)


@dataclass(frozen=True, slots=True, kw_only=True)
class LocalTerms:
    """Phrases by which patients call a thing, per language, for recognising it; never shown."""

    terms: tuple[tuple[str, tuple[str, ...]], ...] = ()

    def in_(self, language: str) -> tuple[str, ...]:
        """The phrases of one language; none where the clinic listed none."""
        wanted = _base(language)
        return next((phrases for known, phrases in self.terms if known == wanted), ())


NO_TERMS = LocalTerms()
