//! Tax by place, kind of goods and buyer, from the basket to the order.

use crate::on_both;
use crate::support::{
    Engine, OpenShop, TestShop, basket, catalogue, draft, gbp, new_checkout, order, press, settle_down,
};
use commerce::address::Country;
use commerce::checkout::{CheckoutDraft, FrozenCheckout};
use commerce::event::Actor;
use commerce::tax::class::TaxClass;
use commerce::tax::treatment::{NumberCheck, RatesOf, TaxTreatment};
use commerce::tax::vat_number::VatNumber;
use shop::catalogue::Showing;
use shop::checkout::PayError;

const EUROPE: &str = r#"[{ code = "eu", currency = "GBP", languages = ["en"], countries = ["DE", "FR", "CH"] }]"#;
const GERMAN: &str = r#"{ country = "DE", tables = ["eu"], vat_number = "DE136695976", one_stop_shop = true }"#;

async fn open_in_europe(engine: Engine) -> OpenShop {
    let shop = TestShop::new().product("mug", 1_190, Some(90)).product("book", 1_070, Some(90));
    shop.setting("market", EUROPE).setting("tax", GERMAN).open(engine).await
}

fn buyer(country: &str, number: Option<(&str, NumberCheck)>) -> CheckoutDraft {
    let mut draft = draft("ann@example.org", "invoice");
    if let Some(address) = &mut draft.delivery {
        address.country = Country::parse(country).unwrap();
        address.postcode = "75001".to_owned();
    }
    draft.vat_number = number.map(|(number, check)| (VatNumber::parse_with_country(number).unwrap(), check));
    draft
}

/// Buys and gives back what the order keeps.
async fn buy(open: &OpenShop, lines: &[(&str, u32)], draft: &CheckoutDraft) -> FrozenCheckout {
    let id = new_checkout(&open.shop);
    open.shop.pay(&press(&open.shop, id, &basket(lines), draft)).await.unwrap();
    settle_down(&open.shop).await;
    order(&open.shop, id).await.sold
}

/// Name and rate, net and tax of each tax line.
fn taxes(sold: &FrozenCheckout) -> Vec<(String, i64, i64)> {
    let line = |line: &commerce::tax::answer::TaxLine| {
        let applied = &line.applied;
        (format!("{} {}", applied.name, applied.rate), line.net.minor(), line.tax.minor())
    };
    sold.tax.lines.iter().map(line).collect()
}

fn row(name: &str, net: i64, tax: i64) -> (String, i64, i64) {
    (name.to_owned(), net, tax)
}

