"""The bundled inbox."""

import json
from collections import Counter
from pathlib import Path

import pytest

from complaint_lifecycle import Desk, money
from complaint_lifecycle.errors import UnreadableError
from complaint_lifecycle.events import Severity
from complaint_lifecycle.inbox import Story, load_inbox


def test_it_holds_66_letters_in_order_of_arrival():
    """The inbox holds 66 letters with ids of their own, in order of arrival."""
    letters = load_inbox()
    instants = [letter.at for letter in letters]
    assert len({letter.id for letter in letters}) == len(letters) == 66
    assert instants == sorted(instants)
    assert all(at.tzinfo is not None for at in instants)


def test_every_story_is_told():
    """Each kind of story happens to at least one letter."""
    assert Counter(letter.story for letter in load_inbox()).keys() == set(Story)


def test_it_is_read_the_same_every_time():
    """Two readings are equal, and letters can be kept in sets."""
    assert load_inbox() == load_inbox()
    assert len(set(load_inbox())) == 66


def test_stories_have_what_they_need():
    """A story never lacks the field that it turns on."""
    for letter in load_inbox():
        assert (letter.duplicate_of is not None) == (letter.story is Story.DUPLICATE)
        assert (letter.about is not None) == (letter.story is Story.ABOUT_STAFF)
        assert (letter.refer_to is not None) == (letter.story is Story.REFERRED)
        assert (letter.question is None) == (letter.answer is None)
        assert letter.question or letter.story is not Story.QUESTION
        assert letter.follow_up or letter.story not in {
            Story.BROKEN_PROMISE,
            Story.SECOND_ROUND,
            Story.WITHDRAWN,
        }


def test_a_cause_names_the_process_before_a_colon():
    """Each cause is a process, a colon, and the gap in it."""
    for letter in load_inbox():
        process, colon, gap = letter.cause.partition(": ")
        assert process, letter.id
        assert colon, letter.id
        assert gap, letter.id


def test_a_duplicate_follows_its_original():
    """The letter that a duplicate repeats came before it, from the same customer."""
    letters = {letter.id: letter for letter in load_inbox()}
    for letter in letters.values():
        if letter.duplicate_of:
            original = letters[letter.duplicate_of]
            assert original.at < letter.at
            assert original.customer == letter.customer


def test_a_letter_becomes_the_first_fact():
    """A letter gives a fact that a desk receives, with its amount and severity."""
    letter = load_inbox()[0]
    desk = Desk()
    complaint = desk.receive(letter.received(), by="inbox", id=letter.id, at=letter.at)
    assert complaint.id == "shop-001"
    assert complaint.amount == money("42.60", "GBP")
    assert complaint.severity is Severity.MODERATE
    assert desk.history("shop-001")[0].event.text == letter.text


def test_letters_about_staff_are_confidential_and_posts_public():
    """What names a member of staff is confidential; what others can read is public."""
    for letter in load_inbox():
        received = letter.received()
        assert received.confidential == (received.about is not None)
        assert received.public == (letter.channel in {"social", "app_review"})


def test_the_words_of_customers_stay_out_of_repr():
    """No repr of a letter shows what the customer wrote."""
    for letter in load_inbox():
        said = [letter.text, letter.question, letter.answer]
        said += [letter.follow_up.text] if letter.follow_up else []
        assert not [text for text in said if text and text in repr(letter)]


LETTERS = Path(__file__).parents[1] / "src/complaint_lifecycle/inbox.jsonl"
SOUND = json.loads(LETTERS.read_text("utf-8").split("\n", 1)[0])


@pytest.fixture
def shipped(tmp_path, monkeypatch):
    """Give the place of an inbox that is shipped instead of the real one."""
    monkeypatch.setattr("complaint_lifecycle.inbox.files", lambda _: tmp_path)
    return tmp_path / "inbox.jsonl"


@pytest.mark.parametrize(
    ("changed", "told"),
    [
        ({"story": "invented"}, "'invented' is not a valid Story"),
        ({"channel": []}, "channel is no str"),
        ({"promise_hours": "soon"}, "promise_hours is no int"),
        ({"about": 7}, r"about is no str \| None"),
        ({"at": "yesterday"}, "isoformat"),
        ({"amount": "NaN"}, "NaN"),
        ({"customer": ""}, "Received.customer"),
        ({"follow_up": {"after_hours": 10**400, "channel": "x", "text": "x"}}, "int"),
        ({"follow_up": {"after_hours": 1, "channel": None, "text": "x"}}, "channel is"),
        ({"refer_to": {"instance": "A court"}}, "how"),
        ({"unknown": 1}, "unknown"),
    ],
)
def test_a_spoilt_letter_is_named(shipped, changed, told):
    """The error tells its line, what is wrong with it, and what to do."""
    lines = [json.dumps(SOUND), json.dumps(SOUND | changed)]
    shipped.write_text("\n".join(lines), "utf-8")
    rule = f"spoilt in line 2: .*{told}.*; install complaint-lifecycle again"
    with pytest.raises(UnreadableError, match=rule):
        load_inbox()


@pytest.mark.parametrize("line", ["", "[]", '{"id":"a","id":"b"}', '{"id":"a"}'])
def test_what_is_no_letter_is_refused(shipped, line):
    """Each line is one object, with everything in it once."""
    shipped.write_text(f"{json.dumps(SOUND)}\n{line}\n{json.dumps(SOUND)}", "utf-8")
    with pytest.raises(UnreadableError, match="spoilt in line 2"):
        load_inbox()


def test_an_inbox_that_cannot_be_read_is_told(shipped):
    """Whether the file is gone or no text."""
    with pytest.raises(UnreadableError, match=r"cannot be read: .*install"):
        load_inbox()
    shipped.write_bytes(b"\xff\xfe")
    with pytest.raises(UnreadableError, match=r"cannot be read: .*utf-8"):
        load_inbox()
