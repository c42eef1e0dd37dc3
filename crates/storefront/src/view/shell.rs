//! What surrounds every page: head, header, menu, footer.

use crate::locale::PageLocale;
use crate::urls;
use crate::view::Link;
use catalog::document::CategoryEntry;
use commerce::ids::CategoryId;
use serde::Serialize;

/// Entries of the menu's first level.
pub const MENU_MAX: usize = 12;
/// Entries below one of them.
pub const MENU_CHILDREN_MAX: usize = 16;

/// The same on every page of a locale; made once for a snapshot and theme.
#[derive(Clone, Debug, Default, PartialEq, Eq, Serialize)]
pub struct ShellView {
    /// The store's name.
    pub store_name: String,
    /// `https://shop.example`, for absolute addresses.
    pub origin: String,
    /// Language of the page.
    pub lang: String,
    /// `ltr` or `rtl`.
    pub dir: &'static str,
    /// What cached paths begin with.
    pub prefix: String,
    /// The locale's name in forms.
    pub segment: String,
    /// Home page.
    pub home_url: String,
    /// Search page.
    pub search_url: String,
    /// Basket, in this locale.
    pub basket_url: String,
    /// Top categories.
    pub menu: Vec<MenuItem>,
    /// Every locale of the store, this one marked; none if it is the only one.
    pub locales: Vec<LocaleLink>,
    /// Static pages.
    pub footer: Vec<Link>,
    /// Page with terms, named at the pay button; may be empty.
    pub terms_url: String,
    /// Page about returns, named at the Add button; may be empty.
    pub returns_url: String,
    /// Page about delivery; may be empty.
    pub delivery_url: String,
    /// Page about privacy, named where data is asked for; may be empty.
    pub privacy_url: String,
    /// `All prices incl. VAT, plus delivery.`
    pub prices_note: String,
    /// How to reach the store.
    pub contact: ContactView,
}

/// A top category with what is below.
#[derive(Clone, Debug, Default, PartialEq, Eq, Serialize)]
pub struct MenuItem {
    /// Name.
    pub name: String,
    /// Address.
    pub url: String,
    /// Slug, to mark the present place.
    pub slug: String,
    /// Below it.
    pub children: Vec<Link>,
}

/// A market in a language.
#[derive(Clone, Debug, Default, PartialEq, Eq, Serialize)]
pub struct LocaleLink {
    /// What its paths begin with.
    pub prefix: String,
    /// `en-GB`, for `hreflang`.
    pub tag: String,
    /// Its language.
    pub lang: String,
    /// `English`, in its own language.
    pub language: String,
    /// `United Kingdom · GBP`.
    pub market: String,
    /// Whether the page is in it.
    pub current: bool,
}

/// How to reach the store; what is empty is not shown.
#[derive(Clone, Debug, Default, PartialEq, Eq, Serialize)]
pub struct ContactView {
    /// Mail address.
    pub email: String,
    /// Telephone number, as it is read.
    pub phone: String,
    /// Of the seller, on one line.
    pub address: String,
}

/// What the shell is made from beside the locale.
#[derive(Clone, Debug, Default)]
pub struct ShellSource<'s> {
    /// The store's name.
    pub store_name: &'s str,
    /// `https://shop.example`.
    pub origin: &'s str,
    /// All visible categories in the order of the tree.
    pub categories: &'s [CategoryEntry],
    /// Static pages: path such as `/about` and title.
    pub text_pages: &'s [(String, String)],
    /// How to reach the store.
    pub contact: ContactView,
}

/// The shell of a locale, with links to the same place in `all` others.
pub fn shell_view(source: &ShellSource<'_>, locale: &PageLocale, all: &[&PageLocale]) -> ShellView {
    let page = |name: &str| {
        let known = source.text_pages.iter().any(|(path, _)| path.strip_prefix('/') == Some(name));
        if known { locale.url(&format!("/{name}")) } else { String::new() }
    };
    let footer = |(path, title): &(String, String)| Link { name: title.clone(), url: locale.url(path) };
    ShellView {
        store_name: source.store_name.to_owned(),
        origin: source.origin.to_owned(),
        lang: locale.locale.language.code().to_owned(),
        dir: locale.direction(),
        prefix: locale.prefix.clone(),
        segment: locale.segment.clone(),
        home_url: locale.url("/"),
        search_url: locale.url("/search"),
        basket_url: format!("/basket?locale={}", locale.segment),
        menu: menu(source.categories, locale),
        locales: if all.len() > 1 { all.iter().map(|other| locale_link(other, locale)).collect() } else { Vec::new() },
        footer: source.text_pages.iter().map(footer).collect(),
        terms_url: page("terms"),
        returns_url: page("returns"),
        delivery_url: page("delivery"),
        privacy_url: page("privacy"),
        prices_note: locale.prices_note(),
        contact: source.contact.clone(),
    }
}

