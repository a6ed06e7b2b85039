"""Hosts that need an environment of their own run when they are asked for."""

import pytest


def pytest_collection_modifyitems(config: pytest.Config, items: list[pytest.Item]):
    """Skip them, unless markers were chosen: ``pytest -m hosts`` runs them."""
    if "hosts" in config.option.markexpr:
        return
    for item in items:
        if item.get_closest_marker("hosts"):
            item.add_marker(pytest.mark.skip(reason="run with `pytest -m hosts`"))
