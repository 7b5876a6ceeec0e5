"""Trains Rasa on our data and serves it on loopback, a server a language: what `make rasa` runs.

    python -m nlu.rasa.house --rasa .venv-rasa/bin/rasa --folder .rasa [--languages en,es] [--train-only]

Rasa runs from an environment of its own and is only ever started, never imported. Its telemetry is off and its log is
kept to warnings, which hold no messages.
"""

from __future__ import annotations

import argparse
import hashlib
import os
import signal
import subprocess
import sys
from collections.abc import Sequence
from dataclasses import dataclass
from pathlib import Path
from typing import TextIO

from nlu.assembly import PACKAGED_DATA
from nlu.factory import packaged_languages
from nlu.rasa.ports import RASA_PORT

_QUIET = {
    "RASA_TELEMETRY_ENABLED": "false",
    "LOG_LEVEL": "WARNING",
    "TF_CPP_MIN_LOG_LEVEL": "3",
    "SQLALCHEMY_SILENCE_UBER_WARNING": "1",
    "PYTHONWARNINGS": "ignore",
}
_TRAIN_SECONDS = 3600
_STOP_SECONDS = 20


@dataclass(frozen=True, slots=True, kw_only=True)
class RasaHouse:
    """Where Rasa is and where its models are kept."""

    rasa: Path
    folder: Path
    data: Path = PACKAGED_DATA

    def model(self, language: str) -> Path:
        """The model of a language's present data and configuration, trained or not."""
        digest = hashlib.sha256()
        for path in sorted((*(self.data / language).glob("*.yml"), *(self.data / "rasa").glob("*"))):
            digest.update(path.name.encode())
            digest.update(path.read_bytes())
        return self.folder / "models" / f"{language}-{digest.hexdigest()[:16]}.tar.gz"

    def train(self, language: str) -> Path:
        """Train a language unless its model is there. Raises CalledProcessError, TimeoutExpired or OSError."""
        model = self.model(language)
        if model.exists():
            return model
        model.parent.mkdir(parents=True, exist_ok=True)
        unfinished = f"unfinished-{language}"
        command = [
            str(self.rasa), "train", "nlu", "--nlu", str(self.data / language),
            "--config", str(self.data / "rasa" / "config.yml"), "--domain", str(self.data / "rasa" / "domain.yml"),
            "--out", str(model.parent), "--fixed-model-name", unfinished,
        ]  # fmt: skip
        subprocess.run(  # noqa: S603 - the operator's own Rasa, no shell
            command, check=True, env=_environment(), cwd=self.folder, timeout=_TRAIN_SECONDS
        )
        (model.parent / f"{unfinished}.tar.gz").rename(model)
        return model

    def serve(self, language: str, port: int) -> subprocess.Popen[bytes]:
        """Start a server of one language on loopback."""
        command = [
            str(self.rasa), "run", "--enable-api", "--interface", "127.0.0.1", "--port", str(port),
            "--model", str(self.model(language)),
        ]  # fmt: skip
        return subprocess.Popen(command, env=_environment(), cwd=self.folder)  # noqa: S603 - as above


def _say(line: str, *, to: TextIO | None = None) -> None:
    stream = to or sys.stdout
    stream.write(f"rasa: {line}\n")
    stream.flush()


def _environment() -> dict[str, str]:
    return {**os.environ, **_QUIET}


def serve_all(house: RasaHouse, languages: Sequence[str]) -> int:
    """Serve every language until one of the servers ends or we are told to stop; 0 when told, else 1."""
    told: list[int] = []
    before = {
        name: signal.signal(name, lambda number, _: told.append(number)) for name in (signal.SIGINT, signal.SIGTERM)
    }
    every = packaged_languages()
    ports = {language: RASA_PORT + every.index(language) for language in languages}
    servers = {language: house.serve(language, port) for language, port in ports.items()}
    try:
        for language, port in ports.items():
            _say(f"{language} on http://127.0.0.1:{port} (about 15 s until it answers)")
        while not told:
            for language, server in servers.items():
                try:
                    server.wait(timeout=0.5)
                except subprocess.TimeoutExpired:
                    continue
                if not told:
                    _say(f"the {language} server ended with status {server.returncode}", to=sys.stderr)
                    return 1
        return 0
    finally:
        for name, handler in before.items():
            signal.signal(name, handler)
        for server in servers.values():
            server.terminate()
        for server in servers.values():
            try:
                server.wait(timeout=_STOP_SECONDS)
            except subprocess.TimeoutExpired:
                server.kill()


def main(arguments: Sequence[str] | None = None) -> int:
    """See the module."""
    parser = argparse.ArgumentParser(description="Train Rasa on our data and serve it on loopback.")
    parser.add_argument("--rasa", type=Path, required=True, help="the rasa command of its own environment")
    parser.add_argument("--folder", type=Path, required=True, help="where its models are kept")
    parser.add_argument("--languages", default=",".join(packaged_languages()))
    parser.add_argument("--train-only", action="store_true")
    given = parser.parse_args(arguments)
    languages = [language for language in given.languages.split(",") if language]
    strange = sorted(set(languages) - set(packaged_languages()))
    if strange or not languages:
        parser.error(f"--languages: {', '.join(strange) or 'none'}; there are {', '.join(packaged_languages())}")
    if not given.rasa.exists():
        parser.error(f"--rasa: there is no {given.rasa}; `make rasa` installs it")
    house = RasaHouse(rasa=given.rasa.absolute(), folder=given.folder.absolute())
    house.folder.mkdir(parents=True, exist_ok=True)
    for language in languages:
        _say(f"training {language} (a few minutes the first time) …")
        try:
            house.train(language)
        except (subprocess.SubprocessError, OSError) as error:
            _say(f"training {language} did not work: {type(error).__name__}", to=sys.stderr)
            return 1
    return 0 if given.train_only else serve_all(house, languages)


if __name__ == "__main__":
    sys.exit(main())
