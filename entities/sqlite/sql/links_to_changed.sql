-- IDs of links that came or went behind revision ?1 and up to revision ?2,
-- in order of their To end: ?3 says whether rows that ?2 no longer knows count; ?4 at the most.
-- Rows that came are a range of IDs, rows that went are in an index.
SELECT id
FROM links
WHERE rev_from <= ?2 AND (?3 OR rev_to > ?2) AND id IN (
  SELECT id FROM links
  WHERE id > (SELECT coalesce(max(links_top), 0) FROM revisions WHERE rev = ?1)
  UNION
  SELECT id FROM links WHERE rev_to > ?1 AND rev_to <= ?2 AND rev_to < 9223372036854775807
)
ORDER BY to_code, role, from_code, valid_from, id
LIMIT ?4
