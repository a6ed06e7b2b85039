"""The facts that move a complaint: receipt, the eight steps, and the ways out."""

from complaint_lifecycle.events.base import Event, fact
from complaint_lifecycle.events.fields import (
    Amount,
    Count,
    Day,
    Facts,
    FactsField,
    Flag,
    Instant,
    MaybeFlag,
    MaybeRef,
    Note,
    Personal,
    Ref,
    Words,
)
from complaint_lifecycle.events.kinds import Fault, Level, Outcome, Severity


@fact
class Received(Event):
    """A complaint came in. No step yet, but the first fact of every complaint.

    Attributes:
        customer: Opaque id of whoever complains, never a name.

        channel: Where it came in: email, phone, web form and so on.

        text: What the customer said.

        origin: Who brought it: the customer, or a regulator or partner for them.

        category: What it is about.

        product: Which product or service.

        severity: How much harm was done.

        amount: Money at stake, if any.

        locale: Language to answer in, such as ``"uk"``.

        public: Whether others can read it, as on social media.

        audience: How many people can read it, if that is known.

        confidential: Whether access is to be restricted; a desk with an ``access`` does.

        about: Opaque id of the member of staff complained of. That person may not
            promise, gather, fix, verify or approve.

        source: Where the host keeps it, such as ``"ticket:4711"``.

        facts: Plain values that policies read, such as a distance or a delay.

    >>> Received(customer="C-1009", channel="email", text="It arrived soaked.")
    Received(customer='C-1009', channel='email', text=<personal>, ...)
    """

    trigger = "receive"

    customer: Ref
    channel: Ref
    text: Personal = ""
    origin: Ref = "customer"
    category: MaybeRef = None
    product: MaybeRef = None
    severity: Severity = Severity.MODERATE
    amount: Amount = None
    locale: MaybeRef = None
    public: Flag = False
    audience: Count | None = None
    confidential: Flag = False
    about: MaybeRef = None
    source: MaybeRef = None
    facts: FactsField = Facts()


@fact
class Thanked(Event):
    """Step 1: we said thank you, whatever the merit of the complaint.

    Attributes:
        text: The words used.
    """

    trigger = "thank"

    text: Personal = ""


@fact
class Explained(Event):
    """Step 2: we said why the complaint is welcome.

    Attributes:
        helps: What it helps us with, such as ``"packing of glass"``.

        text: The words used.
    """

    trigger = "explain"

    helps: Note = ""
    text: Personal = ""


@fact
class Apologised(Event):
    """Step 3: we apologised, without conditions; never the first step.

    Attributes:
        level: Regret for the trouble, or responsibility for it.

        text: The words used.
    """

    trigger = "apologise"

    level: Level = Level.REGRET
    text: Personal = ""


@fact
class Promised(Event):
    """Step 4: we promised to act. A second one renews the promise.

    Attributes:
        what: What will be done.

        due: By when; after the instant of the promise.

        owner: Who does it: an opaque id, never the person complained of.

        how: How the customer will hear; by default the way the complaint came in.

        text: The words used.
    """

    trigger = "promise"

    what: Words
    due: Instant
    owner: Ref
    how: MaybeRef = None
    text: Personal = ""


@fact
class Gathered(Event):
    """Step 5: we know what is needed to act, and where the fault lies.

    Attributes:
        fault: Company, customer, third party or nobody.

        finding: What was found out.
    """

    trigger = "gather"

    fault: Fault
    finding: Personal = ""


@fact
class Fixed(Event):
    """Step 6: it is put right, or the customer knows why it cannot be.

    Attributes:
        outcome: Put right, explained (not upheld) or declined.

        text: What was done, as the customer was told.
    """

    trigger = "fix"

    outcome: Outcome = Outcome.PUT_RIGHT
    text: Personal = ""


@fact
class Verified(Event):
    """Step 7: we asked whether the customer is satisfied.

    Attributes:
        satisfied: ``True``; ``False``, which starts a new round at the apology; or
            ``None`` if the customer could not be reached, which needs enough recorded
            attempts.

        text: What the customer said.
    """

    trigger = "verify"

    satisfied: MaybeFlag
    text: Personal = ""


@fact
class Prevented(Event):
    """Step 8: the cause is removed. Processes are named, people are not.

    Attributes:
        process: The process that let it happen.

        action: What changes in it.

        owner: Who sees to the change.

        due: The date by which it is done.
    """

    trigger = "prevent"

    process: Words
    action: Words
    owner: Ref
    due: Day


@fact
class Referred(Event):
    """The fault lies elsewhere, and the customer knows where to go.

    Attributes:
        instance: Who is responsible.

        how: How to reach them.

        fault: The verdict, needed unless one was gathered in this round.
    """

    trigger = "refer"

    instance: Words
    how: Words
    fault: Fault | None = None


@fact
class Withdrawn(Event):
    """The customer took the complaint back. It still leads to step 8.

    Attributes:
        reason: Why, as far as it was said.
    """

    trigger = "withdraw"

    reason: Personal = ""


@fact
class Reopened(Event):
    """The complaint starts another round.

    Attributes:
        reason: Why.
    """

    trigger = "reopen"

    reason: Personal = ""


@fact
class Merged(Event):
    """This complaint goes on in another one; recorded by ``desk.merge`` only.

    Attributes:
        into: The complaint that survives.

        promise_renewed: Whether the survivor took over the open promise.
    """

    trigger = "merge"

    into: Ref
    promise_renewed: Flag = False


@fact
class Archived(Event):
    """The complaint is closed for good."""

    trigger = "archive"
