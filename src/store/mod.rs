//! The store: the only room that knows diesel. One schema and one set of queries for SQLite and PostgreSQL, one door for
//! writes.
