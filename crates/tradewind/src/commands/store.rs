//! `new`, `serve`, `publish`: a store is made, opened, shown.

use super::{check_store, open, shown};
use crate::arguments::Store;
use crate::output;
use crate::serve::{self, Listen, Opened};
use anyhow::Context;
use commerce::catalogue::{CatalogueSetup, CustomerOption, CustomerOptionKind, Partner, ProductClass};
use commerce::event::Actor;
use commerce::gift_card::{OPTION_FROM, OPTION_MESSAGE, OPTION_RECIPIENT};
use commerce::ids::{OptionId, PartnerId, ProductClassId, derived_uuid};
use commerce::language::{Language, Texts};
use commerce::offer::Offer;
use commerce::tax::class::TaxClass;
use commerce::voucher::Voucher;
use db::offers::StoredOffer;
use db::ranges::StoredRange;
use db::vouchers::StoredVoucher;
use serde_json::json;
use shop::catalogue::Showing;
use shop::downloads::{FileError, NewFile};
use shop::folder::NewStore;
use shop::{Chance, Keys, OpenOptions, Shop};
use std::net::SocketAddr;
use std::path::Path;

/// The store that `cargo run` makes on a clean clone.
const DEMO_FOLDER: &str = "demo-store";

/// `tradewind new`
pub(super) async fn new(dir: &Path, demo: bool, as_json: bool) -> anyhow::Result<()> {
    make(dir, demo).await?;
    let keys = Keys::path_beside(&std::path::absolute(dir)?).display().to_string();
    let dir = dir.display();
    output::result(as_json, &json!({ "dir": dir.to_string(), "keys": keys, "demo": demo }), || {
        output::line(format!("{dir} is a store now; its keys are beside it in {keys}: keep them safe."));
    });
    output::note(format!("Open it with `tradewind serve {dir}`."));
    if !demo {
        output::note(format!(
            "Before you sell: name, markets, tax and delivery in {dir}/tradewind.toml; goods with `tradewind catalogue apply`; \
             and whatever stands in [brackets] in {dir}/pages."
        ));
    }
    Ok(())
}

async fn make(dir: &Path, demo: bool) -> anyhow::Result<()> {
    let page = |page: &demo::pages::Page| (format!("{}/{}.md", page.language, page.name), page.text.to_owned());
    let pages: Vec<(String, String)> = if demo {
        demo::pages::PAGES.iter().map(page).collect()
    } else {
        shop::new_pages::new_pages(Language::ENGLISH)
    };
    let kind = if demo { NewStore::Demo } else { NewStore::Empty };
    shop::folder::create(dir, kind, &pages, &Chance::system())?;
    let shop = Shop::open(dir, OpenOptions::default()).await.context("cannot open the new store")?;
    if demo {
        fill(&shop).await?
    } else {
        furnish(&shop).await?
    }
    shop.close().await;
    Ok(())
}

/// Puts the demo's goods in. Doing it again writes the same rows.
async fn fill(shop: &Shop) -> anyhow::Result<()> {
    let assortment = demo::assortment().context("the demo's goods cannot be read")?;
    shop.put_catalogue_setup(&assortment.setup, &Actor::Operator, Showing::LaterAsAWhole).await?;
    let files = demo::files(&assortment);
    let entries: Vec<_> = assortment.products.into_iter().zip(0..).collect();
    shop.put_products(&entries, &Actor::Operator, Showing::LaterAsAWhole).await?;
    put_demo_files(shop, &files).await?;
    put_demo_offers(shop).await?;
    shop.publish_everything().await.map(|_| ())
}

/// Puts the demo's files in; those that are there stay.
async fn put_demo_files(shop: &Shop, files: &[demo::files::DemoFile]) -> anyhow::Result<()> {
    for file in files {
        let new = NewFile { sku: &file.sku, name: &file.name, title: Some(&file.title), replaces: false };
        match shop.add_download_file(&new, &mut file.content.as_slice(), &mut |_| {}, &Actor::Operator).await {
            Ok(_) | Err(FileError::IsThere { .. }) => {}
            Err(error) => return Err(error).with_context(|| format!("cannot add the demo's file {}", file.name)),
        }
    }
    Ok(())
}

/// Puts the demo's ranges, offers and vouchers in.
async fn put_demo_offers(shop: &Shop) -> anyhow::Result<()> {
    let (rules, created_at, nothing) = (demo::offers(), shop.now(), Texts::default);
    for (position, range) in (1..).zip(rules.ranges) {
        let demo::offers::DemoRange { id, name, lists } = range;
        let (description, oscar) = (nothing(), None);
        let range = StoredRange { id, position, name, description, is_public: false, lists, created_at, oscar };
        shop.save_range(&range, &Actor::Operator).await?;
    }
    for (position, parts) in (1..).zip(rules.offers) {
        let offer = Offer::new(parts).context("an offer of the demo's is none")?;
        let stored = StoredOffer { offer, position, description: nothing(), created_at, oscar: None };
        shop.save_offer(&stored, &Actor::Operator).await?;
    }
    let mut vouchers = Vec::new();
    for (id, parts) in rules.vouchers {
        let name = parts.code.to_string();
        let voucher = Voucher::new(parts).context("a voucher of the demo's is none")?;
        vouchers.push(StoredVoucher { id, voucher, name, set: None, created_at, oscar: None });
    }
    Ok(shop.save_vouchers(&vouchers, &Actor::Operator).await?)
}

