"""The package as a whole: its surface, what it imports, and what it leaves alone."""

import ast
import importlib
import subprocess
import sys
from pathlib import Path

import pytest

import complaint_lifecycle

SOURCE = Path(complaint_lifecycle.__file__).parent
EXTRAS = [
    "cryptography", "django", "duckdb", "greenlet", "holidays", "hypothesis", "jinja2",
    "narwhals", "numba", "numpy", "psycopg", "pytest", "rich", "typer",
]  # fmt: skip


def run(code: str) -> str:
    """Run code in a fresh interpreter and return what it prints."""
    done = subprocess.run(
        [sys.executable, "-c", code], check=True, capture_output=True, text=True
    )
    return done.stdout


def test_the_root_is_the_curated_list():
    """The public names change on purpose only."""
    assert sorted(complaint_lifecycle.__all__) == dir(complaint_lifecycle)
    assert set(complaint_lifecycle.__all__) == set(complaint_lifecycle._HOME_OF)
    assert len(complaint_lifecycle.__all__) <= 40


@pytest.mark.parametrize("name", complaint_lifecycle.__all__)
def test_every_name_of_the_root_is_there_and_documented(name: str):
    """It comes from the module that defines it, and says what it is."""
    home = importlib.import_module(
        f"complaint_lifecycle.{complaint_lifecycle._HOME_OF[name]}"
    )
    value = getattr(complaint_lifecycle, name)
    assert value is getattr(home, name)
    assert value.__doc__


def test_the_type_checkers_see_the_same_names():
    """What is imported for them is what is loaded on demand."""
    tree = ast.parse((SOURCE / "__init__.py").read_text())
    seen = {
        alias.name
        for node in ast.walk(tree)
        if isinstance(node, ast.ImportFrom) and node.module != "importlib"
        for alias in node.names
    }
    assert seen == set(complaint_lifecycle.__all__)


def test_an_unknown_name_is_an_attribute_error():
    """As in any module."""
    with pytest.raises(AttributeError, match="no attribute 'Ticket'"):
        complaint_lifecycle.Ticket  # noqa: B018


def test_importing_the_package_loads_nothing():
    """No submodule and no dependency before a name is touched."""
    loaded = run(
        "import sys; before = set(sys.modules); import complaint_lifecycle; "
        "print(sorted(set(sys.modules) - before))"
    )
    assert loaded.strip() == "['complaint_lifecycle']"


def test_a_name_has_the_same_meaning_in_whatever_order_modules_are_loaded():
    """No submodule hides a name of the root."""
    modules = {name.partition(".")[0] for name in map(str, SOURCE.glob("*.py"))}
    stems = {Path(name).stem for name in modules} | {
        path.name for path in SOURCE.iterdir() if path.is_dir()
    }
    assert not stems & set(complaint_lifecycle.__all__)


def test_the_base_works_with_no_extra_installed():
    """A complaint walks its way in an interpreter that has none of them."""
    code = f"""
import sys

class Absent:
    def find_spec(self, name, path=None, target=None):
        if name.partition(".")[0] in {EXTRAS!r}:
            raise ModuleNotFoundError(name, name=name)

sys.meta_path.insert(0, Absent())
import complaint_lifecycle as cl
for name in cl.__all__:
    getattr(cl, name)
with cl.SqlJournal(":memory:") as journal:
    desk = cl.Desk(journal=journal)
    c = desk.receive(cl.Received(customer="C", channel="email"), by="form")
    print(desk.record(c.id, cl.Thanked(), by="ana").state, desk.lifecycle.svg()[:4])
print(sorted(set(sys.modules) & set({EXTRAS!r})))
"""
    assert run(code) == "thanked <svg\n[]\n"


def test_without_its_extra_the_command_says_which_to_install():
    """One line and an exit code, no traceback."""
    code = """
import sys

class Absent:
    def find_spec(self, name, path=None, target=None):
        if name.partition(".")[0] in {"typer", "rich"}:
            raise ModuleNotFoundError(name, name=name)

sys.meta_path.insert(0, Absent())
from complaint_lifecycle.__main__ import main
sys.exit(main())
"""
    done = subprocess.run(
        [sys.executable, "-c", code], check=False, capture_output=True, text=True
    )
    assert done.returncode == 2
    assert "pip install 'complaint-lifecycle[cli]'" in done.stderr
    assert len(done.stderr.splitlines()) == 1


def test_the_package_reads_no_clock_or_chance_but_where_it_may():
    """Only the clock reads the time, and only the desk makes an id by default."""
    found = set()
    for path in SOURCE.rglob("*.py"):
        for node in ast.walk(ast.parse(path.read_text())):
            called = ast.unparse(node.func) if isinstance(node, ast.Call) else ""
            if called in {"datetime.now", "date.today", "time.time", "uuid4", "random"}:
                found.add((path.relative_to(SOURCE).as_posix(), called))
    assert found == {("clock.py", "datetime.now"), ("desk/settings.py", "uuid4")}


def test_nothing_is_pickled_or_evaluated():
    """Stored text never becomes code."""
    for path in SOURCE.rglob("*.py"):
        words = {
            node.id
            for node in ast.walk(ast.parse(path.read_text()))
            if isinstance(node, ast.Name)
        }
        assert not words & {"pickle", "eval", "exec", "marshal"}, path


def test_every_file_fits_on_a_few_screens():
    """No module is longer than 400 lines."""
    long = {
        path.name: len(path.read_text().splitlines())
        for path in SOURCE.rglob("*.py")
        if len(path.read_text().splitlines()) > 400
    }
    assert long == {}


def test_the_picture_of_the_readme_is_the_chart():
    """Whoever changes the chart draws the picture anew."""
    picture = SOURCE.parents[1] / "docs" / "_static" / "chart.svg"
    assert picture.read_text() == complaint_lifecycle.Lifecycle().svg()
