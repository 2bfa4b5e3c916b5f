-- The newest revision.
SELECT rev, time
FROM revisions
ORDER BY rev DESC
LIMIT 1
