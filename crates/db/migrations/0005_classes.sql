-- What a product class says of tax, and whether its goods are gift cards. A row that a release before has written says
-- nothing: standard, and no gift card.

ALTER TABLE product_classes ADD COLUMN tax_class TEXT;
ALTER TABLE product_classes ADD COLUMN gift_card BIGINT;
