"""Alarms of pumps: the call sheet, one alarm with what it means, its end, and the list."""

from typing import Any

from flask import Blueprint, flash, g, redirect, render_template, request, url_for
from flask.typing import ResponseReturnValue

from tracker.domain.alarm import BY_EAR, ERI, Reporter, Severity
from tracker.domain.catalogue import load
from tracker.models import DeviceAlarm, Pump
from tracker.services import alarm_closings, alarm_watches
from tracker.services.alarm_corrections import correct_alarm
from tracker.services.alarm_lists import (
    AlarmLine,
    alarm_lines,
    alarms_of_pump,
    line_of,
    reports_of,
    undone_closings,
)
from tracker.services.alarm_watches import entry_of
from tracker.services.alarms import record_alarm
from tracker.services.bookings import booked_for
from tracker.services.emergencies import plan_of
from tracker.web.alarm_fields import (
    REPORTERS,
    SYMPTOMS,
    TONES,
    is_read,
    read_alarm,
    read_told,
    shown_by_a_programmer,
)
from tracker.web.forms import Form
from tracker.web.rows import visible_alarm, visible_pump, visible_report
from tracker.web.saving import save

bp = Blueprint("alarms", __name__)
MOST_SHOWN = 200  # ours: what one page can hold
ON_PUMP = 5  # ours: the alarm's own list has them all
STATES = {"open": True, "closed": False}
CLASSES = {
    name: tuple(one.code for one in load().alarms.values() if one.severity in kinds)
    for name, kinds in (
        ("critical", (Severity.CRITICAL,)),
        ("other", tuple(one for one in Severity if one is not Severity.CRITICAL)),
    )
}


@bp.get("/alarms")
def index() -> ResponseReturnValue:
    """The alarms of the clinic with how soon each was answered, the open ones first."""
    state = request.args.get("state", "")
    only = CLASSES.get(request.args.get("class", ""))
    lines = alarm_lines(
        g.session, g.clinic, is_open=STATES.get(state), codes=only, limit=MOST_SHOWN
    )
    return render_template(
        "alarms/index.html",
        lines=lines,
        state=state if state in STATES else "",
        only=request.args["class"] if only else "",
        most=MOST_SHOWN,
    )


@bp.get("/pumps/<int:pump_id>/alarms/new")
def new(pump_id: int) -> ResponseReturnValue:
    """The call sheet, or what the programmer showed."""
    pump, form = visible_pump(pump_id), Form()
    for name in ("alarmed_at", "reported_at"):
        form.put_moment(name, g.now, g.clinic.zone)
    form.put("reporter", Reporter.CLINIC if is_read() else Reporter.PATIENT)
    return _sheet(pump, form)


@bp.post("/pumps/<int:pump_id>/alarms/new")
def create(pump_id: int) -> ResponseReturnValue:
    """Record the alarm; its watch speaks at the next tick."""
    pump, form = visible_pump(pump_id), Form(request.form)
    facts, made = read_alarm(form), []
    eri_on = form.day("eri_on") if is_read() else None

    def act() -> None:
        assert facts is not None
        made.append(record_alarm(g.session, pump, facts, eri_on=eri_on, by=g.staff, now=g.now))

    if facts is None or not form.is_right or not save(form, act):
        return _sheet(pump, form, status=422)
    flash(
        "The alarm is recorded. Messages to those who answer for it are due; "
        "the page of the pump shows which were sent."
    )
    return redirect(url_for("alarms.show", alarm_id=made[0].head_id))


@bp.get("/alarms/<int:alarm_id>")
def show(alarm_id: int) -> ResponseReturnValue:
    """What it means, what the clinic does, who reported it, and what closes it."""
    return _page(visible_alarm(alarm_id), Form())


@bp.post("/alarms/<int:alarm_id>/close")
def close(alarm_id: int) -> ResponseReturnValue:
    """Close it with an interrogation of its pump."""
    alarm, form = visible_alarm(alarm_id), Form(request.form)
    typed = form.text("reading_id", needed="Choose the interrogation.")
    readings = {str(one.id): one for one in alarm_watches.fitting_readings(g.session, alarm)}
    if typed and typed not in readings:
        form.refuse("reading_id", "Choose one of the list.")
    found = form.text("found", longest=60)

    def act() -> None:
        alarm_closings.close_with_reading(
            g.session, alarm, readings[typed], found=found, by=g.staff, now=g.now
        )

    return _closed(alarm, form, act)


