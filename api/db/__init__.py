"""The database: engine, tables, and one store a subject; every query lives here."""
