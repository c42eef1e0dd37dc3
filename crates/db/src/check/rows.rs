//! Checks that are one condition over the rows of a table.

use super::{EXAMPLES_MAX, Finding};
use crate::engine::Tx;
use crate::error::DbError;
use std::sync::LazyLock;

/// One condition that no row may meet.
pub(super) struct RowCheck {
    name: &'static str,
    table: &'static str,
    pub(super) examples: String,
    pub(super) count: String,
}

impl RowCheck {
    /// `key` is the column that names a row, `fault` what a row `x` must not be.
    fn new(name: &'static str, table: &'static str, key: &str, fault: &str) -> Self {
        Self {
            name,
            table,
            examples: format!("SELECT {key} FROM {table} x WHERE {fault} ORDER BY {key} LIMIT {EXAMPLES_MAX}"),
            count: format!("SELECT COUNT(*) FROM {table} x WHERE {fault}"),
        }
    }

    /// A column that names a row of another table, which must be there.
    fn reference(name: &'static str, table: &'static str, key: &str, column: &str, parent: &str) -> Self {
        let fault = format!("x.{column} IS NOT NULL AND NOT EXISTS (SELECT 1 FROM {parent} p WHERE p.id = x.{column})");
        Self::new(name, table, key, &fault)
    }

    /// The count is asked only where there is something to count.
    pub(super) async fn run(&'static self, tx: &mut Tx) -> Result<Option<Finding>, DbError> {
        let rows = tx.fetch(&self.examples, &[]).await?;
        if rows.is_empty() {
            return Ok(None);
        }
        let examples = rows.iter().map(|row| row.text(0)).collect::<Result<Vec<_>, _>>()?;
        let count = tx.fetch(&self.count, &[]).await?.first().map(|row| row.int(0)).transpose()?;
        let count = u64::try_from(count.unwrap_or_default()).unwrap_or_default();
        Ok(Some(Finding { check: self.name, table: self.table, count, examples }))
    }
}

/// Name, table, its key, the column, the table that the column names a row of.
const REFERENCES: &[(&str, &str, &str, &str, &str)] = &[
    ("attribute_of_no_class", "attributes", "id", "class_id", "product_classes"),
    ("attribute_of_no_group", "attributes", "id", "group_id", "option_groups"),
    ("option_of_no_group", "customer_options", "id", "group_id", "option_groups"),
    ("category_below_nothing", "categories", "id", "parent_id", "categories"),
    ("product_of_no_class", "products", "id", "class_id", "product_classes"),
    ("child_of_no_product", "products", "id", "parent_id", "products"),
    ("image_of_no_product", "images", "id", "product_id", "products"),
    ("stock_record_of_no_product", "stock_records", "id", "product_id", "products"),
    ("stock_record_of_no_partner", "stock_records", "id", "partner_id", "partners"),
    ("price_of_no_stock_record", "prices", "id", "stock_record_id", "stock_records"),
    ("listed_price_of_no_list", "price_list_entries", "id", "list_id", "price_lists"),
    ("listed_price_of_no_stock_record", "price_list_entries", "id", "stock_record_id", "stock_records"),
    ("bucket_of_no_stock_record", "stock_buckets", "stock_record_id", "stock_record_id", "stock_records"),
    ("old_slug_of_no_product", "old_slugs", "slug", "product_id", "products"),
    ("hold_line_of_no_hold", "hold_lines", "hold_id", "hold_id", "holds"),
    ("hold_line_of_no_stock_record", "hold_lines", "hold_id", "stock_record_id", "stock_records"),
    ("hold_use_of_no_hold", "hold_uses", "hold_id", "hold_id", "holds"),
    ("hold_card_of_no_hold", "hold_cards", "hold_id", "hold_id", "holds"),
    ("hold_card_of_no_card", "hold_cards", "hold_id", "card_id", "gift_cards"),
    ("ledger_card_of_no_card", "ledger_cards", "ledger_id", "card_id", "gift_cards"),
    ("ledger_card_of_no_entry", "ledger_cards", "ledger_id", "ledger_id", "ledger"),
    ("card_entry_of_no_card", "gift_card_entries", "id", "card_id", "gift_cards"),
    ("card_of_no_order", "gift_cards", "id", "order_id", "orders"),
    ("discount_of_no_order", "order_discounts", "order_id", "order_id", "orders"),
    ("ledger_of_no_payment", "ledger", "id", "payment_id", "payments"),
    ("order_line_of_no_order", "order_lines", "order_id", "order_id", "orders"),
    ("download_of_no_product", "download_files", "id", "product_id", "products"),
    ("download_of_no_order", "download_grants", "order_id", "order_id", "orders"),
    ("parcel_of_no_order", "parcels", "id", "order_id", "orders"),
    ("note_of_no_order", "order_notes", "id", "order_id", "orders"),
    ("offer_of_no_range", "offers", "id", "condition_range", "ranges"),
    ("offer_of_no_range", "offers", "id", "benefit_range", "ranges"),
    ("uses_of_no_offer", "offer_uses", "offer_id", "offer_id", "offers"),
    ("voucher_of_no_set", "vouchers", "id", "set_id", "voucher_sets"),
    ("voucher_opens_no_offer", "voucher_offers", "voucher_id", "offer_id", "offers"),
    ("offer_of_no_voucher", "voucher_offers", "voucher_id", "voucher_id", "vouchers"),
    ("uses_of_no_voucher", "voucher_uses", "voucher_id", "voucher_id", "vouchers"),
];

