//! A shopper: lands, looks around, searches, puts things into the basket, buys, goes.

use crate::browser::{Ask, Browser, Visit};
use crate::dice::Dice;
use crate::expect::Expected;
use crate::form::{ControlKind, Form, Method};
use crate::kind::Kind;
use crate::options::Share;
use crate::page::Link;
use crate::plan::{Intent, Landing, SessionPlan};
use crate::world::World;
use std::time::{Duration, Instant};
use url::Url;

/// Ways on from a page, by their weight. Shops report that a listing leads to a product in half of all cases, and that
/// most shoppers never leave the first page of a list.
const FROM_HOME: [(Step, u32); 3] = [(Step::Category, 45), (Step::Product, 30), (Step::Search, 25)];
const FROM_LISTING: [(Step, u32); 6] = [
    (Step::Product, 55),
    (Step::NextPage, 15),
    (Step::Filter, 12),
    (Step::Category, 7),
    (Step::Sort, 6),
    (Step::Search, 5),
];
const FROM_PRODUCT: [(Step, u32); 4] =
    [(Step::Category, 45), (Step::Product, 25), (Step::Search, 20), (Step::Home, 10)];
/// Names of a listing's address, in the order in which the theme's script sends them.
const LISTING_NAMES: [&str; 5] = ["q", "f", "min", "max", "sort"];
/// The first product of a list is taken this often, and so is each next one by those who come to it.
const TAKES_IT: Share = Share::percent(15);

/// One step of looking around.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
enum Step {
    Home,
    Category,
    Search,
    Product,
    NextPage,
    Filter,
    Sort,
}

/// Why a shopper went away before the end: the same thing failed twice.
#[derive(Clone, Copy, Debug)]
pub(crate) struct GaveUp;

/// A session on its way.
pub(crate) struct Shopper<'w> {
    pub(crate) world: &'w World,
    pub(crate) plan: &'w SessionPlan,
    pub(crate) dice: Dice,
    pub(crate) browser: Browser<'w>,
    pub(crate) locale: usize,
    pub(crate) here: Visit,
    pub(crate) due: Instant,
    /// What the next page must hold.
    pub(crate) expected: Expected,
}

/// Plays one session from its arrival to its end.
pub(crate) async fn shop(world: &World, plan: &SessionPlan) -> Result<(), GaveUp> {
    let mut dice = Dice::new(plan.seed);
    let locale = world.catalogue.locale(&mut dice);
    let browser = Browser::new(world, plan.device);
    let here = Visit { url: world.site.home().clone(), page: Default::default(), refusal: None, is_elsewhere: false };
    let due = world.start + plan.at;
    let mut shopper = Shopper { world, plan, dice, browser, locale, here, due, expected: Expected::default() };
    if !world.is_tradewind() {
        return shopper.read_pages().await;
    }
    shopper.land().await?;
    for _ in 0..plan.pages {
        shopper.browse().await?;
    }
    match plan.intent {
        Intent::Bounce | Intent::Browse => Ok(()),
        Intent::FillBasket | Intent::LookAtCheckout | Intent::Buy => shopper.buy().await,
    }
}

