"""Speaks to one Rasa server over its HTTP API: a text out, scored intents back, within a deadline."""

from __future__ import annotations

import json
import time
from collections.abc import Callable
from dataclasses import dataclass, field
from http.client import HTTPConnection, HTTPException, HTTPSConnection
from urllib.parse import urlencode, urlsplit

from domain.understanding import ScoredIntent
from nlu.errors import RasaAddressError, RasaAnswerError, RasaSilentError

_MOST_BYTES = 1_000_000
_OK = 200
_PLAIN_PORT, _SECURE_PORT = 80, 443


@dataclass(frozen=True, slots=True, kw_only=True)
class RasaAddress:
    """Where a Rasa server listens. Only `host` and `port` are ever told; `token` is Rasa's `--auth-token`."""

    host: str
    port: int
    path: str
    secure: bool
    token: str | None = field(default=None, repr=False)

    @property
    def shown(self) -> str:
        """The address as errors name it."""
        return f"{self.host}:{self.port}"

    @classmethod
    def of(cls, url: str, *, token: str | None = None) -> RasaAddress:
        """Read "http://127.0.0.1:5005"; a path before Rasa's own is kept. Raises RasaAddressError."""
        try:
            parts = urlsplit(url)
            port = parts.port
        except ValueError:
            raise RasaAddressError(found=repr(url)) from None
        if parts.scheme not in {"http", "https"} or not parts.hostname or parts.query or parts.username:
            raise RasaAddressError(found=repr(url))
        secure = parts.scheme == "https"
        return cls(
            host=parts.hostname,
            port=port or (_SECURE_PORT if secure else _PLAIN_PORT),
            path=parts.path.rstrip("/"),
            secure=secure,
            token=token,
        )


@dataclass(slots=True, kw_only=True)
class RasaClient:
    """One server, one connection kept open, one thread at a time."""

    address: RasaAddress
    monotonic: Callable[[], float] = time.monotonic
    _connection: HTTPConnection | None = field(default=None, init=False, repr=False)

    def ranking(self, text: str, *, seconds: float) -> tuple[ScoredIntent, ...]:
        """Rasa's intents for a text, likeliest first.

        Raises RasaSilentError when there is no answer within `seconds`, RasaAnswerError for one that is no ranking.
        """
        body = json.dumps({"text": text}).encode()
        until = self.monotonic() + seconds
        kept = self._connection is not None
        try:
            status, answer = self._post(body, seconds)
        except (HTTPException, OSError) as error:
            self.close()
            left = until - self.monotonic()
            # A connection kept open may have been closed by the other side meanwhile: that says nothing of the server.
            if not kept or left <= 0 or isinstance(error, TimeoutError):
                raise RasaSilentError(address=self.address.shown, found=type(error).__name__) from error
            try:
                status, answer = self._post(body, left)
            except (HTTPException, OSError) as again:
                self.close()
                raise RasaSilentError(address=self.address.shown, found=type(again).__name__) from again
        if status != _OK:
            raise RasaAnswerError(address=self.address.shown, found=f"status {status}")
        return _ranking_of(answer, self.address)

    def close(self) -> None:
        """Let go of the connection; the next question opens another."""
        if self._connection is not None:
            self._connection.close()
            self._connection = None

    def _post(self, body: bytes, seconds: float) -> tuple[int, bytes]:
        connection = self._connection
        if connection is None:
            kind = HTTPSConnection if self.address.secure else HTTPConnection
            connection = self._connection = kind(self.address.host, self.address.port, timeout=seconds)
        elif connection.sock is not None:
            connection.sock.settimeout(seconds)
        token = f"?{urlencode({'token': self.address.token})}" if self.address.token else ""
        headers = {"Content-Type": "application/json"}
        connection.request("POST", f"{self.address.path}/model/parse{token}", body=body, headers=headers)
        response = connection.getresponse()
        return response.status, response.read(_MOST_BYTES)


def _ranking_of(answer: bytes, address: RasaAddress) -> tuple[ScoredIntent, ...]:
    try:
        body = json.loads(answer)
    except ValueError:
        raise RasaAnswerError(address=address.shown, found="a body that is not JSON") from None
    ranking = body.get("intent_ranking") if isinstance(body, dict) else None
    if not isinstance(ranking, list) or not ranking:
        raise RasaAnswerError(address=address.shown, found="no intent_ranking (is a model loaded?)")
    return tuple(_scored(item, address) for item in ranking)


def _scored(item: object, address: RasaAddress) -> ScoredIntent:
    match item:
        case {"name": str(name), "confidence": float() | int() as confidence} if 0 <= confidence <= 1:
            return ScoredIntent(name=name, confidence=float(confidence))
        case _:
            raise RasaAnswerError(address=address.shown, found="an intent without a name or a confidence from 0 to 1")
