use super::*;
use commerce::catalogue::{CatalogueSetup, OptionGroup, Partner, Product, ProductClass};
use commerce::ids::{AttributeId, ChoiceId, OptionGroupId, PartnerId, ProductId, derived_uuid};
use commerce::tax::class::TaxClass;
use proptest::prelude::*;

const CLASS: ProductClassId = ProductClassId::new(Uuid::from_u128(1));

/// A class with an attribute of every kind that a cell can hold.
fn names() -> Names {
    let group = OptionGroupId::new(Uuid::from_u128(2));
    let choice = |code: &str| commerce::catalogue::Choice {
        id: ChoiceId::new(derived_uuid("choice", code)),
        code: code.to_owned(),
        name: Texts::default(),
        oscar: None,
    };
    let kinds = [
        AttributeKind::Text,
        AttributeKind::Integer,
        AttributeKind::Boolean,
        AttributeKind::Float,
        AttributeKind::RichText,
        AttributeKind::Date,
        AttributeKind::DateTime,
        AttributeKind::Option(group),
        AttributeKind::MultiOption(group),
        AttributeKind::Entity,
        AttributeKind::File,
        AttributeKind::Image,
    ];
    let attribute = |kind: AttributeKind| Attribute {
        id: AttributeId::new(derived_uuid("attribute", kind.name())),
        class: CLASS,
        code: kind.name().to_owned(),
        name: Texts::default(),
        kind,
        required: false,
        facet: false,
        oscar: None,
    };
    let english = Texts::single(Language::ENGLISH, "Goods");
    let setup = CatalogueSetup {
        classes: vec![ProductClass {
            id: CLASS,
            code: "goods".into(),
            name: english,
            requires_shipping: true,
            track_stock: true,
            options: vec![],
            oscar: None,
            tax_class: TaxClass::standard(),
            is_gift_card: false,
        }],
        attributes: kinds.into_iter().map(attribute).collect(),
        groups: vec![OptionGroup {
            id: group,
            name: Texts::default(),
            code: None,
            choices: vec![choice("red"), choice("blue")],
            oscar: None,
        }],
        partners: vec![Partner {
            id: PartnerId::new(Uuid::from_u128(3)),
            code: "main".into(),
            name: String::new(),
            oscar: None,
        }],
        ..CatalogueSetup::default()
    };
    Names::new(setup, vec![Language::ENGLISH], vec![Currency::parse("GBP").unwrap()], Moment::from_micros(1_000))
}

fn draft(names: &Names) -> Draft {
    let product = Product {
        id: ProductId::new(Uuid::from_u128(4)),
        structure: Structure::Standalone(CLASS),
        upc: None,
        code: None,
        slug: Slug::parse("mug").unwrap(),
        title: Texts::single(Language::ENGLISH, "Mug"),
        description: Texts::default(),
        meta_title: Texts::default(),
        meta_description: Texts::default(),
        is_public: true,
        is_discountable: true,
        priority: 0,
        rating_hundredths: None,
        rating_count: 0,
        weight_kg: None,
        measure: None,
        maker: None,
        eu_contact: None,
        categories: vec![],
        attributes: vec![],
        options: vec![],
        images: vec![],
        recommendations: vec![],
        created_at: Moment::default(),
        updated_at: Moment::default(),
        version: 1,
        oscar: None,
    };
    let entry = ProductEntry { product, stock_records: vec![] };
    let mut draft = Draft { entry, position: 0, parent: None, recommended: vec![], is_new: false };
    new_record(&mut draft, names, &|| Uuid::from_u128(5), "").unwrap();
    draft
}

