"""The command intake as a process, on large files, and on whatever chance brings."""

import csv
import io
import os
import subprocess
import sys
import tempfile
from pathlib import Path

import pytest
from hypothesis import given, settings
from hypothesis import strategies as st
from intake_trials import Trial, numbers_in

COMMAND = [sys.executable, "-m", "complaint_lifecycle", "intake"]
ROWS = 50_000

cells = st.one_of(
    st.text(max_size=8),
    st.sampled_from(
        ["2026-01-01", "22/04/2015", "1/2/2015", "soon", "49.90", "x,y", '"']
    ),
)
tables = st.lists(st.lists(cells, min_size=3, max_size=3), max_size=8)


def run(*arguments, folder, stdin=None):
    """Run the command as a process of its own."""
    return subprocess.run(
        [*COMMAND, *arguments],
        cwd=folder,
        input=stdin,
        capture_output=True,
        check=False,
        env=os.environ | {"PYTHONWARNINGS": "error", "TERM": "dumb"},
    )


def large(days=28):
    """Write many rows, as an export of a year has them."""
    rows = (
        f"{n},2025-{n % 12 + 1:02}-{n % days + 1:02},web,It is late again.\n"
        for n in range(ROWS)
    )
    return f"id,date,channel,text\n{''.join(rows)}"


def test_a_file_goes_in_twice_and_is_received_once(tmp_path):
    """The default database lies in the current folder."""
    (tmp_path / "in.csv").write_text("id,date\n1,2026-01-01\n2,2026-01-02\n")
    for numbers in ((2, 2, 0, 0), (2, 0, 2, 0)):
        done = run("in.csv", folder=tmp_path)
        assert done.returncode == 0
        assert numbers_in(done.stdout.decode()) == numbers
    assert (tmp_path / "complaints.sqlite").exists()


def test_standard_input_goes_in(tmp_path):
    """A pipe is kept aside, since it is read more than once."""
    done = run(
        "-", "--db", "d.sqlite", folder=tmp_path, stdin=b"date\n2026-01-01\nsoon\n"
    )
    assert done.returncode == 1
    assert numbers_in(done.stdout.decode()) == (2, 1, 0, 1)
    assert (tmp_path / "stdin.rejects.csv").exists()


def test_a_bad_call_ends_with_2_and_one_line(tmp_path):
    """No traceback, and nothing on standard output."""
    (tmp_path / "in.csv").write_bytes(b"id,date\n1,2026-01-01\n2,\xff\n")
    done = run("in.csv", folder=tmp_path)
    assert done.returncode == 2
    assert done.stdout == b""
    assert done.stderr.count(b"\n") == 1
    assert b"byte 23" in done.stderr
    assert not (tmp_path / "complaints.sqlite").exists()


@pytest.mark.skipif(not Path("/dev/fd").exists(), reason="no named pipes for processes")
def test_a_pipe_with_a_name_is_read_like_a_file(tmp_path):
    """What cannot be rewound is kept aside, and rejects go to the current folder."""
    reading, writing = os.pipe()
    os.write(writing, b"id,date\n1,2026-01-01\n2,soon\n")
    os.close(writing)
    done = subprocess.run(
        [*COMMAND, f"/dev/fd/{reading}"],
        cwd=tmp_path,
        pass_fds=[reading],
        capture_output=True,
        check=False,
    )
    os.close(reading)
    assert numbers_in(done.stdout.decode()) == (2, 1, 0, 1)
    assert (tmp_path / "stdin.rejects.csv").exists()


def test_two_processes_at_once_receive_every_row_once(tmp_path):
    """Whoever comes second finds a row known; their counts add up."""
    rows = "".join(f"{n},2026-01-01\n" for n in range(200))
    (tmp_path / "in.csv").write_text(f"id,date\n{rows}")
    both = [
        subprocess.Popen(
            [*COMMAND, "in.csv"], cwd=tmp_path, stdout=subprocess.PIPE, text=True
        )
        for _ in range(2)
    ]
    told = [numbers_in(process.communicate()[0]) for process in both]
    assert sum(received for _, received, _, _ in told) == 200
    assert sum(known for _, _, known, _ in told) == 200
    assert len(Trial(tmp_path).complaints()) == 200


def test_a_large_file_goes_in(tmp_path):
    """Fifty thousand rows, of which every twenty-ninth day does not exist."""
    (tmp_path / "in.csv").write_text(large(days=29))
    done = run("in.csv", "--db", ":memory:", folder=tmp_path)
    rows, received, known, rejected = numbers_in(done.stdout.decode())
    assert rows == ROWS
    assert known == 0
    assert received + rejected == ROWS
    assert 0 < rejected < ROWS // 29
    assert done.stderr.count(b"\n") < 30


def test_a_late_bad_byte_in_a_large_file_is_found_before_anything_is_recorded(tmp_path):
    """Fifty thousand good rows do not go in ahead of it."""
    (tmp_path / "in.csv").write_bytes(large().encode() + b"\xe9")
    done = run("in.csv", folder=tmp_path)
    assert done.returncode == 2
    assert not (tmp_path / "complaints.sqlite").exists()


def add_up(folder, text):
    """Take a table in twice, and see that every row is accounted for."""
    trial = Trial(Path(folder))
    first = trial.take(text)
    if first.exit_code == 2:
        assert not Path(trial.db).exists()
        return None
    rows, received, known, rejected = numbers_in(first.stdout)
    assert received + known + rejected == rows
    assert received == (len(trial.complaints()))
    assert (rejected == 0) == (first.exit_code == 0)
    assert rejected == (len(trial.rejects()) if rejected else 0)
    again = numbers_in(trial.take(text).stdout)
    assert again == (rows, 0, received + known, rejected)
    return rows


@settings(max_examples=40)
@given(tables, st.booleans())
def test_every_row_of_any_table_is_accounted_for(table, with_id):
    """Received, known and rejected make all; so they do when it is said again."""
    stream = io.StringIO()
    heading = ["id" if with_id else "number", "date", "text"]
    csv.writer(stream).writerows([heading, *table])
    with tempfile.TemporaryDirectory() as folder:
        assert add_up(folder, stream.getvalue().encode("utf-8", "replace")) in {
            None,
            len(table),
        }


@settings(max_examples=40)
@given(st.text(st.sampled_from('ab1,;\t|"\n\r-/{}[]: \0é')), st.booleans())
def test_any_text_is_accounted_for_or_refused(text, headed):
    """No text gives a traceback or a row that nobody knows of."""
    with tempfile.TemporaryDirectory() as folder:
        add_up(folder, f"id,date\n1,2026-01-01\n{text}" if headed else text)


@settings(max_examples=40)
@given(st.binary(max_size=60))
def test_any_bytes_are_accounted_for_or_refused(data):
    """Neither do bytes."""
    with tempfile.TemporaryDirectory() as folder:
        add_up(folder, b"id,date\n1,2026-01-01\n" + data)
