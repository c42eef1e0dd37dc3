//! Cards of products: each stands on many pages, so its markup is made once for a snapshot and a state of stock.

use super::Storefront;
use crate::locale::PageLocale;
use crate::render::{RenderError, Shell};
use crate::view::card::{CardMarkup, card_view};
use catalog::document::Card;
use catalog::{SnapshotError, View};
use commerce::availability::Availability;
use commerce::ids::ProductId;
use commerce::market::Locale;
use commerce::moment::Moment;
use std::sync::Arc;

/// Most bytes of cards that are kept.
const CARDS_BYTES_MAX: u64 = 2 << 20;
/// What a kept card weighs beside its markup, in bytes.
const CARD_BYTES: usize = 700;

/// Cards that were made, the ones that are asked for most.
pub(super) type KeptCards = moka::sync::Cache<CardKey, Arc<KeptCard>>;

/// A product in a snapshot, as a locale shows it.
#[derive(PartialEq, Eq, Hash)]
pub(super) struct CardKey {
    /// Version and moment: a store that was restored from a backup gives its versions out a second time.
    snapshot: (u64, Moment),
    /// Tax on show hangs on it.
    day: i32,
    locale: Locale,
    product: ProductId,
    eager: bool,
}

/// A card with what was said of its stock when it was made.
pub(super) struct KeptCard {
    card: Card,
    stock: Option<Availability>,
    markup: CardMarkup,
}

/// Why there are no cards.
#[derive(Debug, thiserror::Error)]
pub(super) enum NoCards {
    #[error(transparent)]
    Snapshot(#[from] SnapshotError),
    #[error(transparent)]
    Render(#[from] RenderError),
}

/// An empty store of cards.
pub(super) fn kept_cards() -> KeptCards {
    let weigh = |_: &CardKey, kept: &Arc<KeptCard>| u32::try_from(CARD_BYTES + kept.markup.bytes()).unwrap_or(u32::MAX);
    moka::sync::Cache::builder().max_capacity(CARDS_BYTES_MAX).weigher(weigh).build()
}

/// Makes the cards of a page.
pub(super) struct Cards<'c> {
    storefront: &'c Storefront,
    view: &'c View,
    page: &'c PageLocale,
    shell: Shell,
}

impl<'c> Cards<'c> {
    pub(super) fn new(storefront: &'c Storefront, view: &'c View, page: &'c PageLocale) -> Self {
        Self { storefront, view, page, shell: storefront.shell(view, page.locale) }
    }

    /// Cards in their order; pictures of the first `eager` are loaded at once.
    pub(super) fn of(&self, cards: &[Card], eager: usize) -> Result<Vec<CardMarkup>, RenderError> {
        let markup = |(place, card): (usize, &Card)| {
            let key = self.key(card.id, place < eager);
            let stock = self.stock(card);
            match self.storefront.0.cards.get(&key) {
                Some(kept) if kept.stock == stock => Ok(kept.markup.clone()),
                _ => self.make(key, card.clone(), stock),
            }
        };
        cards.iter().enumerate().map(markup).collect()
    }

    /// The first `most` of these products that the snapshot has.
    pub(super) fn find(&self, products: &[ProductId], most: usize) -> Result<Vec<(ProductId, CardMarkup)>, NoCards> {
        let mut found = Vec::new();
        let mut rest = products;
        // Those that nobody asked for yet are asked for together; where some are gone, further ones take their places.
        while found.len() < most && !rest.is_empty() {
            let (some, others) = rest.split_at(rest.len().min(most - found.len()));
            rest = others;
            let kept: Vec<_> = some.iter().map(|id| self.storefront.0.cards.get(&self.key(*id, false))).collect();
            let unknown = some.iter().zip(&kept).filter(|(_, kept)| kept.is_none()).map(|(id, _)| *id);
            let asked = self.view.snapshot.cards(&unknown.collect::<Vec<_>>())?;
            for (id, kept) in some.iter().zip(kept) {
                let card = match &kept {
                    Some(kept) => &kept.card,
                    None => match asked.iter().find(|card| card.id == *id) {
                        Some(card) => card,
                        None => continue,
                    },
                };
                let stock = self.stock(card);
                let markup = match &kept {
                    Some(kept) if kept.stock == stock => kept.markup.clone(),
                    _ => self.make(self.key(*id, false), card.clone(), stock)?,
                };
                found.push((*id, markup));
            }
        }
        Ok(found)
    }

    fn key(&self, product: ProductId, eager: bool) -> CardKey {
        let snapshot = &self.view.snapshot;
        let day = self.storefront.pages().day();
        CardKey { snapshot: (snapshot.version(), snapshot.created()), day, locale: self.page.locale, product, eager }
    }

    fn make(&self, key: CardKey, card: Card, stock: Option<Availability>) -> Result<CardMarkup, RenderError> {
        let shown = card_view(&card, stock, self.page);
        let markup = self.storefront.pages().render_card(&self.shell, &shown, key.eager)?;
        self.storefront.0.cards.insert(key, Arc::new(KeptCard { card, stock, markup: markup.clone() }));
        Ok(markup)
    }

    /// What the overlay says of a card: only if it speaks of every stock record behind it.
    fn stock(&self, card: &Card) -> Option<Availability> {
        let now = |record| self.view.stock.find(record);
        if card.stock_records.iter().all(|record| now(*record).is_none()) {
            return None;
        }
        // A record that the overlay does not name is as the snapshot says: at best as good as the card.
        Some(Availability::best(card.stock_records.iter().map(|record| now(*record).unwrap_or(card.availability))))
    }
}
