-- The newest revision.
SELECT rev, time, versions_top, aliases_top, links_top, states_top
FROM revisions
ORDER BY rev DESC
LIMIT 1
