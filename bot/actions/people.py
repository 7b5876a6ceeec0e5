"""Handing over to people: at once, to the right queue, with an honest word on when."""

from __future__ import annotations

from dataclasses import dataclass, replace

from bot.actions.desk import Action, Desk, Done, outcome, reply, with_changes, with_facts
from domain.audit import AuditAction
from domain.changes import Change, ReleaseHold, SaveHandle, SavePatient
from domain.dialogue.events import Escalated
from domain.dialogue.reply import Reply, ReplyValue
from domain.dialogue.turn import ActionRequest
from domain.handoff import EscalationReason
from domain.scheduling import queue_is_open, queue_opens, response_due


@dataclass(frozen=True, slots=True, kw_only=True)
class HandOver:
    """Give the thread to the queue for a reason; says when someone answers, and out of hours when that will be."""

    reason: EscalationReason
    key: str
    urgent: bool = False
    route: str | None = None
    safety: bool = False
    holds_outreach: bool = False
    then_ask: str = ""
    """Said last: what a person will want to know, for whoever can bear to write it."""

    async def __call__(self, request: ActionRequest, desk: Desk) -> Done:
        """Hand over."""
        del request
        queue = desk.clinic.queue_for(self.route or self.reason.value)
        is_open = queue_is_open(desk.clinic, queue, desk.now)
        key = self.key if is_open else f"{self.key}_closed"
        values: dict[str, ReplyValue] = {
            "due": response_due(desk.clinic, queue, desk.now),
            "opens": queue_opens(desk.clinic, queue, desk.now),
            "phone": desk.clinic.sites[0].phone,
        }
        said = Reply(key=self.key if self.safety else key, values=values, safety=self.safety)
        escalated = Escalated(reason=self.reason, queue=queue.id, urgent=self.urgent)
        asked = (reply(self.then_ask),) if self.then_ask else ()
        result = replace(outcome("handed_over", said, *asked), escalate=escalated)
        if not self.holds_outreach:
            return with_changes(result)
        held = SaveHandle(handle=replace(desk.handle, outreach_held=True))
        event = desk.event("outreach.held", AuditAction.UPDATE, object_type="handle", object_id=desk.handle.id)
        return with_changes(result, held, audit=(event,))


async def freeze_handle(request: ActionRequest, desk: Desk) -> Done:
    """Wrong number: nothing clinical goes to this handle from now on; staff are told and may lift it."""
    queue = desk.clinic.queue_for(EscalationReason.WRONG_NUMBER.value)
    frozen = replace(desk.handle, frozen=True)
    event = desk.event("handle.frozen", AuditAction.UPDATE, object_type="handle", object_id=desk.handle.id)
    escalated = Escalated(reason=EscalationReason.WRONG_NUMBER, queue=queue.id)
    result = replace(outcome("frozen", reply("utter_wrong_number")), escalate=escalated)
    held: tuple[Change, ...] = (ReleaseHold(hold_id=desk.hold.id),) if desk.hold else ()
    del request
    return with_changes(with_facts(result, level=0), SaveHandle(handle=frozen), *held, audit=(event,))


async def opt_out(request: ActionRequest, desk: Desk) -> Done:
    """No messages we start ourselves, at once; the patient can still write and be answered."""
    del request
    return _set_opted_out(desk, opted_out=True)


async def opt_in(request: ActionRequest, desk: Desk) -> Done:
    """Messages again."""
    del request
    return _set_opted_out(desk, opted_out=False)


def _set_opted_out(desk: Desk, *, opted_out: bool) -> Done:
    changes: list[Change] = [SaveHandle(handle=replace(desk.handle, opted_out=opted_out))]
    if desk.hold is not None and opted_out:
        changes.append(ReleaseHold(hold_id=desk.hold.id))
    if desk.patient is not None:
        changes.append(SavePatient(patient=replace(desk.patient, opted_out=opted_out)))
    name = "consent.opted_out" if opted_out else "consent.opted_in"
    event = desk.event(name, AuditAction.UPDATE, object_type="handle", object_id=desk.handle.id)
    said = reply("utter_opted_out" if opted_out else "utter_opted_in")
    return with_changes(outcome("recorded", said), *changes, audit=(event,))


def hand_overs() -> dict[str, Action]:
    """The hand-over actions flows may name."""
    return {
        "hand_over_asked": HandOver(reason=EscalationReason.ASKED, key="utter_person"),
        "hand_over_call_late": HandOver(reason=EscalationReason.ASKED, key="utter_call_late"),
        "hand_over_complaint": HandOver(reason=EscalationReason.COMPLAINT, key="utter_complaint"),
        "hand_over_death": HandOver(reason=EscalationReason.DEATH, key="utter_death", holds_outreach=True),
        "hand_over_death_ask": HandOver(
            reason=EscalationReason.DEATH, key="utter_death", holds_outreach=True, then_ask="utter_ask_whose_death"
        ),
        "hand_over_nurse": HandOver(reason=EscalationReason.NURSE_TODAY, key="utter_nurse", urgent=True),
        "hand_over_clinical": HandOver(
            reason=EscalationReason.NURSE_TODAY, key="utter_clinical", route="medication_question"
        ),
        "hand_over_identity": HandOver(reason=EscalationReason.IDENTITY, key="utter_staff_verify"),
        "hand_over_misses": HandOver(reason=EscalationReason.MISSES, key="utter_misses"),
        "hand_over_unreadable": HandOver(reason=EscalationReason.UNREADABLE, key="utter_unreadable", urgent=True),
        "hand_over_fault": HandOver(reason=EscalationReason.FAULT, key="utter_fault"),
        "alarm_emergency": HandOver(reason=EscalationReason.EMERGENCY, key="utter_emergency", urgent=True, safety=True),
        "alarm_self_harm": HandOver(reason=EscalationReason.SELF_HARM, key="utter_self_harm", urgent=True, safety=True),
    }
