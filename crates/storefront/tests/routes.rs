//! Every address of the table: what it answers, and that the edge treats it as its class says.

mod cache_world;

use cache_world::{GATEWAY, NOON, OSCAR_KEY, World, class_of, header, quoted, send, store_edge, text, unix_ms};
use commerce::event::Actor;
use commerce::language::Language;
use commerce::market::RESERVED_SEGMENTS;
use commerce::money::Currency;
use edge::{Class, Decision, Entry};
use http::{HeaderMap, Method};
use shop::import::ImportRequest;
use std::collections::BTreeSet;
use storefront::web::routes::{ROUTES, Route, RouteClass, edge_patterns};

/// A store whose first plain product has a key of its old life.
async fn world() -> World {
    let give_key = |products: &mut Vec<commerce::catalogue::ProductEntry>| products[0].product.oscar = Some(OSCAR_KEY);
    World::of(12, give_key, "").await
}

/// An address of each route, and the status of its page.
async fn address(world: &World, route: &Route) -> (String, u16) {
    let home = text(&world.get("/").await);
    let product = quoted(&home, "/product/");
    match route.path {
        "/static/{name}" => (quoted(&home, "/static/"), 200),
        "/media/{*path}" => (quoted(&home, "/media/"), 200),
        "/category/{slug}" => (quoted(&home, "/category/"), 200),
        "/product/{slug}" => (product, 200),
        "/catalogue/{*old}" => (format!("/catalogue/any_{OSCAR_KEY}/"), 301),
        "/sitemap/{page}.xml" => ("/sitemap/1.xml".into(), 200),
        "/{page}" => ("/about".into(), 200),
        // Nobody has a checkout or an order yet.
        "/checkout" | "/checkout/delivery" | "/checkout/review" => (route.path.into(), 303),
        path if path.contains('{') => (path.replace(['{', '}'], "x"), 404),
        path => (path.into(), 200),
    }
}

#[tokio::test(flavor = "multi_thread")]
async fn every_route_answers_as_its_class_says() {
    let world = world().await;
    let edge = store_edge();
    let now = unix_ms(NOON);
    for route in ROUTES {
        let (path, status) = address(&world, route).await;
        let behaviour = edge.behaviour(path.split('?').next().unwrap());
        assert_eq!(behaviour.class, class_of(route.class), "{path}");
        for method in ["GET", "HEAD", "POST", "PUT", "PATCH", "DELETE", "OPTIONS"] {
            let answer = send(&world.router, method, &path, &[("sec-fetch-site", "same-origin")]).await;
            let known = route.methods.contains(&method);
            let case = format!("{method} {path}: {}", answer.status());
            assert_eq!(answer.status() == 405, !known, "{case}");
            assert!(answer.status().as_u16() < 500, "{case}");
            let control = header(&answer, "cache-control").to_owned();
            let asked = Method::from_bytes(method.as_bytes()).unwrap();
            let kept = Entry::new(behaviour, &asked, &HeaderMap::new(), &answer, now);
            if !known || route.class == RouteClass::Own {
                assert!(control.starts_with("private"), "{case}: {control}");
                assert!(kept.is_none() && !answer.headers().contains_key("cache-tag"), "{case}");
                continue;
            }
            assert_eq!(answer.status().as_u16(), status, "{case}");
            assert!(!answer.headers().contains_key("set-cookie"), "{case}");
            match route.class {
                RouteClass::Asset => assert_eq!(control, "public, max-age=31536000, immutable", "{case}"),
                _ => {
                    assert!(control.starts_with("public, max-age=0, s-maxage="), "{case}: {control}");
                    assert!(header(&answer, "cache-tag").starts_with("store"), "{case}");
                    assert!(!header(&answer, "x-snapshot").is_empty(), "{case}");
                    assert!(status != 200 || !header(&answer, "etag").is_empty(), "{case}");
                }
            }
            assert_eq!(kept.is_some(), method == "GET", "{case}");
        }
        if route.class == RouteClass::Own {
            for method in [Method::GET, Method::HEAD, Method::POST] {
                assert_eq!(edge::decide(behaviour, &method, &HeaderMap::new(), None, now), Decision::Pass, "{path}");
            }
        }
    }
}

#[test]
fn the_edge_is_described_as_designed() {
    let described: Vec<(String, RouteClass)> = edge_patterns();
    let assets: Vec<&str> = described
        .iter()
        .filter(|(_, class)| *class == RouteClass::Asset)
        .map(|(pattern, _)| pattern.as_str())
        .collect();
    assert_eq!(assets, ["/static/*", "/media/*"]);
    let own: BTreeSet<&str> =
        described.iter().filter(|(_, class)| *class == RouteClass::Own).map(|(pattern, _)| pattern.as_str()).collect();
    let designed = [
        "/basket",
        "/basket/*",
        "/checkout",
        "/checkout/*",
        "/order/*",
        "/pay/*",
        "/account",
        "/account/*",
        "/dashboard",
        "/dashboard/*",
        "/api/*",
        "/webhooks/*",
        "/download/*",
    ];
    assert_eq!(own, BTreeSet::from(designed));
    let edge = store_edge();
    assert_eq!(edge.behaviours().len(), 2 + designed.len() + 1);
    for behaviour in edge.behaviours() {
        assert_eq!(behaviour.ttl.min, 0);
        assert_eq!(behaviour.key_query.is_none(), behaviour.class != Class::Cached);
        assert_eq!(behaviour.forwards_cookies(), behaviour.class == Class::Own);
    }
}

