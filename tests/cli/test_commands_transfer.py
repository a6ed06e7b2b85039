"""The commands ``export`` and ``import``: what goes out comes in again."""

import io
import json
import os
import stat
import subprocess
import sys

import pytest
from rich.progress import Progress
from typer.testing import CliRunner
from walks import MONDAY, STEPS, new_desk

from complaint_lifecycle import Desk, Received, SqlJournal
from complaint_lifecycle.cli import app, transferring
from complaint_lifecycle.cli.streams import lines_of, written
from complaint_lifecycle.errors import UnreadableError
from complaint_lifecycle.transfer import ImportProgress, export_entries


def run(*words, stdin=None):
    return CliRunner().invoke(app, [*map(str, words)], input=stdin)


def program(*words, stdin=b"", **options):
    return subprocess.run(
        [sys.executable, "-m", "complaint_lifecycle", *map(str, words)],
        input=stdin,
        capture_output=True,
        check=False,
        timeout=120,
        **options,
    )


def lines_of_journal(path):
    with SqlJournal(path) as journal:
        return list(export_entries(journal))


@pytest.fixture(scope="module")
def played(tmp_path_factory):
    """Return the path of a database in which the inbox was played."""
    path = tmp_path_factory.mktemp("played") / "demo.sqlite"
    assert run("demo", "--db", path).exit_code == 0
    return path


@pytest.fixture(scope="module")
def exported(played):
    """Return the lines that were exported, as bytes."""
    return run("export", "--db", played).stdout_bytes


def test_a_round_trip_is_exact(played, exported, tmp_path):
    """Out, in and out again gives the same bytes, through real programs and files."""
    first, second = tmp_path / "a.jsonl", tmp_path / "b.jsonl"
    copy = tmp_path / "copy.sqlite"
    assert program("export", first, "--db", played).returncode == 0
    done = program("import", first, "--db", copy)
    assert (done.returncode, done.stderr) == (0, b"new entries taken in: 825\n")
    assert program("export", second, "--db", copy).returncode == 0
    assert first.read_bytes() == second.read_bytes() == exported


def test_a_round_trip_needs_no_file(exported, tmp_path):
    """A dash stands for standard input and output."""
    copy = tmp_path / "copy.sqlite"
    assert program("import", "-", "--db", copy, stdin=exported).returncode == 0
    assert program("export", "-", "--db", copy).stdout == exported


def test_an_import_may_be_repeated(exported, tmp_path):
    """Entries that are there already are passed over."""
    copy = tmp_path / "copy.sqlite"
    run("import", "-", "--db", copy, stdin=exported[: exported.index(b"\n") + 1])
    result = run("import", "-", "--db", copy, stdin=exported)
    assert "new entries taken in: 824" in result.stderr
    result = run("import", "-", "--db", copy, stdin=exported)
    assert "new entries taken in: 0" in result.stderr


def test_export_is_utf_8_on_any_terminal(played, exported):
    """The encoding of the terminal changes nothing in an export."""
    environment = os.environ | {"PYTHONIOENCODING": "latin-1", "PYTHONUTF8": "0"}
    assert program("export", "--db", played, env=environment).stdout == exported


@pytest.mark.parametrize(
    ("bad", "told"),
    [
        (b"{", "line 3: this is no JSON"),
        (b"[]", "line 3: a JSON object is expected"),
        (b"{}", "line 3: an entry has the keys"),
        (b'"\xff\xfe"', "line 3: this is not UTF-8"),
        (b'{"a":1,"a":2}', "line 3: a key comes twice"),
    ],
    ids=["cut", "array", "empty", "bytes", "twice"],
)
def test_a_bad_line_takes_nothing_in(exported, tmp_path, bad, told):
    """A line that is no entry is named by its number, and nothing is taken in."""
    path, copy = tmp_path / "bad.jsonl", tmp_path / "copy.sqlite"
    first, second, *_ = exported.split(b"\n")
    path.write_bytes(b"\n".join([first, second, bad, b""]))
    result = run("import", path, "--db", copy)
    assert result.exit_code == 2
    assert told in result.stderr
    assert result.stderr.count("\n") == 1
    assert lines_of_journal(copy) == []


def test_complaints_with_a_bad_line_may_be_left_out(exported, tmp_path):
    """All others come in; each is listed, up to a screenful, and the exit code is 1."""
    copy = tmp_path / "copy.sqlite"
    lines = exported.split(b"\n")
    bad = lines[2].replace(b'"kind":"', b'"kind":"Un')
    mended = b"\n".join([*lines[:2], bad, *lines[3:], *[b"rubbish"] * 25])
    result = run("import", "-", "--skip", "--db", copy, stdin=mended)
    assert result.exit_code == 1
    told = " ".join(result.stderr.split())
    name = json.loads(lines[2])["complaint_id"]
    assert f"line 3: complaint {name!r} left out: unknown kind of event" in told
    assert "and 6 more" in told
    assert {json.loads(line)["complaint_id"] for line in lines_of_journal(copy)} == {
        json.loads(line)["complaint_id"] for line in lines if line
    } - {name}


def test_an_export_says_what_was_held_back(played, monkeypatch):
    """It may be needed, and comes with the next export."""
    monkeypatch.setattr(SqlJournal, "tail_lag", lambda self: 3)
    result = run("export", "--db", played)
    assert result.exit_code == 0
    assert "entries held back: 3" in result.stderr


