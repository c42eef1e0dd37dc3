//! Goods of the small shop.

use super::{category_id, currency, say};
use catalog::document::{
    Card, DocumentAttribute, DocumentImage, DocumentOption, DocumentValue, ProductDocument, RangeMarks, Variant,
    VariantPrice,
};
use catalog::query::{Facet, FacetValue, Listing};
use commerce::availability::Availability;
use commerce::catalogue::CustomerOptionKind;
use commerce::catalogue::product::{Measure, MeasureUnit};
use commerce::decimal::Decimal;
use commerce::ids::{OptionGroupId, ProductId, StockRecordId};
use commerce::language::Texts;
use commerce::moment::Moment;
use commerce::money::Money;
use commerce::tax::class::TaxClass;
use uuid::Uuid;

/// Slug, names, price in pence, what it looks like.
const GOODS: [(&str, &str, &str, i64, &str); 12] = [
    ("spring-sencha", "Spring Sencha", "Frühlings-Sencha", 1_240, "tin"),
    ("harbour-teapot", "Harbour teapot, 0.9 l", "Teekanne Hafen, 0,9 l", 4_800, "pot"),
    ("smoked-lapsang", "Smoked Lapsang from Tongmu", "Rauch-Lapsang aus Tongmu", 1_650, "tin"),
    ("tide-cup", "Tide cup", "Tasse Gezeiten", 1_400, "cup"),
    ("cardamom-pods", "Green cardamom pods", "Grüne Kardamomkapseln", 690, "bag"),
    ("linen-towel", "Linen tea towel, indigo stripe", "Geschirrtuch aus Leinen, Indigostreifen", 1_800, "linen"),
    ("sidamo-coffee", "Sidamo coffee, whole beans", "Kaffee Sidamo, ganze Bohnen", 1_190, "bag"),
    ("pour-over", "Pour-over coffee maker for two patient people", "Handfilter für zwei Geduldige", 3_250, "pot"),
    ("road-flask", "Road flask", "Flasche Landstraße", 2_900, "flask"),
    ("tea-book", "Leaves and Water: a book about tea", "Blatt und Wasser: ein Buch über Tee", 2_200, "book"),
    ("chamomile", "Whole chamomile flowers", "Ganze Kamillenblüten", 560, "tin"),
    ("matcha-bowl", "Matcha bowl, ash glaze", "Matcha-Schale, Aschenglasur", 3_900, "cup"),
];

/// What a category's picture shows.
pub fn motif(slug: &str) -> String {
    let kind = match slug {
        "tea" | "green-tea" | "black-tea" | "herbal-tea" => "tin",
        "coffee" | "spices" => "bag",
        "pots-and-cups" => "pot",
        "kitchen-linen" => "linen",
        "travel" => "flask",
        "books" => "book",
        _ => "cup",
    };
    format!("{kind}-{slug}")
}

pub fn product_id(number: u128) -> ProductId {
    ProductId::new(Uuid::from_u128(0x0b0d << 64 | number))
}

pub fn stock_id(number: u128) -> StockRecordId {
    StockRecordId::new(Uuid::from_u128(0x570c << 64 | number))
}

pub fn image(seed: &str, alt: Texts) -> DocumentImage {
    DocumentImage { source: format!("drawn:{seed}"), alt, width: 800, height: 800 }
}

fn prices(pence: i64, prior: Option<i64>) -> Vec<VariantPrice> {
    // A euro price that is not the pound's by a plain factor, as shops have them.
    let euros = |pence: i64| (pence * 118 / 100 + 5) / 10 * 10;
    let price = |minor: i64, prior: Option<i64>, code| VariantPrice {
        amount: Money::from_minor(minor, currency(code)),
        prior: prior.map(|prior| Money::from_minor(prior, currency(code))),
    };
    vec![price(pence, prior, "GBP"), price(euros(pence), prior.map(euros), "EUR")]
}

pub fn cards() -> Vec<Card> {
    let card = |(place, (slug, en, de, pence, kind)): (usize, &(&str, &str, &str, i64, &str))| {
        let step = u16::try_from(place).expect("a dozen");
        let number = u128::from(step);
        let availability = match place {
            4 => Availability::FewLeft,
            8 => Availability::SoldOut,
            _ => Availability::Available,
        };
        let grams = Measure { amount: Decimal::parse("0.1").expect("a number"), unit: MeasureUnit::Kilogram };
        let measure = (place < 4).then_some(grams);
        Card {
            id: product_id(number),
            slug: (*slug).to_owned(),
            title: say(en, de),
            image: (place != 9).then(|| image(&format!("{kind}-{slug}"), say(en, de))),
            prices: prices(*pence, (place % 5 == 2).then_some(*pence * 5 / 4)),
            measures: vec![measure; 2],
            market_prices: Vec::new(),
            prices_differ: place % 4 == 0,
            variants: if place % 4 == 0 { 4 } else { 1 },
            quick_add: (place % 4 != 0).then(|| product_id(number)),
            stock_records: vec![stock_id(number)],
            availability,
            rating: (number % 3 != 1).then_some((412 + 9 * step, 7 + 31 * u32::from(step))),
            tax_class: TaxClass::standard(),
        }
    };
    GOODS.iter().enumerate().map(card).collect()
}

