-- Aliases of code $1 that revision $2 knew.
SELECT a.id, a.code, a.valid_from, a.valid_to, a.rev_from, a.rev_to, a.scheme, a.value, a.mask, a.source
FROM aliases AS a
WHERE a.code = $1 AND a.rev_from <= $2 AND a.rev_to > $2
ORDER BY a.scheme, a.value, a.valid_from, a.id
