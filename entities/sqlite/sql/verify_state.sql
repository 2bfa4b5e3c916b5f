SELECT a.code, 'states ' || a.id || ' and ' || b.id || ' are known together'
FROM code_states AS a CROSS JOIN code_states AS b ON b.code = a.code
WHERE b.id > a.id AND max(a.rev_from, b.rev_from) < min(a.rev_to, b.rev_to) AND ?1 >= 0
LIMIT ?2
