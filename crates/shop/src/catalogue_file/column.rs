//! The columns of a catalogue file: their names, and which ones a store has.

use super::names::Names;
use commerce::language::Language;
use commerce::money::Currency;
use std::fmt;

/// A column. The order of the variants is that in which the cells of a row are applied: what a product is comes
/// before what it has.
#[derive(Clone, Debug, PartialEq, Eq, PartialOrd, Ord)]
pub(super) enum Column {
    Structure,
    Parent,
    Class,
    Sku,
    Partner,
    Slug,
    Upc,
    Public,
    InMenu,
    Facet,
    TaxClass,
    GiftCard,
    Discountable,
    Priority,
    Title(Language),
    Description(Language),
    MetaTitle(Language),
    MetaDescription(Language),
    Categories,
    Price(Currency),
    OnHand,
    LowStock,
    WeightKg,
    Measure,
    Maker,
    EuContact,
    Options,
    Images,
    ImageAlt(Language),
    Recommendations,
    Attribute(String, Option<Language>),
}

/// Columns that every store has, in the order of an export.
const PLAIN: [(&str, Column); 24] = [
    ("sku", Column::Sku),
    ("partner", Column::Partner),
    ("slug", Column::Slug),
    ("structure", Column::Structure),
    ("parent", Column::Parent),
    ("class", Column::Class),
    ("public", Column::Public),
    ("in_menu", Column::InMenu),
    ("facet", Column::Facet),
    ("tax_class", Column::TaxClass),
    ("gift_card", Column::GiftCard),
    ("discountable", Column::Discountable),
    ("priority", Column::Priority),
    ("upc", Column::Upc),
    ("categories", Column::Categories),
    ("on_hand", Column::OnHand),
    ("low_stock", Column::LowStock),
    ("weight_kg", Column::WeightKg),
    ("measure", Column::Measure),
    ("maker", Column::Maker),
    ("eu_contact", Column::EuContact),
    ("options", Column::Options),
    ("images", Column::Images),
    ("recommendations", Column::Recommendations),
];
/// So many of them stand before the texts.
const PLAIN_FIRST: usize = 15;
/// Makes a column of a language.
type OfLanguage = fn(Language) -> Column;
/// Beginnings of the names of columns with a language.
const TEXTS: [(&str, OfLanguage); 5] = [
    ("title_", Column::Title),
    ("description_", Column::Description),
    ("meta_title_", Column::MetaTitle),
    ("meta_description_", Column::MetaDescription),
    (IMAGE_ALT, Column::ImageAlt),
];
const IMAGE_ALT: &str = "image_alt_";
const PRICE: &str = "price_";
const ATTRIBUTE: &str = "attribute:";

impl fmt::Display for Column {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        if let Some((name, _)) = PLAIN.iter().find(|(_, column)| column == self) {
            return f.write_str(name);
        }
        match self {
            Self::Price(currency) => write!(f, "{PRICE}{currency}"),
            Self::Attribute(code, None) => write!(f, "{ATTRIBUTE}{code}"),
            Self::Attribute(code, Some(language)) => write!(f, "{ATTRIBUTE}{code}:{language}"),
            Self::Title(language) => write!(f, "title_{language}"),
            Self::Description(language) => write!(f, "description_{language}"),
            Self::MetaTitle(language) => write!(f, "meta_title_{language}"),
            Self::MetaDescription(language) => write!(f, "meta_description_{language}"),
            Self::ImageAlt(language) => write!(f, "{IMAGE_ALT}{language}"),
            _ => Ok(()),
        }
    }
}

impl Column {
    /// Whether it holds something of a stock record: without an article number there is none.
    pub(super) fn is_of_stock_record(&self) -> bool {
        matches!(self, Self::Sku | Self::Partner | Self::Price(_) | Self::OnHand | Self::LowStock)
    }

    /// Every column of a store, in the order of an export.
    pub(super) fn all(names: &Names) -> Vec<Self> {
        let mut columns: Vec<Self> = PLAIN[..PLAIN_FIRST].iter().map(|(_, column)| column.clone()).collect();
        for (_, make) in TEXTS {
            columns.extend(names.languages.iter().map(|language| make(*language)));
        }
        columns.extend(names.currencies.iter().map(|currency| Self::Price(*currency)));
        columns.extend(PLAIN[PLAIN_FIRST..].iter().map(|(_, column)| column.clone()));
        for (code, is_text) in names.attribute_codes() {
            let languages = names.languages.iter().map(|language| Some(*language));
            let wanted: Vec<Option<Language>> = if is_text { languages.collect() } else { vec![None] };
            columns.extend(wanted.into_iter().map(|language| Self::Attribute(code.clone(), language)));
        }
        columns
    }

    /// The column of that name; else what is wrong with it and what to do.
    pub(super) fn parse(raw: &str, names: &Names) -> Result<Self, String> {
        let name = raw.trim();
        if let Some((_, column)) = PLAIN.iter().find(|(known, _)| *known == name) {
            return Ok(column.clone());
        }
        if let Some(code) = name.strip_prefix(PRICE) {
            return names.currency(code).map(Self::Price);
        }
        if let Some(rest) = name.strip_prefix(ATTRIBUTE) {
            let (code, language) = match rest.split_once(':') {
                Some((code, language)) => (code, Some(names.language(language)?)),
                None => (rest, None),
            };
            return match names
                .attribute_codes()
                .find(|(known, is_text)| known == code && *is_text == language.is_some())
            {
                Some(_) => Ok(Self::Attribute(code.to_owned(), language)),
                None if names.attribute_codes().any(|(known, _)| known == code) && language.is_none() => {
                    Err(format!("{name:?} holds texts; add the language, such as {name}:en"))
                }
                None => Err(format!("{name:?} is no attribute of any product class of this store")),
            };
        }
        let text = TEXTS.iter().find_map(|(start, make)| Some((name.strip_prefix(start)?, make)));
        match text {
            Some((language, make)) => names.language(language).map(make),
            None => Err(format!("{name:?} is not a column; `tradewind catalogue export` writes all that there are")),
        }
    }
}
