-- What the application in orders.ts asks for: psql "$DATABASE_URL" -f orders.sql
create table stock (item text primary key, remaining int not null check (remaining >= 0));
create table orders (
  key text primary key,
  item text not null references stock,
  placed_at timestamptz not null default now()
);
insert into stock values ('rope', 2), ('lamp', 1);
