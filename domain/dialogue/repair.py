"""Carrying out commands: filling, correcting, interrupting, parking, leaving, repeating, and not understanding.

The repair patterns themselves are flows (content/flows/system.yml); this module only decides which to put on top.
"""

from __future__ import annotations

from collections.abc import Sequence
from dataclasses import replace
from typing import assert_never

from domain.dialogue.advance import second_wording
from domain.dialogue.commands import (
    AskWhich,
    Command,
    ExpireChoice,
    FillSlot,
    GoBack,
    NotUnderstood,
    OfferIntents,
    RejectAnswer,
    RepeatQuestion,
    SkipQuestion,
    StartFlow,
    StartOver,
    StopTask,
    SwitchLanguage,
)
from domain.dialogue.conversation import Prompt
from domain.dialogue.events import (
    ChoiceExpired,
    ClarificationAsked,
    LanguageChanged,
    Missed,
)
from domain.dialogue.flow import Collect, FlowKind
from domain.dialogue.parking import park, task_beneath
from domain.dialogue.reading import NONE_OF_THESE
from domain.dialogue.reply import Named, NameKind, Words
from domain.dialogue.run import Run
from domain.dialogue.slot import SlotSpec, SlotType

CANNOT_HANDLE = "pattern_cannot_handle"
CLARIFY = "pattern_clarify"
CANCEL = "pattern_cancel_task"
EXPIRED = "utter_choice_expired"
EXPIRED_IDLE = "utter_choice_expired_idle"
REFUSED = "pattern_refused"
CLARIFY_ONE = "pattern_clarify_one"
PATIENCE = 3
"""The third answer of which there is no such thing leads to a person."""

ANY = "any"
"""The value of an optional slot the patient leaves open."""


def carry_out(run: Run, commands: Sequence[Command]) -> None:
    """Carry out a message's commands in order; flows to start go on top last.

    Tasks lie beneath answers, so that what can be told at once is told before the task asks its question, and what is
    urgent lies uppermost.
    """
    starts = sorted((item for item in commands if isinstance(item, StartFlow)), key=lambda item: _weight(run, item))
    for command in commands:
        if not isinstance(command, StartFlow):
            _one(run, command)
    if commands and not isinstance(commands[0], NotUnderstood | RejectAnswer):
        _understood(run)
    for command in reversed(starts):
        _start(run, command)


def _weight(run: Run, command: StartFlow) -> int:
    flow = run.flows.flow(command.flow)
    return 0 if flow.urgent else 2 if flow.kind is FlowKind.TASK else 1


def _understood(run: Run) -> None:
    if run.conversation.misses:
        run.change(misses=0)
    run.facts["misses"] = 0


def _one(run: Run, command: Command) -> None:
    match command:
        case FillSlot():
            _fill(run, command)
        case AskWhich():
            _ask_which(run, command)
        case SwitchLanguage(language=language):
            _switch_language(run, language)
        case OfferIntents(intents=intents):
            _clarify(run, intents)
        case StartFlow():
            _start(run, command)
        case StopTask() | StartOver() | GoBack() | SkipQuestion() | RepeatQuestion():
            _steer(run, command)
        case RejectAnswer() | ExpireChoice() | NotUnderstood():
            _unusable(run, command)
        case _:
            assert_never(command)


def _steer(run: Run, command: StopTask | StartOver | GoBack | SkipQuestion | RepeatQuestion) -> None:
    """The patient moves about in the task."""
    match command:
        case StopTask():
            task = task_beneath(run)
            run.facts["last_task"] = task is None or task is run.frames[0]
            run.push(CANCEL, {"task": task.flow if task else ""})
        case StartOver():
            _start_over(run)
        case GoBack():
            _go_back(run)
        case SkipQuestion(undecided=undecided):
            _skip(run, undecided=undecided)
        case RepeatQuestion():
            _repeat(run)
        case _:
            assert_never(command)


def _unusable(run: Run, command: RejectAnswer | ExpireChoice | NotUnderstood) -> None:
    """Something came that cannot be used as it is."""
    match command:
        case RejectAnswer(of_time=of_time):
            _reject(run, of_time=of_time or _asked_type(run) is SlotType.WHEN)
        case ExpireChoice():
            run.emit(ChoiceExpired())
            run.say(EXPIRED if run.frames else EXPIRED_IDLE)
            run.prompt = None
        case NotUnderstood(foreign=foreign):
            _not_understood(run, foreign=foreign)
        case _:
            assert_never(command)


def _fill(run: Run, command: FillSlot) -> None:
    frame, flow = run.top, run.top_flow
    step = flow.asking(command.slot, at=frame.step) if flow and frame else None
    if frame is not None and step is not None and step.id == frame.step:
        # The question stands open, so this is its answer, even where a value was already there to be asked about.
        visited = frame.visited if step.id in frame.visited else (*frame.visited, step.id)
        run.set_top(replace(frame.with_slot(command.slot, None), visited=visited))
    _settle_which(run, command.slot)
    if run.prompt is not None and run.prompt.slot == command.slot:
        run.answered, run.prompt = run.prompt, None
    run.fill(command.slot, command.value)


def _settle_which(run: Run, slot: str) -> None:
    if run.frames and run.frames[-1].which_for == slot:
        run.set_top(replace(run.frames[-1], which=(), which_for=""))


def _ask_which(run: Run, command: AskWhich) -> None:
    """Remember that it must be asked; the question outlives whatever comes in between."""
    run.set_top(replace(run.frames[-1], which=command.options, which_for=command.slot))
    run.prompt = None


