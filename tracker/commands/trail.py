"""Reading the trail again from its first entry: `flask verify-audit`."""

import json

import click

from tracker.commands.frame import command, json_option, open_sessions
from tracker.db import reading
from tracker.domain.errors import TrackerError
from tracker.domain.trail import Head, Wrong
from tracker.services.trail_checks import verify


class PrintedHead(click.ParamType[Head]):
    """A head as it stands on the emergency list: 1234:0123456789abcdef."""

    name = "head"

    def convert(self, value: object, param: object, ctx: object) -> Head:
        if isinstance(value, Head):
            return value
        number, _, digits = str(value).strip().lower().partition(":")
        is_hex = len(digits) >= 8 and set(digits) <= set("0123456789abcdef")
        if not number.isdecimal() or not is_hex:
            self.fail(f"{value!r} is not a head like 1234:0123456789abcdef")
        return Head(int(number), digits)


@command("verify-audit")
@click.option(
    "--head",
    "heads",
    type=PrintedHead(),
    multiple=True,
    help="A head that was printed: it must be there still. May be given several times.",
)
@json_option
def verify_audit(heads: tuple[Head, ...], as_json: bool) -> None:
    """Read the whole trail again; exit 1 and the first wrong entry if it was tampered with."""
    with reading(open_sessions()) as session:
        found = verify(session, heads)
    if isinstance(found, Wrong):
        if as_json:
            wrong = {"ok": False, "entry": found.number, "what": found.sentence}
            click.echo(json.dumps(wrong))
        raise TrackerError(f"The trail is wrong at entry {found.number}: {found.sentence}.")
    if as_json:
        click.echo(json.dumps({"ok": True, "entries": found.number, "head": found.short}))
    else:
        click.echo(f"The trail is whole: {found.number} entries, head {found.short}")
