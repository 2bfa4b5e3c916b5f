-- Open links from the codes $1.
SELECT l.id, l.from_code, l.to_code, l.valid_from, l.valid_to, l.rev_from, l.rev_to,
       l.role, l.share_num, l.share_den, l.level, l.confidence, l.source, l.method
FROM links AS l
WHERE l.from_code = ANY($1::bigint[]) AND l.rev_to = 9223372036854775807
