//! What the offers of the store come to for one basket: the facts are gathered here, the decisions are `commerce`'s.
//!
//! A basket without vouchers, on which no limited offer applies, is worked out without a statement.

use crate::basket::{PriceError, PricedLine, Sold};
use crate::rules::LoadedRules;
use crate::shop::Shop;
use catalog::View;
use commerce::address::EmailAddress;
use commerce::basket::Basket;
use commerce::ids::{CheckoutId, OfferId, VoucherId};
use commerce::moment::Moment;
use commerce::money::{Currency, Money};
use commerce::offer::{
    Decisions, Effect, Facts, LimitedUse, Limits, Offer, OfferKind, OfferLine, OfferUses, Shopper, UseCount,
    UseSubject, VoucherHeld, apply, limited_uses,
};
use commerce::range::RangedProduct;
use commerce::tax::place::TaxPlace;
use commerce::tax::treatment::NumberCheck;
use commerce::tax::vat_number::VatNumber;
use commerce::voucher::{VoucherCode, VoucherRefusal, VoucherUsage, VoucherUses};
use db::DbError;
use db::uses::Counted;
use db::vouchers::StoredVoucher;
use std::collections::HashMap;
use std::sync::Arc;

/// Who buys, as far as limits and tax hang on it.
#[derive(Clone, Copy, Debug, Default)]
pub struct Buyer<'a> {
    /// Their address, once it is known: limits by shopper count by it.
    pub email: Option<&'a EmailAddress>,
    /// Their press of Pay that has not come to an end: what it holds is theirs.
    pub checkout: Option<CheckoutId>,
    /// Where it goes, as far as they have said: tax hangs on it.
    pub to: Option<&'a TaxPlace>,
    /// Their VAT number, and what the register said of it.
    pub vat_number: Option<&'a (VatNumber, NumberCheck)>,
}

/// What offers come to for a basket, and all that it takes to work it out again with a charge for delivery.
#[derive(Clone, Debug)]
pub struct Offered {
    rules: Arc<LoadedRules>,
    currency: Currency,
    lines: Vec<OfferLine>,
    vouchers: Vec<(VoucherId, VoucherHeld)>,
    /// Codes in the basket that are nobody's.
    unknown: Vec<VoucherCode>,
    shopper: Shopper,
    uses: HashMap<OfferId, OfferUses>,
    brought: HashMap<UseSubject, UseCount>,
    now: Moment,
    /// The decisions before delivery is chosen. Lines are those that are still sold.
    pub decisions: Decisions,
}

/// Why a voucher in a basket gives nothing.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub enum VoucherProblem {
    /// No voucher has that code.
    Unknown,
    /// There is one, and it is not taken.
    Refused(VoucherRefusal),
}

impl Offered {
    /// The rules by which it was worked out.
    pub fn rules(&self) -> &LoadedRules {
        &self.rules
    }

    /// An offer of these decisions.
    pub fn offer(&self, id: OfferId) -> Option<&Offer> {
        self.rules.book.find(id)
    }

    /// The decisions with a charge for delivery, as the market shows it.
    pub fn with_delivery(&self, charge: Money) -> Result<Decisions, PriceError> {
        // What goods cost less does not hang on what delivery costs.
        let touches_delivery =
            self.decisions.applications.iter().any(|application| application.effect == Effect::Shipping);
        if !touches_delivery {
            return Ok(self.decisions.clone());
        }
        self.work_out(Some(charge))
    }

    /// The vouchers of the basket in order, and why each gives nothing, if it does.
    pub fn vouchers(&self) -> Vec<(&VoucherCode, Option<VoucherProblem>)> {
        let known = self.decisions.vouchers.iter().map(|decision| {
            let problem = decision.outcome.err().map(VoucherProblem::Refused);
            (&decision.code, problem)
        });
        known.chain(self.unknown.iter().map(|code| (code, Some(VoucherProblem::Unknown)))).collect()
    }

    /// The id of a voucher of the basket.
    pub(crate) fn voucher_id(&self, code: &VoucherCode) -> Option<VoucherId> {
        self.vouchers.iter().find(|(_, held)| held.voucher.code() == code).map(|(id, _)| *id)
    }

