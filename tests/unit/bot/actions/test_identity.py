"""Who is writing: a match proves nothing, a code or PIN does, and nobody learns from us who is a patient here."""

from dataclasses import replace
from datetime import date, timedelta

import pytest

from bot.actions.desk import Desk, Done
from bot.actions.identity import (
    PROOF_PAUSE,
    check_code,
    check_pin,
    code_digest,
    pin_digest,
    pin_matches,
    prove_by_phone,
    register_patient,
    send_code,
)
from domain.changes import DropChallenge, SaveChallenge, SaveHandle, SavePatient
from domain.identity import Challenge, Level, ProofKind
from domain.ids import PatientId
from domain.message import Channel
from tests.builders.desk import (
    CODE,
    NOW,
    TALK,
    TESTA,
    TWIN,
    Scene,
    asks,
    changed,
    handle,
    keys,
    proven_scene,
    result,
    sms,
    visit,
)
from tests.fakes.records import FakeCalendar, FakePatients

BORN = date(1980, 5, 17)
PIN = "4071"


def clinic_with(*patients: object) -> Scene:
    return Scene(patients=FakePatients(list(patients)))  # type: ignore[arg-type]  # patients they are


async def asked_for_code(desk: Desk, *, name: str = "Testa Exampleson", born: date = BORN) -> Done:
    done = await send_code(asks(person_name=name, birth_date=born), desk)
    desk.absorb(done)
    return done


async def types(desk: Desk, code: str) -> Done:
    done = await check_code(asks(code=code), desk)
    desk.absorb(done)
    return done


async def test_a_code_goes_to_the_number_on_file() -> None:
    desk = clinic_with(TESTA).desk()

    done = await asked_for_code(desk)

    [text] = done.texts
    assert text.to == sms("+15550123")
    assert text.reply.values == {"code": CODE}
    assert text.expires_at == NOW + timedelta(minutes=10)


async def test_the_code_is_said_nowhere_but_in_the_text() -> None:
    desk = clinic_with(TESTA).desk()

    done = await asked_for_code(desk)

    assert CODE not in repr((done.result, done.changes, done.audit))


UNKNOWN = {
    "another name": {"name": "Nobody Whatsoever"},
    "another first name": {"name": "Tom Exampleson"},
    "another birth date": {"born": date(1980, 5, 18)},
}


@pytest.mark.parametrize("asked", UNKNOWN.values(), ids=UNKNOWN.keys())
async def test_an_unknown_patient_is_answered_exactly_like_a_known_one(asked: dict[str, object]) -> None:
    known, unknown = clinic_with(TESTA).desk(), clinic_with(TESTA).desk()

    there = await asked_for_code(known)
    not_there = await asked_for_code(unknown, **asked)  # type: ignore[arg-type]  # the function's own keywords

    assert not_there.texts == ()
    assert not_there.result == there.result
    assert [type(change) for change in not_there.changes] == [type(change) for change in there.changes]
    assert [event.event for event in not_there.audit] == [event.event for event in there.audit]


async def test_a_wrong_code_is_answered_alike_whether_or_not_there_is_a_record() -> None:
    known, unknown = clinic_with(TESTA).desk(), clinic_with().desk()
    await asked_for_code(known)
    await asked_for_code(unknown)

    assert (await types(known, "000000")).result == (await types(unknown, "000000")).result


async def test_a_challenge_for_nobody_is_passed_by_no_code_not_even_its_own() -> None:
    desk = clinic_with().desk()
    await asked_for_code(desk)

    done = await types(desk, CODE)

    assert done.result.facts["outcome"] == "wrong"
    assert desk.handle.patient_id is None


async def test_two_records_that_match_get_no_code() -> None:
    twin = replace(TESTA, id=PatientId("patient-9"))
    desk = clinic_with(TESTA, twin).desk()

    done = await asked_for_code(desk)

    assert done.texts == ()


@pytest.mark.parametrize("name", ["testa exampleson", "Testa  Exampleson", "Exampleson", "Testa Maria Exampleson"])
async def test_a_name_matches_whatever_its_casing_and_middle_names(name: str) -> None:
    desk = clinic_with(TESTA).desk()

    done = await asked_for_code(desk, name=name)

    assert len(done.texts) == 1


