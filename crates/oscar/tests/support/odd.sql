-- A store in which every row is odd in a way of its own. Runs on SQLite and on PostgreSQL, without foreign keys,
-- because what they forbid is found in real files.
CREATE TABLE catalogue_productclass (id BIGINT, name TEXT, slug TEXT, requires_shipping BOOLEAN, track_stock BOOLEAN);
INSERT INTO catalogue_productclass VALUES
  (1, 'Mug', 'mug', TRUE, TRUE), (2, 'Download', 'mug', FALSE, FALSE), (3, '', '', NULL, NULL);

CREATE TABLE catalogue_attributeoptiongroup (id BIGINT, name TEXT, code TEXT);
INSERT INTO catalogue_attributeoptiongroup VALUES (1, 'Colour', 'colour'), (2, 'Size', NULL), (3, NULL, 'colour');

CREATE TABLE catalogue_attributeoption (id BIGINT, "option" TEXT, group_id BIGINT, code TEXT);
INSERT INTO catalogue_attributeoption VALUES
  (1, 'Grün & <b>Blau</b>', 1, NULL), (2, 'Red', 1, 'red'), (3, 'Rot', 1, 'red'), (4, 'Big', 2, NULL),
  (5, 'Lost', 99, NULL), (6, '', 1, NULL), (7, 'Sea green', 1, 'Sea_Green');

CREATE TABLE catalogue_option
  (id BIGINT, code TEXT, type TEXT, required BOOLEAN, name TEXT, help_text TEXT, option_group_id BIGINT, "order" INTEGER);
INSERT INTO catalogue_option VALUES
  (1, 'engraving', 'text', TRUE, 'Engraving', 'Up to ten letters', NULL, 5),
  (2, 'count', 'integer', FALSE, 'Count', NULL, NULL, 4), (3, 'length', 'float', FALSE, 'Length', '', NULL, 3),
  (4, 'wrap', 'boolean', FALSE, 'Wrap', '', NULL, 2), (5, 'day', 'date', FALSE, 'Day', '', NULL, 1),
  (6, 'colour', 'select', FALSE, 'Colour', '', 1, NULL), (7, 'size', 'radio', FALSE, 'Size', '', 2, NULL),
  (8, 'extras', 'multi_select', FALSE, 'Extras', '', 1, NULL), (9, 'boxes', 'checkbox', FALSE, 'Boxes', '', 1, NULL),
  (10, 'odd', 'hologram', FALSE, 'Odd', '', NULL, NULL), (11, 'gone', 'select', FALSE, 'Gone', '', 77, NULL),
  (12, 'old', 'Required', NULL, 'Old', '', NULL, NULL), (13, '', 'text', NULL, '', NULL, NULL, NULL);

CREATE TABLE catalogue_productclass_options (id BIGINT, productclass_id BIGINT, option_id BIGINT);
INSERT INTO catalogue_productclass_options VALUES (1, 1, 1), (2, 1, 5), (3, 1, 99), (4, 99, 1), (5, 1, 1);

CREATE TABLE catalogue_productattribute
  (id BIGINT, name TEXT, code TEXT, type TEXT, required BOOLEAN, option_group_id BIGINT, product_class_id BIGINT);
INSERT INTO catalogue_productattribute VALUES
  (1, 'Text', 'text', 'text', TRUE, NULL, 1), (2, 'Integer', 'integer', 'integer', FALSE, NULL, 1),
  (3, 'Boolean', 'boolean', 'boolean', FALSE, NULL, 1), (4, 'Weight', 'weight', 'float', FALSE, NULL, 1),
  (5, 'Rich', 'rich', 'richtext', FALSE, NULL, 1), (6, 'Date', 'date', 'date', FALSE, NULL, 1),
  (7, 'Moment', 'moment', 'datetime', FALSE, NULL, 1), (8, 'Colour', 'Colour', 'option', FALSE, 1, 1),
  (9, 'Colours', 'colours', 'multi_option', FALSE, 1, 1), (10, 'Entity', 'entity', 'entity', FALSE, NULL, 1),
  (11, 'File', 'file', 'file', FALSE, NULL, 1), (12, 'Image', 'image', 'image', FALSE, NULL, 1),
  (13, 'Colour again', 'colour', 'option', FALSE, 1, 2), (14, 'Odd', 'odd type', 'hologram', FALSE, NULL, 1),
  (15, 'No group', 'nogroup', 'option', FALSE, 88, 1), (16, 'Homeless', 'text', 'text', FALSE, NULL, NULL),
  (17, '', '', 'text', FALSE, NULL, 1), (18, 'Twin', 'text', 'text', FALSE, NULL, 1);

