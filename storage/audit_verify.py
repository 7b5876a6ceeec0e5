"""Verifying the audit log: every stored byte is hashed anew and compared with chain, tree and checkpoints."""

from __future__ import annotations

import hmac
from collections.abc import Iterator, Sequence
from dataclasses import dataclass, field
from heapq import merge
from itertools import groupby
from typing import Any

from sqlalchemy import Connection, Executable, Row, select

from domain.ids import SubjectId
from storage import audit_chain
from storage.audit_chain import COVERED_COLUMNS, LEAF_COLUMNS, LOG
from storage.audit_report import AuditFault, AuditProblem, AuditReport
from storage.checkpoint import Checkpoint, Sink, latest_of
from storage.errors import CellError, CellFault
from storage.forms import DETAIL
from storage.merkle import GENESIS, Frontier, chained, detail_commitment
from storage.schema import METADATA
from storage.tables import audit_details, audit_head, audit_log
from storage.transaction import Sealing

_PAGE = 1_000
MAX_PROBLEMS = 1_000
"""Enough to see the shape of the damage."""

_LEAF_WIDTH = len(LEAF_COLUMNS)
_ENTRIES = (
    select(*(audit_log.c[name] for name in LEAF_COLUMNS), audit_log.c.prev_hash, audit_log.c.entry_hash)
    .where(audit_log.c.log_id == LOG)
    .order_by(audit_log.c.seq)
)
_DETAILS = (
    select(audit_details.c.seq, audit_details.c.subject_id, audit_details.c.sealed)
    .where(audit_details.c.log_id == LOG)
    .order_by(audit_details.c.seq)
)
_SEQ = LEAF_COLUMNS.index("seq")
_COMMIT = LEAF_COLUMNS.index("detail_commit")
_CONTENT = LEAF_COLUMNS.index("content_digest")

RowDigest = tuple[int, bytes]


@dataclass(slots=True)
class _Walk:
    """Where the walk through the log stands."""

    sealing: Sealing
    by_size: dict[int, list[Checkpoint]]
    head: bytes = GENESIS
    frontier: Frontier = field(default_factory=Frontier)
    last_seq: int = 0
    vouched: int = 0
    erased: int = 0
    problems: list[AuditProblem] = field(default_factory=list)

    def found(self, fault: AuditFault, seq: int, where: str = "") -> None:
        if len(self.problems) < MAX_PROBLEMS:
            self.problems.append(AuditProblem(fault=fault, seq=seq, where=where))


def verify(connection: Connection, sealing: Sealing, sinks: Sequence[Sink]) -> AuditReport:
    """Verify the log as one snapshot sees it; read the sinks before the snapshot, so that none is ahead of it."""
    walk = _Walk(sealing, _by_size(sinks))
    _compare(walk, 0)
    rows = _Groups(_row_digests(connection))
    details = _Groups((int(row.seq), row) for row in _paged(connection, _DETAILS))
    for entry in _paged(connection, _ENTRIES):
        _check_entry(walk, entry)
        _check_content(walk, entry, rows)
        _check_detail(walk, entry, details)
        _compare(walk, walk.frontier.size)
    for seq, _ in rows.rest():
        walk.found(AuditFault.UNVOUCHED, seq)
    for seq, _ in details.rest():
        walk.found(AuditFault.DETAIL, seq)
    _check_head(walk, connection)
    _check_sinks(walk, sinks)
    latest = latest_of(sinks)
    return AuditReport(
        entries=walk.frontier.size,
        vouched_rows=walk.vouched,
        erased_details=walk.erased,
        root=walk.frontier.root().hex(),
        head=walk.head.hex(),
        checkpoints=sum(len(sink.checkpoints) for sink in sinks),
        after_checkpoint=max(0, walk.frontier.size - (latest.size if latest else 0)),
        problems=tuple(walk.problems),
    )


class _Groups:
    """Items in order of the entry they belong to, taken entry by entry."""

    def __init__(self, items: Iterator[tuple[int, Any]]) -> None:
        self._groups = groupby(items, key=lambda item: item[0])
        self._waiting: tuple[int, list[Any]] | None = None
        self._strays: list[tuple[int, list[Any]]] = []
        self._advance()

    def of(self, seq: int) -> list[Any]:
        """What belongs to an entry; what belongs to entries that are not there is kept for `rest`."""
        while self._waiting is not None and self._waiting[0] < seq:
            self._strays.append(self._waiting)
            self._advance()
        if self._waiting is None or self._waiting[0] != seq:
            return []
        items = self._waiting[1]
        self._advance()
        return items

    def rest(self) -> Iterator[tuple[int, list[Any]]]:
        """What belonged to no entry."""
        yield from self._strays
        while self._waiting is not None:
            yield self._waiting
            self._advance()

    def _advance(self) -> None:
        group = next(self._groups, None)
        self._waiting = None if group is None else (group[0], [item for _, item in group[1]])


