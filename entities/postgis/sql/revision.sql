-- What is known of revision $1.
SELECT rev, time, batch, source, note, acts, created, updated, unchanged, minted, refused,
       west, south, east, north, kinds, erased
FROM revisions
WHERE rev = $1
