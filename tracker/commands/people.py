"""Commands with which the first people and clinics come in."""

import click
from flask import current_app

from tracker.clock import utc_now
from tracker.commands.frame import command, open_sessions
from tracker.models import Role


@command("staff-add")
@click.argument("email")
@click.option("--name", required=True)
@click.option("--clinic", help="The name of the clinic they work in.")
@click.option("--role", type=click.Choice([role.value for role in Role]))
@click.password_option(help="Asked for when not given; read from standard input if piped.")
def staff_add(
    email: str, name: str, clinic: str | None, role: str | None, password: str
) -> None:
    """Add a member of staff: the first administrator, for example."""
    from tracker.services import sign_in, staff

    if (clinic is None) != (role is None):
        raise click.UsageError("--clinic and --role go together.")
    hashed = sign_in.hash_password(password, cost=current_app.config["PASSWORD_COST"])
    with open_sessions().begin() as session:
        one = staff.add_staff(
            session, email=email, name=name, password_hash=hashed, now=utc_now()
        )
        if clinic is not None and role is not None:
            where = staff.clinic_by_name(session, clinic)
            staff.join_clinic(session, one, where, role=Role(role))
    click.echo(f"{one.email} can sign in.")


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
            staff.mend_address(session, one, email=new)
        if phone is not None:
            staff.mend_phone(session, one, phone=phone)
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
            count = single_sign_on.release(session, one)
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
