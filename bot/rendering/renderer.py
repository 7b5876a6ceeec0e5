"""One reply as one message for one audience: words, numbers or buttons, and nothing above the audience's level."""

from __future__ import annotations

import re
from collections.abc import Callable, Mapping
from dataclasses import dataclass
from datetime import date, datetime

import structlog

from bot.rendering.catalogue import PLACEHOLDER, SOURCE_LANGUAGE, Catalogue, Response
from bot.rendering.errors import RenderingError, UnfilledPlaceholderError, UnknownResponseError
from bot.rendering.formats import Formats
from bot.rendering.layout import lay_out
from bot.rendering.styles import Style
from domain.appointment import TimeSlot
from domain.clinic import Clinic, Site, UnknownFactError
from domain.dialogue.alarms import ALARM_KEYS
from domain.dialogue.reply import Local, Named, NameKind, Reply, ReplyValue
from domain.ids import SiteId
from domain.message import Capabilities, Channel, OutboundMessage
from domain.ports import Audience, Rendered

WITHHELD = "utter_withheld"
"""Said instead of what the audience may not know."""
UNSAYABLE = "utter_menu"
"""Said instead of what cannot be put into words: no placeholder, true at any time, names a person as a way on."""
LOCK_SCREEN = 40
"""How many characters of a message a locked phone shows."""
_AGAIN = "_again"
_AT_END = re.compile(PLACEHOLDER.pattern + r"(\.?)")
_TELLING = frozenset({NameKind.VISIT_TYPE, NameKind.SPECIALTY, NameKind.TEST, NameKind.MEDICINE})

_log = structlog.get_logger()


@dataclass(frozen=True, slots=True, kw_only=True)
class CatalogueRenderer:
    """Renders from the catalogue. What its audience may not know becomes a neutral sentence, without its choices.

    `clock` tells the present instant, so that times read "today" and "tomorrow"; without one they are always dated.
    `strict` raises RenderingError for a reply that cannot be put into words (tests, content checks). Otherwise its
    shorter "…_again" form is said, or else a neutral sentence, and the key is logged.
    """

    catalogue: Catalogue
    clinic: Clinic
    capabilities: Mapping[Channel, Capabilities]
    styles: Mapping[str, Style]
    clock: Callable[[], datetime] | None = None
    strict: bool = False

    def __post_init__(self) -> None:
        """Refuse a catalogue without the texts that must never be missing; raises UnknownResponseError."""
        for key in sorted({WITHHELD, UNSAYABLE, *ALARM_KEYS.values()}):
            if self.catalogue.get(key) is None:
                raise UnknownResponseError(key)

    def render(self, reply: Reply, audience: Audience) -> Rendered:
        """Render one reply. Raises RenderingError only when strict."""
        formats = self._formats(audience.language)
        try:
            return self._said(self._response(reply.key), reply, audience, formats)
        except RenderingError as error:
            if self.strict:
                raise
            _log.error("rendering.unsayable", key=reply.key, placeholder=getattr(error, "placeholder", ""))
        return self._instead(reply, audience, formats)

    def _instead(self, reply: Reply, audience: Audience, formats: Formats) -> Rendered:
        shorter = self.catalogue.get(reply.key.removesuffix(_AGAIN) + _AGAIN)
        if shorter is not None and shorter.key != reply.key:
            try:
                return self._said(shorter, reply, audience, formats)
            except RenderingError:
                _log.error("rendering.unsayable", key=shorter.key)
        return self._said(self.catalogue.responses[UNSAYABLE], Reply(key=UNSAYABLE), audience, formats)

    def _said(self, response: Response, reply: Reply, audience: Audience, formats: Formats) -> Rendered:
        can = self.capabilities[audience.channel]
        if response.level > min(int(audience.level), can.ceiling):
            words = self.catalogue.responses[WITHHELD].in_(formats.language)
            return Rendered(key=WITHHELD, message=OutboundMessage(text=words))
        names = _Names(key=response.key, reply=reply, formats=formats, discreet=audience.discreet)
        try:
            text = _AT_END.sub(lambda found: names.text(found[1], found[2]), response.in_(formats.language))
            laid = lay_out(text[:1].upper() + text[1:], reply.choices, can, formats)
            shown = names.covered(laid.text) if audience.discreet else laid.text
        except UnknownFactError as error:
            raise UnfilledPlaceholderError(response.key, "choices", f"no such {error.kind}") from error
        message = OutboundMessage(text=shown, buttons=laid.buttons, ask_contact=reply.ask_contact)
        return Rendered(key=response.key, message=message, choices=laid.choices)

    def _response(self, key: str) -> Response:
        """The response; a second wording that was not written falls back to the first."""
        found = self.catalogue.get(key) or self.catalogue.get(key.removesuffix(_AGAIN))
        if found is None:
            raise UnknownResponseError(key)
        return found

    def _formats(self, language: str) -> Formats:
        base = language.replace("_", "-").partition("-")[0].lower()
        known = base in self.catalogue.languages and base in self.styles
        chosen = base if known else SOURCE_LANGUAGE
        return Formats(
            language=chosen,
            style=self.styles[chosen],
            clinic=self.clinic,
            catalogue=self.catalogue,
            today=self.clock().astimezone(self.clinic.zone).date() if self.clock else None,
        )


