//! What there is to look at: learnt from the sitemap and from listing pages, as a search engine learns it.

use crate::client::{Client, Failure, Want};
use crate::dice::{Dice, mix};
use crate::kind::{ErrorKind, Kind};
use crate::page::Page;
use crate::plan::Device;
use crate::report::ShopKind;
use crate::site::Site;
use crate::sitemap::Sitemap;
use crate::zipf::Zipf;
use bytes::Bytes;
use http::Request;
use http::header::{ACCEPT_ENCODING, LOCATION, USER_AGENT};
use http_body_util::Full;
use std::collections::{BTreeMap, HashMap};
use url::Url;

/// Files of a sitemap that are read.
const SITEMAPS_MAX: usize = 200;
/// Addresses that are taken from them.
const LOCATIONS_MAX: usize = 500_000;
/// Listing pages that are read for titles, over all locales.
const LISTINGS_MAX: usize = 40;
/// Product pages that are asked whether they can be bought.
const PROOFS_MAX: usize = 5;
/// Locales that are told apart.
const LOCALES_MAX: usize = 50;
const REDIRECTS_MAX: usize = 10;
/// Shortest word that is searched for, in characters.
const WORD_CHARS_MIN: usize = 3;

/// Pages of a shop.
#[derive(Debug)]
pub(crate) struct Catalogue {
    pub(crate) kind: ShopKind,
    /// What keeps it from being shopped in, or what part of it is not seen.
    pub(crate) note: Option<String>,
    /// The first is where most shoppers are.
    locales: Vec<Shelf>,
    /// All pages that the sitemap names, for a shop of another kind.
    pages: Ranked<Url>,
}

/// The pages of one locale.
#[derive(Debug)]
struct Shelf {
    home: Url,
    categories: Ranked<Url>,
    products: Ranked<Item>,
}

#[derive(Clone, Debug)]
struct Item {
    url: Url,
    /// Its title if a listing told it, or else what its address says.
    title: String,
}

/// Things by their popularity: the same order in each locale, and none that the sitemap's order gives away.
#[derive(Debug)]
struct Ranked<T> {
    items: Vec<T>,
    ranks: Zipf,
}

impl<T> Ranked<T> {
    fn new(mut items: Vec<T>, name: impl Fn(&T) -> &str, seed: u64) -> Self {
        items.sort_by_cached_key(|item| popularity(name(item), seed));
        let ranks = Zipf::new(items.len());
        Self { items, ranks }
    }

    fn draw(&self, dice: &mut Dice) -> Option<&T> {
        self.ranks.draw(dice).and_then(|rank| self.items.get(rank))
    }
}

/// FNV-1a of the name, stirred by the seed.
fn popularity(name: &str, seed: u64) -> u64 {
    let hash = name
        .bytes()
        .fold(0xcbf2_9ce4_8422_2325_u64, |hash, byte| (hash ^ u64::from(byte)).wrapping_mul(0x0100_0000_01b3));
    mix(hash ^ seed)
}

impl Catalogue {
    /// Looks around in a shop. `None` where there is nothing to look at: no sitemap, and nothing that can be bought.
    pub(crate) async fn learn(client: &Client, site: &mut Site, seed: u64) -> Result<Option<Self>, Failure> {
        let home = get(client, site, site.home().clone(), Want::Text).await?;
        let (locations, left_out) = sitemap(client, site).await;
        if let Some(first) = locations.first() {
            site.set_alias(first);
        }
        let mut urls: Vec<Url> =
            locations.into_iter().filter(|url| site.is_own(url)).map(|url| site.here(url)).collect();
        let is_mapped = !urls.is_empty();
        urls.push(site.home().clone());
        if !is_mapped {
            let page = Page::read(&home, site.home(), Device::Desktop);
            urls.extend(page.links.into_iter().map(|link| site.here(link.url)).filter(|url| site.is_own(url)));
        }
        urls.sort();
        urls.dedup();
        let mut shelves = shelves(&urls, site);
        let can_be_bought = can_be_bought(client, site, &shelves).await;
        if can_be_bought {
            name_products(client, site, &mut shelves).await;
        }
        let note = match (can_be_bought, is_mapped) {
            (true, _) => left_out,
            (false, true) => {
                Some("no product with a form that leads to /basket/lines: pages of the sitemap are read only")
            }
            (false, false) => return Ok(None),
        };
        let locales = shelves.into_iter().map(|shelf| shelf.rank(seed)).collect();
        Ok(Some(Self {
            kind: if can_be_bought { ShopKind::Tradewind } else { ShopKind::Other },
            note: note.map(str::to_owned),
            locales,
            pages: Ranked::new(urls, |url| url.as_str(), seed),
        }))
    }

