"""Turns: what waits is joined or kept apart, answered once, written whole, and taken anew when overtaken."""

from dataclasses import replace
from datetime import UTC, datetime, timedelta

import pytest

from bot.actions.registry import FACTS, all_actions
from bot.content.flow_loader import FlowSource, load_flows
from bot.usecases.run_turn import MAX_TRIES
from domain.changes import ClearTimer, SaveHandoff, SetTimer
from domain.dialogue.conversation import Option, Prompt
from domain.errors import FenceLostError, SlotTakenError, StaleVersionError
from domain.handoff import BOT, EscalationReason, Owner, OwnerKind
from domain.identity import Level
from domain.message import Channel, ContactShared, Press, Unsupported, UnsupportedKind
from domain.outbox import Lane, Resend
from domain.safety import SafetyCategory, SafetyVerdict, Urgency
from tests.builders.desk import CODE, NOW, TESTA, Scene, handle, proven_scene
from tests.builders.dialogue import entity, understood
from tests.fakes.records import FakePatients
from tests.unit.bot.usecases.turns.arrange import BOOK, HELLO, release, turns

FLAG = SafetyVerdict(category=SafetyCategory.EMERGENCY, urgency=Urgency.NOW, rule="rule", language="es")


async def test_texts_waiting_are_joined_and_answered_once() -> None:
    clinic = turns()
    clinic.talk.sends("hello", "I would like", "an appointment")

    taken = await clinic.run()

    assert taken == 1
    assert [text for text, _ in clinic.book.asked] == ["hello\nI would like\nan appointment"]
    assert clinic.talk.heard() == ["hello", "I would like", "an appointment"]
    assert clinic.talk.inbox == []


async def test_a_button_is_never_joined() -> None:
    clinic = turns(hello=HELLO)
    clinic.talk.sends("hello", Press(payload="/help"), "there")

    taken = await clinic.run()

    assert taken == 3
    assert [clinic.talk.said(n) for n in range(2)] == [["utter_greet"], ["utter_menu"]]


async def test_a_red_flag_is_never_joined_and_answered_alone() -> None:
    clinic = turns()
    clinic.talk.sends("hello", "help me", verdict=FLAG)

    await clinic.run()

    assert clinic.talk.heard(1) == ["help me"]
    assert clinic.talk.said(1) == ["utter_emergency"]
    assert clinic.talk.writes[1].outbox[0].lane is Lane.SAFETY


async def test_texts_that_are_alarming_only_together_are_screened_as_one() -> None:
    clinic = turns()
    clinic.talk.sends("my chest", "hurts and I can't breathe")

    await clinic.run()

    assert clinic.talk.said() == ["utter_emergency"]


@pytest.mark.parametrize(("channel", "stops"), [(Channel.SMS, True), (Channel.WHATSAPP, True), (Channel.WEB, False)])
async def test_a_bare_stop_ends_messages_where_carriers_say_so(
    channel: Channel,
    stops: bool,  # noqa: FBT001  # a column of the table
) -> None:
    clinic = turns(channel=channel)
    clinic.talk.sends("hello", "STOP")

    await clinic.run()

    assert clinic.talk.scene.handle.opted_out is stops
    assert ("utter_opted_out" in clinic.talk.said()) is stops


async def test_a_start_word_ends_the_silence() -> None:
    clinic = turns(channel=Channel.SMS)
    clinic.talk.sends("STOP")
    await clinic.run()
    clinic.talk.sends("Start")

    await clinic.run()

    assert clinic.talk.said() == ["utter_opted_in"]
    assert not clinic.talk.scene.handle.opted_out


@pytest.mark.parametrize(("language", "answered_in"), [("es", "es"), ("en", "en"), ("fr", "en")])
async def test_after_a_red_flag_the_talk_goes_on_in_the_language_it_was_raised_in(
    language: str, answered_in: str
) -> None:
    clinic = turns()
    clinic.talk.sends("me duele el pecho", verdict=replace(FLAG, language=language))

    await clinic.run()

    assert [audience.language for audience in clinic.renderer.audiences] == [answered_in]
    assert clinic.talk.conversation.language == answered_in


async def test_a_red_flag_opens_an_urgent_case_in_its_queue() -> None:
    clinic = turns()
    clinic.talk.sends("help", verdict=FLAG)

    await clinic.run()

    [saved] = [change for change in clinic.talk.writes[-1].changes if isinstance(change, SaveHandoff)]
    assert (saved.handoff.reason, saved.handoff.urgent, saved.handoff.queue) == (
        EscalationReason.EMERGENCY,
        True,
        "nurse_now",
    )
    assert saved.handoff.due_at == NOW + timedelta(minutes=5)
    assert "help" in saved.handoff.summary


