"""The alarm that most of what is sent fails names the way of sending.

One that is open is of the way on which more has failed since an hour before it was opened.
"""

from alembic import op

revision = "0034"
down_revision = "0033"
branch_labels = None
depends_on = None

# the alarm of the same clinic on e-mails, where it is open
BESIDE = (
    "SELECT other.id FROM watch AS other WHERE other.open_key ="
    " substr(watch.open_key, 1, length(watch.open_key) - 3) || 'email'"
)


def upgrade() -> None:
    op.execute(
        "UPDATE watch SET open_key = open_key || CASE"
        f" WHEN {_failed('sms')} > {_failed('email')} THEN '_sms' ELSE '_email' END"
        " WHERE open_key LIKE 'clinic:%:system:channel'"
    )


def _failed(channel: str) -> str:
    """How much has failed, of what has ended; each database reckons with time in its own words."""
    is_sqlite = op.get_context().dialect.name == "sqlite"
    since = "datetime(watch.opened_at, '-1 hour')"
    if not is_sqlite:
        since = "watch.opened_at - INTERVAL '1 hour'"
    return (
        "(SELECT count(*) FROM attempt JOIN message ON message.id = attempt.message_id"
        f" WHERE attempt.started_at >= {since} AND attempt.outcome NOT IN ('sent', 'started')"
        f" AND message.clinic_id = watch.clinic_id AND message.channel = '{channel}')"
    )


def downgrade() -> None:
    """Where both are open, that on texts goes over into the other: there is but one before."""
    op.execute(
        "UPDATE watch SET closed_at = opened_at, open_key = NULL, evidence_kind = 'watch',"
        f" evidence_id = ({BESIDE})"
        f" WHERE open_key LIKE 'clinic:%:system:channel@_sms' ESCAPE '@' AND EXISTS ({BESIDE})"
    )
    for way in ("_email", "_sms"):
        op.execute(
            f"UPDATE watch SET open_key = substr(open_key, 1, length(open_key) - {len(way)})"
            f" WHERE open_key LIKE 'clinic:%:system:channel@{way}' ESCAPE '@'"
        )
