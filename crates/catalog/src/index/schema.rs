//! What the index holds of a product, and under which names.

use crate::document::{Card, DocumentAttribute, DocumentValue, ProductDocument};
use crate::front::{Front, FrontPart, fallback};
use crate::index::text::{PLAIN_SEPARATOR, code_key, text_of_html};
use crate::publish::PublishError;
use crate::wire::Wire;
use commerce::ids::{CategoryId, ProductId};
use commerce::language::{Language, Texts};
use tantivy::schema::{
    BytesOptions, Field, IndexRecordOption, NumericOptions, STORED, Schema, TextFieldIndexing, TextOptions,
};
use tantivy::{IndexSettings, TantivyDocument, Term};

/// Bytes of a block of cards: small, since a page reads 24 of them from as many blocks.
const CARD_BLOCK_BYTES: usize = 2_048;
/// Longest text that is searched, in bytes.
const TEXT_BYTES_MAX: usize = 64 << 10;
/// Longest name that is sorted by, in bytes.
const NAME_BYTES_MAX: usize = 120;

/// Handles of all fields.
pub(crate) struct Fields {
    /// Id, for deleting.
    pub(crate) id: Field,
    pub(crate) category: Field,
    /// SKUs and product codes.
    pub(crate) code: Field,
    pub(crate) card: Field,
    /// How many binary digits the units sold have, so that best sellers are found without sorting all.
    pub(crate) tier: Field,
    facet: Field,
    priority: Field,
    sold: Field,
    created: Field,
    id_high: Field,
    id_low: Field,
    /// In the order of the front part's languages.
    pub(crate) languages: Vec<LanguageFields>,
    /// In the order of the front part's currencies.
    prices: Vec<Field>,
}

/// Fields of one language.
#[derive(Clone, Copy)]
pub(crate) struct LanguageFields {
    /// Stems of the title.
    pub(crate) title: Field,
    /// Stems of attributes, categories and variants.
    pub(crate) words: Field,
    /// Stems of the description.
    pub(crate) text: Field,
    /// Words as they are written, to complete and correct what is typed.
    pub(crate) plain: Field,
    name: Field,
}

/// Name of the column with numbers of facet values.
pub(crate) const FACET: &str = "facet";
/// Name of the column with the shop's own order.
pub(crate) const PRIORITY: &str = "priority";
/// Name of the column with units sold.
pub(crate) const SOLD: &str = "sold";
/// Name of the column with the moment of arrival.
pub(crate) const CREATED: &str = "created";
/// Names of the columns with the two halves of the id.
pub(crate) const ID_HIGH: &str = "id_high";
/// See [`ID_HIGH`].
pub(crate) const ID_LOW: &str = "id_low";

/// Name of a language's column of names.
pub(crate) fn name_column(language: Language) -> String {
    format!("name_{language}")
}

/// Name of a currency's column of prices.
pub(crate) fn price_column(currency: commerce::money::Currency) -> String {
    format!("price_{currency}")
}

/// The schema for a store's languages and currencies.
pub(crate) fn schema(front: &Front) -> Schema {
    let mut schema = Schema::builder();
    let text = |tokenizer: &str, norms: bool| {
        let indexing = TextFieldIndexing::default()
            .set_tokenizer(tokenizer)
            .set_fieldnorms(norms)
            .set_index_option(IndexRecordOption::Basic);
        TextOptions::default().set_indexing_options(indexing)
    };
    let key = || BytesOptions::default().set_indexed();
    let column = || NumericOptions::default().set_fast();
    schema.add_bytes_field("id", key());
    schema.add_bytes_field("category", key());
    schema.add_bytes_field("tier", key());
    schema.add_text_field("code", text("raw", false));
    schema.add_bytes_field("card", STORED);
    for name in [FACET, SOLD, ID_HIGH, ID_LOW] {
        schema.add_u64_field(name, column());
    }
    for name in [PRIORITY, CREATED] {
        schema.add_i64_field(name, column());
    }
    for language in &front.languages {
        // Words come analysed already, joined by spaces. How long a title is tells a whole match from a part.
        schema.add_text_field(&format!("title_{language}"), text("whitespace", true));
        for name in ["words", "text", "plain"] {
            schema.add_text_field(&format!("{name}_{language}"), text("whitespace", false));
        }
        schema.add_text_field(&name_column(*language), TextOptions::default().set_fast("raw"));
    }
    for currency in &front.currencies {
        schema.add_i64_field(&price_column(*currency), column());
    }
    schema.build()
}

