-- Aliases of codes up to $6, behind ($1, $2, $3, $4, $5) in order of code, scheme,
-- value, beginning and ID, that overlap [$7, $8): those that revision $9 knows,
-- or ($10) knew once, and that came or went behind revision $11; $12 at the most.
SELECT a.id, a.code, a.valid_from, a.valid_to, a.rev_from, a.rev_to, a.scheme, a.value, a.mask, a.source
FROM aliases AS a
WHERE (a.code, a.scheme, a.value, a.valid_from, a.id) > ($1, $2, $3, $4, $5) AND a.code <= $6
  AND a.valid_from < $8 AND a.valid_to > $7
  AND a.rev_from <= $9 AND ($10 OR a.rev_to > $9)
  AND (a.rev_from > $11 OR (a.rev_to > $11 AND a.rev_to <= $9))
ORDER BY a.code, a.scheme, a.value, a.valid_from, a.id
LIMIT $12
