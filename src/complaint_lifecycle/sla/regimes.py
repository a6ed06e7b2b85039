"""Published time limits for complaints, as data with their citations.

Not legal advice: a regime says what was found in the sources that it names, and how
far that was verified. Check the citation before you rely on one.
"""

import json
import warnings
from datetime import date, datetime
from difflib import get_close_matches
from functools import cache
from importlib.resources import files
from typing import Any

from attrs import evolve, frozen

from complaint_lifecycle.errors import InvalidEventError
from complaint_lifecycle.sla.calendar import Calendar, Pauses
from complaint_lifecycle.sla.counting import Limit, Profile, Unit
from complaint_lifecycle.sla.milestones import Extension, Milestone
from complaint_lifecycle.sla.targets import Sla, Target
from complaint_lifecycle.sla.wall import plain_date

__all__ = [
    "NOT_LEGAL_ADVICE",
    "Extension",
    "Limit",
    "Milestone",
    "Profile",
    "Regime",
    "Unit",
    "UnverifiedRegimeWarning",
    "get",
    "list",
    "profile",
]

NOT_LEGAL_ADVICE = "Not legal advice: check the citation before you rely on it."

_Fields = dict[str, Any]


class UnverifiedRegimeWarning(UserWarning):
    """A regime was loaded that is not verified, or whose first day is unknown."""


@frozen(kw_only=True)
class Regime:
    """The time limits of one law, code or scheme. Not legal advice.

    Attributes:
        id: Such as ``"uk-fca-disp"``.

        family: What its versions have in common, if there are several.

        jurisdiction: Where it holds.

        sector: For whom.

        citation: The instrument.

        sources: Where it was found.

        valid_from: First date of receipt that it covers; ``None`` if unknown.

        valid_to: Last date of receipt; ``None`` if no end is known.

        supersedes: The regime before it.

        verified: ``"yes"``; ``"partly"`` if something in it was not read in a source,
            or may be stale; or ``"no"``.

        counting: How it counts.

        notes: Traps.

        milestones: Its time limits.

        calendar: The calendar that :meth:`due` uses.
    """

    id: str
    family: str | None = None
    jurisdiction: str
    sector: str
    citation: str
    sources: tuple[str, ...] = ()
    valid_from: date | None = None
    valid_to: date | None = None
    supersedes: str | None = None
    verified: str
    counting: Profile
    notes: tuple[str, ...] = ()
    milestones: tuple[Milestone, ...]
    calendar: Calendar | None = None

    def milestone(self, name: str, *, condition: str | None = None) -> Milestone:
        """Return the milestone of a name.

        Args:
            name: Such as ``"acknowledge"``.

            condition: Which one, if several share the name.

        Raises:
            InvalidEventError: If there is none, or more than one.
        """
        named = [m for m in self.milestones if m.name == name]
        found = [m for m in named if condition in (None, m.condition)]
        if len(found) == 1:
            return found[0]
        if named:
            conditions = ", ".join(repr(m.condition) for m in named)
            raise InvalidEventError(
                "condition", repr(condition), f"one of {conditions}"
            )
        rule = f"is none of {self.id}: {', '.join(m.name for m in self.milestones)}"
        raise InvalidEventError("milestone", repr(name), rule)

    def due(
        self,
        name: str,
        start: datetime,
        *,
        condition: str | None = None,
        extended: bool = False,
        pauses: Pauses = (),
    ) -> datetime:
        """Return the last instant in time of a milestone; see :meth:`Milestone.due`.

        Args:
            name: The milestone.

            start: When it begins to run.

            condition: Which one, if several share the name.

            extended: Whether the limit was extended.

            pauses: Spans in which it does not run.

        Raises:
            InvalidEventError: If the regime was loaded without a calendar.
        """
        if self.calendar is None:
            rule = "has no calendar: give one to regimes.get"
            raise InvalidEventError("regime", self.id, rule)
        found = self.milestone(name, condition=condition)
        return found.due(start, self.calendar, extended=extended, pauses=pauses)

    def sla(self, calendar: Calendar | None = None) -> Sla:
        """Return the duties of this regime as targets, for a desk to watch.

        Those that hold for every complaint and that our facts can start and meet; what
        else the regime asks is told by :attr:`needs` and the conditions of its
        milestones; :attr:`unwatched` says why. The law's clock does not pause. This is
        no legal advice.

        Args:
            calendar: Working time; by default the one given to :func:`get`.

        Raises:
            InvalidEventError: If there is no calendar.
        """
        found = calendar or self.calendar
        if found is None:
            rule = "is needed: give one here or to regimes.get"
            raise InvalidEventError("calendar", "None", rule)
        return Sla(
            calendar=found,
            targets=[
                Target(
                    f"{self.id}: {m.name}",
                    within=m.duration,
                    since=m.since,
                    until=m.until,
                    kind="periodic" if m.recurring else "total",
                )
                for m in self.milestones
                if m.duration and not m.unwatched
            ],
        )

    @property
    def unwatched(self) -> dict[str, str]:
        """Why :meth:`sla` leaves out milestones, by their labels."""
        return {m.label: m.unwatched for m in self.milestones if m.unwatched}

    def valid_on(self, day: date) -> bool:
        """Tell whether it covers a date of receipt, as far as that is known."""
        begun = self.valid_from is None or self.valid_from <= day
        return begun and (self.valid_to is None or day <= self.valid_to)

    @property
    def needs(self) -> dict[str, tuple[str, ...]]:
        """What its milestones need that we have no fact for, by their labels."""
        return {m.label: m.needs for m in self.milestones if m.needs}


