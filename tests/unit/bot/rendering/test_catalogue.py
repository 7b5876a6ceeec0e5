"""Reading responses and their translations: strict, and English where a translation no longer holds."""

import pytest

from bot.rendering.catalogue import load_catalogue
from bot.rendering.styles import load_style
from domain.errors import ContentError

ENGLISH = 'version: "1"\nresponses:\n  utter_due: "They answer by {due}."\n  utter_hello: "Hello."\n'


def _entry(key: str, english: str, spanish: str, flags: str = "") -> str:
    return f'{flags}msgctxt "{key}"\nmsgid "{english}"\nmsgstr "{spanish}"\n\n'


def test_a_translation_is_found_by_key_and_english() -> None:
    po = _entry("utter_due", "They answer by {due}.", "Responden {due}.")

    catalogue = load_catalogue(ENGLISH, file="responses.yml", translations={"es": po})

    assert catalogue.responses["utter_due"].in_("es") == "Responden {due}."
    assert catalogue.responses["utter_hello"].in_("es") == "Hello."
    assert catalogue.missing() == ("es:utter_hello",)


@pytest.mark.parametrize(
    "po",
    [
        _entry("utter_hello", "Hello there.", "Hola."),
        _entry("utter_hello", "Hello.", "Hola.", "#, fuzzy\n"),
        _entry("utter_hello", "Hello.", ""),
        _entry("utter_goodbye", "Hello.", "Hola."),
    ],
)
def test_a_translation_of_other_english_is_not_used(po: str) -> None:
    catalogue = load_catalogue(ENGLISH, file="responses.yml", translations={"es": po})

    assert catalogue.responses["utter_hello"].in_("es") == "Hello."
    assert "es:utter_hello" in catalogue.missing()


@pytest.mark.parametrize("spanish", ["Responden pronto.", "Responden {when}.", "Responden {due} {due", "{Due}"])
def test_other_placeholders_in_a_translation_are_refused(spanish: str) -> None:
    po = _entry("utter_due", "They answer by {due}.", spanish)

    with pytest.raises(ContentError, match=r"es\.po:\d+: found other placeholders") as caught:
        load_catalogue(ENGLISH, file="responses.yml", translations={"es": po})

    assert caught.value.expected == "{due}"


@pytest.mark.parametrize(
    ("line", "expected"),
    [
        ('  utter_x: {level: 4, text: "A."}', "0 to 3"),
        ('  utter_x: {text: "A.", colour: red}', "one of: text"),
        ('  utter_x: "By {Due}."', "lower_case"),
        ('  utter_x: "By {due."', "lower_case"),
        ('  utter_x: {safety: true, level: 1, text: "Call."}', "safety text"),
        ('  utter_x: {safety: true, text: "Call {phone}."}', "safety text"),
        ("  utter_x: 3", "the words"),
    ],
)
def test_a_mistake_in_a_response_is_answered_with_its_line(line: str, expected: str) -> None:
    with pytest.raises(ContentError, match=expected) as caught:
        load_catalogue(ENGLISH + line + "\n", file="responses.yml", translations={})

    assert (caught.value.file, caught.value.line) == ("responses.yml", 5)


def test_a_broken_translation_file_is_a_content_error() -> None:
    with pytest.raises(ContentError, match="gettext"):
        load_catalogue(ENGLISH, file="responses.yml", translations={"es": "nonsense\n"})


STYLE = """
version: "1"
locale: en_US
dates:
  {day: d, day_of_year: d, weekday: E, date: d, short_date: d, short_day: d, short_slot: d, shorter_slot: d, time: h}
phrases:
  {at: "at {time}", at_one: "at {time}", by: "{time}", by_one: "{time}", by_today: "{by} today",
   by_tomorrow: "{by} tomorrow", today: "today {at}", tomorrow: "tomorrow {at}", this_week: "{weekday} {at}",
   on_day: "{day} {at}", span: "{opens}-{closes}", all_day: all day, yes_no: (y/n), cover: "{clinic}:",
   emergency: emergency, crisis: crisis}
"""


@pytest.mark.parametrize(
    ("old", "new", "expected"),
    [
        ("at {time}", "at {hour}", r"\{time\}"),
        ("locale: en_US", "locale: nowhere_XX", "CLDR locale"),
        ("all_day: all day, ", "", "the key 'all_day'"),
        ("weekday: E", "weekdays: E", "one of: day"),
    ],
)
def test_a_mistake_in_a_language_s_formats_is_refused(old: str, new: str, expected: str) -> None:
    assert load_style(STYLE, file="formats.yml").phrase("at", time="3") == "at 3"
    with pytest.raises(ContentError, match=expected):
        load_style(STYLE.replace(old, new, 1), file="formats.yml")
