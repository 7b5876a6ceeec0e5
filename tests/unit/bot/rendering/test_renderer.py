"""The renderer's promises: the gate, no half-filled sentence, choices that fit the channel."""

from dataclasses import replace
from datetime import timedelta

import pytest
from structlog.testing import capture_logs

from bot.rendering.catalogue import Catalogue, load_catalogue
from bot.rendering.errors import UnfilledPlaceholderError, UnknownResponseError
from domain.clinic import Clinic
from domain.dialogue.reply import Choice, Local, Named, NameKind, Reply, Words
from domain.identity import Level
from domain.message import Capabilities, Channel
from tests.unit.bot.rendering.arrange import NOW, RESPONSES, MakeRenderer, audience, slot

YES_NO = (Choice(payload="/y", label=Words(key="button_yes")), Choice(payload="/n", label=Words(key="button_no")))


@pytest.mark.parametrize(
    ("level", "ceiling", "told"),
    [
        (Level.LINKED, 3, False),
        (Level.PROVEN, 3, True),
        (Level.SECOND_FACTOR, 1, False),
        (Level.SECOND_FACTOR, 2, True),
        (Level.ANYONE, 3, False),
    ],
)
def test_a_text_above_the_audience_or_the_channel_is_withheld(
    make_renderer: MakeRenderer, clinic: Clinic, level: Level, ceiling: int, *, told: bool
) -> None:
    renderer = make_renderer(can=Capabilities(buttons=True, ceiling=ceiling))

    rendered = renderer.render(Reply(key="utter_booked", values={"slot": slot(clinic)}), audience(level=level))

    assert rendered.key == ("utter_booked" if told else "utter_withheld")
    assert ("Dr. Grace Lee" in rendered.message.text) is told


def test_what_is_withheld_keeps_its_choices_and_contact_button_back(
    make_renderer: MakeRenderer, clinic: Clinic
) -> None:
    choices = (Choice(payload="/1", label=slot(clinic)),)
    reply = Reply(key="utter_booked", values={"slot": slot(clinic)}, choices=choices, ask_contact=True)

    message = make_renderer().render(reply, audience(level=Level.ANYONE)).message

    assert message.text == "I can say more once I know who you are."
    assert message.buttons == ()
    assert not message.ask_contact


def test_a_missing_value_is_an_error_that_names_key_and_placeholder_only(make_renderer: MakeRenderer) -> None:
    with pytest.raises(UnfilledPlaceholderError) as caught:
        make_renderer().render(Reply(key="utter_booked"), audience())

    assert (caught.value.key, caught.value.placeholder) == ("utter_booked", "slot")


def test_in_service_a_missing_value_gives_a_neutral_sentence_and_logs_the_key(make_renderer: MakeRenderer) -> None:
    with capture_logs() as logs:
        rendered = make_renderer(strict=False).render(Reply(key="utter_booked", choices=YES_NO), audience())

    assert rendered.key == "utter_menu"
    assert rendered.message.buttons == ()
    assert logs == [
        {"event": "rendering.unsayable", "log_level": "error", "key": "utter_booked", "placeholder": "slot"}
    ]


def test_in_service_the_shorter_wording_is_said_where_it_needs_no_value(make_renderer: MakeRenderer) -> None:
    reply = Reply(key="utter_again_only", choices=YES_NO)

    rendered = make_renderer(strict=False).render(reply, audience())

    assert rendered.key == "utter_again_only_again"
    assert [button.payload for button in rendered.message.buttons] == ["/y", "/n"]


def test_a_name_the_clinic_does_not_have_is_never_shown(make_renderer: MakeRenderer) -> None:
    reply = Reply(key="utter_for", values={"visit_type": Named(kind=NameKind.VISIT_TYPE, id="no_such_visit")})

    assert make_renderer(strict=False).render(reply, audience()).key == "utter_menu"
    with pytest.raises(UnfilledPlaceholderError):
        make_renderer().render(reply, audience())


def test_an_unknown_key_is_an_error_and_in_service_neutral(make_renderer: MakeRenderer) -> None:
    with pytest.raises(UnknownResponseError):
        make_renderer().render(Reply(key="utter_nothing"), audience())

    assert make_renderer(strict=False).render(Reply(key="utter_nothing"), audience()).key == "utter_menu"


