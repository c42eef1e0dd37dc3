//! The catalogue as staff keep it: classes, attributes, options, categories, partners.

use crate::codec::{Place, ids_column, texts_column, to_json};
use crate::engine::{Bind, Db, Row, Tx, binds};
use crate::error::DbError;
use crate::sql::Statements;
use commerce::catalogue::{
    Attribute, AttributeKind, CatalogueSetup, Category, Choice, CustomerOption, CustomerOptionKind, OptionGroup,
    Partner, ProductClass,
};
use commerce::ids::{AttributeId, CategoryId, ChoiceId, OptionGroupId, OptionId, PartnerId, ProductClassId};
use commerce::slug::Slug;
use commerce::tax::class::TaxClass;
use serde::{Deserialize, Serialize};
use std::collections::BTreeMap;

/// Most rows of each kind that a store may have; a menu with more could not be used.
pub const SETUP_ROWS_MAX: usize = 20_000;

const CLASSES: &str = "SELECT c.id, c.code, c.name, c.requires_shipping, c.track_stock, c.options, c.oscar, t.tax_class, \
                       t.gift_card FROM product_classes c LEFT JOIN class_terms t ON t.class_id = c.id \
                       ORDER BY c.id LIMIT 20000";
const ATTRIBUTES: &str = "SELECT id, class_id, code, name, kind, group_id, required, facet, oscar FROM attributes \
                          ORDER BY class_id, position, id LIMIT 20000";
const GROUPS: &str = "SELECT id, code, name, choices, oscar FROM option_groups ORDER BY id LIMIT 20000";
const OPTIONS: &str = "SELECT id, code, name, help, kind, group_id, required, position, oscar FROM customer_options \
                       ORDER BY position, id LIMIT 20000";
const CATEGORIES: &str = "SELECT id, parent_id, position, slug, name, description, meta_title, meta_description, \
                          image, is_public, in_menu, code, oscar FROM categories ORDER BY position, id LIMIT 20000";
const PARTNERS: &str = "SELECT id, code, name, oscar FROM partners ORDER BY id LIMIT 20000";

const PUT_CLASS: &str = "INSERT INTO product_classes (id, code, name, requires_shipping, track_stock, options, oscar) \
     VALUES ($1, $2, $3, $4, $5, $6, $7) ON CONFLICT (id) DO UPDATE SET code = excluded.code, name = excluded.name, \
     requires_shipping = excluded.requires_shipping, track_stock = excluded.track_stock, options = excluded.options";
const PUT_TERMS: &str = "INSERT INTO class_terms (class_id, tax_class, gift_card) VALUES ($1, $2, $3) \
     ON CONFLICT (class_id) DO UPDATE SET tax_class = excluded.tax_class, gift_card = excluded.gift_card";
const PUT_ATTRIBUTE: &str = "INSERT INTO attributes (id, class_id, code, name, kind, group_id, required, facet, \
     position, oscar) VALUES ($1, $2, $3, $4, $5, $6, $7, $8, $9, $10) ON CONFLICT (id) DO UPDATE SET \
     code = excluded.code, name = excluded.name, kind = excluded.kind, group_id = excluded.group_id, \
     required = excluded.required, facet = excluded.facet, position = excluded.position";
const PUT_GROUP: &str = "INSERT INTO option_groups (id, code, name, choices, oscar) VALUES ($1, $2, $3, $4, $5) \
     ON CONFLICT (id) DO UPDATE SET code = excluded.code, name = excluded.name, choices = excluded.choices";
const PUT_OPTION: &str = "INSERT INTO customer_options (id, code, name, help, kind, group_id, required, position, \
     oscar) VALUES ($1, $2, $3, $4, $5, $6, $7, $8, $9) ON CONFLICT (id) DO UPDATE SET code = excluded.code, \
     name = excluded.name, help = excluded.help, kind = excluded.kind, group_id = excluded.group_id, \
     required = excluded.required, position = excluded.position";
