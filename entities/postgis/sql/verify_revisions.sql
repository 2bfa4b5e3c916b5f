-- Revisions are 1, 2, 3 … and never go back in time; each has its batch, and no
-- batch names one that is not there. $1, the head, is not asked.
SELECT 0::bigint, text FROM (
  SELECT 'revision ' || rev || ' follows ' || coalesce(before, 0) AS text
  FROM (SELECT rev, lag(rev) OVER (ORDER BY rev) AS before FROM revisions) AS r
  WHERE rev <> coalesce(before, 0) + 1
  UNION ALL
  SELECT 'revision ' || rev || ' was published before the one that it follows'
  FROM (SELECT rev, time, lag(time) OVER (ORDER BY rev) AS before FROM revisions) AS r
  WHERE time < before
  UNION ALL
  SELECT 'revision ' || r.rev || ' has no batch of its key'
  FROM revisions AS r LEFT JOIN batches AS b ON b.key = r.batch
  WHERE b.rev IS DISTINCT FROM r.rev
  UNION ALL
  SELECT 'batch ' || b.key || ' names revision ' || b.rev || ', which is not there'
  FROM batches AS b LEFT JOIN revisions AS r ON r.rev = b.rev
  WHERE r.rev IS NULL AND b.rev <> 0
) AS found
WHERE $1::bigint >= 0
LIMIT $2
