"""A small set of flows with every kind of step, and a world in which its outside work comes to something."""

from __future__ import annotations

from dataclasses import replace
from functools import cache

from domain.dialogue.events import Escalated
from domain.dialogue.flow import FlowSet
from domain.dialogue.reply import Reply
from domain.dialogue.turn import ActionRequest, ActionResult
from domain.handoff import EscalationReason
from tests.builders.dialogue import Talk, came_to, entity, offered, on_day, small_flows, time_slot

FLOWS = """
version: "1"
flows:
  book:
    description: A task whose later questions hang on its earlier ones.
    nlu_trigger: [{intent: book_appointment}]
    hears: [{slot: site, then: find}]
    steps:
      - id: what
        collect: visit_type
      - id: who
        collect: provider
      - id: day
        collect: when
      - id: find
        action: find_slots
      - id: choose
        collect: offer
        next:
          - {if: slots.offer == "none", then: another_day}
          - {else: sure}
      - id: sure
        collect: confirm
        ask_before_filling: true
        next:
          - {if: slots.confirm, then: do}
          - {else: END}
      - id: do
        action: book_visit
        next: done
      - id: done
        action: utter_booked
        next: END
      - id: another_day
        set_slots:
          - when: null
          - offer: null
        next: day
  refill:
    description: A second task.
    nlu_trigger: [{intent: refill_request}]
    steps:
      - collect: medicine
      - collect: detail
      - action: utter_promised
        next: END
  late:
    description: A task with a value that will not do.
    nlu_trigger: [{intent: running_late}]
    steps:
      - collect: minutes
        rejections:
          - {if: slots.minutes > 120, utter: utter_too_late}
      - action: utter_late_noted
        next: END
  hours:
    description: An answer at once.
    kind: answer
    nlu_trigger: [{intent: clinic_info}]
    steps:
      - action: utter_hours
        next: END
  insurance:
    description: An answer that asks.
    kind: answer
    nlu_trigger: [{intent: insurance_question}]
    steps:
      - collect: insurer
      - action: utter_plan_taken
        next: END
  topics:
    description: An answer that offers choices.
    kind: answer
    nlu_trigger: [{intent: prep_instructions}]
    steps:
      - action: answer_clinic_info
      - collect: topic
      - action: utter_site_text
        next: END
  results:
    description: An answer that asks for a yes.
    kind: answer
    nlu_trigger: [{intent: results_status}]
    steps:
      - collect: read_it
      - action: utter_result
        next: END
  prove:
    description: Called by others.
    kind: pattern
    steps:
      - collect: person_name
      - collect: code
      - action: check_code
        next: END
  letter:
    description: A task that calls.
    nlu_trigger: [{intent: request_letter}]
    steps:
      - id: who
        call: prove
        next:
          - {if: slots.code, then: detail}
          - {else: unproved}
      - id: detail
        collect: detail
      - id: done
        action: utter_promised
        next: END
      - id: unproved
        action: utter_not_booked
        next: END
  records:
    description: A task that links.
    nlu_trigger: [{intent: request_records}]
    steps:
      - set_slots:
          - work: records
      - link: letter
  circle:
    description: A task that never ends and asks nothing.
    nlu_trigger: [{intent: log_dose}]
    steps:
      - id: there
        noop: true
        next: back
      - id: back
        noop: true
        next: there
  chatter:
    description: A task that never ends and talks.
    nlu_trigger: [{intent: check_in}]
    steps:
      - id: say
        action: utter_hours
        next: say
  person:
    description: A person at once.
    kind: answer
    urgent: true
    nlu_trigger: [{intent: talk_to_person}]
    steps:
      - action: hand_over_asked
        next: END
  greet:
    description: Hello.
    kind: answer
    nlu_trigger: [{intent: greet}]
    steps:
      - action: utter_greet
        next: END
  reminder:
    description: The answer to a reminder.
    kind: pattern
    steps:
      - id: coming
        collect: coming
        utter: utter_reminder
        next:
          - {if: slots.coming, then: sure}
          - {else: not_sure}
      - id: sure
        action: confirm_visit
        next: END
      - id: not_sure
        link: cant_make_it
"""

EARLY, LATE = time_slot(24), time_slot(48, provider="lee_daniel")
DOCTOR = entity("provider", "lee_grace")
OTHER_DOCTOR = entity("provider", "lee_daniel")
CHECK_UP = entity("visit_type", "primary_visit")
TEETH = entity("visit_type", "dental_checkup")


@cache
def clinic_flows() -> FlowSet:
    return small_flows(FLOWS)


def world(request: ActionRequest) -> ActionResult:
    """Two times are always found; hand-overs hand over; the rest just happens."""
    match request.action:
        case "find_slots":
            return replace(came_to("found", offer=None), offers=offered(EARLY, LATE))
        case "answer_clinic_info":
            return ActionResult(offers=offered(LATE))
        case "opt_out":
            return ActionResult(replies=(Reply(key="utter_opted_out"),))
        case name if name.startswith("hand_over"):
            escalated = Escalated(reason=EscalationReason.ASKED, queue="front_desk")
            return ActionResult(replies=(Reply(key="utter_person"),), escalate=escalated)
        case _:
            return ActionResult()


def talk() -> Talk:
    """A conversation over the small flows, nothing going on."""
    return Talk(flows=clinic_flows(), world=world)


def asked_for_a_day() -> Talk:
    """Booking with a doctor; the day is the open question."""
    started = talk()
    started.hears("book_appointment", entities=(CHECK_UP, DOCTOR))
    assert started.asked == "when"
    return started


def offered_times() -> Talk:
    """Booking; two times are offered."""
    started = talk()
    started.hears("book_appointment", entities=(CHECK_UP, DOCTOR), when=on_day(1))
    assert started.asked == "offer"
    return started


def asked_to_confirm() -> Talk:
    """Booking; the first time was chosen and is read back."""
    started = offered_times()
    started.chooses(1)
    assert started.asked == "confirm"
    return started
