//! A visitor's sealed cookie: market and language, and the basket. Nobody but the store can read or make one.

use super::Storefront;
use crate::hint::{HINT_COOKIE, hint_value};
use commerce::basket::{ANSWERS_MAX, Answer, Basket, BasketParts, Line, Quantity};
use commerce::ids::{BasketId, OfferId, ProductId};
use commerce::market::Locale;
use commerce::money::{Currency, Money};
use commerce::voucher::VoucherCode;
use http::header::{COOKIE, HeaderMap, HeaderValue, SET_COOKIE};
use shop::Purpose;
use shop::basket::COOKIE_LINES_MAX;
use uuid::Uuid;

/// Number of the cookie's format.
const FORMAT: u8 = 1;
/// How long a basket is remembered, in seconds.
const BASKET_SECONDS: i64 = 60 * 24 * 3_600;
/// Largest cookie that is made, in bytes; a larger basket is stored.
const COOKIE_BYTES_MAX: usize = 2_000;
/// Cookies of one name that are looked at.
const SAME_NAME_MAX: usize = 4;
/// Largest cookie header that is looked at, in bytes.
const COOKIES_BYTES_MAX: usize = 16_384;

/// Where a visitor is, and what they have in the basket.
#[derive(Clone, Debug)]
pub(super) struct Visit {
    pub(super) locale: Locale,
    pub(super) basket: Basket,
    /// Where the basket is stored, if it is too large for a cookie.
    pub(super) stored: Option<BasketId>,
}

impl Storefront {
    /// The visit that the request's cookie tells of; a fresh one where there is none, or where it was not made here.
    pub(super) async fn visit(&self, headers: &HeaderMap) -> Result<Visit, shop::DbError> {
        let mut visit = self.unread_visit(headers);
        self.read_basket(&mut visit).await?;
        Ok(visit)
    }

    /// The same without a statement: a stored basket is not read and stands as an empty one, for whoever changes it
    /// by [`Storefront::change_basket`].
    pub(super) fn unread_visit(&self, headers: &HeaderMap) -> Visit {
        let markets = &self.shop().settings().markets;
        let plain = self.open_cookie(headers, Purpose::Basket, "tw-basket");
        let Some((segment, stored, basket)) = plain.and_then(|plain| read(&plain)) else {
            return Visit { locale: markets.first(), basket: Basket::default(), stored: None };
        };
        let locale = markets.locale_by_segment(&segment).unwrap_or_else(|| markets.first());
        Visit { locale, basket, stored }
    }

    /// Reads the visit's basket, if it is stored.
    pub(super) async fn read_basket(&self, visit: &mut Visit) -> Result<(), shop::DbError> {
        if let Some(id) = visit.stored {
            visit.basket = self.shop().load_basket(id).await?;
        }
        Ok(())
    }

    /// Where the request's cookie says that the visitor is.
    pub(super) fn cookie_locale(&self, headers: &HeaderMap) -> Locale {
        self.unread_visit(headers).locale
    }

    /// Changes a visitor's basket: one in the cookie as the cookie tells it, a stored one inside a transaction as it
    /// is by then, so that of two pages which add at once neither loses. One that grew too large for the cookie is
    /// stored. `change` may run several times.
    pub(super) async fn change_basket<T, E>(
        &self,
        visit: &mut Visit,
        change: impl Fn(&mut Basket) -> Result<T, E>,
    ) -> Result<T, E>
    where
        E: From<shop::DbError> + shop::MaybeConflict,
    {
        if let Some(id) = visit.stored {
            let (basket, outcome) = self.shop().change_stored_basket(id, change).await?;
            visit.basket = basket;
            return Ok(outcome);
        }
        let mut basket = visit.basket.clone();
        let outcome = change(&mut basket)?;
        let fits = basket.lines().len() <= COOKIE_LINES_MAX
            && write(&self.segment(visit.locale), None, &basket).len() <= COOKIE_BYTES_MAX;
        if !fits {
            let id = BasketId::new(self.shop().chance().id());
            let whole = |stored: &mut Basket| {
                *stored = basket.clone();
                Ok::<_, shop::DbError>(())
            };
            self.shop().change_stored_basket(id, whole).await?;
            visit.stored = Some(id);
        }
        visit.basket = basket;
        Ok(outcome)
    }

