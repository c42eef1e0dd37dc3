//! Answers for the script: suggestions as one types, stock as it is now.

use crate::listing_address::ListingAddress;
use crate::locale::PageLocale;
use crate::messages::Arg;
use crate::view::card::card_view;
use crate::view::price::PriceView;
use crate::view::shell::category_link;
use catalog::document::CategoryEntry;
use catalog::query::{SUGGESTIONS_MAX, Suggestion};
use commerce::availability::Availability;
use commerce::ids::StockRecordId;
use serde::Serialize;
use serde_json::{Map, Value};

/// Stock records that one request may ask for.
pub const STOCK_IDS_MAX: usize = 96;
/// Stock records that the answer for all of them holds: some 6 KB on the way.
pub const STOCK_WHOLE_MAX: usize = 300;

/// An entry of the list under the search field.
#[derive(Clone, Debug, Default, PartialEq, Eq, Serialize)]
pub struct SuggestionView {
    /// What it says.
    pub text: String,
    /// Where it leads.
    pub url: String,
    /// Small picture; empty for none.
    pub image: String,
    /// Price, at the end of the line; empty for none.
    pub note: String,
}

/// The answer of `/suggest?q=…`: a JSON list of [`SuggestionView`].
pub fn suggestions_json(list: &[Suggestion], categories: &[CategoryEntry], locale: &PageLocale) -> String {
    let views: Vec<SuggestionView> =
        list.iter().take(SUGGESTIONS_MAX).filter_map(|entry| suggestion_view(entry, categories, locale)).collect();
    // A list of structs of strings always has a JSON form.
    serde_json::to_string(&views).unwrap_or_else(|_| "[]".to_owned())
}

fn suggestion_view(entry: &Suggestion, categories: &[CategoryEntry], locale: &PageLocale) -> Option<SuggestionView> {
    Some(match entry {
        Suggestion::Words(words) => {
            let address = ListingAddress { page: 1, ..ListingAddress::default() }.with_words(words);
            SuggestionView {
                text: words.clone(),
                url: address.url(&locale.url("/search")),
                ..SuggestionView::default()
            }
        }
        Suggestion::Product(card) => {
            let card = card_view(card, None, locale);
            let note = card.price.map(|price| price_words(price, locale)).unwrap_or_default();
            SuggestionView { text: card.title, url: card.url, image: card.image.src, note }
        }
        Suggestion::Category(id) => {
            let link = category_link(categories.iter().find(|category| category.id == *id)?, locale);
            SuggestionView { text: link.name, url: link.url, ..SuggestionView::default() }
        }
    })
}

/// `£4.50`, or `from £4.50` where other variants cost more.
fn price_words(price: PriceView, locale: &PageLocale) -> String {
    match price.from {
        true => locale.text_with("price-from", &[("amount", Arg::Text(&price.amount))]),
        false => price.amount,
    }
}

/// The answer of `/stock?ids=…`: a JSON object from stock record to `available`, `few_left` or `sold_out`.
pub fn stock_json(list: impl IntoIterator<Item = (StockRecordId, Availability)>) -> String {
    stock_object(list.into_iter().take(STOCK_IDS_MAX))
}

/// The answer of `/stock`: the same for all records, or `{"ask":"ids"}` where they are more than
/// [`STOCK_WHOLE_MAX`].
pub fn whole_stock_json(records: &[(StockRecordId, Availability)]) -> String {
    if records.len() > STOCK_WHOLE_MAX {
        return r#"{"ask":"ids"}"#.to_owned();
    }
    stock_object(records.iter().copied())
}

fn stock_object(list: impl Iterator<Item = (StockRecordId, Availability)>) -> String {
    let entry = |(id, availability): (StockRecordId, Availability)| {
        (id.to_string(), Value::String(availability.name().to_owned()))
    };
    Value::Object(list.map(entry).collect::<Map<_, _>>()).to_string()
}
