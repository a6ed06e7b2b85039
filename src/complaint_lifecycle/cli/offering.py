"""The command ``offer``: what was offered on a complaint, or what a policy would."""

from typing import Annotated

import typer

from complaint_lifecycle.cli.policies import load_policy
from complaint_lifecycle.cli.showing import Id
from complaint_lifecycle.cli.standings import (
    explained,
    offer_fields,
    rows,
    standing_fields,
    title,
)
from complaint_lifecycle.cli.streams import STANDARD, written
from complaint_lifecycle.cli.terminal import (
    DEFAULT_DB,
    Db,
    one_line_errors,
    one_line_warnings,
    open_desk,
    output,
)
from complaint_lifecycle.cli.timeline import sheet
from complaint_lifecycle.cli.words import several, standing_in_words, visible
from complaint_lifecycle.codec import Json, canonical
from complaint_lifecycle.compensation.schemes import UnverifiedSchemeWarning
from complaint_lifecycle.complaint import OfferStanding
from complaint_lifecycle.desk import Desk
from complaint_lifecycle.errors import ComplaintError, InvalidEventError
from complaint_lifecycle.events import Offered
from complaint_lifecycle.offers import Offer


@one_line_errors()
def offer(
    complaint_id: Id,
    *,
    policy: Annotated[
        str | None,
        typer.Option(
            metavar="SOURCE",
            help="Policy to ask: FILE.json, FILE.toml, FILE.csv or module:name.",
        ),
    ] = None,
    record: Annotated[
        bool, typer.Option("--record", help="Make the offer of the policy.")
    ] = False,
    by: Annotated[str | None, typer.Option(metavar="WHO", help="Who makes it.")] = None,
    as_json: Annotated[
        bool, typer.Option("--json", help="Write one JSON object.")
    ] = False,
    db: Db = DEFAULT_DB,
) -> None:
    """Show what was offered on a complaint and where it stands, or ask a policy.

    A policy is asked without recording anything, unless --record says that the offer
    is made. What becomes of it is recorded by the command `record`: offer_approved,
    accepted, declined, delivered.
    """
    _check(policy, record=record, by=by)
    if policy is None:
        with open_desk(db, existing=True) as desk:
            _show(desk, complaint_id, as_json=as_json)
        return
    with one_line_warnings(UnverifiedSchemeWarning):
        asked = load_policy(policy)
        with open_desk(db, existing=True, compensation=asked) as desk:
            found = _proposed(desk, complaint_id, policy)
            if not as_json:
                output.print(_told(found), soft_wrap=True)
            standing = _made(desk, complaint_id, found, by) if record else None
            if as_json:
                _write(_answer(complaint_id, found, standing))
            elif standing is not None:
                words = (
                    f"{complaint_id}: {standing.ref} is {standing_in_words(standing)}"
                )
                output.print(visible(words), style="bold green", soft_wrap=True)


def _check(policy: str | None, *, record: bool, by: str | None) -> None:
    if record and policy is None:
        rule = "name the policy that makes the offer with --policy"
        raise InvalidEventError("--record", "yes", rule)
    if record and by is None:
        raise InvalidEventError("--record", "yes", "say with --by who makes the offer")
    if by is not None and not record:
        rule = "nothing is recorded: add --record to make the offer"
        raise InvalidEventError("--by", repr(by), rule)


def _show(desk: Desk, complaint_id: str, *, as_json: bool) -> None:
    complaint = desk.complaint(complaint_id)
    if as_json:
        found = [standing_fields(standing) for standing in complaint.offers]
        _write({"complaint": complaint.id, "offers": found})
        return
    count = several(len(complaint.offers), "offer")
    output.print(f"Complaint {visible(complaint.id)}: {count}, in UTC", style="bold")
    entries = desk.history(complaint_id) if complaint.offers else ()
    for standing in complaint.offers:
        output.print()
        output.print(title(standing))
        output.print(sheet(rows(complaint, standing, entries, now=desk.clock())))


def _proposed(desk: Desk, complaint_id: str, source: str) -> Offer | None:
    """Ask the policy; whatever a function of the host does is told in one line."""
    try:
        return desk.propose(complaint_id)
    except (ComplaintError, OSError):
        raise
    except Exception as error:
        rule = f"failed with {type(error).__name__}: {error}"
        raise InvalidEventError("--policy", repr(source), rule) from error


def _told(found: Offer | None) -> str:
    return "nothing to offer" if found is None else explained(found)


def _made(
    desk: Desk, complaint_id: str, found: Offer | None, by: str | None
) -> OfferStanding | None:
    if found is None or by is None:
        return None
    return desk.record(complaint_id, Offered(offer=found), by=by).offers[-1]


def _answer(
    complaint_id: str, found: Offer | None, standing: OfferStanding | None
) -> Json:
    return {
        "complaint": complaint_id,
        "offer": None if found is None else offer_fields(found),
        "ref": None if standing is None else standing.ref,
    }


def _write(fields: Json) -> None:
    with written(STANDARD) as stream:
        stream.write(f"{canonical(fields)}\n".encode())
