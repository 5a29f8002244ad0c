"""Agents: what each of them can do and asked for, as supervisors set it."""

from typing import Any

from pydantic import BaseModel, ConfigDict, Field
from sqlalchemy import Row, insert, select, update

from bot.events import Language
from handoff.store.database import Database
from handoff.store.tables import agents, users


class Profile(BaseModel):
    """What an agent can do and asked for; without a word of anybody's, the defaults."""

    model_config = ConfigDict(frozen=True, extra="forbid")

    name: str = Field(min_length=1, max_length=40)
    """As callers may hear it."""
    languages: frozenset[Language] = frozenset({"nl", "en"})
    skills: frozenset[str] = frozenset()
    """Names from the table `skills` in routing.yml."""
    trained: bool = False
    """For aggression."""
    asked_for_heavy: bool = False
    """Heavy calls are welcome."""
    whisper: bool = True
    """Hears what a call is about before the caller, where the company has that switched on."""
    buddy: str | None = None
    """The colleague who is told after a heavy call, if the agent wants it."""


class Agents:
    """The profiles of all agents."""

    def __init__(self, database: Database) -> None:
        self._database = database

    async def profile(self, name: str) -> Profile:
        """Return the profile of an agent: the defaults if nobody set one."""
        query = select(agents).where(agents.c.name == name)
        async with self._database.engine.connect() as connection:
            row = (await connection.execute(query)).one_or_none()
        return Profile(name=name) if row is None else _profile(row)

    async def all(self) -> dict[str, Profile]:
        """Return the profiles of all who may use the desk, or have one, by name."""
        async with self._database.engine.connect() as connection:
            named = (await connection.execute(select(users.c.name))).scalars()
            found = {name: Profile(name=name) for name in named}
            set_ones = [_profile(row) for row in await connection.execute(select(agents))]
        return found | {profile.name: profile for profile in set_ones}

    async def set(self, profile: Profile) -> None:
        """Store a profile; it counts for calls from now on."""
        values = {
            "languages": sorted(profile.languages),
            "skills": sorted(profile.skills),
            "trained": profile.trained,
            "asked_for_heavy": profile.asked_for_heavy,
            "whisper": profile.whisper,
            "buddy": profile.buddy,
        }
        changed = update(agents).where(agents.c.name == profile.name).values(**values)
        async with self._database.writing.begin() as connection:
            if not (await connection.execute(changed)).rowcount:
                await connection.execute(insert(agents).values(name=profile.name, **values))


def _profile(row: Row[Any]) -> Profile:
    return Profile(**row._mapping)
