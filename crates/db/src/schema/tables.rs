//! The declaration itself, in the order of the migrations.

use super::{Class, Column, Kind, Retention, Table};

const BASKET: Retention = Retention { kept: "until nobody has touched the basket for so long", days: Some(90) };
const CHECKOUT: Retention =
    Retention { kept: "until it is an order, or its payment is settled and so many days are over", days: Some(30) };
const ORDER: Retention = Retention { kept: "while the order must be kept by law", days: None };
const PAYMENT: Retention = Retention { kept: "while the ledger of the payment must be kept by law", days: None };
const CARD_LETTER: Retention = Retention { kept: "until the card has been sent for so long", days: Some(90) };
const HISTORY: Retention = Retention { kept: "as long as what it tells about", days: None };

const fn column(name: &'static str, kind: Kind, class: Class) -> Column {
    Column { name, kind, is_optional: false, is_key: false, class }
}

/// Ids, codes, states, hashes, documents of ids.
const fn text(name: &'static str) -> Column {
    column(name, Kind::Text, Class::Technical)
}

/// What shoppers read.
const fn words(name: &'static str) -> Column {
    column(name, Kind::Text, Class::Catalogue)
}

const fn personal(name: &'static str, rule: Retention) -> Column {
    column(name, Kind::Text, Class::Personal(rule))
}

const fn int(name: &'static str) -> Column {
    column(name, Kind::Int, Class::Technical)
}

impl Column {
    const fn key(self) -> Self {
        Self { is_key: true, ..self }
    }

    const fn optional(self) -> Self {
        Self { is_optional: true, ..self }
    }
}

const fn table(name: &'static str, columns: &'static [Column]) -> Table {
    Table { name, columns, is_backed_up: true }
}

