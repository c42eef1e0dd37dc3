//! Pages as they leave the theme.

#[path = "sample/mod.rs"]
mod sample;

use commerce::language::{Language, Texts};
use ring::digest;
use sample::{book, goods, orders};
use storefront::render::Shell;
use storefront::theme::Theme;
use storefront::view::basket::BasketView;
use storefront::view::card::CardView;
use storefront::view::shell::{MenuItem, PageMeta, ShellView};
use storefront::view::{json_ld, pages::ErrorView};

fn text(bytes: &[u8]) -> String {
    String::from_utf8(bytes.to_vec()).expect("pages are UTF-8")
}

/// Names of assets change with their bytes; a snapshot should not.
fn normalised(page: &str) -> String {
    let mut out = String::new();
    for (place, part) in page.split("/static/").enumerate() {
        if place == 0 {
            out.push_str(part);
            continue;
        }
        let (stem, rest) = part.split_once('-').expect("a hashed name");
        // `icon-192-<hash>.png` has a hyphen of its own.
        let (stem, rest) =
            rest.strip_prefix("192-").map_or((stem.to_owned(), rest), |rest| (format!("{stem}-192"), rest));
        out.push_str(&format!("/static/{stem}-HASH{}", &rest[12..]));
    }
    out
}

fn page(name: &str, segment: usize) -> String {
    let pages = sample::pages();
    let locale = sample::locales(&pages)[segment];
    let all = book::all(&pages, locale).expect("every page renders");
    let (_, bytes) = all.iter().find(|(known, _)| *known == name).expect("a page of that name");
    text(bytes)
}

#[test]
fn every_page_renders_in_every_language() {
    let pages = sample::pages();
    for locale in sample::locales(&pages) {
        for (name, bytes) in book::all(&pages, locale).expect("every page renders") {
            let page = text(&bytes);
            assert_eq!(page.matches("<h1").count(), 1, "{name} has one h1");
            assert!(page.contains(&format!("<html lang=\"{}\"", locale.locale.language)), "{name}");
            assert!(page.contains("class=\"skip\"") && page.contains("<main"), "{name}");
            assert!(!page.contains("style=\"") && !page.contains("onclick="), "{name} would break the policy");
        }
    }
}

#[test]
fn the_product_page_is_as_reviewed() {
    insta::assert_snapshot!(normalised(&page("product", 0)));
}

#[test]
fn the_basket_is_as_reviewed() {
    insta::assert_snapshot!(normalised(&page("basket-changed", 1)));
}

#[test]
fn the_pay_page_is_as_reviewed() {
    insta::assert_snapshot!(normalised(&page("checkout-review", 0)));
}

#[test]
fn titles_with_markup_stay_text() {
    let evil = "</script><script>alert(1)</script>\"'<img src=x onerror=alert(1)>";
    let pages = sample::pages();
    let locale = sample::locales(&pages)[0];
    let shell = sample::shell(&pages, locale);
    let mut document = goods::tea();
    document.title = Texts::single(Language::ENGLISH, evil);
    document.variants[0].attributes[0].name = Texts::single(Language::ENGLISH, evil);
    document.maker = Some(evil.to_owned());
    document.slug = "a\"><script>".to_owned();
    document.images[0].source = format!("drawn:{evil}");
    let (meta, view) = book::product(&pages, locale, &document);
    let page = text(&pages.render(&shell, &meta, &view).expect("it renders"));
    assert!(!page.contains("<script>alert") && !page.contains("<img src=x"), "{page}");
    let card = CardView { title: evil.to_owned(), url: evil.to_owned(), ..CardView::default() };
    let beside = pages.render_card(&shell, &card, false).expect("it renders");
    let empty = BasketView { popular: vec![beside], ..BasketView::default() };
    let page = text(&pages.render(&shell, &PageMeta::own(evil), &empty).expect("it renders"));
    assert!(
        page.contains("&lt;script&gt;") && !page.contains("<script>alert") && !page.contains("<img src=x"),
        "{page}"
    );
    let mut basket = orders::basket(locale, true);
    evil.clone_into(&mut basket.lines[0].title);
    evil.clone_into(&mut basket.removed);
    let page = text(&pages.render(&shell, &PageMeta::own(evil), &basket).expect("it renders"));
    assert!(!page.contains("<script>alert"), "{page}");
}

