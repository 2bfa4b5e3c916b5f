-- Open versions of the codes in the JSON array ?1.
SELECT v.id, v.code, v.valid_from, v.valid_to, v.rev_from, v.rev_to, v.cause, v.origin, v.class,
       CAST(v.attrs AS BLOB), v.shape, v.vertical_crs, v.repair, v.origins
FROM json_each(?1) AS j CROSS JOIN versions AS v ON v.code = j.value
WHERE v.rev_to = 9223372036854775807
