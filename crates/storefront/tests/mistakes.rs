//! What a visitor who made a mistake, or came too late, is shown: the same page with everything kept, and the way on.
#![allow(clippy::unwrap_used, reason = "helpers of tests: what fails here fails the test")]

mod cache_world;

use axum::body::Body;
use bytes::Bytes;
use cache_world::{World, header, quoted, read, text};
use commerce::catalogue::{ProductEntry, Structure};
use http::{Request, Response};
use shop::catalogue::Showing;
use tower::ServiceExt;

async fn post(world: &World, path: &str, cookies: &str, form: &str) -> Response<Bytes> {
    let request = Request::post(path)
        .header("host", "shop.example")
        .header("sec-fetch-site", "same-origin")
        .header("content-type", "application/x-www-form-urlencoded")
        .header("cookie", cookies);
    read(world.router.clone().oneshot(request.body(Body::from(form.to_owned())).unwrap()).await.unwrap()).await
}

/// The cookies that an answer sets, as the next request sends them.
fn cookies(answer: &Response<Bytes>) -> String {
    let set = answer.headers().get_all("set-cookie").iter();
    let pairs = set.map(|value| value.to_str().unwrap().split(';').next().unwrap().to_owned());
    pairs.collect::<Vec<_>>().join("; ")
}

async fn product_id(world: &World, path: &str) -> String {
    let page = text(&world.get(path).await);
    let (_, rest) = page.split_once("name=\"product\" value=\"").unwrap();
    rest.split('"').next().unwrap().to_owned()
}

#[tokio::test(flavor = "multi_thread")]
async fn a_mistake_at_add_to_basket_comes_back_on_the_product_page_with_everything_kept() {
    let world = World::demo().await;
    let product = product_id(&world, "/product/box-first-steps").await;
    let form = format!(
        "locale=de&product={product}&quantity=0&option-not_before=soon&option-greeting=F%C3%BCr+Ann+%3Cb%3E\
         &option-no_prices=true"
    );
    let answer = post(&world, "/basket/lines", "", &form).await;
    assert_eq!((answer.status().as_u16(), header(&answer, "x-error")), (422, "quantity"));
    assert!(header(&answer, "cache-control").starts_with("private"));
    let page = text(&answer);
    assert!(page.contains("<h1>Schachtel: erste Schritte</h1>"), "the product's own page");
    assert!(page.contains("<meta name=\"robots\" content=\"noindex\">"));
    let summary = page.split("class=\"errors\"").nth(1).unwrap().split("</div>").next().unwrap();
    for (field, why) in [
        ("option-ribbon", "Wählen Sie bei „Schleifenband“ etwas aus."),
        ("option-not_before", "„Nicht vor diesem Tag liefern“ ist ein Tag"),
        ("quantity", "ganze Zahl von 1 bis 9.999"),
    ] {
        assert!(summary.contains(&format!("href=\"#{field}\"")) && summary.contains(why), "{field}: {summary}");
        assert!(page.contains(&format!("id=\"{field}-error\"")), "{field}: told at the field");
        assert!(page.contains(&format!("id=\"{field}\"")), "{field}: the summary leads somewhere");
    }
    assert!(page.contains("value=\"Für Ann &lt;b&gt;\""), "a text stays");
    assert!(page.contains("name=\"option-not_before\" type=\"date\" value=\"soon\""), "what does not fit stays too");
    assert!(page.contains("name=\"option-no_prices\" value=\"true\" checked"), "a tick stays");
    assert!(page.contains("name=\"quantity\" type=\"number\" inputmode=\"numeric\" min=\"1\" max=\"99\" value=\"0\""));
    assert!(!page.contains("id=\"option-greeting-error\""), "what is right is not blamed");
}

#[tokio::test(flavor = "multi_thread")]
async fn a_choice_that_is_sold_out_meanwhile_comes_back_on_the_product_page() {
    let sell_out = |products: &mut Vec<ProductEntry>| {
        products[0].stock_records.iter_mut().for_each(|record| record.on_hand = Some(0));
    };
    let world = World::of(3, sell_out, "").await;
    let products = demo::assortment().unwrap().products;
    let first = products.iter().find(|entry| matches!(entry.product.structure, Structure::Standalone(_))).unwrap();
    let path = format!("/product/{}", first.product.slug.as_str());
    let product = product_id(&world, &path).await;
    let answer = post(&world, "/basket/lines", "", &format!("product={product}&quantity=7")).await;
    assert_eq!((answer.status().as_u16(), header(&answer, "x-error")), (409, "sold_out"));
    let page = text(&answer);
    assert!(page.contains("class=\"notice error\" role=\"alert\""), "{page}");
    assert!(page.contains("sold out just now, so nothing was added"));
    assert!(page.contains("data-product="), "the product's own page");
}

#[tokio::test(flavor = "multi_thread")]
async fn refusals_have_words_of_their_own_and_what_is_missing_shows_something_else() {
    let world = World::of(6, |_| {}, "").await;
    let missing = world.get("/no-such-page").await;
    let page = text(&missing);
    assert!(page.contains("This page is not here") && page.matches("<li class=\"card\"").count() == 4, "{page}");
    // Its cards show prices: it goes when one of them changes.
    assert_eq!(header(&missing, "cache-tag").split(',').count(), 1 + 4);
    let unknown = "product=00000000-0000-4000-8000-000000000000";
    let gone = post(&world, "/basket/lines", "", unknown).await;
    assert_eq!(gone.status().as_u16(), 410);
    assert!(text(&gone).contains("This product is gone") && text(&gone).contains("<li class=\"card\""));
    let long = post(&world, "/basket/lines", "", &"a".repeat(70_000)).await;
    assert_eq!(long.status().as_u16(), 413);
    assert!(text(&long).contains("That was too much"));
    let foreign = Request::post("/basket/undo").header("host", "shop.example").header("sec-fetch-site", "cross-site");
    let foreign = read(world.router.clone().oneshot(foreign.body(Body::empty()).unwrap()).await.unwrap()).await;
    assert_eq!(foreign.status().as_u16(), 403);
    assert!(text(&foreign).contains("That came from another page"));
}

#[tokio::test(flavor = "multi_thread")]
async fn a_line_that_is_not_sold_any_more_says_so_and_leads_nowhere() {
    let world = World::of(3, |_| {}, "").await;
    let path = quoted(&text(&world.get("/").await), "/product/");
    let product = product_id(&world, &path).await;
    let cookies = cookies(&post(&world, "/basket/lines", "", &format!("product={product}")).await);
    let products = demo::assortment().unwrap().products;
    let mut entry = products.into_iter().find(|entry| entry.product.id.to_string() == product).unwrap();
    entry.product.is_public = false;
    cache_world::put(&world.shop, &[entry], Showing::LaterAsAWhole).await;
    world.shop.publish_all().await.unwrap();
    world.clock.advance_ms(1_000);
    let request = Request::get("/basket").header("host", "shop.example").header("cookie", cookies.as_str());
    let basket = text(&read(world.router.clone().oneshot(request.body(Body::empty()).unwrap()).await.unwrap()).await);
    assert!(basket.contains("<h2 class=\"line-title\">A product that is no longer sold</h2>"), "{basket}");
    assert!(basket.contains("Remove<span class=\"hidden\">: A product that is no longer sold</span>"));
    assert!(!basket.contains("href=\"\"") && !basket.contains("href=\"/checkout\""));
}
