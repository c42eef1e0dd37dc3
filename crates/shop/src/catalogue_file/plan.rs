//! What the rows of a file come to: which product each is, and how it will be.

use super::cells::{self, CLEAR, Draft};
use super::column::Column;
use super::lines::RawRow;
use super::names::Names;
use super::{CellChange, LineError, Parents};
use crate::shop::Shop;
use commerce::catalogue::{Product, ProductEntry, Recommendation, StockRecord, Structure};
use commerce::ids::{ProductClassId, ProductId};
use commerce::language::Texts;
use commerce::slug::Slug;
use db::DbError;
use db::products::{FAMILIES_MAX, Family, SkuOwner};
use std::collections::hash_map::DefaultHasher;
use std::collections::{BTreeMap, BTreeSet, HashMap, HashSet};
use std::hash::{Hash, Hasher};

/// Longest value that is shown of a change, in characters.
const SHOWN_CHARS_MAX: usize = 80;
/// Most mistakes that are looked for in one row; what else is wrong with it is told when these are mended.
pub(super) const ROW_ERRORS_MAX: usize = 20;

/// What is wrong with a row, each mistake once.
pub(super) type Wrong = Vec<LineError>;

/// A row that can be written, unless it stands below one that cannot.
pub(super) struct Planned {
    pub(super) line: u64,
    /// The product as it will be.
    pub(super) draft: Draft,
    /// What differs from the store.
    pub(super) cells: Vec<CellChange>,
    /// Units in the house of a product that is there, if they are counted anew.
    pub(super) stock: Option<Option<i64>>,
}

/// What earlier rows of the file took.
#[derive(Default)]
pub(super) struct Seen {
    products: HashSet<ProductId>,
    /// Hashes: a file may have millions.
    keys: HashSet<u64>,
    new_parents: Parents,
    new_products: HashMap<String, ProductId>,
}

impl Seen {
    /// Whether nobody had this key before.
    fn take(&mut self, kind: &str, key: &str) -> bool {
        let mut hasher = DefaultHasher::new();
        (kind, key).hash(&mut hasher);
        self.keys.insert(hasher.finish())
    }
}

/// What the store knows about the keys in some rows.
struct Found {
    by_slug: BTreeMap<String, ProductId>,
    by_sku: BTreeMap<String, Vec<SkuOwner>>,
    by_upc: BTreeMap<String, ProductId>,
    /// Products that the cells of recommendations name.
    recommended: BTreeMap<String, ProductId>,
    drafts: HashMap<ProductId, Draft>,
}

/// The products of a family as rows: the head, then its children.
pub(super) fn drafts(family: Family, slugs: &BTreeMap<ProductId, String>) -> Vec<Draft> {
    let head = family.head.entry.product.slug.clone();
    let class = family.head.entry.product.structure.class();
    let parent = class.map(|class| (head, class));
    let draft = |stored: db::products::StoredProduct, parent| Draft {
        position: stored.position,
        entry: stored.entry,
        parent,
        recommended: Vec::new(),
        is_new: false,
    };
    let drafts = std::iter::once(draft(family.head, None))
        .chain(family.children.into_iter().map(|child| draft(child, parent.clone())));
    drafts.map(|draft| Draft { recommended: recommended(&draft.entry.product, slugs), ..draft }).collect()
}

/// Slugs of what is shown beside a product, the best first. What is gone is left out.
fn recommended(product: &Product, slugs: &BTreeMap<ProductId, String>) -> Vec<String> {
    let mut list: Vec<_> = product.recommendations.iter().collect();
    list.sort_by_key(|entry| std::cmp::Reverse(entry.ranking));
    list.into_iter().filter_map(|entry| slugs.get(&entry.product).cloned()).collect()
}

/// The cells of a row by their columns.
pub(super) struct Row<'r> {
    pub(super) line: u64,
    pub(super) columns: &'r [Column],
    pub(super) cells: &'r [String],
}

