//! The store, its instances, its banks and its mail.

use crate::books::Auditor;
use crate::stage::{Stage, soon};
use crate::support::bank::Bank;
use crate::support::{Engine, NOON, OpenShop, TestShop};
use crate::till::{Deadlines, MANNERS, Manner, Till};
use commerce::ids::CheckoutId;
use payments::Gateway;
use shop::{Chance, Clock, OpenOptions, Shop};
use std::sync::Arc;

/// Programs that serve the store at once.
pub(crate) const INSTANCES: usize = 2;
/// Tasks, and the right to publish, come back after so long from a program that ended, in milliseconds.
pub(crate) const LEASE_OVER_MS: i64 = 125_000;
/// Furthest that the clock of an instance is ahead of the right time, in milliseconds.
pub(crate) const AHEAD_MS_MAX: i64 = 5_000;

/// What is sold: SKU, price in pence, units at the beginning. The first ones are what everybody wants.
pub(crate) const GOODS: [(&str, i64, i64); 6] = [
    ("lamp", 4_500, 3),
    ("vase", 2_950, 7),
    ("mug", 1_000, 40),
    ("jug", 725, 90),
    ("bowl", 399, 300),
    ("card", 1, 1_000),
];

/// A program that serves the store.
pub(crate) struct Instance {
    pub(crate) shop: Shop,
    clock: Clock,
    ahead_ms: i64,
}

/// The world.
pub(crate) struct World {
    /// For looking on: nothing fails here, and its clock is right.
    pub(crate) office: OpenShop,
    pub(crate) instances: Vec<Instance>,
    pub(crate) stage: Stage,
    pub(crate) auditor: Auditor,
    banks: Vec<(Manner, Bank)>,
    gateways: Vec<Arc<dyn Gateway>>,
    deadlines: Deadlines,
}

impl World {
    pub(crate) async fn open(engine: Engine, seed: u64) -> Self {
        let (stage, deadlines) = (Stage::default(), Deadlines::default());
        let bank = |manner: Manner| (manner, if manner.authorises_first { Bank::new() } else { Bank::capturing() });
        let banks: Vec<(Manner, Bank)> = MANNERS.into_iter().map(bank).collect();
        let tills = banks.iter().map(|(manner, bank)| Till::gateway(*manner, bank, &stage, &deadlines));
        let gateways: Vec<Arc<dyn Gateway>> = tills.chain([Arc::new(payments::Invoice) as Arc<dyn Gateway>]).collect();
        let shop = TestShop::new().seed(seed).clock(&Clock::fixed(NOON)).gateways(gateways.clone());
        // Several questions at once are answered in an order that no seed tells.
        let mut shop = shop.setting("payments_at_once", "1");
        for (sku, pence, units) in GOODS {
            shop = shop.product(sku, pence, Some(units));
        }
        let office = shop.open(engine).await;
        let auditor = Auditor::open(&office).await;
        let mut world = Self { office, instances: Vec::new(), stage, auditor, banks, gateways, deadlines };
        for _ in 0..INSTANCES {
            let instance = world.start(0).await;
            world.instances.push(instance);
        }
        world
    }

    async fn start(&self, ahead_ms: i64) -> Instance {
        let office = &self.office.shop;
        let clock = Clock::fixed(office.now().plus_ms(ahead_ms));
        let chance: Chance = office.chance().clone();
        let options = OpenOptions {
            clock: clock.clone(),
            chance,
            gateways: Some(self.gateways.clone()),
            ..OpenOptions::default()
        };
        let opened = Shop::open_with(office.folder(), office.settings().clone(), office.keys().clone(), options);
        let shop = opened.await.unwrap();
        shop.db().set_faults(Arc::new(self.stage.clone()));
        Instance { shop, clock, ahead_ms }
    }

    /// Ends an instance and starts it anew.
    pub(crate) async fn restart(&mut self, instance: usize) {
        soon("the end of an instance", self.instances[instance].shop.close()).await;
        let started = soon("its start", self.start(self.instances[instance].ahead_ms)).await;
        self.instances[instance] = started;
    }

    pub(crate) fn pass(&self, ms: i64) {
        self.office.shop.clock().advance_ms(ms);
        for instance in &self.instances {
            instance.clock.advance_ms(ms);
        }
        for (_, bank) in &self.banks {
            self.deadlines.close_late(bank, self.office.shop.now());
        }
    }

    /// Sets the clock of an instance.
    pub(crate) fn set_ahead(&mut self, instance: usize, ahead_ms: i64) {
        let instance = &mut self.instances[instance];
        instance.clock.advance_ms(ahead_ms - instance.ahead_ms);
        instance.ahead_ms = ahead_ms;
    }

    /// The bank behind a gateway; none behind an invoice.
    pub(crate) fn bank(&self, gateway: &str) -> Option<&(Manner, Bank)> {
        self.banks.iter().find(|(manner, _)| manner.code == gateway)
    }

    /// What the banks know of a checkout.
    pub(crate) fn payments_at_banks(&self, id: CheckoutId) -> Vec<payments::ProviderPayment> {
        self.banks.iter().flat_map(|(_, bank)| bank.payments(id)).collect()
    }

    /// Lets no letter out any more, or lets them out again: a file stands where the folder of mail was.
    pub(crate) fn set_mail(&self, works: bool) {
        let folder = self.office.shop.folder();
        let (mail, aside) = (folder.join("mail"), folder.join("mail-aside"));
        if works && mail.is_file() {
            std::fs::remove_file(&mail).unwrap();
            if aside.exists() {
                std::fs::rename(&aside, &mail).unwrap();
            }
        } else if !works && !mail.is_file() {
            if mail.exists() {
                std::fs::rename(&mail, &aside).unwrap();
            }
            std::fs::write(&mail, "").unwrap();
        }
    }

    pub(crate) async fn close(self) {
        for instance in &self.instances {
            soon("the end of an instance", instance.shop.close()).await;
        }
        drop(self.auditor);
        soon("the end of the store", self.office.close()).await;
    }
}
