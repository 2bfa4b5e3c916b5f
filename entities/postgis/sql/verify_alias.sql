SELECT a.code, 'alias ' || a.id || ' is of a code that was never given'
FROM aliases AS a LEFT JOIN codes AS c ON c.code = a.code
WHERE c.code IS NULL AND $1::bigint >= 0
LIMIT $2
