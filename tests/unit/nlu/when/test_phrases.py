from __future__ import annotations

import pytest

from domain.when import When
from nlu.entities.when import read_when
from tests.unit.nlu.when.case_files import Case, cases_of, meaning_of, phrases_of

LANGUAGES = ("en", "es")


def _read(case: Case) -> When:
    return read_when(case.say, reference=case.reference, zone=case.zone, language=case.language)


def _name(case: Case) -> str:
    return f"{case.language}-{case.zone.key}-{case.say}"


@pytest.mark.parametrize("case", [case for one in LANGUAGES for case in phrases_of(one)], ids=_name)
def test_phrase_means_what_its_case_says(case: Case) -> None:
    assert meaning_of(_read(case)) == case.meaning


@pytest.mark.parametrize(
    "case", [case for one in LANGUAGES for case in cases_of(one, "_known_failures.yml")], ids=_name
)
def test_known_failure_still_fails_and_otherwise_belongs_among_the_cases(case: Case) -> None:
    assert meaning_of(_read(case)) != case.meaning


@pytest.mark.parametrize(("language", "least"), [("en", 150), ("es", 80)])
def test_enough_phrases_are_on_record(language: str, least: int) -> None:
    phrases = {(case.say, case.reference) for case in phrases_of(language)}

    assert len(phrases) >= least


@pytest.mark.parametrize("case", [case for case in phrases_of("es") if not case.say.isascii()], ids=_name)
def test_spanish_means_the_same_without_accents(case: Case) -> None:
    plain = case.say.translate(str.maketrans("áéíóúüñ", "aeiouun"))

    when = read_when(plain, reference=case.reference, zone=case.zone, language="es")

    assert meaning_of(when) == case.meaning


@pytest.mark.parametrize("case", phrases_of("en"), ids=_name)
def test_capitals_change_nothing(case: Case) -> None:
    when = read_when(case.say.upper(), reference=case.reference, zone=case.zone, language="en")

    assert meaning_of(when) == case.meaning
