-- IDs of the origins with sources $1, times $2 and documents $3, by their place.
SELECT j.n, o.id
FROM unnest($1::text[], $2::bigint[], $3::text[]) WITH ORDINALITY AS j(source, collected, document, n)
JOIN origins AS o ON o.source = j.source AND o.collected = j.collected AND o.document = j.document
