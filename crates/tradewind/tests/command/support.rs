//! Runs the real program, and makes what it runs on.

use commerce::address::{Address, Country, EmailAddress};
use commerce::basket::{Basket, Line, Quantity};
use commerce::checkout::CheckoutDraft;
use commerce::ids::CheckoutId;
use commerce::order::OrderNumber;
use serde_json::Value;
use shop::checkout::PayRequest;
use shop::delivery::DeliveryWish;
use shop::offered::Buyer;
use shop::{OpenOptions, Shop};
use std::path::{Path, PathBuf};
use std::process::Stdio;
use tempfile::TempDir;

/// Goods of the small store: a mug that is counted, a tee in two sizes, a download.
pub(crate) const GOODS: &str = "\
sku,slug,structure,parent,class,title_en,categories,price_GBP,on_hand
MUG-1,mug,standalone,,goods,Harbour mug,kitchen/mugs,10.00,40
,tee,parent,,goods,Tee,clothing,,
TEE-S,tee-s,child,tee,,Tee S,,15.00,5
TEE-M,tee-m,child,tee,,Tee M,,15.00,6
BOOK-1,book,standalone,,download,Book of knots,,4.50,uncounted
";

/// What became of a run.
#[derive(Debug)]
pub(crate) struct Run {
    pub(crate) code: i32,
    pub(crate) out: String,
    pub(crate) err: String,
}

impl Run {
    pub(crate) fn json(&self) -> Value {
        serde_json::from_str(&self.out).unwrap_or_else(|error| panic!("{error}: {self:?}"))
    }

    #[track_caller]
    pub(crate) fn done(self) -> Self {
        assert_eq!(self.code, 0, "{self:?}");
        assert!(!self.err.contains("panicked"), "{self:?}");
        self
    }

    /// Failed with that code, in one line that is no panic.
    #[track_caller]
    pub(crate) fn failed(self, code: i32) -> Self {
        assert_eq!(self.code, code, "{self:?}");
        assert_eq!(self.err.trim_end().lines().count(), 1, "one line: {self:?}");
        assert!(self.err.starts_with("tradewind: "), "{self:?}");
        assert!(!self.err.contains("panicked") && !self.err.contains("fault of the program"), "{self:?}");
        self
    }
}

/// Runs the program with some arguments, nobody in front of it.
pub(crate) fn tradewind(arguments: &[&str]) -> Run {
    tradewind_with(arguments, &[])
}

/// The program with these variables of the environment and no others of its own.
#[expect(clippy::disallowed_methods, reason = "the test is about the program, so it starts it")]
pub(crate) fn program(variables: &[(&str, &str)]) -> std::process::Command {
    let mut command = std::process::Command::new(env!("CARGO_BIN_EXE_tradewind"));
    for (name, _) in std::env::vars().filter(|(name, _)| is_own(name)) {
        command.env_remove(name);
    }
    command.envs(variables.iter().copied()).stdin(Stdio::null());
    command
}

/// What a developer's shell may say to the program, and a test must not depend on.
fn is_own(name: &str) -> bool {
    name.starts_with("TRADEWIND_") || name.starts_with("AWS_") || name == "CARGO"
}

/// The same as [`tradewind`] with variables of the environment.
pub(crate) fn tradewind_with(arguments: &[&str], variables: &[(&str, &str)]) -> Run {
    let ran = program(variables).args(arguments).output().unwrap();
    Run {
        code: ran.status.code().unwrap_or(-1),
        out: String::from_utf8(ran.stdout).unwrap(),
        err: String::from_utf8(ran.stderr).unwrap(),
    }
}

/// A store in a folder of its own, gone after the test.
pub(crate) struct TestStore {
    pub(crate) folder: TempDir,
}

impl TestStore {
    /// As `tradewind new` makes it.
    pub(crate) fn empty() -> Self {
        let store = Self { folder: tempfile::tempdir().unwrap() };
        tradewind(&["new", &store.dir()]).done();
        store
    }

