"""What operators do to a home, as plain functions: run by a command alone, or inside the process that serves."""

from __future__ import annotations

import secrets
from collections.abc import Mapping
from typing import Any

from bot.identifiers import fresh_id
from bot.usecases.add_staff import AddStaff, NewStaff, StaffRefused
from bot.web.inbox.passwords import Argon2Passwords
from domain.errors import WellspokenError
from domain.ports import Clock
from domain.staff import Role
from storage.store import Store


class OperationRefusedError(WellspokenError):
    """What was asked for cannot be done as asked. Remedy: named in the message."""


async def verify_audit(store: Store) -> Mapping[str, Any]:
    """Verify the audit log: counts and problems."""
    report = await store.audit.verify()
    return {
        "ok": report.ok,
        "entries": report.entries,
        "vouched_rows": report.vouched_rows,
        "checkpoints": report.checkpoints,
        "after_checkpoint": report.after_checkpoint,
        "root": report.root,
        "problems": [f"{item.fault.value} at {item.seq} {item.where}".strip() for item in report.problems],
    }


async def make_checkpoint(store: Store, clock: Clock) -> Mapping[str, Any]:
    """Sign the log as it stands and write that to every sink."""
    checkpoint = await store.audit.checkpoint(clock.now())
    return {"size": checkpoint.size, "root": checkpoint.root}


async def check_store(store: Store) -> Mapping[str, Any]:
    """Check the database: file, rules, every sealed value."""
    report = await store.check()
    return {
        "ok": report.ok,
        "schema": report.schema.found,
        "sealed_values": report.sealed_values,
        "problems": [str(problem) for problem in report.problems],
    }


async def add_staff(store: Store, clock: Clock, arguments: Mapping[str, Any]) -> Mapping[str, Any]:
    """Make a staff account; the password made for it is told once."""
    add = AddStaff(
        accounts=store.staff,
        passwords=Argon2Passwords(),
        clock=clock,
        ids=fresh_id,
        new_password=lambda: secrets.token_urlsafe(15),
    )
    new = NewStaff(
        username=str(arguments["username"]),
        display_name=str(arguments["display_name"]),
        roles=frozenset(Role(role) for role in arguments["roles"]),
    )
    outcome = await add(new)
    if isinstance(outcome, StaffRefused):
        raise OperationRefusedError(f"the account was not made: {outcome.fault.value}")
    return {"username": outcome.account.username, "password": outcome.password}
