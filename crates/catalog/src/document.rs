//! What a snapshot holds of each product: one document with everything a page shows, in all languages.
//!
//! A parent's document holds its children as variants, so that one look-up makes a whole product page.
//! Amounts are as entered (with or without tax, as the store's settings say); a market's tax is worked out
//! when a page is made.

use commerce::availability::Availability;
use commerce::catalogue::CustomerOptionKind;
use commerce::catalogue::product::Measure;
use commerce::decimal::Decimal;
use commerce::ids::{CategoryId, PartnerId, ProductClassId, ProductId, StockRecordId};
use commerce::language::Texts;
use commerce::market::MarketCode;
use commerce::moment::Moment;
use commerce::money::{Currency, Money};
use commerce::price_list::Tier;
use commerce::tax::class::TaxClass;

/// A standalone or parent product as shoppers see it.
#[derive(Clone, Debug, PartialEq, Eq)]
pub struct ProductDocument {
    /// Its id.
    pub id: ProductId,
    /// Address of its page.
    pub slug: String,
    /// Universal product code.
    pub upc: Option<String>,
    /// Title.
    pub title: Texts,
    /// Clean HTML.
    pub description: Texts,
    /// For search engines; the title where empty.
    pub meta_title: Texts,
    /// For search engines.
    pub meta_description: Texts,
    /// Visible categories that hold it directly, the main one first.
    pub categories: Vec<CategoryId>,
    /// Attributes that all variants share, in order.
    pub attributes: Vec<DocumentAttribute>,
    /// What a shopper fills in when buying.
    pub options: Vec<DocumentOption>,
    /// Pictures, in order.
    pub images: Vec<DocumentImage>,
    /// What can be bought: one for a standalone product, the children of a parent in order. May be empty.
    pub variants: Vec<Variant>,
    /// Products to show beside it, the best first; at most [`RECOMMENDATIONS_MAX`].
    pub recommendations: Vec<ProductId>,
    /// Mean of the reviews in hundredths, 0 to 500, and their number.
    pub rating: Option<(u16, u32)>,
    /// Units sold of late; what *best selling* sorts by.
    pub sold: u64,
    /// Higher stands earlier in a category.
    pub priority: i64,
    /// When it came into the store.
    pub created_at: Moment,
    /// When it was last changed.
    pub updated_at: Moment,
    /// Whether it is sent; a download is not.
    pub requires_shipping: bool,
    /// How it is taxed.
    pub tax_class: TaxClass,
    /// Whether it is a gift card.
    pub is_gift_card: bool,
    /// Maker with address.
    pub maker: Option<String>,
    /// Responsible person in the EU.
    pub eu_contact: Option<String>,
    /// Primary keys in django-oscar, its own first, then its children's: old URLs redirect.
    pub oscar_keys: Vec<i64>,
    /// Addresses that it and its children had before: they redirect.
    pub old_slugs: Vec<String>,
    /// What ranges of products know it by, beside its own id.
    pub marks: RangeMarks,
}

/// By what a range takes a product in, beside its id: shoppers need not see any of it. Empty in a document that a
/// release before offers has written; the next whole publish writes it anew.
#[derive(Clone, Debug, Default, PartialEq, Eq)]
pub struct RangeMarks {
    /// Its product class.
    pub class: Option<ProductClassId>,
    /// Its categories and all above them, hidden ones too, each once.
    pub categories: Vec<CategoryId>,
}

/// Most recommendations in a document.
pub const RECOMMENDATIONS_MAX: usize = 12;

/// Something that can be put into a basket.
#[derive(Clone, Debug, PartialEq, Eq)]
pub struct Variant {
    /// The product: the document's own id for a standalone one, the child's id otherwise.
    pub id: ProductId,
    /// The child's own title; empty for a standalone product or where it has none.
    pub title: Texts,
    /// Slug of the child (its page redirects to the parent's); empty for a standalone product.
    pub slug: String,
    /// Universal product code of the child.
    pub upc: Option<String>,
    /// Article number of the first stock record; empty if there is none.
    pub sku: String,
    /// What is sold; none if the product has no stock record.
    pub stock_record: Option<StockRecordId>,
    /// What one unit cost when the snapshot was made, one a currency: in its first market, for everybody there. None in a
    /// currency means not for sale in it, but for markets that [`Variant::ladders`] names.
    pub prices: Vec<VariantPrice>,
    /// Attributes by which variants differ; empty for a standalone product.
    pub attributes: Vec<DocumentAttribute>,
    /// The child's own pictures; empty to use the document's.
    pub images: Vec<DocumentImage>,
    /// What the page said of its stock when the snapshot was made; the overlay knows better.
    pub availability: Availability,
    /// Whether offers may touch it.
    pub is_discountable: bool,
    /// For delivery.
    pub weight_kg: Option<Decimal>,
    /// What a unit price is worked out from.
    pub measure: Option<Measure>,
    /// Where prices hang on the number of units, and markets that have others than the first of their currency; at most
    /// one each. Prices for customer groups are never among them. Empty in a document that a release before price lists
    /// has written.
    pub ladders: Vec<PriceLadder>,
    /// Who sends it; `None` where one partner sends everything.
    pub partner: Option<PartnerId>,
}

/// A price in one currency.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub struct VariantPrice {
    /// The amount, as entered.
    pub amount: Money,
    /// Lowest price of the 30 days before a reduction, as entered; only while one is in force.
    pub prior: Option<Money>,
}