    /// With [`GOODS`].
    pub(crate) fn with_goods() -> Self {
        let store = Self::empty();
        store.apply(GOODS, &["--new-categories"]).done();
        store
    }

    pub(crate) fn path(&self, name: &str) -> PathBuf {
        self.folder.path().join(name)
    }

    pub(crate) fn dir(&self) -> String {
        text(&self.path("shop"))
    }

    /// Writes a file beside the store and applies it.
    pub(crate) fn apply(&self, csv: &str, more: &[&str]) -> Run {
        let file = self.path("goods.csv");
        std::fs::write(&file, csv).unwrap();
        let mut arguments = vec!["catalogue".to_owned(), "apply".to_owned(), text(&file), self.dir()];
        arguments.extend(more.iter().map(|argument| (*argument).to_owned()));
        tradewind(&arguments.iter().map(String::as_str).collect::<Vec<_>>())
    }

    /// The whole catalogue as CSV.
    pub(crate) fn export(&self) -> String {
        tradewind(&["catalogue", "export", "-", &self.dir()]).done().out
    }

    pub(crate) fn inventory(&self) -> Value {
        tradewind(&["inventory", &self.dir(), "--json"]).done().json()
    }

    /// Opens the store here, beside the command.
    pub(crate) async fn open(&self) -> Shop {
        Shop::open(&self.path("shop"), OpenOptions::default()).await.unwrap()
    }
}

pub(crate) fn text(path: &Path) -> String {
    path.to_str().unwrap().to_owned()
}

/// Buys so many units of some products by invoice.
pub(crate) async fn buy(shop: &Shop, lines: &[(&str, u32)]) -> OrderNumber {
    let locale = shop.settings().markets.first();
    let view = shop.snapshots().look(shop.now()).await.view;
    let mut basket = Basket::default();
    for (sku, quantity) in lines {
        let found = shop.find_stock_record(sku).await.unwrap();
        let quantity = Quantity::new(*quantity).unwrap();
        basket.add(Line { product: found.0, quantity, answers: vec![], seen_price: None }, None).unwrap();
    }
    let draft = CheckoutDraft {
        email: Some(EmailAddress::parse("ann@example.org").unwrap()),
        delivery: Some(address()),
        billing: None,
        method: None,
        point: None,
        gateway: Some("invoice".to_owned()),
        vat_number: None,
        cards: Vec::new(),
    };
    let priced = shop.price_basket(&view, &basket, locale, Buyer::default()).await.unwrap();
    let quote = shop.checkout_quote(priced, &DeliveryWish::from(&draft)).unwrap();
    let amount_shown = quote.quote().total.gross();
    let id = CheckoutId::new(shop.chance().id());
    shop.pay(&PayRequest { id, basket, locale, draft, amount_shown }).await.unwrap();
    shop.settle(id).await.unwrap();
    shop.find_order(commerce::ids::OrderId::new(id.uuid())).await.unwrap().unwrap().sold.number
}

fn address() -> Address {
    Address {
        name: "Ann Ash".into(),
        company: String::new(),
        line1: "1 Quay".into(),
        line2: String::new(),
        city: "Porthaven".into(),
        region: String::new(),
        postcode: "PH1 9XX".into(),
        country: Country::parse("GB").unwrap(),
        phone: String::new(),
    }
}

/// A runtime for what a test does beside the command.
pub(crate) fn block_on<T>(future: impl Future<Output = T>) -> T {
    tokio::runtime::Builder::new_multi_thread().enable_all().build().unwrap().block_on(future)
}

/// Runs SQL on a store's file, to damage it.
pub(crate) async fn sql(store: &TestStore, statement: &str) {
    use sqlx::Connection;
    let options = sqlx::sqlite::SqliteConnectOptions::new().filename(store.path("shop/data/store.db"));
    let mut connection = sqlx::SqliteConnection::connect_with(&options).await.unwrap();
    sqlx::raw_sql(sqlx::AssertSqlSafe(statement.to_owned())).execute(&mut connection).await.unwrap();
    connection.close().await.unwrap();
}
