//! What one product cannot tell alone: how it stands to others, and which slugs, UPCs and SKUs are taken.
//!
//! One pass over all products and stock records in order of their keys, so that what is added later changes
//! nothing of what came before. Kept in memory is only what differs from what the row itself says.

use crate::read::wanted_slug;
use crate::report::{Code, Report};
use crate::rows::{ReadError, Row};
use crate::select::{Filter, Join, Select};
use crate::source::Source;
use crate::taken::Taken;
use commerce::catalogue::OscarKey;
use commerce::slug::Slug;
use std::collections::{HashMap, HashSet};

/// Rows of one fetch.
const ROWS_PER_FETCH: usize = 2_000;

/// The parent of a product and the parent of that.
pub(crate) const ANCESTORS: &[Join] = &[
    Join { alias: "p", table: "catalogue_product", on: "t.parent_id" },
    Join { alias: "g", table: "catalogue_product", on: "p.parent_id" },
];

const PRODUCTS: Select = Select {
    table: "catalogue_product",
    joins: ANCESTORS,
    columns: &[
        "t.id",
        "t.structure",
        "t.slug",
        "t.title",
        "t.upc",
        "t.parent_id",
        "t.product_class_id",
        "p.id",
        "p.structure",
        "p.title",
        "p.parent_id",
        "p.product_class_id",
        "g.id",
        "g.structure",
        "g.parent_id",
        "g.product_class_id",
    ],
};

const SKUS: Select =
    Select { table: "partner_stockrecord", joins: &[], columns: &["t.id", "t.partner_id", "t.partner_sku"] };

/// Where names were taken, and what is missing.
#[derive(Debug, Default)]
pub(crate) struct Index {
    /// Products whose slug is not the one that their row asks for.
    slugs: HashMap<OscarKey, Slug>,
    /// Products whose UPC another one had first.
    double_upcs: HashSet<OscarKey>,
    /// Stock records whose SKU is not the one that their row says.
    skus: HashMap<OscarKey, String>,
    /// Whether a product has no class that exists.
    pub(crate) needs_class: bool,
    /// Whether a stock record has no partner that exists.
    pub(crate) needs_partner: bool,
}

impl Index {
    /// Reads all products and stock records once.
    pub(crate) async fn read(
        source: &mut Source,
        classes: &HashSet<OscarKey>,
        partners: &HashSet<OscarKey>,
    ) -> Result<Self, ReadError> {
        let mut index = Self::default();
        let (mut slugs, mut upcs) = (Taken::default(), Taken::default());
        let mut after = None;
        loop {
            let rows = fetch(source, &PRODUCTS, after).await?;
            for row in &rows {
                let Some(key) = row.key() else { continue };
                let slug = slugs.claim(product_slug(row), |slug, number| slug.numbered(number));
                if slug.is_changed {
                    index.slugs.insert(key, slug.name);
                }
                if let Some(upc) = row.filled("t.upc")
                    && upcs.claim_code(0, upc.trim().to_owned()).is_changed
                {
                    index.double_upcs.insert(key);
                }
                let standing = Standing::of(row, classes);
                index.needs_class |= standing.class.is_none() && !matches!(standing.kind, Kind::Child(_));
            }
            match rows.last().and_then(Row::key).filter(|_| rows.len() == ROWS_PER_FETCH) {
                Some(last) => after = Some(last),
                None => break,
            }
        }
        index.read_skus(source, partners).await?;
        Ok(index)
    }

    async fn read_skus(&mut self, source: &mut Source, partners: &HashSet<OscarKey>) -> Result<(), ReadError> {
        let mut skus = Taken::default();
        let mut after = None;
        loop {
            let rows = fetch(source, &SKUS, after).await?;
            for row in &rows {
                let Some(key) = row.key() else { continue };
                let partner = row.integer("t.partner_id").filter(|partner| partners.contains(partner));
                self.needs_partner |= partner.is_none();
                let sku = skus.claim_code(partner.unwrap_or(OscarKey::MIN), wanted_sku(row));
                if sku.is_changed {
                    self.skus.insert(key, sku.name);
                }
            }
            match rows.last().and_then(Row::key).filter(|_| rows.len() == ROWS_PER_FETCH) {
                Some(last) => after = Some(last),
                None => return Ok(()),
            }
        }
    }

    /// The product's slug, which no other product has.
    pub(crate) fn slug(&self, key: OscarKey, row: &Row) -> Slug {
        self.slugs.get(&key).cloned().unwrap_or_else(|| product_slug(row))
    }

    /// Whether another product had this one's slug first.
    pub(crate) fn is_slug_taken(&self, key: OscarKey) -> bool {
        self.slugs.contains_key(&key)
    }

