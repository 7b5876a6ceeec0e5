"""Phrases patients never read from us, per language: false comfort, blame, promises we cannot keep, secrets asked."""

from __future__ import annotations

import re
from collections.abc import Mapping
from types import MappingProxyType

_ANYWHERE = (r"!", r"¡", r"\b(?:bit\.ly|tinyurl|goo\.gl|t\.co)\b", r"hipaa", r"[\U0001F300-\U0001FAFF\u2600-\u27BF]")

_ENGLISH = (
    r"don'?t worry|do not worry", r"\bnormal\b", r"\bprobabl[ye]\b", r"\bnot urgent\b", r"\bsecure(?:ly)?\b",
    r"\binvalid\b", r"\bfail(?:ed|ure)?\b", r"\byou missed\b|\bmissed (?:your )?(?:visit|appointment)\b",
    r"non-?complian", r"\bi (?:understand|know) how you feel\b", r"is (?:this|it) an emergency\?",
    r"\breply (?:cancel|stop)\b", r"\bcard number\b|social security", r"(?<!too )(?<!as )\bsoon\b", r"\bsurvey\b",
)  # fmt: skip
_SPANISH = (
    r"no se preocupe", r"\bnormal(?:es)?\b", r"\bprobable(?:mente|s)?\b", r"\bno es urgente\b",
    r"\b(?:chat|mensaje|conexión|sistema|canal)\w* segur[oa]s?\b|de forma segura", r"\binválid[oa]s?\b",
    r"\bfall(?:ó|ado|ida|ido|a|an)s?\b", r"\b(?:faltó|no asistió|perdió su cita|no se presentó)\b", r"\bincumpl",
    r"\b(?:entiendo|comprendo|sé) cómo se siente\b", r"¿es (?:esto )?una emergencia\?",
    r"\b(?:responda|conteste|envíe) (?:con )?cancelar\b", r"número de (?:su )?tarjeta|seguro social",
    r"(?<!muy )(?<!demasiado )(?<!tan )\bpronto\b", r"\bencuesta\b",
    r"\b(?:tú|tu|tus|te|ti|contigo|tienes|puedes|quieres|necesitas|escribe|dime|llama)\b",
)  # fmt: skip


def forbidden(text: str, language: str) -> tuple[str, ...]:
    """The phrases of a text that must not be said; Spanish is also held to "usted"."""
    return tuple(found.group(0) for pattern in _PATTERNS.get(language, _ALWAYS) for found in pattern.finditer(text))


def _compiled(patterns: tuple[str, ...]) -> tuple[re.Pattern[str], ...]:
    return tuple(re.compile(pattern, re.IGNORECASE) for pattern in patterns)


_ALWAYS = _compiled(_ANYWHERE)
_PATTERNS: Mapping[str, tuple[re.Pattern[str], ...]] = MappingProxyType(
    {"en": _compiled((*_ANYWHERE, *_ENGLISH)), "es": _compiled((*_ANYWHERE, *_SPANISH))}
)
