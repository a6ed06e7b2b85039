"""The command ``intake``: real complaints from CSV or JSON Lines."""

from collections.abc import Iterable
from contextlib import closing, suppress
from datetime import tzinfo
from typing import Annotated, BinaryIO

import typer
from attrs import define, evolve, field, frozen

from complaint_lifecycle.amounts import money
from complaint_lifecycle.checks import reference
from complaint_lifecycle.cli.intake.dates import (
    EPOCH,
    DateReader,
    format_reader,
    inferring_reader,
    zone_named,
)
from complaint_lifecycle.cli.intake.fields import (
    FIELDS,
    Clerk,
    Incoming,
    Mapped,
    check_mapping,
    date_text,
    mapping_given,
    mapping_guessed,
    options_of,
)
from complaint_lifecycle.cli.intake.files import check_encoding, long_cells, rewindable
from complaint_lifecycle.cli.intake.rejects import Rejects, rejects_in, rejects_path
from complaint_lifecycle.cli.intake.rows import Row, Table, table_in
from complaint_lifecycle.cli.intake.survey import DateSurvey
from complaint_lifecycle.cli.intake.words import shown
from complaint_lifecycle.cli.progress import progress_bar
from complaint_lifecycle.cli.terminal import (
    DEFAULT_DB,
    Db,
    messages,
    one_line_errors,
    open_desk,
    output,
)
from complaint_lifecycle.cli.words import several, visible
from complaint_lifecycle.desk import Desk, Recorded
from complaint_lifecycle.errors import (
    ConflictError,
    InvalidEventError,
    KeyReusedError,
    UnreadableError,
)

SOME_REJECTED = 1
_TOLD = 20

Source = Annotated[
    str,
    typer.Argument(
        metavar="FILE", help="CSV or JSON Lines, or - for the standard input."
    ),
]
Map = Annotated[
    list[str] | None,
    typer.Option(
        "--map",
        metavar="FIELD=COLUMN",
        help=f"Which column says what; again for each. Fields: {', '.join(FIELDS)}. "
        "By default well-known names are recognised.",
    ),
]
Zone = Annotated[
    str | None,
    typer.Option(
        metavar="ZONE",
        help="Where dates without an offset were written, such as Europe/Kyiv; "
        "by default UTC.",
    ),
]
DateFormat = Annotated[
    str | None,
    typer.Option(
        metavar="FORMAT", help="How dates are written, for strptime, or epoch."
    ),
]
DayFirst = Annotated[
    bool | None,
    typer.Option(
        "--dayfirst/--monthfirst",
        help="How to read 04/08/2015; by default the other dates decide.",
    ),
]
CurrencyCode = Annotated[
    str | None,
    typer.Option(metavar="CODE", help="Currency of amounts that name none."),
]
RejectsFile = Annotated[
    str | None,
    typer.Option(
        "--rejects",
        metavar="FILE",
        help="Where rows go that cannot be received; by default FILE.rejects.csv.",
    ),
]
Delimiter = Annotated[
    str | None,
    typer.Option(
        metavar="CHARACTER", help="What stands between cells; by default , ; tab or |."
    ),
]
Encoding = Annotated[
    str, typer.Option(metavar="NAME", help="How characters are written as bytes.")
]
Prefix = Annotated[
    str,
    typer.Option(
        metavar="TEXT",
        help="Goes before every id, so that sources which count alike stay apart.",
    ),
]
By = Annotated[str, typer.Option(metavar="WHO", help="Who records it.")]


@frozen(kw_only=True)
class Wishes:
    """What the caller said about a file, checked as far as possible without it."""

    source: str
    pairs: tuple[str, ...]
    zone: tzinfo = field(converter=zone_named)
    zone_given: bool
    date_format: str | None
    dayfirst: bool | None
    currency: str | None
    rejects: str | None
    delimiter: str | None
    encoding: str
    prefix: str
    by: str

    def __attrs_post_init__(self) -> None:
        reference(self.by, "--by")
        if self.currency is not None:
            money(0, self.currency)
        if self.date_format is not None:
            format_reader(self.zone, self.date_format)
            if self.dayfirst is not None:
                problem = "--date-format says it all: leave --dayfirst/--monthfirst out"
                raise UnreadableError(problem)


@one_line_errors()
def intake(
    source: Source,
    *,
    pairs: Map = None,
    tz: Zone = None,
    date_format: DateFormat = None,
    dayfirst: DayFirst = None,
    currency: CurrencyCode = None,
    rejects: RejectsFile = None,
    delimiter: Delimiter = None,
    encoding: Encoding = "utf-8",
    prefix: Prefix = "",
    by: By = "intake",
    db: Db = DEFAULT_DB,
) -> None:
    """Receive the complaints in a file, each at the instant when it came in.

    The same file may be taken in again: what is known is passed over. Rows that
    cannot be received go to a file of rejects, with the reason; the others go in.
    """
    wishes = Wishes(
        source=source,
        pairs=tuple(pairs or ()),
        zone=tz,
        zone_given=tz is not None,
        date_format=date_format,
        dayfirst=dayfirst,
        currency=currency and currency.upper(),
        rejects=rejects,
        delimiter=delimiter,
        encoding=encoding,
        prefix=prefix,
        by=by,
    )
    with long_cells(), rewindable(source) as stream:
        rejected = _take_in(stream, wishes, db)
    if rejected:
        raise typer.Exit(SOME_REJECTED)


