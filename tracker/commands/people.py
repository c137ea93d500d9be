"""Commands with which the first people and clinics come in."""

import click
from flask import current_app

from tracker.clock import utc_now
from tracker.commands.frame import command, open_sessions
from tracker.models import Role, Staff


@command("staff-add")
@click.argument("email")
@click.option("--name", required=True)
@click.option("--clinic", help="The name of the clinic they work in.")
@click.option("--role", type=click.Choice([role.value for role in Role]))
@click.option("--password", help="Asked for when not given; read from standard input if piped.")
@click.option("--by-link", is_flag=True, help="Ask for none: print a link to choose one by.")
def staff_add(
    email: str,
    name: str,
    clinic: str | None,
    role: str | None,
    password: str | None,
    by_link: bool,
) -> None:
    """Add a member of staff: the first administrator, for example."""
    from tracker.services import invitations, staff

    if (clinic is None) != (role is None):
        raise click.UsageError("--clinic and --role go together.")
    if by_link and password is not None:
        raise click.UsageError("--by-link and --password exclude each other.")
    hashed = None if by_link else _hashed(password, (name, email, clinic or ""))
    with open_sessions().begin() as session:
        one = staff.add_staff(
            session, email=email, name=name, password_hash=hashed, now=utc_now()
        )
        if clinic is not None and role is not None:
            where = staff.clinic_by_name(session, clinic)
            staff.join_clinic(session, one, where, role=Role(role))
        token = None
        if by_link:
            token = invitations.invite(session, one, reason="added", now=utc_now())
    if token is not None:
        _show_link(one, token)
    else:
        click.echo(f"{one.email} can sign in.")


def _hashed(password: str | None, words: tuple[str, ...]) -> str:
    """The hash of a password that is good enough, asked for if it isn't given."""
    from tracker.services import passwords, sign_in

    if password is None:
        password = click.prompt("Password", hide_input=True, confirmation_prompt=True)
    passwords.check_new(password, words)
    return sign_in.hash_password(password, cost=current_app.config["PASSWORD_COST"])


def _show_link(one: Staff, token: str) -> None:
    """Say a one-time link; it is kept nowhere."""
    address = str(current_app.config["PUBLIC_URL"]).rstrip("/")
    click.echo(f"{one.name} chooses a password here, once, within three days:")
    click.echo(f"{address}/welcome/{token}")


@command("staff-invite")
@click.argument("email")
@click.option("--reason", default="invited", help="Why, for the record.")
def staff_invite(email: str, reason: str) -> None:
    """Print a link by which somebody chooses a password, the first or another."""
    from tracker.services import invitations, staff

    with open_sessions().begin() as session:
        one = staff.staff_by_email(session, email)
        token = invitations.invite(session, one, reason=reason, now=utc_now())
    _show_link(one, token)


@command("staff-reset-factors")
@click.argument("email")
@click.option("--reason", required=True, help="Why, for the record.")
def staff_reset_factors(email: str, reason: str) -> None:
    """Take authenticator, passkeys and recovery codes away from somebody who lost theirs."""
    from tracker.services import factors, staff

    with open_sessions().begin() as session:
        one = staff.staff_by_email(session, email)
        had = factors.reset(session, one, reason=reason, now=utc_now())
    click.echo(
        f"{one.name} signs in with the password alone ({reason}). Taken away: "
        f"{'an' if had.has_authenticator else 'no'} authenticator, {had.passkeys} passkeys, "
        f"{had.recovery_codes} recovery codes. They are signed out everywhere."
    )


@command("staff-mend")
@click.argument("email")
@click.option("--email", "new", help="The address that works.")
@click.option("--phone", help="The number for texts, with + and its country; empty for none.")
def staff_mend(email: str, new: str | None, phone: str | None) -> None:
    """Give somebody another address or number; what did not reach them is sent there."""
    from tracker.services import staff

    if new is None and phone is None:
        raise click.UsageError("Give --email, --phone or both.")
    with open_sessions().begin() as session:
        one = staff.staff_by_email(session, email)
        if new is not None:
            staff.mend_address(session, one, email=new, now=utc_now())
        if phone is not None:
            staff.mend_phone(session, one, phone=phone, now=utc_now())
    numbers = f" and {one.phone}" if one.phone else ""
    click.echo(f"{one.name} is told at {one.email}{numbers}.")


@command("staff-leave")
@click.argument("email")
@click.option("--hand-to", help="E-mail of who takes over their pumps and watches.")
def staff_leave(email: str, hand_to: str | None) -> None:
    """Mark somebody as left; refused while they answer for anything that nobody takes over."""
    from tracker.services import leaving, staff

    with open_sessions().begin() as session:
        one = staff.staff_by_email(session, email)
        heir = staff.staff_by_email(session, hand_to) if hand_to else None
        pumps = leaving.leave(session, one, hand_to=heir, now=utc_now())
    click.echo(f"{one.name} has left; {pumps} pumps changed hands.")


@command("staff-bind")
@click.argument("email")
@click.option("--subject", help="As the hospital's sign-in names them (`sub`).")
@click.option("--release", is_flag=True, help="Forget whom it means by them.")
def staff_bind(email: str, subject: str | None, release: bool) -> None:
    """Say by hand whom the hospital's sign-in means, or let the next one say it anew."""
    from tracker.services import single_sign_on, staff

    if (subject is None) is not release:
        raise click.UsageError("Give either --subject or --release.")
    issuer = str(current_app.config["OIDC_ISSUER"])
    if subject is not None and not issuer:
        raise click.UsageError("OIDC_ISSUER is not set: there is no sign-in to bind to.")
    with open_sessions().begin() as session:
        one = staff.staff_by_email(session, email)
        if subject is None:
            count = single_sign_on.release(session, one, now=utc_now())
            said = f"{one.name} is bound to nobody of the hospital; {count} forgotten."
        else:
            now = utc_now()
            single_sign_on.bind(session, one, issuer=issuer, subject=subject, now=now)
            said = f"{one.name} is whom {issuer} calls {subject}."
    click.echo(said)


@command("clinic-add")
@click.argument("name")
@click.option("--timezone", required=True, help="Such as Europe/London.")
@click.option("--phone", required=True)
@click.option(
    "--last-resort", required=True, help="E-mail of who is told when nobody else can be."
)
def clinic_add(name: str, timezone: str, phone: str, last_resort: str) -> None:
    """Open a clinic; its last resort becomes its administrator."""
    from tracker.services import clinics, staff

    with open_sessions().begin() as session:
        who = staff.staff_by_email(session, last_resort)
        clinic = clinics.open_clinic(
            session, name, timezone=timezone, phone=phone, last_resort=who, now=utc_now()
        )
        staff.join_clinic(session, who, clinic, role=Role.ADMINISTRATOR)
    click.echo(f"{name} is open.")
