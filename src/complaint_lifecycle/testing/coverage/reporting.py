"""Reporting: what was exercised, in words."""

from collections.abc import Iterable, Iterator, Sequence

from attrs import define, field

from complaint_lifecycle.compensation.blocks import Block
from complaint_lifecycle.lifecycle import Table
from complaint_lifecycle.sla.targets import Sla
from complaint_lifecycle.testing.coverage.elements import Element, Section

Subject = Table | Sla | Block
"""What is measured: a compiled chart, an SLA or a policy of ours."""


@define(eq=False)
class Measured:
    """What was exercised of one chart, SLA or policy.

    Attributes:
        title: What it is called in reports.

        subject: The chart as a table, the SLA or the policy.

        hits: How often each thing was exercised.
    """

    title: str
    subject: Subject = field(repr=False)
    hits: dict[Element, int] = field(repr=False)

    @property
    def missing(self) -> tuple[Element, ...]:
        """What was never exercised."""
        return tuple(element for element, hits in self.hits.items() if not hits)

    @property
    def sections(self) -> dict[Section, tuple[Element, ...]]:
        """Everything there is to exercise, section by section."""
        found: dict[Section, tuple[Element, ...]] = {}
        for element in self.hits:
            before = found.get(element.section, ())
            found[element.section] = (*before, element)
        return found

    def hit(self, element: Element) -> None:
        """Count that something was exercised; nothing that is not counted here."""
        if element in self.hits:
            self.hits[element] += 1


def percent_of(found: Iterable[Measured]) -> float:
    """Return how much was exercised, from 0 to 100; 0 if there is nothing to."""
    hits = [count for measured in found for count in measured.hits.values()]
    return 100 * sum(map(bool, hits)) / len(hits) if hits else 0.0


def report_of(found: Sequence[Measured]) -> str:
    """Write what was exercised, and name all that was not."""
    hits = [count for measured in found for count in measured.hits.values()]
    done, percent = sum(map(bool, hits)), percent_of(found)
    # Rounded down, so that 100 % means all.
    told = f"{done} of {len(hits)} exercised ({int(percent * 10) / 10:.1f} %)"
    return "\n".join([told, *(line for each in found for line in _lines(each))])


def _lines(measured: Measured) -> Iterator[str]:
    yield ""
    yield measured.title
    for section, elements in measured.sections.items():
        missing = [e for e in elements if not measured.hits[e]]
        done = len(elements) - len(missing)
        yield f"  {section.value:<12} {done} of {len(elements)}"
        for element in missing:
            yield f"    never: {element}"
