//! Checkouts: what a shopper has filled in so far, and what is frozen when Pay is pressed.

use crate::address::{Address, EmailAddress};
use crate::basket::Line;
use crate::decimal::Decimal;
use crate::gift_card::{GIFT_CARDS_PER_CHECKOUT_MAX, GiftCardCode, Tender, payable};
use crate::ids::{CheckoutId, OfferId, PartnerId, ProductId, StockRecordId, VoucherId};
use crate::language::Language;
use crate::market::{MarketCode, TaxDisplay};
use crate::moment::Moment;
use crate::money::{Currency, Money};
use crate::offer::{Effect, LimitedUse};
use crate::order::OrderNumber;
use crate::tax::Taxed;
use crate::tax::answer::{TaxLine, TaxShare};
use crate::tax::class::TaxClass;
use crate::tax::rate::TaxRate;
use crate::tax::rule::{AppliedRate, TaxLevel, TaxName};
use crate::tax::treatment::{NumberCheck, RatesOf, TaxTreatment};
use crate::tax::vat_number::VatNumber;
use crate::voucher::VoucherCode;
use std::fmt::Write;

/// What a shopper has filled in. It lives in a sealed cookie until Pay is pressed.
#[derive(Clone, Debug, Default, PartialEq, Eq)]
pub struct CheckoutDraft {
    /// For the confirmation.
    pub email: Option<EmailAddress>,
    /// Where it goes; none for goods that are not sent.
    pub delivery: Option<Address>,
    /// Where the bill goes, if not to the same address.
    pub billing: Option<Address>,
    /// Code of the delivery method.
    pub method: Option<String>,
    /// Code of the pick-up point, where the method has some.
    pub point: Option<String>,
    /// Code of the payment gateway.
    pub gateway: Option<String>,
    /// The VAT number of a business, and what the register said of it.
    pub vat_number: Option<(VatNumber, NumberCheck)>,
    /// Gift cards and store credit that pay, in the order in which they were typed.
    pub cards: Vec<GiftCardCode>,
}

/// A checkout as it was when Pay was pressed. Nothing in it changes any more: the order copies it.
#[derive(Clone, Debug, PartialEq, Eq)]
pub struct FrozenCheckout {
    /// The order's key, the payment's reference, the gateway's idempotency key.
    pub id: CheckoutId,
    /// The number that the order will have.
    pub number: OrderNumber,
    /// When it was frozen.
    pub frozen_at: Moment,
    /// The catalogue that its texts come from.
    pub snapshot_version: u64,
    /// Where it was sold.
    pub market: MarketCode,
    /// In which language the shopper read.
    pub language: Language,
    /// How the market shows prices.
    pub tax_display: TaxDisplay,
    /// For the confirmation.
    pub email: EmailAddress,
    /// Where it goes; none for goods that are not sent.
    pub delivery_address: Option<Address>,
    /// Where the bill goes.
    pub billing_address: Option<Address>,
    /// What is sold.
    pub lines: Vec<SoldLine>,
    /// How it is sent; none for goods that are not sent.
    pub delivery: Option<SoldDelivery>,
    /// Offers that applied, in order.
    pub discounts: Vec<SoldDiscount>,
    /// What follows the order.
    pub actions: Vec<SoldAction>,
    /// What counts against limits of offers and vouchers.
    pub uses: Vec<LimitedUse>,
    /// How it is taxed.
    pub tax: SoldTax,
    /// Everything.
    pub total: Taxed,
    /// What gift cards and store credit pay of it; the rest is for the payment.
    pub tenders: Vec<Tender>,
    /// Code of the payment gateway.
    pub gateway: String,
}

/// How an order is taxed.
#[derive(Clone, Debug, PartialEq, Eq)]
pub struct SoldTax {
    /// How the sale was treated.
    pub treatment: TaxTreatment,
    /// A line for each rate that was applied: they sum to the tax of the total. None where no tax is charged.
    pub lines: Vec<TaxLine>,
    /// The buyer's VAT number, if they gave one, and what the register said of it.
    pub vat_number: Option<(VatNumber, NumberCheck)>,
}

