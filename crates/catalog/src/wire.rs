//! The form in which values stand in the snapshot's files: fields in a fixed order, numbers in as many bytes as they
//! need, no names.
//!
//! A file says its format once; a release that adds a field raises the number and reads both. No text and no count in
//! a file makes a reader panic or take more memory than the file has bytes.

use commerce::money::Currency;

/// The bytes end too early or mean nothing.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub(crate) struct Torn;

/// Bytes that are still to be read.
pub(crate) struct Input<'a> {
    rest: &'a [u8],
    /// Currencies are looked up in a long list, and nearly always it is the same one again.
    currency: Option<([u8; 3], Currency)>,
}

impl<'a> Input<'a> {
    /// All of them.
    pub(crate) fn new(bytes: &'a [u8]) -> Self {
        Self { rest: bytes, currency: None }
    }

    /// The next `length` bytes.
    pub(crate) fn bytes(&mut self, length: usize) -> Result<&'a [u8], Torn> {
        let (taken, rest) = self.rest.split_at_checked(length).ok_or(Torn)?;
        self.rest = rest;
        Ok(taken)
    }

    /// What has not been read.
    pub(crate) fn rest(&self) -> &'a [u8] {
        self.rest
    }

    /// A value, and then the end.
    pub(crate) fn whole<T: Wire>(bytes: &'a [u8]) -> Result<T, Torn> {
        let mut input = Self::new(bytes);
        let value = T::take(&mut input)?;
        if input.rest.is_empty() { Ok(value) } else { Err(Torn) }
    }

    fn array<const N: usize>(&mut self) -> Result<[u8; N], Torn> {
        <[u8; N]>::try_from(self.bytes(N)?).map_err(|_| Torn)
    }

    /// A currency by its three letters.
    pub(crate) fn currency(&mut self) -> Result<Currency, Torn> {
        let code = self.array()?;
        match self.currency {
            Some((known, currency)) if known == code => Ok(currency),
            _ => {
                let text = std::str::from_utf8(&code).map_err(|_| Torn)?;
                let currency = Currency::parse(text).map_err(|_| Torn)?;
                self.currency = Some((code, currency));
                Ok(currency)
            }
        }
    }
}

/// A value that files hold.
pub(crate) trait Wire: Sized {
    /// Appends it.
    fn put(&self, out: &mut Vec<u8>);
    /// Reads it back.
    fn take(from: &mut Input<'_>) -> Result<Self, Torn>;

    /// Its bytes alone.
    fn to_bytes(&self) -> Vec<u8> {
        let mut out = Vec::new();
        self.put(&mut out);
        out
    }
}

impl Wire for u64 {
    fn put(&self, out: &mut Vec<u8>) {
        let mut rest = *self;
        loop {
            let [low, ..] = rest.to_le_bytes();
            rest >>= 7;
            if rest == 0 {
                return out.push(low & 0x7f);
            }
            out.push(low | 0x80);
        }
    }

    fn take(from: &mut Input<'_>) -> Result<Self, Torn> {
        let mut value = 0;
        for shift in (0..64).step_by(7) {
            let [byte] = from.array()?;
            let bits = u64::from(byte & 0x7f);
            if bits << shift >> shift != bits {
                return Err(Torn);
            }
            value |= bits << shift;
            if byte & 0x80 == 0 {
                return Ok(value);
            }
        }
        Err(Torn)
    }
}

impl Wire for i64 {
    fn put(&self, out: &mut Vec<u8>) {
        // The sign goes to the lowest bit, so that small negative numbers are short too.
        ((self << 1) ^ (self >> 63)).cast_unsigned().put(out);
    }

    fn take(from: &mut Input<'_>) -> Result<Self, Torn> {
        let folded = u64::take(from)?;
        Ok((folded >> 1).cast_signed() ^ -(folded & 1).cast_signed())
    }
}

macro_rules! wire_as_u64 {
    ($($small:ty),*) => {$(
        impl Wire for $small {
            fn put(&self, out: &mut Vec<u8>) {
                // Every one of these types fits on the machines that this program runs on.
                u64::try_from(*self).unwrap_or(u64::MAX).put(out);
            }

            fn take(from: &mut Input<'_>) -> Result<Self, Torn> {
                Self::try_from(u64::take(from)?).map_err(|_| Torn)
            }
        }
    )*};
}
wire_as_u64!(u8, u16, u32, usize);

impl Wire for bool {
    fn put(&self, out: &mut Vec<u8>) {
        out.push(u8::from(*self));
    }

    fn take(from: &mut Input<'_>) -> Result<Self, Torn> {
        match from.array()? {
            [0] => Ok(false),
            [1] => Ok(true),
            _ => Err(Torn),
        }
    }
}

impl<const N: usize> Wire for [u8; N] {
    fn put(&self, out: &mut Vec<u8>) {
        out.extend_from_slice(self);
    }

