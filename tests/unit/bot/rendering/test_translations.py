"""Extract, merge, report: nothing a translator wrote is lost, and the same inputs give the same bytes."""

import io
from importlib.resources import files
from pathlib import Path

import pytest
from babel.messages.extract import extract

from bot.rendering.catalogue import load_catalogue
from bot.rendering.packaged import packaged_translations
from bot.rendering.translations import merge, update_translations
from domain.errors import ContentError

ENGLISH = """version: "1"
responses:
  utter_hello: "Hello."
  utter_due: "They answer by {due}."
  utter_emergency: {safety: true, text: "Call {emergency} now."}
  button_no: "No"
"""


def _translated(po: str, key: str, words: str) -> str:
    """The PO text with one entry filled."""
    head, context, rest = po.partition(f'msgctxt "{key}"')
    before, empty, after = rest.partition('msgstr ""')
    assert context
    assert empty
    return f'{head}{context}{before}msgstr "{words}"{after}'


def test_babel_reads_responses_with_their_keys_as_context() -> None:
    found = list(extract("bot.rendering.extract:extract_responses", io.BytesIO(ENGLISH.encode())))

    assert [(line, text, context) for line, text, _, context in found] == [
        (3, "Hello.", "utter_hello"),
        (4, "They answer by {due}.", "utter_due"),
        (5, "Call {emergency} now.", "utter_emergency"),
        (6, "No", "button_no"),
    ]
    notes = [comments for _, _, comments, _ in found]
    assert notes[0] == []
    assert "one SMS segment" in notes[2][0]
    assert "20 characters" in notes[3][0]


def test_a_new_language_begins_with_every_text_missing_in_order() -> None:
    merged = merge(ENGLISH, "", language="fr")

    assert merged.missing == ("utter_hello", "utter_due", "utter_emergency", "button_no")
    assert not merged.complete
    assert merged.changed


def test_merging_again_changes_nothing() -> None:
    first = merge(ENGLISH, "", language="es").text
    filled = _translated(first, "utter_hello", "Hola.")

    once = merge(ENGLISH, filled, language="es")
    twice = merge(ENGLISH, once.text, language="es")

    assert twice.text == once.text
    assert not twice.changed
    assert "utter_hello" not in once.missing


def test_changed_english_keeps_the_old_words_as_fuzzy_and_shows_what_they_translated() -> None:
    po = _translated(merge(ENGLISH, "", language="es").text, "utter_hello", "Hola.")

    merged = merge(ENGLISH.replace("Hello.", "Hello there."), po, language="es")

    assert merged.fuzzy == ("utter_hello",)
    assert 'msgstr "Hola."' in merged.text
    assert "# was: Hello.\n" in merged.text
    assert merged.obsolete == ()


def test_a_fuzzy_entry_stays_fuzzy_until_someone_looks() -> None:
    po = _translated(merge(ENGLISH, "", language="es").text, "utter_hello", "Hola.")
    changed = ENGLISH.replace("Hello.", "Hello there.")

    again = merge(changed, merge(changed, po, language="es").text, language="es")

    assert again.fuzzy == ("utter_hello",)
    assert not again.changed
    looked_at = again.text.replace("#, fuzzy\n", "")
    done = merge(changed, looked_at, language="es")
    assert done.fuzzy == ()
    assert "was:" not in done.text


def test_a_text_taken_out_and_put_back_finds_its_translation() -> None:
    po = _translated(merge(ENGLISH, "", language="es").text, "utter_hello", "Hola.")
    without = merge(ENGLISH.replace('  utter_hello: "Hello."\n', ""), po, language="es")

    back = merge(ENGLISH, without.text, language="es")

    assert without.obsolete == ("utter_hello",)
    assert "utter_hello" not in back.missing
    assert back.obsolete == ()
    assert (
        load_catalogue(ENGLISH, file="r", translations={"es": back.text}).responses["utter_hello"].in_("es") == "Hola."
    )


def test_a_translator_s_comment_is_kept() -> None:
    po = merge(ENGLISH, "", language="es").text.replace('msgctxt "utter_hello"', '# warm\nmsgctxt "utter_hello"')

    assert "# warm\n" in merge(ENGLISH, po, language="es").text


def test_the_file_names_no_date_and_no_person() -> None:
    header = merge(ENGLISH, "", language="es").text.split("\n\n")[0]

    assert header.splitlines() == [
        'msgid ""', 'msgstr ""', '"Language: es\\n"', '"Content-Type: text/plain; charset=utf-8\\n"',
    ]  # fmt: skip


def test_a_broken_file_is_refused() -> None:
    with pytest.raises(ContentError, match="gettext"):
        merge(ENGLISH, "nonsense\n", language="es")


def test_updating_writes_only_when_told_and_only_what_changed(tmp_path: Path) -> None:
    responses, folder = tmp_path / "responses.yml", tmp_path / "locales" / "es" / "LC_MESSAGES"
    responses.write_text(ENGLISH, encoding="utf-8")
    folder.mkdir(parents=True)
    po = folder / "wellspoken.po"

    looked = update_translations(responses, tmp_path / "locales", write=False)
    assert not po.exists()
    wrote = update_translations(responses, tmp_path / "locales", write=True)
    again = update_translations(responses, tmp_path / "locales", write=True)

    assert [item.language for item in looked] == ["es"]
    assert po.read_text(encoding="utf-8") == wrote[0].text
    assert [item.changed for item in (*looked, *wrote, *again)] == [True, True, False]


def test_the_shipped_translations_are_complete_and_up_to_date() -> None:
    english = (files("bot.content") / "responses.yml").read_text(encoding="utf-8")

    for language, po in packaged_translations().items():
        merged = merge(english, po, language=language)
        assert (merged.missing, merged.fuzzy, merged.obsolete, merged.changed) == ((), (), (), False)