impl SoldTax {
    /// The tax of an order at one rate of a tax without a name, charged at home.
    pub fn at_one_rate(total: Taxed, rate: TaxRate) -> Self {
        let applied =
            AppliedRate { name: TaxName::unnamed(), level: TaxLevel::Country, country: None, region: None, rate };
        let lines = vec![TaxLine { applied, net: total.net(), tax: total.tax() }];
        Self { treatment: TaxTreatment::Charged(RatesOf::Home), lines, vat_number: None }
    }

    /// Whether the lines sum to the tax of a total.
    fn adds_up_to(&self, total: Taxed) -> bool {
        let sum = Money::sum(total.net().currency(), self.lines.iter().map(|line| line.tax));
        sum == Ok(total.tax())
    }
}

/// An offer that applied, with copies of what may change or vanish later.
#[derive(Clone, Debug, PartialEq, Eq)]
pub struct SoldDiscount {
    /// The offer.
    pub offer: OfferId,
    /// Its name, in the shopper's language.
    pub name: String,
    /// The voucher that it came by.
    pub voucher: Option<(VoucherId, VoucherCode)>,
    /// What it changed.
    pub effect: Effect,
    /// How often it applied.
    pub times: u32,
    /// What it took off altogether, in the shown base.
    pub amount: Money,
}

/// Something to be done because an offer applied.
#[derive(Clone, Debug, PartialEq, Eq)]
pub struct SoldAction {
    /// The offer.
    pub offer: OfferId,
    /// How often it applied.
    pub times: u32,
    /// What programs know it by.
    pub code: String,
    /// What people read, in the shopper's language.
    pub text: String,
}

/// What an offer took off a line.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub struct LineDiscount {
    /// The offer.
    pub offer: OfferId,
    /// Units that it took.
    pub units: u32,
    /// What it took off them, in the shown base.
    pub amount: Money,
}

/// A line as it is sold, with copies of everything that may change or vanish later.
#[derive(Clone, Debug, PartialEq, Eq)]
pub struct SoldLine {
    /// The product.
    pub product: ProductId,
    /// The stock record that it is taken from.
    pub stock_record: StockRecordId,
    /// Who sends it.
    pub partner: PartnerId,
    /// The partner's name.
    pub partner_name: String,
    /// Their article number.
    pub sku: String,
    /// Universal product code.
    pub upc: Option<String>,
    /// Title with the variant's own, in the shopper's language.
    pub title: String,
    /// What tells the variant: `Colour: Navy`.
    pub variant: String,
    /// Answers to customer options in words: label, value, and the short names that the basket line had.
    pub answers: Vec<SoldAnswer>,
    /// Units.
    pub quantity: u32,
    /// Unit price as entered; what the price row said.
    pub unit_entered: Money,
    /// Unit price as the market shows it.
    pub unit_shown: Money,
    /// What offers took off, in the shown base.
    pub discount: Money,
    /// The same by offer, in the order in which they applied.
    pub discounts: Vec<LineDiscount>,
    /// Net, tax and gross after discounts.
    pub total: Taxed,
    /// How it is taxed.
    pub tax_class: TaxClass,
    /// Rate of all its taxes together.
    pub tax_rate: TaxRate,
    /// What of each tax line of the order is its.
    pub taxes: Vec<TaxShare>,
    /// Whether its price comes from outside, so that no price of the store is to be compared with it.
    pub is_priced_outside: bool,
    /// Whether it is sent.
    pub requires_shipping: bool,
    /// Whether its units are counted.
    pub tracks_stock: bool,
    /// Whether each unit is a gift card, worth what was paid for it.
    pub is_gift_card: bool,
    /// Weight of a unit.
    pub weight_kg: Option<Decimal>,
    /// First picture.
    pub image: Option<String>,
    /// Address of its page.
    pub slug: String,
}

