"""Tests for decision tables: what they answer, and what is refused when they load."""

import io
import pickle
from datetime import UTC, datetime
from decimal import Decimal
from itertools import product

import pytest
from hypothesis import given, settings
from hypothesis import strategies as st

from complaint_lifecycle import Desk, Received, money
from complaint_lifecycle.compensation import Situation, apology, coupon, flat, refund
from complaint_lifecycle.compensation.data import policy_from_data
from complaint_lifecycle.compensation.table_cells import (
    Among,
    Anything,
    Between,
    Column,
    Otherwise,
    Row,
)
from complaint_lifecycle.compensation.tables import Table
from complaint_lifecycle.errors import (
    CurrencyError,
    InvalidEventError,
    MissingFactError,
    UnreadableError,
)
from complaint_lifecycle.events import Fault

NOW = datetime(2026, 3, 2, tzinfo=UTC)

TRAINS = """\
# late trains
severity,delay_minutes,kind,value,what,conditions

minor|moderate,-,apology,,in a letter,
serious|critical,<60,coupon,10%,,next journey
serious|critical,[60..120),refund,25%
serious|critical,>=120,refund,100 EUR
"""

DELAYS = "delay,kind,value\n"


def situation(*, fault=None, amount=None, facts=None, **attributes):
    """Return what a policy knows of a complaint with these attributes and facts."""
    desk = Desk()
    received = Received(
        customer="C-1",
        channel=attributes.pop("channel", "email"),
        amount=amount,
        facts=facts or {},
        **attributes,
    )
    complaint = desk.receive(received, by="form")
    if fault is not None:
        complaint = _found(complaint, fault)
    return Situation(complaint=complaint, now=NOW)


def _found(complaint, fault):
    # The steps up to a verdict do not matter to a table.
    changed = object.__new__(type(complaint))
    changed.__dict__.update(complaint.__dict__, fault=fault)
    return changed


def said(table, **known):
    """Return the line of the table's own, and the total as text."""
    offer = table(situation(**known))
    if offer is None:
        return None
    (line,) = [reason.text for reason in offer.reasons if reason.rule == "table"]
    return line, str(offer.total and offer.total.amount)


def refused(text, error=InvalidEventError, **options):
    """Return how a table is refused."""
    with pytest.raises(error) as caught:
        Table.from_csv(text, **options)
    return str(caught.value)


def refused_toml(text, error=InvalidEventError):
    """Return how a table in TOML is refused."""
    with pytest.raises(error) as caught:
        Table.from_toml(text)
    return str(caught.value)


