//! Checkout: what an order would cost, and what happens when Pay is pressed: freeze, hold, and on to the payment.

mod freeze;

use crate::basket::{PriceError, PricedBasket, capped, line_inputs};
use crate::delivery::{DeliveryWish, OfferedDelivery};
use crate::keys::Purpose;
use crate::shop::Shop;
use crate::sweep::Released;
use commerce::address::EmailAddress;
use commerce::basket::Basket;
use commerce::checkout::{CheckoutDraft, FrozenCheckout, SoldDiscount, SoldLine};
use commerce::delivery::{Consignment, DeliveryMethod, NotOffered, PickupPoint, SentLine};
use commerce::gift_card::Tender;
use commerce::ids::{CheckoutId, HoldId, PaymentId, ProductId, StockRecordId};
use commerce::market::Locale;
use commerce::money::{Currency, Money};
use commerce::offer::{Decisions, LimitedUse, UseSubject};
use commerce::price_list::{PriceFacts, best_price};
use commerce::quote::{DeliveryInput, Quote, QuoteError, Untaxed, quote};
use commerce::stock::{self, Take};
use commerce::tax::class::TaxClass;
use commerce::tax::place::TaxPlace;
use commerce::tax::sale::SaleTax;
use db::checkouts::{Hold, HoldState, OnSale};
use db::{DbError, MaybeConflict};
use freeze::{Frozen, is_repeated};
use std::collections::BTreeMap;

/// Holds that one person may have at once.
pub const HOLDS_PER_PERSON_MAX: i64 = 3;
/// Times that one press is worked out: staff may change offers meanwhile, and what lies in checkouts whose time is over is
/// taken back once.
const FREEZES_MAX: usize = 4;

/// A way to deliver this basket, with what it costs and when it arrives.
#[derive(Clone, Debug)]
pub struct DeliveryChoice {
    /// The method.
    pub method: DeliveryMethod,
    /// How the sale is taxed with it: goods that are fetched are taxed where they are.
    pub sale: SaleTax,
    /// Its charge as entered.
    pub entered: Money,
    /// The basket with it.
    pub quote: Quote,
    /// What offers come to with it.
    pub decisions: Decisions,
    /// First and last day on which it should arrive.
    pub arrives: (jiff::civil::Date, jiff::civil::Date),
    /// The total of goods from which on it costs nothing.
    pub free_from: Option<Money>,
    /// Where it can be fetched; empty for a method that brings it.
    pub points: Vec<PickupPoint>,
    /// Which of these was chosen.
    pub point: Option<PickupPoint>,
}

/// Everything that the last page before paying shows.
#[derive(Clone, Debug)]
pub struct CheckoutQuote {
    /// The basket.
    pub basket: PricedBasket,
    /// Ways to deliver it, the cheapest first; empty for goods that are not sent.
    pub choices: Vec<DeliveryChoice>,
    /// Place of the chosen one.
    pub chosen: Option<usize>,
    /// Why other ways are not offered.
    pub refused: Vec<NotOffered>,
}

impl DeliveryChoice {
    /// What is to be priced of it.
    fn input(&self, currency: Currency) -> DeliveryInput {
        DeliveryInput { charge: self.entered, discount: self.decisions.shipping_discount(currency) }
    }
}

impl CheckoutQuote {
    /// The chosen way.
    pub fn choice(&self) -> Option<&DeliveryChoice> {
        self.chosen.and_then(|place| self.choices.get(place))
    }

    /// What it costs with the chosen delivery.
    pub fn quote(&self) -> &Quote {
        self.choice().map_or(&self.basket.quote, |choice| &choice.quote)
    }

    /// What offers come to with the chosen delivery.
    pub fn decisions(&self) -> &Decisions {
        self.choice().map_or(&self.basket.offered.decisions, |choice| &choice.decisions)
    }
}

/// Pay was pressed.
#[derive(Clone, Debug)]
pub struct PayRequest {
    /// The id that the form carries: pressing again is the same checkout.
    pub id: CheckoutId,
    /// What is in the basket.
    pub basket: Basket,
    /// Where it is bought.
    pub locale: Locale,
    /// What was filled in.
    pub draft: CheckoutDraft,
    /// The amount that stood on the button: what is left to pay, once gift cards have paid.
    pub amount_shown: Money,
}

/// What became of it.
#[derive(Clone, Debug, PartialEq, Eq)]
pub enum Paying {
    /// The shopper goes to the gateway's page.
    Redirect(String),
    /// It is settled already: see how the checkout stands.
    Settled(CheckoutId),
}

