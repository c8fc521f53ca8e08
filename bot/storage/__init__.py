"""The database: a file in the data folder, or a PostgreSQL server. Its tables, and the way from older versions."""
