//! The embedded data files, as they are written.

use crate::texts::Pair;
use serde::Deserialize;
use serde::de::DeserializeOwned;
use std::collections::BTreeMap;

/// Why the embedded data does not make a catalogue. Only somebody who changes it can see this.
#[derive(Debug, thiserror::Error)]
pub enum DataError {
    /// Not TOML, or with other keys than are read.
    #[error("{file} cannot be read; correct it where the message points")]
    Syntax {
        /// Name of the file.
        file: &'static str,
        /// Where and why.
        source: Box<toml::de::Error>,
    },
    /// Something is named that is not there.
    #[error("{place} names {name:?}, which is not defined; define it or correct the name")]
    Unknown {
        /// Key of the product, class or option.
        place: String,
        /// What it names.
        name: String,
    },
    /// A value that its attribute cannot hold.
    #[error("{place}: attribute {attribute:?} cannot hold {value}; give it a value of its kind")]
    Misfit {
        /// Key of the product.
        place: String,
        /// Code of the attribute.
        attribute: String,
        /// As it is written.
        value: String,
    },
    /// A title that makes no slug, a price that is no price.
    #[error("{place}: {value:?} does not do here; see the other entries for the form")]
    Malformed {
        /// Key of the product.
        place: String,
        /// As it is written.
        value: String,
    },
}

/// What products refer to.
#[derive(Debug, Deserialize)]
#[serde(deny_unknown_fields)]
pub(crate) struct Catalogue {
    pub(crate) partner: Vec<PartnerData>,
    pub(crate) maker: BTreeMap<String, Maker>,
    pub(crate) group: Vec<Group>,
    pub(crate) option: Vec<OptionData>,
    pub(crate) class: Vec<Class>,
}

#[derive(Debug, Deserialize)]
#[serde(deny_unknown_fields)]
pub(crate) struct PartnerData {
    pub(crate) code: String,
    pub(crate) name: String,
}

#[derive(Debug, Deserialize)]
#[serde(deny_unknown_fields)]
pub(crate) struct Maker {
    pub(crate) name: String,
    pub(crate) eu: Option<String>,
}

#[derive(Debug, Deserialize)]
#[serde(deny_unknown_fields)]
pub(crate) struct Group {
    pub(crate) code: String,
    pub(crate) name: Pair,
    /// Code, English, German.
    pub(crate) choices: Vec<(String, String, String)>,
}

#[derive(Debug, Deserialize)]
#[serde(deny_unknown_fields)]
pub(crate) struct OptionData {
    pub(crate) code: String,
    pub(crate) kind: String,
    pub(crate) group: Option<String>,
    pub(crate) name: Pair,
    pub(crate) help: Pair,
    #[serde(default)]
    pub(crate) required: bool,
}

#[derive(Debug, Deserialize)]
#[serde(deny_unknown_fields)]
pub(crate) struct Class {
    pub(crate) code: String,
    pub(crate) name: Pair,
    /// Nothing is sent and nothing counted.
    #[serde(default)]
    pub(crate) digital: bool,
    /// Each unit is a gift card: sold without tax, worth what it costs.
    #[serde(default)]
    pub(crate) gift_card: bool,
    #[serde(default)]
    pub(crate) options: Vec<String>,
    pub(crate) attributes: Vec<AttributeData>,
}

#[derive(Debug, Deserialize)]
#[serde(deny_unknown_fields)]
pub(crate) struct AttributeData {
    pub(crate) code: String,
    pub(crate) kind: String,
    pub(crate) group: Option<String>,
    pub(crate) name: Pair,
    #[serde(default)]
    pub(crate) facet: bool,
    #[serde(default)]
    pub(crate) required: bool,
}

#[derive(Debug, Deserialize)]
#[serde(deny_unknown_fields)]
pub(crate) struct Categories {
    pub(crate) category: Vec<CategoryData>,
}

