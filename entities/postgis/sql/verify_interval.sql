SELECT code, text FROM (
  SELECT code, 'version ' || id || ' holds at no instant' AS text FROM versions WHERE valid_from >= valid_to
  UNION ALL
  SELECT code, 'alias ' || id || ' holds at no instant' FROM aliases WHERE valid_from >= valid_to
  UNION ALL
  SELECT from_code, 'link ' || id || ' holds at no instant' FROM links WHERE valid_from >= valid_to
) AS found
WHERE $1::bigint >= 0
LIMIT $2
