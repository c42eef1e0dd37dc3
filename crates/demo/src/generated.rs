//! Catalogues of any size for benchmarks: the same on every run and machine, made one product at a time.
//!
//! Titles follow a small grammar; descriptions draw on 20,000 invented words of which few are common and most are
//! rare, as in real text, so that an index built from them behaves as one of a real shop does.

mod words;

use crate::assortment::check_digit;
use crate::texts::Pair;
use commerce::catalogue::{
    Attribute, AttributeKind, AttributeValue, CatalogueSetup, Category, Choice, OptionGroup, Partner, PriceRow,
    Product, ProductClass, ProductEntry, StockRecord, Structure,
};
use commerce::decimal::Decimal;
use commerce::ids::{
    AttributeId, CategoryId, ChoiceId, OptionGroupId, PartnerId, PriceId, ProductClassId, ProductId, StockRecordId,
    derived_uuid,
};
use commerce::language::{Language, Texts};
use commerce::moment::Moment;
use commerce::money::{Currency, Money};
use commerce::slug::Slug;
use commerce::tax::class::TaxClass;
use std::fmt::Write;
use words::{AREAS, COLOURS, FEATURES, LINES, MATERIALS, WORKSHOPS, word};

/// Different words in descriptions.
pub const VOCABULARY_WORDS: usize = 20_000;
/// Most products that can be made; beyond them numbers would not fit a product code.
pub const PRODUCTS_MAX: u64 = 100_000_000;
/// Words of a description: at least, and how many more at most.
const DESCRIPTION_WORDS: (u64, u64) = (30, 40);
/// When the first product came in, in microseconds: 2020-01-01.
const FIRST_MICROS: i64 = 1_577_836_800_000_000;
/// How far apart they came in, in milliseconds.
const ARRIVAL_STEP_MS: i64 = 180_000;

/// Categories that hold products: each thing in each line.
pub const LEAF_CATEGORIES: usize = AREAS.len() * 4 * LINES.len();

/// What generated products refer to: 315 categories on three levels (240 hold products, 4,167 each of 1,000,000), and
/// five attributes to filter by. The same for every seed.
pub fn setup() -> CatalogueSetup {
    let mut setup = CatalogueSetup::default();
    let class = class_id();
    setup.classes.push(ProductClass {
        id: class,
        code: "generated".to_owned(),
        name: pair(["Generated", "Erzeugt"]),
        requires_shipping: true,
        track_stock: true,
        options: Vec::new(),
        oscar: None,
        tax_class: TaxClass::standard(),
        is_gift_card: false,
    });
    setup.partners.push(Partner { id: partner_id(), code: "works".to_owned(), name: "Works".to_owned(), oscar: None });
    let workshops = WORKSHOPS.map(|name| [name, name]);
    let lists: [(&str, &str, &[[&str; 2]]); 4] = [
        ("workshop", "Werkstatt", &workshops),
        ("colour", "Farbe", &COLOURS),
        ("material", "Material", &MATERIALS),
        ("feature", "Eigenschaft", &FEATURES),
    ];
    for (code, german, names) in lists {
        let id = OptionGroupId::new(derived_uuid("generated/group", code));
        let name = pair([&capital(code), german]);
        let choices = names.iter().enumerate().map(|(place, name)| Choice {
            id: choice_id(code, place),
            code: slug_of(name[0]).as_str().to_owned(),
            name: pair([&capital(name[0]), &capital(name[1])]),
            oscar: None,
        });
        let choices = choices.collect();
        setup.groups.push(OptionGroup { id, name: name.clone(), code: Some(code.to_owned()), choices, oscar: None });
        let kind = if code == "feature" { AttributeKind::MultiOption(id) } else { AttributeKind::Option(id) };
        setup.attributes.push(facet(class, code, name, kind));
    }
    setup.attributes.push(facet(class, "organic", pair(["Organic", "Bio"]), AttributeKind::Boolean));
    setup.categories = categories();
    setup
}

