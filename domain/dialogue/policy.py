"""From an understanding to commands: answers first, then corrections, then whatever else was asked."""

from __future__ import annotations

from collections.abc import Collection
from dataclasses import dataclass

from domain.appointment import TimeSlot
from domain.consent import is_stop_word
from domain.dialogue.commands import (
    AskWhich,
    Command,
    ExpireChoice,
    FillSlot,
    GoBack,
    NotUnderstood,
    OfferIntents,
    RepeatQuestion,
    SkipQuestion,
    StartFlow,
    StartOver,
    StopTask,
    SwitchLanguage,
)
from domain.dialogue.conversation import Frame
from domain.dialogue.filling import canonical, command_for
from domain.dialogue.flow import Flow, FlowKind
from domain.dialogue.meaning import SURE, as_meant
from domain.dialogue.reading import (
    CANT_MAKE_IT,
    NONE_OF_THESE,
    Filled,
    Impossible,
    Several,
    Unread,
    read_answer,
    read_volunteered,
    time_fits,
)
from domain.dialogue.relative import WISH, relative_wish
from domain.dialogue.run import Run
from domain.dialogue.slot import SlotType, SlotValue
from domain.dialogue.turn import Pressed, Said, Utterance
from domain.intents import OUT_OF_SCOPE
from domain.understanding import ScoredIntent, Understanding
from domain.when import When, WhenStatus

WHICH_STOP = "pattern_which_stop"
CHANGE_LANGUAGE = "change_language"
LONG_WORDS = 4
"""A message of this many words in another language, surely recognised, changes the conversation's at once."""

_OWN_WORDS = {SlotType.TEXT, SlotType.CODE, SlotType.PERSON_NAME, SlotType.BIRTH_DATE}
"""Answers that are nothing else, whatever they resemble (a PIN is no feedback score)."""

_NEVER_A_NAME = {
    "stop_task", "talk_to_person", "repeat", "help", "go_back", "start_over", "opt_out", "deny", "skip", "unsure",
    "complaint", "emergency", "self_harm",
}  # fmt: skip
_STOP_WORDS = 2
"""So short ("stop it"), in the middle of something, it is not plain what is to stop."""

_NEVER_FREE_TEXT = {"stop_task", "talk_to_person", "help", "repeat", "start_over", "go_back", "skip", "opt_out"}
_ANSWERS = {"affirm", "deny", "unsure", "skip", "go_back", "start_over", "stop_task", "repeat"}
"""Intents that, while something is going on, are about it and never a matter of their own."""
_SMALL_TALK = {"greet", "goodbye", "thanks", "chitchat", "out_of_scope"}
"""Beside an answer these ask for nothing ("tomorrow morning" is no good morning)."""
_BY_POINTING = ("reschedule_appointment", "ask_availability", "list_appointments", "book_appointment", "running_late")
"""What "any other day" or "something earlier" resembles; it is about the times that were shown."""

_PRIVATE = {SlotType.CODE, SlotType.PERSON_NAME, SlotType.BIRTH_DATE}
_UNASKED_ALWAYS = {"opt_out", "wrong_number", "report_death", "talk_to_person", "emergency", "self_harm", "complaint"}


@dataclass(frozen=True, slots=True, kw_only=True)
class _Found:
    """What a message gives the task being talked about."""

    commands: tuple[Command, ...]
    answered: bool
    spent: tuple[str, ...] = ()
    """Intents that were the answer itself (a wish to cancel, as a no to "can you come?")."""
    in_own_words: bool = False
    """A free text was given: whatever it resembles, it is the answer."""


def decide(run: Run, said: Said) -> tuple[Command, ...]:
    """The commands a message amounts to, in the order they are to be carried out."""
    understanding = as_meant(run, said.understanding)
    switch = _language(run, said)
    control = _control(run, understanding)
    if isinstance(control, StartFlow):
        return (*switch, control)
    if control is not None:
        return (*switch, control, *_new_flows(run, understanding, _Found(commands=(control,), answered=True)))
    found = _answers(run, understanding)
    started = _new_flows(run, understanding, found)
    commands = (*found.commands, *started)
    if switch:
        commands = tuple(item for item in commands if not _asks_for_a_language(item))
    if commands or switch:
        return (*switch, *commands)
    if _asks_for_what_is_going_on(run, understanding):
        return (RepeatQuestion(),)
    close = tuple(intent for intent in understanding.clarify if intent not in _ANSWERS | _SMALL_TALK)
    if close and not found.answered and not _asks_privately(run):
        return (OfferIntents(intents=close),)
    return (NotUnderstood(foreign=understanding.has(OUT_OF_SCOPE)),)


