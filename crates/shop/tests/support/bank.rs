//! A bank in memory behind the gateway's trait: does what it is told, remembers every movement, and fails as it is told.

use commerce::ids::CheckoutId;
use commerce::moment::Moment;
use commerce::money::Money;
use http::HeaderMap;
use payments::{
    Asked, Capabilities, Ending, Gateway, GatewayError, IdempotencyKey, Next, ProviderPayment, ProviderReference,
    ProviderStatus, Reply, StartPayment, Started, Subject, Wake, WebhookError,
};
use std::collections::HashMap;
use std::sync::atomic::{AtomicU64, Ordering};
use std::sync::{Arc, Mutex, MutexGuard};

/// A call to the bank.
#[derive(Clone, Copy, Debug, PartialEq, Eq, Hash)]
pub enum Call {
    Start,
    State,
    Capture,
    Expire,
    Void,
    Refund,
}

/// What becomes of a call.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub enum Fate {
    /// It works and is answered.
    Works,
    /// It never arrives.
    Lost,
    /// It works, but nobody hears of it.
    AnswerLost,
}

type Fates = Box<dyn FnMut(Call) -> Fate + Send>;

/// The bank. Clones are the same one.
#[derive(Clone)]
pub struct Bank {
    shared: Arc<Shared>,
}

struct Shared {
    accounts: Mutex<HashMap<CheckoutId, Vec<Account>>>,
    fates: Mutex<Fates>,
    steps: AtomicU64,
    captures_at_once: bool,
}

struct Account {
    payment: ProviderPayment,
    start_key: String,
    answers: HashMap<String, (Call, i64, Result<Ending, GatewayError>)>,
}

impl Bank {
    /// A bank that sets amounts aside first.
    pub fn new() -> Self {
        Self::of(false)
    }

    /// A bank whose payments arrive captured.
    pub fn capturing() -> Self {
        Self::of(true)
    }

    fn of(captures_at_once: bool) -> Self {
        let fates: Fates = Box::new(|_| Fate::Works);
        let (accounts, fates, steps) = (Mutex::default(), Mutex::new(fates), AtomicU64::new(0));
        Self { shared: Arc::new(Shared { accounts, fates, steps, captures_at_once }) }
    }

    pub fn gateway(&self) -> Arc<dyn Gateway> {
        Arc::new(self.clone())
    }

    /// What becomes of calls from now on.
    pub fn fate(&self, fates: impl FnMut(Call) -> Fate + Send + 'static) {
        *self.shared.fates.lock().unwrap() = Box::new(fates);
    }

    /// The next call of a kind has this fate, the others work.
    pub fn next(&self, call: Call, fate: Fate) {
        let mut left = true;
        self.fate(move |made| if made == call && std::mem::take(&mut left) { fate } else { Fate::Works });
    }

    /// Rises before and after whatever the bank does.
    pub fn steps(&self) -> u64 {
        self.shared.steps.load(Ordering::SeqCst)
    }

    /// The shopper pays.
    pub fn approve(&self, id: CheckoutId) {
        self.decide(id, |payment, captures| {
            payment.authorised = payment.amount;
            payment.status = ProviderStatus::Authorised;
            if captures {
                payment.captured = payment.amount;
                payment.status = ProviderStatus::Captured;
            }
        });
    }

    /// The bank says no.
    pub fn decline(&self, id: CheckoutId) {
        self.decide(id, |payment, _| payment.status = ProviderStatus::Declined { code: "card_declined".to_owned() });
    }

    /// The shopper pays after the end.
    pub fn approve_late(&self, id: CheckoutId) {
        let mut accounts = self.accounts();
        for account in accounts.entry(id).or_default() {
            account.payment.status = ProviderStatus::Open;
        }
        drop(accounts);
        self.approve(id);
    }

    /// Money moves by hand at the bank, past the store.
    pub fn change(&self, id: CheckoutId, change: impl Fn(&mut ProviderPayment)) {
        for account in self.accounts().entry(id).or_default() {
            change(&mut account.payment);
        }
    }

