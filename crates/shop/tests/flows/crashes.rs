//! Each use case is stopped at each of its steps, and another instance goes on: no order is lost or doubled, no unit and
//! no penny.
//!
//! A step is a statement that was sent or a call to the bank that was made; whether the last one was carried out is open.

use crate::on_both;
use crate::support::bank::{Bank, Call, Fate};
use crate::support::crash::crash_after;
use crate::support::{
    Engine, OpenShop, TestShop, assert_stock_adds_up, basket, draft, level, new_checkout, order, order_of, press,
    product_id, settle_down,
};
use commerce::event::Actor;
use commerce::ids::CheckoutId;
use commerce::order::{FulfilmentStatus, Order, OrderState};
use commerce::payment::PaymentStatus;
use payments::ProviderStatus;
use shop::Shop;
use shop::checkout::{PayRequest, Paying};
use shop::order::MoveError;
use shop::payment::CheckoutState;
use std::sync::Arc;

const HOLD_MS: i64 = 15 * 60_000;
/// A task whose program died comes back after two minutes.
const LOCK_MS: i64 = 121_000;
/// No use case here has more steps.
const STEPS_MAX: u64 = 120;

struct World {
    open: OpenShop,
    bank: Bank,
    /// The instance that goes on after a crash.
    other: Shop,
}

impl World {
    async fn open(engine: Engine) -> Self {
        let bank = Bank::new();
        let gateways = vec![bank.gateway(), Arc::new(payments::Invoice)];
        let shop = TestShop::new().product("mug", 1_000, Some(60)).product("jug", 500, Some(60)).gateways(gateways);
        let open = shop.open(engine).await;
        let other = open.second_instance().await;
        Self { open, bank, other }
    }

    fn request(&self, step: u64, gateway: &str) -> PayRequest {
        let draft = draft(&format!("b{step}@example.org"), gateway);
        let lines = basket(&[("mug", 1), ("jug", 1)]);
        press(&self.open.shop, new_checkout(&self.open.shop), &lines, &draft)
    }

    /// A checkout whose shopper has paid at the bank.
    async fn paid(&self, step: u64) -> CheckoutId {
        let request = self.request(step, "demo");
        self.other.pay(&request).await.unwrap();
        self.bank.approve(request.id);
        request.id
    }

    async fn placed(&self, step: u64) -> CheckoutId {
        let id = self.paid(step).await;
        self.other.settle(id).await.unwrap();
        id
    }

    /// Runs until that step in the first instance; whether it came to its end.
    async fn runs_through<T>(&self, step: u64, work: impl Future<Output = T>) -> bool {
        assert!(step < STEPS_MAX, "it never ends");
        crash_after(&self.open.shop, &self.bank, step, work).await.is_some()
    }

    /// The other instance does what is due by then.
    async fn go_on(&self, after_ms: i64) {
        self.open.shop.clock().advance_ms(after_ms);
        settle_down(&self.other).await;
        assert_stock_adds_up(&self.other).await;
    }

    async fn close(self) {
        self.other.close().await;
        self.open.close().await;
    }
}

/// What was on its way when the program stopped may be carried out as late as now: then the move is refused as made.
fn is_made(moved: Result<Order, MoveError>) {
    assert!(matches!(moved, Ok(_) | Err(MoveError::NotAllowed(_))), "{moved:?}");
}

