-- Catalogue, stock, checkouts, payments, orders, and what keeps them together.
-- One statement a step; every one is harmless when repeated. TEXT and BIGINT only: ids are UUID text, money is minor
-- units, moments are microseconds, booleans 0 or 1, lists and texts by language are JSON read whole by the program.

CREATE TABLE IF NOT EXISTS store_facts (name TEXT PRIMARY KEY, value TEXT NOT NULL);

CREATE TABLE IF NOT EXISTS product_classes (
  id TEXT PRIMARY KEY, code TEXT NOT NULL, name TEXT NOT NULL, requires_shipping BIGINT NOT NULL,
  track_stock BIGINT NOT NULL, options TEXT NOT NULL, oscar BIGINT);
CREATE UNIQUE INDEX IF NOT EXISTS product_classes_code ON product_classes (code);

CREATE TABLE IF NOT EXISTS attributes (
  id TEXT PRIMARY KEY, class_id TEXT NOT NULL, code TEXT NOT NULL, name TEXT NOT NULL, kind TEXT NOT NULL,
  group_id TEXT, required BIGINT NOT NULL, facet BIGINT NOT NULL, position BIGINT NOT NULL, oscar BIGINT);
CREATE UNIQUE INDEX IF NOT EXISTS attributes_class_code ON attributes (class_id, code);

CREATE TABLE IF NOT EXISTS option_groups (
  id TEXT PRIMARY KEY, code TEXT, name TEXT NOT NULL, choices TEXT NOT NULL, oscar BIGINT);

CREATE TABLE IF NOT EXISTS customer_options (
  id TEXT PRIMARY KEY, code TEXT NOT NULL, name TEXT NOT NULL, help TEXT NOT NULL, kind TEXT NOT NULL, group_id TEXT,
  required BIGINT NOT NULL, position BIGINT NOT NULL, oscar BIGINT);
CREATE UNIQUE INDEX IF NOT EXISTS customer_options_code ON customer_options (code);

CREATE TABLE IF NOT EXISTS categories (
  id TEXT PRIMARY KEY, parent_id TEXT, position BIGINT NOT NULL, slug TEXT NOT NULL, name TEXT NOT NULL,
  description TEXT NOT NULL, meta_title TEXT NOT NULL, meta_description TEXT NOT NULL, image TEXT,
  is_public BIGINT NOT NULL, in_menu BIGINT NOT NULL, code TEXT, oscar BIGINT);
CREATE UNIQUE INDEX IF NOT EXISTS categories_slug ON categories (slug);

CREATE TABLE IF NOT EXISTS partners (id TEXT PRIMARY KEY, code TEXT NOT NULL, name TEXT NOT NULL, oscar BIGINT);
CREATE UNIQUE INDEX IF NOT EXISTS partners_code ON partners (code);

CREATE TABLE IF NOT EXISTS products (
  id TEXT PRIMARY KEY, structure TEXT NOT NULL, class_id TEXT, parent_id TEXT, position BIGINT NOT NULL, upc TEXT,
  code TEXT, slug TEXT NOT NULL, title TEXT NOT NULL, description TEXT NOT NULL, meta_title TEXT NOT NULL,
  meta_description TEXT NOT NULL, is_public BIGINT NOT NULL, is_discountable BIGINT NOT NULL, priority BIGINT NOT NULL,
  rating_hundredths BIGINT, rating_count BIGINT NOT NULL, weight_kg TEXT, measure_amount TEXT, measure_unit TEXT,
  maker TEXT, eu_contact TEXT, categories TEXT NOT NULL, attributes TEXT NOT NULL, options TEXT NOT NULL,
  recommendations TEXT NOT NULL, sold BIGINT NOT NULL, created_at BIGINT NOT NULL, updated_at BIGINT NOT NULL,
  version BIGINT NOT NULL, oscar BIGINT);
CREATE UNIQUE INDEX IF NOT EXISTS products_slug ON products (slug);
CREATE UNIQUE INDEX IF NOT EXISTS products_upc ON products (upc);
CREATE INDEX IF NOT EXISTS products_parent ON products (parent_id, position);

CREATE TABLE IF NOT EXISTS images (
  id TEXT PRIMARY KEY, product_id TEXT NOT NULL, position BIGINT NOT NULL, source TEXT NOT NULL, alt TEXT NOT NULL,
  width BIGINT NOT NULL, height BIGINT NOT NULL, oscar BIGINT);
