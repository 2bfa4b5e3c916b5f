DELETE FROM refusals
WHERE key IN (SELECT scheme || ':' || value FROM aliases WHERE code = ANY($1::bigint[]))