def test_a_label_without_words_never_shows_its_key(make_renderer: MakeRenderer) -> None:
    reply = Reply(key="utter_which", choices=(Choice(payload="/1", label=Words(key="button_lost")),))

    message = make_renderer(strict=False).render(reply, audience()).message

    assert "button_lost" not in message.text
    assert message.buttons == ()


def test_a_second_wording_that_was_not_written_falls_back_to_the_first(make_renderer: MakeRenderer) -> None:
    assert make_renderer().render(Reply(key="utter_sure_again"), audience()).message.text == "Shall I book it?"


def test_times_stand_in_full_above_short_buttons(make_renderer: MakeRenderer, clinic: Clinic) -> None:
    choices = tuple(Choice(payload=f"/{hour}", label=slot(clinic, hour=hour)) for hour in (15, 16))

    message = make_renderer().render(Reply(key="utter_which", choices=choices), audience()).message

    assert message.text == (
        "Which one?\n1. Thursday, March 5, 3:00 PM, Dr. Grace Lee, Downtown\n"
        "2. Thursday, March 5, 4:00 PM, Dr. Grace Lee, Downtown"
    )
    assert [button.label for button in message.buttons] == ["Thu Mar 5, 3:00 PM", "Thu Mar 5, 4:00 PM"]


@pytest.mark.parametrize("language", ["en", "es"])
def test_two_doctors_free_at_once_get_two_different_buttons(
    make_renderer: MakeRenderer, clinic: Clinic, shipped: Catalogue, language: str
) -> None:
    lees = ("lee_grace", "lee_daniel")
    choices = tuple(Choice(payload=name, label=slot(clinic, provider=name)) for name in lees)
    renderer = make_renderer(catalogue=shipped)

    message = renderer.render(Reply(key="utter_ask_offer", choices=choices), audience(language=language)).message

    labels = [button.label for button in message.buttons]
    assert len(set(labels)) == 2
    assert labels[1].startswith("2. ")
    assert max(map(len, labels)) <= 20


def test_without_buttons_choices_are_numbered(make_renderer: MakeRenderer, clinic: Clinic) -> None:
    choices = tuple(Choice(payload=site.id, label=Named(kind=NameKind.SITE, id=site.id)) for site in clinic.sites)

    message = make_renderer().render(Reply(key="utter_which", choices=choices), audience(channel=Channel.SMS)).message

    assert message.text == "Which one?\n1. Downtown\n2. Eastside\n3. Northgate"
    assert message.buttons == ()


def test_more_choices_than_the_channel_has_buttons_are_numbered(make_renderer: MakeRenderer, clinic: Clinic) -> None:
    choices = tuple(Choice(payload=site.id, label=Named(kind=NameKind.SITE, id=site.id)) for site in clinic.sites)
    renderer = make_renderer(can=Capabilities(buttons=True, max_buttons=2))

    message = renderer.render(Reply(key="utter_which", choices=choices), audience()).message

    assert message.text.count("\n") == 3
    assert message.buttons == ()


def test_a_label_that_had_to_be_cut_stands_in_full_in_the_text(make_renderer: MakeRenderer) -> None:
    long = Choice(payload="/1", label=Named(kind=NameKind.VISIT_TYPE, id="primary_new"))
    short = Choice(payload="/2", label=Named(kind=NameKind.VISIT_TYPE, id="skin_visit"))

    message = make_renderer().render(Reply(key="utter_which", choices=(long, short)), audience()).message

    assert "1. First visit as a new patient\n2. Skin visit" in message.text
    assert [button.label for button in message.buttons] == ["First visit as a…", "Skin visit"]


def test_yes_or_no_needs_no_list_and_without_buttons_a_hint(make_renderer: MakeRenderer, shipped: Catalogue) -> None:
    asked = Reply(key="utter_ask_want_person", choices=YES_NO)
    renderer = make_renderer(catalogue=shipped)

    web = renderer.render(asked, audience()).message
    sms = renderer.render(asked, audience(channel=Channel.SMS)).message
    spanish = renderer.render(asked, audience(channel=Channel.SMS, language="es")).message

    assert (web.text[-1], [button.label for button in web.buttons]) == ("?", ["Yes", "No"])
    assert sms.text.endswith("? (yes/no)")
    assert spanish.text.endswith("? (sí/no)")


@pytest.mark.parametrize("language", ["en", "es"])
def test_the_hint_is_not_said_twice(make_renderer: MakeRenderer, shipped: Catalogue, language: str) -> None:
    reply = Reply(key="utter_ask_want_person_again", choices=YES_NO)

    text = make_renderer(catalogue=shipped).render(reply, audience(channel=Channel.SMS, language=language)).message.text

    assert "(" not in text


