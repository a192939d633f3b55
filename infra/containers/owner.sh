#!/bin/sh
# Run once by PostgreSQL's own image, on an empty volume: the database, and its owner, who makes roles and is no superuser.
set -eu
psql --set ON_ERROR_STOP=1 --set password="$OWNER_PASSWORD" --username "$POSTGRES_USER" --dbname postgres <<'SQL'
create role hub_owner login createrole password :'password';
create database hub owner hub_owner;
SQL
