"""Signing in: neutral refusals, slowed guessing without lock-outs, sessions that end when they should."""

import asyncio
from dataclasses import dataclass, field, replace
from datetime import timedelta
from itertools import count

import pytest

from bot.usecases.add_staff import AddStaff, NewStaff, StaffAdded, StaffFault, StaffRefused
from bot.usecases.sign_in import SignIn, SignInDone, SignInRefused, TooManyTries
from bot.usecases.sign_in_by_link import DemoLinks, SignInByLink
from bot.usecases.sign_in_limits import KnownBrowsers, SignInTries
from bot.usecases.staff_sessions import SignedIn, StaffSessions, digest_of
from bot.web.inbox.passwords import Argon2Passwords
from domain.audit import AuditAction, AuditEvent
from domain.errors import UnavailableError
from domain.staff import Role
from tests.fakes.staff import FRONT, NOON, FakeClinic
from tests.fakes.staff_ports import FakeAccounts, PlainPasswords

PASSWORD = "correct horse battery"
ROBIN = replace(FRONT, password_digest=f"plain:{PASSWORD}")


@dataclass
class Tokens:
    """Tokens in order, as long as real ones."""

    counter: count = field(default_factory=lambda: count(1))

    def __call__(self) -> str:
        return f"token-{next(self.counter):037d}"


@dataclass
class Door:
    """Everything signing in needs, over one clinic."""

    clinic: FakeClinic = field(default_factory=FakeClinic)
    tokens: Tokens = field(default_factory=Tokens)

    def __post_init__(self) -> None:
        self.clinic.hire(ROBIN)
        self.accounts = FakeAccounts(self.clinic)
        self.sessions = StaffSessions(
            accounts=self.accounts, commits=self.clinic, clock=self.clinic.clock, new_token=self.tokens
        )
        self.sign_in = SignIn(
            accounts=self.accounts,
            commits=self.clinic,
            passwords=PlainPasswords(),
            sessions=self.sessions,
            tries=SignInTries(self.clinic.clock),
            browsers=KnownBrowsers(secret=b"s" * 32, new_token=self.tokens),
            clock=self.clinic.clock,
        )

    async def enter(self) -> SignInDone:
        outcome = await self.sign_in(username="robin", password=PASSWORD)
        assert isinstance(outcome, SignInDone)
        return outcome


async def test_the_right_password_opens_a_session_of_which_only_the_digest_is_kept() -> None:
    door = Door()

    done = await door.enter()

    token = done.signed_in.token
    assert list(door.clinic.sessions) == [digest_of(token)]
    assert token not in repr(door.clinic.sessions)
    assert done.signed_in.session.csrf != token
    assert [(event.event, event.outcome) for event in door.clinic.audit] == [("staff.sign_in", "ok")]


@pytest.mark.parametrize(("username", "password"), [("robin", "wrong"), ("nobody", PASSWORD), ("robin", ""), ("", "")])
async def test_every_refusal_is_the_same(username: str, password: str) -> None:
    door = Door()

    assert await door.sign_in(username=username, password=password) == SignInRefused()
    assert door.clinic.sessions == {}
    assert [event.outcome for event in door.clinic.audit] == ["refused"]
    assert "nobody" not in repr(door.clinic.audit), "what was typed into the name may be a password"


async def test_a_disabled_account_is_refused_like_a_wrong_password() -> None:
    door = Door()
    door.clinic.hire(replace(ROBIN, disabled=True))

    assert await door.sign_in(username="robin", password=PASSWORD) == SignInRefused()


async def test_names_are_compared_without_case_and_edges() -> None:
    assert isinstance(await Door().sign_in(username="  ROBIN ", password=PASSWORD), SignInDone)


async def test_guessing_is_slowed_down_more_and_more() -> None:
    door, made = Door(), 0
    for _ in range(10_000):
        outcome = await door.sign_in(username="robin", password="a guess")
        made += isinstance(outcome, SignInRefused)
        door.clinic.clock.forward(seconds=1)

    assert made < 25, "ten thousand tries in three hours come to a handful of looks"


async def test_many_guesses_at_once_are_counted_before_they_are_looked_at() -> None:
    door = Door()

    outcomes = await asyncio.gather(*(door.sign_in(username="robin", password="guess") for _ in range(50)))

    assert sum(isinstance(outcome, SignInRefused) for outcome in outcomes) == 5


