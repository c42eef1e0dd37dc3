//! The wire form of what a document consists of.
//!
//! The address and the moment of the last change come first, so that a sitemap reads no further.

use crate::document::{
    Card, CardPrice, CategoryEntry, DocumentAttribute, DocumentImage, DocumentOption, DocumentValue, PriceLadder,
    ProductDocument, RangeMarks, Variant, VariantPrice,
};
use crate::wire::{Input, Torn, Wire, wire_struct};
use commerce::availability::Availability;
use commerce::basket::Quantity;
use commerce::catalogue::CustomerOptionKind;
use commerce::catalogue::product::{Measure, MeasureUnit};
use commerce::decimal::Decimal;
use commerce::ids::{CategoryId, OptionGroupId, PartnerId, ProductClassId, ProductId, StockRecordId};
use commerce::language::{Language, Texts};
use commerce::market::MarketCode;
use commerce::moment::Moment;
use commerce::money::{Currency, Money};
use commerce::price_list::Tier;
use commerce::tax::class::TaxClass;
use uuid::Uuid;

wire_struct! {
    Variant {
        id, title, slug, upc, sku, stock_record, prices, attributes, images, availability, is_discountable, weight_kg,
        measure; ladders, partner
    }
    VariantPrice { amount, prior }
    PriceLadder { market, currency, price, tiers }
    Tier { minimum, amount }
    CardPrice { market, price, measure, differs }
    DocumentAttribute { code, name, facet, value }
    DocumentOption { code, name, help, kind, required, choices }
    DocumentImage { source, alt, width, height }
    CategoryEntry {
        id, parent, slug, name, description, meta_title, meta_description, image, in_menu, oscar,
    }
    Measure { amount, unit }
}

impl Wire for ProductDocument {
    fn put(&self, out: &mut Vec<u8>) {
        self.slug.put(out);
        self.updated_at.put(out);
        self.id.put(out);
        self.upc.put(out);
        self.title.put(out);
        self.description.put(out);
        self.meta_title.put(out);
        self.meta_description.put(out);
        self.categories.put(out);
        self.attributes.put(out);
        self.options.put(out);
        self.images.put(out);
        self.variants.put(out);
        self.recommendations.put(out);
        self.rating.put(out);
        self.sold.put(out);
        self.priority.put(out);
        self.created_at.put(out);
        self.requires_shipping.put(out);
        self.maker.put(out);
        self.eu_contact.put(out);
        self.oscar_keys.put(out);
        self.old_slugs.put(out);
        self.marks.put(out);
        // Most products have none of what follows: they need not say so for each variant.
        let has_partners = self.variants.iter().any(|variant| variant.partner.is_some());
        let is_special = has_partners || !self.tax_class.is_standard() || self.is_gift_card;
        if is_special || self.variants.iter().any(|variant| !variant.ladders.is_empty()) {
            self.variants.iter().for_each(|variant| variant.ladders.put(out));
        }
        if is_special {
            self.tax_class.put(out);
            self.is_gift_card.put(out);
        }
        if has_partners {
            self.variants.iter().for_each(|variant| variant.partner.put(out));
        }
    }

    /// A document is read alone and whole: what stands behind the marks are the ladders of its variants, and then what
    /// few products are.
    fn take(from: &mut Input<'_>) -> Result<Self, Torn> {
        let mut document = Self {
            slug: Wire::take(from)?,
            updated_at: Wire::take(from)?,
            id: Wire::take(from)?,
            upc: Wire::take(from)?,
            title: Wire::take(from)?,
            description: Wire::take(from)?,
            meta_title: Wire::take(from)?,
            meta_description: Wire::take(from)?,
            categories: Wire::take(from)?,
            attributes: Wire::take(from)?,
            options: Wire::take(from)?,
            images: Wire::take(from)?,
            variants: Wire::take(from)?,
            recommendations: Wire::take(from)?,
            rating: Wire::take(from)?,
            sold: Wire::take(from)?,
            priority: Wire::take(from)?,
            created_at: Wire::take(from)?,
            requires_shipping: Wire::take(from)?,
            maker: Wire::take(from)?,
            eu_contact: Wire::take(from)?,
            oscar_keys: Wire::take(from)?,
            old_slugs: Wire::take(from)?,
            marks: Wire::take(from)?,
            tax_class: TaxClass::standard(),
            is_gift_card: false,
        };
        if !from.rest().is_empty() {
            for variant in &mut document.variants {
                variant.ladders = Wire::take(from)?;
            }
        }
        if !from.rest().is_empty() {
            (document.tax_class, document.is_gift_card) = (Wire::take(from)?, Wire::take(from)?);
        }
        if !from.rest().is_empty() {
            for variant in &mut document.variants {
                variant.partner = Wire::take(from)?;
            }
        }
        Ok(document)
    }
}

