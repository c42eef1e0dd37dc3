//! Every page of the small shop, rendered.

use crate::sample::{self, goods, orders};
use bytes::Bytes;
use catalog::document::{Card, ProductDocument};
use commerce::availability::Availability;
use storefront::listing_address::ListingAddress;
use storefront::locale::PageLocale;
use storefront::messages::Arg;
use storefront::render::{Pages, RenderError, Shell};
use storefront::text_page::TextPage;
use storefront::view::basket::BasketView;
use storefront::view::card::{CardMarkup, card_view};
use storefront::view::form::Notice;
use storefront::view::image::source_view;
use storefront::view::listing::{ListingView, listing_view};
use storefront::view::pages::{CardRow, CategoryTile, CategoryView, ErrorView, HomeView, SearchView, TextView};
use storefront::view::product::{DeliveryPromise, ProductForm, ProductSource, ProductView, WrongAnswer};
use storefront::view::shell::{PageMeta, category_link, category_path, category_url};
use storefront::view::{Link, json_ld};

type Named = Vec<(&'static str, Bytes)>;

/// All pages in a locale, normal ones and those with mistakes on show.
pub fn all(pages: &Pages, locale: &PageLocale) -> Result<Named, RenderError> {
    let shell = sample::shell(pages, locale);
    let mut named = browsing(pages, &shell, locale)?;
    named.extend(buying(pages, &shell, locale)?);
    Ok(named)
}

/// Seeds of the pictures that the pages show.
pub fn seeds() -> Vec<String> {
    let mut documents: Vec<_> = goods::cards().into_iter().filter_map(|card| card.image).collect();
    for product in [goods::tea(), goods::pot()] {
        documents.extend(product.images);
        documents.extend(product.variants.into_iter().flat_map(|variant| variant.images));
    }
    let categories = sample::categories().into_iter().filter_map(|category| category.image);
    let sources = documents.into_iter().map(|image| image.source).chain(categories);
    sources.filter_map(|source| source.strip_prefix("drawn:").map(str::to_owned)).collect()
}

pub fn cards(pages: &Pages, locale: &PageLocale, count: usize) -> Vec<CardMarkup> {
    markup(pages, locale, &goods::cards()[..count.min(goods::cards().len())])
}

fn markup(pages: &Pages, locale: &PageLocale, cards: &[Card]) -> Vec<CardMarkup> {
    let shell = sample::shell(pages, locale);
    let markup = |card| pages.render_card(&shell, &card_view(card, None, locale), false);
    cards.iter().map(markup).collect::<Result<_, _>>().expect("the cards of the sample render")
}

pub fn tiles(locale: &PageLocale, below: Option<u128>) -> Vec<CategoryTile> {
    let parent = below.map(sample::category_id);
    sample::categories()
        .iter()
        .filter(|category| category.parent == parent)
        .map(|category| CategoryTile {
            name: locale.pick(&category.name).to_owned(),
            url: category_url(category, locale),
            image: category.image.as_deref().map(source_view).filter(|_| below.is_none()),
        })
        .collect()
}

fn breadcrumbs(locale: &PageLocale, number: u128) -> Vec<Link> {
    let categories = sample::categories();
    let home = Link { name: sample::STORE.to_owned(), url: locale.url("/") };
    let path = category_path(&categories, sample::category_id(number));
    std::iter::once(home).chain(path.into_iter().map(|category| category_link(category, locale))).collect()
}

pub fn listing(pages: &Pages, locale: &PageLocale, total: usize, query: &str, path: &str) -> ListingView {
    let address = ListingAddress::parse(query).unwrap_or_default();
    let found = goods::listing(total, !address.facets.is_empty());
    let cards = markup(pages, locale, &found.cards);
    listing_view(&found, cards, &address, &locale.url(path), locale)
}

/// The page of a product with its structured data.
pub fn product(pages: &Pages, locale: &PageLocale, document: &ProductDocument) -> (PageMeta, ProductView) {
    let source = ProductSource {
        breadcrumbs: breadcrumbs(locale, 2),
        recommendations: cards(pages, locale, 4),
        delivery: Some(DeliveryPromise {
            from: orders::amount(350, locale),
            rate: "3.50".to_owned(),
            free_from: orders::amount(4_000, locale),
            arrives: orders::arrives(locale),
        }),
        returns_days: Some(30),
        offers: Vec::new(),
    };
    let view = ProductView::new(document, source, |_| None, locale);
    let mut meta = PageMeta::cached(view.title.clone(), format!("/product/{}", document.slug));
    let about = json_ld::plain_text(&view.description_html);
    meta.description = json_ld::description(&about);
    meta.places = vec!["tea".to_owned(), "green-tea".to_owned()];
    meta.json_ld = vec![
        json_ld::product(document, &view, &about, sample::ORIGIN, "", locale),
        json_ld::breadcrumbs(&view.breadcrumbs, sample::ORIGIN),
    ];
    (meta, view)
}

pub fn home(pages: &Pages, locale: &PageLocale) -> HomeView {
    let german = locale.locale.language.code() == "de";
    let (headline, lead, action, best, new) = if german {
        (
            "Tee, Kaffee und was dazugehört",
            "<p>Kleine Gärten, gute Töpfer, ein Laden am Kai.</p>",
            "Tee ansehen",
            "Meistverkauft",
            "Neu im Regal",
        )
    } else {
        (
            "Tea, coffee and the table they stand on",
            "<p>Small gardens, good potters, one shop by the quay.</p>",
            "Look at teas",
            "Best sellers",
            "New on the shelf",
        )
    };
    let picture = |seed: &str| source_view(&format!("drawn:{seed}"));
    HomeView {
        headline: headline.to_owned(),
        lead_html: lead.to_owned(),
        action: Some(Link { name: action.to_owned(), url: locale.url("/category/tea") }),
        pictures: ["pot-harbour-teapot", "tin-spring-sencha", "cup-tide-cup"].map(picture).to_vec(),
        categories: tiles(locale, None),
        rows: vec![
            CardRow {
                title: best.to_owned(),
                url: locale.url("/search?sort=best-selling"),
                cards: cards(pages, locale, 8),
            },
            CardRow { title: new.to_owned(), url: String::new(), cards: cards(pages, locale, 4) },
        ],
    }
}

fn browsing(pages: &Pages, shell: &Shell, locale: &PageLocale) -> Result<Named, RenderError> {
    let mut meta = PageMeta::cached("", "/");
    meta.json_ld = vec![json_ld::web_site(sample::STORE, sample::ORIGIN, &locale.url("/search"))];
    let mut named = vec![("home", pages.render(shell, &meta, &home(pages, locale))?)];
    let name = sample::categories()[0].name.clone();
    let category = |query: &str, total| CategoryView {
        title: locale.pick(&name).to_owned(),
        breadcrumbs: breadcrumbs(locale, 99),
        description_html: locale.pick(&sample::categories()[0].description).to_owned(),
        children: tiles(locale, Some(1)),
        listing: listing(pages, locale, total, query, "/category/tea"),
    };
    let mut meta = PageMeta::cached(locale.pick(&name), "/category/tea");
    meta.places = vec!["tea".to_owned()];
    named.push(("category", pages.render(shell, &meta, &category("", 37))?));
    let narrowed = category("f=colour:blue&min=5&page=2&sort=price", 1_237);
    named.push(("category-filtered", pages.render(shell, &meta, &narrowed)?));
    let mut meta = PageMeta::own("tea pot");
    meta.words = "tea pot".to_owned();
    let found = SearchView {
        words: "tea pot".to_owned(),
        corrected: "teapot".to_owned(),
        listing: listing(pages, locale, 5, "q=tea+pot", "/search"),
        ..SearchView::default()
    };
    named.push(("search", pages.render(shell, &meta, &found)?));
    let nothing = SearchView {
        words: "<script>alert(1)</script> zeppelin".to_owned(),
        near: vec![Link { name: "zest".to_owned(), url: locale.url("/search?q=zest") }],
        categories: tiles(locale, None),
        popular: cards(pages, locale, 4),
        ..SearchView::default()
    };
    named.push(("search-empty", pages.render(shell, &meta, &nothing)?));
    for (name, document) in [("product", goods::tea()), ("product-options", goods::pot())] {
        let (meta, mut view) = product(pages, locale, &document);
        named.push((name, pages.render(shell, &meta, &view)?));
        if name == "product-options" {
            let text = |place: usize| {
                let name = view.options[place].name.clone();
                let text = locale.text_with("say-option-choose", &[("name", Arg::Text(&name))]);
                WrongAnswer { option: view.options[place].field.replace("option-", ""), text }
            };
            let form = ProductForm {
                quantity: "0".to_owned(),
                quantity_error: locale.text_with("say-quantity-wrong", &[("max", Arg::Number(9_999))]),
                answers: vec![("engraving".to_owned(), "Ann & Bo".to_owned())],
                wrong: vec![text(5), text(6)],
                notice: Some(Notice { kind: "error", text: locale.text("say-basket-full") }),
                ..ProductForm::default()
            };
            view = view.with_form(form);
            named.push(("product-errors", pages.render(shell, &meta, &view)?));
        }
    }
    let mut gone = goods::tea();
    gone.images.clear();
    gone.variants.iter_mut().for_each(|variant| variant.availability = Availability::SoldOut);
    let (meta, view) = product(pages, locale, &gone);
    named.push(("product-sold-out", pages.render(shell, &meta, &view)?));
    let mut many = goods::tea();
    many.variants = (0..14).map(|place| many.variants[place % 4].clone()).collect();
    many.requires_shipping = false;
    let (meta, view) = product(pages, locale, &many);
    named.push(("product-list", pages.render(shell, &meta, &view)?));
    let text = TextPage::parse(ABOUT).unwrap_or_default();
    let links = sample::shell_of(pages, locale).footer;
    named.push(("text", pages.render(shell, &PageMeta::cached(&text.title, "/about"), &TextView::new(&text, links))?));
    for (name, status) in [
        ("error-400", 400),
        ("error-404", 404),
        ("error-410", 410),
        ("error-429", 429),
        ("error-500", 500),
        ("error-503", 503),
    ] {
        let view = ErrorView {
            status,
            reference: if status == 500 { "7f3a-91c2".to_owned() } else { String::new() },
            cards: if matches!(status, 404 | 410) { cards(pages, locale, 4) } else { Vec::new() },
            ..ErrorView::default()
        };
        named.push((name, pages.render(shell, &PageMeta::own(locale.text(&format!("error-{status}-title"))), &view)?));
    }
    Ok(named)
}

fn buying(pages: &Pages, shell: &Shell, locale: &PageLocale) -> Result<Named, RenderError> {
    let own = |key: &str| PageMeta::own(locale.text(key));
    let basket = own("basket-title");
    let empty = BasketView { popular: cards(pages, locale, 4), ..BasketView::default() };
    let (address, delivery, pay) =
        (own("checkout-step-address"), own("checkout-step-delivery"), own("checkout-step-pay"));
    let mut named = vec![
        ("basket", pages.render(shell, &basket, &orders::basket(locale, false))?),
        ("basket-changed", pages.render(shell, &basket, &orders::basket(locale, true))?),
        ("basket-empty", pages.render(shell, &basket, &empty)?),
        ("added", pages.render(shell, &own("added-title"), &orders::added(locale))?),
        ("checkout-address", pages.render(shell, &address, &orders::address(locale, false))?),
        ("checkout-address-errors", pages.render(shell, &address, &orders::address(locale, true))?),
        ("checkout-delivery", pages.render(shell, &delivery, &orders::delivery(locale, false))?),
        ("checkout-delivery-errors", pages.render(shell, &delivery, &orders::delivery(locale, true))?),
        ("checkout-review", pages.render(shell, &pay, &orders::review(locale, false))?),
        ("checkout-review-declined", pages.render(shell, &pay, &orders::review(locale, true))?),
        ("order-new", pages.render(shell, &own("order-thanks"), &orders::order(locale, true))?),
        ("download", pages.render(shell, &own("order-downloads"), &orders::download(locale, "ready"))?),
        ("download-begun", pages.render(shell, &own("download-begun-title"), &orders::download(locale, "begun"))?),
        ("download-expired", pages.render(shell, &own("order-downloads"), &orders::download(locale, "expired"))?),
        ("order", pages.render(shell, &own("order-facts"), &orders::order(locale, false))?),
        ("withdraw", pages.render(shell, &own("withdraw-title"), &orders::withdraw(locale, false))?),
        ("withdraw-received", pages.render(shell, &own("withdraw-received-title"), &orders::withdraw(locale, true))?),
    ];
    for (name, state) in [
        ("payment-pending", "pending"),
        ("payment-declined", "declined"),
        ("payment-expired", "expired"),
        ("payment-unavailable", "unavailable"),
    ] {
        let meta = own(&format!("payment-{state}-title"));
        named.push((name, pages.render(shell, &meta, &orders::payment(locale, state))?));
    }
    Ok(named)
}

const ABOUT: &str = "# About us\n\nLeeward began in 2009 as one table of teas in a boat shed. The shed is now the shop; \
the table is still in it.\n\n## What we sell\n\n- Teas from gardens that we have walked through\n- Coffee, roasted on \
Thursdays\n- Pots and cups by four potters\n\n## Opening hours\n\n| Day | Hours |\n|---|---|\n| Monday to Friday | 9–17 \
|\n| Saturday | 10–14 |\n\nMore on [delivery](/delivery).\n";