const PUT_CATEGORY: &str = "INSERT INTO categories (id, parent_id, position, slug, name, description, meta_title, \
     meta_description, image, is_public, in_menu, code, oscar) VALUES ($1, $2, $3, $4, $5, $6, $7, $8, $9, $10, $11, \
     $12, $13) ON CONFLICT (id) DO UPDATE SET parent_id = excluded.parent_id, position = excluded.position, \
     slug = excluded.slug, name = excluded.name, description = excluded.description, \
     meta_title = excluded.meta_title, meta_description = excluded.meta_description, image = excluded.image, \
     is_public = excluded.is_public, in_menu = excluded.in_menu, code = excluded.code";
const PUT_PARTNER: &str = "INSERT INTO partners (id, code, name, oscar) VALUES ($1, $2, $3, $4) \
     ON CONFLICT (id) DO UPDATE SET code = excluded.code, name = excluded.name";

pub(crate) const STATEMENTS: Statements = Statements::plain(&[
    CLASSES,
    ATTRIBUTES,
    GROUPS,
    OPTIONS,
    CATEGORIES,
    PARTNERS,
    PUT_CLASS,
    PUT_TERMS,
    PUT_ATTRIBUTE,
    PUT_GROUP,
    PUT_OPTION,
    PUT_CATEGORY,
    PUT_PARTNER,
]);

/// A choice as it stands in its group's row.
#[derive(Serialize, Deserialize)]
struct StoredChoice {
    id: String,
    code: String,
    name: BTreeMap<String, String>,
    #[serde(skip_serializing_if = "Option::is_none", default)]
    oscar: Option<i64>,
}

impl Db {
    /// Everything that products refer to, as of one moment. Seven statements.
    pub async fn load_catalogue_setup(&self) -> Result<CatalogueSetup, DbError> {
        let mut tx = self.begin_read().await?;
        let setup = tx.load_catalogue_setup().await?;
        tx.rollback().await;
        Ok(setup)
    }
}

pub(crate) fn read_all<T>(rows: Vec<Row>, read: impl Fn(&Row) -> Result<T, DbError>) -> Result<Vec<T>, DbError> {
    rows.iter().map(read).collect()
}

fn class(row: &Row) -> Result<ProductClass, DbError> {
    let key = row.text(0)?;
    let place = Place { table: "product_classes", key: &key };
    Ok(ProductClass {
        id: place.id(ProductClassId::parse, &key)?,
        code: row.text(1)?,
        name: place.texts(&row.text(2)?)?,
        requires_shipping: row.flag(3)?,
        track_stock: row.flag(4)?,
        options: place.ids(OptionId::parse, &row.text(5)?)?,
        oscar: row.opt_int(6)?,
        tax_class: match row.opt_text(7)? {
            Some(raw) => TaxClass::parse(&raw).map_err(|error| place.damaged(error))?,
            None => TaxClass::standard(),
        },
        is_gift_card: row.opt_int(8)?.unwrap_or_default() != 0,
    })
}

fn opt_group(place: Place<'_>, raw: Option<String>) -> Result<Option<OptionGroupId>, DbError> {
    raw.map(|raw| place.id(OptionGroupId::parse, &raw)).transpose()
}

fn attribute(row: &Row) -> Result<Attribute, DbError> {
    let key = row.text(0)?;
    let place = Place { table: "attributes", key: &key };
    let (kind, group) = (row.text(4)?, opt_group(place, row.opt_text(5)?)?);
    Ok(Attribute {
        id: place.id(AttributeId::parse, &key)?,
        class: place.id(ProductClassId::parse, &row.text(1)?)?,
        code: row.text(2)?,
        name: place.texts(&row.text(3)?)?,
        kind: AttributeKind::from_name(&kind, group).ok_or_else(|| place.damaged(format!("kind {kind}")))?,
        required: row.flag(6)?,
        facet: row.flag(7)?,
        oscar: row.opt_int(8)?,
    })
}

