SELECT x.code, x.text
FROM (
  SELECT code, 'version ' || id || ' is of a code that was never given, or later' AS text, rev_from FROM versions
  UNION ALL
  SELECT code, 'state ' || id || ' is of a code that was never given, or later', rev_from FROM code_states
) AS x LEFT JOIN codes AS c ON c.code = x.code
WHERE (c.code IS NULL OR c.rev > x.rev_from) AND $1::bigint >= 0
LIMIT $2
