-- Open aliases of the codes $1.
SELECT a.id, a.code, a.valid_from, a.valid_to, a.rev_from, a.rev_to, a.scheme, a.value, a.mask, a.source
FROM aliases AS a
WHERE a.code = ANY($1::bigint[]) AND a.rev_to = 9223372036854775807