def test_an_import_shows_how_far_it_is():
    """Bytes that are read first, then lines that are taken in."""
    bar = Progress(disable=True)
    shown = transferring._Shown(bar, 100)
    for lines, done, description, total in (
        (1, 0, "reading bytes", 100),
        (2, 1, "taking in lines", 2),
        (2, 2, "taking in lines", 2),
    ):
        shown.told(ImportProgress(lines=lines, bytes=7, done=done))
        (task,) = bar.tasks
        assert (task.description, task.total) == (description, total)
        assert task.completed == (done or 7)


def test_an_entry_that_may_not_follow_is_refused(exported, tmp_path):
    """What the lifecycle refuses cannot be smuggled in by an import."""
    first, *_ = exported.split(b"\n")
    forged = first.replace(b'"version":1', b'"version":2')
    result = run("import", "-", "--db", tmp_path / "c.sqlite", stdin=forged)
    assert result.exit_code == 2
    assert "line 1" in result.stderr


def test_an_entry_in_the_place_of_another_is_refused(played, exported):
    """An import never changes what is recorded."""
    first, *_ = exported.split(b"\n")
    changed = first.replace(b'"by":"inbox"', b'"by":"mallory"')
    result = run("import", "-", "--db", played, stdin=changed)
    assert result.exit_code == 2
    assert "complaint 'shop-001': two histories" in result.stderr


@pytest.mark.parametrize("content", [b"", b"\n\n \n"])
def test_an_empty_file_is_nothing_new(tmp_path, content):
    """A file without entries is taken in without complaint."""
    path = tmp_path / "empty.jsonl"
    path.write_bytes(content)
    result = run("import", path, "--db", tmp_path / "c.sqlite")
    assert result.exit_code == 0
    assert "new entries taken in: 0" in result.stderr


def test_a_missing_file_makes_no_database(tmp_path):
    """A file that is not there is told by name, and no database is made."""
    copy = tmp_path / "c.sqlite"
    result = run("import", tmp_path / "none.jsonl", "--db", copy)
    assert result.exit_code == 2
    assert "none.jsonl: No such file or directory" in result.stderr
    assert not copy.exists()


def test_a_folder_is_no_file(tmp_path, played):
    """A folder can be neither read nor written."""
    assert run("import", tmp_path, "--db", tmp_path / "c.sqlite").exit_code == 2
    assert run("export", tmp_path, "--db", played).exit_code == 2


def test_a_huge_file_comes_in_and_goes_out(tmp_path):
    """Twenty thousand entries come in and go out the same."""
    desk = new_desk()
    for number in range(2_500):
        received = Received(customer=f"C-{number}", channel="email", text="Мокра.")
        steps = list(STEPS.values())[:7]
        desk.receive(received, *steps, by="ana", id=f"c-{number}")
    path, copy = tmp_path / "huge.jsonl", tmp_path / "c.sqlite"
    lines = "".join(f"{line}\n" for line in export_entries(desk.journal))
    path.write_text(lines, encoding="utf-8")
    done = program("import", path, "--db", copy)
    assert (done.returncode, done.stderr) == (0, b"new entries taken in: 20,000\n")
    assert program("export", "--db", copy).stdout == path.read_bytes()


def test_lines_are_read_one_by_one():
    """Reading holds one line at a time, and never one that has no end."""
    stream = io.BytesIO(b"one\ntwo\n" + b"x" * 100)
    lines = lines_of(stream, limit=10)
    assert next(lines) == b"one\n"
    assert stream.tell() == 4
    assert next(lines) == b"two\n"
    with pytest.raises(UnreadableError, match="line 3: longer than 10 bytes"):
        next(lines)


def test_a_file_appears_whole_or_not_at_all(tmp_path):
    """If writing fails, the old file stays and no part of the new one is left."""
    path = tmp_path / "out.jsonl"
    path.write_text("old")
    with pytest.raises(TypeError), written(str(path)) as stream:
        stream.writelines([b"half", None])
    assert [p.read_text() for p in tmp_path.iterdir()] == ["old"]


def test_a_link_stays_a_link(tmp_path, played):
    """Exporting through a link writes what it points to."""
    real, link = tmp_path / "real.jsonl", tmp_path / "link.jsonl"
    link.symlink_to(real)
    run("export", link, "--db", played)
    assert link.is_symlink()
    assert len(real.read_bytes().splitlines()) == 825


@pytest.mark.skipif(not os.path.exists("/dev/full"), reason="needs devices")  # noqa: PTH110
def test_a_device_stays_a_device(played):
    """A device is written to, never replaced; a full disk is told in one line."""
    result = run("export", "/dev/full", "--db", played)
    assert result.exit_code == 2
    assert "No space left" in result.stderr
    assert stat.S_ISCHR(os.stat("/dev/full").st_mode)  # noqa: PTH116


def test_no_file_in_a_folder_that_is_not_there(tmp_path, played):
    """The folder of an export must exist; the message names the file."""
    path = tmp_path / "none" / "out.jsonl"
    result = run("export", path, "--db", played)
    assert result.exit_code == 2
    assert (
        result.stderr.replace("\n", "") == f"error: {path}: No such file or directory"
    )


def test_an_export_of_a_single_complaint_can_be_imported(played, tmp_path):
    """What show --json writes is what import reads."""
    shown = run("show", "del-014", "--json", "--db", played).stdout_bytes
    run("import", "-", "--db", tmp_path / "c.sqlite", stdin=shown)
    with SqlJournal(tmp_path / "c.sqlite") as journal:
        complaint = Desk(journal=journal).complaint("del-014")
    assert (complaint.round, complaint.received_at > MONDAY) == (2, True)
