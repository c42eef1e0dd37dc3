//! The product page: as everybody sees it, and as a visitor's own when Add to basket met a mistake.

use super::{Browse, Made, NoPage};
use crate::locale::PageLocale;
use crate::messages::Arg;
use crate::urls;
use crate::view::form::Notice;
use crate::view::product::{DeliveryPromise, ProductForm, ProductSource, ProductView, WrongAnswer};
use crate::view::shell::{PageMeta, category_link, category_path};
use crate::view::{Link, json_ld};
use crate::web::Storefront;
use crate::web::forms::Fields;
use crate::web::respond::coded;
use axum::response::Response;
use catalog::View;
use catalog::document::{CategoryEntry, ProductDocument};
use commerce::basket::ANSWER_CHARS_MAX;
use commerce::catalogue::CustomerOptionKind;
use commerce::delivery::{Charge, DeliveryMethod, Destination, PickupPoint};
use commerce::ids::{ProductId, StockRecordId};
use commerce::market::{Locale, Market};
use commerce::money::Money;
use http::{HeaderMap, StatusCode};
use shop::basket::{OptionMistake, OptionProblem};
use shop::publish::product_tag;

/// Recommendations on a product page.
const RECOMMENDED_MAX: usize = 6;

/// Why the page comes back with what was filled in.
#[derive(Default)]
pub(in crate::web) struct Again {
    /// Answers to options that are not taken.
    pub(in crate::web) mistakes: Vec<OptionMistake>,
    /// What is wrong with the quantity; empty if nothing is.
    pub(in crate::web) quantity: String,
    /// What stands in the way beside the fields; empty if nothing does.
    pub(in crate::web) notice: String,
    /// Status and stable code.
    pub(in crate::web) status: StatusCode,
    pub(in crate::web) code: &'static str,
}

/// The product's page with every field as it was sent and what is wrong at each: a visitor's own, which nobody keeps.
pub(in crate::web) async fn product_again(
    storefront: &Storefront,
    view: &View,
    (locale, document): (Locale, &ProductDocument),
    fields: &Fields,
    again: Again,
    headers: &HeaderMap,
) -> Response {
    let locale = storefront.locale(locale);
    let browse = Browse { storefront, view, locale, path: "", query: "" };
    let line = browse.category_line(document);
    let page = match browse.product_view(document, &line) {
        Ok((page, _)) => page,
        Err(NoPage::Fault(what)) => return storefront.fault(locale.locale, &what).await,
        Err(_) => return storefront.fault(locale.locale, &"a product without a page").await,
    };
    let mut meta = PageMeta::own(&page.title);
    meta.places = line.iter().map(|place| place.slug.clone()).collect();
    let wrong = |mistake: &OptionMistake| WrongAnswer {
        option: mistake.code.clone(),
        text: mistake_words(mistake, document, locale),
    };
    let page = page.with_form(ProductForm {
        product: fields.get("product").to_owned(),
        quantity: fields.get("quantity").to_owned(),
        quantity_error: again.quantity,
        answers: fields.with_prefix("option-"),
        wrong: again.mistakes.iter().map(wrong).collect(),
        notice: (!again.notice.is_empty()).then_some(Notice { kind: "error", text: again.notice }),
    });
    coded(storefront.own_page(locale.locale, &meta, &page, again.status, headers).await, again.code)
}

/// What is wrong with an answer, and how to mend it.
fn mistake_words(mistake: &OptionMistake, document: &ProductDocument, locale: &PageLocale) -> String {
    let kind = document.options.iter().find(|option| option.code == mistake.code).map(|option| option.kind);
    let has_choices = kind.is_some_and(|kind| kind.group().is_some());
    let key = match (mistake.what, kind) {
        (OptionProblem::Missing, Some(CustomerOptionKind::Boolean)) => "say-option-tick",
        (OptionProblem::Missing, _) if has_choices => "say-option-choose",
        (OptionProblem::Missing, _) => "say-option-missing",
        (OptionProblem::TooLong, _) => "say-option-long",
        (OptionProblem::Unfit, Some(CustomerOptionKind::Integer)) => "say-option-integer",
        (OptionProblem::Unfit, Some(CustomerOptionKind::Float)) => "say-option-float",
        (OptionProblem::Unfit, Some(CustomerOptionKind::Date)) => "say-option-date",
        (OptionProblem::Unfit, _) if has_choices => "say-option-choose",
        (OptionProblem::Unfit, _) => "say-option-wrong",
    };
    let max = i64::try_from(ANSWER_CHARS_MAX).unwrap_or(i64::MAX);
    locale.text_with(key, &[("name", Arg::Text(&mistake.label)), ("max", Arg::Number(max))])
}

