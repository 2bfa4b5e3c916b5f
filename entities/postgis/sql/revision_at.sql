-- The newest revision published at or before instant $1.
SELECT coalesce((SELECT rev FROM revisions WHERE time <= $1 ORDER BY time DESC, rev DESC LIMIT 1), 0)
