//! Freeze: a checkout as it is when Pay is pressed, with copies of everything that an order keeps.

use super::{CheckoutQuote, DeliveryChoice, PayError, PayRequest};
use crate::basket::{answer_words, variant_words};
use crate::delivery::{DeliveryWish, goes_where_it_did};
use crate::modules::PricesFrom;
use crate::offered::Buyer;
use crate::shop::Shop;
use commerce::address::Address;
use commerce::checkout::{
    CheckoutDraft, FrozenCheckout, LineDiscount, SoldAction, SoldAnswer, SoldDiscount, SoldLine, SoldTax,
};
use commerce::gift_card::Tender;
use commerce::ids::PartnerId;
use commerce::language::Language;
use commerce::money::Money;
use commerce::offer::{ActionDue, Application, Decisions};
use commerce::order::OrderNumber;
use commerce::tax::place::TaxPlace;
use commerce::tax::rate::TaxRate;
use payments::NothingToPay;

/// A checkout as it is to be held, and the edition of the rules that it was priced by.
pub(super) struct Frozen {
    pub(super) checkout: FrozenCheckout,
    pub(super) rules_edition: String,
}

impl Shop {
    /// Looks everything up and writes it down as it is now; refuses if it is not what the page said.
    pub(super) async fn freeze(&self, request: &PayRequest) -> Result<Frozen, PayError> {
        let view = self.snapshots().look(self.now()).await.view;
        let to = request.draft.delivery.as_ref().map(TaxPlace::of);
        let buyer = Buyer {
            email: request.draft.email.as_ref(),
            checkout: Some(request.id),
            to: to.as_ref(),
            vat_number: request.draft.vat_number.as_ref(),
        };
        let priced = self.price_basket(&view, &request.basket, request.locale, buyer).await?;
        if priced.lines.is_empty() {
            return Err(PayError::EmptyBasket);
        }
        let email = request.draft.email.clone().ok_or(PayError::Incomplete("email"))?;
        let ships = priced.requires_shipping();
        if ships && request.draft.delivery.is_none() {
            return Err(PayError::Incomplete("address"));
        }
        let unpriced = priced.prices_from == PricesFrom::StoreInstead;
        if unpriced && !self.settings().modules.sells_at_own_prices {
            return Err(PayError::PricesUnknown);
        }
        let quote = self.settle_tax(self.checkout_quote(priced, &DeliveryWish::from(&request.draft))?).await?;
        if quote.choice().map_or(&quote.basket.sale, |choice| &choice.sale).is_open() {
            return Err(PayError::Incomplete("region"));
        }
        // Not another way than the page named, though it cost the same.
        let named = request.draft.method.as_deref();
        let is_named = |choice: &DeliveryChoice| named.is_none_or(|named| named == choice.method.code);
        if ships && !quote.choice().is_some_and(is_named) {
            return Err(PayError::NotDelivered);
        }
        let delivery_address = quote.delivery_address(&request.draft)?;
        let paid = self.paid_by_cards(&quote, &request.draft.cards, Some(request.id)).await?;
        let now_shown = paid.to_pay;
        if now_shown != request.amount_shown {
            // The page may have been made by newer rules than this process has.
            let edition = self.db().rules_edition().await?;
            let is_newest = edition == quote.basket.offered.rules().edition;
            return Err(if is_newest { PayError::Changed { now: now_shown } } else { PayError::RulesChanged });
        }
        let gateway = self.gateway_for_total(request, now_shown)?;
        let languages = self.settings().markets.text_order(request.locale);
        let delivery = quote.choice().map(|choice| choice.sold(&languages));
        let (discounts, actions) = sold_discounts(&quote, &languages);
        let checkout = FrozenCheckout {
            id: request.id,
            number: OrderNumber::from_random(self.chance().number()),
            frozen_at: self.now(),
            snapshot_version: quote.basket.snapshot_version,
            market: self.settings().markets.market(request.locale).code.clone(),
            language: request.locale.language,
            tax_display: quote.quote().shown,
            email,
            billing_address: billing_address(&request.draft, ships),
            delivery_address,
            lines: self.sold_lines(&quote).await?,
            delivery,
            discounts,
            actions,
            uses: quote.basket.offered.limited_uses(quote.decisions()),
            tax: SoldTax {
                treatment: quote.quote().treatment,
                lines: quote.quote().taxes.clone(),
                vat_number: request.draft.vat_number.clone(),
            },
            total: quote.quote().total,
            tenders: paid.tenders,
            gateway,
        };
        Ok(Frozen { checkout, rules_edition: quote.basket.offered.rules().edition.clone() })
    }

    /// The gateway that a shopper chose; a total of nothing needs none, and no payment page takes it.
    fn gateway_for_total(&self, request: &PayRequest, total: Money) -> Result<String, PayError> {
        if total.is_zero() {
            return Ok(NothingToPay::CODE.to_owned());
        }
        let gateway = request.draft.gateway.clone().ok_or(PayError::Incomplete("gateway"))?;
        if self.offered_gateway(&gateway).is_none() {
            return Err(PayError::Gateway);
        }
        Ok(gateway)
    }

