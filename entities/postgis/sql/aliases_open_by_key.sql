-- Open aliases of scheme $1 with the values $2.
SELECT a.id, a.code, a.valid_from, a.valid_to, a.rev_from, a.rev_to, a.scheme, a.value, a.mask, a.source
FROM aliases AS a
WHERE a.scheme = $1 AND a.value = ANY($2::text[]) AND a.rev_to = 9223372036854775807
