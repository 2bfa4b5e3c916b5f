-- Discrepancies behind ID $1, $2 at the most.
SELECT id, code, name, valid_from, valid_to, kept, kept_source, other, other_source, rev
FROM discrepancies
WHERE id > $1
ORDER BY id
LIMIT $2
