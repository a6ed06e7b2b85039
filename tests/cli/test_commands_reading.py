"""The commands ``list``, ``show`` and ``chart``."""

import json
import sqlite3
import xml.etree.ElementTree as ET

import pytest
from typer.testing import CliRunner
from walks import MONDAY, STEPS

from complaint_lifecycle import (
    Answered,
    Asked,
    Codec,
    CustomerWrote,
    Desk,
    JumpClock,
    Lifecycle,
    Offer,
    Received,
    Remedy,
    SqlJournal,
    Step,
    Verified,
    money,
)
from complaint_lifecycle.cli import app
from complaint_lifecycle.cli.terminal import output
from complaint_lifecycle.events import Offered

HOSTILE = (
    "\x1b[2J\x1b]0;owned\x07 \u202etxet\u202c \u2066x\u2069\u200b\r\nVerified #9\x9b31m"
)


def run(*words):
    return CliRunner().invoke(app, [*map(str, words)])


@pytest.fixture(autouse=True)
def _narrow(monkeypatch):
    """Let the terminal be 80 columns wide, whatever it is."""
    monkeypatch.setattr(output, "_width", 80)


@pytest.fixture
def desk(tmp_path):
    """Return a desk on a database with three complaints in different states."""
    with SqlJournal(tmp_path / "c.sqlite") as journal:
        desk = Desk(journal=journal, clock=JumpClock(MONDAY))
        first = Received(customer="C-1", channel="email", amount=money(20, "EUR"))
        desk.receive(first, by="form", id="c-1")
        first_reply = list(STEPS.values())[:4]
        desk.receive(
            Received(customer="C-2", channel="phone", text=HOSTILE, category="late"),
            *first_reply,
            Asked(text="Which parcel?"),
            by="ana",
            id="c-2",
        )
        *others, _, _ = STEPS.values()
        again = Received(customer="C-1", channel="chat")
        desk.receive(again, *others, by="ana", id="c-3")
        yield desk


@pytest.fixture
def db(desk, tmp_path):
    """Return the path of the database with three complaints."""
    return tmp_path / "c.sqlite"


def test_list_shows_every_complaint(db):
    """Each complaint is one row with its state and its next step."""
    lines = run("list", "--db", db).stdout.splitlines()
    assert [line.split() for line in lines[1:3]] == [
        ["c-1", "received", "1", "moderate", "2026-03-02", "thank"],
        [
            "c-2", "promised", "1", "moderate", "2026-03-02", "2026-03-04", "09:00",
            "customer", "answers",
        ],
    ]  # fmt: skip
    assert lines[-1] == "3 complaints, in UTC"


@pytest.mark.parametrize("width", [80, 120])
def test_list_fits_the_terminal(db, monkeypatch, width):
    """A wide terminal shows more columns; no line is longer than it is wide."""
    monkeypatch.setattr(output, "_width", width)
    page = run("list", "--db", db).stdout
    assert max(map(len, page.splitlines())) <= width
    assert ("category" in page) == (width > 80)


def test_list_filters_by_state_and_customer(db):
    """--state and --customer leave out the others, alone and together."""
    found = json.loads(run("list", "--json", "--state", "fixed", "--db", db).stdout)
    assert [c["id"] for c in found] == ["c-3"]
    found = json.loads(run("list", "--json", "--customer", "C-1", "--db", db).stdout)
    assert [c["id"] for c in found] == ["c-1", "c-3"]
    words = ("list", "--customer", "C-1", "--state", "promised", "--db", db)
    assert "0 complaints" in run(*words).stdout


def test_list_knows_its_states(db):
    """An unknown state is answered with those that there are."""
    result = run("list", "--state", "done", "--db", db)
    assert result.exit_code == 2
    assert "must be one of received, thanked" in result.stderr