#[test]
fn first_segments_are_reserved_words() {
    let patterns = edge_patterns();
    let routes = ROUTES.iter().map(|route| route.path).chain(patterns.iter().map(|(pattern, _)| pattern.as_str()));
    let mut used: BTreeSet<&str> = routes.map(|path| path[1..].split('/').next().unwrap()).collect();
    // A name with a dot can be neither a market nor a page.
    used.retain(|segment| !segment.is_empty() && !segment.contains(['{', '.']));
    for segment in &used {
        assert!(RESERVED_SEGMENTS.contains(segment), "{segment}");
    }
    for segment in RESERVED_SEGMENTS {
        // Kept for feeds and for those who ask whether the program lives.
        assert!(used.contains(segment) || ["feed", "health"].contains(segment), "{segment}");
    }
}

#[tokio::test(flavor = "multi_thread")]
async fn odd_paths_lead_to_the_one_spelling_or_nowhere() {
    let world = world().await;
    let product = quoted(&text(&world.get("/").await), "/product/");
    let slug = product.strip_prefix("/product/").unwrap();
    let encoded = format!("/product/%{:02X}{}", slug.as_bytes()[0], &slug[1..]);
    for (path, status, to) in [
        (format!("{product}/"), 301, product.as_str()),
        (format!("{product}///"), 301, &product),
        (format!("/{product}"), 301, &product),
        (format!("//product//{slug}"), 301, &product),
        (encoded, 301, &product),
        ("//evil.example/".into(), 301, "/evil.example"),
        ("//evil.example/%2f..".into(), 301, "/evil.example/%2F.."),
        ("///evil.example//".into(), 301, "/evil.example"),
        ("/\\evil.example/".into(), 301, "/%5Cevil.example"),
        ("/%5cevil.example/".into(), 301, "/%5Cevil.example"),
        ("/%2fevil.example".into(), 301, "/%2Fevil.example"),
        ("/%2Fevil.example".into(), 404, ""),
        (format!("/product%2F{slug}"), 404, ""),
        (format!("/x/..{product}"), 404, ""),
        (format!("/.{product}"), 404, ""),
        (format!("/%2e%2e{product}"), 404, ""),
        (product.to_uppercase(), 404, ""),
        ("/BASKET".into(), 404, ""),
        ("/%62asket".into(), 301, "/basket"),
        ("/de".into(), 200, ""),
        ("/de/".into(), 301, "/de"),
        (format!("/de-en{product}"), 200, ""),
        (format!("/uk-de{product}"), 200, ""),
        (format!("/uk{product}"), 404, ""),
        (format!("/fr{product}"), 404, ""),
        ("/de/basket".into(), 404, ""),
        ("/de/static/x".into(), 404, ""),
        ("/product".into(), 404, ""),
        ("/product/no-such-thing".into(), 404, ""),
        (format!("{product}?utm_source=x"), 301, &product),
        ("/catalogue/x_99999999/".into(), 404, ""),
        ("/catalogue/x_notakey/".into(), 404, ""),
        (format!("/en-gb/catalogue/any_{OSCAR_KEY}/"), 301, ""),
    ] {
        let answer = world.get(&path).await;
        assert_eq!(answer.status().as_u16(), status, "{path} -> {}", header(&answer, "location"));
        let location = header(&answer, "location");
        if status == 301 {
            assert!(location.starts_with('/') && !location.starts_with("//") && !location.contains('\\'), "{path}");
            assert!(header(&answer, "cache-tag").contains("store"), "{path}");
        }
        if !to.is_empty() {
            assert_eq!(location, to, "{path}");
        }
        assert!(!header(&answer, "cache-control").contains("no-store"), "{path}: Back is instant");
    }
}

#[tokio::test(flavor = "multi_thread")]
async fn a_page_past_the_end_leads_to_the_last_for_a_moment() {
    let world = World::demo().await;
    let last_of = |page: &str| {
        let numbers = page.split("&amp;page=").chain(page.split("?page=")).skip(1);
        let number = |rest: &str| rest.split('"').next().and_then(|digits| digits.parse::<usize>().ok());
        numbers.filter_map(number).max().unwrap_or(1)
    };
    for path in ["/category/tea", "/de/category/tea", "/search"] {
        let last = last_of(&text(&world.get(path).await));
        assert!(last > 1, "{path} has several pages");
        let to = format!("{path}?page={last}");
        assert_eq!(world.get(&to).await.status(), 200);
        let past = (last + 1).to_string();
        for page in [past.as_str(), "400", "401", "99999999999", "99999999999999999999999"] {
            let answer = world.get(&format!("{path}?page={page}")).await;
            let (status, location) = (answer.status().as_u16(), header(&answer, "location"));
            assert_eq!((status, location), (302, to.as_str()), "{path} {page}");
            assert_eq!(header(&answer, "cache-control"), "public, max-age=0, s-maxage=10", "{path} {page}");
        }
        let answer = world.get(&format!("{path}?page=99999999999&sort=name")).await;
        assert_eq!(header(&answer, "location"), format!("{path}?sort=name&page={last}"), "in one step");
    }
    let answer = world.get("/search?q=nothinglikethat&page=2").await;
    assert_eq!((answer.status().as_u16(), header(&answer, "location")), (302, "/search?q=nothinglikethat"));
}

