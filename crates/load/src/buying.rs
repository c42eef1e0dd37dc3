//! From a product to an order's page, by the forms that the pages have.

use crate::browser::Ask;
use crate::form::{ControlKind, Form, Method};
use crate::kind::{ErrorKind, Kind};
use crate::ledger::Example;
use crate::options::Share;
use crate::plan::Intent;
use crate::session::{GaveUp, Shopper};
use crate::typed::{Person, fill_required};
use std::time::{Duration, Instant};
use url::Url;

/// Products that are tried until one can be bought.
const TRIES_MAX: usize = 4;
/// Forms from the basket to the order: address, delivery, review, payment, a challenge of the bank, and two to spare.
const FORMS_MAX: usize = 7;
/// How often a page that waits for the bank is asked again.
const WAITS_MAX: usize = 30;
/// After so long, divided by the pace: as the theme's script does.
const WAIT: Duration = Duration::from_secs(4);
/// Never shorter, however fast shoppers think.
const WAIT_MIN: Duration = Duration::from_millis(200);
/// The code under which a basket is counted that leads to no checkout; the shop says it in words only.
const BASKET_BLOCKED: &str = "basket_blocked";
/// Shoppers that take two of a thing, and that change a quantity in the basket.
const TAKES_TWO: Share = Share::percent(15);
const CHANGES_QUANTITY: Share = Share::percent(15);

