SELECT finished IS NOT NULL FROM runs WHERE id = $1
