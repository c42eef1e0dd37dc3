//! Uploads on their way from the media folder to pages: pictures in sizes, files to save, and nothing as it came.

#![allow(clippy::unwrap_used, reason = "helpers of tests: what fails here fails the test")]

mod cache_world;

use cache_world::{World, header, text};
use commerce::address::{Address, Country, EmailAddress};
use commerce::basket::{Basket, Line, Quantity};
use commerce::catalogue::{Attribute, AttributeKind, AttributeValue, CatalogueSetup, ProductEntry};
use commerce::checkout::CheckoutDraft;
use commerce::event::Actor;
use commerce::ids::{AttributeId, CheckoutId, OrderId, derived_uuid};
use commerce::language::{Language, Texts};
use media::drawing::Drawing;
use shop::catalogue::Showing;
use shop::catalogue_file::ApplyOptions;
use shop::checkout::PayRequest;
use shop::delivery::DeliveryWish;
use shop::offered::Buyer;
use std::collections::BTreeSet;

/// What a camera notes where it was.
const PLACE: &[u8] = b"51.5007 N, 0.1246 W";

/// A photograph with the place where it was taken beside it (EXIF 2.32, 4.6.3).
fn photograph(seed: &str) -> Vec<u8> {
    let jpeg = Drawing::from_seed(seed).to_jpeg(900).unwrap();
    // One entry that points to the directory of the place, and one entry there: north.
    let mut exif = b"Exif\0\0MM\0*\0\0\0\x08\0\x01\x88\x25\0\x04\0\0\0\x01\0\0\0\x1a\0\0\0\0".to_vec();
    exif.extend(b"\0\x01\0\x01\0\x02\0\0\0\x02N\0\0\0\0\0\0\0");
    exif.extend(PLACE);
    let length = u16::try_from(exif.len() + 2).unwrap().to_be_bytes();
    [&jpeg[..2], b"\xff\xe1", &length, &exif, &jpeg[2..]].concat()
}

fn has(bytes: &[u8], part: &[u8]) -> bool {
    bytes.windows(part.len()).any(|window| window == part)
}

/// Puts a file into the media folder, as staff or an import does.
fn upload(world: &World, path: &str, bytes: &[u8]) {
    let file = world.shop.folder().join("media").join(path);
    std::fs::create_dir_all(file.parent().unwrap()).unwrap();
    std::fs::write(file, bytes).unwrap();
}

async fn apply(world: &World, csv: &str) {
    let file = world.place.path().join("goods.csv");
    std::fs::write(&file, csv).unwrap();
    let report = world.shop.apply_catalogue_file(&file, ApplyOptions::default(), &Actor::Operator).await.unwrap();
    assert_eq!(report.errors, []);
}

/// `tradewind publish`, and what the server does behind it.
async fn publish(world: &World) {
    world.shop.publish_everything().await.unwrap();
    settle(world).await;
}

async fn settle(world: &World) {
    world.shop.drain_outbox().await.unwrap();
    world.clock.advance_ms(10_000);
}

async fn page(world: &World, path: &str) -> String {
    let answer = world.get(path).await;
    assert_eq!(answer.status(), 200, "{path}");
    text(&answer)
}

/// Addresses of pictures in their sizes, each once.
fn sizes(page: &str) -> BTreeSet<String> {
    let addresses = page.match_indices("/media/sizes/").map(|(at, _)| &page[at..]);
    addresses.map(|rest| rest[..rest.find(['"', ' ']).unwrap()].to_owned()).collect()
}

/// What pictures are named by, without width and ending.
fn stems(addresses: &BTreeSet<String>) -> BTreeSet<&str> {
    addresses.iter().map(|address| address.rsplit_once('-').unwrap().0).collect()
}

/// The first product of a store of a few.
async fn first(world: &World) -> ProductEntry {
    let ids = world.shop.db().list_family_ids(None).await.unwrap();
    world.shop.db().load_families(&ids[..1]).await.unwrap().remove(0).head.entry
}

