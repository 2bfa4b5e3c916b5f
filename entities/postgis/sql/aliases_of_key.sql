-- Aliases with scheme $1 and value $2 that revision $3 knew. aliases_of_keys is
-- for many keys; this is planned once.
SELECT a.id, a.code, a.valid_from, a.valid_to, a.rev_from, a.rev_to, a.scheme, a.value, a.mask, a.source
FROM aliases AS a
WHERE a.scheme = $1 AND a.value = $2 AND a.rev_from <= $3 AND a.rev_to > $3
ORDER BY a.code, a.valid_from, a.source