/// Name, table, its key, what a row `x` must not be.
const FAULTS: &[(&str, &str, &str, &str)] = &[
    (
        "child_of_no_parent",
        "products",
        "id",
        "x.structure = 'child' AND EXISTS (SELECT 1 FROM products p WHERE p.id = x.parent_id AND p.structure <> 'parent')",
    ),
    (
        "hold_of_no_checkout",
        "holds",
        "id",
        "NOT EXISTS (SELECT 1 FROM checkouts c WHERE c.id = x.checkout_id) \
         AND NOT EXISTS (SELECT 1 FROM orders o WHERE o.id = x.checkout_id) AND x.person <> ''",
    ),
    (
        // Nobody's: an import sets units aside that the shop before has sold and not sent yet.
        "claimed_hold_of_no_order",
        "holds",
        "id",
        "x.state = 'claimed' AND x.person <> '' AND NOT EXISTS (SELECT 1 FROM orders o WHERE o.id = x.checkout_id AND o.state <> 'cancelled')",
    ),
    (
        "held_units_of_an_order",
        "holds",
        "id",
        "x.state IN ('held', 'releasing') AND EXISTS (SELECT 1 FROM orders o WHERE o.id = x.checkout_id)",
    ),
    ("sent_more_than_sold", "hold_lines", "hold_id", "x.shipped < 0 OR x.shipped > x.units OR x.units < 1"),
    ("negative_price", "prices", "id", "x.amount < 0"),
    ("negative_price", "price_list_entries", "id", "x.amount < 0"),
    ("listed_price_of_no_quantity", "price_list_entries", "id", "x.minimum < 1 OR x.minimum > 9999"),
    (
        "two_listed_prices_of_one_quantity",
        "price_list_entries",
        "id",
        "x.valid_until IS NULL AND EXISTS (SELECT 1 FROM price_list_entries o WHERE o.list_id = x.list_id AND \
         o.stock_record_id = x.stock_record_id AND o.minimum = x.minimum AND o.valid_until IS NULL AND o.id < x.id)",
    ),
    (
        "stock_does_not_add_up",
        "stock_records",
        "id",
        "x.on_hand IS NOT NULL AND x.on_hand <> (SELECT CAST(COALESCE(SUM(b.free), 0) AS BIGINT) FROM stock_buckets b \
         WHERE b.stock_record_id = x.id) + (SELECT CAST(COALESCE(SUM(l.units - l.shipped), 0) AS BIGINT) \
         FROM hold_lines l JOIN holds h ON h.id = l.hold_id WHERE l.stock_record_id = x.id AND h.state <> 'released')",
    ),
    (
        "uses_do_not_add_up",
        "use_counters",
        "subject",
        "x.times <> (SELECT CAST(COALESCE(SUM(u.times), 0) AS BIGINT) FROM hold_uses u JOIN holds h ON h.id = u.hold_id \
         WHERE u.subject = x.subject AND h.state <> 'released') OR x.discount <> (SELECT \
         CAST(COALESCE(SUM(u.discount), 0) AS BIGINT) FROM hold_uses u JOIN holds h ON h.id = u.hold_id \
         WHERE u.subject = x.subject AND h.state <> 'released')",
    ),
    (
        "download_of_no_file",
        "download_grants",
        "order_id",
        "x.file_id <> '' AND NOT EXISTS (SELECT 1 FROM download_files f WHERE f.id = x.file_id)",
    ),
    ("more_downloads_than_allowed", "download_grants", "order_id", "x.used < 0 OR x.most < x.used"),
    (
        // What the ledger names outlives its checkout: money that was taken and given back stays in the books.
        "payment_of_nothing",
        "payments",
        "id",
        "NOT EXISTS (SELECT 1 FROM checkouts c WHERE c.id = x.checkout_id) \
         AND NOT EXISTS (SELECT 1 FROM orders o WHERE o.id = x.checkout_id) \
         AND NOT EXISTS (SELECT 1 FROM ledger l WHERE l.payment_id = x.id)",
    ),
    (
        "ledger_in_another_currency",
        "ledger",
        "id",
        "EXISTS (SELECT 1 FROM payments p WHERE p.id = x.payment_id AND p.currency <> x.currency)",
    ),
    (
        "refunded_more_than_captured",
        "payments",
        "id",
        "(SELECT CAST(COALESCE(SUM(CASE l.kind WHEN 'refunded' THEN l.amount WHEN 'captured' THEN 0 - l.amount \
         ELSE 0 END), 0) AS BIGINT) FROM ledger l WHERE l.payment_id = x.id) > 0",
    ),
    (
        "captured_more_than_authorised",
        "payments",
        "id",
        "(SELECT CAST(COALESCE(SUM(CASE l.kind WHEN 'captured' THEN l.amount WHEN 'authorised' THEN 0 - l.amount \
         WHEN 'due' THEN 0 - l.amount ELSE 0 END), 0) AS BIGINT) FROM ledger l WHERE l.payment_id = x.id) > 0",
    ),
    (
        // What is owed or set aside for an order is what it costs, whatever was taken or given back of it since.
        "tenders_are_not_the_total",
        "orders",
        "id",
        "x.total <> (SELECT CAST(COALESCE(SUM(l.amount), 0) AS BIGINT) FROM ledger l JOIN payments p ON p.id = l.payment_id \
         WHERE p.checkout_id = x.id AND l.kind IN ('authorised', 'due'))",
    ),
    ("card_below_nothing", "gift_cards", "id", "x.balance < 0 OR x.initial < 0"),
    (
        // What is left is the sum of everything that ever happened to it.
        "card_does_not_add_up",
        "gift_cards",
        "id",
        "x.balance <> (SELECT CAST(COALESCE(SUM(e.change), 0) AS BIGINT) FROM gift_card_entries e \
         WHERE e.card_id = x.id)",
    ),
    (
        // What a checkout has set aside of a card has paid for an order, or came back.
        "card_money_of_nothing",
        "hold_cards",
        "hold_id",
        "EXISTS (SELECT 1 FROM holds h WHERE h.id = x.hold_id AND h.state = 'released' AND NOT EXISTS \
         (SELECT 1 FROM orders o WHERE o.id = h.checkout_id) AND NOT EXISTS (SELECT 1 FROM gift_card_entries e \
         WHERE e.card_id = x.card_id AND e.checkout_id = h.checkout_id AND e.kind = 'given_back'))",
    ),
    ("payment_to_look_at", "payments", "id", "x.state = 'review'"),
    ("task_that_fails", "outbox", "id", "x.failure IS NOT NULL AND x.attempts > 2"),
];

pub(super) static CHECKS: LazyLock<Vec<RowCheck>> = LazyLock::new(|| {
    let references = REFERENCES
        .iter()
        .map(|(name, table, key, column, parent)| RowCheck::reference(name, table, key, column, parent));
    let faults = FAULTS.iter().map(|(name, table, key, fault)| RowCheck::new(name, table, key, fault));
    references.chain(faults).collect()
});