class TestAnswers:
    @pytest.mark.parametrize(
        ("severity", "delay", "row", "total"),
        [
            ("minor", 500, "row 1: severity is minor, delay_minutes 500", "None"),
            ("serious", 0, "row 2: severity is serious, delay_minutes 0", "None"),
            ("serious", 60, "row 3: severity is serious, delay_minutes 60", "12.50"),
            (
                "critical",
                Decimal("119.99"),
                "row 3: severity is critical, delay_minutes 119.99",
                "12.50",
            ),
            (
                "critical",
                120,
                "row 4: severity is critical, delay_minutes 120",
                "100.00",
            ),
        ],
    )
    def test_the_row_that_holds_answers(self, severity, delay, row, total):
        """The row for the situation decides, and the reasons say which it was."""
        table = Table.from_csv(TRAINS)
        known = {"severity": severity, "facts": {"delay_minutes": delay}}

        assert said(table, amount=money(50, "EUR"), **known) == (row, total)

    def test_remedies_say_what_the_outputs_say(self):
        """Kind, value, what and conditions reach the remedy."""
        rows = Table.from_csv(TRAINS).rows

        assert rows[0].gives == apology("in a letter")
        assert rows[1].gives == coupon("10%", conditions="next journey")
        assert rows[2].gives == refund("25%")
        assert rows[3].gives == refund(money(100, "EUR"))

    def test_the_reasons_add_up(self):
        """The remedy's own line carries the amount, the table's line none."""
        table = Table.from_csv(TRAINS, name="late trains")
        facts = {"delay_minutes": 130}
        offer = table(situation(severity="serious", facts=facts))

        assert [(r.rule, r.amount) for r in offer.reasons] == [
            ("flat", money(100, "EUR")),
            ("table", None),
        ]
        assert offer.reasons[1].text.startswith("late trains, row 4: severity")

    def test_the_first_row_wins_if_so_told(self):
        """With hit first, later rows that hold too are left alone."""
        text = DELAYS + ">=120,refund,30 EUR\n>=60,refund,20 EUR\n-,nothing\n"
        table = Table.from_csv(text, hit="first")

        assert said(table, facts={"delay": 200}) == ("row 1: delay 200", "30.00")
        assert said(table, facts={"delay": 60}) == ("row 2: delay 60", "20.00")
        assert said(table, facts={"delay": 59}) is None

    def test_all_rows_together_if_so_told(self):
        """With hit collect, every row that holds gives; nothings add nothing."""
        text = DELAYS + "-,apology\n>=60,refund,20 EUR\n>=60,gift,5 EUR\n>=60,nothing\n"
        table = Table.from_csv(text, hit="collect")
        offer = table(situation(facts={"delay": 75}))

        assert [remedy.kind.value for remedy in offer.remedies] == [
            "apology",
            "refund",
            "gift",
        ]
        assert offer.total == money(25, "EUR")
        assert offer.reasons[-1].text == "row 1 and row 2 and row 3 and row 4: delay 75"
        assert said(table, facts={"delay": 5}) == ("row 1: delay 5", "None")

    def test_an_answer_otherwise(self):
        """What no row answers is answered otherwise."""
        text = "zone,delay,kind,value\nA,>=60,refund,20 EUR\notherwise,,apology\n"
        table = Table.from_csv(text)

        assert said(table, facts={"zone": "A", "delay": 60})[1] == "20.00"
        assert said(table, facts={"zone": "B"}) == (
            "otherwise: zone is B, delay unknown",
            "None",
        )
        with pytest.raises(MissingFactError, match="delay"):
            table(situation(facts={"zone": "A"}))

    def test_words_of_facts(self):
        """Facts of words match as words; what is not known is any other word."""
        text = (
            "member,zone,kind,value\ntrue,A|B,refund,9 EUR\ntrue,-,gift,1 EUR\n-,-,-\n"
        )
        table = Table.from_csv(text.replace(",-\n", ",\n"), hit="first")

        assert said(table, facts={"member": True, "zone": "B"})[1] == "9.00"
        assert said(table, facts={"member": True}) == (
            "row 2: member is true, zone is unknown",
            "1.00",
        )
        assert said(table, facts={"member": False, "zone": "A"}) is None

    def test_the_fault_is_unknown_until_it_is_found(self):
        """A row may answer for the fault that is not known yet."""
        text = "fault,kind,value\ncompany,refund,9 EUR\nunknown,apology\n-,nothing\n"
        table = Table.from_csv(text, hit="first")

        assert said(table) == ("row 2: fault is unknown", "None")
        assert said(table, fault=Fault.COMPANY)[1] == "9.00"
        assert said(table, fault=Fault.NOBODY) is None

    def test_long_inputs_are_shortened_in_reasons(self):
        """A fact of a page does not fill the reasons."""
        table = Table.from_csv("zone,delay,kind\n-,>=0,apology\n")
        facts = {"zone": "z" * 4000, "delay": Decimal("1E+9")}

        assert (
            said(table, facts=facts)[0]
            == f"row 1: zone is {'z' * 80}, delay 1000000000"
        )


class TestTraps:
    @pytest.mark.parametrize(
        ("text", "rule"),
        [
            ("sevrity,kind\nminor,apology\n", "did you mean severity"),
            ("amount,kind\n>5,apology\n", "is no input of a table"),
            ("public,kind\ntrue,apology\n", "is no input of a table"),
            ("delay,kind\n60-119,apology\n", "write 60..119"),
        ],
    )
    def test_what_reads_like_something_else_is_refused(self, text, rule):
        """Before everything falls to what is done otherwise."""
        with pytest.raises(InvalidEventError, match=rule):
            Table.from_csv(text)

    def test_a_mark_says_that_it_is_meant(self):
        """A fact may have any name, and words may look like numbers."""
        table = Table.from_csv(
            "sevrity:text,kind\n60-119,apology\n-,nothing\n", hit="first"
        )
        assert table(situation(facts={"sevrity": "60-119"})) is not None


