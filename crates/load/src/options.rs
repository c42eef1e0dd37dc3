//! What to play, against which shop.

use std::str::FromStr;
use std::time::Duration;
use url::Url;

/// Longest run, in seconds: a day.
pub const SECONDS_MAX: u32 = 86_400;
/// Most shoppers at once: each has a task, some sockets and a small cache.
pub const SHOPPERS_MAX: u32 = 200_000;
/// Most sessions in a second, at the top of the shape.
const SESSIONS_PER_SECOND_MAX: u64 = 100_000;
/// A think time is divided by so much at most.
pub const PACE_MAX: u32 = 10_000;

/// Everything about a run. The same options and seed make the same arrivals and the same shoppers; what they do then
/// depends on the pages that they are shown.
#[derive(Clone, Debug)]
pub struct Options {
    /// The shop. Only scheme, host and port count.
    pub url: Url,
    /// How arrivals are spread over the run.
    pub shape: Shape,
    /// How long shoppers arrive, after the warm-up.
    pub seconds: u32,
    /// Before that they come as well, for so many seconds, and what they see is not counted: an edge that has just been
    /// opened has nothing yet. Errors are counted all the same.
    pub warm_up: u32,
    /// What all chance follows from.
    pub seed: u64,
    /// Most shoppers at once. A session that would be one more is counted as not played. Each has up to six sockets, so
    /// that the process may need more open files than the system's default of 1,024.
    pub shoppers_max: usize,
    /// How many sessions put something into the basket. 10 % by default: shops report 6 to 11 %.
    pub basket_share: Share,
    /// How many of these buy. 30 % by default: about 70 % of baskets are left standing (Baymard Institute).
    pub checkout_share: Share,
    /// The way to pay, as the form names it (`invoice`); by default any that is offered.
    pub gateway: Option<String>,
    /// Think times are divided by this. 10 by default: a visit of three minutes takes eighteen seconds.
    pub pace: u32,
    /// Longest wait for one whole answer.
    pub timeout: Duration,
    /// Longest wait for a connection.
    pub connect_timeout: Duration,
    /// How long sessions may go on after the last arrival; then they are cut off.
    pub drain: Duration,
    /// Believes every certificate: for a shop on this machine that made its own.
    pub insecure: bool,
    /// The control address of a local region, of which `GET /report.json` is read before and after.
    pub region: Option<Url>,
}

impl Options {
    /// With the defaults that the fields name.
    pub fn new(url: Url, shape: Shape, seconds: u32) -> Self {
        Self {
            url,
            shape,
            seconds,
            warm_up: 0,
            seed: 1,
            shoppers_max: 2_000,
            basket_share: Share::TEN_PERCENT,
            checkout_share: Share::THIRTY_PERCENT,
            gateway: None,
            pace: 10,
            timeout: Duration::from_secs(30),
            connect_timeout: Duration::from_secs(10),
            drain: Duration::from_secs(30),
            insecure: false,
            region: None,
        }
    }

    /// How long shoppers arrive in all.
    pub(crate) fn whole_seconds(&self) -> u32 {
        self.seconds.saturating_add(self.warm_up)
    }

    /// Whether they can be played.
    ///
    /// # Errors
    ///
    /// The first field that is beyond its bounds.
    pub fn check(&self) -> Result<(), OptionsError> {
        for url in [Some(&self.url), self.region.as_ref()].into_iter().flatten() {
            if !matches!(url.scheme(), "http" | "https") || !url.has_host() {
                return Err(OptionsError::Url(url.to_string()));
            }
        }
        if self.seconds == 0 || SECONDS_MAX < self.whole_seconds() {
            return Err(OptionsError::Seconds(self.whole_seconds()));
        }
        if !u32::try_from(self.shoppers_max).is_ok_and(|shoppers| (1..=SHOPPERS_MAX).contains(&shoppers)) {
            return Err(OptionsError::Shoppers(self.shoppers_max));
        }
        if self.pace == 0 || PACE_MAX < self.pace {
            return Err(OptionsError::Pace(self.pace));
        }
        if self.timeout.is_zero() || self.connect_timeout.is_zero() {
            return Err(OptionsError::Timeout);
        }
        self.shape.check(self.whole_seconds())
    }
}

