//! Speed of the snapshot on catalogues of any size: `cargo bench -p catalog -- 1000 100000 1000000`.
//!
//! Documents are made from a seed: titles, attributes and texts in two languages from a vocabulary in which few words
//! are frequent and most are rare, categories of up to 1,000 products (5,000 from a million on), five facets of
//! attributes. Every row is measured on one thread; the best of three runs is shown, since a busy machine only adds.

#![expect(
    clippy::float_arithmetic,
    clippy::cast_possible_truncation,
    reason = "statistics, and numbers that are made up"
)]

use catalog::document::*;
use catalog::query::*;
use catalog::*;
use commerce::availability::Availability;
use commerce::ids::*;
use commerce::language::*;
use commerce::moment::Moment;
use commerce::money::*;
use commerce::tax::class::TaxClass;
use std::path::Path;
use std::time::{Duration, Instant};
use uuid::Uuid;

const VOCABULARY: u64 = 20_000;
const RUNS: usize = 3;

fn main() {
    let sizes: Vec<u64> = std::env::args().skip(1).filter_map(|argument| argument.parse().ok()).collect();
    let sizes = if sizes.is_empty() { vec![1_000, 100_000] } else { sizes };
    let runtime = tokio::runtime::Builder::new_multi_thread().enable_all().build().expect("a runtime can be made");
    for size in sizes {
        runtime.block_on(measure(size));
    }
}

/// SplitMix64: numbers that look random and are the same on every run.
struct Seeded(u64);

impl Seeded {
    fn next(&mut self) -> u64 {
        self.0 = self.0.wrapping_add(0x9e37_79b9_7f4a_7c15);
        let mut z = self.0;
        z = (z ^ (z >> 30)).wrapping_mul(0xbf58_476d_1ce4_e5b9);
        z = (z ^ (z >> 27)).wrapping_mul(0x94d0_49bb_1331_11eb);
        z ^ (z >> 31)
    }

    fn below(&mut self, bound: u64) -> u64 {
        self.next() % bound
    }

    /// Small numbers are frequent, large ones rare: the product of three draws.
    fn skewed(&mut self, bound: u64) -> u64 {
        let (a, b, c) = (self.below(bound), self.below(bound), self.below(bound));
        a * b / bound * c / bound
    }
}

fn word(number: u64) -> String {
    const HEADS: [&str; 20] = [
        "ba", "be", "ca", "do", "du", "fe", "ga", "ho", "ka", "le", "mi", "no", "pa", "qui", "ro", "sa", "te", "vo",
        "wi", "zu",
    ];
    const TAILS: [&str; 10] = ["ck", "l", "mp", "n", "r", "rt", "sh", "st", "t", "nd"];
    let mut rest = number;
    let mut text = String::new();
    for _ in 0..3 {
        text.push_str(HEADS[(rest % 20) as usize]);
        rest /= 20;
    }
    text.push_str(TAILS[(rest % 10) as usize]);
    text
}

fn sentence(seed: &mut Seeded, words: u64) -> String {
    (0..words).map(|_| word(seed.skewed(VOCABULARY))).collect::<Vec<_>>().join(" ")
}

fn languages() -> [Language; 2] {
    ["en", "de"].map(|code| Language::parse(code).expect("both are codes"))
}

fn eur() -> Currency {
    Currency::parse("EUR").expect("EUR is a currency")
}

fn id(kind: &str, number: u64) -> Uuid {
    commerce::ids::derived_uuid(kind, &number.to_string())
}

fn in_both(seed: &mut Seeded, words: u64) -> Texts {
    languages().into_iter().map(|language| (language, sentence(seed, words))).collect()
}

fn choice(code: &str, value: u64) -> DocumentAttribute {
    let texts = |text: String| languages().into_iter().map(|language| (language, text.clone())).collect::<Texts>();
    DocumentAttribute {
        code: code.to_owned(),
        name: texts(code.to_owned()),
        facet: true,
        // Words of their own: what most products have is a row of its own below.
        value: DocumentValue::Choices(vec![(format!("{code}-{value}"), texts(format!("{code}{}", word(value))))]),
    }
}

