DELETE FROM aliases WHERE code = ANY($1::bigint[])