fn group(row: &Row) -> Result<OptionGroup, DbError> {
    let key = row.text(0)?;
    let place = Place { table: "option_groups", key: &key };
    let choices: Vec<StoredChoice> = place.json(&row.text(3)?)?;
    let choice = |stored: StoredChoice| -> Result<Choice, DbError> {
        let (id, name) = (place.id(ChoiceId::parse, &stored.id)?, place.texts(&to_json(&stored.name))?);
        Ok(Choice { id, code: stored.code, name, oscar: stored.oscar })
    };
    Ok(OptionGroup {
        id: place.id(OptionGroupId::parse, &key)?,
        code: row.opt_text(1)?,
        name: place.texts(&row.text(2)?)?,
        choices: choices.into_iter().map(choice).collect::<Result<_, _>>()?,
        oscar: row.opt_int(4)?,
    })
}

fn option(row: &Row) -> Result<CustomerOption, DbError> {
    let key = row.text(0)?;
    let place = Place { table: "customer_options", key: &key };
    let (kind, group) = (row.text(4)?, opt_group(place, row.opt_text(5)?)?);
    Ok(CustomerOption {
        id: place.id(OptionId::parse, &key)?,
        code: row.text(1)?,
        name: place.texts(&row.text(2)?)?,
        help: place.texts(&row.text(3)?)?,
        kind: CustomerOptionKind::from_name(&kind, group).ok_or_else(|| place.damaged(format!("kind {kind}")))?,
        required: row.flag(6)?,
        position: row.int(7)?,
        oscar: row.opt_int(8)?,
    })
}

fn category(row: &Row) -> Result<Category, DbError> {
    let key = row.text(0)?;
    let place = Place { table: "categories", key: &key };
    Ok(Category {
        id: place.id(CategoryId::parse, &key)?,
        parent: row.opt_text(1)?.map(|raw| place.id(CategoryId::parse, &raw)).transpose()?,
        position: row.int(2)?,
        slug: Slug::parse(&row.text(3)?).map_err(|error| place.damaged(error))?,
        name: place.texts(&row.text(4)?)?,
        description: place.texts(&row.text(5)?)?,
        meta_title: place.texts(&row.text(6)?)?,
        meta_description: place.texts(&row.text(7)?)?,
        image: row.opt_text(8)?,
        is_public: row.flag(9)?,
        in_menu: row.flag(10)?,
        code: row.opt_text(11)?,
        oscar: row.opt_int(12)?,
    })
}

fn partner(row: &Row) -> Result<Partner, DbError> {
    let key = row.text(0)?;
    let id = Place { table: "partners", key: &key }.id(PartnerId::parse, &key)?;
    Ok(Partner { id, code: row.text(1)?, name: row.text(2)?, oscar: row.opt_int(3)? })
}

impl Tx {
    /// Everything that products refer to, as of the transaction.
    pub(crate) async fn load_catalogue_setup(&mut self) -> Result<CatalogueSetup, DbError> {
        Ok(CatalogueSetup {
            classes: read_all(self.fetch(CLASSES, &[]).await?, class)?,
            attributes: read_all(self.fetch(ATTRIBUTES, &[]).await?, attribute)?,
            groups: read_all(self.fetch(GROUPS, &[]).await?, group)?,
            options: read_all(self.fetch(OPTIONS, &[]).await?, option)?,
            categories: read_all(self.fetch(CATEGORIES, &[]).await?, category)?,
            partners: read_all(self.fetch(PARTNERS, &[]).await?, partner)?,
        })
    }

