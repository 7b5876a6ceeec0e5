"""The clinic.yml a clinic begins with: every key explained, what only the clinic can know left empty."""

from __future__ import annotations

from pathlib import Path

STARTER = Path(__file__).parent / "content" / "starter" / "clinic.yml"


def starter_clinic() -> str:
    """A commented clinic.yml for a small clinic.

    Each place marked FILL IN is empty, and loading the file before it is filled is an error that names its line.
    """
    return STARTER.read_text(encoding="utf-8")
