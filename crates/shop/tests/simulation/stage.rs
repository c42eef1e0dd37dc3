//! Several use cases at once, in an order that follows from the seed.
//!
//! Before every statement and before and after every call to a bank a use case stands still. When all stand, one is
//! chosen to go on, told what becomes of its step, and plays until it stands again. So whatever two instances can do
//! between two steps of each other comes about, and comes about again with the same seed.
//!
//! On SQLite a player who wants to write while another one's transaction is open is not chosen: it would wait for the
//! one writer. On PostgreSQL transactions overlap; who waits for a row there is found out by asking the server. Which of
//! two who are set free by one commit plays first is then the server's choice, so a run replays exactly on SQLite alone.

use crate::books::Locks;
use crate::support::bank::Call;
use db::faults::{Decision, Faults, Step, StepFate};
use std::collections::{BTreeMap, BTreeSet};
use std::pin::Pin;
use std::sync::{Arc, Mutex, MutexGuard};
use std::task::{Context, Poll};
use std::time::Duration;

/// Steps of one scene; more are no end.
const STEPS_MAX: usize = 20_000;
/// How long anything may take before something must be wrong.
const PATIENCE: Duration = Duration::from_secs(60);
/// How long players are left alone before PostgreSQL is asked whether they wait for a row.
const GRACE: Duration = Duration::from_millis(2);

/// Waits for what must come soon.
pub(crate) async fn soon<T>(what: &str, work: impl Future<Output = T>) -> T {
    tokio::time::timeout(PATIENCE, work).await.unwrap_or_else(|_| panic!("{what} takes longer than {PATIENCE:?}"))
}

/// Where a player stands.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub(crate) enum Point {
    /// Before a statement.
    Statement(Step),
    /// Before a call to a bank.
    Call(Call),
    /// The bank has done it; the answer is on its way.
    Answer(Call),
    /// Before a shopper does something at the bank.
    Shopper,
}

/// What becomes of a step.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub(crate) enum Fate {
    Works,
    Conflicts,
    Refused,
    Lost,
    AnswerLost,
}

/// The points at which all players of a scene stand. Clones are the same stage.
#[derive(Clone, Default)]
pub(crate) struct Stage(Arc<Mutex<Standing>>);

#[derive(Default)]
struct Standing {
    playing: Option<usize>,
    points: BTreeMap<usize, Point>,
    words: BTreeMap<usize, Fate>,
}

impl Stage {
    fn lock(&self) -> MutexGuard<'_, Standing> {
        self.0.lock().unwrap()
    }

    /// Stands there until it may go on. Whoever plays in no scene goes on at once.
    pub(crate) async fn stand(&self, point: Point) -> Fate {
        let Some(player) = self.lock().playing else { return Fate::Works };
        self.lock().points.insert(player, point);
        std::future::poll_fn(|_| match self.lock().words.remove(&player) {
            Some(fate) => Poll::Ready(fate),
            None => Poll::Pending,
        })
        .await
    }
}

impl Faults for Stage {
    fn decide(&self, step: Step) -> Decision<'_> {
        Box::pin(async move {
            match self.stand(Point::Statement(step)).await {
                Fate::Works => StepFate::Works,
                Fate::Conflicts => StepFate::Conflicts,
                Fate::Refused | Fate::Lost => StepFate::Lost,
                Fate::AnswerLost => StepFate::AnswerLost,
            }
        })
    }
}

/// Chooses who goes on, and what becomes of it.
pub(crate) trait Director {
    /// Which of these.
    fn choose(&mut self, ready: &[(usize, Point)]) -> usize;
    /// What becomes of the step of a player.
    fn fate(&mut self, player: usize, point: Point) -> Fate;
    /// Which instance ends here, with all that it does.
    fn dies(&mut self) -> Option<usize>;
}

/// A use case on an instance.
pub(crate) struct Player<'p, T> {
    pub(crate) instance: usize,
    pub(crate) work: Pin<Box<dyn Future<Output = T> + 'p>>,
}

enum Part<'p, T> {
    Plays(Player<'p, T>),
    Ended(T),
    Died,
}

/// A scene that is being played.
struct Scene<'p, T> {
    stage: &'p Stage,
    parts: Vec<Part<'p, T>>,
    /// Players with a transaction that may write.
    open: BTreeSet<usize>,
}