/// Why nothing was frozen. Each variant is something the shopper can act on.
#[derive(Debug, thiserror::Error)]
pub enum PayError {
    /// There is nothing to buy.
    #[error("the basket is empty")]
    EmptyBasket,
    /// Something is missing that must be filled in.
    #[error("{0} is missing")]
    Incomplete(&'static str),
    /// The address is not delivered to by the chosen method.
    #[error("the chosen delivery does not reach that address")]
    NotDelivered,
    /// What stands on the page is not what it costs by now; nothing was charged.
    #[error("the total has changed to {now}")]
    Changed {
        /// What it costs now, as the market shows it.
        now: Money,
    },
    /// A product costs something else by now, and the page did not know yet; nothing was charged.
    #[error("the price of {title} has changed from {before} to {now}")]
    PriceChanged {
        /// Its title.
        title: String,
        /// How it is taxed.
        class: TaxClass,
        /// What a unit cost, as entered.
        before: Money,
        /// What it costs now, as entered.
        now: Money,
    },
    /// A product is not sold any more.
    #[error("{title} is not sold any more")]
    NotForSale {
        /// Its title, if it is known.
        title: String,
    },
    /// Too few are left.
    #[error("only {free} of {title} left, {wanted} wanted")]
    OutOfStock {
        /// Its title.
        title: String,
        /// How many were wanted.
        wanted: u32,
        /// How many there are.
        free: i64,
    },
    /// The last ones are in somebody's checkout: they may come back.
    #[error("the last {title} is in somebody's checkout; try again in {minutes} minutes")]
    InSomebodysCheckout {
        /// Its title.
        title: String,
        /// When the first of them comes back at the latest.
        minutes: i64,
    },
    /// The last use of a voucher or an offer went to somebody else; nothing was charged.
    #[error("{what} has been used up")]
    UsedUp {
        /// The voucher's code, or the offer's name.
        what: String,
    },
    /// Less is left on a gift card than the page said, or it pays no more: what is to pay is worked out again.
    #[error("less is left on the gift card {last_four}")]
    CardShort {
        /// The last four signs of its code.
        last_four: String,
    },
    /// The rules of offers are others by now: it is worked out again.
    #[error("offers have changed")]
    RulesChanged,
    /// The person has too many checkouts open.
    #[error("{HOLDS_PER_PERSON_MAX} checkouts are open for this address; finish one of them or try again later")]
    TooManyHolds,
    /// This id was frozen with other content: begin anew with a new id.
    #[error("the basket has changed since")]
    OtherContent,
    /// The pricing module does not answer, and the store does not sell at its own prices then.
    #[error("prices cannot be confirmed right now")]
    PricesUnknown,
    /// The gateway is not offered, or does not answer.
    #[error("this way to pay does not work right now")]
    Gateway,
    /// The basket cannot be priced.
    #[error(transparent)]
    Price(#[from] PriceError),
    /// The database cannot be used.
    #[error(transparent)]
    Db(#[from] DbError),
}

impl MaybeConflict for PayError {
    fn is_conflict(&self) -> bool {
        matches!(self, Self::Db(error) if error.is_conflict())
    }
}

impl Shop {
    /// What the basket costs with each way to deliver it. Without a wish the cheapest that brings it is chosen.
    pub fn checkout_quote(&self, basket: PricedBasket, wish: &DeliveryWish<'_>) -> Result<CheckoutQuote, PriceError> {
        let (mut choices, mut refused) = (Vec::new(), Vec::new());
        if basket.requires_shipping() {
            for candidate in &self.settings().delivery {
                match self.delivery_choice(&basket, wish, candidate)? {
                    Ok(choice) => choices.push(choice),
                    Err(why) => refused.push(why),
                }
            }
        }
        choices.sort_by_key(|choice: &DeliveryChoice| choice.entered.minor());
        let named = choices.iter().position(|choice| Some(choice.method.code.as_str()) == wish.method);
        let brought = || choices.iter().position(|choice| !choice.method.is_pickup());
        let chosen = named.or_else(brought).or((!choices.is_empty()).then_some(0));
        Ok(CheckoutQuote { basket, choices, chosen, refused })
    }

    /// The same with the tax of the chosen way by the provider outside, if there is one and it answers: what the last page
    /// before paying shows, and what is frozen.
    pub async fn settle_tax(&self, mut quote: CheckoutQuote) -> Result<CheckoutQuote, PriceError> {
        let basket = &quote.basket;
        if !self.has_tax_provider() || basket.sale.policy().is_flat() {
            return Ok(quote);
        }
        let (decisions, delivery) =
            (quote.decisions(), quote.choice().map(|choice| choice.input(basket.quote.currency)));
        let sale = quote.choice().map_or(&basket.sale, |choice| &choice.sale);
        let untaxed = Untaxed::new(sale, &line_inputs(&basket.lines, &decisions.lines), delivery)?;
        let answer = self.find_tax(sale, untaxed.request()).await.map_err(QuoteError::from)?;
        let settled = untaxed.taxed(answer)?;
        match quote.chosen.and_then(|place| quote.choices.get_mut(place)) {
            Some(choice) => choice.quote = settled,
            None => quote.basket.quote = settled,
        }
        Ok(quote)
    }

    fn delivery_choice(
        &self,
        basket: &PricedBasket,
        wish: &DeliveryWish<'_>,
        method: &DeliveryMethod,
    ) -> Result<Result<DeliveryChoice, NotOffered>, PriceError> {
        let sold = basket.lines.iter().filter_map(|line| line.sold.as_ref().map(|sold| (line, sold)));
        let lines = sold.filter(|(_, sold)| sold.document.requires_shipping).map(|(line, sold)| SentLine {
            partner: sold.variant().partner,
            weight_kg: sold.variant().weight_kg,
            units: line.line.quantity.get(),
        });
        let goods = basket.quote.goods.shown(basket.quote.shown);
        let consignment = Consignment { goods, lines: lines.collect() };
        let offered = match self.offered_delivery(basket.locale, wish, method, &consignment) {
            Ok(offered) => offered,
            Err(NotOffered::Money(error)) => return Err(QuoteError::from(error).into()),
            Err(why) => return Ok(Err(why)),
        };
        let OfferedDelivery { entered, free_from, points, point } = offered;
        let Some(sale) = sale_of(basket, point.as_ref()) else { return Ok(Err(NotOffered::Elsewhere)) };
        let currency = basket.quote.currency;
        let shown = sale.delivery_shown(entered).map_err(QuoteError::from)?;
        let decisions = basket.offered.with_delivery(shown)?;
        let delivery = DeliveryInput { charge: entered, discount: decisions.shipping_discount(currency) };
        let quote = quote(&sale, &line_inputs(&basket.lines, &decisions.lines), Some(delivery))?;
        let (method, arrives) = (method.clone(), self.arrival(method));
        Ok(Ok(DeliveryChoice { method, sale, entered, quote, decisions, arrives, free_from, points, point }))
    }

    /// Freezes the checkout, sets its units aside and hands the shopper on to pay.
    ///
    /// The same id with the same content has the same answer for ever, whatever is repeated.
    pub async fn pay(&self, request: &PayRequest) -> Result<Paying, PayError> {
        let (mut released, mut cards_released) = (false, false);
        for _ in 0..FREEZES_MAX {
            let Frozen { checkout: frozen, rules_edition } = match self.freeze(request).await {
                Ok(frozen) => frozen,
                Err(PayError::RulesChanged) => {
                    self.renew_rules().await.map_err(PriceError::from)?;
                    continue;
                }
                // The catalogue has changed since; what was frozen before it did is what it was.
                Err(error) => return self.pay_again(request, error).await,
            };
            let content_hash = sha256_hex(frozen.content().as_bytes());
            let person = self.person(&frozen.email);
            let attempt = self.db().retry(|| self.try_hold(&frozen, &rules_edition, &content_hash, &person)).await;
            // What is tried again is worked out anew: time has passed, and offers and vouchers end.
            match attempt {
                Ok(()) => return self.start_payment(frozen.id).await,
                Err(PayError::RulesChanged) => drop(self.renew_rules().await.map_err(PriceError::from)?),
                Err(PayError::UsedUp { what }) => {
                    if released || !self.release_expired_uses_of(&frozen, &person).await? {
                        return Err(PayError::UsedUp { what });
                    }
                    released = true;
                }
                // What is left of it is looked at again, once what lies in checkouts whose time is over is back.
                Err(PayError::CardShort { .. }) if !cards_released => {
                    cards_released = true;
                    self.release_expired_cards_of(&frozen).await?;
                }
                Err(PayError::OutOfStock { title, wanted, free }) => {
                    // Units may lie in checkouts whose time is over: a buyer who finds too little takes them back.
                    // Once, and where there were none, nothing is tried again: most of a flash sale's visitors end here.
                    if released || !self.release_expired_of(&frozen).await? {
                        return Err(self.explain_shortage(&frozen, title, wanted, free).await);
                    }
                    released = true;
                }
                Err(error @ PayError::OtherContent) => return self.pay_again(request, error).await,
                Err(error) => return Err(error),
            }
        }
        Err(PayError::RulesChanged)
    }

    /// A press that could not be frozen now may repeat one that was: it has the answer of the first.
    async fn pay_again(&self, request: &PayRequest, error: PayError) -> Result<Paying, PayError> {
        match self.db().find_checkout(request.id).await? {
            Some(frozen) if is_repeated(&frozen, request) => self.start_payment(frozen.id).await,
            _ => Err(error),
        }
    }

    /// One attempt to freeze and hold: 8 statements and one more for each stock record; where offers or vouchers are
    /// limited, one more for each and one; where gift cards pay, one more for each and two. Runs again after a conflict, so it holds SQL and pure code only.
    async fn try_hold(
        &self,
        frozen: &FrozenCheckout,
        rules_edition: &str,
        content_hash: &str,
        person: &str,
    ) -> Result<(), PayError> {
        let now = self.now();
        let mut tx = self.db().begin().await?;
        let before = tx.before_freeze(frozen.id, person, now).await?;
        match before.frozen_content {
            Some(content) if content == content_hash => return Ok(()),
            Some(_) => return Err(PayError::OtherContent),
            None if before.open_holds >= HOLDS_PER_PERSON_MAX => return Err(PayError::TooManyHolds),
            None if before.rules_edition != rules_edition => return Err(PayError::RulesChanged),
            None => {}
        }
        let records: Vec<StockRecordId> = frozen.lines.iter().map(|line| line.stock_record).collect();
        let on_sale = tx.on_sale(&records).await?;
        let frozen = check_prices(frozen, &on_sale, now)?;
        let takes = plan_units(&frozen, &on_sale, self.chance().number())?;
        // Somebody who pressed at the same moment was first: the next attempt finds what they wrote.
        let inserted = tx.insert_checkout(&frozen, content_hash, person).await;
        inserted.map_err(|error| if matches!(error, DbError::Taken { .. }) { DbError::Conflict } else { error })?;
        let expires_at = now.plus_ms(self.settings().hold_ms);
        if !takes.is_empty() || !frozen.uses.is_empty() || !frozen.tenders.is_empty() {
            let id = HoldId::new(self.chance().id());
            let hold = Hold { id, checkout: frozen.id, state: HoldState::Held, expires_at };
            tx.insert_hold(&hold, person, &takes, now).await?;
            tx.insert_hold_uses(id, &frozen.uses, person).await?;
            tx.insert_hold_cards(id, frozen.id, &frozen.tenders, now).await?;
        }
        let payment = PaymentId::new(self.chance().id());
        tx.insert_payment(payment, frozen.id, &frozen.gateway, frozen.to_pay(), expires_at, now).await?;
        let scarce = scarce_products(&frozen, &on_sale, &takes, self.settings().few_left);
        if !scarce.is_empty() {
            tx.enqueue(&self.task("stock", "", product_list(&scarce)), now, now).await?;
        }
        // What buyers fight over comes last, in one order.
        for limited in &frozen.uses {
            if !tx.take_use(limited, person).await? {
                return Err(PayError::UsedUp { what: used_up(&frozen, limited) });
            }
        }
        for (record, take) in &takes {
            tx.take_units(*record, *take).await?;
        }
        for tender in tenders_in_order(&frozen.tenders) {
            if !tx.take_from_card(tender, now).await? {
                return Err(PayError::CardShort { last_four: tender.last_four.clone() });
            }
        }
        tx.commit().await?;
        if !scarce.is_empty() {
            self.ring_outbox();
        }
        Ok(())
    }

    /// Takes back what lies in checkouts whose time is over; a gateway that does not answer is not waited for twice.
    /// Whether there was anything to take back.
    async fn release_expired_of(&self, frozen: &FrozenCheckout) -> Result<bool, PayError> {
        let mut any = false;
        for (record, _) in frozen.units_by_stock_record() {
            for hold in self.db().list_expired_holds_of(record, self.now()).await? {
                any = true;
                if self.release(hold).await? == Released::NotYet {
                    return Ok(any);
                }
            }
        }
        Ok(any)
    }

    /// The same for what is in them of limited offers and vouchers.
    async fn release_expired_uses_of(&self, frozen: &FrozenCheckout, person: &str) -> Result<bool, PayError> {
        let mut any = false;
        for limited in &frozen.uses {
            for hold in self.db().list_expired_holds_of_use(limited.subject, person, self.now()).await? {
                any = true;
                if self.release(hold).await? == Released::NotYet {
                    return Ok(any);
                }
            }
        }
        Ok(any)
    }

    /// The same for what is in them of gift cards.
    async fn release_expired_cards_of(&self, frozen: &FrozenCheckout) -> Result<(), PayError> {
        for tender in &frozen.tenders {
            for hold in self.db().list_expired_holds_of_card(tender.card, self.now()).await? {
                if self.release(hold).await? == Released::NotYet {
                    return Ok(());
                }
            }
        }
        Ok(())
    }

    /// *Sold out* is said only when nothing is free and nothing is held.
    async fn explain_shortage(&self, frozen: &FrozenCheckout, title: String, wanted: u32, free: i64) -> PayError {
        match self.try_explain_shortage(frozen, title, wanted, free).await {
            Ok(explained) => explained,
            Err(error) => error.into(),
        }
    }

    async fn try_explain_shortage(
        &self,
        frozen: &FrozenCheckout,
        title: String,
        wanted: u32,
        free: i64,
    ) -> Result<PayError, DbError> {
        let units = frozen.units_by_stock_record();
        let records: Vec<StockRecordId> = units.iter().map(|(record, _)| *record).collect();
        let levels = self.db().free_and_held(&records).await?;
        let free_of = |record: &StockRecordId| levels.get(record).map_or(0, |(free, _)| *free);
        // Several lines may have one title: what is short is told by its stock record.
        let Some((record, wanted)) = units.iter().find(|(record, wanted)| free_of(record) < i64::from(*wanted)) else {
            // It came back meanwhile.
            return Ok(if free > 0 { PayError::OutOfStock { title, wanted, free } } else { in_a_minute(title) });
        };
        let line = frozen.lines.iter().find(|line| line.stock_record == *record);
        let title = line.map_or(title, |line| line.title.clone());
        let shortage = self.db().shortage(*record).await?;
        // What may come back is worth waiting for, even if it is fewer than wanted.
        let may_come_back = shortage.free <= 0 || shortage.free + shortage.held >= i64::from(*wanted);
        if shortage.held > 0 && may_come_back {
            let wait_ms = shortage.first_expiry.map_or(0, |expiry| expiry.ms_since(self.now())).max(0);
            return Ok(PayError::InSomebodysCheckout { title, minutes: wait_ms / 60_000 + 1 });
        }
        Ok(PayError::OutOfStock { title, wanted: *wanted, free: shortage.free })
    }

    /// What holds of a person are counted by: a keyed hash, so that the address stands in no other row.
    pub(crate) fn person(&self, email: &EmailAddress) -> String {
        self.keys().keyed_hash(Purpose::Person, &email.key())
    }
}

/// The tax of a basket that is brought, or fetched at a point; `None` where goods cost something else there than at the
/// address, since offers were worked out by the prices of the address.
fn sale_of(basket: &PricedBasket, point: Option<&PickupPoint>) -> Option<SaleTax> {
    let Some(point) = point.filter(|_| !basket.sale.policy().is_flat()) else { return Some(basket.sale.clone()) };
    let sale = basket.sale.sent_to(TaxPlace::new(point.country, &point.region, &point.postcode));
    let sold = basket.lines.iter().filter_map(|line| line.sold.as_ref());
    let mut shown = sold.map(|sold| (sold, sale.price_shown(sold.entered, &sold.document.tax_class)));
    shown.all(|(sold, shown)| shown == Ok(sold.unit_shown)).then_some(sale)
}

/// Cards are touched in one order, whoever pays by them.
pub(crate) fn tenders_in_order(tenders: &[Tender]) -> Vec<&Tender> {
    let mut tenders: Vec<&Tender> = tenders.iter().collect();
    tenders.sort_by_key(|tender| tender.card);
    tenders
}

/// What the shopper calls what was used up.
fn used_up(frozen: &FrozenCheckout, limited: &LimitedUse) -> String {
    let is_it = |discount: &&SoldDiscount| match limited.subject {
        UseSubject::Offer(id) | UseSubject::OfferByShopper(id) => discount.offer == id,
        UseSubject::Voucher(id) | UseSubject::VoucherByShopper(id) => {
            discount.voucher.as_ref().is_some_and(|(voucher, _)| *voucher == id)
        }
    };
    let found = frozen.discounts.iter().find(is_it);
    let voucher = found.and_then(|discount| discount.voucher.as_ref().map(|(_, code)| code.to_string()));
    voucher.or_else(|| found.map(|discount| discount.name.clone())).unwrap_or_default()
}

fn in_a_minute(title: String) -> PayError {
    PayError::InSomebodysCheckout { title, minutes: 1 }
}

/// Holds the prices of the page against the rows, and notes who sends what and what is counted.
fn check_prices(
    frozen: &FrozenCheckout,
    on_sale: &BTreeMap<StockRecordId, OnSale>,
    now: commerce::moment::Moment,
) -> Result<FrozenCheckout, PayError> {
    let mut units: BTreeMap<StockRecordId, u32> = BTreeMap::new();
    for line in &frozen.lines {
        let sum = units.entry(line.stock_record).or_default();
        *sum = sum.saturating_add(line.quantity);
    }
    let market = frozen.market.clone();
    let mut frozen = frozen.clone();
    for line in &mut frozen.lines {
        let gone = || PayError::NotForSale { title: line.title.clone() };
        let record = on_sale.get(&line.stock_record).ok_or_else(gone)?;
        let facts = PriceFacts {
            currency: line.unit_entered.currency(),
            market: Some(&market),
            // Nobody is known to belong to a group yet; a group's price is never what a page has said.
            groups: &[],
            quantity: capped(units.get(&line.stock_record).copied().unwrap_or_default()),
            now,
        };
        let price = best_price(&record.prices, &record.listed, &facts).ok_or_else(gone)?;
        if price.amount != line.unit_entered && !line.is_priced_outside {
            let (title, class, before) = (line.title.clone(), line.tax_class.clone(), line.unit_entered);
            return Err(PayError::PriceChanged { title, class, before, now: price.amount });
        }
        let (partner, name) = record.partner.clone().ok_or_else(gone)?;
        (line.partner, line.partner_name) = (partner, name);
        line.tracks_stock = record.is_counted;
    }
    Ok(frozen)
}

/// Where to take every unit, or which line is short. Lines of one stock record are summed first.
fn plan_units(
    frozen: &FrozenCheckout,
    on_sale: &BTreeMap<StockRecordId, OnSale>,
    seed: u64,
) -> Result<Vec<(StockRecordId, Take)>, PayError> {
    let mut takes = Vec::new();
    for (record, wanted) in frozen.units_by_stock_record() {
        let buckets = on_sale.get(&record).map_or(&[][..], |on_sale| &on_sale.buckets);
        let Some(plan) = stock::plan(buckets, i64::from(wanted), seed) else {
            let line = frozen.lines.iter().find(|line| line.stock_record == record);
            let title = line.map(|line| line.title.clone()).unwrap_or_default();
            let free = buckets.iter().map(|bucket| bucket.free).sum();
            return Err(PayError::OutOfStock { title, wanted, free });
        };
        takes.extend(plan.into_iter().map(|take| (record, take)));
    }
    Ok(takes)
}

/// Products whose pages may have to say something else about stock now.
fn scarce_products(
    frozen: &FrozenCheckout,
    on_sale: &BTreeMap<StockRecordId, OnSale>,
    takes: &[(StockRecordId, Take)],
    few_left: i64,
) -> Vec<ProductId> {
    let left = |record: &StockRecordId| {
        let free: i64 = on_sale.get(record).map_or(0, |entry| entry.buckets.iter().map(|bucket| bucket.free).sum());
        free - takes.iter().filter(|(taken, _)| taken == record).map(|(_, take)| take.units).sum::<i64>()
    };
    let scarce = |line: &&SoldLine| line.tracks_stock && left(&line.stock_record) < few_left.max(1);
    frozen.lines.iter().filter(scarce).map(|line| line.product).collect()
}

/// Products in a task's payload.
pub(crate) fn product_list(products: &[ProductId]) -> String {
    products.iter().map(ToString::to_string).collect::<Vec<_>>().join(",")
}

/// SHA-256 as hex.
pub(crate) fn sha256_hex(bytes: &[u8]) -> String {
    crate::keys::to_hex(ring::digest::digest(&ring::digest::SHA256, bytes).as_ref())
}
