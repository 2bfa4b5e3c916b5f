-- Reads all of the table: an index by version would cost every write and serve
-- this alone, which is rare.
DELETE FROM search_terms WHERE kind = ?1 >> 48 AND version IN (SELECT id FROM versions WHERE code = ?1)
