"""What the rules say of departments and letters reaches the ticket and its notices."""

from dataclasses import replace

from messages import NOW, arrival, known, message
from policies import shipped
from sites import site

from mailbot.decide import decide
from mailbot.model import Decision, Message, Policy, RequestClass


def judged(said: Message, policy: Policy, **changes: object) -> Decision:
    return decide(arrival(), said, known(), policy, site(**changes), NOW)  # type: ignore[arg-type]


def test_a_notice_calls_the_department_by_its_name_in_the_readers_language() -> None:
    notices = [draft for draft in judged(message(), shipped()).drafts if draft.template == "notice"]
    said = {str(draft.language): [fact.value for fact in draft.facts] for draft in notices}
    assert "Service technique" in said["fr"]
    assert all("technical" not in values for values in said.values())


def test_a_department_without_agents_is_told_at_its_own_address() -> None:
    departments = tuple(replace(one, address="desk@example.com") for one in shipped().departments)
    decision = judged(message(), replace(shipped(), departments=departments), agents=())
    assert [draft.recipient for draft in decision.drafts if draft.template == "notice"] == ["desk@example.com"]


def test_a_ticket_knows_what_was_asked_for_and_by_which_words() -> None:
    decision = judged(message(subject="Erreur de facturation", text="Bonjour"), shipped())
    assert decision.ticket
    assert (decision.ticket.intent, decision.ticket.klass) == ("invoice-problem", RequestClass.ACCOUNT)
    (why,) = [why.sentence for why in decision.because if why.topic == "request"]
    assert "“erreur de facturation” in the subject (rules/intents/invoice-problem.toml, account)" in why
