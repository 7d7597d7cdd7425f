"""What alembic runs: the migrations, on the connection that it was given."""

from alembic import context

from hauberk.store.migrate import TABLE
from hauberk.store.schema import METADATA

context.configure(
    connection=context.config.attributes["connection"],
    target_metadata=METADATA,
    version_table=TABLE,
    render_as_batch=True,
)
context.run_migrations()
