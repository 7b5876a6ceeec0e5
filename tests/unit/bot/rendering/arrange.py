"""Builders for the rendering tests: one instant, a small catalogue, a visit, someone to render for."""

from collections.abc import Callable
from datetime import UTC, datetime

from bot.rendering.renderer import CatalogueRenderer
from domain.appointment import TimeSlot
from domain.clinic import Clinic
from domain.identity import Level
from domain.ids import ProviderId, SiteId, VisitTypeId
from domain.message import Channel
from domain.ports import Audience

MakeRenderer = Callable[..., CatalogueRenderer]

NOW = datetime(2026, 3, 2, 15, 0, tzinfo=UTC)
"""Monday, March 2, 2026, 10 in the morning in the demo clinic's zone."""

RESPONSES = """
version: "1"
responses:
  utter_menu: "What do you need? You can ask for a person."
  utter_withheld: "I can say more once I know who you are."
  utter_hello: "Hello from {clinic}."
  utter_booked: {level: 2, text: "Booked: {slot}."}
  utter_which: "Which one?"
  utter_again_only: "Your visit: {slot}."
  utter_again_only_again: "Your visit, yes or no?"
  utter_sure: "Shall I book it?"
  utter_for: "{visit_type}: shall I book it?"
  utter_due: "They answer by {due}."
  utter_call: "Call {phone}."
  utter_task: "Back to {task}."
  utter_open: "Open {hours}."
  utter_result: {level: 3, text: "{test}: {text}"}
  utter_emergency: {safety: true, text: "Call {emergency} now."}
  utter_self_harm: {safety: true, text: "Call {crisis} now."}
  utter_safeguarding: {safety: true, text: "In danger: call {emergency}."}
  utter_urgent_today: {safety: true, text: "A nurse must hear this today."}
  flow_book_appointment: "booking a visit"
  button_yes: "Yes"
  button_no: "No"
  any_time: "any time"
"""


def slot(clinic: Clinic, *, provider: str = "lee_grace", hour: int = 15, day: int = 5) -> TimeSlot:
    """A visit in March 2026 at a local hour."""
    return TimeSlot(
        provider_id=ProviderId(provider),
        site_id=SiteId("downtown"),
        visit_type_id=VisitTypeId("skin_visit"),
        starts_at=datetime(2026, 3, day, hour, 0, tzinfo=clinic.zone),
        ends_at=datetime(2026, 3, day, hour, 20, tzinfo=clinic.zone),
    )


def audience(
    *, level: Level = Level.PROVEN, language: str = "en", channel: Channel = Channel.WEB, discreet: bool = False
) -> Audience:
    """Someone to render for."""
    return Audience(language=language, level=level, channel=channel, discreet=discreet)
