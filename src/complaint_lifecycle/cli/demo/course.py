"""The instants and the people in the story of one letter.

Nothing here depends on chance or on a clock: every instant is reckoned from the arrival
of the letter and the hours that were promised.
"""

from datetime import UTC, datetime, timedelta

from attrs import frozen

from complaint_lifecycle.cli.demo.phrases import PHRASES, Phrases
from complaint_lifecycle.clock import in_utc
from complaint_lifecycle.events import Event, Severity
from complaint_lifecycle.inbox import Letter, Story

HOUR = timedelta(hours=1)
DAY = timedelta(days=1)
NEVER = datetime.max.replace(tzinfo=UTC)
MOMENT = timedelta(minutes=5)
REACTION = timedelta(minutes=30)
FORTNIGHT = 14 * DAY

INBOX = "inbox"
SECOND_LINE = "second-line"

_AGENTS = {"en": "mia", "ru": "timur", "uk": "olha"}
_TEAMS = {
    "web shop": "warehouse",
    "delivery": "dispatch",
    "telecom": "network",
    "bank": "back-office",
}
_DISPLEASED = frozenset(
    {Story.SECOND_ROUND, Story.HASTY, Story.ABOUT_STAFF, Story.BROKEN_PROMISE}
)
GRAVE = frozenset({Severity.SERIOUS, Severity.CRITICAL})
_URGENT_HOURS = 12


@frozen
class Act:
    """What somebody does about one complaint at one instant.

    Attributes:
        at: When.

        complaint_id: Which complaint.

        by: Who.

        events: The facts that they want to record together.

        proposes: Whether they also make the offer that the policy proposes.
    """

    at: datetime
    complaint_id: str
    by: str
    events: tuple[Event, ...]
    proposes: bool = False


@frozen
class Course:
    """When things happen to one letter, and who sees to them.

    Attributes:
        letter: The letter.
    """

    letter: Letter

    def act(self, at: datetime, *events: Event, by: str | None = None) -> Act:
        """Return what is done at an instant, by the agent unless it says otherwise."""
        return Act(at, self.letter.id, by or self.agent, events)

    def proposal(self, at: datetime, *events: Event) -> Act:
        """Return what the agent does at an instant, and the offer with it."""
        return Act(at, self.letter.id, self.agent, events, proposes=True)

    @property
    def agent(self) -> str:
        """Who speaks with the customer."""
        return _AGENTS[self.letter.locale]

    @property
    def team(self) -> str:
        """Who puts it right."""
        return _TEAMS[self.letter.business]

    @property
    def lead(self) -> str:
        """Who is responsible for the process."""
        return f"{self.team}-lead"

    @property
    def helper(self) -> str:
        """Who takes over when the customer had to write again."""
        return SECOND_LINE if self.grave else self.lead

    @property
    def phrases(self) -> Phrases:
        """What is said in the language of the customer."""
        return PHRASES[self.letter.locale]

    @property
    def process(self) -> str:
        """The process that let it happen."""
        return self.letter.cause.partition(":")[0]

    @property
    def displeased(self) -> bool:
        """Whether the customer writes again in anger."""
        story = self.letter.story
        return story in _DISPLEASED or (story is Story.REFERRED and self.grave)

    @property
    def grave(self) -> bool:
        """Whether anger is a matter for the second line."""
        return self.letter.severity in GRAVE

    @property
    def patience(self) -> timedelta:
        """How long the customer was promised to wait at most."""
        return self.letter.promise_hours * HOUR

    @property
    def received(self) -> datetime:
        """When the letter came in."""
        return in_utc(self.letter.at)

    @property
    def replied(self) -> datetime:
        """When the first reply goes out: the sooner, the shorter the promise."""
        return self.received + self.patience * 6 // 100

    @property
    def due(self) -> datetime:
        """When the first promise is due."""
        return self.replied + self.patience

    @property
    def answered(self) -> datetime:
        """When the question is answered: at once, or in the story of it a day later."""
        if self.letter.story is Story.QUESTION:
            return self.replied + 22 * HOUR
        return self.replied + self.patience // 10

    @property
    def wrote(self) -> datetime:
        """When the customer writes again: never, as a rule."""
        again = self.letter.follow_up
        return self.received + again.after if again else NEVER

    @property
    def thanked_or_blamed(self) -> bool:
        """Whether the customer writes after the fix, so that nobody need ask."""
        return self.fixed <= self.wrote < NEVER

    @property
    def ready(self) -> datetime:
        """When we know enough to start gathering the rest."""
        if self.letter.story is Story.BROKEN_PROMISE:
            return self.wrote
        return self.answered if self.letter.question else self.replied

    @property
    def gathered(self) -> datetime:
        """When it is known what is needed: halfway to the fix."""
        return self.ready + (self.fixed - self.ready) // 2

    @property
    def fixed(self) -> datetime:
        """When it is put right, or the customer referred elsewhere."""
        if self.letter.story is Story.BROKEN_PROMISE:
            return self.wrote + DAY // 2
        planned = self.received + self.patience * self._percent // 100
        return max(planned, self.ready + self.patience // 20)

    @property
    def _percent(self) -> int:
        """How much of the promised time is used: little where it is urgent."""
        if self.letter.promise_hours <= _URGENT_HOURS:
            return 25
        return 50 if self.letter.story is Story.REFERRED else 80