/// Plays to the end; what each came to, or nothing if its instance died.
pub(crate) async fn play<'p, T>(
    stage: &'p Stage,
    players: Vec<Player<'p, T>>,
    mut locks: Option<&mut Locks>,
    director: &mut dyn Director,
) -> Vec<Option<T>> {
    let mut scene = Scene { stage, parts: Vec::new(), open: BTreeSet::new() };
    for player in players {
        scene.parts.push(Part::Plays(player));
        scene.settle(locks.as_deref_mut()).await;
    }
    for _ in 0..STEPS_MAX {
        let ready = scene.ready(locks.is_some());
        if ready.is_empty() {
            return scene.end();
        }
        if let Some(instance) = director.dies() {
            scene.kill(instance);
        } else {
            let player = director.choose(&ready);
            scene.go_on(player, director);
        }
        scene.settle(locks.as_deref_mut()).await;
    }
    panic!("a scene of {STEPS_MAX} steps has no end");
}

impl<T> Scene<'_, T> {
    fn ready(&self, overlapping: bool) -> Vec<(usize, Point)> {
        let waits = |player: usize, point: Point| {
            let writes = matches!(point, Point::Statement(Step::Begin | Step::Write(_)));
            !overlapping && writes && self.open.iter().any(|other| *other != player)
        };
        let standing = self.stage.lock();
        let all = standing.points.iter().map(|(player, point)| (*player, *point));
        all.filter(|(player, point)| !waits(*player, *point)).collect()
    }

    fn go_on(&mut self, player: usize, director: &mut dyn Director) {
        let point = self.stage.lock().points.remove(&player);
        let point = point.expect("only who stands is ready");
        let fate = director.fate(player, point);
        if point == Point::Statement(Step::Begin) && fate == Fate::Works {
            self.open.insert(player);
        }
        self.stage.lock().words.insert(player, fate);
    }

    fn kill(&mut self, instance: usize) {
        for (player, part) in self.parts.iter_mut().enumerate() {
            if matches!(part, Part::Plays(playing) if playing.instance == instance) {
                *part = Part::Died;
                self.open.remove(&player);
                let mut standing = self.stage.lock();
                standing.points.remove(&player);
                standing.words.remove(&player);
            }
        }
    }

    /// Everybody plays until they stand, have ended, or wait for what another one has.
    async fn settle(&mut self, locks: Option<&mut Locks>) {
        match locks {
            None => soon("a step", self.all_stand()).await,
            Some(locks) => soon("a step", self.all_stand_or_wait(locks)).await,
        }
        // Whoever stands elsewhere than in a transaction has none any more.
        let standing = self.stage.lock();
        let inside = |player: &usize| match standing.points.get(player) {
            None => matches!(self.parts[*player], Part::Plays(_)),
            Some(point) => matches!(point, Point::Statement(Step::Inside(_) | Step::Commit)),
        };
        self.open.retain(inside);
    }

    async fn all_stand(&mut self) {
        std::future::poll_fn(|context| if self.poll(context) == 0 { Poll::Ready(()) } else { Poll::Pending }).await;
    }

    async fn all_stand_or_wait(&mut self, locks: &mut Locks) {
        if tokio::time::timeout(GRACE, self.all_stand()).await.is_ok() {
            return;
        }
        loop {
            let playing = self.playing();
            let somebody_stands = !self.stage.lock().points.is_empty();
            // The question is asked to its end, while the players go on.
            let waiting = {
                let mut question = std::pin::pin!(locks.count_waiting());
                std::future::poll_fn(|context| {
                    self.poll(context);
                    question.as_mut().poll(context)
                })
                .await
            };
            let left = self.playing();
            if left == 0 || (somebody_stands && left == playing && left == waiting) {
                return;
            }
        }
    }

    /// Players who neither stand nor have ended.
    fn playing(&self) -> usize {
        let standing = self.stage.lock();
        let plays = |(player, part): &(usize, &Part<'_, T>)| {
            matches!(part, Part::Plays(_)) && !standing.points.contains_key(player)
        };
        self.parts.iter().enumerate().filter(plays).count()
    }

    /// Lets everybody play who can; how many still do.
    fn poll(&mut self, context: &mut Context<'_>) -> usize {
        for (player, part) in self.parts.iter_mut().enumerate() {
            let Part::Plays(playing) = part else { continue };
            if self.stage.lock().points.contains_key(&player) {
                continue;
            }
            self.stage.lock().playing = Some(player);
            let polled = playing.work.as_mut().poll(context);
            self.stage.lock().playing = None;
            if let Poll::Ready(outcome) = polled {
                *part = Part::Ended(outcome);
            }
        }
        self.playing()
    }

    fn end(self) -> Vec<Option<T>> {
        let outcome = |part| match part {
            Part::Ended(outcome) => Some(outcome),
            Part::Died => None,
            Part::Plays(_) => panic!("a player who is not ready and has not ended"),
        };
        self.parts.into_iter().map(outcome).collect()
    }
}
