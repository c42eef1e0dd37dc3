//! Stored baskets.

use crate::sample::{gbp, uuid};
use crate::support::{NOW, TestDb, on_both};
use commerce::basket::{Answer, Basket, Line, Quantity};
use commerce::ids::{BasketId, ProductId};
use db::DbError;

on_both![a_basket_comes_back_as_it_was_stored, of_two_writers_one_hears_of_the_other, old_baskets_are_forgotten];

fn line(number: u64) -> Line {
    let answers = vec![Answer { option: "engraving".into(), value: "Ada 'n' \"Bo\" ☕".into() }];
    let product = ProductId::new(uuid(number));
    Line { product, quantity: Quantity::new(3).unwrap(), answers, seen_price: Some(gbp(1_250)) }
}

fn id() -> BasketId {
    BasketId::new(uuid(1))
}

async fn store(test: &TestDb) -> Basket {
    let mut basket = Basket::default();
    for number in [2, 1, 3] {
        basket.add(line(number), Some("token")).unwrap();
        basket.add(line(number), None).unwrap();
    }
    basket.set_quantity(1, line(1).product, None).unwrap();
    let mut tx = test.db.begin().await.unwrap();
    tx.insert_basket(id(), &basket, NOW).await.unwrap();
    tx.commit().await.unwrap();
    basket
}

async fn a_basket_comes_back_as_it_was_stored(test: TestDb) {
    let basket = store(&test).await;
    assert_eq!(test.db.find_basket(id()).await.unwrap(), Some(basket));
    assert_eq!(test.db.find_basket(BasketId::new(uuid(2))).await.unwrap(), None);
}

async fn of_two_writers_one_hears_of_the_other(test: TestDb) {
    store(&test).await;
    let mut tx = test.db.begin().await.unwrap();
    let (mut basket, version) = tx.find_basket(id()).await.unwrap().unwrap();
    basket.add(line(9), None).unwrap();
    tx.update_basket(id(), &basket, version, NOW).await.unwrap();
    tx.commit().await.unwrap();
    let mut tx = test.db.begin().await.unwrap();
    let late = tx.update_basket(id(), &Basket::default(), version, NOW).await;
    assert!(matches!(late, Err(DbError::Conflict)));
    tx.rollback().await;
    assert_eq!(test.db.find_basket(id()).await.unwrap(), Some(basket));
}

async fn old_baskets_are_forgotten(test: TestDb) {
    store(&test).await;
    assert_eq!(test.db.delete_old_baskets(NOW).await.unwrap(), 0);
    assert_eq!(test.db.delete_old_baskets(NOW.plus_ms(1)).await.unwrap(), 1);
    assert_eq!(test.db.find_basket(id()).await.unwrap(), None);
}