    /// The locale of a session: half are in the first, the others in any.
    pub(crate) fn locale(&self, dice: &mut Dice) -> usize {
        if dice.below(2) == 0 { 0 } else { dice.below(self.locales.len()) }
    }

    pub(crate) fn home(&self, locale: usize) -> Option<Url> {
        Some(self.locales.get(locale)?.home.clone())
    }

    pub(crate) fn category(&self, locale: usize, dice: &mut Dice) -> Option<Url> {
        self.locales.get(locale)?.categories.draw(dice).cloned()
    }

    pub(crate) fn product(&self, locale: usize, dice: &mut Dice) -> Option<Url> {
        Some(self.locales.get(locale)?.products.draw(dice)?.url.clone())
    }

    /// Any page that the sitemap names.
    pub(crate) fn page(&self, dice: &mut Dice) -> Option<Url> {
        self.pages.draw(dice).cloned()
    }

    /// What somebody searches for: one or two words of a title.
    pub(crate) fn words(&self, locale: usize, dice: &mut Dice) -> Option<String> {
        let item = self.locales.get(locale)?.products.draw(dice)?;
        let is_word = |word: &&str| WORD_CHARS_MIN <= word.chars().count();
        let words: Vec<&str> = item.title.split(|c: char| !c.is_alphanumeric()).filter(is_word).collect();
        let first = dice.below(words.len());
        let more = dice.below(2);
        let chosen = words.get(first..(first + 1 + more).min(words.len()))?;
        Some(chosen.join(" ").to_lowercase()).filter(|words| !words.is_empty())
    }

    /// What an address of the shop is for.
    pub(crate) fn kind_of(&self, url: &Url) -> Kind {
        if self.kind == ShopKind::Other {
            return Kind::Page;
        }
        let is_home = self.locales.iter().any(|shelf| shelf.home.path() == url.path());
        if is_home { Kind::Home } else { Kind::of(url.path()) }
    }

    /// Products, categories and all pages that are known.
    pub(crate) fn sizes(&self) -> (usize, usize, usize) {
        let products = self.locales.iter().map(|shelf| shelf.products.items.len()).max();
        let categories = self.locales.iter().map(|shelf| shelf.categories.items.len()).max();
        (products.unwrap_or_default(), categories.unwrap_or_default(), self.pages.items.len())
    }
}

/// A locale's pages in the order of the sitemap.
struct PlainShelf {
    home: Url,
    categories: Vec<Url>,
    products: Vec<Item>,
}

impl PlainShelf {
    fn rank(self, seed: u64) -> Shelf {
        let last = |url: &Url| url.path().rfind('/').unwrap_or_default();
        Shelf {
            categories: Ranked::new(self.categories, |url| &url.path()[last(url)..], seed),
            products: Ranked::new(self.products, |item| &item.url.path()[last(&item.url)..], seed),
            home: self.home,
        }
    }
}

/// Products and categories by what stands before them: `/product/mug` and `/de/product/mug`.
fn shelves(urls: &[Url], site: &Site) -> Vec<PlainShelf> {
    let mut shelves: BTreeMap<&str, (Vec<Url>, Vec<Item>)> = BTreeMap::new();
    for url in urls {
        let parts = url.path().split_once("/product/").map(|parts| (true, parts));
        let parts = parts.or_else(|| url.path().split_once("/category/").map(|parts| (false, parts)));
        let Some((is_product, (prefix, slug))) = parts else { continue };
        if LOCALES_MAX <= shelves.len() && !shelves.contains_key(prefix) {
            continue;
        }
        let (categories, products) = shelves.entry(prefix).or_default();
        if is_product {
            products.push(Item { url: url.clone(), title: slug.replace('-', " ") });
        } else {
            categories.push(url.clone());
        }
    }
    let shelf = |(prefix, (categories, products)): (&str, _)| {
        let mut home = site.home().clone();
        home.set_path(if prefix.is_empty() { "/" } else { prefix });
        PlainShelf { home, categories, products }
    };
    // The empty prefix, the first market's, comes first.
    shelves.into_iter().map(shelf).filter(|shelf| !shelf.products.is_empty()).collect()
}

