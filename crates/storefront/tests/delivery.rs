//! Delivery as a visitor meets it: what it costs before the checkout, pick-up points, what nobody takes, nothing to ship.
#![allow(clippy::unwrap_used, reason = "helpers of tests: what fails here fails the test")]

mod cache_world;

use cache_world::visitor::Visitor;
use cache_world::{World, header, text};
use commerce::catalogue::ProductEntry;
use commerce::money::Money;

const DELIVERY: &str = r#"
[[zone]]
code = "ireland"
countries = ["IE"]

[[zone]]
code = "north"
postcodes = { GB = ["PH*"] }

[[delivery]]
code = "standard"
name = { en = "Standard delivery", de = "Standardversand" }
days = [2, 4]
max_items = 50
charges = [
  { currency = "GBP", per_order = "3.95", free_from = "45", min_total = "5" },
  { currency = "GBP", zone = "north", per_order = "7.50", min_total = "5" },
  { currency = "GBP", zone = "ireland", per_order = "9.95", min_total = "5" },
]
"#;

const POINTS: &str = r#"
[[delivery]]
code = "collect"
name = { en = "Collect it yourself" }
days = [1, 1]
charges = [{ currency = "GBP" }]
points = [
  { code = "mill", name = "Mill <locker>", line1 = "9 Mill Lane", city = "Bristol", postcode = "BS1 4SP", country = "GB" },
  { code = "quay", name = "Quay shop", line1 = "1 Quay", city = "Bristol", postcode = "BS1 4SP", country = "GB", hours = { en = "Mon–Sat 9–18" } },
]
"#;

/// A shop in which everything costs so many pence, with these ways of delivery.
async fn world(pence: i64, delivery: &str) -> World {
    let cost = |products: &mut Vec<ProductEntry>| {
        let records = products.iter_mut().flat_map(|entry| &mut entry.stock_records);
        for price in records.flat_map(|record| &mut record.prices) {
            (price.amount, price.from, price.until) = (Money::from_minor(pence, price.amount.currency()), None, None);
        }
    };
    let with = |text: String| {
        let (before, rest) = text.split_once("[[delivery]]").unwrap();
        format!("{before}{delivery}\n[synonyms]{}", rest.split_once("[synonyms]").unwrap().1)
    };
    World::made(3, cost, with).await
}

/// The words of a page's summary, without markup.
fn words(page: &str) -> String {
    let mut words = String::new();
    let mut in_tag = false;
    for c in page.chars() {
        match c {
            '<' => {
                in_tag = true;
                words.push(' ');
            }
            '>' => in_tag = false,
            c if !in_tag => words.push(c),
            _ => {}
        }
    }
    words.split_whitespace().collect::<Vec<_>>().join(" ")
}

#[tokio::test(flavor = "multi_thread")]
async fn the_basket_tells_what_delivery_costs_and_what_is_missing_for_it_to_be_free() {
    let world = world(1_000, DELIVERY).await;
    for (case, quantity, country, cost, hint) in [
        ("the market's first country", 1, "", "from £3.95, chosen in the checkout", "£35.00 more for free delivery."),
        ("a unit less than free", 4, "GB", "from £3.95", "£5.00 more for free delivery."),
        ("free", 5, "GB", "free", ""),
        ("another country", 1, "IE", "from £9.95", ""),
        ("a country that the market does not have", 1, "US", "from £3.95", "£35.00 more for free delivery."),
    ] {
        let mut ann = Visitor::with_goods(&world, quantity).await;
        if !country.is_empty() {
            let answer = ann.post("/basket/country", &format!("country={country}")).await;
            assert_eq!((answer.status().as_u16(), header(&answer, "location")), (303, "/basket"), "{case}");
        }
        let basket = ann.page("/basket").await;
        let told = words(&basket);
        assert!(told.contains(&format!("Delivery {cost}")), "{case}: {told}");
        assert!(told.contains(hint) && told.contains("for free delivery") != hint.is_empty(), "{case}: {told}");
        let chosen = if country == "IE" { "IE" } else { "GB" };
        assert!(basket.contains(&format!("<option value=\"{chosen}\" selected>")), "{case}");
    }
}

