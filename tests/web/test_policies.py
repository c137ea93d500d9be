"""Reminder policies on their pages: read by all, edited by who leads, refused where silent."""

import re
from dataclasses import replace

import pytest
import sqlalchemy as sa

from tests.builders import a_staff_member
from tests.web.conftest import HASH, post, rows, sign_in
from tracker.domain.danger import WatchKind
from tracker.domain.escalation import Ladder, default_ladder, ladder_from
from tracker.domain.risk import RiskClass
from tracker.models import Policy, Proposal, Role, Watch
from tracker.services.policies import install_default_policies, newest_policy
from tracker.services.proposals import agree
from tracker.web.policy_words import anchor_options

EDIT = "/policies/refill/critical/edit"
CHECK = "/policies/refill/critical/check"
DEFAULT = default_ladder(WatchKind.REFILL, RiskClass.CRITICAL)


@pytest.fixture
def as_cora(client, here, session, now):
    """The coordinator, signed in."""
    cora = a_staff_member(
        session, "Cora", clinic=here.clinic, role=Role.COORDINATOR, password_hash=HASH
    )
    install_default_policies(session, here.clinic.id, now=now)
    session.commit()
    assert sign_in(client, cora.email).status_code == 302
    return client


def newest(session) -> Policy:
    asked = sa.select(Policy).where(Policy.kind == "refill", Policy.risk_class == "critical")
    return rows(session, asked.order_by(Policy.version.desc()).limit(1))[0]


def agreed(session, here, now) -> None:
    """Dr Ito, the last resort, agrees to what was proposed; nobody else leads here."""
    asked = sa.select(Proposal).where(Proposal.outcome.is_(None))
    agree(session, session.scalars(asked).one(), by=here.ito, now=now)
    session.commit()


def typed_on(page: str) -> dict[str, str]:
    """What a browser would send of this page's form, unchanged."""
    fields: dict[str, str] = {}
    page = page.partition("<main")[2].partition("</main>")[0]
    for tag in re.findall(r"<input[^>]*>", page):
        found = dict(re.findall(r'(\w+)="([^"]*)"', tag))
        is_off = found.get("type") == "checkbox" and " checked" not in tag
        if "name" in found and not is_off and found["name"] != "csrf_token":
            fields[found["name"]] = found.get("value", "")
    for name, options in re.findall(
        r'<select id="[^"]*" name="([^"]*)"(.*?)</select>', page, re.S
    ):
        chosen = re.search(r'value="([^"]*)" selected', options)
        fields[name] = chosen[1] if chosen else ""
    return fields


def test_everybody_reads_the_ladders_and_their_versions(as_vera, here, session, now):
    install_default_policies(session, here.clinic.id, now=now)
    session.commit()
    page = as_vera.get("/policies").text
    assert "13 steps" in page
    assert page.count("critical risk</span>") == len(WatchKind)
    shown = as_vera.get(f"/policies/versions/{newest(session).id}").text
    assert "shipped with the program" in shown
    assert "last resort" in shown
    assert "Change it" not in shown
    assert as_vera.get(EDIT).status_code == 403
    assert post(as_vera, EDIT).status_code == 403


def test_a_page_that_is_saved_says_the_same_once_somebody_else_agrees(
    as_cora, here, session, now
):
    fields = typed_on(as_cora.get(EDIT).text)
    unchanged = post(as_cora, EDIT, **fields | {"note": "looked through"})
    assert "nothing would change" in unchanged.text

    answer = post(as_cora, EDIT, **fields | {"steps-0-name": "ring", "note": "looked through"})

    assert answer.status_code == 302
    again = post(as_cora, EDIT, **fields | {"steps-0-name": "ring", "note": "looked through"})
    assert again.status_code == 422  # sent twice, it is proposed once
    assert len(rows(session, sa.select(Proposal))) == 1
    shown = as_cora.get(answer.location).text
    assert "<strong>ring: " in shown
    assert "somebody else has to agree" in shown
    assert newest(session).version == 1
    agreed(session, here, now)
    found = newest(session)
    assert (found.version, found.note) == (2, "looked through")
    first = replace(DEFAULT.steps[0], name="ring")
    assert ladder_from(found.steps) == Ladder((first, *DEFAULT.steps[1:]))
    assert "looked through" in as_cora.get(f"/policies/versions/{found.id}").text


def test_promise_covered_a_ladder_that_could_fall_silent_is_refused_beside_its_step(
    as_cora, session
):
    fields = typed_on(as_cora.get(EDIT).text)
    last = len(DEFAULT.steps) - 1
    del fields[f"steps-{last}-to_last_resort"]

    answer = post(as_cora, EDIT, **fields | {"note": "quieter"})

    assert answer.status_code == 422
    assert f'id="steps-{last}-name-error">Step {last + 1}' in answer.text
    assert "must reach the clinic" in answer.text
    assert 'value="quieter"' in answer.text
    assert newest(session).version == 1


def test_hours_of_many_days_are_said_in_days_beside_the_field(as_cora):
    page = as_cora.get("/policies/refill/critical/edit").text

    assert page.count("20 days and 23 hours") == 1
    assert "8 hours" not in page.split("Who would be told when")[0]


