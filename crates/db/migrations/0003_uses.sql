-- What checkouts use of offers and vouchers that are limited, and what offers took off orders.
-- A counter holds what is held and what is sold; who gives a hold back takes it off again. Its key is the id of the
-- offer or the voucher, or that id, a space and the keyed hash of a shopper's mail address.

CREATE TABLE IF NOT EXISTS use_counters (
  subject TEXT PRIMARY KEY, times BIGINT NOT NULL, discount BIGINT NOT NULL);

CREATE TABLE IF NOT EXISTS hold_uses (
  hold_id TEXT NOT NULL, subject TEXT NOT NULL, times BIGINT NOT NULL, discount BIGINT NOT NULL,
  PRIMARY KEY (hold_id, subject));
CREATE INDEX IF NOT EXISTS hold_uses_subject ON hold_uses (subject);

CREATE TABLE IF NOT EXISTS order_discounts (
  order_id TEXT NOT NULL, position BIGINT NOT NULL, offer_id TEXT NOT NULL, voucher_id TEXT, effect TEXT NOT NULL,
  times BIGINT NOT NULL, amount BIGINT NOT NULL, currency TEXT NOT NULL, PRIMARY KEY (order_id, position));
CREATE INDEX IF NOT EXISTS order_discounts_offer ON order_discounts (offer_id);
CREATE INDEX IF NOT EXISTS order_discounts_voucher ON order_discounts (voucher_id);