def test_a_discreet_patient_sees_the_alias_and_no_specialty_on_the_lock_screen(
    make_renderer: MakeRenderer,
) -> None:
    about = Reply(key="utter_for", values={"visit_type": Named(kind=NameKind.VISIT_TYPE, id="skin_visit")})
    renderer = make_renderer()

    open_text = renderer.render(about, audience()).message.text
    discreet = renderer.render(about, audience(discreet=True)).message.text

    assert open_text.startswith("Skin visit")
    assert discreet.startswith("HCH office:")
    assert "skin" not in discreet[:40].casefold()
    assert discreet.endswith("Skin visit: shall I book it?")
    assert renderer.render(Reply(key="utter_hello"), audience(discreet=True)).message.text == "Hello from HCH office."


def test_a_discreet_patient_s_choices_are_covered_too(make_renderer: MakeRenderer) -> None:
    choices = (Choice(payload="/1", label=Named(kind=NameKind.TEST, id="hiv_test")),)
    reply = Reply(key="utter_which", choices=choices)

    text = make_renderer().render(reply, audience(channel=Channel.SMS, discreet=True)).message.text

    assert "HIV" in text
    assert "HIV" not in text[:40]


def test_a_safety_text_names_the_site_s_number_and_never_a_gap(make_renderer: MakeRenderer, clinic: Clinic) -> None:
    nameless = replace(clinic, sites=tuple(replace(site, emergency_number=None) for site in clinic.sites))
    reply = Reply(key="utter_emergency", safety=True)

    assert make_renderer().render(reply, audience(level=Level.ANYONE)).message.text == "Call 911 now."
    unnamed = make_renderer(facts=nameless).render(reply, audience(level=Level.ANYONE)).message.text
    assert unnamed == "Call emergency services now."


def test_a_language_nobody_wrote_reads_english_throughout(make_renderer: MakeRenderer, clinic: Clinic) -> None:
    reply = Reply(key="utter_booked", values={"slot": slot(clinic)})

    text = make_renderer().render(reply, audience(language="ht")).message.text

    assert text == "Booked: Thursday, March 5, 3:00 PM, Dr. Grace Lee, Downtown."


def test_a_regional_language_reads_its_base(make_renderer: MakeRenderer, shipped: Catalogue) -> None:
    renderer = make_renderer(catalogue=shipped)

    assert renderer.render(Reply(key="utter_sorry"), audience(language="es-MX")).message.text.startswith("Perdón")


def test_the_clinic_s_own_words_fall_back_to_its_own_language(make_renderer: MakeRenderer) -> None:
    values = {"test": Local(by_language={"en": "Blood count"}), "text": Local(by_language={"es": "Bien.", "en": "Ok."})}
    reply = Reply(key="utter_result", values=values)

    text = make_renderer().render(reply, audience(level=Level.SECOND_FACTOR, language="en")).message.text

    assert text == "Blood count: Ok."


def test_braces_in_a_value_are_not_filled_again(make_renderer: MakeRenderer) -> None:
    reply = Reply(key="utter_task", values={"task": Local(by_language={"en": "{clinic}"})})

    assert make_renderer().render(reply, audience()).message.text == "Back to {clinic}."


@pytest.mark.parametrize("key", ["utter_emergency", "utter_withheld", "utter_menu"])
def test_a_catalogue_without_a_text_that_must_never_be_missing_is_refused(
    make_renderer: MakeRenderer, key: str
) -> None:
    lines = [line for line in RESPONSES.splitlines() if not line.startswith(f"  {key}:")]
    catalogue = load_catalogue("\n".join(lines), file="responses.yml", translations={})

    with pytest.raises(UnknownResponseError, match=key):
        make_renderer(catalogue=catalogue)


def test_an_abbreviation_s_stop_ends_the_sentence_too(make_renderer: MakeRenderer, shipped: Catalogue) -> None:
    renderer = make_renderer(catalogue=shipped)
    values = {"due": NOW + timedelta(hours=5)}

    spanish = renderer.render(Reply(key="utter_misses", values=values), audience(language="es")).message.text
    english = renderer.render(Reply(key="utter_misses", values=values), audience()).message.text

    assert spanish.endswith("hoy a las 3:00 p. m.")
    assert not spanish.endswith("..")
    assert english.endswith("3:00 PM today.")
