-- Boxes of versions that are not there. ?1, the head, is not asked.
SELECT 0, 'box ' || b.id || ' in the R*Tree is of no version'
FROM versions_box AS b LEFT JOIN versions AS v ON v.id = b.id
WHERE v.id IS NULL AND ?1 >= 0
LIMIT ?2
