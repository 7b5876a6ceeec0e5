"""Running steps until the conversation waits: for an answer, for outside work, or for whatever comes next."""

from __future__ import annotations

from dataclasses import replace

from domain.dialogue.conversation import Frame, Option
from domain.dialogue.events import ActionAsked, FlowCompleted, FlowResumed
from domain.dialogue.flow import END, Act, Call, Collect, FlowKind, Link, Next, Noop, SetSlots, Step, Utter
from domain.dialogue.parking import AFTER, ENGINE_ACTIONS
from domain.dialogue.reply import Words
from domain.dialogue.run import Run
from domain.dialogue.slot import SlotSpec, SlotType
from domain.dialogue.turn import ActionRequest

_OFFERED = {
    SlotType.CHOICE,
    SlotType.APPOINTMENT,
    SlotType.VISIT_TYPE,
    SlotType.PROVIDER,
    SlotType.SITE,
    SlotType.TOPIC,
}
"""Slots an action may have found choices for."""

MAX_STEPS = 100
"""More steps than this in one turn means a flow that loops; the turn then ends with staff."""

CONTINUE_INTERRUPTED = "pattern_continue_interrupted"
CONTINUE_PARKED = "pattern_continue_parked"
INTERNAL_ERROR = "pattern_internal_error"


def advance(run: Run) -> None:
    """Run steps from where the top frame stands until it waits. A flow that loops is handed to staff."""
    said = len(run.replies)
    for _ in range(MAX_STEPS):
        if not run.frames:
            _offer_parked(run)
            if not run.frames:
                return
        if not _step(run):
            return
    del run.replies[said:]
    run.frames.clear()
    run.prompt = None
    run.push(INTERNAL_ERROR)
    _step(run)


def _step(run: Run) -> bool:
    """Run one step of the top frame; False when the conversation now waits."""
    frame = run.frames[-1]
    if frame.interrupted:
        _surface(run, frame)
    elif frame.which_for:
        _ask_which(run, frame)
        return False
    elif frame.step == END:
        _pop(run)
    elif frame.step.startswith(AFTER):
        settle(run)
    else:
        return _perform(run, frame, run.flows.flow(frame.flow).step(frame.step))
    return True


def _perform(run: Run, frame: Frame, step: Step | None) -> bool:
    match step:
        case None:
            _reenter(run, frame)
            return True
        case Collect():
            return _collect(run, step)
        case Utter(key=key, next=following):
            run.say(key)
            run.end_step(_target(run, following))
            return True
        case Act():
            return _act(run, step)
        case SetSlots(values=values, next=following):
            for name, value in values:
                run.set_top(run.frames[-1].with_slot(name, value))
            run.end_step(_target(run, following))
            return True
        case Noop(next=following):
            run.end_step(_target(run, following))
            return True
        case Call() | Link():
            _enter(run, step)
            return True


def _ask_which(run: Run, frame: Frame) -> None:
    if run.prompt is None or run.prompt.slot != frame.which_for:
        run.ask(slot=frame.which_for, key=f"utter_which_{frame.which_for}", options=frame.which, attempt=1)


def _act(run: Run, step: Act) -> bool:
    """The engine does its own actions at once; any other is asked for and waited on."""
    own = ENGINE_ACTIONS.get(step.action)
    if own is not None:
        run.end_step(_target(run, step.next))
        own(run)
        return True
    frame = run.frames[-1]
    run.end_step(AFTER + step.id)
    run.emit(ActionAsked(action=step.action))
    run.request = ActionRequest(action=step.action, flow=frame.flow, slots=dict(frame.slots))
    return False


def _enter(run: Run, step: Call | Link) -> None:
    slots = run.frames[-1].slots
    if isinstance(step, Call):
        run.end_step(AFTER + step.id)
        run.push(step.flow, slots, calls_back=True)
    else:
        run.frames.pop()
        run.push(step.flow, slots)


