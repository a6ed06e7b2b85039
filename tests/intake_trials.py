"""Runs the command ``intake`` on small files, and reads what came of it."""

import csv
import re
from pathlib import Path

import typer
from attrs import frozen
from click.testing import Result
from typer.testing import CliRunner

from complaint_lifecycle import Complaint, Desk, SqlJournal
from complaint_lifecycle.cli.intake import intake

app = typer.Typer()
app.command()(intake)

SUMMARY = re.compile(
    r"([\d,]+) rows?: ([\d,]+) received, ([\d,]+) known before, ([\d,]+) rejected"
)


def numbers_in(text: str) -> tuple[int, ...]:
    """Return rows, received, known and rejected, as the summary line says."""
    found = SUMMARY.search(text)
    assert found, text
    return tuple(int(group.replace(",", "")) for group in found.groups())


@frozen
class Trial:
    """A folder with files, a database, and the command at hand."""

    folder: Path

    @property
    def db(self) -> str:
        """The database of this trial."""
        return str(self.folder / "complaints.sqlite")

    def file(self, content: str | bytes, name: str = "in.csv") -> str:
        """Write a file and return its path."""
        path = self.folder / name
        data = content if isinstance(content, bytes) else content.encode()
        path.write_bytes(data)
        return str(path)

    def run(self, *options: str, stdin: bytes | None = None) -> Result:
        """Run the command; whatever happens is told, and never as a traceback."""
        arguments = [*options, "--db", self.db]
        result = CliRunner().invoke(app, arguments, input=stdin)
        assert result.exception is None or isinstance(result.exception, SystemExit)
        return result

    def take(self, content: str | bytes, *options: str, name: str = "in.csv") -> Result:
        """Write a file and take it in."""
        return self.run(self.file(content, name), *options)

    def complaints(self) -> list[Complaint]:
        """Return all complaints, oldest entry first."""
        with SqlJournal(self.db) as journal:
            return list(Desk(journal=journal).complaints())

    def only(self) -> Complaint:
        """Return the one complaint there is."""
        (complaint,) = self.complaints()
        return complaint

    def rejects(self, name: str = "in.csv.rejects.csv") -> list[list[str]]:
        """Return the rows of the file of rejects, without its heading."""
        with (self.folder / name).open(newline="", encoding="utf-8") as stream:
            return list(csv.reader(stream))[1:]