class TestMissingNumbers:
    def test_one_that_decides_is_asked_for(self):
        """A number that is not known, but decides, is an error that names it."""
        table = Table.from_csv(TRAINS)

        with pytest.raises(MissingFactError, match="delay_minutes"):
            table(situation(severity="serious"))

    def test_one_that_does_not_decide_is_not(self):
        """Where the rows do not ask for it, the number may be missing."""
        table = Table.from_csv(TRAINS)
        line, _ = said(table, severity="minor")

        assert line == "row 1: severity is minor, delay_minutes unknown"

    def test_the_first_row_that_does_not_ask_wins(self):
        """With hit first, a number that only later rows ask for may be missing."""
        text = "severity,delay,kind\ncritical,-,apology\n-,>=60,apology\n-,-,\n"
        table = Table.from_csv(text, hit="first")

        assert said(table, severity="critical")[0].startswith("row 1:")
        with pytest.raises(MissingFactError, match="delay"):
            table(situation(severity="minor"))

    @pytest.mark.parametrize("bad", [-1, Decimal("-0.01"), "sixty", True])
    def test_what_is_no_number_from_zero_is_refused(self, bad):
        """A negative number, words and truth values are no answer to a number."""
        table = Table.from_csv(TRAINS)

        with pytest.raises(InvalidEventError, match="delay_minutes"):
            table(situation(severity="minor", facts={"delay_minutes": bad}))


class TestGapsAndOverlaps:
    @pytest.mark.parametrize(
        ("rows", "gap"),
        [
            (">=60,-,apology\n", "delay from 0 to below 5, member is true"),
            ("<60,-,apology\n", "delay from 60, member is true"),
            ("<=60,-,apology\n", "delay above 60, member is true"),
            ("<60,-,apology\n>60,-,apology\n", "delay 60, member is true"),
            (
                "<60,-,apology\n>120,-,apology\n",
                "delay from 60 to 120, member is true",
            ),
            (
                "<=60,-,apology\n>=120,-,apology\n",
                "delay above 60 to below 120, member is true",
            ),
            ("-,true,apology\n", "delay any number, member is anything else"),
        ],
    )
    def test_a_gap_is_named(self, rows, gap):
        """One combination without an answer is named, with the numbers around it."""
        header = "delay:number,member,kind\n"
        text = refused(header + rows + "5,true,apology\n", hit="first")

        assert f"no row answers {gap}:" in text

    def test_a_gap_between_whole_numbers_says_how_to_close_it(self):
        """59.5 is a number too: 0..59 and 60 and above leave a gap."""
        text = refused(DELAYS + "0..59,apology\n>=60,apology\n")

        assert "no row answers delay above 59 to below 60: add a row" in text
        assert "write [60..120)" in text

    def test_the_values_of_severity_and_fault_are_all_there_are(self):
        """Four severities are complete; a fault may be unknown."""
        Table.from_csv("severity,kind\nminor|moderate|serious|critical,apology\n")
        text = refused("fault,kind\n" + "|".join(Fault) + ",apology\n")

        assert "no row answers fault is unknown" in text

    def test_other_words_than_the_named_ones_need_an_answer(self):
        """Channels are many: naming some of them leaves the others."""
        text = refused("channel,kind\nemail|phone,apology\n")

        assert "no row answers channel is anything else" in text

    def test_an_overlap_names_both_rows(self):
        """With hit unique, two rows that answer the same are an error."""
        text = refused(
            DELAYS + "<60,apology\n# and\n\n60..120,apology\n>=120,apology\n"
        )

        assert text == (
            "table = row 2 (line 5) and row 3 (line 6) both answer delay 120: "
            "but with hit='unique' only one may: narrow one, or use 'first' or 'collect'"
        )

    def test_a_row_that_can_never_win_names_what_hides_it(self):
        """With hit first, a row behind others that take all of it is an error."""
        rows = "-,<60,apology\n-,>=60,apology\nserious,>=30,apology\n"
        text = refused("severity,delay,kind\n" + rows, hit="first")

        assert (
            "row 3 (line 4) can never be taken: hidden by row 1 (line 2) and " in text
        )

    def test_a_table_made_in_code_is_checked_too(self):
        """Without a text, rows are named by their number."""
        inputs = [Column("delay", "number")]
        rows = [Row([Between(high=60)]), Row([Between(low=60)])]

        with pytest.raises(InvalidEventError, match="row 1 and row 2 both answer"):
            Table(inputs, rows)

    def test_too_many_combinations_are_refused(self):
        """What cannot be checked in a moment is to be split."""
        names = [f"f{index}" for index in range(17)]
        lines = ["true" if i == j else "-" for i in range(17) for j in range(17)]
        rows = [",".join(lines[i : i + 17]) + ",apology" for i in range(0, 289, 17)]
        text = "\n".join(
            [",".join([*names, "kind"]), *rows, "otherwise" + "," * 16 + ","]
        )

        assert "131072 combinations: more than 100000" in refused(text, hit="first")

    def test_too_many_rows_are_refused(self):
        """A thousand rows are a table, more of them are data."""
        text = DELAYS + "".join(f"{index},apology\n" for index in range(1001))

        assert "1001 rows: has at most 1000" in refused(text)

    def test_currencies_never_mix(self):
        """Rows in two currencies are refused, with their lines."""
        rows = "<60,refund,9 EUR\n>=60,refund,9 USD\n"
        text = refused(DELAYS + rows, CurrencyError)

        assert "EUR in row 1 (line 2) and USD in row 2 (line 3)" in text
        otherwise = "<60,refund,9 EUR\notherwise,refund,9 GBP\n"
        assert "GBP in otherwise" in refused(DELAYS + otherwise, CurrencyError)