    fn decide(&self, id: CheckoutId, act: impl Fn(&mut ProviderPayment, bool)) {
        for account in self.accounts().entry(id).or_default() {
            if account.payment.status == ProviderStatus::Open {
                act(&mut account.payment, self.shared.captures_at_once);
            }
        }
    }

    /// Payments that a checkout has here.
    pub fn payments(&self, id: CheckoutId) -> Vec<ProviderPayment> {
        self.accounts().get(&id).into_iter().flatten().map(|account| account.payment.clone()).collect()
    }

    /// The one payment of a checkout: what is set aside or was, taken, and given back, in minor units.
    pub fn sums(&self, id: CheckoutId) -> (ProviderStatus, i64, i64, i64) {
        let payments = self.payments(id);
        let [payment] = payments.as_slice() else { panic!("{} payments of one checkout", payments.len()) };
        let status = payment.status.clone();
        (status, payment.authorised.minor(), payment.captured.minor(), payment.refunded.minor())
    }

    fn accounts(&self) -> MutexGuard<'_, HashMap<CheckoutId, Vec<Account>>> {
        self.shared.accounts.lock().unwrap()
    }

    /// A step at which a crash can happen.
    async fn step(&self) {
        self.shared.steps.fetch_add(1, Ordering::SeqCst);
        tokio::task::yield_now().await;
    }

    async fn call<T>(&self, call: Call, act: impl FnOnce(&Self) -> Result<T, GatewayError>) -> Result<T, GatewayError> {
        self.step().await;
        let fate = (self.shared.fates.lock().unwrap())(call);
        let unheard = || GatewayError::Unreachable(format!("{call:?} {fate:?}"));
        if fate == Fate::Lost {
            return Err(unheard());
        }
        let outcome = act(self);
        self.step().await;
        if fate == Fate::AnswerLost { Err(unheard()) } else { outcome }
    }

    fn start_now(&self, start: &StartPayment) -> Result<Started, GatewayError> {
        let mut accounts = self.accounts();
        let accounts = accounts.entry(start.reference).or_default();
        let known = accounts.iter().find(|account| account.start_key == start.key.as_str());
        let provider_reference = match known {
            Some(account) => account.payment.provider_reference.clone(),
            None => {
                let name = format!("bank-{}-{}", start.reference, accounts.len());
                let provider_reference = ProviderReference::parse(&name).unwrap();
                let zero = Money::zero(start.amount.currency());
                let payment = ProviderPayment {
                    provider_reference: provider_reference.clone(),
                    reference: Some(start.reference),
                    status: ProviderStatus::Open,
                    amount: start.amount,
                    authorised: zero,
                    captured: zero,
                    refunded: zero,
                };
                let start_key = start.key.as_str().to_owned();
                accounts.push(Account { payment, start_key, answers: HashMap::new() });
                provider_reference
            }
        };
        let page = format!("https://bank.test/{}", provider_reference.as_str());
        Ok(Started { provider_reference, next: Next::Redirect(page) })
    }

    fn find_now(&self, asked: &Asked) -> Option<ProviderPayment> {
        self.payments(asked.reference).pop()
    }

    fn act_now(&self, call: Call, asked: &Asked, minor: i64, key: &IdempotencyKey) -> Result<Ending, GatewayError> {
        let mut accounts = self.accounts();
        let account = accounts.get_mut(&asked.reference).and_then(|accounts| accounts.last_mut());
        let unknown = || refused(GatewayError::UNKNOWN_PAYMENT);
        let account = account.ok_or_else(unknown)?;
        if let Some((made, amount, answer)) = account.answers.get(key.as_str()) {
            return if (*made, *amount) == (call, minor) { answer.clone() } else { Err(refused("key_reused")) };
        }
        let answer = move_money(&mut account.payment, call, minor);
        if answer.is_ok() {
            account.answers.insert(key.as_str().to_owned(), (call, minor, answer.clone()));
        }
        answer
    }
}

fn refused(code: &str) -> GatewayError {
    GatewayError::Refused { code: code.to_owned(), message: code.to_owned() }
}

