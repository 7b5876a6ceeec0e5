"""From what was read about a slot to a command, in the light of what is shown and what was said before."""

from __future__ import annotations

from domain.appointment import TimeSlot
from domain.dialogue.commands import AskWhich, Command, FillSlot, RejectAnswer
from domain.dialogue.conversation import Option
from domain.dialogue.reading import (
    Filled,
    Impossible,
    Reading,
    Several,
    Unread,
    at_the_time_of,
    on_the_date_of,
)
from domain.dialogue.run import Run
from domain.dialogue.slot import SlotSpec, SlotType, SlotValue
from domain.when import When


def command_for(run: Run, spec: SlotSpec, reading: Reading) -> tuple[Command, ...]:
    """The command a reading of a slot amounts to: fill it, ask which, or say that there is no such thing."""
    match reading:
        case Filled(value=value):
            return (FillSlot(slot=spec.name, value=_in_context(run, spec, value)),)
        case Several(options=options):
            left = _within_shown(run, spec, options)
            if len(left) == 1:
                return command_for(run, spec, Filled(value=left[0].value))
            return (AskWhich(slot=spec.name, options=left),)
        case Impossible(of_time=of_time):
            return (RejectAnswer(of_time=of_time),)
        case Unread():
            return ()


def _in_context(run: Run, spec: SlotSpec, value: SlotValue) -> SlotValue:
    frame = run.top
    earlier = frame.slots.get(spec.name) if frame else None
    if isinstance(value, When) and isinstance(earlier, When):
        return at_the_time_of(on_the_date_of(value, earlier), earlier)
    return canonical(run, spec, value)


def canonical(run: Run, spec: SlotSpec, value: SlotValue) -> SlotValue:
    """An id that stands for another (a specialty for its usual visit) as that other."""
    if spec.type is SlotType.VISIT_TYPE and isinstance(value, str):
        return run.setting.stands_for.get(value, value)
    return value


def _within_shown(run: Run, spec: SlotSpec, options: tuple[Option, ...]) -> tuple[Option, ...]:
    """When choices are shown, "Lee" can only mean one of them, and "Friday" the one they are on."""
    if spec.type is SlotType.WHEN and run.top is not None:
        times = [one.value.starts_at for one in run.top.shown if isinstance(one.value, TimeSlot)]
        near = tuple(one for one in options if isinstance(one.value, When) and any(map(one.value.admits, times)))
        return near if len(near) == 1 else options
    if run.prompt is None or run.prompt.slot != spec.name:
        return options
    shown = {str(option.value) for option in run.prompt.options}
    return tuple(option for option in options if str(option.value) in shown) or options
