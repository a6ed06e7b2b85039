"""Runs the examples of the README, the docs and the docstrings, and sets profiles."""

import os
from doctest import ELLIPSIS, IGNORE_EXCEPTION_DETAIL

from hypothesis import HealthCheck, settings
from sybil import Sybil
from sybil.parsers import markdown, rest

FLAGS = ELLIPSIS | IGNORE_EXCEPTION_DETAIL

prose = Sybil(
    parsers=[
        markdown.PythonCodeBlockParser(doctest_optionflags=FLAGS),
        markdown.SkipParser(),
    ],
    patterns=["*.md"],
)
docstrings = Sybil(
    parsers=[rest.DocTestParser(optionflags=FLAGS)],
    path="src",
    patterns=["*.py"],
)
pytest_collect_file = (prose + docstrings).pytest()

# A busy machine is slow now and then; examples have no deadline.
settings.register_profile("dev", deadline=None, max_examples=60)
settings.register_profile(
    "ci",
    deadline=None,
    derandomize=True,
    max_examples=100,
    suppress_health_check=[HealthCheck.too_slow],
)
settings.load_profile("ci" if os.environ.get("CI") else "dev")
