"""What learners expected of the next step of a sequence."""

import sqlalchemy as sa
from alembic import op

revision = "0003"
down_revision = "0002"
branch_labels = None
depends_on = None

BIG = sa.BigInteger().with_variant(sa.Integer(), "sqlite")


def upgrade() -> None:
    op.create_table(
        "prediction",
        sa.Column("learner_id", BIG, nullable=False),
        sa.Column("widget", sa.Text(), nullable=False),
        sa.Column("run", sa.Text(), nullable=False),
        sa.Column("step", BIG, autoincrement=False, nullable=False),
        sa.Column("correct", BIG, autoincrement=False, nullable=False),
        sa.Column("at_ms", BIG, autoincrement=False, nullable=False),
        sa.CheckConstraint("at_ms >= 0", name=op.f("ck_prediction_at_ms")),
        sa.CheckConstraint("correct IN (0, 1)", name=op.f("ck_prediction_correct")),
        sa.CheckConstraint("length(run) = 32", name=op.f("ck_prediction_run")),
        sa.CheckConstraint("length(widget) BETWEEN 1 AND 100", name=op.f("ck_prediction_widget")),
        sa.CheckConstraint("step >= 1", name=op.f("ck_prediction_step")),
        sa.ForeignKeyConstraint(
            ["learner_id"], ["learner.id"], name=op.f("fk_prediction_learner_id_learner"), ondelete="CASCADE"
        ),
        sa.PrimaryKeyConstraint("learner_id", "widget", "run", "step", name=op.f("pk_prediction")),
        sqlite_strict=True,
        sqlite_with_rowid=False,
    )
