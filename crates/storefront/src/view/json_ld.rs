//! Data in the page: structured data for search engines, and what scripts need of the variants.

use crate::locale::PageLocale;
use crate::view::Link;
use crate::view::price::find_price;
use crate::view::product::{ProductView, VariantView};
use catalog::document::{ProductDocument, Variant};
use commerce::availability::Availability;
use commerce::catalogue::product::MeasureUnit;
use commerce::decimal::Decimal;
use serde_json::{Map, Value, json};

/// A JSON text that cannot end the script element that holds it.
pub fn script_safe(value: &Value) -> String {
    let text = value.to_string();
    let mut out = String::with_capacity(text.len() + text.len() / 16);
    let mut rest = text.as_str();
    while let Some(at) = rest.find(['<', '>', '&', '\u{2028}', '\u{2029}']) {
        let (before, after) = rest.split_at(at);
        out.push_str(before);
        let mut chars = after.chars();
        out.push_str(match chars.next() {
            Some('<') => "\\u003c",
            Some('>') => "\\u003e",
            Some('&') => "\\u0026",
            Some('\u{2028}') => "\\u2028",
            _ => "\\u2029",
        });
        rest = chars.as_str();
    }
    out.push_str(rest);
    out
}

/// What the variant picker needs of each variant, by its id.
pub(crate) fn variants(list: &[VariantView]) -> String {
    let entry = |variant: &VariantView| {
        let price = variant.price.clone().unwrap_or_default();
        let value = json!({
            "sku": variant.sku, "price": price.amount, "prior": price.prior, "reduction": price.reduction,
            "unit": price.unit, "stock": variant.availability.code, "label": variant.availability.label,
            "buy": variant.availability.can_be_bought, "image": variant.image, "record": variant.stock_id,
        });
        (variant.id.clone(), value)
    };
    script_safe(&Value::Object(list.iter().map(entry).collect::<Map<_, _>>()))
}

/// schema.org `Product` with its offers and reviews. `preview` is the absolute address of a picture that search engines
/// can show; it stands for drawings, which they cannot. May be empty.
pub fn product(
    document: &ProductDocument,
    view: &ProductView,
    origin: &str,
    preview: &str,
    locale: &PageLocale,
) -> String {
    let terms = offer_terms(view, locale);
    let both = document.variants.iter().zip(&view.variants);
    let offers: Vec<Value> =
        both.filter_map(|(variant, shown)| offer(variant, shown, &view.url, origin, &terms, locale)).collect();
    let shown = view.images.iter().filter(|image| !image.src.is_empty());
    let rasters = shown.filter(|image| preview.is_empty() || !image.src.ends_with(".svg"));
    let mut images: Vec<String> = rasters.map(|image| format!("{origin}{}", image.src)).collect();
    if images.is_empty() && !preview.is_empty() {
        images.push(preview.to_owned());
    }
    let mut data = Map::new();
    let mut put = |name: &str, value: Value| drop(data.insert(name.to_owned(), value));
    put("@context", json!("https://schema.org"));
    put("@type", json!("Product"));
    put("name", json!(view.title));
    put("url", json!(format!("{origin}{}", view.url)));
    put("description", json!(plain_text(&view.description_html)));
    if !images.is_empty() {
        put("image", json!(images));
    }
    if let Some(chosen) = view.chosen.as_ref().filter(|chosen| !chosen.sku.is_empty()) {
        put("sku", json!(chosen.sku));
    }
    // The address stands behind the name.
    if let Some(maker) = view.maker.split(',').map(str::trim).next().filter(|name| !name.is_empty()) {
        put("brand", json!({"@type": "Brand", "name": maker}));
        put("manufacturer", json!({"@type": "Organization", "name": maker}));
    }
    if let Some(upc) = &document.upc {
        put("gtin", json!(upc));
    }
    if !offers.is_empty() {
        put("offers", json!(offers));
    }
    if let Some((hundredths, count)) = document.rating.filter(|(_, count)| *count > 0) {
        let mean = Decimal::new(i64::from(hundredths), 2).unwrap_or(Decimal::ZERO).to_string();
        put("aggregateRating", json!({"@type": "AggregateRating", "ratingValue": mean, "reviewCount": count}));
    }
    script_safe(&Value::Object(data))
}

fn offer(
    variant: &Variant,
    shown: &VariantView,
    url: &str,
    origin: &str,
    terms: &Map<String, Value>,
    locale: &PageLocale,
) -> Option<Value> {
    let amount = locale.shown(find_price(&variant.prices, locale)?.amount);
    let (price, currency) = (amount.to_decimal_string(), amount.currency());
    let currency = currency.code();
    let mut offer = terms.clone();
    let mut put = |name: &str, value: Value| drop(offer.insert(name.to_owned(), value));
    put("@type", json!("Offer"));
    put("url", json!(format!("{origin}{url}")));
    put("sku", json!(variant.sku));
    put("price", json!(price));
    put("priceCurrency", json!(currency));
    put("availability", json!(schema_availability(shown.availability.code)));
    if let Some(measure) = variant.measure {
        let unit = unit_code(measure.unit);
        let one = json!({"@type": "QuantitativeValue", "value": "1", "unitCode": unit});
        let amount = measure.amount.to_string();
        put(
            "priceSpecification",
            json!({
                "@type": "UnitPriceSpecification", "price": price, "priceCurrency": currency,
                "referenceQuantity": {
                    "@type": "QuantitativeValue", "value": amount, "unitCode": unit, "valueReference": one,
                },
            }),
        );
    }
    Some(Value::Object(offer))
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
    let items: Vec<Value> = links
        .iter()
        .enumerate()
        .map(|(place, link)| {
            json!({"@type": "ListItem", "position": place + 1, "name": link.name, "item": format!("{origin}{}", link.url)})
        })
        .collect();
    script_safe(&json!({"@context": "https://schema.org", "@type": "BreadcrumbList", "itemListElement": items}))
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
    let mut out = String::new();
    let mut in_tag = false;
    for c in html.chars() {
        match c {
            '<' => in_tag = true,
            '>' if in_tag => {
                in_tag = false;
                out.push(' ');
            }
            c if !in_tag => out.push(c),
            _ => {}
        }
    }
    let text = out.replace("&nbsp;", " ").replace("&lt;", "<").replace("&gt;", ">").replace("&quot;", "\"");
    let text = text.replace("&#39;", "'").replace("&amp;", "&");
    text.split_whitespace().collect::<Vec<_>>().join(" ")
}

/// The first words of a text for a description, cut at a word.
pub fn excerpt(html: &str, chars_max: usize) -> String {
    let text = plain_text(html);
    if text.chars().count() <= chars_max {
        return text;
    }
    let cut: String = text.chars().take(chars_max).collect();
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
        assert_eq!(excerpt("<p>One two, three</p>", 10), "One two…");
        assert_eq!(excerpt("short", 10), "short");
    }
}