async def test_the_right_code_proves_the_patient_for_twelve_hours() -> None:
    desk = clinic_with(TESTA).desk()
    await asked_for_code(desk)

    done = await types(desk, CODE)

    saved = changed(done, SaveHandle).handle
    assert (saved.patient_id, saved.subject_id, saved.proof) == (TESTA.id, TESTA.subject_id, ProofKind.CODE)
    assert saved.level_at(NOW) is Level.PROVEN
    assert saved.level_at(NOW + timedelta(hours=12)) is Level.LINKED
    assert done.result.facts["level"] == Level.PROVEN


async def test_the_records_of_a_patient_proven_in_this_turn_are_there_at_once() -> None:
    scene = Scene(
        patients=FakePatients([TESTA], {TESTA.id: (result(),)}),
        calendar=FakeCalendar(visits=[visit()]),
    )
    desk = scene.desk()
    await asked_for_code(desk)

    await types(desk, CODE)

    assert [item.id for item in desk.live_visits()] == ["visit-1"]
    assert [item.id for item in desk.results()] == ["result-1"]


async def test_a_code_is_used_once() -> None:
    desk = clinic_with(TESTA).desk()
    await asked_for_code(desk)
    await types(desk, CODE)

    done = await types(desk, CODE)

    assert done.result.facts["outcome"] == "expired"


async def test_a_code_is_worth_nothing_after_ten_minutes() -> None:
    scene = clinic_with(TESTA)
    desk = scene.desk()
    await asked_for_code(desk)
    desk.now = NOW + timedelta(minutes=10)

    done = await types(desk, CODE)

    assert done.result.facts["outcome"] == "expired"
    assert keys(done) == ["utter_code_expired"]


async def test_a_wrong_code_says_how_many_tries_are_left_and_the_fifth_locks() -> None:
    desk = clinic_with(TESTA).desk()
    await asked_for_code(desk)

    tries = [await types(desk, "000000") for _ in range(5)]

    assert [done.result.replies[0].values.get("tries") for done in tries] == [4, 3, 2, 1, None]
    assert tries[-1].result.facts["outcome"] == "locked"
    assert changed(tries[-1], DropChallenge).conversation_id == TALK


async def test_a_new_code_gives_no_tries_back() -> None:
    desk = clinic_with(TESTA).desk()
    await asked_for_code(desk)
    await types(desk, "000000")
    await types(desk, "000000")
    desk.now += timedelta(minutes=2)
    await asked_for_code(desk)

    done = await types(desk, "000000")

    assert done.result.replies[0].values["tries"] == 2


async def test_while_locked_no_code_is_sent_and_none_is_right() -> None:
    desk = clinic_with(TESTA).desk()
    desk.handle = replace(desk.handle, proofs_locked_until=NOW + PROOF_PAUSE)

    sent = await asked_for_code(desk)
    desk.challenge = Challenge(
        conversation_id=TALK,
        patient_id=TESTA.id,
        digest=code_digest(CODE, "s"),
        salt="s",
        tries_left=5,
        expires_at=NOW + timedelta(minutes=5),
    )
    typed = await types(desk, CODE)

    assert sent.texts == ()
    assert [done.result.facts["outcome"] for done in (sent, typed)] == ["locked", "locked"]
    assert desk.handle.patient_id is None


async def test_the_lock_ends_by_itself() -> None:
    desk = clinic_with(TESTA).desk()
    desk.handle = replace(desk.handle, proofs_locked_until=NOW)

    done = await asked_for_code(desk)

    assert len(done.texts) == 1


async def test_a_code_is_not_sent_twice_within_a_minute() -> None:
    desk = clinic_with(TESTA).desk()
    await asked_for_code(desk)

    again = await asked_for_code(desk)

    assert again.texts == ()
    assert again.result.facts["outcome"] == "sent"


async def test_only_a_digest_of_the_code_is_kept() -> None:
    desk = clinic_with(TESTA).desk()

    done = await asked_for_code(desk)

    challenge = changed(done, SaveChallenge).challenge
    assert challenge.digest == code_digest(CODE, challenge.salt)
    assert CODE not in challenge.digest


async def test_a_contact_the_channel_vouches_for_is_the_proof() -> None:
    desk = clinic_with(TESTA).desk()

    done = await prove_by_phone(asks(contact="+15550123"), desk)

    assert changed(done, SaveHandle).handle.proof is ProofKind.CHANNEL_CONTACT
    assert done.result.facts["level"] == Level.PROVEN


