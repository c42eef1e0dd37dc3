//! Rows of a catalogue file that are no products: classes, categories, attributes, choices and customer options, with
//! their texts. They change what is there; what they name cannot be made or moved by them.

use super::cells::{self, CLEAR};
use super::column::Column;
use super::lines::RawRow;
use super::names::Names;
use super::plan::{ROW_ERRORS_MAX, Row, Wrong, same_text, shown};
use super::{CellChange, FileReport, LineError, RowChange};
use commerce::catalogue::{Attribute, CatalogueSetup, Category, CategoryTree, Choice, CustomerOption, ProductClass};
use commerce::ids::{CategoryId, OptionGroupId};
use commerce::language::{Language, Texts};
use commerce::tax::class::TaxClass;
use std::collections::{HashMap, HashSet};

/// What such a row is about.
#[derive(Clone, Copy, Debug, PartialEq, Eq, Hash)]
pub(super) enum Kind {
    Class,
    Category,
    Attribute,
    Choice,
    Option,
}

impl Kind {
    fn name(self) -> &'static str {
        match self {
            Self::Class => "class",
            Self::Category => "category",
            Self::Attribute => "attribute",
            Self::Choice => "choice",
            Self::Option => "option",
        }
    }

    /// The kind that a cell of the column `structure` names; none for a product.
    fn from_name(name: &str) -> Option<Self> {
        let all = [Self::Class, Self::Category, Self::Attribute, Self::Choice, Self::Option];
        all.into_iter().find(|kind| kind.name() == name)
    }
}

/// The kind of a row; none if it is a product's.
pub(super) fn kind_of(columns: &[Column], row: &RawRow) -> Option<Kind> {
    let place = columns.iter().position(|column| *column == Column::Structure)?;
    Kind::from_name(row.cells.get(place)?.trim())
}

/// One of them, with the cells that find it.
#[derive(Clone, Debug, PartialEq)]
struct Entry {
    /// Code of the class of an attribute, and of what an attribute's choices belong to.
    class: String,
    /// Slug of the category above; code of the attribute or option that offers a choice.
    parent: String,
    what: What,
}

#[derive(Clone, Debug, PartialEq)]
enum What {
    Class(ProductClass),
    Category(Category),
    Attribute(Attribute),
    Choice(OptionGroupId, Choice),
    Option(CustomerOption),
}

