"""Fixed wordings, found anywhere in a message, whatever casing, accents and apostrophes."""

from pathlib import Path

import pytest

from domain.errors import ContentError
from domain.understanding import Signal
from nlu.assembly import SIGNALS_FOLDER
from nlu.signals import SignalReader, load_signals


@pytest.fixture(scope="module")
def signals() -> SignalReader:
    """The packaged wordings of both languages."""
    return load_signals(SIGNALS_FOLDER, ("en", "es"))


@pytest.mark.parametrize(
    ("said", "expected"),
    [
        ("Sorry, I CAN'T make it!", Signal.CANT_COME),
        ("I am afraid I will not be able to make it that day", Signal.CANT_COME),
        ("no podré ir a mi cita", Signal.CANT_COME),
        ("hold on, let me check", Signal.WAIT),
        ("an eye exam for my mother", Signal.FOR_SOMEONE),
        ("se me olvidó", Signal.FORGOTTEN),
        ("la semana siguiente", Signal.WEEK_AFTER),
    ],
)
def test_a_wording_is_found_within_a_message(signals: SignalReader, said: str, expected: Signal) -> None:
    assert expected in signals.read(said)


@pytest.mark.parametrize("said", ["I can make it", "my waiter was late", "hello", "puedo ir el martes por la tarde"])
def test_a_part_of_a_word_or_its_opposite_is_none(signals: SignalReader, said: str) -> None:
    assert not {Signal.CANT_COME, Signal.WAIT} & set(signals.read(said))


def test_every_signal_has_wordings_in_every_language() -> None:
    for language in ("en", "es"):
        text = (SIGNALS_FOLDER / f"{language}.yml").read_text(encoding="utf-8")

        assert [signal.value for signal in Signal if f"\n{signal.value}: [" not in text] == []


def test_an_unknown_signal_is_refused_with_its_line(tmp_path: Path) -> None:
    (tmp_path / "en.yml").write_text("wait: [hold on]\nhurry: [quick]\n", encoding="utf-8")

    with pytest.raises(ContentError, match="hurry"):
        load_signals(tmp_path, ("en",))
