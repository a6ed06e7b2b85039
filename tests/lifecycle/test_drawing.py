"""The pictures of a chart: complete, well-formed and legible."""

import re
from itertools import combinations, pairwise
from typing import NamedTuple
from xml.etree import ElementTree as ET

import pytest
from attrs import evolve
from hypothesis import given
from hypothesis import strategies as st

from complaint_lifecycle.lifecycle import Condition, Lifecycle, Row, Table
from complaint_lifecycle.lifecycle.drawing import dot, mermaid, svg

HOSTILE = ('<&">', "a --> b; c: d", "back\\", "new\nline", "end", "\x00\x1b", "Ünï 図")
_SVG = "{http://www.w3.org/2000/svg}"


class Area(NamedTuple):
    """A rectangle of a picture."""

    left: float
    top: float
    right: float
    bottom: float

    def overlaps(self, other: "Area") -> bool:
        """Tell whether two rectangles have a point in common."""
        return (
            self.left < other.right
            and other.left < self.right
            and self.top < other.bottom
            and other.top < self.bottom
        )


def condition(name: str, *, expected: bool = True) -> Condition:
    """Make a condition that always holds."""
    return Condition(name, expected, "", lambda _complaint, _entry: True)


def table_of(*ways: str, final: str = "") -> Table:
    """Make a table from ways such as ``"open close closed"``; the first one starts."""
    rows = tuple(Row(*way.split()) for way in ways)
    states = tuple(dict.fromkeys(s for row in rows for s in (row.source, row.target)))
    return Table(states[0], states, frozenset(final.split()), rows)


def with_legal_review() -> Table:
    """Edit the default table: legal must sign off before anything is fixed."""
    table = Lifecycle().table
    kept = [r for r in table.rows if (r.source, r.trigger) != ("gathered", "fix")]
    added = (
        Row("gathered", "ask_legal", "legal_review"),
        Row("legal_review", "fix", "fixed", (condition("signed_off_by_counsel"),)),
        Row("legal_review", "wait", "legal_review"),
        Row("legal_review", "merge", "merged", (condition("promise_goes_along"),)),
        Row("legal_review", "send_back", "gathered"),
    )
    states = (*table.states, "legal_review")
    return evolve(table, states=states, rows=(*kept, *added))


def without_explaining() -> Table:
    """Edit the default table: a complaint needs no explanation."""
    return Lifecycle().edit().drop_step("explain").compile().table


SMALL = table_of(
    "open work in_progress",
    "in_progress close closed",
    "open close closed",
    "in_progress comment in_progress",
    final="closed",
)
SHOP = table_of(
    "new accept accepted",
    "accepted ship shipped",
    "new cancel cancelled",
    "accepted cancel cancelled",
    "shipped return_goods accepted",
    "cancelled audit audited",
    "audited audit_again audited",
    final="shipped audited",
)
LONELY = Table("only", ("only", "unreachable"), frozenset(), ())
TABLES = {
    "default": Lifecycle().table,
    "legal review": with_legal_review(),
    "no explanation": without_explaining(),
    "small": SMALL,
    "shop": SHOP,
    "lonely": LONELY,
    "tree": table_of(*(f"root go_{n} leaf_{n}" for n in range(9)), final="leaf_0"),
}
every_table = pytest.mark.parametrize("table", TABLES.values(), ids=TABLES)


@st.composite
def tables(draw: st.DrawFn, names: st.SearchStrategy[str]) -> Table:
    """Draw any small table, connected or not."""
    states = draw(st.lists(names, min_size=1, max_size=9, unique=True))
    state = st.sampled_from(states)
    conditions = st.lists(
        st.builds(condition, names, expected=st.booleans()), max_size=2
    ).map(tuple)
    row = st.builds(Row, state, names, state, conditions)
    rows = draw(st.lists(row, max_size=30))
    final = draw(st.frozensets(state))
    return Table(states[0], tuple(states), final, tuple(rows))