async fn can_be_bought(client: &Client, site: &Site, shelves: &[PlainShelf]) -> bool {
    let products = shelves.iter().flat_map(|shelf| shelf.products.iter().take(PROOFS_MAX));
    for item in products.take(PROOFS_MAX) {
        let Ok(html) = get(client, site, item.url.clone(), Want::Text).await else { continue };
        if Page::read(&html, &item.url, Device::Desktop).buy_form().is_some() {
            return true;
        }
    }
    false
}

/// Titles from listing pages, one category of each locale after the other.
async fn name_products(client: &Client, site: &Site, shelves: &mut [PlainShelf]) {
    let each = LISTINGS_MAX.div_ceil(shelves.len().max(1));
    for shelf in shelves {
        let mut titles: HashMap<String, String> = HashMap::new();
        for url in shelf.categories.iter().take(each) {
            let Ok(html) = get(client, site, url.clone(), Want::Text).await else { continue };
            let page = Page::read(&html, url, Device::Desktop);
            titles.extend(page.products().into_iter().map(|link| (link.url.path().to_owned(), link.text.clone())));
        }
        for item in &mut shelf.products {
            if let Some(title) = titles.remove(item.url.path()) {
                item.title = title;
            }
        }
    }
}

/// The addresses of all files of the sitemap, none where there is none; and what is not among them.
async fn sitemap(client: &Client, site: &mut Site) -> (Vec<Url>, Option<&'static str>) {
    let mut first = site.home().clone();
    first.set_path("/sitemap.xml");
    let (mut files, mut read, mut locations) = (vec![first], 0, Vec::new());
    let mut left_out = None;
    while let Some(url) = files.pop() {
        read += 1;
        let Ok(xml) = get(client, site, url, Want::Sitemap).await else {
            left_out = Some("not all files of the sitemap could be read");
            continue;
        };
        let found = Sitemap::parse(&xml, LOCATIONS_MAX - locations.len());
        if !found.is_index {
            locations.extend(found.locations);
        } else if read == 1 {
            if let Some(first) = found.locations.first() {
                site.set_alias(first);
            }
            files.extend(
                found.locations.into_iter().take(SITEMAPS_MAX).filter(|url| site.is_own(url)).map(|url| site.here(url)),
            );
            files.reverse();
        }
        if LOCATIONS_MAX <= locations.len() {
            left_out = Some("only the first 500,000 addresses of the sitemap were taken");
            break;
        }
    }
    (locations, left_out)
}

/// A page of the shop's, which must be there.
async fn get(client: &Client, site: &Site, mut url: Url, want: Want) -> Result<String, Failure> {
    for _ in 0..REDIRECTS_MAX {
        let request =
            Request::get(url.as_str()).header(USER_AGENT, crate::USER_AGENT).header(ACCEPT_ENCODING, "gzip, br");
        let request = request.body(Full::<Bytes>::default());
        let request = request.map_err(|error| Failure::new(ErrorKind::Redirects, error.to_string()))?;
        let answer = client.send(request, want).await?;
        let target = answer.headers.get(LOCATION).and_then(|target| url.join(target.to_str().ok()?).ok());
        match target.filter(|_| answer.status.is_redirection()) {
            Some(target) if site.is_own(&target) => url = site.here(target),
            Some(target) => return Err(Failure::new(ErrorKind::Redirects, format!("{url} leads away to {target}"))),
            None if answer.status.is_success() => return Ok(answer.text),
            None => return Err(Failure::new(ErrorKind::Status, format!("{url} says {}", answer.status))),
        }
    }
    Err(Failure::new(ErrorKind::Redirects, format!("{url} leads on and on")))
}
