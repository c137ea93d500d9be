"""The rehearsal: what it says is what is then sent, and it writes and sends nothing."""

import json
from datetime import time, timedelta

import pytest
import sqlalchemy as sa

from tests.outlets import Listed, into
from tests.rehearsal.conftest import DAY, DAYS, SINCE, START, really_sent
from tests.riverside import open_watch, pump_of, refill_facts, refilled, riverside
from tracker.db import Base
from tracker.domain.danger import WatchKind
from tracker.domain.errors import TrackerError
from tracker.domain.escalation import ladder_from
from tracker.domain.ladders import default_ladder
from tracker.domain.risk import RiskClass
from tracker.models import Finding, Role
from tracker.rehearsal import rehearse, replay
from tracker.services.assessments import assess
from tracker.services.day_reports import KINDS

HOUR = timedelta(hours=1)
COORDINATOR, ADMINISTRATOR = Role.COORDINATOR, Role.ADMINISTRATOR


def dump_of(session):
    """Every row of every table, to see that nothing was written."""
    found = {
        table.name: session.execute(sa.select(table).order_by(*table.primary_key.columns)).all()
        for table in Base.metadata.sorted_tables
    }
    session.commit()
    return found


def of_refills(said):
    return [line for line in said.messages if line.kind is WatchKind.REFILL]


class TestWhatWasRehearsedIsWhatIsThenSent:
    def test_at_the_same_instants_to_the_letter(self, sessions, session, ward):
        said = rehearse(sessions, into(Listed()), days=DAYS, now=SINCE)
        # each day a tick, or the audit would tell, too, that nothing ran for more than a day
        daily = {SINCE + n * DAY for n in range(DAYS)}
        instants = sorted({line.at for line in said.lines} | daily)

        assert len(said.messages) > 50
        assert said.faults == []
        assert really_sent(sessions, session, instants) == [
            (line.at, line.key) for line in said.messages
        ]

    def test_with_a_tick_every_hour_the_same_within_the_hour(self, sessions, session, ward):
        start, days = START + 48 * DAY, 4  # over the day on which the first is late
        said = rehearse(sessions, into(Listed()), days=days, now=start)
        hours = [start + n * HOUR for n in range(days * 24 + 1)]
        real = really_sent(sessions, session, hours)
        at_of = {line.key: line.at for line in said.messages}

        ours = {line.key for line in said.messages if line.at <= hours[-1] - HOUR}
        assert ours
        assert ours <= {key for _, key in real} <= at_of.keys()
        assert all(timedelta(0) <= at - at_of[key] <= HOUR for at, key in real)

    def test_the_reports_of_the_day_and_the_week_to_whoever_reads_them(
        self, sessions, session, ward
    ):
        since = START - HOUR  # before the hour of a Monday's reports
        ward.clinic.report_at = time(9, 30)
        ward.clinic.day_report_to, ward.clinic.week_report_to = COORDINATOR, ADMINISTRATOR
        session.commit()
        said = rehearse(sessions, into(Listed()), days=5, now=since)
        of_one = rehearse(sessions, into(Listed()), days=5, pump_ids=(1,), now=since)
        reports = [line for line in said.messages if line.kind in KINDS]

        told = [(line.template, line.at.isoweekday(), line.to) for line in reports]
        assert sorted(told) == [
            *(("day_report", day, "Cleo") for day in range(1, 6)),
            ("week_report", 1, "Rosa"),
        ]
        assert {(line.at.hour, line.at.minute) for line in reports} == {(8, 30)}
        assert not [line for line in of_one.lines if line.kind in KINDS]
        daily = {since + timedelta(days=n) for n in range(6)}
        instants = sorted({line.at for line in said.lines} | daily)
        assert really_sent(sessions, session, instants) == [
            (line.at, line.key) for line in said.messages
        ]

    def test_of_one_pump_as_of_all(self, sessions, session, ward):
        # later, when every pump is late, the ceiling of a day holds some back
        since = START + 33 * DAY
        all_ = rehearse(sessions, into(Listed()), days=12, now=since)
        pump_id = of_refills(all_)[0].pump_id
        one = rehearse(sessions, into(Listed()), days=12, pump_ids=(pump_id,), now=since)

        assert one.lines == [line for line in all_.lines if line.pump_id == pump_id]
        assert {line.kind for line in all_.lines} > {WatchKind.LIST}

    def test_what_was_sent_before_counts_in_the_nth_notice(self, sessions, session, ward):
        really_sent(sessions, session, [START + timedelta(days=n) for n in (30, 49, 51)])
        said = rehearse(sessions, into(Listed()), days=3, now=START + timedelta(days=52))

        line = max(of_refills(said), key=lambda one: one.nth)
        assert line.nth > 1
        assert f"({line.nth}" in line.subject


class TestNothingHappens:
    def test_no_row_is_written_and_nobody_is_told(self, sessions, session, ward):
        before, channel = dump_of(session), Listed()

        rehearse(sessions, into(channel), days=12, now=START + 40 * DAY)

        assert channel.taken == []
        assert dump_of(session) == before

    def test_a_rehearsal_can_be_stopped_and_says_so(self, sessions, ward):
        answers = iter([True, True, False])
        said = rehearse(
            sessions, into(Listed()), days=30, goes_on=lambda: next(answers), now=START
        )

        assert said.is_cut
        assert START < said.until < START + timedelta(days=30)

    def test_one_without_end_is_refused(self, sessions, ward):
        with pytest.raises(TrackerError):
            rehearse(sessions, into(Listed()), days=1000, now=START)


