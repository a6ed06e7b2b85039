"""Decision tables: rows of conditions, each with a remedy, checked when they load."""

from collections.abc import Iterable
from functools import cached_property
from typing import Any

from attrs import field, frozen

from complaint_lifecycle.checks import one_of, short_text
from complaint_lifecycle.compensation.blocks import Block, piece
from complaint_lifecycle.compensation.drafts import Draft, joined
from complaint_lifecycle.compensation.measures import missing
from complaint_lifecycle.compensation.situation import Situation
from complaint_lifecycle.compensation.table_cells import Column, Hit, Otherwise, Row
from complaint_lifecycle.compensation.table_checks import check_grid, check_rows
from complaint_lifecycle.compensation.table_grid import Axis, Grid, rows_of
from complaint_lifecycle.compensation.table_lines import Read
from complaint_lifecycle.compensation.table_texts import Source, read_csv, read_toml
from complaint_lifecycle.errors import InvalidEventError


def _pieces(values: Iterable[Any], cls: type) -> tuple[Any, ...]:
    found = tuple(values)
    for value in found:
        if not isinstance(value, cls):
            rule = f"must be a {cls.__name__}"
            raise InvalidEventError("table", repr(value)[:80], rule)
    return found


def _inputs(values: Iterable[Any]) -> tuple[Column, ...]:
    return _pieces(values, Column)


def _rows(values: Iterable[Any]) -> tuple[Row, ...]:
    return _pieces(values, Row)


def _hit(value: Any) -> Hit:
    return one_of(Hit, value, "hit")


def _name(value: Any) -> str:
    return short_text(value, "name")


def _otherwise(value: Any) -> Otherwise | None:
    if value is not None and not isinstance(value, Otherwise):
        rule = "must be Otherwise(remedy), or None"
        raise InvalidEventError("otherwise", repr(value)[:80], rule)
    return value


