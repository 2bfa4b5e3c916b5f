-- A row begins at a revision that is there and ends after it, at one that is there
-- or not at all. The head is asked for within the statement, for it may have moved
-- since it was read.
WITH head AS (SELECT coalesce(max(rev), 0) AS rev FROM revisions)
SELECT code, text FROM (
  SELECT x.code, x.what || ' ' || x.id || ' is known from revision ' || x.rev_from || ' to ' || x.rev_to AS text
  FROM (
    SELECT code, 'version' AS what, id, rev_from, rev_to FROM versions
    UNION ALL SELECT code, 'alias', id, rev_from, rev_to FROM aliases
    UNION ALL SELECT from_code, 'link', id, rev_from, rev_to FROM links
    UNION ALL SELECT code, 'state', id, rev_from, rev_to FROM code_states
  ) AS x, head
  WHERE x.rev_from < 1 OR x.rev_from >= x.rev_to OR x.rev_from > head.rev
     OR (x.rev_to < 9223372036854775807 AND x.rev_to > head.rev)
  UNION ALL
  SELECT c.code, 'the code was given at revision ' || c.rev FROM codes AS c, head
  WHERE c.rev < 1 OR c.rev > head.rev
) AS found
WHERE $1::bigint >= 0
LIMIT $2