/// Every table of the store.
pub const TABLES: &[Table] = &[
    table("store_facts", &[text("name").key(), text("value")]),
    table(
        "product_classes",
        &[
            text("id").key(),
            text("code"),
            words("name"),
            int("requires_shipping"),
            int("track_stock"),
            text("options"),
            int("oscar").optional(),
        ],
    ),
    table("class_terms", &[text("class_id").key(), text("tax_class"), int("gift_card")]),
    table(
        "attributes",
        &[
            text("id").key(),
            text("class_id"),
            text("code"),
            words("name"),
            text("kind"),
            text("group_id").optional(),
            int("required"),
            int("facet"),
            int("position"),
            int("oscar").optional(),
        ],
    ),
    table(
        "option_groups",
        &[text("id").key(), text("code").optional(), words("name"), words("choices"), int("oscar").optional()],
    ),
    table(
        "customer_options",
        &[
            text("id").key(),
            text("code"),
            words("name"),
            words("help"),
            text("kind"),
            text("group_id").optional(),
            int("required"),
            int("position"),
            int("oscar").optional(),
        ],
    ),
    table(
        "categories",
        &[
            text("id").key(),
            text("parent_id").optional(),
            int("position"),
            words("slug"),
            words("name"),
            words("description"),
            words("meta_title"),
            words("meta_description"),
            words("image").optional(),
            int("is_public"),
            int("in_menu"),
            text("code").optional(),
            int("oscar").optional(),
        ],
    ),
    table("partners", &[text("id").key(), text("code"), words("name"), int("oscar").optional()]),
    table(
        "products",
        &[
            text("id").key(),
            text("structure"),
            text("class_id").optional(),
            text("parent_id").optional(),
            int("position"),
            text("upc").optional(),
            text("code").optional(),
            words("slug"),
            words("title"),
            words("description"),
            words("meta_title"),
            words("meta_description"),
            int("is_public"),
            int("is_discountable"),
            int("priority"),
            int("rating_hundredths").optional(),
            int("rating_count"),
            text("weight_kg").optional(),
            text("measure_amount").optional(),
            text("measure_unit").optional(),
            words("maker").optional(),
            words("eu_contact").optional(),
            text("categories"),
            words("attributes"),
            text("options"),
            text("recommendations"),
            int("sold"),
            int("created_at"),
            int("updated_at"),
            int("version"),
            int("oscar").optional(),
        ],
    ),
    table(
        "images",
        &[
            text("id").key(),
            text("product_id"),
            int("position"),
            words("source"),
            words("alt"),
            int("width"),
            int("height"),
            int("oscar").optional(),
        ],
    ),
    table("uploads", &[words("source").key(), text("made"), text("problem"), int("bytes"), int("changed_at")]),
    table(
        "stock_records",
        &[
            text("id").key(),
            text("product_id"),
            text("partner_id"),
            int("position"),
            text("sku"),
            int("on_hand").optional(),
            int("low_stock_threshold").optional(),
            int("oscar").optional(),
        ],
    ),
    table(
        "prices",
        &[
            text("id").key(),
            text("stock_record_id"),
            text("currency"),
            int("amount"),
            int("valid_from").optional(),
            int("valid_until").optional(),
        ],
    ),
    table("stock_buckets", &[text("stock_record_id").key(), int("bucket").key(), int("free")]),
    table("old_slugs", &[words("slug").key(), text("product_id")]),
    table("baskets", &[text("id").key(), personal("body", BASKET), int("version"), int("updated_at")]),
    table(
        "checkouts",
        &[
            text("id").key(),
            text("number"),
            personal("content_hash", CHECKOUT),
            personal("body", CHECKOUT),
            text("gateway"),
            personal("person", CHECKOUT),
            int("frozen_at"),
        ],
    ),
    table(
        "holds",
        &[
            text("id").key(),
            text("checkout_id"),
            personal("person", CHECKOUT),
            text("state"),
            int("expires_at"),
            int("created_at"),
        ],
    ),
    table(
        "hold_lines",
        &[text("hold_id").key(), text("stock_record_id").key(), int("bucket").key(), int("units"), int("shipped")],
    ),
    table(
        "payments",
        &[
            text("id").key(),
            text("checkout_id"),
            text("gateway"),
            personal("reference", PAYMENT).optional(),
            text("state"),
            int("amount"),
            text("currency"),
            personal("next_url", PAYMENT).optional(),
            personal("reason", PAYMENT).optional(),
            int("ask_at").optional(),
            int("created_at"),
            int("updated_at"),
        ],
    ),
    table(
        "ledger",
        &[
            text("id").key(),
            text("payment_id"),
            text("checkout_id"),
            text("kind"),
            int("amount"),
            text("currency"),
            text("idempotency_key"),
            int("at"),
        ],
    ),
    table("webhook_events", &[text("gateway").key(), text("event_id").key(), int("at")]),
    table(
        "orders",
        &[
            text("id").key(),
            text("number"),
            text("state"),
            personal("body", ORDER),
            text("market"),
            text("currency"),
            int("total"),
            personal("person", ORDER),
            personal("link_hash", ORDER).optional(),
            int("placed_at"),
            int("withdrawn_at").optional(),
            personal("withdrawal", ORDER).optional(),
            int("version"),
            int("oscar").optional(),
            text("oscar_status").optional(),
        ],
    ),
    table(
        "order_lines",
        &[
            text("order_id").key(),
            int("line").key(),
            text("product_id"),
            text("stock_record_id"),
            text("sku"),
            int("quantity"),
            int("gross"),
        ],
    ),
    table(
        "parcels",
        &[
            text("id").key(),
            text("order_id"),
            text("status"),
            personal("tracking", ORDER),
            text("units"),
            int("packed_at"),
            int("updated_at"),
        ],
    ),
    table(
        "order_notes",
        &[
            text("id").key(),
            text("order_id"),
            int("at"),
            text("actor_kind"),
            personal("actor_id", ORDER),
            personal("body", ORDER),
        ],
    ),
    table(
        "events",
        &[
            text("id").key(),
            int("at"),
            text("actor_kind"),
            personal("actor_id", HISTORY),
            text("subject"),
            text("subject_id"),
            text("kind"),
            text("detail"),
        ],
    ),
    table(
        "outbox",
        &[
            text("id").key(),
            text("kind"),
            text("subject"),
            text("payload"),
            int("due_at"),
            int("attempts"),
            int("locked_until"),
            text("failure").optional(),
            int("created_at"),
        ],
    ),
    table("leases", &[text("name").key(), text("holder"), int("fence"), int("until")]),
    table(
        "ranges",
        &[
            text("id").key(),
            int("position"),
            words("name"),
            words("description"),
            int("is_public"),
            int("takes_all"),
            int("edition"),
            int("entries"),
            int("created_at"),
            int("oscar").optional(),
        ],
    ),
    table(
        "range_entries",
        &[text("range_id").key(), int("edition").key(), int("position").key(), text("list"), text("entry_id")],
    ),
    table(
        "offers",
        &[
            text("id").key(),
            int("position"),
            words("name"),
            words("description"),
            text("kind"),
            text("status"),
            int("priority"),
            int("starts_at").optional(),
            int("ends_at").optional(),
            text("condition_range"),
            text("benefit_range").optional(),
            words("rule"),
            int("created_at"),
            int("oscar").optional(),
        ],
    ),
    table(
        "offer_uses",
        &[
            text("offer_id").key(),
            text("currency").key(),
            int("bucket").key(),
            int("applications"),
            int("orders"),
            int("discount"),
        ],
    ),
    table(
        "voucher_sets",
        &[
            text("id").key(),
            words("name"),
            words("description"),
            int("starts_at").optional(),
            int("ends_at").optional(),
            int("created_at"),
            int("oscar").optional(),
        ],
    ),
    table(
        "vouchers",
        &[
            text("id").key(),
            text("code"),
            words("name"),
            text("usage"),
            int("starts_at").optional(),
            int("ends_at").optional(),
            text("set_id").optional(),
            int("created_at"),
            int("oscar").optional(),
        ],
    ),
    table("voucher_offers", &[text("voucher_id").key(), int("position").key(), text("offer_id")]),
    table(
        "voucher_uses",
        &[
            text("voucher_id").key(),
            text("currency").key(),
            int("bucket").key(),
            int("applications"),
            int("orders"),
            int("discount"),
        ],
    ),
    table("use_counters", &[personal("subject", HISTORY).key(), int("times"), int("discount")]),
    table("hold_uses", &[text("hold_id").key(), personal("subject", CHECKOUT).key(), int("times"), int("discount")]),
    table(
        "order_discounts",
        &[
            text("order_id").key(),
            int("position").key(),
            text("offer_id"),
            text("voucher_id").optional(),
            text("effect"),
            int("times"),
            int("amount"),
            text("currency"),
        ],
    ),
    Table {
        name: "schema_steps",
        columns: &[int("step").key(), int("statement").key(), text("checksum"), int("done_at")],
        is_backed_up: false,
    },
    table(
        "price_lists",
        &[
            text("id").key(),
            words("name"),
            text("currency"),
            text("market").optional(),
            text("customer_group").optional(),
            text("effect"),
            int("starts_at").optional(),
            int("ends_at").optional(),
            int("created_at"),
        ],
    ),
    table(
        "price_list_entries",
        &[
            text("id").key(),
            text("list_id"),
            text("stock_record_id"),
            int("minimum"),
            int("amount"),
            int("valid_from").optional(),
            int("valid_until").optional(),
        ],
    ),
    table(
        "download_files",
        &[
            text("id").key(),
            text("product_id"),
            words("title"),
            words("name"),
            text("media_type"),
            int("bytes"),
            text("sha256"),
            text("storage_key"),
            int("created_at"),
            int("removed_at").optional(),
        ],
    ),
    table(
        "download_grants",
        &[
            personal("order_id", ORDER).key(),
            int("line").key(),
            text("file_id").key(),
            int("used"),
            int("most"),
            int("valid_until"),
            int("closed_at").optional(),
            personal("press", ORDER),
            int("started_at").optional(),
            int("created_at"),
        ],
    ),
    table(
        "gift_cards",
        &[
            text("id").key(),
            text("code_hash"),
            text("last_four"),
            text("kind"),
            text("currency"),
            int("initial"),
            int("balance"),
            text("state"),
            int("expires_at").optional(),
            text("order_id").optional(),
            int("line").optional(),
            personal("recipient", CARD_LETTER).optional(),
            personal("giver", CARD_LETTER).optional(),
            personal("message", CARD_LETTER).optional(),
            text("language"),
            int("created_at"),
            int("sent_at").optional(),
        ],
    ),
    table(
        "gift_card_entries",
        &[
            text("id").key(),
            text("card_id"),
            text("kind"),
            int("amount"),
            int("change"),
            text("checkout_id").optional(),
            text("actor_kind"),
            personal("actor_id", HISTORY),
            personal("reason", HISTORY),
            int("at"),
        ],
    ),
    table("ledger_cards", &[text("ledger_id").key(), text("card_id")]),
    table("hold_cards", &[text("hold_id").key(), text("card_id").key(), int("amount")]),
];
