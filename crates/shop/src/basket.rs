//! Baskets as shoppers see them: lines with titles, prices and stock, looked up whenever they are shown.

use crate::modules::PricesFrom;
use crate::offered::{Buyer, Offered};
use crate::rules::RulesError;
use crate::shop::Shop;
use catalog::document::{DocumentAttribute, DocumentOption, DocumentValue, ProductDocument, Variant};
use catalog::{SnapshotError, View};
use commerce::address::EmailAddress;
use commerce::availability::Availability;
use commerce::basket::{ANSWER_CHARS_MAX, ANSWERS_MAX, Answer, Basket, BasketError, Line, QUANTITY_MAX, Quantity};
use commerce::catalogue::CustomerOptionKind;
use commerce::decimal::Decimal;
use commerce::gift_card::OPTION_RECIPIENT;
use commerce::ids::{BasketId, ProductId};
use commerce::language::Language;
use commerce::market::{Locale, MarketCode};
use commerce::money::Money;
use commerce::offer::{InvalidFacts, LineDecision};
use commerce::quote::{LineInput, Quote, QuoteError, quote};
use commerce::tax::sale::SaleTax;
use db::{DbError, MaybeConflict};
use std::collections::{BTreeMap, HashMap};
use std::sync::Arc;

/// Lines that a basket in a cookie may have; a larger one is stored.
pub const COOKIE_LINES_MAX: usize = 40;

/// A line as it stands now.
#[derive(Clone, Debug)]
pub struct PricedLine {
    /// The line itself.
    pub line: Line,
    /// What is bought; none if it is not sold any more.
    pub sold: Option<Sold>,
}

/// The product behind a line.
#[derive(Clone, Debug)]
pub struct Sold {
    /// The product's document.
    pub document: Arc<ProductDocument>,
    /// Place of the variant in it.
    pub variant: usize,
    /// Unit price as entered.
    pub entered: Money,
    /// Unit price as the market shows it.
    pub unit_shown: Money,
    /// Whether a module outside the store named it.
    pub is_priced_outside: bool,
    /// What one unit alone costs, as the market shows it to whoever has said nothing of themselves: what a change of price
    /// is told against.
    pub one_shown: Money,
    /// The lowest price before a reduction that is in force, as the market shows it to this buyer, where it is above the
    /// unit price.
    pub prior_shown: Option<Money>,
    /// What is said of its stock.
    pub availability: Availability,
    /// What one unit cost when it was put in and costs now, if that is another price. That more units cost less each is
    /// no change.
    pub price_change: Option<(Money, Money)>,
}

impl Sold {
    /// The variant.
    pub fn variant(&self) -> &Variant {
        &self.document.variants[self.variant]
    }
}

/// A basket with its figures.
#[derive(Clone, Debug)]
pub struct PricedBasket {
    /// Where it is bought.
    pub locale: Locale,
    /// How it is taxed.
    pub sale: SaleTax,
    /// Whose prices count.
    pub prices_from: PricesFrom,
    /// Every line, in order; those that are not sold any more have no part in the quote.
    pub lines: Vec<PricedLine>,
    /// What it costs, without delivery.
    pub quote: Quote,
    /// What offers come to for it.
    pub offered: Offered,
    /// Version of the catalogue that it was priced by.
    pub snapshot_version: u64,
}

impl PricedBasket {
    /// Whether everything in it can be bought now.
    pub fn can_be_bought(&self) -> bool {
        let buyable = |line: &PricedLine| line.sold.as_ref().is_some_and(|sold| sold.availability.can_be_bought());
        !self.lines.is_empty() && self.lines.iter().all(buyable)
    }

    /// Whether anything in it is sent.
    pub fn requires_shipping(&self) -> bool {
        self.lines.iter().filter_map(|line| line.sold.as_ref()).any(|sold| sold.document.requires_shipping)
    }
}

