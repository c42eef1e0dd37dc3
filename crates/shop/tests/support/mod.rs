//! Builds small stores for tests, on SQLite and on PostgreSQL, with a clock and chance that can be held still.

#![allow(dead_code, unreachable_pub, reason = "each test file uses a part of it")]

pub mod bank;
pub mod crash;
pub mod edge;
pub mod site;
pub mod sold;
pub mod store;

use commerce::address::{Address, Country, EmailAddress};
use commerce::basket::{Basket, Line, Quantity};
use commerce::catalogue::{
    CatalogueSetup, Partner, PriceRow, Product, ProductClass, ProductEntry, StockRecord, Structure,
};
use commerce::checkout::CheckoutDraft;
use commerce::decimal::Decimal;
use commerce::event::Actor;
use commerce::gift_card::GiftCardCode;
use commerce::ids::{CheckoutId, PartnerId, PriceId, ProductClassId, ProductId, StockRecordId, derived_uuid};
use commerce::language::{Language, Texts};
use commerce::market::Locale;
use commerce::moment::Moment;
use commerce::money::{Currency, Money};
use commerce::slug::Slug;
use commerce::tax::class::TaxClass;
use commerce::tax::place::TaxPlace;
use db::{Db, DbSettings};
use futures_util::FutureExt;
use payments::Gateway;
use shop::catalogue::Showing;
use shop::checkout::PayRequest;
use shop::delivery::DeliveryWish;
use shop::offered::Buyer;
use shop::settings::Settings;
use shop::{Chance, Clock, Keys, OpenOptions, Shop};
use std::sync::Arc;
use tempfile::TempDir;

/// When tests happen.
pub const NOON: Moment = Moment::from_micros(1_790_000_000_000_000);

/// Which database a test runs on.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub enum Engine {
    Sqlite,
    Postgres,
    /// PostgreSQL where one commit of ten meets another, as on a busy Aurora DSQL.
    Conflicting,
}

/// Of a thousand commits on [`Engine::Conflicting`], so many fail.
const CONFLICTS_PER_MILLE: u64 = 100;

const SETTINGS: &str = r#"
name = "Test"
demo = true
hold_minutes = 15
stock_purge_ms = 0
snapshot_look_ms = 0
gateways = ["demo", "invoice"]
[[market]]
code = "uk"
currency = "GBP"
languages = ["en"]
countries = ["GB"]
tax_percent = 20
[[delivery]]
code = "post"
name = { en = "Post" }
days = [2, 3]
charges = [{ currency = "GBP", per_order = "3.95", free_from = "50" }]
"#;

/// What a test's store is made of.
pub struct TestShop {
    products: Vec<(String, i64, Option<i64>)>,
    gateways: Option<Vec<Arc<dyn Gateway>>>,
    conflicts_per_mille: u64,
    clock: Clock,
    settings: Vec<(String, String)>,
    chance: Chance,
}

/// A store that is open, with what must live as long.
pub struct OpenShop {
    pub shop: Shop,
    folder: TempDir,
    database: Option<String>,
}

impl TestShop {
    pub fn new() -> Self {
        Self {
            products: Vec::new(),
            gateways: None,
            conflicts_per_mille: 0,
            clock: Clock::fixed(NOON),
            settings: Vec::new(),
            chance: Chance::system(),
        }
    }

    /// A product of that SKU, price in pence, and units in the house (none: nobody counts).
    pub fn product(mut self, sku: &str, pence: i64, units: Option<i64>) -> Self {
        self.products.push((sku.to_owned(), pence, units));
        self
    }

    pub fn gateways(mut self, gateways: Vec<Arc<dyn Gateway>>) -> Self {
        self.gateways = Some(gateways);
        self
    }

    pub fn conflicts_per_mille(mut self, conflicts: u64) -> Self {
        self.conflicts_per_mille = conflicts;
        self
    }

    pub fn system_clock(mut self) -> Self {
        self.clock = Clock::System;
        self
    }

    /// A clock that others have as well.
    pub fn clock(mut self, clock: &Clock) -> Self {
        self.clock = clock.clone();
        self
    }

    /// Ids and random numbers that follow from a seed.
    pub fn seed(mut self, seed: u64) -> Self {
        self.chance = Chance::seeded(seed);
        self
    }

    /// Another value for a setting.
    pub fn setting(mut self, key: &str, value: &str) -> Self {
        self.settings.push((format!("TRADEWIND_{}", key.to_uppercase()), value.to_owned()));
        self
    }

