"""Who is writing: a match by name and birth date proves nothing; a code to the number on file, or a PIN, does.

What is said is the same whether or not a record was found, so nobody learns who is a patient here.
"""

from __future__ import annotations

import hashlib
import hmac
from dataclasses import replace
from datetime import date, timedelta

from bot.actions.desk import Desk, Done, PhoneText, outcome, reply, with_changes, with_facts
from bot.actions.matching import one_match
from domain.audit import AuditAction
from domain.changes import Change, DropChallenge, SaveChallenge, SaveHandle, SavePatient
from domain.dialogue.turn import ActionRequest, ActionResult
from domain.identity import Challenge, Level, ProofKind
from domain.ids import PatientId
from domain.patient import Patient

PROOF_PAUSE = timedelta(hours=1)
"""How long no proof is taken after too many wrong ones."""

_REST = timedelta(minutes=1)
_NOBODY = PatientId("")
"""A challenge nobody can pass: no record matched, and the patient must not be able to tell."""


async def send_code(request: ActionRequest, desk: Desk) -> Done:
    """Send a code to the number on file of the one record that matches; otherwise only seem to.

    A code sent within the last minute is not sent again; where none went out, a name told anew is looked up anew.
    """
    if desk.handle.proofs_locked(desk.now):
        return Done(result=outcome("locked", reply("utter_code_locked")))
    sent = desk.challenge is not None and desk.challenge.patient_id != _NOBODY
    if desk.challenge is not None and sent and desk.challenge.expires_at - desk.clinic.spans.code + _REST > desk.now:
        return Done(result=outcome("sent", slots={"code": None}))
    patient = await _matched(request, desk)
    code, salt = desk.office.new_code(), desk.new_id()
    phone = patient.phones[0] if patient is not None and patient.phones else None
    reachable = patient is not None and phone is not None and desk.office.text_address is not None
    if desk.handle.patient_id is not None and not reachable:
        return Done(result=outcome("no_phone"))
    challenge = Challenge(
        conversation_id=desk.conversation_id,
        patient_id=patient.id if patient is not None and reachable else _NOBODY,
        digest=code_digest(code, salt),
        salt=salt,
        tries_left=desk.clinic.spans.code_tries,
        expires_at=desk.now + desk.clinic.spans.code,
    )
    texts: tuple[PhoneText, ...] = ()
    if phone is not None and desk.office.text_address is not None:
        to = desk.office.text_address(phone)
        texts = (PhoneText(to=to, reply=reply("sms_code", {"code": code}), expires_at=challenge.expires_at),)
    event = desk.event("identity.code_issued", AuditAction.EXECUTE, object_type="handle", object_id=desk.handle.id)
    return Done(
        result=outcome("sent", slots={"code": None}),
        changes=(SaveChallenge(challenge=challenge),),
        audit=(event,),
        texts=texts,
    )


async def _matched(request: ActionRequest, desk: Desk) -> Patient | None:
    if desk.handle.patient_id is not None:
        return desk.patient
    name, born = request.slots.get("person_name"), request.slots.get("birth_date")
    if not isinstance(name, str) or not isinstance(born, date):
        return None
    return await one_match(desk.office.patients, name=name, born=born)


async def prove_by_phone(request: ActionRequest, desk: Desk) -> Done:
    """A number the channel itself vouches for is the proof; where several patients share it, a birth date tells whose.

    On a channel whose address is the phone, one answered question in the thread is asked for as well.
    """
    can_prove = desk.can_prove_phone
    contact = request.slots.get("contact")
    phone = desk.handle.address.value if can_prove else contact if isinstance(contact, str) else ""
    born = request.slots.get("birth_date")
    found = await desk.office.patients.with_phone(phone) if phone else ()
    if isinstance(born, date):
        found = tuple(patient for patient in found if patient.birth_date == born)
    elif len(found) > 1 or can_prove:
        return Done(result=outcome("ask"))
    if len(found) != 1:
        event = desk.event(
            "identity.phone_unknown", AuditAction.EXECUTE, object_type="handle", object_id=desk.handle.id
        )
        return with_changes(outcome("none"), audit=(event,))
    return await _proved(desk, found[0].id, ProofKind.SMS_ANSWER if can_prove else ProofKind.CHANNEL_CONTACT)


async def check_code(request: ActionRequest, desk: Desk) -> Done:
    """Check a typed code: used once, a few tries, a few minutes; a wrong one says only how many are left."""
    challenge, typed = desk.challenge, str(request.slots.get("code", ""))
    drop = DropChallenge(conversation_id=desk.conversation_id)
    if desk.handle.proofs_locked(desk.now):
        return with_changes(outcome("locked", reply("utter_code_locked")), drop)
    if challenge is None or challenge.expires_at <= desk.now:
        return with_changes(outcome("expired", reply("utter_code_expired")), drop)
    right = hmac.compare_digest(code_digest(typed, challenge.salt), challenge.digest)
    if right and challenge.patient_id != _NOBODY:
        return await _proved(desk, challenge.patient_id, ProofKind.CODE)
    save = SaveChallenge(challenge=replace(challenge, tries_left=challenge.tries_left - 1))
    return _wrong(desk, "utter_code_wrong", "identity.code_wrong", save)


