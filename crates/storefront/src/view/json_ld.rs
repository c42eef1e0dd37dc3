//! Data in the page: structured data for search engines, and what scripts need of the variants.

use crate::locale::PageLocale;
use crate::view::Link;
use crate::view::price::{PriceView, find_price};
use crate::view::product::{ProductView, VariantView};
use catalog::document::{ProductDocument, Variant};
use commerce::availability::Availability;
use commerce::catalogue::product::MeasureUnit;
use commerce::decimal::Decimal;
use commerce::tax::class::TaxClass;
use serde::{Serialize, Serializer};
use serde_json::{Map, Value, json};

/// A JSON text that cannot end the script element that holds it.
pub fn script_safe(value: &impl Serialize) -> String {
    // Texts and numbers under names that are texts: there is always a JSON for them.
    let text = serde_json::to_string(value).unwrap_or_default();
    let mut out = String::with_capacity(text.len() + text.len() / 16);
    let mut rest = text.as_str();
    // The last two are three bytes long and begin with E2, as other signs do: those stay.
    while let Some(at) = rest.bytes().position(|byte| matches!(byte, b'<' | b'>' | b'&' | 0xE2)) {
        let (before, after) = rest.split_at(at);
        out.push_str(before);
        let mut chars = after.chars();
        match chars.next() {
            Some('<') => out.push_str("\\u003c"),
            Some('>') => out.push_str("\\u003e"),
            Some('&') => out.push_str("\\u0026"),
            Some('\u{2028}') => out.push_str("\\u2028"),
            Some('\u{2029}') => out.push_str("\\u2029"),
            other => out.extend(other),
        }
        rest = chars.as_str();
    }
    out.push_str(rest);
    out
}

/// What the variant picker needs of each variant, by its id.
pub(crate) fn variants(list: &[VariantView]) -> String {
    script_safe(&VariantsData(list))
}

struct VariantsData<'v>(&'v [VariantView]);

impl Serialize for VariantsData<'_> {
    fn serialize<S: Serializer>(&self, serializer: S) -> Result<S::Ok, S::Error> {
        let none = PriceView::default();
        serializer.collect_map(self.0.iter().map(|variant| {
            let price = variant.price.as_ref().unwrap_or(&none);
            let data = VariantData {
                sku: &variant.sku,
                price: &price.amount,
                prior: &price.prior,
                reduction: &price.reduction,
                unit: &price.unit,
                tiers: &price.tiers,
                stock: variant.availability.code,
                label: &variant.availability.label,
                buy: variant.availability.can_be_bought,
                image: variant.image,
                record: &variant.stock_id,
            };
            (&variant.id, data)
        }))
    }
}

#[derive(Serialize)]
struct VariantData<'v> {
    sku: &'v str,
    price: &'v str,
    prior: &'v str,
    reduction: &'v str,
    unit: &'v str,
    #[serde(skip_serializing_if = "<[String]>::is_empty")]
    tiers: &'v [String],
    stock: &'v str,
    label: &'v str,
    buy: bool,
    image: usize,
    record: &'v str,
}

/// Longest description, in characters; search engines cut what is longer.
const DESCRIPTION_CHARS_MAX: usize = 155;
/// The context of every schema.org text.
const SCHEMA: &str = "https://schema.org";

#[derive(Serialize)]
#[serde(rename_all = "camelCase")]
struct ProductData<'p> {
    #[serde(rename = "@context")]
    context: &'static str,
    #[serde(rename = "@type")]
    kind: &'static str,
    name: &'p str,
    url: &'p str,
    description: &'p str,
    #[serde(skip_serializing_if = "Vec::is_empty")]
    image: Vec<String>,
    #[serde(skip_serializing_if = "Option::is_none")]
    sku: Option<&'p str>,
    #[serde(skip_serializing_if = "Option::is_none")]
    brand: Option<NamedData<'p>>,
    #[serde(skip_serializing_if = "Option::is_none")]
    manufacturer: Option<NamedData<'p>>,
    #[serde(skip_serializing_if = "Option::is_none")]
    gtin: Option<&'p str>,
    #[serde(skip_serializing_if = "Vec::is_empty")]
    offers: Vec<OfferData<'p>>,
    #[serde(skip_serializing_if = "Option::is_none")]
    aggregate_rating: Option<RatingData>,
}

#[derive(Serialize)]
struct NamedData<'p> {
    #[serde(rename = "@type")]
    kind: &'static str,
    name: &'p str,
}

#[derive(Serialize)]
#[serde(rename_all = "camelCase")]
struct RatingData {
    #[serde(rename = "@type")]
    kind: &'static str,
    rating_value: String,
    review_count: u32,
}

