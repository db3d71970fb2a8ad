-- Enough rows that plans and sizes look real, few enough that they are made within a second.

SELECT setseed(0.42);

-- What follows refers to rows that it makes itself: looking each of them up takes longer than making
-- them.
SET session_replication_role = replica;

INSERT INTO tenants (id, name)
SELECT n, 'tenant ' || n FROM generate_series(1, 8) AS n;

INSERT INTO users (tenant_id, email, display_name)
SELECT 1 + n % 8, 'user' || n || '@example.com', 'User ' || n
FROM generate_series(1, 4000) AS n;

INSERT INTO products (name, price_cents, embedding)
SELECT
    'Product ' || n,
    (100 + random() * 20000)::integer,
    (SELECT array_agg(sin(n * dimension) + random()) FROM generate_series(1, 64) AS dimension)::vector
FROM generate_series(1, 4000) AS n;

INSERT INTO inventory (product_id, in_stock)
SELECT id, (random() * 500)::integer FROM products;

INSERT INTO orders (tenant_id, user_id, status, total_cents, note, placed_at)
SELECT
    u.tenant_id,
    u.id,
    (ARRAY['placed', 'paid', 'shipped', 'returned'])[1 + (n % 4)],
    (500 + random() * 50000)::bigint,
    (ARRAY['leave at the door', 'gift', 'late delivery', 'call first', ''])[1 + (n % 5)],
    now() - random() * interval '180 days'
FROM generate_series(1, 20000) AS n
JOIN users u ON u.id = 1 + n % 4000;

ALTER TABLE orders ALTER id RESTART WITH 100000;

INSERT INTO order_items (order_id, product_id, quantity, price_cents)
SELECT o.id, 1 + (o.id * 7 + n * 13) % 4000, 1 + n, 100 + (o.id * n) % 5000
FROM orders o, generate_series(1, 2) AS n;

RESET session_replication_role;

-- Built with less care than by default: the demonstration starts in half a second less.
CREATE INDEX products_embedding_idx ON products USING hnsw (embedding vector_cosine_ops)
    WITH (m = 8, ef_construction = 24);
