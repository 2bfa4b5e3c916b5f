-- Revisions behind $1, $2 at the most.
SELECT rev, time, batch, source, note, acts, created, updated, unchanged, minted, refused,
       west, south, east, north, kinds, erased
FROM revisions
WHERE rev > $1
ORDER BY rev
LIMIT $2
