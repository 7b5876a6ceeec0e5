"""What each red flag leads to: the reason staff see, and the key of the fixed text the patient gets."""

from __future__ import annotations

from collections.abc import Mapping
from types import MappingProxyType

from domain.handoff import EscalationReason
from domain.safety import SafetyCategory, Urgency

ALARM_KEYS: Mapping[tuple[SafetyCategory, Urgency], str] = MappingProxyType(
    {
        (SafetyCategory.EMERGENCY, Urgency.NOW): "utter_emergency",
        (SafetyCategory.EMERGENCY, Urgency.TODAY): "utter_urgent_today",
        (SafetyCategory.SELF_HARM, Urgency.NOW): "utter_self_harm",
        (SafetyCategory.SELF_HARM, Urgency.TODAY): "utter_self_harm",
        (SafetyCategory.SAFEGUARDING, Urgency.NOW): "utter_safeguarding",
        (SafetyCategory.SAFEGUARDING, Urgency.TODAY): "utter_safeguarding",
    }
)


def alarm_reason(category: SafetyCategory, urgency: Urgency) -> EscalationReason:
    """Why staff get it."""
    match category:
        case SafetyCategory.EMERGENCY:
            return EscalationReason.EMERGENCY if urgency is Urgency.NOW else EscalationReason.NURSE_TODAY
        case SafetyCategory.SELF_HARM:
            return EscalationReason.SELF_HARM
        case SafetyCategory.SAFEGUARDING:
            return EscalationReason.SAFEGUARDING
