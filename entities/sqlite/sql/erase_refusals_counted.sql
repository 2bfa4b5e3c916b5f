-- The batches no longer count the refusals that erase_refusals deletes next.
UPDATE batches SET refused = refused - (
  SELECT count(*) FROM refusals
  WHERE batch = batches.key AND key IN (SELECT scheme || ':' || value FROM aliases WHERE code = ?1)
)
WHERE key IN (
  SELECT batch FROM refusals
  WHERE key IN (SELECT scheme || ':' || value FROM aliases WHERE code = ?1)
)