CREATE TABLE django_content_type (id BIGINT, app_label TEXT, model TEXT);
INSERT INTO django_content_type VALUES (1, 'sites', 'site');

CREATE TABLE catalogue_category
  (id BIGINT, path TEXT, depth INTEGER, numchild INTEGER, name TEXT, description TEXT, long_description TEXT, image TEXT,
   slug TEXT, ancestors_are_public BOOLEAN, is_public BOOLEAN, meta_title TEXT, meta_description TEXT, code TEXT,
   exclude_from_menu BOOLEAN);
INSERT INTO catalogue_category VALUES
  (1, '0001', 1, 1, 'Top', '<p>Short</p>', '<p>Long</p>', 'cat/top.jpg', 'top', TRUE, TRUE, 'Meta', 'More', 'TOP', TRUE),
  (2, '00010001', 2, 0, '–', '', '', NULL, '', TRUE, FALSE, NULL, NULL, NULL, FALSE),
  (3, '0001000A0001', 3, 0, 'Orphan', '', '', NULL, 'top', TRUE, TRUE, NULL, NULL, NULL, FALSE),
  (4, '00990001', 2, 0, 'Lost', '', '', NULL, 'Lost Things', TRUE, TRUE, NULL, NULL, NULL, FALSE),
  (5, '0001', 1, 0, 'Double path', '', '', '../../etc/passwd', 'double', TRUE, TRUE, NULL, NULL, NULL, FALSE),
  (6, '000100', 1, 0, 'Half a level', '', '', NULL, 'half', TRUE, TRUE, NULL, NULL, NULL, NULL),
  (7, NULL, NULL, NULL, NULL, NULL, NULL, NULL, NULL, NULL, NULL, NULL, NULL, NULL, NULL),
  (8, '000100010001', 3, 0, '書籍', '', '', NULL, 'u66f8u7c4d', TRUE, TRUE, NULL, NULL, NULL, FALSE);

CREATE TABLE partner_partner (id BIGINT, code TEXT, name TEXT);
INSERT INTO partner_partner VALUES (1, 'house', ''), (2, 'house', 'Second'), (3, NULL, 'Third & Co');
CREATE TABLE partner_partneraddress (id BIGINT, partner_id BIGINT, line1 TEXT);
INSERT INTO partner_partneraddress VALUES (1, 1, 'Dock');

CREATE TABLE catalogue_product
  (id BIGINT, structure TEXT, upc TEXT, title TEXT, slug TEXT, description TEXT, rating DOUBLE PRECISION,
   date_created TIMESTAMP WITH TIME ZONE, date_updated TIMESTAMP WITH TIME ZONE, is_discountable BOOLEAN,
   product_class_id BIGINT, is_public BOOLEAN, meta_title TEXT, meta_description TEXT, priority SMALLINT, code TEXT,
   parent_id BIGINT);