/// Buys one by invoice; gives the address of the order's page.
async fn buy(world: &World, entry: &ProductEntry) -> String {
    let shop = &world.shop;
    let locale = shop.settings().markets.first();
    let mut basket = Basket::default();
    let line =
        Line { product: entry.product.id, quantity: Quantity::new(1).unwrap(), answers: vec![], seen_price: None };
    basket.add(line, None).unwrap();
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
    let draft = CheckoutDraft {
        email: Some(EmailAddress::parse("ann@example.org").unwrap()),
        delivery: Some(address.clone()),
        billing: None,
        method: None,
        point: None,
        gateway: Some("invoice".to_owned()),
        vat_number: None,
        cards: Vec::new(),
    };
    let view = shop.snapshots().look(shop.now()).await.view;
    let priced = shop.price_basket(&view, &basket, locale, Buyer::default()).await.unwrap();
    let quote = shop.checkout_quote(priced, &DeliveryWish::from(&draft)).unwrap();
    let amount_shown = quote.quote().total.gross();
    let id = CheckoutId::new(shop.chance().id());
    shop.pay(&PayRequest { id, basket, locale, draft, amount_shown }).await.unwrap();
    shop.settle(id).await.unwrap();
    let token = shop.find_order_link(OrderId::new(id.uuid())).await.unwrap().unwrap();
    format!("/order/{token}")
}

#[tokio::test(flavor = "multi_thread")]
async fn an_upload_is_shown_in_its_sizes_and_never_as_it_came() {
    let world = World::of(3, |_| {}, "").await;
    let mug = first(&world).await;
    let (sku, product) = (&mug.stock_records[0].sku, format!("/product/{}", mug.product.slug));
    // The file names them before they are there, as an import does; one stem, two files.
    apply(&world, &format!("sku,images\n{sku},images/mug.jpg|images/mug.png\n")).await;
    settle(&world).await;
    let before = page(&world, &product).await;
    assert!(sizes(&before).is_empty() && before.contains("no-picture"));
    assert!(!before.contains("role=\"img\" aria-label=\"\""), "nothing is announced that has no name");

    let (front, back) = (photograph("mug:oat:1"), photograph("mug:celadon:2"));
    assert!(has(&front, b"Exif") && has(&front, PLACE));
    upload(&world, "images/mug.jpg", &front);
    upload(&world, "images/mug.png", &back);
    publish(&world).await;
    let addresses = sizes(&page(&world, &product).await);
    assert_eq!(stems(&addresses).len(), 2, "each file has sizes of its own: {addresses:?}");
    for address in &addresses {
        let answer = world.get(address).await;
        let kind = if address.ends_with(".webp") { "image/webp" } else { "image/jpeg" };
        assert_eq!((answer.status().as_u16(), header(&answer, "content-type")), (200, kind), "{address}");
        assert_eq!(header(&answer, "cache-control"), "public, max-age=31536000, immutable");
        assert!(!has(answer.body(), b"Exif") && !has(answer.body(), PLACE), "{address} tells where it was taken");
    }
    for original in ["images/mug.jpg", "images/mug.png", "./images/mug.jpg", "sizes/../images/mug.jpg"] {
        assert_eq!(world.get(&format!("/media/{original}")).await.status(), 404, "{original}");
    }

    let order = page(&world, &buy(&world, &mug).await).await;
    let listing = page(&world, "/search?sort=newest").await;
    for (name, page) in [("order", &order), ("listing", &listing)] {
        let shown = sizes(page);
        assert_eq!(stems(&shown).len(), 1, "the {name} shows the first picture");
        assert!(shown.is_subset(&addresses), "{name}: {shown:?}");
    }

    // Another file under the same name is another picture, for whoever kept the first one for a year.
    upload(&world, "images/mug.jpg", &photograph("mug:sage:3"));
    publish(&world).await;
    let now = sizes(&page(&world, &product).await);
    assert_eq!((stems(&now).len(), stems(&now).intersection(&stems(&addresses)).count()), (2, 1));
    let kept = sizes(&order);
    assert_eq!(world.get(kept.first().unwrap()).await.status(), 200, "the order shows what was sold");
}

#[tokio::test(flavor = "multi_thread")]
async fn a_category_shows_its_uploaded_picture() {
    let world = World::of(3, |_| {}, "").await;
    let setup = world.shop.db().load_catalogue_setup().await.unwrap();
    let mut top = setup.categories.into_iter().find(|category| category.parent.is_none()).unwrap();
    top.image = Some("categories/top.jpg".to_owned());
    let changed = CatalogueSetup { categories: vec![top], ..CatalogueSetup::default() };
    world.shop.put_catalogue_setup(&changed, &Actor::Operator, Showing::Soon).await.unwrap();
    settle(&world).await;
    assert!(sizes(&page(&world, "/").await).is_empty());
    upload(&world, "categories/top.jpg", &photograph("mug:oat:1"));
    publish(&world).await;
    assert!(!sizes(&page(&world, "/").await).is_empty(), "shown once its file has come");
}

