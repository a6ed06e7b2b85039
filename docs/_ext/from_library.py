"""Renders what the library itself knows: transitions, facts, names and commands.

What stands here cannot go stale, and what the reference forgets is a warning.
"""

import re
from collections.abc import Callable, Iterable, Iterator
from enum import Enum
from importlib import import_module
from inspect import cleandoc
from typing import Any

import attrs
import typer
from docutils import nodes
from sphinx.application import Sphinx
from sphinx.environment import BuildEnvironment
from sphinx.pycode import ModuleAnalyzer
from sphinx.util import logging
from sphinx.util.docutils import SphinxDirective

import complaint_lifecycle
from complaint_lifecycle import Event, Lifecycle
from complaint_lifecycle.cli import app
from complaint_lifecycle.compensation import schemes
from complaint_lifecycle.compensation.schemes import Band, Need, Scheme, Version
from complaint_lifecycle.events import EVENTS, fields
from complaint_lifecycle.lifecycle import Row
from complaint_lifecycle.sla import regimes
from complaint_lifecycle.sla.regimes import Milestone, Regime

logger = logging.getLogger(__name__)

PUBLIC_MODULES = (
    "access", "amounts", "asynchronous", "clock", "codec", "compensation", "complaint", "customers", "desk",
    "errors", "events", "inbox", "journal", "lifecycle", "relay", "sql", "testing", "transfer",
)  # fmt: skip
# Shared between modules of the library; nothing that a host calls.
INTERNAL = frozenset(
    {
        "EXPIRED", "FORGOTTEN_DIGEST", "SHA256_DIGITS", "amount_or_none", "amount_text", "broken_rule", "canonical_list", "copy_of",
        "currency_of", "customer_of", "expires_at", "expiries", "fold", "in_utc",
        "offer_rows",
    }
)  # fmt: skip

FIELD_KINDS = (
    "Ref", "MaybeRef", "Words", "Note", "Personal", "Instant", "Day", "Flag",
    "MaybeFlag", "Count", "Amount", "Given", "FactsField", "Refs",
)  # fmt: skip


def table(head: Iterable[str], rows: Iterable[Iterable[str]]) -> str:
    """Write a Markdown table."""
    head = list(head)
    lines = [head, ["---"] * len(head), *map(list, rows)]
    return "\n".join(f"| {' | '.join(line)} |" for line in lines)


def first_sentence(thing: object) -> str:
    """Return the first paragraph of a docstring, fit for the cell of a table."""
    paragraph = cleandoc(thing.__doc__ or "").split("\n\n")[0]
    return " ".join(paragraph.split()).replace("``", "`").replace("|", "\\|")


def states(names: Iterable[str]) -> str:
    """Write states as code."""
    return ", ".join(f"`{name}`" for name in names)


def conditions(row: Row) -> str:
    """Write the conditions of a transition."""
    return ", ".join(
        f"{'' if c.expected else 'unless '}`{c.name}`" for c in row.conditions
    )


def transitions() -> str:
    """Write the transitions of the eight steps, alike ones in one row."""
    lifecycle = Lifecycle()
    carriers = {e.trigger: e for e in lifecycle.events if e.trigger is not None}
    united: dict[tuple[str, str, str], list[str]] = {}
    for row in lifecycle.table.rows:
        stays = row.source == row.target
        target = "(unchanged)" if stays else f"`{row.target}`"
        united.setdefault((row.trigger, target, conditions(row)), []).append(row.source)
    return table(
        ("trigger", "fact", "from", "to", "when"),
        (
            (f"`{trigger}`", link(carriers[trigger]), states(sources), target, when)
            for (trigger, target, when), sources in united.items()
        ),
    )


def link(fact: type[Event]) -> str:
    """Write a link to a fact."""
    return f"{{py:class}}`~complaint_lifecycle.events.{fact.kind}`"


def facts() -> str:
    """Write every fact with its trigger, its personal fields and its sentence."""
    return table(
        ("fact", "trigger", "personal fields", "it says"),
        (
            (
                link(fact),
                f"`{fact.trigger}`" if fact.trigger else "",
                states(sorted(fact.personal)),
                first_sentence(fact),
            )
            for fact in EVENTS
        ),
    )


def root_names() -> str:
    """Write every name of the package root with its home and its sentence."""
    rows = []
    for name in complaint_lifecycle.__all__:
        value = getattr(complaint_lifecycle, name)
        home = complaint_lifecycle._HOME_OF[name]
        role = "class" if isinstance(value, type) else "func"
        target = f"{{py:{role}}}`~complaint_lifecycle.{home}.{name}`"
        rows.append((target, f"`{home}`", first_sentence(value)))
    return table(("name", "module", "it is"), rows)


def field_kinds() -> str:
    """Describe the types that annotate the fields of facts."""
    analysed = ModuleAnalyzer.for_module(fields.__name__).find_attr_docs()
    lines = [f".. py:module:: {fields.__name__}", ""]
    for name in FIELD_KINDS:
        said = " ".join(analysed["", name]).strip()
        lines += [f".. py:data:: {name}", "", f"   {said}", ""]
    return "\n".join(["```{eval-rst}", *lines, "```"])


