-- Open aliases of scheme ?1 with the values in the JSON array ?2.
SELECT a.id, a.code, a.valid_from, a.valid_to, a.rev_from, a.rev_to, a.scheme, a.value, a.mask, a.source
FROM json_each(?2) AS j CROSS JOIN aliases AS a ON a.scheme = ?1 AND a.value = j.value
WHERE a.rev_to = 9223372036854775807
