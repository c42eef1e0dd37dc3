//! Groups of choices, and the attributes and options that use them.

use crate::ids;
use crate::options::Options;
use crate::read::Read;
use crate::report::{Code, Report, quote};
use crate::rows::{ReadError, Row};
use crate::select::Select;
use crate::source::Source;
use crate::taken::Taken;
use commerce::catalogue::{Attribute, AttributeKind, Choice, OptionGroup, OscarKey};
use commerce::ids::ChoiceId;
use std::collections::{HashMap, HashSet};

const GROUPS: Select =
    Select { table: "catalogue_attributeoptiongroup", joins: &[], columns: &["t.id", "t.name", "t.code"] };

const CHOICES: Select =
    Select { table: "catalogue_attributeoption", joins: &[], columns: &["t.id", "t.option", "t.group_id", "t.code"] };

const ATTRIBUTES: Select = Select {
    table: "catalogue_productattribute",
    joins: &[],
    columns: &["t.id", "t.name", "t.code", "t.type", "t.required", "t.option_group_id", "t.product_class_id"],
};

/// The choices of all groups, by key.
#[derive(Debug, Default)]
pub(crate) struct Choices {
    groups: HashSet<OscarKey>,
    choices: HashMap<OscarKey, KnownChoice>,
}

/// A choice as values refer to it.
#[derive(Debug)]
pub(crate) struct KnownChoice {
    pub(crate) id: ChoiceId,
    pub(crate) group: OscarKey,
    /// Order in its group.
    pub(crate) position: usize,
    pub(crate) name: String,
}

impl Choices {
    pub(crate) fn has_group(&self, key: OscarKey) -> bool {
        self.groups.contains(&key)
    }

    pub(crate) fn find(&self, key: OscarKey) -> Option<&KnownChoice> {
        self.choices.get(&key)
    }
}

/// The groups with their choices in the order of their keys, as Oscar shows them.
pub(crate) async fn groups(
    source: &mut Source,
    options: &Options,
    report: &mut Report,
) -> Result<(Vec<OptionGroup>, Choices), ReadError> {
    let group_rows = source.all(&GROUPS, report).await?;
    let choice_rows = source.all(&CHOICES, report).await?;
    let mut known = Choices { groups: group_rows.iter().filter_map(Row::key).collect(), choices: HashMap::new() };
    let mut by_group: HashMap<OscarKey, Vec<Choice>> = HashMap::new();
    let mut codes = Taken::default();
    for row in &choice_rows {
        let mut read = Read { row, options, report };
        let Some(group) = row.integer("t.group_id").filter(|group| known.has_group(*group)) else {
            read.note_missing("t.group_id", "the choice was left out");
            continue;
        };
        let Some(key) = row.key() else { continue };
        let siblings = by_group.entry(group).or_default();
        let name = read.name("t.option", "Choice");
        let choice = choice(key, group, &name, &mut read, &mut codes);
        known.choices.insert(key, KnownChoice { id: choice.id, group, position: siblings.len(), name });
        siblings.push(choice);
    }
    let mut codes = Taken::default();
    let groups = group_rows.iter().filter_map(|row| {
        let key = row.key()?;
        let mut read = Read { row, options, report };
        let name = read.name("t.name", "Group");
        Some(OptionGroup {
            id: ids::group(key),
            name: read.in_language(name),
            code: read.line("t.code").map(|code| {
                let code = codes.claim_code(0, code);
                if code.is_changed {
                    read.note(Code::CodeChanged, format!("the code became {}", quote(&code.name)));
                }
                code.name
            }),
            choices: by_group.remove(&key).unwrap_or_default(),
            oscar: Some(key),
        })
    });
    Ok((groups.collect(), known))
}

/// Whether a code may stand in URLs and in the heads of CSV columns.
fn is_usable(code: &str) -> bool {
    code.chars().all(|c| c.is_alphanumeric() || c == '_' || c == '-')
}

/// A code that may stand in an address. Addresses have one spelling, in small letters, and so has what they name.
fn usable_code(read: &mut Read<'_>) -> Option<String> {
    read.line("t.code").filter(|code| is_usable(code)).map(|code| code.to_lowercase())
}

