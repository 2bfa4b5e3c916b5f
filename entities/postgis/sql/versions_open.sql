-- Open versions of the codes $1.
SELECT v.id, v.code, v.valid_from, v.valid_to, v.rev_from, v.rev_to, v.cause, v.origin, v.class, v.attrs,
       v.shape, v.exact, v.vertical_crs, v.repair, v.origins
FROM versions AS v
WHERE v.code = ANY($1::bigint[]) AND v.rev_to = 9223372036854775807