fn move_money(payment: &mut ProviderPayment, call: Call, minor: i64) -> Result<Ending, GatewayError> {
    use ProviderStatus as S;
    let add = |money: Money| Money::from_minor(money.minor() + minor, money.currency());
    let paid = matches!(payment.status, S::Authorised | S::PartCaptured | S::Captured);
    match call {
        Call::Capture if !paid || payment.authorised.minor() - payment.captured.minor() < minor => {
            return Err(refused("too_much"));
        }
        Call::Capture => {
            payment.captured = add(payment.captured);
            let all = payment.captured == payment.authorised;
            payment.status = if all { S::Captured } else { S::PartCaptured };
        }
        Call::Refund if payment.captured.minor() - payment.refunded.minor() < minor => return Err(refused("too_much")),
        Call::Refund => payment.refunded = add(payment.refunded),
        Call::Expire if paid => return Ok(Ending::AlreadyPaid(payment.clone())),
        Call::Void if payment.status == S::Captured => return Ok(Ending::AlreadyPaid(payment.clone())),
        Call::Void if payment.status == S::Authorised => payment.status = S::Voided,
        Call::Void if payment.status == S::PartCaptured => payment.status = S::Captured,
        _ if payment.status == S::Open => payment.status = S::Expired,
        _ => {}
    }
    Ok(Ending::Ended(payment.clone()))
}

impl Gateway for Bank {
    fn code(&self) -> &str {
        "demo"
    }

    fn capabilities(&self) -> Capabilities {
        Capabilities {
            authorises_first: !self.shared.captures_at_once,
            captures_in_parts: true,
            hosted_page: true,
            pays_later: false,
            finds_by_our_reference: true,
        }
    }

    fn form_action_origins(&self) -> Vec<String> {
        vec!["https://bank.test".to_owned()]
    }

    fn start<'a>(&'a self, payment: &'a StartPayment) -> Reply<'a, Started> {
        Box::pin(self.call(Call::Start, move |bank| bank.start_now(payment)))
    }

    fn state<'a>(&'a self, asked: &'a Asked) -> Reply<'a, Option<ProviderPayment>> {
        Box::pin(self.call(Call::State, move |bank| Ok(bank.find_now(asked))))
    }

    fn capture<'a>(&'a self, asked: &'a Asked, amount: Money, key: &'a IdempotencyKey) -> Reply<'a, ProviderPayment> {
        let act = move |bank: &Self| Ok(bank.act_now(Call::Capture, asked, amount.minor(), key)?.payment().clone());
        Box::pin(self.call(Call::Capture, act))
    }

    fn expire<'a>(&'a self, asked: &'a Asked, key: &'a IdempotencyKey) -> Reply<'a, Ending> {
        Box::pin(self.call(Call::Expire, move |bank| bank.act_now(Call::Expire, asked, 0, key)))
    }

    fn void<'a>(&'a self, asked: &'a Asked, key: &'a IdempotencyKey) -> Reply<'a, Ending> {
        Box::pin(self.call(Call::Void, move |bank| bank.act_now(Call::Void, asked, 0, key)))
    }

    fn refund<'a>(&'a self, asked: &'a Asked, amount: Money, key: &'a IdempotencyKey) -> Reply<'a, ProviderPayment> {
        let act = move |bank: &Self| Ok(bank.act_now(Call::Refund, asked, amount.minor(), key)?.payment().clone());
        Box::pin(self.call(Call::Refund, act))
    }

    /// The body is the event's id and the checkout's, with a space between.
    fn webhook<'a>(&'a self, _: &'a HeaderMap, body: &'a [u8], _: Moment) -> Reply<'a, Option<Wake>, WebhookError> {
        let words = std::str::from_utf8(body).ok().and_then(|body| body.split_once(' '));
        let wake = words.and_then(|(event, id)| {
            Some(Wake { event_id: event.to_owned(), subject: Subject::Ours(CheckoutId::parse(id).ok()?) })
        });
        Box::pin(async { wake.map(Some).ok_or(WebhookError::NoneExpected) })
    }
}
