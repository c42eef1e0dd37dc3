-- Offers, the ranges of products that they speak of, vouchers that open them, and what was used of them.
-- A range's lists may be longer than one transaction: they are written under a new edition, and the range's row turns
-- to it when all are there. Counters stand in buckets, so that orders need not meet in one row.

CREATE TABLE IF NOT EXISTS ranges (
  id TEXT PRIMARY KEY, position BIGINT NOT NULL, name TEXT NOT NULL, description TEXT NOT NULL,
  is_public BIGINT NOT NULL, takes_all BIGINT NOT NULL, edition BIGINT NOT NULL, entries BIGINT NOT NULL,
  created_at BIGINT NOT NULL, oscar BIGINT);
CREATE INDEX IF NOT EXISTS ranges_position ON ranges (position);

CREATE TABLE IF NOT EXISTS range_entries (
  range_id TEXT NOT NULL, edition BIGINT NOT NULL, position BIGINT NOT NULL, list TEXT NOT NULL,
  entry_id TEXT NOT NULL, PRIMARY KEY (range_id, edition, position));
CREATE INDEX IF NOT EXISTS range_entries_entry ON range_entries (entry_id);

CREATE TABLE IF NOT EXISTS offers (
  id TEXT PRIMARY KEY, position BIGINT NOT NULL, name TEXT NOT NULL, description TEXT NOT NULL, kind TEXT NOT NULL,
  status TEXT NOT NULL, priority BIGINT NOT NULL, starts_at BIGINT, ends_at BIGINT, condition_range TEXT NOT NULL,
  benefit_range TEXT, rule TEXT NOT NULL, created_at BIGINT NOT NULL, oscar BIGINT);
CREATE INDEX IF NOT EXISTS offers_position ON offers (position);
CREATE INDEX IF NOT EXISTS offers_condition_range ON offers (condition_range);
CREATE INDEX IF NOT EXISTS offers_benefit_range ON offers (benefit_range);

CREATE TABLE IF NOT EXISTS offer_uses (
  offer_id TEXT NOT NULL, currency TEXT NOT NULL, bucket BIGINT NOT NULL, applications BIGINT NOT NULL,
  orders BIGINT NOT NULL, discount BIGINT NOT NULL, PRIMARY KEY (offer_id, currency, bucket));

CREATE TABLE IF NOT EXISTS voucher_sets (
  id TEXT PRIMARY KEY, name TEXT NOT NULL, description TEXT NOT NULL, starts_at BIGINT, ends_at BIGINT,
  created_at BIGINT NOT NULL, oscar BIGINT);

CREATE TABLE IF NOT EXISTS vouchers (
  id TEXT PRIMARY KEY, code TEXT NOT NULL, name TEXT NOT NULL, usage TEXT NOT NULL, starts_at BIGINT, ends_at BIGINT,
  set_id TEXT, created_at BIGINT NOT NULL, oscar BIGINT);
CREATE UNIQUE INDEX IF NOT EXISTS vouchers_code ON vouchers (code);
CREATE INDEX IF NOT EXISTS vouchers_set ON vouchers (set_id);

CREATE TABLE IF NOT EXISTS voucher_offers (
  voucher_id TEXT NOT NULL, position BIGINT NOT NULL, offer_id TEXT NOT NULL, PRIMARY KEY (voucher_id, position));
CREATE INDEX IF NOT EXISTS voucher_offers_offer ON voucher_offers (offer_id);

CREATE TABLE IF NOT EXISTS voucher_uses (
  voucher_id TEXT NOT NULL, currency TEXT NOT NULL, bucket BIGINT NOT NULL, applications BIGINT NOT NULL,
  orders BIGINT NOT NULL, discount BIGINT NOT NULL, PRIMARY KEY (voucher_id, currency, bucket));
