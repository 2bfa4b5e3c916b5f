SELECT next FROM serials WHERE kind = $1
