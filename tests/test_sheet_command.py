"""`flask import sheet`: a clinic's sheet comes in whole rows, once, and watched."""

import json
from pathlib import Path

import pytest
import sqlalchemy as sa
from sqlalchemy import event
from sqlalchemy.orm import Session

from tests.commands import run
from tests.interop.sheets.sheets import GOOD, LONDON, NOW, other, row, sheet
from tests.riverside import riverside
from tracker.domain.catalogue import load
from tracker.domain.danger import WatchKind
from tracker.interop.sheets.mapping import mapping_from
from tracker.interop.sheets.opening import open_sheet
from tracker.interop.sheets.reading import read_rows
from tracker.models import (
    Contact,
    Patient,
    Programme,
    Pump,
    Reading,
    Refill,
    TrailEntry,
    Watch,
)
from tracker.services import import_portions
from tracker.services.imports import source_of, take_in
from tracker.services.pumps import end_pump

CASES = Path(__file__).parent / "interop" / "sheets" / "cases"
AT = "2026-11-22T12:00:00Z"
TABLES = (Patient, Contact, Pump, Refill, Programme, Reading, Watch, TrailEntry)


@pytest.fixture
def begins_with():
    return riverside


@pytest.fixture
def take(runner, standing, tmp_path):
    """The command on a sheet of these rows; what it answers."""

    def taken(*rows, dry_run=False, **mapping):
        file, said = tmp_path / "clinic.csv", tmp_path / "map.json"
        file.write_text(sheet(*rows))
        said.write_text(json.dumps(mapping))
        words = ["import", "sheet", str(file), "--clinic", standing.clinic.name, "--now", AT]
        words += ["--mapping", str(said), "--json", *(["--dry-run"] if dry_run else [])]
        done = run(runner, *words)
        assert done.exit_code == 0, done.stderr
        return json.loads(done.stdout)

    return taken


def counts(session):
    session.expire_all()
    found = [session.scalar(sa.select(sa.func.count()).select_from(one)) for one in TABLES]
    session.commit()  # a reader that stays open keeps others from writing
    return found


def pumps(session):
    session.expire_all()
    return list(session.scalars(sa.select(Pump).order_by(Pump.id)))


def test_hazard_h32_the_public_example_is_taken_in_once(runner, session, standing):
    words = ["import", "sheet", str(CASES / "clinic_sheet.csv"), "--clinic",
             str(standing.clinic.id), "--mapping", str(CASES / "clinic_sheet.map.json"),
             "--now", AT, "--json"]  # fmt: skip
    wanted = json.loads((CASES / "clinic_sheet.expected.json").read_text())
    before = counts(session)
    dry = json.loads(run(runner, *words, "--dry-run").stdout)
    assert counts(session) == before
    done = json.loads(run(runner, *words).stdout)
    after = counts(session)
    again = json.loads(run(runner, *words).stdout)

    assert done == dry
    assert done["summary"] == wanted["summary"]
    for mine, theirs in zip(done["rows"], wanted["rows"], strict=True):
        assert {name: mine[name] for name in theirs} == theirs
    assert after > before
    assert counts(session) == after
    assert again["summary"] == {"import": 0, "reject": 3, "skip": 1, "duplicate": 2}
    assert again["rows"][0]["reason"] == "the clinic has this record already"


def test_promise_covered_a_pump_that_is_taken_in_is_watched(session, take):
    assert take(row(Phone="01632 960123", **{"ERI months": ""}))["summary"]["import"] == 1

    (pump,) = pumps(session)
    open_now = sa.select(Watch).where(Watch.pump_id == pump.id, Watch.closed_at.is_(None))
    watches = {one.kind: one for one in session.scalars(open_now)}
    assert {WatchKind.REFILL, WatchKind.BATTERY, WatchKind.NO_DATA} == set(watches)
    assert watches[WatchKind.REFILL].danger_at is not None
    # no sheet tells when it was implanted, so nothing says that its battery lasts
    assert pump.implant_day is None
    assert watches[WatchKind.BATTERY].danger_at is None
    assert "01632 960123" in pump.patient.note
    entry = session.scalars(sa.select(TrailEntry).where(TrailEntry.what == "refill")).one()
    assert entry.actor == "flask import sheet"


def test_months_to_the_indicator_give_the_battery_its_date(session, take):
    take(row(**{"ERI months": "36"}))

    (pump,) = pumps(session)
    asked = sa.select(Watch.danger_at).where(Watch.open_key == f"{pump.id}:battery")
    assert session.scalar(asked) is not None


def test_a_row_that_fails_half_way_leaves_nothing_and_stops_none(session, take):
    """A mixture without a limit is refused with where it goes; as it says, it comes in."""
    said = {"Drug": "", "Conc": "", "Dose_day": "5 mg", "mL_in": "38", "Alarm_date": ""}
    mixed = {"Solution": "Morphine 20 mg/mL + Bupivacaine 10 mg/mL", "Stability days": ""}
    without, given = other(1, **said) | mixed, other(2, **said) | mixed
    given["Stability days"] = "30"
    found = take(without, row() | {"Solution": "", "Stability days": ""}, given)

    assert [one["outcome"] for one in found["rows"]] == ["reject", "import", "import"]
    assert "in a column headed “stability days”" in found["rows"][0]["reason"]
    assert len(pumps(session)) == 2
    assert session.scalar(sa.select(sa.func.count()).select_from(Patient)) == 2


