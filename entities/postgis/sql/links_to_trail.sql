-- Links of near ends (to_code) up to $6, behind ($1, $2, $3, $4, $5) in order of
-- near end, role, far end, beginning and ID, that overlap [$7, $8): those that
-- revision $9 knows, or ($10) knew once, and that came or went behind revision
-- $11; $12 at the most.
SELECT l.id, l.from_code, l.to_code, l.valid_from, l.valid_to, l.rev_from, l.rev_to,
       l.role, l.share_num, l.share_den, l.level, l.confidence, l.source, l.method
FROM links AS l
WHERE (l.to_code, l.role, l.from_code, l.valid_from, l.id) > ($1, $2, $3, $4, $5) AND l.to_code <= $6
  AND l.valid_from < $8 AND l.valid_to > $7
  AND l.rev_from <= $9 AND ($10 OR l.rev_to > $9)
  AND (l.rev_from > $11 OR (l.rev_to > $11 AND l.rev_to <= $9))
ORDER BY l.to_code, l.role, l.from_code, l.valid_from, l.id
LIMIT $12
