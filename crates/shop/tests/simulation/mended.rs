//! What the simulation has found, each fault as a test of its own.

use crate::on_both;
use crate::stage::{Director, Fate, Player, Point, Stage, play};
use crate::support::bank::{Bank, Call};
use crate::support::{
    Engine, OpenShop, TestShop, basket, draft, gbp, level, locale, new_checkout, order, order_of, press, product_id,
    record_id, settle_down,
};
use crate::till::{Deadlines, Manner, ONE_CAPTURE, PLAIN, Till};
use commerce::availability::Availability;
use commerce::event::Actor;
use commerce::ids::CheckoutId;
use commerce::money::Money;
use commerce::payment::{PaymentState, PaymentStatus};
use db::faults::Step;
use payments::ProviderStatus;
use shop::Shop;
use shop::checkout::{PayError, PayRequest, Paying};
use shop::offered::Buyer;
use shop::order::MoveError;
use shop::payment::CheckoutState;
use shop::stock::StockChange;
use std::pin::Pin;
use std::sync::Arc;

const HOLD_MS: i64 = 15 * 60_000;
const SOON_MS: i64 = 61_000;

/// A store with a few mugs, each of whose steps is one of the stage.
struct World {
    open: OpenShop,
    bank: Bank,
    stage: Stage,
}

impl World {
    async fn open(engine: Engine, mugs: i64) -> Self {
        Self::open_with(engine, mugs, PLAIN).await
    }

    async fn open_with(engine: Engine, mugs: i64, manner: Manner) -> Self {
        let (bank, stage) = (Bank::new(), Stage::default());
        let manner = Manner { code: PLAIN.code, ..manner };
        let gateways = vec![Till::gateway(manner, &bank, &stage, &Deadlines::default()), Arc::new(payments::Invoice)];
        let open = TestShop::new().product("mug", 1_000, Some(mugs)).gateways(gateways).open(engine).await;
        open.shop.db().set_faults(Arc::new(stage.clone()));
        Self { open, bank, stage }
    }

    fn shop(&self) -> &Shop {
        &self.open.shop
    }

    fn request(&self, mugs: u32) -> PayRequest {
        press(self.shop(), new_checkout(self.shop()), &basket(&[("mug", mugs)]), &draft("ann@example.org", "demo"))
    }

    async fn held(&self, mugs: u32) -> CheckoutId {
        let request = self.request(mugs);
        assert!(matches!(self.shop().pay(&request).await.unwrap(), Paying::Redirect(_)));
        request.id
    }

    async fn placed(&self, mugs: u32) -> CheckoutId {
        let id = self.held(mugs).await;
        self.bank.approve(id);
        assert_eq!(self.shop().settle(id).await.unwrap(), CheckoutState::Placed(order_of(id)));
        id
    }

    async fn later(&self, ms: i64) {
        self.shop().clock().advance_ms(ms);
        settle_down(self.shop()).await;
    }

    async fn change_stock(&self, change: StockChange) {
        let changed =
            self.shop().change_stock(product_id("mug"), record_id("mug"), change, "counted", &Actor::Operator);
        changed.await.unwrap();
    }

    /// What pages say of the mug.
    async fn said(&self) -> Availability {
        self.later(1).await;
        let view = self.shop().snapshots().look(self.shop().now()).await.view;
        let basket = basket(&[("mug", 1)]);
        let priced = self.shop().price_basket(&view, &basket, locale(), Buyer::default()).await.unwrap();
        priced.lines[0].sold.as_ref().unwrap().availability
    }

    /// The first goes on until it stands there; then the others to their ends; then that step has its fate.
    async fn lead<T>(&self, until: impl Fn(Point) -> bool, fate: Fate, works: Vec<Work<'_, T>>) -> Vec<T> {
        let players = works.into_iter().enumerate().map(|(instance, work)| Player { instance, work }).collect();
        let mut director = Overtaking { until, fate };
        play(&self.stage, players, None, &mut director).await.into_iter().flatten().collect()
    }
}

type Work<'w, T> = Pin<Box<dyn Future<Output = T> + 'w>>;

struct Overtaking<U> {
    until: U,
    fate: Fate,
}

