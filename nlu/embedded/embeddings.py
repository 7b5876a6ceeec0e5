"""Sentence vectors of training texts, kept on disk by the hash of the text, so that an edit costs one vector."""

from __future__ import annotations

import hashlib
import io
import zipfile
from collections.abc import Sequence
from concurrent.futures import ThreadPoolExecutor
from dataclasses import dataclass
from pathlib import Path

import numpy as np
from numpy.typing import NDArray

from nlu.embedded.durable import write_durably
from nlu.embedded.encoder import SentenceEncoder
from nlu.embedded.features import FloatArray

_KEY_BYTES = 16
_THREADS = 2
_MOST = 200_000
"""Vectors kept at most (about 150 MB); beyond it only those of the texts asked for stay."""


@dataclass(frozen=True, slots=True, kw_only=True, eq=False)
class EmbeddingCache:
    """Vectors of one encoder in one file. A damaged file counts as none; every vector can be computed again."""

    encoder: SentenceEncoder
    folder: Path | None

    def vectors(self, texts: Sequence[str]) -> FloatArray:
        """A row for each text; what the file lacks is computed, then kept."""
        keys = [hashlib.sha256(text.encode()).digest()[:_KEY_BYTES] for text in texts]
        known = self._read()
        wanted = dict(zip(keys, texts, strict=True))
        missing = [key for key in wanted if key not in known]
        if missing:
            with ThreadPoolExecutor(_THREADS) as pool:
                found = list(pool.map(self.encoder.encode, [wanted[key] for key in missing]))
            kept = known if len(known) + len(missing) <= _MOST else {key: known[key] for key in wanted if key in known}
            known = kept | dict(zip(missing, (vector.astype(np.float16) for vector in found), strict=True))
            self._write(known)
        return np.array([known[key] for key in keys], dtype=np.float32)

    def _path(self, folder: Path) -> Path:
        return folder / f"{self.encoder.id}.vectors.npz"

    def _read(self) -> dict[bytes, NDArray[np.float16]]:
        if self.folder is None:
            return {}
        try:
            content = self._path(self.folder).read_bytes()
            with np.load(io.BytesIO(content[32:]), allow_pickle=False) as stored:
                keys, vectors = stored["keys"], stored["vectors"]
        except (OSError, ValueError, KeyError, EOFError, zipfile.BadZipFile):
            return {}
        if hashlib.sha256(content[32:]).digest() != content[:32]:
            return {}
        return {key.tobytes(): vector for key, vector in zip(keys, vectors, strict=True)}

    def _write(self, known: dict[bytes, NDArray[np.float16]]) -> None:
        if self.folder is None:
            return
        target = io.BytesIO()
        keys = np.frombuffer(b"".join(known), dtype=np.uint8).reshape(-1, _KEY_BYTES)
        np.savez(target, keys=keys, vectors=np.array(list(known.values())))
        self.folder.mkdir(parents=True, exist_ok=True)
        write_durably(self._path(self.folder), hashlib.sha256(target.getvalue()).digest() + target.getvalue())