#[derive(Serialize)]
#[serde(rename_all = "camelCase")]
struct OfferData<'p> {
    #[serde(rename = "@type")]
    kind: &'static str,
    url: &'p str,
    sku: &'p str,
    price: String,
    price_currency: &'p str,
    availability: &'static str,
    #[serde(skip_serializing_if = "Option::is_none")]
    price_specification: Option<UnitPriceData<'p>>,
    #[serde(flatten)]
    terms: &'p Map<String, Value>,
}

#[derive(Serialize)]
#[serde(rename_all = "camelCase")]
struct UnitPriceData<'p> {
    #[serde(rename = "@type")]
    kind: &'static str,
    price: String,
    price_currency: &'p str,
    reference_quantity: QuantityData,
}

#[derive(Serialize)]
#[serde(rename_all = "camelCase")]
struct QuantityData {
    #[serde(rename = "@type")]
    kind: &'static str,
    value: String,
    unit_code: &'static str,
    #[serde(skip_serializing_if = "Option::is_none")]
    value_reference: Option<Box<QuantityData>>,
}

/// schema.org `Product` with its offers and reviews. `description` is plain text. `preview` is the absolute address of a
/// picture that search engines can show; it stands for drawings, which they cannot. May be empty.
pub fn product(
    document: &ProductDocument,
    view: &ProductView,
    description: &str,
    origin: &str,
    preview: &str,
    locale: &PageLocale,
) -> String {
    let terms = offer_terms(view, locale);
    let url = format!("{origin}{}", view.url);
    let both = document.variants.iter().zip(&view.variants);
    let shown = view.images.iter().filter(|image| !image.src.is_empty());
    let rasters = shown.filter(|image| preview.is_empty() || !image.src.ends_with(".svg"));
    let mut image: Vec<String> = rasters.map(|image| format!("{origin}{}", image.src)).collect();
    if image.is_empty() && !preview.is_empty() {
        image.push(preview.to_owned());
    }
    // The address stands behind the name.
    let maker = view.maker.split(',').map(str::trim).next().filter(|name| !name.is_empty());
    let rating = document.rating.filter(|(_, count)| *count > 0);
    script_safe(&ProductData {
        context: SCHEMA,
        kind: "Product",
        name: &view.title,
        url: &url,
        description,
        image,
        sku: view.chosen.as_ref().map(|chosen| chosen.sku.as_str()).filter(|sku| !sku.is_empty()),
        brand: maker.map(|name| NamedData { kind: "Brand", name }),
        manufacturer: maker.map(|name| NamedData { kind: "Organization", name }),
        gtin: document.upc.as_deref(),
        offers: both
            .filter_map(|(variant, shown)| offer(variant, shown, &document.tax_class, &url, &terms, locale))
            .collect(),
        aggregate_rating: rating.map(|(hundredths, count)| RatingData {
            kind: "AggregateRating",
            rating_value: Decimal::new(i64::from(hundredths), 2).unwrap_or(Decimal::ZERO).to_string(),
            review_count: count,
        }),
    })
}

fn offer<'p>(
    variant: &'p Variant,
    shown: &VariantView,
    class: &TaxClass,
    url: &'p str,
    terms: &'p Map<String, Value>,
    locale: &'p PageLocale,
) -> Option<OfferData<'p>> {
    let amount = locale.shown(find_price(variant, locale)?.amount, class);
    let price = amount.to_decimal_string();
    let price_currency = locale.market.currency.code();
    let unit_price = variant.measure.map(|measure| {
        let quantity = |value: String, value_reference| QuantityData {
            kind: "QuantitativeValue",
            value,
            unit_code: unit_code(measure.unit),
            value_reference,
        };
        UnitPriceData {
            kind: "UnitPriceSpecification",
            price: price.clone(),
            price_currency,
            reference_quantity: quantity(measure.amount.to_string(), Some(Box::new(quantity("1".to_owned(), None)))),
        }
    });
    Some(OfferData {
        kind: "Offer",
        url,
        sku: &variant.sku,
        price,
        price_currency,
        availability: schema_availability(shown.availability.code),
        price_specification: unit_price,
        terms,
    })
}

/// What holds for every offer of a page: how it is sent and sent back.
fn offer_terms(view: &ProductView, locale: &PageLocale) -> Map<String, Value> {
    let mut terms = Map::new();
    let Some(delivery) = &view.delivery else { return terms };
    let countries: Vec<&str> = locale.market.countries.iter().map(|country| country.code()).collect();
    let regions: Vec<Value> =
        countries.iter().map(|code| json!({"@type": "DefinedRegion", "addressCountry": code})).collect();
    let rate = json!({
        "@type": "MonetaryAmount", "value": delivery.rate, "currency": locale.market.currency.code(),
    });
    let sent = json!({"@type": "OfferShippingDetails", "shippingRate": rate, "shippingDestination": regions});
    terms.insert("shippingDetails".to_owned(), sent);
    if !view.returns_days.is_empty() {
        let back = json!({
            "@type": "MerchantReturnPolicy", "applicableCountry": countries, "merchantReturnDays": view.returns_days,
            "returnPolicyCategory": "https://schema.org/MerchantReturnFiniteReturnWindow",
        });
        terms.insert("hasMerchantReturnPolicy".to_owned(), back);
    }
    terms
}

