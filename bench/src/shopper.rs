//! A shopper: from the product to a paid order, with the requests that a browser without script makes.

use crate::browser::{Answer, Browser, hidden_field};
use crate::figures::micros_since;
use anyhow::{Context, bail, ensure};
use futures_util::future::join_all;
use std::net::SocketAddr;
use std::time::{Duration, Instant};

/// How often the page is asked again whether the payment is settled.
const RETURNS_MAX: u32 = 50;
/// Wait between two such questions, in milliseconds.
const RETURN_WAIT_MS: u64 = 20;

/// How a shopper shops.
#[derive(Clone, Copy, Debug)]
pub(crate) struct Manner<'m> {
    /// Way to pay.
    pub(crate) gateway: &'m str,
    /// Without the pages between the forms.
    pub(crate) hurried: bool,
}

/// The form with the button that names the amount.
#[derive(Clone, Debug)]
pub(crate) struct PayForm {
    amount: String,
    token: String,
}

/// Somebody who buys again and again, each time as somebody else.
pub(crate) struct Shopper {
    shop: Browser,
    payment_site: Option<Browser>,
}

impl Shopper {
    /// Not connected yet.
    pub(crate) fn new(shop: SocketAddr) -> Self {
        Self { shop: Browser::new(shop), payment_site: None }
    }

    /// The window that the shop is in.
    pub(crate) fn browser(&self) -> &Browser {
        &self.shop
    }

    /// Buys one unit and comes back with the order's address.
    pub(crate) async fn buy(&mut self, product: &str, email: &str, manner: Manner<'_>) -> anyhow::Result<String> {
        self.shop.forget();
        let form = self.up_to_pay(product, email, manner).await?;
        let answer = press_pay(&mut self.shop, &form, manner.gateway).await?;
        let order = self.follow_payment(answer).await?;
        if !manner.hurried {
            self.shop.get(&order).await?.expect_status(200, "the order")?;
        }
        Ok(order)
    }

    /// Basket, address, delivery and review.
    pub(crate) async fn up_to_pay(
        &mut self,
        product: &str,
        email: &str,
        manner: Manner<'_>,
    ) -> anyhow::Result<PayForm> {
        let shop = &mut self.shop;
        let line = [("product", product), ("quantity", "1"), ("locale", "")];
        shop.post("/basket/lines", &line).await?.expect_status(200, "add to the basket")?;
        if !manner.hurried {
            shop.get("/checkout").await?.expect_status(200, "the address form")?;
        }
        let address = [
            ("email", email),
            ("name", "Ada Example"),
            ("line1", "1 Mill Lane"),
            ("city", "Leeds"),
            ("postcode", "LS1 4DY"),
            ("country", "GB"),
        ];
        shop.post("/checkout/address", &address).await?.expect_status(303, "the address")?;
        if !manner.hurried {
            shop.get("/checkout/delivery").await?.expect_status(200, "the delivery form")?;
        }
        let delivery = [("method", "standard"), ("billing-same", "1")];
        shop.post("/checkout/delivery", &delivery).await?.expect_status(303, "the delivery")?;
        let review = shop.get("/checkout/review").await?.expect_status(200, "the review")?.text();
        let field = |name| hidden_field(&review, "action=\"/checkout/pay\"", name);
        Ok(PayForm { amount: field("amount")?, token: field("token")? })
    }

    /// Through the payment page, if there is one, to the order.
    async fn follow_payment(&mut self, paid: Answer) -> anyhow::Result<String> {
        let paid = paid.expect_status(303, "pay")?;
        let location = paid.header("location").to_owned();
        let mut back = paid.leads_to().context("pay leads nowhere")?.to_owned();
        if let Some(rest) = location.strip_prefix("http://localhost:") {
            let (port, _) = rest.split_once('/').context("an address without a path")?;
            let address = SocketAddr::from(([127, 0, 0, 1], port.parse()?));
            let site = self.payment_site.get_or_insert_with(|| Browser::new(address));
            let decided = site.post(&back, &[("choice", "approve")]).await?.expect_status(303, "the payment page")?;
            back = decided.leads_to().context("the payment page leads nowhere")?.to_owned();
        }
        for _ in 0..RETURNS_MAX {
            let returned = self.shop.get(&back).await?;
            match returned.leads_to() {
                Some(order) if order.starts_with("/order/") => return Ok(order.to_owned()),
                Some(other) => bail!("the return leads to {other}"),
                None => ensure!(returned.status == 200, "the return says {}", returned.status),
            }
            tokio::time::sleep(Duration::from_millis(RETURN_WAIT_MS)).await;
        }
        bail!("the payment is not settled after {RETURNS_MAX} questions")
    }
}

/// Presses Pay once.
pub(crate) async fn press_pay(browser: &mut Browser, form: &PayForm, gateway: &str) -> anyhow::Result<Answer> {
    let fields = [("amount", form.amount.as_str()), ("token", form.token.as_str()), ("payment", gateway)];
    browser.post("/checkout/pay", &fields).await
}

/// What came of shopping for a while.
#[derive(Clone, Debug, Default)]
pub(crate) struct Sales {
    /// Orders placed.
    pub(crate) orders: u64,
    /// How long it took, in microseconds.
    pub(crate) micros: u64,
    /// Of each order, from the basket to its address, in microseconds, sorted.
    pub(crate) took: Vec<u64>,
}

/// Lets so many shoppers shop at once for a while, each taking the product that `pick` names for its turn.
pub(crate) async fn shop_for(
    shop: SocketAddr,
    at_once: u32,
    seconds: u32,
    manner: Manner<'_>,
    pick: &(dyn Fn(u64) -> String + Sync),
) -> anyhow::Result<Sales> {
    let start = Instant::now();
    let end = start + Duration::from_secs(u64::from(seconds));
    let run = u64::from(std::process::id());
    let mut shopping = Vec::new();
    for number in 0..u64::from(at_once) {
        shopping.push(async move {
            let mut shopper = Shopper::new(shop);
            let mut took = Vec::new();
            let mut turn = number;
            while Instant::now() < end {
                let begun = Instant::now();
                let email = format!("shopper-{run}-{turn}-{}@example.org", took.len());
                shopper.buy(&pick(turn), &email, manner).await?;
                took.push(micros_since(begun));
                turn += u64::from(at_once);
            }
            anyhow::Ok(took)
        });
    }
    let mut sales = Sales::default();
    for took in join_all(shopping).await {
        sales.took.extend(took?);
    }
    sales.micros = micros_since(start);
    sales.orders = u64::try_from(sales.took.len()).unwrap_or_default();
    sales.took.sort_unstable();
    Ok(sales)
}
