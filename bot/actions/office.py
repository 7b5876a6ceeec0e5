"""What anyone may know of the clinic: hours, places, plans, people and preparation texts."""

from __future__ import annotations

from collections.abc import Mapping, Sequence
from datetime import date, datetime

from bot.actions.desk import Desk, Done, outcome, reply
from domain.clinic import Gender, Insurer, InsurerId, LocalText, Provider, SpecialtyId, TestKindId, Topic
from domain.clinic_topics import HolidaysFact, HoursFact, PhoneFact, ServicesFact, TextFact, TopicFact, facts_about
from domain.dialogue.reply import Local, Named, NameKind, Reply, ReplyValue, Words
from domain.dialogue.turn import ActionRequest, Offered
from domain.ids import SiteId, VisitTypeId
from domain.when import Grain, When

MAX_NAMED = 5


async def answer_clinic_info(request: ActionRequest, desk: Desk) -> Done:
    """Answer a question about the clinic, for the site named or for all."""
    topic, site = request.slots.get("topic"), request.slots.get("site")
    if not isinstance(topic, str) or topic not in set(Topic):
        if isinstance(request.slots.get("when"), When):
            topic = Topic.HOURS.value
        else:
            offers = tuple(Offered(value=item.value, label=Words(key=f"topic_{item.value}")) for item in Topic)
            return Done(result=outcome("ask", offers=offers[:MAX_NAMED]))
    site_id = SiteId(site) if isinstance(site, str) and site != "any" else None
    day = _day(request, desk).astimezone(desk.clinic.zone).date()
    when = request.slots.get("when")
    if topic == Topic.HOLIDAY.value and isinstance(when, When) and when.date_given and when.grain is Grain.DAY:
        topic = Topic.HOURS.value
    facts = facts_about(desk.clinic, Topic(topic), day, site_id)
    told = _closed_everywhere(facts, day) or tuple(_fact(fact, day) for fact in facts)
    return Done(result=outcome("told", *told, slots={"topic": topic}, offers=()))


def _closed_everywhere(facts: Sequence[TopicFact], day: date) -> tuple[Reply, ...]:
    """One sentence where every place is closed for the same holiday."""
    closed = [fact.holiday.name for fact in facts if isinstance(fact, HoursFact) and fact.holiday and not fact.today]
    if len(facts) < 2 or len(closed) < len(facts) or any(name != closed[0] for name in closed):
        return ()
    return (reply("utter_closed_everywhere", {"day": day, "holiday": _local(closed[0])}),)


def _day(request: ActionRequest, desk: Desk) -> datetime:
    when = request.slots.get("when")
    return when.start if isinstance(when, When) and when.start is not None else desk.now


def _fact(fact: TopicFact, day: date) -> Reply:
    site = Named(kind=NameKind.SITE, id=fact.site.id)
    match fact:
        case HoursFact(today=today, holiday=holiday):
            values: dict[str, ReplyValue] = {"site": site, "day": day}
            if not today:
                values |= {"holiday": _local(holiday.name)} if holiday else {}
                return reply("utter_closed_on" if holiday is None else "utter_closed_holiday", values)
            values["hours"] = tuple(f"{item.opens:%H:%M}-{item.closes:%H:%M}" for item in today)
            return reply("utter_hours", values)
        case TextFact(text=text):
            return reply("utter_site_text", {"site": site, "text": _local(text)})
        case PhoneFact(phone=phone):
            return reply("utter_site_phone", {"site": site, "phone": phone})
        case HolidaysFact(holidays=holidays):
            days = tuple(item.on for item in holidays[:MAX_NAMED])
            return reply("utter_holidays" if days else "utter_no_holidays", {"site": site, "days": days})
        case ServicesFact(specialties=specialties):
            names = tuple(Named(kind=NameKind.SPECIALTY, id=item.id) for item in specialties)
            return reply("utter_services", {"site": site, "services": names})


def _local(text: LocalText) -> Local:
    return Local(by_language=dict(text.texts))


async def answer_insurance(request: ActionRequest, desk: Desk) -> Done:
    """The clinic's table of plans: taken where, as of when; an unknown plan goes to billing."""
    table, insurer_id = desk.clinic.insurance, request.slots.get("insurer")
    if isinstance(insurer_id, str) and insurer_id != "any":
        sites = desk.clinic.insured_at(InsurerId(insurer_id))
        named = Named(kind=NameKind.INSURER, id=insurer_id)
        places = tuple(Named(kind=NameKind.SITE, id=item.id) for item in sites)
        key = "utter_plan_taken" if places else "utter_plan_not_taken"
        return Done(result=outcome("told", reply(key, {"plan": named, "sites": places, "as_of": table.as_of})))
    plans = tuple(Named(kind=NameKind.INSURER, id=item.id) for item in _taken(table.insurers)[:8])
    return Done(result=outcome("told", reply("utter_plans", {"plans": plans, "as_of": table.as_of})))


def _taken(insurers: Sequence[Insurer]) -> list[Insurer]:
    return [item for item in insurers if item.site_ids]


async def list_providers(request: ActionRequest, desk: Desk) -> Done:
    """Clinicians for a specialty or a site."""
    specialty, site = request.slots.get("specialty"), request.slots.get("site")
    language, gender = request.slots.get("language"), request.slots.get("gender")
    found = desk.clinic.find_providers(
        language=language if isinstance(language, str) else None,
        gender=Gender(gender) if isinstance(gender, str) and gender in set(Gender) else None,
        specialty_id=SpecialtyId(specialty) if isinstance(specialty, str) and specialty != "any" else None,
        site_id=SiteId(site) if isinstance(site, str) and site != "any" else None,
    )
    if not found:
        return Done(result=outcome("none", reply("utter_no_providers")))
    names = tuple(Named(kind=NameKind.PROVIDER, id=item.id) for item in _people(found)[:8])
    return Done(result=outcome("told", reply("utter_providers", {"providers": names})))


def _people(providers: Sequence[Provider]) -> list[Provider]:
    return [item for item in providers if item.family_name]


async def answer_preparation(request: ActionRequest, desk: Desk) -> Done:
    """The approved preparation text for a kind of visit or test the patient names."""
    test, visit_type = request.slots.get("test"), request.slots.get("visit_type")
    text: LocalText | None = None
    if isinstance(test, str) and test != "any":
        text = desk.clinic.test(TestKindId(test)).preparation
    elif isinstance(visit_type, str):
        text = desk.clinic.visit_type(VisitTypeId(visit_type)).preparation
    else:
        offers: tuple[Offered, ...] = tuple(
            Offered(value=item.id, label=Named(kind=NameKind.VISIT_TYPE, id=item.id))
            for item in desk.clinic.visit_types
            if item.preparation is not None and item.bookable
        )
        return Done(result=outcome("ask", offers=offers[:MAX_NAMED]))
    if text is None:
        return Done(result=outcome("told", reply("utter_no_preparation")))
    values: Mapping[str, ReplyValue] = {"text": _local(text)}
    return Done(result=outcome("told", reply("utter_preparation", values)))
