"""One time limit of a regime: how long, from what, until what."""

from datetime import datetime

from attrs import evolve, field, frozen

from complaint_lifecycle.errors import InvalidEventError
from complaint_lifecycle.sla.calendar import Calendar, Pauses
from complaint_lifecycle.sla.counting import Limit, Profile
from complaint_lifecycle.sla.durations import Duration, Roll


@frozen(kw_only=True)
class Extension:
    """How a limit may be extended.

    Attributes:
        limit: The whole limit then, from the same start; ``None`` if none is fixed.

        requires: On what condition.

        verified: Whether that was read in a source.
    """

    limit: Limit | None
    requires: str
    verified: bool


@frozen(kw_only=True)
class Milestone:
    """One time limit of a regime.

    Attributes:
        name: Such as ``"final_response"``. Two milestones may share a name; then each
            has its condition.

        title: What it is, in a few words.

        kind: ``"duty"``; ``"option"``, which the firm may use up to then; ``"right"``,
            which the complainant has from then on; or ``"window"``, the complainant's
            own limit.

        clause: Where in the citation, if known.

        condition: When it applies; always, if ``None``.

        limit: How long; ``None`` if no number is fixed.

        no_limit: What stands in place of a number.

        preceded_by: A period that has to end before the limit begins.

        counted_from: What it is counted from, in the words of the source.

        since: The fact that starts it, such as ``"Received"``; ``None`` if we have no
            such fact.

        until: The fact that meets it; ``None`` if we have no such fact.

        needs: What we have no fact for and the host must know.

        extension: How it may be extended.

        recurring: Whether it runs anew from each fact that meets it.

        note: What else to know.

        verified: Whether it was read in a source.

        profile: How it is counted.
    """

    name: str
    title: str
    kind: str
    clause: str | None = None
    condition: str | None = None
    limit: Limit | None = None
    no_limit: str | None = None
    preceded_by: Limit | None = None
    counted_from: str
    since: str | None = None
    until: str | None = None
    needs: tuple[str, ...] = ()
    extension: Extension | None = None
    recurring: bool = False
    note: str = ""
    verified: bool
    profile: Profile = field(repr=False)

    @property
    def unwatched(self) -> str:
        """Why no timer of ours can watch it; empty if one can."""
        reasons = (
            (self.limit is None, self.why),
            (self.kind != "duty", f"no duty of the firm: {self.kind}"),
            (self.condition, f"only if: {self.condition}"),
            (self.preceded_by, "another period has to end before"),
            (not (self.since and self.until), f"needs {' and '.join(self.needs)}"),
        )
        return "; ".join(str(said) for applies, said in reasons if applies)

    @property
    def duration(self) -> Duration | None:
        """The limit as a duration; ``None`` if no number is fixed."""
        return None if self.limit is None else self.profile.duration(self.limit)

    def due(
        self,
        start: datetime,
        calendar: Calendar,
        *,
        extended: bool = False,
        pauses: Pauses = (),
    ) -> datetime:
        """Return the last instant in time.

        Args:
            start: When it begins to run: see ``counted_from``.

            calendar: Working time, holidays and time zone.

            extended: Whether the limit was extended.

            pauses: Spans in which it does not run.

        Raises:
            InvalidEventError: If no number is fixed, or none for the extension.
        """
        pauses = tuple(pauses)
        if self.preceded_by is not None:
            before = self.profile.duration(self.preceded_by)
            start = before.due(start, calendar, pauses=pauses)
        limit = self._extended() if extended else self.limit
        if limit is None:
            raise InvalidEventError("milestone", self.name, f"no limit: {self.why}")
        return self.profile.duration(limit).due(start, calendar, pauses=pauses)

    def _extended(self) -> Limit | None:
        return None if self.extension is None else self.extension.limit

    @property
    def why(self) -> str:
        """What stands in place of a number, in words."""
        return self.no_limit or "no number is fixed for an extension"

    def rolling(self, roll: Roll | str) -> "Milestone":
        """Return the milestone with another rule for an end on a day of rest.

        Where the law is silent, as that of ``ru-59fz`` is, practice differs.

        Args:
            roll: ``"none"``, ``"next"`` or ``"previous"``.
        """
        extension = self.extension
        if extension is not None:
            extension = evolve(extension, limit=_rolling(extension.limit, roll))
        return evolve(self, limit=_rolling(self.limit, roll), extension=extension)

    @property
    def label(self) -> str:
        """The name, with the condition if there is one."""
        return f"{self.name} ({self.condition})" if self.condition else self.name


def _rolling(limit: Limit | None, roll: Roll | str) -> Limit | None:
    return None if limit is None else evolve(limit, roll=roll)