def get(id: str, *, on: date, calendar: Calendar | None = None) -> Regime:  # noqa: A002 - as everywhere here
    """Load a regime. Not legal advice.

    Args:
        id: Such as ``"uk-fca-disp"``; or what the versions of one have in common, such
            as ``"uk-ofcom-adr"``, which leaves the choice to the date.

        on: Date of receipt.

        calendar: Working time, holidays and time zone for :meth:`Regime.due`.

    Raises:
        InvalidEventError: If there is no such regime, or none on that date.

    Warns:
        UnverifiedRegimeWarning: If it is not verified, or its first day is unknown.

    >>> fca = get("uk-fca-disp", on=date(2026, 11, 20))
    >>> str(fca.milestone("final_response").limit)
    '8 weeks'
    """
    day = plain_date(on, "on")
    versions = [r for r in list() if id in {r.id, r.family}]
    if not versions:
        raise _unknown(id)
    found = next((r for r in versions if r.valid_on(day)), None)
    if found is None:
        raise _outside(versions[0], day)
    doubts = _doubts(found)
    if doubts:
        text = f"{found.id}: {'; '.join(doubts)}. {NOT_LEGAL_ADVICE}"
        warnings.warn(text, UnverifiedRegimeWarning, stacklevel=2)
    return evolve(found, calendar=calendar)


def _doubts(regime: Regime) -> tuple[str, ...]:
    unsure = "" if regime.verified == "yes" else f"verified: {regime.verified}"
    undated = "" if regime.valid_from else "the first day of its validity is unknown"
    return tuple(filter(None, (unsure, undated)))


def _unknown(id: str) -> InvalidEventError:  # noqa: A002 - as above
    names = {name for r in list() for name in (r.id, r.family) if name}
    near = get_close_matches(id, sorted(names), n=4, cutoff=0.4)
    hint = f"did you mean {', '.join(near)}?" if near else "see regimes.list()"
    return InvalidEventError("regime", repr(id), f"is unknown: {hint}")


def _outside(regime: Regime, day: date) -> InvalidEventError:
    first = regime.valid_from or "an unknown day"
    span = f"from {first}" + (f" to {regime.valid_to}" if regime.valid_to else "")
    related = (
        r for r in list() if regime.id == r.supersedes or r.id == regime.supersedes
    )
    instead = [r.id for r in related if r.valid_on(day)]
    hint = f"use {instead[0]}" if instead else "no version for that date is known"
    return InvalidEventError(
        "regime", regime.id, f"is valid {span}, not on {day}: {hint}"
    )


def profile(id: str) -> Profile:  # noqa: A002 - as above
    """Return a counting profile, for limits of your own.

    Args:
        id: Such as ``"eu-1182-71"``.

    Raises:
        InvalidEventError: If there is none.
    """
    found = _profiles().get(id)
    if found is None:
        rule = f"is no profile: use {', '.join(_profiles())}"
        raise InvalidEventError("profile", repr(id), rule)
    return found


def list() -> tuple[Regime, ...]:  # noqa: A001 - reads as regimes.list()
    """Return every regime, by id; each tells what its milestones still need."""
    return _regimes()


@cache
def _data() -> _Fields:
    text = files("complaint_lifecycle.sla").joinpath("regimes.json").read_text("utf-8")
    found: _Fields = json.loads(text)
    return found


@cache
def _profiles() -> dict[str, Profile]:
    return {name: Profile(id=name, **d) for name, d in _data()["profiles"].items()}


@cache
def _regimes() -> tuple[Regime, ...]:
    return tuple(map(_regime, _data()["regimes"]))


def _regime(data: _Fields) -> Regime:
    counting = _profiles()[data["counting"]]
    made: _Fields = {name: tuple(data.get(name, ())) for name in ("sources", "notes")}
    made |= {name: _day(data.get(name)) for name in ("valid_from", "valid_to")}
    made["milestones"] = tuple(_milestone(m, counting) for m in data["milestones"])
    made["counting"] = counting
    return Regime(**data | made)


def _day(text: str | None) -> date | None:
    return None if text is None else date.fromisoformat(text)


def _milestone(data: _Fields, counting: Profile) -> Milestone:
    made: _Fields = {name: _limit(data, name) for name in ("limit", "preceded_by")}
    made["needs"] = tuple(data.get("needs", ()))
    made["extension"] = _extension(data)
    return Milestone(**data | made, profile=counting)


def _extension(data: _Fields) -> Extension | None:
    if "extension" not in data:
        return None
    found: _Fields = data["extension"]
    limit = _limit(found, "limit")
    return Extension(
        limit=limit, requires=found["requires"], verified=found["verified"]
    )


def _limit(data: _Fields, name: str) -> Limit | None:
    return Limit(**data[name]) if name in data else None
