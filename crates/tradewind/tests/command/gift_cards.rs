//! Gift cards as staff make, look at and change them.

use crate::support::{TestStore, tradewind};
use commerce::gift_card::GiftCardCode;
use serde_json::Value;

fn run(store: &TestStore, arguments: &[&str], more: &[&str]) -> crate::support::Run {
    tradewind(&[&["giftcards"], arguments, &[store.dir().as_str()], more].concat())
}

fn issued(store: &TestStore, more: &[&str]) -> Value {
    let issued = run(store, &["issue", "25", "GBP"], &[&["--reason", "a prize", "--json"], more].concat());
    issued.done().json()["cards"][0].clone()
}

#[test]
fn a_card_is_made_looked_at_and_changed() {
    let store = TestStore::empty();
    let card = issued(&store, &["--expires", "2099-12-31"]);
    let code = card["code"].as_str().unwrap().to_owned();
    assert!(GiftCardCode::parse(&code).is_ok(), "{card}");
    assert_eq!(
        (&card["balance"], &card["kind"], &card["expires"]),
        (&"25.00".into(), &"gift_card".into(), &"2099-12-31".into())
    );
    let shown = run(&store, &["show", &code.to_lowercase()], &["--json"]).done().json();
    assert_eq!(shown["id"], card["id"]);
    assert_eq!(shown["code"], Value::Null, "only where it is asked for");
    assert_eq!(run(&store, &["show", card["id"].as_str().unwrap()], &["--code", "--json"]).done().json()["code"], code);
    let adjusted = run(&store, &["adjust", &code, "-5.50"], &["--reason", "typed wrong", "--yes", "--json"]);
    assert_eq!(adjusted.done().json()["balance"], "19.50");
    let dry = run(&store, &["adjust", &code, "1"], &["--reason", "more", "--dry-run"]).done();
    assert!(dry.err.contains("change ••••") || dry.out.contains("change ••••"), "{dry:?}");
    assert_eq!(run(&store, &["block", &code], &["--reason", "lost", "--json"]).done().json()["state"], "blocked");
    assert_eq!(run(&store, &["unblock", &code], &["--reason", "found", "--json"]).done().json()["state"], "active");
    let shown = run(&store, &["show", &code], &["--json"]).done().json();
    let told: Vec<&str> =
        shown["entries"].as_array().unwrap().iter().map(|entry| entry["what"].as_str().unwrap()).collect();
    assert_eq!(told, ["unblocked", "blocked", "taken_off", "issued"], "{shown}");
    let list = run(&store, &["list"], &["--json"]).done().json();
    assert_eq!(list["owed"][0]["balance"], "19.50", "{list}");
    let people = run(&store, &["list"], &[]).done().out;
    assert!(people.contains("Owed: 19.50 GBP on 1 card.") && !people.contains(&code), "{people}");
    assert_eq!(store.inventory()["tables"]["gift_cards"], 1);
    tradewind(&["doctor", &store.dir()]).done();
}

#[test]
fn a_card_that_is_sent_goes_out_by_mail() {
    let store = TestStore::empty();
    let more = ["--to", "ben@example.org", "--from", "Ann", "--message", "Well done!", "--credit"];
    let code = issued(&store, &more)["code"].as_str().unwrap().to_owned();
    let letters = || {
        let files = std::fs::read_dir(store.path("shop").join("mail")).unwrap().map(|file| file.unwrap().path());
        files.map(|file| std::fs::read_to_string(file).unwrap()).collect::<Vec<_>>()
    };
    let [letter] = &letters()[..] else { panic!("{:?}", letters()) };
    for part in ["To: ben@example.org", &code, "Well done!", "25.00 to spend"] {
        assert!(letter.contains(part), "{part}: {letter}");
    }
    run(&store, &["send", &code], &["--to", "cleo@example.org"]).done();
    assert_eq!(letters().len(), 2);
}

#[test]
fn many_cards_come_as_csv() {
    let store = TestStore::empty();
    let csv = run(&store, &["issue", "10", "GBP"], &["--count", "300", "--reason", "printed", "--csv"]).done();
    let lines: Vec<&str> = csv.out.lines().collect();
    assert_eq!((lines[0], lines.len()), ("code,amount,currency,expires,id", 301));
    let codes: std::collections::HashSet<&str> =
        lines[1..].iter().map(|line| line.split(',').next().unwrap()).collect();
    assert_eq!(codes.len(), 300);
    assert!(codes.iter().all(|code| GiftCardCode::parse(code).is_ok()));
    let page = run(&store, &["list"], &["--limit", "200", "--json"]).done().json();
    let next = page["next"].as_str().unwrap();
    let rest = run(&store, &["list"], &["--limit", "200", "--before", next, "--json"]).done().json();
    assert_eq!(rest["cards"].as_array().unwrap().len(), 100);
    assert_eq!(rest["owed"][0]["balance"], "3000.00");
}

#[test]
fn what_cannot_be_done_is_said() {
    let store = TestStore::empty();
    let code = issued(&store, &[])["code"].as_str().unwrap().to_owned();
    let mut mistyped = code.clone().into_bytes();
    mistyped[0] = if mistyped[0] == b'7' { b'8' } else { b'7' };
    let mistyped = String::from_utf8(mistyped).unwrap();
    for (arguments, more, exit, want) in [
        (&["issue", "0", "GBP"][..], &["--reason", "x"][..], 1, "worth more than nothing"),
        (&["issue", "-5", "GBP"], &["--reason", "x"], 1, "worth more than nothing"),
        (&["issue", "2000000", "GBP"], &["--reason", "x"], 1, "at most 1000000.00 GBP"),
        (&["issue", "5.001", "GBP"], &["--reason", "x"], 2, "digits behind the point"),
        (&["issue", "5", "XXX"], &["--reason", "x"], 2, "is not a currency code"),
        (&["issue", "5", "GBP"], &["--reason", " "], 1, "a reason has 1 to 200 characters"),
        (&["issue", "5", "GBP"], &["--reason", "x", "--to", "ben"], 2, "is no mail address"),
        (&["issue", "5", "GBP"], &["--reason", "x", "--expires", "soon"], 2, "is no day"),
        (&["issue", "5", "GBP"], &["--reason", "x", "--expires", "2001-01-01"], 1, "would expire before it is used"),
        (&["show", &mistyped], &[], 1, "there is no gift card of that code or id"),
        (&["adjust", &code, "-25.01"], &["--reason", "x", "--yes"], 1, "does not fit"),
        (&["send", &code], &[], 1, "nobody is known to send this card to"),
    ] {
        let refused = run(&store, arguments, more).failed(exit);
        assert!(refused.err.contains(want), "{arguments:?}: {refused:?}");
        assert!(!refused.err.contains(&mistyped), "what was typed may be nearly a code");
    }
    assert_eq!(run(&store, &["show", &code], &["--json"]).done().json()["balance"], "25.00");
}
