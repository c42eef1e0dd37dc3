//! Categories that a file names and the store has not.

use super::cells::CLEAR;
use super::column::Column;
use super::names::Names;
use super::{ApplyOptions, FileError, FileReport, Reading};
use crate::shop::Shop;
use commerce::catalogue::Category;
use commerce::ids::CategoryId;
use commerce::language::{Language, Texts};
use commerce::slug::Slug;
use std::collections::BTreeMap;
use std::path::Path;

/// Most categories that one file makes.
const NEW_CATEGORIES_MAX: usize = 2_000;

impl Shop {
    /// Categories that the file names and the store has not, if they are wanted: parents before what is below them.
    pub(super) fn new_categories(
        &self,
        file: &Path,
        names: &Names,
        options: ApplyOptions,
        report: &mut FileReport,
    ) -> Result<Vec<Category>, FileError> {
        let mut made: BTreeMap<String, Category> = BTreeMap::new();
        let mut order = Vec::new();
        if !options.new_categories {
            return Ok(order);
        }
        // What is wrong with the file is told when it is checked.
        let Ok(mut reading) = Reading::open(file, names)? else { return Ok(order) };
        let Some(place) = reading.columns.iter().position(|column| *column == Column::Categories) else {
            return Ok(order);
        };
        let mut ignored = FileReport::default();
        loop {
            let chunk = reading.chunk(&mut ignored);
            if chunk.is_empty() {
                break;
            }
            for row in &chunk {
                let cell = row.cells.get(place).map_or("", |cell| cell.trim());
                for entry in cell.split('|').map(str::trim).filter(|entry| !matches!(*entry, "" | CLEAR)) {
                    if let Err(what) = self.make_path(entry, names, &mut made) {
                        report.add_error(row.line, format!("categories: {what}"));
                    }
                }
            }
            if made.len() > NEW_CATEGORIES_MAX {
                report
                    .add_error(chunk[0].line, format!("more than {NEW_CATEGORIES_MAX} new categories; split the file"));
                break;
            }
        }
        order.extend(made.into_values());
        order.sort_by_key(|category| category.position);
        report.new_categories = order.iter().map(|category| category.slug.to_string()).collect();
        Ok(order)
    }

    /// Every category of a path that is not there yet.
    fn make_path(&self, path: &str, names: &Names, made: &mut BTreeMap<String, Category>) -> Result<(), String> {
        let mut parent: Option<CategoryId> = None;
        for segment in path.split('/').map(str::trim) {
            let slug = Slug::parse(segment).map_err(|error| error.to_string())?;
            let known = names.has_category(segment).then(|| names.category(segment)).transpose()?;
            let id = match (known, made.get(segment)) {
                (Some(id), _) => id,
                (None, Some(category)) => category.id,
                (None, None) => {
                    let id = CategoryId::new(self.chance().staff_id(self.now()));
                    let position = 1_000_000 + i64::try_from(made.len()).unwrap_or_default();
                    let language = names.languages.first().copied().unwrap_or(Language::ENGLISH);
                    made.insert(segment.to_owned(), new_category(id, parent, position, slug, language));
                    id
                }
            };
            parent = Some(id);
        }
        Ok(())
    }
}

/// A category as a file names it: its name is its slug in words.
fn new_category(id: CategoryId, parent: Option<CategoryId>, position: i64, slug: Slug, language: Language) -> Category {
    let words = slug.as_str().replace('-', " ");
    let mut signs = words.chars();
    let name: String = signs.next().map(|first| first.to_uppercase().chain(signs).collect()).unwrap_or_default();
    Category {
        id,
        parent,
        position,
        slug,
        name: Texts::single(language, name),
        description: Texts::default(),
        meta_title: Texts::default(),
        meta_description: Texts::default(),
        image: None,
        is_public: true,
        in_menu: true,
        code: None,
        oscar: None,
    }
}
