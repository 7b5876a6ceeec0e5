from __future__ import annotations

from collections.abc import Callable

import pytest

from domain.understanding import Understanding

Parse = Callable[..., Understanding]


def values(understanding: Understanding, name: str) -> list[str]:
    return [entity.value for entity in understanding.entities_named(name)]


@pytest.mark.parametrize(
    ("text", "name", "value"),
    [
        ("i want dra. ramires", "provider", "ramirez"),
        ("with Dr Ana Lee", "provider", "lee-ana"),
        ("skin dr pls", "specialty", "dermatology"),
        ("apointment at harber clinic", "site", "harbor"),
        ("an anual phisical", "visit_type", "physical"),
        ("video visit", "modality", "video"),
        ("for my daughter", "relation", "daughter"),
        ("in spanish please", "language", "es"),
        ("the second one", "ordinal", "2"),
        ("the later one please", "ordinal", "later"),
        ("10 min late", "duration", "10"),
        ("half an hour late", "duration", "30"),
        ("an hour and a half", "duration", "90"),
        ("i have 3 pills left", "count", "3"),
        ("4 stars", "rating", "4"),
        ("why is there a $1,120.50 bill", "amount", "1120.50"),
        ("metformin 500 mg", "dose", "500 mg"),
        ("call 202-555-0143", "phone", "+12025550143"),
        ("write to Rosa@example.org.", "email", "rosa@example.org"),
        ("my name is ana o'brien and i'm new", "person_name", "Ana O'Brien"),
        ("I'm Rosa Example", "person_name", "Rosa Example"),
        ("born 4 July 1980", "birth_date", "1980-07-04"),
    ],
)
def test_english_values_are_normalised(parse: Parse, text: str, name: str, value: str) -> None:
    understanding = parse(text)

    assert values(understanding, name) == [value]
    for entity in understanding.entities:
        assert understanding.text[entity.start : entity.end] == entity.text


@pytest.mark.parametrize(
    ("text", "name", "value"),
    [
        ("con la doctora ramires", "provider", "ramirez"),
        ("el doctor de la piel", "specialty", "dermatology"),
        ("la segunda opción", "ordinal", "2"),
        ("20 minutos tarde", "duration", "20"),
        ("media hora tarde", "duration", "30"),
        ("me llamo josé lópez", "person_name", "José López"),
        ("para mi mamá", "relation", "mother"),
    ],
)
def test_spanish_values_are_normalised(parse: Parse, text: str, name: str, value: str) -> None:
    assert values(parse(text, language="es"), name) == [value]


@pytest.mark.parametrize(
    ("text", "language", "expected"),
    [
        ("bp 150 over 95", "en", ("blood_pressure", "150/95", None)),
        ("150/95 mmHg this morning", "en", ("blood_pressure", "150/95", "mmHg")),
        ("my sugar is 240", "en", ("glucose", "240", None)),
        ("temp of 101.2 F", "en", ("temperature", "101.2", "°F")),
        ("presión 150 sobre 95", "es", ("blood_pressure", "150/95", None)),
        ("peso 82 kg", "es", ("weight", "82", "kg")),
        ("fiebre de 38,5 grados", "es", ("temperature", "38.5", "°C")),
    ],
)
def test_readings_keep_the_unit_given_and_invent_none(
    parse: Parse, text: str, language: str, expected: tuple[str, str, str | None]
) -> None:
    understanding = parse(text, language=language)

    kind, value, unit = expected
    assert values(understanding, "reading_kind") == [kind]
    assert values(understanding, "reading_value") == [value]
    assert values(understanding, "unit") == ([unit] if unit else [])


def test_a_name_two_doctors_share_holds_both(parse: Parse) -> None:
    (provider,) = parse("book me with dr lee").entities_named("provider")

    assert (provider.value, provider.alternatives, provider.text) == ("", ("lee-ana", "lee-bruno"), "dr lee")


@pytest.mark.parametrize("text", ["not dr lee", "anyone but dr. lee", "i don't want to see dr lee"])
def test_what_is_ruled_out_is_marked(parse: Parse, text: str) -> None:
    assert [entity.negated for entity in parse(text).entities_named("provider")] == [True]


def test_spanish_negation_is_marked_and_a_correction_is_not(parse: Parse) -> None:
    assert [e.negated for e in parse("no con la dra ramírez", language="es").entities_named("provider")] == [True]
    assert [e.negated for e in parse("no, dra ramírez", language="es").entities_named("provider")] == [False]


def test_a_bare_surname_counts_only_when_a_doctor_was_asked_for(parse: Parse) -> None:
    assert values(parse("lee"), "provider") == []

    (provider,) = parse("lee", expected_slot="provider", expected_kind="provider").entities_named("provider")
    assert provider.alternatives == ("lee-ana", "lee-bruno")


@pytest.mark.parametrize("text", ["i need a second opinion", "first thing in the morning", "i'm late", "i'm so tired"])
def test_everyday_words_are_no_choices_and_no_names(parse: Parse, text: str) -> None:
    understanding = parse(text)

    assert values(understanding, "ordinal") == []
    assert values(understanding, "person_name") == []


SHOWN = ("Tue 3:00 PM Dr. Ana Lee", "Tue 4:30 PM Dr. Bruno Lee")


@pytest.mark.parametrize(("text", "value"), [("2", "2"), ("2nd", "2"), ("the last", "last"), ("Tue 4:30 PM", "2")])
def test_shown_options_are_chosen_by_number_place_or_label(parse: Parse, text: str, value: str) -> None:
    understanding = parse(text, expected_slot="slot", expected_kind="choice", shown=SHOWN)

    assert values(understanding, "ordinal") == [value]


def test_a_label_that_fits_two_options_names_both(parse: Parse) -> None:
    (choice,) = parse("lee", expected_slot="slot", expected_kind="choice", shown=SHOWN).entities_named("ordinal")

    assert (choice.value, choice.alternatives) == ("", ("1", "2"))


@pytest.mark.parametrize("text", ["482913", "482 913", "my code is 482-913"])
def test_codes_are_read_only_when_expected(parse: Parse, text: str) -> None:
    assert values(parse(text), "code") == []
    assert values(parse(text, expected_slot="code", expected_kind="code"), "code") == ["482913"]


@pytest.mark.parametrize(
    ("text", "value"),
    [("ANA EXAMPLE", "Ana Example"), ("it's Ana Example", "Ana Example"), ("de la cruz", "De La Cruz")],
)
def test_an_expected_name_is_the_whole_answer(parse: Parse, text: str, value: str) -> None:
    assert values(parse(text, expected_slot="name", expected_kind="person_name"), "person_name") == [value]


def test_a_birth_date_with_two_readings_holds_both(parse: Parse) -> None:
    (born,) = parse("05/06/1980", expected_slot="dob", expected_kind="birth_date").entities_named("birth_date")

    assert born.value == ""
    assert set(born.alternatives) == {"1980-05-06", "1980-06-05"}
