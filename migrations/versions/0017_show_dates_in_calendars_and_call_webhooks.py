"""Let calendars read dates by an address, and tell other programs when a watch changes.

Two new tables, two columns with a default, and scopes that the previous version of the program
never gives out.
"""

from datetime import datetime

import sqlalchemy as sa
from alembic import op

revision = "0017"
down_revision = "0016"
branch_labels = None
depends_on = None

OLD_SCOPES = "'read_board'"
NEW_SCOPES = f"{OLD_SCOPES}, 'read_calendar', 'read_own_calendar'"
EVENTS = (
    "'watch.opened', 'watch.level_changed', 'watch.date_moved', 'watch.closed', 'webhook.test'"
)
STATES = "'waiting', 'claimed', 'delivered', 'given_up', 'dropped'"
OF_WEBHOOK = {
    "revoked_by_somebody": "(revoked_at IS NULL) = (revoked_by_id IS NULL)",
    "an_old_secret_ends": "(old_secret IS NULL) = (old_secret_until IS NULL)",
    "failures_not_negative": "failures >= 0",
}
OF_EVENT = {
    "claimed_for_a_while": "(state = 'claimed') = (lease_until IS NOT NULL)",
    "tries_not_negative": "tries >= 0",
    "event_kind_is_known": f"kind IN ({EVENTS})",
    "event_state_is_known": f"state IN ({STATES})",
}
NAMES = {
    "webhook": {"clinic_id": "clinic", "made_by_id": "staff", "revoked_by_id": "staff"},
    "webhook_event": {"webhook_id": "webhook", "watch_id": "watch"},
}


def _moment(name: str, *, is_optional: bool = False) -> sa.Column[datetime]:
    return sa.Column(name, sa.DateTime(timezone=True), nullable=is_optional)


def _text(name: str, length: int) -> sa.Column[str]:
    return sa.Column(name, sa.String(length=length), nullable=False)


def _long(name: str, *, is_optional: bool = False) -> sa.Column[str]:
    return sa.Column(name, sa.Text(), nullable=is_optional)


def _whole(name: str, *, is_optional: bool = False) -> sa.Column[int]:
    return sa.Column(name, sa.Integer(), nullable=is_optional)


def _rules(table: str, checks: dict[str, str]) -> list[sa.Constraint]:
    return [
        sa.PrimaryKeyConstraint("id", name=op.f(f"pk_{table}")),
        *(
            sa.CheckConstraint(rule, name=op.f(f"ck_{table}_{name}"))
            for name, rule in checks.items()
        ),
        *(
            sa.ForeignKeyConstraint([one], [f"{to}.id"], name=op.f(f"fk_{table}_{one}_{to}"))
            for one, to in NAMES[table].items()
        ),
    ]


def _set_scopes(scopes: str) -> None:
    name = op.f("ck_api_token_scope_is_known")
    with op.batch_alter_table("api_token") as batch:
        batch.drop_constraint(name, type_="check")
        batch.create_check_constraint(name, f"scope IN ({scopes})")


def upgrade() -> None:
    _set_scopes(NEW_SCOPES)
    is_sqlite = op.get_context().dialect.name == "sqlite"
    moment = "DATETIME" if is_sqlite else "TIMESTAMP WITH TIME ZONE"
    op.execute("ALTER TABLE watch ADD COLUMN date_moves INTEGER NOT NULL DEFAULT 0")
    op.execute(f"ALTER TABLE watch ADD COLUMN date_moved_at {moment}")
    op.create_table(
        "webhook",
        *map(_whole, ("id", "clinic_id")),
        _text("name", 80),
        _text("host", 255),
        *map(_long, ("address", "secret")),
        _long("old_secret", is_optional=True),
        _moment("old_secret_until", is_optional=True),
        _moment("made_at"),
        _whole("made_by_id"),
        _moment("revoked_at", is_optional=True),
        _whole("revoked_by_id", is_optional=True),
        _whole("failures"),
        _moment("next_try_at"),
        _moment("answered_at", is_optional=True),
        *_rules("webhook", OF_WEBHOOK),
    )
    op.create_index(op.f("ix_webhook_clinic_id"), "webhook", ["clinic_id"])
    op.create_table(
        "webhook_event",
        *map(_whole, ("id", "webhook_id")),
        _whole("watch_id", is_optional=True),
        _text("key", 60),
        _text("kind", 40),
        _long("body"),
        _moment("happened_at"),
        _text("state", 40),
        _whole("tries"),
        _moment("tried_at", is_optional=True),
        _moment("lease_until", is_optional=True),
        _whole("code", is_optional=True),
        _text("problem", 200),
        sa.UniqueConstraint("key", name=op.f("uq_webhook_event_key")),
        *_rules("webhook_event", OF_EVENT),
    )
    op.create_index(op.f("ix_webhook_event_webhook_id"), "webhook_event", ["webhook_id"])
    waits = sa.text("state IN ('waiting', 'claimed')")
    op.create_index(
        "ix_webhook_event_waiting",
        "webhook_event",
        ["webhook_id", "tries", "id"],
        sqlite_where=waits,
        postgresql_where=waits,
    )


def downgrade() -> None:
    """Addresses of calendars open nothing any more; nobody is called."""
    op.drop_table("webhook_event")
    op.drop_table("webhook")
    op.drop_column("watch", "date_moved_at")
    op.drop_column("watch", "date_moves")
    op.execute(f"DELETE FROM api_token WHERE scope NOT IN ({OLD_SCOPES})")
    _set_scopes(OLD_SCOPES)
