"""Published compensation schemes, as data with their citations.

Not legal advice: a scheme says what was found in the sources that it names, and how
far that was verified. Check the citation before you rely on one.
"""

import json
import warnings
from collections.abc import Mapping
from datetime import date, datetime
from decimal import Decimal, localcontext
from difflib import get_close_matches
from functools import cache
from importlib.resources import files
from typing import Any

from attrs import evolve, field, frozen
from moneyed import Money

from complaint_lifecycle.amounts import EXACT, money, sum_of
from complaint_lifecycle.compensation.assessing import Assessment
from complaint_lifecycle.compensation.blocks import Block
from complaint_lifecycle.compensation.drafts import Draft, Part, line_of
from complaint_lifecycle.compensation.formulas import RULES
from complaint_lifecycle.compensation.formulas.needs import Given, Need, given_to
from complaint_lifecycle.compensation.formulas.numbers import Numbers
from complaint_lifecycle.compensation.situation import Situation
from complaint_lifecycle.compensation.versions import (
    Band,
    Version,
    band_of,
    version_of,
)
from complaint_lifecycle.compensation.written import IS, to_data
from complaint_lifecycle.errors import InvalidEventError
from complaint_lifecycle.events.fields import Facts, Plain
from complaint_lifecycle.offers import Reason, RemedyKind

__all__ = [
    "NOT_LEGAL_ADVICE",
    "Assessment",
    "Band",
    "Need",
    "Numbers",
    "Scheme",
    "UnverifiedSchemeWarning",
    "Version",
    "get",
    "list",
]

NOT_LEGAL_ADVICE = "Not legal advice: check the citation before you rely on it."

_Fields = dict[str, Any]


class UnverifiedSchemeWarning(UserWarning):
    """A scheme was loaded that is not verified, or whose first day is unknown."""


