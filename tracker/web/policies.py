"""Reminder policies: read, edited as a plain form, tried on a pump, saved as a new version."""

from functools import partial
from typing import Any

import sqlalchemy as sa
from flask import (
    Blueprint,
    abort,
    current_app,
    flash,
    g,
    redirect,
    render_template,
    request,
    url_for,
)
from flask.typing import ResponseReturnValue
from sqlalchemy.orm import joinedload

from tracker.domain.danger import WatchKind
from tracker.domain.errors import ChangedMeanwhile, SilentPolicy
from tracker.domain.escalation import Ladder, Level
from tracker.domain.ladders import targets_of, templates_of
from tracker.domain.message import Channel
from tracker.domain.policy import HARMLESS, validate
from tracker.domain.risk import RiskClass
from tracker.models import Policy, Proposal, Pump, Staff, Watch
from tracker.services import cover, foresights, policies, policy_moves
from tracker.services.proposals import change
from tracker.services.proposed import of_policy
from tracker.web import policy_fields, policy_words
from tracker.web.confirm import stepped_up
from tracker.web.forms import Form
from tracker.web.message_words import message_words
from tracker.web.rights import may_open
from tracker.web.rows import visible
from tracker.web.saving import save
from tracker.web.words import words_for

bp = Blueprint("policies", __name__)

MOST_PUMPS = 200  # ours: what a list to choose from can hold


@bp.get("/policies")
def index() -> ResponseReturnValue:
    """Every ladder of the clinic, by kind and risk class."""
    found = policies.newest_policies(g.session, g.clinic.id)
    kinds = [
        (kind, {one.risk_class: one for one in found if one.kind is kind})
        for kind in WatchKind
        if any(one.kind is kind for one in found)
    ]
    return render_template("policies/index.html", kinds=kinds, risks=list(RiskClass))


@bp.get("/policies/versions/<int:policy_id>")
def show(policy_id: int) -> ResponseReturnValue:
    """One version, as it was written, and the others beside it."""
    policy = visible(Policy, policy_id)
    versions = g.session.execute(
        sa.select(Policy, Staff.name)
        .outerjoin(Staff, Staff.id == Policy.created_by_id)
        .where(
            Policy.clinic_id == g.clinic.id,
            Policy.kind == policy.kind,
            Policy.risk_class == policy.risk_class,
        )
        .order_by(Policy.version.desc())
    ).all()
    newest = versions[0][0]
    climbs = policy_moves.open_by_version(g.session, newest)
    return render_template(
        "policies/show.html",
        policy=policy,
        ladder=policies.ladder_of(policy),
        names={one.staff_id: one.staff.name for one in cover.members(g.session, g.clinic.id)},
        versions=versions,
        newest=newest,
        climbs=climbs,
        older=sum(count for version, count in climbs.items() if version != newest.version),
        may_edit=may_open("policies.create", g.role),
    )


@bp.get("/policies/<kind>/<risk>/edit")
def edit(kind: str, risk: str) -> ResponseReturnValue:
    """The newest version, to be changed."""
    policy, form = _newest(kind, risk), Form()
    policy_fields.put_ladder(form, policies.ladder_of(policy))
    form.put("seen_version", policy.version)
    return _editor(policy, form)


@bp.post("/policies/<kind>/<risk>/check")
def check(kind: str, risk: str) -> ResponseReturnValue:
    """Add or remove a step, or show who would be told; nothing is written."""
    policy, form = _newest(kind, risk), Form(request.form)
    if policy_fields.change_rows(form):
        return _editor(policy, form)
    ladder = _read(form, policy.kind)
    return _editor(policy, form, typed=ladder, status=200 if form.is_right else 422)


@bp.post("/policies/<kind>/<risk>/edit")
@stepped_up
def create(kind: str, risk: str) -> ResponseReturnValue:
    """Propose what was typed as a new version; it counts when a second person agrees."""
    policy, form = _newest(kind, risk), Form(request.form)
    note = form.text("note", needed="Say what changes and why.", longest=200)
    ladder, seen = _read(form, policy.kind), form["seen_version"]
    found: list[Proposal] = []

    def act() -> None:
        assert ladder is not None
        if seen != str(policy.version):
            raise ChangedMeanwhile("Somebody else has changed this policy meanwhile.")
        subject, after = of_policy(policy.kind, policy.risk_class), {"steps": ladder.as_json()}
        try:
            found.append(
                change(g.session, g.clinic, subject, after, reason=note, by=g.staff, now=g.now)
            )
        except SilentPolicy as refused:
            policy_fields.refuse_step(form, refused)
            raise

    if not (form.is_right and save(form, act)):
        form.errors.pop("steps", None)  # it stands beside its step
        return _editor(_newest(kind, risk), form, typed=ladder, status=422)
    flash("The new version is proposed. Nothing has changed yet: somebody else has to agree.")
    return redirect(url_for("proposals.show", proposal_id=found[0].id))