#[tokio::test(flavor = "multi_thread")]
async fn the_page_of_a_variant_is_its_familys() {
    let world = World::demo().await;
    let assortment = demo::assortment().unwrap();
    let child = assortment.products.iter().find_map(|entry| {
        let parent = entry.product.structure.parent()?;
        let parent = assortment.products.iter().find(|other| other.product.id == parent)?;
        Some((entry.product.slug.as_str().to_owned(), parent.product.slug.as_str().to_owned(), parent.product.id))
    });
    let (child, parent, id) = child.expect("the demo has variants");
    let answer = world.get(&format!("/de/product/{child}")).await;
    assert_eq!(
        (answer.status().as_u16(), header(&answer, "location")),
        (301, format!("/de/product/{parent}").as_str())
    );
    // Gone with the next change of the family.
    assert_eq!(header(&answer, "cache-tag"), format!("store,{}", shop::publish::product_tag(id)));
}

#[tokio::test(flavor = "multi_thread")]
async fn old_addresses_of_an_imported_store_lead_to_the_new_ones() {
    let world = World::of(0, |_| {}, "").await;
    let source = concat!(env!("CARGO_MANIFEST_DIR"), "/../oscar/tests/data/oscar-store.sqlite3").to_owned();
    let request = ImportRequest { source, language: Language::ENGLISH, currency: Currency::parse("GBP").unwrap() };
    world.shop.import_oscar(&request, false, &Actor::Operator, &mut |_| {}).await.unwrap();
    world.clock.advance_ms(1_000);
    for (old, new) in [
        ("/catalogue/gorse-kettle-101_2/", "/product/gorse-kettle-101"),
        ("/catalogue/renamed-since_2/", "/product/gorse-kettle-101"),
        ("/catalogue/gorse-kettle-101_2", "/product/gorse-kettle-101"),
        ("/en-gb/catalogue/gorse-kettle-101_2/", "/product/gorse-kettle-101"),
        ("/de/catalogue/gorse-kettle-101_2/", "/de/product/gorse-kettle-101"),
        ("/catalogue/gorse-kettle-101_2/reviews/", "/product/gorse-kettle-101"),
        ("/catalogue/gorse-kettle-101_2/reviews/7/", "/product/gorse-kettle-101"),
        ("/catalogue/", "/search"),
        ("/de/catalogue/", "/de/search"),
        ("/en-gb/catalogue/", "/search"),
        ("/catalogue/category/packs_1/", "/category/packs"),
        ("/catalogue/category/packs/day-packs/city_3/", "/category/city"),
    ] {
        let answer = world.get(old).await;
        assert_eq!((answer.status().as_u16(), header(&answer, "location")), (301, new), "{old}");
        assert_eq!(world.get(new).await.status().as_u16(), 200, "{new}");
    }
    // Not public there, not here.
    assert_eq!(world.get("/catalogue/quarry-gilet-100_1/").await.status().as_u16(), 404);
}

#[tokio::test(flavor = "multi_thread")]
async fn every_answer_carries_what_a_scanner_asks_for() {
    let world = world().await;
    let mut pages = vec![("/no-such-page".to_owned(), 404)];
    for route in ROUTES.iter().filter(|route| route.methods.contains(&"GET")) {
        pages.push(address(&world, route).await);
    }
    for (path, _) in pages {
        let answer = world.get(&path).await;
        for (name, want) in [
            ("x-content-type-options", "nosniff"),
            ("x-frame-options", "DENY"),
            ("cross-origin-opener-policy", "same-origin"),
            ("cross-origin-resource-policy", "same-origin"),
        ] {
            assert_eq!(header(&answer, name), want, "{path}: {name}");
        }
        assert!(header(&answer, "permissions-policy").contains("camera=()"), "{path}");
        let is_secret = path.starts_with("/order/") || path.starts_with("/download/");
        let referrer = if is_secret { "same-origin" } else { "strict-origin-when-cross-origin" };
        assert_eq!(header(&answer, "referrer-policy"), referrer, "{path}");
        let policy = header(&answer, "content-security-policy");
        assert!(
            policy.contains("default-src 'none'") && !policy.contains("unsafe-inline'; script"),
            "{path}: {policy}"
        );
        assert!(!header(&answer, "content-security-policy").contains(GATEWAY), "{path}: no checkout, no gateway");
        assert!(!answer.headers().contains_key("server") && !answer.headers().contains_key("x-powered-by"), "{path}");
    }
}
