"""Proposals that nobody else in a clinic can decide, and those of very large clinics."""

import click

from tracker.clock import utc_now
from tracker.commands.frame import command, open_sessions
from tracker.domain.errors import TrackerError


@command("proposal-agree")
@click.argument("number", type=int)
@click.option("--because", required=True, help="Why it is decided by command; it is kept.")
def proposal_agree(number: int, because: str) -> None:
    """Bring a proposed setting into force where no second person in the clinic can."""
    from tracker.models import Proposal
    from tracker.services import proposals

    with open_sessions().begin() as session:
        found = session.get(Proposal, number)
        if found is None:
            raise TrackerError(f"There is no proposal {number}.")
        reason = " ".join(because.split())[:300]
        outcome = proposals.agree(session, found, by=None, note=reason, now=utc_now())
        clinic, subject = found.clinic.name, found.subject
    click.echo(f"{clinic}, {subject}: {outcome}.")