plain_names = st.sampled_from([f"{letter}_{n}" for letter in "mi" for n in range(6)])
any_names = st.text(max_size=12) | st.sampled_from(HOSTILE)


def root_of(table: Table) -> ET.Element:
    """Draw a table and parse what was drawn."""
    return ET.fromstring(svg(table))  # noqa: S314


def boxes_of(root: ET.Element) -> list[Area]:
    """Find the outer frames of the states."""
    frames = [g.find(f"{_SVG}rect") for g in root.iterfind(f"{_SVG}g[@class='state']")]
    return [area_of(frame) for frame in frames if frame is not None]


def area_of(rect: ET.Element) -> Area:
    """Return where a rectangle lies."""
    x, y, width, height = (
        float(rect.attrib[name]) for name in ("x", "y", "width", "height")
    )
    return Area(x, y, x + width, y + height)


def labels_of(root: ET.Element) -> list[Area]:
    """Estimate where the labels of the lines lie, with letters of usual width."""
    groups = [g for g in root.iterfind(f"{_SVG}g") if g.get("class") != "state"]
    texts = [text for g in groups for text in g.iterfind(f"{_SVG}text")]
    return [label_area(text) for text in texts]


def label_area(text: ET.Element) -> Area:
    """Estimate where a line of text lies."""
    x, y, size = (float(text.attrib[name]) for name in ("x", "y", "font-size"))
    width = 0.5 * size * len(text.text or "")
    left = x - width if text.get("text-anchor") == "end" else x
    return Area(left, y - 0.7 * size, left + width, y + 0.1 * size)


def lines_of(root: ET.Element) -> list[Area]:
    """Find the straight pieces of all lines, without arrow heads and loops."""
    paths = [path.attrib["d"] for path in root.iter(f"{_SVG}path")]
    found = [re.findall(r"([\d.]+) ([\d.]+)", d) for d in paths if not set("CZ") & {*d}]
    points = [[(float(x), float(y)) for x, y in path] for path in found]
    return [area_between(*ends) for path in points for ends in pairwise(path)]


def area_between(a: tuple[float, float], b: tuple[float, float]) -> Area:
    """Return the rectangle with two opposite corners."""
    return Area(min(a[0], b[0]), min(a[1], b[1]), max(a[0], b[0]), max(a[1], b[1]))


def struck_through(root: ET.Element) -> list[tuple[Area, Area]]:
    """Find labels that a line runs through."""
    lines = lines_of(root)
    return [(a, b) for a in labels_of(root) for b in lines if a.overlaps(b)]


def overlapping(areas: list[Area]) -> list[tuple[Area, Area]]:
    """Find the pairs that overlap."""
    return [(a, b) for a, b in combinations(areas, 2) if a.overlaps(b)]


def drawn_transitions(root: ET.Element) -> list[tuple[str, str, str]]:
    """Read the transitions off the titles of the lines: source, label, target."""
    titles = [title.text or "" for title in root.iterfind(f"{_SVG}g/{_SVG}title")]
    found = [
        re.fullmatch(r"(.+): (.+) to (.+)", line)
        for title in titles
        for line in title.splitlines()
    ]
    return [
        (source, match[1], match[3])
        for match in found
        if match is not None
        for source in match[2].split(", ")
    ]


def told(row: Row) -> str:
    """Write the label of a transition."""
    names = [c.name if c.expected else f"unless {c.name}" for c in row.conditions]
    return f"{row.trigger} [{', '.join(names)}]" if names else row.trigger


