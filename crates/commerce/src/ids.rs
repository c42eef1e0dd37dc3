//! Ids: UUIDs that the program makes, one type per thing so that two cannot be swapped.

use std::fmt;
use uuid::Uuid;

/// Not a UUID.
#[derive(Debug, Clone, PartialEq, Eq, thiserror::Error)]
#[error("{0:?} is not an id")]
pub struct InvalidId(pub String);

macro_rules! ids {
    ($($(#[$doc:meta])* $name:ident)*) => {$(
        $(#[$doc])*
        #[derive(Clone, Copy, PartialEq, Eq, Hash, PartialOrd, Ord)]
        pub struct $name(Uuid);

        impl $name {
            /// Takes a UUID that was made elsewhere.
            pub const fn new(id: Uuid) -> Self {
                Self(id)
            }

            /// Reads the hyphenated form.
            pub fn parse(raw: &str) -> Result<Self, InvalidId> {
                // Other spellings of one id would be other keys.
                let id = Uuid::try_parse(raw).ok().filter(|_| raw.len() == 36);
                id.map(Self).ok_or_else(|| InvalidId(raw.chars().take(40).collect()))
            }

            /// The UUID.
            pub const fn uuid(self) -> Uuid {
                self.0
            }
        }

        impl fmt::Display for $name {
            fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
                fmt::Display::fmt(&self.0.hyphenated(), f)
            }
        }

        impl fmt::Debug for $name {
            fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
                fmt::Display::fmt(self, f)
            }
        }
    )*};
}

/// A UUID that follows from a kind and a key, the same on every run: what an import gives to a row of another store,
/// so that running it again finds what it brought before. Version 8 (RFC 9562), so it meets no id made at random.
pub fn derived_uuid(kind: &str, key: &str) -> Uuid {
    // FNV-1a with 128 bits: no secret is involved, only sameness.
    let mut hash: u128 = 0x6c62_272e_07bb_0142_62b8_2175_6295_c58d;
    for byte in kind.bytes().chain([0]).chain(key.bytes()) {
        hash = (hash ^ u128::from(byte)).wrapping_mul(0x0000_0000_0100_0000_0000_0000_0000_013b);
    }
    uuid::Builder::from_u128(hash).with_version(uuid::Version::Custom).with_variant(uuid::Variant::RFC4122).into_uuid()
}

ids! {
    /// A product: standalone, parent or child.
    ProductId
    /// A product class: what a kind of product has in common.
    ProductClassId
    /// An attribute of a product class.
    AttributeId
    /// A group of choices, shared by attributes and customer options.
    OptionGroupId
    /// One choice of an option group.
    ChoiceId
    /// A customer option: what a shopper fills in when buying.
    OptionId
    /// A category.
    CategoryId
    /// A picture of a product.
    ImageId
    /// A partner: who keeps and sends the goods.
    PartnerId
    /// A partner's offer of one product: SKU, price, stock.
    StockRecordId
    /// A price of a stock record.
    PriceId
    /// A price list.
    PriceListId
    /// A stored basket.
    BasketId
    /// A frozen checkout; the order's key and the payment's reference.
    CheckoutId
    /// Units set aside for a checkout.
    HoldId
    /// An order.
    OrderId
    /// A payment of an order.
    PaymentId
    /// A parcel of an order.
    ParcelId
    /// A file that buyers of a product download.
    DownloadFileId
    /// An offer.
    OfferId
    /// A range of products.
    RangeId
    /// A voucher.
    VoucherId
    /// Vouchers that were made together.
    VoucherSetId
    /// A customer.
    CustomerId
    /// A group of customers.
    CustomerGroupId
    /// A member of staff.
    StaffId
    /// A gift card, or a store credit.
    GiftCardId
    /// An entry in the history.
    EventId
    /// Something to be done after a write.
    TaskId
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn derived_ids_are_the_same_on_every_run() {
        let id = derived_uuid("product", "12");
        assert_eq!(id, derived_uuid("product", "12"));
        assert_ne!(id, derived_uuid("product1", "2"));
        assert_eq!(id.get_version_num(), 8);
    }

    #[test]
    fn only_the_hyphenated_form_is_an_id() {
        let text = "01890a5d-ac96-774b-bcce-b302099a8057";
        assert_eq!(ProductId::parse(text).unwrap().to_string(), text);
        for raw in ["", "01890a5dac96774bbcceb302099a8057", "{01890a5d-ac96-774b-bcce-b302099a8057}", "x"] {
            assert!(ProductId::parse(raw).is_err(), "{raw}");
        }
    }
}
