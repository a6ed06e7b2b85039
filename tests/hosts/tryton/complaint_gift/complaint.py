"""Complaints of Tryton, recorded step by step in the transaction of Tryton."""

from contextlib import contextmanager
from datetime import timedelta

from trytond import backend
from trytond.exceptions import UserError
from trytond.pool import Pool, PoolMeta
from trytond.transaction import Transaction

from complaint_lifecycle import (
    Apologised,
    Desk,
    Explained,
    Fixed,
    Gathered,
    Promised,
    Received,
    RefusedError,
    Thanked,
    money,
)
from complaint_lifecycle.compensation import by_severity, coupon, refund
from complaint_lifecycle.errors import ConflictError
from complaint_lifecycle.events import Accepted, Delivered, Offered
from complaint_lifecycle.sql import hosted_journal

SMALL = 20

DESK = Desk(
    journal=hosted_journal(),
    compensation=by_severity(minor=coupon("50%"), serious=refund("100%")),
)


def desk():
    """Return the desk in the transaction of Tryton."""
    return DESK.on(Transaction().connection)


def somebody():
    """Return who is at work, as facts name them."""
    return f"user-{Transaction().user}"


@contextmanager
def told():
    """Show a refusal to the user, and let Tryton repeat what met a conflict."""
    try:
        yield
    except RefusedError as error:
        raise UserError(str(error)) from error
    except ConflictError as error:
        raise backend.DatabaseOperationalError(str(error)) from error


class Complaint(metaclass=PoolMeta):
    """A complaint of Tryton."""

    __name__ = "sale.complaint"

    @classmethod
    def __register__(cls, module_name):
        """Make the tables of the journal with those of the module."""
        super().__register__(module_name)
        desk().journal.create_schema()

    @property
    def gift(self):
        """Id under which the library knows it."""
        return f"tryton-{self.id}"

    @classmethod
    def create(cls, vlist):
        """Receive complaints."""
        complaints = super().create(vlist)
        for complaint in complaints:
            amount = complaint.origin.untaxed_amount
            with told():
                desk().receive(
                    Received(
                        customer=f"party-{complaint.customer.id}",
                        channel="tryton",
                        text=complaint.description,
                        severity="minor" if amount < SMALL else "serious",
                        amount=money(amount, complaint.origin.currency.code),
                    ),
                    by=somebody(),
                    id=complaint.gift,
                )
        return complaints

    @classmethod
    def wait(cls, complaints):
        """Thank, explain, apologise, promise; and offer what the policy says."""
        for complaint in complaints:
            due = DESK.clock() + timedelta(days=14)
            promised = Promised(what="settle it", due=due, owner=somebody())
            with told():
                desk().record(
                    complaint.gift,
                    *(Thanked(), Explained(helps="packing"), Apologised(), promised),
                    by=somebody(),
                )
                offer = desk().propose(complaint.gift)
                desk().record(complaint.gift, Offered(offer=offer), by=somebody())
            complaint.act_on(offer)
        super().wait(complaints)

    def act_on(self, offer):
        """Let an offer become actions of Tryton."""
        new_action = Pool().get("sale.complaint.action")
        for remedy in offer.remedies:
            action = new_action(complaint=self)
            if remedy.kind == "coupon":
                action.action = "promotion_coupon"
                action.promotion_coupon = self.coupon_of(remedy.percent)
                action.promotion_coupon_number = f"SORRY-{self.id}"
                action.promotion_coupon_duration = timedelta(days=30)
            elif self.origin.__name__ == "sale.sale":
                action.action = "sale_return"
            else:
                action.action = "credit_note"
            action.save()

    @staticmethod
    def coupon_of(percent):
        """Find the promotion that gives so much."""
        coupons = Pool().get("sale.promotion.coupon")
        found, *_ = coupons.search([("promotion.name", "=", f"{percent}%")])
        return found

    @classmethod
    def approve(cls, complaints):
        """Take note of whose fault it was, and that the customer accepts."""
        for complaint in complaints:
            facts = Gathered(fault="company"), Accepted()
            with told():
                desk().record(complaint.gift, *facts, by=somebody())
        super().approve(complaints)

    @classmethod
    def process(cls, complaints):
        """Let Tryton act, and record what came of it."""
        super().process(complaints)
        for complaint in complaints:
            (action,) = cls(complaint.id).actions
            delivered = Delivered(reference=str(action.result))
            with told():
                desk().record(complaint.gift, delivered, Fixed(), by=somebody())
