"""The tables of version 1. Whatever a patient wrote, or what describes one, is in a sealed column."""

from __future__ import annotations

from sqlalchemy import CheckConstraint, Column, Index, Integer, Text, UniqueConstraint
from sqlalchemy import text as sql

from storage.schema import digest, instant, key, number, ref, sealed, table, text

meta = table("meta", key("name"), text("value"))

handles = table(
    "handles",
    key(),
    digest("address_ref", unique=True),
    text("subject_id"),
    digest("patient_ref", null=True),
    sealed(),
)
Index("handles_by_patient", handles.c.patient_ref)

conversations = table(
    "conversations",
    key(),
    ref("handle_id", "handles.id", unique=True),
    text("owner_kind", check="owner_kind IN ('bot', 'queue', 'person')"),
    text("owner_id", null=True),
    number("fence", default=0),
    number("state_version", default=1),
    number("last_recv_seq", default=0),
    number("last_entry_seq", default=0),
    number("last_out_seq", default=0),
    instant("last_patient_at", null=True),
    sealed("state"),
    CheckConstraint("(owner_kind = 'bot') = (owner_id IS NULL)", name="one_owner"),
)

inbox = table(
    "inbox",
    key(),
    ref("conversation_id", "conversations.id"),
    number("seq"),
    text("channel"),
    text("account"),
    digest("delivery_ref", unique=True),
    text("subject_id"),
    instant("received_at"),
    text("status", check="status IN ('new', 'done')"),
    text("turn_id", null=True),
    number("audit_seq"),
    sealed(),
    UniqueConstraint("conversation_id", "seq"),
)
WAITING = "inbox.status = 'new'"
Index("inbox_new", inbox.c.conversation_id, inbox.c.seq, sqlite_where=inbox.c.status == "new")
Index("inbox_by_audit", inbox.c.audit_seq)

transcript = table(
    "transcript",
    key(),
    ref("conversation_id", "conversations.id"),
    number("seq"),
    text("subject_id"),
    text("turn_id"),
    instant("at"),
    text("author"),
    text("author_id", null=True),
    text("key"),
    number("audit_seq"),
    sealed("body"),
    UniqueConstraint("conversation_id", "seq"),
)
Index("transcript_by_audit", transcript.c.audit_seq)

outbox = table(
    "outbox",
    key(),
    ref("conversation_id", "conversations.id"),
    ref("handle_id", "handles.id"),
    text("subject_id"),
    text("turn_id"),
    number("ordinal"),
    number("seq"),
    text("lane"),
    text("resend"),
    text("status"),
    number("doubtful", default=0),
    number("attempts"),
    instant("not_before"),
    instant("expires_at", null=True),
    text("about_appointment", null=True),
    number("about_version", null=True),
    text("provider_id"),
    text("error"),
    sealed("body"),
    UniqueConstraint("turn_id", "ordinal"),
    UniqueConstraint("conversation_id", "seq"),
)
UNSENT = "status IN ('pending', 'sending', 'ambiguous')"
Index("outbox_unsent", outbox.c.conversation_id, outbox.c.seq, sqlite_where=sql(UNSENT))
Index("outbox_about", outbox.c.about_appointment, sqlite_where=sql("about_appointment IS NOT NULL"))

patients = table(
    "patients",
    key(),
    text("subject_id"),
    number("name_birth_ref"),
    digest("mrn_ref", null=True, unique=True),
    sealed(),
)
Index("patients_by_name_birth", patients.c.name_birth_ref)

patient_phones = table(
    "patient_phones",
    Column("phone_ref", digest("phone_ref").type, primary_key=True),
    ref("patient_id", "patients.id", primary=True),
    sqlite_with_rowid=False,
)
Index("phones_of_patient", patient_phones.c.patient_id)

results = table("results", key(), text("subject_id"), sealed())
Index("results_of_subject", results.c.subject_id)

medicines = table("medicines", key(), text("subject_id"), sealed())
Index("medicines_of_subject", medicines.c.subject_id)

LIVE = "status IN ('requested', 'booked', 'confirmed', 'arrived')"
appointments = table(
    "appointments",
    key(),
    text("subject_id"),
    digest("patient_ref", null=True),
    text("provider_id"),
    instant("starts_at"),
    instant("ends_at"),
    text("status"),
    number("version"),
    instant("changed_at"),
    sealed(),
)
Index("appointments_of_patient", appointments.c.patient_ref)
Index("appointments_live_by_start", appointments.c.starts_at, sqlite_where=sql(LIVE))