on_both! {
    async fn a_sale_is_taxed_by_where_it_goes_and_who_buys(engine: Engine) {
        let open = open_in_europe(engine).await;
        let french = "FR40303265045";
        let charged = |rates| TaxTreatment::Charged(rates);
        // Two mugs of 11.90 and the post's 3.95, entered with German tax.
        for (case, draft, treatment, gross, lines) in [
            ("at home", buyer("DE", None), charged(RatesOf::Home), 2_775, vec![row("MwSt 19%", 2_332, 443)]),
            ("in France", buyer("FR", None), charged(RatesOf::Destination), 2_775, vec![row("TVA 20%", 2_312, 463)]),
            ("a business", buyer("FR", Some((french, NumberCheck::Confirmed))), TaxTreatment::ReverseCharged, 2_332, vec![]),
            ("a number that nobody checked", buyer("FR", Some((french, NumberCheck::Unknown))), charged(RatesOf::Destination), 2_775, vec![row("TVA 20%", 2_312, 463)]),
            ("a number of nobody", buyer("FR", Some((french, NumberCheck::Refused))), charged(RatesOf::Destination), 2_775, vec![row("TVA 20%", 2_312, 463)]),
            ("export", buyer("CH", None), TaxTreatment::Export, 2_332, vec![]),
        ] {
            let sold = buy(&open, &[("mug", 2)], &draft).await;
            assert_eq!((sold.tax.treatment, sold.total.gross(), taxes(&sold)), (treatment, gbp(gross), lines), "{case}");
            assert_eq!(sold.tax.vat_number, draft.vat_number, "{case}");
            assert!(sold.adds_up());
        }
        // Lines of a letter are broken anywhere.
        let letters = open.letters().concat().replace("=\r\n", "").replace("=\n", "");
        assert!(letters.contains("reverse charge") && letters.contains("Your VAT number: FR40303265045"), "{letters}");
        open.close().await;
    }

    async fn goods_that_are_fetched_are_taxed_where_they_are(engine: Engine) {
        let point = r#"{ code = "quai", name = "Quai", line1 = "1 quai", city = "Paris", postcode = "75001", country = "FR" }"#;
        let collect = r#"code = "collect", name = { en = "Collect" }, days = [0, 1], charges = [{ currency = "GBP" }]"#;
        let shop = TestShop::new().product("mug", 1_190, Some(90)).setting("market", EUROPE).setting("tax", GERMAN);
        let open = shop.setting("delivery", &format!("[{{ {collect}, points = [{point}] }}]")).open(engine).await;
        let mut draft = buyer("DE", None);
        (draft.method, draft.point) = (Some("collect".to_owned()), Some("quai".to_owned()));
        let sold = buy(&open, &[("mug", 1)], &draft).await;
        assert_eq!((taxes(&sold), sold.total.gross()), (vec![row("TVA 20%", 992, 198)], gbp(1_190)));
        open.close().await;
    }

    async fn each_class_has_its_rate_and_delivery_follows_the_goods(engine: Engine) {
        let open = open_in_europe(engine).await;
        let (mut setup, mut entries) = catalogue(&[("mug".to_owned(), 1_190, Some(90)), ("book".to_owned(), 1_070, Some(90))]);
        let mut books = setup.classes[0].clone();
        books.id = commerce::ids::ProductClassId::new(commerce::ids::derived_uuid("class", "books"));
        (books.code, books.tax_class) = ("books".to_owned(), TaxClass::parse("books").unwrap());
        for (entry, _) in &mut entries {
            if entry.product.slug.to_string() == "book" {
                entry.product.structure = commerce::catalogue::Structure::Standalone(books.id);
            }
        }
        setup.classes.push(books);
        open.shop.put_catalogue_setup(&setup, &Actor::Operator, Showing::LaterAsAWhole).await.unwrap();
        open.shop.put_products(&entries, &Actor::Operator, Showing::LaterAsAWhole).await.unwrap();
        open.shop.publish_all().await.unwrap();
        open.shop.clock().advance_ms(1);
        open.shop.snapshots().look(open.shop.now().plus_ms(1)).await;
        let sold = buy(&open, &[("mug", 1), ("book", 1)], &buyer("DE", None)).await;
        // 3.95 of delivery is split like 11.90 to 10.70: 2.08 and 1.87.
        assert_eq!(taxes(&sold), [row("MwSt 19%", 1_175, 223), row("MwSt 7%", 1_175, 82)]);
        let rates: Vec<String> = sold.lines.iter().map(|line| format!("{} {}", line.tax_class, line.tax_rate)).collect();
        assert_eq!(rates, ["standard 19%", "books 7%"]);
        let shares = |line: &commerce::checkout::SoldLine| line.taxes.iter().map(|share| share.tax.minor()).sum::<i64>();
        assert!(sold.lines.iter().all(|line| shares(line) == line.total.tax().minor()));
        assert_eq!(sold.delivery.as_ref().map(|delivery| delivery.taxes.len()), Some(2));
        open.close().await;
    }

    async fn tax_that_hangs_on_the_state_waits_for_it(engine: Engine) {
        let shop = TestShop::new().product("mug", 1_000, Some(9));
        let shop = shop
            .setting("prices_include_tax", "false")
            .setting("market", r#"[{ code = "us", currency = "GBP", languages = ["en"], countries = ["US"], shows_tax = false }]"#)
            .setting("tax", r#"{ country = "US", region = "NY", tables = ["us"], registrations = ["US-NY"] }"#);
        let open = shop.open(engine).await;
        let mut draft = buyer("US", None);
        let id = new_checkout(&open.shop);
        let refused = open.shop.pay(&press(&open.shop, id, &basket(&[("mug", 2)]), &draft)).await;
        assert!(matches!(refused, Err(PayError::Incomplete("region"))), "{refused:?}");
        // A state that is none would be one without tax.
        if let Some(address) = &mut draft.delivery {
            address.region = "ZZ".to_owned();
        }
        let refused = open.shop.pay(&press(&open.shop, id, &basket(&[("mug", 2)]), &draft)).await;
        assert!(matches!(refused, Err(PayError::Incomplete("region"))), "{refused:?}");
        for (region, gross, treatment) in [
            ("N.Y.", 2_491, TaxTreatment::Charged(RatesOf::Destination)),
            ("Oregon", 2_395, TaxTreatment::NotRegistered),
        ] {
            if let Some(address) = &mut draft.delivery {
                address.region = region.to_owned();
            }
            let sold = buy(&open, &[("mug", 2)], &draft).await;
            assert_eq!((sold.total.gross(), sold.tax.treatment), (gbp(gross), treatment), "{region}");
        }
        open.close().await;
    }

    async fn a_number_that_is_given_later_is_another_checkout(engine: Engine) {
        let open = open_in_europe(engine).await;
        let (id, basket) = (new_checkout(&open.shop), basket(&[("mug", 1)]));
        open.shop.pay(&press(&open.shop, id, &basket, &buyer("FR", None))).await.unwrap();
        let later = buyer("FR", Some(("FR40303265045", NumberCheck::Unknown)));
        let again = open.shop.pay(&press(&open.shop, id, &basket, &later)).await;
        assert!(matches!(again, Err(PayError::OtherContent)), "the price is the same, the invoice is not: {again:?}");
        open.close().await;
    }
}
