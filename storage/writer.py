"""The one writing thread: runs several queued jobs in one durable commit, each in a savepoint of its own."""

from __future__ import annotations

import asyncio
import queue
import threading
from collections.abc import Callable
from dataclasses import dataclass
from typing import Any, TypeVar

from sqlalchemy import Connection, Engine
from sqlalchemy.exc import DBAPIError

from domain.errors import UnavailableError
from storage.errors import StoreClosedError, translated

T = TypeVar("T")
Job = Callable[[Connection], Any]

MAX_BATCH = 64
_QUEUE_LIMIT = 10_000


@dataclass(frozen=True, slots=True)
class _Ticket:
    """A job and the future its caller awaits. A job alone runs outside any transaction."""

    job: Job
    future: asyncio.Future[Any]
    alone: bool = False


@dataclass(frozen=True, slots=True)
class _Outcome:
    """What came of a job: its result, or its fault."""

    ticket: _Ticket
    result: Any = None
    fault: BaseException | None = None


class Writer:
    """Callers get their answer when their job is on the disk, or their own error when only it failed.

    `before_commit` runs once a batch, after the jobs and before the commit (new keys become durable there);
    `after_failure` runs when a whole batch was rolled back.
    """

    def __init__(self, engine: Engine, *, before_commit: Callable[[], None], after_failure: Callable[[], None]) -> None:
        self._engine = engine
        self._before_commit = before_commit
        self._after_failure = after_failure
        self._queue: queue.Queue[_Ticket | None] = queue.Queue(_QUEUE_LIMIT)
        self._closing = False
        self._admission = threading.Lock()
        self._thread = threading.Thread(target=self._serve, name="wellspoken-writer", daemon=True)

    def start(self) -> None:
        """Start the thread."""
        self._thread.start()

    async def run(self, job: Callable[[Connection], T], *, alone: bool = False) -> T:
        """Run a job in the next commit and answer when it is durable.

        Raises what the job raised (its writes are undone, its neighbours' are kept), UnavailableError when the
        database cannot be written now. A caller that is cancelled does not stop a job that has begun.
        """
        future: asyncio.Future[T] = asyncio.get_running_loop().create_future()
        with self._admission:
            if self._closing:
                raise StoreClosedError("the store is closed")
            try:
                self._queue.put_nowait(_Ticket(job, future, alone))
            except queue.Full:
                raise UnavailableError("too many writes are waiting; try again later") from None
        return await future

    async def close(self) -> None:
        """Refuse new jobs, finish those waiting, end the thread; harmless when repeated."""
        await asyncio.to_thread(self._close)

    def _close(self) -> None:
        with self._admission:
            if not self._closing:
                self._closing = True
                self._queue.put(None)
        self._thread.join()

    def _serve(self) -> None:
        connection: Connection | None = None
        while (batch := self._next_batch()) is not None:
            wanted = [ticket for ticket in batch if not ticket.future.cancelled()]
            try:
                if connection is None:
                    connection = self._engine.connect()
                outcomes = self._write(connection, wanted)
            except BaseException as error:  # noqa: BLE001 the thread outlives any one failure; its callers hear of it
                _discard(connection)
                connection = None
                fault = translated(error) if isinstance(error, DBAPIError) else error
                outcomes = [_Outcome(ticket, fault=fault) for ticket in wanted]
            _tell(outcomes)
        _discard(connection)

    def _next_batch(self) -> list[_Ticket] | None:
        """What is waiting now, at most MAX_BATCH; a job that must run alone is a batch of its own."""
        ticket = self._queue.get()
        if ticket is None:
            return None
        batch = [ticket]
        while len(batch) < MAX_BATCH and not ticket.alone:
            with self._queue.mutex:
                # Only this thread takes, so what stands first now still does in the next line.
                following = self._queue.queue[0] if self._queue.queue else None
            if following is None or following.alone:
                break
            self._queue.get_nowait()
            batch.append(following)
        return batch

    def _write(self, connection: Connection, batch: list[_Ticket]) -> list[_Outcome]:
        if batch and batch[0].alone:
            return [_Outcome(batch[0], result=batch[0].job(connection))]
        try:
            with connection.begin():
                outcomes = [_in_savepoint(connection, ticket) for ticket in batch]
                self._before_commit()
        except BaseException:
            self._after_failure()
            raise
        return outcomes


def _in_savepoint(connection: Connection, ticket: _Ticket) -> _Outcome:
    """The job's result or its fault, with its writes undone; raises when the transaction itself is lost."""
    connection.exec_driver_sql("SAVEPOINT job")
    try:
        result = ticket.job(connection)
    except Exception as error:
        fault = translated(error) if isinstance(error, DBAPIError) else error
        if not _is_open(connection):
            # A full disk, an I/O error and the like end the whole transaction, whatever savepoints it had.
            raise fault from error
        connection.exec_driver_sql("ROLLBACK TO job")
        connection.exec_driver_sql("RELEASE job")
        return _Outcome(ticket, fault=fault)
    connection.exec_driver_sql("RELEASE job")
    return _Outcome(ticket, result=result)


def _is_open(connection: Connection) -> bool:
    driver = connection.connection.driver_connection
    return driver is not None and bool(driver.in_transaction)


def _discard(connection: Connection | None) -> None:
    """Close a connection for good, whatever state it is in."""
    if connection is not None:
        connection.invalidate()
        connection.close()


def _tell(outcomes: list[_Outcome]) -> None:
    """Wake each event loop once for all its callers."""
    loops = {outcome.ticket.future.get_loop() for outcome in outcomes}
    for loop in loops:
        theirs = [outcome for outcome in outcomes if outcome.ticket.future.get_loop() is loop]
        try:
            loop.call_soon_threadsafe(_settle, theirs)
        except RuntimeError:
            # The loop was closed under its callers: nobody is left to be told.
            continue


def _settle(outcomes: list[_Outcome]) -> None:
    for outcome in outcomes:
        if outcome.ticket.future.done():
            continue
        if outcome.fault is None:
            outcome.ticket.future.set_result(outcome.result)
        else:
            outcome.ticket.future.set_exception(outcome.fault)