INSERT INTO catalogue_product
  (id, structure, upc, title, slug, description, rating, date_created, date_updated, is_discountable, product_class_id,
   is_public, priority, code, parent_id) VALUES
  (1, 'standalone', 'U1', 'Mug & <script>alert(1)</script>', 'mug', '<p onclick=x>Hi</p>', 3.6666666666666665,
   '2026-01-02 03:04:05.678901', '2026-02-03 04:05:06', TRUE, 1, TRUE, 7, 'C1', NULL),
  (2, 'standalone', 'U1', 'Same UPC, same slug', 'mug', '', NULL, '2026-01-01 00:00:00', '2026-01-01 00:00:00',
   FALSE, 1, TRUE, 0, NULL, NULL),
  (3, 'standalone', '', '書籍', '', '', 9.5, NULL, NULL, TRUE, 2, TRUE, 0, NULL, NULL),
  (4, 'standalone', NULL, '', '–', '', NULL, NULL, NULL, NULL, 1, NULL, NULL, NULL, NULL),
  (5, 'standalone', NULL, 'No class', 'no-class', '', NULL, NULL, NULL, TRUE, NULL, TRUE, 0, NULL, NULL),
  (6, 'standalone', NULL, 'Unknown class', 'unknown-class', '', NULL, NULL, NULL, TRUE, 99, TRUE, 0, NULL, NULL),
  (10, 'parent', NULL, 'Shirt', 'shirt', '', NULL, NULL, NULL, TRUE, 1, TRUE, 0, NULL, NULL),
  (11, 'child', NULL, '', 'shirt', '', NULL, NULL, NULL, FALSE, NULL, TRUE, 0, NULL, 10),
  (12, 'child', NULL, 'Shirt, blue', 'shirt', '', NULL, NULL, NULL, TRUE, 2, TRUE, 0, NULL, 10),
  (13, 'child', NULL, 'Child of a child', 'cc', '', NULL, NULL, NULL, TRUE, NULL, TRUE, 0, NULL, 12),
  (14, 'child', NULL, '', '', '', NULL, NULL, NULL, TRUE, NULL, TRUE, 0, NULL, 404),
  (15, 'child', NULL, 'No parent at all', 'np', '', NULL, NULL, NULL, TRUE, NULL, TRUE, 0, NULL, NULL),
  (16, 'child', NULL, '', '', '', NULL, NULL, NULL, TRUE, NULL, TRUE, 0, NULL, 1),
  (17, 'child', NULL, 'Its own parent', 'own', '', NULL, NULL, NULL, TRUE, NULL, TRUE, 0, NULL, 17),
  (18, 'parent', NULL, 'No children', 'no-children', '', NULL, NULL, NULL, TRUE, 1, TRUE, 0, NULL, NULL),
  (19, 'bundle', NULL, 'Unknown structure', 'bundle', '', NULL, NULL, NULL, TRUE, 1, TRUE, 0, NULL, NULL),
  (20, NULL, NULL, 'Shirt, red', 'red', '', NULL, NULL, NULL, TRUE, NULL, TRUE, 0, NULL, 10);

CREATE TABLE catalogue_productcategory (id BIGINT, category_id BIGINT, product_id BIGINT);
INSERT INTO catalogue_productcategory VALUES
  (1, 1, 1), (2, 1, 1), (3, 99, 1), (4, 2, 1), (5, 1, 11), (6, 1, 999), (7, 1, NULL), (8, 1, 10);

CREATE TABLE catalogue_product_product_options (id BIGINT, product_id BIGINT, option_id BIGINT);
INSERT INTO catalogue_product_product_options VALUES (1, 1, 1), (2, 1, 6), (3, 1, 99), (4, 11, 1);

CREATE TABLE catalogue_productimage
  (id BIGINT, original TEXT, caption TEXT, display_order INTEGER, date_created TIMESTAMP WITH TIME ZONE,
   product_id BIGINT);
INSERT INTO catalogue_productimage VALUES
  (1, 'images/b.jpg', 'B', 2, NULL, 1), (2, '/images/a.jpg', '', 1, NULL, 1), (3, '', 'No file', 0, NULL, 1),
  (4, '../../etc/passwd', 'Out', 0, NULL, 1), (5, 'https://elsewhere.example/x.jpg', 'Far', 0, NULL, 1),
  (6, 'images/c.jpg', NULL, NULL, NULL, 1);

CREATE TABLE catalogue_productrecommendation
  (id BIGINT, primary_id BIGINT, recommendation_id BIGINT, ranking SMALLINT);
INSERT INTO catalogue_productrecommendation VALUES
  (1, 1, 2, 1), (2, 1, 3, 9), (3, 1, 1, 5), (4, 1, 404, 5), (5, 1, 2, 8), (6, 404, 1, 0);

CREATE TABLE catalogue_productattributevalue
  (id BIGINT, value_text TEXT, value_integer BIGINT, value_boolean BOOLEAN, value_float DOUBLE PRECISION,
   value_richtext TEXT, value_date DATE, value_datetime TIMESTAMP WITH TIME ZONE, value_file TEXT, value_image TEXT,
   value_option_id BIGINT, entity_object_id BIGINT, entity_content_type_id BIGINT, attribute_id BIGINT,
   product_id BIGINT);
INSERT INTO catalogue_productattributevalue (id, product_id, attribute_id, value_text) VALUES
  (1, 1, 1, 'A <b> & more'), (2, 1, 1, 'twice'), (20, 2, 1, NULL), (21, 2, 99, 'no attribute'), (22, 2, 14, 'odd kept'),
  (23, 2, 16, 'homeless'), (24, 404, 1, 'no product');