class TestSvg:
    """The image."""

    @every_table
    def test_names_every_state_and_trigger(self, table: Table) -> None:
        """Every state and trigger can be read in the picture."""
        texts = {text.text for text in root_of(table).iter(f"{_SVG}text")}
        assert texts >= {*table.states, *(row.trigger for row in table.rows)}

    @every_table
    def test_tells_every_transition_once(self, table: Table) -> None:
        """Every transition is drawn as part of exactly one line."""
        drawn = drawn_transitions(root_of(table))
        expected = [(row.source, told(row), row.target) for row in table.rows]
        assert sorted(drawn) == sorted(expected)

    @every_table
    def test_is_legible(self, table: Table) -> None:
        """Nothing covers a box or a label, and all lie within the picture."""
        root = root_of(table)
        areas = boxes_of(root) + labels_of(root)
        assert len(boxes_of(root)) == len(table.states)
        assert overlapping(areas) == []
        assert struck_through(root) == []
        width, height = float(root.attrib["width"]), float(root.attrib["height"])
        assert all(a.left > 0 and a.right < width for a in areas)
        assert all(a.top > 0 and a.bottom < height for a in areas)

    @every_table
    def test_is_stable(self, table: Table) -> None:
        """The same table gives the same bytes."""
        assert svg(table) == svg(evolve(table))

    def test_is_accessible(self) -> None:
        """A reader that sees no image learns what it shows."""
        root = root_of(SMALL)
        summary = "Lifecycle from open to closed: 3 states, 4 transitions"
        assert root.get("role") == "img"
        assert root.get("aria-label") == summary
        assert root.findtext(f"{_SVG}title") == summary
        assert "to no end" in svg(LONELY)

    def test_needs_nothing_from_elsewhere(self) -> None:
        """A page may hold several pictures: no style, identifier or reference."""
        drawn = svg(Lifecycle().table)
        assert not re.search(r"<style|\bid=|href|url\(|<script", drawn)

    def test_main_way_is_straight(self) -> None:
        """The main way is one column, from the start to the end, in order."""
        root = root_of(with_legal_review())
        names = [
            group.findtext(f"{_SVG}text")
            for group in root.iterfind(f"{_SVG}g[@class='state']")
        ]
        boxes = boxes_of(root)
        spine = [
            n for n, b in zip(names, boxes, strict=True) if b.left == boxes[0].left
        ]
        expected = with_legal_review().states[:10]
        assert spine == [*expected[:7], "legal_review", *expected[7:], "archived"]
        tops = [box.top for box in boxes[: len(spine)]]
        assert tops == sorted(tops)

    def test_marks_final_states(self) -> None:
        """A final state has a double frame."""
        frames = [
            len(group.findall(f"{_SVG}rect"))
            for group in root_of(SMALL).iterfind(f"{_SVG}g[@class='state']")
        ]
        assert frames == [1, 1, 2]

    def test_many_sources_share_a_line(self) -> None:
        """What leads from many states to one is a single line with a dot for each."""
        root = root_of(Lifecycle().table)
        lines = [t.text or "" for t in root.iterfind(f"{_SVG}g/{_SVG}title")]
        merging = [line for line in lines if line.startswith("merge ")]
        assert len(merging) == 1
        sources = merging[0].partition("]: ")[2]
        assert sources.count(", ") == 10

    @pytest.mark.parametrize("name", HOSTILE)
    def test_escapes_names(self, name: str) -> None:
        """A name may hold anything, and the image is still XML."""
        table = Table(
            name,
            (name, "b"),
            frozenset({name}),
            (Row("b", name, name), Row(name, name, name)),
        )
        texts = [text.text for text in root_of(table).iter(f"{_SVG}text")]
        assert len(texts) == 4
        if name.isprintable():
            assert texts.count(name) == 3

    @given(tables(plain_names))
    def test_any_table_is_legible(self, table: Table) -> None:
        """Whatever the chart, all is drawn, and nothing covers anything."""
        root = root_of(table)
        rows = {(row.source, told(row), row.target) for row in table.rows}
        assert sorted(drawn_transitions(root)) == sorted(rows)
        assert len(boxes_of(root)) == len(table.states)
        assert overlapping(boxes_of(root) + labels_of(root)) == []
        assert struck_through(root) == []

    @given(tables(any_names))
    def test_any_name_is_drawn(self, table: Table) -> None:
        """Whatever the names, the image is XML and no boxes overlap."""
        boxes = boxes_of(root_of(table))
        assert len(boxes) == len(table.states)
        assert overlapping(boxes) == []


