"""The command intake on files as they come: what goes in, and what is said."""

import json
from datetime import UTC, datetime

import pytest
from intake_trials import Trial, numbers_in

from complaint_lifecycle import Desk, Severity, SqlJournal, money

COMCAST = """\ufeffTicket #,Customer Complaint,Date,Date_month_year,Time,Received Via
250635,Slow internet,22-04-2015,22-Apr-15,03:53:50 PM,Customer Care Call
223441,"Payment gone, service too",04-08-2015,04-Aug-15,10:22:56 AM,Internet
242732,Speed,18-04-2015,18-Apr-15,12:05:00 AM,Internet
"""
CFPB = """Date received,Product,Issue,Consumer complaint narrative,Submitted via,Complaint ID
03/12/2014,Mortgage,"Loan modification,collection",,Referral,759217
10/17/2016,Consumer Loan,Managing the loan,"I said:
""XXXX"", twice.",Web,2141773
"""
CONSUMIDOR = """company_name,status,date,rating_score
Serasa,Resolvido,"25/04/2025, Santa Maria - RS",Nota 2
Serasa,Resolvido,"25/04/2025, Macapá - AP",Nota 3
"""


@pytest.fixture
def trial(tmp_path, monkeypatch):
    """Work in a folder of its own."""
    monkeypatch.chdir(tmp_path)
    return Trial(tmp_path)


def text_of(trial, complaint_id):
    """Return what the customer said."""
    with SqlJournal(trial.db) as journal:
        return Desk(journal=journal).history(complaint_id)[0].event.text


def test_a_telecom_file_goes_in_with_one_call(trial):
    """Columns are recognised, two readings decided, and 12-hour times read."""
    result = trial.take(COMCAST, "--tz", "America/New_York")
    assert result.exit_code == 0
    assert result.stdout == "3 rows: 3 received, 0 known before, 0 rejected\n"
    assert "--map 'id=Ticket #' --map at=Date --map time=Time" in result.stderr
    assert (
        "1 date can be read two ways; read day first, as 2 others must" in result.stderr
    )
    assert "UTC" not in result.stderr
    first, second, third = trial.complaints()
    assert first.id == "250635"
    assert first.received_at == datetime(2015, 4, 22, 19, 53, 50, tzinfo=UTC)
    assert first.customer == "row:250635"
    assert first.channel == "Customer Care Call"
    assert text_of(trial, second.id) == "Payment gone, service too"
    assert second.received_at == datetime(2015, 8, 4, 14, 22, 56, tzinfo=UTC)
    assert third.received_at == datetime(2015, 4, 18, 4, 5, tzinfo=UTC)


def test_a_bank_file_goes_in_with_one_call(trial):
    """Month first, empty narratives, quoted line ends and commas."""
    result = trial.take(CFPB)
    assert result.exit_code == 0
    assert numbers_in(result.stdout) == (2, 2, 0, 0)
    assert "1 date can be read two ways; read month first, as 1 other" in result.stderr
    first, second = trial.complaints()
    assert first.received_at == datetime(2014, 3, 12, tzinfo=UTC)
    assert (first.category, first.product) == (
        "Loan modification,collection",
        "Mortgage",
    )
    assert text_of(trial, first.id) == ""
    assert text_of(trial, second.id) == 'I said:\n"XXXX", twice.'


def test_a_public_register_goes_in_with_one_call(trial):
    """No id, no channel, and a place after the date."""
    result = trial.take(CONSUMIDOR)
    assert numbers_in(result.stdout) == (2, 2, 0, 0)
    assert "2 dates are followed by other text, which is left out" in result.stderr
    assert "dates without an offset are read as UTC" in result.stderr
    first, second = trial.complaints()
    assert first.channel == "unknown"
    assert first.customer == f"row:{first.id}"
    assert first.id != second.id


@pytest.mark.parametrize("content", [COMCAST, CFPB, CONSUMIDOR])
def test_the_same_file_twice_adds_nothing_twice(trial, content):
    """Whoever takes it in again: every row is known."""
    rows = numbers_in(trial.take(content).stdout)[0]
    for options in ((), ("--by", "ana")):
        again = trial.take(content, *options)
        assert again.exit_code == 0
        assert numbers_in(again.stdout) == (rows, 0, rows, 0)
    assert len(trial.complaints()) == rows


def test_identical_rows_without_an_id_are_complaints_of_their_own(trial):
    """Their number among their like tells them apart, run after run."""
    content = "date,issue\n2026-01-01,late\n2026-01-01,late\n2026-01-01,lost\n"
    assert numbers_in(trial.take(content).stdout) == (3, 3, 0, 0)
    assert numbers_in(trial.take(content).stdout) == (3, 0, 3, 0)
    longer = f"{content}2026-01-01,late\n"
    assert numbers_in(trial.take(longer).stdout) == (4, 1, 3, 0)
    assert len({complaint.id for complaint in trial.complaints()}) == 4


