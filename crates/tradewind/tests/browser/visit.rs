//! A person in front of the shop: looks, clicks, types, and waits no longer than a person would.

use crate::driver::{BrowserPlace, Driver, Screen};
use crate::store::DemoStore;
use fantoccini::Locator;
use fantoccini::actions::{InputSource, KeyAction, KeyActions, MOUSE_BUTTON_LEFT, MouseActions, PointerAction};
use fantoccini::elements::Element;
use fantoccini::key::Key;
use serde_json::{Value, json};
use std::cell::RefCell;
use std::rc::Rc;
use std::time::Duration;
use tokio::time::{Instant, sleep};

/// Longest wait for something to show, in milliseconds; a loaded machine with two browsers needs a few of them.
const WAIT_MS_MAX: u64 = 20_000;
/// Pause between two looks, in milliseconds.
const LOOK_AGAIN_MS: u64 = 25;
/// Tabs from the top of a page to anything on it.
const TABS_MAX: usize = 400;

/// How somebody comes to the shop.
#[derive(Clone, Copy, Debug)]
pub(crate) struct Visitor {
    pub(crate) screen: Screen,
    pub(crate) with_script: bool,
}

/// A shop and somebody in it.
#[derive(Clone)]
pub(crate) struct Visit {
    pub(crate) driver: Driver,
    pub(crate) store: Rc<DemoStore>,
    pub(crate) visitor: Visitor,
    network: Rc<RefCell<Vec<Value>>>,
}

/// Opens a fresh shop for a visitor; closes the browser however the visit ends, and looks at its console.
pub(crate) async fn visit<F: Future<Output = ()> + 'static>(visitor: Visitor, course: impl FnOnce(Visit) -> F) {
    visit_store(DemoStore::open, visitor, course).await;
}

/// The same in a shop that is a function behind an edge.
pub(crate) async fn visit_region<F: Future<Output = ()> + 'static>(visitor: Visitor, course: impl FnOnce(Visit) -> F) {
    visit_store(DemoStore::open_region, visitor, course).await;
}

async fn visit_store<F: Future<Output = ()> + 'static>(
    open: fn() -> DemoStore,
    visitor: Visitor,
    course: impl FnOnce(Visit) -> F,
) {
    let Some(place) = BrowserPlace::find() else { return };
    let store = Rc::new(open());
    let driver = Driver::start(&place, visitor.screen, visitor.with_script).await;
    let visit = Visit { driver, store, visitor, network: Rc::default() };
    let course = course(visit.clone());
    let ended = tokio::task::LocalSet::new().run_until(async { tokio::task::spawn_local(course).await }).await;
    let complaints = visit.complaints().await;
    if ended.is_err() {
        let name = std::thread::current().name().unwrap_or("test").replace("::", "-");
        let picture = visit.driver.picture(visitor.screen, &name).await;
        eprintln!("at {}; its picture is {picture}; console: {complaints:?}", visit.path().await);
    }
    visit.driver.client.clone().close().await.expect("the browser closes");
    if let Err(fault) = ended {
        std::panic::resume_unwind(fault.into_panic());
    }
    assert!(complaints.is_empty(), "the browser complains: {complaints:#?}");
}

impl Visit {
    /// Opens an address of the shop.
    pub(crate) async fn go(&self, path: &str) {
        let address = format!("{}{path}", self.store.url);
        self.driver.client.goto(&address).await.unwrap_or_else(|error| panic!("{address}: {error}"));
    }

    /// Path and query of the page in the window.
    pub(crate) async fn path(&self) -> String {
        let url = self.driver.client.current_url().await.expect("a page has an address");
        url.as_str().strip_prefix(&self.store.url).unwrap_or(url.as_str()).to_owned()
    }

    /// Waits until something is so.
    pub(crate) async fn until(&self, what: &str, mut is_so: impl AsyncFnMut() -> bool) {
        let end = Instant::now() + Duration::from_millis(WAIT_MS_MAX);
        while !is_so().await {
            assert!(Instant::now() < end, "waited in vain for: {what}; the page is {}", self.path().await);
            sleep(Duration::from_millis(LOOK_AGAIN_MS)).await;
        }
    }

    /// Waits until a page whose address begins so is there, whole.
    pub(crate) async fn arrive(&self, start: &str) {
        self.until(&format!("the page {start}"), async || {
            self.path().await.starts_with(start) && self.look("return document.readyState").await == "complete"
        })
        .await;
    }

