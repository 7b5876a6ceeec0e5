"""Settings from the environment, read once at start; one that is unknown or malformed stops the start by its name."""

from __future__ import annotations

import os
from collections.abc import Mapping
from dataclasses import dataclass
from pathlib import Path

from domain.errors import RefusedToStartError

PREFIX = "WELLSPOKEN_"
DEFAULT_PORT = 8080

_LONGEST_LANGUAGE = 3
_KNOWN = frozenset(
    PREFIX + name
    for name in ("HOME", "MODELS", "PORT", "HOST", "PUBLIC_URL", "ROOT_KEY", "TELEGRAM_TOKEN", "REST_TOKEN", "WITNESS")
)


@dataclass(frozen=True, slots=True, kw_only=True)
class Settings:
    """What the operator sets. Secrets come from the environment and are never written down."""

    home: Path
    home_given: bool
    models: Path
    host: str
    port: int
    public_url: str | None
    root_key: str | None
    telegram_token: str | None
    rest_token: str | None
    witness: Path | None
    rasa_urls: Mapping[str, str] | None = None
    """With NLU_ENGINE=rasa: a server per language, "" standing for every language not named; None: not Rasa."""
    rasa_token: str | None = None


def read_settings(environ: Mapping[str, str] | None = None) -> Settings:
    """Read the environment. Raises RefusedToStartError for an unknown WELLSPOKEN_… name or a wrong value."""
    values = dict(os.environ if environ is None else environ)
    unknown = sorted(name for name in values if name.startswith(PREFIX) and name not in _KNOWN)
    if unknown:
        known = ", ".join(sorted(_KNOWN))
        raise RefusedToStartError(f"unknown setting {unknown[0]}; known are {known}")
    home = values.get(PREFIX + "HOME")
    models = values.get(PREFIX + "MODELS")
    witness = values.get(PREFIX + "WITNESS")
    return Settings(
        home=Path(home or ".wellspoken").absolute(),
        home_given=bool(home),
        models=Path(models).absolute() if models else _cache(values) / "models",
        host=values.get(PREFIX + "HOST", "127.0.0.1"),
        port=_port(values.get(PREFIX + "PORT")),
        public_url=values.get(PREFIX + "PUBLIC_URL"),
        root_key=values.get(PREFIX + "ROOT_KEY"),
        telegram_token=values.get(PREFIX + "TELEGRAM_TOKEN"),
        rest_token=values.get(PREFIX + "REST_TOKEN"),
        witness=Path(witness).absolute() if witness else None,
        rasa_urls=_rasa_urls(values),
        rasa_token=values.get("RASA_TOKEN"),
    )


def _rasa_urls(values: Mapping[str, str]) -> Mapping[str, str] | None:
    """NLU_ENGINE and RASA_URL: one URL, or language=URL pairs with commas between."""
    engine = values.get("NLU_ENGINE", "embedded")
    if engine not in {"embedded", "rasa"}:
        raise RefusedToStartError(f"NLU_ENGINE is {engine!r}; expected embedded or rasa")
    if engine == "embedded":
        return None
    written = values.get("RASA_URL", "")
    urls: dict[str, str] = {}
    for part in filter(None, (part.strip() for part in written.split(","))):
        language, equals, url = part.partition("=")
        named = bool(equals) and language.isalpha() and len(language) <= _LONGEST_LANGUAGE
        urls[language if named else ""] = url if named else part
    return urls


def _cache(values: Mapping[str, str]) -> Path:
    """Trained models are the same for every home, so homes that come and go share them (by what they come from)."""
    base = values.get("XDG_CACHE_HOME") or str(Path(values.get("HOME", ".")) / ".cache")
    return Path(base).absolute() / "wellspoken"


def _port(written: str | None) -> int:
    if written is None:
        return DEFAULT_PORT
    if not (written.isascii() and written.isdigit()) or not 0 < int(written) < 65_536:
        raise RefusedToStartError(f"WELLSPOKEN_PORT is {written!r}; expected a number from 1 to 65535")
    return int(written)
