//! Offers, ranges and vouchers of a shop, looked after from the command line.

use crate::support::{Run, TestStore, block_on, sql, text, tradewind, tradewind_with};
use serde_json::{Value, json};
use std::path::Path;

/// A campaign on the small store: a tenth off for everybody, and two tees for 25 by a code.
fn campaign() -> Value {
    json!({
        "format": "tradewind-offers/1",
        "ranges": {
            "kitchen things": { "categories": ["kitchen"], "classes": ["download"], "excluded_products": ["book"] },
            "tees": { "name": { "en": "Tees", "de": "Hemden" }, "products": ["tee", "MUG-1"], "public": true },
        },
        "offers": [
            {
                "id": "a-tenth", "name": "A tenth off", "exclusive": false,
                "condition": { "type": "count", "range": "kitchen things", "value": 2 },
                "benefit": { "type": "percentage", "range": "kitchen things", "value": "10" },
                "max_global_applications": 500, "start": "2026-05-01", "end": "2999-05-31", "priority": 3,
            },
            {
                "id": "two tees", "type": "Voucher", "exclusive": false, "combines_with": ["a-tenth"],
                "condition": { "type": "coverage", "range": "tees", "value": 2 },
                "benefit": { "type": "fixed_price", "value": "25" },
            },
        ],
        "vouchers": [
            { "code": "tees-2026", "offers": ["two tees"], "usage": "Once per customer", "end": "2999-12-30" },
        ],
    })
}

fn apply(store: &TestStore, file: &Value, more: &[&str]) -> Run {
    let path = store.path("rules.json");
    std::fs::write(&path, file.to_string()).unwrap();
    tradewind(&[&["offers", "apply", &text(&path), &store.dir()], more].concat())
}

fn with_campaign() -> TestStore {
    let store = TestStore::with_goods();
    apply(&store, &campaign(), &[]).done();
    store
}

fn export(store: &TestStore) -> Value {
    tradewind(&["offers", "export", &store.dir()]).done().json()
}

fn run(store: &TestStore, words: &[&str], more: &[&str]) -> Run {
    tradewind(&[words, &[&store.dir()], more].concat())
}

/// The lines of mistakes, of which one stops everything.
#[track_caller]
fn refused(run: &Run) -> Vec<&str> {
    assert_eq!(run.code, 1, "{run:?}");
    assert!(run.err.contains("so nothing was written"), "{run:?}");
    run.out.lines().collect()
}

#[test]
fn a_basket_of_the_shop_is_explained() {
    let store = with_campaign();
    let told = run(&store, &["offers", "explain"], &["--item", "MUG-1=2", "--json"]).done().json();
    let unit: f64 = told["lines"][0]["unit"].as_str().unwrap().parse().unwrap();
    assert_eq!(told["applied"][0]["offer"], "A tenth off", "{told}");
    assert_eq!(told["lines"][0]["taken"][0]["units"], 2);
    assert_eq!(told["discount"], format!("{:.2}", unit * 0.2), "a tenth of two");
    let why = &told["not_applied"][0];
    assert_eq!((&why["offer"], &why["why"]), (&json!("two tees"), &json!("it needs a voucher")), "{told}");
    let words = run(&store, &["offers", "explain"], &["--item", "MUG-1", "--voucher", "nothing"]).done();
    for want in ["A tenth off does not apply: 1 unit is missing", "NOTHING: no voucher has this code", "Total: "] {
        assert!(words.out.contains(want), "{want}: {words:?}");
    }
    for (item, want) in [("MUG-1=0", "from 1 to"), ("NO-SUCH", "NO-SUCH"), ("MUG-1=two", "from 1 to")] {
        let refused = run(&store, &["offers", "explain"], &["--item", item]);
        assert!(refused.code != 0 && refused.err.contains(want), "{refused:?}");
    }
}

