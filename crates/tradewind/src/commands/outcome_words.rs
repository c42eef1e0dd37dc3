//! What offers did to a basket, and why others did nothing, in words.

use commerce::ids::OfferId;
use commerce::money::Money;
use commerce::offer::{Application, Effect, Need, Reason, Taken};

/// Tells of offers by the names that `name` has for them.
pub(super) struct OutcomeWords<'n> {
    pub(super) name: &'n dyn Fn(OfferId) -> String,
}

impl OutcomeWords<'_> {
    /// `A tenth off 2 times: 2.40 off the goods, by TEA`.
    pub(super) fn application(&self, application: &Application) -> String {
        let times = if application.times == 1 { "once".to_owned() } else { format!("{} times", application.times) };
        let off = match application.effect {
            Effect::Basket => "off the goods",
            Effect::Shipping => "off the delivery",
            Effect::AfterOrder => "and something after the order",
        };
        let voucher = application.voucher.as_ref().map_or(String::new(), |code| format!(", by {code}"));
        let (name, amount) = ((self.name)(application.offer), application.discount.to_decimal_string());
        format!("{name} {times}: {amount} {off}{voucher}")
    }

    /// `A tenth off takes 2.40 off 2 units of MUG-1 (line 1)`.
    pub(super) fn taken(&self, taken: &Taken, line: &str) -> String {
        let (name, amount) = ((self.name)(taken.offer), taken.amount.to_decimal_string());
        format!("{name} takes {amount} off {} of {line} (line {})", units(taken.units), taken.line + 1)
    }

    /// What keeps an offer from applying.
    pub(super) fn why_not(&self, reason: &Reason) -> String {
        match reason {
            Reason::Suspended => "it is suspended".to_owned(),
            Reason::NotYet { start } => format!("it starts on {}", start.to_rfc3339()),
            Reason::Ended { end } => format!("it ended on {}", end.to_rfc3339()),
            Reason::OtherCurrency { offer, basket } => format!("its amounts are in {offer}, the basket in {basket}"),
            Reason::UsedUp { limit, used } => format!("used {used} times, of {limit}"),
            Reason::UsedUpByShopper { limit, used } => format!("this shopper used it {used} times, of {limit}"),
            Reason::BudgetSpent { budget } => format!("its budget of {} is spent", shown(*budget)),
            Reason::NeedsVoucher => "it needs a voucher".to_owned(),
            Reason::NeedsGroup { .. } => "it is for other customers".to_owned(),
            Reason::NeedsLink => "it is opened by a link".to_owned(),
            Reason::ConditionNotMet { missing } => format!("{} missing", need(*missing)),
            Reason::UnitsTaken { by, missing } => {
                let missing =
                    missing.map_or(String::new(), |missing| format!(", without which {} missing", need(missing)));
                format!("{} has taken units{missing}", (self.name)(*by))
            }
            Reason::NothingToTakeOff => "there is nothing to take it off".to_owned(),
            Reason::RoundsToNothing => "it comes to less than the smallest unit".to_owned(),
            Reason::NothingToSend => "nothing is sent".to_owned(),
            Reason::DeliveryTaken { by } => format!("{} has changed the delivery already", (self.name)(*by)),
        }
    }
}

fn units(count: u32) -> String {
    if count == 1 { "1 unit".to_owned() } else { format!("{count} units") }
}

fn need(missing: Need) -> String {
    match missing {
        Need::Amount(amount) => format!("goods for {} are", shown(amount)),
        Need::Units(count) if count.get() == 1 => "1 unit is".to_owned(),
        Need::Units(count) => format!("{count} units are"),
        Need::Products(count) if count.get() == 1 => "1 product is".to_owned(),
        Need::Products(count) => format!("{count} products are"),
    }
}

fn shown(amount: Money) -> String {
    format!("{} {}", amount.to_decimal_string(), amount.currency())
}
