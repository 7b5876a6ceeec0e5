"""What the chat page shows of the clinic: names and numbers, nothing else."""

from __future__ import annotations

from dataclasses import dataclass

from domain.clinic import Clinic
from domain.clinic_text import LocalText


@dataclass(frozen=True, slots=True, kw_only=True)
class SiteFace:
    """A place: how to find and ring it, and whom to ring there when it is urgent (as the clinic wrote them)."""

    name: LocalText
    address: LocalText
    phone: str
    emergency_number: str | None
    crisis_number: str | None


@dataclass(frozen=True, slots=True, kw_only=True)
class ClinicFace:
    """The clinic as its chat page shows it; `languages` are those it serves patients in."""

    name: LocalText
    sites: tuple[SiteFace, ...]
    languages: tuple[str, ...]
    default_language: str

    @property
    def emergency_numbers(self) -> tuple[str, ...]:
        """Each different emergency number once; more than one when sites are in different places."""
        return tuple(dict.fromkeys(site.emergency_number for site in self.sites if site.emergency_number))

    @property
    def crisis_numbers(self) -> tuple[str, ...]:
        """Each different crisis number once."""
        return tuple(dict.fromkeys(site.crisis_number for site in self.sites if site.crisis_number))


def face_of(clinic: Clinic) -> ClinicFace:
    """The face of a clinic's present facts."""
    return ClinicFace(
        name=clinic.name,
        sites=tuple(
            SiteFace(
                name=site.name,
                address=site.address,
                phone=site.phone,
                emergency_number=site.emergency_number,
                crisis_number=site.crisis_number,
            )
            for site in clinic.sites
        ),
        languages=clinic.languages,
        default_language=clinic.default_language,
    )
