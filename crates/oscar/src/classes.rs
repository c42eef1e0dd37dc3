//! Product classes and customer options.

use crate::choices::Choices;
use crate::options::Options;
use crate::read::Read;
use crate::report::{Code, Report, quote};
use crate::rows::{ReadError, Row};
use crate::select::{Join, Select};
use crate::source::Source;
use crate::taken::Taken;
use crate::{ids, value};
use commerce::catalogue::{CustomerOption, CustomerOptionKind, OscarKey, ProductClass};
use commerce::ids::OptionId;
use commerce::tax::class::TaxClass;
use std::collections::{HashMap, HashSet};

const CLASSES: Select = Select {
    table: "catalogue_productclass",
    joins: &[],
    columns: &["t.id", "t.name", "t.slug", "t.requires_shipping", "t.track_stock"],
};

const CLASS_OPTIONS: Select = Select {
    table: "catalogue_productclass_options",
    joins: &[],
    columns: &["t.id", "t.productclass_id", "t.option_id"],
};

const OPTIONS: Select = Select {
    table: "catalogue_option",
    joins: &[Join { alias: "g", table: "catalogue_attributeoptiongroup", on: "t.option_group_id" }],
    columns: &["t.id", "t.code", "t.type", "t.required", "t.name", "t.help_text", "t.option_group_id", "t.order"],
};

/// Oscar 2 kept in `type` whether an option must be filled in.
const REQUIRED_IN_OSCAR_2: [&str; 2] = ["required", "optional"];

/// The customer options, by key.
pub(crate) async fn options(
    source: &mut Source,
    options: &Options,
    choices: &Choices,
    report: &mut Report,
) -> Result<Vec<CustomerOption>, ReadError> {
    let rows = source.all(&OPTIONS, report).await?;
    let mut codes = Taken::default();
    Ok(rows
        .iter()
        .filter_map(|row| option(row.key()?, &mut Read { row, options, report }, choices, &mut codes))
        .collect())
}

fn option(key: OscarKey, read: &mut Read<'_>, choices: &Choices, codes: &mut Taken) -> Option<CustomerOption> {
    let kind_name = read.row.text("t.type").unwrap_or("text").trim().to_ascii_lowercase();
    let of_oscar_2 = REQUIRED_IN_OSCAR_2.contains(&kind_name.as_str());
    let name = read.name("t.name", "Option");
    let code = codes.claim_code(0, read.line("t.code").unwrap_or_else(|| format!("option-{key}")));
    if code.is_changed || read.row.filled("t.code").is_none() {
        read.note(Code::CodeChanged, format!("the code became {}", quote(&code.name)));
    }
    Some(CustomerOption {
        id: ids::option(key),
        code: code.name,
        name: read.in_language(name),
        help: read.texts("t.help_text"),
        kind: if of_oscar_2 { CustomerOptionKind::Text } else { option_kind(&kind_name, read, choices) },
        required: if of_oscar_2 { kind_name == "required" } else { read.flag("t.required", false) },
        // The order may be NULL in Oscar, which sorts it to the front.
        position: read.row.integer("t.order").unwrap_or(0),
        oscar: Some(key),
    })
}

fn option_kind(name: &str, read: &mut Read<'_>, choices: &Choices) -> CustomerOptionKind {
    let group = read.row.integer("t.option_group_id").filter(|group| choices.has_group(*group)).map(ids::group);
    CustomerOptionKind::from_name(name, group).unwrap_or_else(|| {
        let what = format!("type {} without usable choices; became text", quote(name));
        read.note(Code::TypeUnknown, what);
        CustomerOptionKind::Text
    })
}

/// The classes, each with its options in their order.
pub(crate) async fn classes(
    source: &mut Source,
    options: &Options,
    customer_options: &[CustomerOption],
    report: &mut Report,
) -> Result<Vec<ProductClass>, ReadError> {
    let rows = source.all(&CLASSES, report).await?;
    let links = source.all(&CLASS_OPTIONS, report).await?;
    let known: HashSet<OscarKey> = rows.iter().filter_map(Row::key).collect();
    let mut by_class: HashMap<OscarKey, Vec<OptionId>> = HashMap::new();
    for row in &links {
        let mut read = Read { row, options, report };
        let Some(class) = row.integer("t.productclass_id").filter(|class| known.contains(class)) else {
            read.note_missing("t.productclass_id", "left out");
            continue;
        };
        match linked_option(row, customer_options) {
            Some(option) => by_class.entry(class).or_default().push(option),
            None => read.note_missing("t.option_id", "left out"),
        }
    }
    let mut codes = Taken::default();
    Ok(rows
        .iter()
        .filter_map(|row| {
            let key = row.key()?;
            let own = in_order(by_class.remove(&key).unwrap_or_default(), customer_options);
            Some(class(key, &mut Read { row, options, report }, &mut codes, own))
        })
        .collect())
}

fn class(key: OscarKey, read: &mut Read<'_>, codes: &mut Taken, options: Vec<OptionId>) -> ProductClass {
    let name = read.name("t.name", "Class");
    let wanted = read.line("t.slug").unwrap_or_else(|| read.wanted_slug(&["t.name"], "class").to_string());
    let code = codes.claim_code(0, wanted);
    if code.is_changed || read.row.filled("t.slug").is_none() {
        read.note(Code::CodeChanged, format!("the code became {}", quote(&code.name)));
    }
    ProductClass {
        id: ids::class(key),
        code: code.name,
        name: read.in_language(name),
        requires_shipping: read.flag("t.requires_shipping", true),
        track_stock: read.flag("t.track_stock", true),
        options,
        oscar: Some(key),
        tax_class: TaxClass::standard(),
        is_gift_card: false,
    }
}

/// The class of products and attributes that name none that exists.
pub(crate) fn unclassified(options: &Options, classes: &[ProductClass]) -> ProductClass {
    let mut codes = Taken::default();
    for class in classes {
        codes.claim_code(0, class.code.clone());
    }
    ProductClass {
        id: ids::unclassified(),
        code: codes.claim_code(0, "unclassified".to_owned()).name,
        name: commerce::language::Texts::single(options.language, "Unclassified"),
        requires_shipping: true,
        track_stock: true,
        options: Vec::new(),
        oscar: None,
        tax_class: TaxClass::standard(),
        is_gift_card: false,
    }
}

/// The option that `t.option_id` names, if it is there.
pub(crate) fn linked_option(row: &Row, options: &[CustomerOption]) -> Option<OptionId> {
    let key = row.text("t.option_id").and_then(value::integer)?;
    // Rows come in order of their keys.
    let place = options.binary_search_by_key(&Some(key), |option| option.oscar).ok()?;
    options.get(place).map(|option| option.id)
}

/// Each option once, in the order of the form.
pub(crate) fn in_order(mut ids: Vec<OptionId>, options: &[CustomerOption]) -> Vec<OptionId> {
    let wanted: HashSet<OptionId> = ids.drain(..).collect();
    let mut found: Vec<&CustomerOption> = options.iter().filter(|option| wanted.contains(&option.id)).collect();
    found.sort_by_key(|option| (option.position, option.oscar));
    found.into_iter().map(|option| option.id).collect()
}
