//! One row being read: its cells as values of the domain, with whatever is odd noted in the report.

use crate::options::Options;
use crate::report::{Code, Report, quote};
use crate::rows::{Cell, Row};
use crate::value;
use commerce::catalogue::OscarKey;
use commerce::decimal::Decimal;
use commerce::language::Texts;
use commerce::moment::Moment;
use commerce::money::{Currency, Money};
use commerce::slug::Slug;

/// Longest name, title or code, in characters; Oscar's own limit is 255, which SQLite does not enforce.
const NAME_CHARS_MAX: usize = 500;

/// A row, and where to note what is odd about it.
pub(crate) struct Read<'a> {
    pub(crate) row: &'a Row,
    pub(crate) options: &'a Options,
    pub(crate) report: &'a mut Report,
}

impl Read<'_> {
    /// Notes something about this row.
    pub(crate) fn note(&mut self, code: Code, what: impl Into<String>) {
        self.report.add(code, self.row.table, self.row.key(), what);
    }

    /// Notes that the row a column points at is gone.
    pub(crate) fn note_missing(&mut self, column: &str, what: &str) {
        let found = self.row.text(column).map_or_else(|| "none".to_owned(), quote);
        self.note(Code::ReferenceMissing, format!("{}: {found} does not exist; {what}", plain(column)));
    }

    /// Yes or no; `usual` where it is not known.
    pub(crate) fn flag(&mut self, column: &str, usual: bool) -> bool {
        self.parsed(column, usual, value::flag)
    }

    /// A whole number; `usual` where it is not known.
    pub(crate) fn count(&mut self, column: &str, usual: i64) -> i64 {
        self.parsed(column, usual, value::integer)
    }

    fn parsed<T: std::fmt::Debug>(&mut self, column: &str, usual: T, parse: fn(&str) -> Option<T>) -> T {
        let found = match self.row.cell(column) {
            Cell::Absent => return usual,
            Cell::Null => "NULL".to_owned(),
            Cell::Text(text) => match parse(text) {
                Some(value) => return value,
                None => quote(text),
            },
        };
        self.note(Code::ValueDefaulted, format!("{} is {found}; {usual:?} was taken", plain(column)));
        usual
    }

    /// A line of text, cut at its bound; `None` if it is empty.
    pub(crate) fn line(&mut self, column: &str) -> Option<String> {
        let text = self.row.filled(column)?.trim();
        let mut line: String = text.chars().take(NAME_CHARS_MAX).collect();
        if line.len() < text.len() {
            self.note(Code::TextCut, format!("{} is longer than {NAME_CHARS_MAX} characters; cut", plain(column)));
            line.truncate(line.trim_end().len());
        }
        Some(line)
    }

    /// A name; `kind` and the key where it is empty.
    pub(crate) fn name(&mut self, column: &str, kind: &str) -> String {
        if let Some(name) = self.line(column) {
            return name;
        }
        let name = format!("{kind} {}", self.row.key().unwrap_or_default());
        self.note(Code::NameMissing, format!("{} is empty; became {name:?}", plain(column)));
        name
    }

    /// A text in the catalogue's language, as it stands.
    pub(crate) fn texts(&self, column: &str) -> Texts {
        self.in_language(self.row.filled(column).unwrap_or_default())
    }

    /// HTML, cleaned as the caller asks.
    pub(crate) fn html(&self, column: &str) -> Texts {
        let html = self.row.filled(column).map(self.options.clean_html);
        self.in_language(html.unwrap_or_default())
    }

    /// A text in the catalogue's language.
    pub(crate) fn in_language(&self, text: impl Into<String>) -> Texts {
        Texts::single(self.options.language, text)
    }

    /// The slug that the row asks for: its own, one of its name, or one of its key.
    pub(crate) fn wanted_slug(&self, names: &[&str], kind: &str) -> Slug {
        wanted_slug(self.row, names, kind)
    }

    /// A path under the media folder, without a leading slash; `None` if it is empty or leads elsewhere.
    pub(crate) fn path(&mut self, column: &str) -> Option<String> {
        let text = self.row.filled(column)?.trim().trim_start_matches('/').to_owned();
        let leads_out = text.is_empty()
            || text.contains(['\\', ':'])
            || text.chars().any(char::is_control)
            || text.split('/').any(|part| part == "..")
            || text.chars().count() > NAME_CHARS_MAX;
        if leads_out {
            self.note(Code::PathInvalid, format!("{}: {} was left out", plain(column), quote(&text)));
            return None;
        }
        Some(text)
    }

    /// A moment; `None` if it cannot be read, which is noted.
    pub(crate) fn moment(&mut self, column: &str) -> Option<Moment> {
        let text = self.row.text(column)?;
        let moment = value::moment(text);
        if moment.is_none() {
            let what = format!("{}: {} cannot be read", plain(column), quote(text));
            self.note(Code::DateInvalid, what);
        }
        moment
    }

    /// An amount of nought or more; rounded half up to the currency's digits, which is noted.
    pub(crate) fn money(&mut self, column: &str, currency: Currency) -> Option<Money> {
        let text = self.row.filled(column)?;
        let number = value::decimal(text);
        let minor = number.and_then(|number| number.value.scaled_half_up(currency.digits()));
        let (Some(number), Some(minor)) = (number, minor.filter(|minor| 0 <= *minor)) else {
            let what = format!("{}: {} is no amount in {currency}; left out", plain(column), quote(text));
            self.note(Code::AmountInvalid, what);
            return None;
        };
        let amount = Money::from_minor(minor, currency);
        if !number.exact || number.value.scaled(currency.digits()).is_err() {
            let kept = amount.to_decimal_string();
            self.note(
                Code::AmountRounded,
                format!("{}: {} {currency} kept as {kept} {currency}", plain(column), quote(text)),
            );
        }
        Some(amount)
    }

    /// A measured number; noted if digits are lost, `None` and noted if it is none.
    pub(crate) fn measured(&mut self, column: &str) -> Option<Decimal> {
        let text = self.row.filled(column)?;
        let Some(number) = value::measured(text) else {
            let what = format!("{}: {} is no number; left out", plain(column), quote(text));
            self.note(Code::ValueInvalid, what);
            return None;
        };
        if !number.exact {
            let what = format!("{}: {} kept as {}", plain(column), quote(text), number.value);
            self.note(Code::NumberRounded, what);
        }
        Some(number.value)
    }
}

/// The slug that a row asks for: of the first of its names that has a letter or digit, else of its key.
pub(crate) fn wanted_slug(row: &Row, names: &[&str], kind: &str) -> Slug {
    let named = names.iter().find_map(|column| row.filled(column).and_then(Slug::from_title));
    named.unwrap_or_else(|| slug_of_key(kind, row.key().unwrap_or_default()))
}

fn slug_of_key(kind: &str, key: OscarKey) -> Slug {
    Slug::from_title(&format!("{kind}-{key}")).expect("the kind is a word of this crate")
}

/// A column as reports name it.
fn plain(column: &str) -> &str {
    column.split_once('.').map_or(column, |(_, name)| name)
}
