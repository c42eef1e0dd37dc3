//! Vouchers: codes that let a shopper have offers.

mod drawn;
mod new_code;

pub use drawn::{CodeLength, DRAWN_LETTERS_MAX, DRAWN_LETTERS_MIN, InvalidCodeLength};
pub use new_code::{InvalidNewCode, NEW_CODE_CHARS_MAX};

use crate::ids::OfferId;
use crate::moment::Moment;
use std::fmt;

/// Longest code, in characters.
pub const VOUCHER_CODE_CHARS_MAX: usize = 128;
/// Most offers of one voucher.
pub const VOUCHER_OFFERS_MAX: usize = 16;
/// Most vouchers in one basket.
pub const BASKET_VOUCHERS_MAX: usize = 16;

/// A voucher code as shoppers type it: 1 to 128 visible characters, kept in upper case.
/// (Codes that a merchant makes anew are stricter; old stores have all sorts.)
#[derive(Clone, Debug, PartialEq, Eq, Hash, PartialOrd, Ord)]
pub struct VoucherCode(String);

/// Not a voucher code.
#[derive(Debug, Clone, Copy, PartialEq, Eq, thiserror::Error)]
#[error("a voucher code is 1 to {VOUCHER_CODE_CHARS_MAX} characters without spaces")]
pub struct InvalidVoucherCode;

impl VoucherCode {
    /// As a form sends it.
    pub fn parse(raw: &str) -> Result<Self, InvalidVoucherCode> {
        // Upper case first: some letters grow (ß becomes SS), and a kept code must parse again.
        let code = raw.trim().to_uppercase();
        let visible = code.chars().all(|c| !c.is_whitespace() && !c.is_control());
        if !visible || code.is_empty() || VOUCHER_CODE_CHARS_MAX < code.chars().count() {
            return Err(InvalidVoucherCode);
        }
        Ok(Self(code))
    }

    /// The code, in upper case.
    pub fn as_str(&self) -> &str {
        &self.0
    }
}

impl fmt::Display for VoucherCode {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        f.write_str(&self.0)
    }
}

/// How often a voucher may be used.
#[derive(Clone, Copy, Debug, PartialEq, Eq, Hash)]
pub enum VoucherUsage {
    /// In one order, by anybody.
    Single,
    /// In any number of orders.
    Multi,
    /// In one order of each customer, who must be signed in.
    OncePerCustomer,
}

/// A voucher as a form or a file holds it.
#[derive(Clone, Debug, PartialEq, Eq)]
pub struct VoucherParts {
    /// What shoppers type.
    pub code: VoucherCode,
    /// How often it may be used.
    pub usage: VoucherUsage,
    /// The offers that it lets a shopper have. Their own dates do not count, the voucher's do.
    pub offers: Vec<OfferId>,
    /// First moment, inclusive; `None` for always.
    pub start: Option<Moment>,
    /// Last moment, inclusive; `None` for ever.
    pub end: Option<Moment>,
}

/// Why parts make no voucher.
#[derive(Debug, Clone, Copy, PartialEq, Eq, thiserror::Error)]
pub enum InvalidVoucher {
    /// It leads to nothing.
    #[error("offers: a voucher needs at least one offer")]
    NoOffers,
    /// More than [`VOUCHER_OFFERS_MAX`].
    #[error("offers: a voucher has at most {VOUCHER_OFFERS_MAX} offers")]
    TooManyOffers,
    /// It ends before it starts.
    #[error("end: a voucher cannot end before it starts")]
    EndsBeforeStart,
}

/// A voucher.
#[derive(Clone, Debug, PartialEq, Eq)]
pub struct Voucher(VoucherParts);

/// How often a voucher was used in orders that stand.
#[derive(Clone, Copy, Debug, Default, PartialEq, Eq)]
pub struct VoucherUses {
    /// By anybody.
    pub total: u32,
    /// Of these, by the shopper.
    pub by_shopper: u32,
}