fn document(number: u64, categories: u64) -> ProductDocument {
    let mut seed = Seeded(number);
    let product = ProductId::new(id("product", number));
    let attributes = [("brand", 200), ("colour", 12), ("material", 10), ("size", 8), ("season", 4)];
    let availability = if seed.below(10) == 0 { Availability::SoldOut } else { Availability::Available };
    let price = 100 + seed.below(20_000) as i64;
    ProductDocument {
        id: product,
        slug: format!("{}-{number}", sentence(&mut seed, 2).replace(' ', "-")),
        upc: Some(format!("40{:011}", number)),
        title: in_both(&mut seed, 4),
        description: in_both(&mut seed, 60),
        meta_title: Texts::default(),
        meta_description: Texts::default(),
        categories: vec![CategoryId::new(id("category", 10 + number % categories))],
        attributes: attributes.into_iter().map(|(code, values)| choice(code, seed.skewed(values))).collect(),
        options: Vec::new(),
        images: vec![DocumentImage {
            source: format!("drawn:{number}"),
            alt: Texts::default(),
            width: 1_200,
            height: 1_200,
        }],
        variants: vec![Variant {
            id: product,
            title: Texts::default(),
            slug: String::new(),
            upc: None,
            sku: format!("SKU-{number}"),
            stock_record: Some(StockRecordId::new(id("stock", number))),
            prices: vec![VariantPrice { amount: Money::from_minor(price, eur()), prior: None }],
            attributes: Vec::new(),
            images: Vec::new(),
            availability,
            is_discountable: true,
            weight_kg: None,
            measure: None,
            ladders: Vec::new(),
            partner: None,
        }],
        recommendations: Vec::new(),
        rating: (seed.below(3) > 0).then(|| (100 + seed.below(400) as u16, 1 + seed.below(90) as u32)),
        sold: seed.skewed(10_000),
        priority: 0,
        created_at: Moment::from_micros(seed.below(1 << 50) as i64),
        updated_at: Moment::from_micros(0),
        requires_shipping: true,
        tax_class: TaxClass::standard(),
        is_gift_card: false,
        maker: None,
        eu_contact: None,
        oscar_keys: vec![number as i64],
        old_slugs: Vec::new(),
        marks: RangeMarks::default(),
    }
}

/// Ten departments with leaves below them.
fn front(leaves: u64) -> Front {
    let entry = |number: u64, parent: Option<u64>| CategoryEntry {
        id: CategoryId::new(id("category", number)),
        parent: parent.map(|parent| CategoryId::new(id("category", parent))),
        slug: format!("category-{number}"),
        name: in_both(&mut Seeded(number << 32), 2),
        description: Texts::default(),
        meta_title: Texts::default(),
        meta_description: Texts::default(),
        image: None,
        in_menu: true,
        oscar: None,
    };
    let departments = (0..10).map(|number| entry(number, None));
    let leaves = (10..10 + leaves).map(|number| entry(number, Some(number % 10)));
    Front {
        categories: departments.chain(leaves).collect(),
        languages: languages().to_vec(),
        currencies: vec![eur()],
        synonyms: vec![vec![word(1), word(2)]],
        facet_order: Vec::new(),
    }
}

/// p50 and p99 of the run with the best p99.
fn row(name: &str, rounds: usize, mut each: impl FnMut(u64)) {
    let mut best: Option<(Duration, Duration)> = None;
    for run in 0..RUNS {
        let mut times = Vec::with_capacity(rounds);
        for round in 0..rounds {
            let start = Instant::now();
            each((run * rounds + round) as u64);
            times.push(start.elapsed());
        }
        times.sort_unstable();
        let figures = (times[rounds / 2], times[rounds * 99 / 100]);
        best = Some(best.map_or(figures, |best| if figures.1 < best.1 { figures } else { best }));
    }
    let (p50, p99) = best.unwrap_or_default();
    println!("{name:<46} p50 {:>9.1} us   p99 {:>9.1} us", micros(p50), micros(p99));
}

fn micros(time: Duration) -> f64 {
    time.as_secs_f64() * 1e6
}

fn private_kb() -> u64 {
    let status = std::fs::read_to_string("/proc/self/status").unwrap_or_default();
    let field = |name: &str| {
        let line = status.lines().find(|line| line.starts_with(name));
        line.and_then(|line| line.split_whitespace().nth(1)).and_then(|kb| kb.parse::<u64>().ok()).unwrap_or(0)
    };
    field("RssAnon:")
}

