"""The actions flows may name, and the facts they may ask about."""

from __future__ import annotations

from collections.abc import Mapping

from bot.actions import booking, household, identity, office, people, promises, results, visits
from bot.actions.desk import Action

FACTS = frozenset({
    "level", "linked", "outcome", "can_text", "has_pin", "has_hold", "has_visit", "misses", "asking", "foreign",
    "last_task",
    "input_kind", "proves_phone", "shares_contact", "ceiling",
})  # fmt: skip
"""Names flows may read as `context.<name>`."""


def all_actions() -> Mapping[str, Action]:
    """Every action, by the name flows call it."""
    return {
        "choose_visit_type": booking.choose_visit_type,
        "check_visit_type": booking.check_visit_type,
        "find_slots": booking.search_slots,
        "look_for_another": booking.look_for_another,
        "find_new_slots": booking.find_new_slots,
        "hold_slot": booking.hold_slot,
        "release_hold": booking.release_hold,
        "book_visit": booking.book_visit,
        "book_for_other": household.book_for_other,
        "offer_person_for_booking": booking.offer_person_for_booking,
        "offer_visits": visits.offer_visits,
        "next_visit": visits.next_visit,
        "list_visits": visits.list_visits,
        "move_visit": visits.move_visit,
        "cancel_visit": visits.cancel_visit,
        "confirm_visit": visits.confirm_visit,
        "note_late": visits.note_late,
        "send_code": identity.send_code,
        "check_code": identity.check_code,
        "prove_by_phone": identity.prove_by_phone,
        "check_pin": identity.check_pin,
        "register_patient": identity.register_patient,
        "results_status": results.results_status,
        "read_result": results.read_result,
        "answer_clinic_info": office.answer_clinic_info,
        "answer_insurance": office.answer_insurance,
        "list_providers": office.list_providers,
        "answer_preparation": office.answer_preparation,
        "freeze_handle": people.freeze_handle,
        "opt_out": people.opt_out,
        "opt_in": people.opt_in,
        "recall_callback": promises.recall_callback,
        "make_promise": promises.make_promise,
        **people.hand_overs(),
    }
