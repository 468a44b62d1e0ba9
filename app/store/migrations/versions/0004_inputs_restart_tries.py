"""What a sequence that was left open was run on; predictions that can be put aside; limits for all processes."""

import sqlalchemy as sa
from alembic import op

revision = "0004"
down_revision = "0003"
branch_labels = None
depends_on = None

BIG = sa.BigInteger().with_variant(sa.Integer(), "sqlite")
# SQLite makes a changed table anew, and does not say of itself that it was strict and without row ids.
CLUSTERED = {"sqlite_strict": True, "sqlite_with_rowid": False}


def upgrade() -> None:
    with op.batch_alter_table("position", schema=None, table_kwargs=CLUSTERED) as batch_op:
        batch_op.add_column(sa.Column("inputs", sa.Text(), nullable=False, server_default=""))
        batch_op.create_check_constraint(op.f("ck_position_inputs"), "length(inputs) <= 1000")
    with op.batch_alter_table("position", schema=None, table_kwargs=CLUSTERED) as batch_op:
        batch_op.alter_column("inputs", server_default=None)

    # The same step may be predicted again after a restart, so its time belongs to its key.
    with op.batch_alter_table("prediction", schema=None, table_kwargs=CLUSTERED) as batch_op:
        batch_op.drop_constraint("pk_prediction", type_="primary")
        batch_op.create_primary_key("pk_prediction", ["learner_id", "widget", "run", "step", "at_ms"])

    op.create_table(
        "restart",
        sa.Column("learner_id", BIG, nullable=False),
        sa.Column("at_ms", BIG, autoincrement=False, nullable=False),
        sa.Column("widget", sa.Text(), nullable=False),
        sa.CheckConstraint("length(widget) BETWEEN 1 AND 100", name=op.f("ck_restart_widget")),
        sa.ForeignKeyConstraint(
            ["learner_id"], ["learner.id"], name=op.f("fk_restart_learner_id_learner"), ondelete="CASCADE"
        ),
        sa.PrimaryKeyConstraint("learner_id", "at_ms", "widget", name=op.f("pk_restart")),
        sqlite_strict=True,
        sqlite_with_rowid=False,
    )
    op.create_table(
        "tries",
        sa.Column("what", sa.Text(), nullable=False),
        sa.Column("who_hash", sa.LargeBinary(), nullable=False),
        sa.Column("span_ms", BIG, autoincrement=False, nullable=False),
        sa.Column("began_ms", BIG, autoincrement=False, nullable=False),
        sa.Column("amount", BIG, autoincrement=False, nullable=False),
        sa.CheckConstraint("amount >= 1", name=op.f("ck_tries_amount")),
        sa.CheckConstraint("length(what) BETWEEN 1 AND 40", name=op.f("ck_tries_what")),
        sa.CheckConstraint("length(who_hash) = 32", name=op.f("ck_tries_who_hash")),
        sa.CheckConstraint("span_ms >= 1", name=op.f("ck_tries_span_ms")),
        sa.PrimaryKeyConstraint("what", "who_hash", "span_ms", "began_ms", name=op.f("pk_tries")),
        sqlite_strict=True,
        sqlite_with_rowid=False,
    )
    with op.batch_alter_table("tries", schema=None) as batch_op:
        batch_op.create_index("ix_tries_began_ms", ["began_ms"], unique=False)
