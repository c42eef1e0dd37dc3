//! What letters say: each of them in English and German, as text and as a page, and what odd input makes of them.
#![allow(clippy::unwrap_used, reason = "a helper of tests ends them where something is missing")]

mod common;

use commerce::gift_card::{GiftCardCode, GiftCardKind, Tender};
use commerce::ids::GiftCardId;
use commerce::market::TaxDisplay;
use commerce::order::Order;
use common::{email, eur, letter, line, moment, order, parcel, seller};
use mail::{
    CardLetter, Declaration, FileLink, Letter, MailThemeError, Matter, Message, Payment, Tracking, Withdrawal, Writer,
};
use std::fs;

const TERMS: &str = "# Terms\n\n1. We sell, you buy. See [returns](/returns).\n2. *German* law applies.\n";

fn placed() -> Matter<'static> {
    let payment = Payment { name: "Card", instructions: "" };
    Matter::Placed { payment, terms: TERMS, withdrawal: Some(Withdrawal { days: 14, instruction: "" }) }
}

fn write(order: &Order, matter: Matter) -> Message {
    Writer::new(None).unwrap().write(&letter(&seller(), order, matter)).unwrap()
}

/// Every letter about the order, in the order of [`Matter::NAMES`].
fn all(order: &Order) -> Vec<Message> {
    let (address, parcel) = (email("ann@example.org"), parcel());
    let declaration = Declaration {
        name: "Ann Müller",
        email: &address,
        units: &[(0, 1)],
        words: "Too large.\nSorry <3",
        received_at: moment("2026-12-01T23:30:05Z"),
        returns: "",
    };
    let tracking = Tracking { carrier: "Post", url: "https://post.example/t?n=AB1234&l=x" };
    let matters = [
        placed(),
        Matter::Downloads,
        Matter::Withdrawn(declaration),
        Matter::Cancelled { refund: Some(eur(126_140)), reason: "sold out" },
        Matter::Sent { parcel: &parcel, tracking },
        Matter::Refunded { amount: eur(1_125), payment: "Card" },
        Matter::GivenBack { amount: eur(126_140) },
        Matter::Link { valid_until: Some(moment("2026-12-24T03:02:01Z")) },
    ];
    assert!(matters.iter().map(Matter::name).eq(Matter::NAMES));
    let files = [file("The first pot", 3_249_999, 5), file("Gongfu <b>at home</b>", 18_400_000, 1)];
    let write = |matter: Matter| {
        let seller = seller();
        let files = if matter.name() == "downloads" { &files[..] } else { &[] };
        Writer::new(None).unwrap().write(&Letter { downloads: files, ..letter(&seller, order, matter) }).unwrap()
    };
    matters.into_iter().map(write).collect()
}

fn file(title: &str, bytes: u64, most: u32) -> FileLink {
    let (url, until) = ("https://hafen.example/download/token".to_owned(), moment("2026-12-24T23:30:00Z"));
    FileLink { title: title.to_owned(), bytes, url, most, until }
}

#[test]
fn a_confirmation_has_the_files_that_are_paid() {
    let (order, seller) = (order("en"), seller());
    let plain = letter(&seller, &order, placed());
    let files = [file("The first pot\r\nSubject: x", 999, 5)];
    let message = Writer::new(None).unwrap().write(&Letter { downloads: &files, ..plain }).unwrap();
    for fact in ["The first pot Subject: x", "999\u{a0}B", "5 downloads, until 25 December 2026"] {
        assert!(message.text.contains(fact) && message.html.contains(fact), "{fact}: {}", message.text);
    }
    assert!(message.text.contains("https://hafen.example/download/token"));
    assert!(!write(&order, placed()).text.contains("YOUR FILES"), "where there are none, nothing is said of them");
}

#[test]
fn every_letter_is_complete_in_both_languages_and_forms() {
    for language in ["en", "de"] {
        for (name, message) in Matter::NAMES.into_iter().zip(all(&order(language))) {
            let text = format!("Subject: {}\n\n{}", message.subject, message.text);
            insta::assert_snapshot!(format!("{name}.{language}.txt"), text);
            insta::assert_snapshot!(format!("{name}.{language}.html"), message.html);
        }
    }
}

