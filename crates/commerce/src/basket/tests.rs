use super::*;
use proptest::prelude::*;
use uuid::Uuid;

fn line(product: u128, quantity: u32, engraving: &str) -> Line {
    let answers = (!engraving.is_empty())
        .then(|| Answer { option: "engraving".to_owned(), value: engraving.to_owned() })
        .into_iter()
        .collect();
    Line {
        product: ProductId::new(Uuid::from_u128(product)),
        quantity: Quantity::new(quantity).unwrap(),
        answers,
        seen_price: None,
    }
}

fn quantities(basket: &Basket) -> Vec<(u128, u32)> {
    basket.lines().iter().map(|line| (line.product.uuid().as_u128(), line.quantity.get())).collect()
}

#[test]
fn lines_keep_their_order_and_options_make_lines_of_their_own() {
    let mut basket = Basket::default();
    for next in [line(1, 1, ""), line(2, 1, ""), line(1, 2, "Ann"), line(1, 3, "")] {
        basket.add(next, None).unwrap();
    }
    assert_eq!(quantities(&basket), [(1, 4), (2, 1), (1, 2)]);
    assert_eq!(basket.units(), 7);
}

#[test]
fn a_double_press_counts_once() {
    let mut basket = Basket::default();
    for token in ["a", "a", "b", "a"] {
        basket.add(line(1, 1, ""), Some(token)).unwrap();
    }
    assert_eq!(quantities(&basket), [(1, 2)]);
    basket.add(line(1, 1, ""), None).unwrap();
    basket.add(line(1, 1, ""), None).unwrap();
    assert_eq!(quantities(&basket), [(1, 4)], "without a token every press counts");
}

#[test]
fn a_refused_press_may_be_made_again() {
    let mut basket = Basket::default();
    basket.add(line(1, QUANTITY_MAX, ""), None).unwrap();
    assert_eq!(basket.add(line(1, 1, ""), Some("t")), Err(BasketError::TooMany));
    assert!(basket.tokens().is_empty());
}

#[test]
fn a_removal_can_be_undone_in_its_place() {
    let mut basket = Basket::default();
    for product in 1..=3 {
        basket.add(line(product, 1, ""), None).unwrap();
    }
    let second = basket.lines()[1].product;
    basket.set_quantity(1, second, None).unwrap();
    assert_eq!(quantities(&basket), [(1, 1), (3, 1)]);
    assert_eq!(basket.set_quantity(1, second, None), Err(BasketError::NoSuchLine), "an old form meets no other line");
    basket.undo_removal().unwrap();
    assert_eq!(quantities(&basket), [(1, 1), (2, 1), (3, 1)]);
    assert_eq!(basket.undo_removal(), Err(BasketError::NoSuchLine));
}

#[test]
fn what_was_added_after_the_freeze_stays() {
    let mut basket = Basket::default();
    basket.add(line(1, 2, ""), None).unwrap();
    let bought = basket.lines().to_vec();
    basket.add(line(1, 3, ""), None).unwrap();
    basket.add(line(2, 1, ""), None).unwrap();
    basket.take_out(&bought, &[]);
    assert_eq!(quantities(&basket), [(1, 3), (2, 1)]);
    basket.take_out(&[line(2, 5, "")], &[]);
    assert_eq!(quantities(&basket), [(1, 3)]);
}

#[test]
fn merging_takes_the_larger_quantity_and_doubles_nothing() {
    let mut stored = Basket::default();
    stored.add(line(1, 2, ""), None).unwrap();
    let mut visitor = Basket::default();
    visitor.add(line(1, 3, ""), None).unwrap();
    visitor.add(line(2, 1, ""), None).unwrap();
    for _ in 0..2 {
        assert_eq!(stored.merge(visitor.clone()), 0);
        assert_eq!(quantities(&stored), [(1, 3), (2, 1)]);
    }
}

#[derive(Clone, Debug)]
enum Act {
    Add(u128, u32, bool),
    Set(usize, u32),
    Undo,
    TakeOut(u128, u32),
}

fn acts() -> impl Strategy<Value = Vec<Act>> {
    let act = prop_oneof![
        (0_u128..400, 1_u32..=QUANTITY_MAX, any::<bool>()).prop_map(|(p, q, e)| Act::Add(p, q, e)),
        (0_usize..300, 0_u32..20_000).prop_map(|(place, q)| Act::Set(place, q)),
        Just(Act::Undo),
        (0_u128..400, 1_u32..=QUANTITY_MAX).prop_map(|(p, q)| Act::TakeOut(p, q)),
    ];
    prop::collection::vec(act, 0..600)
}

proptest! {
    #[test]
    fn no_order_of_events_passes_a_bound_or_doubles_a_line(acts in acts()) {
        let mut basket = Basket::default();
        for act in acts {
            match act {
                Act::Add(product, quantity, engraved) => {
                    let _ = basket.add(line(product, quantity, if engraved { "x" } else { "" }), None);
                }
                Act::Set(place, quantity) => {
                    if let Some(product) = basket.lines().get(place).map(|line| line.product) {
                        basket.set_quantity(place, product, Quantity::new(quantity).ok()).unwrap();
                    }
                }
                Act::Undo => drop(basket.undo_removal()),
                Act::TakeOut(product, quantity) => basket.take_out(&[line(product, quantity, "")], &[]),
            }
            prop_assert!(basket.lines().len() <= BASKET_LINES_MAX);
            for (place, line) in basket.lines().iter().enumerate() {
                prop_assert!(!basket.lines()[..place].iter().any(|earlier| earlier.is_same(line)));
            }
        }
    }
}