/// Why a voucher is not taken. (That a code is unknown, only whoever looks it up can say.)
#[derive(Debug, Clone, Copy, PartialEq, Eq, thiserror::Error)]
pub enum VoucherRefusal {
    /// It starts later.
    #[error("this voucher cannot be used yet")]
    NotYet {
        /// When it starts.
        start: Moment,
    },
    /// It is over.
    #[error("this voucher has ended")]
    Expired {
        /// When it ended.
        end: Moment,
    },
    /// Its one use has been made.
    #[error("this voucher has already been used")]
    UsedUp,
    /// It is for customers who are signed in.
    #[error("sign in to use this voucher")]
    SignInNeeded,
    /// The shopper has used it in an order.
    #[error("you have already used this voucher")]
    AlreadyUsedByYou,
    /// It stands in the basket.
    #[error("this voucher is already in the basket")]
    AlreadyInBasket,
    /// As many vouchers as fit are in the basket.
    #[error("a basket takes at most {BASKET_VOUCHERS_MAX} vouchers")]
    BasketFull,
    /// No offer of it finds what it needs in the basket.
    #[error("this voucher is not for the goods in the basket")]
    NotForTheseGoods,
    /// The basket has what it needs, but other offers come first or nothing is left to take off.
    #[error("this voucher takes nothing more off this basket")]
    NothingMore,
}

impl Voucher {
    /// Checks the parts.
    pub fn new(parts: VoucherParts) -> Result<Self, InvalidVoucher> {
        if parts.offers.is_empty() {
            return Err(InvalidVoucher::NoOffers);
        }
        if VOUCHER_OFFERS_MAX < parts.offers.len() {
            return Err(InvalidVoucher::TooManyOffers);
        }
        if let (Some(start), Some(end)) = (parts.start, parts.end)
            && end < start
        {
            return Err(InvalidVoucher::EndsBeforeStart);
        }
        Ok(Self(parts))
    }

    /// What shoppers type.
    pub fn code(&self) -> &VoucherCode {
        &self.0.code
    }

    /// How often it may be used.
    pub fn usage(&self) -> VoucherUsage {
        self.0.usage
    }

    /// The offers that it lets a shopper have.
    pub fn offers(&self) -> &[OfferId] {
        &self.0.offers
    }

    /// First moment, inclusive.
    pub fn start(&self) -> Option<Moment> {
        self.0.start
    }

    /// Last moment, inclusive.
    pub fn end(&self) -> Option<Moment> {
        self.0.end
    }

    /// Whether this shopper may use it now. What is in the basket plays no part.
    pub fn admit(&self, uses: VoucherUses, signed_in: bool, now: Moment) -> Result<(), VoucherRefusal> {
        if let Some(start) = self.0.start.filter(|start| now < *start) {
            return Err(VoucherRefusal::NotYet { start });
        }
        if let Some(end) = self.0.end.filter(|end| *end < now) {
            return Err(VoucherRefusal::Expired { end });
        }
        match self.0.usage {
            VoucherUsage::Single if uses.total > 0 => Err(VoucherRefusal::UsedUp),
            VoucherUsage::OncePerCustomer if !signed_in => Err(VoucherRefusal::SignInNeeded),
            VoucherUsage::OncePerCustomer if uses.by_shopper > 0 => Err(VoucherRefusal::AlreadyUsedByYou),
            VoucherUsage::Single | VoucherUsage::Multi | VoucherUsage::OncePerCustomer => Ok(()),
        }
    }

    /// Whether there is room for it among the codes that the basket has.
    pub fn enter<'a>(&self, basket: impl IntoIterator<Item = &'a VoucherCode>) -> Result<(), VoucherRefusal> {
        let mut count = 0;
        for code in basket {
            if code == self.code() {
                return Err(VoucherRefusal::AlreadyInBasket);
            }
            count += 1;
        }
        if BASKET_VOUCHERS_MAX <= count { Err(VoucherRefusal::BasketFull) } else { Ok(()) }
    }
}