class TestAnotherLadder:
    def test_an_unsaved_ladder_is_climbed_by_the_open_watches(self, sessions, session, ward):
        ladder = default_ladder(WatchKind.REFILL, RiskClass.CRITICAL)
        steps = [s | {"ordinal": n} for n, s in enumerate(ladder.as_json()[-4:], 1)]
        shorter = ladder_from(steps)
        chosen = {(WatchKind.REFILL, RiskClass.CRITICAL): shorter}
        facts = {"days": 13, "now": START + 40 * DAY}
        said = rehearse(sessions, into(Listed()), policies=chosen, **facts)
        usual = rehearse(sessions, into(Listed()), **facts)

        names = {step.name for step in shorter.steps}
        assert {line.step_name for line in of_refills(said)} <= names
        assert {line.step_name for line in of_refills(usual)} - names


class TestReplay:
    """A pump whose refill is due; its reminders begin some weeks before."""

    def test_the_past_told_again_sends_what_was_sent(self, sessions, session):
        here = riverside(session)
        pump = pump_of(session, here)
        refilled(session, pump, here)
        due = open_watch(session, pump).danger_at
        session.commit()
        days = [due + n * DAY for n in range(-30, 3)]
        real = really_sent(sessions, session, days, is_whole=False)
        done = replay(sessions, into(Listed()), since=days[0], until=days[-1])

        assert done.would.faults == []
        assert len(done.sent) == len(real) > 5
        told = {(line.kind, line.step) for line in done.would.messages}
        assert told >= {(line.kind, line.step) for line in done.sent if line.at > days[0]}

    def test_a_refill_of_that_time_ends_the_reminders_again(self, sessions, session):
        here = riverside(session)
        pump = pump_of(session, here)
        refilled(session, pump, here)
        due = open_watch(session, pump).danger_at
        session.commit()
        since, until = due - 30 * DAY, due + DAY
        without = replay(sessions, into(Listed()), since=since, until=until)
        at = due - timedelta(days=20)
        refilled(session, pump, here, refill_facts(filled_at=at))
        session.commit()
        before = dump_of(session)
        with_it = replay(sessions, into(Listed()), since=since, until=until)

        assert dump_of(session) == before
        assert any(line.at > at + HOUR for line in without.would.messages)
        kinds = {line.kind for line in with_it.would.messages if line.at > at + HOUR}
        assert WatchKind.REFILL not in kinds
        early = [line.at for line in with_it.would.messages if line.at < at]
        assert early == [line.at for line in without.would.messages if line.at < at]

    @pytest.mark.parametrize("database_url", ["sqlite"], indirect=True)
    def test_an_assessment_of_that_time_ends_its_reminders_again(self, sessions, session):
        here = riverside(session)
        pump = pump_of(session, here)
        refilled(session, pump, here)
        at = open_watch(session, pump).counts_from_at + timedelta(days=60)
        far_off = {"expected_residual_volume_ml": 28, "actual_residual_volume_ml": 33}
        refilled(session, pump, here, refill_facts(None, filled_at=at, **far_off))
        found = {"finding": Finding.MEASURING, "note": "The syringe stuck.", "by": here.ito}
        assess(session, pump, **found, now=at + 12 * HOUR)
        session.commit()

        since, until = at - timedelta(days=1), at + timedelta(days=3)
        told = replay(sessions, into(Listed()), since=since, until=until).would.messages

        asked = [line.at - at for line in told if line.kind is WatchKind.DISCREPANCY]
        assert asked
        assert max(asked) < 13 * HOUR


class TestTheCommand:
    def test_prints_json_and_nothing_else(self, runner, ward):
        done = runner.invoke(args=["rehearse", "--days", "5", "--now", "2026-06-01T08:00Z",
                                   "--json"])  # fmt: skip
        said = json.loads(done.stdout)

        assert done.exit_code == 0
        assert {"from", "until", "messages", "skipped"} <= said.keys()
        assert said["from"] == "2026-06-01T08:00:00Z"
        assert said["messages"] == sorted(said["messages"], key=lambda one: one["at"])

    def test_says_in_words_that_there_is_nothing(self, runner, session):
        done = runner.invoke(args=["rehearse", "--now", "2026-06-01T08:00Z"])

        assert done.exit_code == 0
        assert "Nothing would be sent" in done.stdout

    @pytest.mark.parametrize(
        ("words", "code"),
        [
            (["--pump", "999"], 1),
            (["--clinic", "Nowhere"], 1),
            (["--days", "0"], 2),
            (["--replay"], 2),
        ],
    )
    def test_refuses_what_is_not_there_on_standard_error(self, runner, ward, words, code):
        done = runner.invoke(args=["rehearse", *words, "--json"])

        assert done.exit_code == code
        assert done.stdout == ""
        assert done.stderr
