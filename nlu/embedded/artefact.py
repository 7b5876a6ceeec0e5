"""A model on disk: `arrays.npz` and `model.json`, never pickle. Its version is the hash of both."""

from __future__ import annotations

import hashlib
import io
import json
import zipfile
from collections.abc import Mapping
from dataclasses import asdict, dataclass
from pathlib import Path
from typing import Any

import numpy as np

from nlu.embedded.features import Vectoriser
from nlu.embedded.model import Calibration, LanguageModel
from nlu.embedded.nearest import ExampleIndex
from nlu.embedded.thesaurus import thesaurus_of
from nlu.errors import ModelCorruptError, ModelFormatError, ModelMissingError

FORMAT = 1
ARRAYS, MANIFEST = "arrays.npz", "model.json"
_VERSION_LENGTH = 16
_ARRAY_NAMES = ("weights", "bias", "idf", "index_starts", "index_rows", "index_weights")


@dataclass(frozen=True, slots=True, kw_only=True)
class PackedModel:
    """A model as bytes; `version` is what it is called on disk and in every report."""

    version: str
    manifest: bytes
    arrays: bytes


def pack(model: LanguageModel) -> PackedModel:
    """The same model always gives the same bytes."""
    arrays = _arrays(model)
    content = {
        "format": FORMAT,
        "language": model.language,
        "intents": list(model.intents),
        "vocabularies": [list(vocabulary) for vocabulary in model.vectoriser.vocabularies],
        "thesaurus": model.thesaurus.as_lists(),
        "examples": list(model.examples),
        "calibration": asdict(model.calibration),
        "known_words": sorted(model.known_words),
        "lexicon": model.lexicon,
        "data_hash": model.data_hash,
        "seed": model.seed,
        "metrics": model.metrics,
        "arrays_sha256": hashlib.sha256(arrays).hexdigest(),
    }
    manifest = json.dumps(content, ensure_ascii=False, separators=(",", ":"), sort_keys=True).encode()
    return PackedModel(version=_version(manifest), manifest=manifest, arrays=arrays)


def load(folder: Path) -> LanguageModel:
    """Read a model whose folder is named by its version; typed errors when it is missing, foreign or altered."""
    try:
        manifest, arrays = (folder / MANIFEST).read_bytes(), (folder / ARRAYS).read_bytes()
    except FileNotFoundError as error:
        raise ModelMissingError(path=folder, found="no model", expected=f"{MANIFEST} and {ARRAYS}") from error
    if _version(manifest) != folder.name:
        raise ModelCorruptError(path=folder / MANIFEST, found=f"hash {_version(manifest)}", expected=folder.name)
    content = json.loads(manifest)
    if content.get("format") != FORMAT:
        raise ModelFormatError(path=folder, found=f"format {content.get('format')}", expected=f"format {FORMAT}")
    digest = hashlib.sha256(arrays).hexdigest()
    if digest != content["arrays_sha256"]:
        raise ModelCorruptError(path=folder / ARRAYS, found=f"hash {digest}", expected=content["arrays_sha256"])
    return _unpacked(content, arrays)


def _version(manifest: bytes) -> str:
    return hashlib.sha256(manifest).hexdigest()[:_VERSION_LENGTH]


def _arrays(model: LanguageModel) -> bytes:
    parts = {
        "weights": model.weights,
        "bias": model.bias,
        "idf": model.vectoriser.idf,
        "index_starts": model.index.starts,
        "index_rows": model.index.rows,
        "index_weights": model.index.weights,
    }
    target = io.BytesIO()
    with zipfile.ZipFile(target, "w") as archive:
        for name in _ARRAY_NAMES:
            with io.BytesIO() as one:
                np.lib.format.write_array(one, parts[name], allow_pickle=False)
                # A ZipInfo of its own carries a fixed date, so that equal models are equal files.
                archive.writestr(zipfile.ZipInfo(f"{name}.npy"), one.getvalue(), zipfile.ZIP_DEFLATED)
    return target.getvalue()


def _calibration(content: Mapping[str, Any]) -> Calibration:
    first, second, third = content["scope_weights"]
    return Calibration(**{**content, "scope_weights": (first, second, third)})


def _unpacked(content: Mapping[str, Any], packed: bytes) -> LanguageModel:
    with np.load(io.BytesIO(packed), allow_pickle=False) as stored:
        arrays = {name: stored[name] for name in _ARRAY_NAMES}
    return LanguageModel(
        language=content["language"],
        intents=tuple(content["intents"]),
        vectoriser=Vectoriser.of(content["vocabularies"], arrays["idf"]),
        thesaurus=thesaurus_of(content["thesaurus"]),
        weights=arrays["weights"],
        bias=arrays["bias"],
        examples=tuple(content["examples"]),
        index=ExampleIndex(
            starts=arrays["index_starts"],
            rows=arrays["index_rows"],
            weights=arrays["index_weights"],
            size=len(content["examples"]),
        ),
        calibration=_calibration(content["calibration"]),
        known_words=frozenset(content["known_words"]),
        lexicon={
            entity: {value: tuple(wordings) for value, wordings in values.items()}
            for entity, values in content["lexicon"].items()
        },
        data_hash=content["data_hash"],
        seed=content["seed"],
        metrics=content["metrics"],
    )
