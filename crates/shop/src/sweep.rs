//! The sweep: what nobody comes back for is taken back, and every payment that is due is asked about.

use crate::payment::{CheckoutState, SettleError};
use crate::shop::Shop;
use commerce::moment::Moment;
use db::DbError;
use db::checkouts::{Hold, HoldState};
use db::payments::PaymentRow;
use futures_util::future::join_all;
use std::collections::BTreeMap;
use std::sync::{Mutex, PoisonError};

/// A payment that is not final is asked about again after so long, in milliseconds.
pub(crate) const ASK_AGAIN_MS: i64 = 24 * 3_600 * 1_000;
/// A payment or a hold whose gateway did not answer is taken up again after so long, in milliseconds.
const GATEWAY_REST_MS: i64 = 60_000;
/// A gateway that did not answer so often is left alone until the next sweep: each silence costs a deadline.
const GATEWAY_SILENCES_MAX: usize = 3;
/// Lists of holds, and of payments, that one sweep goes through.
const SWEEP_ROUNDS_MAX: usize = 64;

/// What became of a hold that was to be released.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub(crate) enum Released {
    /// Its units are back, or somebody else sees to it.
    Done,
    /// Its payment was made after all: the units are sold.
    Sold,
    /// The gateway could not be told. The units stay on their way back until it is.
    NotYet,
}

/// How often each gateway did not answer in one sweep. One that is silent keeps nobody from goods that were to be
/// paid at another.
#[derive(Default)]
struct Silences(Mutex<BTreeMap<String, usize>>);

impl Silences {
    fn count(&self, gateway: &str) {
        *self.0.lock().unwrap_or_else(PoisonError::into_inner).entry(gateway.to_owned()).or_default() += 1;
    }

    fn are_too_many(&self, gateway: &str) -> bool {
        let counted = self.0.lock().unwrap_or_else(PoisonError::into_inner);
        counted.get(gateway).is_some_and(|silences| *silences >= GATEWAY_SILENCES_MAX)
    }
}

impl Shop {
    /// Takes back every hold whose time is over, and asks about every payment that is due for it: several at once,
    /// since a slow gateway would hold up all that come behind. Gives the numbers of both.
    pub async fn sweep(&self) -> Result<(usize, usize), DbError> {
        let (now, at_once, silences) = (self.now(), self.settings().payments_at_once, Silences::default());
        let (mut released, mut asked) = (0, 0);
        for _ in 0..SWEEP_ROUNDS_MAX {
            let holds = self.db().list_expired_holds(now).await?;
            for some in holds.chunks(at_once) {
                // A closure over borrowed rows would make the whole sweep bound to this thread.
                let mut releasing = Vec::with_capacity(some.len());
                for hold in some {
                    releasing.push(self.release_or_rest(*hold, &silences));
                }
                join_all(releasing).await.into_iter().collect::<Result<(), _>>()?;
            }
            released += holds.len();
            if holds.len() < db::checkouts::EXPIRED_HOLDS_MAX {
                break;
            }
        }
        for _ in 0..SWEEP_ROUNDS_MAX {
            let payments = self.db().list_payments_to_ask(now).await?;
            for some in payments.chunks(at_once) {
                let mut asking = Vec::with_capacity(some.len());
                for payment in some {
                    asking.push(self.ask_about(payment, now, &silences));
                }
                join_all(asking).await.into_iter().collect::<Result<(), _>>()?;
            }
            asked += payments.len();
            if payments.len() < db::payments::SWEEP_MAX {
                break;
            }
        }
        Ok((released, asked))
    }

    /// Releases a hold; one that cannot be released now (its gateway is silent, its row is damaged) keeps no others
    /// from it.
    async fn release_or_rest(&self, hold: Hold, silences: &Silences) -> Result<(), DbError> {
        let payments = self.db().list_payments(hold.checkout).await?;
        let gateway = payments.last().map_or("", |payment| payment.gateway.as_str());
        if silences.are_too_many(gateway) {
            self.begin_release(&hold).await?;
            return self.db().postpone_release(hold.id, self.now().plus_ms(GATEWAY_REST_MS)).await;
        }
        match self.release(hold).await {
            Ok(Released::NotYet) => silences.count(gateway),
            Ok(Released::Done | Released::Sold) => {}
            Err(error) if !error.is_passing() => {
                tracing::error!(%error, hold = %hold.id, "a hold could not be released");
                self.db().postpone_release(hold.id, self.now().plus_ms(ASK_AGAIN_MS)).await?;
            }
            Err(error) => return Err(error),
        }
        Ok(())
    }

