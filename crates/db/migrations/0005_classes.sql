-- What a product class says of tax, and whether its goods are gift cards. A class without a row here is of a release
-- before: taxed as most goods, and no gift card.

CREATE TABLE IF NOT EXISTS class_terms (
  class_id TEXT PRIMARY KEY, tax_class TEXT NOT NULL, gift_card BIGINT NOT NULL);
