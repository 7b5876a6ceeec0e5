"""Someone else in a rehearsal: another patient who books a time that was just shown to ours."""

from __future__ import annotations

from bot.chat_session import ChatSession
from domain.appointment import Appointment, AppointmentStatus, TimeSlot
from domain.changes import SaveAppointment, WriteSet
from domain.ids import AppointmentId, PatientId, SubjectId


async def take_shown(session: ChatSession, number: int) -> None:
    """Book the shown option of that number (from 1) for another patient, past the dialogue. Nothing shown: nothing."""
    program = session.program
    if session.conversation_id is None:
        return
    now = program.blueprint.clock.now()
    conversation = (await program.store.conversations.snapshot(session.conversation_id, now)).conversation
    slots = [option.value for option in conversation.shown if isinstance(option.value, TimeSlot)]
    if number > len(slots):
        return
    other = PatientId(program.blueprint.new_id())
    visit = Appointment(
        id=AppointmentId(program.blueprint.new_id()),
        subject_id=SubjectId(other),
        patient_id=other,
        slot=slots[number - 1],
        status=AppointmentStatus.BOOKED,
        version=1,
        created_at=now,
    )
    await program.store.commits.commit(WriteSet(changes=(SaveAppointment(appointment=visit),)))
