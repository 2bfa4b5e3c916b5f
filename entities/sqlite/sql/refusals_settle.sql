-- Settles, at revision ?3, the open refusals of source ?1 with the keys in the
-- JSON array ?2.
UPDATE refusals SET settled = ?3
WHERE source = ?1 AND settled = 0 AND key IN (SELECT value FROM json_each(?2))