@piece("table")
@frozen
class Table(Block):
    """A remedy for every combination of what is asked, row by row.

    A table that was made is complete: every situation has an answer, if only that
    nothing is given. Numbers are those from 0; a fact of words that is not known counts
    as any other word, and a fault that was not gathered yet as ``unknown``.

    Attributes:
        inputs: What is asked: attributes of the complaint, or facts.

        rows: Cells, one for each input, and what is given where all of them hold.

        hit: Which row is taken where several answer: ``"first"``, ``"unique"`` (two that
            answer the same are an error) or ``"collect"`` (all of them together).

        otherwise: What is given where no row answers; ``None`` if rows answer all.

        name: What the table is called in reasons.

    Raises:
        InvalidEventError: If no row answers a combination, two do though one may, a
            row can never be taken, or a cell is none of its column.
        CurrencyError: If the remedies mix currencies.
    """

    inputs: tuple[Column, ...] = field(converter=_inputs)
    rows: tuple[Row, ...] = field(converter=_rows)
    hit: Hit = field(default=Hit.UNIQUE, converter=_hit)
    otherwise: Otherwise | None = field(default=None, converter=_otherwise)
    name: str = field(default="", converter=_name)

    def __attrs_post_init__(self) -> None:
        check_rows(self.inputs, self.rows, self.otherwise)
        check_grid(self._grid, self.hit, open_end=self.otherwise is not None)

    @classmethod
    def from_csv(
        cls,
        source: Source,
        *,
        hit: Hit | str = Hit.UNIQUE,
        name: str = "",
        delimiter: str = ",",
    ) -> "Table":
        r"""Read a table from comma-separated values.

        The first line names the columns: first the inputs, then ``kind`` and, as far as
        needed, ``value`` (``20 EUR`` or ``15%``), ``what`` and ``conditions``. An input
        is an attribute of the complaint, or else a fact. A fact is a number if one of
        its cells compares or spans, or if all are plain numbers; ``zone:text`` and
        ``zone:number`` say which.

        A cell is empty or ``-`` (anything), a word, several as ``minor|moderate``, a
        number (exactly), ``<60``, ``<=60``, ``>60``, ``>=60``, ``60..119`` (both ends
        belong to it) or ``[60..120)`` (120 does not). A row whose first cell is
        ``otherwise`` answers what no other does. The kind is one of a remedy, or
        ``nothing``. Blank lines and those that begin with ``#`` are skipped.

        Args:
            source: The text itself, the path of a file, or an open file.

            hit: Which row is taken where several answer.

            name: What the table is called in reasons.

            delimiter: What stands between cells.

        Raises:
            UnreadableError: If it is no such text.
            InvalidEventError: If a cell is wrong, or the table has a gap or an overlap;
                it names the line.
            CurrencyError: If the remedies mix currencies.

        >>> table = Table.from_csv(
        ...     "severity,delay_minutes,kind,value\n"
        ...     "minor|moderate,-,apology,\n"
        ...     "serious|critical,<60,discount,15%\n"
        ...     "serious|critical,>=60,refund,100%\n"
        ... )
        >>> [str(cell) for cell in table.rows[1].cells]
        ['serious|critical', '<60']
        """
        return cls._loaded(read_csv(source, delimiter), hit, name)

    @classmethod
    def from_toml(cls, source: Source) -> "Table":
        """Read a table from TOML.

        The cells are those of :meth:`from_csv`; numbers, truth values and lists of words
        may be written as such. An input that a row leaves out is not asked::

            name = "late trains"
            hit = "unique"
            inputs = ["severity", "delay_minutes"]  # where the order or the kind matters
            otherwise = {kind = "nothing"}

            [[row]]
            when = {severity = ["serious", "critical"], delay_minutes = ">=60"}
            give = {kind = "refund", value = "50%"}

        Args:
            source: The text itself, the path of a file, or an open file.

        Raises:
            UnreadableError: If it is no such text.
            InvalidEventError: If a cell is wrong, or the table has a gap or an overlap;
                it names the row.
            CurrencyError: If the remedies mix currencies.
        """
        read, hit, name = read_toml(source)
        return cls._loaded(read, hit, name)

    @classmethod
    def _loaded(cls, read: Read, hit: Any, name: Any) -> "Table":
        try:
            return cls(read.inputs, read.rows, hit, read.otherwise, name)
        except InvalidEventError:
            # Checked once more, to say the same with the lines of the text.
            policy = _hit(hit)
            check_rows(read.inputs, read.rows, read.otherwise, read.where)
            check_grid(
                Grid.of(read.inputs, read.rows),
                policy,
                open_end=read.otherwise is not None,
                where=read.where,
            )
            raise

    @cached_property
    def _grid(self) -> Grid:
        return Grid.of(self.inputs, self.rows)

    def draft(self, situation: Situation) -> Draft | None:
        """Give what the row for the situation says.

        Raises:
            MissingFactError: If a number is not known that decides.
            InvalidEventError: If a number is negative, or is none.
        """
        grid = self._grid
        rows = grid.everything
        unknown: list[Axis] = []
        values: list[tuple[Axis, Any]] = []
        for axis in grid.axes:
            value = axis.read(situation)
            values.append((axis, value))
            if value is None and axis.is_number:
                unknown.append(axis)
            else:
                rows &= axis.rows_for(value)
        if self.hit is Hit.FIRST:
            rows &= -rows
        for axis in unknown:
            if rows & ~axis.free:
                raise missing(axis.name, "a number among the facts of the complaint")
        return self._given(rows, values, situation)

    def _given(
        self, rows: int, values: list[tuple[Axis, Any]], situation: Situation
    ) -> Draft | None:
        if not rows and self.otherwise is not None:
            found, place = [self.otherwise.gives], "otherwise"
        else:
            indices = rows_of(rows)
            found = [self.rows[index].gives for index in indices]
            place = " and ".join([f"row {index + 1}" for index in indices])
        drafts = [gives.draft(situation) for gives in found if gives is not None]
        draft = joined(filter(None, drafts), self.rule)
        if draft is not None:
            said = ", ".join([axis.said(value) for axis, value in values])
            title = f"{self.name}, {place}" if self.name else place
            draft.lines.append((self.rule, f"{title}: {said}", None))
        return draft
