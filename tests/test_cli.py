"""The commands: what they print, what they refuse, and with which exit code."""

import json
from datetime import UTC, datetime

import click
import pytest
import sqlalchemy as sa

from tests.builders import a_clinic
from tests.commands import run
from tests.riverside import FILLED_AT, open_watch, pump_of, refilled, riverside
from tracker import schema
from tracker.commands.frame import Instant
from tracker.domain.danger import WatchKind
from tracker.models import Drug, Heartbeat, PumpModel, Role, Watch
from tracker.services.rebuilds import reproject_all


class TestUpgrade:
    def test_an_upgraded_database_knows_pumps_and_drugs(self, runner, session):
        result = run(runner, "upgrade")

        assert result.exit_code == 0
        assert session.scalar(sa.select(sa.func.count(PumpModel.id))) > 5
        assert session.scalar(sa.select(Drug.risk_class).where(Drug.code == "baclofen"))

    def test_a_second_upgrade_changes_nothing(self, runner):
        run(runner, "upgrade")

        assert "0 catalogue rows changed" in run(runner, "upgrade").stdout

    def test_a_changed_catalogue_reaches_the_watches(self, runner, session):
        here = riverside(session)
        pump = pump_of(session, here)
        row = pump.model
        kept = dict(row.facts["facts"]["service_life_months"], value="60")
        row.facts = {
            **row.facts,
            "facts": {**row.facts["facts"], "service_life_months": kept},
        }
        reproject_all(session, now=FILLED_AT)
        session.commit()
        due = open_watch(session, pump, WatchKind.BATTERY).danger_at
        session.commit()

        assert (
            "1 catalogue rows changed, 0 missing ladders added, 1 watches moved"
            in run(runner, "upgrade").stdout
        )
        session.expire_all()
        assert open_watch(session, pump, WatchKind.BATTERY).danger_at > due

    def test_a_database_made_by_a_newer_program_is_refused(self, runner, engine):
        with engine.begin() as connection:
            connection.execute(sa.text("UPDATE alembic_version SET version_num = '9999'"))

        for name in ("upgrade", "tick", "check"):
            result = run(runner, name)
            assert result.exit_code == 1
            assert "newer" in result.stderr


class TestReproject:
    def test_a_dry_run_says_what_would_change_and_writes_nothing(self, runner, session):
        here = riverside(session)
        pump = pump_of(session, here)
        refilled(session, pump, here)
        here.clinic.longest_interval_days = 30
        session.commit()
        due = open_watch(session, pump).danger_at
        session.commit()

        said = run(runner, "reproject", "--clinic", "Riverside", "--dry-run").stdout
        assert "1 pumps were looked at; 1 watches would change" in said
        session.expire_all()
        assert open_watch(session, pump).danger_at == due
        session.commit()

        assert "1 watches changed" in run(runner, "reproject", "--all").stdout
        session.expire_all()
        assert open_watch(session, pump).danger_at < due

    def test_it_wants_to_know_which(self, runner):
        assert run(runner, "reproject").exit_code == 2


def test_an_old_database_is_told_to_upgrade(app, client, database_url):
    schema.downgrade(database_url)

    answer = client.get("/health")

    assert answer.status_code == 503
    assert "flask upgrade" in answer.json["reasons"][0]
    assert "flask upgrade" in run(app.test_cli_runner(), "check").stderr


class TestNow:
    @pytest.mark.parametrize(
        ("text", "hour"),
        [
            pytest.param("2026-12-01T08:00Z", 8, id="UTC"),
            pytest.param("2026-12-01T08:00+01:00", 7, id="an hour ahead"),
        ],
    )
    def test_an_instant_with_its_zone_is_understood(self, text, hour):
        instant = Instant().convert(text, None, None)

        assert instant.astimezone(UTC) == datetime(2026, 12, 1, hour, tzinfo=UTC)

    @pytest.mark.parametrize("text", ["2026-12-01T08:00", "tomorrow", "", "2026-13-01T08:00Z"])
    def test_one_without_a_zone_is_refused(self, text):
        with pytest.raises(click.BadParameter):
            Instant().convert(text, None, None)

    def test_the_command_calls_it_wrong_use(self, runner):
        result = run(runner, "tick", "--now", "2026-12-01T08:00", "--json")

        assert result.exit_code == 2
        assert result.stdout == ""
        assert "names no zone" in result.stderr