async def test_an_attacker_locks_nobody_out_of_a_browser_they_use() -> None:
    door = Door()
    mark = (await door.enter()).browser_mark
    for _ in range(100):
        await door.sign_in(username="robin", password="a guess")

    stranger = await door.sign_in(username="robin", password=PASSWORD)
    known = await door.sign_in(username="robin", password=PASSWORD, browser_mark=mark)

    assert isinstance(stranger, TooManyTries)
    assert isinstance(known, SignInDone)


async def test_a_mark_for_one_name_is_worth_nothing_for_another_nor_when_made_up() -> None:
    door = Door()
    mark = (await door.enter()).browser_mark
    door.clinic.hire(replace(ROBIN, id="other", username="kim"))
    for _ in range(5):
        await door.sign_in(username="kim", password="guess")

    for forged in (mark, f"{'x' * 43}.{'0' * 64}", "", ".", "\ud800"):
        outcome = await door.sign_in(username="kim", password="guess", browser_mark=forged)
        assert isinstance(outcome, TooManyTries)


async def test_success_clears_the_line() -> None:
    door = Door()
    for _ in range(4):
        await door.sign_in(username="robin", password="slip")
    await door.enter()

    for _ in range(4):
        assert await door.sign_in(username="robin", password="slip") == SignInRefused()


async def test_a_session_ends_after_fifteen_idle_minutes() -> None:
    door = Door()
    token = (await door.enter()).signed_in.token
    door.clinic.clock.forward(minutes=14)
    assert await door.sessions.visitor(token, active=True)

    door.clinic.clock.forward(minutes=14)
    still = await door.sessions.visitor(token, active=False)
    door.clinic.clock.forward(minutes=1)

    assert still is not None
    assert await door.sessions.visitor(token, active=True) is None
    assert door.clinic.sessions == {}


async def test_a_session_ends_after_twelve_hours_however_busy() -> None:
    door = Door()
    token = (await door.enter()).signed_in.token
    for _ in range(71):
        door.clinic.clock.forward(minutes=10)
        assert await door.sessions.visitor(token, active=True)

    door.clinic.clock.forward(minutes=10)

    assert await door.sessions.visitor(token, active=True) is None


async def test_disabling_an_account_ends_its_sessions_at_once() -> None:
    door = Door()
    token = (await door.enter()).signed_in.token
    door.clinic.hire(replace(ROBIN, disabled=True))

    assert await door.sessions.visitor(token, active=True) is None
    assert door.clinic.sessions == {}


async def test_a_role_taken_away_counts_at_the_next_request() -> None:
    door = Door()
    token = (await door.enter()).signed_in.token
    door.clinic.hire(replace(ROBIN, roles=frozenset({Role.AUDITOR})))

    visitor = await door.sessions.visitor(token, active=True)

    assert visitor is not None
    assert visitor.account.roles == {Role.AUDITOR}


async def test_signing_out_ends_the_session_and_is_audited() -> None:
    door = Door()
    token = (await door.enter()).signed_in.token

    await door.sessions.end(token)
    await door.sessions.end(token)

    assert await door.sessions.visitor(token, active=True) is None
    assert [event.event for event in door.clinic.audit] == ["staff.sign_in", "staff.signed_out"]


async def test_a_link_works_once() -> None:
    door = Door()
    links = DemoLinks(clock=door.clinic.clock, new_token=door.tokens)
    by_link = SignInByLink(links=links, accounts=door.accounts, sessions=door.sessions)
    token = links.issue(ROBIN.id)

    first = await by_link(token=token, remote="127.0.0.1")

    assert isinstance(first, SignedIn)
    assert first.account == ROBIN
    assert await by_link(token=token, remote="127.0.0.1") is None
    assert await by_link(token="made up", remote="127.0.0.1") is None


async def test_a_link_may_be_used_again_only_by_those_admitted() -> None:
    door = Door()
    links = DemoLinks(clock=door.clinic.clock, new_token=door.tokens, may_reuse=lambda remote: remote == "127.0.0.1")
    token = links.issue(ROBIN.id)

    taken = [links.take(token, remote) for remote in ("127.0.0.1", "127.0.0.1", "192.0.2.7")]

    assert taken == [ROBIN.id, ROBIN.id, None]


async def test_an_old_link_and_a_disabled_account_do_not_sign_in() -> None:
    door = Door()
    links = DemoLinks(clock=door.clinic.clock, new_token=door.tokens, may_reuse=lambda _: True)
    by_link = SignInByLink(links=links, accounts=door.accounts, sessions=door.sessions)
    token = links.issue(ROBIN.id)
    door.clinic.hire(replace(ROBIN, disabled=True))
    disabled = await by_link(token=token, remote="127.0.0.1")
    door.clinic.hire(ROBIN)
    door.clinic.clock.forward(hours=25)

    assert disabled is None
    assert await by_link(token=token, remote="127.0.0.1") is None