def settle(run: Run) -> None:
    """Choose the way on after an action or a call, now that its result is known."""
    frame = run.top
    if frame is None or not frame.step.startswith(AFTER):
        return
    step = run.flows.flow(frame.flow).step(frame.step.removeprefix(AFTER))
    if isinstance(step, (Act, Call)):
        run.end_step(_target(run, step.next))
    else:
        _reenter(run, frame)


def _collect(run: Run, step: Collect) -> bool:
    frame = run.frames[-1]
    spec = run.flows.slot(step.slot)
    value = frame.slots.get(step.slot)
    first_visit = step.id not in frame.visited
    if value is not None and not (step.ask_before_filling and first_visit):
        rejection = next((item for item in step.rejections if item.condition.holds(frame.slots, run.facts)), None)
        if rejection is None:
            run.prompt = None
            run.set_top(replace(frame, visited=(*frame.visited, step.id) if first_visit else frame.visited))
            run.end_step(_target(run, step.next))
            return True
        run.say(rejection.utter)
    run.set_top(frame.with_slot(step.slot, None))
    if run.prompt is None or run.prompt.slot != step.slot:
        again = run.answered is not None and run.answered.slot == step.slot and value is not None
        ask(run, step, spec, attempt=run.answered.attempt + 1 if again and run.answered else 1)
    return False


def ask(run: Run, step: Collect, spec: SlotSpec, *, attempt: int) -> None:
    """Ask a step's question; from the second attempt on in other, shorter words."""
    first = step.utter_back if run.surfaced and step.utter_back else step.utter
    key = first if attempt == 1 else second_wording(step.utter)
    run.ask(slot=spec.name, key=key, options=options_for(run, spec), attempt=attempt)


def second_wording(key: str) -> str:
    """The key of a question asked again, shorter; a question that is already one keeps its own."""
    return key if key.endswith("_again") else f"{key}_again"


def options_for(run: Run, spec: SlotSpec) -> tuple[Option, ...]:
    """The choices a question comes with."""
    match spec.type:
        case SlotType.YES_NO:
            return (
                Option(payload="", value=True, label=Words(key="button_yes")),
                Option(payload="", value=False, label=Words(key="button_no")),
            )
        case SlotType.KIND if spec.values:
            return tuple(
                Option(payload="", value=value, label=Words(key=f"button_{spec.name}_{value}")) for value in spec.values
            )
        case kind if kind in _OFFERED and run.frames[-1].shown_for in {"", spec.name}:
            run.set_top(replace(run.frames[-1], shown_for=spec.name))
            return run.frames[-1].shown
        case _:
            return ()


def _target(run: Run, following: Next) -> str:
    slots = run.frames[-1].slots
    for branch in following:
        if branch.condition is None or branch.condition.holds(slots, run.facts):
            return branch.target
    return END


def _pop(run: Run) -> None:
    done = run.frames.pop()
    run.prompt = None
    run.emit(FlowCompleted(flow=done.flow))
    if done.calls_back and run.frames:
        below = run.frames[-1]
        run.set_top(replace(below, slots={**below.slots, **done.slots}))
        settle(run)


def _surface(run: Run, frame: Frame) -> None:
    """What was interrupted comes back up: say where we are, then ask the same question again."""
    run.set_top(replace(frame, interrupted=False))
    run.surfaced = True
    if run.flows.flow(frame.flow).kind is FlowKind.TASK and run.replies:
        run.emit(FlowResumed(flow=frame.flow))
        run.push(CONTINUE_INTERRUPTED, {**frame.slots, "task": frame.flow})
        run.frames[-2] = replace(run.frames[-2], interrupted=False)


def _offer_parked(run: Run) -> None:
    parked = run.conversation.parked
    if parked and not run.prompt:
        run.push(CONTINUE_PARKED, {"task": parked[-1].flow})


def _reenter(run: Run, frame: Frame) -> None:
    """The step is gone from the release: begin again at the first question without an answer, and confirm again."""
    flow = run.flows.flow(frame.flow)
    kept = {name: value for name, value in frame.slots.items() if name != "confirm"}
    run.set_top(replace(frame, step=flow.steps[0].id, slots=kept, visited=()))
