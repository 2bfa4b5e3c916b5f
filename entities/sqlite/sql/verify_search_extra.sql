SELECT 0, 'search terms of version ' || t.version || ', which is not there'
FROM (SELECT DISTINCT version FROM search_terms) AS t LEFT JOIN versions AS v ON v.id = t.version
WHERE v.id IS NULL AND ?1 >= 0
LIMIT ?2
