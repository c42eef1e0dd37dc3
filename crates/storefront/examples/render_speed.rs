//! How long a page takes: `cargo run --release -p storefront --example render_speed`.
//! Prints microseconds and bytes a page, one thread, the best of five rounds; and the theme's start.

#[path = "../tests/sample/mod.rs"]
mod sample;

use std::time::{Duration, Instant};
use storefront::render::RenderError;
use storefront::theme::{Assets, Theme};
use storefront::view::shell::PageMeta;

const ROUNDS: usize = 5;
const PAGES_A_ROUND: u32 = 2_000;

fn main() -> Result<(), RenderError> {
    let start = Instant::now();
    let pages = sample::pages();
    println!("theme and words ready: {:?}", start.elapsed());
    println!(
        "assets alone: {:?}",
        best(1, || {
            std::hint::black_box(Assets::new(&Theme::embedded()));
            Ok(())
        })?
    );
    let locale = sample::locales(&pages)[0];
    let shell = sample::shell(&pages, locale);
    let document = sample::goods::tea();
    let start = Instant::now();
    let (meta, view) = sample::book::product(&pages, locale, &document);
    println!("first product view: {:?}", start.elapsed());
    let start = Instant::now();
    let page = pages.render(&shell, &meta, &view)?;
    println!("first product page: {:?}", start.elapsed());
    let took = best(PAGES_A_ROUND, || pages.render(&shell, &meta, &view).map(drop))?;
    println!("product page: {took:?}, {} bytes", page.len());
    let took = best(PAGES_A_ROUND, || {
        std::hint::black_box(sample::book::product(&pages, locale, &document));
        Ok(())
    })?;
    println!("product view from its document, with structured data and cards: {took:?}");
    let listing = storefront::view::pages::CategoryView {
        listing: sample::book::listing(&pages, locale, 1_237, "", "/category/tea"),
        ..Default::default()
    };
    let meta = PageMeta::cached("Tea", "/category/tea");
    let bytes = pages.render(&shell, &meta, &listing)?.len();
    let took = best(PAGES_A_ROUND, || pages.render(&shell, &meta, &listing).map(drop))?;
    println!("category page of 24: {took:?}, {bytes} bytes");
    Ok(())
}

fn best(times: u32, work: impl Fn() -> Result<(), RenderError>) -> Result<Duration, RenderError> {
    let mut best = Duration::MAX;
    for _ in 0..ROUNDS {
        let start = Instant::now();
        for _ in 0..times {
            work()?;
        }
        best = best.min(start.elapsed() / times);
    }
    Ok(best)
}
