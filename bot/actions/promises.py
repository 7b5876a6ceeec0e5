"""Promises: what staff will do by a time we name, within the hours their queue is worked and the patient can be had."""

from __future__ import annotations

from dataclasses import replace
from datetime import datetime

from bot.actions.desk import Desk, Done, outcome, reply, with_changes
from domain.audit import AuditAction
from domain.changes import SavePromise
from domain.clinic import Queue
from domain.dialogue.reply import Reply
from domain.dialogue.turn import ActionRequest
from domain.ids import PromiseId
from domain.promise import Promise, PromiseKind
from domain.scheduling import call_window, response_due
from domain.when import Interval, When


async def make_promise(request: ActionRequest, desk: Desk) -> Done:
    """A task for staff with a due time, told to the patient: the time is kept, asked about, and chased."""
    kind = PromiseKind(str(request.slots.get("work", PromiseKind.REPLY.value)))
    queue = desk.clinic.queue_for(kind.value)
    due, said = _agreed(request, desk, queue)
    promise = Promise(
        id=PromiseId(desk.new_id()),
        conversation_id=desk.conversation_id,
        subject_id=desk.handle.subject_id,
        kind=kind,
        queue=queue.id,
        detail="\n".join(str(request.slots[name]) for name in ("request", "detail") if name in request.slots),
        made_at=desk.now,
        due_at=due,
    )
    event = desk.event("promise.made", AuditAction.CREATE, object_type="promise", object_id=promise.id)
    return with_changes(outcome("promised", *said), SavePromise(promise=promise), audit=(event,))


def _agreed(request: ActionRequest, desk: Desk, queue: Queue) -> tuple[datetime, tuple[Reply, ...]]:
    """By when, and the words for it: in the time the patient named, where someone works then."""
    due = response_due(desk.clinic, queue, desk.now)
    usual = reply("utter_promised", {"due": due})
    when = request.slots.get("when")
    if not isinstance(when, When) or not when.windows:
        return due, (usual,)
    said: tuple[Reply, ...] = ()
    window = call_window(desk.clinic, queue, when, desk.now)
    if window is None and when.start is not None:
        after = replace(when, windows=(Interval(start=when.start, end=None),))
        window, said = call_window(desk.clinic, queue, after, desk.now), (reply("utter_call_closed"),)
    if window is None:
        return due, (reply("utter_call_closed"), usual)
    first, last = (moment.astimezone(desk.clinic.zone) for moment in window)
    hours = (f"{first:%H:%M}-{last:%H:%M}",)
    return window[1], (
        *said,
        reply("utter_promised_call", {"day": first.date(), "hours": hours}),
    )


async def recall_callback(request: ActionRequest, desk: Desk) -> Done:
    """A call that is promised already: by when, or (`late`) that it should have come."""
    del request
    promised = [item for item in desk.snapshot.promises if item.kind is PromiseKind.CALLBACK and item.is_open]
    if not promised:
        return Done(result=outcome("none"))
    if promised[0].overdue(desk.now):
        return Done(result=outcome("late"))
    return Done(result=outcome("stands", reply("utter_call_stands", {"due": promised[0].due_at})))