async def test_a_case_that_is_open_is_made_graver_and_never_doubled() -> None:
    clinic = turns(a_person=understood("talk_to_person"))
    clinic.talk.sends("a person")
    await clinic.run()
    first = clinic.talk.handoff
    assert first is not None
    clinic.talk.sends("help", verdict=FLAG)

    await clinic.run()

    second = clinic.talk.handoff
    assert second is not None
    assert (second.id, second.version, second.urgent, second.queue) == (first.id, first.version + 1, True, "nurse_now")
    assert second.due_at < first.due_at
    assert clinic.talk.conversation.owner == Owner(kind=OwnerKind.QUEUE, id="nurse_now")


@pytest.mark.parametrize("failure", [SlotTakenError("taken"), StaleVersionError("moved on")])
async def test_a_turn_that_was_overtaken_is_taken_anew(failure: Exception) -> None:
    clinic = turns(hello=HELLO)
    clinic.talk.failures = [failure, failure, None]
    clinic.talk.sends("hello")

    taken = await clinic.run()

    assert (taken, len(clinic.talk.writes), clinic.talk.said()) == (1, 1, ["utter_greet"])


async def test_a_turn_overtaken_too_often_is_put_off() -> None:
    clinic = turns(hello=HELLO)
    clinic.talk.failures = [SlotTakenError("taken")] * MAX_TRIES
    clinic.talk.sends("hello")

    with pytest.raises(StaleVersionError):
        await clinic.run()

    assert clinic.talk.writes == []
    assert len(clinic.talk.inbox) == 1


async def test_a_lost_claim_ends_quietly_with_nothing_written_or_told() -> None:
    clinic = turns(hello=HELLO)
    clinic.talk.failures = [FenceLostError("theirs")]
    clinic.talk.sends("hello")

    with clinic.hub.watch_all() as watcher:
        taken = await clinic.run()

        assert (taken, clinic.talk.writes, clinic.rings) == (0, [], [])
        assert watcher.drain() == ()


async def test_what_was_committed_is_published_and_the_outbox_rung() -> None:
    clinic = turns(hello=HELLO)
    clinic.talk.sends("hello")

    with clinic.hub.watch_all() as watcher:
        await clinic.run()

        [told] = watcher.drain()
    assert told.inbound == clinic.talk.writes[0].inbox_done
    assert clinic.rings == [1]


async def test_every_reply_is_both_in_the_transcript_and_on_its_way_in_order() -> None:
    clinic = turns(hello=HELLO, an_appointment=BOOK)
    clinic.talk.sends("an appointment")

    await clinic.run()

    write = clinic.talk.writes[0]
    assert [item.message.text for item in write.outbox] == clinic.talk.said()
    assert [item.ordinal for item in write.outbox] == list(range(1, len(write.outbox) + 1))
    assert {item.turn_id for item in write.outbox} == {entry.turn_id for entry in write.transcript}


async def test_a_code_is_texted_once_and_never_in_the_transcript() -> None:
    scene = Scene(handle=handle(level=1), patient=TESTA, patients=FakePatients([TESTA]))
    clinic = turns(scene=scene, my_visits=understood("list_appointments"))
    clinic.talk.sends("my visits")

    await clinic.run()

    write = clinic.talk.writes[0]
    [text] = [item for item in write.outbox if item.to.channel is Channel.SMS]
    assert (text.resend, text.expires_at) == (Resend.NEVER, NOW + timedelta(minutes=10))
    assert "sms_code" not in clinic.talk.said()
    assert CODE in [value for reply in clinic.renderer.rendered for value in reply.values.values()]
    assert CODE not in repr((write.transcript, write.audit, write.conversation))


async def test_an_answer_is_rendered_for_the_level_that_holds_after_the_proof() -> None:
    scene = Scene(handle=handle(level=1), patient=TESTA, patients=FakePatients([TESTA]))
    clinic = turns(scene=scene, my_visits=understood("list_appointments"))
    clinic.talk.sends("my visits")
    await clinic.run()
    clinic.talk.scene.challenge = next(
        change.challenge for change in clinic.talk.writes[0].changes if hasattr(change, "challenge")
    )
    clinic.talk.sends(CODE)

    await clinic.run()

    assert clinic.renderer.audiences[-1].level is Level.PROVEN
    assert clinic.talk.scene.handle.patient_id == TESTA.id


async def test_a_patient_who_wishes_so_is_written_to_discreetly() -> None:
    scene = proven_scene(patient=replace(TESTA, discreet=True))
    clinic = turns(scene=scene, hello=HELLO)
    clinic.talk.sends("hello")

    await clinic.run()

    assert all(audience.discreet for audience in clinic.renderer.audiences)


async def test_an_open_question_sets_a_nudge_and_a_closed_one_clears_it() -> None:
    clinic = turns(an_appointment=BOOK, stop=understood("stop_task"))
    clinic.talk.sends("an appointment")
    await clinic.run()
    clinic.talk.sends("stop")
    await clinic.run()

    asked, stopped = clinic.talk.writes
    [timer] = [change for change in asked.changes if isinstance(change, SetTimer)]
    assert (timer.kind, timer.due_at) == ("nudge", NOW + timedelta(minutes=30))
    assert [change.kind for change in stopped.changes if isinstance(change, ClearTimer)] == ["nudge"]


