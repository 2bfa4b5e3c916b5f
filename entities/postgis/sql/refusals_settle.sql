-- Settles, at revision $3, the open refusals of source $1 with the keys $2.
UPDATE refusals SET settled = $3
WHERE key = ANY($2::text[]) AND source = $1 AND settled = 0