@frozen(kw_only=True)
class Scheme(Block):
    """What one law, code or guarantee pays for which loss. Not legal advice.

    It is a policy, which reads its facts from the complaint.

    Attributes:
        id: Such as ``"uk-delay-repay"``.

        title: Its name.

        jurisdiction: Where it holds.

        per: What one amount is for, such as a passenger or a ticket.

        currency: ISO 4217 code of what it pays; ``None`` if it names none.

        citation: The instrument.

        sources: Where it was found.

        notes: Traps, and how they were decided.

        supersedes: The scheme before it, which may still be in force.

        needs: The facts that it reads.

        dated_by: Which of them pick the version, the first that is given.

        versions: Its numbers, the oldest first.

        bands: Of a guide: what people decide by.

        formula: Name of the formula that calculates; ``None`` for a guide.

        on: Date of the event, where it was fixed by :func:`get`.

        settings: Facts that were fixed by :func:`get`.
    """

    id: str
    # Equal schemes share all of this with their id; a hash and a print need no more.
    title: str = field(hash=False, repr=False)
    jurisdiction: str = field(hash=False, repr=False)
    per: str = field(hash=False, repr=False)
    currency: str | None = field(hash=False, repr=False)
    citation: str = field(hash=False, repr=False)
    sources: tuple[str, ...] = field(default=(), hash=False, repr=False)
    notes: tuple[str, ...] = field(default=(), hash=False, repr=False)
    supersedes: str | None = field(default=None, hash=False, repr=False)
    needs: tuple[Need, ...] = field(default=(), hash=False, repr=False)
    dated_by: tuple[str, ...] = field(default=(), hash=False, repr=False)
    versions: tuple[Version, ...] = field(hash=False, repr=False)
    bands: tuple[Band, ...] = field(default=(), hash=False, repr=False)
    formula: str | None = field(hash=False, repr=False)
    on: date | None = None
    settings: Facts = field(factory=Facts)

    @property
    def is_guide(self) -> bool:
        """Whether people have to decide, since it never pays by itself."""
        return self.formula is None

    @property
    def version(self) -> Version:
        """The version on the fixed date, else the newest.

        Raises:
            InvalidEventError: If the fixed date is outside its validity.
        """
        return self.versions[-1] if self.on is None else self.version_on(self.on)

    @property
    def verified(self) -> str:
        """How far :attr:`version` was verified: ``yes``, ``partly`` or ``no``."""
        return self.version.verified

    @property
    def validity(self) -> str:
        """The dates that :attr:`version` covers, in words."""
        return self.version.validity

    def version_on(self, day: date) -> Version:
        """Return the version that covers a date of the event.

        Raises:
            InvalidEventError: If it is outside the validity that is known.
        """
        found = next(iter(self.covering(day)), None)
        if found is None:
            raise _outside(self, day)
        return found

    def covering(self, day: date) -> tuple[Version, ...]:
        """Return the versions that cover a date of the event: one, or none."""
        return tuple(version for version in self.versions if version.covers(day))

    def assess(self, facts: Mapping[str, object]) -> Assessment:
        """Say what is due for the facts, and why. Not legal advice.

        The version is that of the fixed date, else of the first of :attr:`dated_by`
        among the facts, else the newest.

        Args:
            facts: What is known, by the names of :attr:`needs`; others are ignored.
                Whole numbers, decimals or their text, true or false, dates or their
                text; what was fixed by :func:`get` goes before. Each in the unit that
                its need says.

        Returns:
            The amount, zero if nothing is due, with the lines that explain it.

        Raises:
            MissingFactError: If a fact is absent that matters for the answer.
            InvalidEventError: If a fact breaks the rule of its type, if its date is
                outside the validity of the scheme, or if the scheme is a guide.

        Warns:
            UnverifiedSchemeWarning: If a date among the facts picks another version
                than :attr:`version`, and that one is doubtful.

        >>> nothing = get("us-dbc").assess({"one_way_fare": 300, "late_hours": 1})
        >>> print(nothing.explain())
        us-dbc: late_hours 1 is at most 1: nothing is due
        total                                              0.00 USD
        """
        if self.formula is None:
            raise _guide(self)
        given = self._given(facts)
        version = self._picked(given)
        if version.doubts and version != self.version:
            _warn(self, version)
        with localcontext(EXACT):
            lines = tuple(RULES[self.formula](given, version.numbers))
        reasons = tuple(
            Reason(text, rule=self.id, amount=_amount(number, given.currency))
            for text, number in lines
        )
        known = (reason.amount for reason in reasons if reason.amount is not None)
        amount = sum_of((money(0, given.currency), *known))
        assert amount is not None  # noqa: S101 - zero is among them
        return Assessment(
            scheme=self.id, version=version, amount=amount, reasons=reasons
        )

    def as_data(self) -> dict[str, Any]:
        """Write it as its id and settings: the numbers are those of the reader."""
        on = None if self.on is None else self.on.isoformat()
        settings = {name: to_data(each) for name, each in self.settings.items()}
        return {IS: "scheme", "id": self.id, "on": on, "settings": settings}

    def draft(self, situation: Situation) -> Draft | None:
        """Draft what is due for the facts of the complaint; ``None`` if nothing is.

        Raises:
            MissingFactError: If a fact is absent that matters for the answer.
            InvalidEventError: If the scheme cannot answer; see :meth:`assess`.
        """
        found = self.assess(situation.complaint.facts)
        if not found.amount.amount:
            return None
        lines = map(line_of, found.reasons)
        amount = found.amount.amount
        part = Part(RemedyKind.REFUND, amount, what=self.title)
        return Draft([part], [*lines], found.amount.currency.code, amount)

    def _given(self, facts: Mapping[str, object]) -> Given:
        if not isinstance(facts, Mapping):
            rule = "must be a mapping of names to values"
            raise InvalidEventError("facts", repr(facts)[:40], rule)
        known = {need.name: facts.get(need.name) for need in self.needs}
        currency = self.currency or ""
        return given_to(self.id, currency, self.needs, {**known, **self.settings})

    def _picked(self, given: Given) -> Version:
        if self.on is not None:
            return self.version_on(self.on)
        dated = next((name for name in self.dated_by if given.has(name)), None)
        if dated is not None:
            return self.version_on(given.day(dated))
        if self.version.expected_from is not None:
            raise _outside(self, None)
        return self.version


def _amount(number: Decimal | None, currency: str) -> Money | None:
    return None if number is None else money(number, currency)


def _guide(scheme: Scheme) -> InvalidEventError:
    rule = "is a guide for people and never pays by itself: read its bands, decide"
    return InvalidEventError("scheme", scheme.id, rule)