/// Letters that hand a card over: a present with a greeting, a card of nobody's, a refund as credit.
fn cards(language: &str) -> Vec<(&'static str, Message)> {
    let (seller, to, code) = (seller(), email("ben@example.org"), GiftCardCode::from_bits(0x1_2345_6789_abcd_ef01));
    let plain = CardLetter {
        id: common::task(8),
        at: moment("2026-11-24T03:02:01Z"),
        seller: &seller,
        to: &to,
        language: commerce::language::Language::parse(language).unwrap(),
        kind: GiftCardKind::GiftCard,
        amount: eur(5_000),
        code: &code,
        giver: "",
        message: "",
        order_number: "",
        expires_at: None,
    };
    let (giver, message) =
        ("Ann <b>Müller</b>", "Happy birthday!\n\n<script>alert(1)</script>\r\nBcc: all@example.org");
    let present = CardLetter { giver, message, expires_at: Some(moment("2029-12-31T23:00:00Z")), ..plain };
    let credit = CardLetter { kind: GiftCardKind::Credit, order_number: "4KT-9WM-2HB", ..plain };
    let writer = Writer::new(None).unwrap();
    let letters = [("gift-card", plain), ("gift-card-present", present), ("gift-card-credit", credit)];
    letters.into_iter().map(|(name, letter)| (name, writer.write_card(&letter).unwrap())).collect()
}

#[test]
fn a_letter_with_a_card_is_complete_and_harmless() {
    for language in ["en", "de"] {
        for (name, message) in cards(language) {
            assert!(!message.subject.contains('\n') && message.to == email("ben@example.org"), "{name}");
            assert!(!message.html.contains("<script") && !message.html.contains("<b>"), "{name}");
            for part in [&message.text, &message.html] {
                assert!(part.contains("1RVV-WN6H-7BH6-J00P"), "{name}: the code is told: {part}");
            }
            let text = format!("Subject: {}\n\n{}", message.subject, message.text);
            insta::assert_snapshot!(format!("{name}.{language}.txt"), text);
            insta::assert_snapshot!(format!("{name}.{language}.html"), message.html);
        }
    }
}

#[test]
fn a_confirmation_names_the_cards_that_pay() {
    let mut order = order("en");
    let tender = |minor, kind, last_four: &str| Tender {
        card: GiftCardId::new(uuid::Uuid::from_u128(1)),
        last_four: last_four.to_owned(),
        kind,
        amount: eur(minor),
    };
    order.sold.tenders = vec![tender(2_000, GiftCardKind::GiftCard, "3HN5"), tender(100, GiftCardKind::Credit, "XX07")];
    let message = write(&order, placed());
    let want = "Gift card ••••3HN5: −€20.00\nStore credit ••••XX07: −€1.00\nLeft to pay: €1,240.40";
    assert!(message.text.contains(want), "{}", message.text);
    let refunded = write(&order, Matter::Refunded { amount: eur(500), payment: "gift_card ••••3HN5" });
    assert!(refunded.text.contains("It goes to: Gift card ••••3HN5"), "{}", refunded.text);
}

#[test]
fn both_forms_of_a_letter_say_the_same() {
    // The engine writes a slash as a character reference in pages.
    let page = |message: &Message| message.html.replace("&#x2f;", "/");
    for (name, message) in Matter::NAMES.into_iter().zip(all(&order("en"))) {
        for fact in ["hafen.example/order/4KT", "Kai 1", "help@hafen.example"] {
            // There is no order behind money that goes back.
            let said = name != "given-back" || !fact.contains("/order/");
            assert_eq!(message.text.contains(fact), said, "{fact} in text of {name}");
            assert_eq!(page(&message).contains(fact), said, "{fact} in page of {name}");
        }
    }
    let message = write(&order("en"), placed());
    for fact in ["€1,261.40", "€201.40", "Engraving: For Ann", "within 14 days", "We sell, you buy"] {
        assert!(message.text.contains(fact) && page(&message).contains(fact), "{fact}");
    }
}

#[test]
fn a_page_holds_no_foreign_markup_and_loads_nothing() {
    for message in all(&order("en")) {
        for harm in ["<b>", "<script", "<img", "src=", "url(", "@import", "Sorry <3"] {
            assert!(!message.html.contains(harm), "{harm} in {}", message.subject);
        }
    }
    let html = write(&order("en"), placed()).html;
    assert!(html.contains("Enamel mug &lt;b&gt;"));
    assert!(html.contains("href=\"https:&#x2f;&#x2f;hafen.example&#x2f;order&#x2f;4KT?key=a&amp;b=c\""));
    assert!(html.contains("<a href=\"https://hafen.example/returns\">"));
}

