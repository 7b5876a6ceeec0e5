"""What `content check` holds every response to, in every language. Pure: a catalogue in, findings out."""

from __future__ import annotations

from collections.abc import Collection, Iterable, Iterator, Mapping
from dataclasses import dataclass, replace
from datetime import datetime
from enum import StrEnum
from types import MappingProxyType

from bot.rendering.catalogue import PLACEHOLDER, SOURCE_LANGUAGE, Catalogue, Response
from bot.rendering.errors import RenderingError
from bot.rendering.extract import BUTTON_LENGTH, is_button
from bot.rendering.readability import measure
from bot.rendering.renderer import LOCK_SCREEN, CatalogueRenderer
from bot.rendering.samples import TELLING, samples
from bot.rendering.sms import segments
from bot.rendering.styles import Style
from bot.rendering.wording import forbidden
from domain.clinic import Clinic
from domain.dialogue.flow import Collect, FlowSet
from domain.dialogue.reply import Reply
from domain.dialogue.slot import SlotType
from domain.identity import Level
from domain.message import Capabilities, Channel
from domain.ports import Audience

MAX_TEXT = 300
MAX_WORDS = 15
MAX_GRADE, MAX_SAFETY_GRADE = 6.0, 4.0
_FEW_WORDS = 12
"""Reading formulas mean nothing on a handful of words; shorter texts are measured together."""
_OWN_FACTS = frozenset({"slot", "visits", "test"})
"""Placeholders that tell of the patient's own visits and tests."""
_OPEN = MappingProxyType({Channel.SMS: Capabilities(buttons=False)})
"""A channel without a ceiling, so that every response can be filled."""
_TEXTED_LEVEL = 2
"""What needs more is never sent by SMS (its ceiling), so its segments do not matter."""


class Rule(StrEnum):
    """What a finding is about."""

    MISSING = "missing"
    PLACEHOLDERS = "placeholders"
    FORBIDDEN = "forbidden"
    LABEL = "label"
    UNFILLED = "unfilled"
    SEGMENTS = "segments"
    LENGTH = "length"
    SENTENCE = "sentence"
    READING = "reading"
    LOCK_SCREEN = "lock_screen"
    DISCLOSURE = "disclosure"
    UNKNOWN_KEY = "unknown_key"
    UNUSED_KEY = "unused_key"


ALLOWED: Mapping[tuple[Rule, str], str] = MappingProxyType(
    {
        (Rule.DISCLOSURE, "utter_requested"): "reads back the time a new patient, at level 0 or 1, just chose",
        (Rule.DISCLOSURE, "utter_requested_other"): "reads back the time just chosen and the name just typed",
        (Rule.LOCK_SCREEN, "utter_site_text"): "the clinic's own address or parking: nothing of the patient",
        (Rule.LOCK_SCREEN, "utter_services"): "the clinic's list of services: nothing of the patient",
    }
)
"""Findings we stand by, and why; `unexpected` leaves them out."""


@dataclass(frozen=True, slots=True, kw_only=True)
class Finding:
    """One response that breaks one rule in one language."""

    rule: Rule
    key: str
    language: str
    detail: str

    def __str__(self) -> str:
        return f"{self.key} [{self.language}] {self.rule.value}: {self.detail}"


def check_words(catalogue: Catalogue) -> tuple[Finding, ...]:
    """What can be judged from the words alone: missing, unequal, forbidden, too long for a button, hard to read."""
    found: list[Finding] = []
    for response in catalogue.responses.values():
        for language in catalogue.languages:
            found += _words(response, language)
        found += _disclosure(response)
    return tuple(found)


def _words(response: Response, language: str) -> Iterator[Finding]:
    def finding(rule: Rule, detail: str) -> Finding:
        return Finding(rule=rule, key=response.key, language=language, detail=detail)

    text = response.texts.get(language)
    if not text:
        yield finding(Rule.MISSING, "not written in this language")
        return
    if frozenset(PLACEHOLDER.findall(text)) != response.placeholders:
        yield finding(Rule.PLACEHOLDERS, f"expected {', '.join(sorted(response.placeholders)) or 'none'}")
    for phrase in forbidden(text, language):
        yield finding(Rule.FORBIDDEN, repr(phrase))
    if is_button(response.key):
        if len(text) > BUTTON_LENGTH:
            yield finding(Rule.LABEL, f"{len(text)} characters")
        return
    measured = measure(text, language)
    if measured.longest_sentence > MAX_WORDS:
        yield finding(Rule.SENTENCE, f"{measured.longest_sentence} words")
    most = MAX_SAFETY_GRADE if response.safety else MAX_GRADE
    if measured.grade > most and (response.safety or measured.words >= _FEW_WORDS):
        yield finding(Rule.READING, f"grade {measured.grade:.1f}")


