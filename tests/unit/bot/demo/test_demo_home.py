from pathlib import Path

import pytest

from bot.demo.home import DemoHome
from domain.errors import RefusedToStartError


def _filled(root: Path) -> DemoHome:
    home = DemoHome(root)
    home.prepare()
    for name in ("data", "keys", "audit", "run"):
        (root / name).mkdir()
        (root / name / "something").write_text("kept", encoding="utf-8")
    home.clock.write_text("{}", encoding="utf-8")
    home.mark_filled()
    return home


def test_clearing_throws_away_records_keys_log_and_clock_and_keeps_the_mark(tmp_path: Path) -> None:
    home = _filled(tmp_path)

    home.clear()

    assert {path.name for path in tmp_path.iterdir()} == {"DEMO", "run"}
    assert not home.filled


def test_a_folder_without_the_mark_is_not_cleared(tmp_path: Path) -> None:
    home = _filled(tmp_path)
    (tmp_path / "DEMO").unlink()

    with pytest.raises(RefusedToStartError, match="no demo mark"):
        home.clear()

    assert (tmp_path / "data" / "something").read_text(encoding="utf-8") == "kept"
    assert home.filled


def test_a_folder_with_something_else_in_it_does_not_become_a_demo(tmp_path: Path) -> None:
    (tmp_path / "data").mkdir()

    with pytest.raises(RefusedToStartError, match="not a demo home"):
        DemoHome(tmp_path).prepare()

    assert [path.name for path in tmp_path.iterdir()] == ["data"]


def test_a_link_in_place_of_a_folder_is_not_followed(tmp_path: Path) -> None:
    elsewhere = tmp_path / "elsewhere"
    elsewhere.mkdir()
    (elsewhere / "precious").write_text("kept", encoding="utf-8")
    home = DemoHome(tmp_path / "home")
    home.prepare()
    (home.root / "data").symlink_to(elsewhere, target_is_directory=True)

    with pytest.raises(RefusedToStartError, match="cannot be removed"):
        home.clear()

    assert (elsewhere / "precious").read_text(encoding="utf-8") == "kept"


def test_a_filling_that_was_cut_short_is_not_taken_for_a_demo(tmp_path: Path) -> None:
    home = DemoHome(tmp_path)
    home.prepare()
    (tmp_path / "data").mkdir()

    assert not home.filled


def test_two_demos_do_not_share_a_home(tmp_path: Path) -> None:
    home = DemoHome(tmp_path)
    home.prepare()

    with home.held(), pytest.raises(RefusedToStartError, match="running"), DemoHome(tmp_path).held():
        pass
    with DemoHome(tmp_path).held():
        home.clear()