    /// The cookies that tell of a visit.
    pub(super) fn visit_cookies(&self, visit: &Visit) -> Vec<HeaderValue> {
        let plain = write(&self.segment(visit.locale), visit.stored, &visit.basket);
        let basket = self.sealed_cookie(Purpose::Basket, "tw-basket", &plain, BASKET_SECONDS);
        vec![basket, self.hint_cookie(&hint_value(visit.basket.units(), ""))]
    }

    fn segment(&self, locale: Locale) -> String {
        self.shop().settings().markets.segment(locale).unwrap_or_default()
    }

    /// What a sealed cookie holds. Of several with one name, the first that was made here counts: a page of another
    /// host of the domain can add one, but none that opens.
    pub(super) fn open_cookie(&self, headers: &HeaderMap, purpose: Purpose, name: &str) -> Option<Vec<u8>> {
        let name = self.cookie_name(name);
        let all = headers.get_all(COOKIE).iter().filter_map(|value| value.to_str().ok());
        all.filter(|value| value.len() <= COOKIES_BYTES_MAX)
            .flat_map(|value| value.split(';'))
            .filter_map(|pair| pair.trim().split_once('='))
            .filter(|(known, _)| *known == name)
            .take(SAME_NAME_MAX)
            .find_map(|(_, value)| self.shop().keys().open(purpose, b"cookie", &from_base64(value)?))
    }

    /// A sealed cookie that lasts so many seconds.
    pub(super) fn sealed_cookie(&self, purpose: Purpose, name: &str, plain: &[u8], seconds: i64) -> HeaderValue {
        let sealed = self.shop().keys().seal(purpose, b"cookie", plain, self.shop().chance());
        self.set_cookie(name, &to_base64(&sealed), seconds, true)
    }

    /// `__Host-` binds a cookie to this host and to https; without https browsers refuse it.
    fn cookie_name(&self, name: &str) -> String {
        if self.0.is_secure { format!("__Host-{name}") } else { name.to_owned() }
    }

    /// A `Set-Cookie` header; 0 seconds take the cookie away.
    pub(super) fn set_cookie(&self, name: &str, value: &str, seconds: i64, http_only: bool) -> HeaderValue {
        let name = self.cookie_name(name);
        let secure = if self.0.is_secure { "; Secure" } else { "" };
        let script = if http_only { "; HttpOnly" } else { "" };
        let text = format!("{name}={value}; Path=/; Max-Age={seconds}; SameSite=Lax{secure}{script}");
        HeaderValue::from_str(&text).unwrap_or(HeaderValue::from_static(""))
    }

    /// The hint cookie alone is readable by scripts, and never trusted.
    fn hint_cookie(&self, value: &str) -> HeaderValue {
        let secure = if self.0.is_secure { "; Secure" } else { "" };
        let text = format!("{HINT_COOKIE}={value}; Path=/; Max-Age={BASKET_SECONDS}; SameSite=Lax{secure}");
        HeaderValue::from_str(&text).unwrap_or(HeaderValue::from_static(""))
    }
}

/// Puts cookies into an answer's headers.
pub(super) fn put_cookies(headers: &mut HeaderMap, cookies: Vec<HeaderValue>) {
    for cookie in cookies {
        headers.append(SET_COOKIE, cookie);
    }
}

fn write(segment: &str, stored: Option<BasketId>, basket: &Basket) -> Vec<u8> {
    let mut out = vec![FORMAT];
    put_text(&mut out, segment);
    match stored {
        Some(id) => {
            out.push(1);
            out.extend_from_slice(id.uuid().as_bytes());
            return out;
        }
        None => out.push(0),
    }
    put_number(&mut out, basket.lines().len() as u64);
    for line in basket.lines() {
        put_line(&mut out, line);
    }
    match basket.removed() {
        Some((place, line)) => {
            put_number(&mut out, *place as u64 + 1);
            put_line(&mut out, line);
        }
        None => put_number(&mut out, 0),
    }
    put_number(&mut out, basket.tokens().len() as u64);
    for token in basket.tokens() {
        put_text(&mut out, token);
    }
    if basket.vouchers().is_empty() && basket.opened().is_empty() {
        return out;
    }
    put_number(&mut out, basket.vouchers().len() as u64);
    for code in basket.vouchers() {
        put_text(&mut out, code.as_str());
    }
    put_number(&mut out, basket.opened().len() as u64);
    for offer in basket.opened() {
        out.extend_from_slice(offer.uuid().as_bytes());
    }
    out
}

