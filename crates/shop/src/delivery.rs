//! Delivery of a basket: what a shopper wishes, what a method offers for it, and what of it an order keeps.

use crate::checkout::{CheckoutQuote, DeliveryChoice, PayError};
use crate::shop::Shop;
use commerce::address::Address;
use commerce::checkout::{CheckoutDraft, FrozenCheckout, SoldDelivery, SoldPoint};
use commerce::delivery::{Charge, Consignment, DeliveryMethod, Destination, NotOffered, PickupPoint};
use commerce::language::Language;
use commerce::market::Locale;
use commerce::money::Money;
use commerce::tax::Taxed;
use jiff::civil::Date;

/// How a shopper wants it sent, as far as they have said.
#[derive(Clone, Debug, Default)]
pub struct DeliveryWish<'w> {
    /// Where it goes; the market's first country while nobody knows.
    pub to: Option<Destination>,
    /// Code of the method.
    pub method: Option<&'w str>,
    /// Code of the pick-up point.
    pub point: Option<&'w str>,
}

impl<'w> From<&'w CheckoutDraft> for DeliveryWish<'w> {
    fn from(draft: &'w CheckoutDraft) -> Self {
        let to = draft.delivery.as_ref().map(Destination::from);
        Self { to, method: draft.method.as_deref(), point: draft.point.as_deref() }
    }
}

/// What a method charges for a basket.
pub(crate) struct OfferedDelivery {
    pub(crate) entered: Money,
    pub(crate) free_from: Option<Money>,
    pub(crate) points: Vec<PickupPoint>,
    pub(crate) point: Option<PickupPoint>,
}

impl Shop {
    /// What a method charges, and where it can be fetched. A point that is not chosen yet may be the cheapest.
    pub(crate) fn offered_delivery(
        &self,
        locale: Locale,
        wish: &DeliveryWish<'_>,
        method: &DeliveryMethod,
        consignment: &Consignment,
    ) -> Result<OfferedDelivery, NotOffered> {
        let countries = &self.settings().markets.market(locale).countries;
        if !method.is_pickup() {
            let to = wish.to.clone().unwrap_or_else(|| countries[0].into());
            if !countries.contains(&to.country) {
                return Err(NotOffered::Elsewhere);
            }
            let charge = method.charge_to(consignment.goods.currency(), &to);
            let (entered, free_from) = (method.charge(consignment, &to)?, charge.and_then(Charge::free_from));
            return Ok(OfferedDelivery { entered, free_from, points: Vec::new(), point: None });
        }
        let points = method.points_for(consignment, countries)?;
        let named = points.iter().find(|(point, _)| Some(point.code.as_str()) == wish.point);
        // Where there is one alone, nobody is asked.
        let chosen = named.or(points.first().filter(|_| points.len() == 1));
        let cheapest = points.iter().min_by_key(|(_, charge)| charge.minor());
        let entered = chosen.or(cheapest).map(|(_, charge)| *charge).ok_or(NotOffered::Elsewhere)?;
        let point = chosen.map(|(point, _)| (*point).clone());
        let points = points.into_iter().map(|(point, _)| point.clone()).collect();
        Ok(OfferedDelivery { entered, free_from: None, points, point })
    }

    /// When a method delivers what is ordered now, by the store's own calendar.
    pub fn arrival(&self, method: &DeliveryMethod) -> (Date, Date) {
        let now = jiff::Timestamp::from_microsecond(self.now().micros()).unwrap_or_default();
        let local = self.settings().time_zone.to_datetime(now);
        self.settings().calendar.arrival(local, method)
    }
}

impl CheckoutQuote {
    /// Where the order goes: to the address that was filled in, or to the pick-up point in the name of whoever fetches
    /// it. `None` for goods that are not sent.
    pub(crate) fn delivery_address(&self, draft: &CheckoutDraft) -> Result<Option<Address>, PayError> {
        let (Some(choice), Some(person)) = (self.choice(), &draft.delivery) else { return Ok(None) };
        match &choice.point {
            Some(point) => Ok(Some(point.address_for(person))),
            None if choice.method.is_pickup() => Err(PayError::Incomplete("point")),
            None => Ok(Some(person.clone())),
        }
    }
}

impl DeliveryChoice {
    /// What an order keeps of it.
    pub(crate) fn sold(&self, languages: &[Language]) -> SoldDelivery {
        let point = self.point.as_ref().map(|point| SoldPoint {
            code: point.code.clone(),
            name: point.name.clone(),
            hours: point.hours.get(languages).to_owned(),
        });
        SoldDelivery {
            method: self.method.code.clone(),
            name: self.method.name.get(languages).to_owned(),
            charge: self.quote.delivery.unwrap_or(Taxed::zero(self.quote.currency)),
            taxes: self.quote.delivery_taxes.clone(),
            discount: self.decisions.shipping_discount(self.quote.currency),
            arrives: self.arrives,
            point,
        }
    }
}

/// Whether a press sends a frozen checkout to where it goes already. Of an address that is fetched from, the name and
/// telephone are the shopper's; the rest is the point's.
pub(crate) fn goes_where_it_did(frozen: &FrozenCheckout, draft: &CheckoutDraft) -> bool {
    let point = frozen.delivery.as_ref().and_then(|delivery| delivery.point.as_ref());
    match (&frozen.delivery_address, &draft.delivery, point) {
        (None, _, _) => true,
        (Some(ours), Some(theirs), Some(point)) => {
            draft.point.as_ref().is_none_or(|code| *code == point.code)
                && (&ours.name, &ours.phone) == (&theirs.name, &theirs.phone)
        }
        (ours, theirs, _) => ours == theirs,
    }
}
