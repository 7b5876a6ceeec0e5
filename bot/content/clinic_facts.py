"""clinic.yml -> Clinic: strict, so that a clinic learns of a mistake when it saves the file, not from a patient."""

from __future__ import annotations

import re
from datetime import timedelta
from pathlib import Path
from zoneinfo import ZoneInfo, ZoneInfoNotFoundError

from bot.content.clinic_people import read_provider, read_site, read_visit_type
from bot.content.clinic_readers import Ids, Readers, ranges, span, weekly_hours
from bot.content.yaml_source import Fields, Located, read_yaml
from domain.clinic import (
    NOTHING_RELEASED,
    USUAL_SPANS,
    Clinic,
    Holiday,
    Insurer,
    InsurerId,
    InsurerTable,
    MedicineKind,
    MedicineKindId,
    Queue,
    QueueId,
    ReleasePolicy,
    Sensitivity,
    Spans,
    Specialty,
    SpecialtyId,
    TestKind,
    TestKindId,
)
from domain.errors import ContentError
from domain.handoff import EscalationReason
from domain.ids import SiteId, VisitTypeId
from domain.intents import INTENTS
from domain.promise import PromiseKind
from domain.results import ResultStatus

_LANGUAGE = re.compile(r"[a-z]{2,3}")
_REASONS = frozenset({*INTENTS, *EscalationReason, *PromiseKind})
_REQUIRED = (
    "clinic",
    "sites",
    "specialties",
    "visit_types",
    "providers",
    "queues",
    "insurance",
)
_OPTIONAL = ("holidays", "tests", "medicines", "spans", "release", "routes")


def load_clinic(path: Path) -> Clinic:
    """Read a clinic's facts from a file. Raises ContentError, with the file as it was named and the line."""
    try:
        text = path.read_text(encoding="utf-8")
    except OSError as error:
        raise ContentError(file=str(path), line=1, found=str(error.strerror), expected="a readable file") from error
    except UnicodeDecodeError as error:
        line = error.object.count(b"\n", 0, error.start) + 1
        raise ContentError(file=str(path), line=line, found="bytes that are not text", expected="UTF-8") from error
    return parse_clinic(text, file=str(path))


def parse_clinic(text: str, *, file: str) -> Clinic:
    """The clinic a YAML text describes; `file` is the name shown in errors. Raises ContentError."""
    top = read_yaml(text, file=file).fields(_REQUIRED, _OPTIONAL)
    head = top["clinic"].fields(("name", "alias", "country", "zone", "languages", "default_language", "default_queue"))
    readers = _readers(head)
    sites, specialties, visits, queues = Ids("site"), Ids("specialty"), Ids("visit type"), Ids("queue")
    # A specialty names a visit type and a visit type its specialty: both sets of ids are known before either is read.
    for ids, section in ((sites, "sites"), (specialties, "specialties"), (visits, "visit_types")):
        for item in _listed(top[section]):
            ids.new(_id_of(item))
    providers = Ids("provider")
    return Clinic(
        name=readers.words(head["name"]),
        alias=readers.words(head["alias"]),
        country=_country(head["country"]),
        zone=readers.zone,
        languages=readers.languages,
        default_language=readers.default,
        sites=tuple(read_site(item, readers) for item in top["sites"].items()),
        specialties=tuple(_specialty(item, readers, visits) for item in top["specialties"].items()),
        visit_types=tuple(read_visit_type(item, readers, specialties, visits) for item in top["visit_types"].items()),
        providers=tuple(
            read_provider(item, readers, ids=providers, sites=sites, specialties=specialties, visits=visits)
            for item in top["providers"].items()
        ),
        insurance=_insurance(top["insurance"], readers, sites),
        queues=tuple(_queue(item, readers, queues) for item in _listed(top["queues"])),
        default_queue_id=QueueId(queues.one(head["default_queue"])),
        routes=_routes(top.get("routes"), queues),
        holidays=_holidays(top.get("holidays"), readers, sites),
        tests=tuple(_tests(top.get("tests"), readers)),
        medicines=tuple(_medicines(top.get("medicines"), readers)),
        spans=_spans(top.get("spans")),
        release=_release(top.get("release")),
    )