@bp.post("/alarms/<int:alarm_id>/close-by-reason")
def close_by_reason(alarm_id: int) -> ResponseReturnValue:
    """Close it with the documented reason of a clinician."""
    alarm, form = visible_alarm(alarm_id), Form(request.form)
    reason = form.text("clinical_reason", needed="Write the clinical reason down.")
    typed = form.text("clinician_id", needed="Name the clinician.")
    able = {str(one.id): one for one in alarm_closings.clinicians_of(g.session, g.clinic.id)}
    if typed and typed not in able:
        form.refuse("clinician_id", "Choose one of the list.")

    def act() -> None:
        alarm_closings.close_with_reason(
            g.session, alarm, reason=reason, clinician=able[typed], by=g.staff, now=g.now
        )

    return _closed(alarm, form, act)


@bp.get("/alarms/<int:alarm_id>/correct")
def amend(alarm_id: int) -> ResponseReturnValue:
    """What was told of it, as it is on record."""
    report, form = visible_report(alarm_id), Form()
    for name in ("alarmed_at", "reported_at"):
        form.put_moment(name, getattr(report, name), g.clinic.zone)
    for name in ("reporter", "symptoms", "doing", "note"):
        form.put(name, getattr(report, name))
    return _correction(report, form)


@bp.post("/alarms/<int:alarm_id>/correct")
def correct(alarm_id: int) -> ResponseReturnValue:
    """Write the report anew beside the old one."""
    report, form = visible_report(alarm_id), Form(request.form)
    reason = form.text("reason", needed="Say why this report is changed.")
    facts, head_id = read_told(form, report.code, report.tone), report.head_id

    def act() -> None:
        assert facts is not None
        correct_alarm(g.session, report, facts, reason=reason, by=g.staff, now=g.now)

    if facts is None or not form.is_right or not save(form, act):
        return _correction(visible_report(alarm_id), form, status=422)
    flash("The report is corrected. What it said before stays in the record.")
    return redirect(url_for("alarms.show", alarm_id=head_id))


def _correction(report: DeviceAlarm, form: Form, *, status: int = 200) -> ResponseReturnValue:
    page = render_template(
        "alarms/correct.html",
        report=report,
        pump=report.pump,
        form=form,
        reporters=REPORTERS,
        symptoms=SYMPTOMS,
        plan=plan_of(g.session, report.pump),
    )
    return page, status


def _closed(alarm: DeviceAlarm, form: Form, act: Any) -> ResponseReturnValue:
    alarm_id = alarm.id
    if not (form.is_right and save(form, act)):
        return _page(visible_alarm(alarm_id), form, status=422)
    if form["found"] in ("", alarm_closings.NOTHING_SHOWN):
        flash("The alarm is closed, with what shows that it is over.")
    else:
        flash("What was heard is closed; the alarm that the programmer showed is open.")
    return redirect(url_for("alarms.show", alarm_id=alarm_id))


def open_on_pump(pump: Pump) -> list[AlarmLine]:
    """The alarms of a pump that are open."""
    return alarms_of_pump(g.session, pump, is_open=True, limit=MOST_SHOWN)


def past_on_pump(pump: Pump) -> list[AlarmLine]:
    """The alarms of a pump that are over, the newest first."""
    return alarms_of_pump(g.session, pump, is_open=False, limit=ON_PUMP)


def _sheet(pump: Pump, form: Form, *, status: int = 200) -> ResponseReturnValue:
    page = render_template(
        "alarms/new.html",
        pump=pump,
        form=form,
        is_read=is_read(),
        tones=TONES,
        codes=shown_by_a_programmer(),
        reporters=REPORTERS,
        symptoms=SYMPTOMS,
        plan=plan_of(g.session, pump),
        contacts=pump.patient.contacts,
    )
    return page, status


def _page(alarm: DeviceAlarm, form: Form, *, status: int = 200) -> ResponseReturnValue:
    line, entry = line_of(g.session, alarm), entry_of(alarm.code)
    reports = reports_of(g.session, alarm)
    page = render_template(
        "alarms/show.html",
        alarm=alarm,
        pump=alarm.pump,
        contacts=alarm.pump.patient.contacts,
        line=line,
        entry=entry,
        reports=reports,
        replaced={one.replaces_id for one, _name in reports},
        undone=undone_closings(g.session, alarm),
        readings=_readings(alarm) if line.watch else [],
        found=[
            (alarm_closings.NOTHING_SHOWN, "No alarm in its log"),
            *shown_by_a_programmer(),
        ],
        is_heard=alarm.code in BY_EAR,
        needs_eri=alarm.code == ERI,
        clinicians=[
            (one.id, one.name) for one in alarm_closings.clinicians_of(g.session, g.clinic.id)
        ],
        plan=plan_of(g.session, alarm.pump),
        visit=booked_for(g.session, alarm.pump_id),
        form=form,
    )
    return page, status


def _readings(alarm: DeviceAlarm) -> list[tuple[int, str]]:
    """The interrogations that can close it, in words."""
    zone = g.clinic.zone
    return [
        (one.id, f"of {one.read_at.astimezone(zone):%d %b %Y, %H:%M}")
        for one in alarm_watches.fitting_readings(g.session, alarm)
    ]
