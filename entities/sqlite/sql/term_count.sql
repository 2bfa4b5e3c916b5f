-- How many versions have term ?1, up to ?2.
SELECT count(*)
FROM (SELECT 1 FROM search_terms WHERE term = ?1 LIMIT ?2)