def _check_entry(walk: _Walk, entry: Row[Any]) -> None:
    seq, prev_hash, entry_hash = entry[_SEQ], entry[_LEAF_WIDTH], entry[_LEAF_WIDTH + 1]
    if seq != walk.last_seq + 1:
        walk.found(AuditFault.GAP, seq)
    if prev_hash != walk.head:
        walk.found(AuditFault.CHAIN, seq)
    leaf = audit_chain.leaf_of(entry[:_LEAF_WIDTH])
    if chained(prev_hash, leaf) != entry_hash:
        walk.found(AuditFault.EDITED, seq)
    walk.last_seq, walk.head, walk.frontier = seq, entry_hash, walk.frontier.appended(leaf)


def _check_content(walk: _Walk, entry: Row[Any], rows: _Groups) -> None:
    seq, expected = entry[_SEQ], entry[_CONTENT]
    digests: list[bytes] = rows.of(seq)
    walk.vouched += len(digests)
    if expected is None:
        if digests:
            walk.found(AuditFault.UNVOUCHED, seq)
    elif audit_chain.content_digest(digests) != expected:
        walk.found(AuditFault.CONTENT, seq)


def _check_detail(walk: _Walk, entry: Row[Any], details: _Groups) -> None:
    seq, expected = entry[_SEQ], entry[_COMMIT]
    found: list[Row[Any]] = details.of(seq)
    if len(found) != (expected is not None):
        walk.found(AuditFault.DETAIL, seq)
        return
    for row in found:
        try:
            cell = walk.sealing.cells.open(
                DETAIL, audit_chain.detail_row_id(seq), SubjectId(row.subject_id), row.sealed
            )
        except CellError as error:
            if error.fault is CellFault.NO_KEY:
                walk.erased += 1
            else:
                walk.found(AuditFault.DETAIL, seq)
            continue
        if detail_commitment(*audit_chain.split_detail(cell)) != expected:
            walk.found(AuditFault.DETAIL, seq)


def _compare(walk: _Walk, size: int) -> None:
    for checkpoint in walk.by_size.pop(size, ()):
        right = checkpoint.head == walk.head and checkpoint.root == walk.frontier.root()
        if not right or checkpoint.deployment != walk.sealing.keyring.deployment_id:
            walk.found(AuditFault.CHECKPOINT, size)


def _check_head(walk: _Walk, connection: Connection) -> None:
    row = connection.execute(select(audit_head).where(audit_head.c.log_id == LOG)).first()
    if row is None:
        walk.found(AuditFault.HEAD, 0)
        return
    mac = audit_chain.head_mac(walk.sealing.keyring, walk.frontier, walk.head)
    ends_here = row.size == walk.last_seq and row.head_hash == walk.head and row.frontier == walk.frontier.to_bytes()
    if not ends_here or not hmac.compare_digest(row.mac, mac):
        walk.found(AuditFault.HEAD, walk.last_seq)


def _check_sinks(walk: _Walk, sinks: Sequence[Sink]) -> None:
    for size in sorted(walk.by_size):
        walk.found(AuditFault.CUT, size)
    longest = max((len(sink.checkpoints) for sink in sinks), default=0)
    for sink in sinks:
        if sink.forged:
            walk.found(AuditFault.SIGNATURE, 0, sink.path.name)
        # One may lack the very last checkpoint: a crash between the two files.
        if len(sink.checkpoints) < longest - 1:
            walk.found(AuditFault.SINK, 0, sink.path.name)


def _by_size(sinks: Sequence[Sink]) -> dict[int, list[Checkpoint]]:
    by_size: dict[int, list[Checkpoint]] = {}
    for sink in sinks:
        for checkpoint in sink.checkpoints:
            by_size.setdefault(checkpoint.size, []).append(checkpoint)
    return by_size


def _row_digests(connection: Connection) -> Iterator[RowDigest]:
    return merge(*(_digests_of(connection, name) for name in COVERED_COLUMNS), key=lambda item: item[0])


def _digests_of(connection: Connection, name: str) -> Iterator[RowDigest]:
    names = ("audit_seq", *COVERED_COLUMNS[name])
    columns = [METADATA.tables[name].c[item] for item in names]
    for row in _paged(connection, select(*columns).order_by(columns[0])):
        yield int(row[0]), audit_chain.row_digest(name, row[1:])


def _paged(connection: Connection, statement: Executable) -> Iterator[Row[Any]]:
    yield from connection.execution_options(yield_per=_PAGE).execute(statement)
