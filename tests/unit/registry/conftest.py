from tests.postgres import postgresql_server, store_url

__all__ = ["postgresql_server", "store_url"]