#[tokio::test(flavor = "multi_thread")]
async fn the_country_of_the_basket_is_chosen_in_the_checkout_and_an_address_counts_in_the_basket() {
    let world = world(1_000, DELIVERY).await;
    let mut ann = Visitor::with_goods(&world, 1).await;
    ann.post("/basket/country", "country=IE").await;
    assert!(ann.page("/checkout").await.contains("<option value=\"IE\" selected>"));
    ann.give_address("PH1+9XX").await;
    assert!(words(&ann.page("/checkout/delivery").await).contains("£7.50"));
    assert!(words(&ann.page("/basket").await).contains("Delivery from £7.50"), "the postcode is known by now");
}

#[tokio::test(flavor = "multi_thread")]
async fn a_pick_up_point_is_chosen_in_the_checkout_and_stands_on_the_order() {
    let world = world(1_000, &format!("{DELIVERY}{POINTS}")).await;
    let mut ann = Visitor::with_goods(&world, 1).await;
    assert!(
        words(&ann.page("/basket").await).contains("Delivery from £3.95"),
        "what is brought, although fetching is free"
    );
    assert!(words(&ann.page("/checkout").await).contains("You can also collect your order"));
    ann.give_address("BS1+1AA").await;
    let page = ann.page("/checkout/delivery").await;
    for part in [
        "value=\"standard\" checked",
        "name=\"point-collect\"",
        "<option value=\"mill\">Mill &lt;locker&gt;, 9 Mill Lane, BS1 4SP Bristol</option>",
        "<option value=\"quay\">Quay shop, 1 Quay, BS1 4SP Bristol · Mon–Sat 9–18</option>",
        "Ready to collect on Wednesday 25 November.",
        "Your address",
    ] {
        assert!(page.contains(part), "{part}: {page}");
    }
    for point in ["", "nowhere"] {
        let form = format!("method=collect&point-collect={point}&billing-same=1");
        let answer = ann.post("/checkout/delivery", &form).await;
        assert_eq!((answer.status().as_u16(), header(&answer, "x-error")), (422, "form"), "{point:?}");
        let page = text(&answer);
        let id = page.split("name=\"point-collect\"").next().unwrap().rsplit("<select id=\"").next().unwrap();
        let id = id.split('"').next().unwrap();
        assert!(page.contains(&format!("href=\"#{id}\"")) && page.contains(&format!("id=\"{id}-error\"")), "{point:?}");
        assert!(page.contains("Choose where you want to collect it."), "{point:?}");
        let review = ann.get("/checkout/review").await;
        assert_eq!(header(&review, "location"), "/checkout/delivery", "{point:?}");
    }
    let answer = ann.post("/checkout/delivery", "method=collect&point-collect=quay&billing-same=1").await;
    assert_eq!(header(&answer, "location"), "/checkout/review");
    let review = ann.page("/checkout/review").await;
    let told = words(&review);
    assert!(
        told.contains("Collect from Ann Ash, Quay shop, 1 Quay, Bristol BS1 4SP, United Kingdom, Mon–Sat 9–18"),
        "{told}"
    );
    assert!(told.contains("Billing address Ann Ash, 1 Hill, Porthaven BS1 1AA"), "{told}");
    let field = |name: &str| {
        let (_, rest) = review.split_once(&format!("name=\"{name}\" value=\"")).unwrap();
        rest.split('"').next().unwrap().replace(' ', "+")
    };
    let pay = format!("payment=invoice&token={}&amount={}", field("token"), field("amount"));
    let paid = header(&ann.post("/checkout/pay", &pay).await, "location").to_owned();
    let back = ann.get(&paid).await;
    let order = words(&ann.page(header(&back, "location")).await);
    for part in ["Collect from Ann Ash Quay shop 1 Quay Bristol BS1 4SP United Kingdom Mon–Sat 9–18", "Total £10.00"]
    {
        assert!(order.contains(part), "{part}: {order}");
    }
}

