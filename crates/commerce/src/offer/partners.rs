//! Which offers share a line with which, and which names contradict each other.

use super::rule::{Field, InvalidOffer, Offer, Problem};
use crate::ids::OfferId;

/// With whom an offer says that it shares lines.
#[derive(Clone, Debug, PartialEq, Eq)]
pub struct PartnerNames {
    /// The offer.
    pub offer: OfferId,
    /// Whether it shares nothing.
    pub exclusive: bool,
    /// The only ones that it shares a line with, if any are named.
    pub combines_with: Vec<OfferId>,
}

impl Offer {
    /// With whom it says that it shares lines.
    pub fn partner_names(&self) -> PartnerNames {
        let combines_with = self.combines_with().to_vec();
        PartnerNames { offer: self.id(), exclusive: self.is_exclusive(), combines_with }
    }

    /// Refuses what contradicts another offer of the store; the field named is this one's. To be asked of every other
    /// offer when one is saved, since it takes both to see it. The order of the two plays no part.
    ///
    /// Offers share a line if one names the other, or if neither names anybody. That holds in both directions and goes
    /// no further: nothing is worked out from name to name. So a ring of names (tea names mug, mug names pot, pot names
    /// tea) goes round nobody for ever; it says that each two of them share, and is allowed. A chain is no
    /// contradiction either: where tea and mug share, and mug and pot, but not tea and pot, then whichever of tea and
    /// pot comes first on a line keeps the other off it.
    ///
    /// These contradict themselves, and are refused:
    ///
    /// - the ring of one, an offer that names itself ([`Problem::Itself`]): with itself it shares no unit, ever;
    /// - an exclusive offer that names partners ([`Problem::Exclusive`]);
    /// - an offer that names an exclusive one: the first says that they share, the other that it shares with nobody. It
    ///   is told here, as [`Problem::PartnerExclusive`] to the one that names, as [`Problem::NamedAsPartner`] to the
    ///   one that would be exclusive. In a basket where both stand all the same, they do not share.
    ///
    /// The first two are told by [`Offer::new`]. A name of which the store knows no offer, or none yet, says nothing.
    pub fn check_beside(&self, other: &PartnerNames) -> Result<(), InvalidOffer> {
        if other.exclusive && self.combines_with().contains(&other.offer) {
            return Err(Field::CombinesWith.problem(Problem::PartnerExclusive));
        }
        if self.is_exclusive() && other.combines_with.contains(&self.id()) {
            return Err(Field::Exclusive.problem(Problem::NamedAsPartner));
        }
        Ok(())
    }
}

#[cfg(test)]
mod tests {
    use super::super::OfferParts;
    use super::super::world::{offer_id, ten_percent};
    use super::*;

    #[test]
    fn names_that_contradict_an_exclusive_offer_are_refused_on_either_side() {
        let named = InvalidOffer { field: Field::CombinesWith, problem: Problem::PartnerExclusive };
        let exclusive = InvalidOffer { field: Field::Exclusive, problem: Problem::NamedAsPartner };
        let offer = |number, is_exclusive, partners: &[u32]| {
            let combines_with = partners.iter().copied().map(offer_id).collect();
            Offer::new(OfferParts { exclusive: is_exclusive, combines_with, ..ten_percent(number) }).unwrap()
        };
        for (case, first, second, want) in [
            ("names one that shares", offer(1, false, &[2]), offer(2, false, &[]), [Ok(()), Ok(())]),
            ("name each other", offer(1, false, &[2]), offer(2, false, &[1]), [Ok(()), Ok(())]),
            ("names an exclusive one", offer(1, false, &[2]), offer(2, true, &[]), [Err(named), Err(exclusive)]),
            ("names another than that", offer(1, false, &[3]), offer(2, true, &[]), [Ok(()), Ok(())]),
            ("both exclusive", offer(1, true, &[]), offer(2, true, &[]), [Ok(()), Ok(())]),
        ] {
            let beside = [&first, &second].map(Offer::partner_names);
            assert_eq!([first.check_beside(&beside[1]), second.check_beside(&beside[0])], want, "{case}");
        }
    }
}
