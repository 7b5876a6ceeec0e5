"""The shared inventory of intent and entity names: data, flows, exports and evaluation use exactly these."""

from __future__ import annotations

TASK_INTENTS = frozenset({
    "book_appointment", "reschedule_appointment", "cancel_appointment", "confirm_appointment", "list_appointments",
    "ask_availability", "join_waitlist", "running_late", "check_in", "video_visit_help", "clinic_info",
    "find_provider", "prep_instructions", "referral_status", "results_status", "results_meaning", "request_records",
    "request_letter", "refill_request", "refill_status", "medication_question", "log_dose", "report_side_effect",
    "report_symptom", "emergency", "self_harm", "submit_reading", "care_plan_question", "preventive_care_due",
    "health_education", "request_callback", "insurance_question", "billing_question", "register_patient",
    "update_details", "send_document", "change_preferences", "opt_out", "opt_in", "privacy_request", "manage_proxy",
    "wrong_number", "report_death", "feedback", "complaint", "talk_to_person",
})  # fmt: skip

CONTROL_INTENTS = frozenset({
    "greet", "goodbye", "thanks", "affirm", "deny", "unsure", "help", "repeat", "go_back", "skip", "start_over",
    "stop_task", "bot_challenge", "change_language", "frustration", "chitchat", "out_of_scope",
})  # fmt: skip

INTENTS = TASK_INTENTS | CONTROL_INTENTS

OUT_OF_SCOPE = "out_of_scope"

SAFETY_INTENTS = frozenset({"emergency", "self_harm"})

ENTITIES = frozenset({
    "pharmacy", "relation", "address", "amount", "gender", "kind", "purpose", "channel", "date", "time",
    "date_range", "time_of_day", "duration", "ordinal", "count", "provider", "visit_type", "specialty", "site",
    "modality", "medicine", "dose", "test_name", "symptom", "body_part", "severity", "reading_kind",
    "reading_value", "unit", "insurer", "topic", "person_name", "birth_date", "phone", "email", "language",
    "rating", "code",
})  # fmt: skip
