//! Asks a pricing module for the prices of a small basket, to try it out:
//! `cargo run -p outside --example ask_prices -- http://127.0.0.1:9000/prices the-secret-of-both`.

use commerce::basket::Quantity;
use commerce::ids::{ProductId, derived_uuid};
use commerce::language::Language;
use commerce::market::{MarketCode, TaxDisplay};
use commerce::moment::Moment;
use commerce::money::{Currency, Money};
use outside::pricing::{CustomerReference, PRICING_DEADLINE, PricingLine, PricingQuestion, ask_prices};
use outside::{Address, Network, Outside, Secret};
use std::error::Error;
use std::sync::Arc;
use std::time::Instant;

#[tokio::main]
async fn main() -> Result<(), Box<dyn Error>> {
    let mut arguments = std::env::args().skip(1);
    let (Some(url), Some(secret)) = (arguments.next(), arguments.next()) else {
        return Err("name the address and the secret".into());
    };
    let network = Network::new(Arc::new(|| Moment::from_micros(jiff::Timestamp::now().as_microsecond())));
    let module = Outside::new(&network, Address::parse(&url)?, Secret::parse(&secret)?, PRICING_DEADLINE);
    let currency = Currency::parse("EUR")?;
    let line = |sku: &str, units, minor| -> Result<PricingLine, Box<dyn Error>> {
        Ok(PricingLine {
            sku: sku.to_owned(),
            product: ProductId::new(derived_uuid("product", sku)),
            quantity: Quantity::new(units)?,
            unit_price: Money::from_minor(minor, currency),
            tax: TaxDisplay::Including,
        })
    };
    let question = PricingQuestion {
        currency,
        market: MarketCode::parse("de")?,
        language: Language::ENGLISH,
        customer: Some(CustomerReference::parse("K-1009")?),
        lines: vec![line("MUG-1", 12, 990)?, line("TEA-5", 1, 1_250)?],
    };
    for _ in 0..3 {
        let before = Instant::now();
        let prices = ask_prices(&module, &question).await;
        println!("after {} us: {prices:?}", before.elapsed().as_micros());
    }
    Ok(())
}