#[test]
fn a_file_is_taken_once_and_comes_back_unchanged() {
    let store = TestStore::with_goods();
    let dry = apply(&store, &campaign(), &["--dry-run", "--json"]).done().json();
    assert_eq!((&dry["new"], &dry["written"]), (&json!(5), &json!(false)), "{dry}");
    assert_eq!(export(&store)["offers"], json!([]), "nothing was written");
    let first = apply(&store, &campaign(), &[]).done();
    assert!(
        first
            .out
            .ends_with("offer two tees is new\nvoucher TEES-2026 is new\nWrote 5 new and 0 changed; 0 are the same.\n"),
        "{first:?}"
    );
    let again = apply(&store, &campaign(), &["--json"]).done().json();
    assert_eq!((&again["new"], &again["changed"], &again["unchanged"]), (&json!(0), &json!(0), &json!(5)), "{again}");
    let exported = export(&store);
    let back = apply(&store, &exported, &["--json"]).done().json();
    assert_eq!((&back["new"], &back["changed"], &back["unchanged"]), (&json!(0), &json!(0), &json!(5)), "{back}");
    assert_eq!(exported["ranges"]["Tees"]["products"], json!(["tee", "mug"]), "{exported}");
    assert_eq!(exported["ranges"]["kitchen things"]["categories"], json!(["kitchen"]), "{exported}");
    assert_eq!(exported["offers"][0]["start"], "2026-05-01", "{exported}");
    // Another shop takes it as well, and gives the same back.
    let other = TestStore::with_goods();
    assert_eq!(apply(&other, &exported, &["--json"]).done().json()["new"], 5);
    assert_eq!(export(&other), exported);
    assert!(store.inventory()["offers"].as_array().is_some_and(|offers| offers.len() == 2));
    run(&store, &["doctor"], &[]).done();
}

#[test]
fn only_what_differs_is_written_and_told_by_its_field() {
    let store = with_campaign();
    let mut file = campaign();
    file["offers"][0]["benefit"]["value"] = json!("15");
    file["offers"][0]["end"] = json!("2999-06-30");
    file["offers"][0].as_object_mut().unwrap().remove("priority");
    file["ranges"]["tees"]["products"] = json!(["TEE-S"]);
    file["vouchers"][0]["usage"] = json!("Multi-use");
    let report = apply(&store, &file, &["--json"]).done().json();
    let told = |place: usize| (&report["changes"][place]["name"], &report["changes"][place]["fields"]);
    assert_eq!(told(0), (&json!("tees"), &json!(["products"])), "{report}");
    assert_eq!(told(1), (&json!("a-tenth"), &json!(["benefit.value", "end", "priority"])), "{report}");
    assert_eq!(told(2), (&json!("TEES-2026"), &json!(["usage"])), "{report}");
    assert_eq!((&report["changed"], &report["unchanged"]), (&json!(3), &json!(2)), "{report}");
    assert_eq!(apply(&store, &file, &["--json"]).done().json()["changed"], 0);
    let history = block_on(async {
        let shop = store.open().await;
        let id = shop.load_offer_named("a-tenth").await.unwrap().offer.id();
        let events = shop.db().list_events(commerce::event::Subject::Offer, &id.to_string()).await.unwrap();
        shop.close().await;
        events.into_iter().map(|event| (event.kind, event.actor_kind)).collect::<Vec<_>>()
    });
    assert_eq!(history, vec![("offer_saved".to_owned(), "operator".to_owned()); 2], "once a change");
}

#[test]
fn what_a_file_does_not_say_of_words_and_rest_stays_and_a_new_name_is_taken() {
    let store = with_campaign();
    run(&store, &["offers", "suspend", "a-tenth"], &[]).done();
    let mut file = campaign();
    file["offers"][0]["id"] = json!("A tenth off");
    file["offers"][0]["name"] = json!("Ten percent");
    file["ranges"]["tees"] = json!({ "products": ["tee", "mug"] });
    let report = apply(&store, &file, &["--json"]).done().json();
    assert_eq!(report["changes"][0]["fields"], json!(["name.en"]), "{report}");
    assert_eq!((&report["new"], &report["changed"]), (&json!(0), &json!(1)), "{report}");
    let exported = export(&store);
    assert_eq!(
        (&exported["offers"][0]["id"], &exported["offers"][0]["status"]),
        (&json!("Ten percent"), &json!("Suspended"))
    );
    assert_eq!(exported["ranges"]["Tees"]["name"]["de"], "Hemden");
    assert_eq!(apply(&store, &file, &["--json"]).done().json()["unchanged"], 5, "safe to run again under the old name");
    file["offers"][0]["status"] = json!("Open");
    assert_eq!(apply(&store, &file, &["--json"]).done().json()["changes"][0]["fields"], json!(["status"]));
}

