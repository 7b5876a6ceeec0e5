"""The state kept between turns: the stack of frames with their slots, what was asked, and who owns the thread."""

from __future__ import annotations

from collections.abc import Mapping
from dataclasses import dataclass, field, replace
from datetime import datetime
from types import MappingProxyType

from domain.dialogue.reply import ReplyValue
from domain.dialogue.slot import SlotValue
from domain.handoff import BOT, Owner
from domain.ids import ConversationId, HandleId
from domain.message import Button

FORMAT = 1
"""Grows when the stored form changes; an upcaster brings older ones up."""

NO_SLOTS: Mapping[str, SlotValue] = MappingProxyType({})


@dataclass(frozen=True, slots=True, kw_only=True)
class Option:
    """A choice that was shown: its payload (bound to one prompt), its value, and what it was called."""

    payload: str
    value: SlotValue
    label: ReplyValue


@dataclass(frozen=True, slots=True, kw_only=True)
class Prompt:
    """A question waiting for its answer. A new one makes every older option stale."""

    id: str
    slot: str
    attempt: int = 1
    options: tuple[Option, ...] = ()
    asked_at: datetime
    waited: int = 0
    """How often the patient wanted time to think."""
    rejected: int = 0
    """How often an answer named what there is not."""


@dataclass(frozen=True, slots=True, kw_only=True)
class Frame:
    """A flow in progress. `visited` are the collect steps passed, in order, so that a correction can rewind."""

    flow: str
    step: str
    slots: Mapping[str, SlotValue] = field(default_factory=lambda: NO_SLOTS)
    visited: tuple[str, ...] = ()
    interrupted: bool = False
    """Something was put on top of it; when it surfaces the patient is told where they are again."""
    calls_back: bool = False
    """It was called by the frame below and returns its slots to it."""
    shown: tuple[Option, ...] = ()
    """The choices last found for it, kept after they were answered so that "the second one" can still be read."""
    shown_for: str = ""
    """The slot they belong to; empty until the next question that can use them takes them."""
    which: tuple[Option, ...] = ()
    """Several things fitted what was said: they are asked about before anything else of the flow."""
    which_for: str = ""

    def with_slot(self, name: str, value: SlotValue | None) -> Frame:
        """The frame with a slot filled, or emptied by None."""
        slots = {key: old for key, old in self.slots.items() if key != name}
        if value is not None:
            slots[name] = value
        return replace(self, slots=slots)


@dataclass(frozen=True, slots=True, kw_only=True)
class Conversation:
    """One per handle, for life. Changed only by the engine and by staff use cases, always as a new value."""

    id: ConversationId
    handle_id: HandleId
    format: int = FORMAT
    language: str
    owner: Owner = BOT
    frames: tuple[Frame, ...] = ()
    """The stack, bottom first; the last one is being talked about."""
    parked: tuple[Frame, ...] = ()
    prompt: Prompt | None = None
    other_language: str | None = None
    """The language of the last message, when it was another one than ours."""
    misses: int = 0
    greeted: bool = False
    told_waiting: bool = False
    """During a takeover: the patient was told once that a person will read this."""
    last_buttons: tuple[Button, ...] = ()
    """The buttons shown last, so that a press is written down in the words that were pressed."""
    last_keys: tuple[str, ...] = ()
    last_patient_at: datetime | None = None
    last_bot_at: datetime | None = None
    flow_release: str = ""

    @property
    def top(self) -> Frame | None:
        """The frame being talked about."""
        return self.frames[-1] if self.frames else None

    @property
    def shown(self) -> tuple[Option, ...]:
        """The choices shown last, of the uppermost frame that has any."""
        return next((frame.shown for frame in reversed(self.frames) if frame.shown), ())
