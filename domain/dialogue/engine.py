"""The dialogue engine: takes a turn. Pure: it returns a Turn, never sends, never saves, never raises for what was said.

Order: a red flag, then STOP, then whoever owns the thread, then the policy's commands, then steps until it waits.
"""

from __future__ import annotations

from dataclasses import replace
from datetime import timedelta

from domain.dialogue import repair
from domain.dialogue.advance import INTERNAL_ERROR, advance, settle
from domain.dialogue.alarms import ALARM_KEYS, alarm_reason
from domain.dialogue.commands import FillSlot, RepeatQuestion
from domain.dialogue.conversation import Conversation
from domain.dialogue.events import Escalated, FlowCancelled, LanguageChanged, WaitingNoted
from domain.dialogue.parking import park
from domain.dialogue.policy import answers_nothing, decide, decide_press
from domain.dialogue.reply import Reply
from domain.dialogue.run import Run
from domain.dialogue.slot import SlotType
from domain.dialogue.turn import (
    ActionResult,
    ContactGiven,
    FlowRequested,
    Pressed,
    Said,
    Setting,
    StartWord,
    StopWord,
    TimerFired,
    Turn,
    Unreadable,
    Utterance,
)
from domain.handoff import EscalationReason, Owner, OwnerKind
from domain.safety import SafetyVerdict


def take_turn(
    conversation: Conversation, utterance: Utterance, setting: Setting, *, verdict: SafetyVerdict | None = None
) -> Turn:
    """Take one turn: the conversation after it, what to say, what happened, and the outside work it waits for."""
    run = Run.of(conversation, setting)
    if verdict is not None:
        _raise_alarm(run, verdict)
    elif isinstance(utterance, StopWord | StartWord):
        _obey(run, "opt_out" if isinstance(utterance, StopWord) else "opt_in")
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


def break_off(conversation: Conversation, setting: Setting) -> Turn:
    """A flow asks for work without end: drop it and begin handing the thread to staff."""
    run = Run.of(conversation, setting)
    _end_everything(run)
    run.push(INTERNAL_ERROR)
    advance(run)
    return _finish(run)


_ALONE = {"utter_opted_out", "utter_opted_in"}
"""Carriers allow one confirmation of a STOP or START and nothing beside it, not even who we are."""


def _finish(run: Run) -> Turn:
    alone = any(reply.key in _ALONE for reply in run.replies)
    if run.replies and not run.conversation.greeted and not alone:
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
    _end_everything(run)
    _hand_over(run, Escalated(reason=reason, queue=run.setting.queues[reason], urgent=True))


def _end_everything(run: Run) -> None:
    """Nobody in danger is asked about a booking afterwards; a held time runs out by itself."""
    for frame in (*run.frames, *run.conversation.parked):
        run.emit(FlowCancelled(flow=frame.flow))
    run.frames.clear()
    run.prompt = None
    run.change(parked=())


def _hand_over(run: Run, escalated: Escalated) -> None:
    """Give the thread to a queue; a named person who has it keeps it."""
    run.emit(escalated)
    run.prompt = None
    if run.conversation.owner.kind is not OwnerKind.PERSON:
        run.change(owner=Owner(kind=OwnerKind.QUEUE, id=escalated.queue), told_waiting=False)


_SAID_AGAIN = {
    EscalationReason.EMERGENCY.value: "utter_emergency",
    EscalationReason.SELF_HARM.value: "utter_self_harm",
}
"""While nobody has taken such a case, every message is answered with where to turn, and with nothing else.

Whoever asked for protection is told nothing more unasked: someone else may be reading.
"""


def _note_waiting(run: Run, utterance: Utterance) -> None:
    """A person has (or will have) the thread: acknowledge once, then stay silent."""
    if isinstance(utterance, TimerFired | FlowRequested):
        return
    waiting = run.conversation.owner.kind is OwnerKind.QUEUE
    again = _SAID_AGAIN.get(str(run.facts.get("case", ""))) if waiting else None
    if again is not None:
        run.say(again, safety=True)
    elif waiting and not run.conversation.told_waiting and run.facts.get("case") != EscalationReason.SAFEGUARDING:
        grieving = run.facts.get("case") == EscalationReason.DEATH
        run.say("utter_waiting_in_grief" if grieving else "utter_waiting_for_staff")
    run.emit(WaitingNoted(acknowledged=bool(run.replies)))
    if run.replies:
        run.change(told_waiting=True)


def _obey(run: Run, flow: str) -> None:
    """STOP and START end whatever was going on: one confirmation and nothing after it."""
    run.frames.clear()
    run.prompt = None
    run.change(parked=())
    run.push(flow)
    advance(run)


def ask_open_question(conversation: Conversation, setting: Setting) -> Turn:
    """What to say when a patient's message led to no word at all: the open question again, else the menu."""
    run = Run.of(conversation, setting)
    repair.carry_out(run, (RepeatQuestion(),)) if run.prompt is not None else run.say("utter_menu")
    return _finish(run)


STALE_AFTER = timedelta(hours=6)
"""A task untouched for longer is not gone on with as if nothing had happened: it is offered again."""

CONTACT_SHARED = "pattern_contact_shared"

_KEPT_OPEN = {"reminder"}
"""Questions of ours that may be answered days later."""


def _set_stale_task_aside(run: Run) -> bool:
    last = run.conversation.last_patient_at
    open_long = last is not None and run.setting.now - last > STALE_AFTER
    if open_long and run.frames and not any(frame.flow in _KEPT_OPEN for frame in run.frames):
        repair.drop_open_pattern(run)
        park(run, quietly=True)
        return True
    return False


def _respond(run: Run, utterance: Utterance) -> None:
    if not isinstance(utterance, TimerFired) and _set_stale_task_aside(run) and answers_nothing(utterance):
        advance(run)
        return
    match utterance:
        case Said():
            _learn_language(run, utterance)
            repair.carry_out(run, decide(run, utterance))
        case Pressed():
            repair.carry_out(run, decide_press(run, utterance))
        case ContactGiven(phone=phone):
            _take_contact(run, phone)
        case Unreadable(kind=kind):
            run.facts["input_kind"] = kind.value
            run.push("pattern_unreadable")
        case TimerFired(kind="nudge"):
            # The question stays open as it stands; only a word to say so.
            run.say("utter_nudge")
            return
        case TimerFired(kind=kind):
            run.push(f"pattern_timer_{kind}")
        case FlowRequested(flow=flow, slots=slots):
            repair.drop_open_pattern(run)
            run.push(flow, slots)
        case StopWord() | StartWord():
            _obey(run, "opt_out" if isinstance(utterance, StopWord) else "opt_in")
    advance(run)


def _take_contact(run: Run, phone: str) -> None:
    """A shared number answers the question that asked for it, or begins a proof of its own."""
    asked = run.asked()
    if asked is not None and asked.type is SlotType.CONTACT:
        repair.carry_out(run, (FillSlot(slot=asked.name, value=phone),))
    else:
        run.push(CONTACT_SHARED, {"contact": phone})


def _learn_language(run: Run, said: Said) -> None:
    """Two confident messages in a row in another language change the conversation's."""
    spoken = said.understanding.language
    if spoken == run.conversation.language:
        run.change(other_language=None)
        return
    if not said.language_sure:
        return
    if run.conversation.other_language == spoken:
        run.change(language=spoken, other_language=None)
        run.emit(LanguageChanged(language=spoken))
    else:
        run.change(other_language=spoken)