impl Wire for Card {
    fn put(&self, out: &mut Vec<u8>) {
        self.id.put(out);
        self.slug.put(out);
        self.title.put(out);
        self.image.put(out);
        self.prices.put(out);
        self.prices_differ.put(out);
        self.variants.put(out);
        self.quick_add.put(out);
        self.stock_records.put(out);
        self.availability.put(out);
        self.rating.put(out);
        self.measures.put(out);
        let is_special = !self.tax_class.is_standard();
        if is_special || !self.market_prices.is_empty() {
            self.market_prices.put(out);
        }
        if is_special {
            self.tax_class.put(out);
        }
    }

    /// A card is read alone and whole, so one that ends before the measures is of format 1. Most have no prices of
    /// markets behind them.
    fn take(from: &mut Input<'_>) -> Result<Self, Torn> {
        Ok(Self {
            id: Wire::take(from)?,
            slug: Wire::take(from)?,
            title: Wire::take(from)?,
            image: Wire::take(from)?,
            prices: Wire::take(from)?,
            prices_differ: Wire::take(from)?,
            variants: Wire::take(from)?,
            quick_add: Wire::take(from)?,
            stock_records: Wire::take(from)?,
            availability: Wire::take(from)?,
            rating: Wire::take(from)?,
            measures: if from.rest().is_empty() { Vec::new() } else { Wire::take(from)? },
            market_prices: if from.rest().is_empty() { Vec::new() } else { Wire::take(from)? },
            tax_class: if from.rest().is_empty() { TaxClass::standard() } else { Wire::take(from)? },
        })
    }
}

macro_rules! wire_ids {
    ($($id:ident),*) => {$(
        impl Wire for $id {
            fn put(&self, out: &mut Vec<u8>) {
                out.extend_from_slice(self.uuid().as_bytes());
            }

            fn take(from: &mut Input<'_>) -> Result<Self, Torn> {
                Ok(Self::new(Uuid::from_bytes(Wire::take(from)?)))
            }
        }
    )*};
}
wire_ids!(PartnerId, ProductId, ProductClassId, CategoryId, StockRecordId, OptionGroupId);

impl Wire for RangeMarks {
    fn put(&self, out: &mut Vec<u8>) {
        self.class.put(out);
        self.categories.put(out);
    }

    /// A document is read alone and whole, and only the ladders come later: one that ends before these is of format 3.
    fn take(from: &mut Input<'_>) -> Result<Self, Torn> {
        if from.rest().is_empty() {
            return Ok(Self::default());
        }
        Ok(Self { class: Wire::take(from)?, categories: Wire::take(from)? })
    }
}

/// Values that have a name of their own stand in files under it.
macro_rules! wire_by_name {
    ($($name:ident: $write:expr, $read:expr;)*) => {$(
        impl Wire for $name {
            fn put(&self, out: &mut Vec<u8>) {
                let write: fn(&Self) -> String = $write;
                write(self).put(out);
            }

            fn take(from: &mut Input<'_>) -> Result<Self, Torn> {
                let read: fn(&str) -> Option<Self> = $read;
                let length = usize::take(from)?;
                std::str::from_utf8(from.bytes(length)?).ok().and_then(read).ok_or(Torn)
            }
        }
    )*};
}
wire_by_name! {
    Language: |language| language.code().to_owned(), |code| Language::parse(code).ok();
    Decimal: |number| number.to_string(), |text| Decimal::parse(text).ok();
    MeasureUnit: |unit| unit.name().to_owned(), MeasureUnit::from_name;
    TaxClass: |class| class.as_str().to_owned(), |code| TaxClass::parse(code).ok();
    MarketCode: |code| code.as_str().to_owned(), |code| MarketCode::parse(code).ok();
}

impl Wire for Texts {
    fn put(&self, out: &mut Vec<u8>) {
        self.iter().count().put(out);
        for (language, text) in self.iter() {
            language.put(out);
            text.to_owned().put(out);
        }
    }

    fn take(from: &mut Input<'_>) -> Result<Self, Torn> {
        Vec::<(Language, String)>::take(from).map(|entries| entries.into_iter().collect())
    }
}

impl Wire for Quantity {
    fn put(&self, out: &mut Vec<u8>) {
        self.get().put(out);
    }

    fn take(from: &mut Input<'_>) -> Result<Self, Torn> {
        Self::new(u32::take(from)?).map_err(|_| Torn)
    }
}

