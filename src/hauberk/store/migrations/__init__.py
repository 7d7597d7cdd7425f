"""Migrations: one numbered file a step, run by alembic."""
