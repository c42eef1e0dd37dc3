//! When an order leaves the house and when it arrives: the store's working days, holidays and cut-off time.

use super::{DeliveryMethod, Weekdays};
use jiff::civil::{Date, DateTime, Time};

/// Most holidays of a store.
pub const HOLIDAYS_MAX: usize = 1_000;
/// Longest time that a store takes to pack an order, in working days.
pub const HANDLING_DAYS_MAX: u32 = 60;
/// Days that are looked at for one answer, ten years; where there is no working day among them, the last is the answer.
const DAYS_LOOKED_AT_MAX: u32 = 3_660;

/// On which days a store works.
#[derive(Clone, Debug, PartialEq, Eq)]
pub struct Calendar {
    /// Days of the week on which orders are packed.
    pub weekdays: Weekdays,
    /// Days on which nobody packs and nobody carries.
    pub holidays: Holidays,
    /// What is ordered at this time of day or later counts for the next working day; `None` for no such time.
    pub cut_off: Option<Time>,
    /// Working days that packing takes.
    pub handling_days: u32,
}

impl Default for Calendar {
    /// Monday to Friday, with no holidays, no cut-off time and no time for packing.
    fn default() -> Self {
        Self { weekdays: Weekdays::MONDAY_TO_FRIDAY, holidays: Holidays::default(), cut_off: None, handling_days: 0 }
    }
}

impl Calendar {
    /// The working day that what is ordered now counts for: today, if it is one and the cut-off time has not come.
    pub fn counts_for(&self, now: DateTime) -> Date {
        let late = self.cut_off.is_some_and(|cut_off| now.time() >= cut_off);
        let start = if late { now.date().tomorrow().unwrap_or(now.date()) } else { now.date() };
        self.first_from(start, self.weekdays)
    }

    /// First and last day on which a method delivers what is ordered now.
    pub fn arrival(&self, now: DateTime, method: &DeliveryMethod) -> (Date, Date) {
        let packed = self.after(self.counts_for(now), self.handling_days, self.weekdays);
        // Whoever carries it takes it on their next day of work.
        let handed_over = self.first_from(packed, method.weekdays);
        let day = |days| self.after(handed_over, days, method.weekdays);
        (day(method.days.0), day(method.days.1))
    }

    /// Working days from the order to the arrival, packing included, at best and at worst: what can be said on a page
    /// that is kept for hours.
    pub fn days(&self, method: &DeliveryMethod) -> (u32, u32) {
        let with_packing = |days: u32| days.saturating_add(self.handling_days);
        (with_packing(method.days.0), with_packing(method.days.1))
    }

    fn is_working(&self, day: Date, weekdays: Weekdays) -> bool {
        weekdays.contains(day.weekday()) && !self.holidays.contains(day)
    }

    /// The first working day from this one on.
    fn first_from(&self, day: Date, weekdays: Weekdays) -> Date {
        if self.is_working(day, weekdays) { day } else { self.after(day, 1, weekdays) }
    }

    /// The day after so many working days; the end of the calendar stays the end.
    fn after(&self, start: Date, days: u32, weekdays: Weekdays) -> Date {
        let (mut day, mut left) = (start, days);
        for _ in 0..DAYS_LOOKED_AT_MAX {
            if left == 0 {
                break;
            }
            match day.tomorrow() {
                Ok(next) => day = next,
                Err(_) => break,
            }
            left -= u32::from(self.is_working(day, weekdays));
        }
        day
    }
}

/// Days on which nobody works: single ones, and those of every year.
#[derive(Clone, Debug, Default, PartialEq, Eq)]
pub struct Holidays {
    /// Sorted.
    dates: Vec<Date>,
    /// Month and day, sorted.
    yearly: Vec<(i8, i8)>,
}

/// Not a holiday.
#[derive(Clone, Debug, PartialEq, Eq, thiserror::Error)]
pub enum InvalidHoliday {
    /// Not a date.
    #[error("{0:?} is neither a date such as 2026-12-25 nor a day of every year such as 12-25")]
    NoDate(String),
    /// Too many.
    #[error("there are {0}; at most {HOLIDAYS_MAX} are kept")]
    TooMany(usize),
}

impl Holidays {
    /// Takes `2026-12-25` for one day, `12-25` for that of every year.
    pub fn parse(days: &[String]) -> Result<Self, InvalidHoliday> {
        if days.len() > HOLIDAYS_MAX {
            return Err(InvalidHoliday::TooMany(days.len()));
        }
        let mut holidays = Self::default();
        for raw in days {
            let text = raw.trim();
            let no_date = || InvalidHoliday::NoDate(raw.chars().take(40).collect());
            // Of the year 2000 because it has a 29th of February.
            let is_yearly = text.len() == "12-25".len();
            let date = if is_yearly { format!("2000-{text}") } else { text.to_owned() };
            let date: Date = date.parse().map_err(|_| no_date())?;
            if date.to_string().len() != "2000-".len() + "12-25".len() || !date.to_string().ends_with(text) {
                return Err(no_date());
            }
            if is_yearly {
                holidays.yearly.push((date.month(), date.day()));
            } else {
                holidays.dates.push(date);
            }
        }
        holidays.dates.sort_unstable();
        holidays.yearly.sort_unstable();
        Ok(holidays)
    }

    /// Whether that day is one.
    pub fn contains(&self, day: Date) -> bool {
        self.yearly.binary_search(&(day.month(), day.day())).is_ok() || self.dates.binary_search(&day).is_ok()
    }
}
