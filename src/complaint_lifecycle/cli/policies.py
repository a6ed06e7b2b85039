"""Policies that are named on the command line: files, and functions of the host."""

import sys
from collections.abc import Callable
from importlib import import_module
from operator import attrgetter
from pathlib import Path

from complaint_lifecycle.codec import parse
from complaint_lifecycle.compensation import Policy
from complaint_lifecycle.compensation.blocks import a_policy
from complaint_lifecycle.errors import (
    ComplaintError,
    InvalidEventError,
    UnreadableError,
)

_FORMS = "FILE.json, FILE.toml, FILE.csv or module:name"


def load_policy(source: str) -> Policy:
    """Load the policy that ``--policy`` names.

    Args:
        source: A file: policy data (``.json``) or a decision table (``.toml``,
            ``.csv``); or ``module:name`` for a function of the host.

    Raises:
        OSError: If a file cannot be read.
        UnreadableError: If a file holds no policy; it names the file.
        InvalidEventError: If there is no such function, or it is none.
    """
    read = _READERS.get(Path(source).suffix.casefold())
    if read is None:
        return _of_the_host(source)
    try:
        return read(Path(source))
    except ComplaintError as error:
        problem = f"{source}: {error}"
        raise UnreadableError(problem) from error


def _from_data(path: Path) -> Policy:
    # Every kind of block and table is loaded for this: not before it is needed.
    from complaint_lifecycle.compensation.data import policy_from_data

    return policy_from_data(parse(path.read_bytes()))


def _from_toml(path: Path) -> Policy:
    from complaint_lifecycle.compensation.tables import Table

    return Table.from_toml(path)


def _from_csv(path: Path) -> Policy:
    from complaint_lifecycle.compensation.tables import Table

    return Table.from_csv(path, name=path.stem)


_READERS: dict[str, Callable[[Path], Policy]] = {
    ".json": _from_data,
    ".toml": _from_toml,
    ".csv": _from_csv,
}


def _of_the_host(source: str) -> Policy:
    module, separator, name = source.partition(":")
    if not (separator and module and name):
        raise _refused(source, f"is no policy: name {_FORMS}")
    if "" not in sys.path:
        # As `python -m` does: modules beside the one who types are found.
        sys.path.insert(0, "")
    try:
        found = attrgetter(name)(import_module(module))
    except (Exception, SystemExit) as error:
        # Whatever a module of the host does when it is imported.
        rule = f"cannot be imported: {type(error).__name__}: {error}"
        raise _refused(source, rule) from error
    try:
        policy: Policy = a_policy(found)
    except InvalidEventError as error:
        raise _refused(source, error.rule) from error
    return policy


def _refused(source: str, rule: str) -> InvalidEventError:
    return InvalidEventError("--policy", repr(source), rule)