/// What a cell holds.
enum Cell<'e> {
    Text(&'e mut Texts, Language),
    Flag(&'e mut bool),
    Picture(&'e mut Option<String>),
    Tax(&'e mut TaxClass),
}

impl Cell<'_> {
    fn read(&self) -> String {
        match self {
            Self::Text(texts, language) => cells::escaped(texts.exact(*language).unwrap_or_default()),
            Self::Flag(flag) => cells::yes_or_no(**flag),
            Self::Picture(source) => source.as_deref().unwrap_or_default().to_owned(),
            Self::Tax(class) => class.to_string(),
        }
    }

    fn write(&mut self, cell: &str) -> Result<(), String> {
        match self {
            Self::Text(texts, language) => cells::set_text(texts, *language, cell, cells::TEXT_CHARS_MAX)?,
            Self::Flag(flag) => **flag = cells::flag(cell.trim())?,
            Self::Picture(source) if cell.trim() == CLEAR => **source = None,
            Self::Picture(source) => **source = Some(cells::path(cell.trim())?),
            Self::Tax(class) if cell.trim() == CLEAR => **class = TaxClass::standard(),
            Self::Tax(class) => **class = TaxClass::parse(cell.trim()).map_err(|error| error.to_string())?,
        }
        Ok(())
    }
}

impl Entry {
    fn kind(&self) -> Kind {
        match self.what {
            What::Class(_) => Kind::Class,
            What::Category(_) => Kind::Category,
            What::Attribute(_) => Kind::Attribute,
            What::Choice(..) => Kind::Choice,
            What::Option(_) => Kind::Option,
        }
    }

    fn code(&self) -> &str {
        match &self.what {
            What::Class(class) => &class.code,
            What::Category(category) => category.slug.as_str(),
            What::Attribute(attribute) => &attribute.code,
            What::Choice(_, choice) => &choice.code,
            What::Option(option) => &option.code,
        }
    }

    /// What people call it.
    fn label(&self) -> String {
        let names = [self.class.as_str(), self.parent.as_str(), self.code()];
        let names: Vec<&str> = names.into_iter().filter(|name| !name.is_empty()).collect();
        format!("{} {}", self.kind().name(), names.join("/"))
    }

    /// The cell of a column; none if such a row has none.
    fn cell(&mut self, column: &Column) -> Option<Cell<'_>> {
        Some(match (&mut self.what, column) {
            (What::Class(class), Column::Title(language)) => Cell::Text(&mut class.name, *language),
            (What::Class(class), Column::TaxClass) => Cell::Tax(&mut class.tax_class),
            (What::Class(class), Column::GiftCard) => Cell::Flag(&mut class.is_gift_card),
            (What::Category(category), Column::Title(language)) => Cell::Text(&mut category.name, *language),
            (What::Category(category), Column::Description(language)) => {
                Cell::Text(&mut category.description, *language)
            }
            (What::Category(category), Column::MetaTitle(language)) => Cell::Text(&mut category.meta_title, *language),
            (What::Category(category), Column::MetaDescription(language)) => {
                Cell::Text(&mut category.meta_description, *language)
            }
            (What::Category(category), Column::Public) => Cell::Flag(&mut category.is_public),
            (What::Category(category), Column::InMenu) => Cell::Flag(&mut category.in_menu),
            (What::Category(category), Column::Images) => Cell::Picture(&mut category.image),
            (What::Attribute(attribute), Column::Title(language)) => Cell::Text(&mut attribute.name, *language),
            (What::Attribute(attribute), Column::Facet) => Cell::Flag(&mut attribute.facet),
            (What::Choice(_, choice), Column::Title(language)) => Cell::Text(&mut choice.name, *language),
            (What::Option(option), Column::Title(language)) => Cell::Text(&mut option.name, *language),
            (What::Option(option), Column::Description(language)) => Cell::Text(&mut option.help, *language),
            _ => return None,
        })
    }

    fn read(&mut self, column: &Column) -> String {
        match column {
            Column::Structure => self.kind().name().to_owned(),
            Column::Class => self.class.clone(),
            Column::Parent => self.parent.clone(),
            Column::Slug => self.code().to_owned(),
            column => self.cell(column).map(|cell| cell.read()).unwrap_or_default(),
        }
    }

    fn has_name(&self) -> bool {
        let name = match &self.what {
            What::Class(class) => &class.name,
            What::Category(category) => &category.name,
            What::Attribute(attribute) => &attribute.name,
            What::Choice(_, choice) => &choice.name,
            What::Option(option) => &option.name,
        };
        !name.is_empty()
    }
}

/// Everything of a store that such rows are about, in the order of an export: what is above comes first.
fn entries(setup: &CatalogueSetup, names: &Names) -> Vec<Entry> {
    let tree = CategoryTree::new(setup.categories.iter().cloned());
    let by_id: HashMap<CategoryId, &Category> = setup.categories.iter().map(|entry| (entry.id, entry)).collect();
    let class =
        |class: &ProductClass| Entry { class: String::new(), parent: String::new(), what: What::Class(class.clone()) };
    let mut entries: Vec<Entry> = setup.classes.iter().map(class).collect();
    // The tree gives the order; what it mends for shoppers is not to be written.
    let categories = tree.iter().filter_map(|category| by_id.get(&category.id)).map(|category| Entry {
        class: String::new(),
        parent: category.parent.map_or("", |parent| names.category_slug(parent)).to_owned(),
        what: What::Category((*category).clone()),
    });
    entries.extend(categories);
    let mut told: HashSet<OptionGroupId> = HashSet::new();
    let mut choices = |group: Option<OptionGroupId>, class: &str, parent: &str| -> Vec<Entry> {
        // A group that several share is told where it is met first.
        let group = group.filter(|group| told.insert(*group));
        let group = group.and_then(|group| setup.groups.iter().find(|known| known.id == group));
        let entry = |group: OptionGroupId, choice: &Choice| Entry {
            class: class.to_owned(),
            parent: parent.to_owned(),
            what: What::Choice(group, choice.clone()),
        };
        group.into_iter().flat_map(|group| group.choices.iter().map(move |choice| entry(group.id, choice))).collect()
    };
    for attribute in &setup.attributes {
        let class = names.class_code(attribute.class).to_owned();
        let below = choices(attribute.kind.group(), &class, &attribute.code);
        entries.push(Entry { class, parent: String::new(), what: What::Attribute(attribute.clone()) });
        entries.extend(below);
    }
    for option in &setup.options {
        let below = choices(option.kind.group(), "", &option.code);
        entries.push(Entry { class: String::new(), parent: String::new(), what: What::Option(option.clone()) });
        entries.extend(below);
    }
    entries
}

/// The rows of an export.
pub(super) fn export_rows(columns: &[Column], names: &Names) -> Vec<Vec<String>> {
    let mut entries = entries(names.setup(), names);
    entries.iter_mut().map(|entry| columns.iter().map(|column| entry.read(column)).collect()).collect()
}

/// What the rows of a file make of a store's classes, categories, attributes, choices and options.
pub(super) struct SetupRows<'n> {
    names: &'n Names,
    entries: Vec<Entry>,
    changed: HashSet<usize>,
    seen: HashSet<usize>,
}