/// An answer to a customer option, in words.
#[derive(Clone, Debug, PartialEq, Eq)]
pub struct SoldAnswer {
    /// The option's short name.
    pub option: String,
    /// The value as the basket had it.
    pub value: String,
    /// The label, in the shopper's language.
    pub label: String,
    /// The value in words, in the shopper's language.
    pub words: String,
}

/// How an order is sent.
#[derive(Clone, Debug, PartialEq, Eq)]
pub struct SoldDelivery {
    /// Code of the method.
    pub method: String,
    /// Its name, in the shopper's language.
    pub name: String,
    /// What it costs, after discounts.
    pub charge: Taxed,
    /// What of each tax line of the order is its.
    pub taxes: Vec<TaxShare>,
    /// What offers took off, in the shown base.
    pub discount: Money,
    /// First and last day on which it should arrive.
    pub arrives: (jiff::civil::Date, jiff::civil::Date),
    /// Where it is fetched; its address is the delivery address. None if it is brought.
    pub point: Option<SoldPoint>,
}

/// The pick-up point of an order.
#[derive(Clone, Debug, PartialEq, Eq)]
pub struct SoldPoint {
    /// Its short name.
    pub code: String,
    /// What it is called.
    pub name: String,
    /// When it is open, in the shopper's language; may be empty.
    pub hours: String,
}

impl FrozenCheckout {
    /// The currency of all its amounts.
    pub fn currency(&self) -> Currency {
        self.total.net().currency()
    }

    /// What gift cards and store credit pay. What does not fit counts as nothing: such a checkout does not add up.
    pub fn paid_by_cards(&self) -> Money {
        let amounts = self.tenders.iter().map(|tender| tender.amount);
        Money::sum(self.currency(), amounts).unwrap_or(Money::zero(self.currency()))
    }

    /// What is left for the payment.
    pub fn to_pay(&self) -> Money {
        self.total.gross().minus(self.paid_by_cards()).unwrap_or(self.total.gross())
    }

    /// What its lines of gift cards cost; such cards are paid for without cards.
    pub fn gift_cards_gross(&self) -> Money {
        let lines = self.lines.iter().filter(|line| line.is_gift_card).map(|line| line.total.gross());
        Money::sum(self.currency(), lines).unwrap_or(self.total.gross())
    }

    /// Units to hold of each stock record that is counted, each once, sorted by id so that all buyers touch rows in
    /// one order.
    pub fn units_by_stock_record(&self) -> Vec<(StockRecordId, u32)> {
        let mut units: std::collections::BTreeMap<StockRecordId, u32> = std::collections::BTreeMap::new();
        for line in self.lines.iter().filter(|line| line.tracks_stock) {
            let sum = units.entry(line.stock_record).or_default();
            *sum = sum.saturating_add(line.quantity);
        }
        units.into_iter().collect()
    }

    /// The basket lines that it was made from, to take out of the basket once it is an order.
    pub fn basket_lines(&self) -> Vec<Line> {
        let answer =
            |sold: &SoldAnswer| crate::basket::Answer { option: sold.option.clone(), value: sold.value.clone() };
        let line = |sold: &SoldLine| {
            let quantity = crate::basket::Quantity::new(sold.quantity).ok()?;
            let answers = sold.answers.iter().map(answer).collect();
            Some(Line { product: sold.product, quantity, answers, seen_price: None })
        };
        self.lines.iter().filter_map(line).collect()
    }

