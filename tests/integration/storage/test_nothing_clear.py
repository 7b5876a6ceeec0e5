"""After traffic through every kind of row, no file of the home holds what patients wrote or who they are."""

import base64
import json
import logging
import traceback
import urllib.parse
from dataclasses import replace
from datetime import date, timedelta
from itertools import count
from pathlib import Path

import pytest

from domain.changes import (
    PlaceHold,
    SaveAppointment,
    SaveChallenge,
    SaveHandoff,
    SavePromise,
    WriteSet,
)
from domain.clinic_text import LocalText
from domain.errors import StaleVersionError
from domain.handoff import Owner, OwnerKind
from domain.identity import Challenge
from domain.ids import HandoffId, HoldId, PatientId, PromiseId, ProviderId, SiteId, VisitTypeId
from domain.medicine import Medicine, MedicineId
from domain.message import Address, Button, Channel, InboundMessage, OutboundMessage, Unsupported, UnsupportedKind
from domain.promise import Promise, PromiseKind
from domain.results import ResultId, ResultStatus, TestResult
from domain.safety import SafetyCategory, SafetyVerdict, Urgency
from tests.builders.storage import NOON, Desk, a_hold, a_patient, a_slot, a_visit, desk_at, event, handoff

ROUNDS = 9


class Canaries:
    """Words found nowhere else, numbered."""

    def __init__(self) -> None:
        self._numbers = count()
        self.planted: list[str] = []

    def __call__(self) -> str:
        word = f"canary{next(self._numbers):04d}zqx"
        self.planted.append(word)
        return word


def spellings(word: str) -> set[bytes]:
    """The forms in which a word could lie in a file."""
    raw = word.encode()
    found = {raw, word.encode("utf-16-le"), word.encode("utf-16-be"), raw.hex().encode(), raw.upper()}
    found |= {urllib.parse.quote(word).encode(), json.dumps(word).encode()}
    for shift in range(3):
        # Base64 of the word at each of the three offsets, without the characters its neighbours would change.
        found.add(base64.b64encode(b"-" * shift + raw)[4 * bool(shift) : -4])
    return found


async def one_round(desk: Desk, canary: Canaries, number: int) -> None:
    store = desk.store
    patient_id = f"patient-{number}"
    patient = replace(
        a_patient(patient_id, given=canary(), family=canary(), born=date(1950 + number, 1, 2), phones=(canary(),)),
        email=canary(),
        mrn=canary(),
    )
    result = TestResult(
        id=ResultId(f"result-{number}"),
        patient_id=patient.id,
        test_name=canary(),
        status=ResultStatus.FINAL,
        collected_at=NOON,
        text=LocalText(texts=(("en", canary()),), default="en"),
    )
    medicine = Medicine(
        id=MedicineId(f"medicine-{number}"),
        patient_id=patient.id,
        prescriber_id=ProviderId(canary()),
        kind=canary(),
        strength=canary(),
        pharmacy=canary(),
        filled_on=date(2026, 1, 1),
        days_supplied=30,
        refills_left=1,
    )
    await store.seed(patients=[patient], results=[result], medicines=[medicine], audit=event("seeded", detail=canary()))
    sender = Address(channel=Channel.WEB, account="site", value=canary())
    verdict = SafetyVerdict(category=SafetyCategory.SELF_HARM, urgency=Urgency.NOW, rule=canary(), language="en")
    content = Unsupported(kind=UnsupportedKind.PHOTO, caption=canary())
    delivery = InboundMessage(sender=sender, external_id=canary(), content=content, sent_at=NOON)
    accepted = await store.inbox.accept(delivery, verdict=verdict, received_at=NOON, language=canary())
    await desk.link(accepted.conversation_id, PatientId(patient_id))
    await a_turn_of_everything(desk, canary, number, accepted.conversation_id)