/// What a variant costs in a market, by the number of units.
#[derive(Clone, Debug, PartialEq, Eq)]
pub struct PriceLadder {
    /// The market; none for all of the currency that have no ladder of their own.
    pub market: Option<MarketCode>,
    /// What is paid in.
    pub currency: Currency,
    /// What one unit costs; none where it is not for sale there.
    pub price: Option<VariantPrice>,
    /// Lower prices from more units on, each lower than the one before.
    pub tiers: Vec<Tier>,
}

/// An attribute with its value, in words.
#[derive(Clone, Debug, PartialEq, Eq)]
pub struct DocumentAttribute {
    /// Short name, as it stands in `f=colour:red`.
    pub code: String,
    /// What shoppers read.
    pub name: Texts,
    /// Whether listings offer it as a filter.
    pub facet: bool,
    /// The value.
    pub value: DocumentValue,
}

/// The value of an attribute, with the words of its choices already put in.
#[derive(Clone, Debug, PartialEq, Eq)]
pub enum DocumentValue {
    /// Text in languages.
    Text(Texts),
    /// Clean HTML in languages.
    Html(Texts),
    /// A whole number.
    Integer(i64),
    /// A number with a fraction.
    Float(Decimal),
    /// Yes or no.
    Boolean(bool),
    /// `2026-11-24`.
    Date(String),
    /// A moment.
    DateTime(Moment),
    /// Choices: short name and words of each.
    Choices(Vec<(String, Texts)>),
    /// A file to download or a picture in its sizes, by the name of what was made of the upload.
    File(String),
}

/// A customer option.
#[derive(Clone, Debug, PartialEq, Eq)]
pub struct DocumentOption {
    /// Short name; the form's field is `option-<code>`.
    pub code: String,
    /// The label.
    pub name: Texts,
    /// A line under the field.
    pub help: Texts,
    /// What may be filled in; the group's id is of no use here, see `choices`.
    pub kind: CustomerOptionKind,
    /// Whether it must be filled in.
    pub required: bool,
    /// Choices of the four kinds that have them.
    pub choices: Vec<(String, Texts)>,
}

/// A picture.
#[derive(Clone, Debug, PartialEq, Eq)]
pub struct DocumentImage {
    /// `drawn:<seed>` for a picture of the demo's, else the name of a picture in its sizes (see crate `media`).
    pub source: String,
    /// Text for who cannot see it.
    pub alt: Texts,
    /// Width in pixels; 0 if not known.
    pub width: u32,
    /// Height in pixels; 0 if not known.
    pub height: u32,
}

/// What a listing shows of a product; kept in the index, so that a listing reads no documents.
#[derive(Clone, Debug, PartialEq, Eq)]
pub struct Card {
    /// The product.
    pub id: ProductId,
    /// Address of its page.
    pub slug: String,
    /// Title.
    pub title: Texts,
    /// First picture.
    pub image: Option<DocumentImage>,
    /// Lowest price among its variants that can be bought, one a currency.
    pub prices: Vec<VariantPrice>,
    /// What the unit price is worked out from, one for each of the prices; empty in a snapshot of format 1.
    pub measures: Vec<Option<Measure>>,
    /// The same for markets with other prices than the first one of their currency.
    pub market_prices: Vec<CardPrice>,
    /// Whether variants differ in price, so that it reads *from*.
    pub prices_differ: bool,
    /// How many variants there are.
    pub variants: u32,
    /// First variant's id where there is just one and no option must be filled in: it can be added from the listing.
    pub quick_add: Option<ProductId>,
    /// Stock records of its variants, for the overlay; at most [`CARD_STOCK_RECORDS_MAX`], else empty.
    pub stock_records: Vec<StockRecordId>,
    /// Best availability of its variants when the snapshot was made.
    pub availability: Availability,
    /// Mean of the reviews in hundredths, and their number.
    pub rating: Option<(u16, u32)>,
    /// How it is taxed.
    pub tax_class: TaxClass,
}

/// What a card says of the price in one market.
#[derive(Clone, Debug, PartialEq, Eq)]
pub struct CardPrice {
    /// The market.
    pub market: MarketCode,
    /// Lowest price of one unit among its variants that can be bought; none where none is for sale there.
    pub price: Option<VariantPrice>,
    /// What the unit price is worked out from.
    pub measure: Option<Measure>,
    /// Whether variants differ in price there.
    pub differs: bool,
}

/// Most stock records that a card names.
pub const CARD_STOCK_RECORDS_MAX: usize = 24;

/// A category as pages show it. All of them stand in the snapshot's front part, in the order of the tree.
#[derive(Clone, Debug, PartialEq, Eq)]
pub struct CategoryEntry {
    /// Its id.
    pub id: CategoryId,
    /// The one above.
    pub parent: Option<CategoryId>,
    /// Address of its page.
    pub slug: String,
    /// Name.
    pub name: Texts,
    /// Clean HTML.
    pub description: Texts,
    /// For search engines; the name where empty.
    pub meta_title: Texts,
    /// For search engines.
    pub meta_description: Texts,
    /// Picture, as [`DocumentImage::source`].
    pub image: Option<String>,
    /// Whether the menu shows it.
    pub in_menu: bool,
    /// Key in django-oscar: old URLs redirect.
    pub oscar: Option<i64>,
}
