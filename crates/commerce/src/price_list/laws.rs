//! Laws that hold for all prices and all lists.

use super::*;
use crate::ids::StockRecordId;
use proptest::collection::vec;
use proptest::option;
use proptest::prelude::*;
use uuid::Uuid;

const MARKETS: [&str; 2] = ["de", "fr"];
const GROUPS: u128 = 3;

fn currency() -> impl Strategy<Value = Currency> {
    // Mostly the one that is asked for.
    prop_oneof![4 => Just("EUR"), 1 => Just("JPY")].prop_map(|code| Currency::parse(code).unwrap())
}

fn moment() -> impl Strategy<Value = Moment> {
    (0_i64..20).prop_map(Moment::from_micros)
}

fn time() -> impl Strategy<Value = (Option<Moment>, Option<Moment>)> {
    (option::of(moment()), option::of(moment()))
}

fn market() -> impl Strategy<Value = MarketCode> {
    prop::sample::select(MARKETS.to_vec()).prop_map(|code| MarketCode::parse(code).unwrap())
}

fn group() -> impl Strategy<Value = CustomerGroupId> {
    (0..GROUPS).prop_map(|number| CustomerGroupId::new(Uuid::from_u128(number)))
}

fn row(number: u128, minor: i64, currency: Currency, time: (Option<Moment>, Option<Moment>)) -> PriceRow {
    let id = PriceId::new(Uuid::from_u128(number));
    PriceRow { id, amount: Money::from_minor(minor, currency), from: time.0, until: time.1 }
}

fn base() -> impl Strategy<Value = Vec<PriceRow>> {
    vec((-5_i64..40, currency(), time()), 0..4).prop_map(|rows| {
        (1..).zip(rows).map(|(number, (minor, currency, time))| row(number, minor, currency, time)).collect()
    })
}

/// A list with one price; `number` makes its ids.
fn listed(number: u128, lowers: bool) -> impl Strategy<Value = ListedPrice> {
    let circle = (currency(), option::of(market()), option::weighted(0.3, group()), any::<bool>());
    (circle, time(), time(), (-5_i64..40, 1_u32..6, moment())).prop_map(
        move |((currency, market, group, replaces), (from, until), own, (minor, minimum, created_at))| {
            let can_replace = replaces && !lowers && market.is_some() && group.is_none();
            let effect = if can_replace { PriceEffect::Replaces } else { PriceEffect::Lowers };
            let until = until.filter(|until| from.is_none_or(|from| from < *until));
            let id = PriceListId::new(Uuid::from_u128(number));
            let parts =
                PriceListParts { id, name: "a".into(), currency, market, group, from, until, effect, created_at };
            let list = Arc::new(PriceList::new(parts).unwrap());
            let record = StockRecordId::new(Uuid::from_u128(1));
            let row = row(1_000 + number, minor, currency, own);
            let entry = ListEntry { list: id, record, minimum: Quantity::new(minimum).unwrap(), row };
            ListedPrice { list, entry }
        },
    )
}

fn lists() -> impl Strategy<Value = Vec<ListedPrice>> {
    (0_usize..6)
        .prop_flat_map(|count| (0..count).map(|at| listed(u128::try_from(at).unwrap(), false)).collect::<Vec<_>>())
}

/// Market, groups, units, moment.
type Asked = (Option<MarketCode>, Vec<CustomerGroupId>, u32, Moment);

fn asked() -> impl Strategy<Value = Asked> {
    (option::of(market()), vec(group(), 0..3), 1_u32..8, moment())
}

fn facts((market, groups, units, now): &Asked) -> PriceFacts<'_> {
    let currency = Currency::parse("EUR").unwrap();
    let quantity = Quantity::new(*units).unwrap();
    PriceFacts { currency, market: market.as_ref(), groups, quantity, now: *now }
}

proptest! {
    #[test]
    fn more_units_never_cost_more_a_unit(base in base(), lists in lists(), asked in asked()) {
        let facts = facts(&asked);
        let mut before = None;
        for units in 1..8 {
            let quantity = Quantity::new(units).unwrap();
            let price = best_price(&base, &lists, &PriceFacts { quantity, ..facts }).map(|best| best.amount.minor());
            if let Some(before) = before {
                prop_assert!(price.is_some_and(|price| price <= before), "{:?} after {}", price, before);
            }
            before = price.or(before);
        }
    }

    #[test]
    fn a_list_that_only_lowers_never_makes_anything_dearer(
        base in base(), lists in lists(), more in listed(99, true), asked in asked()
    ) {
        let facts = facts(&asked);
        let before = best_price(&base, &lists, &facts).map(|best| best.amount.minor());
        let after = best_price(&base, &[lists, vec![more]].concat(), &facts).map(|best| best.amount.minor());
        prop_assert_eq!(before.is_some(), after.is_some());
        prop_assert!(after <= before, "{:?} after {:?}", after, before);
    }

    #[test]
    fn a_group_never_pays_more_than_the_page_says(base in base(), lists in lists(), asked in asked()) {
        let facts = facts(&asked);
        let page = best_price(&base, &lists, &PriceFacts { groups: &[], ..facts }).map(|best| best.amount.minor());
        let own = best_price(&base, &lists, &facts).map(|best| best.amount.minor());
        prop_assert_eq!(page.is_some(), own.is_some());
        prop_assert!(own <= page);
    }

    #[test]
    fn the_order_of_lists_and_rows_changes_nothing(
        base in base(), lists in lists(), turn in 0_usize..6, asked in asked()
    ) {
        let facts = facts(&asked);
        let (mut turned, mut rows) = (lists.clone(), base.clone());
        turned.rotate_left(turn.min(lists.len()));
        rows.reverse();
        prop_assert_eq!(best_price(&rows, &turned, &facts), best_price(&base, &lists, &facts));
        prop_assert_eq!(price_tiers(&rows, &turned, &facts), price_tiers(&base, &lists, &facts));
        prop_assert_eq!(listed_prior_price(&rows, &turned, &facts), listed_prior_price(&base, &lists, &facts));
    }

    #[test]
    fn tiers_say_what_any_number_of_units_costs(base in base(), lists in lists(), asked in asked()) {
        let facts = facts(&asked);
        let tiers = price_tiers(&base, &lists, &facts);
        prop_assert!(tiers.windows(2).all(|pair| pair[0].minimum < pair[1].minimum
            && pair[1].amount.minor() < pair[0].amount.minor()));
        let reached = tiers.iter().rev().find(|tier| tier.minimum <= facts.quantity).map(|tier| tier.amount);
        prop_assert_eq!(reached, best_price(&base, &lists, &facts).map(|best| best.amount));
    }

    #[test]
    fn without_lists_the_prior_price_is_the_stock_record_s_own(base in base(), asked in asked()) {
        let facts = facts(&asked);
        let want = crate::catalogue::stock_record::prior_price(&base, facts.currency, facts.now);
        prop_assert_eq!(listed_prior_price(&base, &[], &facts), want);
    }
}
