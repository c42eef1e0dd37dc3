//! A catalogue being read: first what products refer to, then the products page by page.

use crate::category::categories;
use crate::choices::{Choices, KnownAttribute, attributes, groups};
use crate::classes::{classes, options as customer_options, unclassified};
use crate::index::Index;
use crate::offers::{Rules, rules};
use crate::options::Options;
use crate::partners::{self, partners};
use crate::report::Report;
use crate::rows::ReadError;
use crate::select::Select;
use crate::shipping::{ShippingMethod, shipping_methods};
use crate::source::Source;
use crate::taken::Taken;
use crate::vouchers::{ImportedVoucherSet, VOUCHERS_PER_PAGE_MAX, VoucherPage, voucher_sets};
use commerce::catalogue::{Attribute, AttributeKind, CatalogueSetup, OscarKey, ProductEntry};
use commerce::ids::StockRecordId;
use std::collections::{HashMap, HashSet};

/// Most products of one page.
pub const PRODUCTS_PER_PAGE_MAX: usize = 500;

const CONTENT_TYPES: Select =
    Select { table: "django_content_type", joins: &[], columns: &["t.id", "t.app_label", "t.model"] };

/// A product as it comes over.
#[derive(Clone, Debug, PartialEq, Eq)]
pub struct ImportedProduct {
    /// The product with its stock records, the one that Oscar sells first.
    pub entry: ProductEntry,
    /// Units that Oscar promised to unfinished orders, which are part of `on_hand`; none where there are none.
    pub allocated: Vec<(StockRecordId, i64)>,
}

/// Some products, in order of their keys.
#[derive(Clone, Debug, PartialEq, Eq)]
pub struct Page {
    /// The products.
    pub products: Vec<ImportedProduct>,
    /// Where to go on; `None` at the end.
    pub next: Option<OscarKey>,
}

/// A catalogue being read from a [`Source`].
pub struct Catalogue<'s> {
    pub(crate) source: &'s mut Source,
    pub(crate) known: Known,
    setup: CatalogueSetup,
    shipping: Vec<ShippingMethod>,
    rules: Rules,
    voucher_sets: Vec<ImportedVoucherSet>,
    /// Codes of the vouchers that were read.
    pub(crate) voucher_codes: Taken,
    pub(crate) report: Report,
}

/// What products refer to, by Oscar's keys.
pub(crate) struct Known {
    pub(crate) options: Options,
    pub(crate) index: Index,
    pub(crate) choices: Choices,
    pub(crate) attributes: HashMap<OscarKey, KnownAttribute>,
    pub(crate) classes: HashSet<OscarKey>,
    /// Those whose products nobody counts.
    pub(crate) uncounted_classes: HashSet<OscarKey>,
    pub(crate) categories: HashSet<OscarKey>,
    pub(crate) partners: HashSet<OscarKey>,
    pub(crate) customer_options: Vec<commerce::catalogue::CustomerOption>,
    /// `app.model` by key, if an attribute needs them.
    pub(crate) content_types: HashMap<OscarKey, String>,
}

