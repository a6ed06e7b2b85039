"""How the command line starts, ends and copes with terminals."""

# ruff: noqa: RUF001 - letters of many alphabets are meant

import os
import subprocess
import sys
from datetime import UTC, date, datetime, timedelta
from pathlib import Path

import pytest
from typer.testing import CliRunner

from complaint_lifecycle.amounts import money
from complaint_lifecycle.cli import app
from complaint_lifecycle.cli.words import listed, plain, said, several, span, visible
from complaint_lifecycle.events import Facts, Fault, Fixed, Received, Thanked, Verified
from complaint_lifecycle.offers import Offer, Remedy, RemedyKind

COMMANDS = (
    "demo", "intake", "list", "show", "record", "offer", "chart", "export", "import",
    "regimes", "due", "schemes", "scheme",
)  # fmt: skip
MODULE = (sys.executable, "-m", "complaint_lifecycle")
SCRIPT = Path(sys.executable).with_name("complaint-lifecycle")


def program(*words, **options):
    return subprocess.run(
        words, capture_output=True, check=False, timeout=60, **options
    )


@pytest.fixture(scope="module")
def played(tmp_path_factory):
    """Return the path of a database in which the inbox was played."""
    path = tmp_path_factory.mktemp("played") / "demo.sqlite"
    assert CliRunner().invoke(app, ["demo", "--db", str(path)]).exit_code == 0
    return path


@pytest.mark.parametrize("start", [MODULE, (SCRIPT,)], ids=["module", "script"])
def test_module_and_script_start_it(start):
    """python -m complaint_lifecycle and complaint-lifecycle know every command."""
    done = program(*start, "--help")
    assert (done.returncode, done.stderr) == (0, b"")
    assert [name for name in COMMANDS if name.encode() not in done.stdout] == []


@pytest.mark.parametrize("command", COMMANDS)
def test_every_command_has_help(command):
    """Every command explains itself, without the markup of docstrings."""
    result = CliRunner().invoke(app, [command, "--help"])
    assert result.exit_code == 0
    assert "Usage:" in result.stdout
    assert "Args:" not in result.stdout


def test_the_version_is_told():
    """--version tells the version that is installed."""
    result = CliRunner().invoke(app, ["--version"])
    assert result.exit_code == 0
    assert result.stdout.strip()[0].isdigit()


@pytest.mark.parametrize("package", ["typer", "rich"])
def test_without_the_extra_one_line_says_so(package):
    """Without typer or rich one line names the extra, and the exit code is 2."""
    code = (
        f"import sys; sys.modules[{package!r}] = None\n"
        "from complaint_lifecycle.__main__ import main; main()"
    )
    done = program(sys.executable, "-c", code)
    assert done.returncode == 2
    assert done.stderr.decode() == (
        "error: this needs the extra 'cli': pip install 'complaint-lifecycle[cli]'\n"
    )


def test_another_missing_module_is_not_blamed_on_the_extra():
    """A module that is missing for another reason is told as it is."""
    code = (
        "import sys; sys.modules['complaint_lifecycle.transfer'] = None\n"
        "from complaint_lifecycle.__main__ import main; main()"
    )
    done = program(sys.executable, "-c", code)
    assert done.returncode == 1
    assert b"complaint_lifecycle.transfer" in done.stderr


def test_the_library_needs_neither_typer_nor_rich():
    """Everything but the command line is imported without its extra."""
    code = (
        "import sys; sys.modules['typer'] = sys.modules['rich'] = None\n"
        "import complaint_lifecycle.inbox, complaint_lifecycle.transfer\n"
        "import complaint_lifecycle.__main__\n"
        "print(len(complaint_lifecycle.inbox.load_inbox()))"
    )
    assert program(sys.executable, "-c", code).stdout.strip() == b"66"


@pytest.mark.parametrize(
    "words",
    [("export",), ("list", "--json"), ("show", "tel-010", "--json"), ("list",)],
    ids=" ".join,
)
def test_a_reader_who_has_gone_is_no_error(played, words):
    """When nobody reads the output any more, the command ends silently."""
    command = [*MODULE, *words, "--db", str(played)]
    read_end, write_end = os.pipe()
    os.close(read_end)
    try:
        done = subprocess.run(
            command, stdout=write_end, stderr=subprocess.PIPE, check=False, timeout=60
        )
    finally:
        os.close(write_end)
    assert (done.returncode, done.stderr) == (1, b"")


def test_a_narrow_encoding_is_no_error(played):
    """Letters that the terminal cannot show are escaped."""
    environment = os.environ | {"PYTHONIOENCODING": "ascii", "PYTHONUTF8": "0"}
    done = program(*MODULE, "show", "tel-010", "--db", played, env=environment)
    assert (done.returncode, done.stderr) == (0, b"")
    assert done.stdout.isascii()
    assert rb"\u0414\u043e" not in done.stdout
    assert rb"\u041f" in done.stdout