impl<U: Fn(Point) -> bool> Director for Overtaking<U> {
    fn choose(&mut self, ready: &[(usize, Point)]) -> usize {
        let stands = ready.iter().any(|(player, point)| *player == 0 && (self.until)(*point));
        let overtaking = ready.iter().find(|(player, _)| stands && *player > 0);
        overtaking.unwrap_or(&ready[0]).0
    }

    fn fate(&mut self, player: usize, point: Point) -> Fate {
        if player == 0 && (self.until)(point) { self.fate } else { Fate::Works }
    }

    fn dies(&mut self) -> Option<usize> {
        None
    }
}

on_both! {
    async fn a_payment_that_waits_for_a_person_is_closed_with_its_hold(engine: Engine) {
        let world = World::open(engine, 5).await;
        let id = world.held(2).await;
        world.bank.change(id, |payment| payment.amount = Money::from_minor(1, payment.amount.currency()));
        assert_eq!(world.shop().settle(id).await.unwrap(), CheckoutState::InReview);
        world.later(HOLD_MS).await;
        assert_eq!(world.bank.sums(id).0, ProviderStatus::Expired, "or it could be paid for ever");
        assert_eq!(level(world.shop(), "mug").await, (5, 5, 0, 0));
        world.open.close().await;
    }

    async fn two_who_take_the_same_money_are_not_in_each_others_way(engine: Engine) {
        let world = World::open(engine, 5).await;
        let id = order_of(world.placed(1).await);
        let capture = || -> Work<'_, _> { Box::pin(world.shop().capture(id, None, &Actor::Operator)) };
        let taken = world.lead(|point| point == Point::Answer(Call::Capture), Fate::Works, vec![capture(), capture()]).await;
        for order in taken {
            assert_eq!(order.unwrap().payment_status(), PaymentStatus::Paid);
        }
        world.open.close().await;
    }

    async fn what_was_held_and_is_sold_is_sold_out(engine: Engine) {
        let world = World::open(engine, 2).await;
        let id = world.held(2).await;
        assert_eq!(world.said().await, Availability::FewLeft, "it may come back");
        world.bank.approve(id);
        world.shop().settle(id).await.unwrap();
        assert_eq!(world.said().await, Availability::SoldOut);
        world.open.close().await;
    }

    async fn what_is_not_counted_any_more_is_there_whoever_gives_units_back(engine: Engine) {
        let world = World::open(engine, 2).await;
        world.held(2).await;
        world.change_stock(StockChange::Uncounted).await;
        assert_eq!(world.said().await, Availability::Available);
        world.later(HOLD_MS).await;
        assert_eq!(world.said().await, Availability::Available);
        world.open.close().await;
    }

    async fn what_is_not_counted_any_more_is_sold_with_its_units(engine: Engine) {
        let world = World::open(engine, 2).await;
        let id = world.held(2).await;
        world.later(HOLD_MS).await;
        world.change_stock(StockChange::Uncounted).await;
        world.bank.approve_late(id);
        assert_eq!(world.shop().settle(id).await.unwrap(), CheckoutState::Placed(order_of(id)));
        settle_down(world.shop()).await;
        assert_eq!(world.shop().db().check_data().await.unwrap(), []);
        world.change_stock(StockChange::Set(10)).await;
        assert_eq!(level(world.shop(), "mug").await, (10, 8, 0, 2), "they are still in the house");
        world.shop().ship(order_of(id), &[], "", &Actor::Operator).await.unwrap();
        assert_eq!(level(world.shop(), "mug").await, (8, 8, 0, 0));
        world.open.close().await;
    }

    async fn who_presses_again_when_the_time_is_over_is_not_sent_to_pay(engine: Engine) {
        let world = World::open(engine, 5).await;
        let request = world.request(1);
        let pressed = world.lead(|point| point == Point::Call(Call::Start), Fate::Lost, vec![Box::pin(world.shop().pay(&request))]).await;
        assert!(matches!(pressed.as_slice(), [Err(PayError::Gateway)]));
        world.shop().clock().advance_ms(HOLD_MS);
        assert_eq!(world.shop().pay(&request).await.unwrap(), Paying::Settled(request.id));
        assert_eq!(world.bank.payments(request.id), [], "the bank has heard of nothing");
        world.open.close().await;
    }

    async fn nobody_gets_to_know_the_page_of_a_payment_that_ended_meanwhile(engine: Engine) {
        let world = World::open(engine, 5).await;
        let request = world.request(1);
        let press: Work<'_, _> = Box::pin(async { Some(world.shop().pay(&request).await) });
        let leave: Work<'_, _> = Box::pin(async {
            world.shop().abandon(request.id).await.unwrap();
            None
        });
        let done = world.lead(|point| point == Point::Call(Call::Start), Fate::Works, vec![press, leave]).await;
        assert!(matches!(done.as_slice(), [Some(Ok(Paying::Settled(_))), None]), "{done:?}");
        assert_eq!(level(world.shop(), "mug").await, (5, 5, 0, 0));
        world.open.close().await;
    }

    async fn an_order_on_invoice_stands_whoever_leaves_its_checkout_meanwhile(engine: Engine) {
        let world = World::open(engine, 5).await;
        let later = draft("ann@example.org", "invoice");
        let request = press(world.shop(), new_checkout(world.shop()), &basket(&[("mug", 2)]), &later);
        let press: Work<'_, _> = Box::pin(world.shop().pay(&request));
        let writes = |point| matches!(point, Point::Statement(Step::Write(_)));
        assert!(world.lead(writes, Fate::Lost, vec![press]).await[0].is_err(), "it is held, and not placed yet");
        let leave: Work<'_, _> = Box::pin(async {
            world.shop().abandon(request.id).await.unwrap();
            None
        });
        let come_back: Work<'_, _> = Box::pin(async { Some(world.shop().settle(request.id).await.unwrap()) });
        // Whoever leaves has begun the release, and looks how the payment stands, for the last time.
        let looks = |point| matches!(point, Point::Statement(Step::Read(sql)) if sql.contains("FROM payments WHERE id"));
        let done = world.lead(looks, Fate::Works, vec![leave, come_back]).await;
        assert_eq!(done, [None, Some(CheckoutState::Placed(order_of(request.id)))]);
        assert_eq!(world.shop().db().list_payments(request.id).await.unwrap()[0].state, PaymentState::Due);
        assert_eq!(level(world.shop(), "mug").await, (5, 3, 0, 2));
        world.open.close().await;
    }

    async fn what_a_gateway_lets_go_is_not_asked_for_again_and_again(engine: Engine) {
        let world = World::open_with(engine, 5, ONE_CAPTURE).await;
        let id = world.placed(1).await;
        let part: Work<'_, _> = Box::pin(world.shop().capture(order_of(id), Some(gbp(500)), &Actor::Operator));
        let captured = world.lead(|point| point == Point::Call(Call::Capture), Fate::AnswerLost, vec![part]).await;
        assert!(matches!(captured.as_slice(), [Err(MoveError::Gateway(_))]), "{captured:?}");
        for _ in 0..2 {
            world.later(SOON_MS).await;
        }
        let order = order(world.shop(), id).await;
        assert_eq!((order.money.captured, order.money.capturable()), (gbp(500), gbp(0)));
        assert_eq!(world.shop().db().list_waiting_tasks().await.unwrap(), []);
        world.open.close().await;
    }

    async fn a_refund_whose_answer_was_lost_is_known_soon(engine: Engine) {
        for fate in [Fate::AnswerLost, Fate::Lost] {
            let world = World::open(engine, 5).await;
            let id = world.placed(1).await;
            settle_down(world.shop()).await;
            let refund: Work<'_, _> = Box::pin(world.shop().refund(order_of(id), None, &Actor::Operator));
            let refunded = world.lead(|point| point == Point::Call(Call::Refund), fate, vec![refund]).await;
            assert!(matches!(refunded.as_slice(), [Err(MoveError::Gateway(_))]), "{refunded:?}");
            world.later(SOON_MS).await;
            let (want, letters) = if fate == Fate::Lost { (PaymentStatus::Paid, 1) } else { (PaymentStatus::Refunded, 2) };
            assert_eq!(order(world.shop(), id).await.payment_status(), want);
            assert_eq!(world.open.letters().len(), letters);
            assert_eq!(world.shop().db().list_payments(id).await.unwrap()[0].ask_at, None, "nothing more is asked");
            world.open.close().await;
        }
    }
}