impl Wire for Moment {
    fn put(&self, out: &mut Vec<u8>) {
        self.micros().put(out);
    }

    fn take(from: &mut Input<'_>) -> Result<Self, Torn> {
        i64::take(from).map(Self::from_micros)
    }
}

impl Wire for Currency {
    fn put(&self, out: &mut Vec<u8>) {
        out.extend_from_slice(self.code().as_bytes());
    }

    fn take(from: &mut Input<'_>) -> Result<Self, Torn> {
        from.currency()
    }
}

impl Wire for Money {
    fn put(&self, out: &mut Vec<u8>) {
        self.currency().put(out);
        self.minor().put(out);
    }

    fn take(from: &mut Input<'_>) -> Result<Self, Torn> {
        let currency = from.currency()?;
        Ok(Self::from_minor(i64::take(from)?, currency))
    }
}

impl Wire for Availability {
    fn put(&self, out: &mut Vec<u8>) {
        let number: u8 = match self {
            Self::Available => 0,
            Self::FewLeft => 1,
            Self::SoldOut => 2,
            Self::NotForSale => 3,
        };
        number.put(out);
    }

    fn take(from: &mut Input<'_>) -> Result<Self, Torn> {
        Ok(match u8::take(from)? {
            0 => Self::Available,
            1 => Self::FewLeft,
            2 => Self::SoldOut,
            3 => Self::NotForSale,
            _ => return Err(Torn),
        })
    }
}

impl Wire for CustomerOptionKind {
    fn put(&self, out: &mut Vec<u8>) {
        let group = match *self {
            Self::Select(group) | Self::Radio(group) | Self::MultiSelect(group) | Self::Checkbox(group) => Some(group),
            Self::Text | Self::Integer | Self::Float | Self::Boolean | Self::Date => None,
        };
        (self.name().to_owned(), group).put(out);
    }

    fn take(from: &mut Input<'_>) -> Result<Self, Torn> {
        let (name, group) = <(String, Option<OptionGroupId>)>::take(from)?;
        Self::from_name(&name, group).ok_or(Torn)
    }
}

impl Wire for DocumentValue {
    fn put(&self, out: &mut Vec<u8>) {
        let mut tagged = |tag: u8, value: &dyn Fn(&mut Vec<u8>)| {
            tag.put(out);
            value(out);
        };
        match self {
            Self::Text(texts) => tagged(0, &|out| texts.put(out)),
            Self::Html(texts) => tagged(1, &|out| texts.put(out)),
            Self::Integer(number) => tagged(2, &|out| number.put(out)),
            Self::Float(number) => tagged(3, &|out| number.put(out)),
            Self::Boolean(yes) => tagged(4, &|out| yes.put(out)),
            Self::Date(day) => tagged(5, &|out| day.put(out)),
            Self::DateTime(moment) => tagged(6, &|out| moment.put(out)),
            Self::Choices(choices) => tagged(7, &|out| choices.put(out)),
            Self::File(path) => tagged(8, &|out| path.put(out)),
        }
    }

    fn take(from: &mut Input<'_>) -> Result<Self, Torn> {
        Ok(match u8::take(from)? {
            0 => Self::Text(Wire::take(from)?),
            1 => Self::Html(Wire::take(from)?),
            2 => Self::Integer(Wire::take(from)?),
            3 => Self::Float(Wire::take(from)?),
            4 => Self::Boolean(Wire::take(from)?),
            5 => Self::Date(Wire::take(from)?),
            6 => Self::DateTime(Wire::take(from)?),
            7 => Self::Choices(Wire::take(from)?),
            8 => Self::File(Wire::take(from)?),
            _ => return Err(Torn),
        })
    }
}

#[cfg(test)]
mod tests {
    use super::*;
    use proptest::collection::vec;
    use proptest::option;
    use proptest::prelude::*;

    fn texts() -> impl Strategy<Value = Texts> {
        vec(("[a-z]{2,3}", "\\PC{0,20}"), 0..3).prop_map(|entries| {
            entries.into_iter().map(|(code, text)| (Language::parse(&code).unwrap(), text)).collect()
        })
    }

    fn decimal() -> impl Strategy<Value = Decimal> {
        (any::<i64>(), 0_u8..=12).prop_map(|(mantissa, scale)| Decimal::new(mantissa, scale).unwrap())
    }

    fn moment() -> impl Strategy<Value = Moment> {
        any::<i64>().prop_map(Moment::from_micros)
    }

    fn uuid() -> impl Strategy<Value = Uuid> {
        any::<u128>().prop_map(Uuid::from_u128)
    }