@pytest.mark.skipif(sys.platform != "linux", reason="arguments are bytes elsewhere")
@pytest.mark.parametrize("words", [("show", b"\xff"), ("list", "--customer", b"\xff")])
def test_arguments_that_are_no_text_are_refused(played, words):
    """Bytes that are no UTF-8 lead to one line and no traceback."""
    done = program(*MODULE, *words, "--db", played)
    assert done.returncode == 2
    assert done.stderr.count(b"\n") == 1
    assert done.stderr.startswith(b"error: ")


@pytest.mark.skipif(not hasattr(os, "openpty"), reason="needs a pseudoterminal")
@pytest.mark.parametrize("command", ["demo", "export", "import"])
def test_a_terminal_shows_progress(played, tmp_path, command):
    """At a terminal a bar is shown on standard error, and output stays plain."""
    lines = program(*MODULE, "export", "--db", played).stdout
    words = {
        "demo": ("demo", "--db", tmp_path / "c.sqlite"),
        "export": ("export", "--db", played),
        "import": ("import", "-", "--db", tmp_path / "c.sqlite"),
    }[command]
    ours, theirs = os.openpty()
    environment = os.environ | {"TERM": "xterm", "COLUMNS": "80"}
    with subprocess.Popen(
        [*MODULE, *words],
        stdin=subprocess.PIPE,
        stdout=subprocess.PIPE,
        stderr=theirs,
        env=environment,
    ) as process:
        shown, _ = process.communicate(lines, timeout=60)
    os.close(theirs)
    told = os.read(ours, 1 << 16)
    os.close(ours)
    assert process.returncode == 0
    assert "━".encode() in told
    assert b"\x1b" not in shown


def test_hostile_names_cannot_steer_the_terminal(tmp_path):
    """What an error repeats of the command line is escaped."""
    result = CliRunner().invoke(app, ["list", "--db", f"{tmp_path}/\x1b[31m\u202e"])
    assert result.exit_code == 2
    assert r"\x1b[31m\u202e" in result.stderr
    assert "\x1b" not in result.stderr


@pytest.mark.parametrize(
    ("text", "shown"),
    [
        ("plain, é, Привіт", "plain, é, Привіт"),
        ("one\ntwo\r\nthree", "one\ntwo\nthree"),
        ("a\rb\tc\u00a0d", r"a\rb c d"),
        ("\u2066isolate\u2069\ufeff", r"\u2066isolate\u2069\ufeff"),
        ("👩\u200d💻 نمی\u200cخواهم\n", "👩\u200d💻 نمی\u200cخواهم\n"),
        ("\x00\x7f\u2028", r"\x00\x7f\u2028"),
    ],
)
def test_what_is_invisible_becomes_visible(text, shown):
    """Control and bidirectional characters are escaped, and nothing else is."""
    assert visible(text) == shown


@pytest.mark.parametrize(
    ("length", "told"),
    [
        (timedelta(), "0"),
        (timedelta(seconds=59), "0"),
        (timedelta(minutes=5), "5 min"),
        (timedelta(hours=3), "3 h"),
        (timedelta(days=2, minutes=5), "2 d"),
        (timedelta(days=40, hours=1, minutes=5), "40 d 1 h"),
    ],
)
def test_spans_are_told_in_two_units(length, told):
    """A span is told with its two largest units, leaving out zeros."""
    assert span(length) == told


def test_values_are_written_for_people():
    """Values of fields are written without the words of Python."""
    noon = datetime(2026, 3, 2, 12, tzinfo=UTC)
    remedies = [
        Remedy(kind=RemedyKind.REFUND, value=money(20, "EUR")),
        Remedy(kind=RemedyKind.DISCOUNT, percent="7.5"),
    ]
    offer = Offer(remedies=remedies, reasons=["late", "again"], expires=noon)
    assert plain(offer) == (
        "refund 20.00 EUR; discount 7.5 % because late; again, until 2026-03-02 12:00"
    )
    careful = Offer(remedies=remedies[:1], approval="supervisor")
    assert plain(careful) == "refund 20.00 EUR, needs the approval of supervisor"
    assert plain(Facts({"km": 3600, "late": True})) == "km=3600, late=yes"
    assert [plain(v) for v in (None, True, Fault.COMPANY, date(2026, 3, 2))] == [
        "unknown", "yes", "company", "2026-03-02",
    ]  # fmt: skip


def test_a_fact_says_what_was_filled_in():
    """Fields left empty are not told; an unknown satisfaction is."""
    assert said(Thanked()) == ({}, "")
    assert said(Verified(satisfied=None)) == ({"satisfied": "unknown"}, "")
    assert said(Fixed(text="Resent.")) == ({"outcome": "put_right"}, "Resent.")
    fields, _ = said(Received(customer="C-1", channel="email"))
    assert fields.keys() == {"customer", "channel", "origin", "severity"}


def test_lists_and_counts_are_words():
    """Nothing is called nothing, and one is not many."""
    assert (listed([]), listed(["a", "b"])) == ("nothing", "a, b")
    assert (several(1, "fact"), several(2_000, "fact")) == ("1 fact", "2,000 facts")
