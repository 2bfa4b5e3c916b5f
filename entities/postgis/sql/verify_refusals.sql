-- Each batch has the refusals that it counts, and each refusal its batch.
SELECT 0::bigint, text FROM (
  SELECT 'batch ' || b.key || ' counts ' || b.refused || ' refusals and has ' || count(f.id) AS text
  FROM batches AS b LEFT JOIN refusals AS f ON f.batch = b.key
  GROUP BY b.key, b.refused
  HAVING count(f.id) <> b.refused
  UNION ALL
  SELECT 'refusal ' || f.id || ' stood beside batch ' || f.batch || ', which is not there'
  FROM refusals AS f LEFT JOIN batches AS b ON b.key = f.batch
  WHERE b.key IS NULL
) AS found
WHERE $1::bigint >= 0
LIMIT $2
