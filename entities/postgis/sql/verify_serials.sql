-- The sequence of a kind stands behind every serial that was given. Of persons (5)
-- and households (13) it counts at least as many as were given.
SELECT 0::bigint, 'the sequence of kind ' || k.kind || ' stands at ' || coalesce(s.next, 1) || ' and ' ||
  CASE WHEN k.kind IN (5, 13) THEN k.given || ' codes were given' ELSE 'serial ' || k.top || ' was given' END
FROM (SELECT code >> 48 AS kind, max(code & 281474976710655) AS top, count(*) AS given FROM codes GROUP BY code >> 48) AS k
LEFT JOIN serials AS s ON s.kind = k.kind
WHERE coalesce(s.next, 1) <= CASE WHEN k.kind IN (5, 13) THEN k.given ELSE k.top END AND $1::bigint >= 0
LIMIT $2
