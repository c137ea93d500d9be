"""The commands, all in one list. Errors go to standard error, exit code 1; wrong use is 2."""

from flask import Flask

from tracker.commands import (
    backups,
    bounces,
    database,
    foresight,
    guarding,
    keys,
    lists,
    people,
    proposals,
    rules,
    sheets,
    trail,
    work,
)

COMMANDS = (
    database.upgrade,
    database.demo,
    backups.backup,
    backups.restore,
    backups.copy_patient,
    guarding.check,
    guarding.watchdog,
    trail.verify_audit,
    keys.rotate_keys,
    rules.reproject,
    work.project,
    work.tick,
    work.deliver,
    work.webhooks,
    bounces.bounces,
    foresight.rehearse,
    lists.emergency_list,
    lists.reports,
    work.scheduler,
    work.serve,
    people.staff_add,
    people.staff_invite,
    people.staff_reset_factors,
    people.staff_mend,
    people.staff_leave,
    people.staff_bind,
    people.clinic_add,
    sheets.imports,
    proposals.proposal_agree,
)


def register(app: Flask) -> None:
    """Hang every command on the `flask` command of this app."""
    for command in COMMANDS:
        app.cli.add_command(command)
