"""The clinic's own names as the NLU recognises them: doctors, visit types, sites, medicines, tests, plans."""

from __future__ import annotations

from collections.abc import Iterable

from domain.clinic import Clinic, LocalTerms, LocalText, Provider
from nlu.entities.gazetteer import Gazetteer, GazetteerEntry


def gazetteer_of(clinic: Clinic) -> Gazetteer:
    """Everything the clinic named, by entity, with the phrases patients use for it."""
    return Gazetteer(
        entries={
            "provider": tuple(_person(item, clinic) for item in clinic.providers),
            "visit_type": _things(((item.id, item.name, item.aliases) for item in clinic.visit_types), clinic),
            "specialty": _things(((item.id, item.name, item.aliases) for item in clinic.specialties), clinic),
            "site": _things(((item.id, item.name, item.aliases) for item in clinic.sites), clinic),
            "medicine": _things(((item.id, item.name, item.aliases) for item in clinic.medicines), clinic),
            "test_name": _things(((item.id, item.name, item.aliases) for item in clinic.tests), clinic),
            "insurer": tuple(
                GazetteerEntry(
                    id=item.id,
                    names={language: (item.name, *item.aliases.in_(language)) for language in clinic.languages},
                )
                for item in clinic.insurance.insurers
            ),
        }
    )


def _things(items: Iterable[tuple[str, LocalText, LocalTerms]], clinic: Clinic) -> tuple[GazetteerEntry, ...]:
    return tuple(
        GazetteerEntry(
            id=item_id,
            names={language: (name.in_(language), *aliases.in_(language)) for language in clinic.languages},
        )
        for item_id, name, aliases in items
    )


def _person(provider: Provider, clinic: Clinic) -> GazetteerEntry:
    full = f"{provider.given_name} {provider.family_name}".strip()
    return GazetteerEntry(
        id=provider.id,
        names={
            language: tuple(name for name in (full, *provider.aliases.in_(language)) if name)
            for language in clinic.languages
        },
    )
