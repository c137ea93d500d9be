"""A proposal in words: what it is about, and what changes from what to what."""

from datetime import date
from typing import Any

from tracker.domain.danger import WatchKind
from tracker.domain.escalation import ladder_from
from tracker.domain.orders import OrderTracking
from tracker.domain.risk import RiskClass
from tracker.domain.wording import write_day
from tracker.models import Proposal
from tracker.services import order_rules, own_values, webhook_agreements
from tracker.services.proposed import LAST_RESORT, QUIET, REVIEWS, RULES
from tracker.web.fact_words import own_value_about, own_value_told
from tracker.web.policy_words import step_words
from tracker.web.words import words_for

WEEKDAYS = (
    "Monday", "Tuesday", "Wednesday", "Thursday", "Friday", "Saturday", "Sunday",
)  # fmt: skip


def about(proposal: Proposal) -> str:
    """What a proposal is about, in words."""
    name, _, part = proposal.subject.partition(":")
    if name == "closure":
        day = write_day(date.fromisoformat(part))
        return f"Close the clinic on {day}" if proposal.after else f"Open again on {day}"
    if name == "policy":
        kind, _, risk = part.partition(":")
        return (
            f"Reminder policy: {words_for(WatchKind(kind))},"
            f" {words_for(RiskClass(risk)).lower()} risk"
        )
    if name == own_values.NAME:
        return own_value_about(part)
    if name == webhook_agreements.NAME:
        return "Have another program told when a watch changes"
    if name == "recall":
        return f"Take a field-safety notice back (number {part})"
    return {
        RULES: "What dates are reckoned with",
        QUIET: "Quiet hours",
        LAST_RESORT: "Last resort",
        REVIEWS: "Regular reviews",
        order_rules.NAME: "Orders and authorisations",
    }[name]


def changes(proposal: Proposal, names: dict[int, str]) -> list[tuple[str, str, str]]:
    """Each thing that changes: what it is, as it was, as it would be."""
    before, after = (_told(proposal, one, names) for one in (proposal.before, proposal.after))
    return [
        (name, before.get(name, "nothing"), after.get(name, "nothing"))
        for name in dict.fromkeys((*before, *after))
        if before.get(name) != after.get(name)
    ]


def _told_orders(kept: dict[str, Any]) -> dict[str, str]:
    return {
        "Orders are watched": words_for(OrderTracking(kept["tracking"])),
        "Authorisation": "needed" if kept["needs_authorisation"] else "not needed",
        "Asked for before ordering": f"{kept['authorisation_days']} open days",
        "The pharmacy needs": f"{kept['pharmacy_days']} open days",
        "There before it is needed": f"{kept['there_days']} open days",
    }


def _told(proposal: Proposal, kept: dict[str, Any], names: dict[int, str]) -> dict[str, str]:
    name = proposal.subject.partition(":")[0]
    if name == RULES:
        longest = kept["longest_interval_days"]
        return {
            "Buffer before the alarm date": f"{kept['buffer_days']} days",
            "Margin on the flow": f"{kept['flow_margin_percent']} %",
            "Longest interval between refills": f"{longest} days" if longest else "none",
            "Open on": ", ".join(WEEKDAYS[int(day)] for day in kept["open_weekdays"]),
        }
    if name == QUIET:
        return {"Quiet hours": f"{kept['begin']} to {kept['end']}"}
    if name == LAST_RESORT:
        return {"Last resort": names.get(kept["staff_id"], "somebody who has left")}
    if name == REVIEWS:
        return {"A review every": f"{kept['days']} days"}
    if name == own_values.NAME:
        return own_value_told(kept)
    if name == order_rules.NAME:
        return _told_orders(kept)
    if name == webhook_agreements.NAME:
        return {"The program": kept["name"], "Called at": kept["host"]} if kept else {}
    if name == "recall":
        return {"The notice": "in force" if kept["is_in_force"] else "taken back"}
    if name == "closure":
        return {"Closed": f"yes: {kept['name']}" if kept else "no, open"}
    steps = ladder_from(kept.get("steps", [])).steps
    kind = WatchKind(proposal.subject.split(":")[1])
    return {f"Step {one.ordinal}": step_words(kind, one, names) for one in steps}