    /// Settles a payment whose time has come, and says when it is asked about next.
    async fn ask_about(&self, payment: &PaymentRow, now: Moment, silences: &Silences) -> Result<(), DbError> {
        if silences.are_too_many(&payment.gateway) {
            return self.db().ask_payment_next(payment, Some(now.plus_ms(GATEWAY_REST_MS)), now).await;
        }
        let hold_ends = payment.created_at.plus_ms(self.settings().hold_ms);
        let settled = match self.settle(payment.checkout).await {
            // Goods that nobody counts have no hold whose end would close the payment.
            Ok(CheckoutState::Waiting { .. }) if hold_ends <= now => {
                self.tell_gateway(payment.checkout).await.map(|_| ())
            }
            Ok(CheckoutState::Placed(order)) => self.follow_payment(order).await,
            settled => settled.map(|_| ()),
        };
        let settles = settled.is_ok();
        let next = match settled {
            Ok(()) if hold_ends > now => hold_ends,
            Ok(()) => now.plus_ms(ASK_AGAIN_MS),
            Err(SettleError::Db(error)) if error.is_passing() => return Err(error),
            Err(SettleError::Db(error)) => {
                tracing::error!(%error, payment = %payment.id, "a payment could not be settled");
                now.plus_ms(ASK_AGAIN_MS)
            }
            Err(error) => {
                tracing::warn!(%error, payment = %payment.id, "a payment could not be asked about");
                silences.count(&payment.gateway);
                now.plus_ms(GATEWAY_REST_MS)
            }
        };
        match self.db().find_payment(payment.id).await? {
            // What somebody else wants asked meanwhile stays to be asked.
            Some(left) if left.ask_at == payment.ask_at => {
                let next = (!settles || !left.state.is_final()).then_some(next);
                self.db().ask_payment_next(&left, next, now).await?;
            }
            _ => {}
        }
        Ok(())
    }

    /// Releases a hold: takes it out of reach, tells the gateway that nobody may pay any more, and puts the units
    /// back. If the gateway says *paid*, the order is placed instead.
    pub(crate) async fn release(&self, hold: Hold) -> Result<Released, DbError> {
        if !self.begin_release(&hold).await? {
            return Ok(Released::Done);
        }
        match self.tell_gateway(hold.checkout).await {
            Ok(true) => self.put_back(&hold).await.map(|()| Released::Done),
            Ok(false) => Ok(Released::Sold),
            Err(SettleError::Db(error)) => Err(error),
            Err(error) => {
                // It stays on its way back; a later sweep tells the gateway again.
                tracing::warn!(%error, checkout = %hold.checkout, "the gateway could not be told that a checkout is over");
                self.db().postpone_release(hold.id, self.now().plus_ms(GATEWAY_REST_MS)).await?;
                Ok(Released::NotYet)
            }
        }
    }

    /// Takes a hold out of reach; `false` if somebody else sees to it.
    async fn begin_release(&self, hold: &Hold) -> Result<bool, DbError> {
        if hold.state != HoldState::Held {
            return Ok(true);
        }
        self.db()
            .retry(|| async {
                let mut tx = self.db().begin().await?;
                let begun = tx.begin_release(hold.id).await?;
                tx.commit().await?;
                Ok(begun)
            })
            .await
    }

    pub(crate) async fn put_back(&self, hold: &Hold) -> Result<(), DbError> {
        let put = self.db().retry(|| async {
            let mut tx = self.db().begin().await?;
            if hold.state == HoldState::Held {
                tx.begin_release(hold.id).await?;
            }
            let put = tx.end_release(hold.id, self.now()).await?;
            if put {
                tx.enqueue(&self.task("stock_of_checkout", hold.checkout, ""), self.now(), self.now()).await?;
            }
            tx.commit().await?;
            Ok::<bool, DbError>(put)
        });
        if put.await? {
            self.ring_outbox();
        }
        Ok(())
    }
}
