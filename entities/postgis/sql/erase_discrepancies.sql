DELETE FROM discrepancies WHERE code = ANY($1::bigint[])