/// Makes the products with the numbers 0 to `count`, at most [`PRODUCTS_MAX`], one at a time: half a megabyte of
/// memory, whatever their number. All are standalone, with titles in English and German, descriptions in English,
/// prices in GBP and EUR, and stock.
pub fn products(count: u64, seed: u64) -> impl Iterator<Item = ProductEntry> {
    let maker = Maker::new(seed);
    (0..count.min(PRODUCTS_MAX)).map(move |number| maker.product(number))
}

fn pair([english, german]: [&str; 2]) -> Texts {
    Pair(english.to_owned(), german.to_owned()).texts()
}

fn class_id() -> ProductClassId {
    ProductClassId::new(derived_uuid("generated/class", ""))
}

fn partner_id() -> PartnerId {
    PartnerId::new(derived_uuid("generated/partner", ""))
}

fn attribute_id(code: &str) -> AttributeId {
    AttributeId::new(derived_uuid("generated/attribute", code))
}

fn choice_id(group: &str, place: usize) -> ChoiceId {
    ChoiceId::new(derived_uuid("generated/choice", &format!("{group}/{place}")))
}

fn category_id(level: &str, place: usize) -> CategoryId {
    CategoryId::new(derived_uuid("generated/category", &format!("{level}/{place}")))
}

fn facet(class: ProductClassId, code: &str, name: Texts, kind: AttributeKind) -> Attribute {
    let (id, code) = (attribute_id(code), code.to_owned());
    Attribute { id, class, code, name, kind, required: false, facet: true, oscar: None }
}

fn categories() -> Vec<Category> {
    let category = |id, parent, position: usize, slug: &str, name: [&str; 2]| Category {
        id,
        parent,
        position: i64::try_from(position).unwrap_or_default(),
        slug: slug_of(slug),
        name: pair(name),
        description: Texts::default(),
        meta_title: Texts::default(),
        meta_description: Texts::default(),
        image: None,
        is_public: true,
        in_menu: true,
        code: None,
        oscar: None,
    };
    let mut list = Vec::new();
    for (area, (name, things)) in AREAS.iter().enumerate() {
        let top = category_id("area", area);
        list.push(category(top, None, area, &format!("all {}", name[0]), *name));
        for (place, thing) in things.iter().enumerate() {
            let place = area * 4 + place;
            let middle = category_id("thing", place);
            let plural = capital(&plural(thing[0]));
            list.push(category(middle, Some(top), place, &plural, [&plural, thing[1]]));
            for (line, [english, german]) in LINES.into_iter().enumerate() {
                let leaf = category_id("line", place * LINES.len() + line);
                let name = [format!("{english} {}", plural.to_lowercase()), format!("{}: {german}", thing[1])];
                list.push(category(leaf, Some(middle), line, &name[0], [&name[0], &name[1]]));
            }
        }
    }
    list
}

fn plural(noun: &str) -> String {
    match noun {
        "press" | "lunch box" | "gift box" => format!("{noun}es"),
        _ => format!("{noun}s"),
    }
}

fn capital(word: &str) -> String {
    let mut chars = word.chars();
    chars.next().map(|first| first.to_uppercase().chain(chars).collect()).unwrap_or_default()
}

fn slug_of(text: &str) -> Slug {
    Slug::from_title(text).expect("names of this file have letters")
}

/// What all products of a run share.
struct Maker {
    seed: u64,
    words: Vec<String>,
    german: Language,
    /// Currencies with the price in hundredths of pence.
    currencies: Vec<(Currency, i64)>,
    colours: Vec<ChoiceId>,
    materials: Vec<ChoiceId>,
    features: Vec<ChoiceId>,
    workshops: Vec<ChoiceId>,
    leaves: Vec<CategoryId>,
    attributes: [AttributeId; 5],
}