def test_the_same_row_twice_in_a_file_is_received_once(trial):
    """With an id, a repeated row is known; with other content, it is rejected."""
    row = "1,2026-01-01,late\n"
    result = trial.take(f"id,date,issue\n{row}{row}1,2026-01-01,lost\n")
    assert result.exit_code == 1
    assert numbers_in(result.stdout) == (3, 1, 1, 1)
    assert "was received before with other content" in result.stderr
    assert "--prefix" in result.stderr
    assert trial.only().category == "late"


def test_a_complaint_that_came_in_otherwise_is_not_overwritten(trial):
    """An id that is taken is known if all is the same, else rejected."""
    trial.take("id,date,issue\n1,2026-01-01,late\n2,2026-01-01,late\n")
    with SqlJournal(trial.db) as journal:
        journal._connection.execute("DELETE FROM complaint_receipt")
    result = trial.take("id,date,issue\n1,2026-01-01,late\n2,2026-01-01,lost\n")
    assert numbers_in(result.stdout) == (2, 0, 1, 1)


def test_every_field_can_be_mapped(trial):
    """Names of columns are free, and need no exact capitals."""
    content = (
        "Nr;Tag;Uhr;Kunde;Weg;Wortlaut;Thema;Ware;Schwere;Betrag;Geld;Sprache;Wo;Wer;Ueber\n"
        "K-1;1.2.2026;13:30;C-7;mail; hm ;late;book;Serious;49,90;eur;de;crm:1;partner;bo\n"
    )
    names = {
        "id": "Nr", "at": "tag", "time": "UHR", "customer": "Kunde", "channel": "Weg",
        "text": "Wortlaut", "category": "Thema", "product": "Ware",
        "severity": "Schwere", "amount": "Betrag", "currency": "Geld",
        "locale": "Sprache", "source": "Wo", "origin": "Wer", "about": " Ueber ",
    }  # fmt: skip
    options = [word for name in names for word in ("--map", f"{name}={names[name]}")]
    result = trial.take(content, *options, "--dayfirst", "--by", "ana")
    assert result.exit_code == 0
    assert "recognised" not in result.stderr
    complaint = trial.only()
    assert complaint.received_at == datetime(2026, 2, 1, 13, 30, tzinfo=UTC)
    assert complaint.amount == money("49.90", "EUR")
    assert complaint.severity is Severity.SERIOUS
    assert (complaint.customer, complaint.channel) == ("C-7", "mail")
    assert (complaint.locale, complaint.source) == ("de", "crm:1")
    assert (complaint.origin, complaint.about) == ("partner", ("bo",))
    assert text_of(trial, "K-1") == " hm "
    with SqlJournal(trial.db) as journal:
        assert journal.entries("K-1")[0].by == "ana"


def test_columns_that_are_not_mapped_are_ignored(trial):
    """With --map nothing else is recognised."""
    trial.take("id,date,issue\n1,2026-01-01,late\n", "--map", "at=date")
    assert trial.only().category is None
    assert trial.only().id != "1"


def test_json_lines_go_in(trial):
    """Keys are the columns; numbers stay exact, and keys may be missing."""
    lines = [
        {
            "complaint_id": 7,
            "date_received": "2019-09-24T12:00:00-05:00",
            "amount": 49.9,
        },
        {"complaint_id": 8, "date_received": "2019-09-25", "product": None, "x": [1]},
    ]
    content = "\n\n".join(map(json.dumps, lines))
    result = trial.take(f"\ufeff{content}", "--currency", "usd", name="in.json")
    assert numbers_in(result.stdout) == (2, 2, 0, 0)
    first, second = trial.complaints()
    assert first.received_at == datetime(2019, 9, 24, 17, tzinfo=UTC)
    assert first.amount == money("49.90", "USD")
    assert second.amount is None
    again = trial.take(content, "--currency", "USD", name="other.jsonl")
    assert numbers_in(again.stdout) == (2, 0, 2, 0)


def test_objects_without_an_id_are_known_whatever_the_order_of_their_keys(trial):
    """The content makes the id, not how it is written."""
    trial.take('{"date": "2026-01-01", "urgent": true}\n', name="a.jsonl")
    result = trial.take('{"urgent":true,"date":"2026-01-01"}', name="b.jsonl")
    assert numbers_in(result.stdout) == (1, 0, 1, 0)


def test_a_plain_value_of_any_kind_can_be_mapped(trial):
    """True is a word like others."""
    trial.take('{"date": "2026-01-01", "channel": true}', name="a.jsonl")
    assert trial.only().channel == "true"


def test_standard_input_goes_in(trial):
    """Its rejects lie in the current folder."""
    result = trial.run("-", stdin=b"id\tdate\n1\t2026-01-01\n2\tsoon\n")
    assert result.exit_code == 1
    assert numbers_in(result.stdout) == (2, 1, 0, 1)
    (reject,) = trial.rejects("stdin.rejects.csv")
    assert reject[0] == "3"
    assert reject[2:] == ["2", "soon"]


