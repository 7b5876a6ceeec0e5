"""A model on disk: `arrays.npz` and `model.json`, never pickle. Its version is the hash of both."""

from __future__ import annotations

import hashlib
import io
import json
import zipfile
from collections.abc import Mapping
from dataclasses import asdict, dataclass
from pathlib import Path
from typing import Any, assert_never

import numpy as np
from numpy.typing import NDArray

from nlu.embedded.features import Vectoriser
from nlu.embedded.model import Calibration, LanguageModel
from nlu.embedded.nearest import ExampleIndex, VectorIndex
from nlu.embedded.sentence import EncoderKit
from nlu.embedded.thesaurus import thesaurus_of
from nlu.errors import ModelCorruptError, ModelFormatError, ModelMissingError

FORMAT = 2
ARRAYS, MANIFEST = "arrays.npz", "model.json"
_VERSION_LENGTH = 16
_ARRAY_NAMES = ("weights", "bias", "idf")
_POSTINGS = ("index_starts", "index_rows", "index_weights")
_VECTORS = "index_vectors"


@dataclass(frozen=True, slots=True, kw_only=True)
class PackedModel:
    """A model as bytes; `version` is what it is called on disk and in every report."""

    version: str
    manifest: bytes
    arrays: bytes


def pack(model: LanguageModel) -> PackedModel:
    """The same model always gives the same bytes."""
    arrays = _arrays(model)
    speller = None if model.sentence is None else model.sentence.speller
    content = {
        "format": FORMAT,
        "language": model.language,
        "intents": list(model.intents),
        "vocabularies": [list(vocabulary) for vocabulary in model.vectoriser.vocabularies],
        "thesaurus": model.thesaurus.as_lists(),
        "examples": list(model.examples),
        "calibration": asdict(model.calibration),
        "sketch_width": model.vectoriser.sketch_width,
        "encoder": None if model.sentence is None else model.sentence.encoder.id,
        "known_words": sorted(model.known_words),
        "own_words": dict(speller.own) if speller is not None else {},
        "short_forms": dict(speller.short_forms) if speller is not None else {},
        "lexicon": model.lexicon,
        "data_hash": model.data_hash,
        "seed": model.seed,
        "metrics": model.metrics,
        "arrays_sha256": hashlib.sha256(arrays).hexdigest(),
    }
    manifest = json.dumps(content, ensure_ascii=False, separators=(",", ":"), sort_keys=True).encode()
    return PackedModel(version=_version(manifest), manifest=manifest, arrays=arrays)


def load(folder: Path, kit: EncoderKit | None = None) -> LanguageModel:
    """Read a model whose folder is named by its version; typed errors when it is missing, foreign or altered.

    A model trained with sentence vectors needs the kit of the encoder it was trained with.
    """
    content, arrays = _read(folder)
    wanted = content["encoder"]
    if wanted is not None and (kit is None or kit.encoder.id != wanted):
        found = "no encoder" if kit is None else f"encoder {kit.encoder.id}"
        raise ModelFormatError(path=folder, found=found, expected=f"encoder {wanted}, which it was trained with")
    return _unpacked(folder, content, arrays, kit if wanted is not None else None)


def verify(folder: Path) -> None:
    """Read a model whole, as `load` does, without what it needs to serve; raises a ModelError."""
    content, arrays = _read(folder)
    _unpacked(folder, content, arrays, None)


def _read(folder: Path) -> tuple[dict[str, Any], bytes]:
    try:
        manifest, arrays = (folder / MANIFEST).read_bytes(), (folder / ARRAYS).read_bytes()
    except FileNotFoundError as error:
        raise ModelMissingError(path=folder, found="no model", expected=f"{MANIFEST} and {ARRAYS}") from error
    if _version(manifest) != folder.name:
        raise ModelCorruptError(path=folder / MANIFEST, found=f"hash {_version(manifest)}", expected=folder.name)
    content: dict[str, Any] = json.loads(manifest)
    if content.get("format") != FORMAT:
        raise ModelFormatError(path=folder, found=f"format {content.get('format')}", expected=f"format {FORMAT}")
    digest = hashlib.sha256(arrays).hexdigest()
    if digest != content["arrays_sha256"]:
        raise ModelCorruptError(path=folder / ARRAYS, found=f"hash {digest}", expected=content["arrays_sha256"])
    return content, arrays


def _version(manifest: bytes) -> str:
    return hashlib.sha256(manifest).hexdigest()[:_VERSION_LENGTH]


def _arrays(model: LanguageModel) -> bytes:
    parts: dict[str, NDArray[np.generic]] = {
        "weights": model.weights,
        "bias": model.bias,
        "idf": model.vectoriser.idf,
        **_index_parts(model.index),
    }
    target = io.BytesIO()
    with zipfile.ZipFile(target, "w") as archive:
        for name in sorted(parts):
            with io.BytesIO() as one:
                np.lib.format.write_array(one, parts[name], allow_pickle=False)
                # A ZipInfo of its own carries a fixed date, so that equal models are equal files.
                archive.writestr(zipfile.ZipInfo(f"{name}.npy"), one.getvalue(), zipfile.ZIP_DEFLATED)
    return target.getvalue()


def _calibration(content: Mapping[str, Any]) -> Calibration:
    first, second, third = content["scope_weights"]
    return Calibration(**{**content, "scope_weights": (first, second, third)})


def _index_parts(index: ExampleIndex | VectorIndex) -> dict[str, NDArray[np.generic]]:
    match index:
        case ExampleIndex():
            return dict(zip(_POSTINGS, (index.starts, index.rows, index.weights), strict=True))
        case VectorIndex():
            return {_VECTORS: index.rows.astype(np.float16)}
        case _:
            assert_never(index)


def _index_of(arrays: Mapping[str, NDArray[Any]], size: int) -> ExampleIndex | VectorIndex:
    if _VECTORS in arrays:
        return VectorIndex(rows=arrays[_VECTORS].astype(np.float32))
    starts, rows, weights = (arrays[name] for name in _POSTINGS)
    return ExampleIndex(starts=starts, rows=rows, weights=weights, size=size)


def _unpacked(folder: Path, content: Mapping[str, Any], packed: bytes, kit: EncoderKit | None) -> LanguageModel:
    with np.load(io.BytesIO(packed), allow_pickle=False) as stored:
        arrays = {name: stored[name] for name in stored.files}
    missing = set(_ARRAY_NAMES) - arrays.keys()
    if missing:
        raise ModelCorruptError(path=folder / ARRAYS, found=f"no {min(missing)}", expected=", ".join(_ARRAY_NAMES))
    return LanguageModel(
        language=content["language"],
        intents=tuple(content["intents"]),
        vectoriser=Vectoriser.of(content["vocabularies"], arrays["idf"], sketch_width=content["sketch_width"]),
        thesaurus=thesaurus_of(content["thesaurus"]),
        weights=arrays["weights"],
        bias=arrays["bias"],
        examples=tuple(content["examples"]),
        index=_index_of(arrays, len(content["examples"])),
        sentence=None if kit is None else kit.reader(content["own_words"], content["short_forms"]),
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
