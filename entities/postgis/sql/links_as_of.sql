-- Links from code $1 that revision $2 knew.
SELECT l.id, l.from_code, l.to_code, l.valid_from, l.valid_to, l.rev_from, l.rev_to,
       l.role, l.share_num, l.share_den, l.level, l.confidence, l.source, l.method
FROM links AS l
WHERE l.from_code = $1 AND l.rev_from <= $2 AND l.rev_to > $2
ORDER BY l.role, l.to_code, l.valid_from, l.id