def _listed(at: Located) -> tuple[Located, ...]:
    items = at.items()
    if not items:
        raise at.error("at least one entry", found="an empty list")
    return items


def _id_of(item: Located) -> Located:
    for key, value in item.entries():
        if key.key() == "id":
            return value
    raise item.error("the key 'id'", found="no 'id'")


def _readers(head: Fields) -> Readers:
    languages: tuple[str, ...] = ()
    for item in head["languages"].items():
        one = item.text("a language code such as en")
        if not _LANGUAGE.fullmatch(one):
            raise item.error("a language code such as en")
        if one in languages:
            raise item.error("each language once", found=f"{one!r} again")
        languages = (*languages, one)
    default = head["default_language"].text("a language code")
    if default not in languages:
        raise head["default_language"].error(f"one of the clinic's languages: {', '.join(languages)}")
    try:
        zone = ZoneInfo(head["zone"].text("a time zone such as America/New_York"))
    except (ZoneInfoNotFoundError, ValueError, OSError) as error:
        raise head["zone"].error("a time zone such as America/New_York") from error
    return Readers(languages=languages, default=default, zone=zone)


def _country(at: Located) -> str:
    country = at.text("a two-letter country code such as US")
    if not re.fullmatch(r"[A-Z]{2}", country):
        raise at.error("a two-letter country code such as US")
    return country


def _specialty(at: Located, readers: Readers, visits: Ids) -> Specialty:
    fields = at.fields(("id", "name", "default_visit_type"), ("aliases",))
    return Specialty(
        id=SpecialtyId(fields["id"].text()),
        name=readers.words(fields["name"]),
        default_visit_type_id=VisitTypeId(visits.one(fields["default_visit_type"])),
        aliases=readers.terms(fields.get("aliases")),
    )


def _queue(at: Located, readers: Readers, queues: Ids) -> Queue:
    fields = at.fields(("id", "name", "hours", "respond_within"), ("restricted", "pages", "keeps_holidays"))
    flags = {name: fields.get(name) for name in ("restricted", "pages", "keeps_holidays")}
    values = {name: value.boolean() for name, value in flags.items() if value is not None}
    hours = weekly_hours(fields["hours"])
    if not any(hours.days):
        raise fields["hours"].error("hours on at least one weekday", found="a queue that never opens")
    return Queue(
        id=QueueId(queues.new(fields["id"])),
        name=readers.words(fields["name"]),
        hours=hours,
        respond_within=span(fields["respond_within"]),
        restricted=values.get("restricted", False),
        pages=values.get("pages", False),
        keeps_holidays=values.get("keeps_holidays", True),
    )


def _routes(at: Located | None, queues: Ids) -> tuple[tuple[str, QueueId], ...]:
    routes: list[tuple[str, QueueId]] = []
    for key, value in at.entries() if at is not None else ():
        if key.key() not in _REASONS:
            raise key.error("an intent, a reason for a handoff or a kind of promise", found=f"{key.key()!r}")
        routes.append((key.key(), QueueId(queues.one(value))))
    return tuple(routes)


def _holidays(at: Located | None, readers: Readers, sites: Ids) -> tuple[Holiday, ...]:
    found: list[Holiday] = []
    for item in at.items() if at is not None else ():
        fields = item.fields(("date", "name"), ("hours", "sites"))
        hours, where = fields.get("hours"), fields.get("sites")
        holiday = Holiday(
            on=fields["date"].day(),
            name=readers.words(fields["name"]),
            hours=() if hours is None else ranges(hours),
            site_ids=() if where is None else tuple(SiteId(one) for one in sites.some(where)),
        )
        for other in found:
            shared = not other.site_ids or not holiday.site_ids or set(other.site_ids) & set(holiday.site_ids)
            if other.on == holiday.on and shared:
                raise fields["date"].error("one holiday a date and site", found=f"{holiday.on} again")
        found.append(holiday)
    return tuple(found)