    /// Writes classes, attributes, groups, options, categories and partners, new ones and changed ones. One statement
    /// a row: there are few, and each may be refused on its own.
    pub async fn put_catalogue_setup(&mut self, setup: &CatalogueSetup) -> Result<(), DbError> {
        for class in &setup.classes {
            self.put_class(class).await?;
        }
        for (position, attribute) in (0..).zip(&setup.attributes) {
            self.put_attribute(attribute, position).await?;
        }
        for group in &setup.groups {
            self.put_group(group).await?;
        }
        for option in &setup.options {
            self.put_option(option).await?;
        }
        for category in &setup.categories {
            self.put_category(category).await?;
        }
        for partner in &setup.partners {
            let id = partner.id.to_string();
            self.execute(PUT_PARTNER, binds![&id, &partner.code, &partner.name, partner.oscar]).await?;
        }
        Ok(())
    }

    async fn put_class(&mut self, class: &ProductClass) -> Result<(), DbError> {
        let (id, name, options) = (class.id.to_string(), texts_column(&class.name), ids_column(&class.options));
        let binds = binds![&id, &class.code, &name, class.requires_shipping, class.track_stock, &options, class.oscar];
        self.execute(PUT_CLASS, binds).await?;
        self.execute(PUT_TERMS, binds![&id, class.tax_class.as_str(), class.is_gift_card]).await.map(|_| ())
    }

    async fn put_attribute(&mut self, attribute: &Attribute, position: i64) -> Result<(), DbError> {
        let (id, class, name) = (attribute.id.to_string(), attribute.class.to_string(), texts_column(&attribute.name));
        let group = attribute.kind.group().map(|group| group.to_string());
        let binds = [
            Bind::from(&id),
            Bind::from(&class),
            Bind::from(&attribute.code),
            Bind::from(&name),
            Bind::from(attribute.kind.name()),
            Bind::from(group.as_deref()),
            Bind::from(attribute.required),
            Bind::from(attribute.facet),
            Bind::from(position),
            Bind::from(attribute.oscar),
        ];
        self.execute(PUT_ATTRIBUTE, &binds).await.map(|_| ())
    }

    async fn put_group(&mut self, group: &OptionGroup) -> Result<(), DbError> {
        let stored = |choice: &Choice| StoredChoice {
            id: choice.id.to_string(),
            code: choice.code.clone(),
            name: choice.name.iter().map(|(language, text)| (language.to_string(), text.to_owned())).collect(),
            oscar: choice.oscar,
        };
        let choices = to_json(&group.choices.iter().map(stored).collect::<Vec<_>>());
        let (id, name) = (group.id.to_string(), texts_column(&group.name));
        self.execute(PUT_GROUP, binds![&id, group.code.as_deref(), &name, &choices, group.oscar]).await.map(|_| ())
    }

    async fn put_option(&mut self, option: &CustomerOption) -> Result<(), DbError> {
        let (id, name, help) = (option.id.to_string(), texts_column(&option.name), texts_column(&option.help));
        let group = option.kind.group().map(|group| group.to_string());
        let binds = binds![
            &id,
            &option.code,
            &name,
            &help,
            option.kind.name(),
            group.as_deref(),
            option.required,
            option.position,
            option.oscar
        ];
        self.execute(PUT_OPTION, binds).await.map(|_| ())
    }

    /// Writes one category.
    pub async fn put_category(&mut self, category: &Category) -> Result<(), DbError> {
        let (id, parent) = (category.id.to_string(), category.parent.map(|parent| parent.to_string()));
        let [name, description, title, meta] =
            [&category.name, &category.description, &category.meta_title, &category.meta_description].map(texts_column);
        let binds = [
            Bind::from(&id),
            Bind::from(parent.as_deref()),
            Bind::from(category.position),
            Bind::from(category.slug.as_str()),
            Bind::from(&name),
            Bind::from(&description),
            Bind::from(&title),
            Bind::from(&meta),
            Bind::from(category.image.as_deref()),
            Bind::from(category.is_public),
            Bind::from(category.in_menu),
            Bind::from(category.code.as_deref()),
            Bind::from(category.oscar),
        ];
        self.execute(PUT_CATEGORY, &binds).await.map(|_| ())
    }
}
