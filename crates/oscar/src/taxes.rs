//! What orders of the database were charged in tax: Oscar keeps no rates, so this is all that it tells of them.

use crate::rows::ReadError;
use crate::source::{Connection, Source};

/// Most groups that are told.
pub const TAXES_CHARGED_MAX: usize = 50;

const TABLE: &str = "order_line";

/// Columns without which nothing can be told; that of a country may be missing with the addresses.
const NEEDED: [(&str, &str); 8] = [
    (TABLE, "line_price_excl_tax"),
    (TABLE, "line_price_incl_tax"),
    (TABLE, "product_id"),
    ("order_order", "shipping_address_id"),
    ("order_shippingaddress", "country_id"),
    ("catalogue_product", "product_class_id"),
    ("catalogue_product", "parent_id"),
    ("catalogue_productclass", "name"),
];

/// Rates in tenths of a per cent: those of a group's lines together, since a line alone is rounded.
const CHARGED: &str = "SELECT COALESCE(a.country_id, ''), COALESCE(c.name, ''), COUNT(*), \
     CAST(ROUND((SUM(l.line_price_incl_tax) - SUM(l.line_price_excl_tax)) * 1000.0 / SUM(l.line_price_excl_tax)) AS BIGINT) \
     FROM order_line l JOIN order_order o ON o.id = l.order_id \
     LEFT JOIN order_shippingaddress a ON a.id = o.shipping_address_id \
     LEFT JOIN catalogue_product p ON p.id = l.product_id LEFT JOIN catalogue_product h ON h.id = p.parent_id \
     LEFT JOIN catalogue_productclass c ON c.id = COALESCE(p.product_class_id, h.product_class_id) \
     GROUP BY COALESCE(a.country_id, ''), COALESCE(c.name, '') HAVING SUM(l.line_price_excl_tax) > 0 \
     ORDER BY COUNT(*) DESC, 1, 2 LIMIT 50";

/// Country, class, lines, rate.
type ChargedRow = (String, String, i64, Option<i64>);

/// What lines of orders of one class to one country were charged on average.
#[derive(Clone, Debug, PartialEq, Eq)]
pub struct TaxCharged {
    /// Where they went, by ISO 3166; empty for orders that were not sent.
    pub country: String,
    /// Name of the product class; empty where the product is gone.
    pub class: String,
    /// How many lines.
    pub lines: u64,
    /// Tax in tenths of a per cent of the price without it.
    pub per_mille: i64,
}

impl TaxCharged {
    /// `20`, `5.5`.
    pub fn percent(&self) -> String {
        let sign = if self.per_mille < 0 { "-" } else { "" };
        let (whole, tenth) = (self.per_mille.unsigned_abs() / 10, self.per_mille.unsigned_abs() % 10);
        if tenth == 0 { format!("{sign}{whole}") } else { format!("{sign}{whole}.{tenth}") }
    }
}

impl Source {
    /// What orders were charged, the most lines first; at most [`TAXES_CHARGED_MAX`] groups, and none where the database
    /// has no orders as Oscar keeps them.
    pub async fn taxes_charged(&mut self) -> Result<Vec<TaxCharged>, ReadError> {
        if NEEDED.iter().any(|(table, column)| !self.schema.has(table, column)) {
            return Ok(Vec::new());
        }
        let rows: Result<Vec<ChargedRow>, sqlx::Error> = match &mut self.connection {
            Connection::Sqlite(c) => sqlx::query_as(CHARGED).fetch_all(c).await,
            #[cfg(feature = "postgres")]
            Connection::Postgres(c) => sqlx::query_as(CHARGED).fetch_all(c).await,
        };
        let rows = match rows {
            // Amounts that are no numbers, and names that are no text, tell nothing.
            Err(sqlx::Error::ColumnDecode { .. }) => Vec::new(),
            rows => rows.map_err(|source| ReadError::Database { table: TABLE, source })?,
        };
        let charged = |(country, class, lines, per_mille): ChargedRow| {
            let lines = u64::try_from(lines).unwrap_or_default();
            Some(TaxCharged { country, class, lines, per_mille: per_mille? })
        };
        Ok(rows.into_iter().filter_map(charged).collect())
    }
}
