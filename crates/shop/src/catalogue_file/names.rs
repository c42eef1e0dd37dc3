//! What the cells of a catalogue file refer to by name: classes, categories, partners, attributes, choices.

use commerce::catalogue::{Attribute, AttributeKind, CatalogueSetup, Choice};
use commerce::ids::{AttributeId, CategoryId, ChoiceId, OptionGroupId, OptionId, PartnerId, ProductClassId};
use commerce::language::Language;
use commerce::moment::Moment;
use commerce::money::Currency;
use std::collections::{BTreeSet, HashMap};

/// Looked up once for a whole file.
pub(super) struct Names {
    setup: CatalogueSetup,
    pub(super) languages: Vec<Language>,
    pub(super) currencies: Vec<Currency>,
    /// When the file is read: since then its prices hold.
    pub(super) now: Moment,
    slugs: HashMap<CategoryId, String>,
    categories: HashMap<String, CategoryId>,
    attributes: HashMap<AttributeId, usize>,
    by_class: HashMap<(ProductClassId, String), usize>,
}

impl Names {
    pub(super) fn new(setup: CatalogueSetup, languages: Vec<Language>, currencies: Vec<Currency>, now: Moment) -> Self {
        let attributes = setup.attributes.iter().enumerate();
        Self {
            slugs: setup.categories.iter().map(|category| (category.id, category.slug.to_string())).collect(),
            categories: setup.categories.iter().map(|category| (category.slug.to_string(), category.id)).collect(),
            attributes: attributes.clone().map(|(place, attribute)| (attribute.id, place)).collect(),
            by_class: attributes.map(|(place, entry)| ((entry.class, entry.code.clone()), place)).collect(),
            setup,
            languages,
            currencies,
            now,
        }
    }

    /// Everything that products refer to.
    pub(super) fn setup(&self) -> &CatalogueSetup {
        &self.setup
    }

    pub(super) fn language(&self, code: &str) -> Result<Language, String> {
        let known = self.languages.iter().find(|language| language.code() == code);
        known.copied().ok_or_else(|| {
            let list = list(self.languages.iter().map(|language| language.code()));
            format!("{code:?} is not a language of this store ({list}); add it to a market in tradewind.toml first")
        })
    }

    pub(super) fn currency(&self, code: &str) -> Result<Currency, String> {
        let known = self.currencies.iter().find(|currency| currency.code() == code);
        known.copied().ok_or_else(|| {
            let list = list(self.currencies.iter().map(Currency::code));
            format!("{code:?} is not a currency of this store ({list}); add a market with it in tradewind.toml first")
        })
    }

    /// Codes of attributes with whether their values are texts, each pair once.
    pub(super) fn attribute_codes(&self) -> impl Iterator<Item = (String, bool)> {
        let mut seen = BTreeSet::new();
        let pairs = self.setup.attributes.iter().map(|attribute| (attribute.code.clone(), is_text(attribute.kind)));
        pairs.filter(|pair| seen.insert(pair.clone())).collect::<Vec<_>>().into_iter()
    }

    pub(super) fn attribute(&self, class: ProductClassId, code: &str) -> Option<&Attribute> {
        let place = self.by_class.get(&(class, code.to_owned()))?;
        self.setup.attributes.get(*place)
    }

    /// The place of an attribute in the order of its class.
    pub(super) fn attribute_place(&self, id: AttributeId) -> usize {
        self.attributes.get(&id).copied().unwrap_or(usize::MAX)
    }

    pub(super) fn class_code(&self, id: ProductClassId) -> &str {
        self.setup.classes.iter().find(|class| class.id == id).map_or("", |class| &class.code)
    }

    pub(super) fn class(&self, code: &str) -> Result<ProductClassId, String> {
        let known = self.setup.classes.iter().find(|class| class.code == code);
        known.map(|class| class.id).ok_or_else(|| {
            let list = list(self.setup.classes.iter().map(|class| class.code.as_str()));
            format!("{code:?} is not a product class of this store ({list})")
        })
    }

    pub(super) fn partner_code(&self, id: PartnerId) -> &str {
        self.setup.partners.iter().find(|partner| partner.id == id).map_or("", |partner| &partner.code)
    }

    pub(super) fn partner(&self, code: &str) -> Result<PartnerId, String> {
        let known = self.setup.partners.iter().find(|partner| partner.code == code);
        known.map(|partner| partner.id).ok_or_else(|| {
            let list = list(self.setup.partners.iter().map(|partner| partner.code.as_str()));
            format!("{code:?} is not a partner of this store ({list})")
        })
    }

    /// The partner where no cell names one: the only one that there is.
    pub(super) fn only_partner(&self) -> Result<PartnerId, String> {
        match self.setup.partners.as_slice() {
            [one] => Ok(one.id),
            _ => Err("the store has several partners or none; name one in the column partner".to_owned()),
        }
    }

    pub(super) fn category_slug(&self, id: CategoryId) -> &str {
        self.slugs.get(&id).map_or("", String::as_str)
    }

    pub(super) fn category(&self, slug: &str) -> Result<CategoryId, String> {
        let known = self.categories.get(slug).copied();
        known
            .ok_or_else(|| format!("{slug:?} is not the slug of a category of this store; `--new-categories` makes it"))
    }

    pub(super) fn has_category(&self, slug: &str) -> bool {
        self.categories.contains_key(slug)
    }

    pub(super) fn option_code(&self, id: OptionId) -> &str {
        self.setup.options.iter().find(|option| option.id == id).map_or("", |option| &option.code)
    }

    pub(super) fn option(&self, code: &str) -> Result<OptionId, String> {
        let known = self.setup.options.iter().find(|option| option.code == code);
        known.map(|option| option.id).ok_or_else(|| format!("{code:?} is not a customer option of this store"))
    }

    fn choices(&self, group: OptionGroupId) -> &[Choice] {
        self.setup.groups.iter().find(|entry| entry.id == group).map_or(&[], |entry| &entry.choices)
    }

    pub(super) fn choice_code(&self, kind: AttributeKind, id: ChoiceId) -> &str {
        let choices = kind.group().map_or(&[][..], |group| self.choices(group));
        choices.iter().find(|choice| choice.id == id).map_or("", |choice| &choice.code)
    }

    pub(super) fn choice(&self, kind: AttributeKind, code: &str) -> Result<ChoiceId, String> {
        let choices = kind.group().map_or(&[][..], |group| self.choices(group));
        let known = choices.iter().find(|choice| choice.code == code);
        known.map(|choice| choice.id).ok_or_else(|| {
            let list = list(choices.iter().map(|choice| choice.code.as_str()));
            format!("{code:?} is none of the choices ({list})")
        })
    }
}

pub(super) fn is_text(kind: AttributeKind) -> bool {
    matches!(kind, AttributeKind::Text | AttributeKind::RichText)
}

/// The first few of a list, for an error.
fn list<'t>(words: impl Iterator<Item = &'t str>) -> String {
    const LISTED_MAX: usize = 12;
    let mut words: Vec<&str> = words.take(LISTED_MAX + 1).collect();
    if words.len() > LISTED_MAX {
        words[LISTED_MAX] = "…";
    }
    if words.is_empty() { "there are none".to_owned() } else { words.join(", ") }
}