INSERT INTO catalogue_productattributevalue (id, product_id, attribute_id, value_integer) VALUES (3, 1, 2, -7);
INSERT INTO catalogue_productattributevalue (id, product_id, attribute_id, value_boolean) VALUES (4, 1, 3, FALSE);
INSERT INTO catalogue_productattributevalue (id, product_id, attribute_id, value_float) VALUES
  (5, 1, 4, 0.30000000000000004), (25, 10, 4, 1.5), (26, 12, 4, 2.25), (27, 2, 4, -1);
INSERT INTO catalogue_productattributevalue (id, product_id, attribute_id, value_richtext) VALUES (6, 1, 5, '<i>Wipe</i>');
INSERT INTO catalogue_productattributevalue (id, product_id, attribute_id, value_date) VALUES (7, 1, 6, '2024-02-29');
INSERT INTO catalogue_productattributevalue (id, product_id, attribute_id, value_datetime) VALUES
  (8, 1, 7, '2026-08-03 09:30:00');
INSERT INTO catalogue_productattributevalue (id, product_id, attribute_id, value_option_id) VALUES
  (9, 1, 8, 2), (28, 2, 8, 404), (29, 3, 8, 4), (30, 2, 15, 2);
INSERT INTO catalogue_productattributevalue (id, product_id, attribute_id) VALUES (10, 1, 9), (31, 2, 9), (32, 2, 10);
INSERT INTO catalogue_productattributevalue (id, product_id, attribute_id, entity_content_type_id, entity_object_id)
  VALUES (11, 1, 10, 1, 42);
INSERT INTO catalogue_productattributevalue (id, product_id, attribute_id, value_file) VALUES
  (12, 1, 11, 'files/a.pdf'), (33, 2, 11, '../../x');
INSERT INTO catalogue_productattributevalue (id, product_id, attribute_id, value_image) VALUES (13, 1, 12, 'images/i.png');

CREATE TABLE catalogue_productattributevalue_value_multi_option
  (id BIGINT, productattributevalue_id BIGINT, attributeoption_id BIGINT);
INSERT INTO catalogue_productattributevalue_value_multi_option VALUES
  (1, 10, 3), (2, 10, 1), (3, 10, 404), (4, 10, 1), (5, 31, 404), (6, 404, 1);

CREATE TABLE partner_stockrecord
  (id BIGINT, partner_sku TEXT, price NUMERIC(24, 8), num_in_stock BIGINT, num_allocated BIGINT,
   low_stock_threshold BIGINT, partner_id BIGINT, product_id BIGINT, price_currency TEXT);
INSERT INTO partner_stockrecord
  (id, partner_sku, price, num_in_stock, num_allocated, low_stock_threshold, partner_id, product_id, price_currency)
  VALUES
  (1, 'A', 19.99, 10, 3, 2, 1, 1, 'GBP'), (2, 'A', 5, 10, 0, NULL, 2, 1, 'GBP'), (3, 'A', 6, 1, 4, -1, 1, 2, 'GBP'),
  (4, '', NULL, NULL, NULL, NULL, 1, 3, 'GBP'), (5, 'Z', 0, NULL, NULL, NULL, 1, 4, 'GBP'),
  (6, 'R', 12.345, -5, -2, NULL, 1, 5, 'GBP'), (7, 'N', -3, 1, NULL, NULL, 1, 6, 'GBP'),
  (8, 'P', 5, 1, NULL, NULL, 1, 10, 'GBP'), (9, 'J', 120.5, 1, NULL, NULL, 1, 11, 'JPY'),
  (10, 'X', 4, 1, NULL, NULL, 1, 12, 'GBX'), (11, 'D', 4, 1, NULL, NULL, 404, 13, NULL),
  (12, 'G', 4, 1, NULL, NULL, 1, 404, 'GBP'), (13, 'H', 9999999999999.99, 1, NULL, NULL, 1, 16, 'GBP');

CREATE TABLE reviews_productreview (id BIGINT, product_id BIGINT, score SMALLINT, status SMALLINT);
INSERT INTO reviews_productreview VALUES (1, 1, 4, 1), (2, 1, 3, 1), (3, 1, 5, 0), (4, 1, 1, 2), (5, NULL, 4, 1), (6, 1, 4, 1);

