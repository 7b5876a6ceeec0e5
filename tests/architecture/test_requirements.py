"""What is installed: pinned, hashed, from no address of ours, and named where it is used."""

import re
import sys
import tomllib
from pathlib import Path

import pytest

from tests.architecture.house import PACKAGES, ROOT, modules

FILES = ("runtime.txt", "bare.txt", "dev.txt", "rasa.txt")
DISTRIBUTIONS = {
    "argon2": "argon2-cffi", "uuid_utils": "uuid-utils", "yaml": "pyyaml",
}  # fmt: skip
"""Where a library is installed under another name than it is imported by."""
PIN = re.compile(r"^([a-z0-9-]+)==([^ ;\\]+)")


def entries(file: str) -> dict[str, tuple[str, int]]:
    """Each pinned package: its version and how many hashes it has."""
    found: dict[str, tuple[str, int]] = {}
    name = ""
    for line in (ROOT / "requirements" / file).read_text(encoding="utf-8").splitlines():
        pin = PIN.match(line)
        if pin:
            name = pin.group(1)
            # A package may be pinned twice, for different Pythons: the first stands for both.
            found.setdefault(name, (pin.group(2), 0))
        elif line.strip().startswith("--hash=sha256:"):
            found[name] = (found[name][0], found[name][1] + 1)
        else:
            assert not line.strip() or line.lstrip().startswith("#"), f"{file}: {line!r} is neither pin nor hash"
    return found


def declared() -> dict[str, set[str]]:
    project = tomllib.loads((ROOT / "pyproject.toml").read_text(encoding="utf-8"))

    def names(written: list[str]) -> set[str]:
        return {re.split(r"[^A-Za-z0-9-]", item)[0].lower() for item in written}

    bare = (ROOT / "requirements" / "bare.in").read_text(encoding="utf-8").splitlines()
    return {
        "runtime.txt": names(project["project"]["dependencies"]),
        "bare.txt": names([line for line in bare if not line.startswith("#")]),
        "dev.txt": names(project["dependency-groups"]["dev"]),
    }


@pytest.mark.parametrize("file", FILES)
def test_every_pinned_package_has_hashes(file: str) -> None:
    found = entries(file)

    assert len(found) > (2 if file == "bare.txt" else 20)
    assert [name for name, (_, hashes) in found.items() if not hashes] == []


@pytest.mark.parametrize("file", FILES)
def test_no_address_and_no_path_is_written_down(file: str) -> None:
    text = (ROOT / "requirements" / file).read_text(encoding="utf-8")

    assert re.findall(r"https?://|file://|--index-url|--find-links|/home/|/root/|/Users/", text) == []


@pytest.mark.parametrize("file", ["runtime.txt", "bare.txt", "dev.txt"])
def test_every_declared_package_is_pinned(file: str) -> None:
    assert declared()[file] - set(entries(file)) == set()


def test_tests_run_on_the_versions_that_serve() -> None:
    runtime, dev = entries("runtime.txt"), entries("dev.txt")

    assert {name: (version, dev.get(name)) for name, version in runtime.items() if dev.get(name) != version} == {}


def test_every_library_imported_is_declared() -> None:
    known = declared()["runtime.txt"] | declared()["bare.txt"]
    imported = {name.partition(".")[0] for module in modules() for name, _ in module.imports()}
    libraries = imported - set(sys.stdlib_module_names) - set(PACKAGES)
    undeclared = {library for library in libraries if DISTRIBUTIONS.get(library, library).lower() not in known}

    assert undeclared == set()


def test_whatever_is_not_code_is_inside_the_packages_that_are_installed() -> None:
    """The wheel holds the four packages whole; data read at run time must lie in them."""
    project = tomllib.loads((ROOT / "pyproject.toml").read_text(encoding="utf-8"))
    wheel = project["tool"]["hatch"]["build"]["targets"]["wheel"]
    outside = [
        f"{module.path}: {node}"
        for module in modules()
        for node in re.findall(r"parents\[[3-9]\]|/ \"(?:tests|docs|requirements)\"", module.text)
    ]

    assert sorted(wheel["packages"]) == sorted(PACKAGES)
    assert not set(wheel) & {"exclude", "include", "only-include"}
    assert outside == []
    assert all(Path(ROOT / package / "__init__.py").exists() for package in PACKAGES)
