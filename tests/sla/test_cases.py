"""Cases read from the test suites of ten other engines, through the public API."""

import json
from datetime import UTC, date, datetime
from pathlib import Path
from typing import Any

import pytest
import sla_cases

FACTS = Path(__file__).parents[1] / "facts" / "sla_cases.json"
CASES = json.loads(FACTS.read_text())["cases"]


def expected(case: dict[str, Any]) -> Any:
    """Return what a case expects; where it is disputed, what is exact."""
    exact = case.get("expected_exact")
    return case["expected"] if exact is None else exact


def comparable(value: Any) -> Any:
    """Turn instants and dates into what compares, inside pairs and lists as well."""
    if isinstance(value, list | tuple):
        return [comparable(item) for item in value]
    if isinstance(value, datetime):
        # Instants that exist twice on the wall are equal to none of another zone.
        return value.astimezone(UTC)
    if isinstance(value, str):
        is_date = len(value) == len("2026-03-02")
        return date.fromisoformat(value) if is_date else datetime.fromisoformat(value)
    return value


@pytest.mark.parametrize("case", CASES, ids=lambda case: case["id"])
def test_case(case: dict[str, Any]):
    """We answer as the source does, or as is exact."""
    assert comparable(sla_cases.run(case)) == comparable(expected(case))
