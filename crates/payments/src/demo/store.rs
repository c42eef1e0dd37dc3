//! The demo site's memory: its payments, what is held back, and the file that a restart reads.
//!
//! The file is a journal: each change appends the whole payment as one line of JSON, and the last line of a payment
//! counts. A kill tears at most the last line, which is then passed over.

use super::payment::{Answered, Call, Payment, Refusal, Webhooks, to_json};
use super::wire::{Behaviour, EventBody, Operation, PAYMENT_CHANGED, StartBody, StartedBody};
use http::StatusCode;
use ring::rand::{SecureRandom, SystemRandom};
use std::collections::{HashMap, VecDeque};
use std::fmt::Write as _;
use std::fs::{File, OpenOptions};
use std::io::{self, Read, Write};
use std::os::unix::fs::OpenOptionsExt;
use std::path::{Path, PathBuf};
use std::sync::{Mutex, MutexGuard, PoisonError};
use tokio::sync::oneshot;

/// Payments that are remembered; the oldest make room.
const PAYMENTS_MAX: usize = 20_000;
/// Behaviours that wait for a payment to be started; the oldest make room.
const BEHAVIOURS_MAX: usize = 1_000;
/// Answers that are held back for one payment; more are given at once.
const HELD_MAX: usize = 100;
/// The longest journal that is read; a longer one is refused.
const JOURNAL_BYTES_MAX: u64 = 512 * 1024 * 1024;
/// A journal that has grown by this much is written anew with one line a payment.
const JOURNAL_GROWTH_BYTES_MAX: u64 = 64 * 1024 * 1024;
/// Random bytes in an id: nobody guesses the address of another's payment.
const ID_BYTES: usize = 16;

/// All that the site knows.
pub(super) struct Store {
    inner: Mutex<Inner>,
    random: SystemRandom,
}

#[derive(Default)]
struct Inner {
    payments: HashMap<String, Payment>,
    /// Ids from the oldest on.
    order: VecDeque<String>,
    by_reference: HashMap<String, Vec<String>>,
    by_start_key: HashMap<String, String>,
    behaviours: VecDeque<Behaviour>,
    held: HashMap<String, Vec<oneshot::Sender<()>>>,
    journal: Option<Journal>,
}

struct Journal {
    path: PathBuf,
    file: File,
    grown: u64,
}

/// What came of a change.
pub(super) struct Changed<T> {
    pub(super) result: T,
    /// To be sent if the shop could see a difference.
    pub(super) webhook: Option<Delivery>,
}

/// A webhook to be sent.
#[derive(Clone, Debug)]
pub(super) struct Delivery {
    /// None: to the address that the site was started with.
    pub(super) url: Option<String>,
    pub(super) body: String,
    pub(super) manner: Webhooks,
}

/// An answer of the site, and the signal that it waits for if it is held back.
pub(super) struct Reply {
    pub(super) body: String,
    pub(super) held: Option<oneshot::Receiver<()>>,
}

impl Store {
    /// Reads what the file knows, if there is one.
    pub(super) fn open(path: Option<&Path>) -> io::Result<Self> {
        let mut inner = Inner::default();
        if let Some(path) = path {
            for payment in read_journal(path)? {
                inner.insert(payment);
            }
            inner.rewrite_journal(path)?;
        }
        Ok(Self { inner: Mutex::new(inner), random: SystemRandom::new() })
    }

