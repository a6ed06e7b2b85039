"""The command intake on what is broken: nothing is lost, and nothing is half done."""

import os
from pathlib import Path

import pytest
from intake_trials import Trial, numbers_in

from complaint_lifecycle import SqlJournal
from complaint_lifecycle.errors import JournalError

GOOD = "id,date\n1,2026-01-01\n"


@pytest.fixture
def trial(tmp_path, monkeypatch):
    """Work in a folder of its own."""
    monkeypatch.chdir(tmp_path)
    return Trial(tmp_path)


def refused(trial, result):
    """See that the call failed in one line and recorded nothing; return the line."""
    assert result.exit_code == 2
    assert result.stdout == ""
    assert not Path(trial.db).exists()
    *_, line = result.stderr.splitlines()
    assert line.startswith("error: ")
    return line


@pytest.mark.parametrize(
    ("options", "said"),
    [
        (["--map", "when=date"], "the fields are id, at, time, customer"),
        (["--map", "at=day"], "column 'day' is not there; there are id, date"),
        (["--map", "at"], "column '' is not there"),
        (["--map", "at=date", "--map", "at=id"], "at is mapped already"),
        (["--map", "id=id"], "which column holds the date? Say --map at=COLUMN"),
        (["--tz", "Mars/Base"], "there is no such time zone"),
        (["--currency", "QQQ"], "no ISO 4217 currency code"),
        (["--by", ""], "--by"),
        (["--date-format", "%d"], "name the year, month and day"),
        (["--date-format", "%Y-%m-%d", "--dayfirst"], "leave --dayfirst"),
        (["--encoding", "rot13"], "no such text encoding"),
        (["--encoding", "klingon"], "no such text encoding"),
        (["--delimiter", ",,"], "must be one character"),
        (["--delimiter", '"'], "must be one character"),
        (["--rejects", "in.csv"], "is no file of rejects"),
        (["--rejects", "."], "is no file of rejects"),
        (["--rejects", "no/such/folder"], "no rejects can be written"),
    ],
)
def test_a_bad_call_is_one_line_and_records_nothing(trial, options, said):
    """The line names what is possible instead."""
    assert said in refused(trial, trial.take(GOOD, *options))


@pytest.mark.parametrize(
    ("content", "said"),
    [
        ("", "the file is empty"),
        ("\ufeff\n \n", "the file is empty"),
        ('"id,date\n1,2026-01-01\n', "names of the columns cannot be read"),
        ("a,b\n1,2\n", "there are a, b"),
        (",,\n1,2,3\n", "there are none"),
        ("date,date\n2026-01-01,2026-01-01\n", "which column holds the date"),
        ('[{"date": "2026-01-01"}]', "one object a line"),
        ("id,date\n1,04/08/2015\n", "1 date can be read day first and month first"),
    ],
)
def test_a_file_that_cannot_be_read_is_one_line(trial, content, said):
    """The whole file is looked at before a row is recorded."""
    assert said in refused(trial, trial.take(content))


def test_a_column_that_stands_there_twice_cannot_be_mapped(trial):
    """It would be a guess which one is meant."""
    result = trial.take("id,date,Date\n1,2026-01-01,\n", "--map", "at=DATE")
    assert "more than once" in refused(trial, result)
    exact = trial.take("id,date,Date\n1,2026-01-01,\n", "--map", "at=date")
    assert exact.exit_code == 0


def test_many_columns_are_not_all_named(trial):
    """The line stays short enough to be read."""
    names = ",".join(f"column{n}" for n in range(100))
    assert "column39 and 60 more" in refused(trial, trial.take(f"{names}\n"))


def test_absurdly_many_keys_are_not_all_kept(trial, monkeypatch):
    """Keys that differ from line to line must not fill the memory."""
    monkeypatch.setattr("complaint_lifecycle.cli.intake.rows._COLUMN_LIMIT", 2)
    lines = [f'{{"key{n}": 1}}' for n in range(5)]
    line = refused(trial, trial.take("\n".join(lines)))
    assert line.endswith("there are key0, key1")


def test_a_missing_file_is_one_line(trial):
    """The system says why."""
    assert "No such file" in refused(trial, trial.run("nowhere.csv"))


def test_a_byte_that_is_no_utf_8_is_found_anywhere(trial):
    """Early or late, at the end or across two pieces; nothing is recorded before."""
    for where in (0, 10, 2**20 - 1, 2**20, 3 * 2**20):
        content = f"id,date\n{'1,2026-01-01' + chr(10)}".encode().ljust(where, b"\n")
        line = refused(trial, trial.take(content[:where] + b"\xe9t\xe9 est l\xe0"))
        assert f"byte {where} cannot be read" in line
        assert "--encoding latin-1" in line
    assert "byte 20" in refused(trial, trial.take(GOOD.encode()[:20] + b"\xe2\x82"))


