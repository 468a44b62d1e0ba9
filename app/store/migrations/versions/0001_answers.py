"""Learners, their cookies, answers and what the answers add up to."""

import sqlalchemy as sa
from alembic import op

revision = "0001"
down_revision = None
branch_labels = None
depends_on = None

BIG = sa.BigInteger().with_variant(sa.Integer(), "sqlite")
REAL8: sa.types.TypeEngine[float] = sa.Double().with_variant(sa.REAL(), "sqlite")


def upgrade() -> None:
    op.create_table(
        "learner",
        sa.Column("id", BIG, nullable=False),
        sa.Column("made_ms", BIG, autoincrement=False, nullable=False),
        sa.PrimaryKeyConstraint("id", name=op.f("pk_learner")),
        sqlite_autoincrement=True,
        sqlite_strict=True,
    )
    op.create_table(
        "answer",
        sa.Column("learner_id", BIG, nullable=False),
        sa.Column("attempt", sa.Text(), nullable=False),
        sa.Column("question", sa.Text(), nullable=False),
        sa.Column("given", sa.Text(), nullable=False),
        sa.Column("seed", BIG, autoincrement=False, nullable=True),
        sa.Column("correct", BIG, autoincrement=False, nullable=False),
        sa.Column("sure", BIG, autoincrement=False, nullable=False),
        sa.Column("hint", BIG, autoincrement=False, nullable=False),
        sa.Column("at_ms", BIG, autoincrement=False, nullable=False),
        sa.CheckConstraint("at_ms >= 0", name=op.f("ck_answer_at_ms")),
        sa.CheckConstraint("correct IN (0, 1)", name=op.f("ck_answer_correct")),
        sa.CheckConstraint("hint IN (0, 1)", name=op.f("ck_answer_hint")),
        sa.CheckConstraint("length(attempt) = 36", name=op.f("ck_answer_attempt")),
        sa.CheckConstraint("length(given) <= 4000", name=op.f("ck_answer_given")),
        sa.CheckConstraint("length(question) BETWEEN 1 AND 100", name=op.f("ck_answer_question")),
        sa.CheckConstraint("seed >= 0", name=op.f("ck_answer_seed")),
        sa.CheckConstraint("sure IN (0, 1)", name=op.f("ck_answer_sure")),
        sa.ForeignKeyConstraint(
            ["learner_id"], ["learner.id"], name=op.f("fk_answer_learner_id_learner"), ondelete="CASCADE"
        ),
        sa.PrimaryKeyConstraint("learner_id", "attempt", name=op.f("pk_answer")),
        sqlite_strict=True,
        sqlite_with_rowid=False,
    )
    op.create_table(
        "card",
        sa.Column("learner_id", BIG, nullable=False),
        sa.Column("question", sa.Text(), nullable=False),
        sa.Column("attempts", BIG, autoincrement=False, nullable=False),
        sa.Column("correct", BIG, autoincrement=False, nullable=False),
        sa.Column("last_correct", BIG, autoincrement=False, nullable=False),
        sa.Column("last_ms", BIG, autoincrement=False, nullable=False),
        sa.Column("state", BIG, autoincrement=False, nullable=False),
        sa.Column("step", BIG, autoincrement=False, nullable=True),
        sa.Column("stability", REAL8, nullable=True),
        sa.Column("difficulty", REAL8, nullable=True),
        sa.Column("due_ms", BIG, autoincrement=False, nullable=False),
        sa.CheckConstraint("attempts >= 1", name=op.f("ck_card_attempts")),
        sa.CheckConstraint("correct BETWEEN 0 AND attempts", name=op.f("ck_card_correct")),
        sa.CheckConstraint("difficulty BETWEEN 1 AND 10", name=op.f("ck_card_difficulty")),
        sa.CheckConstraint("last_correct IN (0, 1)", name=op.f("ck_card_last_correct")),
        sa.CheckConstraint("stability > 0", name=op.f("ck_card_stability")),
        sa.CheckConstraint("state IN (1, 2, 3)", name=op.f("ck_card_state")),
        sa.CheckConstraint("step >= 0", name=op.f("ck_card_step")),
        sa.ForeignKeyConstraint(
            ["learner_id"], ["learner.id"], name=op.f("fk_card_learner_id_learner"), ondelete="CASCADE"
        ),
        sa.PrimaryKeyConstraint("learner_id", "question", name=op.f("pk_card")),
        sqlite_strict=True,
        sqlite_with_rowid=False,
    )
    op.create_table(
        "day",
        sa.Column("learner_id", BIG, nullable=False),
        sa.Column("day", BIG, autoincrement=False, nullable=False),
        sa.Column("answers", BIG, autoincrement=False, nullable=False),
        sa.Column("correct", BIG, autoincrement=False, nullable=False),
        sa.CheckConstraint("answers >= 1", name=op.f("ck_day_answers")),
        sa.CheckConstraint("correct BETWEEN 0 AND answers", name=op.f("ck_day_correct")),
        sa.ForeignKeyConstraint(
            ["learner_id"], ["learner.id"], name=op.f("fk_day_learner_id_learner"), ondelete="CASCADE"
        ),
        sa.PrimaryKeyConstraint("learner_id", "day", name=op.f("pk_day")),
        sqlite_strict=True,
        sqlite_with_rowid=False,
    )
    op.create_table(
        "device",
        sa.Column("key_hash", sa.LargeBinary(), nullable=False),
        sa.Column("learner_id", BIG, nullable=False),
        sa.Column("sent_ms", BIG, autoincrement=False, nullable=False),
        sa.CheckConstraint("length(key_hash) = 32", name=op.f("ck_device_key_hash")),
        sa.ForeignKeyConstraint(
            ["learner_id"], ["learner.id"], name=op.f("fk_device_learner_id_learner"), ondelete="CASCADE"
        ),
        sa.PrimaryKeyConstraint("key_hash", name=op.f("pk_device")),
        sqlite_strict=True,
        sqlite_with_rowid=False,
    )
    with op.batch_alter_table("device", schema=None) as batch_op:
        batch_op.create_index("ix_device_learner_id", ["learner_id"], unique=False)
