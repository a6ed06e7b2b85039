"""Import of 100,000 entries into SQLite, beside ``executemany`` of the same rows."""

from collections.abc import Callable, Iterable, Sequence
from contextlib import closing
from itertools import count
from pathlib import Path
from statistics import median
from time import process_time

import pytest
from benchmarks.journey import LIFECYCLE, recorded, whole
from benchmarks.rounds import Bar, Board, Side, at_least, at_most
from benchmarks.storage import ByHand, Values, parsed, rows_of
from pytest_benchmark.fixture import BenchmarkFixture

from complaint_lifecycle import Codec, SqlJournal
from complaint_lifecycle.transfer import import_entries, sorting

COMPLAINTS = 10_000
AT_A_TIME = 500
SMALL = 4_000_000
WANTED = 50_000
OURS = "import"
PARSING = "executemany of lines parsed by hand"
READY = "executemany of ready rows"
NAMES = (OURS, PARSING, READY)

STORY = [Codec().dump(entry) for entry in recorded(whole())[0]]
LINES = [
    line.replace('"c-1"', f'"c-{number}"')
    for number in range(COMPLAINTS)
    for line in STORY
]
NUMBERS = count()


def imported(path: Path, lines: Sequence[str] = LINES) -> int:
    """Import every line, each of them judged."""
    with SqlJournal(path) as journal:
        return import_entries(lines, journal, lifecycle=LIFECYCLE).entries


def interleaved() -> list[str]:
    """Let 500 complaints go on at a time, as in the export of a busy desk."""
    length = len(STORY)
    lines = []
    for first in range(0, len(LINES), AT_A_TIME * length):
        some = LINES[first : first + AT_A_TIME * length]
        lines += [line for step in range(length) for line in some[step::length]]
    return lines


def spilling(path: Path, lines: Sequence[str]) -> int:
    """Import with next to no memory for lines, so that they go to temporary files."""
    with pytest.MonkeyPatch.context() as patch:
        made = sorting.Sorter.__init__
        patch.setattr(sorting.Sorter, "__init__", lambda self: made(self, SMALL))
        return imported(path, lines)


def written(path: Path, rows: Iterable[Values]) -> int:
    """Write rows in one transaction."""
    with closing(ByHand(path)) as hand:
        return hand.bulk(rows)


@pytest.fixture(scope="module")
def ready() -> list[Values]:
    """Make every row beforehand."""
    return list(parsed(LINES))


@pytest.fixture(scope="module")
def sides(storage: Path, ready: list[Values]) -> dict[str, Side]:
    """Give each side an empty file for every run."""

    def side(name: str, work: Callable[[Path], int]) -> Side:
        return Side(name, lambda: into_an_empty_file(storage, work))

    return {
        OURS: side(OURS, imported),
        PARSING: side(PARSING, lambda path: written(path, parsed(LINES))),
        READY: side(READY, lambda path: written(path, ready)),
    }


def into_an_empty_file(folder: Path, work: Callable[[Path], int]) -> int:
    """Let a side fill a new file, and remove it."""
    path = folder / f"import-{next(NUMBERS)}.db"
    done = work(path)
    path.unlink()
    return done


def test_same_rows(storage: Path, ready: list[Values]) -> None:
    """An import leaves the very rows that are written by hand."""
    ours, parsing, by_hand = (storage / f"{name}.db" for name in NAMES)

    assert imported(ours) == len(LINES)
    assert written(parsing, parsed(LINES)) == len(LINES)
    assert written(by_hand, ready) == len(LINES)
    assert rows_of(ours) == rows_of(parsing) == rows_of(by_hand)


@pytest.mark.parametrize(
    ("name", "work"),
    [
        ("complaint after complaint", imported),
        ("of 500 complaints at a time", imported),
        ("of 500 at a time, through temporary files", spilling),
    ],
    ids=str,
)
def test_rate(
    board: Board, storage: Path, name: str, work: Callable[[Path, Sequence[str]], int]
) -> None:
    """Entries are taken in, each judged and bound to the one before it, at a rate."""
    lines = LINES if name.startswith("complaint") else interleaved()
    side = Side(
        name, lambda: into_an_empty_file(storage, lambda path: work(path, lines))
    )
    taken = median(side.turn() for _ in range(5)) / len(lines)
    measure = f"import of an entry {name} / {WANTED:,} a second"
    board.enter(measure, taken, 1e9 / WANTED, 1e9 / WANTED / taken, at_least(1))
    board.notes.append(f"import {name}: {1e9 / taken:,.0f} entries a second")


@pytest.mark.parametrize(
    ("peer", "bar", "rounds"),
    [(PARSING, at_most(3), 5), (READY, at_most(), 3)],
    ids=str,
)
def test_race(
    board: Board, sides: dict[str, Side], peer: str, bar: Bar, rounds: int
) -> None:
    """Both sides fill an empty file with 100,000 rows."""
    measure = f"import of {len(LINES):,} entries / {peer}"
    board.race(measure, sides[OURS], sides[peer], bar, rounds=rounds)


@pytest.mark.benchmark(group="import of 100,000 entries", timer=process_time)
@pytest.mark.parametrize("name", NAMES)
def test_import(benchmark: BenchmarkFixture, sides: dict[str, Side], name: str) -> None:
    """Each side takes all entries in."""
    assert benchmark.pedantic(sides[name].run, rounds=1) == len(LINES)
