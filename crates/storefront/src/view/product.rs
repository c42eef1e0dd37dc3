//! The product page.

use crate::locale::PageLocale;
use crate::messages::Arg;
use crate::view::card::{CardMarkup, RatingView, rating_view};
use crate::view::form::{Choice, Field, FormError, Notice};
use crate::view::image::{ImageView, image_view, placeholder, source_view};
use crate::view::price::{AvailabilityView, PriceView, availability_view, find_price, variant_price};
use crate::view::{Link, json_ld};
use catalog::document::{DocumentAttribute, DocumentImage, DocumentOption, DocumentValue, ProductDocument, Variant};
use commerce::availability::Availability;
use commerce::catalogue::CustomerOptionKind;
use commerce::ids::StockRecordId;
use commerce::tax::class::TaxClass;
use serde::Serialize;

/// Variants up to which the choice is buttons; past it, a list.
pub const VARIANT_BUTTONS_MAX: usize = 12;
/// Largest quantity that the page's field takes; more is asked for in the basket.
pub const QUANTITY_FIELD_MAX: u32 = 99;

/// What the names of the options' fields begin with.
const OPTION_FIELD: &str = "option-";
/// What a ticked box may have sent.
const TICKED: [&str; 4] = ["true", "yes", "on", "1"];

/// A product with everything that its page shows.
#[derive(Clone, Debug, Default, PartialEq, Eq, Serialize)]
pub struct ProductView {
    /// Its id.
    pub id: String,
    /// Address of the page.
    pub url: String,
    /// Title.
    pub title: String,
    /// Clean HTML.
    pub description_html: String,
    /// From the home page down to the main category.
    pub breadcrumbs: Vec<Link>,
    /// Pictures of the product and its variants, each once; never empty.
    pub images: Vec<ImageView>,
    /// What can be bought.
    pub variants: Vec<VariantView>,
    /// Whether the choice is a list and not buttons.
    pub as_list: bool,
    /// Whether more units of any of them cost less each.
    pub has_tiers: bool,
    /// What the choice is called: `Size`, `Size, Colour`.
    pub choice_name: String,
    /// The variant that is chosen at first; none if nothing can be bought at all.
    pub chosen: Option<VariantView>,
    /// What a shopper fills in.
    pub options: Vec<OptionView>,
    /// `incl. VAT`.
    pub tax_note: String,
    /// Facts in a table.
    pub attributes: Vec<AttributeView>,
    /// Reviews in short.
    pub rating: Option<RatingView>,
    /// Delivery beside the button; none for what is not sent.
    pub delivery: Option<DeliveryPromise>,
    /// Whether it is a download.
    pub is_download: bool,
    /// `30`, days to send it back; empty if the page should not say.
    pub returns_days: String,
    /// Offers that count it.
    pub offers: Vec<Link>,
    /// Products beside it.
    pub recommendations: Vec<CardMarkup>,
    /// Maker with address.
    pub maker: String,
    /// Responsible person in the EU.
    pub eu_contact: String,
    /// The quantity as it was typed, `1` at first.
    pub quantity: Field,
    /// Largest quantity of the field.
    pub quantity_max: u32,
    /// Data of the variants for the script, safe inside a script element.
    pub variants_json: String,
    /// What stands in the way, when the form comes back.
    pub notices: Vec<Notice>,
    /// Mistakes, summed up, when the form comes back.
    pub errors: Vec<FormError>,
}

/// Something that can be put into the basket.
#[derive(Clone, Debug, Default, PartialEq, Eq, Serialize)]
pub struct VariantView {
    /// What the form sends as `product`.
    pub id: String,
    /// `250 g`, `Blue, large`.
    pub label: String,
    /// Article number.
    pub sku: String,
    /// Price; none where it is not for sale here.
    pub price: Option<PriceView>,
    /// Stock.
    pub availability: AvailabilityView,
    /// Place of its picture among the page's, from 0.
    pub image: usize,
    /// Stock record for the script that refines the stock; may be empty.
    pub stock_id: String,
}

/// Delivery in short, as stands beside the button.
#[derive(Clone, Debug, Default, PartialEq, Eq, Serialize)]
pub struct DeliveryPromise {
    /// `£3.50`: what it costs at least; empty where it can be free.
    pub from: String,
    /// The same as data: `3.50`.
    pub rate: String,
    /// `£40.00`: from which amount it is free; empty if never.
    pub free_from: String,
    /// `2–4 working days`, or a date.
    pub arrives: String,
}