/// The code of a unit in UN/CEFACT's recommendation 20.
fn unit_code(unit: MeasureUnit) -> &'static str {
    match unit {
        MeasureUnit::Kilogram => "KGM",
        MeasureUnit::Litre => "LTR",
        MeasureUnit::Metre => "MTR",
        MeasureUnit::SquareMetre => "MTK",
        MeasureUnit::Piece => "C62",
    }
}

/// schema.org `BreadcrumbList`.
pub fn breadcrumbs(links: &[Link], origin: &str) -> String {
    let item = |(place, link): (usize, &Link)| CrumbData {
        kind: "ListItem",
        position: place + 1,
        name: link.name.clone(),
        item: format!("{origin}{}", link.url),
    };
    let items: Vec<CrumbData> = links.iter().enumerate().map(item).collect();
    script_safe(&CrumbsData { context: SCHEMA, kind: "BreadcrumbList", items })
}

#[derive(Serialize)]
struct CrumbsData {
    #[serde(rename = "@context")]
    context: &'static str,
    #[serde(rename = "@type")]
    kind: &'static str,
    #[serde(rename = "itemListElement")]
    items: Vec<CrumbData>,
}

#[derive(Serialize)]
struct CrumbData {
    #[serde(rename = "@type")]
    kind: &'static str,
    position: usize,
    name: String,
    item: String,
}

/// schema.org `WebSite` with its search, for the home page.
pub fn web_site(name: &str, origin: &str, search_url: &str) -> String {
    script_safe(&json!({
        "@context": "https://schema.org", "@type": "WebSite", "name": name, "url": origin,
        "potentialAction": {
            "@type": "SearchAction", "target": format!("{origin}{search_url}?q={{words}}"), "query-input": "required name=words",
        },
    }))
}

fn schema_availability(code: &str) -> &'static str {
    if code == Availability::Available.name() {
        "https://schema.org/InStock"
    } else if code == Availability::FewLeft.name() {
        "https://schema.org/LimitedAvailability"
    } else if code == Availability::SoldOut.name() {
        "https://schema.org/OutOfStock"
    } else {
        "https://schema.org/Discontinued"
    }
}

/// The words of clean HTML, for fields that take no markup.
pub fn plain_text(html: &str) -> String {
    let mut text = String::with_capacity(html.len());
    let mut parts = html.split('<');
    text.push_str(parts.next().unwrap_or_default());
    for part in parts {
        // A tag parts words; one that never ends takes what is left of its part.
        text.push(' ');
        text.push_str(part.split_once('>').map_or("", |(_, words)| words));
    }
    if text.contains('&') {
        for (entity, sign) in
            [("&nbsp;", " "), ("&lt;", "<"), ("&gt;", ">"), ("&quot;", "\""), ("&#39;", "'"), ("&amp;", "&")]
        {
            text = text.replace(entity, sign);
        }
    }
    let mut words = String::with_capacity(text.len());
    for word in text.split_whitespace() {
        if !words.is_empty() {
            words.push(' ');
        }
        words.push_str(word);
    }
    words
}

/// What a search engine shows of a plain text: its first words, as many as it takes.
pub fn description(text: &str) -> String {
    excerpt(text, DESCRIPTION_CHARS_MAX)
}

fn excerpt(text: &str, chars_max: usize) -> String {
    let Some((end, _)) = text.char_indices().nth(chars_max) else { return text.to_owned() };
    let cut = &text[..end];
    let end = cut.rfind(' ').unwrap_or(cut.len());
    format!("{}…", cut[..end].trim_end_matches([',', ';', '.', ' ']))
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn data_cannot_end_its_script_element() {
        let text = script_safe(&json!({"name": "</script><script>alert(1)</script>&\u{2028}"}));
        assert!(!text.contains('<') && !text.contains('&') && !text.contains('\u{2028}'), "{text}");
        let back: Value = serde_json::from_str(&text).unwrap();
        assert_eq!(back["name"], "</script><script>alert(1)</script>&\u{2028}");
    }

    #[test]
    fn descriptions_lose_their_markup_and_are_cut_at_a_word() {
        assert_eq!(plain_text("<p>Tea &amp; <b>milk</b></p><p>a &lt; b</p>"), "Tea & milk a < b");
        assert_eq!(excerpt("One two, three", 10), "One two…");
        assert_eq!(plain_text("a<b title=\"x\">c<"), "a c");
        assert_eq!(excerpt("short", 10), "short");
    }
}
