//! What a page says about stock: available, few left or sold out, never a number.

/// Units free below which a page says *few left*, where the store's settings do not say.
pub const FEW_LEFT_DEFAULT: i64 = 5;

/// What shoppers are told.
#[derive(Clone, Copy, Debug, PartialEq, Eq, Hash, PartialOrd, Ord)]
pub enum Availability {
    /// Can be bought.
    Available,
    /// Can be bought, but not for long.
    FewLeft,
    /// Cannot be bought now.
    SoldOut,
    /// Has no price or is hidden: not for sale at all.
    NotForSale,
}

impl Availability {
    /// From what is free. `None` where units are not counted. Units in somebody's checkout may come back, so while
    /// any are held nothing is sold out.
    pub fn from_free(free: Option<i64>, held: i64, few_left: i64) -> Self {
        match free {
            None => Self::Available,
            Some(free) if free <= 0 && held <= 0 => Self::SoldOut,
            Some(free) if free < few_left => Self::FewLeft,
            Some(_) => Self::Available,
        }
    }

    /// The short name that pages, files and the API use.
    pub fn name(self) -> &'static str {
        match self {
            Self::Available => "available",
            Self::FewLeft => "few_left",
            Self::SoldOut => "sold_out",
            Self::NotForSale => "not_for_sale",
        }
    }

    /// Whether Add to basket is offered.
    pub fn can_be_bought(self) -> bool {
        matches!(self, Self::Available | Self::FewLeft)
    }

    /// Of a parent: the best of its children.
    pub fn best(children: impl IntoIterator<Item = Self>) -> Self {
        children.into_iter().min().unwrap_or(Self::NotForSale)
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn held_units_are_not_sold_out() {
        for (free, held, want) in [
            (None, 0, Availability::Available),
            (Some(5), 0, Availability::Available),
            (Some(4), 0, Availability::FewLeft),
            (Some(0), 2, Availability::FewLeft),
            (Some(0), 0, Availability::SoldOut),
            (Some(-3), 0, Availability::SoldOut),
        ] {
            assert_eq!(Availability::from_free(free, held, 5), want, "{free:?} free, {held} held");
        }
        assert_eq!(Availability::best([Availability::SoldOut, Availability::FewLeft]), Availability::FewLeft);
        assert_eq!(Availability::best([]), Availability::NotForSale);
    }
}
