"""The words that by themselves end all messages, and those that begin them again."""

import pytest
from hypothesis import given
from hypothesis import strategies as st

from domain.consent import START_WORDS, STOP_WORDS, is_start_word, is_stop_word

STOPS = [
    "STOP", "stop", "Stop.", " stop! ", "STOPALL", "Stop All", "stop-all", "UNSUBSCRIBE", "End", "QUIT", "Revoke",
    "OPT OUT", "opt-out", "OptOut", "¡ALTO!", "Parar", "pare", "BAJA", "Darme de baja", "dárme de bája", "Detener",
    "fin", "SALIR", "\uff33\uff34\uff2f\uff30", "stop 🛑", "*stop*", "\nstop\n",
]  # fmt: skip
OTHERS = [
    "", " ", ".", "please stop", "stop texting me", "stop it", "don't stop", "stopp", "st op", "stopping", "the end",
    "weekend", "cancel", "CANCEL", "no", "end of the week", "cancelar", "para", "no pare", "baja médica", "finalmente",
    "start", "stop stop", "yes",
]  # fmt: skip


@pytest.mark.parametrize("text", STOPS)
def test_a_bare_stop_word_is_one_whatever_its_casing_and_marks(text: str) -> None:
    assert is_stop_word(text)


@pytest.mark.parametrize("text", OTHERS)
def test_anything_more_or_less_is_none(text: str) -> None:
    assert not is_stop_word(text)


@pytest.mark.parametrize("text", ["START", "Start.", "unstop", "Alta", "¡Comenzar!", "reanudar"])
def test_a_bare_start_word_is_one(text: str) -> None:
    assert is_start_word(text)


@pytest.mark.parametrize("text", ["yes", "sí", "ok", "start over", "stop", "restart", ""])
def test_a_yes_is_never_a_start_word(text: str) -> None:
    assert not is_start_word(text)


def test_no_word_both_ends_and_begins() -> None:
    assert not STOP_WORDS & START_WORDS


@given(st.text(max_size=40))
def test_no_text_is_both_or_raises(text: str) -> None:
    assert not (is_stop_word(text) and is_start_word(text))