async def test_a_nudge_is_sent_once() -> None:
    clinic = turns(an_appointment=BOOK)
    clinic.talk.sends("an appointment")
    await clinic.run()
    clinic.talk.is_due("nudge")

    await clinic.run()

    assert clinic.talk.said() == ["utter_nudge"]
    assert not [change for change in clinic.talk.writes[-1].changes if isinstance(change, SetTimer)]


async def test_a_photo_is_kept_for_staff_with_its_caption() -> None:
    clinic = turns()
    clinic.talk.sends(Unsupported(kind=UnsupportedKind.PHOTO, caption="my rash"))

    await clinic.run()

    assert clinic.talk.heard() == ["[photo] my rash"]
    assert clinic.talk.conversation.owner.kind is OwnerKind.QUEUE


async def test_a_shared_contact_proves_who_holds_it() -> None:
    clinic = turns(scene=Scene(patients=FakePatients([TESTA])))
    clinic.talk.sends(ContactShared(phone="+15550123"))

    await clinic.run()

    assert clinic.talk.scene.handle.level_at(NOW) is Level.PROVEN


async def test_the_understanding_is_told_what_was_asked() -> None:
    clinic = turns(an_appointment=BOOK)
    clinic.talk.sends("an appointment")
    await clinic.run()
    clinic.talk.sends("the dentist")

    await clinic.run()

    _, context = clinic.book.asked[-1]
    assert (context.expected_slot, context.expected_kind, context.language) == ("visit_type", "visit_type", "en")


async def test_two_messages_in_another_language_with_one_of_ours_between_change_nothing() -> None:
    hola = understood("greet", language="es")
    clinic = turns(hola=hola, hello=HELLO)
    for text in ("hola", "hello", "hola"):
        clinic.talk.sends(text)
        await clinic.run()

    assert clinic.talk.conversation.language == "en"


async def test_nothing_a_patient_writes_is_left_without_a_word() -> None:
    clinic = turns()
    clinic.talk.sends("zzz")

    await clinic.run()

    assert clinic.talk.said()


async def test_a_question_whose_slot_is_gone_from_the_release_is_forgotten() -> None:
    clinic = turns(hello=HELLO)
    option = Option(payload="/c:old:0", value="red", label="red")
    prompt = Prompt(id="old", slot="colour", options=(option,), asked_at=NOW)
    clinic.talk.conversation = replace(clinic.talk.conversation, prompt=prompt)
    clinic.talk.sends("hello")

    await clinic.run()

    assert clinic.talk.said() == ["utter_greet"]


LOOP = """
version: "1"
flows:
  greet:
    description: Outside work that never comes to an end.
    kind: answer
    nlu_trigger: [{intent: greet}]
    steps:
      - id: again
        action: release_hold
        next: again
"""


async def test_outside_work_without_end_is_handed_to_staff() -> None:
    clinic = turns(hello=HELLO)
    endless = load_flows([FlowSource(file="loop.yml", text=LOOP)], actions=all_actions().keys(), facts=FACTS)
    packaged = clinic.flows
    clinic.flows = replace(
        packaged,
        flows={**packaged.flows, **endless.flows},
        by_intent={**packaged.by_intent, **endless.by_intent},
    )
    clinic.talk.sends("hello")

    await clinic.run()

    assert clinic.talk.conversation.owner.kind is OwnerKind.QUEUE
    assert clinic.talk.said()


async def test_a_person_who_has_the_thread_keeps_it_through_a_patients_words() -> None:
    clinic = turns(hello=HELLO)
    person = Owner(kind=OwnerKind.PERSON, id="staff-1")
    clinic.talk.conversation = replace(clinic.talk.conversation, owner=person)
    clinic.talk.sends("hello")

    await clinic.run()

    assert clinic.talk.conversation.owner == person
    assert clinic.talk.said() == []
    assert clinic.talk.heard() == ["hello"]


async def test_a_whole_booking_by_a_proven_patient() -> None:
    dentist = understood("book_appointment", entities=(entity("visit_type", "dental_checkup"),))
    clinic = turns(scene=proven_scene(), the_dentist=dentist, any_day=understood("unsure"), yes=understood("affirm"))
    for text in ("the dentist", "any day", "1", "yes"):
        clinic.talk.sends(text)
        await clinic.run()

    [visit] = clinic.talk.scene.visits
    assert visit.slot.visit_type_id == "dental_checkup"
    assert clinic.talk.said()[-1].startswith("utter_booked")
    assert clinic.talk.conversation.owner == BOT


async def test_out_of_hours_a_person_is_promised_for_when_the_queue_opens() -> None:
    sunday = datetime(2026, 3, 1, 15, tzinfo=UTC)
    clinic = turns(scene=Scene(now=sunday), a_person=understood("talk_to_person"))
    clinic.talk.sends("a person")

    await clinic.run()

    assert clinic.talk.said() == ["utter_person_closed"]
    assert clinic.talk.handoff is not None
    due = clinic.talk.handoff.due_at.astimezone(release().clinic.zone)
    assert (due.weekday(), due.hour) == (0, 9)