def _disclosure(response: Response) -> Iterator[Finding]:
    told = response.placeholders & _OWN_FACTS
    if told and response.level < Level.PROVEN:
        detail = f"tells {', '.join(sorted(told))} at level {response.level}"
        yield Finding(rule=Rule.DISCLOSURE, key=response.key, language=SOURCE_LANGUAGE, detail=detail)


def reading_grade(catalogue: Catalogue, language: str) -> float:
    """The grade of all a language's texts that are not labels, read as one."""
    said = [item.in_(language) for item in catalogue.responses.values() if not _is_fragment(item)]
    return measure("\n".join(said), language).grade


def _is_fragment(response: Response) -> bool:
    return is_button(response.key) or response.key.startswith("status_") or response.in_(SOURCE_LANGUAGE)[-1].isalpha()


def check_filled(
    catalogue: Catalogue, styles: Mapping[str, Style], clinic: Clinic, now: datetime
) -> tuple[Finding, ...]:
    """What only shows once the placeholders are filled: SMS segments, length, and the first characters."""
    renderer = CatalogueRenderer(
        catalogue=catalogue, clinic=clinic, capabilities=_OPEN, styles=styles, clock=lambda: now, strict=True
    )
    found: list[Finding] = []
    for response in catalogue.responses.values():
        for language in catalogue.languages:
            found += _filled(response, language, renderer, now)
    return tuple(found)


def _filled(response: Response, language: str, renderer: CatalogueRenderer, now: datetime) -> Iterator[Finding]:
    def finding(rule: Rule, detail: str) -> Finding:
        return Finding(rule=rule, key=response.key, language=language, detail=detail)

    reply = Reply(key=response.key, values=samples(renderer.clinic, now))
    audience = Audience(language=language, level=Level.SECOND_FACTOR, channel=Channel.SMS)
    try:
        text = renderer.render(reply, audience).message.text
        covered = renderer.render(reply, replace(audience, discreet=True)).message.text
    except RenderingError as error:
        yield finding(Rule.UNFILLED, str(error))
        return
    taken = segments(text)
    if taken > (1 if response.safety else 2) and response.level <= _TEXTED_LEVEL:
        yield finding(Rule.SEGMENTS, f"{taken} SMS segments ({len(text)} characters)")
    if len(text) > MAX_TEXT:
        yield finding(Rule.LENGTH, f"{len(text)} characters")
    if response.placeholders & TELLING and covered != text:
        yield finding(Rule.LOCK_SCREEN, f"tells what it is about within the first {LOCK_SCREEN} characters")


def check_visit_choices(catalogue: Catalogue, flows: FlowSet) -> tuple[Finding, ...]:
    """Questions that list the patient's visits as choices: like the visits themselves they need level 2."""
    asked = {
        key
        for flow in flows.flows.values()
        for step in flow.steps
        if isinstance(step, Collect) and flows.slot(step.slot).type is SlotType.APPOINTMENT
        for key in (step.utter, f"{step.utter}_again", f"utter_which_{step.slot}")
    }
    return tuple(
        Finding(
            rule=Rule.DISCLOSURE, key=key, language=SOURCE_LANGUAGE, detail=f"lists visits at level {response.level}"
        )
        for key, response in catalogue.responses.items()
        if key in asked and response.level < Level.PROVEN
    )


def unexpected(findings: Iterable[Finding]) -> tuple[Finding, ...]:
    """The findings nobody stands by: what makes a content check fail."""
    return tuple(item for item in findings if (item.rule, item.key) not in ALLOWED)


def check_keys(catalogue: Catalogue, *, needed: Collection[str], used: Collection[str]) -> tuple[Finding, ...]:
    """Keys the program says and the catalogue lacks, and keys nobody says."""
    lacking = [
        Finding(rule=Rule.UNKNOWN_KEY, key=key, language=SOURCE_LANGUAGE, detail="said, but not written")
        for key in sorted(set(needed) - set(catalogue.responses))
    ]
    idle = [
        Finding(rule=Rule.UNUSED_KEY, key=key, language=SOURCE_LANGUAGE, detail="written, but never said")
        for key in catalogue.responses
        if key not in used and key not in needed
    ]
    return (*lacking, *idle)
