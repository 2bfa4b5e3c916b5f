-- What became of batch $1.
SELECT b.rev, r.time
FROM batches AS b LEFT JOIN revisions AS r ON r.rev = b.rev
WHERE b.key = $1
