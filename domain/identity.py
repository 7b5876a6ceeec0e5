"""Who is writing: a handle, the patient it is linked to, how sure we are, and the proofs that make us surer."""

from __future__ import annotations

from dataclasses import dataclass, replace
from datetime import datetime, timedelta
from enum import IntEnum, StrEnum

from domain.ids import ConversationId, HandleId, PatientId, SubjectId
from domain.message import Address


class Level(IntEnum):
    """Assurance level: anyone, a linked handle, proven by possession, proven by a second factor."""

    ANYONE = 0
    LINKED = 1
    PROVEN = 2
    SECOND_FACTOR = 3


class ProofKind(StrEnum):
    """How a level was reached."""

    CODE = "code"
    CHANNEL_CONTACT = "channel_contact"
    SMS_ANSWER = "sms_answer"
    STAFF_PHONE = "staff_phone"
    PIN = "pin"


@dataclass(frozen=True, slots=True, kw_only=True)
class Handle:
    """The other side's address on one channel, and what we know of who stands behind it.

    `subject_id` is the handle's own until a patient is proven and the patient's after (rows already written keep
    theirs). `level` is what was proven last; ask `level_at` for what still holds.
    """

    id: HandleId
    address: Address
    subject_id: SubjectId
    patient_id: PatientId | None = None
    level: Level = Level.ANYONE
    proven_until: datetime | None = None
    second_factor_until: datetime | None = None
    proof: ProofKind | None = None
    frozen: bool = False
    """Wrong or recycled number: nothing clinical goes out until staff lift it."""
    opted_out: bool = False
    suspended: bool = False
    """The channel refuses us (blocked, dead number)."""
    outreach_held: bool = False
    """A death or loss was reported: we start no message until staff have verified it."""
    failed_proofs: int = 0
    """Wrong codes and PINs in a row, over all codes."""
    proofs_locked_until: datetime | None = None

    def proofs_locked(self, now: datetime) -> bool:
        """Whether no proof is taken now: too many were wrong."""
        return self.proofs_locked_until is not None and now < self.proofs_locked_until

    def after_wrong_proof(self, now: datetime, *, most: int, pause: timedelta) -> Handle:
        """The handle after a wrong code or PIN; at the last try allowed, proofs are locked for a while."""
        wrong = self.failed_proofs + 1
        if wrong < most:
            return replace(self, failed_proofs=wrong)
        return replace(self, failed_proofs=0, proofs_locked_until=now + pause)

    def level_at(self, now: datetime) -> Level:
        """The level that holds at a moment: proofs expire, the link itself does not."""
        if self.patient_id is None or self.frozen:
            return Level.ANYONE
        if self.second_factor_until is not None and now < self.second_factor_until:
            return Level.SECOND_FACTOR
        if self.proven_until is not None and now < self.proven_until:
            return Level.PROVEN
        return Level.LINKED

    def proved(
        self, *, patient_id: PatientId, level: Level, proof: ProofKind, now: datetime, span: timedelta
    ) -> Handle:
        """The handle after a proof: linked to the patient, at that level for that span."""
        until = now + span
        second = until if level is Level.SECOND_FACTOR else self.second_factor_until
        proven = until if level is Level.PROVEN else self.proven_until
        return replace(
            self,
            patient_id=patient_id,
            subject_id=SubjectId(patient_id),
            level=level,
            proof=proof,
            failed_proofs=0,
            proven_until=proven,
            second_factor_until=second,
        )


@dataclass(frozen=True, slots=True, kw_only=True)
class Challenge:
    """A one-time code sent to a number on file, bound to one conversation; only a digest of the code is kept."""

    conversation_id: ConversationId
    patient_id: PatientId
    digest: str
    salt: str
    tries_left: int
    expires_at: datetime
