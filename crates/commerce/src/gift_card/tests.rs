use super::*;
use crate::ids::derived_uuid;
use proptest::prelude::*;

const NOW: Moment = Moment::from_micros(1_000_000);

fn money(minor: i64) -> Money {
    Money::from_minor(minor, Currency::parse("GBP").unwrap())
}

fn id(number: usize) -> GiftCardId {
    GiftCardId::new(derived_uuid("card", &number.to_string()))
}

fn card(number: usize, balance: i64) -> GiftCard {
    GiftCard {
        id: id(number),
        last_four: format!("{number:04}"),
        kind: GiftCardKind::GiftCard,
        initial: money(balance.max(1)),
        balance: money(balance),
        is_blocked: false,
        expires_at: None,
    }
}

#[test]
fn each_refusal_is_told() {
    let moment = Moment::from_micros;
    let yen = Money::from_minor(500, Currency::parse("JPY").unwrap());
    for (case, card, want) in [
        ("fit", card(1, 1), Ok(())),
        ("empty", card(1, 0), Err(GiftCardRefusal::UsedUp)),
        ("on the last moment", GiftCard { expires_at: Some(moment(1_000_001)), ..card(1, 1) }, Ok(())),
        ("over", GiftCard { expires_at: Some(NOW), ..card(1, 1) }, Err(GiftCardRefusal::Expired { end: NOW })),
        ("blocked and empty", GiftCard { is_blocked: true, ..card(1, 0) }, Err(GiftCardRefusal::Blocked)),
        (
            "another currency",
            GiftCard { balance: yen, ..card(1, 1) },
            Err(GiftCardRefusal::OtherCurrency(yen.currency())),
        ),
    ] {
        assert_eq!(card.admit(money(1).currency(), NOW), want, "{case}");
    }
}

#[test]
fn cards_pay_in_the_order_in_which_they_were_typed() {
    let pays = |due: i64, cards: &[GiftCard]| -> Vec<i64> {
        split(money(due), cards, NOW).iter().map(|tender| tender.amount.minor()).collect()
    };
    let twice = [card(1, 500), card(1, 500)];
    let blocked = [GiftCard { is_blocked: true, ..card(1, 500) }, card(2, 300)];
    let many: Vec<GiftCard> = (0..6).map(|number| card(number, 10)).collect();
    for (case, due, cards, want) in [
        ("a part", 3_500, &[card(1, 2_000)][..], vec![2_000]),
        ("all", 3_500, &[card(1, 5_000)][..], vec![3_500]),
        ("two", 3_500, &[card(1, 2_000), card(2, 2_000)][..], vec![2_000, 1_500]),
        ("the second is not needed", 1_000, &[card(1, 2_000), card(2, 2_000)][..], vec![1_000]),
        ("an empty one", 1_000, &[card(1, 0), card(2, 400)][..], vec![400]),
        ("one twice", 1_000, &twice[..], vec![500]),
        ("a blocked one", 1_000, &blocked[..], vec![300]),
        ("more than may pay", 1_000, &many[..], vec![10, 10, 10, 10]),
        ("nothing is due", 0, &[card(1, 2_000)][..], vec![]),
        ("less than nothing is due", -5, &[card(1, 2_000)][..], vec![]),
    ] {
        assert_eq!(pays(due, cards), want, "{case}");
    }
}

#[test]
fn gift_cards_are_not_paid_for_with_gift_cards() {
    for (case, total, cards, want) in
        [("none in it", 3_500, 0, 3_500), ("one in it", 7_500, 5_000, 2_500), ("nothing else", 5_000, 5_000, 0)]
    {
        assert_eq!(payable(money(total), money(cards)), money(want), "{case}");
    }
}

#[test]
fn money_goes_back_to_where_it_came_from() {
    let way = |card: Option<usize>, minor| PaidBy { card: card.map(id), left: money(minor) };
    let paid = [way(None, 1_500), way(Some(1), 2_000)];
    for (case, amount, want) in [
        ("a part of the payment", 1_000, Some(vec![way(None, 1_000)])),
        ("the payment first, then the card", 2_000, Some(vec![way(None, 1_500), way(Some(1), 500)])),
        ("all", 3_500, Some(vec![way(None, 1_500), way(Some(1), 2_000)])),
        ("more than was paid", 3_501, None),
    ] {
        assert_eq!(refund_parts(money(amount), &paid), want, "{case}");
    }
}

proptest! {
    #[test]
    fn tenders_and_payment_are_the_total(
        total in 0_i64..1_000_000, gift_cards in 0_i64..1_000_000, balances in prop::collection::vec(0_i64..400_000, 0..6),
    ) {
        let (total, gift_cards) = (money(total), money(gift_cards.min(total)));
        let cards: Vec<GiftCard> = balances.iter().enumerate().map(|(number, balance)| card(number, *balance)).collect();
        let due = payable(total, gift_cards);
        let tenders = split(due, &cards, NOW);
        let paid: i64 = tenders.iter().map(|tender| tender.amount.minor()).sum();
        let rest = total.minor() - paid;
        prop_assert!(rest >= gift_cards.minor(), "gift cards are paid for otherwise");
        prop_assert!(tenders.len() <= GIFT_CARDS_PER_CHECKOUT_MAX);
        for tender in &tenders {
            let card = cards.iter().find(|card| card.id == tender.card).unwrap();
            prop_assert!(0 < tender.amount.minor() && tender.amount.minor() <= card.balance.minor());
        }
        let there: i64 = balances.iter().take(GIFT_CARDS_PER_CHECKOUT_MAX).sum();
        prop_assert_eq!(paid, there.min(due.minor()), "as much as there is");
    }

    #[test]
    fn refunds_never_pass_what_was_paid_by_each(amount in 0_i64..5_000, ways in prop::collection::vec(0_i64..2_000, 0..5)) {
        let paid: Vec<PaidBy> = ways.iter().enumerate()
            .map(|(number, left)| PaidBy { card: (number > 0).then(|| id(number)), left: money(*left) }).collect();
        let parts = refund_parts(money(amount), &paid);
        prop_assert_eq!(parts.is_some(), amount <= ways.iter().sum());
        for part in parts.iter().flatten() {
            let way = paid.iter().find(|way| way.card == part.card).unwrap();
            prop_assert!(part.left.minor() <= way.left.minor());
        }
        if let Some(parts) = parts {
            prop_assert_eq!(parts.iter().map(|part| part.left.minor()).sum::<i64>(), amount);
        }
    }

    #[test]
    fn what_is_held_comes_back_whole(minor in 0_i64..1_000_000) {
        let amount = money(minor);
        let held = CardEntryKind::Held.change(amount).plus(CardEntryKind::GivenBack.change(amount));
        prop_assert_eq!(held, Ok(money(0)));
        prop_assert_eq!(CardEntryKind::Redeemed.change(amount), money(0));
    }
}
