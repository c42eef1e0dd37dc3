//! Files that are sold: who gets them, how often, how long, and what closes them.

use crate::on_both;
use crate::support::bank::Fate;
use crate::support::sold::{MUG, Sold, staff};
use crate::support::{Engine, gbp, level, settle_down};
use commerce::catalogue::{ProductClass, Structure};
use commerce::download::DownloadRefusal;
use commerce::event::Actor;
use commerce::ids::{OrderId, ProductClassId, derived_uuid};
use commerce::language::{Language, Texts};
use db::orders::WithdrawalRow;
use futures_util::TryStreamExt;
use shop::catalogue::Showing;
use shop::downloads::{DOWNLOAD_LASTS_MS, Download, DownloadError, FileError, MoreDownloads, NewFile, RemovedFile};
use shop::order::MoveError;
use std::collections::BTreeSet;

const DAY_MS: i64 = 24 * 3_600_000;
const GUIDE: &[u8] = b"The first good pot: water, leaf, time.";

/// A store whose jugs are files.
async fn store(engine: Engine) -> Sold {
    let sold = Sold::open(engine).await;
    let id = ProductClassId::new(derived_uuid("class", "download"));
    let (mut setup, entries) = crate::support::catalogue(&[("jug".to_owned(), 500, None)]);
    setup.classes = vec![ProductClass {
        id,
        code: "download".to_owned(),
        name: Texts::single(Language::ENGLISH, "Download"),
        requires_shipping: false,
        track_stock: false,
        ..setup.classes.remove(0)
    }];
    let mut entries = entries;
    entries[0].0.product.structure = Structure::Standalone(id);
    sold.shop().put_catalogue_setup(&setup, &Actor::Operator, Showing::LaterAsAWhole).await.unwrap();
    sold.shop().put_products(&entries, &Actor::Operator, Showing::LaterAsAWhole).await.unwrap();
    sold.shop().publish_all().await.unwrap();
    sold.shop().clock().advance_ms(1);
    sold.shop().snapshots().look(sold.shop().now().plus_ms(1)).await;
    sold
}

async fn add(sold: &Sold, sku: &str, name: &str, content: &[u8], replaces: bool) -> Result<(), FileError> {
    let (mut from, wanted) = (content, NewFile { sku, name, title: None, replaces });
    sold.shop().add_download_file(&wanted, &mut from, &mut |_| {}, &Actor::Operator).await.map(|_| ())
}

async fn downloads(sold: &Sold, id: OrderId) -> Vec<Download> {
    sold.shop().list_downloads(&sold.order(id).await).await.unwrap()
}

async fn only(sold: &Sold, id: OrderId) -> Download {
    let mut all = downloads(sold, id).await;
    assert_eq!(all.len(), 1, "{all:?}");
    all.remove(0)
}

/// What a begun download gives.
async fn content(sold: &Sold, token: &str) -> Vec<u8> {
    let file = sold.shop().find_begun_download(token).await.unwrap().download.file;
    let blocks = sold.shop().read_download(&file, 0..file.bytes).await.unwrap();
    blocks
        .try_fold(Vec::new(), async |mut all, block| {
            all.extend(block);
            Ok(all)
        })
        .await
        .unwrap()
}

fn refusal<T: std::fmt::Debug>(outcome: Result<T, DownloadError>) -> DownloadRefusal {
    match outcome {
        Err(DownloadError::Refused(_, refusal)) => refusal,
        other => panic!("{other:?}"),
    }
}

