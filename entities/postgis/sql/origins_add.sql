-- Origins with sources $1, times $2 and documents $3, each once.
INSERT INTO origins (source, collected, document)
SELECT * FROM unnest($1::text[], $2::bigint[], $3::text[])
ON CONFLICT DO NOTHING
