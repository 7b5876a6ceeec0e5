"""The counts behind the reading checks."""

import pytest

from bot.rendering.readability import measure, sentences, syllables_of
from bot.rendering.sms import segments


@pytest.mark.parametrize(
    ("word", "language", "count"),
    [
        ("clinic", "en", 2), ("visit", "en", 2), ("automated", "en", 4), ("emergency", "en", 4), ("closed", "en", 1),
        ("table", "en", 2), ("nurse", "en", 1), ("messages", "en", 3), ("question", "en", 2), ("911", "en", 1),
        ("día", "es", 2), ("cuando", "es", 2), ("clínica", "es", 3), ("guitarra", "es", 3), ("agüero", "es", 3),
        ("quiere", "es", 2), ("muy", "es", 1), ("ya", "es", 1), ("emergencias", "es", 4), ("leído", "es", 3),
    ],
)  # fmt: skip
def test_syllables(word: str, language: str, count: int) -> None:
    assert syllables_of(word, language) == count


def test_sentences_end_at_marks_and_lines() -> None:
    assert sentences("One. Two? Three\n- four") == ("One.", "Two?", "Three", "- four")


def test_a_placeholder_counts_as_one_word() -> None:
    assert measure("Booked: {slot}.", "en").words == 2
    assert measure("{text}", "en").longest_sentence == 1


def test_plain_words_grade_lower_than_learned_ones() -> None:
    plain = measure("Call us now. We can help you. Do not wait for a reply here.", "en")
    learned = measure("Immediate professional consultation is categorically recommended for this condition.", "en")

    assert plain.grade < 3
    assert learned.grade > 12


def test_spanish_is_graded_by_its_own_table() -> None:
    plain = measure("Llame al {emergency} ya. No se quede solo. Vaya a la sala con su hija.", "es")
    learned = measure("Recomendamos inmediatamente la correspondiente consulta profesional especializada.", "es")

    assert plain.grade == 4
    assert learned.grade == 16


def test_nothing_is_nothing() -> None:
    assert measure("", "es").words == 0


@pytest.mark.parametrize(
    ("text", "count"),
    [
        ("a" * 160, 1), ("a" * 161, 2), ("a" * 306, 2), ("a" * 307, 3),
        ("é" * 160, 1), ("¿ñ" * 80, 1), ("€" * 80, 1), ("€" * 81, 2),
        ("á" + "a" * 69, 1), ("á" + "a" * 70, 2), ("á" + "a" * 133, 2), ("á" + "a" * 134, 3),
    ],
)  # fmt: skip
def test_segments(text: str, count: int) -> None:
    assert segments(text) == count