#[test]
fn the_same_rules_are_tried_and_kept() {
    let mut case = campaign();
    let currency = "GBP";
    let case = case.as_object_mut().unwrap();
    case.remove("format");
    case.insert("id".into(), json!("spring"));
    case.insert("products".into(), json!({
        "mug": { "price": "10.00", "categories": ["kitchen/mugs"] }, "book": { "price": "4.50", "class": "download" },
    }));
    case.insert("now".into(), json!("2026-06-01T12:00:00Z"));
    case.insert("basket".into(), json!([{ "product": "mug", "qty": 2 }, { "product": "book", "qty": 1 }]));
    let file = json!({ "format": "tradewind-offers/1", "currency": currency, "cases": [case] });
    let folder = tempfile::tempdir().unwrap();
    let path = folder.path().join("try.json");
    std::fs::write(&path, file.to_string()).unwrap();
    let tried = tradewind(&["offers", "try", &text(&path)]).done();
    assert!(tried.out.contains("spring: 24.50 to 22.50 GBP\n  a-tenth once: 2.00 off the goods\n"), "{tried:?}");
}

/// A file in which nothing is right, on a store with the campaign.
fn faulty() -> Value {
    let offer = |id: &str, change: &dyn Fn(&mut Value)| {
        let mut offer = campaign()["offers"][0].clone();
        (offer["id"], offer["name"]) = (json!(id), json!(format!("Offer {id}")));
        change(&mut offer);
        offer
    };
    json!({
        "format": "tradewind-offers/1",
        "ranges": {
            "a": { "products": ["mug", "NONE-1", "NONE-2"] },
            "b": { "categories": ["mugs/kitchen"] },
            "c": { "products": [], "excluded_products": ["mug"] },
            "d": { "products": ["TEE-S"], "excluded_products": ["tee"] },
            "e": { "classes": ["goods"], "colour": "red" },
        },
        "offers": [
            offer("1", &|offer| offer["benefit"]["value"] = json!("120")),
            offer("2", &|offer| offer["end"] = json!("2026-04-30")),
            offer("3", &|offer| offer["start"] = json!("1 May")),
            offer("4", &|offer| offer["condition"]["range"] = json!("a")),
            offer("5", &|offer| offer["combines_with"] = json!(["nobody"])),
            offer("6", &|offer| offer["currency"] = json!("USD")),
            offer("7", &|offer| offer["num_applications"] = json!(3)),
            offer("8", &|offer| offer["name"] = json!("A tenth off")),
            offer("10", &|offer| offer["description"] = json!("x".repeat(65_537))),
            offer("9", &|offer| offer["condition"] = json!({ "type": "count", "value": 1 })),
            offer("a-tenth", &|_| {}),
            offer("a-tenth", &|_| {}),
        ],
        "vouchers": [
            { "code": "ONE", "offers": [] },
            { "code": "TWO", "offers": ["a-tenth"] },
            { "code": "TEES-2026", "offers": ["two tees"], "in_basket": true },
            { "code": "FOUR", "offers": ["two tees"], "start": "2026-05-02", "end": "2026-05-01" },
            { "code": "FOUR", "offers": ["two tees"] },
            { "code": "FI,VE", "offers": ["two tees"] },
        ],
    })
}