class TestMermaid:
    """The Mermaid state diagram."""

    def test_has_every_transition(self) -> None:
        """Each transition is a line with its trigger and its conditions."""
        table = Lifecycle().table
        lines = [line.strip() for line in mermaid(table).splitlines()]
        assert lines[0] == "stateDiagram-v2"
        for row in table.rows:
            assert f"{row.source} --> {row.target} : {told(row)}" in lines

    def test_shows_conditions(self) -> None:
        """Conditions stand in brackets, negated ones with *unless*."""
        drawn = mermaid(Lifecycle().table)
        assert ": promise [due_is_ahead, not_by_the_accused]\n" in drawn
        assert ": reopen [unless has_thanked_and_explained]\n" in drawn

    def test_marks_start_and_end(self) -> None:
        """The start and the final states have their markers."""
        drawn = mermaid(SHOP)
        assert "[*] --> new\n" in drawn
        assert re.findall(r"(\w+) --> \[\*\]", drawn) == ["shipped", "audited"]

    def test_names_what_it_cannot_write(self) -> None:
        """A name that Mermaid would misread gets an identifier and a description."""
        states = ("s1", 'a "b"', "end", "s")
        rows = (Row("s1", "x:y; #", 'a "b"'), Row('a "b"', "stop", "end"))
        assert mermaid(Table("s1", states, frozenset({"end"}), rows)) == (
            "stateDiagram-v2\n"
            "    s1\n"
            '    state "a #34;b#34;" as s_1\n'
            '    state "end" as s_2\n'
            "    s\n"
            "    [*] --> s1\n"
            "    s1 --> s_1 : x#58;y#59; #35;\n"
            "    s_1 --> s_2 : stop\n"
            "    s_2 --> [*]\n"
        )

    @given(tables(any_names))
    def test_each_statement_is_a_line(self, table: Table) -> None:
        """Whatever the names, none of them breaks out of its line."""
        lines = mermaid(table).splitlines()
        ends = len(table.final)
        assert len(lines) == 2 + len(table.states) + len(table.rows) + ends


class TestDot:
    """The graph in the DOT language."""

    def test_has_every_transition(self) -> None:
        """Each transition is an edge with its trigger and its conditions."""
        table = Lifecycle().table
        lines = [line.strip() for line in dot(table).splitlines()]
        for row in table.rows:
            edge = f'"{row.source}" -> "{row.target}" [label="{told(row)}"];'
            assert edge in lines

    def test_marks_start_and_end(self) -> None:
        """A point leads to the start, and final states have a double frame."""
        drawn = dot(SHOP)
        assert '"start" -> "new";' in drawn
        assert re.findall(r'"(\w+)" \[peripheries=2\]', drawn) == ["shipped", "audited"]

    def test_keeps_the_marker_apart(self) -> None:
        """A state may be called like the marker of the start."""
        drawn = dot(table_of("start go end"))
        assert '"start_" -> "start";' in drawn

    @given(tables(any_names))
    def test_every_name_is_quoted(self, table: Table) -> None:
        """Whatever the names, the text follows the grammar of DOT."""
        quoted = r'"(?:[^"\\]|\\.)*"'
        value = rf"(?:{quoted}|[\w.]+)"
        attributes = rf"\[\w+={value}(?:, \w+={value})*\]"
        statement = rf"    (?:{quoted}(?: -> {quoted})?|node|edge)(?: {attributes})?;\n"
        graph = rf"digraph lifecycle {{\n(?:{statement})+}}\n"
        assert re.fullmatch(graph, dot(table), re.DOTALL)