    fn value() -> impl Strategy<Value = DocumentValue> {
        prop_oneof![
            texts().prop_map(DocumentValue::Text),
            texts().prop_map(DocumentValue::Html),
            any::<i64>().prop_map(DocumentValue::Integer),
            decimal().prop_map(DocumentValue::Float),
            any::<bool>().prop_map(DocumentValue::Boolean),
            "\\PC{0,10}".prop_map(DocumentValue::Date),
            moment().prop_map(DocumentValue::DateTime),
            vec(("\\PC{0,10}", texts()), 0..3).prop_map(DocumentValue::Choices),
            "\\PC{0,10}".prop_map(DocumentValue::File),
        ]
    }

    fn attribute() -> impl Strategy<Value = DocumentAttribute> {
        ("[a-z]{1,8}", texts(), any::<bool>(), value()).prop_map(|(code, name, facet, value)| DocumentAttribute {
            code,
            name,
            facet,
            value,
        })
    }

    fn option() -> impl Strategy<Value = DocumentOption> {
        let group = || uuid().prop_map(OptionGroupId::new);
        let kind = prop_oneof![
            Just(CustomerOptionKind::Text),
            Just(CustomerOptionKind::Date),
            group().prop_map(CustomerOptionKind::Select),
            group().prop_map(CustomerOptionKind::Checkbox),
        ];
        ("[a-z]{1,8}", texts(), texts(), kind, any::<bool>(), vec(("\\PC{0,5}", texts()), 0..3)).prop_map(
            |(code, name, help, kind, required, choices)| DocumentOption { code, name, help, kind, required, choices },
        )
    }

    fn image() -> impl Strategy<Value = DocumentImage> {
        ("\\PC{0,20}", texts(), any::<u32>(), any::<u32>()).prop_map(|(source, alt, width, height)| DocumentImage {
            source,
            alt,
            width,
            height,
        })
    }

    fn price() -> impl Strategy<Value = VariantPrice> {
        let currency = prop_oneof![Just("EUR"), Just("JPY"), Just("KWD")];
        (currency, any::<i64>(), option::of(any::<i64>())).prop_map(|(code, amount, prior)| {
            let money = |minor| Money::from_minor(minor, Currency::parse(code).unwrap());
            VariantPrice { amount: money(amount), prior: prior.map(money) }
        })
    }

    fn ladder() -> impl Strategy<Value = PriceLadder> {
        let market = option::of("[b-y]{2}").prop_map(|code| code.map(|code| MarketCode::parse(&code).unwrap()));
        let tier = (1_u32..=9_999, any::<i64>()).prop_map(|(units, minor)| Tier {
            minimum: Quantity::new(units).unwrap(),
            amount: Money::from_minor(minor, Currency::parse("EUR").unwrap()),
        });
        let currency = Currency::parse("EUR").unwrap();
        (market, option::of(price()), vec(tier, 0..3)).prop_map(move |(market, price, tiers)| PriceLadder {
            market,
            currency,
            price,
            tiers,
        })
    }

    fn availability() -> impl Strategy<Value = Availability> {
        use Availability::{Available, FewLeft, NotForSale, SoldOut};
        prop_oneof![Just(Available), Just(FewLeft), Just(SoldOut), Just(NotForSale)]
    }

    fn variant() -> impl Strategy<Value = Variant> {
        let measure = (decimal(), prop_oneof![Just(MeasureUnit::Litre), Just(MeasureUnit::Piece)])
            .prop_map(|(amount, unit)| Measure { amount, unit });
        let one = (uuid(), texts(), "[a-z-]{0,9}", option::of("\\PC{0,9}"), "\\PC{0,9}", option::of(uuid()));
        let two = (vec(price(), 0..3), vec(attribute(), 0..2), vec(image(), 0..2), availability(), any::<bool>());
        let three = (option::of(decimal()), option::of(measure), vec(ladder(), 0..3), option::of(uuid()));
        (one, two, three).prop_map(|(one, two, (weight_kg, measure, ladders, partner))| Variant {
            id: ProductId::new(one.0),
            title: one.1,
            slug: one.2,
            upc: one.3,
            sku: one.4,
            stock_record: one.5.map(StockRecordId::new),
            prices: two.0,
            attributes: two.1,
            images: two.2,
            availability: two.3,
            is_discountable: two.4,
            weight_kg,
            measure,
            ladders,
            partner: partner.map(PartnerId::new),
        })
    }

