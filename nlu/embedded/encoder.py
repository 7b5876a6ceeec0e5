"""The sentence encoder: a text as 384 numbers, in one thread, from a graph kept beside the models."""

from __future__ import annotations

import hashlib
from dataclasses import dataclass
from pathlib import Path
from typing import Protocol

import numpy as np
import onnxruntime  # type: ignore[import-untyped]  # ships no type information
from tokenizers import Tokenizer

from nlu.embedded.durable import write_durably
from nlu.embedded.encoder_graph import MAX_TOKENS, encoder_graph
from nlu.embedded.features import FloatArray
from nlu.embedded.weights import ENCODER_ID, EncoderFiles


class SentenceEncoder(Protocol):
    """Turns a text into a vector of length 1; the same text always gives the same vector."""

    @property
    def id(self) -> str:
        """What the vectors come from; two encoders of one id give the same vectors."""
        ...

    def encode(self, text: str) -> FloatArray:
        """The vector of one text."""
        ...


@dataclass(frozen=True, slots=True, kw_only=True, eq=False)
class MiniLmEncoder:
    """all-MiniLM-L6-v2 with 8-bit weights under ONNX Runtime. Safe to call from several threads."""

    session: onnxruntime.InferenceSession
    tokenizer: Tokenizer

    @property
    def id(self) -> str:
        """See the protocol."""
        return ENCODER_ID

    def encode(self, text: str) -> FloatArray:
        """See the protocol."""
        ids = np.array([self.tokenizer.encode(text).ids], dtype=np.int64)
        (found,) = self.session.run(None, {"input_ids": ids})
        vector = np.asarray(found[0], dtype=np.float32)
        # Rounded, so that a vector kept on disk in half the space is the vector that was computed.
        return (vector / np.linalg.norm(vector)).astype(np.float16).astype(np.float32)


def open_encoder(files: EncoderFiles, folder: Path) -> MiniLmEncoder:
    """The encoder; its graph is written into `folder` once, and anew whenever it is not what was written."""
    options = onnxruntime.SessionOptions()
    options.intra_op_num_threads = options.inter_op_num_threads = 1
    options.enable_cpu_mem_arena = False
    options.log_severity_level = 3
    session = onnxruntime.InferenceSession(_graph(files, folder), options, providers=["CPUExecutionProvider"])
    tokenizer = Tokenizer.from_str(files.read_tokenizer().decode())
    tokenizer.no_padding()
    tokenizer.enable_truncation(MAX_TOKENS)
    return MiniLmEncoder(session=session, tokenizer=tokenizer)


def _graph(files: EncoderFiles, folder: Path) -> bytes:
    for path in sorted(folder.glob(f"{ENCODER_ID}.*.onnx")):
        content = path.read_bytes()
        if path.name == _file_name(content):
            return content
    content = encoder_graph(files.read_weights())
    folder.mkdir(parents=True, exist_ok=True)
    write_durably(folder / _file_name(content), content)
    return content


def _file_name(content: bytes) -> str:
    return f"{ENCODER_ID}.{hashlib.sha256(content).hexdigest()[:16]}.onnx"
