//! Shoppers for a region: what they cost, and what is said where they cannot shop.

use super::bill::control;
use super::world::TestShop;

/// Exit code, result and everything else that a run says.
fn load(shop: &TestShop, url: &str, more: &[&str]) -> (Option<i32>, String, String) {
    let ran = shop.run(&[&["load", url, "--seconds", "1", "--sessions", "5", "--pace", "1000"], more].concat());
    let text = |bytes: &[u8]| String::from_utf8_lossy(bytes).into_owned();
    (ran.status.code(), text(&ran.stdout), text(&ran.stderr))
}

#[test]
fn a_run_tells_what_it_cost_and_a_refusal_what_to_do() {
    let shop = TestShop::open_region(&[], &["--https"]);
    let url = format!("https://{}", shop.host());
    let control = control(&shop);

    let (code, _, said) = load(&shop, &url, &[]);
    assert!(code == Some(1) && said.contains("--insecure"), "{code:?} {said}");
    let (code, _, said) = load(&shop, &control, &[]);
    assert!(code == Some(1) && said.contains("no shop to play on"), "{code:?} {said}");

    let (code, told, said) = load(&shop, &url, &["--insecure", "--region", &control]);
    assert_eq!(code, Some(0), "{told} {said}");
    for words in ["In the region meanwhile: ", " cold start", "It cost $", "no price is known: edge requests"] {
        assert!(told.contains(words), "{words}: {told}");
    }
}
