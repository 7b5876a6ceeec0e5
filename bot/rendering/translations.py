"""Keeping translations true to the English: extract, merge, report. The same inputs always give the same bytes."""

from __future__ import annotations

import io
from collections.abc import Iterable
from dataclasses import dataclass
from pathlib import Path

from babel.messages.catalog import Catalog, Message
from babel.messages.extract import extract
from babel.messages.pofile import PoFileError, read_po, write_po

from bot.rendering.packaged import DOMAIN
from domain.errors import ContentError

_WIDTH = 118
_METHOD = "bot.rendering.extract:extract_responses"
"""As Babel names it, so that `pybabel extract` and this module read the same."""
_WAS = "was: "
"""Before the English a fuzzy entry translates; a translator's comment, because Babel does not read "#|" back."""


@dataclass(frozen=True, slots=True, kw_only=True)
class Merged:
    """One language's catalogue after a merge: its PO text, and the keys that still want a translator."""

    language: str
    text: str
    missing: tuple[str, ...] = ()
    """Without words: patients read English."""
    fuzzy: tuple[str, ...] = ()
    """The English changed since it was translated: patients read English until someone looks."""
    obsolete: tuple[str, ...] = ()
    """No longer said, kept at the end of the file."""
    changed: bool = False

    @property
    def complete(self) -> bool:
        """Whether patients read every response in this language."""
        return not self.missing and not self.fuzzy


def merge(responses: str, po: str, *, language: str) -> Merged:
    """Bring a language's PO text up to the English: every translation is kept, new and changed texts are marked.

    Entries follow the order of responses.yml; a text taken out and put back finds its translation again.
    Raises ContentError when either text cannot be read.
    """
    old = _read(po, language)
    known = {(item.context, item.id): item for item in (*old.obsolete.values(), *old)}
    latest = {item.context: item for item in old if item.id}
    new, carried = Catalog(locale=language, domain=DOMAIN, fuzzy=False), set()
    for _, text, comments, context in extract(_METHOD, io.BytesIO(responses.encode())):
        if isinstance(text, str):
            before = known.get((context, text)) or latest.get(context)
            _add(new, text, context, comments, before)
            carried.add((context, before.id if before is not None else text))
    for key, item in sorted(known.items(), key=lambda entry: str(entry[0])):
        if item.id and item.string and key not in carried:
            new.obsolete[f"{item.context}\x04{item.id}"] = Message(item.id, item.string, context=item.context)
    written = _write(new, language)
    listed = [item for item in new if item.id]
    return Merged(
        language=language,
        text=written,
        missing=_keys(item for item in listed if not item.string),
        fuzzy=_keys(item for item in listed if item.string and item.fuzzy),
        obsolete=_keys(new.obsolete.values()),
        changed=written != po,
    )


def update_translations(responses: Path, locales: Path, *, write: bool) -> tuple[Merged, ...]:
    """Merge every language under `locales`; with `write`, save those that changed. Without, nothing is touched.

    A language is a folder of `locales` that has LC_MESSAGES (it may still be empty). Raises ContentError.
    """
    english = responses.read_text(encoding="utf-8")
    done: list[Merged] = []
    for folder in sorted(entry.parent for entry in locales.glob("*/LC_MESSAGES")):
        path = folder / "LC_MESSAGES" / f"{DOMAIN}.po"
        before = path.read_text(encoding="utf-8") if path.exists() else ""
        merged = merge(english, before, language=folder.name)
        if write and merged.changed:
            path.write_text(merged.text, encoding="utf-8")
        done.append(merged)
    return tuple(done)


def _read(po: str, language: str) -> Catalog:
    try:
        return read_po(io.StringIO(po), locale=language, domain=DOMAIN, abort_invalid=True)
    except PoFileError as error:
        raise ContentError(
            file=f"{language}.po", line=error.lineno + 1, found="a broken entry", expected="a gettext catalogue"
        ) from error


def _add(new: Catalog, text: str, context: str | None, comments: Iterable[str], old: Message | None) -> None:
    """Add a text with its old words: fuzzy where they translate other English, which then stands in a comment."""
    if old is None:
        new.add(text, "", context=context, auto_comments=comments)
        return
    stale = bool(old.string) and old.id != text
    notes = [note for note in old.user_comments if old.fuzzy or not note.startswith(_WAS)]
    if stale:
        notes = [*(note for note in notes if not note.startswith(_WAS)), f"{_WAS}{old.id}"]
    flags = {"fuzzy"} if stale or old.fuzzy else set()
    new.add(text, old.string or "", context=context, flags=flags, auto_comments=comments, user_comments=notes)


def _keys(messages: Iterable[Message]) -> tuple[str, ...]:
    return tuple(item.context or "" for item in messages)


def _write(catalog: Catalog, language: str) -> str:
    """PO text with a header that names no date and no person, so that nothing but the words can change it."""
    body = io.BytesIO()
    write_po(body, catalog, width=_WIDTH, no_location=True, omit_header=True)
    header = f'msgid ""\nmsgstr ""\n"Language: {language}\\n"\n"Content-Type: text/plain; charset=utf-8\\n"\n\n'
    return header + body.getvalue().decode().strip() + "\n"