CREATE INDEX IF NOT EXISTS images_product ON images (product_id, position);

CREATE TABLE IF NOT EXISTS uploads (
  source TEXT PRIMARY KEY, made TEXT NOT NULL, problem TEXT NOT NULL, bytes BIGINT NOT NULL,
  changed_at BIGINT NOT NULL);

CREATE TABLE IF NOT EXISTS stock_records (
  id TEXT PRIMARY KEY, product_id TEXT NOT NULL, partner_id TEXT NOT NULL, position BIGINT NOT NULL, sku TEXT NOT NULL,
  on_hand BIGINT, low_stock_threshold BIGINT, oscar BIGINT);
CREATE UNIQUE INDEX IF NOT EXISTS stock_records_sku ON stock_records (partner_id, sku);
CREATE INDEX IF NOT EXISTS stock_records_by_sku ON stock_records (sku);
CREATE INDEX IF NOT EXISTS stock_records_product ON stock_records (product_id, position);

CREATE TABLE IF NOT EXISTS prices (
  id TEXT PRIMARY KEY, stock_record_id TEXT NOT NULL, currency TEXT NOT NULL, amount BIGINT NOT NULL,
  valid_from BIGINT, valid_until BIGINT);
CREATE INDEX IF NOT EXISTS prices_stock_record ON prices (stock_record_id);

CREATE TABLE IF NOT EXISTS stock_buckets (
  stock_record_id TEXT NOT NULL, bucket BIGINT NOT NULL, free BIGINT NOT NULL CHECK (free >= 0),
  PRIMARY KEY (stock_record_id, bucket));

CREATE TABLE IF NOT EXISTS old_slugs (slug TEXT PRIMARY KEY, product_id TEXT NOT NULL);
CREATE INDEX IF NOT EXISTS old_slugs_product ON old_slugs (product_id);

CREATE TABLE IF NOT EXISTS baskets (
  id TEXT PRIMARY KEY, body TEXT NOT NULL, version BIGINT NOT NULL, updated_at BIGINT NOT NULL);
CREATE INDEX IF NOT EXISTS baskets_updated ON baskets (updated_at);

CREATE TABLE IF NOT EXISTS checkouts (
  id TEXT PRIMARY KEY, number TEXT NOT NULL, content_hash TEXT NOT NULL, body TEXT NOT NULL, gateway TEXT NOT NULL,
  person TEXT NOT NULL, frozen_at BIGINT NOT NULL);
CREATE INDEX IF NOT EXISTS checkouts_frozen ON checkouts (frozen_at);

CREATE TABLE IF NOT EXISTS holds (
  id TEXT PRIMARY KEY, checkout_id TEXT NOT NULL, person TEXT NOT NULL, state TEXT NOT NULL, expires_at BIGINT NOT NULL,
  created_at BIGINT NOT NULL);
CREATE INDEX IF NOT EXISTS holds_checkout ON holds (checkout_id);
CREATE INDEX IF NOT EXISTS holds_person ON holds (person, state);
CREATE INDEX IF NOT EXISTS holds_state ON holds (state, expires_at);

CREATE TABLE IF NOT EXISTS hold_lines (
  hold_id TEXT NOT NULL, stock_record_id TEXT NOT NULL, bucket BIGINT NOT NULL, units BIGINT NOT NULL,
  shipped BIGINT NOT NULL, PRIMARY KEY (hold_id, stock_record_id, bucket));
CREATE INDEX IF NOT EXISTS hold_lines_stock_record ON hold_lines (stock_record_id);

CREATE TABLE IF NOT EXISTS payments (
  id TEXT PRIMARY KEY, checkout_id TEXT NOT NULL, gateway TEXT NOT NULL, reference TEXT, state TEXT NOT NULL,
  amount BIGINT NOT NULL, currency TEXT NOT NULL, next_url TEXT, reason TEXT, ask_at BIGINT, created_at BIGINT NOT NULL,
  updated_at BIGINT NOT NULL);
CREATE INDEX IF NOT EXISTS payments_checkout ON payments (checkout_id);
CREATE INDEX IF NOT EXISTS payments_reference ON payments (reference);
CREATE INDEX IF NOT EXISTS payments_ask ON payments (ask_at);