def test_a_newer_refill_joins_the_pump_and_what_contradicts_it_is_refused(
    session, take, standing
):
    take(row(Filled_on="1 Jun 2026", Alarm_date=""))
    newer = take(row(), row(Filled_on="1 Jun 2026", Alarm_date=""))
    assert [one["outcome"] for one in newer["rows"]] == ["import", "duplicate"]
    (pump,) = pumps(session)
    assert session.scalar(sa.select(sa.func.count()).select_from(Refill)) == 2

    later = {"Filled_on": "9 Nov 2026", "Alarm_date": ""}
    cases = (
        ({"Born": "15 Mar 1970"}, "another date of birth"),
        ({"Patient": "Sample, Ida"}, "on record as Example, Ida"),
        ({"MRN": "0099", "Patient": "Sample, Ove"}, "another patient"),
        ({"Pump": "SynchroMed III 40"}, "is on record as SynchroMed II 40 mL"),
        ({"MRN": "7", "Serial": "TST77"}, "is this the same patient?"),
        ({"Alarm volume": "4"}, "4 mL in the sheet"),
        ({"Filled_on": "2 Nov 2026", "mL_in": "38"}, "on record with other values"),
        ({"Filled_on": "2 Nov 2026", "Dose_day": "410 mcg"}, "a dose of 400 mcg/day"),
    )
    found = taken_apart(session, standing, [row(**{**later, **one}) for one, _ in cases])
    for one, (_, reason) in zip(found, cases, strict=True):
        assert one.outcome == "reject"
        assert reason in one.reason
    (beside,) = taken_apart(session, standing, [row(Serial="TST77", **later)])
    assert "was it replaced?" in beside.warnings[-1]
    (alike,) = taken_apart(session, standing, [row(Serial="TST78", MRN="0099", **later)])
    assert (alike.outcome, len(alike.warnings)) == ("import", 1)
    assert "with MRN 0007: is this the same patient?" in alike.warnings[0]

    ended = {"kind": "explanted", "ended_on": NOW.date(), "note": "letter"}
    end_pump(session, pump, **ended, by=standing.nadia, now=NOW)
    (ended,) = taken_apart(session, standing, [row(**later)])
    assert "has ended here" in ended.reason


def taken_apart(session, standing, rows):
    """What becomes of each row in the clinic, were it alone in its sheet."""
    records = []
    for number, one in enumerate(rows):
        opened = open_sheet(sheet(one).encode(), mapping_from({}))
        (read,) = read_rows(opened, zone=LONDON, catalogue=load(), now=NOW)
        records.append((number, read.record))
    clinic, by = standing.clinic, standing.nadia
    source = source_of(session, clinic, "clinic.csv", zone=None, by=by, now=NOW)
    return [one for _, one in sorted(take_in(session, clinic, records, source).items())]


def test_a_pump_that_has_ended_by_the_sheet_and_not_here_is_told_and_not_ended(session, take):
    take(row())
    found = take(row(Status="explanted"), other(1, Status="died"))["rows"]

    assert [one["outcome"] for one in found] == ["skip", "skip"]
    assert "is watched here" in found[0]["warnings"][0]
    assert found[1]["warnings"] == []
    assert pumps(session)[0].ended_at is None


def test_rows_of_one_pump_are_taken_in_by_their_dates(session, take):
    found = take(row(), row(Filled_on="1 Jun 2026", Dose_day="300 mcg", Alarm_date=""))

    assert found["summary"]["import"] == 2
    (pump,) = pumps(session)
    asked = sa.select(Watch).where(Watch.pump_id == pump.id, Watch.kind == WatchKind.REFILL)
    closed = [one.closed_at is not None for one in session.scalars(asked.order_by(Watch.id))]
    assert closed == [True, True, False]  # what was empty, what was filled in June, what is now


def test_what_can_t_be_done_is_said_on_standard_error(runner, standing, tmp_path):
    file, broken = tmp_path / "clinic.csv", tmp_path / "map.json"
    file.write_text(sheet(GOOD))
    broken.write_text("{")
    for words, status, said in (
        (["--clinic", "Nowhere"], 1, "no clinic"),
        (["--clinic", "1", "--as", "nobody@example.org"], 1, "works in"),
        (["--clinic", "1", "--mapping", str(broken)], 1, "no JSON"),
        ([], 2, "--clinic"),
        (["--clinic", "1", "--mapping", "missing.json"], 2, "does not exist"),
    ):
        done = run(runner, "import", "sheet", str(file), "--json", *words)
        assert done.exit_code == status
        assert done.stdout == ""
        assert said in done.stderr


def test_one_that_breaks_off_says_how_many_rows_are_in(
    runner, session, standing, tmp_path, monkeypatch
):
    monkeypatch.setattr(import_portions, "MOST_ROWS", 1)
    file = tmp_path / "clinic.csv"
    file.write_text(sheet(row(), other(1), other(2)))
    words = ["import", "sheet", str(file), "--clinic", standing.clinic.name, "--now", AT]
    stopped = stop_at_commit(5)  # savepoints too: by Ctrl-C, when the second row is to be kept

    broken = run(runner, *words)
    event.remove(Session, "before_commit", stopped)

    assert broken.exit_code == 1
    assert broken.stderr.startswith("It broke off. Rows that are in, and stay: 1.")
    assert len(pumps(session)) == 1
    session.commit()  # a reader that stays open keeps others from writing
    assert "2 import, 0 reject, 0 skip, 1 duplicate" in run(runner, *words).stdout


def stop_at_commit(count):
    left = [count]

    def before_commit(_session):
        left[0] -= 1
        if left[0] == 0:
            raise KeyboardInterrupt

    event.listen(Session, "before_commit", before_commit)
    return before_commit