    pub async fn open(self, engine: Engine) -> OpenShop {
        let folder = tempfile::tempdir().unwrap();
        let changed = |name: &str| self.settings.iter().find(|(key, _)| key == name).map(|(_, value)| value.clone());
        let mut settings = Settings::parse(SETTINGS, changed).unwrap();
        let database = if engine == Engine::Sqlite { None } else { Some(new_database().await) };
        let conflicts_per_mille = match engine {
            Engine::Conflicting => CONFLICTS_PER_MILLE,
            Engine::Sqlite | Engine::Postgres => self.conflicts_per_mille,
        };
        if let Some(url) = &database {
            settings.database.clone_from(url);
            let lazy = DbSettings::Postgres { url: url.clone(), connections: 2, conflicts_per_mille: 0 };
            let db = Db::open(&lazy).await.unwrap();
            db.migrate(0).await.unwrap();
            db.close().await;
        }
        let options = OpenOptions {
            clock: self.clock,
            chance: self.chance.clone(),
            gateways: Some(self.gateways.unwrap_or_else(|| vec![Arc::new(payments::Invoice)])),
            demo_payment_url: None,
            schema_check: shop::SchemaCheck::First,
        };
        let keys = Keys::from_roots(&[(1, [7; 32])]);
        // The catalogue comes in without conflicts; they begin with the shoppers.
        let calm = Shop::open_with(folder.path(), settings.clone(), keys.clone(), options).await.unwrap();
        let (setup, entries) = catalogue(&self.products);
        calm.put_catalogue_setup(&setup, &Actor::Operator, Showing::LaterAsAWhole).await.unwrap();
        calm.put_products(&entries, &Actor::Operator, Showing::LaterAsAWhole).await.unwrap();
        calm.publish_all().await.unwrap();
        // A clock that stands still would call the look before the publish fresh for ever.
        calm.clock().advance_ms(1);
        calm.snapshots().look(calm.now().plus_ms(1)).await;
        if conflicts_per_mille == 0 {
            return OpenShop { shop: calm, folder, database };
        }
        settings.conflicts_per_mille = conflicts_per_mille;
        let options = OpenOptions {
            clock: calm.clock().clone(),
            chance: self.chance,
            gateways: Some(calm.gateways().to_vec()),
            demo_payment_url: None,
            schema_check: shop::SchemaCheck::First,
        };
        let shop = Shop::open_with(folder.path(), settings, keys, options).await.unwrap();
        calm.close().await;
        OpenShop { shop, folder, database }
    }
}

impl OpenShop {
    /// Ends the store and drops its database.
    pub async fn close(self) {
        self.shop.close().await;
        if let Some(url) = self.database {
            drop_database(&url).await;
        }
        drop(self.folder);
    }

    /// Letters that were sent, as text.
    pub fn letters(&self) -> Vec<String> {
        let Ok(files) = std::fs::read_dir(self.folder.path().join("mail")) else { return Vec::new() };
        let is_letter = |path: &std::path::PathBuf| path.extension().is_some_and(|ending| ending == "eml");
        let paths = files.map(|file| file.unwrap().path()).filter(is_letter);
        paths.map(|path| String::from_utf8_lossy(&std::fs::read(path).unwrap()).into_owned()).collect()
    }

    /// Runs a statement that no use case would, as damage or a stranger would.
    pub async fn meddle(&self, sql: &str) {
        use sqlx::Connection;
        match &self.database {
            Some(url) => run_sql(url, sql).await,
            None => {
                let file = self.folder.path().join(&self.shop.settings().database);
                let options = sqlx::sqlite::SqliteConnectOptions::new().filename(file);
                let mut connection = sqlx::SqliteConnection::connect_with(&options).await.unwrap();
                sqlx::raw_sql(sqlx::AssertSqlSafe(sql.to_owned())).execute(&mut connection).await.unwrap();
            }
        }
    }

    /// Where the store's files are.
    pub fn path(&self) -> &std::path::Path {
        self.folder.path()
    }

    /// A second instance of the same store.
    pub async fn second_instance(&self) -> Shop {
        self.second_instance_at(self.shop.clock().clone()).await
    }

    /// One with a clock of its own.
    pub async fn second_instance_at(&self, clock: Clock) -> Shop {
        let options = OpenOptions {
            clock,
            chance: self.shop.chance().clone(),
            gateways: Some(self.shop.gateways().to_vec()),
            demo_payment_url: None,
            schema_check: shop::SchemaCheck::First,
        };
        let keys = Keys::from_roots(&[(1, [7; 32])]);
        Shop::open_with(self.folder.path(), self.shop.settings().clone(), keys, options).await.unwrap()
    }
}

/// Units of a product: on hand, free, held, claimed.
pub async fn level(shop: &Shop, sku: &str) -> (i64, i64, i64, i64) {
    let level = shop.db().stock_level(record_id(sku)).await.unwrap().unwrap();
    (level.on_hand.unwrap(), level.free, level.held, level.claimed)
}