async def test_argon2_accepts_the_password_and_nothing_else() -> None:
    passwords = Argon2Passwords(memory_kib=64, passes=1)
    digest = await passwords.digest(PASSWORD)

    assert digest.startswith("$argon2id$")
    assert PASSWORD not in digest
    assert await passwords.matches(digest, PASSWORD)
    assert not await passwords.matches(digest, PASSWORD + " ")
    assert not await passwords.matches("", PASSWORD)
    assert not await passwords.matches("", "a password nobody has")
    assert not await passwords.matches("not a digest", PASSWORD)


def test_the_usual_costs_are_above_the_recommended_least() -> None:
    digest = asyncio.run(Argon2Passwords().digest(PASSWORD))

    costs = dict(part.split("=") for part in digest.split("$")[3].split(","))
    assert int(costs["m"]) >= 19_456
    assert int(costs["t"]) >= 2


async def test_a_crowd_at_the_door_is_turned_away_instead_of_filling_memory() -> None:
    passwords = Argon2Passwords(memory_kib=64, passes=1)

    outcomes = await asyncio.gather(*(passwords.matches("", "x") for _ in range(100)), return_exceptions=True)

    assert sum(isinstance(outcome, UnavailableError) for outcome in outcomes) == 66
    assert not await passwords.matches("", "x")


def add_staff(clinic: FakeClinic) -> AddStaff:
    return AddStaff(
        accounts=FakeAccounts(clinic),
        passwords=PlainPasswords(),
        clock=clinic.clock,
        ids=clinic.ids,
        new_password=lambda: "made-up-and-long-enough",
    )


def someone(**more: object) -> NewStaff:
    given = {"username": "Kim.I", "display_name": " Kim  Instance ", "roles": frozenset({Role.CLINICIAN}), **more}
    return NewStaff(**given)


async def test_an_added_account_can_sign_in_with_the_password_shown_once() -> None:
    door = Door()

    outcome = await add_staff(door.clinic)(someone())

    assert isinstance(outcome, StaffAdded)
    assert (outcome.account.username, outcome.account.display_name) == ("kim.i", "Kim Instance")
    assert outcome.password is not None
    assert isinstance(await door.sign_in(username="kim.i", password=outcome.password), SignInDone)
    assert door.clinic.audit[0] == AuditEvent(
        at=NOON,
        actor=door.clinic.audit[0].actor,
        action=AuditAction.CREATE,
        event="staff.added",
        object_type="staff",
        object_id=outcome.account.id,
        detail="clinician",
    )


async def test_a_password_that_was_given_is_not_told_back() -> None:
    outcome = await add_staff(FakeClinic())(someone(password="a long enough password"))

    assert isinstance(outcome, StaffAdded)
    assert outcome.password is None


@pytest.mark.parametrize(
    ("given", "fault"),
    [
        ({"username": "k"}, StaffFault.BAD_USERNAME),
        ({"username": "kim instance"}, StaffFault.BAD_USERNAME),
        ({"username": "robin"}, StaffFault.USERNAME_TAKEN),
        ({"display_name": "  "}, StaffFault.NO_NAME),
        ({"roles": frozenset()}, StaffFault.NO_ROLE),
        ({"password": "elevenchars"}, StaffFault.SHORT_PASSWORD),
        ({"password": "ab" * 129}, StaffFault.LONG_PASSWORD),
        ({"password": "abababababab"}, StaffFault.EASY_PASSWORD),
        ({"password": "Kim.I-and-more-words"}, StaffFault.EASY_PASSWORD),
    ],
)
async def test_what_cannot_be_an_account_is_refused(given: dict[str, object], fault: StaffFault) -> None:
    clinic = Door().clinic

    assert await add_staff(clinic)(someone(**given)) == StaffRefused(fault=fault)
    assert list(clinic.people) == [ROBIN.id]


def test_the_wait_never_passes_a_quarter_of_an_hour() -> None:
    clinic = FakeClinic()
    tries = SignInTries(clinic.clock)
    waits = []
    for _ in range(200):
        wait = tries.begin("robin")
        if wait:
            waits.append(wait)
            clinic.clock.at += wait

    assert max(waits) <= timedelta(minutes=15)
