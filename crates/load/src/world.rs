//! What all sessions of a run share.

use crate::catalogue::Catalogue;
use crate::client::Wire;
use crate::kind::Kind;
use crate::ledger::Ledger;
use crate::options::Options;
use crate::report::ShopKind;
use crate::site::Site;
use std::time::{Duration, Instant};
use url::Url;

/// Timers of the runtime wake up to a millisecond late. That much is the generator's own, and no shopper waits for it:
/// a start that is later than this counts from when it was due.
const TIMER_GRAIN: Duration = Duration::from_millis(2);

pub(crate) struct World {
    pub(crate) site: Site,
    pub(crate) catalogue: Catalogue,
    pub(crate) wire: Wire,
    pub(crate) ledger: Ledger,
    pub(crate) start: Instant,
    pub(crate) pace: u32,
    pub(crate) gateway: Option<String>,
}

impl World {
    pub(crate) fn new(options: &Options, site: Site, catalogue: Catalogue, wire: Wire) -> Self {
        let (pace, gateway) = (options.pace.max(1), options.gateway.clone());
        Self { site, catalogue, wire, ledger: Ledger::default(), start: Instant::now(), pace, gateway }
    }

    /// Whether it can be shopped in.
    pub(crate) fn is_tradewind(&self) -> bool {
        self.catalogue.kind == ShopKind::Tradewind
    }

    /// Time since the start.
    pub(crate) fn since_start(&self, moment: Instant) -> Duration {
        moment.saturating_duration_since(self.start)
    }

    pub(crate) fn kind_of(&self, url: &Url) -> Kind {
        if self.site.is_own(url) { self.catalogue.kind_of(url) } else { Kind::Payment }
    }

    /// From when the latency of something counts that was due and begins now.
    pub(crate) fn begin(&self, due: Instant) -> Instant {
        let now = Instant::now();
        let late = now.saturating_duration_since(due);
        if late <= TIMER_GRAIN {
            return now;
        }
        self.ledger.counts().late(late);
        due
    }
}