    /// Whether another product had this one's UPC first.
    pub(crate) fn is_upc_taken(&self, key: OscarKey) -> bool {
        self.double_upcs.contains(&key)
    }

    /// The stock record's SKU, which no other of its partner has.
    pub(crate) fn sku(&self, key: OscarKey, row: &Row) -> String {
        self.skus.get(&key).cloned().unwrap_or_else(|| wanted_sku(row))
    }
}

/// Reads on without a report: what is damaged is reported where the row is read in full.
async fn fetch(source: &mut Source, select: &Select, after: Option<OscarKey>) -> Result<Vec<Row>, ReadError> {
    source.rows(select, Filter::After(after, ROWS_PER_FETCH), &mut Report::default()).await
}

fn product_slug(row: &Row) -> Slug {
    wanted_slug(row, &["t.slug", "t.title", "p.title"], "product")
}

/// Longest SKU, in characters; Oscar's own limit is 128.
const SKU_CHARS_MAX: usize = 200;

fn wanted_sku(row: &Row) -> String {
    let sku = row.filled("t.partner_sku").map(|sku| sku.trim().chars().take(SKU_CHARS_MAX).collect());
    sku.unwrap_or_else(|| format!("oscar-{}", row.key().unwrap_or_default()))
}

/// How a product stands to others here.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub(crate) enum Kind {
    Standalone,
    Parent,
    Child(OscarKey),
}

/// How a product stands, and what was odd about it.
#[derive(Debug, PartialEq, Eq)]
pub(crate) struct Standing {
    pub(crate) kind: Kind,
    /// Its class, of a child its parent's; `None` if it does not exist.
    pub(crate) class: Option<OscarKey>,
    /// Oscar would not have shown it: a child without a parent.
    pub(crate) is_lost: bool,
    pub(crate) oddities: Vec<(Code, String)>,
}

impl Standing {
    /// Works it out from a row with its [`ANCESTORS`].
    pub(crate) fn of(row: &Row, classes: &HashSet<OscarKey>) -> Self {
        let class_of =
            |alias: &str| row.integer(&format!("{alias}.product_class_id")).filter(|class| classes.contains(class));
        let mut oddities = Vec::new();
        let own = structure(row, "t");
        if own.is_guess {
            let found = crate::report::quote(row.text("t.structure").unwrap_or_default());
            oddities.push((Code::StructureUnknown, format!("structure {found} became {}", own.name)));
        }
        let (kind, class, is_lost) = if own.name == "child" {
            Self::of_child(row, &class_of, &mut oddities)
        } else {
            let kind = if own.name == "parent" { Kind::Parent } else { Kind::Standalone };
            (kind, class_of("t"), false)
        };
        Self { kind, class, is_lost, oddities }
    }

    fn of_child(
        row: &Row,
        class_of: &impl Fn(&str) -> Option<OscarKey>,
        oddities: &mut Vec<(Code, String)>,
    ) -> (Kind, Option<OscarKey>, bool) {
        let lost = (Kind::Standalone, class_of("t"), true);
        let Some(parent) = row.integer("p.id") else {
            oddities.push((Code::ParentMissing, "its parent does not exist; came as a hidden product".to_owned()));
            return lost;
        };
        match (structure(row, "p").name, row.integer("g.id")) {
            ("parent", _) => (Kind::Child(parent), class_of("p"), false),
            ("child", Some(above)) if structure(row, "g").name == "parent" => {
                oddities.push((Code::ChildOfChild, format!("child of child {parent}; came to parent {above}")));
                (Kind::Child(above), class_of("g"), false)
            }
            ("child", _) => {
                let what = format!("its parent {parent} is a child itself, of no parent; came as a hidden product");
                oddities.push((Code::ParentMissing, what));
                lost
            }
            _ => {
                let what = format!("its parent {parent} is standalone; came as a product of its own");
                oddities.push((Code::ParentNotParent, what));
                (Kind::Standalone, class_of("t").or_else(|| class_of("p")), false)
            }
        }
    }
}

/// Oscar's word for a structure, and whether it had to be guessed.
struct Structure {
    name: &'static str,
    is_guess: bool,
}

fn structure(row: &Row, alias: &str) -> Structure {
    let text = row.text(&format!("{alias}.structure")).unwrap_or_default().trim();
    match ["standalone", "parent", "child"].into_iter().find(|name| name.eq_ignore_ascii_case(text)) {
        Some(name) => Structure { name, is_guess: false },
        None if row.integer(&format!("{alias}.parent_id")).is_some() => Structure { name: "child", is_guess: true },
        None => Structure { name: "standalone", is_guess: true },
    }
}