@dataclass(frozen=True, slots=True, kw_only=True)
class _Names:
    """The text for a placeholder: a value of the reply, else a fact of the clinic. Its name decides the form."""

    key: str
    reply: Reply
    formats: Formats
    discreet: bool

    def text(self, name: str, stop: str = "") -> str:
        """The value and the full stop after it; one that ends in an abbreviation ("p. m.") has its own."""
        try:
            text = self._given(name) or self._of_clinic(name)
        except UnknownFactError as error:
            raise UnfilledPlaceholderError(self.key, name, f"no such {error.kind}") from error
        except ValueError as error:
            raise UnfilledPlaceholderError(self.key, name, "of another form") from error
        if not text:
            raise UnfilledPlaceholderError(self.key, name)
        return text if text.endswith(".") else text + stop

    def _given(self, name: str) -> str:
        values, formats = self.reply.values, self.formats
        match name, values.get("slot" if name == "slot_generic" else name):
            case _, None:
                return ""
            case "slot_generic", TimeSlot() as slot:
                return formats.slot_generic(slot)
            case "slot_generic", _:
                return ""
            case "task", str() as flow:
                return formats.name(Named(kind=NameKind.FLOW, id=flow)) if flow else ""
            case "opens", datetime() as moment:
                return formats.moment(moment)
            case (("due" | "until"), datetime() as moment):
                return formats.deadline(moment)
            case "as_of", date() as day:
                return formats.date(day)
            case "hours", tuple() as spans:
                return formats.hours([item for item in spans if isinstance(item, str)])
            case "phone", str() as number:
                return formats.phone(number)
            case _, value:
                return formats.value(value)

    def _of_clinic(self, name: str) -> str:
        formats, site = self.formats, self._site()
        match name:
            case "clinic":
                return self._clinic_name()
            case "emergency":
                return site.emergency_number or formats.style.phrase("emergency")
            case "crisis":
                return site.crisis_number or formats.style.phrase("crisis")
            case "phone":
                return formats.phone(site.phone)
            case _:
                return ""

    def _clinic_name(self) -> str:
        clinic = self.formats.clinic
        return (clinic.alias if self.discreet else clinic.name).in_(self.formats.language)

    def _site(self) -> Site:
        clinic, named = self.formats.clinic, self.reply.values.get("site")
        if isinstance(named, Named) and named.kind is NameKind.SITE:
            return next((site for site in clinic.sites if site.id == SiteId(named.id)), clinic.sites[0])
        return clinic.sites[0]

    def covered(self, text: str) -> str:
        """The text behind a line that says nothing, where a lock screen would show what a visit or test is about."""
        head = text[:LOCK_SCREEN].casefold()
        telling = (self._words_of(value) for value in self._said_values() if _is_telling(value))
        if not any(_shows(words, text.casefold(), head) for words in telling if words):
            return text
        return f"{self.formats.style.phrase('cover', clinic=self._clinic_name())}\n{text}"

    def _words_of(self, value: ReplyValue) -> str:
        """A value's words; none for one the text cannot hold either (the clinic has no such thing)."""
        try:
            return self.formats.value(value).casefold()
        except UnknownFactError:
            return ""

    def _said_values(self) -> list[ReplyValue]:
        values = [*self.reply.values.values(), *(choice.label for choice in self.reply.choices)]
        return [item for value in values for item in (value if isinstance(value, tuple) else (value,))]


def _is_telling(value: ReplyValue) -> bool:
    return isinstance(value, Local) or (isinstance(value, Named) and value.kind in _TELLING)


def _shows(words: str, text: str, head: str) -> bool:
    """Whether the words begin on the lock screen."""
    at = text.find(words)
    return 0 <= at < len(head)
