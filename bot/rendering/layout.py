"""Choices under a text: buttons where the channel has them, numbered lines where it has not or they say too little."""

from __future__ import annotations

from dataclasses import dataclass, replace

from bot.rendering.formats import Formats
from domain.appointment import TimeSlot
from domain.dialogue.reply import Choice, Words
from domain.message import Button, Capabilities

YES, NO = "button_yes", "button_no"


@dataclass(frozen=True, slots=True, kw_only=True)
class Laid:
    """A text with its choices laid out for one channel."""

    text: str
    buttons: tuple[Button, ...] = ()
    choices: tuple[Button, ...] = ()
    """What may be typed to mean a choice, shown as a button or not."""


def lay_out(text: str, choices: tuple[Choice, ...], can: Capabilities, formats: Formats) -> Laid:
    """Lay out choices.

    A numbered list stands in the text when the channel shows no buttons or too few, and beside short buttons when
    their labels alone would say too little (times, cut labels). A yes-or-no question never needs one.
    """
    laid = _laid(text, choices, can, formats)
    return replace(
        laid, choices=laid.buttons or _buttons(choices, tuple(formats.label(item.label) for item in choices))
    )


def _laid(text: str, choices: tuple[Choice, ...], can: Capabilities, formats: Formats) -> Laid:
    if not choices:
        return Laid(text=text)
    if _is_yes_no(choices):
        return _yes_no(text, choices, can, formats)
    labels = _labels(choices, can.max_label, formats)
    shown = can.buttons and len(choices) <= can.max_buttons
    if not shown or _say_too_little(choices, labels, formats):
        lines = (f"{place}. {formats.line(choice.label)}" for place, choice in enumerate(choices, start=1))
        text = "\n".join((text, *lines))
    return Laid(text=text, buttons=_buttons(choices, labels) if shown else ())


def _yes_no(text: str, choices: tuple[Choice, ...], can: Capabilities, formats: Formats) -> Laid:
    labels = tuple(formats.label(choice.label) for choice in choices)
    if can.buttons:
        return Laid(text=text, buttons=_buttons(choices, labels))
    spoken = {word.strip(".,;:?!¿¡()/").casefold() for word in text.split()}
    said_already = all(label.casefold() in spoken for label in labels)
    return Laid(text=text if said_already else f"{text} {formats.style.phrase('yes_no')}")


def _is_yes_no(choices: tuple[Choice, ...]) -> bool:
    keys = [choice.label.key for choice in choices if isinstance(choice.label, Words)]
    return len(choices) == 2 and set(keys) == {YES, NO}


def _labels(choices: tuple[Choice, ...], limit: int, formats: Formats) -> tuple[str, ...]:
    """Labels no longer than the limit and no two alike: two doctors free at the same time are told apart by number."""
    labels = [_cut(formats.label(choice.label), limit) for choice in choices]
    return tuple(
        _cut(f"{place}. {formats.shorter_label(choice.label)}", limit) if labels.count(label) > 1 else label
        for place, (choice, label) in enumerate(zip(choices, labels, strict=True), start=1)
    )


def _say_too_little(choices: tuple[Choice, ...], labels: tuple[str, ...], formats: Formats) -> bool:
    times = any(isinstance(choice.label, TimeSlot) for choice in choices)
    return times or any(label != formats.label(choice.label) for choice, label in zip(choices, labels, strict=True))


def _buttons(choices: tuple[Choice, ...], labels: tuple[str, ...]) -> tuple[Button, ...]:
    return tuple(Button(label=label, payload=choice.payload) for choice, label in zip(choices, labels, strict=True))


def _cut(label: str, limit: int) -> str:
    """The label within the limit, cut after a whole word where there is one."""
    if len(label) <= limit:
        return label
    room = label[: limit - 1]
    head, space, _ = room.rpartition(" ")
    whole = room if label[limit - 1] == " " or not space else head
    return f"{whole.rstrip(' ,;:.')}…"