    fn lock(&self) -> MutexGuard<'_, Inner> {
        // A panic elsewhere leaves payments as whole as a kill would.
        self.inner.lock().unwrap_or_else(PoisonError::into_inner)
    }

    /// Starts a payment, or finds the one that was started under this key.
    pub(super) fn start(
        &self,
        key: &str,
        fingerprint: String,
        body: StartBody,
        now: i64,
        page_of: impl Fn(&str) -> String,
    ) -> Result<Reply, Refusal> {
        let mut inner = self.lock();
        let answer = |id: &str| to_json(&StartedBody { id: id.to_owned(), url: page_of(id) });
        if let Some(payment) = inner.by_start_key.get(key).and_then(|id| inner.payments.get(id)) {
            let same = payment.start_fingerprint == fingerprint;
            let body = answer(&payment.id);
            return if same { Ok(Reply { body, held: None }) } else { Err(Refusal::KEY_REUSED) };
        }
        let id = self.new_id("pay_")?;
        let mut payment = Payment::new(id, body, key.to_owned(), fingerprint, now);
        if let Some(behaviour) = inner.take_behaviour(&payment.start.reference) {
            payment.behave(&behaviour);
        }
        let hold = payment.take_hold(Operation::Start);
        let (body, reference) = (answer(&payment.id), payment.start.reference.clone());
        inner.append(&payment);
        inner.insert(payment);
        let held = if hold { inner.hold(&reference) } else { None };
        Ok(Reply { body, held })
    }

    /// Carries out a call on a payment.
    pub(super) fn call(&self, id: &str, call: &Call, now: i64) -> Option<Changed<Result<Reply, Refusal>>> {
        let mut inner = self.lock();
        let act = |payment: &mut Payment| (payment.call(call), payment.start.reference.clone());
        let Changed { result: (answered, reference), webhook } = self.change_locked(&mut inner, id, now, act)?;
        // Held under the same lock, so that whoever sees that it has worked can release it.
        let reply = |answered: Answered| {
            let held = if answered.hold { inner.hold(&reference) } else { None };
            Reply { body: answered.body, held }
        };
        Some(Changed { result: answered.map(reply), webhook })
    }

    /// Lets time pass for a payment, then changes it; nothing if there is none of that id.
    pub(super) fn change<T>(&self, id: &str, now: i64, act: impl FnOnce(&mut Payment) -> T) -> Option<Changed<T>> {
        self.change_locked(&mut self.lock(), id, now, act)
    }

    fn change_locked<T>(
        &self,
        inner: &mut Inner,
        id: &str,
        now: i64,
        act: impl FnOnce(&mut Payment) -> T,
    ) -> Option<Changed<T>> {
        let payment = inner.payments.get_mut(id)?;
        let before = payment.clone();
        payment.tick(now);
        let result = act(payment);
        let after = payment.clone();
        if before != after {
            inner.append(&after);
        }
        let told = before.body() != after.body() && after.webhooks != Webhooks::Never;
        let webhook = told.then(|| self.event(&after)).flatten();
        Some(Changed { result, webhook })
    }

    /// The ids of payments with this reference, the newest first.
    pub(super) fn list_by_reference(&self, reference: &str) -> Vec<String> {
        let inner = self.lock();
        inner.by_reference.get(reference).map(|ids| ids.iter().rev().cloned().collect()).unwrap_or_default()
    }

    /// Payments with a yes still to come, and when.
    pub(super) fn list_due(&self) -> Vec<(String, i64)> {
        let inner = self.lock();
        inner.payments.values().filter_map(|payment| Some((payment.id.clone(), payment.due?.at))).collect()
    }

    /// Keeps a behaviour for the payment that it names, or for the next one to be started.
    pub(super) fn behave(&self, behaviour: Behaviour, now: i64) {
        let started =
            behaviour.reference.and_then(|reference| self.list_by_reference(&reference.to_string()).into_iter().next());
        if let Some(id) = started {
            self.change(&id, now, |payment| payment.behave(&behaviour));
            return;
        }
        let mut inner = self.lock();
        inner.behaviours.push_back(behaviour);
        if BEHAVIOURS_MAX < inner.behaviours.len() {
            inner.behaviours.pop_front();
        }
    }

    /// Lets the held answers of a payment go; of all payments where none is named. Says how many.
    pub(super) fn release(&self, reference: Option<&str>) -> usize {
        let mut inner = self.lock();
        let senders: Vec<_> = match reference {
            Some(reference) => inner.held.remove(reference).unwrap_or_default(),
            None => inner.held.drain().flat_map(|(_, senders)| senders).collect(),
        };
        senders.into_iter().filter_map(|sender| sender.send(()).ok()).count()
    }

    fn event(&self, payment: &Payment) -> Option<Delivery> {
        let body = EventBody {
            id: self.new_id("evt_").ok()?,
            kind: PAYMENT_CHANGED.to_owned(),
            payment: payment.id.clone(),
            reference: payment.start.reference.clone(),
        };
        let url = payment.start.webhook_url.clone();
        Some(Delivery { url, body: to_json(&body), manner: payment.webhooks })
    }

    fn new_id(&self, prefix: &str) -> Result<String, Refusal> {
        let mut bytes = [0; ID_BYTES];
        let failed = Refusal::new(StatusCode::SERVICE_UNAVAILABLE, "no_random", "no random numbers; try again");
        self.random.fill(&mut bytes).map_err(|_| failed)?;
        let mut id = prefix.to_owned();
        // Writing to a String does not fail.
        bytes.iter().for_each(|byte| _ = write!(id, "{byte:02x}"));
        Ok(id)
    }
}