class TestCsv:
    @pytest.mark.parametrize(
        ("cell", "meant"),
        [
            ("<60", Between(high=60, with_high=False)),
            ("<= 60", Between(high=60)),
            (">60.5", Between(low="60.5", with_low=False)),
            (">=60", Between(low=60)),
            ("60..119", Between(60, 119)),
            ("[60 .. 120)", Between(60, 120, with_high=False)),
            ("(60..120]", Between(60, 120, with_low=False)),
            ("75", Between(75, 75)),
            ("-", Anything()),
            ("", Anything()),
        ],
    )
    def test_cells_of_numbers(self, cell, meant):
        """Each way to write numbers is read, and written again."""
        text = f"delay:number,zone,kind\n{cell},-,apology\notherwise,,apology\n"
        read = Table.from_csv(text).rows[0].cells[0]

        assert read == meant
        assert str(read) == (cell.replace(" ", "") or "-")

    @pytest.mark.parametrize(
        "cell",
        ["60x", "[60..120", "60..120)", "-5", "60..", "<-5", "<0", "120..60", "(5..5]"],
    )
    def test_cells_that_are_none(self, cell):
        """What is no cell of numbers is refused with its line."""
        text = refused(f"delay,kind\n>=60,apology\n{cell},apology\n")

        assert text.startswith(("row 2 (line 3): cell = ", "row 2 (line 3): delay = "))

    def test_what_a_column_reads(self):
        """Facts are numbers if a cell compares or all are plain; marks overrule."""

        def reads(*cells, mark=""):
            lines = "".join(f"{cell},apology\n" for cell in cells)
            text = f"x{mark},kind\n{lines}otherwise,apology\n"
            return Table.from_csv(text, hit="first").inputs[0].reads.value

        assert reads("1", "2") == "number"
        assert reads("1|2", "3") == "text"
        assert reads("A7", "12") == "text"
        assert reads("-") == "text"
        assert reads("1", "2", mark=":text") == "text"
        assert reads("-", mark=":number") == "number"

    def test_a_path_or_an_open_file(self, tmp_path):
        """A table is read from text, a path and open files, with or without a byte order mark."""
        path = tmp_path / "trains.csv"
        path.write_text("\ufeff" + TRAINS, encoding="utf-8")
        table = Table.from_csv(TRAINS)

        assert Table.from_csv(path) == table
        with path.open("rb") as file:
            assert Table.from_csv(file) == table
        assert Table.from_csv(io.StringIO(TRAINS)) == table
        assert Table.from_csv(TRAINS.replace("\n", "\r\n")) == table
        assert Table.from_csv(TRAINS.replace(",", ";"), delimiter=";") == table

    def test_aligned_and_quoted_cells(self):
        """Spaces around cells do not count, and a quoted cell may hold the delimiter."""
        text = 'zone, kind,    what\n-,    apology, "a letter, by hand"\n'

        assert Table.from_csv(text).rows[0].gives == apology("a letter, by hand")

    def test_what_is_no_text(self):
        """Bytes that are no UTF-8 are refused as unreadable."""
        assert "no UTF-8" in refused(io.BytesIO(b"severity\xff"), UnreadableError)

    @pytest.mark.parametrize(
        ("text", "problem"),
        [
            ("", "is empty"),
            ("# nothing\n\n,,\n", "is empty"),
            (DELAYS + '"<60,apology\n-,apology', "line 2 of the table is no CSV"),
        ],
    )
    def test_what_is_no_csv(self, text, problem):
        """Text that is no table is refused as unreadable."""
        assert problem in refused(text, UnreadableError)

    @pytest.mark.parametrize(
        ("text", "problem"),
        [
            ("severity,kind,valid\n", "line 1: column = 'valid': is no output"),
            ("severity\n", "line 1: columns = severity: need inputs, then kind"),
            ("kind\napology\n", "line 1: columns = kind: name an input"),
            ("severity,kind,kind\n", "line 1: columns = kind, kind: name an input"),
            ("delay,delay,kind\n1,1,apology", "table = delay, delay: name each input"),
            ("severity,kind\n", "table = 0 rows and 1 inputs: give at least one"),
            ("Severity,kind\n-,apology\n", "columns: column = 'Severity': is no fact"),
            (",kind\n-,apology\n", "columns: column = ''"),
            ("channel:number,kind\n1,apology\n", "column = channel: is words"),
            ("severity,kind\ngrave,apology\n", "row 1 (line 2): severity = 'grave'"),
            ("severity,kind\nunknown,apology\n", "severity = 'unknown'"),
            ("zone,kind\nA||B,apology\n", "row 1 (line 2): zone = ''"),
            ("severity,kind\n-\n", "row 1 (line 2): cells = 1: must be 2 to 2"),
            ("severity,kind\n-,apology,5\n", "row 1 (line 2): cells = 3"),
            ("severity,kind\n-,money\n", "row 1 (line 2): kind = 'money'"),
            ("severity,kind\n-,refund\n", "row 1 (line 2): value = nothing for refund"),
            ("severity,kind,value\n-,,5 EUR\n", "row 1 (line 2): kind = nothing"),
            ("severity,kind,value\n-,nothing,5 EUR\n", "kind = nothing: says what"),
            ("severity,kind,value\n-,refund,20\n", "value = '20': must be an amount"),
            ("severity,kind,value\n-,refund,120%\n", "row 1 (line 2): percent = 120%"),
            ("severity,kind,value\n-,refund,1 EURO\n", "row 1 (line 2): currency"),
            ("severity,kind,value\n-,refund,1.001 EUR\n", "row 1 (line 2): amount"),
            (
                "zone,kind\notherwise,apology\notherwise,\n",
                "row 1 (line 3) = otherwise: is there already",
            ),
        ],
    )
    def test_what_is_wrong_is_named_with_its_line(self, text, problem):
        """Unknown outputs, bad cells and bad remedies are refused where they stand."""
        assert problem in refused(text)

    def test_a_hit_policy_that_is_none(self):
        """The hit policy is one of three."""
        text = refused(TRAINS, hit="any")

        assert text == "hit = 'any': must be one of first, unique, collect"


