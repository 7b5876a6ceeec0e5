"""What `make rasa` runs, with a stand-in for Rasa's command that notes how it was called."""

import os
import subprocess
import sys
from pathlib import Path

import pytest

from nlu.rasa.house import RasaHouse, main

STAND_IN = """#!{python}
import os, sys
with open({notes!r}, "a") as notes:
    print(sys.argv[1], os.environ["RASA_TELEMETRY_ENABLED"], os.environ["LOG_LEVEL"], file=notes)
if "fail" in {mode!r}:
    sys.exit(3)
if sys.argv[1] == "train":
    out, name = sys.argv[sys.argv.index("--out") + 1], sys.argv[sys.argv.index("--fixed-model-name") + 1]
    open(os.path.join(out, name + ".tar.gz"), "w").write("a model")
"""


@pytest.fixture
def notes(tmp_path: Path) -> Path:
    return tmp_path / "notes"


def a_house(folder: Path, notes: Path, *, mode: str = "work") -> RasaHouse:
    rasa = folder / "rasa"
    rasa.write_text(STAND_IN.format(python=sys.executable, notes=str(notes), mode=mode))
    rasa.chmod(0o755)
    data = folder / "data"
    (data / "en").mkdir(parents=True, exist_ok=True)
    (data / "rasa").mkdir(exist_ok=True)
    (data / "en" / "a.yml").write_text("nlu: []")
    (data / "rasa" / "config.yml").write_text("pipeline: []")
    return RasaHouse(rasa=rasa, folder=folder, data=data)


def test_a_language_is_trained_once_and_again_when_its_data_changed(tmp_path: Path, notes: Path) -> None:
    house = a_house(tmp_path, notes)

    first, again = house.train("en"), house.train("en")
    (house.data / "en" / "a.yml").write_text("nlu: [more]")
    changed = house.train("en")

    assert first == again != changed
    assert changed.read_text() == "a model"
    assert notes.read_text().splitlines() == ["train false WARNING"] * 2


def test_a_training_that_fails_leaves_no_model(tmp_path: Path, notes: Path) -> None:
    house = a_house(tmp_path, notes, mode="fail")

    with pytest.raises(subprocess.CalledProcessError):
        house.train("en")

    assert not house.model("en").exists()


def test_a_server_is_started_on_loopback_with_its_own_model(tmp_path: Path, notes: Path) -> None:
    house = a_house(tmp_path, notes)
    server = house.serve("en", 5005)

    assert server.wait(timeout=30) == 0
    assert [str(part) for part in server.args][1:] == [
        "run", "--enable-api", "--interface", "127.0.0.1", "--port", "5005", "--model", str(house.model("en")),
    ]  # fmt: skip
    assert notes.read_text() == "run false WARNING\n"


def test_a_server_that_ends_ends_the_house(tmp_path: Path, notes: Path, capsys: pytest.CaptureFixture[str]) -> None:
    house = a_house(tmp_path, notes)

    status = main(["--rasa", str(house.rasa), "--folder", str(tmp_path / "kept"), "--languages", "en"])

    assert status == 1
    assert "the en server ended" in capsys.readouterr().err
    assert notes.read_text().splitlines() == ["train false WARNING", "run false WARNING"]


@pytest.mark.parametrize("arguments", [["--languages", "xx"], ["--languages", ""]])
def test_a_language_without_data_is_refused(tmp_path: Path, arguments: list[str]) -> None:
    with pytest.raises(SystemExit) as refused:
        main(["--rasa", os.devnull, "--folder", str(tmp_path), *arguments])

    assert refused.value.code == 2


def test_a_missing_rasa_is_said_in_one_line(tmp_path: Path, capsys: pytest.CaptureFixture[str]) -> None:
    with pytest.raises(SystemExit):
        main(["--rasa", str(tmp_path / "none"), "--folder", str(tmp_path)])

    assert "`make rasa` installs it" in capsys.readouterr().err
