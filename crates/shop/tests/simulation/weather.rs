//! How well database and banks work, and whose instance ends when.

use crate::chance::Dice;
use crate::stage::{Director, Fate, Point};
use crate::support::bank::Call;
use crate::trace::Trace;
use crate::world::{LEASE_OVER_MS, World};
use db::faults::Step;

/// Of a thousand steps, so many fail in each way.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub(crate) struct Weather {
    /// Ends of transactions, and statements that write, which meet another one.
    conflicts: u64,
    /// Statements that never arrive.
    lost: u64,
    /// Statements that write whose answer never comes.
    unheard: u64,
    /// Calls to a bank that never arrive, or whose answer never comes.
    silent: u64,
    /// Starts that the bank refuses.
    refused: u64,
}

pub(crate) const CALM: Weather = Weather { conflicts: 0, lost: 0, unheard: 0, silent: 0, refused: 0 };

const KINDS: [(u64, Weather); 8] = [
    (20, CALM),
    (30, Weather { conflicts: 100, ..CALM }),
    (10, Weather { conflicts: 50, lost: 15, unheard: 25, silent: 50, refused: 0 }),
    (10, Weather { unheard: 100, ..CALM }),
    (10, Weather { conflicts: 100, silent: 200, refused: 100, ..CALM }),
    (10, Weather { silent: 1_000, ..CALM }),
    (5, Weather { lost: 1_000, ..CALM }),
    (5, Weather { conflicts: 300, ..CALM }),
];

impl Weather {
    pub(crate) fn any(dice: &Dice) -> Self {
        dice.weighted(&KINDS)
    }

    /// Whether the database may not be reached.
    pub(crate) fn database_fails(&self) -> bool {
        self.lost + self.unheard > 0
    }

    fn of_statement(&self, step: Step, dice: &Dice) -> Fate {
        let (writes, meets) = match step {
            Step::Begin | Step::BeginRead | Step::Read(_) => (false, false),
            Step::Inside(sql) => (false, !sql.starts_with("SELECT")),
            Step::Commit | Step::Write(_) => (true, true),
        };
        let is_commit = step == Step::Commit;
        if dice.per_mille(self.lost) {
            Fate::Lost
        } else if writes && dice.per_mille(self.unheard) {
            Fate::AnswerLost
        } else if meets && dice.per_mille(if is_commit { self.conflicts } else { self.conflicts / 10 }) {
            Fate::Conflicts
        } else {
            Fate::Works
        }
    }

    fn of_call(&self, call: Call, dice: &Dice) -> Fate {
        if dice.per_mille(self.silent) {
            if dice.per_mille(500) { Fate::Lost } else { Fate::AnswerLost }
        } else if call == Call::Start && dice.per_mille(self.refused) {
            Fate::Refused
        } else {
            Fate::Works
        }
    }
}

/// How the statement begins by which somebody asks for the right to publish.
const ASKS_FOR_LEASE: &str = "INSERT INTO leases";
/// After so many askings in one scene the time is over of whoever has it.
const ASKINGS_MAX: usize = 4;

/// Leads a scene by the seed.
pub(crate) struct ByChance<'d> {
    pub(crate) world: &'d World,
    pub(crate) dice: &'d Dice,
    pub(crate) weather: Weather,
    pub(crate) trace: &'d mut Trace,
    /// Which instance ends, after how many steps.
    pub(crate) death: Option<(usize, usize)>,
    /// How often the right to publish was asked for.
    pub(crate) askings: usize,
}

impl ByChance<'_> {
    /// Somebody may have lost the right to publish and not given it back. Others wait, and meanwhile time passes: here
    /// at once.
    fn wait_for_lease(&mut self, point: Point) {
        self.askings +=
            usize::from(matches!(point, Point::Statement(Step::Inside(sql)) if sql.starts_with(ASKS_FOR_LEASE)));
        if self.askings >= ASKINGS_MAX {
            self.askings = 0;
            self.world.pass(LEASE_OVER_MS);
        }
    }
}

impl Director for ByChance<'_> {
    fn choose(&mut self, ready: &[(usize, Point)]) -> usize {
        self.dice.pick(ready).0
    }

    fn fate(&mut self, player: usize, point: Point) -> Fate {
        let fate = match point {
            Point::Statement(step) => self.weather.of_statement(step, self.dice),
            Point::Call(call) => self.weather.of_call(call, self.dice),
            Point::Answer(_) | Point::Shopper => Fate::Works,
        };
        self.wait_for_lease(point);
        self.trace.note(format_args!("      {player} {point:?}: {fate:?}"));
        fate
    }

    fn dies(&mut self) -> Option<usize> {
        let (instance, left) = self.death?;
        self.death = (left > 0).then(|| (instance, left - 1));
        if left > 0 {
            return None;
        }
        self.trace.note(format_args!("      instance {instance} ends here"));
        Some(instance)
    }
}