#[test]
fn what_pages_share_follows_the_shell_and_the_values_that_it_is_given() {
    let pages = sample::pages();
    let locale = sample::locales(&pages)[0];
    let shell = |name: &str| {
        let menu = vec![MenuItem { name: name.to_owned(), slug: "tea".to_owned(), ..MenuItem::default() }];
        Shell::new(locale.locale, &ShellView { menu, ..ShellView::default() })
    };
    let (old, new) = (shell("Teas of old"), shell("Teas of now"));
    let render =
        |shell: &Shell, meta: &PageMeta| text(&pages.render(shell, meta, &BasketView::default()).expect("it renders"));
    let plain = PageMeta::own("basket");
    assert!(render(&old, &plain).contains(">Teas of old</a>"));
    // After a change of the catalogue there is another shell; what was made for the last one is not shown.
    let page = render(&new, &plain);
    assert!(page.contains(">Teas of now</a>") && !page.contains("Teas of old"), "{page}");
    let placed = PageMeta { places: vec!["tea".to_owned()], ..plain.clone() };
    assert!(render(&new, &placed).contains("aria-current=\"true\">Teas of now</a>"));
    let searched = PageMeta { words: "oolong".to_owned(), ..plain.clone() };
    assert!(render(&new, &searched).contains("value=\"oolong\""));
    assert_eq!(render(&new, &plain), page);
}

#[test]
fn a_card_of_a_stores_own_theme_may_share_a_part() {
    let folder = tempfile::tempdir().expect("a folder");
    let parts = folder.path().join("templates/parts");
    std::fs::create_dir_all(&parts).expect("a folder");
    let card = "<li class=\"card\">{{ card.title }}{{ part(\"parts/contact.html\") }}</li>";
    std::fs::write(parts.join("card.html"), card).expect("a file");
    let pages = sample::pages_of(Theme::load(folder.path()).expect("the theme loads"));
    let view = BasketView { popular: book::cards(&pages, sample::locales(&pages)[0], 2), ..BasketView::default() };
    let shell = sample::shell(&pages, sample::locales(&pages)[0]);
    let page = text(&pages.render(&shell, &PageMeta::own("basket"), &view).expect("it renders"));
    assert_eq!(page.matches("<div class=\"contact\">").count(), 3, "in both cards and in the footer: {page}");
}

#[test]
fn a_cached_page_is_the_same_for_everybody_and_carries_its_locale() {
    assert_eq!(page("product", 1), page("product", 1));
    let page = page("product", 1);
    assert!(page.contains("<input type=\"hidden\" name=\"locale\" value=\"de\">"));
    assert!(page.contains("<input type=\"hidden\" name=\"token\" value=\"\">"));
    assert!(page.contains("href=\"/basket?locale=de\""));
    assert!(page.contains("<link rel=\"canonical\" href=\"https://shop.example/de/product/spring-sencha\">"));
    assert!(page.contains("hreflang=\"en-GB\" href=\"https://shop.example/product/spring-sencha\""));
}

#[test]
fn inline_scripts_on_pages_are_those_of_the_policy() {
    let pages = sample::pages();
    let header = pages.csp().header(&[]);
    let page = page("home", 0);
    let scripts: Vec<&str> = page.split("<script>").skip(1).filter_map(|rest| rest.split("</script>").next()).collect();
    assert_eq!(scripts.len(), 1, "one script paints the hint");
    for script in scripts {
        let hash = digest::digest(&digest::SHA256, script.as_bytes());
        let source = header.split('\'').find_map(|part| part.strip_prefix("sha256-")).expect("a hash");
        assert_eq!(base64(source), hash.as_ref());
    }
}

fn base64(text: &str) -> Vec<u8> {
    const ALPHABET: &str = "ABCDEFGHIJKLMNOPQRSTUVWXYZabcdefghijklmnopqrstuvwxyz0123456789+/";
    let bits: Vec<usize> = text.chars().filter_map(|c| ALPHABET.find(c)).collect();
    let mut bytes: Vec<u8> = Vec::new();
    for four in bits.chunks(4) {
        let word = four.iter().fold(0, |word, value| (word << 6) | value) << (6 * (4 - four.len()));
        bytes.extend((0..four.len() - 1).map(|place| u8::try_from((word >> (16 - 8 * place)) & 255).expect("a byte")));
    }
    bytes
}