fn menu(categories: &[CategoryEntry], locale: &PageLocale) -> Vec<MenuItem> {
    let below = |parent: Option<CategoryId>| {
        categories.iter().filter(move |category| category.parent == parent && category.in_menu)
    };
    let item = |category: &CategoryEntry| MenuItem {
        name: locale.pick(&category.name).to_owned(),
        url: category_url(category, locale),
        slug: category.slug.clone(),
        children: below(Some(category.id)).take(MENU_CHILDREN_MAX).map(|child| category_link(child, locale)).collect(),
    };
    below(None).take(MENU_MAX).map(item).collect()
}

/// Address of a category's page.
pub fn category_url(category: &CategoryEntry, locale: &PageLocale) -> String {
    locale.url(&format!("/category/{}", urls::segment(&category.slug)))
}

/// Name and address of a category.
pub fn category_link(category: &CategoryEntry, locale: &PageLocale) -> Link {
    Link { name: locale.pick(&category.name).to_owned(), url: category_url(category, locale) }
}

/// From the top down to `id`, itself included.
pub fn category_path(categories: &[CategoryEntry], id: CategoryId) -> Vec<&CategoryEntry> {
    let find = |id| categories.iter().find(|category| category.id == id);
    let mut path = Vec::new();
    let mut next = find(id);
    while let Some(category) = next.filter(|_| path.len() < commerce::catalogue::category::CATEGORY_DEPTH_MAX) {
        path.push(category);
        next = category.parent.and_then(find);
    }
    path.reverse();
    path
}

fn locale_link(other: &PageLocale, current: &PageLocale) -> LocaleLink {
    let country = other.country(other.market.countries[0].code());
    LocaleLink {
        prefix: other.prefix.clone(),
        tag: other.tag(),
        lang: other.locale.language.code().to_owned(),
        language: crate::format::own_name(other.locale.language),
        market: format!("{country} · {}", other.market.currency),
        current: other.locale == current.locale,
    }
}

/// What differs from page to page in the head and around the content.
#[derive(Clone, Debug, Default, PartialEq, Eq, Serialize)]
pub struct PageMeta {
    /// Title, without the store's name; empty on the home page.
    pub title: String,
    /// For search engines; may be empty.
    pub description: String,
    /// Path without the locale, with the canonical query: `/product/mug`. Empty on a visitor's own pages, which have
    /// no other languages and no canonical address.
    pub path: String,
    /// Whether search engines may keep it.
    pub indexed: bool,
    /// Structured data, each a JSON text that is safe inside a script element (see [`crate::view::json_ld`]).
    pub json_ld: Vec<String>,
    /// Absolute address of a picture for previews; may be empty.
    pub image: String,
    /// Slugs of the categories that the page is in, to mark the place in the menu.
    pub places: Vec<String>,
    /// What was searched for, to stay in the field.
    pub words: String,
    /// Where the browser goes on to by itself; mostly empty.
    pub refresh: String,
}

impl PageMeta {
    /// For a cached page at a path of the store.
    pub fn cached(title: impl Into<String>, path: impl Into<String>) -> Self {
        Self { title: title.into(), path: path.into(), indexed: true, ..Self::default() }
    }

    /// For the basket and the checkout with goods in them. A crawler never has any: it meets the empty basket, which
    /// is not to be kept, so these pages need not say so.
    pub fn with_goods(title: impl Into<String>, description: impl Into<String>) -> Self {
        Self { title: title.into(), description: description.into(), indexed: true, ..Self::default() }
    }

    /// For a page that is a visitor's own.
    pub fn own(title: impl Into<String>) -> Self {
        Self { title: title.into(), ..Self::default() }
    }
}