TOML = """
name = "late trains"

[[row]]
when = {severity = ["minor", "moderate"]}
give = {kind = "apology", what = "in a letter"}

[[row]]
when = {severity = "serious|critical", delay_minutes = "<60"}
give = {kind = "coupon", value = "10%", conditions = "next journey"}

[[row]]
when = {severity = "serious|critical", delay_minutes = "[60..120)"}
give = {kind = "refund", value = "25%"}

[[row]]
when = {severity = "serious|critical", delay_minutes = ">=120"}
give = {kind = "refund", value = "100 EUR"}
"""


class TestToml:
    def test_it_is_the_same_table(self):
        """A table says the same in TOML as in CSV."""
        table = Table.from_csv(TRAINS, name="late trains")

        assert Table.from_toml(TOML) == table
        assert hash(Table.from_toml(TOML)) == hash(table)

    def test_values_may_be_written_as_such(self):
        """Numbers and truth values need no quotes; inputs may be listed and marked."""
        text = """
        hit = "first"
        inputs = ["code:text", "member", "delay"]
        otherwise = {kind = "nothing"}
        row = [
          {when = {member = true, delay = 12.50, code = 7}, give = {kind = "apology"}},
          {when = {member = false, delay = ""}, give = {}},
        ]
        """
        table = Table.from_toml(text)

        assert [(c.name, c.reads.value) for c in table.inputs] == [
            ("code", "text"),
            ("member", "text"),
            ("delay", "number"),
        ]
        assert table.rows[0].cells == (
            Among("7"),
            Among("true"),
            Between("12.5", "12.5"),
        )
        assert table.rows[1] == Row([Anything(), Among("false"), Anything()])
        assert table.otherwise == Otherwise()

    @pytest.mark.parametrize(
        "text", ["row = ", "a = 1\na = 2", "x = " + "9" * 5000, "x = " + "[" * 9000]
    )
    def test_what_is_no_toml(self, text):
        """Text that is no TOML is refused as unreadable."""
        assert "the table is no TOML" in refused_toml(text, UnreadableError)

    @pytest.mark.parametrize(
        ("text", "problem"),
        [
            ("rows = 1", "the table: name = 'rows': is none of name, hit, inputs"),
            ("row = 1", "the table: row = 1: must be a list"),
            ("row = [1]", "row 1: row = 1: must be a table"),
            ("inputs = 1", "inputs: inputs = 1: must be a list"),
            ("inputs = [1]", "inputs: input = 1: must be text"),
            ("otherwise = 1", "otherwise: give = 1: must be a table"),
            ("[[row]]\nif = 1", "row 1 (line 1): name = 'if': is none of when, give"),
            ("[[row]]\nwhen = 1", "row 1 (line 1): when = 1: must be a table"),
            ("[[row]]\nwhen = {x = 1}", "row 1 (line 1): give = None: must be a table"),
            ("[[row]]\nwhen = {x = []}", "row 1 (line 1): x = []: must be text"),
            ("[[row]]\nwhen = {x = [1]}", "x = [1]: must be text"),
            ("[[row]]\nwhen = {x = inf}", "x = Decimal('Infinity'): must be text"),
            ("[[row]]\nwhen = {x = 1e99}", "x = Decimal('1E+99'): must be text"),
            (
                "inputs = ['y']\n[[row]]\nwhen = {x = 1}",
                "row 1 (line 2): name = 'x': is none of y",
            ),
            (
                "[[row]]\nwhen = {x = 1}\ngive = {percent = '5%'}",
                "row 1 (line 1): name = 'percent': is none of kind, value",
            ),
            ("[[row]]\nwhen = {x = 1}\ngive = {kind = 1}", "kind = 1: must be text"),
            (
                "otherwise = {kind = 'refund'}\n[[row]]\nwhen = {x = 1}\ngive = {}",
                "otherwise: value = nothing for refund",
            ),
            (
                "hit = 'any'\n[[row]]\nwhen = {x = '-'}\ngive = {}",
                "hit = 'any': must be one of",
            ),
            (
                "\n[[row]]\nwhen = {x = '>5'}\ngive = {}\n[[row]]\nwhen = {}\ngive = {}",
                "row 1 (line 2) and row 2 (line 5) both answer x above 5",
            ),
            (
                "name = 5\n[[row]]\nwhen = {x = '-'}\ngive = {}",
                "name = int: must be text",
            ),
        ],
    )
    def test_what_is_wrong_is_named_with_its_row(self, text, problem):
        """Unknown keys and values of the wrong kind are refused where they stand."""
        assert problem in refused_toml(text)


