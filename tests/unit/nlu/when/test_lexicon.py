from __future__ import annotations

from pathlib import Path

import pytest

import nlu.entities.when as package
from domain.errors import ContentError
from nlu.entities.when.lexicon import read_lexicon

HERE = Path(package.__file__).parent
GRAMMAR = HERE / "grammar.yml"


def _spoilt(tmp_path: Path, old: str, new: str) -> Path:
    text = (HERE / "lexicons" / "en.yml").read_text(encoding="utf-8")
    assert old in text
    path = tmp_path / "en.yml"
    path.write_text(text.replace(old, new, 1), encoding="utf-8")
    return path


@pytest.mark.parametrize(
    ("old", "new", "found"),
    [
        ("  HALF: [half]", "  HALFWAY: [half]", "'HALFWAY'"),
        ("  HALF: [half]", "  HALF: [half, monday]", "'monday'"),
        ("clock_half:", "clock_third:", "'clock_third'"),
        ("HALF PAST? h:H mer", "HALF PAST? h:HOURS mer", "'HOURS'"),
        ("HALF PAST? h:H mer", "HALF (PAST? h:H mer", "does not compile"),
        ("\nscoring:", "\nscores:", "scores"),
        ("    - shifted_by:", "  sometime:\n    - shifted_by:", "'sometime'"),
        ("    not_before: [like, love]", "    not_beside: [like, love]", "not_beside"),
    ],
)
def test_a_faulty_lexicon_is_refused_with_its_file_and_line(tmp_path: Path, old: str, new: str, found: str) -> None:
    path = _spoilt(tmp_path, old, new)

    with pytest.raises(ContentError) as refusal:
        read_lexicon(path, grammar=GRAMMAR)

    assert found in str(refusal.value)
    assert refusal.value.file == str(path)
    assert refusal.value.line >= 1


def test_another_language_needs_only_a_file(tmp_path: Path) -> None:
    text = (HERE / "lexicons" / "en.yml").read_text(encoding="utf-8")
    path = tmp_path / "xx.yml"
    path.write_text(text.replace("[monday, mon]", "[lundi]"), encoding="utf-8")

    lexicon = read_lexicon(path, grammar=GRAMMAR)

    assert lexicon.language == "xx"
    assert "lundi" in lexicon.phrases
    assert "monday" not in lexicon.phrases
