-- The sequence of a kind stands behind every serial that was given. Of persons (5)
-- and households (13) it counts at least as many as were given.
SELECT 0, 'the sequence of kind ' || k.kind || ' stands at ' || coalesce(s.next, 1) || ' and ' ||
  iif(k.kind IN (5, 13), k.given || ' codes were given', 'serial ' || k.top || ' was given')
FROM (SELECT code >> 48 AS kind, max(code & 281474976710655) AS top, count(*) AS given FROM codes GROUP BY code >> 48) AS k
LEFT JOIN serials AS s ON s.kind = k.kind
WHERE coalesce(s.next, 1) <= iif(k.kind IN (5, 13), k.given, k.top) AND ?1 >= 0
LIMIT ?2