async def test_a_shared_number_asks_whose_it_is() -> None:
    desk = clinic_with(TESTA, TWIN).desk()

    asked = await prove_by_phone(asks(contact="+15550123"), desk)
    answered = await prove_by_phone(asks(contact="+15550123", birth_date=TWIN.birth_date), desk)

    assert asked.result.facts["outcome"] == "ask"
    assert asked.changes == ()
    assert changed(answered, SaveHandle).handle.patient_id == TWIN.id


async def test_a_number_nobody_has_proves_nothing() -> None:
    desk = clinic_with(TESTA).desk()

    done = await prove_by_phone(asks(contact="+15550199"), desk)

    assert done.result.facts["outcome"] == "none"
    assert done.changes == ()


async def test_by_text_message_one_question_is_asked_even_when_the_number_is_one_patients() -> None:
    scene = clinic_with(TESTA)
    scene.handle = handle(channel=Channel.SMS, value="+15550123")

    asked = await prove_by_phone(asks(), scene.desk())
    wrong = await prove_by_phone(asks(birth_date=date(1970, 1, 1)), scene.desk())
    right = await prove_by_phone(asks(birth_date=BORN), scene.desk())

    assert [done.result.facts["outcome"] for done in (asked, wrong, right)] == ["ask", "none", "ok"]
    assert changed(right, SaveHandle).handle.proof is ProofKind.SMS_ANSWER


async def test_a_number_typed_by_the_patient_is_no_proof() -> None:
    desk = clinic_with(TESTA).desk()

    done = await prove_by_phone(asks(phone="+15550123", birth_date=BORN), desk)

    assert done.result.facts["outcome"] == "none"


def with_pin(level: int = 2) -> Desk:
    patient = replace(TESTA, pin_digest=pin_digest(PIN, "salt"))
    return proven_scene(level=level, patient=patient).desk()


async def types_pin(desk: Desk, pin: str) -> Done:
    done = await check_pin(asks(pin=pin), desk)
    desk.absorb(done)
    return done


async def test_the_right_pin_is_a_second_factor_for_ten_minutes() -> None:
    desk = with_pin()

    done = await check_pin(asks(pin=PIN), desk)

    saved = changed(done, SaveHandle).handle
    assert saved.level_at(NOW) is Level.SECOND_FACTOR
    assert saved.level_at(NOW + timedelta(minutes=10)) is Level.PROVEN


async def test_the_right_pin_is_no_first_factor() -> None:
    desk = with_pin(level=1)

    done = await check_pin(asks(pin=PIN), desk)

    assert done.result.facts["outcome"] == "wrong"
    assert desk.handle.level_at(NOW) is Level.LINKED


async def test_five_wrong_pins_lock_and_then_the_right_one_is_refused_too() -> None:
    desk = with_pin()
    wrong = [await types_pin(desk, "0000") for _ in range(5)]
    assert [done.result.facts["outcome"] for done in wrong] == ["wrong"] * 4 + ["locked"]

    after = await check_pin(asks(pin=PIN), desk)

    assert after.result.facts["outcome"] == "locked"
    assert desk.handle.level_at(NOW) is Level.PROVEN


async def test_a_patient_without_a_pin_passes_with_none() -> None:
    desk = proven_scene().desk()

    done = await check_pin(asks(pin=""), desk)

    assert done.result.facts["outcome"] == "wrong"
    assert not pin_matches("", "")


NEW: dict[str, str | date] = {"person_name": "Nova Placeholder", "birth_date": date(1990, 1, 2), "phone": "+15550188"}


async def test_a_new_patient_is_linked_pending_and_proves_nothing() -> None:
    done = await register_patient(asks("register_patient", **NEW), Scene().desk())

    patient, saved = changed(done, SavePatient).patient, changed(done, SaveHandle).handle
    assert (patient.given_name, patient.family_name, patient.pending) == ("Nova", "Placeholder", True)
    assert saved.level_at(NOW) is Level.LINKED


async def test_registering_someone_else_from_a_proven_handle_proves_nothing_of_them() -> None:
    done = await register_patient(asks("register_patient", **NEW), proven_scene().desk())

    saved = [change.handle for change in done.changes if isinstance(change, SaveHandle)]
    assert all(item.patient_id == TESTA.id or item.level_at(NOW) <= Level.LINKED for item in saved)


@pytest.mark.parametrize("name", ["", "   "])
async def test_nobody_is_registered_without_a_name(name: str) -> None:
    done = await register_patient(asks(person_name=name, birth_date=BORN), Scene().desk())

    assert done.changes == ()