/// A customer option.
#[derive(Clone, Debug, Default, PartialEq, Eq, Serialize)]
pub struct OptionView {
    /// Name of the field: `option-engraving`.
    pub field: String,
    /// Label.
    pub name: String,
    /// A line under it.
    pub help: String,
    /// `text`, `integer`, `float`, `boolean`, `date`, `select`, `radio`, `multi_select`, `checkbox`.
    pub kind: &'static str,
    /// Whether it must be filled in.
    pub required: bool,
    /// Choices of the four kinds that have them.
    pub choices: Vec<Choice>,
    /// What was filled in before, when the form comes back with a mistake.
    pub value: String,
    /// What is wrong with it; empty if nothing is.
    pub error: String,
}

/// A fact about the product.
#[derive(Clone, Debug, Default, PartialEq, Eq, Serialize)]
pub struct AttributeView {
    /// Its name.
    pub name: String,
    /// Its value as text; empty where `html` or `url` has it.
    pub value: String,
    /// Clean HTML.
    pub html: String,
    /// A file to save.
    pub url: String,
    /// A picture.
    pub picture: Option<ImageView>,
}

/// What a product page is made from beside its document.
#[derive(Clone, Debug, Default)]
pub struct ProductSource {
    /// From the home page down to the main category.
    pub breadcrumbs: Vec<Link>,
    /// Products beside it.
    pub recommendations: Vec<CardMarkup>,
    /// Delivery in short.
    pub delivery: Option<DeliveryPromise>,
    /// Days to send it back.
    pub returns_days: Option<u32>,
    /// Offers that count it.
    pub offers: Vec<Link>,
}

/// The form of Add as it was sent.
#[derive(Clone, Debug, Default)]
pub struct ProductForm {
    /// Id of the variant.
    pub product: String,
    /// As typed.
    pub quantity: String,
    /// What is wrong with it; empty if nothing is.
    pub quantity_error: String,
    /// Short name of an option and what was filled in; several of one name for several choices.
    pub answers: Vec<(String, String)>,
    /// Answers that are not taken.
    pub wrong: Vec<WrongAnswer>,
    /// What stands in the way beside the fields.
    pub notice: Option<Notice>,
}

/// An answer that is not taken.
#[derive(Clone, Debug, Default)]
pub struct WrongAnswer {
    /// Short name of the option.
    pub option: String,
    /// What is wrong and how to mend it.
    pub text: String,
}

impl ProductView {
    /// A document in words. `stock` is what the overlay says of a stock record; where it says nothing, the document
    /// does.
    pub fn new(
        document: &ProductDocument,
        source: ProductSource,
        stock: impl Fn(StockRecordId) -> Option<Availability>,
        locale: &PageLocale,
    ) -> Self {
        let title = locale.pick(&document.title);
        let (images, places) = gallery(document, title, locale);
        let now = |variant: &Variant| variant.stock_record.and_then(&stock).unwrap_or(variant.availability);
        let telling = telling_codes(&document.variants);
        let variants: Vec<VariantView> = document
            .variants
            .iter()
            .zip(places)
            .map(|(variant, image)| VariantView {
                label: variant_label(variant, &telling, locale),
                ..variant_view(variant, &document.tax_class, now(variant), image, locale)
            })
            .collect();
        let chosen = variants.iter().find(|variant| variant.availability.can_be_bought).or(variants.first()).cloned();
        Self {
            id: document.id.to_string(),
            url: product_url(&document.slug, locale),
            title: title.to_owned(),
            description_html: locale.pick(&document.description).to_owned(),
            breadcrumbs: source.breadcrumbs,
            as_list: variants.len() > VARIANT_BUTTONS_MAX,
            has_tiers: variants.iter().flat_map(|variant| &variant.price).any(|price| !price.tiers.is_empty()),
            choice_name: choice_name(document, &telling, locale),
            variants_json: json_ld::variants(&variants),
            chosen,
            variants,
            images,
            options: document.options.iter().map(|option| option_view(option, locale)).collect(),
            tax_note: locale.tax_note(),
            attributes: document.attributes.iter().map(|attribute| attribute_view(attribute, locale)).collect(),
            rating: document.rating.map(|rating| rating_view(rating, locale)),
            delivery: source.delivery.filter(|_| document.requires_shipping),
            is_download: !document.requires_shipping,
            offers: source.offers,
            returns_days: source
                .returns_days
                .filter(|_| document.requires_shipping)
                .map(|days| days.to_string())
                .unwrap_or_default(),
            recommendations: source.recommendations,
            maker: document.maker.clone().unwrap_or_default(),
            eu_contact: document.eu_contact.clone().unwrap_or_default(),
            quantity: Field::of("1"),
            quantity_max: QUANTITY_FIELD_MAX,
            notices: Vec::new(),
            errors: Vec::new(),
        }
    }