CREATE TABLE shipping_orderanditemcharges
  (id BIGINT, code TEXT, name TEXT, description TEXT, price_per_order NUMERIC(12, 4), price_per_item NUMERIC(12, 4),
   free_shipping_threshold NUMERIC(12, 4));
INSERT INTO shipping_orderanditemcharges VALUES (1, 'flat', 'Flat', '', 2.005, NULL, NULL);
CREATE TABLE shipping_weightbased (id BIGINT, code TEXT, name TEXT, description TEXT, default_weight NUMERIC(12, 3));
INSERT INTO shipping_weightbased VALUES (1, 'weight', '', '<p>Heavy</p>', 0.25), (2, 'empty', 'Empty', '', NULL);
CREATE TABLE shipping_weightbased_countries (id BIGINT, weightbased_id BIGINT, country_id TEXT);
INSERT INTO shipping_weightbased_countries VALUES (1, 1, 'gb'), (2, 1, 'Atlantis'), (3, 1, 'GB');
CREATE TABLE shipping_weightband (id BIGINT, method_id BIGINT, upper_limit NUMERIC(12, 3), charge NUMERIC(12, 2));
INSERT INTO shipping_weightband VALUES (1, 1, 5, 6.80), (2, 1, 1, 3.20), (3, 1, -1, 1), (4, NULL, 9, 9);

CREATE TABLE offer_range (id BIGINT, name TEXT, slug TEXT, description TEXT, is_public BOOLEAN,
   includes_all_products BOOLEAN, proxy_class TEXT, date_created TIMESTAMP WITH TIME ZONE);
INSERT INTO offer_range VALUES
  (1, 'All', 'all', '', FALSE, TRUE, NULL, '2026-01-01 00:00:00'),
  (2, 'Some', 'some', '<p onclick=x>Some</p>', TRUE, FALSE, '', '2026-01-02 00:00:00'),
  (3, 'Code', 'code', '', FALSE, FALSE, 'shop.ranges.Lucky', NULL),
  (4, 'Nothing', 'nothing', '', FALSE, FALSE, NULL, NULL), (5, '', '', NULL, NULL, TRUE, NULL, NULL);
CREATE TABLE offer_rangeproduct (id BIGINT, range_id BIGINT, product_id BIGINT, display_order INTEGER);
INSERT INTO offer_rangeproduct VALUES
  (1, 2, 1, 7), (2, 2, 10, 0), (3, 2, 2, 7), (4, 2, 999, 0), (5, 99, 1, 0), (6, 2, 1, 8), (7, 2, 3, NULL);
CREATE TABLE offer_range_excluded_products (id BIGINT, range_id BIGINT, product_id BIGINT);
INSERT INTO offer_range_excluded_products VALUES (1, 2, 5), (2, 4, 1);
CREATE TABLE offer_range_classes (id BIGINT, range_id BIGINT, productclass_id BIGINT);
INSERT INTO offer_range_classes VALUES (1, 2, 2), (2, 2, 77), (3, 2, 2);
CREATE TABLE offer_range_included_categories (id BIGINT, range_id BIGINT, category_id BIGINT);
INSERT INTO offer_range_included_categories VALUES (1, 2, 8), (2, 2, 1), (3, 2, 77);
CREATE TABLE offer_range_excluded_categories (id BIGINT, range_id BIGINT, category_id BIGINT);
INSERT INTO offer_range_excluded_categories VALUES (1, 2, 2);

CREATE TABLE offer_condition (id BIGINT, type TEXT, value DOUBLE PRECISION, range_id BIGINT, proxy_class TEXT);
INSERT INTO offer_condition VALUES
  (1, 'Count', 3, 2, NULL), (2, 'Value', 40.1, 1, NULL), (3, 'Coverage', 2, 1, NULL),
  (4, '', NULL, NULL, 'shop.conditions.FullMoon'), (5, 'Weather', 1, 1, NULL), (6, 'Count', NULL, 1, NULL),
  (7, 'Count', 1, 3, NULL), (8, 'Count', 1, NULL, NULL), (9, 'Count', 1.5, 1, NULL);
CREATE TABLE offer_benefit
  (id BIGINT, type TEXT, value DOUBLE PRECISION, max_affected_items INTEGER, range_id BIGINT, proxy_class TEXT);
