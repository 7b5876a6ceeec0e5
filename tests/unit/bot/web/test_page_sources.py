"""Rules the pages' own files keep, so that what a patient writes can never become markup or script."""

import re
from pathlib import Path

import pytest

from bot.channels.webchat import pages
from bot.channels.webchat.phrases import load_phrases
from bot.web import inbox
from bot.web.demo import room

FOLDERS = (Path(pages.__file__).parent, Path(room.__file__).parent, Path(inbox.__file__).parent)
SCRIPTS = [path for folder in FOLDERS for path in sorted((folder / "static").glob("*.js"))]
TEMPLATES = [path for folder in FOLDERS for path in sorted((folder / "templates").glob("*.html"))]
STYLES = [path for folder in FOLDERS for path in sorted((folder / "static").glob("*.css"))]

SINKS = re.compile(
    r"innerHTML|outerHTML|insertAdjacentHTML|document\.write|\beval\b|new Function|setHTML|srcdoc|DOMParser"
    r"|createContextualFragment|javascript:|setAttribute\(\s*[\"'](on|style|src|href)"
)
USED_WORDS = re.compile(r"""words\[(?:"|')([\w.]+)(?:"|')\]""")


def test_there_are_files_to_check() -> None:
    assert {path.name for path in SCRIPTS} >= {
        "chat.js",
        "thread.js",
        "delivery.js",
        "stream.js",
        "demo.js",
        "pager.js",
    }
    assert {path.name for path in TEMPLATES} >= {"chat.html", "error.html", "demo.html"}


@pytest.mark.parametrize("script", SCRIPTS, ids=lambda path: path.name)
def test_scripts_write_text_only(script: Path) -> None:
    assert SINKS.findall(script.read_text(encoding="utf-8")) == []


@pytest.mark.parametrize("template", TEMPLATES, ids=lambda path: path.name)
def test_templates_have_no_inline_script_style_or_unescaped_value(template: Path) -> None:
    source = template.read_text(encoding="utf-8")

    assert re.findall(r"<script(?![^>]*\bsrc=)", source) == []
    assert re.findall(r"<style|\sstyle=|\son\w+=|\|\s*safe\b|autoescape", source) == []


@pytest.mark.parametrize("source", [*SCRIPTS, *TEMPLATES, *STYLES], ids=lambda path: path.name)
def test_nothing_is_fetched_from_elsewhere(source: Path) -> None:
    assert (
        re.findall(r"(?:src|href|from|url\(|fetch\(|EventSource\()[=\s\"'`(]*(?:https?:)?//", source.read_text("utf-8"))
        == []
    )


def test_every_word_the_pages_ask_for_is_in_the_catalogue() -> None:
    words = load_phrases(FOLDERS[0] / "words").in_("en")
    asked = {word for path in (*SCRIPTS, *TEMPLATES) for word in USED_WORDS.findall(path.read_text(encoding="utf-8"))}

    assert len(asked) > 30
    assert asked - words.keys() == set()
