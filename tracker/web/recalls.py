"""Field-safety notices: entering one, its pumps, and what was done for each."""

from flask import Blueprint, flash, g, redirect, render_template, request, url_for
from flask.typing import ResponseReturnValue

from tracker.domain.catalogue.known_notices import known_notices
from tracker.domain.recall import RecallClass, RecallFacts, Touch
from tracker.models import Pump, Recall
from tracker.services import proposals, recalls
from tracker.services.proposed import of_recall
from tracker.web.catalogue import pump_models
from tracker.web.confirm import stepped_up
from tracker.web.forms import Form
from tracker.web.recall_fields import put_facts, read_facts
from tracker.web.rows import visible, visible_recall_pump
from tracker.web.saving import save
from tracker.web.words import words_for

bp = Blueprint("recalls", __name__)


@bp.get("/clinic/notices")
def index() -> ResponseReturnValue:
    """What this clinic has entered, and what is known to have been published."""
    entered = recalls.recalls(g.session, g.clinic.id)
    taken = {(one.authority, one.reference) for one, _, _ in entered if not one.withdrawn_at}
    known = known_notices().values()
    fresh = [one for one in known if (one.facts.authority, one.facts.reference) not in taken]
    return render_template("recalls/index.html", entered=entered, known=fresh)


@bp.get("/clinic/notices/new")
def new() -> ResponseReturnValue:
    """An empty notice, or a published one to read against its paper."""
    form, known = Form(), known_notices().get(request.args.get("known", ""))
    if known is not None:
        put_facts(form, known.facts)
    return _form_page(form)


@bp.post("/clinic/notices/check")
def check() -> ResponseReturnValue:
    """Show which pumps it would be about; nothing is written."""
    form = Form(request.form)
    facts = read_facts(form, pump_models())
    return _form_page(form, facts=facts, status=200 if facts else 422)


@bp.post("/clinic/notices")
def create() -> ResponseReturnValue:
    """Enter it: every pump that it is about, or may be, is watched from now on."""
    form = Form(request.form)
    facts, made = read_facts(form, pump_models()), list[Recall]()

    def act() -> None:
        assert facts is not None
        made.append(recalls.enter_recall(g.session, g.clinic, facts, by=g.staff, now=g.now))

    if not (facts and save(form, act)):
        return _form_page(form, status=422)
    flash(
        "The notice is entered. The pumps below are watched until something is done for each."
    )
    return redirect(url_for("recalls.show", recall_id=made[0].id))


@bp.get("/clinic/notices/<int:recall_id>")
def show(recall_id: int) -> ResponseReturnValue:
    """The notice, and each pump with what was done."""
    return _page(visible(Recall, recall_id), Form())


@bp.post("/clinic/notices/<int:recall_id>/withdraw")
@stepped_up
def withdraw(recall_id: int) -> ResponseReturnValue:
    """Propose to take it back: a second person has to agree."""
    recall, form = visible(Recall, recall_id), Form(request.form)
    reason = form.text("reason", needed="Say why.", longest=200)

    def act() -> None:
        proposals.change(
            g.session, g.clinic, of_recall(recall.id), {"is_in_force": False},
            reason=reason, by=g.staff, now=g.now,
        )  # fmt: skip

    if not (form.is_right and save(form, act)):
        return _page(visible(Recall, recall_id), form, status=422)
    flash("It is proposed. Nothing has changed yet: a second person has to agree.")
    return redirect(url_for("recalls.show", recall_id=recall_id))


@bp.get("/clinic/notices/<int:recall_id>/letters")
def letters(recall_id: int) -> ResponseReturnValue:
    """A letter to each patient for whom nothing is done yet, to print."""
    recall = visible(Recall, recall_id)
    rows = [one for one in recalls.pumps_of_recall(g.session, recall) if _is_ours(one.pump)]
    waiting = [one for one in rows if one.is_open]
    return render_template("recalls/letters.html", recall=recall, rows=waiting)