on_both! {
    async fn a_press_of_pay_that_crashed_is_pressed_again(engine: Engine) {
        let world = World::open(engine).await;
        for step in 1.. {
            let request = world.request(step, "demo");
            let through = world.runs_through(step, world.open.shop.pay(&request)).await;
            assert!(matches!(world.other.pay(&request).await.unwrap(), Paying::Redirect(_)), "step {step}");
            world.bank.approve(request.id);
            assert_eq!(world.other.settle(request.id).await.unwrap(), CheckoutState::Placed(order_of(request.id)));
            world.go_on(LOCK_MS).await;
            assert_eq!(world.bank.sums(request.id), (ProviderStatus::Captured, 1_895, 1_895, 0), "step {step}");
            let sold = i64::try_from(step).unwrap();
            assert_eq!(level(&world.other, "mug").await, (60, 60 - sold, 0, sold), "step {step}");
            if through {
                break;
            }
        }
        world.close().await;
    }

    async fn a_press_of_pay_that_crashed_and_is_not_repeated_leaves_nothing(engine: Engine) {
        let world = World::open(engine).await;
        for step in 1.. {
            let request = world.request(step, "demo");
            let through = world.runs_through(step, world.open.shop.pay(&request)).await;
            world.go_on(HOLD_MS).await;
            assert_eq!(level(&world.other, "mug").await, (60, 60, 0, 0), "step {step}");
            world.bank.approve(request.id);
            let known = world.bank.payments(request.id);
            assert!(known.iter().all(|payment| !payment.is_paid()), "step {step}: nobody can pay any more");
            if through {
                break;
            }
        }
        world.close().await;
    }

    async fn an_invoice_that_crashed_is_an_order_or_nothing(engine: Engine) {
        let world = World::open(engine).await;
        for step in 1.. {
            let request = world.request(step, "invoice");
            let through = world.runs_through(step, world.open.shop.pay(&request)).await;
            if step % 2 == 0 {
                assert_eq!(world.other.pay(&request).await.unwrap(), Paying::Settled(request.id), "step {step}");
                assert!(world.other.db().has_order(order_of(request.id)).await.unwrap(), "step {step}");
            }
            world.go_on(HOLD_MS).await;
            let orders = world.other.list_orders(None, None, 100).await.unwrap();
            let sold = i64::try_from(orders.len()).unwrap();
            assert_eq!(level(&world.other, "mug").await, (60, 60 - sold, 0, sold), "step {step}");
            assert_eq!(world.open.letters().len(), orders.len(), "step {step}: one letter an order");
            if through {
                break;
            }
        }
        world.close().await;
    }

    async fn a_settlement_that_crashed_is_made_up_for(engine: Engine) {
        let world = World::open(engine).await;
        for step in 1.. {
            let id = world.paid(step).await;
            let through = world.runs_through(step, world.open.shop.settle(id)).await;
            world.go_on(HOLD_MS).await;
            assert_eq!(order(&world.other, id).await.payment_status(), PaymentStatus::Paid, "step {step}");
            assert_eq!(world.bank.sums(id), (ProviderStatus::Captured, 1_895, 1_895, 0), "step {step}");
            let sold = i64::try_from(step).unwrap();
            assert_eq!(level(&world.other, "mug").await, (60, 60 - sold, 0, sold), "step {step}");
            assert_eq!(world.open.letters().len(), usize::try_from(step).unwrap(), "one letter an order");
            if through {
                break;
            }
        }
        world.close().await;
    }

    async fn a_release_that_crashed_is_finished_and_the_units_come_back_once(engine: Engine) {
        let world = World::open(engine).await;
        for step in 1.. {
            let request = world.request(step, "demo");
            world.other.pay(&request).await.unwrap();
            world.open.shop.clock().advance_ms(HOLD_MS);
            let through = world.runs_through(step, world.open.shop.sweep()).await;
            world.go_on(LOCK_MS).await;
            assert_eq!(world.bank.sums(request.id).0, ProviderStatus::Expired, "step {step}");
            assert_eq!(level(&world.other, "mug").await, (60, 60, 0, 0), "step {step}");
            if through {
                break;
            }
        }
        world.close().await;
    }

    async fn money_that_goes_back_does_so_once_and_is_told_once(engine: Engine) {
        let world = World::open(engine).await;
        for step in 1.. {
            let request = world.request(step, "demo");
            world.other.pay(&request).await.unwrap();
            world.go_on(HOLD_MS).await;
            world.bank.approve_late(request.id);
            let all = press(&world.other, new_checkout(&world.other), &basket(&[("mug", 60)]), &draft("all@example.org", "demo"));
            world.other.pay(&all).await.unwrap();
            let letters = world.open.letters().len();
            let through = world.runs_through(step, world.open.shop.settle(request.id)).await;
            assert_eq!(world.other.settle(request.id).await.unwrap(), CheckoutState::GivenBack, "step {step}");
            world.go_on(HOLD_MS).await;
            assert_eq!(world.bank.sums(request.id).0, ProviderStatus::Voided, "step {step}");
            assert_eq!(world.open.letters().len(), letters + 1, "step {step}");
            assert_eq!(level(&world.other, "mug").await, (60, 60, 0, 0), "step {step}");
            if through {
                break;
            }
        }
        world.close().await;
    }

    async fn tasks_that_crashed_are_done_once(engine: Engine) {
        let world = World::open(engine).await;
        for step in 1.. {
            let id = world.placed(step).await;
            let through = world.runs_through(step, world.open.shop.drain_outbox()).await;
            world.go_on(LOCK_MS).await;
            assert_eq!(order(&world.other, id).await.payment_status(), PaymentStatus::Paid, "step {step}");
            assert_eq!(world.open.letters().len(), usize::try_from(step).unwrap(), "step {step}");
            let families = world.other.db().load_families(&[product_id("mug")]).await.unwrap();
            assert_eq!(families[0].head.sold, step, "what was sold is counted once");
            if through {
                break;
            }
        }
        world.close().await;
    }

    async fn a_cancellation_that_crashed_is_made_or_not(engine: Engine) {
        let world = World::open(engine).await;
        for step in 1.. {
            let id = world.placed(step).await;
            let through = world.runs_through(step, async {
                world.open.shop.cancel(order_of(id), &Actor::Operator, "").await.unwrap();
                world.open.shop.drain_outbox().await.unwrap();
            }).await;
            if order(&world.other, id).await.state == OrderState::Open {
                is_made(world.other.cancel(order_of(id), &Actor::Operator, "").await);
            }
            world.go_on(LOCK_MS).await;
            let (_, _, captured, refunded) = world.bank.sums(id);
            assert_eq!(captured, refunded, "step {step}");
            let order = order(&world.other, id).await;
            assert!(order.money.is_sound() && order.money.capturable().is_zero(), "step {step}: {:?}", order.money);
            assert_eq!(level(&world.other, "mug").await, (60, 60, 0, 0), "step {step}");
            if through {
                break;
            }
        }
        world.close().await;
    }

    async fn a_parcel_that_crashed_is_sent_or_not(engine: Engine) {
        let world = World::open(engine).await;
        for step in 1.. {
            let id = world.placed(step).await;
            world.go_on(0).await;
            let through = world.runs_through(step, world.open.shop.ship(order_of(id), &[], "T1", &Actor::Operator)).await;
            let order_now = order(&world.other, id).await;
            if order_now.fulfilment_status() == FulfilmentStatus::Unfulfilled {
                is_made(world.other.ship(order_of(id), &[], "T1", &Actor::Operator).await);
            }
            world.go_on(LOCK_MS).await;
            let order = order(&world.other, id).await;
            assert_eq!((order.parcels.len(), order.state), (1, OrderState::Closed), "step {step}");
            let gone = i64::try_from(step).unwrap();
            assert_eq!(level(&world.other, "mug").await, (60 - gone, 60 - gone, 0, 0), "step {step}");
            if through {
                break;
            }
        }
        world.close().await;
    }

    async fn a_refund_that_crashed_is_repeated_as_the_same(engine: Engine) {
        let world = World::open(engine).await;
        for step in 1.. {
            let id = world.placed(step).await;
            world.go_on(0).await;
            let through = world.runs_through(step, world.open.shop.refund(order_of(id), None, &Actor::Operator)).await;
            if order(&world.other, id).await.payment_status() == PaymentStatus::Paid {
                is_made(world.other.refund(order_of(id), None, &Actor::Operator).await);
            }
            world.go_on(LOCK_MS).await;
            assert_eq!(world.bank.sums(id), (ProviderStatus::Captured, 1_895, 1_895, 1_895), "step {step}");
            assert_eq!(order(&world.other, id).await.payment_status(), PaymentStatus::Refunded, "step {step}");
            if through {
                break;
            }
        }
        world.close().await;
    }

    async fn a_capture_whose_answer_was_lost_in_a_crash_is_one_capture(engine: Engine) {
        let world = World::open(engine).await;
        let id = world.placed(1).await;
        world.bank.next(Call::Capture, Fate::AnswerLost);
        let part = crate::support::gbp(500);
        assert!(world.open.shop.capture(order_of(id), Some(part), &Actor::Operator).await.is_err());
        // The task wants all of it: what was taken meanwhile is taken into the ledger first, then the rest is.
        world.go_on(0).await;
        world.go_on(LOCK_MS).await;
        assert_eq!(world.bank.sums(id), (ProviderStatus::Captured, 1_895, 1_895, 0));
        let order = order(&world.other, id).await;
        assert_eq!((order.payment_status(), order.money.captured.minor()), (PaymentStatus::Paid, 1_895));
        world.close().await;
    }
}
