-- Refusals behind ID $1, of run $2, source $3 and rule $4 where those are not
-- zero, open ones only where $5; $6 at the most.
SELECT id, run, source, file, line, key, rule, field, value, zh, en, record, partial, rev, settled
FROM refusals
WHERE id > $1 AND ($2 = 0 OR run = $2) AND ($3 = '' OR source = $3) AND ($4 = '' OR rule = $4)
  AND (NOT $5 OR settled = 0)
ORDER BY id
LIMIT $6
