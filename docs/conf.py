"""Configures the documentation: Sphinx with MyST, nothing fetched from a network."""

import sys
from importlib.metadata import version as version_of
from pathlib import Path

sys.path.insert(0, str(Path(__file__).parent / "_ext"))

project = "complaint_lifecycle"
author = "The complaint_lifecycle founders"
project_copyright = author
release = version_of("complaint-lifecycle")
version = release

extensions = [
    "myst_parser",
    "sphinx.ext.autodoc",
    "sphinx.ext.napoleon",
    "from_library",
]
exclude_patterns = ["_build"]

html_theme = "furo"
html_title = "complaint_lifecycle"
html_copy_source = False
html_show_sourcelink = False
toc_object_entries = False

myst_enable_extensions = ["deflist"]
myst_heading_anchors = 3

autodoc_member_order = "bysource"
autodoc_typehints = "description"
autodoc_typehints_description_target = "documented_params"
autodoc_typehints_format = "short"
python_use_unqualified_type_names = True
napoleon_numpy_docstring = False
napoleon_use_rtype = False

nitpicky = True
nitpick_ignore_regex = [
    # Other projects and the standard library are named, not linked: their inventories
    # would need a network.
    (r"py:.*", r"(attrs|cattrs|hypothesis|moneyed|sqlite3|statemachine)\..*"),
    (
        r"py:class",
        r"(collections\.abc|contextlib|datetime|decimal|enum|pathlib|random|types)\..*",
    ),
]
nitpick_ignore = [
    # Short names of pairs, and of what numpy takes for an array.
    ("py:class", "ArrayLike"),
    ("py:class", "Column"),
    ("py:class", "Spans"),
    # Type variables: what an edit compiles to, and the class of a fact.
    ("py:class", "complaint_lifecycle.lifecycle.edit.T"),
    ("py:class", "complaint_lifecycle.events.base.E"),
]