/// Options that cannot be played.
#[derive(Clone, Debug, PartialEq, Eq, thiserror::Error)]
pub enum OptionsError {
    /// Not the address of a web site.
    #[error("{0} is no http:// or https:// address")]
    Url(String),
    /// No time, or too much.
    #[error("a run of {0} s: 1 to {SECONDS_MAX} are possible")]
    Seconds(u32),
    /// Nobody, or too many.
    #[error("{0} shoppers at once: 1 to {SHOPPERS_MAX} are possible")]
    Shoppers(usize),
    /// No pace, or one that leaves no time at all.
    #[error("a pace of {0}: 1 to {PACE_MAX} are possible")]
    Pace(u32),
    /// An answer that may take no time.
    #[error("a time limit of 0 lets nothing through")]
    Timeout,
    /// More arrivals than can be played.
    #[error("{0} sessions a second at the top: at most {SESSIONS_PER_SECOND_MAX} are possible")]
    Rate(u64),
    /// A day without length.
    #[error("a day of 0 seconds")]
    Day,
    /// The spike comes after the end.
    #[error("the spike comes at second {at_second}, and the run ends at second {seconds}")]
    Spike {
        /// When it would come.
        at_second: u32,
        /// When the run ends.
        seconds: u32,
    },
}

/// How arrivals are spread over the run.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub enum Shape {
    /// The same all the time.
    Steady {
        /// Mean of the arrivals.
        sessions_per_second: Rate,
    },
    /// A day's curve, from midnight to midnight, squeezed into some seconds and repeated until the end.
    Daily {
        /// Mean of the arrivals in the evening, when most come.
        peak_sessions_per_second: Rate,
        /// So long is a day.
        day_seconds: u32,
    },
    /// A crowd: from one second to the next, and until the end, so many times as many. With a factor of 100, the second
    /// of the spike has a hundred times the arrivals of the second before it.
    Spike {
        /// Mean of the arrivals until then.
        before_per_second: Rate,
        /// So many times as many then.
        factor: u32,
        /// The first second of the crowd, counted from 0.
        at_second: u32,
    },
}

/// Arrivals of each hour, from midnight on, as thousandths of the busiest. The shape that shops commonly report: hardly
/// anybody at four in the morning, a broad plateau by day, most in the evening at eight. Between hours it is a line.
const DAY_THOUSANDTHS: [u64; 24] = [
    320, 200, 130, 90, 80, 100, 180, 320, 480, 620, 700, 730, 740, 720, 700, 700, 720, 760, 840, 940, 1_000, 960, 780,
    520,
];

impl Shape {
    fn check(self, seconds: u32) -> Result<(), OptionsError> {
        let top = self.top().per_kilosecond() / 1_000;
        if SESSIONS_PER_SECOND_MAX < top {
            return Err(OptionsError::Rate(top));
        }
        match self {
            Self::Daily { day_seconds: 0, .. } => Err(OptionsError::Day),
            Self::Spike { at_second, .. } if seconds <= at_second => Err(OptionsError::Spike { at_second, seconds }),
            _ => Ok(()),
        }
    }

    /// The most that it comes to.
    pub(crate) fn top(self) -> Rate {
        match self {
            Self::Steady { sessions_per_second } => sessions_per_second,
            Self::Daily { peak_sessions_per_second, .. } => peak_sessions_per_second,
            Self::Spike { before_per_second, factor, .. } => before_per_second.times(factor.max(1)),
        }
    }