impl Maker {
    fn new(seed: u64) -> Self {
        let choices = |group: &str, count: usize| (0..count).map(|place| choice_id(group, place)).collect();
        let currency = |(code, rate)| Currency::parse(code).ok().map(|currency| (currency, rate));
        Self {
            seed,
            words: (0..VOCABULARY_WORDS).map(word).collect(),
            german: crate::texts::languages()[1],
            currencies: [("GBP", 100), ("EUR", 119)].into_iter().filter_map(currency).collect(),
            colours: choices("colour", COLOURS.len()),
            materials: choices("material", MATERIALS.len()),
            features: choices("feature", FEATURES.len()),
            workshops: choices("workshop", WORKSHOPS.len()),
            leaves: (0..LEAF_CATEGORIES).map(|place| category_id("line", place)).collect(),
            attributes: ["workshop", "colour", "material", "feature", "organic"].map(attribute_id),
        }
    }

    fn product(&self, number: u64) -> ProductEntry {
        let mut dice = Dice::new(self.seed, number);
        let leaf = usize::try_from(number).unwrap_or_default() % LEAF_CATEGORIES;
        let (thing, line) = (leaf / LINES.len(), leaf % LINES.len());
        let thing = AREAS[thing / 4].1[thing % 4];
        let [colour, material, workshop] =
            [COLOURS.len(), MATERIALS.len(), WORKSHOPS.len()].map(|len| dice.skewed(len));
        let maker = WORKSHOPS[workshop];
        let model = dice.below(900) + 100;
        let english =
            format!("{} {} {} {maker} {model}", capital(COLOURS[colour][0]), MATERIALS[material][0], thing[0]);
        let german = format!("{} aus {}, {}, {maker} {model}", thing[1], MATERIALS[material][1], COLOURS[colour][1]);
        let key = format!("{}/{number}", self.seed);
        let id = ProductId::new(derived_uuid("generated/product", &key));
        let mut title = Texts::single(Language::ENGLISH, english.as_str());
        title.set(self.german, german);
        let rated = dice.below(100) < 40;
        let arrived =
            Moment::from_micros(FIRST_MICROS).plus_ms(i64::try_from(number).unwrap_or_default() * ARRIVAL_STEP_MS);
        let product = Product {
            id,
            structure: Structure::Standalone(class_id()),
            upc: Some(upc(number)),
            code: None,
            slug: slug_of(&english).numbered(number),
            title,
            description: Texts::single(Language::ENGLISH, self.description(&mut dice, thing[0], LINES[line][0])),
            meta_title: Texts::default(),
            meta_description: Texts::default(),
            is_public: true,
            is_discountable: true,
            priority: i64::try_from(dice.below(1_000)).unwrap_or_default(),
            rating_hundredths: rated.then(|| u16::try_from(250 + dice.below(250)).unwrap_or_default()),
            rating_count: if rated { u32::try_from(1 + dice.below(400)).unwrap_or_default() } else { 0 },
            weight_kg: Decimal::new(50 + i64::try_from(dice.below(4_000)).unwrap_or_default(), 3),
            measure: None,
            maker: Some(format!("{maker} Works, 1 Mill Lane, {maker}, United Kingdom")),
            eu_contact: None,
            categories: vec![self.leaves[leaf]],
            attributes: self.values(&mut dice, [workshop, colour, material]),
            options: Vec::new(),
            images: Vec::new(),
            recommendations: Vec::new(),
            created_at: arrived,
            updated_at: arrived,
            version: 1,
            oscar: None,
        };
        let stock_records = vec![self.stock_record(&mut dice, id, &key, number)];
        ProductEntry { product, stock_records }
    }

