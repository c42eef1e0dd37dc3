-- Gift cards and store credit: what is left on each, every change of it, and what checkouts have set aside. The code is
-- a secret and stands nowhere: the SHA-256 of its sixteen signs finds the card.

CREATE TABLE IF NOT EXISTS gift_cards (
  id TEXT PRIMARY KEY, code_hash TEXT NOT NULL, last_four TEXT NOT NULL, kind TEXT NOT NULL, currency TEXT NOT NULL,
  initial BIGINT NOT NULL, balance BIGINT NOT NULL, state TEXT NOT NULL, expires_at BIGINT, order_id TEXT, line BIGINT,
  recipient TEXT, giver TEXT, message TEXT, language TEXT NOT NULL, created_at BIGINT NOT NULL, sent_at BIGINT);
CREATE UNIQUE INDEX IF NOT EXISTS gift_cards_code ON gift_cards (code_hash);
CREATE INDEX IF NOT EXISTS gift_cards_order ON gift_cards (order_id);
CREATE INDEX IF NOT EXISTS gift_cards_created ON gift_cards (created_at, id);
CREATE INDEX IF NOT EXISTS gift_cards_sent ON gift_cards (sent_at);

CREATE TABLE IF NOT EXISTS gift_card_entries (
  id TEXT PRIMARY KEY, card_id TEXT NOT NULL, kind TEXT NOT NULL, amount BIGINT NOT NULL, change BIGINT NOT NULL,
  checkout_id TEXT, actor_kind TEXT NOT NULL, actor_id TEXT NOT NULL, reason TEXT NOT NULL, at BIGINT NOT NULL);
CREATE INDEX IF NOT EXISTS gift_card_entries_card ON gift_card_entries (card_id, at);

-- Entries of the orders' ledger whose money came from or went to a card. All others are the gateway's.
CREATE TABLE IF NOT EXISTS ledger_cards (ledger_id TEXT PRIMARY KEY, card_id TEXT NOT NULL);

CREATE TABLE IF NOT EXISTS hold_cards (
  hold_id TEXT NOT NULL, card_id TEXT NOT NULL, amount BIGINT NOT NULL, PRIMARY KEY (hold_id, card_id));
CREATE INDEX IF NOT EXISTS hold_cards_card ON hold_cards (card_id);

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

-- What a product class says of tax, and whether its goods are gift cards. A class without a row here is of a release
-- before: taxed as most goods, and no gift card.

CREATE TABLE IF NOT EXISTS class_terms (
  class_id TEXT PRIMARY KEY, tax_class TEXT NOT NULL, gift_card BIGINT NOT NULL);