fn read(plain: &[u8]) -> Option<(String, Option<BasketId>, Basket)> {
    let mut rest = plain.strip_prefix(&[FORMAT])?;
    let segment = take_text(&mut rest)?;
    let (kind, after) = rest.split_first()?;
    rest = after;
    if *kind == 1 {
        let id = Uuid::from_slice(rest).ok()?;
        return Some((segment, Some(BasketId::new(id)), Basket::default()));
    }
    let count = take_number(&mut rest)?;
    let mut lines = Vec::new();
    for _ in 0..count {
        lines.push(take_line(&mut rest)?);
    }
    let removed = match take_number(&mut rest)? {
        0 => None,
        place => Some((usize::try_from(place - 1).ok()?, take_line(&mut rest)?)),
    };
    let mut tokens = Vec::new();
    for _ in 0..take_number(&mut rest)? {
        tokens.push(take_text(&mut rest)?);
    }
    let (mut vouchers, mut opened) = (Vec::new(), Vec::new());
    // Most baskets have neither, and those of the release before end here.
    if !rest.is_empty() {
        for _ in 0..take_number(&mut rest)? {
            vouchers.push(VoucherCode::parse(&take_text(&mut rest)?).ok()?);
        }
        for _ in 0..take_number(&mut rest)? {
            let (id, after) = rest.split_at_checked(16)?;
            rest = after;
            opened.push(OfferId::new(Uuid::from_slice(id).ok()?));
        }
    }
    Some((segment, None, Basket::from_parts(BasketParts { lines, removed, tokens, vouchers, opened })))
}

fn put_line(out: &mut Vec<u8>, line: &Line) {
    out.extend_from_slice(line.product.uuid().as_bytes());
    put_number(out, u64::from(line.quantity.get()));
    put_number(out, line.answers.len() as u64);
    for answer in &line.answers {
        put_text(out, &answer.option);
        put_text(out, &answer.value);
    }
    match line.seen_price {
        Some(price) => {
            out.extend_from_slice(price.currency().code().as_bytes());
            put_number(out, price.minor().unsigned_abs());
        }
        None => out.extend_from_slice(b"---"),
    }
}

fn take_line(rest: &mut &[u8]) -> Option<Line> {
    let (id, after) = rest.split_at_checked(16)?;
    *rest = after;
    let product = ProductId::new(Uuid::from_slice(id).ok()?);
    let quantity = Quantity::new(u32::try_from(take_number(rest)?).ok()?).ok()?;
    let count = usize::try_from(take_number(rest)?).ok().filter(|count| *count <= ANSWERS_MAX)?;
    let mut answers = Vec::with_capacity(count);
    for _ in 0..count {
        answers.push(Answer { option: take_text(rest)?, value: take_text(rest)? });
    }
    let (code, after) = rest.split_at_checked(3)?;
    *rest = after;
    let seen_price = match std::str::from_utf8(code).ok().and_then(|code| Currency::parse(code).ok()) {
        Some(currency) => Some(Money::from_minor(i64::try_from(take_number(rest)?).ok()?, currency)),
        None => None,
    };
    Some(Line { product, quantity, answers, seen_price })
}

/// LEB128: seven bits a byte, the lowest first.
fn put_number(out: &mut Vec<u8>, mut number: u64) {
    while number >= 0x80 {
        out.push((number & 0x7f) as u8 | 0x80);
        number >>= 7;
    }
    out.push((number & 0x7f) as u8);
}

