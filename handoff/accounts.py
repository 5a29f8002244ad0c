"""Accounts: who may use the desk, and how they prove it."""

import hashlib
import secrets
from collections.abc import Callable
from dataclasses import dataclass
from datetime import datetime, timedelta
from typing import Literal

from sqlalchemy import delete, func, insert, select, update
from sqlalchemy.exc import IntegrityError

from handoff.passwords import hashed, matches, new_password
from handoff.store.database import Database
from handoff.store.tables import api_tokens, sessions, users
from handoff.throttle import Throttle

Role = Literal["agent", "supervisor", "owner", "admin"]
"""An agent takes cards; a supervisor decides on incidents too; an owner teaches the bot in the
studio and sees no cards; an admin may do everything. An agent or supervisor may be let into the
studio besides."""
SHIFT = timedelta(hours=12)
"""How long a session lasts."""
NAME_LENGTH = 40


class UserExists(Exception):
    """There is a user of this name already."""


class UserRefused(ValueError):
    """A name that can't be used."""


class TooManyTries(Exception):
    """Too many wrong passwords; says how long to wait."""

    def __init__(self, wait: timedelta) -> None:
        super().__init__(f"too many wrong passwords; try again in {wait.total_seconds():.0f} s")
        self.wait = wait


@dataclass(frozen=True)
class FirstRun:
    """What is made at the first start, and can't be shown again."""

    name: str
    password: str
    api_token: str


@dataclass(frozen=True)
class User:
    """Someone who may use the desk."""

    id: int
    name: str
    """As callers may hear it."""
    role: Role
    also_owns: bool = False
    """Whether an agent or supervisor was let into the studio too."""

    @property
    def supervises(self) -> bool:
        """Whether this user sees incidents, decides on them, and closes anybody's card."""
        return self.role in ("supervisor", "admin")

    @property
    def takes_calls(self) -> bool:
        """Whether this user sees calls and cards."""
        return self.role != "owner"

    @property
    def owns(self) -> bool:
        """Whether this user may use the studio."""
        return self.also_owns or self.role in ("owner", "admin")


@dataclass(frozen=True)
class Session:
    """A user who is logged in."""

    user: User
    token: str
    """The cookie's value."""
    csrf: str
    """What every form of this session sends along."""
    expires: datetime


