//! The category tree, rebuilt from Oscar's materialised paths: four characters a level.

use crate::ids;
use crate::options::Options;
use crate::read::Read;
use crate::report::{Code, Report, quote};
use crate::rows::{ReadError, Row};
use crate::select::Select;
use crate::source::Source;
use crate::taken::Taken;
use commerce::catalogue::category::CATEGORY_DEPTH_MAX;
use commerce::catalogue::{Category, OscarKey};
use commerce::language::Texts;
use commerce::slug::Slug;
use std::collections::HashMap;

/// Characters of a path per level (treebeard's `steplen`).
const LEVEL_CHARS: usize = 4;

const CATEGORIES: Select = Select {
    table: "catalogue_category",
    joins: &[],
    columns: &[
        "t.id",
        "t.path",
        "t.name",
        "t.description",
        "t.long_description",
        "t.image",
        "t.slug",
        "t.is_public",
        "t.exclude_from_menu",
        "t.meta_title",
        "t.meta_description",
        "t.code",
    ],
};

/// Where a category stands.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
struct Place {
    parent: Option<OscarKey>,
    /// 1 for a top category.
    depth: usize,
}

/// All categories, in the order of the tree.
pub(crate) async fn categories(
    source: &mut Source,
    options: &Options,
    report: &mut Report,
) -> Result<Vec<Category>, ReadError> {
    let rows = source.all(&CATEGORIES, report).await?;
    // Slugs are given in order of the keys, so that a category that is added later changes none.
    let mut slugs = Taken::default();
    let slugs: Vec<_> =
        rows.iter().map(|row| slugs.claim(wanted_slug(row), |slug, number| slug.numbered(number))).collect();
    let mut in_order: Vec<(&Row, Slug)> = rows.iter().zip(slugs.into_iter().map(|claimed| claimed.name)).collect();
    in_order.sort_by_key(|(row, _)| (path_of(row), row.key()));
    let mut places: HashMap<&str, (OscarKey, Place)> = HashMap::new();
    let mut categories = Vec::with_capacity(rows.len());
    for (row, slug) in in_order {
        let Some(key) = row.key() else { continue };
        let mut read = Read { row, options, report };
        let place = place(path_of(row), &places, &mut read);
        // Of two with one path the first is the parent of what is below.
        places.entry(path_of(row)).or_insert((key, place));
        let position = i64::try_from(categories.len()).unwrap_or(i64::MAX);
        categories.push(category(key, place, position, slug, &mut read));
    }
    Ok(categories)
}

fn path_of(row: &Row) -> &str {
    row.text("t.path").unwrap_or_default()
}

fn wanted_slug(row: &Row) -> Slug {
    crate::read::wanted_slug(row, &["t.slug", "t.name"], "category")
}

/// Finds the parent: whoever has the path without its last level, else the nearest one above.
fn place(path: &str, places: &HashMap<&str, (OscarKey, Place)>, read: &mut Read<'_>) -> Place {
    let length = path.chars().count();
    if length == 0 || !length.is_multiple_of(LEVEL_CHARS) || places.contains_key(path) {
        read.note(Code::CategoryPath, format!("path {} is damaged or taken", quote(path)));
    }
    let ends: Vec<usize> = path.char_indices().map(|(at, _)| at).skip(LEVEL_CHARS).step_by(LEVEL_CHARS).collect();
    let above = ends.iter().rev().find_map(|end| places.get(path.get(..*end)?));
    // Above the nearest one that is there, levels may be missing.
    let is_direct = ends.last().is_none_or(|end| path.get(..*end).is_some_and(|parent| places.contains_key(parent)));
    if !is_direct {
        let parent = above.map_or_else(|| "the top".to_owned(), |(key, _)| format!("category {key}"));
        read.note(Code::CategoryOrphan, format!("the parent of path {} is gone; came to {parent}", quote(path)));
    }
    match above {
        Some((_, place)) if place.depth >= CATEGORY_DEPTH_MAX => {
            read.note(
                Code::CategoryTooDeep,
                format!("deeper than {CATEGORY_DEPTH_MAX} levels; came up beside its parent"),
            );
            *place
        }
        Some((parent, place)) => Place { parent: Some(*parent), depth: place.depth + 1 },
        None => Place { parent: None, depth: 1 },
    }
}

fn category(key: OscarKey, place: Place, position: i64, slug: Slug, read: &mut Read<'_>) -> Category {
    let name = read.name("t.name", "Category");
    match read.row.filled("t.slug") {
        None => read.note(Code::SlugMade, format!("the slug became {slug}")),
        Some(raw) if raw != slug.as_str() => {
            let what = format!("the slug {} became {slug}", quote(raw));
            read.note(Code::SlugChanged, what);
        }
        Some(_) => {}
    }
    Category {
        id: ids::category(key),
        parent: place.parent.map(ids::category),
        position,
        slug,
        name: read.in_language(name),
        description: description(read),
        meta_title: read.texts("t.meta_title"),
        meta_description: read.texts("t.meta_description"),
        image: read.path("t.image"),
        is_public: read.flag("t.is_public", true),
        in_menu: !read.flag("t.exclude_from_menu", false),
        code: read.line("t.code"),
        oscar: Some(key),
    }
}

/// Oscar 4.2 has a short and a long description; here they follow one another.
fn description(read: &Read<'_>) -> Texts {
    let both = ["t.description", "t.long_description"].map(|column| read.row.filled(column).unwrap_or_default());
    let html = both.join("\n").trim().to_owned();
    read.in_language(if html.is_empty() { html } else { (read.options.clean_html)(&html) })
}