#[tokio::test(flavor = "multi_thread")]
async fn a_single_point_needs_no_choice() {
    let single = POINTS.replace("  { code = \"mill\", name = \"Mill <locker>\", line1 = \"9 Mill Lane\", city = \"Bristol\", postcode = \"BS1 4SP\", country = \"GB\" },\n", "");
    let world = world(1_000, &single).await;
    let mut ann = Visitor::with_goods(&world, 1).await;
    assert!(words(&ann.page("/basket").await).contains("Delivery free"), "nothing is brought here");
    ann.give_address("BS1+1AA").await;
    let page = ann.page("/checkout/delivery").await;
    assert!(
        !page.contains("point-collect") && page.contains("Quay shop, 1 Quay, BS1 4SP Bristol · Mon–Sat 9–18"),
        "{page}"
    );
    let answer = ann.post("/checkout/delivery", "method=collect&billing-same=1").await;
    assert_eq!(header(&answer, "location"), "/checkout/review");
    assert!(words(&ann.page("/checkout/review").await).contains("Collect from Ann Ash, Quay shop"));
}

#[tokio::test(flavor = "multi_thread")]
async fn what_no_way_of_delivery_takes_is_told_with_the_next_step() {
    for (case, pence, quantity, in_basket, at_checkout) in [
        ("too little", 100, 4, "We send orders from £5.00 on.", "We send orders from £5.00 on."),
        ("too many", 1_000, 51, "worked out in the checkout", "This is more than we can send in one order."),
    ] {
        let world = world(pence, DELIVERY).await;
        let mut ann = Visitor::with_goods(&world, quantity).await;
        assert!(words(&ann.page("/basket").await).contains(in_basket), "{case}");
        ann.give_address("BS1+1AA").await;
        assert!(words(&ann.page("/checkout/delivery").await).contains(at_checkout), "{case}");
        let answer = ann.post("/checkout/delivery", "method=standard&billing-same=1").await;
        assert_eq!(answer.status().as_u16(), 422, "{case}");
    }
}

#[tokio::test(flavor = "multi_thread")]
async fn a_product_page_names_what_it_costs_to_have_it_brought() {
    let world = world(1_000, &format!("{DELIVERY}{POINTS}")).await;
    let path = cache_world::quoted(&text(&world.get("/").await), "/product/");
    let page = words(&text(&world.get(&path).await));
    assert!(page.contains("Delivery from £3.95, free from £45.00. Arrives in 2–4 working days."), "{page}");
}

#[tokio::test(flavor = "multi_thread")]
async fn downloads_have_no_delivery_in_basket_and_checkout() {
    let world = World::demo().await;
    let mut ann = Visitor::new(&world);
    let page = ann.page("/product/guide-cold-and-iced").await;
    let (_, rest) = page.split_once("name=\"product\" value=\"").unwrap();
    let product = rest.split('"').next().unwrap().to_owned();
    ann.post("/basket/lines", &format!("product={product}")).await;
    let basket = ann.page("/basket").await;
    assert!(!basket.contains("/basket/country") && !words(&basket).contains("without delivery"), "{basket}");
    ann.give_address("BS1+1AA").await;
    let delivery = words(&ann.page("/checkout/delivery").await);
    assert!(delivery.contains("Nothing in this order has to be sent."), "{delivery}");
    assert_eq!(header(&ann.post("/checkout/delivery", "").await, "location"), "/checkout/review");
    let review = words(&ann.page("/checkout/review").await);
    assert!(!review.contains("Deliver to") && !review.contains("Collect from"), "{review}");
}
