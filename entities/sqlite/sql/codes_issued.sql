-- Those of the codes in the JSON array ?1 that were ever given.
SELECT c.code
FROM json_each(?1) AS j CROSS JOIN codes AS c ON c.code = j.value
