"""The store of one home: opened by one process, refused where that is unsafe, closed with nothing left waiting."""

from __future__ import annotations

import asyncio
from collections.abc import Sequence
from dataclasses import dataclass
from pathlib import Path
from typing import Self

from sqlalchemy import Connection, Engine

from domain.appointment import Appointment
from domain.audit import AuditEvent
from domain.clinic_hours import Leave
from domain.medicine import Medicine
from domain.patient import Patient
from domain.ports import Clock, IdSource
from domain.results import TestResult
from storage import audit_chain, calendar_rows, inspection, leave, medicines, patients, results
from storage.appointments import SqlCalendar
from storage.audit_chain import Draft
from storage.audit_log import AuditLog
from storage.check import CheckReport
from storage.conversations import SqlConversations
from storage.doors import Doors
from storage.engine import ReadEngine, write_engine
from storage.errors import DatabaseUnavailableError
from storage.handoffs import SqlHandoffs
from storage.home import Home
from storage.inbox import SqlInbox
from storage.opening import OpenedKeys, open_keys, open_schema
from storage.outbox import SqlOutbox
from storage.patients import SqlPatients
from storage.process_lock import ProcessLock
from storage.promises import SqlPromises
from storage.reminders import SqlReminders
from storage.staff import SqlStaffAccounts
from storage.transaction import Transaction
from storage.unit_of_work import SqlCommits
from storage.writer import Writer


class Store:
    """Every port storage implements, over one database, one writer and one ring of keys."""

    def __init__(
        self, home: Home, *, keys: OpenedKeys, lock: ProcessLock, engine: Engine, clock: Clock, ids: IdSource
    ) -> None:
        self.home = home
        self._keys = keys
        self._lock = lock
        self._reads = ReadEngine(home.database)
        self._writer = Writer(engine, before_commit=keys.ring.flush, after_failure=keys.ring.discard)
        self._writer.start()
        doors = Doors(reads=self._reads, writer=self._writer, sealing=keys.sealing, clock=clock)
        self._doors = doors
        self.inbox = SqlInbox(doors, ids=ids)
        self.conversations = SqlConversations(doors)
        self.commits = SqlCommits(doors)
        self.calendar = SqlCalendar(doors)
        self.patients = SqlPatients(doors)
        self.outbox = SqlOutbox(doors)
        self.handoffs = SqlHandoffs(doors)
        self.promises = SqlPromises(doors)
        self.reminders = SqlReminders(doors)
        self.staff = SqlStaffAccounts(doors)
        self.audit = AuditLog(home, sealing=keys.sealing, signer=keys.signer)

    @classmethod
    async def open(
        cls,
        home: Path,
        *,
        clock: Clock,
        ids: IdSource,
        root_key: str | None = None,
        witness: Path | None = None,
    ) -> Self:
        """Open a home, made on first use. `clock` is business time: by it holds expire and messages go out of date.

        `root_key` is the root secret in base64 where it is not kept in the home's own file; `witness` is a second
        file for signed checkpoints, best on another volume.
        Raises RefusedToStartError (lock, keys, schema, settings, a log cut since its last checkpoint),
        UnavailableError or IntegrityError.
        """
        return await asyncio.to_thread(cls._opened, Home(home, witness), clock, ids, root_key)

    @classmethod
    def _opened(cls, home: Home, clock: Clock, ids: IdSource, root_key: str | None) -> Self:
        try:
            return cls._locked(home, clock, ids, root_key)
        except OSError as error:
            raise DatabaseUnavailableError(f"{error.filename or home.root}: {error.strerror}") from error

    @classmethod
    def _locked(cls, home: Home, clock: Clock, ids: IdSource, root_key: str | None) -> Self:
        home.prepare()
        lock = ProcessLock.take(home.lock)
        try:
            keys = open_keys(home, root_key=root_key, new_deployment_id=ids)
            try:
                engine = write_engine(home.database)
                open_schema(home, engine, keys)
            except BaseException:
                keys.close()
                raise
        except BaseException:
            lock.release()
            raise
        return cls(home, keys=keys, lock=lock, engine=engine, clock=clock, ids=ids)

    async def seed(
        self,
        *,
        patients: Sequence[Patient] = (),
        appointments: Sequence[Appointment] = (),
        results: Sequence[TestResult] = (),
        medicines: Sequence[Medicine] = (),
        leave: Sequence[Leave] = (),
        audit: AuditEvent,
    ) -> None:
        """Bring in records in one transaction: patients, results and medicines, new or changed; new visits; leave.

        Raises StaleVersionError for a visit that exists, SlotTakenError for one whose time is taken; nothing is kept.
        """
        records = _Records(patients, appointments, results, medicines, leave)
        await self._doors.write(lambda tx: _seed(tx, records, audit))

    async def check(self) -> CheckReport:
        """Check the file, every promise about its rows and every sealed value, on one snapshot."""
        return await asyncio.to_thread(inspection.check, self.home, self._keys)

    async def truncate_wal(self) -> None:
        """Bring everything into the main file and empty the write-ahead log."""
        await self._writer.run(_truncate_wal, alone=True)

    async def close(self) -> None:
        """Finish what is waiting, close the files, let the next process in; harmless when repeated."""
        # The writer's connection goes last, since only it can fold the write-ahead log into the file.
        await self._reads.close()
        await self._writer.close()
        self._keys.close()
        self._lock.release()

    async def __aenter__(self) -> Self:
        return self

    async def __aexit__(self, *_: object) -> None:
        await self.close()


@dataclass(frozen=True, slots=True)
class _Records:
    patients: Sequence[Patient]
    appointments: Sequence[Appointment]
    results: Sequence[TestResult]
    medicines: Sequence[Medicine]
    leave: Sequence[Leave]


def _seed(tx: Transaction, records: _Records, audit: AuditEvent) -> None:
    for patient in records.patients:
        patients.save(tx, patient)
    for visit in records.appointments:
        calendar_rows.save_appointment(tx, visit, expected_version=None, from_hold=None)
    for result in records.results:
        results.save(tx, result)
    for medicine in records.medicines:
        medicines.save(tx, medicine)
    for span in records.leave:
        leave.save(tx, span)
    audit_chain.append(tx, [Draft(audit)])


def _truncate_wal(connection: Connection) -> None:
    # Outside a transaction, so on the driver's own connection.
    driver = connection.connection.driver_connection
    if driver is not None:
        driver.execute("PRAGMA wal_checkpoint(TRUNCATE)").close()
