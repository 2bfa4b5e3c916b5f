SELECT code, text FROM (
  SELECT code AS code, 'version ' || id || ' holds at no instant' AS text FROM versions WHERE valid_from >= valid_to
  UNION ALL
  SELECT code AS code, 'alias ' || id || ' holds at no instant' AS text FROM aliases WHERE valid_from >= valid_to
  UNION ALL
  SELECT from_code AS code, 'link ' || id || ' holds at no instant' AS text FROM links WHERE valid_from >= valid_to
)
WHERE ?1 >= 0
LIMIT ?2
