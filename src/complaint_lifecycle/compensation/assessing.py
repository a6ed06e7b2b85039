"""What a scheme says is due, with the lines that explain it."""

from attrs import frozen
from moneyed import Money

from complaint_lifecycle.amounts import amount_text
from complaint_lifecycle.compensation.versions import Version
from complaint_lifecycle.offers import Reason


@frozen(kw_only=True)
class Assessment:
    """What a scheme says is due, and why. Not legal advice.

    Attributes:
        scheme: Id of the scheme.

        version: The numbers that were used.

        amount: What is due; zero if nothing is.

        reasons: Line by line; their amounts add up to the amount.
    """

    scheme: str
    version: Version
    amount: Money
    reasons: tuple[Reason, ...]

    def explain(self) -> str:
        """Tell line by line how the amount came about.

        >>> from complaint_lifecycle.compensation import schemes
        >>> late = {"distance_km": 900, "intra_eu": True, "arrival_delay_minutes": 185}
        >>> print(schemes.get("eu-261-2004").assess(late).explain())
        eu-261-2004: distance_km 900, up to 1500  250.00 EUR
        total                                     250.00 EUR
        """
        rows = [(str(line), amount_text(line.amount)) for line in self.reasons]
        rows.append(("total", amount_text(self.amount)))
        left = max(len(text) for text, _ in rows)
        right = max(len(amount) for _, amount in rows)
        lines = (f"{text:<{left}}  {amount:>{right}}" for text, amount in rows)
        return "\n".join(line.rstrip() for line in lines)
