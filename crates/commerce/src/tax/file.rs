//! The file of a tax table: comma-separated values that a spreadsheet opens, one rule a line.
//!
//! ```text
//! # Lines like this one are left out, and so are empty ones.
//! country,region,postcodes,class,level,name,rate,from,until,source,checked
//! PT,,,standard,,IVA,23,,,TEDB,2026-09-29
//! PT,,9500..9999,standard,,IVA,16,,,TEDB,2026-09-29
//! US,NY,,standard,region,New York State sales tax,4,,,,
//! ```
//!
//! `country`, `class`, `name` and `rate` (in percent) must be there; a `*` is every country. Columns may stand in any
//! order and may be parted by semicolons. Several postcodes are parted by `|`.

use super::class::{InvalidTaxClass, TaxClass};
use super::place::{InvalidRegionCode, RegionCode};
use super::rate::TaxRate;
use super::rule::{InvalidTaxName, InvalidTaxRule, TaxLevel, TaxName, TaxRule, Validity};
use super::table::{InvalidTaxTable, TAX_RULES_MAX, TaxTable};
use super::zone::{InvalidPostcodePattern, InvalidTaxZone, PostcodePattern, TaxZone};
use crate::address::{Country, InvalidCountry};
use jiff::civil::Date;

/// Largest file, in bytes.
pub const TAX_FILE_BYTES_MAX: usize = 16 * 1024 * 1024;

/// Most errors that are told at once.
pub const TAX_FILE_ERRORS_MAX: usize = 100;

/// Most fields of a line.
const FIELDS_MAX: usize = 64;

/// The columns, and whether they must be there.
const COLUMNS: [(&str, bool); 11] = [
    ("country", true),
    ("region", false),
    ("postcodes", false),
    ("class", true),
    ("level", false),
    ("name", true),
    ("rate", true),
    ("from", false),
    ("until", false),
    ("source", false),
    ("checked", false),
];

/// A line of a tax table's file that cannot stay as it is.
#[derive(Debug, Clone, PartialEq, Eq, thiserror::Error)]
#[error("line {line}, {field}: {problem}")]
pub struct TaxTableError {
    /// The line, counted from 1.
    pub line: usize,
    /// The column, or `line` for the whole of it.
    pub field: &'static str,
    /// What is wrong, and what to write instead.
    pub problem: TableProblem,
}