def _wrong(desk: Desk, key: str, event_name: str, *changes: Change) -> Done:
    """A wrong code or PIN: the tries count over all codes, so asking for another gives none back."""
    handle = desk.handle.after_wrong_proof(desk.now, most=desk.clinic.spans.code_tries, pause=PROOF_PAUSE)
    event = desk.event(event_name, AuditAction.EXECUTE, object_type="handle", object_id=desk.handle.id)
    if handle.proofs_locked(desk.now):
        drop = DropChallenge(conversation_id=desk.conversation_id)
        result = outcome("locked", reply("utter_code_locked"))
        return with_changes(result, SaveHandle(handle=handle), drop, audit=(event,))
    left = desk.clinic.spans.code_tries - handle.failed_proofs
    result = outcome("wrong", reply(key, {"tries": left}))
    return with_changes(result, SaveHandle(handle=handle), *changes, audit=(event,))


async def _proved(desk: Desk, patient_id: PatientId, proof: ProofKind) -> Done:
    patient = desk.patient if desk.patient and desk.patient.id == patient_id else None
    patient = patient or await desk.office.patients.get(patient_id)
    if patient is None:
        return Done(result=outcome("locked", reply("utter_code_expired")))
    desk.patient = patient
    desk.appointments |= {item.id: item for item in await desk.calendar.of_patient(patient_id)}
    desk.proven_results = await desk.office.patients.results(patient_id)
    handle = desk.handle.proved(
        patient_id=patient_id,
        level=Level.PROVEN,
        proof=proof,
        now=desk.now,
        span=desk.clinic.spans.level_2,
    )
    event = desk.event("identity.proved", AuditAction.UPDATE, object_type="handle", object_id=desk.handle.id)
    return with_changes(
        _level(outcome("ok", reply("utter_proved")), Level.PROVEN, patient),
        SaveHandle(handle=handle),
        DropChallenge(conversation_id=desk.conversation_id),
        audit=(event,),
    )


def _level(result: ActionResult, level: Level, patient: Patient) -> ActionResult:
    return with_facts(result, level=int(level), linked=True, has_pin=bool(patient.pin_digest))


async def check_pin(request: ActionRequest, desk: Desk) -> Done:
    """Check the patient's PIN: the second factor for clinical content, only after the first."""
    if desk.handle.proofs_locked(desk.now):
        return Done(result=outcome("locked", reply("utter_code_locked")))
    typed = str(request.slots.get("pin", ""))
    proven = desk.handle.level_at(desk.now) >= Level.PROVEN
    if desk.patient is None or not proven or not pin_matches(typed, desk.patient.pin_digest):
        return _wrong(desk, "utter_pin_wrong", "identity.pin_wrong")
    handle = desk.handle.proved(
        patient_id=desk.patient.id,
        level=Level.SECOND_FACTOR,
        proof=ProofKind.PIN,
        now=desk.now,
        span=desk.clinic.spans.level_3,
    )
    event = desk.event("identity.second_factor", AuditAction.UPDATE, object_type="handle", object_id=handle.id)
    result = with_facts(outcome("ok"), level=int(Level.SECOND_FACTOR))
    return with_changes(result, SaveHandle(handle=handle), audit=(event,))


async def register_patient(request: ActionRequest, desk: Desk) -> Done:
    """A pending record for someone new: it links the handle, proves nothing, and waits for staff to check it."""
    name, born = str(request.slots.get("person_name", "")).strip(), request.slots.get("birth_date")
    if not isinstance(born, date) or not name:
        return Done(result=outcome("refused", reply("utter_not_booked")))
    *given, family = name.split()
    phone = request.slots.get("phone")
    patient = Patient(
        id=PatientId(desk.new_id()),
        given_name=" ".join(given) or family,
        family_name=family,
        birth_date=born,
        phones=(phone,) if isinstance(phone, str) else (),
        language=desk.snapshot.conversation.language,
        pending=True,
    )
    handle = replace(
        desk.handle,
        patient_id=patient.id,
        subject_id=patient.subject_id,
        level=Level.LINKED,
        proof=None,
        proven_until=None,
        second_factor_until=None,
    )
    event = desk.event("patient.registered", AuditAction.CREATE, object_type="patient", object_id=patient.id)
    desk.patient = patient
    result = with_facts(outcome("registered"), linked=True)
    return with_changes(result, SavePatient(patient=patient), SaveHandle(handle=handle), audit=(event,))


def code_digest(code: str, salt: str) -> str:
    """A salted SHA-256 of a code: six digits live ten minutes and five tries, so a slow hash would add nothing."""
    return hashlib.sha256(f"{salt}:{code}".encode()).hexdigest()


def pin_digest(pin: str, salt: str) -> str:
    """A PIN's stored form "salt$hex": scrypt with N=2^14, r=8, p=1 (RFC 7914)."""
    return f"{salt}${hashlib.scrypt(pin.encode(), salt=salt.encode(), n=2**14, r=8, p=1).hex()}"


def pin_matches(pin: str, stored: str) -> bool:
    """Whether a PIN is the stored one; no stored one matches nothing."""
    salt, _, expected = stored.partition("$")
    return bool(expected) and hmac.compare_digest(pin_digest(pin, salt).partition("$")[2], expected)
