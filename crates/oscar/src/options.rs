//! What the database alone does not say, and the caller decides.

use commerce::language::Language;
use commerce::money::Currency;

/// How a catalogue is read. Whether its prices hold tax is not asked here: amounts come as they are stored, and the
/// store's settings say what they hold.
#[derive(Clone, Debug)]
pub struct Options {
    /// The language of the texts; Oscar keeps one.
    pub language: Language,
    /// The store's currency: of prices that name none, and of all delivery charges (`OSCAR_DEFAULT_CURRENCY`).
    pub currency: Currency,
    /// Code of the attribute that holds kilograms (Oscar's `Scale` reads `weight`); `None` to set no weights.
    pub weight_attribute: Option<String>,
    /// Applied to each text that Oscar trusts as HTML: descriptions, rich text attributes.
    pub clean_html: fn(&str) -> String,
}

impl Options {
    /// The usual: weights from the attribute `weight`, HTML left as it is.
    pub fn new(language: Language, currency: Currency) -> Self {
        Self { language, currency, weight_attribute: Some("weight".to_owned()), clean_html: str::to_owned }
    }
}
