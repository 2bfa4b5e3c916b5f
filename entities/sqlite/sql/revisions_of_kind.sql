-- Whether a revision behind ?1 and up to ?2 touched kind ?3.
SELECT EXISTS (
  SELECT 1 FROM revisions AS r, json_each(r.kinds) AS k
  WHERE r.rev > ?1 AND r.rev <= ?2 AND k.value = ?3
)