CREATE TABLE IF NOT EXISTS ledger (
  id TEXT PRIMARY KEY, payment_id TEXT NOT NULL, checkout_id TEXT NOT NULL, kind TEXT NOT NULL, amount BIGINT NOT NULL,
  currency TEXT NOT NULL, idempotency_key TEXT NOT NULL, at BIGINT NOT NULL);
CREATE UNIQUE INDEX IF NOT EXISTS ledger_key ON ledger (idempotency_key);
CREATE INDEX IF NOT EXISTS ledger_checkout ON ledger (checkout_id);

CREATE TABLE IF NOT EXISTS webhook_events (
  gateway TEXT NOT NULL, event_id TEXT NOT NULL, at BIGINT NOT NULL, PRIMARY KEY (gateway, event_id));

CREATE TABLE IF NOT EXISTS orders (
  id TEXT PRIMARY KEY, number TEXT NOT NULL, state TEXT NOT NULL, body TEXT NOT NULL, market TEXT NOT NULL,
  currency TEXT NOT NULL, total BIGINT NOT NULL, person TEXT NOT NULL, link_hash TEXT, placed_at BIGINT NOT NULL,
  withdrawn_at BIGINT, withdrawal TEXT, version BIGINT NOT NULL, oscar BIGINT, oscar_status TEXT);
CREATE UNIQUE INDEX IF NOT EXISTS orders_number ON orders (number);
CREATE INDEX IF NOT EXISTS orders_placed ON orders (placed_at, id);
CREATE INDEX IF NOT EXISTS orders_state ON orders (state, placed_at);
CREATE INDEX IF NOT EXISTS orders_person ON orders (person, placed_at);
CREATE INDEX IF NOT EXISTS orders_link ON orders (link_hash);

CREATE TABLE IF NOT EXISTS order_lines (
  order_id TEXT NOT NULL, line BIGINT NOT NULL, product_id TEXT NOT NULL, stock_record_id TEXT NOT NULL,
  sku TEXT NOT NULL, quantity BIGINT NOT NULL, gross BIGINT NOT NULL, PRIMARY KEY (order_id, line));
CREATE INDEX IF NOT EXISTS order_lines_sku ON order_lines (sku);

CREATE TABLE IF NOT EXISTS parcels (
  id TEXT PRIMARY KEY, order_id TEXT NOT NULL, status TEXT NOT NULL, tracking TEXT NOT NULL, units TEXT NOT NULL,
  packed_at BIGINT NOT NULL, updated_at BIGINT NOT NULL);
CREATE INDEX IF NOT EXISTS parcels_order ON parcels (order_id, packed_at);

CREATE TABLE IF NOT EXISTS order_notes (
  id TEXT PRIMARY KEY, order_id TEXT NOT NULL, at BIGINT NOT NULL, actor_kind TEXT NOT NULL, actor_id TEXT NOT NULL,
  body TEXT NOT NULL);
CREATE INDEX IF NOT EXISTS order_notes_order ON order_notes (order_id, at);

CREATE TABLE IF NOT EXISTS events (
  id TEXT PRIMARY KEY, at BIGINT NOT NULL, actor_kind TEXT NOT NULL, actor_id TEXT NOT NULL, subject TEXT NOT NULL,
  subject_id TEXT NOT NULL, kind TEXT NOT NULL, detail TEXT NOT NULL);
CREATE INDEX IF NOT EXISTS events_subject ON events (subject, subject_id, at);
CREATE INDEX IF NOT EXISTS events_at ON events (at);

CREATE TABLE IF NOT EXISTS outbox (
  id TEXT PRIMARY KEY, kind TEXT NOT NULL, subject TEXT NOT NULL, payload TEXT NOT NULL, due_at BIGINT NOT NULL,
  attempts BIGINT NOT NULL, locked_until BIGINT NOT NULL, failure TEXT, created_at BIGINT NOT NULL);
CREATE INDEX IF NOT EXISTS outbox_due ON outbox (due_at);

CREATE TABLE IF NOT EXISTS leases (
  name TEXT PRIMARY KEY, holder TEXT NOT NULL, fence BIGINT NOT NULL, until BIGINT NOT NULL);
