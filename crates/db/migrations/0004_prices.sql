-- Price lists, and their prices of stock records. A price that becomes another one stays as a row that is over: what
-- was charged must be known (Directive 98/6/EC, art. 6a).

CREATE TABLE IF NOT EXISTS price_lists (
  id TEXT PRIMARY KEY, name TEXT NOT NULL, currency TEXT NOT NULL, market TEXT, customer_group TEXT,
  effect TEXT NOT NULL, starts_at BIGINT, ends_at BIGINT, created_at BIGINT NOT NULL);
CREATE UNIQUE INDEX IF NOT EXISTS price_lists_name ON price_lists (name);

CREATE TABLE IF NOT EXISTS price_list_entries (
  id TEXT PRIMARY KEY, list_id TEXT NOT NULL, stock_record_id TEXT NOT NULL, minimum BIGINT NOT NULL,
  amount BIGINT NOT NULL, valid_from BIGINT, valid_until BIGINT);
CREATE INDEX IF NOT EXISTS price_list_entries_record ON price_list_entries (stock_record_id);
CREATE INDEX IF NOT EXISTS price_list_entries_list ON price_list_entries (list_id, id);