impl Row<'_> {
    pub(super) fn cell(&self, column: &Column) -> &str {
        let place = self.columns.iter().position(|known| known == column);
        place.and_then(|place| self.cells.get(place)).map_or("", |cell| cell.trim())
    }

    /// A cell that names something: not empty, not cleared.
    pub(super) fn named(&self, column: &Column) -> Option<&str> {
        Some(self.cell(column)).filter(|cell| !cell.is_empty() && *cell != CLEAR)
    }

    pub(super) fn wrong(&self, what: impl Into<String>) -> LineError {
        LineError { line: self.line, what: what.into() }
    }
}

impl Shop {
    /// Works out what some rows come to; each on its own may be wrong.
    pub(super) async fn plan(
        &self,
        columns: &[Column],
        rows: Vec<RawRow>,
        names: &Names,
        seen: &mut Seen,
    ) -> Result<Vec<Result<Planned, Wrong>>, DbError> {
        let rows: Vec<Row<'_>> = rows.iter().map(|row| Row { line: row.line, columns, cells: &row.cells }).collect();
        let found = self.find(&rows).await?;
        let mut planned = Vec::with_capacity(rows.len());
        for row in &rows {
            let outcome = self.plan_row(row, &found, names, seen);
            planned.push(match outcome {
                Ok(plan) => self.check_stock(plan).await?,
                Err(wrong) => {
                    self.expect_what_was_meant(row, &found, seen);
                    Err(wrong)
                }
            });
        }
        Ok(planned)
    }