impl Inner {
    fn insert(&mut self, payment: Payment) {
        let (id, reference) = (payment.id.clone(), payment.start.reference.clone());
        self.by_start_key.insert(payment.start_key.clone(), id.clone());
        if self.payments.insert(id.clone(), payment).is_none() {
            self.by_reference.entry(reference).or_default().push(id.clone());
            self.order.push_back(id);
        }
        if PAYMENTS_MAX < self.order.len() {
            self.drop_oldest();
        }
    }

    fn drop_oldest(&mut self) {
        let Some(payment) = self.order.pop_front().and_then(|id| self.payments.remove(&id)) else { return };
        self.by_start_key.remove(&payment.start_key);
        if let Some(ids) = self.by_reference.get_mut(&payment.start.reference) {
            ids.retain(|id| *id != payment.id);
            if ids.is_empty() {
                self.by_reference.remove(&payment.start.reference);
            }
        }
    }

    /// The behaviour that names this reference, else the oldest that names none.
    fn take_behaviour(&mut self, reference: &str) -> Option<Behaviour> {
        let names = |behaviour: &Behaviour| behaviour.reference.is_some_and(|named| named.to_string() == reference);
        let index = self.behaviours.iter().position(names);
        let index = index.or_else(|| self.behaviours.iter().position(|behaviour| behaviour.reference.is_none()))?;
        self.behaviours.remove(index)
    }

    fn hold(&mut self, reference: &str) -> Option<oneshot::Receiver<()>> {
        let senders = self.held.entry(reference.to_owned()).or_default();
        senders.retain(|sender| !sender.is_closed());
        let (sender, receiver) = oneshot::channel();
        (senders.len() < HELD_MAX).then(|| {
            senders.push(sender);
            receiver
        })
    }

    fn append(&mut self, payment: &Payment) {
        let Some(journal) = &mut self.journal else { return };
        let line = format!("{}\n", to_json(payment));
        journal.grown = journal.grown.saturating_add(u64::try_from(line.len()).unwrap_or(u64::MAX));
        // One write a line, so that a kill tears the last line at most.
        let mut done = journal.file.write_all(line.as_bytes());
        if done.is_ok() && JOURNAL_GROWTH_BYTES_MAX < journal.grown {
            let path = journal.path.clone();
            done = self.rewrite_journal(&path);
        }
        if let Err(error) = done {
            tracing::error!(%error, "the payment site could not write its file; a restart would forget payments");
        }
    }

    /// Writes one line a payment beside the journal, and puts it in its place.
    fn rewrite_journal(&mut self, path: &Path) -> io::Result<()> {
        let fresh = path.with_extension("new");
        let mut file = OpenOptions::new().write(true).create(true).truncate(true).mode(0o600).open(&fresh)?;
        let mut text = String::new();
        for payment in self.order.iter().filter_map(|id| self.payments.get(id)) {
            text.push_str(&to_json(payment));
            text.push('\n');
        }
        file.write_all(text.as_bytes())?;
        file.sync_all()?;
        std::fs::rename(&fresh, path)?;
        self.journal = Some(Journal { path: path.to_owned(), file, grown: 0 });
        Ok(())
    }
}

/// The payments of a journal, by first appearance, as their last line has them.
fn read_journal(path: &Path) -> io::Result<Vec<Payment>> {
    let mut bytes = Vec::new();
    match File::open(path) {
        Ok(file) => file.take(JOURNAL_BYTES_MAX + 1).read_to_end(&mut bytes)?,
        Err(error) if error.kind() == io::ErrorKind::NotFound => return Ok(Vec::new()),
        Err(error) => return Err(error),
    };
    if JOURNAL_BYTES_MAX < u64::try_from(bytes.len()).unwrap_or(u64::MAX) {
        return Err(io::Error::new(io::ErrorKind::InvalidData, "the file is too long"));
    }
    let mut payments: Vec<Payment> = Vec::new();
    let mut places: HashMap<String, usize> = HashMap::new();
    let mut damaged = 0_usize;
    for line in bytes.split(|byte| *byte == b'\n').filter(|line| !line.is_empty()) {
        match serde_json::from_slice::<Payment>(line) {
            Ok(payment) => match places.get(&payment.id) {
                Some(place) => payments[*place] = payment,
                None => {
                    places.insert(payment.id.clone(), payments.len());
                    payments.push(payment);
                }
            },
            Err(_) => damaged += 1,
        }
    }
    if 0 < damaged {
        tracing::warn!(damaged, "lines of the payment site's file could not be read and are passed over");
    }
    Ok(payments)
}