def test_utf_16_is_recognised_by_its_mark(trial):
    """The way out that is named works."""
    content = GOOD.encode("utf-16")
    assert "--encoding utf-16" in refused(trial, trial.take(content))
    assert trial.take(content, "--encoding", "utf-16").exit_code == 0


def test_bad_rows_are_rejected_and_the_others_go_in(trial):
    """Each with its line, its reason and its cells as they are written."""
    rows = [
        "id,date,amount,severity,text",
        "ok,2026-01-01,49.90,minor,fine",
        "no-date,,,,",
        "bad-date,soon,,,",
        "future,2999-01-01,,,",
        'money,2026-01-01,"1,234",,',
        "mood,2026-01-01,,angry,",
        ",2026-01-01,,,",
        "few,2026-01-01",
        "many,2026-01-01,,,,more",
        '"torn"x,2026-01-01,,,',
        "\x1b[31m,2026-01-01,,,",
        f"{'x' * 201},2026-01-01,,,",
        f"long,2026-01-01,,,{'ü' * 40_000}",
        "nul,2026-01-01,,,\0",
        '"two',
        'lines",2026-01-01,,,',
        "last,2026-01-01,,,",
        '"open,2026-01-01,,,',
        "never closed",
    ]
    result = trial.take("\n".join(rows), "--currency", "EUR")
    assert result.exit_code == 1
    assert numbers_in(result.stdout) == (17, 2, 0, 15)
    assert [complaint.id for complaint in trial.complaints()] == ["ok", "last"]
    rejects = trial.rejects()
    reasons = {int(line): reason for line, reason, *_ in rejects}
    expected = {
        3: "date is empty", 4: "'soon'", 5: "in the future", 6: "a thousand to some",
        7: "must be one of minor", 8: "id is empty", 9: "2 cells, and 5 columns",
        10: "6 cells, and 5 columns", 11: "this is no CSV", 12: "must be printable",
        13: "1 to 200 characters", 14: "longer than 65536 bytes", 15: "NUL",
        16: "must be printable", 19: "unexpected end of data",
    }  # fmt: skip
    assert reasons.keys() == expected.keys()
    for line, said in expected.items():
        assert said in reasons[line]
    assert rejects[0][2:] == ["no-date", "", "", "", ""]
    assert rejects[-1][2:] == ['"open,2026-01-01,,,\nnever closed']


def test_the_terminal_is_told_the_first_twenty_and_a_count(trial):
    """The rest is in the file, whose name is said."""
    rows = "".join(f"{n},soon\n" for n in range(25))
    result = trial.take(f"id,date\n{rows}")
    assert result.stderr.count(": date 'soon'") == 20
    assert "and 5 more" in result.stderr
    assert "25 rejected rows, with the reasons:" in result.stderr
    assert "in.csv.rejects.csv" in result.stderr
    assert len(trial.rejects()) == 25


def test_bad_lines_of_json_are_rejected_as_they_are(trial):
    """Also what no database keeps, numbers that are none, and keys that come twice."""
    deep = f'{{"id": 9, "date": {"[" * 100_000}'
    lines = [
        '{"id": 1, "date": "2026-01-01"}',
        "{",
        "[]",
        '{"id": NaN}',
        '{"id": 1, "id": 2}',
        '{"id": 3, "date": {"day": 1}}',
        '{"id": "\\ud800", "date": "2026-01-01"}',
        '{"id": 5, "date": "2026-01-01", "text": "\\u0000"}',
        '{"id": 6, "date": "2026-01-01", "text": "\\ud800"}',
        deep,
    ]
    result = trial.take("\n".join(lines), name="in.json")
    assert numbers_in(result.stdout) == (10, 1, 0, 9)
    rejects = trial.rejects("in.json.rejects.csv")
    assert [[line, raw] for line, _, raw in rejects] == [
        [str(number), raw] for number, raw in enumerate(lines, start=1) if number > 1
    ]


def test_a_broken_first_line_of_json_lines_is_a_row_like_others(trial):
    """The name of the file says what it holds."""
    result = trial.take('oops\n{"date": "2026-01-01"}\n', name="in.JSONL")
    assert numbers_in(result.stdout) == (2, 1, 0, 1)


def test_content_that_is_no_unicode_still_has_an_id(trial):
    """A lone surrogate in a column that nobody asked for does no harm."""
    content = '{"date": "2026-01-01", "x": "\\ud800"}'
    assert numbers_in(trial.take(content).stdout) == (1, 1, 0, 0)


def test_rejects_can_be_put_right_and_taken_in(trial):
    """The file of rejects is a file like others, but is not overwritten meanwhile."""
    trial.take("id,date\n1,2026-01-01\n2,2026-01-0z\n")
    path = trial.folder / "in.csv.rejects.csv"
    path.write_text(path.read_text().replace("0z", "02"))
    same = trial.run(str(path), "--rejects", str(path))
    assert "is the file to read" in same.stderr
    assert numbers_in(trial.run(str(path)).stdout) == (1, 1, 0, 0)
    assert [complaint.id for complaint in trial.complaints()] == ["1", "2"]