#[test]
fn structured_data_is_json_that_search_engines_read() {
    let page = page("product", 0);
    let block = page.split("application/ld+json\">").nth(1).and_then(|rest| rest.split("</script>").next());
    let data: serde_json::Value = serde_json::from_str(block.expect("a block")).expect("JSON");
    assert_eq!(data["@type"], "Product");
    assert_eq!(data["offers"][0]["price"], "4.90");
    assert_eq!(data["offers"][2]["availability"], "https://schema.org/OutOfStock");
    assert_eq!(data["aggregateRating"]["ratingValue"], "4.62");
    assert_eq!(data["brand"]["name"], data["manufacturer"]["name"]);
    assert!(data["brand"]["name"].as_str().is_some_and(|name| !name.is_empty() && !name.contains(',')));
    let offer = &data["offers"][0];
    assert_eq!(offer["shippingDetails"]["shippingRate"]["value"], "3.50");
    assert_eq!(offer["hasMerchantReturnPolicy"]["merchantReturnDays"], "30");
    let reference = &offer["priceSpecification"]["referenceQuantity"];
    assert_eq!((&reference["unitCode"], &reference["valueReference"]["value"]), (&"KGM".into(), &"1".into()));
    assert!(json_ld::script_safe(&data).len() > 100);
}

#[test]
fn an_unknown_status_has_words_and_an_empty_basket_leads_on() {
    let pages = sample::pages();
    let locale = sample::locales(&pages)[0];
    let shell = sample::shell(&pages, locale);
    let error = |status| {
        let view = ErrorView { status, reference: "ab-12".to_owned(), ..ErrorView::default() };
        text(&pages.render(&shell, &PageMeta::own("x"), &view).expect("it renders"))
    };
    let page = error(507);
    assert!(page.contains("Something went wrong here") && page.contains("<code>ab-12</code>"));
    assert!(error(418).contains("We could not read that"), "what is refused is not our fault");
    assert!(page.contains("role=\"search\""), "the search field stays");
    let page = text(&pages.render(&shell, &PageMeta::own("x"), &BasketView::default()).expect("it renders"));
    assert!(page.contains("Your basket is empty."));
}

