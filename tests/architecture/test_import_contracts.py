"""Which room may know which: the contracts of pyproject.toml, kept, and able to be broken."""

import ast
import shutil
import subprocess
import sys
from pathlib import Path

import pytest

from tests.architecture.house import PACKAGES, ROOT, modules

LINT = "import sys; from importlinter.cli import lint_imports; sys.exit(lint_imports(no_cache=True))"

ONLY_HOME = {
    "aiogram": ("bot/channels/telegram/",),
    "sqlalchemy": ("storage/",),
    "cryptography": ("storage/crypto/",),
    "apscheduler": ("bot/scheduling/",),
    "babel": ("bot/rendering/",),
    "numpy": ("nlu/embedded/",),
    "onnx": ("nlu/embedded/encoder_graph.py",),
    "onnxruntime": ("nlu/embedded/encoder.py",),
    "tokenizers": ("nlu/embedded/encoder.py",),
    "jinja2": ("bot/channels/webchat/", "bot/web/"),
    "argon2": ("bot/web/inbox/passwords.py",),
    "py3langid": ("nlu/language.py",),
    "click": ("bot/cli/",),
    "sqlite3": ("storage/",),
}
"""Where a library may be imported; nowhere else."""


def contracts(root: Path) -> subprocess.CompletedProcess[str]:
    return subprocess.run(  # noqa: S603 our own interpreter on our own words
        [sys.executable, "-c", LINT], cwd=root, capture_output=True, text=True, check=False, timeout=100
    )


def test_every_import_contract_is_kept() -> None:
    run = contracts(ROOT)

    assert run.returncode == 0, run.stdout + run.stderr
    assert ", 0 broken" in run.stdout


BREACHES = {
    "domain imports nothing of ours": ("domain/planted.py", "import storage.store\n"),
    "nlu and storage never import each other": ("nlu/planted.py", "import storage.store\n"),
    "use cases know the domain": ("bot/usecases/planted.py", "import bot.composition\n"),
    "of storage, bot knows the store alone": ("bot/cli/planted.py", "import storage.tables\n"),
    "no channel knows another": ("bot/channels/webchat/planted.py", "import bot.channels.rest.wire\n"),
    "pages call use cases": ("bot/web/planted.py", "import bot.composition\n"),
    "aiogram stays": ("bot/web/planted_too.py", "import aiogram\n"),
    "SQLAlchemy stays": ("bot/planted.py", "from sqlalchemy import select\n"),
    "cryptography stays": ("storage/planted.py", "from cryptography.fernet import Fernet\n"),
    "Babel stays": ("bot/content/planted.py", "import babel\n"),
    "APScheduler stays": ("bot/usecases/planted_too.py", "import apscheduler\n"),
}
"""A contract's name, and a file that breaks it."""


def test_each_kind_of_breach_is_found(tmp_path: Path) -> None:
    for package in PACKAGES:
        shutil.copytree(ROOT / package, tmp_path / package, ignore=shutil.ignore_patterns("__pycache__"))
    shutil.copy(ROOT / "pyproject.toml", tmp_path)
    for path, text in BREACHES.values():
        (tmp_path / path).write_text(text, encoding="utf-8")

    run = contracts(tmp_path)

    assert run.returncode != 0
    unwrapped = " ".join(run.stdout.split())
    broken = unwrapped.partition("Broken contracts")[2]
    assert [name for name in BREACHES if name not in broken] == []


@pytest.mark.parametrize("library", ONLY_HOME)
def test_a_library_is_imported_at_home_only(library: str) -> None:
    importers = [
        f"{module.path}:{line}"
        for module in modules()
        for name, line in module.imports()
        if name.partition(".")[0] == library
    ]

    assert importers, f"nothing imports {library}: its line here is out of date"
    assert [place for place in importers if not place.startswith(ONLY_HOME[library])] == []


def test_nothing_is_imported_inside_a_function() -> None:
    inside = [
        f"{module.path}:{node.lineno}"
        for module in modules()
        for function in module.functions()
        for node in ast.walk(function)
        if isinstance(node, ast.Import | ast.ImportFrom)
    ]

    assert inside == []


def test_our_own_imports_are_absolute() -> None:
    relative = [
        f"{module.path}:{node.lineno}"
        for module in modules()
        for node in ast.walk(module.tree)
        if isinstance(node, ast.ImportFrom) and node.level
    ]

    assert relative == []
