import re
from pathlib import Path

import pytest
import yaml

import bot.content
from bot.content.clinic_facts import parse_clinic
from bot.content.release import load_release
from bot.starter import starter_clinic
from domain.clinic import NOTHING_RELEASED, USUAL_SPANS, BookingMode, Clinic
from domain.errors import ContentError
from domain.handoff import EscalationReason

HOURS = "{mon-fri: [08:00-12:00, 13:00-17:00]}"
ANSWERS = {
    "name: {en: }": "name: {en: Test Clinic}",
    "alias: {en: }": "alias: {en: The office}",
    "country:": "country: US",
    "zone:": "zone: America/New_York",
    "address: {all: }": "address: {all: 1 Test Street}",
    "phone:": 'phone: "+16175550110"',
    "hours:": f"hours: {HOURS}",
    "parking: {en: }": "parking: {en: Behind the house.}",
    "access: {en: }": "access: {en: No steps.}",
    "emergency_number:": 'emergency_number: "911"',
    "crisis_number:": 'crisis_number: "988"',
    "title: {en: }": "title: {en: Dr.}",
    "given_name:": "given_name: Testa",
    "family_name:": "family_name: Exampleson",
    "main:": f"main: {HOURS}",
    "as_of:": "as_of: 2026-01-15",
}
MARKED = re.compile(r"^( *)(\S.*?) +# FILL IN.*$", re.MULTILINE)


def filled(text: str, *, apart_from: str = "") -> str:
    """The text with every marked place answered, those of one key left as they are."""

    def answer(found: re.Match[str]) -> str:
        return found[0] if found[2] == apart_from else found[1] + ANSWERS[found[2]]

    return MARKED.sub(answer, text)


def load(text: str) -> Clinic:
    return parse_clinic(text, file="clinic.yml")


def uncommented(text: str) -> str:
    return re.sub(r"(?m)^( *)# (?=\s*\S)", r"\1", text)


def test_filled_in_it_is_a_small_clinic_that_asks_staff_to_confirm_and_releases_nothing() -> None:
    clinic = load(filled(starter_clinic()))

    assert [site.id for site in clinic.sites] == ["main"]
    assert clinic.providers[0].name_in("en", full=True) == "Dr. Testa Exampleson"
    assert clinic.visit_types[0].mode is BookingMode.REQUEST
    assert clinic.queue_for(EscalationReason.EMERGENCY.value).id == "nurse"
    assert clinic.queue_for(EscalationReason.SAFEGUARDING.value).restricted
    assert clinic.spans == USUAL_SPANS
    assert clinic.release == NOTHING_RELEASED


@pytest.mark.parametrize("key", sorted(ANSWERS))
def test_a_place_left_empty_is_an_error_that_names_its_line(key: str) -> None:
    text = filled(starter_clinic(), apart_from=key)
    lines = {number for number, line in enumerate(text.splitlines(), start=1) if "FILL IN" in line and key in line}

    with pytest.raises(ContentError, match="found nothing") as refused:
        load(text)

    assert refused.value.line in lines


@pytest.mark.parametrize("key", ["emergency_number", "crisis_number"])
def test_numbers_for_danger_have_no_default(key: str) -> None:
    with pytest.raises(ContentError, match=rf"sites\[1\]\.{key}"):
        load(filled(starter_clinic(), apart_from=f"{key}:"))
    assert not re.search(rf"{key}: *[\"'\d]", starter_clinic())


def test_every_setting_that_is_commented_out_loads_when_it_is_used() -> None:
    clinic = load(uncommented(filled(starter_clinic())))

    assert clinic.visit_types[0].reserve.count == 2
    assert clinic.providers[0].leave
    assert len(clinic.holidays) == 2
    assert clinic.release != NOTHING_RELEASED
    assert clinic.tests[0].texts
    assert clinic.medicines


def test_every_setting_the_demo_clinic_uses_is_shown_here() -> None:
    text = starter_clinic()
    words = {word.rstrip(":,`") for line in text.splitlines() for word in re.split(r"[\s{}\[\]]+", line)}
    demo = yaml.safe_load((Path(bot.content.__file__).parent / "clinic.yml").read_text(encoding="utf-8"))

    assert keys_of(demo) - words == set()


def test_a_filled_in_file_makes_a_whole_release(tmp_path: Path) -> None:
    path = tmp_path / "clinic.yml"
    path.write_text(filled(starter_clinic()), encoding="utf-8")

    release = load_release(path)

    assert release.clinic.languages == ("en",)
    assert release.catalogue.missing() == ()


def keys_of(node: object, *, inside: str = "") -> set[str]:
    """The setting names in a file: not languages, weekdays, ids or reasons, which are the clinic's own."""
    if isinstance(node, list):
        return set().union(*(keys_of(item, inside=inside) for item in node)) if node else set()
    if not isinstance(node, dict):
        return set()
    if inside in {"schedule", "routes", "texts", "hours"}:
        return set()
    found = set() if set(node) <= {"en", "es", "all"} else {str(key) for key in node}
    return found.union(*(keys_of(value, inside=str(key)) for key, value in node.items()))
