-- Versions of a code, in order of beginning, must not hold and be known together.
SELECT a.code, 'versions ' || a.id || ' and ' || b.id || ' hold at the same time'
FROM versions AS a CROSS JOIN versions AS b ON b.code = a.code
WHERE b.id > a.id AND ?1 >= 0
  AND max(a.valid_from, b.valid_from) < min(a.valid_to, b.valid_to)
  AND max(a.rev_from, b.rev_from) < min(a.rev_to, b.rev_to)
LIMIT ?2
