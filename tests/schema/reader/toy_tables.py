"""The tables of the toy, its roles, and the row policies that open them as the hub's do."""

DDL = """
create schema hub; create schema apprentices;
create function hub.party() returns uuid language sql stable as
  $$ select nullif(current_setting('hub.party', true), '')::uuid $$;
create function hub.today() returns date language sql stable as
  $$ select nullif(current_setting('hub.today', true), '')::date $$;
create table apprentices.standard (id uuid primary key, code text not null, title text not null, level int not null,
  tags text[] not null, price numeric(8,2) not null);
create table apprentices.ksb (standard_id uuid not null, code text not null, kind text not null, place int not null,
  primary key (standard_id, code));
create table apprentices.apprentice (id uuid primary key, standard_id uuid not null, changed_at timestamptz not null);
create table apprentices.identity (apprentice_id uuid primary key, family_name text not null, uln text not null);
create table apprentices.item (id uuid primary key, apprentice_id uuid not null, code text not null, place int not null,
  met boolean not null, due_on date);
create table hub.card (party_id uuid not null, apprentice_id uuid not null, opened_on date not null, closed_on date,
  reach smallint not null, status text not null, next_party text, due_on date not null, ready_from date,
  name_key text collate "C" not null, uln text not null, my_reference text, score bigint not null,
  primary key (party_id, apprentice_id));
create index on hub.card (party_id, name_key, apprentice_id);
create index on hub.card (party_id, due_on desc, apprentice_id desc);
create index on hub.card (party_id, status, due_on desc, apprentice_id);
"""
ROLES = ("employer", "provider", "epao")
TABLES = ("apprentices.apprentice", "apprentices.identity", "apprentices.item")
REACH = {"apprentices.apprentice": 0, "apprentices.identity": 1, "apprentices.item": 2}


def policies() -> str:
    """Roles and row policies as the hub's: the card by party and date, everything else by one probe of the card."""
    found = ["create role toy_open nologin;"]
    for role in ROLES:
        found.append(f"create role toy_{role} login in role toy_open;")
    found.append("grant usage on schema hub, apprentices to toy_open;")
    found.append("grant select on all tables in schema hub, apprentices to toy_open;")
    found.append("alter table hub.card enable row level security; alter table hub.card force row level security;")
    found.append(
        "create policy card on hub.card to toy_open using (party_id = (select hub.party())"
        " and opened_on <= (select hub.today()) and (closed_on is null or closed_on > (select hub.today())));"
    )
    for table in TABLES:
        key = "id" if table.endswith(".apprentice") else "apprentice_id"
        found.append(f"alter table {table} enable row level security; alter table {table} force row level security;")
        found.append(
            f"create policy open on {table} to toy_open using (exists (select from hub.card c where"
            f" c.party_id = (select hub.party()) and c.apprentice_id = {key} and c.reach >= {REACH[table]}));"
        )
    return "\n".join(found)
