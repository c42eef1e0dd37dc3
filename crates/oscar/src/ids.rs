//! The ids that rows of Oscar get here. They follow from Oscar's keys alone: redirects of old URLs and later imports
//! work them out again.

use commerce::catalogue::OscarKey;
use commerce::ids::{
    AttributeId, CategoryId, ChoiceId, CustomerGroupId, ImageId, OfferId, OptionGroupId, OptionId, PartnerId, PriceId,
    ProductClassId, ProductId, RangeId, StockRecordId, VoucherId, VoucherSetId, derived_uuid,
};

macro_rules! from_key {
    ($($(#[$doc:meta])* $function:ident($kind:literal) -> $id:ident)*) => {$(
        $(#[$doc])*
        pub fn $function(key: OscarKey) -> $id {
            $id::new(derived_uuid($kind, &key.to_string()))
        }
    )*};
}

from_key! {
    /// Id of a product (`catalogue_product`).
    product("product") -> ProductId
    /// Id of a product class (`catalogue_productclass`).
    class("product_class") -> ProductClassId
    /// Id of an attribute (`catalogue_productattribute`).
    attribute("attribute") -> AttributeId
    /// Id of a group of choices (`catalogue_attributeoptiongroup`).
    group("option_group") -> OptionGroupId
    /// Id of a choice (`catalogue_attributeoption`).
    choice("choice") -> ChoiceId
    /// Id of a customer option (`catalogue_option`).
    option("option") -> OptionId
    /// Id of a category (`catalogue_category`).
    category("category") -> CategoryId
    /// Id of a picture (`catalogue_productimage`).
    image("image") -> ImageId
    /// Id of a partner (`partner_partner`).
    partner("partner") -> PartnerId
    /// Id of a stock record (`partner_stockrecord`).
    stock_record("stock_record") -> StockRecordId
    /// Id of the one price that a stock record of this key has.
    price("price") -> PriceId
    /// Id of a range (`offer_range`).
    range("range") -> RangeId
    /// Id of an offer (`offer_conditionaloffer`).
    offer("offer") -> OfferId
    /// Id of the group that an offer for some users is for; nobody is in it before somebody says who.
    offer_group("offer_group") -> CustomerGroupId
    /// Id of a voucher (`voucher_voucher`).
    voucher("voucher") -> VoucherId
    /// Id of a set of vouchers (`voucher_voucherset`).
    voucher_set("voucher_set") -> VoucherSetId
}

/// The class of products and attributes that name none.
pub fn unclassified() -> ProductClassId {
    ProductClassId::new(derived_uuid("product_class", "unclassified"))
}

/// The partner of stock records whose own is gone.
pub fn unknown_partner() -> PartnerId {
    PartnerId::new(derived_uuid("partner", "unknown"))
}
