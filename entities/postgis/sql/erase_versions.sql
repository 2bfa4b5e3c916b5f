DELETE FROM versions WHERE code = ANY($1::bigint[])
