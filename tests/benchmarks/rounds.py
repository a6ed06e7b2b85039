"""Races two contenders in alternating rounds, and keeps the score.

Machines are noisy, and their noise comes in waves. So contenders take turns, each round
gives one ratio of CPU times, and the median of these ratios is what counts.
"""

from collections.abc import Callable, Iterator
from gc import collect
from statistics import median
from time import process_time_ns

from attrs import define, field, frozen

ROUNDS = 21


def nothing() -> None:
    """Prepare nothing."""


@frozen
class Side:
    """A contender.

    Attributes:
        name: Who it is.

        run: Does the work once and returns what it led to.

        times: How often it does so in one round.

        before: Prepares a round, outside the timing.

        clock: Counts nanoseconds; those of the process, where nobody else works for it.
    """

    name: str
    run: Callable[[], object]
    times: int = 1
    before: Callable[[], object] = nothing
    clock: Callable[[], int] = process_time_ns

    def __str__(self) -> str:
        return self.name

    def turn(self) -> float:
        """Take one turn and return the time of one run in nanoseconds."""
        self.before()
        collect()
        start = self.clock()
        for _ in range(self.times):
            self.run()
        return (self.clock() - start) / self.times


@frozen
class Bar:
    """What a ratio has to reach.

    Attributes:
        faster: Whether the ratio says how many times faster we are; otherwise it says
            how many times as long we take.

        limit: The least of the one or the most of the other; ``None`` if a ratio is
            only reported.
    """

    faster: bool
    limit: float | None = None

    def ratio(self, ours: float, peer: float) -> float:
        """Return how two times compare."""
        return peer / ours if self.faster else ours / peer

    def reached(self, ratio: float) -> bool | None:
        """Tell whether a ratio is good enough, or ``None`` without a limit."""
        if self.limit is None:
            return None
        return ratio >= self.limit if self.faster else ratio <= self.limit

    def __str__(self) -> str:
        if self.limit is None:
            return "-"
        return f"{'at least' if self.faster else 'at most'} {self.limit:g}"


def at_least(limit: float | None = None) -> Bar:
    """Ask to be this many times faster than the peer."""
    return Bar(faster=True, limit=limit)


def at_most(limit: float | None = None) -> Bar:
    """Ask to take at most this many times as long as the peer."""
    return Bar(faster=False, limit=limit)


@frozen
class Race:
    """What two contenders took, round by round, in nanoseconds a run.

    Attributes:
        ours: Our rounds.

        peer: Those of the peer.
    """

    ours: tuple[float, ...]
    peer: tuple[float, ...]

    def ratio(self, bar: Bar) -> float:
        """Return the median of the ratios of the rounds."""
        return median(map(bar.ratio, self.ours, self.peer))


def race(ours: Side, peer: Side, *, rounds: int = ROUNDS) -> Race:
    """Let two contenders take turns, each going first in every other round."""
    turns: dict[str, list[float]] = {ours.name: [], peer.name: []}
    for number in range(rounds):
        for side in (ours, peer) if number % 2 else (peer, ours):
            turns[side.name].append(side.turn())
    return Race(tuple(turns[ours.name]), tuple(turns[peer.name]))


Row = tuple[str, str, str, str, str, str]
HEAD: Row = ("measure", "ours", "peer", "ratio", "bar", "reached")


@define
class Board:
    """The score of a session.

    Attributes:
        rows: One line for each race.

        notes: What else a reader should know.
    """

    rows: list[Row] = field(factory=list)
    notes: list[str] = field(factory=list)

    def race(
        self, measure: str, ours: Side, peer: Side, bar: Bar, *, rounds: int = ROUNDS
    ) -> Race:
        """Run a race and enter it.

        Args:
            measure: What is measured.

            ours: Our side.

            peer: The other one.

            bar: What is asked of us.

            rounds: How many turns each takes.
        """
        run = race(ours, peer, rounds=rounds)
        self.enter(measure, median(run.ours), median(run.peer), run.ratio(bar), bar)
        return run

    def enter(
        self, measure: str, ours: float, peer: float, ratio: float, bar: Bar
    ) -> None:
        """Enter the result of a race."""
        words = f"{ratio:.2f} x {'faster' if bar.faster else 'as long'}"
        verdict = {None: "", True: "yes", False: "NO"}[bar.reached(ratio)]
        self.rows.append((measure, shown(ours), shown(peer), words, str(bar), verdict))

    def lines(self) -> Iterator[str]:
        """Write the score as a table, the notes below it."""
        table = [HEAD, *self.rows]
        widths = [max(map(len, column)) for column in zip(*table, strict=True)]
        for row in table:
            cells = zip(row, widths, strict=True)
            yield "  ".join(cell.ljust(width) for cell, width in cells).rstrip()
        yield ""
        yield from self.notes


def shown(nanoseconds: float) -> str:
    """Write a time in a unit that reads well.

    >>> shown(40_513.2)
    '40.5 us'
    """
    for unit, size in (("s", 1e9), ("ms", 1e6), ("us", 1e3)):
        if nanoseconds >= size:
            return f"{nanoseconds / size:.3g} {unit}"
    return f"{nanoseconds:.3g} ns"