/// Whether no unit was lost or made.
pub async fn assert_stock_adds_up(shop: &Shop) {
    assert_eq!(shop.db().list_unsound_stock().await.unwrap(), vec![]);
}

/// Does what background work would do by now, until nothing is left of it: tasks, holds and payments.
pub async fn settle_down(shop: &Shop) {
    for _ in 0..4 {
        shop.drain_outbox().await.unwrap();
        shop.sweep().await.unwrap();
    }
    shop.drain_outbox().await.unwrap();
}

pub fn order_of(id: CheckoutId) -> commerce::ids::OrderId {
    commerce::ids::OrderId::new(id.uuid())
}

/// The order of a checkout.
pub async fn order(shop: &Shop, id: CheckoutId) -> commerce::order::Order {
    shop.db().find_order(order_of(id)).await.unwrap().expect("the order was placed")
}

pub fn gbp(minor: i64) -> Money {
    Money::from_minor(minor, Currency::parse("GBP").unwrap())
}

pub fn product_id(sku: &str) -> ProductId {
    ProductId::new(derived_uuid("product", sku))
}

pub fn record_id(sku: &str) -> StockRecordId {
    StockRecordId::new(derived_uuid("stock", sku))
}

pub fn locale() -> Locale {
    Locale { market: 0, language: Language::ENGLISH }
}

pub fn basket(lines: &[(&str, u32)]) -> Basket {
    let mut basket = Basket::default();
    for (sku, quantity) in lines {
        let quantity = Quantity::new(*quantity).unwrap();
        basket.add(Line { product: product_id(sku), quantity, answers: vec![], seen_price: None }, None).unwrap();
    }
    basket
}

pub fn draft(email: &str, gateway: &str) -> CheckoutDraft {
    let address = Address {
        name: "Ann Ash".into(),
        company: String::new(),
        line1: "1 Quay".into(),
        line2: String::new(),
        city: "Porthaven".into(),
        region: String::new(),
        postcode: "PH1 9XX".into(),
        country: Country::parse("GB").unwrap(),
        phone: String::new(),
    };
    CheckoutDraft {
        email: Some(EmailAddress::parse(email).unwrap()),
        delivery: Some(address),
        billing: None,
        method: None,
        point: None,
        gateway: Some(gateway.to_owned()),
        vat_number: None,
        cards: Vec::new(),
    }
}

/// A press of Pay, with the amount that the last page showed.
pub fn press(shop: &Shop, id: CheckoutId, basket: &Basket, draft: &CheckoutDraft) -> PayRequest {
    let view = shop.snapshots().current();
    let to = draft.delivery.as_ref().map(TaxPlace::of);
    let buyer =
        Buyer { email: draft.email.as_ref(), checkout: None, to: to.as_ref(), vat_number: draft.vat_number.as_ref() };
    // Without vouchers and counted offers no statement is sent, so nothing is waited for.
    let priced = shop.price_basket(&view, basket, locale(), buyer).now_or_never().unwrap().unwrap();
    let quote = shop.checkout_quote(priced, &DeliveryWish::from(draft)).unwrap();
    let amount_shown = quote.quote().total.gross();
    PayRequest { id, basket: basket.clone(), locale: locale(), draft: draft.clone(), amount_shown }
}

pub fn new_checkout(shop: &Shop) -> CheckoutId {
    CheckoutId::new(shop.chance().id())
}

/// A press of Pay with gift cards, with the amount that the last page showed.
pub async fn press_with_cards(
    shop: &Shop,
    id: CheckoutId,
    basket: &Basket,
    draft: &CheckoutDraft,
    cards: &[GiftCardCode],
) -> PayRequest {
    let view = shop.snapshots().current();
    let buyer = Buyer { email: draft.email.as_ref(), checkout: Some(id), ..Buyer::default() };
    let priced = shop.price_basket(&view, basket, locale(), buyer).await.unwrap();
    let quote = shop.checkout_quote(priced, &DeliveryWish::from(draft)).unwrap();
    let amount_shown = shop.paid_by_cards(&quote, cards, Some(id)).await.unwrap().to_pay;
    let draft = CheckoutDraft { cards: cards.to_vec(), ..draft.clone() };
    PayRequest { id, basket: basket.clone(), locale: locale(), draft, amount_shown }
}