class TestPieces:
    def test_it_goes_through_data_and_pickle(self):
        """A table is a value."""
        table = Table.from_csv(TRAINS + "otherwise,,nothing\n")

        assert policy_from_data(table.to_data()) == table
        assert pickle.loads(pickle.dumps(table)) == table  # noqa: S301

    @pytest.mark.parametrize(
        ("make", "problem"),
        [
            (lambda: Table(["x"], []), "table = 'x': must be a Column"),
            (lambda: Table([], ["x"]), "table = 'x': must be a Row"),
            (lambda: Table([], [], otherwise=5), "otherwise = 5: must be Otherwise"),
            (lambda: Row(["x"]), "cell = 'x': must be Anything"),
            (lambda: Row([], 5), "gives = 5: must be a remedy"),
            (lambda: Among([]), "cell = no words"),
            (Between, "cell = no limit"),
            (lambda: Between(high=-5), "cell = -5: lies below zero"),
            (lambda: Between(high=0, with_high=False), "cell = <0: holds no number"),
            (lambda: Between(5, 5, with_low=False), "cell = (5..5]: holds no number"),
            (
                lambda: Column("x", "date"),
                "column = 'date': must be one of text, number",
            ),
            (
                lambda: Table([Column("x", "text")], [Row([])]),
                "row 1: cells = 0: must be one for each of the 1 inputs",
            ),
            (
                lambda: Table([Column("x", "text")], [Row([Between(5)])]),
                "row 1: x = '>=5': is no text",
            ),
            (
                lambda: Table([Column("x", "number")], [Row([Among("A")])]),
                "row 1: x = 'A': is no number",
            ),
        ],
    )
    def test_what_is_none_of_them(self, make, problem):
        """Pieces that do not fit are refused when they are made."""
        with pytest.raises(InvalidEventError) as caught:
            make()
        assert problem in str(caught.value)

    def test_zero_alone_is_a_number(self):
        """The interval up to zero, and zero itself, hold one number."""
        assert str(Between(high=0)) == "<=0"
        assert str(Between(0, 0)) == "0"