#[tokio::test(flavor = "multi_thread")]
async fn a_vector_picture_is_not_taken_and_not_served() {
    let world = World::of(3, |_| {}, "").await;
    let mug = first(&world).await;
    let svg = b"<svg xmlns='http://www.w3.org/2000/svg'><script>alert(1)</script></svg>";
    upload(&world, "images/logo.svg", svg);
    upload(&world, "images/sly.jpg", svg);
    let sku = &mug.stock_records[0].sku;
    apply(&world, &format!("sku,images\n{sku},images/logo.svg|images/sly.jpg\n")).await;
    settle(&world).await;
    let shown = page(&world, &format!("/product/{}", mug.product.slug)).await;
    assert!(sizes(&shown).is_empty() && !shown.contains("logo") && !shown.contains("sly"));
    for path in ["/media/images/logo.svg", "/media/images/sly.jpg", "/media/sizes/logo.svg"] {
        assert_eq!(world.get(path).await.status(), 404, "{path}");
    }
    let unusable = world.shop.db().list_unusable_uploads().await.unwrap();
    let told: Vec<_> = unusable.iter().map(|upload| (upload.source.as_str(), upload.made.as_str())).collect();
    assert_eq!(told, [("images/logo.svg", ""), ("images/sly.jpg", "")]);
    assert!(unusable.iter().all(|upload| upload.problem.contains("export the picture")), "{unusable:?}");
    world.shop.publish_everything().await.unwrap();
    let waiting = world.shop.db().list_waiting_tasks().await.unwrap();
    assert!(waiting.iter().all(|tasks| tasks.kind != "image"), "trying again helps nobody: {waiting:?}");
}

#[tokio::test(flavor = "multi_thread")]
async fn files_among_the_attributes_are_saved_and_pictures_shown() {
    let world = World::of(3, |_| {}, "").await;
    let mut mug = first(&world).await;
    let class = mug.product.structure.class().unwrap();
    let attribute = |code: &str, kind| Attribute {
        id: AttributeId::new(derived_uuid("attribute", code)),
        class,
        code: code.to_owned(),
        name: Texts::single(Language::ENGLISH, code),
        kind,
        required: false,
        facet: false,
        oscar: None,
    };
    let attributes = [("manual", AttributeKind::File), ("page", AttributeKind::File), ("label", AttributeKind::Image)];
    let attributes: Vec<_> = attributes.into_iter().map(|(code, kind)| attribute(code, kind)).collect();
    let values = ["papers/care guide.pdf", "papers/page.html", "papers/label.png"];
    for (attribute, path) in attributes.iter().zip(values) {
        let path = path.to_owned();
        let is_picture = attribute.kind == AttributeKind::Image;
        let value = if is_picture { AttributeValue::Image(path) } else { AttributeValue::File(path) };
        mug.product.attributes.push((attribute.id, value));
    }
    let setup = CatalogueSetup { attributes, ..CatalogueSetup::default() };
    world.shop.put_catalogue_setup(&setup, &Actor::Operator, Showing::Soon).await.unwrap();
    upload(&world, "papers/care guide.pdf", b"%PDF-1.7 wash by hand");
    upload(&world, "papers/page.html", b"<script>alert(1)</script>");
    upload(&world, "papers/label.png", &photograph("mug:oat:1"));
    cache_world::put(&world.shop, &[mug.clone()], Showing::Soon).await;
    settle(&world).await;

    let shown = page(&world, &format!("/product/{}", mug.product.slug)).await;
    let address = cache_world::quoted(&shown, "/media/files/");
    assert!(address.ends_with("/care%20guide.pdf"), "{address}");
    let answer = world.get(&address).await;
    assert_eq!(answer.status(), 200);
    for (name, want) in [
        ("content-type", "application/pdf"),
        ("content-disposition", "attachment"),
        ("x-content-type-options", "nosniff"),
    ] {
        assert_eq!(header(&answer, name), want);
    }
    assert_eq!(answer.body().as_ref(), b"%PDF-1.7 wash by hand");
    assert!(!sizes(&shown).is_empty(), "the label is a picture");
    assert!(!shown.contains("page.html"), "no link that leads nowhere");
    for path in ["papers/care%20guide.pdf", "papers/page.html", "papers/label.png"] {
        assert_eq!(world.get(&format!("/media/{path}")).await.status(), 404, "{path}");
    }
}