    /// What these decisions count against limits.
    pub(crate) fn limited_uses(&self, decisions: &Decisions) -> Vec<LimitedUse> {
        let brought = |subject| self.brought.get(&subject).copied().unwrap_or_default();
        limited_uses(&self.rules.book, decisions, &self.vouchers, brought)
    }

    fn work_out(&self, shipping: Option<Money>) -> Result<Decisions, PriceError> {
        let held: Vec<VoucherHeld> = self.vouchers.iter().map(|(_, held)| held.clone()).collect();
        let facts = Facts {
            currency: self.currency,
            lines: &self.lines,
            shipping,
            vouchers: &held,
            shopper: &self.shopper,
            uses: &self.uses,
            now: self.now,
        };
        Ok(apply(&self.rules.book, &facts)?)
    }

    /// Offers of this shopper whose limits hang on what was used before.
    fn limited_offers(&self) -> impl Iterator<Item = &Offer> {
        let may_have = |offer: &&Offer| match offer.kind() {
            OfferKind::Site => true,
            OfferKind::Link => self.shopper.opened.contains(&offer.id()),
            OfferKind::Voucher => self.vouchers.iter().any(|(_, held)| held.voucher.offers().contains(&offer.id())),
            OfferKind::Group(groups) => groups.iter().any(|group| self.shopper.groups.contains(group)),
        };
        let limited = self.rules.book.offers().filter(|offer| is_limited(offer.limits()) && !offer.is_suspended());
        limited.filter(may_have)
    }

    fn applies_a_limited_offer(&self) -> bool {
        let mut applied = self.decisions.applications.iter().filter_map(|application| self.offer(application.offer));
        applied.any(|offer| is_limited(offer.limits()))
    }
}

fn is_limited(limits: &Limits) -> bool {
    limits.global.is_some() || limits.max_discount.is_some() || limits.per_shopper.is_some()
}

/// A line as offers see it.
fn offer_line(line: &PricedLine, sold: &Sold) -> OfferLine {
    let (document, variant) = (&sold.document, sold.variant());
    OfferLine {
        product: RangedProduct {
            product: variant.id,
            parent: (variant.id != document.id).then_some(document.id),
            class: document.marks.class,
            categories: document.marks.categories.clone(),
        },
        unit_price: sold.unit_shown,
        quantity: line.line.quantity,
        // A gift card is money: what it costs is what it is worth.
        discountable: variant.is_discountable && !document.is_gift_card,
        requires_shipping: document.requires_shipping,
    }
}

impl Shop {
    /// What offers come to for the lines of a basket that are still sold.
    pub(crate) async fn offered(
        &self,
        view: &View,
        basket: &Basket,
        lines: &[PricedLine],
        currency: Currency,
        buyer: Buyer<'_>,
    ) -> Result<Offered, PriceError> {
        let rules = self.rules(view).await?;
        let sold = lines.iter().filter_map(|line| Some(offer_line(line, line.sold.as_ref()?)));
        let mut offered = Offered {
            currency,
            lines: sold.collect(),
            vouchers: Vec::new(),
            unknown: Vec::new(),
            shopper: Shopper { opened: basket.opened().to_vec(), ..Shopper::default() },
            uses: HashMap::new(),
            brought: HashMap::new(),
            now: self.now(),
            decisions: Decisions::default(),
            rules,
        };
        if !basket.vouchers().is_empty() {
            self.look_up_vouchers(basket.vouchers(), buyer, &mut offered).await?;
        }
        offered.decisions = offered.work_out(None)?;
        if offered.applies_a_limited_offer() {
            self.count_offers(buyer, &mut offered).await?;
            offered.decisions = offered.work_out(None)?;
        }
        Ok(offered)
    }

