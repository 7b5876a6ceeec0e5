"""Two hundred people who do not exist: made-up names, and numbers from the ranges kept for fiction (555-01xx)."""

from __future__ import annotations

from collections.abc import Callable, Iterator
from dataclasses import dataclass, replace
from datetime import date, timedelta
from random import Random

from domain.ids import PatientId
from domain.patient import Patient

_WOMEN = {
    "en": ("Clara", "Nora", "June", "Ivy", "Hazel", "Edith", "Mabel", "Olive", "Pearl", "Wren", "Tessa", "Greta"),
    "es": ("Rosa", "Elena", "Marisol", "Paloma", "Inés", "Carmen", "Lidia", "Noemí", "Beatriz", "Aurora"),
}
_MEN = {
    "en": ("Arlo", "Felix", "Hugo", "Oscar", "Silas", "Jasper", "Otis", "Rufus", "Miles", "Ezra", "Walter", "Percy"),
    "es": ("Tomás", "Julián", "Mateo", "Rafael", "Ángel", "Bruno", "Ciro", "Emilio", "Nicolás", "Saúl"),
}
# Surnames nobody bears, so that no record can be taken for a real person's.
_FAMILIES = {
    "en": (
        "Testwell", "Samplewood", "Mockridge", "Fableton", "Placeham", "Fauxley", "Draftwell", "Storyard",
        "Demarrow", "Fictner", "Tryout", "Example",
    ),
    "es": ("Ejemplar", "Demuestra", "Pruebas", "Ficticio", "Modelado", "Cuentero", "Fabulado", "Ensayo"),
}  # fmt: skip
MAIN_NAME, MAIN_BORN = ("Ada", "Testwell"), date(1985, 4, 12)
OUT_OF_SERVICE = "+13515550199"
"""The one number in the demo that takes no texts."""
_GROWN_UP = 18
_AREA_CODES = ("857", "339", "781", "508", "774", "978", "413", "351")
_AGES = ((0, 5, 8), (6, 17, 14), (18, 39, 32), (40, 64, 28), (65, 92, 18))
"""(youngest, oldest, share of a hundred)."""


@dataclass(frozen=True, slots=True, kw_only=True)
class Cast:
    """The patients the demo's scripts and role cards call by name."""

    main: PatientId
    """Has a PIN, a result to read and nothing booked in the coming days."""
    spanish: PatientId
    discreet: PatientId
    opted_out: PatientId
    held: PatientId
    """A finished result waits for a clinician."""
    household: tuple[PatientId, ...]
    """Two parents and two children on one phone."""
    unreachable: PatientId
    """Their number is out of service: every text to it is refused."""

    @property
    def everyone(self) -> tuple[PatientId, ...]:
        """Those who have a part of their own; they come first among the patients."""
        return (self.main, self.spanish, self.discreet, self.opted_out, self.held, *self.household)


@dataclass(frozen=True, slots=True, kw_only=True)
class Population:
    """Everyone, the cast first; `women` are those who may be given a visit for women."""

    patients: tuple[Patient, ...]
    women: frozenset[PatientId]
    cast: Cast


def invent_people(rng: Random, *, today: date, count: int, new_id: Callable[[], str]) -> Population:
    """Invent `count` people (at least a dozen) of all ages, a third of whom write in Spanish."""
    phones, records = _numbers(), (f"HCH-{number:06d}" for number in range(100_001, 1_000_000))
    named, women = _cast(today, phones, records, new_id)
    cast_names = {(patient.given_name, patient.family_name) for patient in named}
    names = [name for name in _names(rng) if name[:2] not in cast_names]
    rest: list[Patient] = []
    for given, family, language, is_woman in names[: count - len(named)]:
        birth_date = _birth_date(rng, today)
        patient = Patient(
            id=PatientId(new_id()),
            given_name=given,
            family_name=family,
            birth_date=birth_date,
            phones=(next(phones),),
            email=None if rng.random() < 0.5 else f"patient{len(rest) + 1}@example.com",
            language=language,
            mrn=next(records),
            discreet=rng.random() < 0.05,
            opted_out=rng.random() < 0.05,
        )
        rest.append(patient)
        if is_woman:
            women.add(patient.id)
    cast = Cast(
        main=named[0].id,
        spanish=named[1].id,
        discreet=named[2].id,
        opted_out=named[3].id,
        held=named[4].id,
        household=tuple(patient.id for patient in named[5:]),
        unreachable=_out_of_reach(rest, today),
    )
    return Population(patients=(*named, *rest), women=frozenset(women), cast=cast)


def _out_of_reach(rest: list[Patient], today: date) -> PatientId:
    """Give the first grown-up who writes in English and wants messages the number that is out of service."""
    for index, patient in enumerate(rest):
        plain = not patient.discreet and not patient.opted_out and patient.language == "en"
        if plain and patient.age_on(today) >= _GROWN_UP:
            rest[index] = replace(patient, phones=(OUT_OF_SERVICE,))
            return patient.id
    raise ValueError("among so many there is always a grown-up who writes in English")


def _cast(
    today: date, phones: Iterator[str], records: Iterator[str], new_id: Callable[[], str]
) -> tuple[list[Patient], set[PatientId]]:
    def one(given: str, family: str, birth_date: date, phone: str, language: str = "en") -> Patient:
        return Patient(
            id=PatientId(new_id()),
            given_name=given,
            family_name=family,
            birth_date=birth_date,
            phones=(phone,),
            language=language,
            mrn=next(records),
            discreet=given == "Opal",
            opted_out=given == "Basil",
        )

    shared = next(phones)
    people = [
        one(*MAIN_NAME, MAIN_BORN, next(phones)),
        one("Rosa", "Ejemplar", date(1979, 9, 3), next(phones), "es"),
        one("Opal", "Samplewood", date(1996, 1, 25), next(phones)),
        one("Basil", "Mockridge", date(1962, 11, 8), next(phones)),
        one("Ruth", "Fableton", date(1971, 6, 30), next(phones)),
        one("Marta", "Pruebas", date(1988, 2, 14), shared, "es"),
        one("Owen", "Pruebas", date(1986, 7, 19), shared),
        one("Leo", "Pruebas", date(today.year - 9, 3, 5), shared),
        one("Luz", "Pruebas", date(today.year - 4, 3, 5), shared),
    ]
    women = {patient.id for patient in people if patient.given_name in {"Ada", "Rosa", "Opal", "Ruth", "Marta"}}
    return people, women


def _names(rng: Random) -> list[tuple[str, str, str, bool]]:
    # Family by family with the language weighted two to one, then mixed: no full name occurs twice.
    english = [
        (given, family, "en", is_woman)
        for family in _FAMILIES["en"]
        for givens, is_woman in ((_WOMEN["en"], True), (_MEN["en"], False))
        for given in givens
    ]
    spanish = [
        (given, family, "es", is_woman)
        for family in _FAMILIES["es"]
        for givens, is_woman in ((_WOMEN["es"], True), (_MEN["es"], False))
        for given in givens
    ]
    rng.shuffle(english)
    rng.shuffle(spanish)
    half = len(spanish)
    mixed = english[: 2 * half] + spanish
    rng.shuffle(mixed)
    return mixed


def _numbers() -> Iterator[str]:
    for area in _AREA_CODES:
        for line in range(100):
            yield f"+1{area}55501{line:02d}"


def _birth_date(rng: Random, today: date) -> date:
    low, high, _ = rng.choices(_AGES, weights=[share for _, _, share in _AGES])[0]
    return today - timedelta(days=rng.randint(low * 366, high * 365 + 200))