#[cfg(test)]
mod tests {
    use super::*;
    use crate::ids::derived_uuid;

    fn parts(usage: VoucherUsage) -> VoucherParts {
        let offers = vec![OfferId::new(derived_uuid("offer", "ten"))];
        let [start, end] = [1_000, 2_000].map(|micros| Some(Moment::from_micros(micros)));
        VoucherParts { code: VoucherCode::parse("tea").unwrap(), usage, offers, start, end }
    }

    #[test]
    fn voucher_codes_are_parsed_at_the_door() {
        let long = "x".repeat(VOUCHER_CODE_CHARS_MAX + 1);
        let growing = "ß".repeat(VOUCHER_CODE_CHARS_MAX);
        for (case, raw, want) in [
            ("lower case is raised", "tea-2026", Some("TEA-2026")),
            ("spaces around go", " TEA ", Some("TEA")),
            ("a space inside", "TEA 2026", None),
            ("nothing", "", None),
            ("a control character", "TEA\u{7}", None),
            ("too long", &long, None),
            ("too long in upper case", &growing, None),
        ] {
            let got = VoucherCode::parse(raw).ok();
            assert_eq!(got.as_ref().map(VoucherCode::as_str), want, "{case}");
        }
    }

    #[test]
    fn each_refusal_is_told() {
        use VoucherRefusal::{AlreadyUsedByYou, Expired, NotYet, SignInNeeded, UsedUp};
        use VoucherUsage::{Multi, OncePerCustomer, Single};
        let moment = Moment::from_micros;
        for (case, usage, total, by_shopper, signed_in, now, want) in [
            ("early", Multi, 0, 0, true, 999, Err(NotYet { start: moment(1_000) })),
            ("on the first moment", Multi, 0, 0, true, 1_000, Ok(())),
            ("on the last moment", Multi, 0, 0, true, 2_000, Ok(())),
            ("late", Multi, 0, 0, true, 2_001, Err(Expired { end: moment(2_000) })),
            ("often", Multi, 9, 9, false, 1_500, Ok(())),
            ("single", Single, 0, 0, false, 1_500, Ok(())),
            ("spent", Single, 1, 0, true, 1_500, Err(UsedUp)),
            ("guest", OncePerCustomer, 0, 0, false, 1_500, Err(SignInNeeded)),
            ("used by others", OncePerCustomer, 5, 0, true, 1_500, Ok(())),
            ("used by me", OncePerCustomer, 5, 1, true, 1_500, Err(AlreadyUsedByYou)),
        ] {
            let voucher = Voucher::new(parts(usage)).unwrap();
            assert_eq!(voucher.admit(VoucherUses { total, by_shopper }, signed_in, moment(now)), want, "{case}");
        }
    }

    #[test]
    fn a_code_enters_a_basket_once() {
        let voucher = Voucher::new(parts(VoucherUsage::Multi)).unwrap();
        assert_eq!(voucher.enter(&[]), Ok(()));
        assert_eq!(voucher.enter([voucher.code()]), Err(VoucherRefusal::AlreadyInBasket));
        let others: Vec<VoucherCode> =
            (0..BASKET_VOUCHERS_MAX).map(|number| VoucherCode::parse(&format!("V{number}")).unwrap()).collect();
        assert_eq!(voucher.enter(&others), Err(VoucherRefusal::BasketFull));
    }

    #[test]
    fn vouchers_that_make_no_sense_are_refused() {
        let nothing = VoucherParts { offers: Vec::new(), ..parts(VoucherUsage::Multi) };
        assert_eq!(Voucher::new(nothing), Err(InvalidVoucher::NoOffers));
        let backwards = VoucherParts { end: Some(Moment::from_micros(1)), ..parts(VoucherUsage::Multi) };
        assert_eq!(Voucher::new(backwards), Err(InvalidVoucher::EndsBeforeStart));
    }
}