def _start(run: Run, command: StartFlow) -> None:
    flow = run.flows.flow(command.flow)
    current = run.top_flow
    switching = flow.kind is FlowKind.TASK and not flow.urgent and current is not None and current.kind is FlowKind.TASK
    if switching and run.frames:
        park(run)
    elif run.prompt is not None:
        drop_open_pattern(run)
    run.push(command.flow, command.slots)
    if command.impossible:
        run.say("utter_no_such_date")
    for which in command.which:
        _ask_which(run, which)
        break


def drop_open_pattern(run: Run) -> None:
    """A repair question that was not answered gives way; it does not come back."""
    while run.top_flow is not None and run.top_flow.kind is FlowKind.PATTERN and not run.frames[-1].calls_back:
        run.frames.pop()
        run.prompt = None


def _start_over(run: Run) -> None:
    task = run.frames[0]
    run.frames.clear()
    run.prompt = None
    run.push(task.flow)


def _go_back(run: Run) -> None:
    frame = run.frames[-1]
    flow = run.flows.flow(frame.flow)
    previous = frame.visited[-1] if frame.visited else None
    step = flow.step(previous) if previous else None
    if not isinstance(step, Collect):
        _ask_again(run)
        return
    for slot in (step.slot, *run.flows.dependents(step.slot)):
        frame = frame.with_slot(slot, None)
    run.prompt = None
    run.set_top(replace(frame, step=step.id, visited=frame.visited[:-1]))


def _reject(run: Run, *, of_time: bool) -> None:
    """No such date or choice: first why and the question again, then how to answer it, then a person."""
    count = run.prompt.rejected + 1 if run.prompt is not None else 1
    if count >= PATIENCE and run.prompt is not None:
        run.facts["misses"] = 2
        run.change(misses=2)
        run.push(CANNOT_HANDLE)
        return
    date = "utter_no_such_date" if count == 1 else "utter_no_such_date_again"
    choice = "utter_no_such_choice" if count == 1 else "utter_no_such_choice_again"
    run.say(date if of_time else choice)
    _ask_again(run)
    if run.prompt is not None:
        run.prompt = replace(run.prompt, rejected=count)


def _wait(run: Run, prompt: Prompt) -> None:
    """Undecided at a yes-or-no question: time to think, said otherwise each time; the question stays open as it is."""
    until = run.setting.kept_until
    kept = until is not None and until > run.setting.now
    match prompt.waited:
        case 0 if kept and until is not None:
            run.say("utter_no_hurry_held", {"until": until})
        case 0:
            run.say("utter_no_hurry")
        case 1:
            _ask_again(run)
        case _:
            run.say("utter_no_hurry_person")
    if run.prompt is not None:
        run.prompt = replace(run.prompt, waited=min(prompt.waited + 1, 2))


def _skip(run: Run, *, undecided: bool) -> None:
    spec = run.asked()
    step, _ = _open_question(run)
    if undecided and step is not None and step.ask_before_filling and run.prompt is not None:
        _wait(run, run.prompt)
        return
    if spec is None or not spec.optional:
        if run.prompt is not None and run.prompt.attempt > 1:
            run.push(REFUSED)
            return
        _ask_again(run)
        return
    _settle_which(run, spec.name)
    run.set_top(run.frames[-1].with_slot(spec.name, ANY))
    run.prompt = None


def _repeat(run: Run) -> None:
    if run.prompt is None:
        run.say("utter_nothing_to_repeat")
        return
    _ask_again(run)


def _asked_type(run: Run) -> SlotType | None:
    spec = run.asked()
    return spec.type if spec else None


def _ask_again(run: Run) -> None:
    """Ask the open question again in its shorter form, with the same choices."""
    step, spec = _open_question(run)
    if spec is None or run.prompt is None:
        return
    which = bool(run.frames) and run.frames[-1].which_for == spec.name
    key = f"utter_which_{spec.name}" if which or step is None else second_wording(step.utter)
    run.ask(slot=spec.name, key=key, options=run.prompt.options, attempt=run.prompt.attempt + 1)


def _open_question(run: Run) -> tuple[Collect | None, SlotSpec | None]:
    flow, spec = run.top_flow, run.asked()
    if flow is None or spec is None:
        return None, None
    return flow.asking(spec.name, at=run.frames[-1].step), spec


def _switch_language(run: Run, language: str) -> None:
    if language == run.conversation.language:
        return
    run.change(language=language, other_language=None)
    run.emit(LanguageChanged(language=language))
    if run.conversation.greeted:
        run.say("utter_language_changed")
        run.prompt = None


def _clarify(run: Run, intents: tuple[str, ...]) -> None:
    known = tuple(intent for intent in intents if run.flows.triggered_by(intent))
    if not known:
        _not_understood(run)
        return
    run.emit(ClarificationAsked(intents=known))
    flows = {_flow_id(run, intent) for intent in known}
    if len(flows) == 1:
        run.push(CLARIFY_ONE, {"clarified": known[0], "task": flows.pop()})
        return
    run.push(CLARIFY)
    choices = [(intent, Named(kind=NameKind.FLOW, id=_flow_id(run, intent))) for intent in known]
    run.show((*choices, (NONE_OF_THESE, Words(key="button_something_else"))))


def _flow_id(run: Run, intent: str) -> str:
    flow = run.flows.triggered_by(intent)
    return flow.id if flow else intent


def _not_understood(run: Run, *, foreign: bool = False) -> None:
    count = run.conversation.misses + 1
    run.facts["foreign"] = foreign
    run.change(misses=count)
    run.facts["misses"] = count
    run.emit(Missed(count=count))
    if count == 1 and run.prompt is not None:
        run.say("utter_sorry")
        _ask_again(run)
        return
    run.facts["asking"] = run.prompt is not None
    if run.top_flow is not None and run.top_flow.id == CANNOT_HANDLE:
        drop_open_pattern(run)
    run.push(CANNOT_HANDLE)
