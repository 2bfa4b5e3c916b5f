-- The one right to write to the schema, for the transaction.
SELECT pg_advisory_xact_lock(hashtextextended('chengma ' || current_schema(), 0))