    /// The same with the form as it was sent, and what is wrong with it.
    pub fn with_form(mut self, form: ProductForm) -> Self {
        let chosen = self.variants.iter().find(|variant| variant.id == form.product);
        self.chosen = chosen.cloned().or(self.chosen);
        for option in &mut self.options {
            let code = option.field.strip_prefix(OPTION_FIELD).unwrap_or_default().to_owned();
            let answers = form.answers.iter().filter(|(known, _)| *known == code).map(|(_, value)| value.as_str());
            option.fill(&answers.collect::<Vec<_>>());
            if let Some(wrong) = form.wrong.iter().find(|wrong| wrong.option == code) {
                option.error.clone_from(&wrong.text);
                self.errors.push(FormError { field: option.field.clone(), text: wrong.text.clone() });
            }
        }
        if !form.quantity.is_empty() {
            self.quantity = Field::of(form.quantity);
        }
        if !form.quantity_error.is_empty() {
            self.errors.push(FormError { field: "quantity".to_owned(), text: form.quantity_error.clone() });
            self.quantity.error = form.quantity_error;
        }
        self.notices.extend(form.notice);
        self
    }
}

impl OptionView {
    fn fill(&mut self, answers: &[&str]) {
        for choice in &mut self.choices {
            choice.chosen = answers.contains(&choice.value.as_str());
        }
        let first = answers.first().copied().unwrap_or_default();
        let is_ticked = self.kind == CustomerOptionKind::Boolean.name() && TICKED.contains(&first);
        self.value = if is_ticked { "true" } else { first }.to_owned();
    }
}

/// Address of a product's page.
pub fn product_url(slug: &str, locale: &PageLocale) -> String {
    locale.url(&format!("/product/{}", crate::urls::segment(slug)))
}

/// All pictures, each once, and the place of each variant's first one.
fn gallery(document: &ProductDocument, title: &str, locale: &PageLocale) -> (Vec<ImageView>, Vec<usize>) {
    let mut list: Vec<&DocumentImage> = document.images.iter().collect();
    let mut places = Vec::with_capacity(document.variants.len());
    for variant in &document.variants {
        for image in &variant.images {
            if !list.iter().any(|known| known.source == image.source) {
                list.push(image);
            }
        }
        let first = variant.images.first();
        places.push(first.and_then(|image| list.iter().position(|known| known.source == image.source)).unwrap_or(0));
    }
    let mut images: Vec<ImageView> = list.into_iter().map(|image| image_view(image, title, locale)).collect();
    if images.is_empty() {
        images.push(placeholder(title));
    }
    (images, places)
}

fn variant_view(
    variant: &Variant,
    class: &TaxClass,
    now: Availability,
    image: usize,
    locale: &PageLocale,
) -> VariantView {
    let price = variant_price(variant, class, locale);
    let availability = if price.is_some() { now } else { Availability::NotForSale };
    VariantView {
        id: variant.id.to_string(),
        label: String::new(),
        sku: variant.sku.clone(),
        price,
        availability: availability_view(availability, locale),
        image,
        stock_id: variant.stock_record.map(|id| id.to_string()).unwrap_or_default(),
    }
}

