use super::*;
use crate::address::EmailAddress;
use crate::checkout::{SoldLine, SoldTax};
use crate::ids::{CheckoutId, PartnerId, ProductId, StockRecordId};
use crate::language::Language;
use crate::market::{MarketCode, TaxDisplay};
use crate::money::Currency;
use crate::payment::{LedgerEntry, LedgerKind};
use crate::tax::Taxed;
use crate::tax::class::TaxClass;
use crate::tax::rate::TaxRate;
use proptest::prelude::*;
use uuid::Uuid;

fn gbp(minor: i64) -> Money {
    Money::from_minor(minor, Currency::parse("GBP").unwrap())
}

fn line(quantity: u32, requires_shipping: bool) -> SoldLine {
    SoldLine {
        product: ProductId::new(Uuid::from_u128(1)),
        stock_record: StockRecordId::new(Uuid::from_u128(2)),
        partner: PartnerId::new(Uuid::from_u128(3)),
        partner_name: String::new(),
        sku: "S".to_owned(),
        upc: None,
        title: "Mug".to_owned(),
        variant: String::new(),
        answers: vec![],
        quantity,
        unit_entered: gbp(100),
        unit_shown: gbp(100),
        discount: gbp(0),
        discounts: Vec::new(),
        total: Taxed::new(gbp(100 * i64::from(quantity)), gbp(0)).unwrap(),
        tax_class: TaxClass::standard(),
        tax_rate: TaxRate::ZERO,
        taxes: Vec::new(),
        is_priced_outside: false,
        requires_shipping,
        tracks_stock: true,
        is_gift_card: false,
        weight_kg: None,
        image: None,
        slug: "mug".to_owned(),
    }
}

fn order(lines: Vec<SoldLine>, ledger: &[(LedgerKind, i64)]) -> Order {
    let total = lines.iter().try_fold(Taxed::zero(gbp(0).currency()), |sum, line| sum.plus(line.total)).unwrap();
    let sold = FrozenCheckout {
        id: CheckoutId::new(Uuid::from_u128(9)),
        number: OrderNumber::from_random(7),
        frozen_at: Moment::default(),
        snapshot_version: 1,
        market: MarketCode::parse("uk").unwrap(),
        language: Language::ENGLISH,
        tax_display: TaxDisplay::Including,
        email: EmailAddress::parse("ann@example.org").unwrap(),
        delivery_address: None,
        billing_address: None,
        lines,
        delivery: None,
        discounts: Vec::new(),
        actions: Vec::new(),
        uses: Vec::new(),
        tax: SoldTax::at_one_rate(total, TaxRate::ZERO),
        total,
        tenders: Vec::new(),
        gateway: "demo".to_owned(),
    };
    let entries: Vec<LedgerEntry> = ledger
        .iter()
        .map(|(kind, minor)| LedgerEntry {
            payment: crate::ids::PaymentId::new(Uuid::nil()),
            card: None,
            kind: *kind,
            amount: gbp(*minor),
            key: String::new(),
            at: Moment::default(),
        })
        .collect();
    let money = LedgerSums::of(gbp(0).currency(), &entries).unwrap();
    Order::place(sold, money, Moment::default())
}

fn parcel(status: ParcelStatus, units: &[(usize, u32)]) -> ParcelContent {
    let id = ParcelId::new(Uuid::nil());
    ParcelContent { id, status, tracking: String::new(), units: units.to_vec(), packed_at: Moment::default() }
}

#[test]
fn numbers_can_be_typed_and_a_wrong_letter_is_noticed() {
    let number = OrderNumber::from_random(123_456_789_012);
    assert_eq!(OrderNumber::parse(&number.to_string().to_lowercase()), Ok(number.clone()));
    assert_eq!(OrderNumber::parse(&format!(" {} ", number.as_str())), Ok(number.clone()));
    for place in 0..NUMBER_LENGTH {
        let mut letters = number.as_str().as_bytes().to_vec();
        letters[place] = if letters[place] == b'2' { b'3' } else { b'2' };
        let wrong = String::from_utf8(letters).unwrap();
        assert!(OrderNumber::parse(&wrong).is_err(), "{wrong}");
    }
    for raw in ["", "4KT", "AEI-OUY-000", "4KT-9WM-2HB-4KT", "ÄÄÄ-ÄÄÄ-ÄÄÄ"] {
        assert!(OrderNumber::parse(raw).is_err(), "{raw}");
    }
}