def _take_in(stream: BinaryIO, wishes: Wishes, db: str) -> int:
    """Look at the whole file, then receive it; return how many rows were rejected."""
    check_encoding(stream, wishes.encoding)
    table = table_in(
        stream, wishes.encoding, delimiter=wishes.delimiter, named=wishes.source
    )
    mapped = _mapping(table, wishes.pairs)
    survey = _survey(table, mapped)
    clerk = Clerk(mapped, _date_reader(survey, wishes), wishes.currency, wishes.prefix)
    path = rejects_path(wishes.source, wishes.rejects)
    with (
        closing(table.rows()) as rows,
        rejects_in(path, table.heading) as rejects,
        open_desk(db) as desk,
        progress_bar() as bar,
    ):
        intake_of = Intake(desk, clerk, wishes.by, rejects)
        intake_of.take_all(bar.track(rows, total=survey.rows, description="receiving"))
    if rejects.count:
        _say(f"{several(rejects.count, 'rejected row')}, with the reasons: {path}")
    output.print(intake_of.summary, soft_wrap=True)
    return rejects.count


def _say(line: str, style: str = "dim") -> None:
    messages.print(" ".join(visible(line).split()), style=style, soft_wrap=True)


def _mapping(table: Table, pairs: Iterable[str]) -> Mapped:
    given = mapping_given(pairs, table.columns)
    mapped = given or mapping_guessed(table.columns)
    check_mapping(mapped, table.columns)
    if not given:
        _say(f"columns recognised: {options_of(mapped)}")
    return mapped


def _survey(table: Table, mapped: Mapped) -> DateSurvey:
    survey = DateSurvey()
    with closing(table.rows()) as rows:
        for row in rows:
            survey.rows += 1
            # A row without a date is rejected when its turn comes.
            with suppress(UnreadableError):
                survey.see(date_text(row, mapped))
    if survey.rows == 0:
        _say("there are names of columns and no rows")
    return survey


def _date_reader(survey: DateSurvey, wishes: Wishes) -> DateReader:
    """Decide how dates are read, and say what is not a matter of course."""
    form = wishes.date_format
    if form is not None:
        local = form != EPOCH and "%z" not in form and survey.rows > 0
        _say_zone(local, wishes)
        return format_reader(wishes.zone, form)
    dayfirst = survey.dayfirst(wishes.dayfirst)
    for note in survey.notes(wishes.dayfirst, dayfirst=dayfirst):
        _say(note, style="yellow")
    _say_zone(survey.local > 0, wishes)
    return inferring_reader(wishes.zone, dayfirst=dayfirst)


def _say_zone(local: bool, wishes: Wishes) -> None:
    if local and not wishes.zone_given:
        _say("dates without an offset are read as UTC: say --tz if that is wrong")


@define(eq=False)
class Intake:
    """Receives rows one by one, and counts what becomes of them.

    Attributes:
        rows: How many were read.

        received: How many complaints are new.

        known: How many came in before.
    """

    _desk: Desk
    _clerk: Clerk
    _by: str
    _rejects: Rejects
    rows: int = field(default=0, init=False)
    received: int = field(default=0, init=False)
    known: int = field(default=0, init=False)

    def __attrs_post_init__(self) -> None:
        # Only what this call committed is new, even if another one runs meanwhile.
        heard = (*self._desk.listeners, self._hear)
        self._desk = evolve(self._desk, listeners=heard)

    def _hear(self, _: Recorded) -> None:
        self.received += 1

    def take_all(self, rows: Iterable[Row]) -> None:
        """Receive every row; if the database fails, say how far it went."""
        try:
            for row in rows:
                self._take(row)
                self.rows += 1
        except BaseException:
            _say(f"stopped midway: {self.summary}; repeat the call to go on", "yellow")
            raise
        if self._rejects.count > _TOLD:
            _say(f"and {self._rejects.count - _TOLD:,} more", "yellow")

    @property
    def summary(self) -> str:
        """What became of the rows, in numbers."""
        return (
            f"{several(self.rows, 'row')}: {self.received:,} received, "
            f"{self.known:,} known before, {self._rejects.count:,} rejected"
        )

    def _take(self, row: Row) -> None:
        try:
            self._receive(self._clerk.incoming(row))
        except (InvalidEventError, UnreadableError, RecursionError) as error:
            self._rejects.add(row, str(error))
            if self._rejects.count <= _TOLD:
                _say(f"line {row.line}: {error}", "yellow")

    def _receive(self, new: Incoming) -> None:
        key = f"intake:{new.id}"
        before = self.received
        try:
            self._desk.receive(new.received, by=self._by, id=new.id, at=new.at, key=key)
        except (ConflictError, KeyReusedError):
            if not self._is_known(new):
                problem = (
                    f"{shown(new.id)} was received before with other content: if "
                    "this is another source, give it a --prefix"
                )
                raise UnreadableError(problem) from None
        self.known += self.received == before

    def _is_known(self, new: Incoming) -> bool:
        """Tell whether the same came in, whoever recorded it and however."""
        first = self._desk.journal.entries(new.id, up_to=1)
        return any(each.event == new.received and each.at == new.at for each in first)
