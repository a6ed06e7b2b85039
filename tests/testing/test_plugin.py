"""The pytest plugin: fixtures, coverage, and how little it costs."""

import subprocess
import sys
from collections.abc import Callable
from importlib.metadata import entry_points
from pathlib import Path
from textwrap import dedent

import pytest
from walks import MONDAY

from complaint_lifecycle import Desk, JumpClock
from complaint_lifecycle.inbox import Letter

pytest_plugins = ["pytester"]

GOLDEN = Path(__file__).parents[1] / "golden" / "complaint-coverage.txt"
HEAVY = ("attrs", "attr", "cattrs", "statemachine", "moneyed", "hypothesis")
SUITE = """
    from complaint_lifecycle import Received, Thanked, money
    from complaint_lifecycle.compensation import coupon, first_of, refund, severity, when
    from complaint_lifecycle.sla import Calendar, Sla, Target
    from complaint_lifecycle.sla.durations import open_hours
    from complaint_lifecycle import Desk

    received = Received(customer="C-1", channel="email", amount=money(9, "EUR"))
    office = Desk(
        sla=Sla(
            calendar=Calendar.always(),
            targets=[Target("thanks", until="thank", within=open_hours(4), warn=[0.5])],
        ),
        compensation=first_of(when(severity("critical"), refund("100%")), coupon("5%")),
    )

    def an_office():
        return office

    def test_thanks():
        complaint = office.receive(received, Thanked(), by="ana")
        assert office.propose(complaint.id) is not None
"""
FIXTURES = """
    from datetime import timedelta
    from complaint_lifecycle import Received

    def test_desk(desk, jump_clock):
        complaint = desk.receive(
            Received(customer="C-1", channel="email"), by="form"
        )
        assert complaint.id == "c-1"
        assert desk.history("c-1")[0].at == jump_clock.now
        assert desk.clock is jump_clock

    def test_inbox(inbox, desk):
        assert len(inbox) == 66
        assert desk.receive(inbox[0].received(), by="form").id == "c-1"
"""
OWN = """
    import pytest

    @pytest.fixture
    def desk():
        return "my own"

    def test_desk(desk):
        assert desk == "my own"
"""


@pytest.fixture
def suite(pytester: pytest.Pytester) -> pytest.Pytester:
    """Make a suite of a host with one test."""
    pytester.makepyfile(test_office=SUITE)
    pytester.syspathinsert()
    return pytester


def run(pytester: pytest.Pytester, *options: str) -> pytest.RunResult:
    """Run the suite in a process of its own, without what is installed beside us."""
    blocked = ("benchmark", "hypothesispytest", "sybil")
    return pytester.runpytest_subprocess(
        *options, *(f"-pno:{name}" for name in blocked), "-pno:cacheprovider"
    )


def test_the_plugin_is_an_entry_point():
    """Installing the library is all that a host does."""
    [found] = entry_points(group="pytest11", name="complaint_lifecycle")
    assert found.value == "complaint_lifecycle.testing.plugin"


def test_fixtures_are_there_when_asked_for(pytester: pytest.Pytester):
    """A desk whose clock jumps, and the letters that come with the library."""
    pytester.makepyfile(FIXTURES)
    run(pytester).assert_outcomes(passed=2)


def test_fixtures_of_the_host_win(pytester: pytest.Pytester):
    """A fixture of the same name in the suite is the one that is used."""
    pytester.makepyfile(OWN)
    run(pytester).assert_outcomes(passed=1)


def test_the_fixtures_here_are_those_of_the_plugin(
    desk: Desk, jump_clock: JumpClock, inbox: tuple[Letter, ...]
):
    """This suite itself can ask for them."""
    assert desk.clock() == jump_clock.now == MONDAY
    assert {type(letter) for letter in inbox} == {Letter}


def test_without_an_option_nothing_is_measured(suite: pytest.Pytester):
    """And nothing is said."""
    result = run(suite)
    result.assert_outcomes(passed=1)
    assert "coverage of the complaint workflow" not in result.stdout.str()


def test_the_report_is_as_it_always_was(suite: pytest.Pytester):
    """It names all that no test has exercised."""
    result = run(
        suite, "--complaint-coverage", "--complaint-coverage-of=test_office:office"
    )
    assert result.ret == 0
    lines = result.outlines
    start = next(n for n, line in enumerate(lines) if "complaint workflow" in line)
    end = next(n for n, line in enumerate(lines) if " passed" in line)
    assert "\n".join(lines[start + 1 : end]) + "\n" == GOLDEN.read_text("utf-8")


def test_whatever_is_used_is_measured_by_default(suite: pytest.Pytester):
    """The chart, the SLA and the policy that a test used."""
    result = run(suite, "--complaint-coverage")
    result.stdout.fnmatch_lines(["lifecycle 1", "policy 1"])
    result.stdout.fnmatch_lines(["sla 1"])


