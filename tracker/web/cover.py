"""Absence and duty: who is away, who stands in, who is on duty, and where nobody is."""

from collections.abc import Callable
from dataclasses import dataclass
from datetime import UTC, date, datetime, time, timedelta

from flask import Blueprint, abort, flash, g, redirect, render_template, request, url_for
from flask.typing import ResponseReturnValue

from tracker.models import Absence, Duty, Membership, Staff
from tracker.services import cover
from tracker.web.forms import Form
from tracker.web.rights import LEADERS
from tracker.web.rows import visible
from tracker.web.saving import save

bp = Blueprint("cover", __name__)

DAY = timedelta(days=1)


@dataclass(frozen=True, slots=True)
class RotaDay:
    """One day of the rota: who is on duty in it, and the hours in which nobody is."""

    day: date
    duties: list[Duty]
    gaps: list[str]


@bp.get("/cover")
def index() -> ResponseReturnValue:
    """All of it on one page."""
    return _page(Form())


@bp.post("/cover/absences")
def away() -> ResponseReturnValue:
    """Write an absence down; everybody their own, who leads anybody's."""
    form = Form(request.form)
    staff = _chosen(form, "staff_id", needed="Say who is away.")
    deputy = _chosen(form, "deputy_id")
    starts_at, ends_at = _span(form, "starts_at", "ends_at")
    note = form.text("note", longest=200)
    if staff is not None and not _may_change(staff.id):
        form.refuse("staff_id", "You can record your own absence only.")
    if not (staff and starts_at and ends_at and form.is_right):
        return _page(form, status=422)
    return _saved(
        form,
        lambda: cover.record_absence(
            g.session, g.clinic, staff, starts_at=starts_at, ends_at=ends_at,
            deputy=deputy, note=note, by=g.staff, now=g.now,
        ),
        f"The absence of {staff.name} is recorded.",
    )  # fmt: skip


@bp.post("/cover/absences/<int:absence_id>/withdraw")
def back(absence_id: int) -> ResponseReturnValue:
    """Take an absence back."""
    absence = visible(Absence, absence_id)
    if not _may_change(absence.staff_id):
        abort(403)
    return _saved(
        Form(),
        lambda: cover.withdraw_absence(g.session, absence, now=g.now),
        "The absence is withdrawn: they are told again.",
    )


@bp.post("/cover/duties")
def put_on_duty() -> ResponseReturnValue:
    """Put somebody on duty."""
    form = Form(request.form)
    staff = _chosen(form, "duty_staff_id", needed="Say who is on duty.")
    starts_at, ends_at = _span(form, "duty_starts_at", "duty_ends_at")
    if not (staff and starts_at and ends_at and form.is_right):
        return _page(form, status=422)
    return _saved(
        form,
        lambda: cover.put_on_duty(
            g.session, g.clinic, staff, starts_at=starts_at, ends_at=ends_at,
            by=g.staff, now=g.now,
        ),
        f"{staff.name} is on duty.",
        {"starts_at": "duty_starts_at", "ends_at": "duty_ends_at"},
    )  # fmt: skip


@bp.post("/cover/duties/<int:duty_id>/withdraw")
def off_duty(duty_id: int) -> ResponseReturnValue:
    """Take somebody off duty."""
    duty = visible(Duty, duty_id)
    return _saved(
        Form(), lambda: cover.withdraw_duty(g.session, duty, now=g.now), "They are off duty."
    )


@bp.post("/cover/deputies/<int:membership_id>")
def stand_in(membership_id: int) -> ResponseReturnValue:
    """Name somebody's standing deputy."""
    membership = visible(Membership, membership_id)
    form, field = Form(request.form), f"deputy_of_{membership_id}"
    deputy = _chosen(form, field)
    if not form.is_right:
        return _page(form, status=422)
    return _saved(
        form,
        lambda: cover.set_deputy(g.session, membership, deputy),
        "The deputy is changed.",
        {"deputy_id": field},
    )


def _may_change(staff_id: int) -> bool:
    return bool(g.role in LEADERS or staff_id == g.staff.id)


def _chosen(form: Form, name: str, *, needed: str = "") -> Staff | None:
    """The colleague who was chosen; one who works elsewhere is none of the list."""
    number = form.text(name, needed=needed)
    if not number:
        return None
    for one in cover.members(g.session, g.clinic.id):
        if str(one.staff_id) == number:
            return one.staff
    form.refuse(name, "Choose one of the list.")
    return None


def _span(form: Form, start: str, end: str) -> tuple[datetime | None, datetime | None]:
    return form.moment(start, g.clinic.zone), form.moment(end, g.clinic.zone)


def _saved(
    form: Form, act: Callable[[], object], sentence: str, names: dict[str, str] | None = None
) -> ResponseReturnValue:
    if save(form, act):
        flash(sentence)
        return redirect(url_for("cover.index"))
    for field, shown in (names or {}).items():  # two forms of the page have such a field
        if field in form.errors:
            form.errors[shown] = form.errors.pop(field)
    return _page(form, status=422)


def _page(form: Form, *, status: int = 200) -> ResponseReturnValue:
    members = cover.members(g.session, g.clinic.id)
    weeks = 4 if request.args.get("weeks") == "4" else 2
    people = [(one.staff_id, one.staff.name) for one in members]
    form.typed.setdefault("staff_id", str(g.staff.id))
    for one in members:
        form.typed.setdefault(f"deputy_of_{one.id}", str(one.deputy_id or ""))
    page = render_template(
        "cover/index.html",
        form=form,
        members=members,
        people=people,
        standing={one.staff_id: one.deputy.name for one in members if one.deputy},
        own=[(g.staff.id, g.staff.name)],
        absences=cover.absences(g.session, g.clinic.id, since=g.now),
        rota=_rota(weeks),
        weeks=weeks,
        leads=g.role in LEADERS,
        may_change=_may_change,
    )
    return page, status


def _rota(weeks: int) -> list[RotaDay]:
    """Today and the days after it; none where nobody is on duty in any of them."""
    days = [g.today + n * DAY for n in range(weeks * 7)]
    starts = [_midnight(day) for day in [*days, days[-1] + DAY]]
    duties = cover.duties(g.session, g.clinic.id, starts[0], starts[-1])
    gaps = cover.gaps(g.session, g.clinic, max(starts[0], g.now), starts[-1])
    if not duties:
        return []
    found = []
    for day, start, end in zip(days, starts, starts[1:], strict=False):
        of_day = [one for one in duties if one.starts_at < end and one.ends_at > start]
        holes = [(max(a, start), min(b, end)) for a, b in gaps if a < end and b > start]
        found.append(RotaDay(day, of_day, [_in_words(hole, start, end) for hole in holes]))
    return found


def _midnight(day: date) -> datetime:
    return datetime.combine(day, time(), g.clinic.zone).astimezone(UTC)


def _in_words(hole: cover.Span, start: datetime, end: datetime) -> str:
    if hole == (start, end):
        return "Nobody all day"
    first, last = (one.astimezone(g.clinic.zone) for one in hole)
    until = "midnight" if hole[1] == end else f"{last:%H:%M}"
    return f"Nobody from {first:%H:%M} to {until}"