def _asks_privately(run: Run) -> bool:
    """Whether a name, a birth date or a code is asked for: there a guess at something else only leads away."""
    spec, frame = run.asked(), run.top
    return spec is not None and (spec.type in _PRIVATE or (frame is not None and frame.calls_back))


def _asks_for_a_language(command: Command) -> bool:
    return isinstance(command, StartFlow) and command.flow == CHANGE_LANGUAGE


def decide_press(run: Run, pressed: Pressed) -> tuple[Command, ...]:
    """A button's command: the choice it stood for, an intent by name, or expired."""
    payload = pressed.payload
    if run.prompt is not None:
        for option in run.prompt.options:
            if option.payload == payload:
                return (FillSlot(slot=run.prompt.slot, value=option.value),)
    flow = run.flows.triggered_by(payload.removeprefix("/"))
    if flow is not None and any(frame.flow == flow.id for frame in run.frames):
        return (RepeatQuestion(),)
    if flow is not None:
        return (StartFlow(flow=flow.id),)
    return (ExpireChoice(),)


def _asks_for_what_is_going_on(run: Run, said: Understanding) -> bool:
    flow = run.flows.triggered_by(said.top) if said.top else None
    return flow is not None and any(frame.flow == flow.id for frame in run.frames)


def answers_nothing(utterance: Utterance) -> bool:
    """Whether a message only answers, or greets, so that after a long silence it asks for nothing itself."""
    match utterance:
        case Said(understanding=understanding):
            return understanding.top is None or understanding.top in _ANSWERS | {"greet"}
        case Pressed(payload=payload):
            return payload.startswith("/c:")
        case _:
            return False


def _language(run: Run, said: Said) -> tuple[Command, ...]:
    understanding = said.understanding
    if understanding.has("change_language"):
        for entity in understanding.entities_named("language"):
            return (SwitchLanguage(language=entity.value),)
    spoken = understanding.language
    long = len(said.text.split()) >= LONG_WORDS
    if said.language_sure and spoken != run.conversation.language and (long or not run.conversation.greeted):
        return (SwitchLanguage(language=spoken),)
    return ()


def _control(run: Run, said: Understanding) -> Command | None:
    """The control intents that act on the dialogue itself; the others are ordinary flows."""
    own = _reads_own_words(run, said) or _corrects(run, said) or relative_wish(run, said) is not None
    if run.prompt is not None and own:
        return None
    short = is_stop_word(said.text) or len(said.text.split()) <= _STOP_WORDS
    if run.frames and said.top == "opt_out" and short:
        return StartFlow(flow=WHICH_STOP)
    if run.frames and said.has("stop_task"):
        return StopTask()
    match said.top:
        case "start_over" if run.frames:
            return StartOver()
        case "go_back" if run.frames:
            return GoBack()
        case "repeat":
            return RepeatQuestion()
        case "affirm" if _several_offered(run, said):
            return RepeatQuestion()
        case "skip" | "unsure" if run.prompt is not None:
            return None if _asks_when(run) else SkipQuestion(undecided=said.top == "unsure")
        case _:
            return None


def _corrects(run: Run, said: Understanding) -> bool:
    """What fills a slot (as in: hmm no, Tuesday was better) is a correction, whatever the words around resemble."""
    flow, spec = run.top_flow, run.asked()
    hedges = said.top in {"skip", "unsure", "repeat", "deny", "go_back"}
    return hedges and flow is not None and bool(_volunteered(run, flow, said, skip={spec.name} if spec else ()))


