//! Who comes when, and what for.

use crate::arrivals::Arrivals;
use crate::dice::Dice;
use crate::options::{Options, Share};
use std::time::Duration;

/// Where sessions begin. Shops report half or more of their visitors from search engines and advertisements, most of
/// them straight to a product or a category; the rest type the name or have it bookmarked.
const LANDINGS: [(Landing, u32); 3] = [(Landing::Home, 40), (Landing::Product, 45), (Landing::Category, 15)];
/// Sessions that see one page and go, of those that put nothing into the basket: shops report 40 to 50 %.
const BOUNCES: Share = Share::percent(45);
/// Of the baskets that are not bought, those whose shopper looks at the first page of the checkout.
const LOOKS_AT_CHECKOUT: Share = Share::percent(30);
/// The chance that a shopper looks at one more page, so that the mean of a visit that is no bounce is six.
const GOES_ON: Share = Share::percent(80);
/// Most pages that a shopper browses.
const PAGES_MAX: u32 = 40;
/// Phones among the devices: shops report 60 to 70 % of their visits from them.
const PHONES: Share = Share::percent(60);

/// A session before it begins.
#[derive(Clone, Debug, PartialEq, Eq)]
pub struct SessionPlan {
    /// Which of the run, counted from 0.
    pub number: u64,
    /// When it arrives, since the start.
    pub at: Duration,
    /// Where it begins.
    pub landing: Landing,
    /// What it is for.
    pub intent: Intent,
    /// Pages that it browses after the first.
    pub pages: u32,
    /// On what it looks at them.
    pub device: Device,
    /// What all that it decides on its way follows from.
    pub seed: u64,
}

/// The first page of a session.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub enum Landing {
    /// The home page.
    Home,
    /// A product, from a search engine.
    Product,
    /// A category.
    Category,
}

/// What a session is for.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub enum Intent {
    /// One page, and away.
    Bounce,
    /// Looking around.
    Browse,
    /// Something goes into the basket and stays there.
    FillBasket,
    /// So it does, after a look at what the checkout asks for.
    LookAtCheckout,
    /// An order.
    Buy,
}

/// What pages are looked at on: it decides which sizes of a picture are loaded.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub enum Device {
    /// A small screen.
    Phone,
    /// A large one.
    Desktop,
}

/// The sessions of a run, in the order of their arrival: the same for the same options.
pub fn plan(options: &Options) -> Plan {
    Plan {
        dice: Dice::new(options.seed),
        arrivals: Arrivals::new(options.shape, options.whole_seconds()),
        shares: (options.basket_share, options.checkout_share),
        number: 0,
    }
}

/// See [`plan`].
#[derive(Clone, Debug)]
pub struct Plan {
    dice: Dice,
    arrivals: Arrivals,
    shares: (Share, Share),
    number: u64,
}

impl Iterator for Plan {
    type Item = SessionPlan;

    fn next(&mut self) -> Option<SessionPlan> {
        let at = self.arrivals.next(&mut self.dice)?;
        let number = self.number;
        self.number += 1;
        let seed = self.dice.number();
        // A stream of its own, so that a shopper is the same whatever the shape draws.
        let mut own = Dice::new(seed);
        let intent = intent(&mut own, self.shares);
        let mut pages = u32::from(intent != Intent::Bounce);
        while pages != 0 && pages < PAGES_MAX && own.is_among(GOES_ON) {
            pages += 1;
        }
        let device = if own.is_among(PHONES) { Device::Phone } else { Device::Desktop };
        Some(SessionPlan { number, at, landing: own.weighted(&LANDINGS), intent, pages, device, seed: own.number() })
    }
}

fn intent(dice: &mut Dice, (basket, checkout): (Share, Share)) -> Intent {
    if !dice.is_among(basket) {
        return if dice.is_among(BOUNCES) { Intent::Bounce } else { Intent::Browse };
    }
    if dice.is_among(checkout) {
        return Intent::Buy;
    }
    if dice.is_among(LOOKS_AT_CHECKOUT) { Intent::LookAtCheckout } else { Intent::FillBasket }
}

#[cfg(test)]
mod tests {
    use super::*;
    use crate::options::{Rate, Shape};
    use url::Url;

    fn options(seed: u64) -> Options {
        let shape = Shape::Steady { sessions_per_second: Rate::per_second(100) };
        Options { seed, ..Options::new(Url::parse("http://localhost").unwrap(), shape, 100) }
    }

    #[test]
    fn the_same_seed_makes_the_same_sessions() {
        let sessions: Vec<SessionPlan> = plan(&options(4)).collect();
        assert_eq!(sessions, plan(&options(4)).collect::<Vec<_>>());
        assert_ne!(sessions, plan(&options(5)).collect::<Vec<_>>());
        assert!(sessions.iter().enumerate().all(|(place, session)| session.number == u64::try_from(place).unwrap()));
        assert!(sessions.is_sorted_by_key(|session| session.at));
    }

    #[test]
    fn sessions_are_as_the_numbers_say() {
        let sessions: Vec<SessionPlan> = plan(&options(1)).collect();
        let percent = |of: &dyn Fn(&SessionPlan) -> bool| {
            sessions.iter().filter(|session| of(session)).count() * 1_000 / sessions.len()
        };
        for (case, thousandths, want) in [
            ("home", percent(&|session| session.landing == Landing::Home), 400),
            ("product", percent(&|session| session.landing == Landing::Product), 450),
            ("bounce", percent(&|session| session.intent == Intent::Bounce), 405),
            ("buy", percent(&|session| session.intent == Intent::Buy), 30),
            ("checkout", percent(&|session| session.intent == Intent::LookAtCheckout), 21),
            ("phone", percent(&|session| session.device == Device::Phone), 600),
        ] {
            assert!(thousandths.abs_diff(want) < 20, "{case}: {thousandths} of a thousand, {want} wanted");
        }
        assert!(sessions.iter().all(|session| (session.intent == Intent::Bounce) == (session.pages == 0)));
        let pages: u32 = sessions.iter().map(|session| session.pages).sum();
        let visits = u32::try_from(sessions.len() * 595 / 1_000).unwrap();
        assert!((pages * 10 / visits).abs_diff(50) < 4, "{pages} pages of {visits} visits");
    }
}
