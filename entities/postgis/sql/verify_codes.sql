-- Codes that were given, behind $1, $2 at the most.
SELECT code FROM codes WHERE code > $1 ORDER BY code LIMIT $2