@bp.post("/clinic/notices/<int:recall_id>/letters")
def note_letters(recall_id: int) -> ResponseReturnValue:
    """Write down that the letters on the page are on their way; that ends nothing."""
    recall, form, counts = visible(Recall, recall_id), Form(request.form), list[int]()
    shown = set(request.form.getlist("row"))  # not one that has come since they were printed
    rows = [one for one in recalls.pumps_of_recall(g.session, recall) if _is_ours(one.pump)]
    meant = [one for one in rows if str(one.id) in shown]

    def act() -> None:
        counts.append(recalls.note_letters(g.session, meant, by=g.staff, now=g.now))

    if not save(form, act):
        return _page(recall, form, status=422)
    noted = f"{counts[0]} letter{'' if counts[0] == 1 else 's'} noted as sent."
    flash(f"{noted} Each pump is watched until something is done for it.")
    return redirect(url_for("recalls.show", recall_id=recall_id))


@bp.get("/notices/<int:recall_pump_id>")
def pump(recall_pump_id: int) -> ResponseReturnValue:
    """What a notice means for one pump, and what was done."""
    form = Form()
    form.put("done_on", g.today.isoformat())
    return _pump_page(recall_pump_id, form)


@bp.post("/notices/<int:recall_pump_id>")
def answer(recall_pump_id: int) -> ResponseReturnValue:
    """Write down what was done for this pump; that ends its watch."""
    row, form = visible_recall_pump(recall_pump_id), Form(request.form)
    what = form.text("what", needed="Say what was done for this pump.")
    done_on = form.day("done_on", needed="Give the day.")

    def act() -> None:
        assert done_on is not None
        recalls.answer_recall(g.session, row, what=what, done_on=done_on, by=g.staff, now=g.now)

    if not (form.is_right and save(form, act)):
        return _pump_page(recall_pump_id, form, status=422)
    flash("It is recorded. This notice asks for nothing more of this pump.")
    return redirect(url_for("recalls.pump", recall_pump_id=recall_pump_id))


@bp.get("/notices/<int:recall_pump_id>/letter")
def letter(recall_pump_id: int) -> ResponseReturnValue:
    """The letter to one patient, to print."""
    row = visible_recall_pump(recall_pump_id)
    return render_template("recalls/letters.html", recall=row.recall, rows=[row])


@bp.post("/notices/<int:recall_pump_id>/letter")
def note_letter(recall_pump_id: int) -> ResponseReturnValue:
    """Write down that the letter is on its way; that ends nothing."""
    row, form = visible_recall_pump(recall_pump_id), Form(request.form)
    if not save(form, lambda: recalls.note_letter(g.session, row, by=g.staff, now=g.now)):
        return _pump_page(recall_pump_id, form, status=422)
    flash("The letter is noted as sent. The pump is watched until something is done for it.")
    return redirect(url_for("recalls.pump", recall_pump_id=recall_pump_id))


def _is_ours(pump: Pump) -> bool:
    return bool(pump.clinic_id == g.clinic.id)


def _form_page(
    form: Form, *, facts: RecallFacts | None = None, status: int = 200
) -> ResponseReturnValue:
    found: list[tuple[Pump, Touch]] | None = None
    if facts is not None:
        pumps = recalls.pumps_of_models(g.session, g.clinic.id, facts.models)
        touched = [(one, facts.scope.touch(one.serial, one.implant_day)) for one in pumps]
        found = [one for one in touched if one[1] is not Touch.UNAFFECTED]
    page = render_template(
        "recalls/new.html",
        form=form,
        models=pump_models(),
        classes=[(one.value, words_for(one)) for one in RecallClass],
        found=found,
    )
    return page, status


def _page(recall: Recall, form: Form, *, status: int = 200) -> ResponseReturnValue:
    rows = recalls.pumps_of_recall(g.session, recall)
    waiting = proposals.open_proposals(g.session, g.clinic.id, now=g.now)
    mine = [one for one in waiting if one.subject == of_recall(recall.id)]
    page = render_template(
        "recalls/show.html",
        recall=recall,
        form=form,
        ours=[one for one in rows if _is_ours(one.pump)],
        gone=sum(not _is_ours(one.pump) for one in rows),
        proposal=mine[0] if mine else None,
    )
    return page, status


def _pump_page(recall_pump_id: int, form: Form, *, status: int = 200) -> ResponseReturnValue:
    row = visible_recall_pump(recall_pump_id)
    return render_template("recalls/pump.html", row=row, form=form), status
