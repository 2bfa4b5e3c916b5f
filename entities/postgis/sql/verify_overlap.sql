-- Versions of a code must not hold and be known together.
SELECT a.code, 'versions ' || a.id || ' and ' || b.id || ' hold at the same time'
FROM versions AS a JOIN versions AS b ON b.code = a.code
WHERE b.id > a.id AND $1::bigint >= 0
  AND greatest(a.valid_from, b.valid_from) < least(a.valid_to, b.valid_to)
  AND greatest(a.rev_from, b.rev_from) < least(a.rev_to, b.rev_to)
LIMIT $2
