"""The words of each message in each language: looked at, tried, changed, taken back."""

from collections.abc import Mapping
from dataclasses import dataclass
from datetime import datetime, timedelta
from typing import Any

from flask import Blueprint, abort, current_app, flash, g, redirect, render_template, request
from flask import url_for as address_of
from flask.typing import ResponseReturnValue

from tracker.domain import texts
from tracker.domain.danger import Rule, WatchKind
from tracker.domain.errors import TrackerError
from tracker.domain.escalation import Level
from tracker.domain.gsm7 import Length, length
from tracker.domain.languages import NAMES, in_order, name_of
from tracker.domain.message import Channel
from tracker.domain.outgoing import Notice, Words
from tracker.services import wordings
from tracker.web.confirm import stepped_up
from tracker.web.forms import Form
from tracker.web.rights import may_open
from tracker.web.saving import save as save_form

bp = Blueprint("wordings", __name__)
NOBODY = "Ida"  # the invented patient of the preview
PART_NAMES = (("subject", "Subject"), ("body", "Letter"), ("sms", "Text message"))


@dataclass(frozen=True, slots=True)
class Preview:
    """A message as the reader would get it, and how long its text message is."""

    words: Words
    length: Length


@bp.get("/texts")
def index() -> ResponseReturnValue:
    """Every message with its languages, and what patients can't be told in theirs."""
    return render_template(
        "wordings/index.html",
        texts=list(texts.TEXTS.values()),
        may_write=may_open("wordings.save", g.role),
        own=wordings.own_languages(g.session, g.clinic),
        missing=wordings.missing(g.session, g.clinic),
        name_of=name_of,
        languages=sorted(NAMES.items(), key=lambda one: one[1]),
    )


@bp.get("/texts/open")
def choose() -> ResponseReturnValue:
    """To the page of the message and language that were chosen."""
    template, language = request.args.get("template", ""), request.args.get("language", "")
    _text(template, language)
    return redirect(address_of("wordings.edit", template=template, language=language))


@bp.get("/texts/<template>/<language>")
def edit(template: str, language: str) -> ResponseReturnValue:
    """The words as they are said today, and every version."""
    text = _text(template, language)
    kept = _standing(text, language)
    shipped = _shipped(text, language)
    form = Form({part: kept.get(part) or shipped[part] for part in texts.PARTS})
    return _page(text, language, form)


@bp.post("/texts/<template>/<language>/check")
def check(template: str, language: str) -> ResponseReturnValue:
    """What was typed, as a reader would get it; nothing is saved."""
    text, form = _text(template, language), Form(request.form)
    _check(text, language, form)
    return _page(text, language, form, status=200 if form.is_right else 422)


@bp.post("/texts/<template>/<language>")
@stepped_up
def save(template: str, language: str) -> ResponseReturnValue:
    """Keep what was typed as a new version."""
    text, form = _text(template, language), Form(request.form)
    words = _check(text, language, form)
    return _saved(text, language, form, words, "The words are saved.")


@bp.post("/texts/<template>/<language>/restore")
@stepped_up
def restore(template: str, language: str) -> ResponseReturnValue:
    """Go back to the words that come with the program; what was written stays on record."""
    text, form = _text(template, language), Form(request.form)
    words = dict.fromkeys(texts.PARTS, "")
    return _saved(text, language, form, words, "The words of the program are said again.")


def _saved(
    text: texts.Text, language: str, form: Form, words: Mapping[str, str], sentence: str
) -> ResponseReturnValue:
    seen = form["seen_version"]

    def act() -> None:
        wordings.save_wording(
            g.session,
            g.clinic,
            text.name,
            language,
            words,
            seen_version=int(seen) if seen.isdecimal() and len(seen) < 10 else -1,
            by=g.staff,
            now=g.now,
        )

    if form.is_right and save_form(form, act):
        flash(sentence)
        return redirect(address_of("wordings.edit", template=text.name, language=language))
    return _page(text, language, form, status=422)


