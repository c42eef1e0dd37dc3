//! Offers: the list of those that are open to everybody, and each with the goods that it asks for.

use super::{Browse, Made, NoPage};
use crate::listing_address::ListingAddress;
use crate::messages::Arg;
use crate::view::Link;
use crate::view::card::CardMarkup;
use crate::view::offers::{OfferTile, OfferView, OffersView};
use crate::view::shell::PageMeta;
use catalog::document::{CategoryEntry, ProductDocument};
use catalog::query::Sort;
use commerce::ids::ProductId;
use commerce::moment::Moment;
use commerce::offer::{Offer, OfferKind};
use commerce::range::RangedProduct;
use shop::publish::{category_tag, product_tag};
use shop::rules::LoadedRules;
use std::sync::Arc;

/// Products that an offer's page shows.
const CARDS_MAX: usize = 24;
/// Categories that an offer's page shows.
const CATEGORIES_MAX: usize = 12;
/// Offers that the list shows.
const OFFERS_SHOWN_MAX: usize = 100;
/// Offers that a product's page names.
const OF_PRODUCT_MAX: usize = 4;

impl Browse<'_> {
    /// How an offer stands in the address of its page, in the store's first language whoever reads it.
    fn offer_slug(&self, rules: &LoadedRules, offer: &Offer) -> String {
        rules.slug(offer, &self.storefront.shop().settings().markets.languages())
    }

    /// The path of an offer's page.
    fn offer_path(&self, rules: &LoadedRules, offer: &Offer) -> String {
        format!("/offers/{}", crate::urls::segment(&self.offer_slug(rules, offer)))
    }

    /// The rules of the snapshot that the page is made from.
    fn rules(&self) -> Result<Arc<LoadedRules>, NoPage> {
        self.storefront.shop().published_rules(self.view).map_err(|error| NoPage::Fault(format!("{error:#}")))
    }

    /// The moment by which offers are open: not before the snapshot's own, whose next change is another one.
    fn moment(&self) -> Moment {
        self.storefront.shop().now().max(self.view.snapshot.created())
    }

    /// Offers that everybody has now, in the order in which they apply.
    fn public_offers<'r>(&self, rules: &'r LoadedRules) -> Vec<&'r Offer> {
        rules.public_offers(self.locale.market.currency, self.moment())
    }

    /// `/offers`
    pub(super) fn offers(&self) -> Result<Made, NoPage> {
        self.no_query()?;
        let rules = self.rules()?;
        let tile = |offer: &Offer| OfferTile {
            name: self.locale.pick(offer.name()).to_owned(),
            url: self.locale.url(&self.offer_path(&rules, offer)),
            description_html: rules.description(offer.id()).map_or("", |text| self.locale.pick(text)).to_owned(),
            until: self.until(offer),
        };
        let title = self.locale.text("offers-title");
        let offers = self.public_offers(&rules).into_iter().take(OFFERS_SHOWN_MAX).map(tile).collect();
        let meta = PageMeta::cached(&title, "/offers");
        self.made(&meta, &OffersView { title, offers })
    }

    /// `/offers/{slug}`: one that is open to everybody, or that this page opens.
    pub(super) fn offer(&self, slug: &str) -> Result<Made, NoPage> {
        self.no_query()?;
        let rules = self.rules()?;
        let offer = rules.find_by_slug(slug, self.moment()).ok_or(NoPage::NotFound)?;
        let is_open = rules.is_open(offer, self.locale.market.currency, self.moment());
        if !is_open || !matches!(offer.kind(), OfferKind::Site | OfferKind::Link) {
            return Err(NoPage::NotFound);
        }
        let path = self.offer_path(&rules, offer);
        if self.offer_slug(&rules, offer) != slug {
            return Err(NoPage::spelled(self.locale.url(&path)));
        }
        let goods = rules.range(offer.condition().range().id());
        let products = goods.map(|range| &range.products[..]).unwrap_or_default();
        let mut found = self.cards().find(products, CARDS_MAX)?;
        let categories = goods.map(|range| &range.categories[..]).unwrap_or_default();
        let categories: Vec<&CategoryEntry> =
            categories.iter().filter_map(|id| self.view.snapshot.category(*id)).take(CATEGORIES_MAX).collect();
        for entry in &categories {
            found.extend(self.best_of(entry, CARDS_MAX.saturating_sub(found.len()))?);
        }
        let (shown, cards): (Vec<_>, Vec<_>) = found.into_iter().unzip();
        let opens = if *offer.kind() == OfferKind::Link { offer.id().to_string() } else { String::new() };
        let all = Link { name: self.locale.text("offers-title"), url: self.locale.url("/offers") };
        let view = OfferView {
            title: self.locale.pick(offer.name()).to_owned(),
            breadcrumbs: self.home_and(if opens.is_empty() { vec![all] } else { Vec::new() }),
            description_html: rules.description(offer.id()).map_or("", |text| self.locale.pick(text)).to_owned(),
            until: self.until(offer),
            cards,
            categories: categories.iter().map(|entry| self.tile(entry)).collect(),
            all_url: if goods.is_some_and(|range| range.takes_all) {
                self.locale.url("/search")
            } else {
                String::new()
            },
            opens,
        };
        let mut meta = PageMeta::cached(&view.title, path);
        // Who has the link may use it; nobody is to find it.
        meta.indexed = view.opens.is_empty();
        let mut made = self.made(&meta, &view)?;
        made.tags.products.extend(shown.into_iter().map(product_tag));
        made.tags.categories.extend(categories.iter().map(|entry| category_tag(entry.id)));
        Ok(made)
    }

    /// The products of a category that sell best.
    fn best_of(&self, entry: &CategoryEntry, most: usize) -> Result<Vec<(ProductId, CardMarkup)>, NoPage> {
        if most == 0 {
            return Ok(Vec::new());
        }
        let best = ListingAddress { sort: Sort::BestSelling, page: 1, ..ListingAddress::default() };
        let mut listed = self.listing(&best, Some(entry))?.cards;
        listed.truncate(most);
        let cards = self.cards().of(&listed, 0)?;
        Ok(listed.into_iter().map(|card| card.id).zip(cards).collect())
    }

    fn until(&self, offer: &Offer) -> String {
        let day = offer.end().map(|end| self.locale.date(end));
        day.map(|day| self.locale.text_with("say-offer-until", &[("date", Arg::Text(&day))])).unwrap_or_default()
    }

    /// Offers for everybody that count this product.
    pub(super) fn offers_of(&self, document: &ProductDocument) -> Result<Vec<Link>, NoPage> {
        let rules = self.rules()?;
        let parent = (document.variants.first()).is_some_and(|variant| variant.id != document.id);
        let ranged = |product| RangedProduct {
            product,
            parent: parent.then_some(document.id),
            class: document.marks.class,
            categories: document.marks.categories.clone(),
        };
        let discountable = document.variants.iter().filter(|variant| variant.is_discountable);
        let variants: Vec<RangedProduct> = discountable.map(|variant| ranged(variant.id)).collect();
        let counts = |offer: &&Offer| variants.iter().any(|variant| offer.condition().range().contains(variant));
        let offers = self.public_offers(&rules).into_iter().filter(counts).take(OF_PRODUCT_MAX);
        let link = |offer: &Offer| Link {
            name: self.locale.pick(offer.name()).to_owned(),
            url: self.locale.url(&self.offer_path(&rules, offer)),
        };
        Ok(offers.map(link).collect())
    }
}
