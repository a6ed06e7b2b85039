"""Takes lines of JSON into a journal: whole complaints, each entry judged."""

from collections.abc import Callable, Iterable, Iterator
from contextlib import suppress
from itertools import groupby, islice
from operator import attrgetter, gt
from typing import Literal

from attrs import define, evolve, field

from complaint_lifecycle.codec import Codec
from complaint_lifecycle.errors import (
    ConflictError,
    InvalidEventError,
    UnreadableError,
)
from complaint_lifecycle.events import Entry
from complaint_lifecycle.journal import Batch, Journal
from complaint_lifecycle.lifecycle import Lifecycle
from complaint_lifecycle.transfer.judging import BadLineError, Judge, Numbered
from complaint_lifecycle.transfer.reports import (
    ImportProgress,
    ImportReport,
    RefusedLine,
)
from complaint_lifecycle.transfer.sorting import Group, Sorter, complaint_of

PAGE = 2_000
_ATTEMPTS = 5
_TOLD_EVERY = 5_000


def import_entries(
    lines: Iterable[str | bytes],
    journal: Journal,
    *,
    lifecycle: Lifecycle | None = None,
    codec: Codec | None = None,
    on_error: Literal["stop", "skip"] = "stop",
    page: int = PAGE,
    progress: Callable[[ImportProgress], object] | None = None,
) -> ImportReport:
    """Take exported entries in, each judged by the lifecycle; whole complaints only.

    All lines are read before the first is written. Then complaints are taken in, in the
    order of their first lines, as many in one transaction as make a page. What is in
    stays in when a later page fails or the process is killed; the same import begun
    again passes over what is there and goes on. A page has the order of the file, so
    that what fits into one page goes in all or nothing, and in that very order.

    Afterwards the desk that watches the complaints makes deadlines and budgets anew,
    with ``desk.reschedule()`` and ``desk.recount()``.

    Args:
        lines: What :func:`export_entries` wrote; empty lines are passed over. Those of
            one complaint are in the order of its versions.

        journal: Where they go.

        lifecycle: Judges them; by default the eight steps.

        codec: Knows the kinds of events; by default those of the lifecycle.

        on_error: ``"stop"`` ends the import at the first bad line. ``"skip"`` leaves
            out every complaint that has one, and tells of it in the report. A line that
            does not say of which complaint it is counts for none.

        page: How many entries one transaction holds, or the entries of one complaint,
            if these are more.

        progress: Is told how far it has come, now and then.

    Returns:
        How many entries were new and how many were there, and what was refused.

    Raises:
        UnreadableError: If a line is no entry, may not follow, or the journal holds
            another entry in its place; with the number of the line. Its complaint is
            not in, and neither are those of its page and after it. If the line is not
            even JSON of an entry, nothing is.
        ConflictError: If others keep appending to a complaint of the file.
        InvalidEventError: If an argument cannot be one.
    """
    _check(on_error, page)
    lifecycle = Lifecycle() if lifecycle is None else lifecycle
    codec = Codec(lifecycle.events) if codec is None else codec
    judge, told = Judge(codec, lifecycle), _untold if progress is None else progress
    run = _Import(journal, judge, on_error == "stop", page, told)
    with Sorter() as sorter:
        run.read(lines, sorter)
        return run.write(sorter.groups())


def _check(on_error: str, page: int) -> None:
    if on_error not in {"stop", "skip"}:
        rule = "must be 'stop' or 'skip'"
        raise InvalidEventError("on_error", repr(on_error)[:40], rule)
    if type(page) is not int or page < 1:
        rule = "must be a whole number, 1 or more"
        raise InvalidEventError("page", repr(page)[:40], rule)


@define
class _Page:
    """What becomes of a page of complaints.

    Attributes:
        numbers: The lines of the entries to append.

        new: These entries.

        complaints: How many complaints they belong to.

        known: How many entries are there already.

        refused: Why complaints are left out.
    """

    numbers: list[int] = field(factory=list)
    new: list[Entry] = field(factory=list)
    complaints: int = 0
    known: int = 0
    refused: list[RefusedLine] = field(factory=list)

    def batches(self) -> list[Batch]:
        """Return what to append, in the order of the file."""
        numbers, entries = self.numbers, self.new
        if any(map(gt, numbers, islice(numbers, 1, None))):
            lines = dict(zip(numbers, entries, strict=True))
            entries = [lines[number] for number in sorted(numbers)]
        runs = groupby(entries, key=attrgetter("complaint_id"))
        batches = []
        for name, run in runs:
            together = tuple(run)
            batches.append(Batch(name, together[0].version - 1, together))
        return batches