def test_list_json_is_one_array(db):
    """--json gives one array with the public fields that a program needs."""
    first, second, third = json.loads(run("list", "--json", "--db", db).stdout)
    assert first["amount"] == {"amount": "20.00", "currency": "EUR"}
    assert first["received_at"] == "2026-03-02T09:00:00+00:00"
    assert (first["state"], first["next_step"], first["waiting"]) == (
        "received", "thank", False,
    )  # fmt: skip
    assert second["promise_due"] == "2026-03-04T09:00:00+00:00"
    assert (second["waiting"], second["version"], second["contacts"]) == (True, 6, 1)
    assert third["allowed"] == ["verify", "refer", "withdraw", "merge"]


def test_list_json_tells_nothing_personal(db):
    """Neither what customers wrote nor whom they complain of is in the list."""
    page = run("list", "--json", "--db", db).stdout
    assert "owned" not in page
    assert '"about"' not in page


def test_list_json_of_nothing_is_an_empty_array(db):
    """Without a complaint the array is empty, and still JSON."""
    result = run("list", "--json", "--customer", "nobody", "--db", db)
    assert json.loads(result.stdout) == []


def test_show_tells_everything_in_order(db):
    """The timeline has every fact with its fields and the words that were used."""
    page = " ".join(run("show", "c-2", "--db", db).stdout.split())
    facts = ["Received", "Thanked", "Explained", "Apologised", "Promised", "Asked"]
    places = [page.index(f"{kind} #{n}") for n, kind in enumerate(facts, start=1)]
    assert places == sorted(places)
    for words in ("category late", "what resend it", "“Which parcel?”", "2026-03-04"):
        assert words in page


def test_show_tells_what_comes_next(db):
    """The promise, the open question and what is allowed are at the end."""
    page = run("show", "c-2", "--db", db).stdout
    assert "by 2026-03-04 09:00, ana: resend it" in page
    assert "question-1 since 2026-03-02 09:00" in page
    assert "promise, gather, refer, withdraw, merge" in page


def test_show_has_room_for_all_that_happened(desk, db):
    """Rounds, waiting and offers are part of the header."""
    answer = [Answered(text="The blue one"), CustomerWrote()]
    desk.clock.advance(STEPS[Step.PROMISE].due - MONDAY)
    desk.record("c-2", *answer, STEPS[Step.GATHER], STEPS[Step.FIX], by="ana")
    desk.record("c-2", Verified(satisfied=False), by="ana")
    page = run("show", "c-2", "--db", db).stdout
    for words in ("explained, round 2", "2 d", "1 kept, 0 broken of 1", "satisfied no"):
        assert words in page


def test_show_tells_which_offer_superseded_which(desk, db):
    """And where each of them stands."""
    tea = Offered(offer=Offer(remedies=[Remedy(kind="gift", what="tea")]))
    desk.record("c-1", tea, tea, by="ana")
    page = run("show", "c-1", "--db", db).stdout
    assert "gift tea (superseded)" in page
    assert "gift tea (offered, supersedes offer-1)" in page


def test_show_cannot_be_steered_by_a_text(db):
    """Control and bidirectional characters of a customer are shown as escapes."""
    page = run("show", "c-2", "--db", db).stdout
    assert not set(page) & set("\x1b\x07\r\x9b\u202e\u202c\u2066\u2069\u200b")
    assert r"\x1b[2J\x1b]0;owned\x07 \u202etxet\u202c" in page


def test_show_keeps_texts_apart_from_facts(db):
    """A line that looks like a fact stays indented under the fact that it is in."""
    lines = run("show", "c-2", "--db", db).stdout.splitlines()
    (spoofed,) = (line for line in lines if "Verified #9" in line)
    (real,) = (line for line in lines if "Thanked  #2" in line)
    assert spoofed.index("Verified") == real.index("Thanked") + 2


def test_show_reads_no_markup(desk, db):
    """Square brackets in a text are text."""
    text = "[bold]not bold[/bold] :smile: [/]"
    desk.record("c-1", CustomerWrote(text=text), by="form")
    assert text in run("show", "c-1", "--db", db).stdout


def test_show_tells_who_in_full(desk, db):
    """A long name of whoever recorded a fact is folded, not cut off."""
    desk.record("c-1", CustomerWrote(), by="the-night-shift-of-the-second-line")
    lines = run("show", "c-1", "--db", db).stdout.splitlines()
    assert "".join(line[:16].strip() for line in lines).count("second-line") == 1