    /// What a script says that a test brings along; it runs where the page's own may not.
    pub(crate) async fn look(&self, script: &str) -> Value {
        self.look_with(script, vec![]).await
    }

    /// The same, with arguments. A page that is just being left has nothing to say.
    pub(crate) async fn look_with(&self, script: &str, arguments: Vec<Value>) -> Value {
        self.driver.client.execute(script, arguments).await.unwrap_or(Value::Null)
    }

    /// How many elements match.
    pub(crate) async fn count(&self, css: &str) -> usize {
        let script = "return document.querySelectorAll(arguments[0]).length";
        let found = self.look_with(script, vec![css.into()]).await.as_u64();
        usize::try_from(found.unwrap_or(0)).unwrap_or(usize::MAX)
    }

    /// Waits until something matches that can be seen.
    pub(crate) async fn see(&self, css: &str) -> Element {
        self.until(&format!("{css} to be seen"), async || self.sees(css).await).await;
        let found = self.driver.client.find_all(Locator::Css(css)).await.unwrap_or_default();
        for element in found {
            // WebDriver's own word for it does not know a folded panel that the style sheet opens.
            let element_json = serde_json::to_value(&element).expect("an element has a name");
            if self.look_with("return arguments[0].checkVisibility()", vec![element_json]).await == true {
                return element;
            }
        }
        panic!("{css} was seen and is gone");
    }

    /// Whether something matches that can be seen.
    pub(crate) async fn sees(&self, css: &str) -> bool {
        let script = "return [...document.querySelectorAll(arguments[0])].some(e => e.checkVisibility())";
        self.look_with(script, vec![css.into()]).await == true
    }

    /// The words of the first match, blanks made one.
    pub(crate) async fn words(&self, css: &str) -> String {
        self.until(&format!("{css} on the page"), async || self.count(css).await > 0).await;
        let script = "return document.querySelector(arguments[0]).innerText.replace(/\\s+/g, ' ').trim()";
        self.look_with(script, vec![css.into()]).await.as_str().unwrap_or_default().to_owned()
    }

    /// Presses the first match that can be seen, with the mouse.
    pub(crate) async fn press(&self, css: &str) {
        let element = self.see(css).await;
        let named = serde_json::to_value(&element).expect("an element has a name");
        self.look_with("arguments[0].scrollIntoView({ block: 'center', behavior: 'instant' })", vec![named]).await;
        // WebDriver's own click refuses what its word for "seen" does not know; a mouse presses what is there.
        let mouse = MouseActions::new("mouse".to_owned())
            .then(PointerAction::MoveToElement { element, duration: None, x: 0.0, y: 0.0 })
            .then(PointerAction::Down { button: MOUSE_BUTTON_LEFT })
            .then(PointerAction::Up { button: MOUSE_BUTTON_LEFT });
        self.driver.client.perform_actions(mouse).await.unwrap_or_else(|error| panic!("pressing {css}: {error}"));
    }

    /// Types into an emptied field.
    pub(crate) async fn fill(&self, css: &str, text: &str) {
        let field = self.see(css).await;
        field.clear().await.unwrap_or_else(|error| panic!("emptying {css}: {error}"));
        field.send_keys(text).await.unwrap_or_else(|error| panic!("typing into {css}: {error}"));
    }

    /// A field's value.
    pub(crate) async fn value(&self, css: &str) -> String {
        let script = "return document.querySelector(arguments[0])?.value ?? ''";
        self.look_with(script, vec![css.into()]).await.as_str().unwrap_or_default().to_owned()
    }

    /// Strikes a key, whatever has the focus.
    pub(crate) async fn strike(&self, key: Key) {
        self.strike_char(char::from(key)).await;
    }

    /// Types with whatever has the focus.
    pub(crate) async fn type_text(&self, text: &str) {
        for letter in text.chars() {
            self.strike_char(letter).await;
        }
    }

    async fn strike_char(&self, value: char) {
        let keys = KeyActions::new("keys".to_owned());
        let keys = keys.then(KeyAction::Down { value }).then(KeyAction::Up { value });
        self.driver.client.perform_actions(keys).await.expect("a key can be struck");
    }

