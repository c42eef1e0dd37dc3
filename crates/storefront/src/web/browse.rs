//! Pages that are the same for every visitor of a market: home, category, search, product, static texts.
//!
//! Each is made from one look at the snapshot, kept as finished bytes, and carries the tags of what it shows.

mod offers;
mod product;

pub(super) use product::{Again, product_again};

use super::Storefront;
use super::cards::{Cards, NoCards};
use super::finished::{CACHE_TAG, Finished};
use super::keep::{Keep, Tags, tell_edge};
use super::respond::{HTML, OWN, error_of, redirect};
use super::{forms::Fields, site};
use crate::listing_address::{ListingAddress, PAGE_PAST_ALL};
use crate::locale::PageLocale;
use crate::messages::Arg;
use crate::urls;
use crate::view::listing::{listing_view, pages_total};
use crate::view::pages::{CardRow, CategoryTile, CategoryView, HomeView, SearchView, TextView};
use crate::view::product::product_url;
use crate::view::shell::{PageMeta, category_link, category_path, category_url};
use crate::view::suggest::{STOCK_IDS_MAX, stock_json, suggestions_json, whole_stock_json};
use crate::view::{Link, View as PageView, image, json_ld};
use axum::extract::State;
use axum::response::Response;
use catalog::document::{Card, CategoryEntry};
use catalog::query::{Listing, Sort, Suggestion};
use catalog::{SnapshotError, View};
use commerce::ids::StockRecordId;
use commerce::market::Locale;
use commerce::moment::Moment;
use http::header::{HeaderMap, HeaderValue};
use http::{Method, StatusCode, Uri};
use shop::publish::{STORE_TAG, category_tag, product_tag};
use std::sync::Arc;

/// Products in a row of the home page.
pub(super) const ROW_CARDS: usize = 8;
/// Products at the head of a listing whose pictures are loaded at once.
const EAGER_CARDS: usize = 4;
/// Segments of an old address among which `catalogue` stands: a market and a language may come first.
const OLD_PREFIX_MAX: usize = 3;
/// How often a page is made anew because the look that it was made from grew too old meanwhile.
const LOOKS_MAX: usize = 3;

/// A page, and what the edge must know of it.
struct Made {
    page: Finished,
    tags: Tags,
    keep: Keep,
}

/// Why there is no page.
enum NoPage {
    /// Nothing is there.
    NotFound,
    /// It is elsewhere, as long as nothing with these tags changes.
    Moved(String, Tags),
    /// Its content is elsewhere for the moment: it comes back as soon as there is enough to show.
    Elsewhere(String, Tags),
    /// The address makes no sense.
    BadAddress,
    /// A fault.
    Fault(String),
}

impl NoPage {
    /// Another spelling of the same address, whatever the catalogue holds.
    fn spelled(to: String) -> Self {
        Self::Moved(to, Tags::default())
    }
}

impl From<SnapshotError> for NoPage {
    fn from(error: SnapshotError) -> Self {
        Self::Fault(error.to_string())
    }
}

impl From<NoCards> for NoPage {
    fn from(error: NoCards) -> Self {
        Self::Fault(error.to_string())
    }
}

impl From<crate::render::RenderError> for NoPage {
    fn from(error: crate::render::RenderError) -> Self {
        Self::Fault(error.to_string())
    }
}

/// A page in the making.
struct Browse<'b> {
    storefront: &'b Storefront,
    view: &'b View,
    locale: &'b PageLocale,
    path: &'b str,
    query: &'b str,
}

