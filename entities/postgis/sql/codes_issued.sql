-- Those of the codes $1 that were ever given.
SELECT code FROM codes WHERE code = ANY($1::bigint[])
