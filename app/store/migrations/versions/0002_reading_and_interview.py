"""Reset, reading positions and marks, interviews, recovery codes, short links."""

import sqlalchemy as sa
from alembic import op

revision = "0002"
down_revision = "0001"
branch_labels = None
depends_on = None

BIG = sa.BigInteger().with_variant(sa.Integer(), "sqlite")


def upgrade() -> None:
    op.create_table(
        "link",
        sa.Column("slug", sa.Text(), nullable=False),
        sa.Column("widget", sa.Text(), nullable=False),
        sa.Column("inputs", sa.Text(), nullable=False),
        sa.Column("made_ms", BIG, autoincrement=False, nullable=False),
        sa.CheckConstraint("length(slug) BETWEEN 8 AND 32", name=op.f("ck_link_slug")),
        sa.CheckConstraint("length(widget) BETWEEN 1 AND 100", name=op.f("ck_link_widget")),
        sa.PrimaryKeyConstraint("slug", name=op.f("pk_link")),
        sqlite_strict=True,
        sqlite_with_rowid=False,
    )
    op.create_table(
        "interview",
        sa.Column("learner_id", BIG, nullable=False),
        sa.Column("attempt", sa.Text(), nullable=False),
        sa.Column("question", sa.Text(), nullable=False),
        sa.Column("marked", sa.Text(), nullable=False),
        sa.Column("score", BIG, autoincrement=False, nullable=False),
        sa.Column("points", BIG, autoincrement=False, nullable=False),
        sa.Column("seconds", BIG, autoincrement=False, nullable=True),
        sa.Column("at_ms", BIG, autoincrement=False, nullable=False),
        sa.CheckConstraint("length(attempt) = 36", name=op.f("ck_interview_attempt")),
        sa.CheckConstraint("length(marked) <= 400", name=op.f("ck_interview_marked")),
        sa.CheckConstraint("length(question) BETWEEN 1 AND 100", name=op.f("ck_interview_question")),
        sa.CheckConstraint("points >= 1", name=op.f("ck_interview_points")),
        sa.CheckConstraint("score BETWEEN 0 AND points", name=op.f("ck_interview_score")),
        sa.CheckConstraint("seconds >= 0", name=op.f("ck_interview_seconds")),
        sa.ForeignKeyConstraint(
            ["learner_id"], ["learner.id"], name=op.f("fk_interview_learner_id_learner"), ondelete="CASCADE"
        ),
        sa.PrimaryKeyConstraint("learner_id", "attempt", name=op.f("pk_interview")),
        sqlite_strict=True,
        sqlite_with_rowid=False,
    )
    op.create_table(
        "position",
        sa.Column("learner_id", BIG, nullable=False),
        sa.Column("subject", sa.Text(), nullable=False),
        sa.Column("section", sa.Text(), nullable=False),
        sa.Column("widget", sa.Text(), nullable=False),
        sa.Column("step", BIG, autoincrement=False, nullable=False),
        sa.Column("at_ms", BIG, autoincrement=False, nullable=False),
        sa.CheckConstraint("length(section) <= 200", name=op.f("ck_position_section")),
        sa.CheckConstraint("length(subject) BETWEEN 1 AND 100", name=op.f("ck_position_subject")),
        sa.CheckConstraint("length(widget) <= 100", name=op.f("ck_position_widget")),
        sa.CheckConstraint("step >= 0", name=op.f("ck_position_step")),
        sa.ForeignKeyConstraint(
            ["learner_id"], ["learner.id"], name=op.f("fk_position_learner_id_learner"), ondelete="CASCADE"
        ),
        sa.PrimaryKeyConstraint("learner_id", "subject", name=op.f("pk_position")),
        sqlite_strict=True,
        sqlite_with_rowid=False,
    )
    op.create_table(
        "read_mark",
        sa.Column("learner_id", BIG, nullable=False),
        sa.Column("subject", sa.Text(), nullable=False),
        sa.Column("section", sa.Text(), nullable=False),
        sa.Column("at_ms", BIG, autoincrement=False, nullable=False),
        sa.CheckConstraint("length(section) <= 200", name=op.f("ck_read_mark_section")),
        sa.CheckConstraint("length(subject) BETWEEN 1 AND 100", name=op.f("ck_read_mark_subject")),
        sa.ForeignKeyConstraint(
            ["learner_id"], ["learner.id"], name=op.f("fk_read_mark_learner_id_learner"), ondelete="CASCADE"
        ),
        sa.PrimaryKeyConstraint("learner_id", "subject", "section", name=op.f("pk_read_mark")),
        sqlite_strict=True,
        sqlite_with_rowid=False,
    )
    op.create_table(
        "recovery",
        sa.Column("learner_id", BIG, autoincrement=False, nullable=False),
        sa.Column("code_hash", sa.LargeBinary(), nullable=False),
        sa.Column("made_ms", BIG, autoincrement=False, nullable=False),
        sa.CheckConstraint("length(code_hash) = 32", name=op.f("ck_recovery_code_hash")),
        sa.ForeignKeyConstraint(
            ["learner_id"], ["learner.id"], name=op.f("fk_recovery_learner_id_learner"), ondelete="CASCADE"
        ),
        sa.PrimaryKeyConstraint("learner_id", name=op.f("pk_recovery")),
        sqlite_strict=True,
    )
    with op.batch_alter_table("recovery", schema=None) as batch_op:
        batch_op.create_index("uq_recovery_code_hash", ["code_hash"], unique=True)

    op.create_table(
        "reset",
        sa.Column("learner_id", BIG, nullable=False),
        sa.Column("at_ms", BIG, autoincrement=False, nullable=False),
        sa.Column("question", sa.Text(), nullable=False),
        sa.ForeignKeyConstraint(
            ["learner_id"], ["learner.id"], name=op.f("fk_reset_learner_id_learner"), ondelete="CASCADE"
        ),
        sa.PrimaryKeyConstraint("learner_id", "at_ms", "question", name=op.f("pk_reset")),
        sqlite_strict=True,
        sqlite_with_rowid=False,
    )
