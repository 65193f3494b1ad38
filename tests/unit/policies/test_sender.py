"""What senders read: every action, reason and language has its text, and it fits into a reply of SMTP."""

import re

import pytest
from hypothesis import given, settings
from hypothesis import strategies as st

from hygie_detectors.model import REASONS
from hygie_milter.postfix.plan import reply_lines
from hygie_policies.messages import Fate, texts
from hygie_policies.model import Action, Contact, Emergency, RecipientDecision
from hygie_policies.sender import LANGUAGES, POLICIES_NAMED, Case, Ground, fates, sender_message
from policy_values import policy

CONTACT = Contact("Équipe de sécurité", "01 02 03 04 05")
WHY = [
    *(("kind", kind) for kind in sorted(texts().kinds)),
    *(("unread", reason) for reason in [*sorted(REASONS), "limit:pdf_pages_max"]),
    ("failed", ""),
    *(("emergency", emergency) for emergency in Emergency),
]


def recipients(*actions, address="dr.martin@gmail.test"):
    return tuple(RecipientDecision(address, Action(action), policies=("example",)) for action in actions)


def case(*actions, split=False, own=None, contact=CONTACT, **ground):
    given = recipients(*actions)
    emergency = ground.pop("emergency", None)
    rule = policy(sender_message=own) if own else policy()
    action = max((each.action for each in given), key=lambda each: each.rank)
    return Case(action, given, (Ground(rule, **ground),), split, "HY-7K2M9Q4T", contact, emergency)


def because(sort, word):
    if sort == "emergency":
        return {"emergency": word}
    return {"failed": True} if sort == "failed" else {"kinds" if sort == "kind" else sort: (word,)}


def halves(lines):
    """Split what is told into its two languages."""
    middle = next(number for number, line in enumerate(lines) if line.startswith("Référence : ")) + 1
    return lines[:middle], lines[middle:]


@pytest.mark.parametrize(("sort", "word"), WHY, ids=lambda value: str(value) or "policy")
@pytest.mark.parametrize("action", [action for action in Action if action is not Action.ALLOW])
def test_every_action_and_reason_has_its_text_in_both_languages(action, sort, word):
    french, english = halves(sender_message(case(action, "allow", **because(sort, word))))

    assert len(french) == len(english)
    assert "HY-7K2M9Q4T" in french[-1]
    assert "HY-7K2M9Q4T" in english[-1]
    for line in (*french, *english):
        assert not re.search(r"[{}]|None|gmail", line)
    assert CONTACT.phone in "".join(french)
    assert not set(french) & set(english)
    if sort in {"kind", "unread"}:
        named = texts().kind(word, "fr") if sort == "kind" else texts().reason(word, "fr")
        assert named in "".join(french)


@pytest.mark.parametrize("fate", list(Fate))
@pytest.mark.parametrize("language", LANGUAGES)
def test_every_fate_has_its_words(fate, language):
    assert getattr(texts().fates[fate], language)


def test_each_class_of_recipients_is_told_by_number_never_by_address():
    french, english = halves(sender_message(case("reject", "reroute", "reroute", split=True)))

    assert "1 destinataire : refusé ; 2 autres : envoyé par la voie sécurisée." == french[1]
    assert "1 recipient: refused; 2 others: sent by the secure channel." == english[1]


@pytest.mark.parametrize(
    ("actions", "split", "expected"),
    [
        (["reject", "reroute"], False, {"refused": 2}),
        (["hold", "reroute", "allow"], False, {"held": 1, "waiting": 2}),
        (["hold", "reject"], True, {"held": 1, "refused": 1}),
        (["reject", "reroute", "tag", "allow"], True, {"refused": 1, "secured": 1, "sent": 2}),
    ],
)
def test_fates_are_what_postfix_does_to_the_whole_message(actions, split, expected):
    """It has one refusal and one hold: a copy that may leave does not, while another waits."""
    assert expected == dict(fates(recipients(*actions), split))


def test_who_shares_one_fate_needs_no_count():
    assert "Votre message n'a pas été envoyé." == sender_message(case("reject", "reroute"))[0]
    assert not [line for line in sender_message(case("hold", "hold")) if "destinataire" in line]


def test_nothing_is_told_of_a_message_that_leaves():
    assert () == sender_message(case("allow"))


def test_without_a_contact_nobody_is_to_be_called():
    assert "appelez None" not in "".join(sender_message(case("hold", contact=None)))


SENTENCE = st.text(min_size=1, max_size=600).filter(lambda text: text.isprintable() and text.strip())
OWN = st.fixed_dictionaries({"fr": SENTENCE, "en": SENTENCE})
ACTIONS = st.lists(st.sampled_from([action for action in Action if action is not Action.ALLOW]), min_size=1)
WORDS = st.lists(st.sampled_from(sorted(texts().kinds)), unique=True, max_size=8).map(tuple)


@settings(max_examples=60, deadline=None)
@given(st.lists(OWN, min_size=1, max_size=POLICIES_NAMED + 2), ACTIONS, WORDS, st.booleans())
def test_a_reply_of_smtp_keeps_its_limits_and_the_reference(owns, actions, kinds, split):
    grounds = tuple(Ground(policy(sender_message=own), kinds, tuple(REASONS)) for own in owns)
    given = recipients(*actions)
    action = max(actions, key=lambda each: each.rank)
    told = Case(action, given, grounds, split, "HY-7K2M9Q4T", CONTACT, Emergency.QUOTA)

    lines = reply_lines(sender_message(told))

    assert len(lines) <= 32
    assert all(line.isascii() and line.isprintable() and line for line in lines)
    assert all(len(line.replace("%%", "%")) <= 450 for line in lines)
    assert not re.search(r"(?<!%)(%%)*%(?!%)", " ".join(lines))
    assert "HY-7K2M9Q4T" in lines[-1]
