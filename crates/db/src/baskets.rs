//! Stored baskets: those too large for a cookie, and those of signed-in customers. One row, one document.

use crate::codec::{Place, to_json};
use crate::engine::{Db, Tx, binds};
use crate::error::DbError;
use crate::sql::Statements;
use commerce::basket::{Answer, Basket, BasketParts, Line, Quantity};
use commerce::ids::{BasketId, OfferId, ProductId};
use commerce::moment::Moment;
use commerce::money::{Currency, Money};
use commerce::voucher::VoucherCode;
use serde::{Deserialize, Serialize};

/// Number of the document's format.
const FORMAT: u32 = 1;

const LOAD: &str = "SELECT body, version FROM baskets WHERE id = $1 LIMIT 1";
const INSERT: &str = "INSERT INTO baskets (id, body, version, updated_at) VALUES ($1, $2, 1, $3)";
const UPDATE: &str =
    "UPDATE baskets SET body = $2, version = version + 1, updated_at = $3 WHERE id = $1 AND version = $4";
const DELETE_OLD: &str =
    "DELETE FROM baskets WHERE id IN (SELECT id FROM baskets WHERE updated_at < $1 ORDER BY updated_at LIMIT 1000)";

pub(crate) const STATEMENTS: Statements = Statements::plain(&[LOAD, INSERT, UPDATE, DELETE_OLD]);

#[derive(Serialize, Deserialize)]
struct StoredBasket {
    format: u32,
    lines: Vec<StoredLine>,
    #[serde(skip_serializing_if = "Option::is_none", default)]
    removed: Option<(usize, StoredLine)>,
    tokens: Vec<String>,
    #[serde(skip_serializing_if = "Vec::is_empty", default)]
    vouchers: Vec<String>,
    #[serde(skip_serializing_if = "Vec::is_empty", default)]
    opened: Vec<String>,
}

#[derive(Serialize, Deserialize)]
struct StoredLine {
    product: String,
    quantity: u32,
    #[serde(skip_serializing_if = "Vec::is_empty", default)]
    answers: Vec<(String, String)>,
    #[serde(skip_serializing_if = "Option::is_none", default)]
    seen: Option<(i64, String)>,
}

fn store(line: &Line) -> StoredLine {
    StoredLine {
        product: line.product.to_string(),
        quantity: line.quantity.get(),
        answers: line.answers.iter().map(|answer| (answer.option.clone(), answer.value.clone())).collect(),
        seen: line.seen_price.map(|price| (price.minor(), price.currency().to_string())),
    }
}

fn read(place: Place<'_>, stored: StoredLine) -> Result<Line, DbError> {
    let price = |(minor, code): (i64, String)| Currency::parse(&code).ok().map(|code| Money::from_minor(minor, code));
    Ok(Line {
        product: place.id(ProductId::parse, &stored.product)?,
        quantity: Quantity::new(stored.quantity).map_err(|error| place.damaged(error))?,
        answers: stored.answers.into_iter().map(|(option, value)| Answer { option, value }).collect(),
        seen_price: stored.seen.and_then(price),
    })
}

fn document(basket: &Basket) -> String {
    to_json(&StoredBasket {
        format: FORMAT,
        lines: basket.lines().iter().map(store).collect(),
        removed: basket.removed().map(|(place, line)| (*place, store(line))),
        tokens: basket.tokens().to_vec(),
        vouchers: basket.vouchers().iter().map(ToString::to_string).collect(),
        opened: basket.opened().iter().map(ToString::to_string).collect(),
    })
}

fn parse(id: BasketId, raw: &str) -> Result<Basket, DbError> {
    let key = id.to_string();
    let place = Place { table: "baskets", key: &key };
    let stored: StoredBasket = place.json(raw)?;
    let lines = stored.lines.into_iter().map(|line| read(place, line)).collect::<Result<_, _>>()?;
    let removed = stored.removed.map(|(at, line)| Ok::<_, DbError>((at, read(place, line)?))).transpose()?;
    // A code or an offer that does not read gives nothing: it is left out.
    let vouchers = stored.vouchers.iter().filter_map(|code| VoucherCode::parse(code).ok()).collect();
    let opened = stored.opened.iter().filter_map(|id| OfferId::parse(id).ok()).collect();
    Ok(Basket::from_parts(BasketParts { lines, removed, tokens: stored.tokens, vouchers, opened }))
}

impl Db {
    /// A stored basket; one statement.
    pub async fn find_basket(&self, id: BasketId) -> Result<Option<Basket>, DbError> {
        let rows = self.fetch(LOAD, binds![&id.to_string()]).await?;
        rows.first().map(|row| parse(id, &row.text(0)?)).transpose()
    }

    /// Forgets baskets that nobody touched since, at most 1,000; how many they were.
    pub async fn delete_old_baskets(&self, before: Moment) -> Result<u64, DbError> {
        self.execute(DELETE_OLD, binds![before.micros()]).await
    }
}

impl Tx {
    /// A stored basket with the version to give back to [`Tx::update_basket`].
    pub async fn find_basket(&mut self, id: BasketId) -> Result<Option<(Basket, i64)>, DbError> {
        let rows = self.fetch(LOAD, binds![&id.to_string()]).await?;
        rows.first().map(|row| Ok((parse(id, &row.text(0)?)?, row.int(1)?))).transpose()
    }

    /// Stores a new basket.
    pub async fn insert_basket(&mut self, id: BasketId, basket: &Basket, now: Moment) -> Result<(), DbError> {
        self.execute(INSERT, binds![&id.to_string(), &document(basket), now.micros()]).await.map(|_| ())
    }

    /// Stores a basket again, if nobody did since it was read; a conflict otherwise.
    pub async fn update_basket(
        &mut self,
        id: BasketId,
        basket: &Basket,
        version: i64,
        now: Moment,
    ) -> Result<(), DbError> {
        let done = self.execute(UPDATE, binds![&id.to_string(), &document(basket), now.micros(), version]).await?;
        if done == 0 { Err(DbError::Conflict) } else { Ok(()) }
    }
}