def _several_offered(run: Run, said: Understanding) -> bool:
    """Whether a bare yes leaves open which of the choices."""
    spec = run.asked()
    if spec is None or spec.type is not SlotType.CHOICE or run.prompt is None or len(run.prompt.options) < 2:
        return False
    return isinstance(read_answer(spec, said, run.prompt.options), Unread)


def _asks_when(run: Run) -> bool:
    spec = run.asked()
    return spec is not None and spec.type is SlotType.WHEN


def _reads_own_words(run: Run, said: Understanding) -> bool:
    """A name, a code or a birth date is read as such, whatever intent the words resemble, but not a plain command."""
    spec = run.asked()
    if said.top in _NEVER_A_NAME and said.intents[0].confidence >= SURE:
        return False
    return spec is not None and spec.type in _PRIVATE and isinstance(read_answer(spec, said, ()), Filled)


def _answers(run: Run, said: Understanding) -> _Found:
    spec, flow, frame = run.asked(), run.top_flow, run.top
    if flow is None or frame is None:
        return _Found(commands=(), answered=False)
    wish = relative_wish(run, said)
    if wish is not None:
        return _Found(commands=(FillSlot(slot=WISH, value=wish),), answered=True, spent=_BY_POINTING)
    claimed = _claimed(run, said)
    volunteered = _volunteered(run, flow, said, skip={spec.name, *claimed} if spec else claimed)
    if spec is None or run.prompt is None:
        return _Found(commands=volunteered, answered=bool(volunteered))
    if spec.type is SlotType.CHOICE and claimed & {"site", "provider"} and said.when.status is WhenStatus.NONE:
        return _Found(commands=volunteered, answered=bool(volunteered))
    if spec.type is SlotType.TEXT and (said.top in _NEVER_FREE_TEXT or _asks_something(run, said)):
        return _Found(commands=volunteered, answered=bool(volunteered))
    if spec.type is SlotType.YES_NO:
        volunteered = tuple(item for item in volunteered if not _stands(frame, item))
    reading = read_answer(spec, said, run.prompt.options)
    plain = isinstance(reading, Filled) and all(_adds(run, frame, item) for item in volunteered)
    if spec.type is SlotType.YES_NO and volunteered and not plain:
        return _Found(commands=volunteered, answered=True)
    declined = isinstance(reading, Filled) and reading.value == NONE_OF_THESE
    wished = isinstance(reading, Several) and any(isinstance(one, FillSlot) and one.slot == WISH for one in volunteered)
    if (declined or wished or isinstance(reading, Unread)) and spec.type is SlotType.CHOICE and volunteered:
        return _Found(commands=volunteered, answered=True)
    if isinstance(reading, Filled) and spec.type is SlotType.CHOICE:
        volunteered = tuple(item for item in volunteered if not isinstance(item, FillSlot | AskWhich))
    answer = command_for(run, spec, reading)
    # Corrections come first, so that the answer is not dropped with what depended on the corrected slot.
    free = spec.type in _OWN_WORDS and bool(answer)
    return _Found(
        commands=(*volunteered, *(item for item in answer if item not in volunteered)),
        answered=bool(answer or volunteered),
        in_own_words=free,
        spent=(*spec.yes_means, *spec.no_means, *(intent for intent, _ in spec.means), CANT_MAKE_IT),
    )


def _adds(run: Run, frame: Frame, command: Command) -> bool:
    """Whether a volunteered value only adds to what is known: nothing that stands hangs on it."""
    if not isinstance(command, FillSlot):
        return False
    return command.slot not in frame.slots and not run.flows.dependents(command.slot) & frame.slots.keys()


def _stands(frame: Frame, command: Command) -> bool:
    """Whether a volunteered value says only what is settled already: the same, or a time the chosen one lies in."""
    if not isinstance(command, FillSlot):
        return False
    offer = frame.slots.get("offer")
    if isinstance(command.value, When) and isinstance(offer, TimeSlot):
        return time_fits(command.value, offer.starts_at)
    return frame.slots.get(command.slot) == command.value


