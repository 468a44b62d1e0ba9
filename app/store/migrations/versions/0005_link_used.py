"""When a short link was last opened, so that those which nobody uses can go. Replicas of the version before, which do
not know the column, go on."""

import sqlalchemy as sa
from alembic import op

revision = "0005"
down_revision = "0004"
branch_labels = None
depends_on = None

BIG = sa.BigInteger().with_variant(sa.Integer(), "sqlite")


def upgrade() -> None:
    # Not in a batch: adding what may be NULL makes no table anew, in neither engine.
    op.add_column("link", sa.Column("used_ms", BIG, autoincrement=False, nullable=True))