async def a_turn_of_everything(desk: Desk, canary: Canaries, number: int, conversation_id: str) -> None:
    snapshot = await desk.snapshot(conversation_id)
    subject = snapshot.handle.subject_id
    slot = replace(a_slot(NOON + timedelta(days=number)), visit_type_id=VisitTypeId(canary()), site_id=SiteId(canary()))
    held = replace(slot, starts_at=slot.ends_at, ends_at=slot.ends_at + timedelta(minutes=30))
    visit = replace(a_visit(f"visit-{number}", patient_id=snapshot.handle.patient_id), slot=slot)
    visit = replace(visit, reason=canary(), note=canary())
    case = replace(handoff(snapshot, HandoffId(f"case-{number}")), summary=canary(), outcome=canary())
    promise = Promise(
        id=PromiseId(f"promise-{number}"),
        conversation_id=snapshot.conversation.id,
        subject_id=subject,
        kind=PromiseKind.CALLBACK,
        queue="front-desk",
        detail=canary(),
        made_at=NOON,
        due_at=NOON,
    )
    challenge = Challenge(
        conversation_id=snapshot.conversation.id,
        patient_id=PatientId(canary()),
        digest=canary(),
        salt=canary(),
        tries_left=5,
        expires_at=NOON,
    )
    changes = (
        SaveAppointment(appointment=visit),
        PlaceHold(hold=replace(a_hold(snapshot.conversation.id, HoldId(f"hold-{number}")), slot=held)),
        SavePromise(promise=promise),
        SaveChallenge(challenge=challenge),
        SaveHandoff(handoff=case),
    )
    write = desk.turn_on(snapshot, *changes, reply=canary())
    (entry,) = write.transcript[-1:]
    (item,) = write.outbox
    queued = replace(
        write.conversation or snapshot.conversation,
        owner=Owner(kind=OwnerKind.QUEUE, id="front-desk"),
        last_keys=(canary(),),
        language=canary(),
    )
    buttons = (Button(label=canary(), payload=canary()),)
    await desk.store.commits.commit(
        replace(
            write,
            conversation=queued,
            transcript=(replace(entry, buttons=buttons),),
            outbox=(replace(item, message=OutboundMessage(text=canary(), buttons=buttons)),),
            audit=(event("turn.taken", subject=subject, detail=canary()),),
        )
    )


async def test_no_canary_lies_in_any_file_or_log(tmp_path: Path, caplog: pytest.LogCaptureFixture) -> None:
    caplog.set_level(logging.DEBUG)
    canary, home = Canaries(), tmp_path / "home"
    async with desk_at(home) as desk:
        for number in range(ROUNDS):
            await one_round(desk, canary, number)
        await desk.store.audit.checkpoint(NOON)
        with pytest.raises(StaleVersionError) as caught:
            await one_round(desk, canary, 0)
        while_open = {path: path.read_bytes() for path in home.rglob("*") if path.is_file()}
        await desk.store.truncate_wal()
        assert (await desk.store.check()).problems == ()
    after = {path: path.read_bytes() for path in home.rglob("*") if path.is_file()}

    assert len(canary.planted) >= 200
    assert any(path.name.endswith("-wal") and data for path, data in while_open.items())
    haystacks = [
        *while_open.values(),
        *after.values(),
        caplog.text.encode(),
        "".join(traceback.format_exception(caught.value)).encode(),
    ]
    for word in canary.planted:
        for spelling in spellings(word):
            assert not any(spelling in haystack for haystack in haystacks), word


async def test_the_scan_finds_what_is_left_in_the_clear(tmp_path: Path) -> None:
    """The scan itself can fail: a staff member's display name is clear on purpose."""
    canary, home = Canaries(), tmp_path / "home"
    async with desk_at(home) as desk:
        await desk.store.commits.commit(WriteSet(audit=(event("read", object_id=canary()),)))

    data = (home / "data" / "wellspoken.db").read_bytes()
    assert any(spelling in data for spelling in spellings(canary.planted[0]))


async def test_the_wal_is_empty_after_it_was_truncated(tmp_path: Path) -> None:
    async with desk_at(tmp_path) as desk:
        await desk.accept()
        wal = tmp_path / "data" / "wellspoken.db-wal"
        before = wal.stat().st_size
        await desk.store.truncate_wal()

        assert before > 0
        assert wal.stat().st_size == 0


async def test_times_and_providers_of_visits_are_clear_and_no_patient_is_named_beside_them(tmp_path: Path) -> None:
    async with desk_at(tmp_path) as desk:
        await desk.store.seed(appointments=[a_visit(patient_id="patient-7")], audit=event("seeded"))
        columns = await desk.counted("SELECT group_concat(name) FROM pragma_table_info('appointments')")

    assert columns == "id,subject_id,patient_ref,provider_id,starts_at,ends_at,status,version,changed_at,sealed"