/// Why something cannot be put into a basket.
#[derive(Debug, thiserror::Error)]
pub enum AddError {
    /// There is no such product, or it is not for sale here.
    #[error("that product is not for sale here")]
    NotForSale,
    /// It is sold out.
    #[error("that is sold out just now")]
    SoldOut,
    /// Options that must be filled in are empty, or hold what cannot be: all of them, in the order of the page.
    #[error("{} answers to options are not taken", .0.len())]
    Options(Vec<OptionMistake>),
    /// No room in the basket.
    #[error(transparent)]
    Basket(#[from] BasketError),
    /// The catalogue cannot be read.
    #[error(transparent)]
    Snapshot(#[from] SnapshotError),
    /// A stored basket cannot be read or written.
    #[error(transparent)]
    Db(#[from] DbError),
}

impl MaybeConflict for AddError {
    fn is_conflict(&self) -> bool {
        matches!(self, Self::Db(error) if error.is_conflict())
    }
}

/// An answer to a customer option that is not taken.
#[derive(Clone, Debug, PartialEq, Eq)]
pub struct OptionMistake {
    /// Short name of the option.
    pub code: String,
    /// Its label.
    pub label: String,
    /// What is wrong.
    pub what: OptionProblem,
}

/// What is wrong with an answer to a customer option.
#[derive(Clone, Copy, Debug, PartialEq, Eq, thiserror::Error)]
pub enum OptionProblem {
    /// It must be filled in.
    #[error("please fill this in")]
    Missing,
    /// Longer than [`ANSWER_CHARS_MAX`], or with characters that cannot be printed.
    #[error("at most {ANSWER_CHARS_MAX} characters that can be printed")]
    TooLong,
    /// Not of the option's kind.
    #[error("that does not fit")]
    Unfit,
}

/// What is to be added: a variant, how many, and the answers to its options as the form sent them.
#[derive(Clone, Debug)]
pub struct AddRequest {
    /// The variant.
    pub product: ProductId,
    /// How many.
    pub quantity: Quantity,
    /// Short name of an option and what was filled in; several of one name for several choices.
    pub answers: Vec<(String, String)>,
    /// Token of the press, so that a double press counts once.
    pub token: Option<String>,
}

impl Shop {
    /// Puts something into a basket. No statement is sent: stock is what the overlay says, and paying asks the
    /// database. Gives back the line's place.
    pub fn add_to_basket(
        &self,
        view: &View,
        basket: &mut Basket,
        locale: Locale,
        add: &AddRequest,
    ) -> Result<usize, AddError> {
        let document = view.snapshot.product_by_id(add.product)?.ok_or(AddError::NotForSale)?;
        let variant = document.variants.iter().find(|variant| variant.id == add.product).ok_or(AddError::NotForSale)?;
        let market = self.settings().markets.market(locale);
        let price = variant.price(&market.code, market.currency).ok_or(AddError::NotForSale)?;
        match view.availability(variant.stock_record, variant.availability) {
            Availability::SoldOut => return Err(AddError::SoldOut),
            Availability::NotForSale => return Err(AddError::NotForSale),
            Availability::Available | Availability::FewLeft => {}
        }
        let languages = self.settings().markets.text_order(locale);
        let answers = check_answers(&document, &add.answers, &languages).map_err(AddError::Options)?;
        let seen = self.usual_sale(locale).price_shown(price.amount, &document.tax_class).ok();
        let line = Line { product: add.product, quantity: add.quantity, answers, seen_price: seen };
        Ok(basket.add(line, add.token.as_deref())?)
    }

    /// What is wrong with the answers to a product's options, in the order of the page.
    pub fn option_mistakes(
        &self,
        document: &ProductDocument,
        sent: &[(String, String)],
        locale: Locale,
    ) -> Vec<OptionMistake> {
        check_answers(document, sent, &self.settings().markets.text_order(locale)).err().unwrap_or_default()
    }

    /// Looks everything in a basket up, asks the pricing module if there is one, applies the offers and adds it up. No
    /// statement is sent unless there are vouchers
    /// in it, or an offer applies whose uses are counted.
    pub async fn price_basket(
        &self,
        view: &View,
        basket: &Basket,
        locale: Locale,
        buyer: Buyer<'_>,
    ) -> Result<PricedBasket, PriceError> {
        let (sale, usual) = (self.sale_tax(locale, buyer), self.usual_sale(locale));
        let ids: Vec<ProductId> = basket.lines().iter().map(|line| line.product).collect();
        let mut documents: HashMap<ProductId, Arc<ProductDocument>> = HashMap::new();
        for (id, document) in ids.iter().zip(view.snapshot.products_by_id(&ids)?) {
            if let Some(document) = document {
                documents.insert(*id, Arc::new(document));
            }
        }
        let market = &self.settings().markets.market(locale).code;
        let priced = |line: &Line| {
            let units = capped(units_of(basket, line.product));
            let sold = documents
                .get(&line.product)
                .and_then(|document| sold(view, document, line, units, market, (&sale, &usual)));
            PricedLine { line: line.clone(), sold }
        };
        let mut lines: Vec<PricedLine> = basket.lines().iter().map(priced).collect();
        let prices_from = self.price_outside(locale, &sale, &mut lines).await;
        let offered = self.offered(view, basket, &lines, sale.terms().currency, buyer).await?;
        let quote = quote(&sale, &line_inputs(&lines, &offered.decisions.lines), None)?;
        Ok(PricedBasket { locale, sale, prices_from, lines, quote, offered, snapshot_version: view.snapshot.version() })
    }

    /// A stored basket; empty if it is not there any more.
    pub async fn load_basket(&self, id: BasketId) -> Result<Basket, DbError> {
        Ok(self.db().find_basket(id).await?.unwrap_or_default())
    }

    /// Changes a stored basket, whatever others do to it meanwhile; makes it if it is not there. `change` may run
    /// several times.
    pub async fn change_stored_basket<T, E>(
        &self,
        id: BasketId,
        change: impl Fn(&mut Basket) -> Result<T, E>,
    ) -> Result<(Basket, T), E>
    where
        E: From<DbError> + MaybeConflict,
    {
        self.db()
            .retry(|| async {
                let mut tx = self.db().begin().await?;
                let stored = tx.find_basket(id).await?;
                let (mut basket, version) = stored.unwrap_or_default();
                let outcome = change(&mut basket)?;
                match version {
                    0 => tx.insert_basket(id, &basket, self.now()).await?,
                    version => tx.update_basket(id, &basket, version, self.now()).await?,
                }
                tx.commit().await?;
                Ok((basket, outcome))
            })
            .await
    }
}

/// Why a basket cannot be priced.
#[derive(Debug, thiserror::Error)]
pub enum PriceError {
    /// The catalogue cannot be read.
    #[error(transparent)]
    Snapshot(#[from] SnapshotError),
    /// Its figures make no sense.
    #[error(transparent)]
    Quote(#[from] QuoteError),
    /// Offers cannot be worked out for it.
    #[error(transparent)]
    Offers(#[from] InvalidFacts),
    /// There are no rules to work offers out by.
    #[error(transparent)]
    Rules(#[from] RulesError),
    /// Its vouchers, or what was used of an offer, cannot be looked up.
    #[error(transparent)]
    Db(#[from] DbError),
}

/// What is to be added up of a basket: the lines that are still sold, with what offers take off each.
pub(crate) fn line_inputs<'l>(lines: &'l [PricedLine], decisions: &[LineDecision]) -> Vec<LineInput<'l>> {
    let sold = lines.iter().filter_map(|line| Some((line, line.sold.as_ref()?)));
    let input = |((line, sold), decision): ((&PricedLine, &'l Sold), &LineDecision)| LineInput {
        unit_price: sold.entered,
        quantity: line.line.quantity.get(),
        discount: decision.discount,
        class: &sold.document.tax_class,
        is_sent: sold.document.requires_shipping,
    };
    sold.zip(decisions).map(input).collect()
}

/// Units of a variant in all lines: what is answered on each does not make the goods others, and a price hangs on how
/// many are bought.
fn units_of(basket: &Basket, product: ProductId) -> u32 {
    let lines = basket.lines().iter().filter(|line| line.product == product);
    lines.fold(0, |units, line| units.saturating_add(line.quantity.get()))
}

/// So many units, as prices by quantity know them.
pub(crate) fn capped(units: u32) -> Quantity {
    Quantity::new(units.min(QUANTITY_MAX)).unwrap_or(Quantity::ONE)
}

fn sold(
    view: &View,
    document: &Arc<ProductDocument>,
    line: &Line,
    units: Quantity,
    market: &MarketCode,
    (sale, usual): (&SaleTax, &SaleTax),
) -> Option<Sold> {
    let variant = document.variants.iter().position(|variant| variant.id == line.product)?;
    let found = &document.variants[variant];
    let currency = sale.terms().currency;
    let shown = |entered: Money| sale.price_shown(entered, &document.tax_class).ok();
    let entered = found.unit_price(market, currency, units)?;
    let price = found.price(market, currency)?;
    let unit_shown = shown(entered)?;
    let one = usual.price_shown(price.amount, &document.tax_class).ok()?;
    let prior_shown = price.prior.and_then(shown).filter(|prior| unit_shown.minor() < prior.minor());
    let availability = view.availability(found.stock_record, found.availability);
    let before = line.seen_price.filter(|seen| seen.currency() == currency && *seen != one);
    let price_change = before.map(|before| (before, one));
    Some(Sold {
        document: document.clone(),
        variant,
        entered,
        unit_shown,
        is_priced_outside: false,
        one_shown: one,
        prior_shown,
        availability,
        price_change,
    })
}

/// Takes the answers that a product's options ask for, in the order of their names; whatever else was sent is left
/// out.
fn check_answers(
    document: &ProductDocument,
    sent: &[(String, String)],
    languages: &[Language],
) -> Result<Vec<Answer>, Vec<OptionMistake>> {
    let mut answers = BTreeMap::new();
    let mut mistakes = Vec::new();
    for option in document.options.iter().take(ANSWERS_MAX) {
        let values: Vec<&str> = sent
            .iter()
            .filter(|(code, _)| *code == option.code)
            .map(|(_, value)| value.trim())
            .filter(|v| !v.is_empty())
            .collect();
        let what = match check_answer(option, &values) {
            // The card is sent there: a mistyped address would be found too late.
            Ok(Some(value)) if is_no_recipient(document, option, &value) => OptionProblem::Unfit,
            Ok(Some(value)) => {
                answers.insert(option.code.clone(), value);
                continue;
            }
            Ok(None) if option.required => OptionProblem::Missing,
            Ok(None) => continue,
            Err(what) => what,
        };
        mistakes.push(OptionMistake { code: option.code.clone(), label: option.name.get(languages).to_owned(), what });
    }
    if !mistakes.is_empty() {
        return Err(mistakes);
    }
    Ok(answers.into_iter().map(|(option, value)| Answer { option, value }).collect())
}

/// Whether an answer says whom a gift card is sent to, and is no mail address.
fn is_no_recipient(document: &ProductDocument, option: &DocumentOption, value: &str) -> bool {
    document.is_gift_card && option.code == OPTION_RECIPIENT && EmailAddress::parse(value).is_err()
}

fn check_answer(option: &DocumentOption, values: &[&str]) -> Result<Option<String>, OptionProblem> {
    let Some(first) = values.first() else { return Ok(None) };
    let printable = |value: &str| value.split('\n').all(commerce::address::is_printable);
    if values.iter().any(|value| value.chars().count() > ANSWER_CHARS_MAX || !printable(value)) {
        return Err(OptionProblem::TooLong);
    }
    let known = |value: &str| option.choices.iter().any(|(code, _)| code == value);
    let fit = |fits: bool, value: String| if fits { Ok(Some(value)) } else { Err(OptionProblem::Unfit) };
    match option.kind {
        CustomerOptionKind::Text => Ok(Some((*first).to_owned())),
        CustomerOptionKind::Integer => fit(first.parse::<i64>().is_ok(), (*first).to_owned()),
        CustomerOptionKind::Float => match Decimal::parse(&first.replace(',', ".")) {
            Ok(number) => Ok(Some(number.to_string())),
            Err(_) => Err(OptionProblem::Unfit),
        },
        CustomerOptionKind::Boolean => match *first {
            "yes" | "on" | "true" | "1" => Ok(Some("yes".to_owned())),
            "no" | "false" | "0" => Ok(None),
            _ => Err(OptionProblem::Unfit),
        },
        CustomerOptionKind::Date => fit(first.parse::<jiff::civil::Date>().is_ok(), (*first).to_owned()),
        CustomerOptionKind::Select(_) | CustomerOptionKind::Radio(_) => fit(known(first), (*first).to_owned()),
        CustomerOptionKind::MultiSelect(_) | CustomerOptionKind::Checkbox(_) => {
            // In the order of the option, each once: two ways to tick the same boxes are one line.
            let chosen = option.choices.iter().map(|(code, _)| code.as_str()).filter(|code| values.contains(code));
            fit(values.iter().all(|value| known(value)), chosen.collect::<Vec<_>>().join(","))
        }
    }
}

/// What tells a variant, in words: `Colour: Navy · Size: M`; its own title where it has no attributes.
pub fn variant_words(variant: &Variant, languages: &[Language]) -> String {
    let words = |attribute: &DocumentAttribute| {
        let value = attribute_words(&attribute.value, languages);
        (!value.is_empty()).then(|| format!("{}: {value}", attribute.name.get(languages)))
    };
    let parts: Vec<String> = variant.attributes.iter().filter_map(words).collect();
    if parts.is_empty() { variant.title.get(languages).to_owned() } else { parts.join(" · ") }
}

fn attribute_words(value: &DocumentValue, languages: &[Language]) -> String {
    match value {
        DocumentValue::Text(texts) => texts.get(languages).to_owned(),
        DocumentValue::Integer(number) => number.to_string(),
        DocumentValue::Float(number) => number.to_string(),
        DocumentValue::Choices(choices) => {
            choices.iter().map(|(_, texts)| texts.get(languages)).collect::<Vec<_>>().join(", ")
        }
        // Not what variants are told apart by.
        DocumentValue::Html(_)
        | DocumentValue::Boolean(_)
        | DocumentValue::Date(_)
        | DocumentValue::DateTime(_)
        | DocumentValue::File(_) => String::new(),
    }
}

/// What a ticked box is written as in an order: the same in every language.
pub const TICKED: &str = "✓";

/// An answer in words: the choice's text instead of its short name.
pub fn answer_words(option: &DocumentOption, value: &str, languages: &[Language]) -> String {
    if option.kind == CustomerOptionKind::Boolean {
        return TICKED.to_owned();
    }
    if option.kind.group().is_none() {
        return value.to_owned();
    }
    let word =
        |code: &str| option.choices.iter().find(|(known, _)| known == code).map(|(_, texts)| texts.get(languages));
    value.split(',').map(|code| word(code).unwrap_or(code)).collect::<Vec<_>>().join(", ")
}
