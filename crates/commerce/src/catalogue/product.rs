//! Products: standalone, parent and child.

use super::{AttributeValue, OscarKey};
use crate::decimal::Decimal;
use crate::ids::{AttributeId, CategoryId, ImageId, OptionId, ProductClassId, ProductId};
use crate::language::Texts;
use crate::moment::Moment;
use crate::slug::Slug;

/// Most children of one parent: a page with more could not be used.
pub const CHILDREN_MAX: usize = 1_000;

/// How a product stands to others. A parent has no stock record; a child has no class and no categories of its own.
#[derive(Clone, Copy, Debug, PartialEq, Eq, Hash)]
pub enum Structure {
    /// Sold as it is.
    Standalone(ProductClassId),
    /// Sold through its children.
    Parent(ProductClassId),
    /// A variant of a parent; has the parent's class, and its texts and pictures where it has none.
    Child(ProductId),
}

impl Structure {
    /// Oscar's word for it.
    pub fn name(self) -> &'static str {
        match self {
            Self::Standalone(_) => "standalone",
            Self::Parent(_) => "parent",
            Self::Child(_) => "child",
        }
    }

    /// Its own class; a child has its parent's.
    pub fn class(self) -> Option<ProductClassId> {
        match self {
            Self::Standalone(class) | Self::Parent(class) => Some(class),
            Self::Child(_) => None,
        }
    }

    /// The parent of a child.
    pub fn parent(self) -> Option<ProductId> {
        match self {
            Self::Child(parent) => Some(parent),
            _ => None,
        }
    }
}

/// A product as staff edit it.
#[derive(Clone, Debug, PartialEq, Eq)]
pub struct Product {
    /// Its id.
    pub id: ProductId,
    /// How it stands to others.
    pub structure: Structure,
    /// Universal product code, unique where given.
    pub upc: Option<String>,
    /// Short name from the old store.
    pub code: Option<String>,
    /// Unique in the store; the page's address. A child has one too and redirects to its parent's page.
    pub slug: Slug,
    /// What shoppers read; of a child, empty to use the parent's.
    pub title: Texts,
    /// HTML, cleaned; of a child, empty to use the parent's.
    pub description: Texts,
    /// For search engines; the title where empty.
    pub meta_title: Texts,
    /// For search engines.
    pub meta_description: Texts,
    /// Hidden from shoppers if false.
    pub is_public: bool,
    /// Whether offers may touch it; a child's own flag decides, not its parent's.
    pub is_discountable: bool,
    /// Higher stands earlier in its category.
    pub priority: i64,
    /// Mean of the approved reviews in hundredths, 0 to 500.
    pub rating_hundredths: Option<u16>,
    /// Number of the approved reviews.
    pub rating_count: u32,
    /// Weight in kilograms, for delivery.
    pub weight_kg: Option<Decimal>,
    /// What a unit price is worked out from.
    pub measure: Option<Measure>,
    /// Maker with address, as the EU's product safety rules ask (Regulation 2023/988, art. 19).
    pub maker: Option<String>,
    /// Responsible person in the EU, where the maker sits outside.
    pub eu_contact: Option<String>,
    /// Categories; empty for a child.
    pub categories: Vec<CategoryId>,
    /// Values of the class's attributes; a child's own come before its parent's.
    pub attributes: Vec<(AttributeId, AttributeValue)>,
    /// Options beyond those of the class.
    pub options: Vec<OptionId>,
    /// Pictures, in order.
    pub images: Vec<Image>,
    /// What to show beside it, the best first.
    pub recommendations: Vec<Recommendation>,
    /// When it came into the store.
    pub created_at: Moment,
    /// When it was last changed.
    pub updated_at: Moment,
    /// Rises with every change, so that two editors do not overwrite each other unseen.
    pub version: i64,
    /// Key in django-oscar.
    pub oscar: Option<OscarKey>,
}

/// A picture of a product.
#[derive(Clone, Debug, PartialEq, Eq)]
pub struct Image {
    /// Its id.
    pub id: ImageId,
    /// The file: `drawn:<seed>` for a picture of the demo's, else a path under the media folder.
    pub source: String,
    /// Text for who cannot see it.
    pub alt: Texts,
    /// Width in pixels; 0 if not known yet.
    pub width: u32,
    /// Height in pixels; 0 if not known yet.
    pub height: u32,
    /// Key in django-oscar.
    pub oscar: Option<OscarKey>,
}

/// A product shown beside another.
#[derive(Clone, Debug, PartialEq, Eq)]
pub struct Recommendation {
    /// Which one.
    pub product: ProductId,
    /// Higher stands earlier (Oscar's `ranking`).
    pub ranking: i64,
}

/// What is in one unit, for the price per litre or kilogram that the law asks for (Directive 98/6/EC).
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub struct Measure {
    /// How much is in one unit.
    pub amount: Decimal,
    /// Of what.
    pub unit: MeasureUnit,
}

/// Units of a [`Measure`]; the price is shown per one of them.
#[derive(Clone, Copy, Debug, PartialEq, Eq, Hash)]
pub enum MeasureUnit {
    /// kg
    Kilogram,
    /// l
    Litre,
    /// m
    Metre,
    /// m²
    SquareMetre,
    /// A single piece of a pack.
    Piece,
}

impl MeasureUnit {
    /// Its sign, also used in tables and CSV.
    pub fn name(self) -> &'static str {
        match self {
            Self::Kilogram => "kg",
            Self::Litre => "l",
            Self::Metre => "m",
            Self::SquareMetre => "m2",
            Self::Piece => "piece",
        }
    }

    /// The unit of that sign.
    pub fn from_name(name: &str) -> Option<Self> {
        [Self::Kilogram, Self::Litre, Self::Metre, Self::SquareMetre, Self::Piece]
            .into_iter()
            .find(|unit| unit.name() == name)
    }
}