@define
class _Import:
    """One import on its way."""

    _journal: Journal
    _judge: Judge
    _stops: bool
    _page: int
    _progress: Callable[[ImportProgress], object]

    _looks: bool = field(default=False, init=False)
    _read: ImportProgress = field(default=ImportProgress(), init=False)
    _total: ImportReport = field(default=ImportReport(), init=False)

    def read(self, lines: Iterable[str | bytes], sorter: Sorter) -> None:
        """Read all lines, and bring those of each complaint together."""
        number = size = 0
        for number, line in enumerate(lines, start=1):
            size += len(line)
            text = line.strip()
            if text:
                name = complaint_of(text) or self._named(number, text)
                if name is not None:
                    sorter.add(name, number, text)
            if not number % _TOLD_EVERY:
                self._progress(evolve(self._read, lines=number, bytes=size))
        self._read = evolve(self._read, lines=number, bytes=size)
        self._progress(self._read)

    def write(self, groups: Iterable[Group]) -> ImportReport:
        """Judge and append complaints, a page at a time; return what was done."""
        done = complaints = 0
        for page in self._pages(groups):
            self._add(self._taken(page))
            done += sum(len(lines) for _, _, lines in page)
            complaints += len(page)
            self._progress(evolve(self._read, done=done, complaints=complaints))
        refused = sorted(self._total.refused, key=attrgetter("line"))
        return evolve(self._total, refused=tuple(refused))

    def _named(self, number: int, line: str | bytes) -> str | None:
        """Return of which complaint a line is, if it takes more than a glance."""
        try:
            return self._judge.complaint_of(number, line)
        except BadLineError as error:
            refused = self._refused(error)
        self._add(_Page(refused=[refused]))
        return None

    def _pages(self, groups: Iterable[Group]) -> Iterator[list[Group]]:
        page: list[Group] = []
        size = 0
        for group in groups:
            if page and size + len(group[1]) > self._page:
                yield page
                page, size = [], 0
            page.append(group)
            size += len(group[1])
        if page:
            yield page

    def _taken(self, page: list[Group]) -> _Page:
        """Append a page, judged anew if there was more in the journal than it seemed."""
        for attempt in range(1, _ATTEMPTS + 1):
            judged = self._judged(page)
            try:
                if judged.new:
                    self._journal.append(judged.batches())
            except ConflictError:
                self._looks = True
                if attempt == _ATTEMPTS:
                    raise
            else:
                # Where something was known, what comes next often is as well.
                self._looks = judged.known > 0
                return judged
        raise AssertionError  # pragma: no cover - the last attempt returns or raises

    def _judged(self, page: list[Group]) -> _Page:
        judged = _Page()
        for group in page:
            try:
                found = self._judge.entries(group)
                numbers, new = self._new(found)
            except BadLineError as error:
                judged.refused.append(self._refused(error))
            else:
                judged.numbers += numbers
                judged.new += new
                judged.known += len(found[1]) - len(new)
                judged.complaints += bool(new)
        return judged

    def _new(self, found: Numbered) -> Numbered:
        """Return what is new of a complaint; look into the journal if need be.

        A new complaint, as most are, costs no look: an append that expects nothing
        there tells if there is something.
        """
        first = found[1][0]
        if not self._looks and first.version == 1:
            with suppress(BadLineError):
                return self._judge.new(found, ())
        return self._judge.new(found, self._journal.entries(first.complaint_id))

    def _refused(self, error: BadLineError) -> RefusedLine:
        if self._stops:
            problem = f"line {error.number}: {error}"
            raise UnreadableError(problem) from error
        return RefusedLine(error.number, error.complaint_id, str(error))

    def _add(self, page: _Page) -> None:
        total = self._total
        self._total = ImportReport(
            total.entries + len(page.new),
            total.complaints + page.complaints,
            total.known + page.known,
            (*total.refused, *page.refused),
        )


def _untold(progress: ImportProgress) -> None:
    """Tell nobody."""