def _claimed(run: Run, said: Understanding) -> frozenset[str]:
    """Slots whose values belong to another question asked in the same breath ("is there parking downtown?")."""
    talking = {frame.flow for frame in run.frames}
    claimed: set[str] = set()
    for intent in said.intents:
        flow = run.flows.triggered_by(intent.name)
        if flow is not None and flow.kind is FlowKind.ANSWER and flow.id not in talking and intent.confidence >= SURE:
            claimed.update(flow.takes())
    return frozenset(claimed)


def _asks_something(run: Run, said: Understanding) -> bool:
    return said.text.rstrip().endswith("?") and said.top is not None and run.flows.triggered_by(said.top) is not None


def _volunteered(run: Run, flow: Flow, said: Understanding, *, skip: Collection[str]) -> tuple[Command, ...]:
    commands: list[Command] = []
    for name in dict.fromkeys(flow.takes()):
        spec = run.flows.slot(name)
        private = spec.type is SlotType.CODE or (spec.type in _PRIVATE and flow.kind is not FlowKind.PATTERN)
        if spec.name in skip or private:
            continue
        commands += command_for(run, spec, read_volunteered(spec, said))
    return tuple(commands)


def _new_flows(run: Run, said: Understanding, found: _Found) -> tuple[Command, ...]:
    """Flows the message asks for besides answering; the one being talked about is not started again."""
    commands: dict[str, StartFlow] = {}
    talking = {frame.flow for frame in run.frames}
    asking = [intent for intent in said.intents if intent.name not in _ANSWERS]
    seen_to = _seen_to(run, said, found)
    for intent in asking or said.intents[:1]:
        if intent.name in {OUT_OF_SCOPE, *seen_to} or not _may_start(run, intent, found):
            continue
        flow = _flow_of(run, intent)
        sure = flow is not None and intent.confidence >= SURE and flow.kind is not FlowKind.PATTERN
        if flow is None or flow.id in talking or flow.id in commands:
            continue
        if found.answered and not sure and intent.name not in _UNASKED_ALWAYS:
            continue
        commands[flow.id] = _start(run, flow, said)
    return tuple(commands.values())


def _seen_to(run: Run, said: Understanding, found: _Found) -> frozenset[str]:
    """Intents that a flow asked for in the same breath, or one that was answered, takes care of by itself."""
    named = (run.flows.triggered_by(intent.name) for intent in said.intents)
    going = (run.flows.flow(frame.flow) for frame in run.frames if found.answered)
    return frozenset(intent for flow in (*named, *going) if flow is not None for intent in flow.sees_to)


def _may_start(run: Run, intent: ScoredIntent, found: _Found) -> bool:
    """Whether an intent may ask for something of its own beside what the message already did."""
    if run.frames and intent.name in _ANSWERS:
        return False
    if found.answered and intent.name in found.spent:
        return False
    if found.in_own_words:
        return intent.name in _UNASKED_ALWAYS
    return not (found.answered and intent.name in _SMALL_TALK)


def _flow_of(run: Run, intent: ScoredIntent) -> Flow | None:
    """The flow an intent starts; "can't make it" says neither move nor cancel, so it is asked which."""
    known = intent.name == CANT_MAKE_IT and CANT_MAKE_IT in run.flows.flows
    return run.flows.flow(CANT_MAKE_IT) if known else run.flows.triggered_by(intent.name)


def _start(run: Run, flow: Flow, said: Understanding) -> StartFlow:
    slots: dict[str, SlotValue] = {}
    which: list[AskWhich] = []
    impossible = False
    for name in dict.fromkeys(flow.takes()):
        spec = run.flows.slot(name)
        if spec.type in _PRIVATE:
            continue
        if spec.type is SlotType.SAID:
            slots[name] = said.text
            continue
        if spec.type is SlotType.APPOINTMENT and run.top is not None and name in run.top.slots:
            slots[name] = run.top.slots[name]
            continue
        match read_volunteered(spec, said):
            case Filled(value=value):
                slots[name] = canonical(run, spec, value)
            case Several(options=options):
                which.append(AskWhich(slot=spec.name, options=options))
            case Impossible():
                impossible = True
            case Unread():
                pass
    return StartFlow(flow=flow.id, slots=slots, which=tuple(which), impossible=impossible)
