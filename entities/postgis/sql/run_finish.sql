UPDATE runs SET finished = $2, summary = $3 WHERE id = $1 AND finished IS NULL
