//! A small shop for tests and for the gallery of pages: markets, goods, baskets, orders.
#![allow(dead_code, unreachable_pub, missing_docs, reason = "each user takes a part of it")]

pub mod book;
pub mod goods;
pub mod orders;

use catalog::document::CategoryEntry;
use commerce::address::Country;
use commerce::ids::CategoryId;
use commerce::language::{Language, Texts};
use commerce::market::{Locale, Market, MarketCode, Markets, TaxDisplay};
use commerce::money::{BasisPoints, Currency};
use commerce::tax::policy::TaxPolicy;
use std::sync::Arc;
use storefront::locale::PageLocale;
use storefront::render::{Pages, Shell};
use storefront::theme::Theme;
use storefront::view::shell::{ContactView, ShellSource, ShellView, shell_view};
use uuid::Uuid;

pub const ORIGIN: &str = "https://shop.example";
pub const STORE: &str = "Leeward Tea & Table";

pub fn say(en: &str, de: &str) -> Texts {
    let mut texts = Texts::single(Language::ENGLISH, en);
    texts.set(Language::parse("de").expect("a code"), de);
    texts
}

pub fn currency(code: &str) -> Currency {
    Currency::parse(code).expect("a currency")
}

pub fn markets() -> Markets {
    let market = |code: &str, money: &str, languages: [&str; 2], countries: &[&str], rate: u32| Market {
        code: MarketCode::parse(code).expect("a code"),
        currency: currency(money),
        languages: languages.map(|code| Language::parse(code).expect("a language")).to_vec(),
        countries: countries.iter().map(|code| Country::parse(code).expect("a country")).collect(),
        tax: Arc::new(TaxPolicy::flat(
            BasisPoints::new(rate).expect("a rate").into(),
            Country::parse(countries[0]).expect("a country"),
        )),
        tax_display: TaxDisplay::Including,
    };
    let uk = market("uk", "GBP", ["en", "de"], &["GB", "IE"], 2_000);
    let de = market("de", "EUR", ["de", "en"], &["DE", "AT", "CH", "FR", "NL"], 1_900);
    Markets::new(vec![uk, de]).expect("good markets")
}

pub fn pages() -> Pages {
    pages_of(Theme::embedded())
}

pub fn pages_of(theme: Theme) -> Pages {
    Pages::new(theme, &markets(), TaxDisplay::Including, jiff::tz::TimeZone::UTC).expect("the theme works")
}

/// The first market in English, the second in German.
pub fn locales(pages: &Pages) -> [&PageLocale; 2] {
    let find = |segment: &str| markets().locale_by_segment(segment).expect("a locale");
    [pages.locale(find("")), pages.locale(find("de"))]
}

pub fn category_id(number: u128) -> CategoryId {
    CategoryId::new(Uuid::from_u128(0x0ca7 << 64 | number))
}

pub fn categories() -> Vec<CategoryEntry> {
    let list: [(u128, Option<u128>, &str, &str, &str); 11] = [
        (1, None, "tea", "Tea", "Tee"),
        (2, Some(1), "green-tea", "Green tea", "Grüner Tee"),
        (3, Some(1), "black-tea", "Black tea", "Schwarzer Tee"),
        (4, Some(1), "herbal-tea", "Herbal tea", "Kräutertee"),
        (5, None, "coffee", "Coffee", "Kaffee"),
        (6, None, "spices", "Spices", "Gewürze"),
        (7, None, "pots-and-cups", "Pots and cups", "Kannen und Tassen"),
        (8, None, "kitchen-linen", "Kitchen linen", "Küchenwäsche"),
        (9, None, "travel", "Flasks for the road", "Flaschen für unterwegs"),
        (10, None, "books", "Books and guides", "Bücher und Anleitungen"),
        (11, None, "gifts", "Gifts", "Geschenke"),
    ];
    list.iter()
        .map(|(number, parent, slug, en, de)| CategoryEntry {
            id: category_id(*number),
            parent: parent.map(category_id),
            slug: (*slug).to_owned(),
            name: say(en, de),
            description: say(
                "<p>Picked in spring, from growers we know by name. Each one is tasted here before it goes on the shelf.</p>",
                "<p>Im Frühling gepflückt, von Gärten, die wir kennen. Jeder wird hier verkostet, bevor er ins Regal kommt.</p>",
            ),
            meta_title: Texts::default(),
            meta_description: Texts::default(),
            image: Some(format!("drawn:{}", goods::motif(slug))),
            in_menu: true,
            oscar: None,
        })
        .collect()
}

pub fn shell(pages: &Pages, locale: &PageLocale) -> Shell {
    Shell::new(locale.locale, &shell_of(pages, locale))
}

pub fn shell_of(pages: &Pages, locale: &PageLocale) -> ShellView {
    let german = locale.locale.language.code() == "de";
    let text_pages: Vec<(String, String)> = [
        ("/about", "About us", "Über uns"),
        ("/delivery", "Delivery", "Versand"),
        ("/returns", "Returns", "Rückgabe"),
        ("/privacy", "Privacy", "Datenschutz"),
        ("/terms", "Terms", "AGB"),
        ("/imprint", "Imprint", "Impressum"),
        ("/accessibility", "Accessibility", "Barrierefreiheit"),
    ]
    .map(|(path, en, de)| (path.to_owned(), if german { de } else { en }.to_owned()))
    .to_vec();
    let source = ShellSource {
        store_name: STORE,
        origin: ORIGIN,
        categories: &categories(),
        text_pages: &text_pages,
        contact: ContactView {
            email: "hello@leeward.example".to_owned(),
            phone: "+44 1632 960 123".to_owned(),
            address: "Leeward Tea & Table, 4 Quay Street, Bristol BS1 4SP".to_owned(),
        },
    };
    shell_view(&source, locale, &pages.locales().iter().collect::<Vec<_>>())
}

pub fn default_locale(pages: &Pages) -> Locale {
    pages.locales()[0].locale
}
