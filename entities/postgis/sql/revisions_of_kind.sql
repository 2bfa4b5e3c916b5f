-- Whether a revision behind $1 and up to $2 touched kind $3.
SELECT EXISTS (SELECT 1 FROM revisions WHERE rev > $1 AND rev <= $2 AND $3::bigint = ANY(kinds))