class Accounts:
    """Users, their sessions, and tokens for scripts."""

    def __init__(self, database: Database, clock: Callable[[], datetime]) -> None:
        self._database = database
        self._clock = clock
        self._throttle = Throttle(clock)

    async def first_run(self) -> FirstRun | None:
        """Make the first administrator and API token; None when there are users already."""
        async with self._database.engine.connect() as connection:
            count = (await connection.execute(select(func.count()).select_from(users))).scalar_one()
        if count:
            return None
        try:
            password = await self.add_user("admin", role="admin")
        except UserExists:  # Another process of the same first start was faster.
            return None
        return FirstRun("admin", password, await self.add_token("first"))

    async def add_user(
        self,
        name: str,
        password: str | None = None,
        role: Role = "agent",
        also_owns: bool = False,
    ) -> str:
        """Add a user and return the password, a new one if none is given.

        Raises UserExists, UserRefused, PasswordRefused.
        """
        name = " ".join(name.split())
        if not 0 < len(name) <= NAME_LENGTH or not name.isprintable():
            raise UserRefused(f"a name has 1 to {NAME_LENGTH} printable characters")
        password = password or new_password()
        values = {
            "name": name,
            "password": await hashed(password),
            "role": role,
            "also_owns": also_owns,
            "created": self._clock(),
        }
        try:
            async with self._database.writing.begin() as connection:
                await connection.execute(insert(users).values(values))
        except IntegrityError as error:
            raise UserExists(name) from error
        return password

    async def log_in(self, name: str, password: str, address: str) -> Session | None:
        """Open a session; None when name or password is wrong; raises TooManyTries."""
        name = " ".join(name.split())
        self._count(name, address)
        async with self._database.engine.connect() as connection:
            row = (await connection.execute(select(users).where(users.c.name == name))).first()
        if not await matches(password, row.password if row else None) or row is None:
            return None
        self._throttle.succeeded(name, address)
        return await self._open(User(row.id, row.name, row.role, row.also_owns))

    def _count(self, name: str, address: str) -> None:
        """Take or refuse a try. It counts as failed until it succeeds: many at once are many."""
        if wait := self._throttle.wait(name, address):
            raise TooManyTries(wait)
        self._throttle.failed(name, address)

    async def _open(self, user: User) -> Session:
        now = self._clock()
        token, csrf = secrets.token_urlsafe(32), secrets.token_urlsafe(32)
        row = {
            "token": fingerprint(token),
            "user_id": user.id,
            "csrf": csrf,
            "created": now,
            "expires": now + SHIFT,
        }
        async with self._database.writing.begin() as connection:
            await connection.execute(delete(sessions).where(sessions.c.expires <= now))
            await connection.execute(insert(sessions).values(row))
        return Session(user, token, csrf, now + SHIFT)

    async def session(self, token: str) -> Session | None:
        """Return the session with this token, if it has not ended."""
        query = (
            select(
                users.c.id,
                users.c.name,
                users.c.role,
                users.c.also_owns,
                sessions.c.csrf,
                sessions.c.expires,
            )
            .join(sessions, sessions.c.user_id == users.c.id)
            .where(sessions.c.token == fingerprint(token), sessions.c.expires > self._clock())
        )
        async with self._database.engine.connect() as connection:
            row = (await connection.execute(query)).first()
        if row is None:
            return None
        return Session(
            User(row.id, row.name, row.role, row.also_owns), token, row.csrf, row.expires
        )

    async def log_out(self, session: Session) -> None:
        """End a session."""
        token = fingerprint(session.token)
        async with self._database.writing.begin() as connection:
            await connection.execute(delete(sessions).where(sessions.c.token == token))

    async def change_password(self, session: Session, old: str, new: str, address: str) -> bool:
        """Change the password and end the user's other sessions; False when `old` is wrong.

        Raises PasswordRefused, TooManyTries.
        """
        user = session.user
        self._count(user.name, address)
        async with self._database.engine.connect() as connection:
            query = select(users.c.password).where(users.c.id == user.id)
            kept = (await connection.execute(query)).scalar_one_or_none()
        if not await matches(old, kept):
            return False
        self._throttle.succeeded(user.name, address)
        password = await hashed(new)
        others = sessions.c.token != fingerprint(session.token)
        async with self._database.writing.begin() as connection:
            changed = update(users).where(users.c.id == user.id).values(password=password)
            await connection.execute(changed)
            await connection.execute(delete(sessions).where(sessions.c.user_id == user.id, others))
        return True

    async def reset_password(self, name: str, password: str | None = None) -> str | None:
        """Give a user a new password and end their sessions; None when there is no such user."""
        password = password or new_password()
        kept = await hashed(password)
        async with self._database.writing.begin() as connection:
            changed = update(users).where(users.c.name == name).values(password=kept)
            found = (await connection.execute(changed.returning(users.c.id))).scalar_one_or_none()
            if found is None:
                return None
            await connection.execute(delete(sessions).where(sessions.c.user_id == found))
        return password

    async def change_role(self, name: str, role: Role, also_owns: bool = False) -> bool:
        """Let a user do more, or less, from now on; False when there is no such user."""
        values = {"role": role, "also_owns": also_owns}
        changed = update(users).where(users.c.name == name).values(values)
        async with self._database.writing.begin() as connection:
            found = await connection.execute(changed.returning(users.c.id))
            return found.scalar_one_or_none() is not None

    async def add_token(self, name: str) -> str:
        """Make a token with which scripts use the API; it can't be shown again."""
        token = "kalm_" + secrets.token_urlsafe(32)
        row = {"token": fingerprint(token), "name": name, "created": self._clock()}
        async with self._database.writing.begin() as connection:
            await connection.execute(insert(api_tokens).values(row))
        return token

    async def token_name(self, token: str) -> str | None:
        """Return the name of an API token, None when it is not one."""
        query = select(api_tokens.c.name).where(api_tokens.c.token == fingerprint(token))
        async with self._database.engine.connect() as connection:
            found: str | None = (await connection.execute(query)).scalar_one_or_none()
        return found


def fingerprint(token: str) -> str:
    """Return what is kept of a token. It has 256 random bits: a plain hash hides it.

    Looking up the hash, not the token, leaves nothing to learn from how long it takes.
    """
    return hashlib.sha256(token.encode()).hexdigest()
