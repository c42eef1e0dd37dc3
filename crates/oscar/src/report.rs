//! What an import left out or changed, and why: codes for programs, sentences for people, bounded in number.

use commerce::catalogue::OscarKey;
use serde::Serialize;
use std::collections::BTreeMap;

/// Most entries that are kept of one code; the rest are counted.
pub const ENTRIES_PER_CODE_MAX: usize = 100;

macro_rules! codes {
    ($($(#[$doc:meta])* $name:ident $code:literal $advice:literal)*) => {
        /// What happened to a row. The words of [`Code::as_str`] are stable.
        #[derive(Clone, Copy, Debug, PartialEq, Eq, PartialOrd, Ord, Hash)]
        pub enum Code { $($(#[$doc])* $name,)* }

        impl Code {
            /// All of them.
            pub const ALL: &'static [Self] = &[$(Self::$name),*];

            /// Its stable name.
            pub fn as_str(self) -> &'static str {
                match self { $(Self::$name => $code,)* }
            }

            /// What a person can do about it.
            pub fn advice(self) -> &'static str {
                match self { $(Self::$name => $advice,)* }
            }
        }
    };
}

codes! {
    /// Bytes that are no text, a NUL, or a binary value stood where text belongs.
    TextDamaged "text_damaged" "Read the text and mend it."
    /// A text was cut at its bound.
    TextCut "text_cut" "Shorten the text, or move the rest to a page of its own."
    /// A name was empty; one was made from the key.
    NameMissing "name_missing" "Give it a name."
    /// NULL, or something unreadable, where Oscar always has a value; its usual value was taken.
    ValueDefaulted "value_defaulted" "Check the value."
    /// The address differs from Oscar's; the old one redirects.
    SlugChanged "slug_changed" "Nothing to do: old addresses redirect. Choose another slug if you like."
    /// There was no usable slug; one was made from the name.
    SlugMade "slug_made" "Choose a slug if the one made does not please."
    /// A code was empty, unusable or taken twice; another was made.
    CodeChanged "code_changed" "Use the new code in files and filters."
    /// The row refers to one that is gone; it was left out, or came without it.
    ReferenceMissing "reference_missing" "Add what is missing if it is still wanted."
    /// Something stood there twice; the first was kept.
    Duplicate "duplicate" "Nothing to do, unless the second was the right one."
    /// One product has more related rows than are read.
    TooManyRows "too_many_rows" "Split the product, or remove rows that nobody needs."
    /// A product or attribute has no class that exists; it came to the class `unclassified`.
    ClassMissing "class_missing" "Give it its class."
    /// The structure is none of standalone, parent, child.
    StructureUnknown "structure_unknown" "Check what kind of product it is."
    /// A child whose parent is gone came as a hidden product of its own.
    ParentMissing "parent_missing" "Publish it as a product of its own, or delete it."
    /// A child of a child came to the parent above.
    ChildOfChild "child_of_child" "Check the variants of the parent."
    /// A child of a standalone product came as a product of its own.
    ParentNotParent "parent_not_parent" "Make them variants of a parent if they belong together."
    /// A parent has no children, so it cannot be bought.
    ParentWithoutChildren "parent_without_children" "Add variants, or delete it."
    /// A parent has more children than a page can show.
    TooManyChildren "too_many_children" "Split the parent."
    /// Class, categories or options of a child, stock of a parent: Oscar has no use for them, and they were left out.
    NotUsed "not_used" "Nothing to do if the old shop worked as it was meant to."
    /// A category whose parent is gone came to the nearest one above.
    CategoryOrphan "category_orphan" "Move the category to its place."
    /// A category's path is damaged or taken twice.
    CategoryPath "category_path" "Check where the category stands."
    /// A category stands deeper than the tree goes and came up.
    CategoryTooDeep "category_too_deep" "Make the tree flatter."
    /// An attribute or option has a type that is unknown, or misses its choices; it came as text.
    TypeUnknown "type_unknown" "Choose a type; values were kept as text."
    /// An attribute's value does not fit its type, or is empty; it was left out.
    ValueInvalid "value_invalid" "Enter the value again if it is known."
    /// A choice is gone or belongs to another group; it was left out.
    ChoiceMissing "choice_missing" "Choose again."
    /// A number has more digits than are kept; it was rounded half up.
    NumberRounded "number_rounded" "Nothing to do unless the digits matter."
    /// An amount has more digits than its currency; it was rounded half up.
    AmountRounded "amount_rounded" "Check the amount."
    /// An amount is not a number, is negative or far too large; it was left out.
    AmountInvalid "amount_invalid" "Enter the amount."
    /// A stock record has no price: not for sale.
    PriceMissing "price_missing" "Set a price to sell it."
    /// The currency is not in ISO 4217; the price was left out.
    CurrencyUnknown "currency_unknown" "Set the price in a known currency."
    /// Prices stand in another currency than the store's.
    CurrencyOther "currency_other" "Open a market in that currency, or set prices in the store's."
    /// A product has no stock record: not for sale.
    StockRecordMissing "stock_record_missing" "Add a stock record to sell it."
    /// A product has no category: found by search alone.
    CategoryMissing "category_missing" "Put it in a category."
    /// Units are counted but the number is unknown or negative; nought was taken.
    StockUnknown "stock_unknown" "Count the units."
    /// More units are promised to orders than are in the house.
    StockOversold "stock_oversold" "Buy in more, or cancel orders."
    /// A path leads out of the media folder, or is empty; it was left out.
    PathInvalid "path_invalid" "Upload the file again."
    /// A date cannot be read.
    DateInvalid "date_invalid" "Nothing to do unless sorting by date matters."
    /// Rows of a table that this catalogue has no place for.
    NotBrought "not_brought" "Keep the old store's data at hand, or enter them where they are needed."
    /// A class in Python decides, and what stands on it was left out.
    CustomClass "custom_class" "Make a range or an offer of the usual kinds in its place."
    /// A range holds nothing, or too much; it was left out.
    RangeInvalid "range_invalid" "Make the range anew if an offer needs it."
    /// A condition, a benefit or their offer cannot work as it stands; the offer was left out.
    OfferInvalid "offer_invalid" "Mend the offer in the old shop and run the import again, or make it anew here."
    /// An offer for some people, and nobody knows for whom: it rests.
    OfferSuspended "offer_suspended" "Say who is to have the offer, then let it go on."
    /// A voucher cannot work as it stands; it was left out.
    VoucherInvalid "voucher_invalid" "Mend the voucher in the old shop and run the import again, or make it anew here."
    /// A delivery method cannot work as it stands.
    DeliveryIncomplete "delivery_incomplete" "Complete the method before it is offered."
}

impl Serialize for Code {
    fn serialize<S: serde::Serializer>(&self, serializer: S) -> Result<S::Ok, S::Error> {
        serializer.serialize_str(self.as_str())
    }
}

/// One row that was left out or changed.
#[derive(Clone, Debug, PartialEq, Eq, Serialize)]
pub struct Entry {
    /// Oscar's table.
    pub table: &'static str,
    /// Primary key there, where it has one.
    pub key: Option<OscarKey>,
    /// What was found and what was done, as a sentence.
    pub what: String,
}

/// All entries of one code.
#[derive(Clone, Debug, PartialEq, Eq, Serialize)]
pub struct Finding {
    /// What kind of thing.
    pub code: Code,
    /// What a person can do about it.
    pub advice: &'static str,
    /// How many rows; more than there are entries past [`ENTRIES_PER_CODE_MAX`].
    pub total: u64,
    /// The first of them.
    pub entries: Vec<Entry>,
}

/// What an import left out or changed.
#[derive(Clone, Debug, Default, PartialEq, Eq, Serialize)]
#[serde(transparent)]
pub struct Report {
    findings: BTreeMap<CodeKey, Finding>,
}

/// Codes as keys of a JSON object.
type CodeKey = &'static str;

impl Report {
    /// Findings by code.
    pub fn findings(&self) -> impl Iterator<Item = &Finding> {
        self.findings.values()
    }

    /// The finding of that code.
    pub fn find(&self, code: Code) -> Option<&Finding> {
        self.findings.get(code.as_str())
    }

    /// Rows in all.
    pub fn total(&self) -> u64 {
        self.findings.values().map(|finding| finding.total).sum()
    }

    /// Whether everything came over as it stood.
    pub fn is_empty(&self) -> bool {
        self.findings.is_empty()
    }

    /// Adds a row.
    pub(crate) fn add(&mut self, code: Code, table: &'static str, key: Option<OscarKey>, what: impl Into<String>) {
        let finding = self.findings.entry(code.as_str()).or_insert_with(|| Finding {
            code,
            advice: code.advice(),
            total: 0,
            entries: Vec::new(),
        });
        finding.total += 1;
        if finding.entries.len() < ENTRIES_PER_CODE_MAX {
            finding.entries.push(Entry { table, key, what: what.into() });
        }
    }
}

/// A text of the source as it may stand in a report: short, on one line.
pub(crate) fn quote(text: &str) -> String {
    const QUOTED_CHARS_MAX: usize = 60;
    let mut short: String = text.chars().take(QUOTED_CHARS_MAX).collect();
    if short.len() < text.len() {
        short.push('…');
    }
    format!("{short:?}")
}

#[cfg(test)]
mod tests {
    use super::*;
    use std::collections::HashSet;

    #[test]
    fn codes_are_told_apart() {
        let names: HashSet<&str> = Code::ALL.iter().map(|code| code.as_str()).collect();
        assert_eq!(names.len(), Code::ALL.len());
        assert!(Code::ALL.iter().all(|code| code.advice().ends_with('.')));
    }

    #[test]
    fn entries_are_bounded_and_the_rest_is_counted() {
        let mut report = Report::default();
        for key in 0..250 {
            report.add(Code::SlugMade, "catalogue_product", Some(key), "x");
        }
        let finding = report.find(Code::SlugMade).unwrap();
        assert_eq!((finding.total, finding.entries.len()), (250, ENTRIES_PER_CODE_MAX));
        let json = serde_json::to_value(&report).unwrap();
        assert_eq!(json["slug_made"]["total"], 250);
        assert_eq!(json["slug_made"]["entries"][0]["key"], 0);
    }
}