impl Browse<'_> {
    pub(super) fn product(&self, slug: &str) -> Result<Made, NoPage> {
        self.no_query()?;
        let Some(document) = self.view.snapshot.product(slug)? else {
            // A child's page is its parent's, and who has an address of before is led on.
            let snapshot = &self.view.snapshot;
            let elsewhere = match snapshot.slug_by_variant_slug(slug)? {
                Some(parent) => Some(parent),
                None => snapshot.slug_by_old_slug(slug)?,
            };
            return match elsewhere {
                Some(now) => self.moved_to_product(&now),
                None => Err(NoPage::NotFound),
            };
        };
        let line = self.category_line(&document);
        let (view, recommended) = self.product_view(&document, &line)?;
        let meta = self.product_meta(&document, &view, &line);
        let mut made = self.made(&meta, &view)?;
        made.tags.products.insert(product_tag(document.id));
        made.tags.products.extend(recommended.into_iter().map(product_tag));
        Ok(made)
    }

    /// From the top down to the product's main category.
    fn category_line(&self, document: &ProductDocument) -> Vec<&CategoryEntry> {
        let main = document.categories.first();
        main.map(|id| category_path(self.view.snapshot.categories(), *id)).unwrap_or_default()
    }

    /// The product in words, and the products beside it.
    fn product_view(
        &self,
        document: &ProductDocument,
        line: &[&CategoryEntry],
    ) -> Result<(ProductView, Vec<ProductId>), NoPage> {
        let found = self.cards().find(&document.recommendations, RECOMMENDED_MAX)?;
        let (recommended, cards) = found.into_iter().unzip();
        let days = self.storefront.shop().settings().withdraw_days;
        let source = ProductSource {
            breadcrumbs: self.home_and(line.iter().map(|entry| category_link(entry, self.locale)).collect()),
            recommendations: cards,
            delivery: self.delivery_promise(document),
            returns_days: u32::try_from(days).ok(),
            offers: self.offers_of(document)?,
        };
        let stock = |record: StockRecordId| self.view.stock.find(record);
        Ok((ProductView::new(document, source, stock, self.locale), recommended))
    }

    fn product_meta(&self, document: &ProductDocument, view: &ProductView, line: &[&CategoryEntry]) -> PageMeta {
        let origin = self.storefront.shop().base_url();
        let path = format!("/product/{}", urls::segment(&document.slug));
        let title = self.locale.pick(&document.meta_title);
        let mut meta = PageMeta::cached(if title.is_empty() { &view.title } else { title }, path);
        let about = json_ld::plain_text(&view.description_html);
        meta.description = match self.locale.pick(&document.meta_description) {
            "" => json_ld::description(&about),
            text => text.to_owned(),
        };
        let mut crumbs = view.breadcrumbs.clone();
        crumbs.push(Link { name: view.title.clone(), url: view.url.clone() });
        meta.places = line.iter().map(|place| place.slug.clone()).collect();
        let picture = document.images.first();
        meta.image =
            picture.and_then(|picture| self.storefront.shop().preview_url(&picture.source)).unwrap_or_default();
        let product = json_ld::product(document, view, &about, origin, &meta.image, self.locale);
        meta.json_ld = vec![product, json_ld::breadcrumbs(&crumbs, origin)];
        meta
    }

    fn delivery_promise(&self, document: &ProductDocument) -> Option<DeliveryPromise> {
        if !document.requires_shipping {
            return None;
        }
        let settings = self.storefront.shop().settings();
        let (charge, method) = least_delivery(&settings.delivery, &self.locale.market)?;
        let free = charge.free_from();
        let charge = charge.least().ok()?;
        let (first, last) = settings.calendar.days(method);
        let number = |days: u32| Arg::Number(i64::from(days));
        // Working days and not a date: the page is kept for hours.
        let key = if first == last { "say-arrives-in" } else { "say-arrives-days" };
        let arrives = self.locale.text_with(key, &[("first", number(first)), ("last", number(last))]);
        let charge = self.locale.delivery_shown(charge);
        Some(DeliveryPromise {
            from: if charge.is_zero() { String::new() } else { self.locale.money(charge) },
            rate: charge.to_decimal_string(),
            free_from: free.filter(|from| !from.is_zero()).map(|from| self.locale.money(from)).unwrap_or_default(),
            arrives,
        })
    }
}

/// The method that costs least somewhere in a market. Fetching it oneself counts where nothing is brought.
fn least_delivery<'m>(methods: &'m [DeliveryMethod], market: &Market) -> Option<(&'m Charge, &'m DeliveryMethod)> {
    let least = |are_pickups: bool| {
        let methods = methods.iter().filter(|method| method.is_pickup() == are_pickups);
        let charges = methods.flat_map(|method| {
            let of_points = method.points.iter().filter(|point| market.countries.contains(&point.country));
            let points = of_points.map(PickupPoint::destination);
            let countries = market.countries.iter().filter(|_| !are_pickups).map(|country| Destination::from(*country));
            let charge = |to: Destination| Some((method.charge_to(market.currency, &to)?, method));
            points.chain(countries).filter_map(charge).collect::<Vec<_>>()
        });
        charges.min_by_key(|(charge, _)| charge.least().map_or(i64::MAX, Money::minor))
    };
    least(false).or_else(|| least(true))
}