#[test]
fn the_same_letter_is_the_same_message() {
    let message = write(&order("en"), placed());
    assert_eq!(message, write(&order("en"), placed()));
    assert_eq!(message.to_eml().unwrap(), write(&order("en"), placed()).to_eml().unwrap());
    assert_eq!(message.message_id, "<00000000-0000-0000-0000-000000000007@hafen.example>");
    assert_eq!(message.reply_to, Some(email("help@hafen.example")));
}

#[test]
fn a_language_without_a_catalogue_is_answered_in_english() {
    let message = write(&order("fr"), placed());
    assert!(message.text.contains("Thank you for your order"));
    assert!(message.html.contains("<html lang=\"en\""), "the page says in which language it is, not which was wanted");
}

#[test]
fn an_invoice_says_how_to_pay_and_a_market_without_tax_in_its_prices_adds_it() {
    let mut order = order("en");
    order.money.captured = eur(0);
    order.money.due = order.sold.total.gross();
    order.sold.tax_display = TaxDisplay::Excluding;
    let payment = Payment { name: "Invoice", instructions: "Pay to **DE00 1234** within 14 days." };
    let message = write(&order, Matter::Placed { payment, terms: "", withdrawal: None });
    assert!(message.html.contains("<strong>DE00 1234</strong>"));
    assert!(message.text.contains("Invoice, not paid yet"));
    assert!(message.text.contains("VAT (19%): €201.40\nTotal: €1,261.40"), "{}", message.text);
    assert!(!message.text.contains("withdraw"), "no right, no instruction");
}

#[test]
fn a_gateway_has_its_words_in_the_language_of_the_letter() {
    for (language, gateway, name, next) in [
        ("en", "invoice", "Invoice, ", "The bill comes with the parcel."),
        ("de", "invoice", "Rechnung, ", "Die Rechnung liegt im Paket."),
        ("de", "demo", "Karte, ", ""),
        ("de", "Girocard", "Girocard, ", ""),
    ] {
        let payment = Payment { name: gateway, instructions: "" };
        let message = write(&order(language), Matter::Placed { payment, terms: "", withdrawal: None });
        assert!(message.text.contains(name) && message.text.contains(next), "{language} {gateway}: {}", message.text);
        let refunded = write(&order(language), Matter::Refunded { amount: eur(5), payment: gateway });
        assert!(refunded.text.contains(name.trim_end_matches(", ")), "{language} {gateway}: {}", refunded.text);
    }
}

#[test]
fn goods_that_are_not_sent_have_no_delivery() {
    let mut order = order("en");
    order.sold.lines = vec![line("Sea chart", 1, 900)];
    order.sold.lines[0].requires_shipping = false;
    (order.sold.delivery, order.sold.delivery_address, order.sold.billing_address) = (None, None, None);
    order.sold.total = order.sold.lines[0].total;
    let message = write(&order, placed());
    let bill = Matter::Placed { payment: Payment { name: "invoice", instructions: "" }, terms: "", withdrawal: None };
    let billed = write(&order, bill).text;
    assert!(billed.contains("We send you the bill.") && !billed.contains("parcel"), "{billed}");
    assert!(message.text.contains("Nothing has to be sent"));
    assert!(!message.text.contains("Delivery address") && !message.html.contains("Delivery address"));
}

#[test]
fn odd_texts_stay_in_their_line() {
    let mut order = order("en");
    order.sold.lines[0].title = "Mug\r\n\r\nYou won! \u{0}\u{1b}[31m".to_owned();
    let message = write(&order, placed());
    assert!(message.text.contains("2 × Mug You won! [31m\n"), "{}", message.text);
    let parcel = parcel();
    let tracking = Tracking { carrier: "Post", url: "javascript:alert(1)" };
    let message = write(&order, Matter::Sent { parcel: &parcel, tracking });
    assert!(!message.html.contains("javascript") && message.text.contains("AB 12 34"));
}

