-- Open aliases of the codes in the JSON array ?1.
SELECT a.id, a.code, a.valid_from, a.valid_to, a.rev_from, a.rev_to, a.scheme, a.value, a.mask, a.source
FROM json_each(?1) AS j CROSS JOIN aliases AS a ON a.code = j.value
WHERE a.rev_to = 9223372036854775807
