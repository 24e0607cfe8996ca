-- Run once by a superuser, in the database of the provider. Passwords are set with \password afterwards.
CREATE ROLE idp_owner LOGIN NOSUPERUSER NOCREATEDB NOCREATEROLE NOBYPASSRLS;
CREATE ROLE idp_app   LOGIN NOSUPERUSER NOCREATEDB NOCREATEROLE NOBYPASSRLS;
CREATE ROLE idp_backup LOGIN NOSUPERUSER NOCREATEDB NOCREATEROLE BYPASSRLS; -- for `idp backup create` alone
GRANT CREATE, USAGE ON SCHEMA public TO idp_owner;
GRANT USAGE ON SCHEMA public TO idp_app, idp_backup;
ALTER DEFAULT PRIVILEGES FOR ROLE idp_owner IN SCHEMA public
    GRANT SELECT, INSERT, UPDATE, DELETE ON TABLES TO idp_app;
ALTER DEFAULT PRIVILEGES FOR ROLE idp_owner IN SCHEMA public
    GRANT SELECT ON TABLES TO idp_backup;
ALTER DEFAULT PRIVILEGES FOR ROLE idp_owner IN SCHEMA public
    GRANT SELECT ON SEQUENCES TO idp_backup;
-- After `idp migrate`, as idp_owner: what is written of the audit trail stays, and the schema is the owner's.
--   REVOKE UPDATE, DELETE ON audit_entry, audit_link, audit_head FROM idp_app;
--   REVOKE INSERT, UPDATE, DELETE ON alembic_version FROM idp_app;