/// What every store needs before it can have goods: who sends them, and what kinds there are.
pub(super) async fn furnish(shop: &Shop) -> anyhow::Result<()> {
    let class = |code: &str, name: &str, is_sent: bool| ProductClass {
        id: ProductClassId::new(derived_uuid("new/class", code)),
        code: code.to_owned(),
        name: Texts::single(Language::ENGLISH, name),
        requires_shipping: is_sent,
        track_stock: is_sent,
        options: Vec::new(),
        oscar: None,
        tax_class: TaxClass::standard(),
        is_gift_card: false,
    };
    let answer = |position: i64, code: &str, name: &str| CustomerOption {
        id: OptionId::new(derived_uuid("new/option", code)),
        code: code.to_owned(),
        name: Texts::single(Language::ENGLISH, name),
        help: Texts::default(),
        kind: CustomerOptionKind::Text,
        required: false,
        position,
        oscar: None,
    };
    let options = vec![
        answer(0, OPTION_RECIPIENT, "Send it to (mail address)"),
        answer(1, OPTION_FROM, "From"),
        answer(2, OPTION_MESSAGE, "Message"),
    ];
    // Tax is due on what a gift card pays for, not on the card.
    let gift_card = ProductClass {
        options: options.iter().map(|option| option.id).collect(),
        tax_class: TaxClass::parse("zero").context("a tax class of the program's own")?,
        is_gift_card: true,
        ..class("gift-card", "Gift card", false)
    };
    let partner = PartnerId::new(derived_uuid("new/partner", "main"));
    let setup = CatalogueSetup {
        classes: vec![class("goods", "Goods", true), class("download", "Download", false), gift_card],
        options,
        partners: vec![Partner {
            id: partner,
            code: "main".to_owned(),
            name: shop.settings().name.clone(),
            oscar: None,
        }],
        ..CatalogueSetup::default()
    };
    shop.put_catalogue_setup(&setup, &Actor::Operator, Showing::LaterAsAWhole).await?;
    shop.publish_everything().await.map(|_| ())
}

/// `tradewind serve`
pub(super) async fn serve(dir: &Path, listen: Option<SocketAddr>, as_json: bool) -> anyhow::Result<()> {
    check_store(dir)?;
    let listen = listen.map_or(Listen::NearDefault, Listen::At);
    serve::run(dir, listen, |opened| tell(dir, opened, as_json)).await
}

/// Started by `cargo run` without arguments: the store of this folder, else the demo's.
pub(super) async fn serve_here() -> anyhow::Result<()> {
    if shop::folder::is_store(Path::new(".")) {
        return serve(Path::new("."), None, false).await;
    }
    let demo = Path::new(DEMO_FOLDER);
    if !shop::folder::is_store(demo) {
        output::note(format!("Making a store to try things out in ./{DEMO_FOLDER}"));
        make(demo, true).await?;
    } else if !is_filled(demo).await? {
        // The first time was broken off.
        let shop = Shop::open(demo, OpenOptions::default()).await?;
        fill(&shop).await?;
        shop.close().await;
    }
    serve(demo, None, false).await
}

/// Whether the demo's goods are published: asked of the folder, because opening the store twice would take time.
async fn is_filled(folder: &Path) -> anyhow::Result<bool> {
    let settings = shop::settings::Settings::load(folder, |name| std::env::var(name).ok())?;
    let db = db::Db::open(&shop::db_settings(folder, &settings)).await?;
    let filled = match db.list_family_ids(None).await {
        Ok(ids) => !ids.is_empty() && db.find_fact("publish_owed").await?.is_some_and(|value| value.is_empty()),
        Err(_) => false,
    };
    db.close().await;
    Ok(filled)
}

fn tell(dir: &Path, opened: &Opened, as_json: bool) {
    let result = json!({
        "url": opened.url,
        "address": opened.address.to_string(),
        "payment_url": opened.payment_url,
        "port_was_taken": opened.port_was_taken,
    });
    // Behind another server or the edge the shop's own address says nothing of this program's.
    let behind = if opened.url == serve::local_url(opened.address) {
        String::new()
    } else {
        format!(", answered here on {}", opened.address)
    };
    if opened.port_was_taken {
        output::note(format!("Port {} is taken; this is the next free one.", serve::PORT_DEFAULT));
    }
    output::result(as_json, &result, || output::line(format!("The shop is open at {}{behind}", opened.url)));
    if let Some(url) = &opened.payment_url {
        output::note(format!("Payments are tried out at {url}: you choose there what happens."));
        let mail = dir.join("mail");
        output::note(format!(
            "Try: put something into the basket, check out as a guest, pay, and look at the mail in {}/.",
            mail.display()
        ));
    }
    output::note(format!("`tradewind orders list {}` shows what was bought. Ctrl-C closes the shop.", dir.display()));
}

/// `tradewind publish`
pub(super) async fn publish(store: &Store, as_json: bool) -> anyhow::Result<()> {
    check_store(&store.dir)?;
    let shop = match open(store).await {
        Ok(shop) => shop,
        Err(error) => mend(store, error).await?,
    };
    let published = shop.publish_everything().await?;
    let result = json!({ "version": published.version, "products": published.products, "bytes": published.bytes });
    output::result(as_json, &result, || {
        output::line(format!(
            "Published version {} with {} ({} bytes).",
            published.version,
            shop::counted(published.products, "product", "products"),
            published.bytes
        ));
    });
    super::finish(shop).await
}

/// Opens a store whose snapshot is damaged by putting the snapshot aside; anything else stays an error.
async fn mend(store: &Store, error: anyhow::Error) -> anyhow::Result<Shop> {
    let Some(aside) = shop::put_damaged_snapshot_aside(&store.dir, &error).await? else { return Err(error) };
    let folder = shown(&store.dir);
    output::note(format!("The snapshot of {} was damaged; it is kept in {aside}.", folder.display()));
    open(store).await
}