    fn document() -> impl Strategy<Value = ProductDocument> {
        let words = (texts(), texts(), texts(), texts(), "[a-z-]{1,20}", option::of("\\PC{0,20}"));
        let lists = (
            vec(uuid(), 0..3),
            vec(attribute(), 0..3),
            vec(option(), 0..2),
            vec(image(), 0..2),
            vec(variant(), 0..3),
            vec(uuid(), 0..3),
            vec(any::<i64>(), 0..3),
            vec("[a-z-]{1,20}", 0..3),
            (option::of(uuid()), vec(uuid(), 0..3)),
        );
        let class = prop_oneof![Just(TaxClass::standard()), Just(TaxClass::parse("books").unwrap())];
        let kinds = (any::<bool>(), class, any::<bool>());
        let numbers = (option::of(any::<(u16, u32)>()), any::<u64>(), any::<i64>(), moment(), moment(), kinds);
        (uuid(), words, lists, numbers, option::of("\\PC{0,9}"), option::of("\\PC{0,9}")).prop_map(
            |(id, words, lists, numbers, maker, eu_contact)| ProductDocument {
                id: ProductId::new(id),
                title: words.0,
                description: words.1,
                meta_title: words.2,
                meta_description: words.3,
                slug: words.4,
                upc: words.5,
                categories: lists.0.into_iter().map(CategoryId::new).collect(),
                attributes: lists.1,
                options: lists.2,
                images: lists.3,
                variants: lists.4,
                recommendations: lists.5.into_iter().map(ProductId::new).collect(),
                oscar_keys: lists.6,
                old_slugs: lists.7,
                marks: RangeMarks {
                    class: lists.8.0.map(ProductClassId::new),
                    categories: lists.8.1.into_iter().map(CategoryId::new).collect(),
                },
                rating: numbers.0,
                sold: numbers.1,
                priority: numbers.2,
                created_at: numbers.3,
                updated_at: numbers.4,
                requires_shipping: numbers.5.0,
                tax_class: numbers.5.1,
                is_gift_card: numbers.5.2,
                maker,
                eu_contact,
            },
        )
    }

    proptest! {
        #[test]
        fn documents_and_cards_come_back_and_torn_ones_are_refused(document in document(), cut in any::<u16>()) {
            let bytes = document.to_bytes();
            prop_assert_eq!(Input::whole::<ProductDocument>(&bytes), Ok(document.clone()));
            // Format 3 ended before the marks, and what no price list touches and is taxed as most goods ends behind them.
            let mut plain =
                ProductDocument { tax_class: TaxClass::standard(), is_gift_card: false, ..document.clone() };
            for variant in &mut plain.variants {
                (variant.ladders, variant.partner) = (Vec::new(), None);
            }
            let plain_bytes = plain.to_bytes();
            prop_assert!(bytes.starts_with(&plain_bytes));
            prop_assert_eq!(Input::whole::<ProductDocument>(&plain_bytes), Ok(plain.clone()));
            let older = &plain_bytes[..plain_bytes.len() - document.marks.to_bytes().len()];
            let unmarked = ProductDocument { marks: RangeMarks::default(), ..plain };
            prop_assert_eq!(Input::whole::<ProductDocument>(older), Ok(unmarked));
            let cut = usize::from(cut);
            prop_assert_eq!(Input::whole::<ProductDocument>(&older[..cut % older.len()]), Err(Torn));
            let ladders: usize = document.variants.iter().map(|variant| variant.ladders.to_bytes().len()).sum();
            let behind = bytes.len() - plain_bytes.len();
            if behind > 1 {
                let torn = plain_bytes.len() + 1 + cut % (behind - 1);
                // What ends behind the ladders is whole, too, and so is what ends behind the class.
                let class = document.tax_class.to_bytes().len() + 1;
                let whole = [plain_bytes.len() + ladders, plain_bytes.len() + ladders + class];
                if !whole.contains(&torn) {
                    prop_assert_eq!(Input::whole::<ProductDocument>(&bytes[..torn]), Err(Torn));
                }
            }
            let card = Card::of(&document);
            let bytes = card.to_bytes();
            prop_assert_eq!(Input::whole::<Card>(&bytes), Ok(card.clone()));
            // Format 1 ended before the measures.
            let card = Card { market_prices: Vec::new(), tax_class: TaxClass::standard(), ..card };
            let bytes = card.to_bytes();
            let older = &bytes[..bytes.len() - card.measures.to_bytes().len()];
            prop_assert_eq!(Input::whole::<Card>(older), Ok(Card { measures: Vec::new(), ..card }));
            prop_assert_eq!(Input::whole::<Card>(&older[..cut % older.len()]), Err(Torn));
        }
    }
}
