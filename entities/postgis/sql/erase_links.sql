DELETE FROM links WHERE from_code = ANY($1::bigint[]) OR to_code = ANY($1::bigint[])
