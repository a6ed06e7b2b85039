"""Drives a complaint of Tryton, and prints as JSON what became of it.

Run in an environment of its own: ``python drive.py URI FOLDER``.
"""

import json
import os
import sys
from decimal import Decimal

URI, FOLDER = sys.argv[1:]
NAME = os.environ["DB_NAME"]

from trytond import config as settings  # noqa: E402 - its name is read from here

settings.set("database", "uri", URI)
settings.set("database", "path", FOLDER)

from proteus import Model  # noqa: E402
from trytond.exceptions import UserError  # noqa: E402
from trytond.modules.account.tests.tools import (  # noqa: E402
    create_chart,
    create_fiscalyear,
    get_accounts,
)
from trytond.modules.account_invoice.tests.tools import (  # noqa: E402
    create_payment_term,
    set_fiscalyear_invoice_sequences,
)
from trytond.modules.company.tests.tools import create_company  # noqa: E402
from trytond.pool import Pool  # noqa: E402
from trytond.tests.tools import activate_modules  # noqa: E402
from trytond.transaction import Transaction  # noqa: E402


def activated():
    """Make a company that sells one product."""
    config = activate_modules("complaint_gift", create_company, create_chart)
    year = set_fiscalyear_invoice_sequences(create_fiscalyear())
    year.click("create_period")
    accounts = get_accounts()
    customer = Model.get("party.party")(name="Customer")
    customer.save()
    category = Model.get("product.category")(name="Goods", accounting=True)
    category.account_revenue = accounts["revenue"]
    category.account_expense = accounts["expense"]
    category.save()
    template = Model.get("product.template")(name="Vase", type="goods", salable=True)
    (template.default_uom,) = Model.get("product.uom").find([("name", "=", "Unit")])
    template.list_price = Decimal(10)
    template.account_category = category
    template.save()
    promotion = Model.get("sale.promotion")(name="50%", formula="0.5 * unit_price")
    coupon = promotion.coupons.new()
    coupon.number_of_use, coupon.per_party = 1, False
    promotion.save()
    term = create_payment_term()
    term.save()
    return config, customer, template.products[0], term


def sold(customer, product, term, quantity):
    """Sell something, and post the invoice."""
    sale = Model.get("sale.sale")(party=customer, payment_term=term)
    sale.invoice_method = "order"
    line = sale.lines.new()
    line.product, line.quantity = product, quantity
    sale.click("quote")
    sale.click("confirm")
    (invoice,) = sale.invoices
    invoice.click("post")
    sale.reload()
    return sale, invoice


def complained(customer, origin):
    """Complain about a sale or an invoice, and return the id."""
    name = origin.__class__.__name__
    kind = Model.get("sale.complaint.type")(name=name)
    (kind.origin,) = Model.get("ir.model").find([("name", "=", name)])
    kind.save()
    complaint = Model.get("sale.complaint")(customer=customer, type=kind)
    complaint.origin, complaint.description = origin, "It arrived in pieces."
    complaint.save()
    return complaint.id


def within(config, act):
    """Do something in one transaction of Tryton, which is then rolled back."""
    context = {"company": config.context.get("company")}
    with Transaction().start(NAME, config.user, context=context) as transaction:
        found = act(Pool().get("sale.complaint"))
        transaction.rollback()
    return found


def seen(config, number):
    """Return where a complaint stands for both, and what Tryton gives."""

    def look(model):
        from trytond.modules.complaint_gift.complaint import desk

        complaint = model(number)
        known = desk().complaint(complaint.gift)
        actions = [
            (action.action, str(action.result).partition(",")[0])
            for action in complaint.actions
        ]
        return complaint.state, known.state, known.version, actions

    return within(config, look)


def waited(number, *, fail=False):
    """Let a complaint wait, and look at it in the same transaction."""

    def act(model):
        from trytond.modules.complaint_gift.complaint import desk

        model.wait([model(number)])
        complaint = model(number)
        if fail:
            message = "the host fails after all"
            raise UserError(message)
        return complaint.state, desk().complaint(complaint.gift).version

    return act


def refused(config, number):
    """Return why a complaint cannot be approved before it waits."""

    def act(model):
        try:
            model.approve([model(number)])
        except UserError as error:
            return str(error)
        return "not refused"

    return within(config, act)


def failed(config, number):
    """Let the host fail after our part, and say with what."""
    try:
        within(config, waited(number, fail=True))
    except UserError as error:
        return str(error)
    return "it did not fail"


def met():
    """Meet somebody else, and say what Tryton sees."""
    from trytond import backend
    from trytond.modules.complaint_gift.complaint import told

    from complaint_lifecycle.errors import ContentionError

    try:
        with told():
            raise ContentionError("somebody else")
    except backend.DatabaseOperationalError as error:
        return str(error)


def main():
    """Drive three complaints: one of a sale, one of an invoice, a small one."""
    config, customer, product, term = activated()
    sale, invoice = sold(customer, product, term, 5)
    small, _ = sold(customer, product, term, 1)
    told = {}
    first = complained(customer, sale)
    told["received"] = seen(config, first)
    told["within"] = within(config, waited(first))
    told["rolled back"] = seen(config, first)
    told["failed"] = failed(config, first)
    told["after failure"] = seen(config, first)
    told["refused"] = refused(config, first)
    told["met"] = met()
    for name, origin in (("sale", None), ("invoice", invoice), ("small", small)):
        number = first if origin is None else complained(customer, origin)
        complaint = Model.get("sale.complaint")(number)
        complaint.click("wait")
        told[f"{name} waiting"] = seen(config, number)
        complaint.click("approve")
        told[f"{name} done"] = seen(config, number)
    sys.stdout.write(json.dumps(told) + "\n")


if __name__ == "__main__":
    main()
