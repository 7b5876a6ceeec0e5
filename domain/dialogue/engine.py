"""The dialogue engine: takes a turn. Pure: it returns a Turn, never sends, never saves, never raises for what was said.

Order: a red flag, then STOP, then whoever owns the thread, then the policy's commands, then steps until it waits.
"""

from __future__ import annotations

from dataclasses import replace
from datetime import timedelta

from domain.dialogue import repair
from domain.dialogue.advance import advance, settle
from domain.dialogue.alarms import ALARM_KEYS, alarm_reason
from domain.dialogue.conversation import Conversation
from domain.dialogue.events import Escalated, LanguageChanged, WaitingNoted
from domain.dialogue.parking import park
from domain.dialogue.policy import decide, decide_press
from domain.dialogue.reply import Reply
from domain.dialogue.run import Run
from domain.dialogue.turn import (
    ActionResult,
    FlowRequested,
    Pressed,
    Said,
    Setting,
    StopWord,
    TimerFired,
    Turn,
    Unreadable,
    Utterance,
)
from domain.handoff import Owner, OwnerKind
from domain.safety import SafetyVerdict


def take_turn(
    conversation: Conversation, utterance: Utterance, setting: Setting, *, verdict: SafetyVerdict | None = None
) -> Turn:
    """Take one turn: the conversation after it, what to say, what happened, and the outside work it waits for."""
    run = Run.of(conversation, setting)
    if verdict is not None:
        _raise_alarm(run, verdict)
    elif isinstance(utterance, StopWord):
        _start_urgent(run, "opt_out")
    elif conversation.owner.kind is not OwnerKind.BOT:
        _note_waiting(run, utterance)
    else:
        _respond(run, utterance)
    if not isinstance(utterance, TimerFired | FlowRequested):
        run.change(last_patient_at=setting.now)
    return _finish(run)


def resume(turn: Turn, result: ActionResult, setting: Setting) -> Turn:
    """Go on after outside work; replies and events are those since, the caller adds them to the earlier ones."""
    run = Run.of(turn.conversation, setting, turn.facts)
    run.facts |= result.facts
    for name, value in result.slots.items():
        if run.frames:
            run.set_top(run.frames[-1].with_slot(name, value))
    if result.offers is not None:
        run.show(tuple((offer.value, offer.label) for offer in result.offers))
    if result.language is not None:
        run.change(language=result.language)
    run.replies += [replace(reply, values={**run.values(), **reply.values}) for reply in result.replies]
    settle(run)
    if result.escalate is not None:
        _hand_over(run, result.escalate)
    else:
        advance(run)
    return _finish(run)


def _finish(run: Run) -> Turn:
    if run.replies and not run.conversation.greeted:
        if not any(reply.safety for reply in run.replies):
            run.replies.insert(0, Reply(key="utter_first_contact"))
        run.change(greeted=True)
    if run.request is None and run.replies:
        run.change(
            last_bot_at=run.setting.now,
            last_keys=tuple(reply.key for reply in run.replies),
        )
    return run.frozen()


def _raise_alarm(run: Run, verdict: SafetyVerdict) -> None:
    reason = alarm_reason(verdict.category, verdict.urgency)
    run.say(ALARM_KEYS[verdict.category, verdict.urgency], safety=True)
    run.prompt = None
    if run.frames:
        run.set_top(replace(run.frames[-1], interrupted=True))
    _hand_over(run, Escalated(reason=reason, queue=run.setting.queues[reason], urgent=True))


def _hand_over(run: Run, escalated: Escalated) -> None:
    """Give the thread to a queue; a named person who has it keeps it."""
    run.emit(escalated)
    run.prompt = None
    if run.conversation.owner.kind is not OwnerKind.PERSON:
        run.change(owner=Owner(kind=OwnerKind.QUEUE, id=escalated.queue), told_waiting=False)


def _note_waiting(run: Run, utterance: Utterance) -> None:
    """A person has (or will have) the thread: acknowledge once, then stay silent."""
    if isinstance(utterance, TimerFired | FlowRequested):
        return
    if run.conversation.owner.kind is OwnerKind.QUEUE and not run.conversation.told_waiting:
        run.say("utter_waiting_for_staff")
        run.change(told_waiting=True)
        run.emit(WaitingNoted(acknowledged=True))
    else:
        run.emit(WaitingNoted(acknowledged=False))


def _start_urgent(run: Run, flow: str) -> None:
    if not any(frame.flow == flow for frame in run.frames):
        run.push(flow)
    advance(run)


STALE_AFTER = timedelta(hours=6)
"""A task untouched for longer is not gone on with as if nothing had happened: it is offered again."""

_KEPT_OPEN = {"reminder"}
"""Questions of ours that may be answered days later."""


def _set_stale_task_aside(run: Run) -> None:
    last = run.conversation.last_patient_at
    open_long = last is not None and run.setting.now - last > STALE_AFTER
    if open_long and run.frames and not any(frame.flow in _KEPT_OPEN for frame in run.frames):
        repair.drop_open_pattern(run)
        park(run, quietly=True)


def _respond(run: Run, utterance: Utterance) -> None:
    if not isinstance(utterance, TimerFired):
        _set_stale_task_aside(run)
    match utterance:
        case Said():
            _learn_language(run, utterance)
            repair.carry_out(run, decide(run, utterance))
        case Pressed():
            repair.carry_out(run, decide_press(run, utterance))
        case Unreadable(kind=kind):
            run.facts["input_kind"] = kind.value
            run.push("pattern_unreadable")
        case TimerFired(kind=kind):
            run.push(f"pattern_timer_{kind}")
        case FlowRequested(flow=flow, slots=slots):
            repair.drop_open_pattern(run)
            run.push(flow, slots)
        case StopWord():
            run.push("opt_out")
    advance(run)


def _learn_language(run: Run, said: Said) -> None:
    """Two confident messages in a row in another language change the conversation's."""
    spoken = said.understanding.language
    if not said.language_sure or spoken == run.conversation.language:
        if said.language_sure:
            run.change(other_language=None)
        return
    if run.conversation.other_language == spoken:
        run.change(language=spoken, other_language=None)
        run.emit(LanguageChanged(language=spoken))
    else:
        run.change(other_language=spoken)