impl Source {
    /// Reads what products refer to, and goes over all products once for what no row can tell alone.
    pub async fn catalogue(&mut self, options: Options) -> Result<Catalogue<'_>, ReadError> {
        let mut report = Report::default();
        let (groups, choices) = groups(self, &options, &mut report).await?;
        let customer_options = customer_options(self, &options, &choices, &mut report).await?;
        let mut classes = classes(self, &options, &customer_options, &mut report).await?;
        let class_keys: HashSet<OscarKey> = classes.iter().filter_map(|class| class.oscar).collect();
        let uncounted = classes.iter().filter(|class| !class.track_stock).filter_map(|class| class.oscar).collect();
        let attributes = attributes(self, &options, &choices, &class_keys, &mut report).await?;
        let categories = categories(self, &options, &mut report).await?;
        let mut partners = partners(self, &options, &mut report).await?;
        partners::note_not_brought(&self.counts().await?, &mut report);
        let partner_keys: HashSet<OscarKey> = partners.iter().filter_map(|partner| partner.oscar).collect();
        let index = Index::read(self, &class_keys, &partner_keys).await?;
        let has_lost_attribute = attributes.values().any(|known| known.attribute.class == crate::ids::unclassified());
        if index.needs_class || has_lost_attribute {
            classes.push(unclassified(&options, &classes));
        }
        if index.needs_partner {
            partners.push(partners::unknown(&partners));
        }
        let content_types = self.content_types(&attributes).await?;
        let shipping = shipping_methods(self, &options, &mut report).await?;
        let known = Known {
            index,
            choices,
            classes: class_keys,
            uncounted_classes: uncounted,
            categories: categories.iter().filter_map(|category| category.oscar).collect(),
            partners: partner_keys,
            customer_options: customer_options.clone(),
            content_types,
            options,
            attributes,
        };
        let attributes = in_order(&known.attributes);
        let setup = CatalogueSetup { classes, attributes, groups, options: customer_options, categories, partners };
        let rules = rules(self, &known, &mut report).await?;
        let voucher_sets = voucher_sets(self, &known, &mut report).await?;
        let voucher_codes = Taken::default();
        Ok(Catalogue { source: self, known, setup, shipping, rules, voucher_sets, voucher_codes, report })
    }

    async fn content_types(
        &mut self,
        attributes: &HashMap<OscarKey, KnownAttribute>,
    ) -> Result<HashMap<OscarKey, String>, ReadError> {
        if !attributes.values().any(|known| known.attribute.kind == AttributeKind::Entity) {
            return Ok(HashMap::new());
        }
        let rows = self.all(&CONTENT_TYPES, &mut Report::default()).await?;
        let name = |row: &crate::rows::Row| Some(format!("{}.{}", row.filled("t.app_label")?, row.filled("t.model")?));
        Ok(rows.iter().filter_map(|row| Some((row.key()?, name(row)?))).collect())
    }
}

impl Catalogue<'_> {
    /// What products refer to.
    pub fn setup(&self) -> &CatalogueSetup {
        &self.setup
    }

    /// Delivery methods of the database. Oscar offers them only if the store's code says so, which is not in the
    /// database: bring them in switched off if unsure.
    pub fn shipping_methods(&self) -> &[ShippingMethod] {
        &self.shipping
    }

    /// Ranges and offers.
    pub fn rules(&self) -> &Rules {
        &self.rules
    }

    /// Sets of vouchers.
    pub fn voucher_sets(&self) -> &[ImportedVoucherSet] {
        &self.voucher_sets
    }

    /// The vouchers after a key, at most `limit` and [`VOUCHERS_PER_PAGE_MAX`] of them. Each page adds to the report,
    /// so it is read once.
    pub async fn vouchers(&mut self, after: Option<OscarKey>, limit: usize) -> Result<VoucherPage, ReadError> {
        let offers = self.rules.offers.iter().map(|offer| offer.offer.id()).collect();
        let sets = self.voucher_sets.iter().map(|set| set.id).collect();
        crate::vouchers::page(self, after, limit.clamp(1, VOUCHERS_PER_PAGE_MAX), &offers, &sets).await
    }

    /// What was left out or changed so far; complete once the last pages are read.
    pub fn report(&self) -> &Report {
        &self.report
    }

    /// The products after a key, at most `limit` and [`PRODUCTS_PER_PAGE_MAX`] of them. Each page adds to the report,
    /// so it is read once.
    pub async fn products(&mut self, after: Option<OscarKey>, limit: usize) -> Result<Page, ReadError> {
        crate::product::page(self, after, limit.clamp(1, PRODUCTS_PER_PAGE_MAX)).await
    }
}

fn in_order(attributes: &HashMap<OscarKey, KnownAttribute>) -> Vec<Attribute> {
    let mut list: Vec<Attribute> = attributes.values().map(|known| known.attribute.clone()).collect();
    list.sort_by_key(|attribute| attribute.oscar);
    list
}