WORDS = st.sets(st.sampled_from(["A", "B", "C"]), min_size=1, max_size=2).map(sorted)
FAULTS = st.sets(st.sampled_from([*map(str, Fault), "unknown"]), min_size=1).map(sorted)
LIMITS = st.integers(0, 4)


@st.composite
def spans(draw):
    """Draw a cell of numbers that holds one at least."""
    low, high = sorted(draw(st.tuples(LIMITS, LIMITS)))
    if low == high:
        return Between(low, high)
    ends = draw(st.booleans()), draw(st.booleans())
    return draw(
        st.sampled_from(
            [
                Between(low, high, *ends),
                Between(low=low, with_low=ends[0]),
                Between(high=high, with_high=ends[1]),
            ]
        )
    )


NUMBERS = st.just(Anything()) | spans()
CELLS = {
    "fault": st.just(Anything()) | FAULTS.map(Among),
    "zone": st.just(Anything()) | WORDS.map(Among),
    "delay": NUMBERS,
    "age": NUMBERS,
}
POINTS = {
    "fault": [None, *Fault],
    "zone": [None, "A", "B", "C", "D"],
    "delay": [Decimal(n) / 2 for n in range(10)],
    "age": [Decimal(n) / 2 for n in range(10)],
}


@st.composite
def parts(draw):
    """Draw the inputs, the rows and an answer otherwise of a small table, sound or not."""
    names = draw(st.lists(st.sampled_from(sorted(CELLS)), unique=True, min_size=1))[:3]
    inputs = [
        Column(name, "number" if name in ("delay", "age") else "text") for name in names
    ]
    gives = st.sampled_from([None, flat(money(5, "EUR")), refund("10%"), apology()])
    row = st.builds(Row, st.tuples(*(CELLS[name] for name in names)), gives)
    rows = draw(st.lists(row, min_size=1, max_size=6))
    return inputs, rows, draw(st.none() | st.builds(Otherwise, gives))


def holds(cell, value):
    """Tell in the plainest way whether a cell holds."""
    if isinstance(cell, Anything):
        return True
    if isinstance(cell, Among):
        return (value or "unknown") in cell.words
    low, high = cell.low, cell.high
    above = low is None or value > low or (cell.with_low and value == low)
    return above and (
        high is None or value < high or (cell.with_high and value == high)
    )


def answering(inputs, rows):
    """Give for every sampled point the indices of the rows that hold there."""
    for point in product(*(POINTS[column.name] for column in inputs)):
        yield (
            point,
            [
                index
                for index, row in enumerate(rows)
                if all(map(holds, row.cells, point))
            ],
        )


def expected(inputs, rows, hit, otherwise):
    """Tell by brute force what is wrong with a table; nothing, if it is sound."""
    found = [rows for _, rows in answering(inputs, rows)]
    wrong = set()
    if otherwise is None and not all(found):
        wrong.add("no row answers")
    if hit == "unique" and any(len(each) > 1 for each in found):
        wrong.add("both answer")
    if hit == "first" and {each[0] for each in found if each} < set(range(len(rows))):
        wrong.add("can never be taken")
    return wrong


