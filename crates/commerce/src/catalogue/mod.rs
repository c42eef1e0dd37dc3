//! What a store sells, as it is kept: classes, attributes, options, categories, products, partners.
//!
//! The model holds all of django-oscar's catalogue; [`product`] is the place to start.
//! Pages are not made from this but from the snapshot's documents (crate `catalog`).

pub mod attribute;
pub mod category;
pub mod class;
pub mod product;
pub mod stock_record;

pub use attribute::{Attribute, AttributeKind, AttributeValue, Choice, OptionGroup};
pub use category::{Category, CategoryTree};
pub use class::{CustomerOption, CustomerOptionKind, ProductClass};
pub use product::{Image, Product, Recommendation, Structure};
pub use stock_record::{Partner, PriceRow, StockRecord};

/// Where something came from in django-oscar: its primary key there, so that orders can be joined and old URLs
/// redirect.
pub type OscarKey = i64;

/// Everything that products refer to.
#[derive(Clone, Debug, Default, PartialEq, Eq)]
pub struct CatalogueSetup {
    /// Product classes.
    pub classes: Vec<ProductClass>,
    /// Attributes of all classes.
    pub attributes: Vec<Attribute>,
    /// Groups of choices.
    pub groups: Vec<OptionGroup>,
    /// Customer options.
    pub options: Vec<CustomerOption>,
    /// Categories, in any order.
    pub categories: Vec<Category>,
    /// Partners.
    pub partners: Vec<Partner>,
}

/// A product with what is offered of it.
#[derive(Clone, Debug, PartialEq, Eq)]
pub struct ProductEntry {
    /// The product.
    pub product: Product,
    /// Its stock records, the one that is sold first; empty for a parent.
    pub stock_records: Vec<StockRecord>,
}