def get(
    id: str,  # noqa: A002 - as everywhere here
    *,
    on: date | None = None,
    **settings: Plain | date,
) -> Scheme:
    """Load a scheme. Not legal advice.

    Args:
        id: Such as ``"eu-261-2004"``.

        on: Date of the event, which picks the version. Without it
            :meth:`Scheme.assess` looks for a date among the facts, and takes the newest
            version if there is none.

        settings: Facts that are fixed in advance, such as ``scheme="DR15"``.

    Raises:
        InvalidEventError: If there is no such scheme, none on that date, or if a
            setting is no fact of it or breaks the rule of its type.

    Warns:
        UnverifiedSchemeWarning: If the version on that date, else the newest, is not
            verified, or its first day is unknown.

    >>> flights = get("eu-261-2004", on=date(2026, 6, 1), intra_eu=True)
    >>> long_one = {"distance_km": 3600, "arrival_delay_minutes": 200}
    >>> flights.assess(long_one).amount
    Money('400.00', 'EUR')
    """
    found = next((scheme for scheme in list() if scheme.id == id), None)
    if found is None:
        raise _unknown(id)
    if on is not None and (isinstance(on, datetime) or not isinstance(on, date)):
        rule = "must be a date such as 2026-03-02, without a time"
        raise InvalidEventError("on", repr(on)[:40], rule)
    fixed = _settings(found, settings)
    scheme = evolve(found, on=on, settings=fixed)
    version = scheme._picked(scheme._given({}))
    if version.doubts:
        _warn(scheme, version)
    return scheme


def _settings(scheme: Scheme, settings: Mapping[str, Plain | date]) -> Facts:
    names = [need.name for need in scheme.needs]
    for name, value in settings.items():
        if name not in names:
            near = get_close_matches(name, names, n=1, cutoff=0.4)
            hint = f"did you mean {near[0]}?" if near else f"use {', '.join(names)}"
            rule = f"is no fact of {scheme.id}: {hint}"
            raise InvalidEventError("setting", repr(name), rule)
        if value is None:
            rule = "must have a value: leave it out, and it is read from the facts"
            raise InvalidEventError(name, "None", rule)
    plain = {
        n: v.isoformat() if isinstance(v, date) else v for n, v in settings.items()
    }
    return Facts(plain)


def _warn(scheme: Scheme, version: Version) -> None:
    text = f"{scheme.id}: {'; '.join(version.doubts)}. {NOT_LEGAL_ADVICE}"
    warnings.warn(text, UnverifiedSchemeWarning, stacklevel=3)


def _unknown(id: str) -> InvalidEventError:  # noqa: A002 - as above
    near = get_close_matches(str(id), [s.id for s in list()], n=4, cutoff=0.4)
    hint = f"did you mean {', '.join(near)}?" if near else "see schemes.list()"
    return InvalidEventError("scheme", repr(id), f"is unknown: {hint}")


def _outside(scheme: Scheme, day: date | None) -> InvalidEventError:
    before = (s for s in list() if scheme.supersedes == s.id)
    instead = [s.id for s in before if day is None or s.covering(day)]
    hint = f"use {instead[0]}" if instead else "no version for that date is known"
    return InvalidEventError("scheme", scheme.id, f"{_span(scheme, day)}: {hint}")


def _span(scheme: Scheme, day: date | None) -> str:
    first, last = scheme.versions[0], scheme.versions[-1]
    if day is None or first.expected_from is not None:
        return f"is {last.validity}"
    ends = f" to {last.valid_to}" if last.valid_to else ""
    return f"is valid from {first.valid_from or 'an unknown day'}{ends}, not on {day}"


def list() -> tuple[Scheme, ...]:  # noqa: A001 - reads as schemes.list()
    """Return every scheme, by id; each tells which facts it needs."""
    return _schemes()


@cache
def _schemes() -> tuple[Scheme, ...]:
    path = files("complaint_lifecycle.compensation").joinpath("schemes.json")
    data: _Fields = json.loads(path.read_text("utf-8"))
    return tuple(map(_scheme, data["schemes"]))


def _scheme(data: _Fields) -> Scheme:
    made: _Fields = {
        n: tuple(data.get(n, ())) for n in ("sources", "notes", "dated_by")
    }
    made["needs"] = tuple(Need(**need) for need in data.get("needs", ()))
    made["versions"] = tuple(map(version_of, data["versions"]))
    made["bands"] = tuple(map(band_of, data.get("bands", ())))
    return Scheme(**data | made)