impl Shopper<'_> {
    /// Fills the basket, and buys if that is what the session is for.
    pub(crate) async fn buy(&mut self) -> Result<(), GaveUp> {
        if !self.fill_basket().await? {
            return Ok(());
        }
        self.world.ledger.counts().baskets += 1;
        self.open_basket().await?;
        if self.dice.is_among(CHANGES_QUANTITY) {
            self.change_quantity().await?;
        }
        if self.plan.intent == Intent::FillBasket {
            return Ok(());
        }
        self.think(Kind::Basket).await;
        let Some(checkout) = self.link_to("/checkout") else { return self.blocked() };
        self.open(checkout).await?;
        if self.plan.intent == Intent::LookAtCheckout {
            return Ok(());
        }
        self.world.ledger.counts().checkouts += 1;
        self.check_out().await
    }

    /// Puts something into the basket. `false` if all that was tried is sold out.
    async fn fill_basket(&mut self) -> Result<bool, GaveUp> {
        for _ in 0..TRIES_MAX {
            if let Some(form) = self.here.page.buy_form().filter(|form| form.can_be_sent()).cloned()
                && self.add(form).await?
            {
                return Ok(true);
            }
            let Some(product) = self.world.catalogue.product(self.locale, &mut self.dice) else { return Ok(false) };
            self.think(Kind::Listing).await;
            self.open(product).await?;
        }
        Ok(false)
    }

    /// Presses the button of the product on show. `false` if the shop said no.
    async fn add(&mut self, mut form: Form) -> Result<bool, GaveUp> {
        let units = if self.dice.is_among(TAKES_TWO) { 2 } else { 1 };
        form.set("quantity", &units.to_string());
        fill_required(&mut form);
        let product = form.value("product").unwrap_or_default();
        self.think(Kind::Product).await;
        self.press(&form).await?;
        let is_in = self.here.refusal.is_none();
        if is_in {
            *self.expected.basket.entry(product).or_default() += units;
        }
        Ok(is_in)
    }

    async fn open_basket(&mut self) -> Result<(), GaveUp> {
        self.think(Kind::Page).await;
        let mut basket = self.world.site.home().clone();
        basket.set_path("/basket");
        self.open(self.link_to("/basket").unwrap_or(basket)).await
    }

    /// One more of something in the basket.
    async fn change_quantity(&mut self) -> Result<(), GaveUp> {
        let Some(mut form) = self.here.page.form("/basket/quantity").cloned() else { return Ok(()) };
        let product = form.value("product").unwrap_or_default();
        let Some(units) = self.expected.basket.get_mut(&product) else { return Ok(()) };
        *units += 1;
        form.set("quantity", &units.to_string());
        self.think(Kind::Basket).await;
        self.press(&form).await
    }

    /// From the checkout's first page to the order's.
    async fn check_out(&mut self) -> Result<(), GaveUp> {
        let person = Person { email: format!("shopper-{:016x}-{}@example.org", self.plan.seed, self.plan.number) };
        for _ in 0..FORMS_MAX {
            self.wait_for_bank().await?;
            // Bought; or the bank is nobody's to play with; or somebody else was quicker.
            if self.is_at("/order/") || self.here.is_elsewhere || self.here.refusal.is_some() {
                return Ok(());
            }
            if self.is_at("/basket") {
                return self.blocked();
            }
            if self.is_at("/pay/return/") {
                return self.lost("the payment is not settled");
            }
            let kind = self.world.kind_of(&self.here.url);
            let is_next = |form: &&Form| {
                form.method == Method::Post && (kind == Kind::Payment || form.path().starts_with("/checkout"))
            };
            let Some(mut form) = self.here.page.forms.iter().find(is_next).cloned() else {
                return self.lost("no form to go on with");
            };
            if form.path().ends_with("/pay") {
                self.expected.total = self.here.page.total.clone();
                if !self.choose_gateway(&mut form) {
                    return self.lost("the way to pay is not offered");
                }
            }
            if kind != Kind::Payment {
                person.fill(&mut form);
            }
            self.think(kind).await;
            self.press(&form).await?;
        }
        self.lost("the checkout goes on and on")
    }

    /// The way to pay that the options name, or any of those that are offered.
    fn choose_gateway(&mut self, form: &mut Form) -> bool {
        let radios =
            form.controls.iter().filter(|control| control.name == "payment" && control.kind == ControlKind::Radio);
        let offered: Vec<String> = radios.map(|control| control.value.clone()).collect();
        let chosen = match &self.world.gateway {
            Some(gateway) => offered.iter().find(|code| *code == gateway).cloned(),
            None => self.dice.one_of(&offered).cloned(),
        };
        // What costs nothing is paid in no way.
        let is_free = offered.is_empty();
        if let Some(code) = &chosen {
            form.set("payment", code);
        }
        is_free || chosen.is_some()
    }

    /// On a page that says that the payment is not settled yet: looks again until it is.
    async fn wait_for_bank(&mut self) -> Result<(), GaveUp> {
        for _ in 0..WAITS_MAX {
            if !self.is_at("/pay/return/") {
                break;
            }
            self.due = Instant::now() + (WAIT / self.world.pace).max(WAIT_MIN);
            tokio::time::sleep_until(self.due.into()).await;
            self.go(Ask::Get(self.here.url.clone())).await?;
        }
        Ok(())
    }

    async fn press(&mut self, form: &Form) -> Result<(), GaveUp> {
        let ask = self.ask(form).ok_or(GaveUp)?;
        self.go(ask).await
    }

    fn is_at(&self, path: &str) -> bool {
        self.world.site.is_own(&self.here.url) && self.here.url.path().starts_with(path)
    }

    /// The first link of the page on show that leads there.
    fn link_to(&self, path: &str) -> Option<Url> {
        self.here.page.links.iter().find(|link| link.url.path() == path).map(|link| link.url.clone())
    }

    /// The basket cannot be bought as it is: something in it was sold to somebody else meanwhile.
    fn blocked(&self) -> Result<(), GaveUp> {
        self.world.ledger.counts().refuse(BASKET_BLOCKED.to_owned());
        Ok(())
    }

    /// A page that leads nowhere is a wrong page.
    fn lost(&mut self, why: &str) -> Result<(), GaveUp> {
        let kind = self.world.kind_of(&self.here.url);
        let example = Example {
            kind,
            what: self.world.site.shown(&self.here.url),
            detail: why.to_owned(),
            second: self.world.since_start(self.due).as_secs(),
        };
        self.world.ledger.counts().fail(ErrorKind::WrongPage, example);
        Err(GaveUp)
    }
}
