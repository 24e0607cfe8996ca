-- Run by a superuser now and then (at night: each table is locked while it is written anew, seconds for a million rows):
--   psql --set ON_ERROR_STOP=1 --file forget-order.sql DATABASE
-- Rows lie in the order in which they were written, and PostgreSQL keeps which transaction wrote each of them. What was
-- written for one resident in one transaction, or at one sitting, could be told from that in a copy of the database
-- long after the moments themselves were forgotten. Afterwards all rows of a table are of one transaction, in the order
-- of their random keys. What was written since the last run still tells its order; so do older copies and the WAL.
DO $$
DECLARE
    one text;
BEGIN
    FOREACH one IN ARRAY ARRAY[
        'certificate', 'person', 'pair', 'pair_generation', 'pair_grant', 'former_number', 'consent', 'signature_watch',
        'user_number', 'user_number_history', 'resident_code', 'acceptance'
    ] LOOP
        EXECUTE format('UPDATE %I SET tenant_id = tenant_id', one);
        EXECUTE format('CLUSTER %I USING %I', one, 'pk_' || one);
    END LOOP;
END
$$;
