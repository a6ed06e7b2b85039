"""The bundled inbox."""

from collections import Counter

from complaint_lifecycle import Desk, money
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