def _check(text: texts.Text, language: str, form: Form) -> dict[str, str]:
    """The parts as they would be kept, with what is wrong beside each field."""
    shipped = _shipped(text, language)
    words = {}
    for part in texts.PARTS:
        said = form[part].replace("\r\n", "\n").strip()
        words[part] = "" if said == shipped[part] else said
    wrong = wordings.check_wording(g.session, g.clinic, text, language, words)
    for part, sentences in wrong.items():
        form.refuse(part, " ".join(sentences))
    if form.is_right:
        try:
            _preview(text, language, words)
        except TrackerError as refused:
            form.refuse("body", refused.message)
    return words


def _page(
    text: texts.Text, language: str, form: Form, *, status: int = 200
) -> ResponseReturnValue:
    kept = wordings.versions(g.session, g.clinic, text.name, language)
    form.put("seen_version", max((one.wording.version for one in kept), default=0))
    shipped = _shipped(text, language)
    typed = {part: form[part].replace("\r\n", "\n").strip() for part in texts.PARTS}
    own = {part: said for part, said in typed.items() if said != shipped[part]}
    page = render_template(
        "wordings/edit.html",
        text=text,
        language=language,
        language_name=name_of(language),
        form=form,
        parts=PART_NAMES,
        blanks=texts.BLANKS,
        longest=texts.LONGEST,
        versions=kept,
        has_own=any(_standing(text, language).values()),
        preview=_preview(text, language, own)
        if form.is_right and all(typed.values())
        else None,
        may_write=may_open("wordings.save", g.role),
    )
    return page, status


def _preview(text: texts.Text, language: str, own: Mapping[str, str]) -> Preview:
    renderer = current_app.extensions["tracker"].renderer
    words = renderer.words(_example(text, language, own), now=g.now)
    return Preview(words, length(words.sms))


def _shipped(text: texts.Text, language: str) -> dict[str, str]:
    renderer = current_app.extensions["tracker"].renderer
    shipped: dict[str, str] = renderer.with_blanks(
        _example(text, language, {}), language, now=g.now
    )
    return shipped


def _standing(text: texts.Text, language: str) -> dict[str, str]:
    found = wordings.words_of(g.session, g.clinic, text.name, [language])
    return {part: said for (_, part), said in found.items()}


def _example(text: texts.Text, language: str, own: Mapping[str, str]) -> Notice:
    """What would be said of an invented patient, whose visit or date is a week away."""
    at: datetime = g.now + timedelta(days=7)
    facts: dict[str, Any] = {
        "to_name": NOBODY if text.to_patient else g.staff.name,
        "clinic_name": g.clinic.name,
        "clinic_phone": g.clinic.phone,
        "zone": g.clinic.zone,
        "languages": in_order(language),
        "own_words": {(language, part): said for part, said in own.items() if said},
    }
    return Notice(
        key="preview",
        template=text.name,
        channel=Channel.EMAIL,
        to_address="",
        is_to_staff=not text.to_patient,
        kind=WatchKind.REFILL,
        level=Level.WARN,
        nth=1,
        pump_id=123,
        initials="IE",
        given_name=NOBODY,
        danger_at=at,
        dry_at=at + timedelta(days=9),
        binding_rule=Rule.ALARM_LESS_BUFFER,
        **facts,
    )


def _text(template: str, language: str) -> texts.Text:
    if template not in texts.TEXTS or language not in NAMES:
        abort(404)
    return texts.TEXTS[template]


def sms_length(found: Length | str) -> str:
    """How long a text message is, in words, and which letters make it longer."""
    one = length(found) if isinstance(found, str) else found
    many = "one text message" if one.segments == 1 else f"{one.segments} text messages"
    said = f"{one.characters} characters, {many}"
    if one.is_wide:
        letters = " ".join(one.wide[:10])
        said += f"; a text message holds only 70 characters because of: {letters}"
    return said