/// Short names of the attributes by which these variants differ; all where none does, so that each has some name.
fn telling_codes(variants: &[Variant]) -> Vec<&str> {
    let value = |variant: &'_ Variant, code: &str| {
        variant.attributes.iter().find(|attribute| attribute.code == code).map(|attribute| attribute.value.clone())
    };
    let mut all: Vec<&str> = Vec::new();
    for attribute in variants.iter().flat_map(|variant| &variant.attributes) {
        if !all.contains(&attribute.code.as_str()) {
            all.push(&attribute.code);
        }
    }
    let differs = |code: &&str| {
        let mut values = variants.iter().map(|variant| value(variant, code));
        let first = values.next();
        values.any(|other| Some(other) != first)
    };
    let telling: Vec<&str> = all.iter().copied().filter(differs).collect();
    if telling.is_empty() { all } else { telling }
}

/// What tells a variant from its sisters: the values of the attributes in `telling`, else its title, else its article
/// number.
fn variant_label(variant: &Variant, telling: &[&str], locale: &PageLocale) -> String {
    let values: Vec<String> = variant
        .attributes
        .iter()
        .filter(|attribute| telling.contains(&attribute.code.as_str()))
        .map(|attribute| value_text(&attribute.value, locale))
        .filter(|v| !v.is_empty())
        .collect();
    match (values.is_empty(), locale.pick(&variant.title)) {
        (false, _) => values.join(", "),
        (true, "") => variant.sku.clone(),
        (true, title) => title.to_owned(),
    }
}

fn choice_name(document: &ProductDocument, telling: &[&str], locale: &PageLocale) -> String {
    let first = document.variants.first();
    let names: Vec<&str> = first
        .into_iter()
        .flat_map(|variant| &variant.attributes)
        .filter(|attribute| telling.contains(&attribute.code.as_str()))
        .map(|attribute| locale.pick(&attribute.name))
        .collect();
    if names.is_empty() { locale.text("variant-choice") } else { names.join(", ") }
}

fn option_view(option: &DocumentOption, locale: &PageLocale) -> OptionView {
    let choice = |(value, label): &(String, commerce::language::Texts)| Choice {
        value: value.clone(),
        label: locale.pick(label).to_owned(),
        chosen: false,
    };
    OptionView {
        field: format!("{OPTION_FIELD}{}", option.code),
        name: locale.pick(&option.name).to_owned(),
        help: locale.pick(&option.help).to_owned(),
        kind: CustomerOptionKind::name(option.kind),
        required: option.required,
        choices: option.choices.iter().map(choice).collect(),
        value: String::new(),
        error: String::new(),
    }
}

fn attribute_view(attribute: &DocumentAttribute, locale: &PageLocale) -> AttributeView {
    let mut view = AttributeView { name: locale.pick(&attribute.name).to_owned(), ..AttributeView::default() };
    match &attribute.value {
        DocumentValue::Html(texts) => view.html = locale.pick(texts).to_owned(),
        DocumentValue::File(name) => {
            let picture = source_view(name);
            if picture.src.is_empty() {
                view.url = format!("/media/{}", crate::urls::path(name));
            } else {
                view.picture = Some(ImageView { alt: view.name.clone(), ..picture });
            }
        }
        value => view.value = value_text(value, locale),
    }
    view
}

fn value_text(value: &DocumentValue, locale: &PageLocale) -> String {
    match value {
        DocumentValue::Text(texts) | DocumentValue::Html(texts) => locale.pick(texts).to_owned(),
        DocumentValue::Integer(number) => locale.numbers().integer(*number),
        DocumentValue::Float(number) => locale.numbers().decimal(*number),
        DocumentValue::Boolean(yes) => locale.text(if *yes { "yes" } else { "no" }),
        DocumentValue::Date(date) => date.parse().map_or_else(|_| date.clone(), |date| locale.civil_date(date)),
        DocumentValue::DateTime(moment) => locale.date(*moment),
        DocumentValue::Choices(choices) => {
            choices.iter().map(|(_, words)| locale.pick(words)).collect::<Vec<_>>().join(", ")
        }
        // A name of the program's own, which says nothing.
        DocumentValue::File(_) => String::new(),
    }
}

/// `From £3.50` and the like of a product as one line, for previews.
pub fn price_line(document: &ProductDocument, locale: &PageLocale) -> String {
    let cheapest = document
        .variants
        .iter()
        .filter_map(|variant| find_price(variant, locale))
        .min_by_key(|price| price.amount.minor());
    cheapest.map_or_else(String::new, |price| {
        let amount = locale.money(locale.shown(price.amount, &document.tax_class));
        locale.text_with("price-from", &[("amount", Arg::Text(&amount))])
    })
}