/// Settings of a new index.
pub(crate) fn settings() -> IndexSettings {
    IndexSettings { docstore_blocksize: CARD_BLOCK_BYTES, ..IndexSettings::default() }
}

impl Fields {
    /// Looks all of them up; an index that was made for other languages or currencies lacks some.
    pub(crate) fn of(schema: &Schema, front: &Front) -> Result<Self, PublishError> {
        let field =
            |name: &str| schema.get_field(name).map_err(|_| PublishError::NeedsFull("a language or currency is new"));
        let language = |language: &Language| {
            Ok(LanguageFields {
                title: field(&format!("title_{language}"))?,
                words: field(&format!("words_{language}"))?,
                text: field(&format!("text_{language}"))?,
                plain: field(&format!("plain_{language}"))?,
                name: field(&name_column(*language))?,
            })
        };
        Ok(Self {
            id: field("id")?,
            category: field("category")?,
            code: field("code")?,
            card: field("card")?,
            tier: field("tier")?,
            facet: field(FACET)?,
            priority: field(PRIORITY)?,
            sold: field(SOLD)?,
            created: field(CREATED)?,
            id_high: field(ID_HIGH)?,
            id_low: field(ID_LOW)?,
            languages: front.languages.iter().map(language).collect::<Result<_, PublishError>>()?,
            prices: front.currencies.iter().map(|c| field(&price_column(*c))).collect::<Result<_, _>>()?,
        })
    }

    /// The term by which a product is deleted.
    pub(crate) fn id_term(&self, id: ProductId) -> Term {
        Term::from_field_bytes(self.id, id.uuid().as_bytes())
    }

    /// What the index holds of a document.
    pub(crate) fn entry(&self, document: &ProductDocument, facets: &[u32], part: &FrontPart) -> TantivyDocument {
        let mut entry = TantivyDocument::default();
        let card = Card::of(document);
        entry.add_bytes(self.id, document.id.uuid().as_bytes());
        entry.add_bytes(self.card, &card.to_bytes());
        for category in &document.categories {
            entry.add_bytes(self.category, category.uuid().as_bytes());
        }
        for code in codes(document) {
            entry.add_text(self.code, code);
        }
        for number in facets {
            entry.add_u64(self.facet, u64::from(*number));
        }
        entry.add_i64(self.priority, document.priority);
        entry.add_u64(self.sold, document.sold);
        entry.add_bytes(self.tier, &[sold_tier(document.sold)]);
        entry.add_i64(self.created, document.created_at.micros());
        let (high, low) = document.id.uuid().as_u64_pair();
        entry.add_u64(self.id_high, high);
        entry.add_u64(self.id_low, low);
        for (field, currency) in self.prices.iter().zip(&part.front.currencies) {
            if let Some(price) = card.price(*currency) {
                entry.add_i64(*field, price.amount.minor());
            }
        }
        for place in 0..self.languages.len() {
            self.add_language(&mut entry, document, place, part);
        }
        entry
    }

