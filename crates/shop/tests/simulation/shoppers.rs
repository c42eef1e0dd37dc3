//! Shoppers and what they know of their checkouts: what a shop has told somebody must stay true.

use crate::acts::{Act, Answer};
use crate::support::order_of;
use commerce::ids::CheckoutId;
use db::DbError;
use payments::ProviderPayment;
use shop::checkout::{PayError, PayRequest, Paying};
use shop::order::MoveError;
use shop::payment::{CheckoutState, SettleError, WebhookRefused};
use shop::stock::StockError;

/// People who shop.
pub(crate) const SHOPPERS: usize = 12;

/// A checkout as its shopper knows it.
#[derive(Clone, Debug)]
pub(crate) struct Checkout {
    pub(crate) id: CheckoutId,
    pub(crate) shopper: usize,
    pub(crate) gateway: String,
    /// Contents with which Pay was pressed.
    pub(crate) requests: Vec<PayRequest>,
    /// Which of them the shop took.
    pub(crate) taken: Option<usize>,
    /// Where the shopper was sent to pay.
    pub(crate) page: Option<String>,
    /// The shop said that there is an order.
    pub(crate) is_placed: bool,
    /// The shop said that the money goes back.
    pub(crate) goes_back: bool,
    /// The bank named an amount that nobody asked for.
    pub(crate) is_mistaken: bool,
    /// What the bank has to tell of it.
    pub(crate) events: Vec<String>,
    /// So long ago that nobody comes back to it.
    pub(crate) is_old: bool,
}

impl Checkout {
    pub(crate) fn new(request: PayRequest, shopper: usize) -> Self {
        Self {
            id: request.id,
            shopper,
            gateway: request.draft.gateway.clone().unwrap_or_default(),
            requests: vec![request],
            taken: None,
            page: None,
            is_placed: false,
            goes_back: false,
            is_mistaken: false,
            events: Vec::new(),
            is_old: false,
        }
    }

    /// Notes whether the bank takes another amount for what was asked.
    pub(crate) fn see_amount(&mut self, at_banks: &[ProviderPayment]) {
        let asked = |payment: &ProviderPayment| self.requests.iter().any(|one| one.amount_shown == payment.amount);
        self.is_mistaken |= !at_banks.iter().all(asked);
    }

    /// Holds an answer against what was said before, and keeps it. `before` is how the checkout was known before anything
    /// of the scene was done: of answers that cross each other the older may be told last.
    pub(crate) fn hear(&mut self, before: &Self, act: &Act, answer: &Answer, database_fails: bool) {
        check_error(answer, database_fails);
        match (act, answer) {
            (Act::Press(request), Answer::Paid(paid)) => self.hear_paid(request, paid),
            (_, Answer::Settled(Ok(state))) => self.hear_settled(before, state),
            (Act::AtBank(_), Answer::AtBank(true)) => {
                self.events.push(format!("event-{}-{}", self.id, self.events.len()));
            }
            (_, Answer::Moved(Ok(order))) => {
                assert!(order.money.is_sound(), "{:?}", order.money);
                assert_eq!(order.id, order_of(self.id));
                self.is_placed = true;
            }
            _ => {}
        }
    }

    fn hear_paid(&mut self, request: &PayRequest, paid: &Result<Paying, PayError>) {
        let place = self.requests.iter().position(|pressed| same(pressed, request)).expect("it was noted");
        match paid {
            Ok(taken) => {
                let before = *self.taken.get_or_insert(place);
                assert_eq!(before, place, "two contents were taken under one id");
                if let Paying::Redirect(page) = taken {
                    let first = self.page.get_or_insert_with(|| page.clone());
                    assert_eq!(first, page, "one checkout has two pages");
                }
            }
            Err(PayError::OtherContent) => assert!(self.requests.len() > 1, "there is no other content"),
            Err(
                PayError::Changed { .. }
                | PayError::PriceChanged { .. }
                | PayError::OutOfStock { .. }
                | PayError::InSomebodysCheckout { .. }
                | PayError::TooManyHolds
                | PayError::Gateway
                | PayError::Db(_),
            ) => {}
            Err(error) => panic!("nobody can do anything about that: {error:?}"),
        }
    }

    fn hear_settled(&mut self, before: &Self, state: &CheckoutState) {
        match state {
            CheckoutState::Placed(order) => {
                assert_eq!(*order, order_of(self.id));
                assert!(!self.goes_back, "an order on money that goes back");
                self.is_placed = true;
            }
            CheckoutState::GivenBack => {
                assert!(!self.is_placed, "the money of an order goes back");
                self.goes_back = true;
            }
            CheckoutState::InReview => assert!(self.is_mistaken, "a person looks at what is right"),
            CheckoutState::Unknown => {
                assert!(before.is_old || (before.taken.is_none() && !before.is_placed), "a checkout was forgotten");
            }
            CheckoutState::Waiting { .. } | CheckoutState::Failed { .. } => {
                assert!(!before.is_placed, "an order is not there any more: {state:?}");
            }
        }
    }
}

fn same(one: &PayRequest, other: &PayRequest) -> bool {
    one.basket.lines() == other.basket.lines() && one.amount_shown == other.amount_shown
}

/// Nobody hears of a conflict, and of a fault of the database only if there is one.
fn check_error(answer: &Answer, database_fails: bool) {
    let error = match answer {
        Answer::Paid(Err(PayError::Db(error)))
        | Answer::Settled(Err(SettleError::Db(error)))
        | Answer::Hooked(Err(WebhookRefused::Settle(SettleError::Db(error))))
        | Answer::Moved(Err(MoveError::Db(error)))
        | Answer::Noted(Err(MoveError::Db(error)))
        | Answer::Counted(Err(StockError::Db(error)))
        | Answer::Written(Err(error)) => error,
        Answer::Worked(Err(error)) => match error.downcast_ref::<DbError>() {
            Some(error) => error,
            None => return,
        },
        _ => return,
    };
    let expected = database_fails && matches!(error, DbError::Unavailable(_));
    assert!(expected, "the database has no fault, or another one: {error:?}");
}
