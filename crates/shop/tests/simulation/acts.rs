//! What shoppers, staff, banks and background work do, each on one instance of the store.

use crate::shoppers::Checkout;
use crate::stage::Point;
use crate::support::bank::Bank;
use crate::support::{catalogue, order_of, product_id, record_id};
use crate::till::webhook_body;
use crate::world::World;
use commerce::event::Actor;
use commerce::money::Money;
use commerce::order::Order;
use db::DbError;
use db::stock::StockLevel;
use http::HeaderMap;
use payments::ProviderStatus;
use shop::Shop;
use shop::catalogue::Showing;
use shop::checkout::{PayError, PayRequest, Paying};
use shop::order::{MoveError, Withdrawal};
use shop::payment::{CheckoutState, SettleError, WebhookRefused};
use shop::stock::{StockChange, StockError};

/// What somebody does.
#[derive(Clone, Debug)]
pub(crate) enum Act {
    /// Presses Pay.
    Press(Box<PayRequest>),
    /// Does something on the bank's page.
    AtBank(Deed),
    /// Comes back from the bank.
    ComeBack,
    /// The bank tells of something.
    Webhook {
        event: String,
        by_our_name: bool,
    },
    /// Leaves the checkout for another.
    Abandon,
    /// A customer cancels, or withdraws.
    CancelOwn,
    Withdraw,
    /// Staff send a parcel: units of a line, or everything.
    Ship(Option<(usize, u32)>),
    Capture(Option<i64>),
    Refund(Option<i64>),
    Cancel,
    Note,
    /// Staff count an article anew.
    Count(&'static str, StockChange),
    /// Staff change a price.
    Reprice(&'static str, i64),
    Sweep,
    Tasks,
    ClearAway,
}

/// What a shopper does on the bank's page, or the bank by itself.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub(crate) enum Deed {
    Approve,
    Decline,
    GiveUp,
    /// Pays what is over.
    ApproveLate,
    /// The bank takes another amount for what was asked.
    MistakeAmount,
}

/// What came of it.
#[derive(Debug)]
pub(crate) enum Answer {
    Paid(Result<Paying, PayError>),
    Settled(Result<CheckoutState, SettleError>),
    Hooked(Result<(), WebhookRefused>),
    Moved(Result<Box<Order>, MoveError>),
    Noted(Result<(), MoveError>),
    Counted(Result<StockLevel, StockError>),
    Written(Result<(), DbError>),
    Worked(anyhow::Result<()>),
    /// Whether anything changed at the bank.
    AtBank(bool),
}

/// Does it.
pub(crate) async fn perform(world: &World, instance: usize, checkout: &Checkout, act: &Act) -> Answer {
    let shop = &world.instances[instance].shop;
    match act {
        Act::Press(request) => Answer::Paid(shop.pay(request).await),
        Act::AtBank(deed) => {
            world.stage.stand(Point::Shopper).await;
            Answer::AtBank(at_bank(world, checkout, *deed))
        }
        Act::ComeBack => Answer::Settled(shop.settle(checkout.id).await),
        Act::Webhook { event, by_our_name } => {
            let body = webhook_body(event, checkout.id, *by_our_name);
            Answer::Hooked(shop.webhook(&checkout.gateway, &HeaderMap::new(), body.as_bytes()).await)
        }
        Act::Abandon => Answer::Settled(shop.abandon(checkout.id).await.map_err(Into::into)),
        Act::Sweep => Answer::Worked(shop.sweep().await.map(drop).map_err(Into::into)),
        Act::Tasks => Answer::Worked(shop.work_outbox().await.map(drop)),
        Act::ClearAway => Answer::Worked(shop.clear_away().await),
        Act::Count(sku, change) => {
            let changed = shop.change_stock(product_id(sku), record_id(sku), *change, "counted", &Actor::Operator);
            Answer::Counted(changed.await)
        }
        Act::Reprice(sku, pence) => {
            let (_, entries) = catalogue(&[((*sku).to_owned(), *pence, Some(0))]);
            Answer::Written(shop.put_products(&entries, &Actor::Operator, Showing::Soon).await)
        }
        Act::Note => Answer::Noted(shop.note(order_of(checkout.id), "called", &Actor::Operator).await),
        _ => Answer::Moved(move_order(shop, checkout, act).await.map(Box::new)),
    }
}

async fn move_order(shop: &Shop, checkout: &Checkout, act: &Act) -> Result<Order, MoveError> {
    let (id, staff) = (order_of(checkout.id), Actor::Operator);
    let amount = |pence: &Option<i64>| pence.map(crate::support::gbp);
    match act {
        Act::Ship(units) => {
            let units: Vec<(usize, u32)> = units.iter().copied().collect();
            shop.ship(id, &units, "T1", &staff).await
        }
        Act::Capture(pence) => shop.capture(id, amount(pence), &staff).await,
        Act::Refund(pence) => shop.refund(id, amount(pence), &staff).await,
        Act::Cancel => shop.cancel(id, &staff, "").await,
        Act::CancelOwn => shop.cancel_by_customer(id).await,
        Act::Withdraw => {
            let declared = Withdrawal { name: "Ann Ash".into(), email: "ann@example.org".into(), units: vec![(0, 1)] };
            shop.withdraw(id, &declared, &Actor::Visitor).await
        }
        other => panic!("{other:?} moves no order"),
    }
}

/// Whether anything changed.
fn at_bank(world: &World, checkout: &Checkout, deed: Deed) -> bool {
    use ProviderStatus::{Approved, Cancelled, Declined, Expired, Open};
    let Some((manner, bank)) = world.bank(&checkout.gateway) else { return false };
    let before = bank.payments(checkout.id);
    let Some(payment) = before.first() else { return false };
    let is_over = matches!(payment.status, Expired | Cancelled | Declined { .. });
    match deed {
        // Nobody can agree to what they were not led to.
        Deed::Approve if manner.is_confirmed && checkout.page.is_none() => {}
        Deed::Approve if manner.is_confirmed => set_open(bank, checkout, Approved),
        Deed::Approve => bank.approve(checkout.id),
        Deed::Decline => bank.decline(checkout.id),
        Deed::GiveUp => set_open(bank, checkout, Cancelled),
        Deed::ApproveLate if is_over && !manner.is_confirmed => bank.approve_late(checkout.id),
        Deed::ApproveLate => {}
        Deed::MistakeAmount => bank.change(checkout.id, |payment| {
            if payment.status == Open {
                payment.amount = Money::from_minor(payment.amount.minor() + 1, payment.amount.currency());
            }
        }),
    }
    before != bank.payments(checkout.id)
}

fn set_open(bank: &Bank, checkout: &Checkout, status: ProviderStatus) {
    bank.change(checkout.id, |payment| {
        if payment.status == ProviderStatus::Open {
            payment.status = status.clone();
        }
    });
}

impl Act {
    /// In one line.
    pub(crate) fn words(&self) -> String {
        let Self::Press(request) = self else { return format!("{self:?}") };
        let lines = request.basket.lines().iter();
        let wanted: Vec<String> = lines.map(|line| format!("{}x{}", line.quantity.get(), line.product)).collect();
        let gateway = request.draft.gateway.as_deref().unwrap_or_default();
        format!("Press {} by {gateway}: {}", request.amount_shown.minor(), wanted.join(" "))
    }
}

impl Answer {
    /// In one line.
    pub(crate) fn words(&self) -> String {
        match self {
            Self::Moved(Ok(order)) => {
                let (payment, fulfilment) = (order.payment_status(), order.fulfilment_status());
                format!("{:?}, {payment:?}, {fulfilment:?}", order.state)
            }
            Self::Moved(Err(error)) | Self::Noted(Err(error)) => format!("{error}"),
            Self::Worked(Err(error)) => format!("{error:#}"),
            other => format!("{other:?}"),
        }
    }
}
