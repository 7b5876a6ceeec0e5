"""The audit log as the console and the commands use it: verified whole, and signed off at checkpoints."""

from __future__ import annotations

import asyncio
import hmac
import threading
from collections.abc import Callable
from datetime import datetime
from typing import TypeVar

from sqlalchemy import Connection, bindparam, select
from sqlalchemy.exc import DBAPIError

from storage import audit_chain, audit_verify
from storage.audit_chain import LOG
from storage.audit_report import AuditReport
from storage.checkpoint import Checkpoint, Sink, append_to, latest_of, read_sink, read_tail, signed_text
from storage.crypto.signer import Signer, Verifier
from storage.engine import sync_read_engine
from storage.errors import CheckpointConflictError, DatabaseUnavailableError, translated
from storage.home import Home
from storage.merkle import GENESIS, Frontier
from storage.tables import audit_head, audit_log
from storage.transaction import Sealing

T = TypeVar("T")

_HEAD = select(audit_head).where(audit_head.c.log_id == LOG)
_HASH_AT = select(audit_log.c.entry_hash).where(audit_log.c.log_id == LOG, audit_log.c.seq == bindparam("seq"))


class AuditLog:
    """Reads in a thread and on a connection of its own, so that a long verification holds up nobody."""

    def __init__(self, home: Home, *, sealing: Sealing, signer: Signer) -> None:
        self._home = home
        self._sealing = sealing
        self._signer = signer
        self._signing = threading.Lock()

    async def verify(self) -> AuditReport:
        """Hash every stored byte anew and compare with chain, tree and every checkpoint. Raises UnavailableError."""
        return await asyncio.to_thread(self._verify)

    async def checkpoint(self, at: datetime) -> Checkpoint:
        """Sign the log as it stands and append that to both sinks, unless they hold it at this size already.

        Raises CheckpointConflictError when the log does not continue the last checkpoint, UnavailableError when
        a sink cannot be written.
        """
        return await asyncio.to_thread(self._checkpoint, at)

    def _verify(self) -> AuditReport:
        sinks = sinks_of(self._home, self._signer.verifier)
        return self._read(lambda connection: audit_verify.verify(connection, self._sealing, sinks))

    def _checkpoint(self, at: datetime) -> Checkpoint:
        with self._signing:
            frontier, head = self._read(self._end)
            checkpoint = Checkpoint(
                deployment=self._sealing.keyring.deployment_id,
                size=frontier.size,
                root=frontier.root(),
                head=head,
                at=at,
            )
            text = signed_text(checkpoint, self._signer)
            for path in self._home.sinks:
                last = read_tail(path, self._signer.verifier).latest
                if last is not None and last.size == checkpoint.size:
                    continue
                try:
                    append_to(path, text)
                except OSError as error:
                    raise DatabaseUnavailableError(f"{path}: {error.strerror}") from error
            return checkpoint

    def _end(self, connection: Connection) -> tuple[Frontier, bytes]:
        assert_continues(connection, self._home, self._signer.verifier)
        row = connection.execute(_HEAD).one()
        frontier = Frontier.from_bytes(row.size, row.frontier)
        mac = frontier and audit_chain.head_mac(self._sealing.keyring, frontier, row.head_hash)
        if frontier is None or not hmac.compare_digest(row.mac, mac or b""):
            raise CheckpointConflictError("the end of the audit log is not one we wrote; run `wellspoken audit verify`")
        return frontier, row.head_hash

    def _read(self, work: Callable[[Connection], T]) -> T:
        engine = sync_read_engine(self._home.database)
        try:
            with engine.connect() as connection:
                return work(connection)
        except DBAPIError as error:
            raise translated(error) from error
        finally:
            engine.dispose()


def sinks_of(home: Home, verifier: Verifier) -> tuple[Sink, ...]:
    """Both files of checkpoints, as they are now."""
    return tuple(read_sink(path, verifier) for path in home.sinks)


def assert_continues(connection: Connection, home: Home, verifier: Verifier) -> None:
    """Refuse a log that is shorter than, or other than, the largest checkpoint saw, and checkpoints not ours.

    Raises CheckpointConflictError.
    """
    tails = [read_tail(path, verifier) for path in home.sinks]
    for tail in tails:
        if tail.forged:
            raise CheckpointConflictError(f"{tail.path}: found a checkpoint not signed by this home's key")
    latest = latest_of(tails)
    if latest is None:
        return
    found = GENESIS if latest.size == 0 else connection.execute(_HASH_AT, {"seq": latest.size}).scalar()
    if found != latest.head:
        raise CheckpointConflictError(
            f"{home.database}: the audit log does not continue the checkpoint of {latest.at.isoformat()} "
            f"({latest.size} entries); the file was replaced or changed; run `wellspoken audit verify`"
        )