def test_show_json_is_what_the_codec_dumps(desk, db):
    """--json writes each entry as the codec dumps it, one a line."""
    lines = run("show", "c-2", "--json", "--db", db).stdout_bytes.decode().split("\n")
    assert lines[:-1] == [Codec().dump(entry) for entry in desk.history("c-2")]


@pytest.mark.parametrize("json_too", [[], ["--json"]])
def test_show_knows_no_such_complaint(db, json_too):
    """An unknown id is one line on standard error."""
    result = run("show", "c-9", "--db", db, *json_too)
    assert (result.exit_code, result.stdout) == (2, "")
    assert result.stderr == "error: no complaint 'c-9' in this journal\n"


@pytest.mark.parametrize(
    "words",
    [
        ("list",),
        ("show", "c-1"),
        ("record", "c-1", "thank", "--by", "ana"),
        ("offer", "c-1"),
        ("export",),
    ],
    ids=lambda words: words[0],
)
def test_a_missing_database_is_not_made(tmp_path, words):
    """A command that reads says that there is no file, and makes none."""
    path = tmp_path / "none.sqlite"
    result = run(*words, "--db", path)
    assert result.exit_code == 2
    assert result.stderr.startswith(f"error: there is no file {path}")
    assert not path.exists()


@pytest.mark.parametrize("content", [b"not a database, but long enough to be one", b""])
def test_another_file_is_no_database(tmp_path, content):
    """A file that is no database is told in one line and left as it was."""
    path = tmp_path / "file"
    path.write_bytes(content)
    result = run("list", "--db", path)
    assert result.exit_code == 2
    assert result.stderr.count("\n") == 1
    assert path.read_bytes() == content


def test_a_foreign_database_is_left_alone(tmp_path):
    """Reading a database of something else adds no table to it."""
    path = tmp_path / "host.sqlite"
    connection = sqlite3.connect(path)
    connection.execute("CREATE TABLE tickets (id INTEGER)")
    connection.close()
    before = path.read_bytes()
    result = run("list", "--db", path)
    assert "holds no journal" in result.stderr
    assert path.read_bytes() == before


@pytest.mark.parametrize("db", ["postgresql://localhost/x", "", "sqlite:///"])
def test_only_files_are_databases(db):
    """Another kind of database, or none at all, is refused by name."""
    result = run("list", "--db", db)
    assert result.exit_code == 2
    assert "use an SQLite file" in result.stderr


def test_a_url_names_a_file(db):
    """sqlite:/// and the path name the database, also through the environment."""
    url = f"sqlite:///{db}"
    result = CliRunner().invoke(app, ["list", "--json"], env={"COMPLAINT_DB": url})
    assert len(json.loads(result.stdout)) == 3


def test_chart_is_a_table_of_transitions():
    """By default each transition is a row with its conditions."""
    page = run("chart").stdout
    rows = [line.split() for line in page.splitlines()]
    assert ["thank", "received", "thanked"] in rows
    assert "unless has thanked and explained" in " ".join(page.split())


@pytest.mark.parametrize("format_", ["mermaid", "dot", "svg"])
def test_chart_is_drawn(format_):
    """The pictures are those of the lifecycle."""
    drawn = getattr(Lifecycle(), format_)()
    result = run("chart", "--format", format_)
    assert result.stdout_bytes.decode() == f"{drawn.rstrip()}\n"


@pytest.mark.parametrize("format_", ["text", "mermaid", "dot", "svg"])
def test_chart_goes_into_a_file(tmp_path, format_):
    """--output writes the file and nothing else."""
    path = tmp_path / "chart.out"
    result = run("chart", "--format", format_, "--output", path)
    assert (result.exit_code, result.stdout) == (0, "")
    assert "apologise" in path.read_text(encoding="utf-8")
    assert list(tmp_path.iterdir()) == [path]
    if format_ == "svg":
        ET.parse(path)  # noqa: S314 - our own file


def test_chart_knows_its_formats():
    """An unknown format is answered with those that there are."""
    result = run("chart", "--format", "gif")
    assert result.exit_code == 2
    assert "mermaid" in result.stderr
