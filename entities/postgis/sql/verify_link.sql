SELECT l.from_code, 'link ' || l.id || ' has an end that was never given'
FROM links AS l LEFT JOIN codes AS f ON f.code = l.from_code LEFT JOIN codes AS t ON t.code = l.to_code
WHERE (f.code IS NULL OR t.code IS NULL) AND $1::bigint >= 0
LIMIT $2
