//! In which forms a product is sold: pack sizes, grinds, colours and sizes.

use crate::data::ProductData;
use toml::Value;

/// Sizes of teas whose entry does not say, in grams.
const TEA_GRAMS: [i64; 3] = [50, 100, 250];
/// Grinds of each coffee, by the 250 g.
const GRINDS: [&str; 4] = ["beans", "espresso", "filter", "press"];
/// What packaging weighs, in grams.
const PACKAGING_G: i64 = 30;

/// One form of a product.
#[derive(Clone, Debug)]
pub(crate) struct Variant {
    /// What sets it apart, as it stands in its slug and SKU; empty for a product with one form.
    pub(crate) codes: Vec<String>,
    /// Attributes of its own.
    pub(crate) facts: Vec<(&'static str, Value)>,
    /// Colour of its pictures, if it has ones of its own.
    pub(crate) colour: Option<String>,
    /// Pence.
    pub(crate) price: i64,
    /// Pence, while it is reduced.
    pub(crate) sale: Option<i64>,
    /// With packaging.
    pub(crate) weight_g: i64,
    /// What the unit price is worked out from.
    pub(crate) net_g: Option<i64>,
}

/// All forms of a product, the usual one first. A product with one form is sold standalone.
pub(crate) fn of(class: &str, product: &ProductData) -> Vec<Variant> {
    match class {
        "tea" => product.grams.as_deref().unwrap_or(&TEA_GRAMS).iter().map(|grams| tea(product, *grams)).collect(),
        "coffee" => coffee(product),
        "spice" => vec![spice(product)],
        _ => ware(product),
    }
}

fn tea(product: &ProductData, grams: i64) -> Variant {
    // Small packs cost more by weight, large ones less; in hundredths of the price for 100 g.
    let share = match grams {
        ..=25 => 30,
        26..=30 => 35,
        31..=50 => 55,
        51..=80 => 85,
        81..=100 => 100,
        _ => 230,
    };
    let price = |price: i64| to_ten(price * share, 100);
    packed(grams, price(product.price), product.sale.map(price))
}

fn coffee(product: &ProductData) -> Vec<Variant> {
    let with_grind = |mut variant: Variant, grind: &str| {
        variant.codes.insert(0, grind.to_owned());
        variant.facts.push(("grind", Value::from(grind)));
        variant
    };
    let mut variants: Vec<Variant> =
        GRINDS.iter().map(|grind| with_grind(packed(250, product.price, product.sale), grind)).collect();
    let kilogram = |price: i64| to_ten(price * 36, 10);
    variants.push(with_grind(packed(1_000, kilogram(product.price), product.sale.map(kilogram)), "beans"));
    variants
}

fn spice(product: &ProductData) -> Variant {
    let Some(grams) = product.grams.as_ref().and_then(|grams| grams.first()) else {
        return Variant { net_g: product.weight_g, ..plain(product, product.price) };
    };
    Variant { codes: Vec::new(), ..packed(*grams, product.price, product.sale) }
}

fn packed(grams: i64, price: i64, sale: Option<i64>) -> Variant {
    let code = format!("{grams}g");
    Variant {
        codes: vec![code.clone()],
        facts: vec![("pack", Value::from(code))],
        colour: None,
        price,
        sale,
        weight_g: grams + PACKAGING_G,
        net_g: Some(grams),
    }
}

fn ware(product: &ProductData) -> Vec<Variant> {
    let colours: Vec<Option<&String>> =
        if product.colours.is_empty() { vec![None] } else { product.colours.iter().map(Some).collect() };
    let mut variants = Vec::new();
    for colour in colours {
        if product.sizes.is_empty() {
            variants.push(coloured(plain(product, product.price), colour));
        }
        for size in &product.sizes {
            let mut variant = coloured(plain(product, size.price), colour);
            variant.codes.push(size.size.clone());
            variant.facts.push(("size", Value::from(size.size.as_str())));
            variant.facts.push(("capacity", Value::from(size.capacity)));
            // A larger one weighs more, about as its price goes.
            variant.weight_g = variant.weight_g * size.price / product.price.max(1);
            variants.push(variant);
        }
    }
    variants
}

fn plain(product: &ProductData, price: i64) -> Variant {
    Variant {
        codes: Vec::new(),
        facts: Vec::new(),
        colour: None,
        price,
        sale: product.sale,
        weight_g: product.weight_g.unwrap_or_default(),
        net_g: None,
    }
}

fn coloured(mut variant: Variant, colour: Option<&String>) -> Variant {
    if let Some(colour) = colour {
        variant.codes.push(colour.clone());
        variant.facts.push(("colour", Value::from(colour.as_str())));
        variant.colour = Some(colour.clone());
    }
    variant
}

/// `numerator / denominator` in pence, to the nearest ten.
pub(crate) fn to_ten(numerator: i64, denominator: i64) -> i64 {
    let tens = denominator * 10;
    (numerator + tens / 2).div_euclid(tens) * 10
}
