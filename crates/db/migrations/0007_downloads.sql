-- Files that buyers download, and what lines of orders may fetch: how often, until when, how often they did.

CREATE TABLE IF NOT EXISTS download_files (
  id TEXT PRIMARY KEY, product_id TEXT NOT NULL, title TEXT NOT NULL, name TEXT NOT NULL, media_type TEXT NOT NULL,
  bytes BIGINT NOT NULL, sha256 TEXT NOT NULL, storage_key TEXT NOT NULL, created_at BIGINT NOT NULL,
  removed_at BIGINT);
CREATE INDEX IF NOT EXISTS download_files_product ON download_files (product_id, created_at);

CREATE TABLE IF NOT EXISTS download_grants (
  order_id TEXT NOT NULL, line BIGINT NOT NULL, file_id TEXT NOT NULL, used BIGINT NOT NULL, most BIGINT NOT NULL,
  valid_until BIGINT NOT NULL, closed_at BIGINT, press TEXT NOT NULL, started_at BIGINT, created_at BIGINT NOT NULL,
  PRIMARY KEY (order_id, line, file_id));
CREATE INDEX IF NOT EXISTS download_grants_file ON download_grants (file_id, valid_until);