@pytest.mark.parametrize("delimiter", [",", ";", "\t", "|"])
def test_the_delimiter_is_found_in_the_heading(trial, delimiter):
    """What divides the names into most is meant."""
    trial.take(f'id{delimiter}"date"\n1{delimiter}"2026-01-01"\n')
    assert trial.only().id == "1"


@pytest.mark.parametrize(("option", "mark"), [("^", "^"), ("tab", "\t"), ("\\t", "\t")])
def test_a_delimiter_can_be_said(trial, option, mark):
    """Also one that is not looked for, and then a brace begins no JSON."""
    trial.take(f"{{id{mark}date\n1{mark}2026-01-01\n", "--delimiter", option)
    assert trial.only().received_at == datetime(2026, 1, 1, tzinfo=UTC)


def test_other_encodings_can_be_said(trial):
    """Latin-1 and UTF-16 with a byte order mark."""
    content = "id;date;issue\n1;2026-01-01;zażalenie\n"
    assert trial.take(content.encode("utf-16"), "--encoding", "utf-16").exit_code == 0
    assert trial.only().category == "zażalenie"
    latin = "id;date;issue\n2;2026-01-01;Straße\n".encode("latin-1")
    assert trial.take(latin, "--encoding", "latin-1").exit_code == 0
    assert trial.complaints()[1].category == "Straße"


def test_line_ends_of_all_systems_are_read(trial):
    """Also those of old Macintoshes; empty lines are no rows."""
    for number, end in enumerate(["\n", "\r\n", "\r"]):
        lines = ["", "id,date", "", f"{number},2026-01-01", "", ""]
        assert numbers_in(trial.take(end.join(lines)).stdout) == (1, 1, 0, 0)


def test_a_format_and_seconds_since_1970_can_be_said(trial):
    """--date-format reads what would be refused otherwise."""
    result = trial.take("id,date\n1,1767225600\n", "--date-format", "epoch")
    assert "UTC" not in result.stderr
    result = trial.take("id,date\n2,2026 on 1/1\n", "--date-format", "%Y on %d/%m")
    assert "dates without an offset are read as UTC" in result.stderr
    first, second = trial.complaints()
    assert first.received_at == second.received_at == datetime(2026, 1, 1, tzinfo=UTC)


def test_the_order_asked_for_counts_where_there_are_two_readings(trial):
    """Dates with one reading keep it, and that is said."""
    content = "id,date\n1,04-08-2015\n2,22-04-2015\n"
    result = trial.take(content, "--monthfirst")
    assert "read month first, as was asked for" in result.stderr
    assert "1 date can only be read day first, and is" in result.stderr
    first, second = trial.complaints()
    assert first.received_at == datetime(2015, 4, 8, tzinfo=UTC)
    assert second.received_at == datetime(2015, 4, 22, tzinfo=UTC)


def test_a_heading_without_rows_is_no_error(trial):
    """It is said, and nothing goes in."""
    result = trial.take("id,date\n")
    assert result.exit_code == 0
    assert numbers_in(result.stdout) == (0, 0, 0, 0)
    assert "no rows" in result.stderr


def test_a_long_id_makes_a_customer_of_bounded_length(trial):
    """An id may take all the room that a reference has."""
    result = trial.take(f"id,date\n{'x' * 200},2026-01-01\n")
    assert result.exit_code == 0
    assert len(trial.only().customer) == len("row:") + 32


def test_an_empty_customer_is_a_customer_of_its_own(trial):
    """Those who stay unknown are not taken for one person."""
    trial.take("id,date,customer\n1,2026-01-01,\n2,2026-01-01,\n3,2026-01-01,C-1\n")
    customers = [complaint.customer for complaint in trial.complaints()]
    assert customers == ["row:1", "row:2", "C-1"]


def test_two_sources_that_count_alike_stay_apart_with_a_prefix(trial):
    """Neither their complaints nor the customers made of them are mixed up."""
    trial.take("id,date\n1,2026-01-01\n")
    result = trial.take("id,date\n1,2026-01-02\n", "--prefix", "crm-")
    assert result.exit_code == 0
    found = {(c.id, c.customer) for c in trial.complaints()}
    assert found == {("1", "row:1"), ("crm-1", "row:crm-1")}


def test_an_export_is_not_taken_in_as_complaints(trial):
    """The command that takes it in is named."""
    line = (
        '{"complaint_id":"c","version":1,"kind":"Thanked","schema":1,"recorded_at":"x"}'
    )
    result = trial.run(trial.file(line, "export.jsonl"))
    assert result.exit_code == 2
    assert "take it in with `import`" in result.stderr


def test_json_that_cannot_be_read_from_its_first_line_is_told_as_such(trial):
    """Not as a missing column."""
    for content, problem in (("{broken", "line 1: this is no JSON"), ("{}\n", "empty")):
        result = trial.run(trial.file(content, "bad.jsonl"))
        assert result.exit_code == 2
        assert problem in result.stderr
