-- Aliases with the schemes $1 and values $2 that revision $3 knew, by their place
-- in the lists.
SELECT a.id, a.code, a.valid_from, a.valid_to, a.rev_from, a.rev_to, a.scheme, a.value, a.mask, a.source, j.n
FROM unnest($1::text[], $2::text[]) WITH ORDINALITY AS j(scheme, value, n)
JOIN aliases AS a ON a.scheme = j.scheme AND a.value = j.value
WHERE a.rev_from <= $3 AND a.rev_to > $3
ORDER BY j.n, a.code, a.valid_from, a.source