#[test]
fn a_stores_own_files_win_one_by_one() {
    let folder = tempfile::tempdir().unwrap();
    let put = |name: &str, text: &str| fs::write(folder.path().join(name), text).unwrap();
    put("placed.txt", "{% extends \"layout.txt\" %}{% block body %}Ahoy {{ order.number }}!{% endblock %}");
    put("en.ftl", "sent-title = Anchors aweigh\nsubject-placed = Ahoy { $number }\n");
    put("fr.ftl", "sent-title = C’est parti\n");
    put("notes.md", "not a template {{");
    let writer = Writer::new(Some(folder.path())).unwrap();
    let (seller, parcel) = (seller(), parcel());
    let write = |order: &Order, matter| writer.write(&letter(&seller, order, matter)).unwrap();
    let message = write(&order("en"), placed());
    assert!(message.text.starts_with("Ahoy ") && message.text.contains("Kai 1"), "{}", message.text);
    assert!(message.subject.starts_with("Ahoy ") && message.html.contains("Thank you for your order"));
    let sent = Matter::Sent { parcel: &parcel, tracking: Tracking::default() };
    assert!(write(&order("en"), sent).text.starts_with("Anchors aweigh"));
    let french = write(&order("fr"), sent).text;
    assert!(french.starts_with("C’est parti") && french.contains("Any question?"));
    assert!(write(&order("de"), sent).text.starts_with("Ihr Paket ist unterwegs"));
}

#[test]
fn an_own_template_that_fails_gives_way_to_the_built_in_one() {
    let folder = tempfile::tempdir().unwrap();
    fs::write(folder.path().join("placed.html"), "{{ order.nothing.of.the.kind }}").unwrap();
    fs::write(folder.path().join("link.txt"), "{# nothing #}").unwrap();
    let writer = Writer::new(Some(folder.path())).unwrap();
    let (seller, order) = (seller(), order("en"));
    let message = writer.write(&letter(&seller, &order, placed())).unwrap();
    assert!(message.html.contains("Thank you for your order"));
    let message = writer.write(&letter(&seller, &order, Matter::Link { valid_until: None })).unwrap();
    assert!(message.text.contains("The link to your order"));
}

#[test]
fn words_that_are_missing_show_their_key_and_the_letter_goes_out() {
    let folder = tempfile::tempdir().unwrap();
    fs::write(folder.path().join("link.txt"), "{{ t(\"no-such-words\", a=1) }} {{ order.url }}").unwrap();
    let writer = Writer::new(Some(folder.path())).unwrap();
    let (seller, order) = (seller(), order("de"));
    let message = writer.write(&letter(&seller, &order, Matter::Link { valid_until: None })).unwrap();
    assert!(message.text.starts_with("no-such-words https://hafen.example/order"));
}

#[test]
fn files_that_cannot_work_are_told_with_their_line() {
    for (name, text, line) in [("placed.html", "a\nb {% if %}", 2), ("de.ftl", "a = b\nc = { $x )\n", 2)] {
        let folder = tempfile::tempdir().unwrap();
        fs::write(folder.path().join(name), text).unwrap();
        match Writer::new(Some(folder.path())).err() {
            Some(MailThemeError::Broken { file, line: at, .. }) => assert_eq!((file.as_str(), at), (name, line)),
            other => panic!("{name}: {other:?}"),
        }
    }
    let folder = tempfile::tempdir().unwrap();
    fs::write(folder.path().join("sent.txt"), vec![b'a'; 600_000]).unwrap();
    assert!(matches!(Writer::new(Some(folder.path())), Err(MailThemeError::TooLarge(_))));
    assert!(Writer::new(Some(&folder.path().join("nowhere"))).is_ok(), "a store need not have its own");
}

/// Keys and their variables.
fn shape(catalogue: &str) -> std::collections::BTreeMap<String, std::collections::BTreeSet<String>> {
    let mut shapes: std::collections::BTreeMap<String, std::collections::BTreeSet<String>> = Default::default();
    let mut key = String::new();
    for line in catalogue.lines().filter(|line| !line.starts_with('#')) {
        if let Some((found, _)) = line.split_once(" = ").filter(|_| !line.starts_with(' ')) {
            key = found.to_owned();
        }
        let names = line.split('$').skip(1).map(|rest| rest.split(' ').next().unwrap().to_owned());
        shapes.entry(key.clone()).or_default().extend(names);
    }
    shapes
}

#[test]
fn both_catalogues_have_the_same_keys_with_the_same_variables() {
    let (en, de) = (include_str!("../templates/en.ftl"), include_str!("../templates/de.ftl"));
    assert_eq!(shape(en), shape(de));
}

#[test]
fn names_and_content_stay_out_of_logs() {
    let (seller, order) = (seller(), order("en"));
    let letter = letter(&seller, &order, placed());
    let message = Writer::new(None).unwrap().write(&letter).unwrap();
    let logged = format!("{message:?} {letter:?} {seller:?}");
    for private in ["ann@", "help@", "Müller", "Quay 7", "key="] {
        assert!(!logged.contains(private), "{private} in {logged}");
    }
}