    fn add_language(&self, entry: &mut TantivyDocument, document: &ProductDocument, place: usize, part: &FrontPart) {
        let (fields, analyzers) = (self.languages[place], &part.analyzers);
        let order = fallback(part.front.languages[place], &part.front.languages);
        let title = document.title.get(&order);
        let words = words_text(document, &order, part);
        let text = page_text(document, &order);
        let stems = |text: &str| analyzers.stems(&analyzers.folded_words(text), place).join(" ");
        entry.add_text(fields.title, stems(title));
        entry.add_text(fields.words, stems(&words));
        entry.add_text(fields.text, stems(&text));
        let mut plain: Vec<_> = analyzers.plain_words(&format!("{title} {words}"));
        plain.sort_unstable();
        plain.dedup();
        let plain: Vec<_> = plain.into_iter().map(|(fold, word)| format!("{fold}{PLAIN_SEPARATOR}{word}")).collect();
        entry.add_text(fields.plain, plain.join(" "));
        entry.add_text(fields.name, sort_name(&part.analyzers.folded_words(title)));
    }
}

/// Tier of so many units sold; who is in a higher one has sold more.
fn sold_tier(sold: u64) -> u8 {
    // At most 64, so it fits.
    u8::try_from(u64::BITS - sold.leading_zeros()).unwrap_or(u8::MAX)
}

/// All tiers, the best first.
pub(crate) fn sold_tiers() -> impl Iterator<Item = u8> {
    (0..=sold_tier(u64::MAX)).rev()
}

/// A title as names are compared: without case, accents and signs.
pub(crate) fn sort_name(folded: &[String]) -> String {
    let mut name = folded.join(" ");
    name.truncate(name.floor_char_boundary(NAME_BYTES_MAX));
    name
}

/// SKUs and product codes, as they are compared.
fn codes(document: &ProductDocument) -> Vec<String> {
    let variants = document.variants.iter().flat_map(|v| [Some(v.sku.as_str()), v.upc.as_deref()]);
    let mut codes: Vec<_> = std::iter::once(document.upc.as_deref()).chain(variants).flatten().map(code_key).collect();
    codes.retain(|code| !code.is_empty());
    codes.sort_unstable();
    codes.dedup();
    codes
}

/// Words of attributes, categories and variants.
fn words_text(document: &ProductDocument, order: &[Language], part: &FrontPart) -> String {
    let mut words = String::new();
    let mut add = |text: &str| {
        if words.len() + text.len() <= TEXT_BYTES_MAX {
            words.push_str(text);
            words.push(' ');
        }
    };
    for variant in &document.variants {
        add(variant.title.get(order));
    }
    let shared = document.attributes.iter();
    for attribute in shared.chain(document.variants.iter().flat_map(|variant| &variant.attributes)) {
        attribute_words(attribute).for_each(|texts| add(texts.get(order)));
    }
    for category in category_places(&document.categories, part) {
        add(part.front.categories[category].name.get(order));
    }
    words
}

fn attribute_words(attribute: &DocumentAttribute) -> impl Iterator<Item = &Texts> {
    let (text, choices) = match &attribute.value {
        DocumentValue::Text(text) => (Some(text), [].as_slice()),
        DocumentValue::Choices(choices) => (None, choices.as_slice()),
        _ => (None, [].as_slice()),
    };
    text.into_iter().chain(choices.iter().map(|(_, label)| label))
}

/// Places of categories with all above them, each once.
pub(crate) fn category_places(categories: &[CategoryId], part: &FrontPart) -> std::collections::BTreeSet<usize> {
    let direct = categories.iter().filter_map(|category| part.tree.place(*category));
    direct.flat_map(|place| part.tree.upwards(place)).collect()
}

/// Running text of the page.
fn page_text(document: &ProductDocument, order: &[Language]) -> String {
    let mut text = text_of_html(document.description.get(order));
    for attribute in &document.attributes {
        if let DocumentValue::Html(html) = &attribute.value {
            text.push(' ');
            text.push_str(&text_of_html(html.get(order)));
        }
    }
    text.truncate(text.floor_char_boundary(TEXT_BYTES_MAX));
    text
}
