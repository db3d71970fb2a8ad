-- A small shop for many tenants: shapes that real databases have, with their usual flaws.

CREATE EXTENSION pg_stat_statements;
CREATE EXTENSION vector;

CREATE TABLE tenants (
    id         integer PRIMARY KEY,
    name       text NOT NULL UNIQUE,
    created_at timestamptz NOT NULL DEFAULT now()
);

CREATE TABLE users (
    id           bigint GENERATED ALWAYS AS IDENTITY PRIMARY KEY,
    tenant_id    integer NOT NULL REFERENCES tenants,
    email        text NOT NULL UNIQUE,
    display_name text NOT NULL,
    last_seen_at timestamptz NOT NULL DEFAULT now()
);
CREATE INDEX users_tenant_id_idx ON users (tenant_id);

CREATE TABLE products (
    id          bigint GENERATED ALWAYS AS IDENTITY PRIMARY KEY,
    name        text NOT NULL,
    price_cents integer NOT NULL CHECK (price_cents > 0),
    embedding   vector(64) NOT NULL
);

CREATE TABLE inventory (
    product_id bigint PRIMARY KEY REFERENCES products,
    in_stock   integer NOT NULL
);

CREATE TABLE orders (
    id          bigint GENERATED ALWAYS AS IDENTITY PRIMARY KEY,
    tenant_id   integer NOT NULL REFERENCES tenants,
    user_id     bigint NOT NULL REFERENCES users,
    status      text NOT NULL CHECK (status IN ('placed', 'paid', 'shipped', 'returned')),
    total_cents bigint NOT NULL,
    note        text NOT NULL DEFAULT '',
    placed_at   timestamptz NOT NULL DEFAULT now()
);
CREATE INDEX orders_user_id_idx ON orders (user_id);
CREATE INDEX orders_tenant_id_placed_at_idx ON orders (tenant_id, placed_at);
-- The same index once more, as a second migration makes it.
CREATE INDEX orders_by_user ON orders (user_id);
-- An index that no query uses.
CREATE INDEX orders_note_idx ON orders (lower(note));

-- product_id is a foreign key without an index.
CREATE TABLE order_items (
    order_id    bigint NOT NULL REFERENCES orders ON DELETE CASCADE,
    product_id  bigint NOT NULL REFERENCES products,
    quantity    integer NOT NULL CHECK (quantity > 0),
    price_cents integer NOT NULL,
    PRIMARY KEY (order_id, product_id)
);

-- The table that grows, until the archiver empties it.
CREATE TABLE audit_events (
    id      bigint GENERATED ALWAYS AS IDENTITY PRIMARY KEY,
    at      timestamptz NOT NULL DEFAULT now(),
    actor   text NOT NULL,
    details jsonb NOT NULL
);

-- Who may do what: every application role sees only the tenant that it works for.
GRANT SELECT ON tenants, products TO app, reporting;
GRANT SELECT, INSERT, UPDATE ON users, orders, order_items TO app;
GRANT SELECT, UPDATE ON inventory TO app, ops;
GRANT SELECT, INSERT ON audit_events TO app;
GRANT TRUNCATE ON audit_events TO app_worker;
GRANT DELETE ON orders TO app_worker;
GRANT SELECT ON users, orders, order_items, inventory, audit_events TO reporting;

ALTER TABLE users ENABLE ROW LEVEL SECURITY;
CREATE POLICY users_of_the_tenant ON users TO app
    USING (tenant_id = current_setting('app.tenant_id', true)::integer)
    WITH CHECK (tenant_id = current_setting('app.tenant_id', true)::integer);
CREATE POLICY users_for_reports ON users FOR SELECT TO reporting USING (true);

ALTER TABLE orders ENABLE ROW LEVEL SECURITY;
CREATE POLICY orders_of_the_tenant ON orders TO app
    USING (tenant_id = current_setting('app.tenant_id', true)::integer)
    WITH CHECK (tenant_id = current_setting('app.tenant_id', true)::integer);
CREATE POLICY orders_for_reports ON orders FOR SELECT TO reporting USING (true);

-- A report that reads too much; the pause stands for a disk that is slower than this one.
CREATE FUNCTION revenue_by_tenant(word text, slow_disk_seconds double precision)
    RETURNS TABLE (tenant text, orders bigint, cents numeric)
    LANGUAGE plpgsql
AS $$
BEGIN
    PERFORM pg_sleep(slow_disk_seconds);
    RETURN QUERY
        SELECT t.name, count(DISTINCT o.id), sum(i.price_cents * i.quantity)::numeric
        FROM public.orders o
        JOIN public.order_items i ON i.order_id = o.id
        JOIN public.tenants t ON t.id = o.tenant_id
        WHERE o.note ILIKE '%' || word || '%'
        GROUP BY t.name
        ORDER BY 3 DESC;
END
$$;
