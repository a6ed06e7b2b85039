"""Cloud services: credits by the share of the month in which they were up."""

from complaint_lifecycle.compensation.formulas.lines import Lines, product
from complaint_lifecycle.compensation.formulas.needs import Given
from complaint_lifecycle.compensation.formulas.numbers import Numbers


def uptime_credit(given: Given, numbers: Numbers) -> Lines:
    """Credit a share of the bill by how far the uptime fell."""
    uptime, said = given.number("uptime"), given.said("uptime")
    for band in numbers["bands"]:
        if uptime < band["below"]:
            percent = band["percent"]
            text = (
                f"{said} is below {band['below']}: {percent} % of {given.said('bill')}"
            )
            yield product(given, text, given.number("bill") * percent / 100)
            return
    yield f"{said} is {numbers['bands'][-1]['below']} or more: nothing is due", None
