"""Setting tasks aside, taking them up again and leaving them; also the engine's own actions that flows may name."""

from __future__ import annotations

from collections.abc import Callable, Mapping
from dataclasses import replace

from domain.dialogue.conversation import Frame
from domain.dialogue.events import FlowCancelled, FlowParked, FlowResumed
from domain.dialogue.flow import END, FlowKind
from domain.dialogue.reply import Named, NameKind
from domain.dialogue.run import Run

AFTER = "after:"
"""A frame stands at "after:<step>" while the way on waits for an action's or a called flow's result."""


def task_beneath(run: Run) -> Frame | None:
    """The topmost frame that is not a repair pattern, or None."""
    for frame in reversed(run.frames):
        if run.flows.flow(frame.flow).kind is not FlowKind.PATTERN:
            return frame
    return None


def park(run: Run, *, quietly: bool = False) -> None:
    """Set the task aside with its answers; it is offered again when what comes next is done.

    Whatever it had called (a proof of who asks) is begun anew when it is taken up again.
    """
    parked = next((frame for frame in run.frames if _is_task(run, frame)), None)
    run.frames.clear()
    run.prompt = None
    if parked is None:
        return
    parked = replace(parked, step=parked.step.removeprefix(AFTER), interrupted=False)
    run.change(parked=(*run.conversation.parked, parked))
    run.emit(FlowParked(flow=parked.flow))
    if not quietly:
        run.say("utter_parked", {"task": Named(kind=NameKind.FLOW, id=parked.flow)})


def _is_task(run: Run, frame: Frame) -> bool:
    return not frame.calls_back and run.flows.flow(frame.flow).kind is FlowKind.TASK


def _unpark(run: Run) -> None:
    if not run.conversation.parked:
        run.say("utter_all_right")
        return
    *rest, frame = run.conversation.parked
    run.change(parked=tuple(rest))
    run.frames.insert(len(run.frames) - 1, replace(frame, interrupted=False))
    run.emit(FlowResumed(flow=frame.flow))


def _drop_parked(run: Run) -> None:
    for frame in run.conversation.parked:
        run.emit(FlowCancelled(flow=frame.flow))
    run.change(parked=())


def _drop_task(run: Run) -> None:
    """Leave what was being talked about, with all it had called; what lies beneath it and the asking pattern stay."""
    asking = run.frames[-1]
    task = next((n for n in range(len(run.frames) - 2, -1, -1) if _is_own(run, run.frames[n])), 0)
    if len(run.frames) > 1:
        run.emit(FlowCancelled(flow=run.frames[task].flow))
    run.frames[:] = [*run.frames[:task], asking]


def _is_own(run: Run, frame: Frame) -> bool:
    return not frame.calls_back and run.flows.flow(frame.flow).kind is not FlowKind.PATTERN


def _start_chosen(run: Run) -> None:
    """Start the flow of the intent that was chosen among close ones, in place of the question."""
    chosen = run.frames[-1].slots.get("clarified")
    flow = run.flows.triggered_by(chosen) if isinstance(chosen, str) else None
    if flow is None:
        return
    run.frames[-1] = replace(run.frames[-1], step=END)
    if len(run.frames) > 1 and run.flows.flow(run.frames[-2].flow).kind is FlowKind.TASK and flow.kind is FlowKind.TASK:
        park(run)
    else:
        run.frames.pop()
    run.push(flow.id)


ENGINE_ACTIONS: Mapping[str, Callable[[Run], None]] = {
    "action_unpark": _unpark,
    "action_drop_parked": _drop_parked,
    "action_drop_task": _drop_task,
    "action_start_chosen": _start_chosen,
}
"""Actions that only rearrange the stack: the engine does them itself."""
