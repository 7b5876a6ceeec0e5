"""The words that ship with the program, read from the package's own files when asked for."""

from __future__ import annotations

from collections.abc import Iterator, Mapping
from importlib.resources import files
from importlib.resources.abc import Traversable
from types import MappingProxyType

from bot.rendering.catalogue import Catalogue, load_catalogue
from bot.rendering.styles import Style, load_style

DOMAIN = "wellspoken"
"""The gettext domain: locales/<language>/LC_MESSAGES/wellspoken.po."""


def packaged_catalogue() -> Catalogue:
    """responses.yml with every translation that ships. Raises ContentError."""
    source = files("bot.content") / "responses.yml"
    return load_catalogue(
        source.read_text(encoding="utf-8"), file="responses.yml", translations=packaged_translations()
    )


def packaged_translations() -> Mapping[str, str]:
    """PO text by language, for every language that has one."""
    found = {folder.name: folder / "LC_MESSAGES" / f"{DOMAIN}.po" for folder in _folders()}
    return MappingProxyType(
        {language: po.read_text(encoding="utf-8") for language, po in found.items() if po.is_file()}
    )


def packaged_styles() -> Mapping[str, Style]:
    """How each language writes dates and times, by language. Raises ContentError."""
    return MappingProxyType(
        {
            folder.name: load_style(
                (folder / "formats.yml").read_text(encoding="utf-8"), file=f"locales/{folder.name}/formats.yml"
            )
            for folder in _folders()
        }
    )


def _folders() -> Iterator[Traversable]:
    entries = (files("bot.rendering") / "locales").iterdir()
    yield from sorted((entry for entry in entries if entry.is_dir()), key=lambda entry: entry.name)
