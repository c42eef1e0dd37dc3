//! A product in a list.

use crate::locale::PageLocale;
use crate::messages::Arg;
use crate::urls;
use crate::view::image::{ImageView, image_view, placeholder};
use crate::view::price::{AvailabilityView, PriceView, availability_view, price_view, unit_price};
use catalog::document::Card;
use commerce::availability::Availability;
use commerce::decimal::Decimal;
use minijinja::Value;
use serde::Serialize;

/// A product in a list: picture, title, price, variants, rating, stock.
#[derive(Clone, Debug, Default, PartialEq, Eq, Serialize)]
pub struct CardView {
    /// The product's id.
    pub id: String,
    /// Address of its page.
    pub url: String,
    /// Title.
    pub title: String,
    /// First picture.
    pub image: ImageView,
    /// Price; nothing where it is not for sale here.
    pub price: Option<PriceView>,
    /// `4 variants`; empty for one.
    pub variants: String,
    /// Stock.
    pub availability: AvailabilityView,
    /// Reviews, if any.
    pub rating: Option<RatingView>,
    /// What an Add button on the card puts into the basket; empty where a choice comes first.
    pub quick_add: String,
    /// Stock records for the script that refines the stock, parted by commas.
    pub stock_ids: String,
}

/// A product in a list as markup, ready to be placed: what `parts/card.html` makes of a [`CardView`].
#[derive(Clone, Debug, PartialEq, Eq, Serialize)]
pub struct CardMarkup(Value);

impl CardMarkup {
    /// Markup that a template made.
    pub(crate) fn new(html: String) -> Self {
        Self(Value::from_safe_string(html))
    }

    /// Its length in bytes.
    pub(crate) fn bytes(&self) -> usize {
        self.0.as_str().map_or(0, str::len)
    }
}

/// Reviews in short.
#[derive(Clone, Debug, Default, PartialEq, Eq, Serialize)]
pub struct RatingView {
    /// `4.5`, as the language writes it.
    pub average: String,
    /// Half stars, 0 to 10: which picture is shown.
    pub half_stars: u16,
    /// `(17)`.
    pub count: String,
    /// `4.5 out of 5 stars, 17 reviews`.
    pub label: String,
}

/// A card in words. `now` is what the stock overlay says, where it says something.
pub fn card_view(card: &Card, now: Option<Availability>, locale: &PageLocale) -> CardView {
    let title = locale.pick(&card.title);
    let said = card.market_price(&locale.market.code, locale.market.currency);
    let price = said.price;
    let availability = match price {
        Some(_) => now.unwrap_or(card.availability),
        None => Availability::NotForSale,
    };
    let variants = match card.variants {
        0 | 1 => String::new(),
        count => locale.text_with("card-variants", &[("count", Arg::Number(i64::from(count)))]),
    };
    let stock_ids: Vec<String> = card.stock_records.iter().map(ToString::to_string).collect();
    let quick_add = card.quick_add.filter(|_| availability.can_be_bought());
    CardView {
        id: card.id.to_string(),
        url: locale.url(&format!("/product/{}", urls::segment(&card.slug))),
        title: title.to_owned(),
        image: card.image.as_ref().map_or_else(|| placeholder(title), |image| image_view(image, title, locale)),
        price: price.map(|price| PriceView {
            unit: unit_price(said.measure, locale.shown(price.amount, &card.tax_class), locale),
            ..price_view(price, &card.tax_class, said.differs, locale)
        }),
        variants,
        availability: availability_view(availability, locale),
        rating: card.rating.map(|rating| rating_view(rating, locale)),
        quick_add: quick_add.map(|id| id.to_string()).unwrap_or_default(),
        stock_ids: stock_ids.join(","),
    }
}

/// Mean in hundredths and number of reviews, in words.
pub fn rating_view((hundredths, count): (u16, u32), locale: &PageLocale) -> RatingView {
    let tenths = (hundredths.min(500) + 5) / 10;
    let average = Decimal::new(i64::from(tenths), 1).unwrap_or(Decimal::ZERO);
    let average = locale.numbers().decimal(average);
    let count = i64::from(count);
    RatingView {
        half_stars: (hundredths.min(500) + 25) / 50,
        count: locale.numbers().integer(count),
        label: locale.text_with("rating-label", &[("average", Arg::Text(&average)), ("count", Arg::Number(count))]),
        average,
    }
}