async fn measure(size: u64) {
    let largest = if size >= 1_000_000 { 5_000 } else { 1_000 };
    let categories = (size / largest).max(5);
    let folder = tempfile::tempdir().expect("a folder can be made");
    let store = SnapshotStore::folder(&folder.path().join("snapshot")).expect("the folder is ours");
    let keys = SnapshotKeys::new(b"a key for the bench", &[]);
    let publisher = Publisher::new(store.clone(), keys.clone());
    let stamp = Stamp { now: Moment::from_micros(1), fence: 1, next_change: None };
    println!("\n{size} products, {categories} categories of {}", size / categories);

    let start = Instant::now();
    let mut draft = FullDraft::new(front(categories), folder.path()).expect("the draft begins");
    for number in 0..size {
        draft.add([document(number, categories)]).expect("no two are alike");
    }
    println!("documents made and added                       {:>9.2} s", start.elapsed().as_secs_f64());
    let start = Instant::now();
    publisher.publish_full(draft, stamp).await.expect("it publishes");
    println!("whole publish                                  {:>9.2} s", start.elapsed().as_secs_f64());
    print_sizes(&folder.path().join("snapshot"));

    let before_kb = private_kb();
    let start = Instant::now();
    let options = ReaderOptions { look_ms: 0, ..ReaderOptions::default() };
    let reader = SnapshotReader::open(store.clone(), keys, options, Moment::from_micros(1)).await.expect("it opens");
    println!("opening                                        {:>9.2} ms", start.elapsed().as_secs_f64() * 1e3);
    queries(&reader.current().snapshot, size, categories);
    println!("private memory taken by opening and queries    {:>9} KB", private_kb().saturating_sub(before_kb));
    deltas(&publisher, &reader, size, categories, stamp).await;
}

fn print_sizes(folder: &Path) {
    let mut kinds = std::collections::BTreeMap::<String, u64>::new();
    for file in std::fs::read_dir(folder).expect("it is there").flatten() {
        let name = file.file_name().to_string_lossy().into_owned();
        let kind = name.split('-').next().unwrap_or_default().to_owned();
        *kinds.entry(kind).or_default() += file.metadata().map_or(0, |metadata| metadata.len());
    }
    for (kind, bytes) in kinds {
        println!("size of {kind:<20}                   {:>9} KB", bytes / 1024);
    }
}