/// What is told of it, in this order: what cannot be read, then ranges, offers, vouchers, and ranges of nothing.
const FAULTS: &[&str] = &[
    "range e: has no field \"colour\"; it has name,",
    "offer 3.start: is no day such as 2026-06-01",
    "range a.products: \"NONE-1\" is neither the slug nor the SKU of a product of this store; \"NONE-2\" is neither",
    "range b.categories: \"mugs/kitchen\" is not the path of a category of this store",
    "range c: products: a range holds all products or names products, classes or categories",
    "offer 1: benefit.value must not be above 100 percent",
    "offer 2: end must not lie before the start",
    "offer 5.combines_with: there is no offer \"nobody\", neither in the file nor in the store",
    "offer 6.currency: no market of this store has USD (GBP)",
    "offer 7: num_applications, user_applications and total_discount are for `offers try`",
    "offer 8.name: another offer is called \"A tenth off\"",
    "offer 10.description: has 65537 bytes in all languages; at most 65536 are kept",
    "offer 9: condition.range must be there",
    "offer a-tenth.id: names what another entry of the file names",
    "voucher ONE: offers: a voucher needs at least one offer",
    "voucher TWO.offers: \"A tenth off\" needs no voucher; only offers of type Voucher are opened by one",
    "voucher TEES-2026: times_used_… and in_basket are for `offers try`",
    "voucher FOUR: end: a voucher cannot end before it starts",
    "voucher FOUR: is in the file twice",
    "voucher FI,VE.code: a new voucher code is 1 to 64 letters, digits and -_.+%! without spaces",
    "range d: holds no product of this store; `--allow-empty` lets it be",
];

#[test]
fn every_mistake_is_told_with_its_rule_and_field_and_one_stops_everything() {
    let store = with_campaign();
    let before = export(&store);
    let run = apply(&store, &faulty(), &[]);
    let told = refused(&run);
    for (told, want) in told.iter().zip(FAULTS) {
        assert!(told.starts_with(want), "{told:?} is not {want:?}: {run:?}");
    }
    assert_eq!(told.len(), FAULTS.len(), "{run:?}");
    assert_eq!(export(&store), before, "nothing was written");
    for (json, want) in
        [("{", "the file: EOF"), ("[]", "the file: is no object"), ("{\"format\":\"x\"}", "format: is not")]
    {
        std::fs::write(store.path("odd.json"), json).unwrap();
        let run = tradewind(&["offers", "apply", &text(&store.path("odd.json")), &store.dir()]);
        assert!(refused(&run)[0].starts_with(want), "{run:?}");
    }
    tradewind(&["offers", "apply", &text(&store.path("none.json")), &store.dir()]).failed(1);
}

#[test]
fn a_contradiction_is_told_as_the_offers_will_stand_whatever_their_order() {
    let store = TestStore::with_goods();
    let mut alone = campaign();
    alone["offers"][0]["exclusive"] = json!(true);
    alone["offers"][1]["combines_with"] = json!([]);
    apply(&store, &alone, &[]).done();
    let naming = json!({ "format": "tradewind-offers/1", "offers": [campaign()["offers"][1]] });
    let run = apply(&store, &naming, &[]);
    let want = "offer two tees: combines_with must not name an exclusive offer, for that one shares with nobody: ";
    assert_eq!(refused(&run)[0], format!("{want}\"A tenth off\""));
    let mut turned = campaign();
    turned["offers"].as_array_mut().unwrap().reverse();
    apply(&store, &turned, &[]).done();
    let run = apply(&store, &json!({ "format": "tradewind-offers/1", "offers": [alone["offers"][0]] }), &[]);
    let want = "offer a-tenth: exclusive must be off as long as another offer names this one in combines_with: ";
    assert_eq!(refused(&run)[0], format!("{want}\"two tees\""));
}

#[test]
fn a_range_that_holds_nothing_is_refused_unless_it_is_wanted() {
    let store = TestStore::with_goods();
    let mut file = campaign();
    file["ranges"]["tees"] = json!({ "categories": ["clothing"], "excluded_products": ["tee"] });
    let run = apply(&store, &file, &[]);
    assert_eq!(refused(&run), ["range tees: holds no product of this store; `--allow-empty` lets it be"]);
    apply(&store, &file, &["--allow-empty"]).done();
    let again = apply(&store, &file, &["--json"]).done().json();
    assert_eq!(again["unchanged"], 5, "what is there and does not change may stay: {again}");
    let shown = tradewind(&["ranges", "show", "tees", &store.dir(), "--json"]).done().json();
    assert_eq!(shown["holds"], 0, "{shown}");
}

