//! A store beside a bank in memory, with orders to move.

use super::bank::Bank;
use super::{Engine, OpenShop, TestShop, basket, draft, level, new_checkout, order_of, press, settle_down};
use commerce::event::{Actor, Subject};
use commerce::ids::{CheckoutId, OrderId, StaffId, derived_uuid};
use commerce::order::Order;
use db::orders::WithdrawalRow;
use shop::Shop;
use shop::payment::CheckoutState;
use std::sync::Arc;

/// What a mug costs, a jug, and to send them, in pence.
pub const MUG: i64 = 1_000;
pub const JUG: i64 = 500;
pub const POST: i64 = 395;

pub struct Sold {
    pub open: OpenShop,
    pub bank: Bank,
}

impl Sold {
    /// A store with 60 mugs and 60 jugs.
    pub async fn open(engine: Engine) -> Self {
        Self::with_conflicts(engine, 0).await
    }

    /// The same, where so many of a thousand transactions fail.
    pub async fn with_conflicts(engine: Engine, conflicts_per_mille: u64) -> Self {
        let bank = Bank::new();
        let gateways = vec![bank.gateway(), Arc::new(payments::Invoice)];
        let store = TestShop::new().product("mug", MUG, Some(60)).product("jug", JUG, Some(60)).gateways(gateways);
        let open = store.conflicts_per_mille(conflicts_per_mille).open(engine).await;
        Self { open, bank }
    }

    pub fn shop(&self) -> &Shop {
        &self.open.shop
    }

    /// An order whose tasks wait: its money is set aside at the bank.
    pub async fn placed(&self, lines: &[(&str, u32)]) -> OrderId {
        let request = press(self.shop(), new_checkout(self.shop()), &basket(lines), &self.draft("demo"));
        self.shop().pay(&request).await.unwrap();
        self.bank.approve(request.id);
        let state = self.shop().settle(request.id).await.unwrap();
        assert_eq!(state, CheckoutState::Placed(order_of(request.id)));
        order_of(request.id)
    }

    /// An order whose tasks are done: its money was taken.
    pub async fn paid(&self, lines: &[(&str, u32)]) -> OrderId {
        let id = self.placed(lines).await;
        settle_down(self.shop()).await;
        id
    }

    /// An order that is to be paid later, its tasks done.
    pub async fn invoiced(&self, lines: &[(&str, u32)]) -> OrderId {
        let request = press(self.shop(), new_checkout(self.shop()), &basket(lines), &self.draft("invoice"));
        self.shop().pay(&request).await.unwrap();
        settle_down(self.shop()).await;
        order_of(request.id)
    }

    /// Everybody is somebody else: one person holds few checkouts at once.
    fn draft(&self, gateway: &str) -> commerce::checkout::CheckoutDraft {
        draft(&format!("b{}@example.org", self.shop().chance().number()), gateway)
    }

    pub async fn order(&self, id: OrderId) -> Order {
        self.shop().find_order(id).await.unwrap().expect("the order was placed")
    }

    /// Mugs and jugs: on hand, free, held, claimed.
    pub async fn levels(&self) -> ((i64, i64, i64, i64), (i64, i64, i64, i64)) {
        (level(self.shop(), "mug").await, level(self.shop(), "jug").await)
    }

    /// What the bank took and gave back for an order.
    pub fn moved(&self, id: OrderId) -> (i64, i64) {
        let (_, _, captured, refunded) = self.bank.sums(CheckoutId::new(id.uuid()));
        (captured, refunded)
    }

    /// What happened to an order, each with who did it, without its placing.
    pub async fn history(&self, id: OrderId) -> Vec<String> {
        let events = self.shop().db().list_events(Subject::Order, &id.to_string()).await.unwrap();
        let mut told: Vec<String> = events.iter().map(|event| format!("{} {}", event.kind, event.actor_kind)).collect();
        assert_eq!(told.iter().filter(|event| event.starts_with("order_placed ")).count(), 1, "{told:?}");
        // Events of one moment have no order.
        told.retain(|event| !event.starts_with("order_placed "));
        told.sort();
        told
    }

    /// Letters about an order with these words in their subject.
    pub async fn letters(&self, id: OrderId, subject: &str) -> usize {
        let number = self.order(id).await.sold.number.to_string();
        let is_one = |line: &str| line.starts_with("Subject: ") && line.contains(subject) && line.contains(&number);
        self.open.letters().iter().filter(|letter| letter.lines().any(is_one)).count()
    }

    pub async fn close(self) {
        self.open.close().await;
    }
}

/// A member of staff.
pub fn staff(name: &str) -> Actor {
    Actor::Staff(StaffId::new(derived_uuid("staff", name)))
}

/// A declaration of somebody who wants to send a mug back.
pub fn declaration(email: &str) -> WithdrawalRow {
    WithdrawalRow { name: "Ann Ash".into(), email: email.into(), units: vec![(0, 1)] }
}