#[derive(Debug, Deserialize)]
#[serde(deny_unknown_fields)]
pub(crate) struct CategoryData {
    pub(crate) key: String,
    #[serde(rename = "in")]
    pub(crate) parent: Option<String>,
    pub(crate) name: Pair,
    pub(crate) text: Pair,
    pub(crate) art: String,
}

/// A file of products of one class.
#[derive(Debug, Deserialize)]
#[serde(deny_unknown_fields)]
pub(crate) struct Shelf {
    pub(crate) class: String,
    pub(crate) maker: String,
    pub(crate) product: Vec<ProductData>,
}

#[derive(Debug, Deserialize)]
#[serde(deny_unknown_fields)]
pub(crate) struct ProductData {
    pub(crate) key: String,
    #[serde(rename = "in")]
    pub(crate) category: String,
    /// Title and description in English.
    pub(crate) en: (String, String),
    /// The same in German.
    pub(crate) de: (String, String),
    pub(crate) maker: Option<String>,
    /// Pence, tax included; of the usual size where there are several.
    pub(crate) price: i64,
    /// Reduced to, since [`crate::assortment::SALE_SINCE`].
    pub(crate) sale: Option<i64>,
    /// Units in the house, of each variant; made up where it is not said.
    pub(crate) stock: Option<i64>,
    pub(crate) weight_g: Option<i64>,
    /// Pieces in a pack, for the unit price.
    pub(crate) pieces: Option<i64>,
    /// Pack sizes of tea and spice.
    pub(crate) grams: Option<Vec<i64>>,
    #[serde(default)]
    pub(crate) colours: Vec<String>,
    #[serde(default)]
    pub(crate) sizes: Vec<Size>,
    /// Seeds of pictures; `{}` stands for the colour.
    pub(crate) art: Vec<String>,
    #[serde(default)]
    pub(crate) options: Vec<String>,
    pub(crate) facts: BTreeMap<String, toml::Value>,
    /// Mean in hundredths, and how many.
    pub(crate) stars: Option<(u16, u32)>,
    #[serde(default)]
    pub(crate) likes: Vec<String>,
}

#[derive(Clone, Debug, Deserialize)]
#[serde(deny_unknown_fields)]
pub(crate) struct Size {
    pub(crate) size: String,
    pub(crate) price: i64,
    pub(crate) capacity: i64,
}

/// The files with products; their order is the order of article numbers.
const SHELVES: [(&str, &str); 13] = [
    ("tea-black.toml", include_str!("../data/products/tea-black.toml")),
    ("tea-green.toml", include_str!("../data/products/tea-green.toml")),
    ("tea-other.toml", include_str!("../data/products/tea-other.toml")),
    ("coffee.toml", include_str!("../data/products/coffee.toml")),
    ("spices.toml", include_str!("../data/products/spices.toml")),
    ("pots.toml", include_str!("../data/products/pots.toml")),
    ("makers-tools.toml", include_str!("../data/products/makers-tools.toml")),
    ("linen.toml", include_str!("../data/products/linen.toml")),
    ("travel.toml", include_str!("../data/products/travel.toml")),
    ("books.toml", include_str!("../data/products/books.toml")),
    ("guides.toml", include_str!("../data/products/guides.toml")),
    ("gifts.toml", include_str!("../data/products/gifts.toml")),
    ("gift-cards.toml", include_str!("../data/products/gift-cards.toml")),
];

pub(crate) fn catalogue() -> Result<Catalogue, DataError> {
    read("catalogue.toml", include_str!("../data/catalogue.toml"))
}

pub(crate) fn categories() -> Result<Vec<CategoryData>, DataError> {
    read::<Categories>("categories.toml", include_str!("../data/categories.toml")).map(|file| file.category)
}

pub(crate) fn shelves() -> Result<Vec<Shelf>, DataError> {
    SHELVES.into_iter().map(|(file, text)| read(file, text)).collect()
}

fn read<T: DeserializeOwned>(file: &'static str, text: &str) -> Result<T, DataError> {
    toml::from_str(text).map_err(|source| DataError::Syntax { file, source: Box::new(source) })
}