def commands() -> str:
    """Describe every command with its arguments and options, as its help does."""
    group: Any = typer.main.get_command(app)
    parts = []
    for name, command in group.commands.items():
        rows = [
            (written(p), escaped(p.help or ""), default_of(p)) for p in command.params
        ]
        says = cleandoc(command.help or "")
        parts += [f"## {name}", says, table(("argument", "it says", "default"), rows)]
    return "\n\n".join(parts)


def written(parameter: Any) -> str:
    """Write an argument or option as it is typed."""
    if parameter.param_type_name == "argument":
        return f"`{parameter.metavar or parameter.name}`"
    metavar = f" {parameter.metavar}" if parameter.metavar else ""
    if isinstance(parameter.default, Enum):
        metavar = f" {'|'.join(type(parameter.default))}"
    names = [*parameter.opts, *parameter.secondary_opts]
    return ", ".join(f"`{name}{metavar}`" for name in names).replace("|", "\\|")


def default_of(parameter: Any) -> str:
    """Write what holds if nothing is said."""
    if parameter.required:
        return "required"
    shown = getattr(parameter, "show_default", None)
    if isinstance(shown, str):
        return shown
    default = parameter.default
    value = getattr(default, "value", default)
    plain = "" if value in (None, False, "") else f"`{value}`"
    return f"{plain}, or `${parameter.envvar}`" if parameter.envvar else plain


def escaped(text: str) -> str:
    """Write text that is no Markdown, as a cell of a table."""
    return re.sub(r"([|*_`<\[\]])", r"\\\1", text)


def all_regimes() -> str:
    """Write every published regime: what it rests on, and its limits."""
    return "\n\n".join(part for regime in regimes.list() for part in of_regime(regime))


def of_regime(regime: Regime) -> Iterator[str]:
    """Write one regime."""
    yield f"### {regime.id}"
    yield f"{regime.jurisdiction}, {escaped(regime.sector)}: {escaped(regime.citation)}."
    first = regime.valid_from or "unknown"
    last = f" to {regime.valid_to}" if regime.valid_to else ""
    yield (
        f"Valid from {first}{last}; verified: {regime.verified}; "
        f"counted by `{regime.counting.id}`."
    )
    head = ("milestone", "limit", "from", "met by", "still needed")
    yield table(head, map(of_milestone, regime.milestones))
    yield "\n".join(f"- {escaped(note)}" for note in regime.notes)


def of_milestone(m: Milestone) -> tuple[str, ...]:
    """Write one milestone as a row."""
    applies = f" ({escaped(m.condition)})" if m.condition else ""
    limit = str(m.limit) if m.limit else escaped(m.no_limit or "")
    started = f"`{m.since}`" if m.since else escaped(m.counted_from)
    met = f"`{m.until}`" if m.until else ""
    return f"`{m.name}`{applies}", limit, started, met, escaped("; ".join(m.needs))


def profiles() -> str:
    """Write every counting profile."""
    known = {r.counting.id: r.counting for r in regimes.list()}
    rows = [
        (
            f"`{name}`",
            escaped(known[name].rule),
            "yes" if known[name].verified else "no",
        )
        for name in sorted(known)
    ]
    return table(("profile", "rule", "verified"), rows)


def all_schemes() -> str:
    """Write every compensation scheme: what it rests on, and the facts it needs."""
    return "\n\n".join(part for scheme in schemes.list() for part in of_scheme(scheme))


def of_scheme(scheme: Scheme) -> Iterator[str]:
    """Write one scheme."""
    yield f"### {scheme.id}"
    currency = f", in {scheme.currency}" if scheme.currency else ""
    paid = f"{escaped(scheme.jurisdiction)}; per {scheme.per}{currency}"
    yield f"{escaped(scheme.title)}: {paid}. {escaped(scheme.citation)}."
    yield "\n".join(map(of_version, scheme.versions))
    if scheme.needs:
        yield table(("fact", "it means", "default"), map(of_need, scheme.needs))
    if scheme.bands:
        head = ("from", "to", "for", "verified")
        yield table(head, map(of_band, scheme.bands))
    yield "\n".join(f"- {escaped(note)}" for note in scheme.notes)


def of_version(version: Version) -> str:
    """Write one version as an item of a list."""
    doubt = f" ({version.doubt})" if version.doubt else ""
    return f"- Valid {version.validity}; verified: {version.verified}{doubt}."


def of_need(need: Need) -> tuple[str, ...]:
    """Write one fact as a row."""
    default = "" if need.default is None else f"`{need.default}`"
    return f"`{need.name}`", escaped(need.described), default


def of_band(band: Band) -> tuple[str, ...]:
    """Write one band of a guide as a row."""
    ends = ("" if end is None else str(end) for end in (band.at_least, band.at_most))
    return *ends, escaped(band.label), "yes" if band.verified else "no"


class Rendered(SphinxDirective):
    """A directive that stands for Markdown which the library dictates."""

    write: Callable[[], str]

    def run(self) -> list[nodes.Node]:
        """Parse it as if it stood on the page."""
        return self.parse_text_to_nodes(type(self).write(), allow_section_headings=True)


