"""What the page shows of use: counts per subject and day, and which judgements were gone through."""

from __future__ import annotations

import sqlalchemy as sa
from alembic import op

revision = "0002"
down_revision = "0001"

_STEPS = ("reviewed", "drafted")


def upgrade() -> None:
    """Make the table of counts; what was judged before was not gone through."""
    op.create_table(
        "asked",
        sa.Column("day", sa.Date, primary_key=True),
        sa.Column("document", sa.Text, primary_key=True),
        sa.Column("heading", sa.Text, primary_key=True),
        sa.Column("count", sa.Integer, nullable=False),
    )
    for name in _STEPS:
        op.add_column("feedback", sa.Column(name, sa.Boolean, nullable=False, server_default=sa.false()))


def downgrade() -> None:
    """Take both away again."""
    for name in _STEPS:
        op.drop_column("feedback", name)
    op.drop_table("asked")