class TestTick:
    def test_with_json_there_is_nothing_but_json(self, runner):
        result = run(runner, "tick", "--now", "2026-12-01T08:00Z", "--json")

        assert result.exit_code == 0
        facts = json.loads(result.stdout)
        assert {"planned", "skipped", "audit", "oldest_due_seconds"} <= set(facts)

    def test_a_tick_leaves_a_heartbeat_at_the_moment_it_was_given(self, runner, session):
        run(runner, "tick", "--now", "2026-12-01T08:00Z")

        ticked_at = session.scalar(sa.select(Heartbeat.ticked_at))
        assert ticked_at == datetime(2026, 12, 1, 8, tzinfo=UTC)

    def test_a_tick_begins_the_reports_whose_hour_has_come(self, runner, session):
        here = riverside(session)
        here.clinic.day_report_to = Role.NURSE
        session.commit()

        run(runner, "tick", "--now", "2026-12-01T12:00Z")

        asked = sa.select(Watch.kind).where(Watch.clinic_id == here.clinic.id)
        assert WatchKind.DAY_REPORT in session.scalars(asked).all()

    def test_deliver_says_what_became_of_each(self, runner):
        result = run(runner, "deliver", "--now", "2026-12-01T08:00Z", "--json")

        assert result.exit_code == 0
        facts = json.loads(result.stdout)
        assert {"sent", "failed", "held", "superseded", "unknown"} <= set(facts)


class TestProject:
    def test_a_broken_file_is_refused_with_its_place(self, runner, tmp_path):
        path = tmp_path / "broken.json"
        path.write_text('{"cases": [{"id": "one"}]}')

        result = run(runner, "project", str(path), "--json")

        assert result.exit_code == 1
        assert result.stdout == ""
        assert "cases[0]" in result.stderr

    @pytest.mark.parametrize("raw", [b"", b"{", b"\xff\xfe\x00", b"[]"])
    def test_what_is_no_scenario_at_all_is_refused(self, runner, tmp_path, raw):
        path = tmp_path / "broken.json"
        path.write_bytes(raw)

        result = run(runner, "project", str(path), "--json")

        assert (result.exit_code, result.stdout) == (1, "")
        assert result.stderr.startswith("Error: ")

    def test_no_cases_no_results(self, runner, tmp_path):
        path = tmp_path / "none.json"
        path.write_text('{"cases": []}')

        assert json.loads(run(runner, "project", str(path), "--json").stdout) == {"results": []}

    def test_a_missing_file_is_wrong_use(self, runner):
        assert run(runner, "project", "nowhere.json", "--json").exit_code == 2


def test_there_is_no_demonstration_in_production(app, runner):
    app.config["TRACKER_ENV"] = "production"

    result = run(runner, "demo")

    assert result.exit_code == 1
    assert "none in production" in result.stderr


class TestDemo:
    def test_a_database_with_somebody_in_it_is_refused(self, runner, session):
        a_clinic(session)
        session.commit()

        assert run(runner, "demo").exit_code == 1

    def test_unless_it_may_do_nothing(self, runner, session):
        a_clinic(session)
        session.commit()

        result = run(runner, "demo", "--if-empty")

        assert (result.exit_code, result.output) == (0, "")


class TestCheck:
    def test_a_database_whose_scheduler_never_ran_is_not_well(self, runner):
        result = run(runner, "check", "--json")

        assert result.exit_code == 1
        assert json.loads(result.stdout)["problems"] == ["The scheduler has never run."]

    def test_no_password_is_printed(self, runner, app):
        app.config["DATABASE_URL"] = "postgresql+psycopg://me:hidden@host/name"

        assert "hidden" not in run(runner, "check").output

    def test_after_a_tick_all_is_well(self, runner):
        run(runner, "upgrade")
        run(runner, "tick")

        result = run(runner, "check", "--json")

        assert result.exit_code == 0, result.output
        assert json.loads(result.stdout)["ok"] is True

    def test_lines_that_everybody_can_read_are_said(self, runner, app):
        run(runner, "upgrade")
        app.config |= {
            "CHANNEL_EMAIL": "smtp",
            "SMTP_SECURITY": "plain",
            "SMTP_HOST": "mail.invalid",
            "CHANNEL_SMS": "gateway",
            "SMS_GATEWAY_URL": "http://10.0.0.5/cgi-bin/sendsms",
        }

        warnings = json.loads(run(runner, "check", "--json").stdout)["warnings"]

        assert any("SMTP_SECURITY is plain" in one for one in warnings)
        assert any("SMS_GATEWAY_URL begins" in one for one in warnings)

    def test_a_clinic_whose_warnings_are_only_printed_is_not_well(self, runner, app):
        run(runner, "upgrade")
        run(runner, "tick")
        app.config["TRACKER_ENV"] = "production"

        result = run(runner, "check", "--json")

        assert result.exit_code == 1
        assert "not sent" in json.loads(result.stdout)["problems"][0]