def _insurance(at: Located, readers: Readers, sites: Ids) -> InsurerTable:
    fields, ids = at.fields(("as_of", "plans")), Ids("plan")
    return InsurerTable(
        as_of=fields["as_of"].day(),
        insurers=tuple(_insurer(item, readers, sites, ids) for item in fields["plans"].items()),
    )


def _insurer(at: Located, readers: Readers, sites: Ids, ids: Ids) -> Insurer:
    fields = at.fields(("id", "name", "sites"), ("note", "aliases"))
    note = fields.get("note")
    return Insurer(
        id=InsurerId(ids.new(fields["id"])),
        name=fields["name"].text(),
        site_ids=tuple(SiteId(one) for one in sites.some(fields["sites"])),
        note=None if note is None else readers.words(note),
        aliases=readers.terms(fields.get("aliases")),
    )


def _tests(at: Located | None, readers: Readers) -> list[TestKind]:
    ids, found = Ids("test"), []
    for item in at.items() if at is not None else ():
        fields = item.fields(("id", "name", "sensitivity"), ("texts", "preparation", "aliases"))
        texts, preparation = fields.get("texts"), fields.get("preparation")
        found.append(
            TestKind(
                id=TestKindId(ids.new(fields["id"])),
                name=readers.words(fields["name"]),
                sensitivity=fields["sensitivity"].choice(Sensitivity),
                texts=tuple((key.key(), readers.words(value)) for key, value in texts.entries()) if texts else (),
                preparation=None if preparation is None else readers.words(preparation),
                aliases=readers.terms(fields.get("aliases")),
            )
        )
    return found


def _medicines(at: Located | None, readers: Readers) -> list[MedicineKind]:
    ids, found = Ids("medicine"), []
    for item in at.items() if at is not None else ():
        fields = item.fields(("id", "name"), ("aliases",))
        found.append(
            MedicineKind(
                id=MedicineKindId(ids.new(fields["id"])),
                name=readers.words(fields["name"]),
                aliases=readers.terms(fields.get("aliases")),
            )
        )
    return found


def _spans(at: Located | None) -> Spans:
    if at is None:
        return USUAL_SPANS
    names = ("hold", "code", "level_2", "level_3", "nudge", "reminder")
    fields = at.fields((), (*names, "code_tries"))
    values = {name: span(value) for name, value in fields.values.items() if name in names}
    for name, value in values.items():
        if not value:
            raise fields[name].error("a span longer than nothing")
    tries = fields.get("code_tries")
    return Spans(
        hold=values.get("hold", USUAL_SPANS.hold),
        code=values.get("code", USUAL_SPANS.code),
        code_tries=USUAL_SPANS.code_tries if tries is None else tries.integer(1, 10),
        level_2=values.get("level_2", USUAL_SPANS.level_2),
        level_3=values.get("level_3", USUAL_SPANS.level_3),
        nudge=values.get("nudge", USUAL_SPANS.nudge),
        reminder=values.get("reminder", USUAL_SPANS.reminder),
    )


def _release(at: Located | None) -> ReleasePolicy:
    if at is None:
        return NOTHING_RELEASED
    fields = at.fields(("statuses", "sensitivities"), ("delay",))
    statuses = frozenset(item.choice(ResultStatus) for item in fields["statuses"].items())
    if ResultStatus.PENDING in statuses:
        raise fields["statuses"].error("final or corrected", found="pending, which has nothing to tell")
    delay = fields.get("delay")
    return ReleasePolicy(
        statuses=statuses,
        sensitivities=frozenset(item.choice(Sensitivity) for item in fields["sensitivities"].items()),
        delay=timedelta(0) if delay is None else span(delay),
    )