impl<'n> SetupRows<'n> {
    pub(super) fn new(names: &'n Names) -> Self {
        Self { names, entries: entries(names.setup(), names), changed: HashSet::new(), seen: HashSet::new() }
    }

    /// Takes a row in, and tells what differs.
    pub(super) fn apply(&mut self, columns: &[Column], raw: &RawRow, kind: Kind, report: &mut FileReport) {
        let row = Row { line: raw.line, columns, cells: &raw.cells };
        match self.try_apply(&row, kind) {
            Ok(Some(change)) => report.add_setup_change(change),
            Ok(None) => {}
            Err(wrong) => wrong.into_iter().for_each(|error| report.add_error(error.line, error.what)),
        }
    }

    fn try_apply(&mut self, row: &Row<'_>, kind: Kind) -> Result<Option<RowChange>, Wrong> {
        let place = self.find(row, kind).map_err(|error| vec![error])?;
        if !self.seen.insert(place) {
            return Err(vec![row.wrong(format!("{} is in the file twice", self.entries[place].label()))]);
        }
        let mut wrong = Wrong::new();
        let mut entry = self.entries[place].clone();
        let mut changes = Vec::new();
        for (column, cell) in row.columns.iter().zip(row.cells).filter(|(_, cell)| !cell.trim().is_empty()) {
            let before = entry.read(column);
            if same_text(cell, &before) || (cell.trim() == CLEAR && before.is_empty()) {
                continue;
            }
            let written = match entry.cell(column) {
                Some(mut held) => held.write(cell),
                None => Err(format!("{} has no such cell, or it cannot be changed", entry.label())),
            };
            if let Err(what) = written {
                wrong.push(row.wrong(format!("{column}: {what}")));
                continue;
            }
            let (from, to) = (shown(&before), shown(&entry.read(column)));
            changes.push(CellChange { column: column.to_string(), from, to });
        }
        if !entry.has_name() {
            wrong.push(row.wrong(format!("{} needs a title in some language", entry.label())));
        }
        if !wrong.is_empty() {
            wrong.truncate(ROW_ERRORS_MAX);
            return Err(wrong);
        }
        if changes.is_empty() {
            return Ok(None);
        }
        let change = RowChange { line: row.line, product: entry.label(), is_new: false, cells: changes };
        self.entries[place] = entry;
        self.changed.insert(place);
        Ok(Some(change))
    }

    /// The place of what a row is about.
    fn find(&self, row: &Row<'_>, kind: Kind) -> Result<usize, LineError> {
        let code = row.cell(&Column::Slug);
        let (class, parent) = (row.named(&Column::Class).unwrap_or(""), row.named(&Column::Parent).unwrap_or(""));
        let is_meant = |entry: &Entry| {
            let is_placed = match kind {
                // A slug is unique, and the one above is fixed.
                Kind::Category => parent.is_empty() || entry.parent == parent,
                Kind::Attribute => entry.class == class,
                Kind::Choice => (entry.class.as_str(), entry.parent.as_str()) == (class, parent),
                Kind::Class | Kind::Option => true,
            };
            entry.kind() == kind && entry.code() == code && is_placed
        };
        self.entries.iter().position(is_meant).ok_or_else(|| {
            let place = match kind {
                Kind::Category => "below that parent; a category stays where it is".to_owned(),
                Kind::Attribute => format!("in the class {class:?}"),
                Kind::Choice => format!("of {parent:?} in the class {class:?}; an export names where each stands"),
                Kind::Class | Kind::Option => "in this store".to_owned(),
            };
            row.wrong(format!("slug: there is no {} {code:?} {place}", kind.name()))
        })
    }

    /// What is to be written. Attributes come all or not at all: their order is that of the list.
    pub(super) fn changed(self) -> CatalogueSetup {
        let mut setup = CatalogueSetup::default();
        let mut groups = self.names.setup().groups.clone();
        let mut changed_groups: HashSet<OptionGroupId> = HashSet::new();
        let some_attribute = self.changed.iter().any(|place| matches!(self.entries[*place].what, What::Attribute(_)));
        for (place, entry) in self.entries.into_iter().enumerate() {
            let is_changed = self.changed.contains(&place);
            match entry.what {
                What::Attribute(attribute) if some_attribute => setup.attributes.push(attribute),
                What::Class(class) if is_changed => setup.classes.push(class),
                What::Category(category) if is_changed => setup.categories.push(category),
                What::Option(option) if is_changed => setup.options.push(option),
                What::Choice(group, choice) if is_changed => {
                    let choices = groups.iter_mut().filter(|known| known.id == group).flat_map(|g| &mut g.choices);
                    choices.filter(|known| known.id == choice.id).for_each(|known| *known = choice.clone());
                    changed_groups.insert(group);
                }
                _ => {}
            }
        }
        groups.retain(|group| changed_groups.contains(&group.id));
        setup.groups = groups;
        setup
    }
}