    fn values(&self, dice: &mut Dice, [workshop, colour, material]: [usize; 3]) -> Vec<(AttributeId, AttributeValue)> {
        let chosen = dice.next();
        let features = self.features.iter().enumerate().filter(|(place, _)| chosen >> (2 * place) & 3 == 0);
        let values = [
            AttributeValue::Option(self.workshops[workshop]),
            AttributeValue::Option(self.colours[colour]),
            AttributeValue::Option(self.materials[material]),
            AttributeValue::MultiOption(features.map(|(_, id)| *id).collect()),
            AttributeValue::Boolean(dice.below(4) == 0),
        ];
        self.attributes.into_iter().zip(values).collect()
    }

    fn description(&self, dice: &mut Dice, thing: &str, line: &str) -> String {
        let mut text = format!("<p>{line} {thing}.");
        let words = DESCRIPTION_WORDS.0 + dice.below(DESCRIPTION_WORDS.1);
        let mut begins = true;
        for place in 1..=words {
            let word = &self.words[dice.skewed(VOCABULARY_WORDS)];
            let _ = if begins { write!(text, " {}", capital(word)) } else { write!(text, " {word}") };
            begins = place % 11 == 0 || place == words;
            if begins {
                text.push('.');
            }
        }
        text + "</p>"
    }

    fn stock_record(&self, dice: &mut Dice, product: ProductId, key: &str, number: u64) -> StockRecord {
        // Most things are cheap, few are dear; prices end in 9.
        let pence = (i64::try_from(dice.skewed(20_000)).unwrap_or_default() + 20) * 10 + 99;
        let reduced = dice.below(20) == 0;
        let mut prices = Vec::new();
        for (currency, rate) in &self.currencies {
            let mut row = |kind: &str, pence: i64, from: Option<Moment>| {
                let id = PriceId::new(derived_uuid("generated/price", &format!("{key}/{currency}/{kind}")));
                prices.push(PriceRow {
                    id,
                    amount: Money::from_minor(pence * rate / 100, *currency),
                    from,
                    until: None,
                });
            };
            row("regular", pence, None);
            if reduced {
                row("sale", pence * 4 / 5, Some(Moment::from_micros(FIRST_MICROS)));
            }
        }
        let on_hand = if dice.below(25) == 0 { 0 } else { 1 + dice.skewed(400) };
        StockRecord {
            id: StockRecordId::new(derived_uuid("generated/stock-record", key)),
            product,
            partner: partner_id(),
            sku: format!("G-{number:08}"),
            on_hand: i64::try_from(on_hand).ok(),
            low_stock_threshold: Some(5),
            prices,
            oscar: None,
        }
    }
}

fn upc(number: u64) -> String {
    let digits = format!("21{number:010}");
    let check = check_digit(&digits);
    digits + &check.to_string()
}

/// Numbers that follow from a seed and a product's number (SplitMix64).
struct Dice {
    state: u64,
}

impl Dice {
    fn new(seed: u64, number: u64) -> Self {
        let mut dice = Self { state: seed ^ number.wrapping_mul(0xd134_2543_de82_ef95) };
        dice.next();
        dice
    }

    fn next(&mut self) -> u64 {
        self.state = self.state.wrapping_add(0x9e37_79b9_7f4a_7c15);
        let mut mixed = self.state;
        mixed = (mixed ^ (mixed >> 30)).wrapping_mul(0xbf58_476d_1ce4_e5b9);
        mixed = (mixed ^ (mixed >> 27)).wrapping_mul(0x94d0_49bb_1331_11eb);
        mixed ^ (mixed >> 31)
    }

    fn below(&mut self, bound: u64) -> u64 {
        self.next() % bound.max(1)
    }

    /// A place in a list of that length, the first ones far more often (about as Zipf's law has it): a power of two by
    /// even chance, then a place within it.
    fn skewed(&mut self, length: usize) -> usize {
        let length = u64::try_from(length).unwrap_or(1).max(1);
        let powers = u64::from(u64::BITS - length.leading_zeros());
        let start = 1_u64 << self.below(powers);
        let place = (start - 1 + self.below(start)) % length;
        usize::try_from(place).unwrap_or_default()
    }
}

#[cfg(test)]
mod tests;