fn queries(snapshot: &Snapshot, size: u64, categories: u64) {
    let [en, _] = languages();
    let plain = ListingQuery {
        category: None,
        words: None,
        language: en,
        currency: eur(),
        chosen: Vec::new(),
        price_min: None,
        price_max: None,
        sort: Sort::PriceUp,
        page: 1,
    };
    let slugs: Vec<_> = (0..2_000).map(|n| document(n * 7_919 % size, categories).slug).collect();
    row("product by address", 2_000, |n| {
        assert!(snapshot.product(&slugs[n as usize % slugs.len()]).expect("it reads").is_some());
    });
    row("product by id", 2_000, |n| {
        let product = ProductId::new(id("product", n * 7_919 % size));
        assert!(snapshot.product_by_id(product).expect("it reads").is_some());
    });
    let category = |n: u64| Some(CategoryId::new(id("category", 10 + n % categories)));
    for (name, sort) in [("price", Sort::PriceUp), ("name", Sort::Name), ("shop's order", Sort::Relevance)] {
        row(&format!("category, 5 facets and more, by {name}"), 1_000, |n| {
            let query = ListingQuery { category: category(n), sort, ..plain.clone() };
            assert!(!snapshot.listing(&query).expect("it lists").cards.is_empty());
        });
    }
    row("category, two facets chosen, price range", 1_000, |n| {
        let chosen = [("colour", "colour-1"), ("colour", "colour-0"), ("size", "size-0")];
        let chosen = chosen.map(|(facet, value)| ChosenFacet { facet: facet.into(), value: value.into() }).to_vec();
        let price_min = Some(Money::from_minor(1_000, eur()));
        let query = ListingQuery { category: category(n), chosen, price_min, ..plain.clone() };
        snapshot.listing(&query).expect("it lists");
    });
    row("department (a tenth of the store)", 100, |n| {
        let query = ListingQuery { category: Some(CategoryId::new(id("category", n % 10))), ..plain.clone() };
        snapshot.listing(&query).expect("it lists");
    });
    row("whole store", 100, |_| drop(snapshot.listing(&plain).expect("it lists")));
    let title_word = |n: u64, place: usize| {
        let title = document(n * 104_729 % size, categories).title;
        title.get(&[en]).split(' ').nth(place).unwrap_or_default().to_owned()
    };
    let search = |words: String| {
        let query = ListingQuery { words: Some(words), sort: Sort::Relevance, ..plain.clone() };
        snapshot.listing(&query).expect("it lists")
    };
    let prepared = |make: &dyn Fn(u64) -> String| (0..1_000).map(make).collect::<Vec<_>>();
    let one = prepared(&|n| title_word(n, 0));
    row("search, one word of a title", 1_000, |n| assert!(search(one[n as usize % 1_000].clone()).total > 0));
    let two = prepared(&|n| format!("{} {}", title_word(n, 0), title_word(n, 1)));
    row("search, two words of a title", 1_000, |n| assert!(search(two[n as usize % 1_000].clone()).total > 0));
    let typo = prepared(&|n| with_typo(&title_word(n, 0), n));
    row("search, one word with a typing mistake", 1_000, |n| drop(search(typo[n as usize % 1_000].clone())));
    let typos = prepared(&|n| format!("{} {}", title_word(n, 1), with_typo(&title_word(n, 0), n)));
    row("search, two words, a mistake in one", 1_000, |n| drop(search(typos[n as usize % 1_000].clone())));
    row("search, a word that half of the products have", 100, |_| {
        assert!(search(format!("colour{}", word(0))).total > 0)
    });
    for letters in 1..=4 {
        let typed = prepared(&|n| title_word(n, 0).chars().take(letters).collect());
        row(&format!("suggestion after {letters} letters"), 1_000, |n| {
            snapshot.suggest(&typed[n as usize % 1_000], en, eur()).expect("it suggests");
        });
    }
}

/// Swaps two letters, or leaves one out, or takes another.
fn with_typo(word: &str, n: u64) -> String {
    let mut letters: Vec<char> = word.chars().collect();
    let place = 1 + (n as usize % (letters.len() - 2));
    match n % 3 {
        0 => letters.swap(place, place + 1),
        1 => drop(letters.remove(place)),
        _ => letters[place] = 'x',
    }
    letters.into_iter().collect()
}

async fn deltas(publisher: &Publisher, reader: &SnapshotReader, size: u64, categories: u64, stamp: Stamp) {
    let mut times = Vec::new();
    let mut bytes = 0;
    for n in 1..=40 {
        let mut changed = document(n * 31 % size, categories);
        changed.variants[0].prices[0].amount = Money::from_minor(n as i64, eur());
        let start = Instant::now();
        let changes = Changes { upserts: vec![changed.clone()], ..Changes::default() };
        let published = publisher.publish_changes(changes, stamp).await.expect("it publishes");
        let look = reader.look(Moment::from_micros(n as i64 * 1_000_000)).await;
        assert!(look.fresh && look.view.snapshot.version() == published.version);
        let found = look.view.snapshot.product(&changed.slug).expect("it reads");
        assert_eq!(found.as_ref(), Some(&changed));
        times.push(start.elapsed());
        bytes = published.bytes;
    }
    times.sort_unstable();
    let ms = |time: Duration| time.as_secs_f64() * 1e3;
    println!(
        "one product changed until a reader shows it    p50 {:>6.1} ms   max {:>6.1} ms   {} KB new",
        ms(times[times.len() / 2]),
        ms(times[times.len() - 1]),
        bytes / 1024
    );
    let snapshot = reader.current().snapshot;
    let [en, _] = languages();
    row("category after 40 small publishes, by price", 1_000, |n| {
        let query = ListingQuery {
            category: Some(CategoryId::new(id("category", 10 + n % categories))),
            words: None,
            language: en,
            currency: eur(),
            chosen: Vec::new(),
            price_min: None,
            price_max: None,
            sort: Sort::PriceUp,
            page: 1,
        };
        snapshot.listing(&query).expect("it lists");
    });
}