    fn take(from: &mut Input<'_>) -> Result<Self, Torn> {
        from.array()
    }
}

impl Wire for String {
    fn put(&self, out: &mut Vec<u8>) {
        self.len().put(out);
        out.extend_from_slice(self.as_bytes());
    }

    fn take(from: &mut Input<'_>) -> Result<Self, Torn> {
        let length = usize::take(from)?;
        std::str::from_utf8(from.bytes(length)?).map(str::to_owned).map_err(|_| Torn)
    }
}

/// Bytes as they are: in a list of numbers, those above 127 would take two.
#[derive(Clone, Debug, Default, PartialEq, Eq)]
pub(crate) struct Raw(pub(crate) Vec<u8>);

impl Wire for Raw {
    fn put(&self, out: &mut Vec<u8>) {
        self.0.len().put(out);
        out.extend_from_slice(&self.0);
    }

    fn take(from: &mut Input<'_>) -> Result<Self, Torn> {
        let length = usize::take(from)?;
        Ok(Self(from.bytes(length)?.to_vec()))
    }
}

impl<T: Wire> Wire for Vec<T> {
    fn put(&self, out: &mut Vec<u8>) {
        self.len().put(out);
        for item in self {
            item.put(out);
        }
    }

    fn take(from: &mut Input<'_>) -> Result<Self, Torn> {
        let count = usize::take(from)?;
        // Nothing takes less than a byte, so a count that is made up ends here.
        if count > from.rest.len() {
            return Err(Torn);
        }
        (0..count).map(|_| T::take(from)).collect()
    }
}

impl<T: Wire> Wire for Option<T> {
    fn put(&self, out: &mut Vec<u8>) {
        self.is_some().put(out);
        if let Some(value) = self {
            value.put(out);
        }
    }

    fn take(from: &mut Input<'_>) -> Result<Self, Torn> {
        Ok(if bool::take(from)? { Some(T::take(from)?) } else { None })
    }
}

impl<A: Wire, B: Wire> Wire for (A, B) {
    fn put(&self, out: &mut Vec<u8>) {
        self.0.put(out);
        self.1.put(out);
    }

    fn take(from: &mut Input<'_>) -> Result<Self, Torn> {
        Ok((A::take(from)?, B::take(from)?))
    }
}

impl<A: Wire, B: Wire, C: Wire> Wire for (A, B, C) {
    fn put(&self, out: &mut Vec<u8>) {
        self.0.put(out);
        self.1.put(out);
        self.2.put(out);
    }

    fn take(from: &mut Input<'_>) -> Result<Self, Torn> {
        Ok((A::take(from)?, B::take(from)?, C::take(from)?))
    }
}

/// A struct whose fields stand in this order.
/// Fields in their order; one behind a semicolon stands elsewhere in the file and is empty at first.
macro_rules! wire_struct {
    ($($name:ident { $($field:ident),* $(,)? $(; $($elsewhere:ident),+)? })*) => {$(
        impl crate::wire::Wire for $name {
            fn put(&self, out: &mut Vec<u8>) {
                $(crate::wire::Wire::put(&self.$field, out);)*
            }

            fn take(from: &mut crate::wire::Input<'_>) -> Result<Self, crate::wire::Torn> {
                Ok(Self { $($field: crate::wire::Wire::take(from)?,)* $($($elsewhere: Default::default(),)+)? })
            }
        }
    )*};
}
pub(crate) use wire_struct;

#[cfg(test)]
mod tests {
    use super::*;
    use proptest::prelude::*;

    proptest! {
        #[test]
        fn numbers_come_back(unsigned in any::<u64>(), signed in any::<i64>()) {
            prop_assert_eq!(Input::whole::<u64>(&unsigned.to_bytes()), Ok(unsigned));
            prop_assert_eq!(Input::whole::<i64>(&signed.to_bytes()), Ok(signed));
        }

        #[test]
        fn no_bytes_panic_or_take_much_memory(bytes in prop::collection::vec(any::<u8>(), 0..200)) {
            let _ = Input::whole::<Vec<Vec<(String, Option<i64>)>>>(&bytes);
        }
    }

    #[test]
    fn a_made_up_count_is_torn() {
        assert_eq!(Input::whole::<Vec<u8>>(&u64::MAX.to_bytes()), Err(Torn));
        assert_eq!(Input::whole::<u64>(&[0xff; 11]), Err(Torn));
        assert_eq!(Input::whole::<u8>(&[0x80, 0x02]), Err(Torn), "256 is no byte");
    }
}