INSERT INTO offer_benefit VALUES
  (1, 'Percentage', 12.5, 0, 2, NULL), (2, 'Absolute', 5.004, 2, 1, NULL), (3, 'Fixed', 1, NULL, 1, NULL),
  (4, 'Multibuy', 1, 1, 2, NULL), (5, 'Fixed price', 10, NULL, 2, NULL), (6, 'Shipping percentage', 100, NULL, NULL, NULL),
  (7, 'Shipping absolute', 2, NULL, NULL, NULL), (8, 'Shipping fixed price', NULL, NULL, NULL, NULL),
  (9, '', NULL, NULL, NULL, 'shop.benefits.Points'), (10, 'Percentage', 101, NULL, 1, NULL),
  (11, 'Percentage', 10, NULL, NULL, NULL), (12, 'Cashback', 1, NULL, 1, NULL);
CREATE TABLE offer_conditionaloffer (id BIGINT, name TEXT, slug TEXT, description TEXT, offer_type TEXT, status TEXT,
   condition_id BIGINT, benefit_id BIGINT, priority INTEGER, exclusive BOOLEAN,
   start_datetime TIMESTAMP WITH TIME ZONE, end_datetime TIMESTAMP WITH TIME ZONE, max_global_applications INTEGER,
   max_user_applications INTEGER, max_basket_applications INTEGER, max_discount DOUBLE PRECISION,
   total_discount DOUBLE PRECISION, num_applications INTEGER, num_orders INTEGER, redirect_url TEXT,
   date_created TIMESTAMP WITH TIME ZONE);
INSERT INTO offer_conditionaloffer
  (id, name, description, offer_type, status, condition_id, benefit_id, priority, exclusive, max_global_applications,
   max_user_applications, max_basket_applications, max_discount, total_discount, num_applications, num_orders) VALUES
  (1, 'Percentage', '<b onclick=x>Off</b>', 'Site', 'Open', 1, 1, -3, FALSE, 0, 2, 1, 100.1, 646.31, 8, 7),
  (2, 'Absolute', '', 'Voucher', 'Consumed', 2, 2, 0, FALSE, 5, NULL, NULL, 0, 0.1, 5, 5),
  (3, 'Fixed', '', 'Site', 'Suspended', 3, 3, 0, TRUE, NULL, NULL, NULL, NULL, 0, 0, 0),
  (4, 'Multibuy', '', 'User', 'Open', 1, 4, 0, FALSE, NULL, NULL, NULL, NULL, 0, 0, 0),
  (5, 'Fixed price', '', 'Session', 'Open', 1, 5, 0, TRUE, NULL, NULL, NULL, NULL, NULL, NULL, NULL),
  (6, 'Delivery', '', 'Site', 'Open', 3, 6, 0, TRUE, NULL, NULL, NULL, NULL, 0, 0, 0),
  (7, 'Delivery 2', '', 'Site', 'Waiting', 1, 7, 0, TRUE, NULL, NULL, NULL, NULL, 0, 0, 0),
  (8, 'Delivery 3', '', 'Site', 'Open', 2, 8, 0, TRUE, NULL, NULL, NULL, NULL, 0, 0, 0),
  (20, 'Custom condition', '', 'Site', 'Open', 4, 1, 0, TRUE, NULL, NULL, NULL, NULL, 0, 0, 0),
  (21, 'Custom benefit', '', 'Site', 'Open', 1, 9, 0, TRUE, NULL, NULL, NULL, NULL, 0, 0, 0),
  (22, 'Unknown condition', '', 'Site', 'Open', 5, 1, 0, TRUE, NULL, NULL, NULL, NULL, 0, 0, 0),
  (23, 'No value', '', 'Site', 'Open', 6, 1, 0, TRUE, NULL, NULL, NULL, NULL, 0, 0, 0),
  (24, 'Custom range', '', 'Site', 'Open', 7, 1, 0, TRUE, NULL, NULL, NULL, NULL, 0, 0, 0),
  (25, 'No range', '', 'Site', 'Open', 8, 1, 0, TRUE, NULL, NULL, NULL, NULL, 0, 0, 0),
  (26, 'Half a unit', '', 'Site', 'Open', 9, 1, 0, TRUE, NULL, NULL, NULL, NULL, 0, 0, 0),
  (27, 'Too much', '', 'Site', 'Open', 1, 10, 0, TRUE, NULL, NULL, NULL, NULL, 0, 0, 0),
  (28, 'Off nothing', '', 'Site', 'Open', 1, 11, 0, TRUE, NULL, NULL, NULL, NULL, 0, 0, 0),
  (29, 'Unknown benefit', '', 'Site', 'Open', 1, 12, 0, TRUE, NULL, NULL, NULL, NULL, 0, 0, 0),
  (30, 'Fixed price of a value', '', 'Site', 'Open', 2, 5, 0, TRUE, NULL, NULL, NULL, NULL, 0, 0, 0),
  (31, 'Lost', '', 'Site', 'Open', 99, 99, 0, TRUE, NULL, NULL, NULL, NULL, 0, 0, 0);