    async fn find(&self, rows: &[Row<'_>]) -> Result<Found, DbError> {
        let keys = |column: Column| -> Vec<String> {
            let mut keys: Vec<String> = rows.iter().filter_map(|row| row.named(&column)).map(str::to_owned).collect();
            keys.sort();
            keys.dedup();
            keys
        };
        // A new product without a slug of its own gets one that must be free as well.
        let made = rows.iter().filter(|row| row.named(&Column::Slug).is_none()).filter_map(|row| new_slug(row).ok());
        let made: Vec<String> = made.map(|slug| slug.to_string()).collect();
        let beside = rows.iter().filter_map(|row| row.named(&Column::Recommendations));
        let beside: Vec<String> = beside.flat_map(|cell| cell.split('|')).map(|slug| slug.trim().to_owned()).collect();
        let slugs = [keys(Column::Slug), keys(Column::Parent), made].concat();
        let recommended = self.db().find_products_by_slugs(&beside).await?;
        let by_slug = self.db().find_products_by_slugs(&slugs).await?;
        let by_sku = self.db().find_skus(&keys(Column::Sku)).await?;
        let by_upc = self.db().find_products_by_upcs(&keys(Column::Upc)).await?;
        let owners = by_sku.values().flatten().map(|owner| owner.product);
        let mut ids: Vec<ProductId> = by_slug.values().copied().chain(owners).collect();
        ids.sort();
        ids.dedup();
        let mut families = Vec::new();
        for chunk in ids.chunks(FAMILIES_MAX) {
            let heads = self.db().find_family_heads(chunk).await?;
            for family in self.db().load_families(&heads).await? {
                families.push(family);
            }
        }
        let slugs = self.recommended_slugs(&families).await?;
        let all = families.into_iter().flat_map(|family| drafts(family, &slugs));
        let drafts = all.map(|draft| (draft.entry.product.id, draft)).collect();
        Ok(Found { by_slug, by_sku, by_upc, recommended, drafts })
    }

    fn plan_row(&self, row: &Row<'_>, found: &Found, names: &Names, seen: &mut Seen) -> Result<Planned, Wrong> {
        if row.cells.len() > row.columns.len()
            && row.cells[row.columns.len()..].iter().any(|cell| !cell.trim().is_empty())
        {
            let what = format!("the row has {} cells, the header {}", row.cells.len(), row.columns.len());
            return Err(vec![row.wrong(what)]);
        }
        let mut wrong = Wrong::new();
        let before = match find_draft(row, found, names).map_err(|error| vec![error])? {
            Some(draft) => draft,
            None => self.new_draft(row, found, names, seen, &mut wrong),
        };
        if !seen.products.insert(before.entry.product.id) {
            return Err(vec![row.wrong(format!("{} is in the file twice", before.label()))]);
        }
        let id = || self.chance().staff_id(self.now());
        let mut draft = before.clone();
        if draft.record().is_none()
            && row.named(&Column::Sku).is_some()
            && let Err(what) = cells::new_record(&mut draft, names, &id, row.cell(&Column::Partner))
        {
            wrong.push(row.wrong(format!("sku: {what}")));
        }
        let changed = apply(row, &mut draft, names, &id, &mut wrong);
        if draft.recommended != before.recommended {
            match recommendations(&draft.recommended, found, seen) {
                Ok(list) => draft.entry.product.recommendations = list,
                Err(what) => wrong.push(row.wrong(format!("{}: {what}", Column::Recommendations))),
            }
        }
        if draft.is_new {
            take_new(row, &draft, seen, &mut wrong);
        }
        check_keys(row, &before, &draft, found, seen, &mut wrong);
        if !wrong.is_empty() {
            wrong.truncate(ROW_ERRORS_MAX);
            return Err(wrong);
        }
        let stock = match (before.record(), draft.record()) {
            (Some(old), Some(new)) if !draft.is_new && old.on_hand != new.on_hand => Some(new.on_hand),
            _ => None,
        };
        Ok(Planned { line: row.line, draft, cells: changed, stock })
    }

    /// Rows below one that is wrong may name what it would have made: that is no mistake of theirs.
    fn expect_what_was_meant(&self, row: &Row<'_>, found: &Found, seen: &mut Seen) {
        let Ok(slug) = new_slug(row).map(|slug| slug.to_string()) else { return };
        if found.by_slug.contains_key(&slug) {
            return;
        }
        let now = self.now();
        let product = ProductId::new(self.chance().staff_id(now));
        let is_parent = row.named(&Column::Parent).is_none() && row.cell(&Column::Structure) != "standalone";
        if is_parent {
            let class = ProductClassId::new(self.chance().staff_id(now));
            seen.new_parents.entry(slug.clone()).or_insert((product, class));
        }
        seen.new_products.entry(slug).or_insert(product);
    }

    /// Slugs of what these families recommend.
    pub(super) async fn recommended_slugs(&self, families: &[Family]) -> Result<BTreeMap<ProductId, String>, DbError> {
        let stored = families.iter().flat_map(|family| std::iter::once(&family.head).chain(&family.children));
        let named = stored.flat_map(|stored| &stored.entry.product.recommendations).map(|entry| entry.product);
        let named: BTreeSet<ProductId> = named.collect();
        self.db().find_slugs(&named.into_iter().collect::<Vec<_>>()).await
    }

    /// A product that is not in the store: what it is, before its cells are applied. Where that is not clear, the rest
    /// of the row is looked at as if there were a class of no name.
    fn new_draft(&self, row: &Row<'_>, found: &Found, names: &Names, seen: &Seen, wrong: &mut Wrong) -> Draft {
        let now = self.now();
        let fresh = || self.chance().staff_id(now);
        let id = ProductId::new(fresh());
        let mut tell = |column: Column, what: String| wrong.push(row.wrong(format!("{column}: {what}")));
        let kind = row.named(&Column::Structure).unwrap_or(match row.named(&Column::Parent) {
            Some(_) => "child",
            None => "standalone",
        });
        let mut parent = None;
        let structure = if kind == "child" {
            let (slug, (head, class)) = named_parent(row, found, seen).unwrap_or_else(|what| {
                tell(Column::Parent, what);
                (unique_slug(fresh()), (ProductId::new(fresh()), ProductClassId::new(fresh())))
            });
            parent = Some((slug, class));
            Structure::Child(head)
        } else {
            let class = named_class(row, names).unwrap_or_else(|what| {
                tell(Column::Class, what);
                ProductClassId::new(fresh())
            });
            match kind {
                "parent" => Structure::Parent(class),
                "standalone" => Structure::Standalone(class),
                other => {
                    tell(Column::Structure, format!("{other:?} is none of standalone, parent, child"));
                    Structure::Standalone(class)
                }
            }
        };
        let slug = new_slug(row).unwrap_or_else(|what| {
            // A slug of its own is told with the other cells.
            if row.named(&Column::Slug).is_none() {
                tell(Column::Slug, what);
            }
            unique_slug(fresh())
        });
        let product = Product {
            id,
            structure,
            upc: None,
            code: None,
            slug,
            title: Texts::default(),
            description: Texts::default(),
            meta_title: Texts::default(),
            meta_description: Texts::default(),
            is_public: true,
            is_discountable: true,
            priority: 0,
            rating_hundredths: None,
            rating_count: 0,
            weight_kg: None,
            measure: None,
            maker: None,
            eu_contact: None,
            categories: Vec::new(),
            attributes: Vec::new(),
            options: Vec::new(),
            images: Vec::new(),
            recommendations: Vec::new(),
            created_at: now,
            updated_at: now,
            version: 0,
            oscar: None,
        };
        // Behind those that are there.
        let position = now.micros().saturating_add(i64::try_from(row.line).unwrap_or_default());
        let entry = ProductEntry { product, stock_records: Vec::new() };
        Draft { entry, position, parent, recommended: Vec::new(), is_new: true }
    }

    /// Units that are held or sold cannot be counted away.
    async fn check_stock(&self, planned: Planned) -> Result<Result<Planned, Wrong>, DbError> {
        let record = planned.draft.record().map(|record| record.id);
        if let (Some(Some(wanted)), Some(record)) = (planned.stock, record) {
            let level = self.db().stock_level(record).await?;
            let taken = level.map_or(0, |level| level.held + level.claimed);
            if wanted < taken {
                let what =
                    format!("on_hand: {wanted} is fewer than the {taken} that are held or sold and not sent yet");
                return Ok(Err(vec![LineError { line: planned.line, what }]));
            }
        }
        Ok(Ok(planned))
    }
}

/// The product that a row is about: by its article number, else by its slug.
fn find_draft(row: &Row<'_>, found: &Found, names: &Names) -> Result<Option<Draft>, LineError> {
    let by_slug = row.named(&Column::Slug).and_then(|slug| found.by_slug.get(slug)).copied();
    let by_sku = match row.named(&Column::Sku).and_then(|sku| Some((sku, found.by_sku.get(sku)?))) {
        None => None,
        Some((sku, owners)) => match sku_owner(row, owners, names)? {
            Some(product) => Some(product),
            None if by_slug.is_some() || row.named(&Column::Partner).is_some() => None,
            None => {
                let what = format!("sku: several partners have {sku:?}; name one in the column partner");
                return Err(row.wrong(what));
            }
        },
    };
    let Some(id) = by_sku.or(by_slug) else { return Ok(None) };
    Ok(found.drafts.get(&id).cloned())
}

/// Whose an article number is, if it can be told.
fn sku_owner(row: &Row<'_>, owners: &[SkuOwner], names: &Names) -> Result<Option<ProductId>, LineError> {
    let Some(code) = row.named(&Column::Partner) else {
        let mut products: Vec<ProductId> = owners.iter().map(|owner| owner.product).collect();
        products.dedup();
        return Ok(match products.as_slice() {
            [one] => Some(*one),
            _ => None,
        });
    };
    let partner = names.partner(code).map_err(|what| row.wrong(format!("partner: {what}")))?;
    // Where nobody else has the number, the row moves it to that partner.
    let of_partner = owners.iter().find(|owner| owner.partner == partner);
    Ok(of_partner.or(if let [one] = owners { Some(one) } else { None }).map(|owner| owner.product))
}

/// Products to show beside another, the best first.
fn recommendations(slugs: &[String], found: &Found, seen: &Seen) -> Result<Vec<Recommendation>, String> {
    let ranked = slugs.iter().rev().zip(1_i64..).map(|(slug, ranking)| {
        let known = found.recommended.get(slug).or_else(|| seen.new_products.get(slug));
        let product = known.ok_or_else(|| format!("{slug:?} is neither in the store nor further up in the file"))?;
        Ok(Recommendation { product: *product, ranking })
    });
    let mut list: Vec<Recommendation> = ranked.collect::<Result<_, String>>()?;
    list.reverse();
    Ok(list)
}

/// Class of a product that is not in the store yet.
fn named_class(row: &Row<'_>, names: &Names) -> Result<ProductClassId, String> {
    let code = row.named(&Column::Class).ok_or_else(|| {
        let sku = row.named(&Column::Sku).or(row.named(&Column::Slug)).unwrap_or_default();
        format!("{sku:?} is not in the store yet, and a new product needs a class")
    })?;
    names.class(code)
}

/// Slug, id and class of a variant's parent.
fn named_parent(row: &Row<'_>, found: &Found, seen: &Seen) -> Result<(Slug, (ProductId, ProductClassId)), String> {
    let slug = row.named(&Column::Parent).ok_or("a variant needs its parent's slug")?;
    let parent = find_parent(slug, found, seen)?;
    Ok((Slug::parse(slug).map_err(|error| error.to_string())?, parent))
}

/// A slug that nothing else has, in place of one that is wrong.
fn unique_slug(id: uuid::Uuid) -> Slug {
    Slug::parse(&id.to_string()).expect("the text of a UUID is letters, digits and hyphens")
}

fn find_parent(slug: &str, found: &Found, seen: &Seen) -> Result<(ProductId, ProductClassId), String> {
    if let Some(parent) = seen.new_parents.get(slug) {
        return Ok(*parent);
    }
    let draft = found.by_slug.get(slug).and_then(|id| found.drafts.get(id));
    match draft.map(|draft| (draft.entry.product.id, draft.entry.product.structure)) {
        Some((id, Structure::Parent(class))) => Ok((id, class)),
        Some(_) => Err(format!("{slug:?} is not a parent; give it structure parent, or name another")),
        None => Err(format!("{slug:?} is neither in the store nor further up in the file")),
    }
}

/// The slug of a new product: its own cell, or made of its first title or article number.
fn new_slug(row: &Row<'_>) -> Result<Slug, String> {
    if let Some(slug) = row.named(&Column::Slug) {
        return Slug::parse(slug).map_err(|error| error.to_string());
    }
    let titles = row.columns.iter().filter(|column| matches!(column, Column::Title(_)));
    let title = titles.clone().find_map(|column| row.named(column)).unwrap_or_default();
    // Variants of one parent often share their title.
    let name = match row.named(&Column::Parent) {
        Some(parent) => format!("{parent} {}", row.cell(&Column::Sku)),
        None => title.to_owned(),
    };
    let slug = Slug::from_title(&name).or_else(|| Slug::from_title(row.cell(&Column::Sku)));
    slug.ok_or_else(|| "fill it in: there is no title to make one of".to_owned())
}

/// Applies every cell that differs, and tells which did; what is wrong with others goes to `wrong`.
fn apply(row: &Row<'_>, draft: &mut Draft, names: &Names, id: cells::NewId<'_>, wrong: &mut Wrong) -> Vec<CellChange> {
    let mut order: Vec<(&Column, &String)> = row.columns.iter().zip(row.cells).collect();
    order.sort_by_key(|(column, _)| *column);
    let mut changed = Vec::new();
    // What is missing is told once, not by every cell that needs it.
    let mut lacks_record = draft.record().is_none() && row.named(&Column::Sku).is_some();
    let lacks_class = draft.class().is_some_and(|class| names.class_code(class).is_empty());
    let mut lacks_images = false;
    for (column, cell) in order {
        if wrong.len() >= ROW_ERRORS_MAX {
            break;
        }
        let before = cells::read(column, draft, names);
        let same = same_text(cell, &before) || (cell.trim() == CLEAR && before.is_empty());
        let is_decided = match column {
            Column::Structure | Column::Parent if draft.is_new => true,
            // The class of a variant is its parent's; a file may repeat it.
            Column::Class => draft.is_new || draft.class().is_some_and(|class| names.class_code(class) == cell.trim()),
            Column::Attribute(..) => lacks_class,
            Column::ImageAlt(_) => lacks_images,
            column => lacks_record && column.is_of_stock_record() && draft.record().is_none(),
        };
        if same || is_decided || cell.trim().is_empty() {
            continue;
        }
        if let Err(what) = cells::write(column, cell, draft, names, id) {
            wrong.push(row.wrong(format!("{column}: {what}")));
            lacks_record |= column.is_of_stock_record() && draft.record().is_none();
            lacks_images |= *column == Column::Images;
            continue;
        }
        let after = cells::read(column, draft, names);
        if before != after {
            changed.push(CellChange { column: column.to_string(), from: shown(&before), to: shown(&after) });
        }
    }
    changed
}

/// Spreadsheets change the ends of lines, and blanks at the ends of cells.
pub(super) fn same_text(cell: &str, known: &str) -> bool {
    cell == known || cell.trim() == known.trim() || cell.replace("\r\n", "\n") == known.replace("\r\n", "\n")
}

pub(super) fn shown(text: &str) -> String {
    let mut shown: String = text.chars().take(SHOWN_CHARS_MAX).collect();
    if shown.len() < text.len() {
        shown.push('…');
    }
    shown.replace(['\n', '\t'], " ")
}

/// Notes a new product for the rows below, and tells where it has no title.
fn take_new(row: &Row<'_>, draft: &Draft, seen: &mut Seen, wrong: &mut Wrong) {
    let product = &draft.entry.product;
    let has_title = row.columns.iter().any(|column| matches!(column, Column::Title(_)) && row.named(column).is_some());
    if draft.parent.is_none() && !has_title {
        wrong.push(row.wrong("a new product needs a title: fill in a column such as title_en"));
    }
    seen.new_products.insert(product.slug.to_string(), product.id);
    if let Structure::Parent(class) = product.structure {
        seen.new_parents.insert(product.slug.to_string(), (product.id, class));
    }
}

/// Slug, product code and article number must be free: in the store, and in what stands further up.
fn check_keys(row: &Row<'_>, before: &Draft, after: &Draft, found: &Found, seen: &mut Seen, wrong: &mut Wrong) {
    let (old, new) = (&before.entry.product, &after.entry.product);
    let id = new.id;
    let mut check = |column: Column, value: &str, is_taken: bool, is_first: bool| {
        let what = match (is_taken, is_first) {
            (true, _) => "belongs to another product",
            (false, false) => "stands further up in the file",
            (false, true) => return,
        };
        wrong.push(row.wrong(format!("{column}: {value:?} {what}")));
    };
    if after.is_new || old.slug != new.slug {
        let slug = new.slug.as_str();
        let is_taken = found.by_slug.get(slug).is_some_and(|owner| *owner != id);
        check(Column::Slug, slug, is_taken, is_taken || seen.take("slug", slug));
    }
    if let Some(upc) = new.upc.as_deref().filter(|_| after.is_new || old.upc != new.upc) {
        let is_taken = found.by_upc.get(upc).is_some_and(|owner| *owner != id);
        check(Column::Upc, upc, is_taken, is_taken || seen.take("upc", upc));
    }
    let (was, is) = (before.record(), after.record());
    let is_other = |is: &&StockRecord| was.is_none_or(|was| (&was.sku, was.partner) != (&is.sku, is.partner));
    // An article number that is wrong has left an empty one.
    if let Some(record) = is.filter(is_other).filter(|is| !is.sku.is_empty()) {
        let owners = found.by_sku.get(&record.sku).map_or(&[][..], Vec::as_slice);
        let is_taken = owners.iter().any(|owner| owner.partner == record.partner && owner.product != id);
        let key = format!("{}/{}", record.partner, record.sku);
        check(Column::Sku, &record.sku, is_taken, is_taken || seen.take("sku", &key));
    }
}
