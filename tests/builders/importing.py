"""A clinic with two sites and two doctors to bring records into, and the two imports as its tests call them."""

from __future__ import annotations

from bot.content.clinic_facts import parse_clinic
from bot.importing import ImportReport, import_appointments, import_patients
from domain.clinic import Clinic
from tests.builders.storage import Desk

FACTS = """\
clinic:
  name: {all: Test Clinic}
  alias: {all: the office}
  country: COUNTRY
  zone: America/New_York
  languages: [en, es]
  default_language: en
  default_queue: desk
sites:
  - id: main
    name: {all: Main}
    address: {all: 1 Test Street}
    phone: "+16175550100"
    hours: {mon-fri: [08:00-12:00, 13:00-17:00]}
    parking: {all: Behind the house.}
    access: {all: No steps.}
  - id: east
    name: {all: East}
    address: {all: 2 Test Street}
    phone: "+16175550101"
    hours: {mon-fri: [08:00-17:00]}
    parking: {all: Behind the house.}
    access: {all: No steps.}
specialties:
  - {id: care, name: {all: Care}, default_visit_type: visit}
visit_types:
  - {id: visit, name: {all: Visit}, generic_name: {all: visit}, specialty: care, duration: 30 min, lead_time: 3 days}
  - id: talk
    name: {all: Talk}
    generic_name: {all: visit}
    specialty: care
    duration: 50 min
    modalities: [video, phone]
providers:
  - id: ada
    title: {all: Dr.}
    family_name: Ada
    specialties: [care]
    visit_types: all
    schedule: {main: {mon-fri: [08:00-12:00, 13:00-17:00]}}
    leave: [{from: 2026-03-20, to: 2026-03-20}]
  - id: ben
    title: {all: Dr.}
    family_name: Ben
    specialties: [care]
    visit_types: [visit]
    schedule: {main: {mon: [08:00-12:00]}, east: {tue-fri: [08:00-17:00]}}
queues:
  - {id: desk, name: {all: Desk}, hours: always, respond_within: 1 h}
insurance: {as_of: 2026-01-15, plans: []}
holidays:
  - {date: 2026-03-17, name: {all: Test Day}}
"""


def a_clinic(country: str = "US") -> Clinic:
    return parse_clinic(FACTS.replace("COUNTRY", country), file="clinic.yml")


async def patients(desk: Desk, *lines: str, dry_run: bool = False, clinic: Clinic | None = None) -> ImportReport:
    return await import_patients(
        "\n".join(lines), desk.store, clinic or a_clinic(), now=desk.clock.now(), new_id=desk.ids, dry_run=dry_run
    )


async def appointments(desk: Desk, *lines: str, dry_run: bool = False, clinic: Clinic | None = None) -> ImportReport:
    return await import_appointments(
        "\n".join(lines), desk.store, clinic or a_clinic(), now=desk.clock.now(), new_id=desk.ids, dry_run=dry_run
    )


def said(report: ImportReport) -> list[tuple[int, str]]:
    """The problems as pairs of line and words."""
    return [(problem.line, problem.said) for problem in report.problems]
