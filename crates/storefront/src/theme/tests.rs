//! What a theme promises: overrides, clear errors, honest hashes, small assets.

use super::check::uses;
use super::*;
use crate::csp::{ContentSecurityPolicy, sha256_source};
use crate::view::TEMPLATES;
use std::sync::Arc;

/// Bytes that styles and scripts may have together, compressed as browsers get them.
const ASSET_BYTES_MAX: usize = 20_000;

fn theme_with(files: &[(&str, &[u8])]) -> Result<Theme, ThemeError> {
    let folder = tempfile::tempdir().unwrap();
    for (name, bytes) in files {
        let path = folder.path().join(name);
        fs::create_dir_all(path.parent().unwrap()).unwrap();
        fs::write(path, bytes).unwrap();
    }
    Theme::load(folder.path())
}

#[test]
fn a_stores_own_files_win_one_by_one() {
    let theme = theme_with(&[
        ("templates/text.html", b"mine {{ page.title }}"),
        ("assets/app.css", b"body{color:red}"),
        ("assets/extra.svg", b"<svg/>"),
        ("messages/en.ftl", b"basket = Trolley\n"),
        (".DS_Store", b"\xff"),
    ])
    .unwrap();
    assert_eq!(theme.find_text("templates/text.html"), Some("mine {{ page.title }}"));
    assert!(theme.find_text("templates/home.html").unwrap().contains("extends"), "the rest stays");
    let assets = Assets::new(&theme);
    let css = assets.find(assets.url("app.css").unwrap()).unwrap();
    assert_eq!((&css.plain[..], css.content_type), (&b"body{color:red}"[..], "text/css; charset=utf-8"));
    assert!(css.gzip.is_some() && css.brotli.is_some());
    assert_ne!(assets.url("app.css"), Assets::new(&Theme::embedded()).url("app.css"), "other bytes, other name");
    assert!(assets.url("extra.svg").is_some());
    let words = crate::messages::Catalogue::new(&Arc::new(theme), commerce::language::Language::ENGLISH);
    assert_eq!((words.text("basket", &[]), words.text("menu", &[])), ("Trolley".to_owned(), "Menu".to_owned()));
}

#[test]
fn a_broken_override_is_told_with_its_file_and_line() {
    for (file, bytes, line, told) in [
        ("templates/home.html", &b"<p>\n{% if %}"[..], 2, "templates/home.html, line 2: "),
        ("templates/home.html", b"\n\n{{ t(\"no-such-words\") }}", 3, "no-such-words"),
        ("templates/home.html", b"{{ icon('unicorn') }}", 1, "unicorn"),
        ("templates/home.html", b"{% include \"parts/nowhere.html\" %}", 1, "nowhere"),
        ("templates/home.html", b"a\nb\xff", 2, "UTF-8"),
        ("messages/de.ftl", b"basket = Korb\nmenu = { $open", 2, "messages/de.ftl"),
    ] {
        let error = theme_with(&[(file, bytes)]).unwrap_err();
        let text = error.to_string();
        assert!(text.contains(told), "{text}");
        assert!(matches!(error, ThemeError::Broken { line: at, .. } if at == line), "{text}");
    }
    let words = b"<p>Tea from \"Uji, {{ t('basket') }} and from 'nowhere'</p>";
    assert!(theme_with(&[("templates/text.html", words)]).is_ok(), "words for people name nothing");
    assert!(theme_with(&[]).is_ok());
    assert!(Theme::load(Path::new("/nowhere/at/all")).is_ok(), "no folder overrides nothing");
}

#[test]
fn everything_that_a_template_names_is_there() {
    let theme = Theme::embedded();
    let english: Vec<&str> =
        ["en.ftl", "en.countries.ftl"].iter().filter_map(|name| theme.find_text(&format!("messages/{name}"))).collect();
    for (name, file) in theme.list("templates/") {
        for used in uses(std::str::from_utf8(&file.bytes).unwrap()) {
            let there = match used.kind {
                "t(" => english.iter().any(|text| crate::messages::defines(text, used.argument)),
                "icon(" => theme.find_text(&format!("icons/{}.svg", used.argument)).is_some(),
                "asset(" => theme.list("assets/").any(|(asset, _)| asset == used.argument),
                "inline_script(" => theme.find_text(&format!("inline/{}", used.argument)).is_some(),
                _ => theme.find_text(&format!("templates/{}", used.argument)).is_some(),
            };
            assert!(there, "{name}: {}{:?}", used.kind, used.argument);
        }
    }
    assert!(TEMPLATES.iter().all(|name| theme.find_text(&format!("templates/{name}")).is_some()));
}

#[test]
fn no_word_of_the_catalogue_is_left_over() {
    // Words that the program puts together: error-404-title, month-3, …
    const PUT_TOGETHER: [&str; 10] = [
        "error-",
        "payment-",
        "availability-",
        "month-",
        "weekday-",
        "sort-",
        "unit-",
        "country-",
        "say-",
        "order-step-",
    ];
    let theme = Theme::embedded();
    let mut source = String::new();
    for (_, file) in theme.list("templates/") {
        source.push_str(std::str::from_utf8(&file.bytes).unwrap());
    }
    for file in ["../locale.rs", "../view/listing.rs", "../view/price.rs", "../view/product.rs", "../view/card.rs"] {
        source
            .push_str(&fs::read_to_string(Path::new(env!("CARGO_MANIFEST_DIR")).join("src/theme").join(file)).unwrap());
    }
    for key in crate::messages::defined_ids(theme.find_text("messages/en.ftl").unwrap()) {
        let put_together = PUT_TOGETHER.iter().any(|start| key.starts_with(start));
        assert!(put_together || source.contains(&format!("\"{key}\"")), "{key} is used nowhere");
    }
}

#[test]
fn the_policy_names_the_hash_of_every_inline_file() {
    let theme = theme_with(&[("inline/more.js", b"1")]).unwrap();
    let header = ContentSecurityPolicy::new(&theme).header(&[]);
    for (name, file) in theme.list("inline/") {
        assert!(header.contains(&sha256_source(&file.bytes)), "{name}");
    }
    assert!(header.contains(&sha256_source(b"1")), "an override's too");
    assert!(!header.contains("unsafe"), "{header}");
}

#[test]
fn styles_and_scripts_stay_small() {
    let assets = Assets::new(&Theme::embedded());
    let size = |name| assets.find(assets.url(name).unwrap()).unwrap();
    let gzip: usize = ["app.css", "app.js"].map(|name| size(name).gzip.as_ref().unwrap().len()).iter().sum();
    let brotli: usize = ["app.css", "app.js"].map(|name| size(name).brotli.as_ref().unwrap().len()).iter().sum();
    assert!(gzip <= ASSET_BYTES_MAX && brotli < gzip, "gzip {gzip}, brotli {brotli}");
}