    async fn look_up_vouchers(
        &self,
        codes: &[VoucherCode],
        buyer: Buyer<'_>,
        offered: &mut Offered,
    ) -> Result<(), DbError> {
        let mut found: HashMap<VoucherCode, StoredVoucher> = HashMap::new();
        for stored in self.db().find_vouchers(codes).await?.entries {
            found.insert(stored.voucher.code().clone(), stored);
        }
        let limited = |stored: &StoredVoucher| {
            Some(match stored.voucher.usage() {
                VoucherUsage::Single => UseSubject::Voucher(stored.id),
                VoucherUsage::OncePerCustomer => UseSubject::VoucherByShopper(stored.id),
                VoucherUsage::Multi => return None,
            })
        };
        let subjects: Vec<UseSubject> = found.values().filter_map(limited).collect();
        let mut counted = self.counted_for(&subjects, buyer).await?;
        // One that was put aside for a checkout that is over can be had: the press takes it back.
        let person = buyer.email.map(|email| self.person(email));
        for (subject, counted) in counted.iter_mut().filter(|(_, counted)| counted.here.times > 0) {
            let expired = self.db().expired_uses(*subject, person.as_deref(), self.now()).await?;
            counted.here = counted.here.less(expired);
        }
        offered.note_brought(&counted);
        let times = |subject| counted.get(&subject).map_or(0, |counted: &Counted| counted.all().times);
        for code in codes {
            let Some(stored) = found.remove(code) else {
                offered.unknown.push(code.clone());
                continue;
            };
            let StoredVoucher { id, voucher, .. } = stored;
            let uses = VoucherUses {
                total: times(UseSubject::Voucher(id)),
                by_shopper: times(UseSubject::VoucherByShopper(id)),
            };
            offered.vouchers.push((id, VoucherHeld { voucher, uses }));
        }
        Ok(())
    }

    async fn count_offers(&self, buyer: Buyer<'_>, offered: &mut Offered) -> Result<(), DbError> {
        let subjects = |offer: &Offer| {
            let by_shopper = offer.limits().per_shopper.map(|_| UseSubject::OfferByShopper(offer.id()));
            std::iter::once(UseSubject::Offer(offer.id())).chain(by_shopper)
        };
        let subjects: Vec<UseSubject> = offered.limited_offers().flat_map(subjects).collect();
        let counted = self.counted_for(&subjects, buyer).await?;
        offered.note_brought(&counted);
        for (subject, counted) in counted {
            let UseCount { times, discount_minor } = counted.all();
            match subject {
                UseSubject::Offer(id) => {
                    let uses = offered.uses.entry(id).or_default();
                    (uses.applications, uses.discount_minor) = (times, discount_minor);
                }
                UseSubject::OfferByShopper(id) => offered.uses.entry(id).or_default().by_shopper = times,
                UseSubject::Voucher(_) | UseSubject::VoucherByShopper(_) => {}
            }
        }
        Ok(())
    }

    /// What was used by others and by the buyer before, without what their own open press holds.
    async fn counted_for(
        &self,
        subjects: &[UseSubject],
        buyer: Buyer<'_>,
    ) -> Result<HashMap<UseSubject, Counted>, DbError> {
        if subjects.is_empty() {
            return Ok(HashMap::new());
        }
        let person = buyer.email.map(|email| self.person(email));
        let mut counted = self.db().count_uses(subjects, person.as_deref()).await?;
        if let Some(checkout) = buyer.checkout.filter(|_| !counted.is_empty()) {
            for (subject, own) in self.db().uses_held_by(checkout, subjects, person.as_deref()).await? {
                if let Some(counted) = counted.get_mut(&subject) {
                    counted.here = counted.here.less(own);
                }
            }
        }
        Ok(counted)
    }

    /// Whether a voucher would give something to a basket, before it is put in; what it is, if it would.
    pub async fn try_voucher(
        &self,
        view: &View,
        basket: &Basket,
        locale: commerce::market::Locale,
        code: &VoucherCode,
        buyer: Buyer<'_>,
    ) -> Result<Result<(), VoucherProblem>, PriceError> {
        let held = basket.vouchers().iter();
        let mut with = basket.clone();
        if !with.add_voucher(code.clone()) {
            let there = held.into_iter().any(|known| known == code);
            let refusal = if there { VoucherRefusal::AlreadyInBasket } else { VoucherRefusal::BasketFull };
            return Ok(Err(VoucherProblem::Refused(refusal)));
        }
        let priced = self.price_basket(view, &with, locale, buyer).await?;
        let problem = priced.offered.vouchers().into_iter().find(|(known, _)| *known == code);
        Ok(problem.and_then(|(_, problem)| problem).map_or(Ok(()), Err))
    }
}

impl Offered {
    fn note_brought(&mut self, counted: &HashMap<UseSubject, Counted>) {
        self.brought.extend(counted.iter().map(|(subject, counted)| (*subject, counted.brought)));
    }
}