#[test]
fn days_are_those_of_the_stores_time_zone() {
    let store = with_campaign();
    let in_utc = tradewind_with(&["offers", "export", &store.dir()], &[("TRADEWIND_TIME_ZONE", "UTC")]).done().json();
    // London's summer time; the last microsecond of the day.
    assert_eq!(in_utc["offers"][0]["start"], "2026-04-30T23:00:00Z");
    assert_eq!(in_utc["offers"][0]["end"], "2999-05-31T22:59:59.999999Z");
    assert_eq!(in_utc["vouchers"][0]["end"], "2999-12-30", "no summer time in December");
    let report = apply(&store, &in_utc, &["--json"]).done().json();
    assert_eq!(report["unchanged"], 5, "{report}");
}

#[test]
fn offers_are_listed_as_they_stand_and_put_to_rest() {
    let store = with_campaign();
    let mut file = campaign();
    let mut add = |id: &str, start: Option<&str>, end: Option<&str>| {
        let mut offer = campaign()["offers"][0].clone();
        (offer["id"], offer["name"], offer["start"], offer["end"]) = (json!(id), json!(id), json!(start), json!(end));
        file["offers"].as_array_mut().unwrap().push(offer);
    };
    add("over", None, Some("2026-01-31"));
    add("later", Some("2999-01-01"), None);
    add("used", None, None);
    apply(&store, &file, &[]).done();
    let used = "INSERT INTO offer_uses SELECT id, 'GBP', 0, 500, 480, 12345 FROM offers WHERE name LIKE '%used%'";
    block_on(sql(&store, used));
    let rest = run(&store, &["offers", "suspend", "a-tenth"], &["--json"]).done().json();
    assert_eq!((&rest["state"], &rest["changed"]), (&json!("suspended"), &json!(true)));
    let again = run(&store, &["offers", "suspend", "A tenth off"], &[]).done();
    assert_eq!(again.out, "A tenth off: suspended already.\n");
    let listed = run(&store, &["offers", "list"], &["--json"]).done().json();
    let states = |listed: &Value| -> Vec<(String, String)> {
        let text = |offer: &Value, key: &str| offer[key].as_str().unwrap().to_owned();
        listed["offers"].as_array().unwrap().iter().map(|offer| (text(offer, "name"), text(offer, "state"))).collect()
    };
    let want = [
        ("A tenth off", "suspended"),
        ("two tees", "open"),
        ("over", "ended"),
        ("later", "not_yet"),
        ("used", "used_up"),
    ];
    assert_eq!(states(&listed), want.map(|(name, state)| (name.to_owned(), state.to_owned())), "{listed}");
    assert_eq!(listed["offers"][4]["discount"], json!([{ "currency": "GBP", "amount": "123.45" }]), "{listed}");
    let people = run(&store, &["offers", "list"], &[]).done();
    assert!(people.out.starts_with("name "), "{people:?}");
    assert!(people.out.contains("used up    -           -           3         500   123.45 GBP"), "{people:?}");
}

#[test]
fn an_offer_is_shown_goes_on_and_is_removed() {
    let store = with_campaign();
    run(&store, &["offers", "suspend", "a-tenth"], &[]).done();
    let shown = run(&store, &["offers", "show", "two tees"], &[]).done();
    for line in ["for 2 different products of Tees: 25.00 GBP for all of that together", "opened by TEES-2026"] {
        assert!(shown.out.contains(line), "{line}: {shown:?}");
    }
    let shown = run(&store, &["offers", "show", "a-tenth"], &["--json"]).done().json();
    assert_eq!(shown["rule"]["benefit"], json!({ "type": "percentage", "range": "kitchen things", "value": "10" }));
    let id = shown["id"].as_str().unwrap();
    let on = run(&store, &["offers", "resume", id], &["--json"]).done().json();
    assert_eq!((&on["state"], &on["changed"]), (&json!("open"), &json!(true)));
    let kept = run(&store, &["offers", "remove", "two tees"], &["--yes"]).failed(1);
    assert!(kept.err.contains("is opened by TEES-2026: remove the vouchers first"), "{kept:?}");
    run(&store, &["offers", "remove", "a-tenth"], &[]).failed(2);
    let dry = run(&store, &["offers", "remove", "a-tenth"], &["--dry-run"]).done();
    assert!(dry.out.contains("Would remove the offer \"A tenth off\""), "{dry:?}");
    run(&store, &["offers", "remove", "a-tenth"], &["--yes"]).done();
    let gone = run(&store, &["offers", "show", "a-tenth"], &[]).failed(1);
    assert!(gone.err.contains("there is no offer \"a-tenth\"; `tradewind offers list`"), "{gone:?}");
}