holds = table(
    "holds",
    key(),
    ref("conversation_id", "conversations.id", unique=True),
    text("subject_id"),
    text("provider_id"),
    instant("starts_at"),
    instant("ends_at"),
    instant("expires_at"),
    sealed(),
)
Index("holds_by_end", holds.c.ends_at)

slot_cells = table(
    "slot_cells",
    key("provider_id"),
    Column("cell_at", instant("cell_at").type, primary_key=True),
    text("holder_kind", check="holder_kind IN ('hold', 'visit')"),
    text("holder_id"),
    instant("expires_at", null=True),
    CheckConstraint("(holder_kind = 'hold') = (expires_at IS NOT NULL)", name="holds_expire"),
    sqlite_with_rowid=False,
)
Index("cells_of_holder", slot_cells.c.holder_id)

leave = table(
    "leave",
    key("provider_id"),
    Column("starts_at", instant("starts_at").type, primary_key=True),
    Column("ends_at", instant("ends_at").type, primary_key=True),
    CheckConstraint("starts_at < ends_at", name="lasts"),
    sqlite_with_rowid=False,
)
Index("leave_by_end", leave.c.ends_at)

handoffs = table(
    "handoffs",
    key(),
    ref("conversation_id", "conversations.id"),
    text("subject_id"),
    text("queue"),
    text("status", check="status IN ('open', 'claimed', 'closed')"),
    text("claimed_by", null=True),
    number("urgent"),
    instant("due_at"),
    number("version"),
    sealed(),
    CheckConstraint("status <> 'claimed' OR claimed_by IS NOT NULL", name="claimed_by_someone"),
)
Index("handoffs_by_status", handoffs.c.status, handoffs.c.urgent, handoffs.c.due_at)
Index("one_case_a_conversation", handoffs.c.conversation_id, unique=True, sqlite_where=sql("status <> 'closed'"))

promises = table(
    "promises",
    key(),
    ref("conversation_id", "conversations.id"),
    text("subject_id"),
    instant("due_at"),
    instant("kept_at", null=True),
    number("version"),
    sealed(),
)
Index("promises_open", promises.c.conversation_id, promises.c.due_at, sqlite_where=sql("kept_at IS NULL"))

timers = table(
    "timers",
    ref("conversation_id", "conversations.id", primary=True),
    key("kind"),
    instant("due_at"),
    sqlite_with_rowid=False,
)
Index("timers_due", timers.c.due_at)

reminders = table(
    "reminders",
    key("rule"),
    ref("appointment_id", "appointments.id", primary=True),
    Column("due_at", instant("due_at").type, primary_key=True),
    number("version"),
    ref("conversation_id", "conversations.id"),
    text("outcome", null=True),
    sqlite_with_rowid=False,
)
Index("reminders_open", reminders.c.due_at, sqlite_where=sql("outcome IS NULL"))

challenges = table("challenges", ref("conversation_id", "conversations.id", primary=True), text("subject_id"), sealed())

staff_accounts = table(
    "staff_accounts",
    key(),
    Column("username", Text, nullable=False, unique=True),
    text("display_name"),
    text("roles"),
    text("password_digest"),
    number("disabled"),
)

staff_sessions = table(
    "staff_sessions",
    key("token_digest"),
    ref("staff_id", "staff_accounts.id"),
    instant("created_at"),
    instant("last_seen_at"),
    instant("expires_at"),
    text("csrf"),
)

audit_log = table(
    "audit_log",
    key("log_id"),
    Column("seq", Integer, primary_key=True, autoincrement=False),
    number("format"),
    instant("at"),
    text("actor_kind"),
    text("actor_id"),
    text("action"),
    text("event"),
    text("subject_id", null=True),
    text("object_type"),
    text("object_id"),
    text("purpose"),
    text("outcome"),
    digest("detail_commit", null=True),
    digest("content_digest", null=True),
    digest("prev_hash"),
    digest("entry_hash"),
    UniqueConstraint("log_id", "prev_hash"),
    sqlite_with_rowid=False,
)

audit_details = table(
    "audit_details",
    key("log_id"),
    Column("seq", Integer, primary_key=True, autoincrement=False),
    text("subject_id"),
    sealed(),
    sqlite_with_rowid=False,
)

audit_head = table("audit_head", key("log_id"), number("size"), digest("head_hash"), digest("frontier"), digest("mac"))

APPEND_ONLY = ("audit_log", "audit_details", "transcript")
"""Triggers forbid changing or removing their rows."""