def test_whoever_reads_a_report_is_offered_for_that_report_alone(as_cora):
    of_refill = as_cora.get("/policies/refill/critical/edit").text
    of_day = as_cora.get("/policies/day_report/critical/edit").text

    assert "report of the" not in of_refill
    assert "report of the day" in of_day
    assert "report of the week" not in of_day


def test_a_step_is_added_and_removed_and_nothing_typed_is_lost(as_cora, session):
    fields = typed_on(as_cora.get(EDIT).text) | {"steps-1-name": "typed just now"}

    more = typed_on(post(as_cora, CHECK, **fields | {"add": "0"}).text)

    assert more["steps_rows"] == str(len(DEFAULT.steps) + 1)
    assert (more["steps-1-name"], more["steps-2-name"]) == ("", "typed just now")
    assert more["steps-0-name"] == fields["steps-0-name"]
    back = typed_on(post(as_cora, CHECK, **more | {"remove": "1"}).text)
    assert {k: v for k, v in back.items() if v} == {k: v for k, v in fields.items() if v}
    assert newest(session).version == 1


def test_what_is_no_number_or_missing_is_told_beside_its_field(as_cora):
    fields = typed_on(as_cora.get(EDIT).text)
    fields |= {"steps-0-a_amount": "soon", "steps-1-name": "", "steps-2-template": ""}

    page = post(as_cora, EDIT, **fields)

    assert page.status_code == 422
    for name in ("steps-0-a_amount", "steps-1-name", "steps-2-template", "note"):
        assert f'id="{name}-error"' in page.text, name
    assert 'value="soon"' in page.text


def test_two_who_edit_at_once_lose_neither_s_work(as_cora, here, session, now):
    fields = typed_on(as_cora.get(EDIT).text) | {"note": "mine", "steps-0-name": "ring"}
    assert post(as_cora, EDIT, **fields).status_code == 302
    waits = post(as_cora, EDIT, **fields)
    agreed(session, here, now)

    answer = post(as_cora, EDIT, **fields)

    assert waits.status_code == answer.status_code == 422
    assert "waits already" in waits.text
    assert "meanwhile" in answer.text
    assert newest(session).version == 2


def test_who_would_be_told_is_shown_as_typed_and_as_saved(as_cora, here, session):
    asked = sa.select(Watch).where(Watch.open_key == f"{here.pump.id}:refill")
    (watch,) = rows(session, asked)
    path = f"/policies/refill/{watch.risk_class}"
    fields = typed_on(as_cora.get(f"{path}/edit").text)
    fields |= {"watch_id": str(watch.id), "steps-0-name": "a name of today"}

    page = post(as_cora, f"{path}/check", **fields)

    assert page.status_code == 200
    assert page.text.index("As typed") < page.text.index("As saved")
    assert "<strong>a name of today</strong>" in page.text
    assert here.nadia.name in page.text
    assert newest(session).version == 1


def test_open_watches_are_moved_as_an_act_of_its_own(as_cora, here, session, now):
    asked = sa.select(Watch).where(Watch.open_key == f"{here.pump.id}:refill")
    (watch,) = rows(session, asked)
    path = f"/policies/refill/{watch.risk_class}"
    fields = typed_on(as_cora.get(f"{path}/edit").text)
    saved = post(as_cora, f"{path}/edit", **fields | {"note": "new", "steps-0-name": "ring"})
    assert "1 on version 1" in as_cora.get(saved.location).text
    agreed(session, here, now)
    assert rows(session, asked)[0].policy_id == watch.policy_id

    moved = post(as_cora, f"{path}/move")

    assert "1 open watch on version 2" in as_cora.get(moved.location).text


def test_another_clinic_s_ladder_is_not_there(as_sam, here, session, now):
    install_default_policies(session, here.clinic.id, now=now)
    session.commit()

    assert as_sam.get(f"/policies/versions/{newest(session).id}").status_code == 404


def test_a_kind_that_there_is_not_is_not_there(as_cora):
    assert as_cora.get("/policies/nonsense/critical/edit").status_code == 404
    assert as_cora.get("/policies/refill/nonsense/edit").status_code == 404


COUNTED_FROM = {
    "refill": ("at refill-by", "the earliest empty date"),
    "battery": ("at the day by which the surgery must be booked", "the end of the battery"),
    "visit": (
        "7 days before the time of the visit",
        "the hour at which its day was found closed",
    ),
    "reply": ("4 hours after the arrival of the answer",),
    "list": ("at the hour of the morning list",),
}


def test_a_step_is_counted_from_what_the_date_of_its_kind_is(as_cora, here, session, now):
    policies = {
        kind: newest_policy(session, here.clinic.id, kind, RiskClass.CRITICAL, now=now).id
        for kind in WatchKind
    }
    for kind, said in COUNTED_FROM.items():
        page = as_cora.get(f"/policies/versions/{policies[WatchKind(kind)]}").text
        steps = page[page.index("<h2>Steps</h2>") : page.index("<h2>Open watches</h2>")]

        assert [words for words in said if words not in steps] == [], kind
        assert ("empty" in steps) == (kind == "refill")

    editor = as_cora.get("/policies/visit/critical/edit").text
    assert ">the time of the visit</option>" in editor
    assert "empty date" not in editor


def test_every_kind_has_words_for_each_date_that_it_has():
    for kind in WatchKind:
        words = [said for _, said in anchor_options(kind)]
        assert len(set(words)) == len(words) > 0