    /// The content as one text, for its hash: two checkouts that sell the same things to the same person at the same
    /// prices have the same one. Id, number, moment and catalogue version play no part.
    pub fn content(&self) -> String {
        let mut text = String::with_capacity(1_024);
        let mut field = |name: &str, value: &dyn std::fmt::Display| {
            // Lengths keep two fields from running into each other. Writing to a String does not fail.
            let value = value.to_string();
            let _ = writeln!(text, "{name} {} {value}", value.len());
        };
        field("market", &self.market);
        field("language", &self.language);
        field("email", &self.email.as_str());
        field("gateway", &self.gateway);
        for (name, address) in [("delivery", &self.delivery_address), ("billing", &self.billing_address)] {
            if let Some(a) = address {
                let parts = [&a.name, &a.company, &a.line1, &a.line2, &a.city, &a.region, &a.postcode, &a.phone];
                parts.iter().for_each(|part| field(name, part));
                field(name, &a.country);
            }
        }
        for line in &self.lines {
            field("product", &line.product);
            field("stock_record", &line.stock_record);
            field("quantity", &line.quantity);
            field("gross", &line.total.gross());
            field("net", &line.total.net());
            field("tax_rate", &line.tax_rate.millionths());
            for answer in &line.answers {
                field("option", &answer.option);
                field("value", &answer.value);
            }
        }
        if let Some(delivery) = &self.delivery {
            field("method", &delivery.method);
            field("charge", &delivery.charge.gross());
            if let Some(point) = &delivery.point {
                field("point", &point.code);
            }
        }
        for discount in &self.discounts {
            field("offer", &discount.offer);
            field("times", &discount.times);
            field("off", &discount.amount);
            if let Some((_, code)) = &discount.voucher {
                field("voucher", code);
            }
        }
        if let Some((number, _)) = &self.tax.vat_number {
            field("vat_number", number);
        }
        field("total", &self.total.gross());
        for tender in &self.tenders {
            field("card", &tender.card);
            field("pays", &tender.amount);
        }
        text
    }

    /// Codes of the vouchers that were used.
    pub fn vouchers_used(&self) -> Vec<VoucherCode> {
        self.discounts.iter().filter_map(|discount| Some(discount.voucher.as_ref()?.1.clone())).collect()
    }

    /// Whether Σ gross of lines and delivery is the total, in one currency, what the offers took off is what the lines and
    /// delivery cost less, the tax lines are its tax, and each card pays something of what cards may pay for.
    pub fn adds_up(&self) -> bool {
        let zero = Taxed::zero(self.currency());
        let delivery = self.delivery.as_ref().map_or(zero, |delivery| delivery.charge);
        let total = self.lines.iter().try_fold(delivery, |sum, line| sum.plus(line.total));
        let adds_up = total == Ok(self.total) && self.discounts_add_up() && self.tax.adds_up_to(self.total);
        adds_up && self.tenders_add_up()
    }

    fn tenders_add_up(&self) -> bool {
        let paid = Money::sum(self.currency(), self.tenders.iter().map(|tender| tender.amount));
        let most = payable(self.total.gross(), self.gift_cards_gross());
        self.tenders.len() <= GIFT_CARDS_PER_CHECKOUT_MAX
            && self.tenders.iter().all(|tender| 0 < tender.amount.minor())
            && paid.is_ok_and(|paid| paid.minor() <= most.minor())
    }

    fn discounts_add_up(&self) -> bool {
        let sum = |amounts: &mut dyn Iterator<Item = Money>| Money::sum(self.currency(), amounts);
        let by_effect = |effect: Effect| {
            let of_effect = self.discounts.iter().filter(move |discount| discount.effect == effect);
            sum(&mut of_effect.map(|discount| discount.amount))
        };
        let of_line = |line: &SoldLine| {
            line.discounts.is_empty() && line.discount.is_zero()
                || sum(&mut line.discounts.iter().map(|discount| discount.amount)) == Ok(line.discount)
        };
        let delivery = self.delivery.as_ref().map_or(Money::zero(self.currency()), |delivery| delivery.discount);
        self.lines.iter().all(of_line)
            && by_effect(Effect::Basket) == sum(&mut self.lines.iter().map(|line| line.discount))
            && by_effect(Effect::Shipping) == Ok(delivery)
    }
}