def test_rejects_of_an_earlier_run_do_not_outlive_it(trial):
    """They are replaced by the next, and taken away when there are none."""
    trial.take("id,date\n1,soon\n2,soon\n")
    trial.take("id,date\n1,later\n")
    assert [row[2:] for row in trial.rejects()] == [["1", "later"]]
    assert trial.take(GOOD).exit_code == 0
    assert not (trial.folder / "in.csv.rejects.csv").exists()


def test_somebody_elses_file_is_never_overwritten(trial):
    """Even if it stands where rejects would go."""
    precious = trial.folder / "in.csv.rejects.csv"
    precious.write_text("dear diary\n")
    assert "so it is kept" in refused(trial, trial.take(GOOD))
    assert precious.read_text() == "dear diary\n"
    assert trial.run("in.csv", "--rejects", "other.csv").exit_code == 0


def test_the_database_is_not_taken_for_rejects(trial):
    """Even if it came into being under that name just now."""
    for content in (GOOD, "id,date\n1,soon\n"):
        result = trial.take(content, "--rejects", trial.db)
        assert result.exit_code == 2
        assert "so it is kept" in result.stderr
    assert len(trial.complaints()) == 1


def test_rejects_go_to_the_current_folder_if_the_other_is_read_only(trial, monkeypatch):
    """A collection that may not be written to can be read all the same."""
    archive = trial.folder / "archive"
    archive.mkdir()
    (archive / "in.csv").write_text("id,date\n1,soon\n")
    access = os.access
    monkeypatch.setattr(
        os, "access", lambda path, mode: Path(path) != archive and access(path, mode)
    )
    assert trial.run(str(archive / "in.csv")).exit_code == 1
    assert len(trial.rejects()) == 1


def test_a_database_that_fails_midway_stops_it_and_says_how_far_it_went(
    trial, monkeypatch
):
    """What went in stays, rejects are kept, and the same call goes on from there."""
    append = SqlJournal.append

    def full(journal, batches, *, receipt=None, **others):
        if receipt.complaint_id == "2":
            problem = "the disk is full"
            raise JournalError(problem)
        append(journal, batches, receipt=receipt, **others)

    content = "id,date\n0,soon\n1,2026-01-01\n2,2026-01-01\n"
    with monkeypatch.context() as broken:
        broken.setattr(SqlJournal, "append", full)
        result = trial.take(content)
    assert result.exit_code == 2
    assert "midway: 2 rows: 1 received, 0 known before, 1 rejected" in result.stderr
    assert "error: the disk is full" in result.stderr
    assert len(trial.rejects()) == 1
    assert numbers_in(trial.run("in.csv").stdout) == (3, 1, 1, 1)


def test_a_failure_before_the_first_reject_keeps_older_rejects(trial, monkeypatch):
    """Nothing is known yet about the rows that they hold."""
    trial.take("id,date\n1,soon\n")

    def full(*_, **__):
        problem = "the disk is full"
        raise JournalError(problem)

    monkeypatch.setattr(SqlJournal, "append", full)
    assert trial.take(GOOD).exit_code == 2
    assert len(trial.rejects()) == 1


def test_another_kind_of_database_is_refused(trial):
    """Also a file that holds something else."""
    trial.file("no database " * 100, "complaints.sqlite")
    result = trial.take(GOOD)
    assert result.exit_code == 2
    assert result.stderr.splitlines()[-1].startswith("error: ")


def test_a_row_without_an_end_is_refused_before_memory_runs_out(trial, monkeypatch):
    """A quote that is never closed, or a line that never ends."""
    monkeypatch.setattr("complaint_lifecycle.cli.intake.files.LINE_LIMIT", 1000)
    line = refused(trial, trial.take(f'{GOOD}2,"{"x" * 98}{chr(10)}' + "y" * 950))
    assert "line 3: a row of more than 1,000 characters begins here" in line
    assert "line 1" in refused(trial, trial.take("z" * 1001))


def test_hostile_text_does_not_reach_the_terminal(trial):
    """Escapes in names, cells and options are shown, not sent."""
    evil = "\x1b]0;owned\x07[bold]\u202e"
    bad_row = trial.take(f"id,date,{evil}\n{evil},{evil},\n")
    bad_map = trial.take(GOOD, "--map", f"at={evil}")
    bad_name = trial.take(f"{evil},b\n")
    guessed = trial.take(f"{evil}date\n2026-01-01\n", "--map", f"at={evil}date")
    for result in (bad_row, bad_map, bad_name, guessed):
        assert not set("\x1b\x07\u202e") & set(result.output)
    assert "[bold]" in bad_row.stderr


def test_a_guess_is_told_without_sending_escapes(trial):
    """A recognised name may have decoration that a terminal would obey."""
    result = trial.take("id,\x1b[31mdate\n1,2026-01-01\n")
    assert "\x1b" not in result.output