#[test]
fn each_picture_has_its_text_and_some_may_have_none() {
    let names = names();
    let [images, alt] = ["images", "image_alt_en"].map(|name| Column::parse(name, &names).unwrap());
    let mut draft = draft(&names);
    let id = Uuid::nil;
    write(&images, "a.jpg|b.jpg|c.jpg", &mut draft, &names, &id).unwrap();
    assert_eq!(read(&alt, &draft, &names), "");
    for cell in ["A mug||Its handle", "From above\\|below|b \\\\ w|"] {
        write(&alt, cell, &mut draft, &names, &id).unwrap();
        assert_eq!(read(&alt, &draft, &names), cell);
    }
    let texts: Vec<_> = draft.entry.product.images.iter().map(|image| image.alt.exact(Language::ENGLISH)).collect();
    assert_eq!(texts, [Some("From above|below"), Some("b \\ w"), None]);
    assert!(write(&alt, "1|2|3|4", &mut draft, &names, &id).unwrap_err().contains("4 texts for 3 pictures"));
    write(&alt, "-", &mut draft, &names, &id).unwrap();
    assert_eq!(read(&alt, &draft, &names), "");
}

#[test]
fn a_value_reads_back_as_it_was_written() {
    let names = names();
    for (column, cell) in [
        ("sku", "MUG-1"),
        ("upc", "5012345678900"),
        ("public", "no"),
        ("priority", "-3"),
        ("title_en", "A mug"),
        ("title_en", "\\-"),
        ("description_en", "<p>Two\nlines</p>"),
        ("price_GBP", "12.50"),
        ("on_hand", "40"),
        ("on_hand", "uncounted"),
        ("low_stock", "5"),
        ("weight_kg", "0.25"),
        ("measure", "0.25 kg"),
        ("images", "goods/a.jpg|goods/b.jpg"),
        ("recommendations", "cup|tea-pot"),
        ("attribute:text:en", "Wool"),
        ("attribute:richtext:en", "<b>Wool</b>"),
        ("attribute:integer", "-7"),
        ("attribute:boolean", "yes"),
        ("attribute:float", "2.5"),
        ("attribute:date", "2026-11-24"),
        ("attribute:datetime", "2026-11-24T09:00:00Z"),
        ("attribute:option", "red"),
        ("attribute:multi_option", "red|blue"),
        ("attribute:entity", "sites.site:1"),
        ("attribute:file", "papers/manual.pdf"),
        ("attribute:image", "goods/label.png"),
    ] {
        let parsed = Column::parse(column, &names).unwrap();
        let mut draft = draft(&names);
        write(&parsed, cell, &mut draft, &names, &|| Uuid::from_u128(6)).unwrap();
        assert_eq!(read(&parsed, &draft, &names), cell, "{column}");
    }
}

#[test]
fn what_does_not_fit_is_refused() {
    let names = names();
    for (column, cell) in [
        ("slug", "Not A Slug"),
        ("slug", "-"),
        ("sku", "-"),
        ("public", "perhaps"),
        ("price_GBP", "-1"),
        ("price_GBP", "1.999"),
        ("price_GBP", "12,50"),
        ("on_hand", "-1"),
        ("on_hand", "9999999999999"),
        ("measure", "a lot"),
        ("images", "../tradewind.toml"),
        ("images", "a.jpg|a.jpg"),
        ("categories", "nowhere"),
        ("options", "wrap"),
        ("attribute:date", "24.11.2026"),
        ("attribute:option", "green"),
        ("attribute:entity", "site"),
        ("class", "goods"),
        ("title_en", "bell\u{7}"),
    ] {
        let parsed = Column::parse(column, &names).unwrap();
        assert!(write(&parsed, cell, &mut draft(&names), &names, &|| Uuid::nil()).is_err(), "{column} {cell}");
    }
}

proptest! {
    #[test]
    fn no_cell_panics_and_what_is_taken_is_taken_again(place in 0_usize..60, cell in "\\PC{0,40}") {
        let names = names();
        let columns = Column::all(&names);
        let column = &columns[place % columns.len()];
        let mut first = draft(&names);
        if write(column, &cell, &mut first, &names, &|| Uuid::from_u128(6)).is_ok() {
            let exported = read(column, &first, &names);
            let mut second = first.clone();
            if !exported.is_empty() {
                let again = write(column, &exported, &mut second, &names, &|| Uuid::from_u128(6));
                prop_assert!(again.is_ok(), "{column}: {exported:?}: {again:?}");
                prop_assert_eq!(read(column, &second, &names), exported);
            }
        }
    }
}