/// `GET` of anything that no other route takes: cached pages, behind the prefix of their locale.
pub(super) async fn page(
    State(storefront): State<Storefront>,
    method: Method,
    uri: Uri,
    headers: HeaderMap,
) -> Response {
    if !matches!(method, Method::GET | Method::HEAD) {
        return super::guard::read_only(storefront).await;
    }
    let markets = &storefront.shop().settings().markets;
    let raw_path = uri.path();
    let respelled = other_spelling(raw_path);
    let raw_path = respelled.as_deref().unwrap_or(raw_path);
    let (locale, path) = markets.split_path(raw_path);
    let query = uri.query().unwrap_or_default();
    let address = Address { raw_path, locale, path, query };
    let snapshots = storefront.shop().snapshots();
    let mut look = storefront.look().await;
    let mut answer = storefront.answer(&look.view, &address, &headers).await;
    let mut now = storefront.shop().now();
    // Making it took time. What is sent now must have been compared with the newest snapshot within `snapshot_look_ms`
    // from now, for older pages are purged after that: so look again, and make it anew if there is something newer.
    for _ in 1..LOOKS_MAX {
        if !look.fresh || snapshots.is_fresh(&look.view, now) {
            break;
        }
        look = storefront.look().await;
        answer = storefront.answer(&look.view, &address, &headers).await;
        now = storefront.shop().now();
    }
    if respelled.is_some() && answer.response.status() != StatusCode::MOVED_PERMANENTLY {
        // Where the right spelling leads on itself, its answer is the way there in one step.
        let mark = if query.is_empty() { "" } else { "?" };
        return moved(&format!("{raw_path}{mark}{query}"), now);
    }
    let is_fresh = look.fresh && snapshots.is_fresh(&look.view, now);
    if let Some(keep) = answer.keep {
        tell_edge(answer.response.headers_mut(), keep, answer.tags, &look.view, now, is_fresh);
    }
    answer.response
}

/// The way from another spelling to the right one, whatever the catalogue holds.
fn moved(to: &str, now: Moment) -> Response {
    let mut moved = redirect(StatusCode::MOVED_PERMANENTLY, to, &Keep::Moved.control(None, now));
    moved.headers_mut().insert(CACHE_TAG, HeaderValue::from_static(STORE_TAG));
    moved
}

/// An address taken apart.
struct Address<'a> {
    raw_path: &'a str,
    locale: Locale,
    path: &'a str,
    query: &'a str,
}

/// What is sent, before the edge is told of it.
struct Answer {
    response: Response,
    /// `None` for a fault of ours, which says for itself that nobody keeps it.
    keep: Option<Keep>,
    tags: Option<HeaderValue>,
}

impl Storefront {
    /// What an address shows by this view: from memory, or made.
    async fn answer(&self, view: &View, address: &Address<'_>, headers: &HeaderMap) -> Answer {
        let key = memo_key(view, self.pages().day(), address.raw_path, address.query);
        let page = match self.find_finished(&key) {
            Some(page) => page,
            None => {
                let (path, query) = (address.path, address.query);
                let browse = Browse { storefront: self, view, locale: self.locale(address.locale), path, query };
                let made = match browse.make() {
                    Ok(made) => made,
                    Err(problem) => return no_page(self, view, address.locale, problem).await,
                };
                let page = Arc::new(made.page.told(made.keep, made.tags.header()));
                // What is asked for by any list of ids, and kept for seconds, would only push pages out.
                if made.keep != Keep::Stock {
                    self.keep_finished(key, &page);
                }
                page
            }
        };
        let (keep, tags) = page.for_edge();
        Answer { response: page.respond(headers, OWN), keep: Some(keep), tags: tags.cloned() }
    }
}

/// The one spelling of a path, if this is another. Addresses of django-oscar end in a slash and are led on in one
/// step; a path with dots for folders leads nowhere.
fn other_spelling(path: &str) -> Option<String> {
    if urls::is_plain(path) {
        return None;
    }
    let segments: Vec<&str> = path.split('/').filter(|part| !part.is_empty()).collect();
    let is_old = segments.iter().take(OLD_PREFIX_MAX).any(|segment| *segment == "catalogue");
    let spelled = urls::spelled(path);
    (!is_old && spelled != path && !spelled.split('/').any(|segment| segment == "." || segment == ".."))
        .then_some(spelled)
}

async fn no_page(storefront: &Storefront, view: &View, locale: Locale, problem: NoPage) -> Answer {
    let (status, code) = match problem {
        NoPage::Moved(to, tags) => {
            let response = redirect(StatusCode::MOVED_PERMANENTLY, &to, OWN);
            return Answer { response, keep: Some(Keep::Moved), tags: tags.header() };
        }
        NoPage::Elsewhere(to, tags) => {
            let response = redirect(StatusCode::FOUND, &to, OWN);
            return Answer { response, keep: Some(Keep::Missing), tags: tags.header() };
        }
        NoPage::Fault(what) => {
            return Answer { response: storefront.fault(locale, &what).await, keep: None, tags: None };
        }
        NoPage::NotFound => (StatusCode::NOT_FOUND, "not_found"),
        NoPage::BadAddress => (StatusCode::BAD_REQUEST, "bad_address"),
    };
    let response = error_of(storefront, view, locale, status, code, String::new(), String::new());
    let mut tags = Tags::default();
    if status == StatusCode::NOT_FOUND {
        let front = storefront.front(view);
        let shown = front.popular(view, storefront.locale(locale)).iter();
        tags.products.extend(shown.map(|card| product_tag(card.id)));
    }
    Answer { response, keep: Some(Keep::Missing), tags: tags.header() }
}

