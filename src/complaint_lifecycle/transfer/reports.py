"""What an import tells, on its way and at its end."""

from attrs import frozen


@frozen
class RefusedLine:
    """A line for which its complaint was not taken in.

    Attributes:
        line: Its number, from 1.

        complaint_id: The complaint, of which no line was taken in; ``None`` if the line
            does not even say of which it is.

        problem: What is wrong with it.
    """

    line: int
    complaint_id: str | None
    problem: str


@frozen
class ImportReport:
    """What an import has done.

    Attributes:
        entries: How many entries are new in the journal.

        complaints: How many complaints they belong to.

        known: How many entries were there already, and were passed over.

        refused: Why complaints were left out, by line.
    """

    entries: int = 0
    complaints: int = 0
    known: int = 0
    refused: tuple[RefusedLine, ...] = ()


@frozen
class ImportProgress:
    """How far an import has come.

    Attributes:
        lines: How many lines were read; all are read before the first is written.

        bytes: How long these lines are together.

        done: How many of them were dealt with for good: taken in, passed over or
            refused.

        complaints: How many complaints were dealt with.
    """

    lines: int = 0
    bytes: int = 0
    done: int = 0
    complaints: int = 0
