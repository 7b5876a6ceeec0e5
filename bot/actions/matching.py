"""From a name and a birth date to the one record they fit. A match proves nothing of who is asking."""

from __future__ import annotations

from datetime import date

from domain.ids import PatientId
from domain.patient import Patient
from domain.ports import Patients


async def one_match(patients: Patients, *, name: str, born: date) -> Patient | None:
    """The single record with this family name and birth date whose given name begins like the one told.

    Several that fit are as good as none: nobody learns of them.
    """
    *given, family = name.split() or [""]
    found: dict[PatientId, Patient] = {}
    for tail in {family, " ".join(name.split()[-2:])}:
        for patient in await patients.matching(family_name=tail, birth_date=born):
            found[patient.id] = patient
    first = given[0].casefold() if given else ""
    matching = [item for item in found.values() if not first or item.given_name.casefold().startswith(first)]
    return matching[0] if len(matching) == 1 else None