    /// What it is at a moment.
    pub(crate) fn at(self, moment: Duration) -> Rate {
        match self {
            Self::Steady { sessions_per_second } => sessions_per_second,
            Self::Daily { peak_sessions_per_second, day_seconds } => {
                Rate(peak_sessions_per_second.0.saturating_mul(of_day(moment, day_seconds)) / 1_000_000)
            }
            Self::Spike { before_per_second, factor, at_second } => {
                let is_over = moment < Duration::from_secs(u64::from(at_second));
                if is_over { before_per_second } else { before_per_second.times(factor) }
            }
        }
    }

    /// The second of the spike.
    pub(crate) fn spike_second(self) -> Option<u32> {
        match self {
            Self::Spike { at_second, .. } => Some(at_second),
            _ => None,
        }
    }
}

/// Millionths of the busiest hour at a moment of a day of so many seconds.
fn of_day(moment: Duration, day_seconds: u32) -> u64 {
    let day_millis = u64::from(day_seconds.max(1)) * 1_000;
    let in_day = u64::try_from(moment.as_millis()).unwrap_or(u64::MAX) % day_millis;
    // Thousandths of an hour since midnight.
    let clock = in_day * 24_000 / day_millis;
    let (hour, part) = (clock / 1_000, clock % 1_000);
    let of = |hour: u64| DAY_THOUSANDTHS[usize::try_from(hour % 24).unwrap_or_default()];
    of(hour) * (1_000 - part) + of(hour + 1) * part
}

/// So many in a second, in thousandths: 0.5 is one every two seconds.
#[derive(Clone, Copy, Debug, PartialEq, Eq, PartialOrd, Ord)]
pub struct Rate(u64);

/// Not a rate.
#[derive(Clone, Copy, Debug, PartialEq, Eq, thiserror::Error)]
#[error("not a rate: a number from 0 to a million with at most three digits behind the point")]
pub struct InvalidRate;

impl Rate {
    const SECONDS: u64 = 1_000;
    const PER_SECOND_MAX: u64 = 1_000_000;

    /// So many in a second.
    pub fn per_second(count: u32) -> Self {
        Self(u64::from(count) * Self::SECONDS)
    }

    /// So many in a thousand seconds.
    pub(crate) fn per_kilosecond(self) -> u64 {
        self.0
    }

    fn times(self, factor: u32) -> Self {
        Self(self.0.saturating_mul(u64::from(factor)))
    }

    /// Mean time between two; `None` where none come.
    pub(crate) fn mean_gap(self) -> Option<Duration> {
        const KILOSECOND_NANOS: u64 = 1_000_000_000_000;
        (self.0 != 0).then(|| Duration::from_nanos(KILOSECOND_NANOS / self.0))
    }
}

impl FromStr for Rate {
    type Err = InvalidRate;

    fn from_str(raw: &str) -> Result<Self, InvalidRate> {
        let thousandths = decimal(raw, 3).ok_or(InvalidRate)?;
        if Self::PER_SECOND_MAX * Self::SECONDS < thousandths { Err(InvalidRate) } else { Ok(Self(thousandths)) }
    }
}

impl std::fmt::Display for Rate {
    fn fmt(&self, f: &mut std::fmt::Formatter<'_>) -> std::fmt::Result {
        match self.0 % Self::SECONDS {
            0 => write!(f, "{}", self.0 / Self::SECONDS),
            rest => write!(f, "{}.{}", self.0 / Self::SECONDS, format!("{rest:03}").trim_end_matches('0')),
        }
    }
}

/// A part of all, from 0 to 100 %.
#[derive(Clone, Copy, Debug, PartialEq, Eq, PartialOrd, Ord)]
pub struct Share(u16);

/// Not a share.
#[derive(Clone, Copy, Debug, PartialEq, Eq, thiserror::Error)]
#[error("not a share: a number from 0 to 100 with at most two digits behind the point")]
pub struct InvalidShare;

impl Share {
    const TEN_PERCENT: Self = Self(1_000);
    const THIRTY_PERCENT: Self = Self(3_000);

    /// So many of a hundred; more is all.
    pub const fn percent(percent: u8) -> Self {
        let percent = if percent < 100 { percent as u16 } else { 100 };
        Self(percent * 100)
    }

