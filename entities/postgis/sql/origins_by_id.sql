SELECT id, source, collected, document FROM origins WHERE id = ANY($1::bigint[])
