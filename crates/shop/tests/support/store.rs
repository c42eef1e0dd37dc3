//! A small store whose catalogue is changed: products in categories, with an edge in front of it.

use super::edge::{EDGE_SECRET, PurgedEdge};
use super::{Engine, OpenShop, TestShop, catalogue, gbp};
use catalog::View;
use catalog::document::ProductDocument;
use commerce::catalogue::{Category, ProductEntry};
use commerce::event::Actor;
use commerce::ids::{CategoryId, derived_uuid};
use commerce::language::{Language, Texts};
use commerce::slug::Slug;
use shop::Shop;
use shop::catalogue::Showing;
use shop::stock::StockChange;
use std::collections::BTreeMap;

/// How long an instance need not look, in milliseconds, and how long a purge waits beyond it.
pub const LOOK_MS: i64 = 2_000;
pub const MARGIN_MS: i64 = 100;
const DAY_MS: i64 = 24 * 3_600_000;

pub struct Store {
    pub open: OpenShop,
    pub edge: PurgedEdge,
}

impl Store {
    /// A mug and a jug among the cups, which are of the kitchen, and a hose of the garden; and so many other things.
    pub async fn open(engine: Engine, others: usize, settings: &[(&str, &str)]) -> Self {
        let edge = PurgedEdge::start().await;
        let mut shop = TestShop::new()
            .setting("snapshot_look_ms", &LOOK_MS.to_string())
            .setting("edge_purge_url", &edge.url)
            .setting("edge_secrets", &format!("[\"{EDGE_SECRET}\"]"));
        for (key, value) in settings {
            shop = shop.setting(key, value);
        }
        let store = Self { open: shop.open(engine).await, edge };
        let named = ["mug", "jug", "hose"].map(str::to_owned).into_iter();
        let products = named.chain((0..others).map(|number| format!("thing-{number}")));
        let products: Vec<_> = products.map(|sku| (sku, 1_000, Some(60))).collect();
        let (mut setup, mut entries) = catalogue(&products);
        setup.categories = vec![category("kitchen", None), category("cups", Some("kitchen")), category("garden", None)];
        for (entry, _) in &mut entries {
            let garden = entry.product.slug.as_str() == "hose";
            entry.product.categories = vec![category_id(if garden { "garden" } else { "cups" })];
        }
        store.shop().put_catalogue_setup(&setup, &Actor::Operator, Showing::LaterAsAWhole).await.unwrap();
        store.shop().put_products(&entries, &Actor::Operator, Showing::LaterAsAWhole).await.unwrap();
        store.shop().publish_all().await.unwrap();
        store.after_purges().await;
        store.edge.purges();
        store
    }

    pub fn shop(&self) -> &Shop {
        &self.open.shop
    }

    /// Lets the time pass after which purges have gone out.
    pub async fn after_purges(&self) {
        self.shop().drain_outbox().await.unwrap();
        self.shop().clock().advance_ms(LOOK_MS + MARGIN_MS);
        self.shop().drain_outbox().await.unwrap();
    }

    /// Changes a product of the catalogue as it is kept, without showing it yet.
    pub async fn change(&self, by: &Shop, sku: &str, change: impl FnOnce(&mut ProductEntry)) {
        let families = by.db().load_families(&[super::product_id(sku)]).await.unwrap();
        let mut entry = families.into_iter().next().expect("the product is there").head.entry;
        change(&mut entry);
        by.put_products(&[(entry, 0)], &Actor::Operator, Showing::Soon).await.unwrap();
    }

    /// The same for its price, in pence.
    pub async fn price(&self, by: &Shop, sku: &str, pence: i64) {
        self.change(by, sku, |entry| entry.stock_records[0].prices[0].amount = gbp(pence)).await;
    }

    /// Counts a product anew and does what is due for it.
    pub async fn count(&self, sku: &str, units: i64) {
        let (product, record) = self.shop().find_stock_record(sku).await.unwrap();
        let change = StockChange::Set(units);
        self.shop().change_stock(product, record, change, "counted", &Actor::Operator).await.unwrap();
        self.shop().drain_outbox().await.unwrap();
    }

    /// Names and lengths of the snapshot's files.
    pub fn files(&self) -> BTreeMap<String, u64> {
        let folder = self.shop().settings().snapshot.folder_in(self.open.path()).unwrap();
        let files = std::fs::read_dir(folder).unwrap().map(|file| file.unwrap());
        files.map(|file| (file.file_name().into_string().unwrap(), file.metadata().unwrap().len())).collect()
    }

    pub async fn close(self) {
        self.open.close().await;
    }
}

/// Damages a file of the snapshot. It is replaced as a whole: one that is mapped must not change under its reader.
pub fn replace(store: &Store, name: &str, damage: impl FnOnce(&mut Vec<u8>)) {
    let path = store.shop().settings().snapshot.folder_in(store.open.path()).unwrap().join(name);
    let mut bytes = std::fs::read(&path).unwrap();
    damage(&mut bytes);
    let fresh = path.with_extension("fresh");
    std::fs::write(&fresh, bytes).unwrap();
    std::fs::rename(fresh, path).unwrap();
}

/// What an instance knows once its last look is too old.
pub async fn newest(shop: &Shop) -> View {
    // A look from another day is too old for the one that counts.
    shop.snapshots().look(shop.now().plus_ms(DAY_MS)).await;
    let look = shop.snapshots().look(shop.now()).await;
    assert!(look.fresh, "{:?}", look.problem);
    look.view
}

pub fn document(view: &View, sku: &str) -> ProductDocument {
    view.snapshot.product(sku).unwrap().expect("the product is shown")
}

/// What shoppers pay by a view, in pence.
pub fn shown_price(view: &View, sku: &str) -> i64 {
    document(view, sku).variants[0].prices[0].amount.minor()
}

pub fn category_id(name: &str) -> CategoryId {
    CategoryId::new(derived_uuid("category", name))
}

fn category(name: &str, parent: Option<&str>) -> Category {
    Category {
        id: category_id(name),
        parent: parent.map(category_id),
        position: 0,
        slug: Slug::from_title(name).unwrap(),
        name: Texts::single(Language::ENGLISH, name),
        description: Texts::default(),
        meta_title: Texts::default(),
        meta_description: Texts::default(),
        image: None,
        is_public: true,
        in_menu: true,
        code: None,
        oscar: None,
    }
}
