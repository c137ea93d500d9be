"""${message}.

Runs while the previous version of the program is still working: add first, remove a version
later. No long lock: an index on a large table is made CONCURRENTLY on PostgreSQL. Data moves in
a migration of its own. SQLite can't copy `pump`, whose watch keys are generated: add columns to it,
never recreate it. It imports nothing of ours, and once published it is never edited.
"""

import sqlalchemy as sa
from alembic import op
${imports if imports else ""}
revision = ${repr(up_revision)}
down_revision = ${repr(down_revision)}
branch_labels = None
depends_on = None


def upgrade() -> None:
    ${upgrades if upgrades else "pass"}


def downgrade() -> None:
    ${downgrades if downgrades else "pass"}