on_both! {
    async fn a_paid_order_gives_its_files_as_often_as_it_may(engine: Engine) {
        let sold = store(engine).await;
        add(&sold, "jug", "pot.pdf", GUIDE, false).await.unwrap();
        let id = sold.paid(&[("jug", 2), ("mug", 1)]).await;
        let download = only(&sold, id).await;
        assert_eq!((download.line, download.used, download.most, download.refusal), (0, 0, 10, None));
        let until = sold.order(id).await.placed_at.plus_ms(30 * DAY_MS);
        assert_eq!(download.until, until);
        let found = sold.shop().find_download(&download.token).await.unwrap().unwrap();
        assert_eq!((found.order.id, found.download.file.name.as_str()), (id, "pot.pdf"));
        let begun = sold.shop().begin_download(&download.token, "one").await.unwrap();
        for _ in 0..3 {
            assert_eq!(content(&sold, &begun).await, GUIDE);
        }
        assert_eq!(sold.shop().begin_download(&download.token, "one").await.unwrap(), begun, "pressed twice is once");
        assert_eq!(only(&sold, id).await.left(), 9);
        // Neither is the other: a page is no file, and a file no page.
        assert!(matches!(sold.shop().find_begun_download(&download.token).await, Err(DownloadError::NotGenuine)));
        assert!(sold.shop().find_download(&begun).await.unwrap().is_none());
        assert!(matches!(sold.shop().begin_download(&begun, "x").await, Err(DownloadError::NotGenuine)));
        for number in 1..10 {
            sold.shop().begin_download(&download.token, &format!("press{number}")).await.unwrap();
        }
        assert_eq!(refusal(sold.shop().begin_download(&download.token, "more").await), DownloadRefusal::UsedUp);
        let last = sold.shop().begin_download(&download.token, "press9").await.unwrap();
        assert_eq!(content(&sold, &last).await, GUIDE, "the last one is gone on with");
        assert_eq!(sold.letters(id, "Your order").await, 1);
        let letter = sold.open.letters().concat().replace("=\r\n", "");
        assert!(letter.contains(&download.token) || letter.contains("/download/"), "{letter}");
        assert_eq!(sold.letters(id, "Your files").await, 0, "the confirmation has the links");
        assert_eq!(level(sold.shop(), "mug").await.3, 1, "what is sent is sold as ever");
        sold.close().await;
    }

    async fn of_a_hundred_presses_at_once_as_many_count_as_are_left(engine: Engine) {
        let sold = store(engine).await;
        let other = sold.open.second_instance().await;
        add(&sold, "jug", "pot.pdf", GUIDE, false).await.unwrap();
        let id = sold.paid(&[("jug", 1)]).await;
        let token = only(&sold, id).await.token;
        let presses = (0..100).map(|number| {
            let shop = if number % 2 == 0 { sold.shop().clone() } else { other.clone() };
            let token = token.clone();
            tokio::spawn(async move { shop.begin_download(&token, &format!("press{number}")).await })
        });
        let (mut begun, mut refused) = (0, BTreeSet::new());
        for press in presses.collect::<Vec<_>>() {
            match press.await.unwrap() {
                Ok(_) => begun += 1,
                Err(DownloadError::Refused(_, refusal)) => drop(refused.insert(refusal.name())),
                Err(error) => panic!("{error}"),
            }
        }
        assert_eq!((begun, refused, only(&sold, id).await.left()), (5, BTreeSet::from(["used-up"]), 0));
        other.close().await;
        sold.close().await;
    }

    async fn what_is_not_paid_is_not_given_and_told_by_mail_once_it_is(engine: Engine) {
        let sold = store(engine).await;
        add(&sold, "jug", "pot.pdf", GUIDE, false).await.unwrap();
        let id = sold.invoiced(&[("jug", 1)]).await;
        let waiting = only(&sold, id).await;
        assert_eq!((waiting.refusal, waiting.token.as_str()), (Some(DownloadRefusal::NotPaid), ""));
        let more = MoreDownloads { line: None, more: 1, days: 1, reopens: false };
        let refused = sold.shop().grant_downloads(id, more, &staff("ann")).await.unwrap_err();
        assert!(refused.to_string().contains("not paid"), "{refused}");
        sold.shop().clock().advance_ms(9 * DAY_MS);
        sold.shop().capture(id, Some(gbp(100)), &staff("ann")).await.unwrap();
        assert_eq!(only(&sold, id).await.refusal, Some(DownloadRefusal::NotPaid), "a part is not all");
        sold.shop().capture(id, None, &staff("ann")).await.unwrap();
        settle_down(sold.shop()).await;
        let ready = only(&sold, id).await;
        assert_eq!((ready.refusal, ready.until), (None, sold.shop().now().plus_ms(30 * DAY_MS)), "from payment on");
        assert_eq!(sold.letters(id, "Your files").await, 1);
        sold.close().await;
    }

    async fn a_link_ends_with_its_time_and_a_download_with_its_own(engine: Engine) {
        let sold = store(engine).await;
        add(&sold, "jug", "pot.pdf", GUIDE, false).await.unwrap();
        let id = sold.paid(&[("jug", 1)]).await;
        let first = only(&sold, id).await;
        sold.shop().clock().advance_ms(first.until.ms_since(sold.shop().now()) - 1);
        let begun = sold.shop().begin_download(&first.token, "late").await.unwrap();
        sold.shop().clock().advance_ms(1);
        assert_eq!(refusal(sold.shop().begin_download(&first.token, "later").await), DownloadRefusal::Expired);
        assert_eq!(content(&sold, &begun).await, GUIDE, "what was begun in time goes on");
        sold.shop().clock().advance_ms(DOWNLOAD_LASTS_MS);
        assert_eq!(refusal(sold.shop().find_begun_download(&begun).await), DownloadRefusal::Expired);
        let more = MoreDownloads { line: None, more: 2, days: 7, reopens: false };
        let given = sold.shop().grant_downloads(id, more, &staff("ann")).await.unwrap();
        assert_eq!((given[0].used, given[0].most, given[0].refusal), (1, 7, None));
        assert_eq!(refusal(sold.shop().begin_download(&first.token, "a").await), DownloadRefusal::Expired, "the old link");
        sold.shop().begin_download(&given[0].token, "b").await.unwrap();
        sold.close().await;
    }

    async fn what_takes_the_money_back_closes_the_files(engine: Engine) {
        let (sold, ann) = (store(engine).await, staff("ann"));
        add(&sold, "jug", "pot.pdf", GUIDE, false).await.unwrap();
        let lines = [("jug", 1), ("mug", 1)];
        for (case, want) in [
            ("refunded", DownloadRefusal::Refunded),
            ("cancelled", DownloadRefusal::Cancelled),
            ("line", DownloadRefusal::Closed),
            ("withdrawn", DownloadRefusal::Withdrawn),
        ] {
            let id = sold.paid(&lines).await;
            let token = only(&sold, id).await.token;
            let begun = sold.shop().begin_download(&token, "first").await.unwrap();
            match case {
                "refunded" => drop(sold.shop().refund(id, None, &ann).await.unwrap()),
                "cancelled" => drop(sold.shop().cancel(id, &ann, "").await.unwrap()),
                "line" => {
                    let after = sold.shop().refund_line(id, 0, &ann).await.unwrap();
                    assert_eq!(after.money.refunded, gbp(500), "what the line cost, and no more");
                }
                _ => {
                    let declared =
                        WithdrawalRow { name: "Ann".into(), email: "a@example.org".into(), units: vec![(0, 1)] };
                    sold.shop().withdraw(id, &declared, &Actor::Visitor).await.unwrap();
                }
            }
            assert_eq!(refusal(sold.shop().begin_download(&token, "second").await), want, "{case}");
            assert_eq!(refusal(sold.shop().begin_download(&token, "first").await), want, "{case}: nor again");
            assert_eq!(refusal(sold.shop().find_begun_download(&begun).await), want, "{case}: what was begun ends");
            let page = sold.shop().find_download(&token).await.unwrap().unwrap();
            assert_eq!((page.download.refusal, page.download.token.as_str()), (Some(want), ""), "{case}");
        }
        settle_down(sold.shop()).await;
        sold.close().await;
    }

    async fn a_part_of_the_money_and_another_line_leave_the_files_open(engine: Engine) {
        let (sold, ann) = (store(engine).await, staff("ann"));
        add(&sold, "jug", "pot.pdf", GUIDE, false).await.unwrap();
        let id = sold.paid(&[("jug", 1), ("mug", 1)]).await;
        sold.shop().refund(id, Some(gbp(MUG)), &ann).await.unwrap();
        assert_eq!(only(&sold, id).await.refusal, None);
        let wrong = sold.shop().refund_line(id, 1, &ann).await;
        assert!(matches!(&wrong, Err(MoveError::Text(why)) if why.contains("line 2 is no download")), "{wrong:?}");
        sold.shop().refund(id, Some(gbp(395)), &ann).await.unwrap();
        sold.shop().refund(id, Some(gbp(1)), &ann).await.unwrap();
        let too_much = sold.shop().refund_line(id, 0, &ann).await;
        assert!(matches!(too_much, Err(MoveError::Amount { .. })), "{too_much:?}");
        assert_eq!(only(&sold, id).await.refusal, None, "no money moved");
        let id = sold.paid(&[("jug", 1), ("mug", 1)]).await;
        sold.bank.fate(|_| Fate::Lost);
        assert!(sold.shop().refund_line(id, 0, &ann).await.is_err());
        assert_eq!(only(&sold, id).await.refusal, Some(DownloadRefusal::Closed), "nobody knows whether money moved");
        sold.bank.fate(|_| Fate::Works);
        sold.shop().refund_line(id, 0, &ann).await.unwrap();
        assert_eq!((sold.moved(id).1, only(&sold, id).await.refusal), (500, Some(DownloadRefusal::Closed)));
        let reopened = MoreDownloads { line: Some(0), more: 0, days: 1, reopens: true };
        assert_eq!(sold.shop().grant_downloads(id, reopened, &ann).await.unwrap()[0].refusal, None);
        sold.close().await;
    }

    async fn another_link_to_the_order_ends_the_links_of_letters(engine: Engine) {
        let (sold, ann) = (store(engine).await, staff("ann"));
        add(&sold, "jug", "pot.pdf", GUIDE, false).await.unwrap();
        let id = sold.paid(&[("jug", 1)]).await;
        let token = only(&sold, id).await.token;
        let begun = sold.shop().begin_download(&token, "a").await.unwrap();
        sold.shop().renew_order_link(id, &ann).await.unwrap();
        assert!(sold.shop().find_download(&token).await.unwrap().is_none());
        assert!(matches!(sold.shop().find_begun_download(&begun).await, Err(DownloadError::NotGenuine)));
        let newer = only(&sold, id).await.token;
        sold.shop().begin_download(&newer, "b").await.unwrap();
        sold.shop().revoke_order_link(id, &ann).await.unwrap();
        assert!(sold.shop().find_download(&newer).await.unwrap().is_none());
        assert_eq!(only(&sold, id).await.token, "", "later letters have none");
        sold.close().await;
    }

    async fn what_was_promised_stays_and_what_comes_later_is_given_where_there_was_nothing(engine: Engine) {
        let (sold, ann) = (store(engine).await, staff("ann"));
        let early = sold.paid(&[("jug", 1)]).await;
        assert_eq!(downloads(&sold, early).await, []);
        let closed = sold.paid(&[("jug", 1)]).await;
        sold.shop().close_downloads(closed, None, &ann).await.unwrap();
        sold.shop().clock().advance_ms(40 * DAY_MS);
        add(&sold, "jug", "pot.pdf", GUIDE, false).await.unwrap();
        let late = only(&sold, early).await;
        assert_eq!((late.refusal, late.until), (None, late.file.created_at.plus_ms(30 * DAY_MS)), "sold before it came");
        assert_eq!(downloads(&sold, closed).await, [], "what was closed gets nothing later");
        let id = sold.paid(&[("jug", 1)]).await;
        add(&sold, "jug", "more.pdf", b"more", false).await.unwrap();
        assert_eq!(only(&sold, id).await.file.name.as_str(), "pot.pdf", "an order keeps what it was given");
        let more = MoreDownloads { line: None, more: 0, days: 1, reopens: false };
        assert_eq!(sold.shop().grant_downloads(id, more, &ann).await.unwrap().len(), 2, "unless staff give it more");
        add(&sold, "jug", "pot.pdf", b"second edition", true).await.unwrap();
        let all = downloads(&sold, id).await;
        let again = all.into_iter().find(|download| download.file.name.as_str() == "pot.pdf").unwrap();
        let begun = sold.shop().begin_download(&again.token, "x").await.unwrap();
        assert_eq!(content(&sold, &begun).await, b"second edition");
        sold.close().await;
    }

    async fn a_file_that_is_missing_counts_nothing(engine: Engine) {
        let sold = store(engine).await;
        add(&sold, "jug", "pot.pdf", GUIDE, false).await.unwrap();
        let id = sold.paid(&[("jug", 1)]).await;
        let download = only(&sold, id).await;
        let stored = sold.open.path().join("downloads").join(&download.file.storage_key);
        let begun = sold.shop().begin_download(&download.token, "a").await.unwrap();
        for damage in ["longer than it was: The first good pot, and more", ""] {
            match damage {
                "" => std::fs::remove_file(&stored).unwrap(),
                text => std::fs::write(&stored, text).unwrap(),
            }
            let lost = sold.shop().begin_download(&download.token, "b").await;
            assert!(matches!(lost, Err(DownloadError::Missing(id)) if id == download.file.id), "{lost:?}");
            let found = sold.shop().find_begun_download(&begun).await.unwrap();
            assert!(sold.shop().check_stored(&found.download.file).await.is_err());
        }
        assert_eq!(only(&sold, id).await.used, 1);
        sold.close().await;
    }

    async fn files_are_refused_where_they_are_added(engine: Engine) {
        let sold = store(engine).await;
        add(&sold, "jug", "pot.pdf", GUIDE, false).await.unwrap();
        for (case, sku, name, replaces, want) in [
            ("no product", "cup", "a.pdf", false, "there is no product cup"),
            ("one that is sent", "mug", "a.pdf", false, "class that is sent"),
            ("a path", "jug", "../a.pdf", false, "cannot be a file's name"),
            ("there already", "jug", "pot.pdf", false, "--replace"),
            ("not there", "jug", "pan.pdf", true, "no file pan.pdf"),
        ] {
            let error = add(&sold, sku, name, b"x", replaces).await.unwrap_err().to_string();
            assert!(error.contains(want), "{case}: {error}");
        }
        for number in 1..20 {
            add(&sold, "jug", &format!("{number}.pdf"), b"x", false).await.unwrap();
        }
        assert!(matches!(add(&sold, "jug", "one-more.pdf", b"x", false).await, Err(FileError::TooMany)));
        let stored = std::fs::read_dir(sold.open.path().join("downloads")).unwrap().count();
        assert_eq!(stored, 20, "what was refused left nothing");
        add(&sold, "jug", "pot.pdf", b"newer", true).await.unwrap();
        let stored = std::fs::read_dir(sold.open.path().join("downloads")).unwrap().count();
        assert_eq!(stored, 20, "what was replaced is gone");
        sold.close().await;
    }

    async fn a_removed_file_stays_for_its_buyers_until_it_is_taken_from_them(engine: Engine) {
        let sold = store(engine).await;
        add(&sold, "jug", "pot.pdf", GUIDE, false).await.unwrap();
        let id = sold.paid(&[("jug", 1)]).await;
        let download = only(&sold, id).await;
        let remove = async |from_buyers| {
            sold.shop().remove_download_file(download.file.id, from_buyers, &Actor::Operator).await
        };
        for _ in 0..2 {
            let kept = remove(false).await.unwrap();
            assert!(matches!(kept, RemovedFile::KeptFor(open) if open.lines == 1), "{kept:?}");
        }
        let later = sold.paid(&[("jug", 1)]).await;
        assert_eq!(downloads(&sold, later).await, [], "nobody buys it any more");
        sold.shop().begin_download(&download.token, "a").await.unwrap();
        assert_eq!(remove(true).await.unwrap(), RemovedFile::Gone);
        assert!(matches!(remove(true).await, Err(FileError::NoSuchFile(_))));
        assert!(matches!(sold.shop().begin_download(&download.token, "b").await, Err(DownloadError::NotGenuine)));
        assert_eq!(std::fs::read_dir(sold.open.path().join("downloads")).unwrap().count(), 0);
        assert_eq!(sold.shop().db().check_data().await.unwrap(), []);
        sold.close().await;
    }
}
