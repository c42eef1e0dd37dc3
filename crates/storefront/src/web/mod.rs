//! The storefront on HTTP: which address shows what, and which of it the edge may keep.
//!
//! Start at [`routes::ROUTES`], the one table of addresses, then [`Storefront`].

mod basket;
mod browse;
mod cards;
mod checkout;
mod delivery;
mod download;
mod draft;
mod finished;
mod forms;
mod gift_cards;
mod guard;
mod keep;
mod lines;
mod offers;
mod order;
mod pay;
mod respond;
pub mod routes;
mod site;
mod visit;

use crate::locale::PageLocale;
use crate::render::{Pages, Shell};
use crate::text_page::TextPage;
use crate::theme::Theme;
use crate::view::shell::{ContactView, ShellSource, shell_view};
use anyhow::Context;
use catalog::document::Card;
use catalog::query::{ListingQuery, Sort};
use catalog::{Look, View};
use commerce::language::Language;
use commerce::market::Locale;
use commerce::moment::Moment;
use finished::Finished;
use shop::Shop;
use std::collections::HashMap;
use std::path::Path;
use std::sync::{Arc, OnceLock, PoisonError, RwLock};

/// Static pages that a store may have, in the order of the footer; others of the folder follow by name.
const TEXT_PAGES: [&str; 7] = ["about", "delivery", "returns", "privacy", "terms", "imprint", "accessibility"];
/// Products that a page shows which has nothing of its own.
const POPULAR_MAX: usize = 4;
/// Most static pages of a store.
const TEXT_PAGES_MAX: usize = 64;

/// The storefront of an open store. Clones share it.
#[derive(Clone)]
pub struct Storefront(Arc<Inner>);

struct Inner {
    shop: Shop,
    pages: Pages,
    texts: HashMap<(Language, String), TextPage>,
    text_order: Vec<String>,
    /// Finished pages, bounded by weight; none where the settings say that each is made anew.
    memo: Option<moka::sync::Cache<String, Arc<Finished>>>,
    front: RwLock<Arc<Front>>,
    cards: cards::KeptCards,
    /// Whether browsers reach the shop by https, so that cookies may say so.
    is_secure: bool,
    /// Most bytes of an answer, where whatever stands in front of the store takes no more.
    answer_bytes_max: OnceLock<u64>,
}

/// What of a store's folder keeps its storefront from being opened: theme, static pages.
pub fn check(folder: &Path, settings: &shop::settings::Settings) -> Vec<anyhow::Error> {
    let theme = load_theme(folder, settings).err();
    let texts = load_texts(&folder.join("pages"), &settings.markets.languages()).err();
    theme.into_iter().chain(texts).collect()
}

fn load_theme(folder: &Path, settings: &shop::settings::Settings) -> anyhow::Result<Pages> {
    let theme = Theme::load(&folder.join("theme")).context("the theme cannot be used")?;
    Ok(Pages::new(theme, &settings.markets, settings.prices_entered, settings.time_zone.clone())?)
}

/// What pages of one snapshot share.
struct Front {
    /// Version and moment: a store that was restored from a backup gives its versions out a second time.
    version: (u64, Moment),
    shells: Vec<Shell>,
    /// What sells best in each locale; looked up when it is first asked for.
    popular: Vec<(Locale, OnceLock<Vec<Card>>)>,
}

impl Front {
    /// What others like, at most [`POPULAR_MAX`]: shown where a page has nothing of its own.
    fn popular(&self, view: &View, page: &PageLocale) -> &[Card] {
        let find = || {
            let query = ListingQuery {
                category: None,
                words: None,
                language: page.locale.language,
                currency: page.market.currency,
                chosen: Vec::new(),
                price_min: None,
                price_max: None,
                sort: Sort::BestSelling,
                page: 1,
            };
            let mut cards = view.snapshot.listing(&query).map(|listing| listing.cards).unwrap_or_default();
            cards.truncate(POPULAR_MAX);
            cards
        };
        let known = self.popular.iter().find(|(locale, _)| *locale == page.locale);
        known.map_or(&[], |(_, cards)| cards.get_or_init(find))
    }
}

impl Storefront {
    /// Loads theme and static pages of the store's folder.
    pub fn open(shop: Shop) -> anyhow::Result<Self> {
        let settings = shop.settings();
        let pages = load_theme(shop.folder(), settings)?;
        let (texts, text_order) = load_texts(&shop.folder().join("pages"), &settings.markets.languages())?;
        let memo = (settings.page_memory_bytes > 0).then(|| {
            moka::sync::Cache::builder()
                .max_capacity(settings.page_memory_bytes)
                .weigher(|key: &String, page: &Arc<Finished>| {
                    page.weight().saturating_add(u32::try_from(key.len()).unwrap_or(u32::MAX))
                })
                .build()
        });
        let is_secure = shop.base_url().starts_with("https://");
        let front = RwLock::new(Arc::new(Front {
            version: (u64::MAX, Moment::default()),
            shells: Vec::new(),
            popular: Vec::new(),
        }));
        let cards = cards::kept_cards();
        let answer_bytes_max = OnceLock::new();
        Ok(Self(Arc::new(Inner { shop, pages, texts, text_order, memo, front, cards, is_secure, answer_bytes_max })))
    }

