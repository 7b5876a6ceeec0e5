"""The demo clinic itself: whole, bilingual, and what the demo's script needs of it."""

import re
from dataclasses import fields, is_dataclass
from datetime import date
from importlib.resources import files
from pathlib import Path

import pytest

from bot.content.clinic_facts import load_clinic
from domain.clinic import Clinic, LocalText
from domain.handoff import EscalationReason
from domain.ids import ProviderId, VisitTypeId


@pytest.fixture(scope="module")
def clinic() -> Clinic:
    return load_clinic(Path(str(files("bot.content") / "clinic.yml")))


def _texts(value: object) -> list[LocalText]:
    if isinstance(value, LocalText):
        return [value]
    if isinstance(value, tuple):
        return [text for entry in value for text in _texts(entry)]
    if is_dataclass(value) and not isinstance(value, type):
        return [
            text for entry in fields(value) if entry.name != "_index" for text in _texts(getattr(value, entry.name))
        ]
    return []


def test_it_is_a_whole_health_centre(clinic: Clinic) -> None:
    assert [site.id for site in clinic.sites] == ["downtown", "eastside", "northgate"]
    assert len(clinic.providers) >= 12
    assert len(clinic.visit_types) >= 20
    assert {specialty.id for specialty in clinic.specialties} == {
        specialty for provider in clinic.providers for specialty in provider.specialty_ids
    }
    assert {holiday.on.year for holiday in clinic.holidays} == {2026, 2027}
    assert all(any(len(day) > 1 for day in site.hours.days) for site in clinic.sites)


def test_every_visit_type_has_someone_who_does_it_and_a_preparation(clinic: Clinic) -> None:
    for visit_type in clinic.visit_types:
        doing = clinic.providers_for(visit_type.id)
        assert doing, visit_type.id
        assert any(visit_type.specialty_id in provider.specialty_ids for provider in doing), visit_type.id
        assert visit_type.preparation is not None, visit_type.id


def test_every_text_is_in_both_languages_and_in_none_of_the_words_we_never_use(clinic: Clinic) -> None:
    never = re.compile(
        r"don't worry|\bnormal\b|probabl[ye]|not urgent|\bsecure\b|no se preocupe|!|\btú\b|\btu\b", re.IGNORECASE
    )
    texts = _texts(clinic)

    assert len(texts) > 100
    for text in texts:
        assert set(text.languages) == {"en", "es"}
        for _, words in text.texts:
            assert not never.search(words), words


def test_sentences_for_patients_are_short(clinic: Clinic) -> None:
    for text in _texts(clinic):
        for language, words in text.texts:
            for sentence in re.split(r"(?<=[.?])\s", words):
                assert len(sentence.split()) <= (15 if language == "en" else 18), sentence


def test_generic_names_tell_nothing(clinic: Clinic) -> None:
    assert {visit_type.generic_name.in_("en") for visit_type in clinic.visit_types} == {"visit"}
    assert {visit_type.generic_name.in_("es") for visit_type in clinic.visit_types} == {"cita"}


def test_two_lees_see_skin_on_tuesday_and_thursday_after_three(clinic: Clinic) -> None:
    lees = [provider for provider in clinic.providers if provider.family_name == "Lee"]

    assert {provider.id for provider in lees} == {"lee_grace", "lee_daniel"}
    for provider in lees:
        assert VisitTypeId("skin_visit") in provider.visit_type_ids
        for day in (date(2026, 8, 4), date(2026, 8, 6)):
            spans = [span for site_id in provider.site_ids for span in provider.hours_at(site_id).on(day)]
            assert any(span.end_minute > 15 * 60 + 30 for span in spans)


def test_numbers_are_kept_for_fiction(clinic: Clinic) -> None:
    assert all(re.fullmatch(r"\+1\d{3}55501\d\d", site.phone) for site in clinic.sites)
    assert {site.emergency_number for site in clinic.sites} == {"911"}
    assert {site.crisis_number for site in clinic.sites} == {"988"}


def test_danger_goes_to_queues_that_never_close_and_page(clinic: Clinic) -> None:
    for reason in (EscalationReason.EMERGENCY, EscalationReason.SELF_HARM, EscalationReason.SAFEGUARDING):
        queue = clinic.queue_for(reason)
        assert queue.pages
        assert not queue.keeps_holidays
        assert all(queue.hours.days)
    assert clinic.queue_for(EscalationReason.SAFEGUARDING).restricted
    assert [queue.id for queue in clinic.queues] == [
        "front_desk", "nurse_now", "nurse_today", "billing", "records", "safeguarding", "crisis",
    ]  # fmt: skip


def test_names_by_which_things_are_found_are_not_shared(clinic: Clinic) -> None:
    for language in ("en", "es"):
        seen: dict[str, str] = {}
        for visit_type in clinic.visit_types:
            for phrase in visit_type.aliases.in_(language):
                assert phrase not in seen, f"{phrase}: {seen.get(phrase)} and {visit_type.id}"
                seen[phrase] = visit_type.id


def test_spanish_names_keep_their_gender(clinic: Clinic) -> None:
    assert clinic.provider(ProviderId("lee_grace")).name_in("es") == "Dra. Lee"
    assert clinic.provider(ProviderId("lee_daniel")).name_in("es") == "Dr. Lee"