/// A catalogue of plain products; also for tests that change one. What is called a gift card is one.
pub fn catalogue(products: &[(String, i64, Option<i64>)]) -> (CatalogueSetup, Vec<(ProductEntry, i64)>) {
    let class = ProductClassId::new(derived_uuid("class", "goods"));
    let cards = ProductClassId::new(derived_uuid("class", "gift-cards"));
    let class_of = |sku: &str| if sku.starts_with("gift-card") { cards } else { class };
    let partner = PartnerId::new(derived_uuid("partner", "harbour"));
    let english = |text: &str| Texts::single(Language::ENGLISH, text);
    let mut setup = CatalogueSetup {
        classes: vec![ProductClass {
            id: class,
            code: "goods".into(),
            name: english("Goods"),
            requires_shipping: true,
            track_stock: true,
            options: vec![],
            oscar: None,
            tax_class: TaxClass::standard(),
            is_gift_card: false,
        }],
        partners: vec![Partner { id: partner, code: "harbour".into(), name: "Harbour".into(), oscar: None }],
        ..CatalogueSetup::default()
    };
    let entry = |(sku, pence, units): &(String, i64, Option<i64>)| {
        let product = Product {
            id: product_id(sku),
            structure: Structure::Standalone(class_of(sku)),
            upc: None,
            code: None,
            slug: Slug::from_title(sku).unwrap(),
            title: english(sku),
            description: Texts::default(),
            meta_title: Texts::default(),
            meta_description: Texts::default(),
            is_public: true,
            is_discountable: true,
            priority: 0,
            rating_hundredths: None,
            rating_count: 0,
            weight_kg: Decimal::new(5, 1),
            measure: None,
            maker: None,
            eu_contact: None,
            categories: vec![],
            attributes: vec![],
            options: vec![],
            images: vec![],
            recommendations: vec![],
            created_at: NOON,
            updated_at: NOON,
            version: 1,
            oscar: None,
        };
        let price =
            PriceRow { id: PriceId::new(derived_uuid("price", sku)), amount: gbp(*pence), from: None, until: None };
        let record = StockRecord {
            id: record_id(sku),
            product: product.id,
            partner,
            sku: sku.clone(),
            on_hand: *units,
            low_stock_threshold: None,
            prices: vec![price],
            oscar: None,
        };
        (ProductEntry { product, stock_records: vec![record] }, 0)
    };
    if products.iter().any(|(sku, ..)| class_of(sku) == cards) {
        let plain = setup.classes[0].clone();
        setup.classes.push(ProductClass {
            id: cards,
            code: "gift-cards".into(),
            name: english("Gift cards"),
            requires_shipping: false,
            track_stock: false,
            is_gift_card: true,
            ..plain
        });
    }
    (setup, products.iter().map(entry).collect())
}

fn postgres_url() -> String {
    std::env::var("TEST_POSTGRES_URL")
        .expect("TEST_POSTGRES_URL names no PostgreSQL server for the tests; `cargo xtask test` starts one and sets it")
}

async fn new_database() -> String {
    let (base, name) = (postgres_url(), format!("shop_{}", Chance::system().number()));
    run_sql(&base, &format!("CREATE DATABASE {name}")).await;
    with_database(&base, &name)
}

async fn drop_database(url: &str) {
    if let Some((_, name)) = url.rsplit_once('/') {
        run_sql(&postgres_url(), &format!("DROP DATABASE IF EXISTS {name} WITH (FORCE)")).await;
    }
}

fn with_database(base: &str, name: &str) -> String {
    let (start, _) = base.rsplit_once('/').expect("a PostgreSQL address ends in a database");
    format!("{start}/{name}")
}

async fn run_sql(url: &str, sql: &str) {
    use sqlx::Connection;
    let mut connection = sqlx::PgConnection::connect(url).await.unwrap();
    sqlx::raw_sql(sqlx::AssertSqlSafe(sql.to_owned())).execute(&mut connection).await.unwrap();
}

/// One test for each of the engines, with the same body, each in a store of its own.
#[macro_export]
macro_rules! on_engines {
    ($name:ident, $engine:ident, $body:block, $($test:ident $which:ident),+) => {
        mod $name {
            use super::*;

            async fn body($engine: Engine) $body

            $(
                #[tokio::test(flavor = "multi_thread", worker_threads = 2)]
                async fn $test() {
                    body(Engine::$which).await;
                }
            )+
        }
    };
}

/// Runs a test's body on both databases and where transactions meet.
#[macro_export]
macro_rules! on_both_and_in_conflict {
    ($($(#[$doc:meta])* async fn $name:ident($engine:ident: Engine) $body:block)*) => {$(
        $crate::on_engines!($name, $engine, $body, on_sqlite Sqlite, on_postgres Postgres, in_conflict Conflicting);
    )*};
}

/// Runs a test's body on both databases.
#[macro_export]
macro_rules! on_both {
    ($($(#[$doc:meta])* async fn $name:ident($engine:ident: Engine) $body:block)*) => {$(
        $crate::on_engines!($name, $engine, $body, on_sqlite Sqlite, on_postgres Postgres);
    )*};
}
