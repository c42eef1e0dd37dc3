//! From a write of the catalogue to what shoppers read: small steps, purges in time and no wider than the change, one
//! publisher at a time, damage got over.

use crate::on_both;
use crate::support::bank::Bank;
use crate::support::crash::{crash_after, pause_after};
use crate::support::store::{LOOK_MS, MARGIN_MS, Store, category_id, document, newest, replace, shown_price};
use crate::support::{Engine, catalogue, gbp, product_id, record_id};
use commerce::availability::Availability;
use commerce::event::Actor;
use commerce::ids::{PriceId, derived_uuid};
use commerce::language::{Language, Texts};
use commerce::moment::Moment;
use shop::Clock;
use shop::catalogue::Showing;
use shop::publish::{STORE_TAG, category_tag, product_tag};
use std::collections::BTreeSet;
use std::pin::pin;
use std::time::{Duration, Instant};

/// Products beside the three of every store, where sizes count.
const MANY: usize = 1_000;
/// What a change of one product writes at most, in bytes; and the least that the whole catalogue is larger.
const STEP_BYTES_MAX: u64 = 24 * 1_024;
const BASE_PER_STEP_MIN: u64 = 8;
/// A publisher that died keeps nobody from publishing for longer.
const LEASE_MS: i64 = 60_000;
/// A task whose program died comes back after two minutes.
const LOCK_MS: i64 = 121_000;
const DAY_MS: i64 = 24 * 3_600_000;
/// No publish has more steps.
const STEPS_MAX: u64 = 120;
/// Rounds of one race.
const ROUNDS: i64 = 6;

fn tags(products: &[&str], categories: &[&str]) -> BTreeSet<String> {
    let products = products.iter().map(|sku| product_tag(product_id(sku)));
    products.chain(categories.iter().map(|name| category_tag(category_id(name)))).collect()
}

/// What the overlay tells of a product.
fn overlaid(view: &catalog::View, sku: &str) -> Option<Availability> {
    view.stock.find(record_id(sku))
}