    /// Says how many bytes an answer may have. Files that are longer are refused before anything is counted; pages are
    /// far below any such bound.
    pub fn bound_answers(&self, bytes_max: u64) {
        let _ = self.0.answer_bytes_max.set(bytes_max);
    }

    fn shop(&self) -> &Shop {
        &self.0.shop
    }

    fn pages(&self) -> &Pages {
        &self.0.pages
    }

    /// A finished page of that key, if it was kept.
    fn find_finished(&self, key: &str) -> Option<Arc<Finished>> {
        self.0.memo.as_ref()?.get(key)
    }

    fn keep_finished(&self, key: String, page: &Arc<Finished>) {
        if let Some(memo) = &self.0.memo {
            memo.insert(key, page.clone());
        }
    }

    fn locale(&self, locale: Locale) -> &PageLocale {
        self.0.pages.locale(locale)
    }

    /// The newest snapshot, looked at recently enough for a page that the edge may keep.
    async fn look(&self) -> Look {
        let now = self.shop().now();
        self.pages().at(now);
        let look = self.shop().snapshots().look(now).await;
        if let Some(problem) = &look.problem {
            tracing::error!(%problem, "the catalogue snapshot cannot be looked at; pages come from the last good one");
        }
        look
    }

    /// The shell of a locale for a snapshot; made once.
    fn shell(&self, view: &View, locale: Locale) -> Shell {
        let front = self.front(view);
        let place = self.0.pages.locales().iter().position(|known| known.locale == locale).unwrap_or_default();
        front.shells[place].clone()
    }

    fn front(&self, view: &View) -> Arc<Front> {
        let version = (view.snapshot.version(), view.snapshot.created());
        let known = self.0.front.read().unwrap_or_else(PoisonError::into_inner).clone();
        if known.version == version {
            return known;
        }
        let all: Vec<&PageLocale> = self.0.pages.locales().iter().collect();
        let settings = self.shop().settings();
        let now = self.shop().now().max(view.snapshot.created());
        // Where the rules cannot be read, pages that need them say so.
        let rules = self.shop().published_rules(view).ok();
        let has_offers = |currency| rules.as_ref().is_some_and(|rules| !rules.public_offers(currency, now).is_empty());
        let shell = |locale: &&PageLocale| {
            let mut text_pages = self.text_pages(locale);
            if has_offers(locale.market.currency) {
                text_pages.push(("/offers".to_owned(), locale.text("offers-title")));
            }
            let source = ShellSource {
                store_name: &settings.name,
                origin: self.shop().base_url(),
                categories: view.snapshot.categories(),
                text_pages: &text_pages,
                contact: ContactView {
                    email: settings.contact.email.clone(),
                    phone: settings.contact.phone.clone(),
                    address: settings.contact.address.clone(),
                },
            };
            Shell::new(locale.locale, &shell_view(&source, locale, &all))
        };
        let popular = all.iter().map(|page| (page.locale, OnceLock::new())).collect();
        let front = Arc::new(Front { version, shells: all.iter().map(shell).collect(), popular });
        *self.0.front.write().unwrap_or_else(PoisonError::into_inner) = front.clone();
        front
    }

    /// Path and title of every static page in a locale.
    fn text_pages(&self, locale: &PageLocale) -> Vec<(String, String)> {
        let title = |name: &String| self.find_text(name, locale).map(|page| (format!("/{name}"), page.title.clone()));
        self.0.text_order.iter().filter_map(title).collect()
    }

    /// A static page, in this language or the store's first.
    fn find_text(&self, name: &str, locale: &PageLocale) -> Option<&TextPage> {
        let order = self.shop().settings().markets.text_order(locale.locale);
        order.iter().find_map(|language| self.0.texts.get(&(*language, name.to_owned())))
    }
}

/// Reads `pages/<language>/<name>.md`.
type Texts = (HashMap<(Language, String), TextPage>, Vec<String>);

fn load_texts(folder: &Path, languages: &[Language]) -> anyhow::Result<Texts> {
    let mut texts = HashMap::new();
    let mut names: Vec<String> = Vec::new();
    for language in languages {
        let Ok(entries) = folder.join(language.code()).read_dir() else { continue };
        for entry in entries.take(TEXT_PAGES_MAX) {
            let path = entry?.path();
            let name = path.file_stem().and_then(|name| name.to_str()).unwrap_or_default().to_owned();
            if path.extension().is_none_or(|ending| ending != "md") || !is_page_name(&name) {
                continue;
            }
            let text = std::fs::read_to_string(&path).with_context(|| format!("cannot read {}", path.display()))?;
            let page = TextPage::parse(&text).with_context(|| format!("in {}", path.display()))?;
            if !names.contains(&name) {
                names.push(name.clone());
            }
            texts.insert((*language, name), page);
        }
    }
    names.retain(|name| name != "home");
    names.sort_by_key(|name| (TEXT_PAGES.iter().position(|known| known == name).unwrap_or(usize::MAX), name.clone()));
    Ok((texts, names))
}

fn is_page_name(name: &str) -> bool {
    let shaped = !name.is_empty() && name.bytes().all(|byte| byte.is_ascii_lowercase() || byte == b'-');
    shaped && !commerce::market::RESERVED_SEGMENTS.contains(&name)
}
