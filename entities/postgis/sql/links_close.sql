-- Ends, at revision $3, the rows with IDs $1 of codes $2.
UPDATE links AS x SET rev_to = $3
FROM unnest($1::bigint[], $2::bigint[]) AS j(id, code)
WHERE x.from_code = j.code AND x.id = j.id