pub fn listing(total: usize, colour_chosen: bool) -> Listing {
    let value = |value: &str, en: &str, de: &str, count, chosen| FacetValue {
        value: value.to_owned(),
        label: if en.is_empty() { Texts::default() } else { say(en, de) },
        count,
        chosen,
    };
    let facet = |code: &str, en: &str, de: &str, values: Vec<FacetValue>| Facet {
        code: code.to_owned(),
        name: if en.is_empty() { Texts::default() } else { say(en, de) },
        values,
    };
    let many = |place: usize| {
        let name =
            ["Yunnan", "Assam", "Darjeeling", "Fujian", "Uji", "Shizuoka", "Nilgiri", "Kandy", "Rize", "Boseong"]
                [place];
        value(&name.to_lowercase(), name, name, 30 - 2 * place, false)
    };
    let cards = cards();
    let page: Vec<Card> = (0..24).map(|place| cards[place % cards.len()].clone()).take(total.min(24)).collect();
    Listing {
        cards: page,
        total,
        facets: vec![
            facet("stock", "", "", vec![value("in", "", "", 1_180, false)]),
            facet(
                "colour",
                "Colour",
                "Farbe",
                vec![
                    value("blue", "Deep blue", "Tiefblau", 21, colour_chosen),
                    value("white", "White", "Weiß", 18, false),
                    value("rust", "Rust", "Rost", 4, false),
                ],
            ),
            facet("origin", "Origin", "Herkunft", (0..10).map(many).collect()),
            facet("rating", "", "", vec![value("4", "", "", 87, false), value("3", "", "", 120, false)]),
        ],
        price_span: Some((Money::from_minor(560, currency("GBP")), Money::from_minor(4_800, currency("GBP")))),
        corrected: None,
    }
}

fn choices(list: &[(&str, &str, &str)]) -> Vec<(String, Texts)> {
    list.iter().map(|(code, en, de)| ((*code).to_owned(), say(en, de))).collect()
}

fn attribute(code: &str, name: Texts, value: DocumentValue) -> DocumentAttribute {
    DocumentAttribute { code: code.to_owned(), name, facet: false, value }
}

fn variant(number: u128, label: Texts, pence: i64, grams: i64, availability: Availability) -> Variant {
    Variant {
        id: product_id(100 + number),
        title: Texts::default(),
        slug: format!("spring-sencha-{grams}"),
        upc: None,
        sku: format!("SEN-{grams}"),
        stock_record: Some(stock_id(100 + number)),
        prices: prices(pence, (number == 1).then_some(pence * 5 / 4)),
        attributes: vec![attribute("size", say("Size", "Größe"), DocumentValue::Text(label))],
        images: if number == 3 { vec![image("tin-sencha-caddy", say("A caddy", "Eine Dose"))] } else { Vec::new() },
        availability,
        is_discountable: true,
        weight_kg: None,
        measure: Decimal::new(grams, 3).map(|amount| Measure { amount, unit: MeasureUnit::Kilogram }),
        ladders: Vec::new(),
        partner: None,
    }
}