def situation_of(base, names, point):
    """Return a situation with these values, without walking a desk each time."""
    known = dict(zip(names, point, strict=True))
    complaint = _found(base.complaint, known.pop("fault", None))
    facts = {name: value for name, value in known.items() if value is not None}
    complaint.__dict__["facts"] = type(complaint.facts)(facts)
    return base.about(complaint)


def csv_of(table):
    """Write a table as CSV."""
    names = [f"{column.name}:{column.reads.value}" for column in table.inputs]
    names = [name.removesuffix(":text") if "fault" in name else name for name in names]
    lines = [[str(cell) for cell in row.cells] for row in table.rows]
    gives = [row.gives for row in table.rows]
    if table.otherwise is not None:
        lines.append(["otherwise"] + [""] * (len(names) - 1))
        gives.append(table.otherwise.gives)
    written = [
        ",".join([*line, *outputs(each)])
        for line, each in zip(lines, gives, strict=True)
    ]
    return "\n".join([",".join([*names, "kind", "value"]), *written])


def outputs(gives):
    """Write a remedy as kind and value."""
    if gives is None:
        return "nothing", ""
    if hasattr(gives, "value"):
        return gives.kind.value, f"{gives.value.amount} EUR"
    share = "" if gives.percent is None else f"{gives.percent}%"
    return gives.kind.value, share


def toml_of(table):
    """Write a table as TOML."""
    names = [column.name for column in table.inputs]
    marked = [f"{column.name}:{column.reads.value}" for column in table.inputs]

    def give(gives):
        kind, value = outputs(gives)
        return f'{{kind = "{kind}", value = "{value}"}}'

    lines = [f'hit = "{table.hit.value}"', f"inputs = {marked}"]
    if table.otherwise is not None:
        lines.append(f"otherwise = {give(table.otherwise.gives)}")
    for row in table.rows:
        asked = zip(names, row.cells, strict=True)
        when = ", ".join(f'{name} = "{cell}"' for name, cell in asked)
        lines += ["[[row]]", f"when = {{{when}}}", f"give = {give(row.gives)}"]
    return "\n".join(lines)


class TestLaws:
    @settings(max_examples=300)
    @given(parts(), st.sampled_from(["first", "unique", "collect"]))
    def test_checks_agree_with_brute_force(self, made, hit):
        """A table is refused if and only if a point of it shows what is wrong."""
        inputs, rows, otherwise = made
        wrong = expected(inputs, rows, hit, otherwise)
        if not wrong:
            Table(inputs, rows, hit, otherwise)
            return
        with pytest.raises(InvalidEventError, match="|".join(wrong)):
            Table(inputs, rows, hit, otherwise)

    @given(parts(), st.sampled_from(["first", "unique", "collect"]))
    def test_a_sound_table_answers_everything(self, made, hit):
        """Every point has the answer of the rows that hold there, and no error."""
        inputs, rows, otherwise = made
        if expected(inputs, rows, hit, otherwise):
            return
        table = Table(inputs, rows, hit, otherwise)
        names = [column.name for column in inputs]
        base = situation(amount=money(50, "EUR"))
        for point, found in answering(inputs, rows):
            offer = table(situation_of(base, names, point))
            taken = found[:1] if hit == "first" else found
            gives = [rows[index].gives for index in taken]
            gives = gives or [otherwise and otherwise.gives]
            kinds = [each.kind for each in gives if each is not None]
            assert [r.kind for r in (offer.remedies if offer else ())] == kinds

    @given(parts(), st.sampled_from(["first", "unique", "collect"]))
    def test_texts_and_data_give_the_table_back(self, made, hit):
        """CSV, TOML and data are three ways to write one table."""
        inputs, rows, otherwise = made
        otherwise = otherwise or Otherwise()
        if expected(inputs, rows, hit, otherwise):
            hit = "collect"
        table = Table(inputs, rows, hit, otherwise)

        assert Table.from_csv(csv_of(table), hit=hit) == table
        assert Table.from_toml(toml_of(table)) == table
        assert policy_from_data(table.to_data()) == table