@bp.post("/policies/<kind>/<risk>/move")
@stepped_up
def move(kind: str, risk: str) -> ResponseReturnValue:
    """Let the open watches climb the newest version."""
    policy = _newest(kind, risk)
    moved = policy_moves.move_open_watches(g.session, policy, now=g.now)
    g.session.commit()
    flash(f"{moved} open {'watch climbs' if moved == 1 else 'watches climb'} this version now.")
    return redirect(url_for("policies.show", policy_id=policy.id))


def _newest(kind: str, risk: str) -> Policy:
    if kind not in list(WatchKind) or risk not in list(RiskClass):
        abort(404)
    return policies.newest_policy(
        g.session, g.clinic.id, WatchKind(kind), RiskClass(risk), now=g.now
    )


def _read(form: Form, kind: WatchKind) -> Ladder | None:
    """The ladder that was typed, held to the rules; what is wrong stands beside its step."""
    people = [one.staff_id for one in cover.members(g.session, g.clinic.id)]
    ladder = policy_fields.read_ladder(form, people)
    if ladder is None:
        return None
    try:
        validate(ladder, kind)
    except SilentPolicy as refused:
        policy_fields.refuse_step(form, refused)
    return ladder


def _channels() -> frozenset[Channel]:
    """The ways of sending that are set up."""
    has_sms = current_app.config["CHANNEL_SMS"] != "none"
    return frozenset(Channel) if has_sms else frozenset({Channel.EMAIL})


def _editor(
    policy: Policy, form: Form, *, typed: Ladder | None = None, status: int = 200
) -> ResponseReturnValue:
    people = [(one.staff_id, one.staff.name) for one in cover.members(g.session, g.clinic.id)]
    page = render_template(
        "policies/edit.html",
        form=form,
        policy=policy,
        is_danger=policy.kind not in HARMLESS,
        rows=policy_fields.rows(form),
        levels=[(one.value, words_for(one)) for one in Level],
        anchors=policy_words.anchor_options(policy.kind),
        targets=_targets(policy),
        people=people,
        templates=[(one, message_words(one)) for one in templates_of(policy.kind)],
        units=policy_fields.UNIT_OPTIONS,
        ways=policy_fields.WAYS,
        places=policy_fields.PLACES,
        most=policy_fields.MOST_STEPS,
        in_days=partial(policy_fields.in_days, form),
        **_preview(policy, form, typed),
    )
    return page, status


def _targets(policy: Policy) -> list[tuple[str, str]]:
    """Whom a step may tell; and whom one tells already, or saving would drop them unseen."""
    told = {one for step in policies.ladder_of(policy).steps for one in step.targets}
    offered = {*targets_of(policy.kind), *told}
    return [(one.value, words) for one, words in policy_words.TARGETS.items() if one in offered]


def _preview(policy: Policy, form: Form, typed: Ladder | None) -> dict[str, Any]:
    """Who would be told when for the chosen pump: as typed, and as it is stored."""
    pumps = g.session.execute(
        sa.select(Watch, Pump)
        .join(Pump, Pump.id == Watch.pump_id)
        .where(
            Watch.clinic_id == g.clinic.id,
            Watch.kind == policy.kind,
            Watch.risk_class == policy.risk_class,
            Watch.closed_at.is_(None),
        )
        .order_by(Watch.danger_at, Watch.id)
        .limit(MOST_PUMPS)
        .options(joinedload(Pump.patient))
    ).all()
    chosen = next((one for one, _ in pumps if str(one.id) == form["watch_id"]), None)
    shown = []
    for title, ladder in (("As typed", typed), ("As saved", policies.ladder_of(policy))):
        if chosen is not None and ladder is not None:
            steps = foresights.foresee(g.session, chosen, ladder, _channels(), now=g.now)
            shown.append((title, steps))
    options = [
        (watch.id, f"{pump.patient.family_name}, {pump.patient.given_name} ({pump.serial})")
        for watch, pump in pumps
    ]
    return {"watches": options, "previews": shown}