/// A tea with four sizes, one of them sold out.
pub fn tea() -> ProductDocument {
    let text = say(
        "<p>First flush from the slopes above Uji, steamed within hours and dried slowly. The cup is bright green, with \
         young peas, sea air and a sweetness that stays.</p><p><strong>To brew:</strong> 5 g to 300 ml, water at 70 °C, \
         one minute. The same leaves give three cups.</p>",
        "<p>Erste Pflückung von den Hängen über Uji, binnen Stunden gedämpft und langsam getrocknet. Die Tasse ist \
         leuchtend grün, mit jungen Erbsen, Seeluft und einer Süße, die bleibt.</p><p><strong>Zubereitung:</strong> \
         5 g auf 300 ml, Wasser mit 70 °C, eine Minute. Dieselben Blätter geben drei Tassen.</p>",
    );
    ProductDocument {
        id: product_id(0),
        slug: "spring-sencha".to_owned(),
        upc: None,
        title: say("Spring Sencha", "Frühlings-Sencha"),
        description: text,
        meta_title: Texts::default(),
        meta_description: Texts::default(),
        categories: vec![category_id(2)],
        attributes: vec![
            attribute("origin", say("Origin", "Herkunft"), DocumentValue::Text(say("Uji, Japan", "Uji, Japan"))),
            attribute("harvest", say("Harvest", "Ernte"), DocumentValue::Date("2026-05-04".to_owned())),
            attribute("organic", say("Organic", "Bio"), DocumentValue::Boolean(true)),
            attribute(
                "caffeine",
                say("Caffeine", "Koffein"),
                DocumentValue::Choices(choices(&[("low", "low", "wenig")])),
            ),
            attribute("altitude", say("Altitude (m)", "Höhe (m)"), DocumentValue::Integer(1_250)),
        ],
        options: Vec::new(),
        images: vec![
            image("tin-spring-sencha", say("A tin of green tea", "Eine Dose grüner Tee")),
            image("cup-sencha", say("A cup of it", "Eine Tasse davon")),
            image("pot-sencha", say("Brewing in a small pot", "Beim Ziehen im Kännchen")),
        ],
        variants: vec![
            variant(0, say("50 g", "50 g"), 490, 50, Availability::Available),
            variant(1, say("100 g", "100 g"), 890, 100, Availability::FewLeft),
            variant(2, say("250 g", "250 g"), 1_950, 250, Availability::SoldOut),
            variant(3, say("Caddy, 150 g", "Dose, 150 g"), 1_690, 150, Availability::Available),
        ],
        recommendations: Vec::new(),
        rating: Some((462, 128)),
        sold: 900,
        priority: 0,
        created_at: Moment::from_micros(1_790_000_000_000_000),
        updated_at: Moment::from_micros(1_795_000_000_000_000),
        requires_shipping: true,
        tax_class: TaxClass::standard(),
        is_gift_card: false,
        maker: Some("Kawabata Tea Garden, 12 Minamiguchi, Uji, Kyoto, Japan".to_owned()),
        eu_contact: Some("Leeward Europe GmbH, Speicherstraße 4, 20457 Hamburg, Germany".to_owned()),
        oscar_keys: Vec::new(),
        old_slugs: Vec::new(),
        marks: RangeMarks::default(),
    }
}

/// A pot with an option of each kind.
pub fn pot() -> ProductDocument {
    let group = OptionGroupId::new(Uuid::from_u128(9));
    let option = |code: &str, name: Texts, kind, required, list: &[(&str, &str, &str)]| DocumentOption {
        code: code.to_owned(),
        name,
        help: if code == "engraving" {
            say("Up to 20 letters, under the handle.", "Bis 20 Zeichen, unter dem Henkel.")
        } else {
            Texts::default()
        },
        kind,
        required,
        choices: choices(list),
    };
    let lids = [("wood", "Oak lid", "Eichendeckel"), ("clay", "Clay lid", "Tondeckel")];
    let extras = [("strainer", "Strainer", "Sieb"), ("warmer", "Warmer", "Stövchen"), ("brush", "Brush", "Bürste")];
    let mut pot = tea();
    pot.slug = "harbour-teapot".to_owned();
    pot.title = say("Harbour teapot, 0.9 l", "Teekanne Hafen, 0,9 l");
    pot.images = vec![image("pot-harbour-teapot", say("A round blue teapot", "Eine runde blaue Teekanne"))];
    pot.variants.truncate(1);
    pot.variants[0].attributes.clear();
    pot.variants[0].measure = None;
    pot.variants[0].prices = prices(4_800, Some(6_000));
    pot.options = vec![
        option("engraving", say("Engraving", "Gravur"), CustomerOptionKind::Text, false, &[]),
        option("initials", say("Number of letters", "Zahl der Buchstaben"), CustomerOptionKind::Integer, false, &[]),
        option(
            "height",
            say("Height of the stand in cm", "Höhe des Ständers in cm"),
            CustomerOptionKind::Float,
            false,
            &[],
        ),
        option("wrap", say("Wrap it as a gift", "Als Geschenk einpacken"), CustomerOptionKind::Boolean, false, &[]),
        option("day", say("Not before", "Nicht vor dem"), CustomerOptionKind::Date, false, &[]),
        option("lid", say("Lid", "Deckel"), CustomerOptionKind::Radio(group), true, &lids),
        option("glaze", say("Glaze", "Glasur"), CustomerOptionKind::Select(group), true, &lids),
        option("extras", say("With it", "Dazu"), CustomerOptionKind::Checkbox(group), false, &extras),
        option("cards", say("Cards to add", "Karten dazu"), CustomerOptionKind::MultiSelect(group), false, &extras),
    ];
    pot
}