/// Everything that the bytes follow from, and the address in its own spelling. A store that was restored from a backup
/// gives its versions out a second time; when they were made tells them apart. Tax on show hangs on the day.
fn memo_key(view: &View, day: i32, path: &str, query: &str) -> String {
    let (snapshot, stock) = (&view.snapshot, view.stock.sequence());
    format!("{}.{}.{stock}.{day} {path}?{query}", snapshot.version(), snapshot.created().micros())
}

impl Browse<'_> {
    fn make(&self) -> Result<Made, NoPage> {
        let segments: Vec<String> =
            self.path.split('/').filter(|part| !part.is_empty()).map(|part| urls::decode(part, false)).collect();
        let segments: Vec<&str> = segments.iter().map(String::as_str).collect();
        match segments.as_slice() {
            [] => self.home(),
            ["product", slug] => self.product(slug),
            ["category", slug] => self.category(slug),
            ["offers"] => self.offers(),
            ["offers", slug] => self.offer(slug),
            ["search"] => self.search(),
            ["suggest"] => self.suggest(),
            ["stock"] => self.stock(),
            // The whole shop, as Oscar lists it.
            ["catalogue"] | [_, "catalogue"] => Err(NoPage::spelled(self.locale.url("/search"))),
            ["catalogue", .., old] => self.old_address(&segments, old),
            // Oscar puts a language before its addresses where a store has several.
            [_, "catalogue", .., old] => self.old_address(&segments[1..], old),
            ["sitemap", page] if self.locale.prefix.is_empty() => self.site_file(&format!("sitemap/{page}")),
            [".well-known", file] if self.locale.prefix.is_empty() => self.site_file(&format!(".well-known/{file}")),
            [file] if self.locale.prefix.is_empty() && file.contains('.') => self.site_file(file),
            // Its words stand at the head of the home page.
            ["home"] => Err(NoPage::spelled(self.locale.url("/"))),
            [name] => self.text(name),
            _ => Err(NoPage::NotFound),
        }
    }

    fn made<V: PageView>(&self, meta: &PageMeta, view: &V) -> Result<Made, NoPage> {
        let shell = self.storefront.shell(self.view, self.locale.locale);
        let body = self.storefront.pages().render(&shell, meta, view)?;
        let page = Finished::new(StatusCode::OK, HTML, body);
        Ok(Made { page, tags: Tags::default(), keep: Keep::Priced })
    }

    /// A query string that this page does not know makes other copies of the same page: it goes.
    fn no_query(&self) -> Result<(), NoPage> {
        if self.query.is_empty() { Ok(()) } else { Err(NoPage::spelled(self.locale.url(&urls::spelled(self.path)))) }
    }

    fn home(&self) -> Result<Made, NoPage> {
        self.no_query()?;
        let row = |sort: Sort, title: &str, query: &str| -> Result<(CardRow, Vec<Card>), NoPage> {
            let listing = self.listing(&ListingAddress { sort, page: 1, ..ListingAddress::default() }, None)?;
            let cards: Vec<Card> = listing.cards.into_iter().take(ROW_CARDS).collect();
            let url = format!("{}?sort={query}", self.locale.url("/search"));
            Ok((CardRow { title: title.to_owned(), url, cards: self.cards().of(&cards, 0)? }, cards))
        };
        let (popular, first) = row(Sort::BestSelling, &self.locale.text("popular"), "best-selling")?;
        let (newest, second) = row(Sort::Newest, &self.locale.text("sort-newest"), "newest")?;
        let tops = self.view.snapshot.categories().iter().filter(|entry| entry.parent.is_none() && entry.in_menu);
        let categories: Vec<&CategoryEntry> = tops.take(crate::view::shell::MENU_MAX).collect();
        let lead = self.storefront.find_text("home", self.locale);
        let view = HomeView {
            headline: lead.map(|page| page.title.clone()).unwrap_or_default(),
            lead_html: lead.map(|page| page.html.clone()).unwrap_or_default(),
            action: categories.first().map(|entry| category_link(entry, self.locale)),
            pictures: first
                .iter()
                .filter_map(|card| card.image.as_ref())
                .take(3)
                .map(|picture| image::image_view(picture, "", self.locale))
                .collect(),
            categories: categories.iter().map(|entry| self.tile(entry)).collect(),
            rows: [popular, newest].into_iter().filter(|row| !row.cards.is_empty()).collect(),
        };
        let name = &self.storefront.shop().settings().name;
        let origin = self.storefront.shop().base_url();
        let mut meta = PageMeta::cached("", "/");
        meta.description = match lead {
            Some(page) => json_ld::description(&json_ld::plain_text(&page.html)),
            None => self.locale.text_with("home-welcome", &[("store", Arg::Text(name))]),
        };
        meta.json_ld = vec![json_ld::web_site(name, origin, &self.locale.url("/search"))];
        let mut made = self.made(&meta, &view)?;
        made.tags.products.extend(first.iter().chain(&second).map(|card| product_tag(card.id)));
        Ok(made)
    }

    fn category(&self, slug: &str) -> Result<Made, NoPage> {
        let snapshot = &self.view.snapshot;
        let Some(entry) = snapshot.category_by_slug(slug) else { return Err(NoPage::NotFound) };
        let path = format!("/category/{}", urls::segment(&entry.slug));
        let (address, listing) = self.listed(&path, Some(entry))?;
        let url = self.locale.url(&path);
        let cards = self.cards().of(&listing.cards, EAGER_CARDS)?;
        let children = snapshot.categories().iter().filter(|child| child.parent == Some(entry.id));
        let line = category_path(snapshot.categories(), entry.id);
        let above: Vec<Link> = line.iter().rev().skip(1).rev().map(|above| category_link(above, self.locale)).collect();
        let view = CategoryView {
            title: self.locale.pick(&entry.name).to_owned(),
            breadcrumbs: self.home_and(above),
            description_html: if address.page == 1 {
                self.locale.pick(&entry.description).to_owned()
            } else {
                String::new()
            },
            children: children.map(|child| self.tile(child)).collect(),
            listing: listing_view(&listing, cards, &address, &url, self.locale),
        };
        let title = self.locale.pick(&entry.meta_title);
        let mut meta = PageMeta::cached(if title.is_empty() { &view.title } else { title }, address.url(&path));
        meta.description = match self.locale.pick(&entry.meta_description) {
            "" => json_ld::description(&json_ld::plain_text(self.locale.pick(&entry.description))),
            text => text.to_owned(),
        };
        meta.indexed = address.is_indexed();
        meta.places = line.iter().map(|place| place.slug.clone()).collect();
        let mut crumbs = view.breadcrumbs.clone();
        crumbs.push(category_link(entry, self.locale));
        meta.json_ld = vec![json_ld::breadcrumbs(&crumbs, self.storefront.shop().base_url())];
        let mut made = self.made(&meta, &view)?;
        if address.is_deep() {
            made.keep = Keep::Deep;
        }
        made.tags.categories.insert(category_tag(entry.id));
        made.tags.products.extend(listing.cards.iter().map(|card| product_tag(card.id)));
        made.tags.is_covered = true;
        Ok(made)
    }

    fn search(&self) -> Result<Made, NoPage> {
        let (address, listing) = self.listed("/search", None)?;
        let cards = self.cards().of(&listing.cards, EAGER_CARDS)?;
        let is_empty = listing.total == 0;
        let mut popular = Vec::new();
        let mut categories = Vec::new();
        if is_empty {
            let best = ListingAddress { sort: Sort::BestSelling, page: 1, ..ListingAddress::default() };
            popular = self.listing(&best, None)?.cards.into_iter().take(ROW_CARDS).collect();
            let tops = self.view.snapshot.categories().iter().filter(|entry| entry.parent.is_none());
            categories = tops.map(|entry| self.tile(entry)).collect();
        }
        let view = SearchView {
            words: address.words.clone(),
            corrected: listing.corrected.clone().unwrap_or_default(),
            listing: listing_view(&listing, cards, &address, &self.locale.url("/search"), self.locale),
            near: if is_empty { self.near(&address.words)? } else { Vec::new() },
            categories,
            popular: self.cards().of(&popular, 0)?,
        };
        let title = match address.words.as_str() {
            "" => self.locale.text("search-label"),
            words => self.locale.text_with("search-title", &[("words", crate::messages::Arg::Text(words))]),
        };
        let mut meta = PageMeta::cached(title, address.url("/search"));
        meta.indexed = false;
        meta.words = address.words.clone();
        let mut made = self.made(&meta, &view)?;
        made.keep = Keep::Deep;
        made.tags.products.extend(listing.cards.iter().chain(&popular).map(|card| product_tag(card.id)));
        Ok(made)
    }

    fn near(&self, words: &str) -> Result<Vec<Link>, NoPage> {
        let currency = self.locale.market.currency;
        let found = self.view.snapshot.suggest(words, self.locale.locale.language, currency)?;
        let link = |suggestion: Suggestion| match suggestion {
            Suggestion::Words(words) => {
                let url = format!("{}?q={}", self.locale.url("/search"), urls::query(&words));
                Some(Link { name: words, url })
            }
            Suggestion::Product(_) | Suggestion::Category(_) => None,
        };
        Ok(found.into_iter().filter_map(link).collect())
    }

    fn text(&self, name: &str) -> Result<Made, NoPage> {
        self.no_query()?;
        let known = self.storefront.0.text_order.iter().any(|known| known == name);
        let Some(page) = self.storefront.find_text(name, self.locale).filter(|_| known) else {
            return Err(NoPage::NotFound);
        };
        let sisters = self.storefront.text_pages(self.locale);
        let links = sisters.into_iter().map(|(path, name)| Link { name, url: self.locale.url(&path) });
        let view = TextView::new(page, links.collect());
        let mut meta = PageMeta::cached(&page.title, format!("/{name}"));
        meta.description.clone_from(&page.description);
        let mut made = self.made(&meta, &view)?;
        made.keep = Keep::Plain;
        Ok(made)
    }

    /// `/catalogue/<slug>_<pk>/` with its reviews below and `/catalogue/category/<slugs>_<pk>/` of django-oscar: the key
    /// decides.
    fn old_address(&self, segments: &[&str], old: &str) -> Result<Made, NoPage> {
        let of_product = segments.get(1).filter(|first| **first != "category");
        let key = of_product
            .unwrap_or(&old)
            .rsplit_once('_')
            .and_then(|(_, key)| key.parse::<i64>().ok())
            .ok_or(NoPage::NotFound)?;
        if segments.get(1) == Some(&"category") {
            let entry = self.view.snapshot.category_by_oscar_key(key).ok_or(NoPage::NotFound)?;
            let tags = Tags { categories: [category_tag(entry.id)].into(), ..Tags::default() };
            return Err(NoPage::Moved(category_url(entry, self.locale), tags));
        }
        match self.view.snapshot.slug_by_oscar_key(key)? {
            Some(slug) => self.moved_to_product(&slug),
            None => Err(NoPage::NotFound),
        }
    }

    /// Leads to a product's page, as long as the product is what it is.
    fn moved_to_product(&self, slug: &str) -> Result<Made, NoPage> {
        let document = self.view.snapshot.product(slug)?;
        let products = document.iter().map(|document| product_tag(document.id)).collect();
        Err(NoPage::Moved(product_url(slug, self.locale), Tags { products, ..Tags::default() }))
    }

    /// `/suggest?q=…`: what the search field proposes as one types, as JSON.
    fn suggest(&self) -> Result<Made, NoPage> {
        let address = self.address("/suggest")?;
        let currency = self.locale.market.currency;
        let found = self.view.snapshot.suggest(&address.words, self.locale.locale.language, currency)?;
        let json = suggestions_json(&found, self.view.snapshot.categories(), self.locale);
        let mut made = self.json(json, Keep::Deep);
        for suggestion in &found {
            match suggestion {
                Suggestion::Product(card) => drop(made.tags.products.insert(product_tag(card.id))),
                Suggestion::Category(id) => drop(made.tags.categories.insert(category_tag(*id))),
                Suggestion::Words(_) => {}
            }
        }
        Ok(made)
    }

    /// `/stock`: what is said of stock now and differs from the pages, for the script; the edge keeps it for 5 seconds.
    /// One address serves every page, so that a busy shop asks for it once in these seconds. `/stock?ids=…` answers for
    /// some records alone, where the whole is more than one answer holds.
    fn stock(&self) -> Result<Made, NoPage> {
        if self.query.is_empty() {
            return Ok(self.json(whole_stock_json(self.view.stock.records()), Keep::Stock));
        }
        let fields = Fields::parse(self.query);
        let ids = fields.get("ids");
        if ids.len() > STOCK_IDS_MAX * 40 {
            return Err(NoPage::BadAddress);
        }
        let ids = ids.split(',').take(STOCK_IDS_MAX).filter_map(|raw| StockRecordId::parse(raw).ok());
        let ids: Vec<StockRecordId> = ids.collect();
        let spelled: Vec<String> = ids.iter().map(StockRecordId::to_string).collect();
        let query = if spelled.is_empty() { String::new() } else { format!("?ids={}", spelled.join(",")) };
        if query.trim_start_matches('?') != self.query {
            return Err(NoPage::spelled(format!("{}{query}", self.locale.url("/stock"))));
        }
        let said = ids.into_iter().filter_map(|id| self.view.stock.find(id).map(|now| (id, now)));
        Ok(self.json(stock_json(said), Keep::Stock))
    }

    fn json(&self, text: String, keep: Keep) -> Made {
        let body = bytes::Bytes::from(text);
        Made { page: Finished::new(StatusCode::OK, "application/json", body), tags: Tags::default(), keep }
    }

    fn site_file(&self, name: &str) -> Result<Made, NoPage> {
        self.no_query()?;
        let (content_type, body) = site::file(self.storefront, self.view, name)?.ok_or(NoPage::NotFound)?;
        let page = Finished::new(StatusCode::OK, content_type, body);
        Ok(Made { page, tags: Tags::default(), keep: Keep::Plain })
    }

    /// The listing's address in its one spelling; any other is sent there.
    fn address(&self, path: &str) -> Result<ListingAddress, NoPage> {
        let address = ListingAddress::parse(self.query).map_err(|_| NoPage::BadAddress)?;
        match address.redirect(self.query) {
            Some(_) => Err(NoPage::spelled(address.url(&self.locale.url(path)))),
            None => Ok(address),
        }
    }

    /// What a listing's address asks for. A page past the last leads to the last, whatever its number and spelling.
    fn listed(&self, path: &str, category: Option<&CategoryEntry>) -> Result<(ListingAddress, Listing), NoPage> {
        let address = ListingAddress::parse(self.query).map_err(|_| NoPage::BadAddress)?;
        if address.page < PAGE_PAST_ALL && address.redirect(self.query).is_some() {
            return Err(NoPage::spelled(address.url(&self.locale.url(path))));
        }
        let listing = self.listing(&address, category)?;
        let last = pages_total(&listing);
        if address.page > last {
            let categories = category.iter().map(|entry| category_tag(entry.id)).collect();
            let to = address.with_page(last).url(&self.locale.url(path));
            return Err(NoPage::Elsewhere(to, Tags { categories, ..Tags::default() }));
        }
        Ok((address, listing))
    }

    fn listing(&self, address: &ListingAddress, category: Option<&CategoryEntry>) -> Result<Listing, NoPage> {
        let query = address.query(category.map(|entry| entry.id), self.locale);
        Ok(self.view.snapshot.listing(&query)?)
    }

    /// Maker of cards for this page.
    fn cards(&self) -> Cards<'_> {
        Cards::new(self.storefront, self.view, self.locale)
    }

    fn tile(&self, entry: &CategoryEntry) -> CategoryTile {
        CategoryTile {
            name: self.locale.pick(&entry.name).to_owned(),
            url: category_url(entry, self.locale),
            image: entry.image.as_ref().map(|source| image::source_view(source)),
        }
    }

    fn home_and(&self, links: Vec<Link>) -> Vec<Link> {
        let home = Link { name: self.storefront.shop().settings().name.clone(), url: self.locale.url("/") };
        std::iter::once(home).chain(links).collect()
    }
}