#[test]
fn scripts_get_their_answers_as_json() {
    use catalog::query::Suggestion;
    use commerce::availability::Availability;
    use storefront::view::suggest::{STOCK_WHOLE_MAX, stock_json, suggestions_json, whole_stock_json};
    let pages = sample::pages();
    let locale = sample::locales(&pages)[1];
    let list = [
        Suggestion::Words("Grüner Tee".to_owned()),
        Suggestion::Product(Box::new(goods::cards().remove(1))),
        Suggestion::Category(sample::category_id(5)),
        Suggestion::Category(sample::category_id(404)),
    ];
    let answer: serde_json::Value =
        serde_json::from_str(&suggestions_json(&list, &sample::categories(), locale)).expect("JSON");
    let urls: Vec<&str> = answer.as_array().expect("a list").iter().filter_map(|entry| entry["url"].as_str()).collect();
    assert_eq!(urls, ["/de/search?q=gr%C3%BCner+tee", "/de/product/harbour-teapot", "/de/category/coffee"]);
    assert_eq!(answer[1]["note"], "56,60\u{a0}€");
    let stock = stock_json([(goods::stock_id(1), Availability::FewLeft)]);
    assert_eq!(stock, format!("{{\"{}\":\"few_left\"}}", goods::stock_id(1)));
    let records: Vec<_> = (0..=STOCK_WHOLE_MAX).map(|n| (goods::stock_id(n as u128), Availability::SoldOut)).collect();
    assert_eq!(whole_stock_json(&records).as_str(), r#"{"ask":"ids"}"#);
    assert_eq!(whole_stock_json(&records[1..]).matches("sold_out").count(), STOCK_WHOLE_MAX);
    assert_eq!(whole_stock_json(&[]), "{}");
}

#[test]
fn filters_say_their_plain_values_as_the_language_does() {
    use catalog::query::{Facet, FacetValue};
    use storefront::listing_address::ListingAddress;
    let value = |value: &str| FacetValue { value: value.into(), label: Texts::default(), count: 1_200, chosen: true };
    let facet = |code: &str, values: &[&str]| Facet {
        code: code.to_owned(),
        name: Texts::default(),
        values: values.iter().map(|plain| value(plain)).collect(),
    };
    let mut listing = goods::listing(5, false);
    listing.facets = vec![
        facet("organic", &["yes", "no"]),
        facet("litres", &["0.75", "1200", "XL"]),
        facet("picked", &["2026-05-01"]),
        facet("rating", &["1", "4"]),
    ];
    let pages = sample::pages();
    let address = ListingAddress::parse("f=organic:yes").expect("short");
    for (locale, want) in sample::locales(&pages).into_iter().zip([
        ["Yes", "No", "0.75", "1,200", "XL", "1 May 2026", "1 star and more", "4 stars and more"],
        ["Ja", "Nein", "0,75", "1.200", "XL", "1. Mai 2026", "1 Stern und mehr", "4 Sterne und mehr"],
    ]) {
        let view = storefront::view::listing::listing_view(&listing, Vec::new(), &address, "/x", locale);
        let labels: Vec<&str> =
            view.facets.iter().flat_map(|facet| &facet.values).map(|value| value.label.as_str()).collect();
        assert_eq!(labels, want);
        assert!(view.applied[0].name.ends_with(want[0]), "{}", view.applied[0].name);
    }
}

#[test]
fn filters_and_orders_that_mean_nothing_are_not_offered() {
    use catalog::query::{Facet, FacetValue};
    use storefront::listing_address::ListingAddress;
    let pages = sample::pages();
    let locale = sample::locales(&pages)[0];
    let stars = |chosen: &str| {
        let value = |value: &str| FacetValue {
            value: value.into(),
            label: Texts::default(),
            count: 9,
            chosen: value == chosen,
        };
        let values = ["4", "3", "2", "1"].map(value).into();
        let mut listing = goods::listing(5, false);
        listing.facets = vec![Facet { code: "rating".to_owned(), name: Texts::default(), values }];
        let view = storefront::view::listing::listing_view(&listing, vec![], &ListingAddress::default(), "/x", locale);
        view.facets[0].values.iter().map(|value| value.value.clone()).collect::<Vec<_>>()
    };
    assert_eq!(stars(""), ["rating:4", "rating:3", "rating:2"], "one star or more is all of them");
    assert_eq!(stars("1").len(), 4, "whoever chose it can take it back");
    for (query, want) in [("", "Recommended"), ("q=tea", "Best match")] {
        let address = ListingAddress::parse(query).expect("short");
        let listing = goods::listing(5, false);
        let view = storefront::view::listing::listing_view(&listing, vec![], &address, "/x", locale);
        assert_eq!(view.sorts[0].label, want);
    }
}

#[test]
fn variants_are_named_by_what_tells_them_apart() {
    use catalog::document::{DocumentAttribute, DocumentValue};
    use storefront::view::product::{ProductSource, ProductView};
    let text = |words: &str| Texts::single(commerce::language::Language::ENGLISH, words);
    let attribute = |code: &str, value: &str| DocumentAttribute {
        code: code.to_owned(),
        name: text(code),
        facet: false,
        value: DocumentValue::Text(text(value)),
    };
    let pages = sample::pages();
    let locale = sample::locales(&pages)[0];
    for (case, rows, name, want) in [
        ("only the size differs", [["S", "moss"], ["M", "moss"]], "size", ["S", "M"]),
        ("two differ", [["S", "moss"], ["M", "oat"]], "size, colour", ["S, moss", "M, oat"]),
        ("none differs", [["S", "moss"], ["S", "moss"]], "size, colour", ["S, moss", "S, moss"]),
    ] {
        let mut document = goods::tea();
        document.variants.truncate(2);
        for (variant, [size, colour]) in document.variants.iter_mut().zip(rows) {
            variant.attributes = vec![attribute("size", size), attribute("colour", colour)];
        }
        let view = ProductView::new(&document, ProductSource::default(), |_| None, locale);
        let labels: Vec<&str> = view.variants.iter().map(|variant| variant.label.as_str()).collect();
        assert_eq!((view.choice_name.as_str(), labels.as_slice()), (name, want.as_slice()), "{case}");
    }
}

#[test]
fn lists_say_what_the_law_wants_beside_a_price() {
    for (segment, unit, note) in [
        (0, "£124.00 / kg</small>", "All prices incl. VAT, plus delivery."),
        (1, "/ kg</small>", "Alle Preise inkl. MwSt., zzgl. Versand."),
    ] {
        let page = page("category", segment);
        assert!(page.contains(unit), "the unit price: {page}");
        assert_eq!(page.matches(note).count(), 2, "above the list and at the foot");
    }
}

#[test]
fn pictures_of_a_product_open_in_full() {
    let page = page("product", 0);
    let figures = page.matches("<figure").count();
    assert!(figures > 1 && page.matches("<a class=\"zoom\" href=\"/media/").count() == figures, "{page}");
}

#[test]
fn a_listings_address_becomes_a_question_in_the_markets_money() {
    use storefront::listing_address::ListingAddress;
    let pages = sample::pages();
    let locale = sample::locales(&pages)[1];
    let query = ListingAddress::parse("q=tee&min=4,995&f=colour:blue").expect("short").query(None, locale);
    assert_eq!(query.price_min.map(|price| price.to_string()).as_deref(), Some("5.00 EUR"), "rounded half up");
    assert_eq!((query.words.as_deref(), query.chosen.len(), query.page), (Some("tee"), 1, 1));
}
