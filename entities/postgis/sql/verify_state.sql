SELECT a.code, 'states ' || a.id || ' and ' || b.id || ' are known together'
FROM code_states AS a JOIN code_states AS b ON b.code = a.code
WHERE b.id > a.id AND greatest(a.rev_from, b.rev_from) < least(a.rev_to, b.rev_to) AND $1::bigint >= 0
LIMIT $2
