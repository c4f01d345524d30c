"""Revisions of clips, and which one is the current one

Revision: 0002
"""

from typing import Any

import sqlalchemy as sa
from alembic import op
from sqlalchemy.dialects import postgresql

import memory.tables

revision = "0002"
down_revision = "0001"
branch_labels = None
depends_on = None


def _id() -> sa.types.TypeEngine[int]:
    return sa.BigInteger().with_variant(sa.Integer(), "sqlite")


def _json() -> sa.types.TypeEngine[Any]:
    return sa.JSON().with_variant(postgresql.JSONB(astext_type=sa.Text()), "postgresql")


def _time() -> memory.tables.UtcDateTime:
    return memory.tables.UtcDateTime(timezone=True)


def upgrade() -> None:
    op.create_table(
        "revisions",
        sa.Column("id", _id(), autoincrement=True, nullable=False),
        sa.Column("variant_id", _id(), nullable=False),
        sa.Column("number", sa.BigInteger(), nullable=False),
        sa.Column("parent_id", _id(), nullable=True),
        sa.Column("key", sa.String(length=120), nullable=False),
        sa.Column("run_id", _id(), nullable=True),
        sa.Column("words", sa.Text(), nullable=False),
        sa.Column("edits", _json(), nullable=False),
        sa.Column("diff", _json(), nullable=False),
        sa.Column("timeline", _json(), nullable=False),
        sa.Column("timeline_hash", sa.String(length=64), nullable=False),
        sa.Column("proxy_asset_id", _id(), nullable=True),
        sa.Column("finished_variant_id", _id(), nullable=True),
        sa.Column("facts", _json(), nullable=False),
        sa.Column("created_at", _time(), server_default=sa.text("(CURRENT_TIMESTAMP)"), nullable=False),
        sa.ForeignKeyConstraint(["variant_id"], ["variants.id"]),
        sa.ForeignKeyConstraint(["parent_id"], ["revisions.id"]),
        sa.ForeignKeyConstraint(["run_id"], ["runs.id"]),
        sa.ForeignKeyConstraint(["proxy_asset_id"], ["assets.id"]),
        sa.ForeignKeyConstraint(["finished_variant_id"], ["variants.id"]),
        sa.PrimaryKeyConstraint("id"),
        sa.UniqueConstraint("key"),
        sa.UniqueConstraint("variant_id", "number"),
    )
    op.create_table(
        "edit_heads",
        sa.Column("variant_id", _id(), autoincrement=False, nullable=False),
        sa.Column("revision_id", _id(), nullable=False),
        sa.Column("undone", _json(), nullable=False),
        sa.Column("moved_at", _time(), nullable=False),
        sa.ForeignKeyConstraint(["variant_id"], ["variants.id"]),
        sa.ForeignKeyConstraint(["revision_id"], ["revisions.id"]),
        sa.PrimaryKeyConstraint("variant_id"),
    )


def downgrade() -> None:
    op.drop_table("edit_heads")
    op.drop_table("revisions")