    /// Moves the focus with Tab alone until it is on a match, and holds that it can be seen there.
    pub(crate) async fn tab_to(&self, css: &str) {
        let is_there = "return document.activeElement.matches(arguments[0])";
        for _ in 0..TABS_MAX {
            if self.look_with(is_there, vec![css.into()]).await == true {
                let shown = self.look(FOCUS_SHOWN).await;
                assert_eq!(shown, true, "the focus on {css} cannot be seen at {}", self.path().await);
                return;
            }
            self.strike(Key::Tab).await;
        }
        panic!("Tab does not lead to {css} at {}", self.path().await);
    }

    /// How far the page has moved by itself, as Core Web Vitals count it.
    pub(crate) async fn layout_shift(&self) -> f64 {
        let shift = self.driver.client.execute_async(LAYOUT_SHIFT, vec![]).await.expect("the page can be measured");
        shift.as_f64().expect("a shift is a number")
    }

    /// The HTML of the page in the window as it was sent.
    pub(crate) async fn last_document(&self) -> Option<String> {
        self.note_network().await;
        let page = self.driver.client.current_url().await.expect("a page has an address");
        let page = page.as_str().split('#').next().unwrap_or_default().to_owned();
        let id = self.network.borrow().iter().rev().find_map(|event| {
            let answer = &event["params"];
            let is_it = event["method"] == "Network.responseReceived"
                && answer["type"] == "Document"
                && answer["response"]["url"] == page.as_str();
            is_it.then(|| answer["requestId"].as_str().unwrap_or_default().to_owned())
        })?;
        let sent = self.driver.tool("Network.getResponseBody", json!({"requestId": id})).await;
        sent["body"].as_str().map(str::to_owned)
    }

    /// Holds that pages of the shop asked nobody else for anything, and that only a form led elsewhere.
    pub(crate) async fn stays_with_the_shop(&self) {
        self.note_network().await;
        let shop = self.store.url.as_str();
        let network = self.network.borrow();
        let asked = network.iter().filter(|event| event["method"] == "Network.requestWillBeSent");
        let mut count = 0;
        for event in asked.map(|event| &event["params"]) {
            let text = |value: &Value| value.as_str().unwrap_or_default().to_owned();
            let (url, page) = (text(&event["request"]["url"]), text(&event["documentURL"]));
            let is_ours = url.starts_with(shop) || url.starts_with("data:");
            let is_local = url.starts_with("http://localhost:");
            let goes_to_pay = is_local && event["type"] == "Document";
            let is_pay_site = is_local && !page.starts_with(shop);
            assert!(is_ours || goes_to_pay || is_pay_site, "{page} asks {url}");
            count += 1;
        }
        assert!(count > 0, "the browser tells what it asks for");
    }

    async fn note_network(&self) {
        let log = self.driver.take_log("performance").await;
        let events = log.iter().filter_map(|entry| serde_json::from_str::<Value>(entry["message"].as_str()?).ok());
        let events = events.map(|mut event| event["message"].take());
        let told = |event: &Value| event["method"].as_str().is_some_and(|method| method.starts_with("Network."));
        self.network.borrow_mut().extend(events.filter(told));
    }

    /// What the console holds that nobody should find there. A page that the shop answers with an error status on
    /// purpose is noted by the browser too; that is not a complaint.
    async fn complaints(&self) -> Vec<String> {
        let log = self.driver.take_log("browser").await;
        let words = log.iter().filter_map(|entry| entry["message"].as_str());
        let expected = |words: &&str| words.contains("the server responded with a status of 4");
        words.filter(|words| !expected(words)).map(str::to_owned).collect()
    }
}

/// Whether the focus has an outline, on the element or on what stands for it, and is inside the window.
const FOCUS_SHOWN: &str = r"
    const at = document.activeElement;
    const ring = (e) => e && getComputedStyle(e).outlineStyle !== 'none' && parseFloat(getComputedStyle(e).outlineWidth) > 0;
    const box = at.getBoundingClientRect();
    const inside = box.bottom > 0 && box.top < innerHeight && box.right > 0 && box.left < innerWidth;
    return inside && (ring(at) || ring(at.nextElementSibling) || ring(at.closest('.card, .choice')));";

/// The sum of all layout shifts so far.
const LAYOUT_SHIFT: &str = r"
    const done = arguments[arguments.length - 1];
    let sum = 0;
    const add = (list) => list.getEntries().forEach(({ value }) => (sum += value));
    new PerformanceObserver(add).observe({ type: 'layout-shift', buffered: true });
    requestAnimationFrame(() => requestAnimationFrame(() => setTimeout(() => done(sum))));";
