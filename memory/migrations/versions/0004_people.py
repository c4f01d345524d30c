"""People who agreed to be seen, with photo and consent

Revision: 0004
"""

import sqlalchemy as sa
from alembic import op

import memory.tables

revision = "0004"
down_revision = "0003"
branch_labels = None
depends_on = None


def _id() -> sa.types.TypeEngine[int]:
    return sa.BigInteger().with_variant(sa.Integer(), "sqlite")


def _time() -> memory.tables.UtcDateTime:
    return memory.tables.UtcDateTime(timezone=True)


def upgrade() -> None:
    op.create_table(
        "kept_people",
        sa.Column("id", _id(), autoincrement=True, nullable=False),
        sa.Column("workspace_id", _id(), nullable=False),
        sa.Column("name", sa.String(length=80), nullable=False),
        sa.Column("asset_id", _id(), nullable=False),
        sa.Column("consent", sa.Text(), nullable=False),
        sa.Column("consent_by", sa.String(length=120), nullable=False),
        sa.Column("run_id", _id(), nullable=True),
        sa.Column("created_at", _time(), server_default=sa.text("(CURRENT_TIMESTAMP)"), nullable=False),
        sa.Column("ended_at", _time(), nullable=True),
        sa.ForeignKeyConstraint(["workspace_id"], ["workspaces.id"]),
        sa.ForeignKeyConstraint(["asset_id"], ["assets.id"]),
        sa.ForeignKeyConstraint(["run_id"], ["runs.id"]),
        sa.PrimaryKeyConstraint("id"),
    )
    op.create_index("ix_kept_people_name", "kept_people", ["workspace_id", "name"])


def downgrade() -> None:
    op.drop_index("ix_kept_people_name", table_name="kept_people")
    op.drop_table("kept_people")