@pytest.mark.parametrize(("least", "code"), [("5", 0), ("95.5", 1)])
def test_too_little_coverage_fails_the_session(
    suite: pytest.Pytester, least: str, code: int
):
    """The option alone is enough to measure; the last line says what was required."""
    result = run(suite, f"--complaint-coverage-fail-under={least}")
    result.assert_outcomes(passed=1)
    assert result.ret == code
    told = f"FAIL: {least} % are required, * % were exercised"
    if code:
        result.stdout.fnmatch_lines([told])
    else:
        result.stdout.no_fnmatch_line(told)


def test_a_session_that_fails_anyway_fails_as_it_would(pytester: pytest.Pytester):
    """No tests at all is another answer than too little."""
    result = run(pytester, "--complaint-coverage-fail-under=5")
    assert result.ret == pytest.ExitCode.NO_TESTS_COLLECTED
    result.stdout.fnmatch_lines(["0 of 0 exercised (0.0 %)"])


def test_each_chart_is_drawn_to_a_file_of_its_own(suite: pytest.Pytester):
    """The second one gets a number."""
    suite.makepyfile(
        test_other="""
        from complaint_lifecycle import Desk, Lifecycle, Received

        def test_short():
            short = Lifecycle().edit().drop_step("explain").compile()
            Desk(lifecycle=short).receive(
                Received(customer="C-1", channel="email"), by="form"
            )
        """
    )
    run(suite, "--complaint-coverage-svg=chart.svg").assert_outcomes(passed=2)
    for name in ("chart.svg", "chart-2.svg"):
        assert (suite.path / name).read_text("utf-8").startswith("<svg")


def test_what_no_test_can_reach_is_said_in_the_settings(suite: pytest.Pytester):
    """By the names of the report, one a line."""
    suite.makeini(
        """
        [pytest]
        complaint_coverage_without =
            verified --reopen--> received
            received --thank--> thanked
        """
    )
    result = run(suite, "--complaint-coverage")
    result.stdout.no_fnmatch_line("*verified --reopen--> received")


def test_a_function_may_make_what_is_measured(suite: pytest.Pytester):
    """Such as the factory of a desk."""
    result = run(suite, "--complaint-coverage-of=test_office:an_office")
    result.stdout.fnmatch_lines(["*transitions  2 of 47"])


@pytest.mark.parametrize(
    ("option", "problem"),
    [
        ("--complaint-coverage-of=nowhere:desk", "No module named 'nowhere'"),
        ("--complaint-coverage-of=test_office:shop", "has no attribute 'shop'"),
        ("--complaint-coverage-of=test_office", "say MODULE:NAME"),
        ("--complaint-coverage-of=test_office:received", "cannot be measured"),
    ],
)
def test_what_cannot_be_measured_is_told_before_any_test(
    suite: pytest.Pytester, option: str, problem: str
):
    """An error of usage names the option and the way out."""
    result = run(suite, option)
    assert result.ret == pytest.ExitCode.USAGE_ERROR
    result.stderr.fnmatch_lines([f"*{problem}*"])


def test_several_processes_are_refused(suite: pytest.Pytester):
    """What others exercised would be missing."""
    result = run(suite, "--numprocesses=2", "--complaint-coverage")
    assert result.ret == pytest.ExitCode.USAGE_ERROR
    result.stderr.fnmatch_lines(["*leave out -n*"])


def test_a_suite_made_of_paths_reaches_its_threshold(suite: pytest.Pytester):
    """The paths of the library, in the suite of a host."""
    suite.makepyfile(
        test_paths="""
        import pytest
        from complaint_lifecycle import Lifecycle
        from complaint_lifecycle.testing import generate_paths

        @pytest.mark.parametrize("path", generate_paths(Lifecycle()), ids=str)
        def test_path(desk, path):
            assert path.record(desk).state == path.state
        """
    )
    result = run(suite, "--complaint-coverage")
    result.stdout.fnmatch_lines(["  transitions  46 of 47"])


PROBE = dedent(
    """
    import sys
    from importlib.metadata import entry_points
    from time import perf_counter

    found = [
        each
        for group in ("pytest11", "hypothesis")
        for each in entry_points(group=group)
        if each.value.startswith("complaint_lifecycle")
    ]
    import pytest

    before, start = set(sys.modules), perf_counter()
    loaded = [each.load() for each in found]
    for each, hook in zip(found, loaded):
        if each.group == "hypothesis" and callable(hook):
            hook()
    spent = perf_counter() - start
    print(len(found), round(spent * 1000, 3), *sorted(set(sys.modules) - before))
    """
)


def test_installed_and_not_used_it_costs_next_to_nothing(
    record_property: Callable[[str, object], None],
):
    """Neither the plugin nor the strategies load what is heavy; the time is reported."""
    done = subprocess.run(
        [sys.executable, "-c", PROBE], capture_output=True, text=True, check=True
    )
    count, spent, *modules = done.stdout.split()
    assert int(count) >= 1
    assert not {name.partition(".")[0] for name in modules} & set(HEAVY)
    ours = {name for name in modules if name.startswith("complaint_lifecycle")}
    assert "complaint_lifecycle.testing.plugin" in ours
    assert len(ours) <= 4, ours
    record_property("milliseconds to load the plugin and the entry point", spent)