impl Shopper<'_> {
    /// In a shop of another kind: pages that the sitemap names.
    async fn read_pages(&mut self) -> Result<(), GaveUp> {
        for number in 0..=self.plan.pages {
            if number != 0 {
                self.think(Kind::Page).await;
            }
            let Some(url) = self.world.catalogue.page(&mut self.dice) else { return Ok(()) };
            self.open(url).await?;
        }
        Ok(())
    }

    async fn land(&mut self) -> Result<(), GaveUp> {
        let (catalogue, dice) = (&self.world.catalogue, &mut self.dice);
        let landing = match self.plan.landing {
            Landing::Home => None,
            Landing::Product => catalogue.product(self.locale, dice),
            Landing::Category => catalogue.category(self.locale, dice),
        };
        let landing = landing.or_else(|| catalogue.home(self.locale));
        self.open(landing.unwrap_or_else(|| self.world.site.home().clone())).await
    }

    /// One more page. What the page on show does not offer is replaced by something that there always is.
    async fn browse(&mut self) -> Result<(), GaveUp> {
        self.think(self.world.kind_of(&self.here.url)).await;
        let step = match self.world.kind_of(&self.here.url) {
            Kind::Home => self.dice.weighted(&FROM_HOME),
            Kind::Listing | Kind::Search => self.dice.weighted(&FROM_LISTING),
            Kind::Product => self.dice.weighted(&FROM_PRODUCT),
            _ => Step::Home,
        };
        let next = match step {
            Step::Home => None,
            Step::Category => self.link_of(|visit| visit.page.categories()).map(|link| link.url),
            Step::NextPage => self.here.page.next().map(|link| link.url.clone()),
            Step::Filter => self.filtered(),
            Step::Sort => self.sorted(),
            Step::Search => self.search(),
            Step::Product => None,
        };
        if let Some(url) = next {
            return self.open(url).await;
        }
        let product = if step == Step::Home { None } else { self.a_product_on_show() };
        match product {
            Some(link) => {
                self.expected.title = Some(link.text).filter(|_| link.is_heading);
                let opened = self.open(link.url).await;
                self.expected.title = None;
                opened
            }
            None => {
                let home = self.world.catalogue.home(self.locale);
                self.open(home.unwrap_or_else(|| self.world.site.home().clone())).await
            }
        }
    }

    /// A link of the page on show, each as likely.
    fn link_of(&mut self, links: impl Fn(&Visit) -> Vec<&Link>) -> Option<Link> {
        self.dice.one_of(&links(&self.here)).map(|link| (*link).clone())
    }

    /// A product of the page on show: mostly one of the first.
    fn a_product_on_show(&mut self) -> Option<Link> {
        let products = self.here.page.products();
        let others: Vec<&Link> = products.into_iter().filter(|link| link.url.path() != self.here.url.path()).collect();
        let mut place = 0;
        while place < others.len() && !self.dice.is_among(TAKES_IT) {
            place += 1;
        }
        others.get(place).or(others.first()).map(|link| (*link).clone())
    }

    /// The list with one more filter.
    fn filtered(&mut self) -> Option<Url> {
        let mut form = self.here.page.forms.iter().find(|form| form.find("f").is_some())?.clone();
        let boxes: Vec<String> = form
            .controls
            .iter()
            .filter(|control| control.name == "f" && control.kind == ControlKind::Checkbox && !control.is_checked)
            .map(|control| control.value.clone())
            .collect();
        form.set("f", self.dice.one_of(&boxes)?);
        self.listing_url(&form)
    }

    /// The list in another order.
    fn sorted(&mut self) -> Option<Url> {
        let mut form = self.here.page.forms.iter().find(|form| form.find("sort").is_some())?.clone();
        let ControlKind::Select(choices) = &form.find("sort")?.kind else { return None };
        let others: Vec<String> =
            choices.iter().skip(1).filter(|choice| !choice.is_chosen).map(|choice| choice.value.clone()).collect();
        form.set("sort", self.dice.one_of(&others)?);
        self.listing_url(&form)
    }

    /// As the theme's script makes it: in a fixed order, without what is empty or goes without saying.
    fn listing_url(&self, form: &Form) -> Option<Url> {
        let mut entries = form.entries(None);
        entries.retain(|(name, value)| {
            LISTING_NAMES.contains(&name.as_str()) && !value.is_empty() && (name != "sort" || value != "relevance")
        });
        let place = |name: &str| LISTING_NAMES.iter().position(|known| *known == name);
        entries.sort_by(|(one, a), (other, b)| (place(one), a).cmp(&(place(other), b)));
        let mut url = self.here.url.join(form.path()).ok()?;
        url.set_query(None);
        url.query_pairs_mut().extend_pairs(entries.iter().map(|(name, value)| (name, value.to_lowercase())));
        Some(url)
    }

    /// A search for words that some product has.
    fn search(&mut self) -> Option<Url> {
        let mut form = self.here.page.forms.iter().find(|form| form.path().ends_with("/search"))?.clone();
        form.set("q", &self.world.catalogue.words(self.locale, &mut self.dice)?);
        let Ask::Get(url) = self.ask(&form)? else { return None };
        Some(url)
    }

    /// What pressing a form's button asks for.
    pub(crate) fn ask(&self, form: &Form) -> Option<Ask> {
        let mut url =
            if form.action.is_empty() { self.here.url.clone() } else { self.here.url.join(&form.action).ok()? };
        let entries = form.entries(form.default_button());
        match form.method {
            Method::Post => Some(Ask::Post(url, entries)),
            Method::Get => {
                url.set_query(None);
                url.query_pairs_mut().extend_pairs(entries);
                Some(Ask::Get(url))
            }
        }
    }

    /// Looks at the page on show for a while; then something is due.
    pub(crate) async fn think(&mut self, kind: Kind) {
        let pause = self.dice.bounded_gap(think_time(kind)) / self.world.pace;
        self.due = Instant::now() + pause;
        tokio::time::sleep_until(self.due.into()).await;
    }

    /// Opens a page, and once more if that fails: whoever sees an error reloads.
    pub(crate) async fn open(&mut self, url: Url) -> Result<(), GaveUp> {
        if self.go(Ask::Get(url.clone())).await.is_ok() {
            return Ok(());
        }
        self.think(Kind::Page).await;
        self.go(Ask::Get(url)).await
    }

    /// Asks once, and is there then. A form is sent once: nobody presses Pay again without looking first.
    pub(crate) async fn go(&mut self, ask: Ask) -> Result<(), GaveUp> {
        let (world, expected) = (self.world, &self.expected);
        let check = |visit: &Visit| {
            let is_ours = world.is_tradewind() && world.site.is_own(&visit.url);
            if is_ours { expected.wrong(world.kind_of(&visit.url), visit) } else { None }
        };
        self.here = self.browser.visit(ask, self.due, &check).await.map_err(|_| GaveUp)?;
        Ok(())
    }
}

/// Mean of the time that a page is looked at, before it is divided by the pace. Assumptions: a product and an address
/// form take longest.
fn think_time(kind: Kind) -> Duration {
    Duration::from_secs(match kind {
        Kind::Home => 12,
        Kind::Listing | Kind::Search => 18,
        Kind::Product => 30,
        Kind::Basket => 20,
        Kind::Checkout => 40,
        Kind::Payment => 30,
        Kind::Order | Kind::Page | Kind::Asset | Kind::Script => 15,
    })
}
