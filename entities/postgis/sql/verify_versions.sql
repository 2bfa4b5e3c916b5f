-- Stored versions behind ($1, $2, $3), $4 at the most; with their search terms.
SELECT v.id, v.code, v.valid_from, v.valid_to, v.rev_from, v.rev_to, v.cause, v.origin, v.class, v.attrs,
       v.shape, v.exact, v.vertical_crs, v.repair, v.origins, array_to_json(v.terms)
FROM versions AS v
WHERE (v.code, v.valid_from, v.rev_from) > ($1, $2, $3)
ORDER BY v.code, v.valid_from, v.rev_from
LIMIT $4