#[test]
fn the_life_of_an_order() {
    use OrderEvent as E;
    for (state, event, want) in [
        (OrderState::Open, E::Cancel, Some(OrderState::Cancelled)),
        (OrderState::Open, E::Close, Some(OrderState::Closed)),
        (OrderState::Open, E::Reopen, None),
        (OrderState::Cancelled, E::Cancel, None),
        (OrderState::Cancelled, E::Close, None),
        (OrderState::Cancelled, E::Reopen, None),
        (OrderState::Closed, E::Cancel, None),
        (OrderState::Closed, E::Close, None),
        (OrderState::Closed, E::Reopen, Some(OrderState::Open)),
    ] {
        assert_eq!(state.after(event).ok(), want, "{state:?} {event:?}");
    }
}

#[test]
fn the_life_of_a_parcel() {
    use ParcelEvent as E;
    use ParcelStatus as S;
    for (status, want) in [
        (S::Packed, [Some(S::Sent), None, None]),
        (S::Sent, [None, Some(S::Delivered), Some(S::Returned)]),
        (S::Delivered, [None, None, Some(S::Returned)]),
        (S::Returned, [None, None, None]),
    ] {
        let got = [E::HandedOver, E::CarrierConfirmed, E::CameBack].map(|event| status.after(event).ok());
        assert_eq!(got, want, "{status:?}");
    }
}

#[test]
fn fulfilment_follows_from_the_parcels() {
    use FulfilmentStatus as F;
    use ParcelStatus as S;
    for (case, parcels, want) in [
        ("none", vec![], F::Unfulfilled),
        ("packed only", vec![parcel(S::Packed, &[(0, 2), (1, 1)])], F::Unfulfilled),
        ("a part", vec![parcel(S::Sent, &[(0, 1)])], F::Part),
        ("one sent, one packed", vec![parcel(S::Sent, &[(0, 2)]), parcel(S::Packed, &[(1, 1)])], F::Part),
        ("all", vec![parcel(S::Sent, &[(0, 2)]), parcel(S::Delivered, &[(1, 1)])], F::Fulfilled),
        ("all back", vec![parcel(S::Returned, &[(0, 2), (1, 1)])], F::Returned),
    ] {
        let mut order = order(vec![line(2, true), line(1, true), line(1, false)], &[]);
        order.parcels = parcels;
        assert_eq!(order.fulfilment_status(), want, "{case}");
    }
    assert_eq!(order(vec![line(1, false)], &[]).fulfilment_status(), F::NothingToShip);
}

#[test]
fn only_the_moves_that_the_state_allows() {
    use LedgerKind as K;
    let moves = [Move::Capture, Move::Ship, Move::Cancel, Move::Refund, Move::Withdraw];
    let paid = [(K::Authorised, 200), (K::Captured, 200)];
    let back = [paid[0], paid[1], (K::Refunded, 200)];
    for (case, state, ledger, parcels, want) in [
        ("authorised", OrderState::Open, &paid[..1], vec![], [true, true, true, false, true]),
        ("paid", OrderState::Open, &paid[..], vec![], [false, true, true, true, true]),
        (
            "paid and sent",
            OrderState::Open,
            &paid[..],
            vec![parcel(ParcelStatus::Sent, &[(0, 2)])],
            [false, false, false, true, true],
        ),
        ("given back", OrderState::Open, &back[..], vec![], [false, false, true, false, true]),
        (
            "given back in part",
            OrderState::Open,
            &[paid[0], paid[1], (K::Refunded, 50)][..],
            vec![],
            [false, true, true, true, true],
        ),
        ("cancelled", OrderState::Cancelled, &paid[..1], vec![], [false, false, false, false, false]),
        (
            "closed",
            OrderState::Closed,
            &paid[..],
            vec![parcel(ParcelStatus::Sent, &[(0, 2)])],
            [false, false, false, true, true],
        ),
    ] {
        let mut order = order(vec![line(2, true)], ledger);
        order.state = state;
        order.parcels = parcels;
        assert_eq!(moves.map(|wanted| order.allows(wanted).is_ok()), want, "{case}");
    }
}

proptest! {
    #[test]
    fn parcels_never_hold_more_than_was_sold(
        sold in prop::collection::vec(1_u32..20, 1..5),
        wanted in prop::collection::vec((0_usize..6, 0_u32..25), 0..30),
    ) {
        let mut order = order(sold.iter().map(|units| line(*units, true)).collect(), &[]);
        for units in wanted {
            if order.check_parcel(&[units]).is_ok() {
                order.parcels.push(parcel(ParcelStatus::Sent, &[units]));
            }
        }
        for (place, units) in sold.iter().enumerate() {
            prop_assert!(order.units_sent(place) <= *units);
        }
    }
}
