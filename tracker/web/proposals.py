"""What two people decide: what is proposed, what it would do, and who agreed to what."""

from flask import Blueprint, flash, g, redirect, render_template, request, url_for
from flask.typing import ResponseReturnValue
from sqlalchemy.orm import joinedload

from tracker.domain.danger import WatchKind
from tracker.domain.proposal import Outcome
from tracker.domain.risk import RiskClass
from tracker.models import Policy, Proposal
from tracker.services import date_previews, policy_moves, proposals
from tracker.services.cover import members
from tracker.services.policies import present_policy
from tracker.services.proposed import kind_of
from tracker.web.confirm import stepped_up
from tracker.web.forms import Form
from tracker.web.proposal_words import changes
from tracker.web.rows import visible
from tracker.web.saving import save

bp = Blueprint("proposals", __name__)

MOST_PAST = 100  # ours: what one page can hold
SAID = {
    Outcome.AGREED: "It is in force now.",
    Outcome.OUTDATED: "Nothing was changed: the value is no longer what it was when this was"
    " proposed. Propose it anew.",
    Outcome.LAPSED: "Nothing was changed: its time was over. Propose it anew.",
}


@bp.get("/proposals")
def index() -> ResponseReturnValue:
    """What waits, and what has been decided."""
    return render_template(
        "proposals/index.html",
        waiting=proposals.open_proposals(g.session, g.clinic.id, now=g.now),
        past=proposals.past_proposals(g.session, g.clinic.id, limit=MOST_PAST, now=g.now),
    )


@bp.get("/proposals/<int:proposal_id>")
def show(proposal_id: int) -> ResponseReturnValue:
    """One proposal, with what it would do."""
    return _page(_visible(proposal_id), Form())


@bp.post("/proposals/<int:proposal_id>/agree")
@stepped_up
def agree(proposal_id: int) -> ResponseReturnValue:
    """Bring it into force."""
    proposal, form = _visible(proposal_id), Form(request.form)
    found: list[Outcome] = []

    def act() -> None:
        found.append(proposals.agree(g.session, proposal, by=g.staff, now=g.now))

    if not save(form, act):
        return _page(_visible(proposal_id), form, status=422)
    flash(SAID[found[0]])
    return redirect(url_for("proposals.show", proposal_id=proposal_id))


@bp.post("/proposals/<int:proposal_id>/refuse")
def refuse(proposal_id: int) -> ResponseReturnValue:
    """Refuse it, or take back what one has proposed oneself."""
    proposal, form = _visible(proposal_id), Form(request.form)
    note = form.text("note", longest=300)

    def act() -> None:
        proposals.refuse(g.session, proposal, note=note, by=g.staff, now=g.now)

    if not (form.is_right and save(form, act)):
        return _page(_visible(proposal_id), form, status=422)
    flash("It is decided: everything stays as it is.")
    return redirect(url_for("proposals.index"))


def _visible(proposal_id: int) -> Proposal:
    people = (Proposal.proposed_by, Proposal.decided_by)
    return visible(Proposal, proposal_id, *map(joinedload, people))


def _page(proposal: Proposal, form: Form, *, status: int = 200) -> ResponseReturnValue:
    is_open = proposal.outcome is None and proposal.ends_at > g.now
    kind, _ = kind_of(proposal.subject)
    able = proposals.deciders(g.session, proposal) if is_open else []
    foreseen = None
    if is_open and kind.moves_dates:
        foreseen = date_previews.foresee(
            g.session, g.clinic, proposal.subject, proposal.after, now=g.now
        )
    names = {one.staff_id: one.staff.name for one in members(g.session, g.clinic.id)}
    page = render_template(
        "proposals/show.html",
        form=form,
        proposal=proposal,
        changes=changes(proposal, names),
        is_open=is_open,
        is_mine=proposal.proposed_by_id == g.staff.id,
        may_decide=g.staff.id in {one.id for one in able},
        deciders=[one.name for one in able],
        is_outdated=is_open and proposals.is_outdated(g.session, proposal),
        foreseen=foreseen,
        climbing=_climbing(proposal),
        is_safer=False,
    )
    return page, status


def _climbing(proposal: Proposal) -> dict[int, int]:
    """How many open watches climb each version of the ladder that is to change."""
    policy = _policy_of(proposal)
    return policy_moves.open_by_version(g.session, policy) if policy else {}


def _policy_of(proposal: Proposal) -> Policy | None:
    name, _, part = proposal.subject.partition(":")
    if name != "policy":
        return None
    kind, _, risk = part.partition(":")
    return present_policy(g.session, g.clinic.id, WatchKind(kind), RiskClass(risk))
