"""What each sealed column holds, and the register of domain types that may appear inside one."""

from __future__ import annotations

from dataclasses import dataclass

from domain.appointment import Appointment, AppointmentStatus, Hold, Modality, TimeSlot
from domain.clinic_text import LocalText
from domain.codec import Codec
from domain.handoff import EscalationReason, Handoff, HandoffStatus
from domain.identity import Challenge, Handle, Level, ProofKind
from domain.medicine import Medicine, RefillStatus
from domain.message import (
    Address,
    Button,
    Channel,
    ContactShared,
    InboundMessage,
    OutboundMessage,
    Press,
    Text,
    Unsupported,
    UnsupportedKind,
)
from domain.patient import Patient
from domain.promise import Promise, PromiseKind
from domain.results import HoldReason, ResultStatus, TestResult
from domain.safety import SafetyCategory, SafetyVerdict, Urgency
from storage.crypto.cells import Column
from storage.transaction import SealedForm


@dataclass(frozen=True, slots=True, kw_only=True)
class SealedDelivery:
    """An accepted message with the verdict given on it."""

    message: InboundMessage
    verdict: SafetyVerdict | None


@dataclass(frozen=True, slots=True, kw_only=True)
class SealedWords:
    """What was said, and the buttons under it."""

    text: str
    buttons: tuple[Button, ...]


@dataclass(frozen=True, slots=True, kw_only=True)
class SealedParcel:
    """A message and where it goes."""

    to: Address
    message: OutboundMessage


_CODEC = Codec(
    (
        Address, Appointment, AppointmentStatus, Button, Challenge, Channel, ContactShared, EscalationReason, Handle,
        Handoff, HandoffStatus, Hold, HoldReason, InboundMessage, Level, LocalText, Modality, OutboundMessage, Patient,
        Medicine, Press, Promise, PromiseKind, ProofKind, RefillStatus, ResultStatus, SafetyCategory,
        SafetyVerdict, SealedDelivery, SealedParcel, SealedWords, TestResult, Text, TimeSlot, Unsupported,
        UnsupportedKind, Urgency,
    )
)  # fmt: skip

HANDLE = SealedForm(Column("handles", "sealed"), Handle, _CODEC)
DELIVERY = SealedForm(Column("inbox", "sealed"), SealedDelivery, _CODEC)
WORDS = SealedForm(Column("transcript", "body"), SealedWords, _CODEC)
PARCEL = SealedForm(Column("outbox", "body"), SealedParcel, _CODEC)
PATIENT = SealedForm(Column("patients", "sealed"), Patient, _CODEC)
RESULT = SealedForm(Column("results", "sealed"), TestResult, _CODEC)
MEDICINE = SealedForm(Column("medicines", "sealed"), Medicine, _CODEC)
APPOINTMENT = SealedForm(Column("appointments", "sealed"), Appointment, _CODEC)
HOLD = SealedForm(Column("holds", "sealed"), Hold, _CODEC)
HANDOFF = SealedForm(Column("handoffs", "sealed"), Handoff, _CODEC)
PROMISE = SealedForm(Column("promises", "sealed"), Promise, _CODEC)
CHALLENGE = SealedForm(Column("challenges", "sealed"), Challenge, _CODEC)

STATE = Column("conversations", "state")
"""Holds what domain.dialogue.snapshot makes of a conversation."""

DETAIL = Column("audit_details", "sealed")
"""Holds a salt and an audit event's detail."""