#[test]
fn every_kind_of_rule_goes_out_and_back_unchanged() {
    let store = TestStore::with_goods();
    let conditions = [("count", "2"), ("value", "12.5"), ("coverage", "2")];
    let benefits = [
        json!({ "type": "percentage", "range": "r", "value": "12.5", "max_affected_items": 3 }),
        json!({ "type": "absolute", "range": "r", "value": "2.5" }),
        json!({ "type": "fixed_unit", "range": "r", "value": "1", "max_affected_items": 1 }),
        json!({ "type": "multibuy", "range": "r" }),
        json!({ "type": "fixed_price", "value": "20" }),
        json!({ "type": "shipping_percentage", "value": "50" }),
        json!({ "type": "shipping_absolute", "value": "1.5" }),
        json!({ "type": "shipping_fixed_price", "value": "0" }),
        json!({ "type": "after_order" }),
    ];
    let mut offers = Vec::new();
    for (kind, value) in conditions {
        for benefit in benefits.iter().filter(|benefit| kind != "value" || benefit["type"] != "fixed_price") {
            let actions = json!([{ "code": "points", "text": "Ten points" }]);
            offers.push(json!({
                "id": format!("{kind} {}", benefit["type"].as_str().unwrap()), "benefit": benefit,
                "condition": { "type": kind, "range": "r", "value": value },
                "actions": if benefit["type"] == "after_order" { actions } else { Value::Null },
            }));
        }
    }
    assert_eq!(offers.len(), 26);
    (offers[0]["type"], offers[1]["type"]) = (json!("Session"), json!("User"));
    offers[1]["groups"] = json!(["01890a5d-ac96-774b-bcce-b302099a8057"]);
    for (key, value) in [
        ("description", json!("<p onclick=\"x()\">Off</p>")),
        ("max_basket_applications", json!(1)),
        ("max_user_applications", json!(2)),
        ("max_discount", json!("99.99")),
    ] {
        offers[2][key] = value;
    }
    let file = json!({ "format": "tradewind-offers/1", "ranges": { "r": { "all": true } }, "offers": offers });
    assert_eq!(apply(&store, &file, &["--json"]).done().json()["new"], 27);
    for file in [file, export(&store)] {
        let back = apply(&store, &file, &["--json"]).done().json();
        assert_eq!((&back["new"], &back["changed"], &back["unchanged"]), (&json!(0), &json!(0), &json!(27)), "{back}");
    }
    assert_eq!(export(&store)["offers"][2]["description"]["en"], "<p>Off</p>", "what could run in a page is gone");
}

#[test]
fn what_came_from_oscar_goes_out_and_back_unchanged() {
    let store = TestStore { folder: tempfile::tempdir().unwrap() };
    let source = text(&Path::new(env!("CARGO_MANIFEST_DIR")).join("../oscar/tests/data/oscar-store.sqlite3"));
    tradewind(&["import", "oscar", &source, "--into", &store.dir(), "--prices", "without-tax"]).done();
    let exported = export(&store);
    assert_eq!(exported["offers"].as_array().unwrap().len(), 5, "{exported}");
    let back = apply(&store, &exported, &["--json"]).done().json();
    assert_eq!((&back["new"], &back["changed"], &back["unchanged"]), (&json!(0), &json!(0), &json!(10)), "{back}");
}