fn choice(key: OscarKey, group: OscarKey, name: &str, read: &mut Read<'_>, codes: &mut Taken) -> Choice {
    let raw = read.row.filled("t.code").unwrap_or_default().trim().to_owned();
    let wanted = usable_code(read);
    let wanted = wanted.unwrap_or_else(|| read.wanted_slug(&["t.code", "t.option"], "choice").to_string());
    let code = codes.claim_code(group, wanted);
    // Choices had no code before Oscar 3.2, and may have none now: making one is nothing to report.
    if code.is_changed || (!raw.is_empty() && raw != code.name) {
        read.note(Code::CodeChanged, format!("the code of {} became {}", quote(name), quote(&code.name)));
    }
    Choice { id: ids::choice(key), code: code.name, name: read.in_language(name), oscar: Some(key) }
}

/// An attribute as values refer to it.
#[derive(Debug)]
pub(crate) struct KnownAttribute {
    pub(crate) attribute: Attribute,
    /// Key of its group, if it has one that exists.
    pub(crate) group: Option<OscarKey>,
    /// Oscar says another type; whatever is there is kept as text.
    pub(crate) is_forced_text: bool,
    /// Whether it holds kilograms.
    pub(crate) is_weight: bool,
}

/// The attributes of all classes, by key.
pub(crate) async fn attributes(
    source: &mut Source,
    options: &Options,
    choices: &Choices,
    classes: &HashSet<OscarKey>,
    report: &mut Report,
) -> Result<HashMap<OscarKey, KnownAttribute>, ReadError> {
    let rows = source.all(&ATTRIBUTES, report).await?;
    let mut codes = Taken::default();
    Ok(rows
        .iter()
        .filter_map(|row| {
            let key = row.key()?;
            Some((key, attribute(key, &mut Read { row, options, report }, choices, classes, &mut codes)))
        })
        .collect())
}

fn attribute(
    key: OscarKey,
    read: &mut Read<'_>,
    choices: &Choices,
    classes: &HashSet<OscarKey>,
    codes: &mut Taken,
) -> KnownAttribute {
    let class = read.row.integer("t.product_class_id").filter(|class| classes.contains(class));
    if class.is_none() {
        read.note(Code::ClassMissing, "its class does not exist; it came to the class `unclassified`");
    }
    let group = read.row.integer("t.option_group_id").filter(|group| choices.has_group(*group));
    let name = read.name("t.name", "Attribute");
    let raw = read.row.filled("t.code").unwrap_or_default().to_owned();
    let wanted = usable_code(read);
    let wanted = wanted.unwrap_or_else(|| read.wanted_slug(&["t.code", "t.name"], "attribute").to_string());
    let code = codes.claim_code(class.unwrap_or_default(), wanted).name;
    if code != raw {
        read.note(Code::CodeChanged, format!("the code {} became {}", quote(&raw), quote(&code)));
    }
    let kind_name = read.row.text("t.type").unwrap_or_default().trim().to_ascii_lowercase();
    let kind = AttributeKind::from_name(&kind_name, group.map(ids::group));
    if kind.is_none() {
        read.note(Code::TypeUnknown, format!("type {} without usable choices; became text", quote(&kind_name)));
    }
    let is_facet =
        matches!(kind, Some(AttributeKind::Option(_) | AttributeKind::MultiOption(_) | AttributeKind::Boolean));
    KnownAttribute {
        is_weight: kind == Some(AttributeKind::Float)
            && read.options.weight_attribute.as_deref().is_some_and(|weight| weight.to_lowercase() == code),
        is_forced_text: kind.is_none(),
        group,
        attribute: Attribute {
            id: ids::attribute(key),
            class: class.map_or_else(ids::unclassified, ids::class),
            code,
            name: read.in_language(name),
            kind: kind.unwrap_or(AttributeKind::Text),
            required: read.flag("t.required", false),
            facet: is_facet,
            oscar: Some(key),
        },
    }
}