    async fn sold_lines(&self, quote: &CheckoutQuote) -> Result<Vec<SoldLine>, PayError> {
        let languages = self.settings().markets.text_order(quote.basket.locale);
        let mut lines = Vec::with_capacity(quote.basket.lines.len());
        let mut figures = (0..).zip(&quote.quote().lines);
        for line in &quote.basket.lines {
            let gone = |title: &str| PayError::NotForSale { title: title.to_owned() };
            let sold = line.sold.as_ref().ok_or_else(|| gone(""))?;
            let title = sold.document.title.get(&languages);
            let (place, figure) = figures.next().ok_or_else(|| gone(title))?;
            let variant = sold.variant();
            let record = variant.stock_record.ok_or_else(|| gone(title))?;
            let answer = |answer: &commerce::basket::Answer| {
                let option = sold.document.options.iter().find(|option| option.code == answer.option);
                SoldAnswer {
                    option: answer.option.clone(),
                    value: answer.value.clone(),
                    label: option.map_or(answer.option.clone(), |option| option.name.get(&languages).to_owned()),
                    words: option
                        .map_or(answer.value.clone(), |option| answer_words(option, &answer.value, &languages)),
                }
            };
            lines.push(SoldLine {
                product: line.line.product,
                stock_record: record,
                // Filled in from the row while the checkout is frozen.
                partner: PartnerId::new(uuid::Uuid::nil()),
                partner_name: String::new(),
                sku: variant.sku.clone(),
                upc: variant.upc.clone().or_else(|| sold.document.upc.clone()),
                title: title.to_owned(),
                variant: variant_words(variant, &languages),
                answers: line.line.answers.iter().map(answer).collect(),
                quantity: line.line.quantity.get(),
                unit_entered: sold.entered,
                unit_shown: figure.unit_shown,
                discount: figure.discount,
                discounts: line_discounts(quote.decisions(), place),
                total: figure.total,
                tax_class: sold.document.tax_class.clone(),
                tax_rate: TaxRate::sum(
                    figure
                        .taxes
                        .iter()
                        .filter_map(|share| quote.quote().taxes.get(share.tax_line).map(|line| line.applied.rate)),
                ),
                taxes: figure.taxes.clone(),
                is_priced_outside: sold.is_priced_outside,
                requires_shipping: sold.document.requires_shipping,
                tracks_stock: true,
                is_gift_card: sold.document.is_gift_card,
                weight_kg: variant.weight_kg,
                image: variant.images.first().or(sold.document.images.first()).map(|image| image.source.clone()),
                slug: sold.document.slug.clone(),
            });
        }
        Ok(lines)
    }
}

/// What offers took off, and what follows the order, with the words of the shopper's language.
fn sold_discounts(quote: &CheckoutQuote, languages: &[Language]) -> (Vec<SoldDiscount>, Vec<SoldAction>) {
    let (offered, decisions) = (&quote.basket.offered, quote.decisions());
    let counting = decisions.applications.iter().filter(|application| application.counts());
    let discount = |application: &Application| SoldDiscount {
        offer: application.offer,
        name: offered.offer(application.offer).map_or("", |offer| offer.name().get(languages)).to_owned(),
        voucher: application.voucher.as_ref().and_then(|code| Some((offered.voucher_id(code)?, code.clone()))),
        effect: application.effect,
        times: application.times,
        amount: application.discount,
    };
    let action = |due: &ActionDue| SoldAction {
        offer: due.offer,
        times: due.times,
        code: due.code.clone(),
        text: due.text.get(languages).to_owned(),
    };
    (counting.map(discount).collect(), decisions.actions.iter().map(action).collect())
}

/// What offers took off the line at this place.
fn line_discounts(decisions: &Decisions, place: usize) -> Vec<LineDiscount> {
    let of_line = decisions.taken.iter().filter(|taken| taken.line == place && !taken.amount.is_zero());
    of_line.map(|taken| LineDiscount { offer: taken.offer, units: taken.units, amount: taken.amount }).collect()
}

/// Whether a press asks for what is frozen already, whatever the catalogue says by now.
pub(super) fn is_repeated(frozen: &FrozenCheckout, request: &PayRequest) -> bool {
    let line = |line: &commerce::basket::Line| (line.product, line.quantity, line.answers.clone());
    let (ours, theirs) = (frozen.basket_lines(), request.basket.lines());
    let typed = |tender: &Tender| request.draft.cards.iter().any(|code| code.last_four() == tender.last_four);
    let method = frozen.delivery.as_ref().map(|delivery| delivery.method.as_str());
    let ships = frozen.lines.iter().any(|line| line.requires_shipping);
    ours.iter().map(line).eq(theirs.iter().map(line))
        && request.draft.email.as_ref() == Some(&frozen.email)
        && (frozen.to_pay().is_zero() || request.draft.gateway.as_ref() == Some(&frozen.gateway))
        && request.draft.method.as_deref().is_none_or(|wanted| Some(wanted) == method)
        && frozen.billing_address == billing_address(&request.draft, ships)
        && frozen.tax.vat_number == request.draft.vat_number
        && goes_where_it_did(frozen, &request.draft)
        && frozen.to_pay() == request.amount_shown
        && frozen.tenders.iter().all(typed)
}

/// The one address that was filled in is the billing address too, and always that of goods that are not sent.
fn billing_address(draft: &CheckoutDraft, ships: bool) -> Option<Address> {
    let own = draft.billing.clone().filter(|_| ships);
    own.or_else(|| draft.delivery.clone())
}