/// What is wrong with a field.
#[derive(Debug, Clone, PartialEq, Eq, thiserror::Error)]
pub enum TableProblem {
    /// More than [`TAX_FILE_BYTES_MAX`].
    #[error("the file has more than {} MiB", TAX_FILE_BYTES_MAX / 1024 / 1024)]
    TooLarge,
    /// No first line with the names of the columns.
    #[error("the first line must name the columns: country, class, name, rate and any of the others")]
    NoHeader,
    /// A column that must be there is not.
    #[error("the column {0} is missing")]
    MissingColumn(&'static str),
    /// A column that is not known.
    #[error("there is no column {0:?}")]
    UnknownColumn(String),
    /// A column that is there twice.
    #[error("the column {0} is there twice")]
    ColumnTwice(&'static str),
    /// Other fields than columns.
    #[error("there are {fields} fields for {columns} columns")]
    Fields {
        /// Fields of the line.
        fields: usize,
        /// Columns of the first line.
        columns: usize,
    },
    /// A quotation mark without its end.
    #[error("a quotation mark is not closed on the same line, or stands inside a field without quotation marks")]
    Quotes,
    /// Not a country, and not `*`.
    #[error("{0}, or * for all")]
    Country(#[from] InvalidCountry),
    /// Not a region.
    #[error(transparent)]
    Region(#[from] InvalidRegionCode),
    /// Not postcodes.
    #[error(transparent)]
    Postcodes(#[from] InvalidPostcodePattern),
    /// Fields that make no zone.
    #[error(transparent)]
    Zone(#[from] InvalidTaxZone),
    /// Not a class.
    #[error(transparent)]
    Class(#[from] InvalidTaxClass),
    /// Not a level.
    #[error("a level is country, region, county, city or district")]
    Level,
    /// Not a name.
    #[error(transparent)]
    Name(#[from] InvalidTaxName),
    /// Not a rate.
    #[error("a rate is a percentage of at most four digits behind the point, such as 20 or 8.875")]
    Rate,
    /// Not a day.
    #[error("a day is written like 2026-11-30")]
    Day,
    /// Fields that make no rule.
    #[error(transparent)]
    Rule(#[from] InvalidTaxRule),
    /// Nothing could decide between this rule and another.
    #[error("line {other} has the same class, level and zone for the same day: end it with until, or take one out")]
    Twice {
        /// The other one's line.
        other: usize,
    },
    /// More than [`TAX_RULES_MAX`].
    #[error("a table holds at most {TAX_RULES_MAX} rules")]
    TooManyRules,
}

impl TaxTable {
    /// Reads a table's file. Says everything that is wrong, up to [`TAX_FILE_ERRORS_MAX`] lines.
    pub fn parse(text: &str) -> Result<Self, Vec<TaxTableError>> {
        let rules = parse_rules(text)?;
        let line = |index: usize| rules.get(index).map_or(1, |(line, _)| *line);
        Self::new(rules.iter().map(|(_, rule)| rule.clone()).collect()).map_err(|error| {
            vec![match error {
                InvalidTaxTable::Twice { first, second } => {
                    let (other, line) = (line(first.min(second)), line(first.max(second)));
                    TaxTableError { line, field: "line", problem: TableProblem::Twice { other } }
                }
                InvalidTaxTable::TooManyRules => {
                    TaxTableError { line: line(TAX_RULES_MAX), field: "line", problem: TableProblem::TooManyRules }
                }
            }]
        })
    }
}

/// Reads the rules of a file with the lines that they stand on, for a table that is put together from several.
pub fn parse_rules(text: &str) -> Result<Vec<(usize, TaxRule)>, Vec<TaxTableError>> {
    let whole = |line: usize, problem: TableProblem| TaxTableError { line, field: "line", problem };
    if text.len() > TAX_FILE_BYTES_MAX {
        return Err(vec![whole(1, TableProblem::TooLarge)]);
    }
    let text = text.strip_prefix('\u{feff}').unwrap_or(text);
    let mut lines = (1..).zip(text.lines()).filter(|(_, line)| !is_left_out(line));
    let (number, header) = lines.next().ok_or_else(|| vec![whole(1, TableProblem::NoHeader)])?;
    let header = Header::parse(header).map_err(|problem| vec![whole(number, problem)])?;
    let (mut rules, mut errors) = (Vec::new(), Vec::new());
    for (number, line) in lines {
        if rules.len() == TAX_RULES_MAX {
            errors.push(whole(number, TableProblem::TooManyRules));
            break;
        }
        match header.rule(line) {
            Ok(rule) => rules.push((number, rule)),
            Err((field, problem)) => errors.push(TaxTableError { line: number, field, problem }),
        }
        if errors.len() == TAX_FILE_ERRORS_MAX {
            break;
        }
    }
    if errors.is_empty() { Ok(rules) } else { Err(errors) }
}

/// Notes, empty lines, and lines of which a spreadsheet kept nothing but commas.
fn is_left_out(line: &str) -> bool {
    let begun = line.trim_start_matches(['"', ' ', '\t']);
    begun.starts_with('#') || line.chars().all(|c| c.is_whitespace() || ",;\"".contains(c))
}

struct Header {
    separator: char,
    /// What each field of a line is, by its place in [`COLUMNS`].
    columns: Vec<usize>,
}

/// The fields of a line by the names of their columns.
struct Row<'r> {
    header: &'r Header,
    fields: Vec<String>,
}

type FieldProblem = (&'static str, TableProblem);

impl Header {
    fn parse(line: &str) -> Result<Self, TableProblem> {
        let separator = if line.contains(';') && !line.contains(',') { ';' } else { ',' };
        let mut columns = Vec::new();
        for name in fields(line, separator).ok_or(TableProblem::Quotes)? {
            let name = name.trim().to_ascii_lowercase();
            let known = COLUMNS.iter().position(|(known, _)| *known == name);
            let column = known.ok_or_else(|| TableProblem::UnknownColumn(name.chars().take(40).collect()))?;
            if columns.contains(&column) {
                return Err(TableProblem::ColumnTwice(COLUMNS[column].0));
            }
            columns.push(column);
        }
        let missing = (0..).zip(COLUMNS).find(|(column, (_, needed))| *needed && !columns.contains(column));
        missing.map_or(Ok(Self { separator, columns }), |(_, (name, _))| Err(TableProblem::MissingColumn(name)))
    }

    fn rule(&self, line: &str) -> Result<TaxRule, FieldProblem> {
        let fields = fields(line, self.separator).ok_or(("line", TableProblem::Quotes))?;
        if fields.len() != self.columns.len() {
            let problem = TableProblem::Fields { fields: fields.len(), columns: self.columns.len() };
            return Err(("line", problem));
        }
        Row { header: self, fields }.rule()
    }
}

impl Row<'_> {
    /// A field without the spaces around it; empty where the column is not there.
    fn field(&self, name: &'static str) -> &str {
        let place = self.header.columns.iter().position(|column| COLUMNS[*column].0 == name);
        place.and_then(|place| self.fields.get(place)).map_or("", |field| field.trim())
    }

    /// A field, read; `None` where it is empty.
    fn read<T>(
        &self,
        name: &'static str,
        parse: impl FnOnce(&str) -> Result<T, TableProblem>,
    ) -> Result<Option<T>, FieldProblem> {
        match self.field(name) {
            "" => Ok(None),
            text => parse(text).map(Some).map_err(|problem| (name, problem)),
        }
    }

    fn day(&self, name: &'static str) -> Result<Option<Date>, FieldProblem> {
        // Jiff reads times behind the day too; a table has none.
        let day = |text: &str| text.parse().ok().filter(|_| text.len() == "2026-11-30".len());
        self.read(name, |text| day(text).ok_or(TableProblem::Day))
    }

    fn zone(&self) -> Result<TaxZone, FieldProblem> {
        let country = match self.field("country") {
            "*" => None,
            text => Some(Country::parse(text).map_err(|error| ("country", error.into()))?),
        };
        let region = self.read("region", |text| Ok(RegionCode::parse(text)?))?;
        let postcodes = self.read("postcodes", |text| {
            Ok(text.split('|').map(PostcodePattern::parse).collect::<Result<Vec<_>, _>>()?)
        })?;
        TaxZone::new(country, region, postcodes.unwrap_or_default()).map_err(|error| ("postcodes", error.into()))
    }

    fn rule(&self) -> Result<TaxRule, FieldProblem> {
        let rule = TaxRule {
            class: TaxClass::parse(self.field("class")).map_err(|error| ("class", error.into()))?,
            zone: self.zone()?,
            level: self
                .read("level", |text| TaxLevel::parse(text).ok_or(TableProblem::Level))?
                .unwrap_or(TaxLevel::Country),
            name: TaxName::parse(self.field("name")).map_err(|error| ("name", error.into()))?,
            rate: TaxRate::parse_percent(self.field("rate")).ok_or(("rate", TableProblem::Rate))?,
            validity: Validity { from: self.day("from")?, until: self.day("until")? },
            source: self.field("source").to_owned(),
            checked: self.day("checked")?,
        };
        let field = |error: &InvalidTaxRule| match error {
            InvalidTaxRule::Rate => "rate",
            InvalidTaxRule::Dates => "until",
            InvalidTaxRule::Source => "source",
        };
        rule.checked().map_err(|error| (field(&error), error.into()))
    }
}

/// The fields of a line (RFC 4180, less line breaks inside fields); `None` if its quotation marks make no sense. Past
/// [`FIELDS_MAX`] the rest is one field.
fn fields(line: &str, separator: char) -> Option<Vec<String>> {
    let (mut fields, mut field) = (Vec::new(), String::new());
    let mut signs = line.chars().peekable();
    let mut quoted = false;
    while let Some(sign) = signs.next() {
        match sign {
            '"' if quoted && signs.next_if_eq(&'"').is_some() => field.push('"'),
            '"' if quoted => {
                quoted = false;
                // Behind a closed field comes the next one.
                if signs.peek().is_some_and(|next| *next != separator) {
                    return None;
                }
            }
            '"' if field.is_empty() => quoted = true,
            '"' => return None,
            _ if sign == separator && !quoted && fields.len() < FIELDS_MAX => fields.push(std::mem::take(&mut field)),
            _ => field.push(sign),
        }
    }
    fields.push(field);
    (!quoted).then_some(fields)
}

#[cfg(test)]
mod tests;