fn take_number(rest: &mut &[u8]) -> Option<u64> {
    let mut number = 0_u64;
    for shift in (0..64).step_by(7) {
        let (byte, after) = rest.split_first()?;
        *rest = after;
        number |= u64::from(byte & 0x7f).checked_shl(shift)?;
        if byte & 0x80 == 0 {
            return Some(number);
        }
    }
    None
}

fn put_text(out: &mut Vec<u8>, text: &str) {
    put_number(out, text.len() as u64);
    out.extend_from_slice(text.as_bytes());
}

fn take_text(rest: &mut &[u8]) -> Option<String> {
    let length = usize::try_from(take_number(rest)?).ok()?;
    let (text, after) = rest.split_at_checked(length)?;
    *rest = after;
    String::from_utf8(text.to_vec()).ok()
}

const BASE64: &[u8; 64] = b"ABCDEFGHIJKLMNOPQRSTUVWXYZabcdefghijklmnopqrstuvwxyz0123456789-_";

/// URL-safe base64 without padding (RFC 4648, section 5).
pub(super) fn to_base64(bytes: &[u8]) -> String {
    let mut text = String::with_capacity(bytes.len().div_ceil(3) * 4);
    for three in bytes.chunks(3) {
        let word = three.iter().fold(0_u32, |word, byte| (word << 8) | u32::from(*byte)) << (8 * (3 - three.len()));
        for place in 0..=three.len() {
            let index = (word >> (18 - 6 * place)) & 63;
            text.push(char::from(BASE64[index as usize]));
        }
    }
    text
}

pub(super) fn from_base64(text: &str) -> Option<Vec<u8>> {
    let mut bytes = Vec::with_capacity(text.len() / 4 * 3);
    for four in text.as_bytes().chunks(4) {
        let mut word = 0_u32;
        for letter in four {
            let value = BASE64.iter().position(|known| known == letter)?;
            word = (word << 6) | u32::try_from(value).ok()?;
        }
        let count = four.len().checked_sub(1).filter(|count| *count > 0)?;
        let word = word << (6 * (4 - four.len()));
        bytes.extend_from_slice(&word.to_be_bytes()[1..=count]);
    }
    Some(bytes)
}

#[cfg(test)]
mod tests {
    use super::*;
    use proptest::prelude::*;

    proptest! {
        #[test]
        fn a_basket_comes_back_from_its_cookie(
            lines in prop::collection::vec((any::<u128>(), 1_u32..9_999, "[a-z ]{0,20}", prop::option::of(0_i64..1_000_000)), 0..40),
            token in "[a-z0-9]{0,30}",
            vouchers in prop::collection::vec("[A-Z0-9-]{1,20}", 0..4), opened in prop::collection::vec(any::<u128>(), 0..4),
        ) {
            let mut basket = Basket::default();
            for (product, quantity, answer, price) in lines {
                let answers = if answer.is_empty() { vec![] } else { vec![Answer { option: "engraving".into(), value: answer }] };
                let seen_price = price.map(|minor| Money::from_minor(minor, Currency::parse("GBP").unwrap()));
                let quantity = Quantity::new(quantity).unwrap();
                let product = ProductId::new(Uuid::from_u128(product));
                let _ = basket.add(Line { product, quantity, answers, seen_price }, Some(&token));
            }
            for code in vouchers {
                basket.add_voucher(VoucherCode::parse(&code).unwrap());
            }
            opened.into_iter().for_each(|offer| basket.open_offer(OfferId::new(Uuid::from_u128(offer))));
            let (segment, stored, read) = read(&write("de-en", None, &basket)).unwrap();
            prop_assert_eq!((segment.as_str(), stored, read), ("de-en", None, basket));
        }

        #[test]
        fn no_bytes_panic(bytes in prop::collection::vec(any::<u8>(), 0..200), text in "\\PC{0,40}") {
            let _ = read(&bytes);
            let mut with_format = vec![FORMAT];
            with_format.extend(bytes.clone());
            let _ = read(&with_format);
            let _ = from_base64(&text);
            prop_assert_eq!(from_base64(&to_base64(&bytes)), Some(bytes));
        }
    }
}