    /// Hundredths of a per cent.
    pub(crate) fn basis_points(self) -> u16 {
        self.0
    }
}

impl FromStr for Share {
    type Err = InvalidShare;

    fn from_str(raw: &str) -> Result<Self, InvalidShare> {
        let hundredths = decimal(raw, 2).and_then(|points| u16::try_from(points).ok()).ok_or(InvalidShare)?;
        if 10_000 < hundredths { Err(InvalidShare) } else { Ok(Self(hundredths)) }
    }
}

/// A number with so many digits behind the point at most, as a multiple of the last of them.
pub(crate) fn decimal(raw: &str, digits: usize) -> Option<u64> {
    let (whole, part) = raw.trim().split_once('.').unwrap_or((raw.trim(), ""));
    let is_number = |text: &str| text.bytes().all(|byte| byte.is_ascii_digit());
    if whole.is_empty() || !is_number(whole) || !is_number(part) || digits < part.len() {
        return None;
    }
    format!("{whole}{part:0<digits$}").parse().ok()
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn rates_and_shares_are_parsed_at_the_door() {
        for (raw, want) in [
            ("2", Some("2")),
            (" 0.5 ", Some("0.5")),
            ("0.125", Some("0.125")),
            ("12.50", Some("12.5")),
            ("1.", Some("1")),
            ("0.1234", None),
            ("-1", None),
            ("", None),
            (".5", None),
            ("1e3", None),
            ("1000001", None),
            ("99999999999999999999", None),
        ] {
            let got = raw.parse::<Rate>().ok().map(|rate| rate.to_string());
            assert_eq!(got.as_deref(), want, "{raw}");
        }
        for (raw, want) in
            [("30", Some(3_000)), ("2.5", Some(250)), ("100", Some(10_000)), ("100.01", None), ("a", None)]
        {
            assert_eq!(raw.parse::<Share>().ok().map(Share::basis_points), want, "{raw}");
        }
    }

    #[test]
    fn a_day_has_its_peak_in_the_evening_and_joins_on_to_the_next() {
        let shape = Shape::Daily { peak_sessions_per_second: Rate::per_second(100), day_seconds: 240 };
        let at = |second| shape.at(Duration::from_secs(second)).per_kilosecond();
        assert_eq!((at(200), at(40), at(0), at(240)), (100_000, 8_000, 32_000, 32_000));
        assert_eq!(at(5), 26_000, "between midnight and one");
        assert!((0..240).all(|second| at(second) <= shape.top().per_kilosecond()));
    }

    #[test]
    fn options_that_cannot_be_played_are_refused() {
        let steady = Shape::Steady { sessions_per_second: Rate::per_second(1) };
        let good = Options::new(Url::parse("http://localhost:8000").unwrap(), steady, 10);
        assert_eq!(good.check(), Ok(()));
        let spike = |at_second| Shape::Spike { before_per_second: Rate::per_second(1), factor: 100, at_second };
        for (case, options, want) in [
            (
                "a file",
                Options { url: Url::parse("file:///x").unwrap(), ..good.clone() },
                OptionsError::Url("file:///x".into()),
            ),
            ("no time", Options { seconds: 0, ..good.clone() }, OptionsError::Seconds(0)),
            ("nobody", Options { shoppers_max: 0, ..good.clone() }, OptionsError::Shoppers(0)),
            ("no pace", Options { pace: 0, ..good.clone() }, OptionsError::Pace(0)),
            ("no wait", Options { timeout: Duration::ZERO, ..good.clone() }, OptionsError::Timeout),
            (
                "late spike",
                Options { shape: spike(10), ..good.clone() },
                OptionsError::Spike { at_second: 10, seconds: 10 },
            ),
        ] {
            assert_eq!(options.check(), Err(want), "{case}");
        }
        let crowd = Shape::Spike { before_per_second: Rate::per_second(2_000), factor: 100, at_second: 1 };
        assert_eq!(Options { shape: crowd, ..good }.check(), Err(OptionsError::Rate(200_000)));
    }
}
