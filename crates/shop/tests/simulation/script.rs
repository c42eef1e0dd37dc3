//! The script: from one seed, what happens next.

use crate::acts::{Act, Answer, perform};
use crate::audit::{Memory, audit};
use crate::books::Locks;
use crate::chance::Dice;
use crate::rest::{check_rest, come_to_rest};
use crate::shoppers::Checkout;
use crate::stage::{Player, play, soon};
use crate::support::Engine;
use crate::trace::Trace;
use crate::weather::{ByChance, CALM, Weather};
use crate::world::{AHEAD_MS_MAX, INSTANCES, LEASE_OVER_MS, World};

/// Steps of a scene after which an instance may end.
const DEATH_STEPS_MAX: usize = 60;
const MONTH_MS: i64 = 31 * 24 * 3_600_000;

/// A run.
pub(crate) struct Run {
    pub(crate) world: World,
    pub(crate) dice: Dice,
    pub(crate) checkouts: Vec<Checkout>,
    locks: Option<Locks>,
    weather: Weather,
    trace: Trace,
    memory: Memory,
}

/// Who does something in a scene.
pub(crate) struct Part {
    pub(crate) instance: usize,
    pub(crate) checkout: usize,
    pub(crate) act: Act,
}

#[derive(Clone, Copy, Debug)]
enum Event {
    Scene,
    Time,
    Weather,
    Clock,
    Mail,
    Restart,
    Month,
}

const EVENTS: [(u64, Event); 7] = [
    (750, Event::Scene),
    (130, Event::Time),
    (60, Event::Weather),
    (20, Event::Clock),
    (15, Event::Mail),
    (20, Event::Restart),
    (5, Event::Month),
];

/// Milliseconds that pass at once.
const PASSES: [(u64, i64); 7] =
    [(20, 1_000), (20, 30_000), (20, 125_000), (15, 300_000), (20, 901_000), (5, 3_700_000), (3, 90_000_000)];

/// Runs a seed to its end; the sum of everything that happened.
pub(crate) async fn run(engine: Engine, seed: u64, steps: usize) -> u64 {
    let trace = Trace::new(seed, steps);
    let world = World::open(engine, seed).await;
    let dice = Dice::new(!seed);
    let locks = world.auditor.locks().await;
    let (memory, checkouts) = (Memory::default(), Vec::new());
    let mut run = Run { world, dice, checkouts, locks, weather: CALM, trace, memory };
    for step in 1..=steps {
        run.trace.begin_step(step);
        run.step(step).await;
        run.audit().await;
    }
    run.rest().await;
    drop(run.locks);
    run.world.close().await;
    run.trace.sum()
}

impl Run {
    async fn step(&mut self, step: usize) {
        self.world.pass(self.dice.between(1, 1_500));
        let event = self.dice.weighted(&EVENTS);
        self.trace.note(format_args!("{step}: {event:?}"));
        match event {
            Event::Scene => self.scene().await,
            Event::Time => self.world.pass(self.dice.weighted(&PASSES)),
            Event::Weather => {
                self.weather = Weather::any(&self.dice);
                self.trace.note(format_args!("   {:?}", self.weather));
            }
            Event::Clock => {
                let instance = self.dice.place(INSTANCES);
                self.world.set_ahead(instance, self.dice.between(0, AHEAD_MS_MAX));
            }
            Event::Mail => self.world.set_mail(self.dice.per_mille(500)),
            Event::Restart => self.world.restart(self.dice.place(INSTANCES)).await,
            Event::Month => {
                self.rest().await;
                self.world.pass(MONTH_MS);
                self.checkouts.iter_mut().for_each(|checkout| checkout.is_old = true);
            }
        }
    }

    async fn audit(&mut self) {
        let books = soon("reading the books", self.world.auditor.read()).await;
        soon("the audit", audit(&self.world, &books, &self.checkouts, &mut self.memory)).await;
    }

    async fn rest(&mut self) {
        self.weather = CALM;
        soon("coming to rest", come_to_rest(&self.world, &self.checkouts)).await;
        let books = soon("reading the books", self.world.auditor.read()).await;
        self.trace.note(format_args!("{books:?}"));
        check_rest(&self.world, &books, &self.checkouts).await;
    }

    /// One to four people and programs at once.
    async fn scene(&mut self) {
        let count = self.dice.weighted(&[(40, 1), (30, 2), (20, 3), (10, 4)]);
        // Those who are at the same checkout get into each other's way.
        let focus = self.dice.per_mille(600).then(|| self.recent()).flatten();
        let mut parts = Vec::new();
        for _ in 0..count {
            let part = self.part(focus);
            let shopper = self.checkouts[part.checkout].shopper;
            self.trace.note(format_args!("   {}@{} {}#{}", parts.len(), part.instance, shopper, part.checkout));
            self.trace.note(format_args!("     {}", part.act.words()));
            parts.push(part);
        }
        let dies = self.dice.per_mille(80).then(|| (self.dice.place(INSTANCES), self.dice.place(DEATH_STEPS_MAX)));
        let answers = self.play(&parts, dies).await;
        for part in &parts {
            let at_banks = self.world.payments_at_banks(self.checkouts[part.checkout].id);
            self.checkouts[part.checkout].see_amount(&at_banks);
        }
        let before = self.checkouts.clone();
        for (player, (part, answer)) in parts.iter().zip(&answers).enumerate() {
            let Some(answer) = answer else { continue };
            self.trace.note(format_args!("   {player}: {}", answer.words()));
            let (before, fails) = (&before[part.checkout], self.weather.database_fails());
            self.checkouts[part.checkout].hear(before, &part.act, answer, fails);
        }
        if let Some((instance, _)) = dies {
            self.world.restart(instance).await;
            self.world.pass(LEASE_OVER_MS);
        }
    }

    /// What each came to, or nothing if its instance ended in the middle.
    async fn play(&mut self, parts: &[Part], death: Option<(usize, usize)>) -> Vec<Option<Answer>> {
        let (world, checkouts) = (&self.world, &self.checkouts);
        let (dice, trace) = (&self.dice, &mut self.trace);
        let mut director = ByChance { world, dice, weather: self.weather, trace, death, askings: 0 };
        let player = |part: &Part| {
            let (on, checkout, act) = (part.instance, checkouts[part.checkout].clone(), part.act.clone());
            // Whoever is at the bank goes on, whatever ends.
            let instance = if matches!(act, Act::AtBank(_)) { INSTANCES } else { on };
            let work = async move { perform(world, on, &checkout, &act).await };
            Player { instance, work: Box::pin(work) }
        };
        play(&world.stage, parts.iter().map(player).collect(), self.locks.as_mut(), &mut director).await
    }
}
