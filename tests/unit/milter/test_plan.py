"""From a decision to Postfix's operations: nobody is lost, nobody is added, nothing unsafe is said."""

import pytest
from hypothesis import given
from hypothesis import strategies as st

from hygie_milter.postfix.plan import Plan, Recipient, ascii_folded, internal, make_plan, reply_lines
from hygie_policies.model import Action, Decision, RecipientDecision

CHANNELS = {"mssante": "mssante.hygie.invalid"}


def decided(*recipients, split=False):
    strictest = max((r.action for r in recipients), key=lambda a: a.rank)
    return Decision(
        strictest, "HY-TEST", recipients, (), (), split=split, sender_message=("Refusé.", "Refused.")
    )


def rerouted(address, to=None):
    return RecipientDecision(address, Action.REROUTE, "mssante", to or address)


def plan_for(decision, sender="a@hopital.test", recipients=None, our_headers=None, header=None):
    recipients = recipients or [Recipient(f"<{r.address}>") for r in decision.recipients]
    return make_plan(decision, sender, recipients, our_headers or {}, CHANNELS, header)


def test_an_allowed_message_asks_nothing_of_postfix():
    assert Plan() == plan_for(decided(RecipientDecision("b@x.test", Action.ALLOW)))


def test_a_reroute_adds_and_deletes_one_recipient_and_leaves_the_other():
    plan = plan_for(decided(rerouted("dr@medecin.mssante.fr"), RecipientDecision("b@x.test", Action.ALLOW)))

    assert (
        ("<dr=medecin.mssante.fr@mssante.hygie.invalid>", "ORCPT=rfc822;dr@medecin.mssante.fr"),
    ) == plan.add_recipients
    assert ("<dr@medecin.mssante.fr>",) == plan.delete_recipients
    assert plan.reply is None
    assert plan.hold is None


def test_a_mapped_recipient_is_sent_to_the_secure_mailbox_and_notices_name_the_original():
    plan = plan_for(decided(rerouted("dr@cabinet.test", "dr@medecin.mssante.fr")))

    assert (
        ("<dr=medecin.mssante.fr@mssante.hygie.invalid>", "ORCPT=rfc822;dr@cabinet.test"),
    ) == plan.add_recipients


def test_the_client_s_own_orcpt_and_notify_are_kept_on_a_reroute():
    recipient = Recipient("<dr@medecin.mssante.fr>", ("ORCPT=rfc822;dr+2Bx@old.test", "NOTIFY=NEVER"))
    plan = plan_for(decided(rerouted("dr@medecin.mssante.fr")), recipients=[recipient])

    assert "ORCPT=rfc822;dr+2Bx@old.test NOTIFY=NEVER" == plan.add_recipients[0][1]


def test_a_recipient_refused_alone_always_gives_the_sender_a_notice():
    decision = decided(
        rerouted("dr@medecin.mssante.fr"), RecipientDecision("b@gmail.test", Action.REJECT), split=True
    )
    recipients = [Recipient("<dr@medecin.mssante.fr>"), Recipient("<b@gmail.test>", ("NOTIFY=NEVER",))]
    plan = plan_for(decision, recipients=recipients)

    assert (
        "<b=gmail.test@refused.hygie.invalid>",
        "ORCPT=rfc822;b@gmail.test NOTIFY=FAILURE",
    ) == plan.add_recipients[1]
    assert plan.reply is None


@pytest.mark.parametrize(
    ("split", "sender", "others"),
    [
        (False, "a@hopital.test", [RecipientDecision("c@x.test", Action.ALLOW)]),
        (True, "", [RecipientDecision("c@x.test", Action.ALLOW)]),  # a null sender can be told nothing
        (True, "a@hopital.test", []),  # nobody else is left
    ],
)
def test_a_refusal_is_for_the_whole_message(split, sender, others):
    plan = plan_for(decided(RecipientDecision("b@gmail.test", Action.REJECT), *others, split=split), sender)

    assert ("550", "5.7.1") == (plan.reply.code, plan.reply.enhanced)
    assert ("Refuse.", "Refused.") == plan.reply.lines
    assert () == plan.add_recipients == plan.delete_recipients


def test_one_held_recipient_holds_the_message_and_reroutes_are_still_asked_for():
    plan = plan_for(
        decided(rerouted("dr@medecin.mssante.fr"), RecipientDecision("b@gmail.test", Action.HOLD))
    )

    assert "hygie HY-TEST" == plan.hold
    assert 1 == len(plan.add_recipients)


def test_forged_headers_go_from_the_last_to_the_first():
    plan = plan_for(
        decided(RecipientDecision("b@x.test", Action.TAG)), our_headers={"x-hygie-decision": 2}, header="v"
    )

    assert (("x-hygie-decision", 2), ("x-hygie-decision", 1)) == plan.delete_headers
    assert (("X-Hygie-Decision", "v"),) == plan.add_headers


def test_the_same_recipient_twice_is_added_once():
    twice = [Recipient("<dr@medecin.mssante.fr>"), Recipient("<dr@medecin.mssante.fr>", ("NOTIFY=NEVER",))]
    plan = plan_for(decided(rerouted("dr@medecin.mssante.fr")), recipients=twice)

    assert 1 == len(plan.add_recipients) == len(plan.delete_recipients)


def test_reply_lines_are_ascii_short_and_safe_for_libmilter():
    lines = reply_lines(["Données « de santé » : 100 % à l’œuvre…", "x" * 2000])

    assert 'Donnees "de sante" : 100 %% a l\'oeuvre...' == lines[0]
    assert all(line.isascii() and len(line) <= 310 for line in lines)


@given(st.lists(st.text()))
def test_any_sentences_make_lines_that_smtp_can_carry(sentences):
    lines = reply_lines(sentences)

    assert len(lines) <= 30
    for line in lines:
        assert line.isascii()
        assert line.isprintable()
        assert 0 == line.replace("%%", "").count("%")


@given(st.text())
def test_folding_gives_ascii(text):
    assert ascii_folded(text).isascii()


ADDRESS = st.from_regex(r"[a-z]{1,8}@[a-z]{1,8}\.test", fullmatch=True)
ACTION = st.sampled_from(list(Action))


@given(st.dictionaries(ADDRESS, ACTION, min_size=1), st.booleans(), st.sampled_from(["", "a@hopital.test"]))
def test_no_recipient_is_ever_lost_or_invented(actions, split, sender):
    decision = decided(
        *(rerouted(a) if x is Action.REROUTE else RecipientDecision(a, x) for a, x in actions.items()),
        split=split,
    )
    plan = plan_for(decision, sender)
    if plan.reply is not None:
        assert Action.REJECT in actions.values()
        assert () == plan.add_recipients
        return

    assert len(plan.add_recipients) == len(plan.delete_recipients)
    changed = {a for a, x in actions.items() if x in (Action.REROUTE, Action.REJECT)}
    assert {f"<{a}>" for a in changed} == set(plan.delete_recipients)
    assert (Action.HOLD in actions.values()) == (plan.hold is not None)


@pytest.mark.parametrize(
    "path", ["<x=y@mssante.hygie.invalid>", "<x@Refused.HYGIE.invalid.>", "<x@hygie.invalid>"]
)
def test_a_client_may_not_address_our_own_domains(path):
    assert internal([Recipient("<b@x.test>"), Recipient(path)])


@pytest.mark.parametrize("path", ["<x@nothygie.invalid>", "<x@hygie.invalid.test>", "<>", "<postmaster>"])
def test_other_domains_are_not_ours(path):
    assert not internal([Recipient(path)])
