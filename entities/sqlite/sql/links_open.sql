-- Open links from the codes in the JSON array ?1.
SELECT l.id, l.from_code, l.to_code, l.valid_from, l.valid_to, l.rev_from, l.rev_to,
       l.role, l.share_num, l.share_den, l.level, l.confidence, l.source, l.method
FROM json_each(?1) AS j CROSS JOIN links AS l ON l.from_code = j.value
WHERE l.rev_to = 9223372036854775807