on_both! {
    async fn one_changed_product_is_a_small_step_that_others_see_with_their_next_look(engine: Engine) {
        let store = Store::open(engine, MANY, &[]).await;
        let other = store.open.second_instance().await;
        newest(&other).await;
        let before = store.files();
        let base: u64 = before.values().sum();
        store.price(store.shop(), "mug", 1_200).await;
        store.shop().drain_outbox().await.unwrap();
        let after = store.files();
        let is_new = |name: &str| !before.contains_key(name) || name == "current";
        let written: u64 = after.iter().filter(|(name, _)| is_new(name)).map(|(_, length)| length).sum();
        assert!(written <= STEP_BYTES_MAX, "{written} bytes");
        assert!(base >= BASE_PER_STEP_MIN * written, "{written} bytes over {base}");
        let known = other.snapshots().look(other.now()).await.view;
        assert_eq!(shown_price(&known, "mug"), 1_000, "a look lasts its time");
        let now = newest(&other).await;
        assert_eq!((now.snapshot.version(), shown_price(&now, "mug")), (known.snapshot.version() + 1, 1_200));
        assert_eq!(shown_price(&now, "jug"), 1_000);
        other.close().await;
        store.close().await;
    }

    async fn a_purge_names_what_the_change_touches_when_no_instance_is_behind(engine: Engine) {
        let store = Store::open(engine, 0, &[]).await;
        let all = ["cups", "kitchen", "garden"];
        let english = |words: &str| Texts::single(Language::ENGLISH, words);
        let mut hose = None;
        for (case, want) in [
            ("price", tags(&["mug"], &all[..2])),
            ("description", tags(&["mug"], &[])),
            ("category", tags(&["mug"], &all)),
            ("two at once", tags(&["mug", "jug"], &all)),
            ("hidden", tags(&["hose"], &all[2..])),
            ("shown again", tags(&["hose"], &all[2..])),
        ] {
            let shop = store.shop();
            match case {
                "price" => store.price(shop, "mug", 1_200).await,
                "description" => store.change(shop, "mug", |entry| entry.product.description = english("Round.")).await,
                "category" => {
                    store.change(shop, "mug", |entry| entry.product.categories = vec![category_id("garden")]).await;
                }
                "two at once" => {
                    store.price(shop, "mug", 1_300).await;
                    store.change(shop, "jug", |entry| entry.product.title = english("Pitcher")).await;
                }
                "hidden" => {
                    store.change(shop, "hose", |entry| {
                        hose = Some(entry.clone());
                        entry.product.is_public = false;
                    }).await;
                }
                _ => shop.put_products(&[(hose.take().unwrap(), 0)], &Actor::Operator, Showing::Soon).await.unwrap(),
            }
            shop.drain_outbox().await.unwrap();
            shop.clock().advance_ms(LOOK_MS);
            shop.drain_outbox().await.unwrap();
            assert!(store.edge.purges().is_empty(), "{case}: somebody may still render from the one before");
            shop.clock().advance_ms(MARGIN_MS);
            shop.drain_outbox().await.unwrap();
            assert_eq!(store.edge.purges(), [want], "{case}");
        }
        store.close().await;
    }

    async fn what_every_page_shows_purges_every_page(engine: Engine) {
        let store = Store::open(engine, 0, &[]).await;
        let (mut setup, _) = catalogue(&[]);
        setup.categories = store.shop().db().load_catalogue_setup().await.unwrap().categories;
        setup.categories[0].name = Texts::single(Language::ENGLISH, "Renamed");
        store.shop().put_catalogue_setup(&setup, &Actor::Operator, Showing::Soon).await.unwrap();
        store.after_purges().await;
        assert_eq!(store.edge.purges(), [BTreeSet::from([STORE_TAG.to_owned()])]);
        let view = newest(store.shop()).await;
        assert!(view.snapshot.categories().iter().any(|entry| entry.name.get(&[Language::ENGLISH]) == "Renamed"));
        store.close().await;
    }

    async fn another_instance_purges_no_sooner_whatever_its_clock_says(engine: Engine) {
        const SHORT_LOOK_MS: i64 = 600;
        let store = Store::open(engine, 0, &[("snapshot_look_ms", &SHORT_LOOK_MS.to_string())]).await;
        let ahead = Clock::fixed(store.shop().now().plus_ms(5_000));
        let other = store.open.second_instance_at(ahead).await;
        store.price(store.shop(), "mug", 1_200).await;
        store.shop().drain_outbox().await.unwrap();
        let flipped = Instant::now();
        assert!(store.edge.purges().is_empty());
        other.drain_outbox().await.unwrap();
        assert_eq!(store.edge.purges(), [tags(&["mug"], &["cups", "kitchen"])]);
        assert!(flipped.elapsed() >= Duration::from_millis(SHORT_LOOK_MS.unsigned_abs()), "{:?}", flipped.elapsed());
        other.close().await;
        store.close().await;
    }

    async fn quantities_purge_nothing(engine: Engine) {
        let store = Store::open(engine, 0, &[]).await;
        let few = Some(Availability::FewLeft);
        for (units, want) in [(50, None), (4, few), (3, few), (9, None)] {
            store.count("mug", units).await;
            let now = overlaid(&newest(store.shop()).await, "mug");
            assert_eq!(now.filter(|now| *now != Availability::Available), want, "{units}");
            // Not even together with a publish for another reason.
            store.change(store.shop(), "mug", |_| {}).await;
            store.after_purges().await;
        }
        store.shop().clock().advance_ms(LEASE_MS);
        store.after_purges().await;
        assert_eq!(store.edge.purges(), Vec::<BTreeSet<String>>::new());
        store.close().await;
    }

    async fn who_sells_out_or_comes_back_purges_its_own_tag_once_a_window(engine: Engine) {
        let store = Store::open(engine, 0, &[("stock_purge_ms", "60000")]).await;
        let shop = store.shop();
        let until_window = |shop: &shop::Shop| 60_000 - shop.now().micros().rem_euclid(60_000_000) / 1_000;
        shop.clock().advance_ms(until_window(shop));
        for (case, counts, ends) in [
            ("sold out", &[0][..], Availability::SoldOut),
            ("back", &[60], Availability::Available),
            ("out and in and out", &[0, 60, 0, 60, 0], Availability::SoldOut),
            ("in and out again", &[60, 0], Availability::SoldOut),
        ] {
            for units in counts {
                store.count("mug", *units).await;
                let view = newest(shop).await;
                let told = overlaid(&view, "mug").unwrap_or(document(&view, "mug").variants[0].availability);
                assert_eq!(told.can_be_bought(), *units > 0, "{case}: the overlay says so at once");
                // A publish for another reason neither hurries nor doubles it.
                store.change(shop, "mug", |_| {}).await;
                store.after_purges().await;
            }
            assert!(store.edge.purges().is_empty(), "{case}: the window is not over");
            shop.clock().advance_ms(until_window(shop));
            store.after_purges().await;
            assert_eq!(store.edge.purges(), [tags(&["mug"], &[])], "{case}");
            let view = newest(shop).await;
            let written = document(&view, "mug").variants[0].availability;
            assert_eq!((written, overlaid(&view, "mug")), (ends, None), "{case}");
            shop.clock().advance_ms(until_window(shop));
            store.after_purges().await;
            assert!(store.edge.purges().is_empty(), "{case}: once is enough");
        }
        store.close().await;
    }

    async fn purges_for_stock_keep_within_the_months_budget(engine: Engine) {
        let store = Store::open(engine, 0, &[("stock_purges_monthly", "2")]).await;
        let all = ["mug", "jug", "hose"];
        for sku in all {
            store.count(sku, 0).await;
        }
        store.after_purges().await;
        let purged: BTreeSet<String> = store.edge.purges().into_iter().flatten().collect();
        assert_eq!((purged.len(), purged.is_subset(&tags(&all, &[]))), (2, true), "{purged:?}");
        let view = newest(store.shop()).await;
        for sku in all {
            assert_eq!(document(&view, sku).variants[0].availability, Availability::SoldOut, "listings know it");
            // Pages from before go on asking the overlay.
            let told = if purged.contains(&product_tag(product_id(sku))) { None } else { Some(Availability::SoldOut) };
            assert_eq!(overlaid(&view, sku), told, "{sku}");
        }
        // What is not for stock alone is no part of the budget.
        store.price(store.shop(), "jug", 1_200).await;
        store.after_purges().await;
        assert_eq!(store.edge.purges(), [tags(&["jug"], &["cups", "kitchen"])]);
        assert_eq!(store.shop().work_done().stock_purges, 2);
        store.shop().clock().advance_ms(31 * DAY_MS);
        store.count("mug", 9).await;
        store.after_purges().await;
        assert_eq!(store.edge.purges(), [tags(&["mug"], &[])], "a new month");
        store.close().await;
    }

    async fn two_instances_that_publish_at_once_lose_no_change(engine: Engine) {
        let store = Store::open(engine, 0, &[("edge_purge_url", "")]).await;
        let other = store.open.second_instance().await;
        for round in 1..=ROUNDS {
            let before = newest(store.shop()).await.snapshot.version();
            let change = async |by: &shop::Shop, sku: &str| {
                store.price(by, sku, 1_000 + round).await;
                by.drain_outbox().await.unwrap();
            };
            tokio::join!(change(store.shop(), "mug"), change(&other, "jug"));
            // Who took the other's task may have found the lease taken.
            store.shop().clock().advance_ms(LOCK_MS);
            store.after_purges().await;
            let view = newest(&other).await;
            assert_eq!((shown_price(&view, "mug"), shown_price(&view, "jug")), (1_000 + round, 1_000 + round));
            assert!((1..=2).contains(&(view.snapshot.version() - before)), "round {round}: {view:?}");
            assert_eq!(store.shop().db().list_waiting_tasks().await.unwrap(), vec![], "round {round}");
        }
        other.close().await;
        store.close().await;
    }

    async fn a_publisher_that_lost_its_lease_flips_nothing(engine: Engine) {
        let store = Store::open(engine, 0, &[("edge_purge_url", "")]).await;
        let other = store.open.second_instance().await;
        // It holds the lease from the third statement on, and reads for a while.
        for (round, steps) in [(1, 4), (2, 6), (3, 8)] {
            let whole = round != 2;
            store.price(store.shop(), "mug", 1_000 + round).await;
            let mut slow = pin!(async {
                match whole {
                    true => store.shop().publish_all().await.map(|_| ()),
                    false => store.shop().publish_products(&[product_id("mug")]).await,
                }
            });
            assert!(pause_after(store.shop(), steps, slow.as_mut()).await, "it was to be held up");
            other.clock().advance_ms(LEASE_MS + 1);
            store.price(&other, "mug", 2_000 + round).await;
            other.publish_products(&[product_id("mug")]).await.unwrap();
            let version = newest(&other).await.snapshot.version();
            let lost = format!("{:#}", slow.await.unwrap_err());
            assert!(lost.contains("publishes now") || lost.contains("took over"), "{lost}");
            let view = newest(store.shop()).await;
            assert_eq!((view.snapshot.version(), shown_price(&view, "mug")), (version, 2_000 + round), "round {round}");
        }
        other.close().await;
        store.close().await;
    }

    async fn a_publish_that_crashed_is_seen_and_purged_all_the_same(engine: Engine) {
        let store = Store::open(engine, 0, &[("snapshot_look_ms", "0")]).await;
        let (other, nobody) = (store.open.second_instance().await, Bank::new());
        for step in 1.. {
            assert!(step < STEPS_MAX, "it never ends");
            let pence = 1_000 + i64::try_from(step).unwrap();
            store.price(&other, "mug", pence).await;
            store.edge.purges();
            let through = crash_after(store.shop(), &nobody, step, store.shop().drain_outbox()).await.is_some();
            // Once for the publish, once for its purge, and once more where the dead one's last statement came between.
            for _ in 0..3 {
                other.clock().advance_ms(LOCK_MS);
                other.drain_outbox().await.unwrap();
            }
            assert_eq!(shown_price(&newest(&other).await, "mug"), pence, "step {step}");
            let dropped: BTreeSet<String> = store.edge.purges().into_iter().flatten().collect();
            let enough = tags(&["mug"], &["cups", "kitchen"]);
            assert!(dropped.contains(STORE_TAG) || dropped.is_superset(&enough), "step {step}: {dropped:?}");
            if through {
                break;
            }
        }
        other.close().await;
        store.close().await;
    }

    async fn a_damaged_file_is_noticed_and_the_next_publish_mends_it(engine: Engine) {
        let store = Store::open(engine, 0, &[]).await;
        let other = store.open.second_instance().await;
        let before = store.files();
        store.price(store.shop(), "mug", 1_200).await;
        store.shop().drain_outbox().await.unwrap();
        let new = |name: &&String| name.starts_with("products-") && !before.contains_key(*name);
        let victim = store.files().keys().find(new).unwrap().clone();
        replace(&store, &victim, |bytes| bytes.truncate(bytes.len() - 1));
        let look = other.snapshots().look(other.now().plus_ms(LOOK_MS + 1)).await;
        assert!(!look.fresh && look.problem.unwrap().to_string().contains(&victim));
        assert_eq!(shown_price(&look.view, "mug"), 1_000, "the last good one is kept");
        // It cannot stand on what is damaged, so it publishes everything.
        store.price(&other, "jug", 900).await;
        other.drain_outbox().await.unwrap();
        let view = newest(&other).await;
        assert_eq!((shown_price(&view, "mug"), shown_price(&view, "jug")), (1_200, 900));
        view.snapshot.verify_all().unwrap();
        other.close().await;
        store.close().await;
    }

    async fn publishing_all_mends_what_nothing_can_stand_on(engine: Engine) {
        let store = Store::open(engine, 0, &[]).await;
        newest(store.shop()).await;
        replace(&store, "current", |bytes| bytes[20] ^= 1);
        store.price(store.shop(), "mug", 1_200).await;
        store.shop().drain_outbox().await.unwrap();
        let look = store.shop().snapshots().look(store.shop().now().plus_ms(LOOK_MS + 1)).await;
        assert!(look.problem.is_some(), "signed by nobody: no program of ours wrote it");
        assert_eq!(shown_price(&look.view, "mug"), 1_000);
        let kept = look.view.snapshot.version();
        store.shop().publish_all().await.unwrap();
        let view = newest(store.shop()).await;
        assert_eq!((view.snapshot.version() > kept, shown_price(&view, "mug")), (true, 1_200));
        view.snapshot.verify_all().unwrap();
        store.close().await;
    }

    async fn files_go_after_seven_days_and_none_that_somebody_may_need(engine: Engine) {
        let store = Store::open(engine, 0, &[("edge_purge_url", "")]).await;
        // Files bear the machine's date, so the story is told from there on.
        let written = std::fs::metadata(store.open.path()).unwrap().modified().unwrap();
        let today = written.duration_since(std::time::UNIX_EPOCH).unwrap();
        let today = Moment::from_micros(i64::try_from(today.as_micros()).unwrap());
        store.shop().clock().advance_ms(today.ms_since(store.shop().now()));
        let change = async |pence: i64| {
            store.price(store.shop(), "mug", pence).await;
            store.after_purges().await;
            newest(store.shop()).await
        };
        let first = change(1_100).await;
        // Manifests of before were replaced long ago.
        let named: BTreeSet<String> = store.files().into_keys().filter(|name| !name.starts_with("manifest-")).collect();
        store.shop().publish_all().await.unwrap();
        store.shop().clock().advance_ms(6 * DAY_MS);
        let sixth = change(1_200).await;
        store.shop().clear_away().await.unwrap();
        let kept: BTreeSet<String> = store.files().into_keys().collect();
        assert!(named.is_subset(&kept), "the manifest of the first day was replaced less than 7 days ago");
        store.shop().clock().advance_ms(2 * DAY_MS);
        store.shop().clear_away().await.unwrap();
        let kept: BTreeSet<String> = store.files().into_keys().collect();
        let gone: Vec<_> = named.difference(&kept).collect();
        assert!(gone.iter().any(|name| name.starts_with("products-")), "{gone:?}");
        assert_eq!(shown_price(&first, "mug"), 1_100, "who has it open still reads it");
        for view in [newest(store.shop()).await, sixth] {
            view.snapshot.verify_all().unwrap();
        }
        let anew = store.open.second_instance().await;
        assert_eq!(shown_price(&anew.snapshots().current(), "mug"), 1_200);
        anew.close().await;
        store.close().await;
    }

    async fn a_price_begins_and_ends_at_its_moment_without_any_write(engine: Engine) {
        let store = Store::open(engine, 0, &[]).await;
        let shop = store.shop();
        let (begins, ends) = (shop.now().plus_ms(DAY_MS), shop.now().plus_ms(2 * DAY_MS));
        store.change(shop, "mug", |entry| {
            let usual = entry.stock_records[0].prices[0];
            let id = PriceId::new(derived_uuid("price", "mug in the sale"));
            let sale = commerce::catalogue::PriceRow { id, amount: gbp(800), from: Some(begins), until: Some(ends) };
            entry.stock_records[0].prices = vec![usual, sale];
        }).await;
        store.after_purges().await;
        store.edge.purges();
        let once = async || {
            shop.work(std::future::ready(())).await;
            newest(shop).await
        };
        // A price is told as a reduction for 30 days from its beginning.
        let forgotten = begins.plus_ms(30 * DAY_MS);
        for (moment, pence, next) in [(begins, 800, Some(ends)), (ends, 1_000, Some(forgotten))] {
            let before = newest(shop).await;
            assert_eq!(before.snapshot.next_change(), Some(moment));
            shop.clock().advance_ms(moment.ms_since(shop.now()) - 1);
            assert_eq!(once().await.snapshot.version(), before.snapshot.version(), "not a moment too soon");
            shop.clock().advance_ms(1);
            let after = once().await;
            assert_eq!((shown_price(&after, "mug"), after.snapshot.next_change()), (pence, next));
            assert_eq!(once().await.snapshot.version(), after.snapshot.version(), "once");
            store.after_purges().await;
            assert_eq!(store.edge.purges(), [tags(&["mug"], &["cups", "kitchen"])]);
        }
        store.close().await;
    }
}