def directive(write: Callable[[], str]) -> type[Rendered]:
    """Make the directive that stands for what a function writes."""
    return type(write.__name__, (Rendered,), {"write": staticmethod(write)})


def describe_fact(  # noqa: PLR0917 - what Sphinx passes
    app: Sphinx, what: str, name: str, obj: object, options: Any, lines: list[str]
) -> None:
    """Say of each field of a fact what it may hold, and of the fact what it moves."""
    if not (isinstance(obj, type) and issubclass(obj, Event)) or obj is Event:
        return
    made: Any = obj
    holds = {a.name: kind_of(a.type) for a in attrs.fields(made)}
    for place, line in enumerate(lines):
        name, colon, meaning = line.strip().partition(": ")
        if line == "Attributes:":
            lines[place] = "Args:"
        elif colon and name in holds:
            lines[place] = f"    {name} ({holds[name]}): {meaning}"
    if obj.trigger:
        lines[lines.index("") : lines.index("")] = [
            "",
            f"Takes the transition ``{obj.trigger}``.",
        ]


def kind_of(annotation: Any) -> str:
    """Name what a field may hold, with a link to its rule."""
    for name in FIELD_KINDS:
        if annotation == getattr(fields, name):
            return f":py:data:`~complaint_lifecycle.events.fields.{name}`"
    choices = getattr(annotation, "__args__", (annotation,))
    return " or ".join(
        "``None``" if choice is type(None) else _choice(choice) for choice in choices
    )


def _choice(choice: Any) -> str:
    if isinstance(choice, type):
        return f":py:class:`~complaint_lifecycle.events.{choice.__name__}`"
    return kind_of(choice)


def tidy_signature(  # noqa: PLR0917 - what Sphinx passes
    app: Sphinx,
    what: str,
    name: str,
    obj: object,
    options: Any,
    signature: str | None,
    returns: str | None,
) -> tuple[str | None, str | None]:
    """Write defaults so that they can be read, made ones as an ellipsis."""
    if signature is None:
        return None, returns
    if name in _NOT_CALLED:
        return "", returns
    for pattern, plain in _DEFAULTS:
        signature = re.sub(pattern, plain, signature)
    return signature, returns


# Only the library makes complaints, and protocols are made by nobody.
_NOT_CALLED = frozenset(
    f"complaint_lifecycle.{name}"
    for name in ("complaint.Complaint", "desk.Listener", "journal.Journal")
)
_DEFAULTS = (
    (r"NOTHING|<function _[^>]*>", "..."),
    (r"<function (\w+)[^>]*>", r"\1"),
    (r"<(\w+\.\w+): [^>]*>", r"\1"),
)


def skip_fields_of_tuples(  # noqa: PLR0917 - what Sphinx passes
    app: Sphinx, what: str, name: str, obj: object, skip: bool, options: Any
) -> bool | None:
    """Leave out the fields of named tuples: their docstrings describe them."""
    return True if type(obj).__name__ == "_tuplegetter" else None


def warn_of_gaps(app: Sphinx, env: BuildEnvironment) -> None:
    """Warn of every public name that no page describes."""
    described = env.get_domain("py").data["objects"]
    for name in public_names():
        if name not in described:
            logger.warning("no page describes %s", name)


def public_names() -> Iterator[str]:
    """Return the names that hosts may use, by their public home."""
    package = complaint_lifecycle.__name__
    for name in complaint_lifecycle.__all__:
        yield f"{package}.{complaint_lifecycle._HOME_OF[name]}.{name}"
    for home in PUBLIC_MODULES:
        module = import_module(f"{package}.{home}")
        own = (n for n, v in vars(module).items() if is_public(n, v, module.__name__))
        for name in getattr(module, "__all__", own):
            if name not in INTERNAL:
                yield f"{module.__name__}.{name}"


def is_public(name: str, value: object, module: str) -> bool:
    """Tell whether a module without ``__all__`` means a name for its users."""
    return not name.startswith("_") and getattr(value, "__module__", None) == module


def setup(sphinx: Sphinx) -> dict[str, bool]:
    """Connect all this to Sphinx."""
    sphinx.add_directive("commands", directive(commands))
    sphinx.add_directive("transitions", directive(transitions))
    sphinx.add_directive("facts", directive(facts))
    sphinx.add_directive("field-kinds", directive(field_kinds))
    sphinx.add_directive("root-names", directive(root_names))
    sphinx.add_directive("regimes", directive(all_regimes))
    sphinx.add_directive("counting-profiles", directive(profiles))
    sphinx.add_directive("schemes", directive(all_schemes))
    # Before napoleon, which reads the sections of docstrings at the default 500.
    sphinx.connect("autodoc-process-docstring", describe_fact, priority=400)
    sphinx.connect("autodoc-skip-member", skip_fields_of_tuples)
    sphinx.connect("autodoc-process-signature", tidy_signature)
    sphinx.connect("env-check-consistency", warn_of_gaps)
    return {"parallel_read_safe": True}
