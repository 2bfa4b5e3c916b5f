-- The batches no longer count the refusals that erase_refusals deletes next.
UPDATE batches AS b SET refused = b.refused - f.n
FROM (
  SELECT batch, count(*) AS n FROM refusals
  WHERE key IN (SELECT scheme || ':' || value FROM aliases WHERE code = ANY($1::bigint[]))
  GROUP BY batch
) AS f
WHERE b.key = f.batch
