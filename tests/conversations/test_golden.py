"""Plays every golden conversation and compares it word for word with what is written."""

import asyncio
from pathlib import Path

import pytest

from bot.cli.conversations import as_diff
from bot.composition import engine_for
from bot.content.release import Release, load_release
from bot.golden import Stage, replay, set_stage
from bot.settings import read_settings
from nlu.engine import NluEngine

HERE = Path(__file__).parent
FILES = sorted(HERE.glob("*/*.yml"))
AT_LEAST = {"en": 40, "es": 15}


@pytest.fixture(scope="session")
def release() -> Release:
    """The packaged content."""
    return load_release()


@pytest.fixture(scope="session")
def engine(release: Release) -> NluEngine:
    """The embedded engine; its models are trained once per machine and kept where the program keeps them."""
    return engine_for(release, read_settings().models)


@pytest.fixture(scope="module")
def stage(release: Release, engine: NluEngine, tmp_path_factory: pytest.TempPathFactory) -> Stage:
    """One demo home, copied for each conversation."""
    return asyncio.run(set_stage(release, engine, tmp_path_factory.mktemp("stage")))


@pytest.mark.parametrize("file", FILES, ids=lambda file: f"{file.parent.name}/{file.stem}")
async def test_conversation_goes_as_written(file: Path, stage: Stage) -> None:
    played = await replay(file, stage)

    assert "\n".join(as_diff(difference) for difference in played.differences) == ""


@pytest.mark.parametrize("language", AT_LEAST)
def test_there_are_enough_conversations(language: str) -> None:
    found = [file for file in FILES if file.parent.name == language]

    assert len(found) >= AT_LEAST[language]


async def test_a_changed_word_is_a_difference(stage: Stage, tmp_path: Path) -> None:
    """The comparison itself: a conversation that says something else is reported with file, line and both versions."""
    written = (HERE / "en" / "thanks_and_bye.yml").read_text(encoding="utf-8")
    changed = tmp_path / "changed.yml"
    changed.write_text(written.replace("Take care", "Farewell"), encoding="utf-8")

    played = await replay(changed, stage)

    assert [(item.file, item.line) for item in played.differences] == [
        ("changed.yml", _line_of(written, "patient: bye"))
    ]
    assert "Farewell" in played.differences[0].expected
    assert "Take care" in played.differences[0].found


async def test_every_conversation_says_something(stage: Stage, tmp_path: Path) -> None:
    """A file whose turns expect nothing is caught: silence is written down as an empty list, never left out."""
    empty = tmp_path / "empty.yml"
    empty.write_text("conversation: Nothing expected\nturns:\n- patient: hello\n", encoding="utf-8")

    played = await replay(empty, stage)

    assert len(played.differences) == 1


def _line_of(text: str, words: str) -> int:
    return next(number for number, line in enumerate(text.splitlines(), start=1) if words in line)
