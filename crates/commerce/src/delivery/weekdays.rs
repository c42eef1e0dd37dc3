//! Days of the week on which something is done.

use jiff::civil::Weekday;

/// A set of weekdays that holds at least one.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub struct Weekdays {
    /// From Monday on.
    days: [bool; 7],
}

/// Not a set of weekdays.
#[derive(Clone, Debug, PartialEq, Eq, thiserror::Error)]
pub enum InvalidWeekdays {
    /// Not the name of a day.
    #[error("{0:?} is not a weekday; they are mon, tue, wed, thu, fri, sat and sun")]
    Unknown(String),
    /// No day at all.
    #[error("there is no weekday in it; name at least one, such as mon")]
    None,
}

const NAMES: [&str; 7] = ["mon", "tue", "wed", "thu", "fri", "sat", "sun"];

impl Weekdays {
    /// What working days are where nobody says otherwise.
    pub const MONDAY_TO_FRIDAY: Self = Self { days: [true, true, true, true, true, false, false] };

    /// Takes names such as `mon`, in any case and order.
    pub fn parse(names: &[String]) -> Result<Self, InvalidWeekdays> {
        let mut days = [false; 7];
        for name in names {
            let known = NAMES.iter().position(|known| *known == name.trim().to_ascii_lowercase());
            let place = known.ok_or_else(|| InvalidWeekdays::Unknown(name.chars().take(20).collect()))?;
            days[place] = true;
        }
        if days.contains(&true) { Ok(Self { days }) } else { Err(InvalidWeekdays::None) }
    }

    /// Whether that day is one of them.
    pub fn contains(&self, day: Weekday) -> bool {
        usize::try_from(day.to_monday_zero_offset()).is_ok_and(|place| self.days.get(place) == Some(&true))
    }
}