CREATE TABLE offer_conditionaloffer_combinations
  (id BIGINT, from_conditionaloffer_id BIGINT, to_conditionaloffer_id BIGINT);
INSERT INTO offer_conditionaloffer_combinations VALUES (1, 1, 2), (2, 2, 1), (3, 3, 1), (4, 4, 99), (5, 4, 4);

CREATE TABLE voucher_voucherset (id BIGINT, name TEXT, count INTEGER, code_length INTEGER, description TEXT,
   start_datetime TIMESTAMP WITH TIME ZONE, end_datetime TIMESTAMP WITH TIME ZONE, date_created TIMESTAMP WITH TIME ZONE);
INSERT INTO voucher_voucherset VALUES
  (1, 'Autumn', 2, 12, 'For friends', '2026-01-01 00:00:00', '2026-12-31 00:00:00', '2026-01-01 00:00:00');
CREATE TABLE voucher_voucher (id BIGINT, name TEXT, code TEXT, usage TEXT, start_datetime TIMESTAMP WITH TIME ZONE,
   end_datetime TIMESTAMP WITH TIME ZONE, voucher_set_id BIGINT, num_basket_additions INTEGER, num_orders INTEGER,
   total_discount DOUBLE PRECISION, date_created TIMESTAMP WITH TIME ZONE);
INSERT INTO voucher_voucher (id, name, code, usage, start_datetime, end_datetime, voucher_set_id, num_orders,
   total_discount) VALUES
  (1, 'One', 'tea-1', 'Single use', '2026-01-01 00:00:00', '2026-12-31 23:59:59', 1, 1, 5.1),
  (2, 'Two', 'TEA-2', 'Multi-use', '2026-01-01 00:00:00', '2026-12-31 00:00:00', 99, NULL, NULL),
  (3, '', 'TEA-3', 'Once per customer', '2026-01-01 00:00:00', '2026-12-31 00:00:00', NULL, 2, 0),
  (4, 'Same', 'Tea-1', 'Multi-use', '2026-01-01 00:00:00', '2026-12-31 00:00:00', NULL, 0, 0),
  (5, 'Space', 'TEA 5', 'Multi-use', '2026-01-01 00:00:00', '2026-12-31 00:00:00', NULL, 0, 0),
  (6, 'Backwards', 'TEA-6', 'Multi-use', '2026-12-31 00:00:00', '2026-01-01 00:00:00', NULL, 0, 0),
  (7, 'Opens nothing', 'TEA-7', 'Multi-use', '2026-01-01 00:00:00', '2026-12-31 00:00:00', NULL, 0, 0),
  (8, 'Often', 'TEA-8', 'Often', '2026-01-01 00:00:00', '2026-12-31 00:00:00', NULL, 0, 0),
  (9, 'For ever', 'TEA-9', 'Multi-use', NULL, NULL, NULL, 0, 0);
CREATE TABLE voucher_voucher_offers (id BIGINT, voucher_id BIGINT, conditionaloffer_id BIGINT);
INSERT INTO voucher_voucher_offers VALUES
  (1, 1, 2), (2, 1, 1), (3, 1, 2), (4, 1, 20), (5, 2, 2), (6, 3, 2), (7, 4, 2), (8, 5, 2), (9, 6, 2), (10, 7, 31),
  (11, 8, 2), (12, 9, 2);
CREATE TABLE voucher_voucherapplication (id BIGINT, voucher_id BIGINT, user_id BIGINT, order_id BIGINT);
INSERT INTO voucher_voucherapplication VALUES (1, 3, 1, 1), (2, 3, 2, 2), (3, 1, NULL, 3);
