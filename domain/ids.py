"""Identifiers: opaque strings (UUIDv7 text, or a name the clinic chose), distinct to the type checker."""

from __future__ import annotations

from typing import NewType

ConversationId = NewType("ConversationId", str)
HandleId = NewType("HandleId", str)
PatientId = NewType("PatientId", str)
SubjectId = NewType("SubjectId", str)
"""Whose key seals a row: a handle's id until a patient is proven, the patient's id after."""
InboundId = NewType("InboundId", str)
OutboxId = NewType("OutboxId", str)
TurnId = NewType("TurnId", str)
EntryId = NewType("EntryId", str)
HandoffId = NewType("HandoffId", str)
AppointmentId = NewType("AppointmentId", str)
HoldId = NewType("HoldId", str)
PromiseId = NewType("PromiseId", str)
StaffId = NewType("StaffId", str)

ProviderId = NewType("ProviderId", str)
SiteId = NewType("SiteId", str)
VisitTypeId = NewType("VisitTypeId", str)
