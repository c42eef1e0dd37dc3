//! Secrets: one root key, one derived key a purpose, a key id in every sealed value. The newest key seals, all that
//! are listed open.

use crate::clock::Chance;
use anyhow::{Context, bail};
use ring::{aead, hkdf, hmac};
use serde::{Deserialize, Serialize};
use std::fmt;
use std::path::{Path, PathBuf};
use std::sync::{Arc, PoisonError, RwLock};

/// Root keys that are kept; rotating past it drops the oldest.
pub const ROOT_KEYS_MAX: usize = 4;
/// Length of a root key.
const ROOT_BYTES: usize = 32;
/// Key id and nonce before the sealed text.
const HEADER_BYTES: usize = 1 + aead::NONCE_LEN;

/// What a key is for. Each has its own, so that a value sealed for one cannot be opened as another.
#[derive(Clone, Copy, Debug, PartialEq, Eq, Hash)]
pub enum Purpose {
    /// The basket cookie.
    Basket,
    /// The cookie of an unfinished checkout.
    Checkout,
    /// Signature of the snapshot's manifest.
    Snapshot,
    /// Keyed hash of a person's address, to count their holds by.
    Person,
    /// Keyed hash of a guest link's token.
    OrderLink,
    /// Signature of a link to a file.
    Download,
    /// Code of a gift card.
    GiftCard,
    /// Secret between the demo payment site and the store.
    DemoPayment,
    /// Signature of a webhook of the demo payment site.
    DemoWebhook,
}

impl Purpose {
    fn name(self) -> &'static [u8] {
        match self {
            Self::Basket => b"tradewind/basket/1",
            Self::Checkout => b"tradewind/checkout/1",
            Self::Snapshot => b"tradewind/snapshot/1",
            Self::Person => b"tradewind/person/1",
            Self::OrderLink => b"tradewind/order-link/1",
            Self::Download => b"tradewind/download/1",
            Self::GiftCard => b"tradewind/gift-card/1",
            Self::DemoPayment => b"tradewind/demo-payment/1",
            Self::DemoWebhook => b"tradewind/demo-webhook/1",
        }
    }
}

/// The store's keys, the newest first; never empty. Clones share them: keys that are taken up while a program runs are
/// everybody's.
#[derive(Clone)]
pub struct Keys {
    roots: Arc<RwLock<Arc<[RootKey]>>>,
}

#[derive(Clone)]
struct RootKey {
    id: u8,
    prk: hkdf::Prk,
}

impl fmt::Debug for Keys {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        write!(f, "Keys({} ***)", self.roots().len())
    }
}

#[derive(Serialize, Deserialize)]
struct KeysFile {
    /// The newest first.
    key: Vec<KeyEntry>,
}

#[derive(Serialize, Deserialize)]
struct KeyEntry {
    id: u8,
    secret: String,
}

struct Length(usize);

impl hkdf::KeyType for Length {
    fn len(&self) -> usize {
        self.0
    }
}

impl Keys {
    /// Where a store's keys lie: beside its folder, never in it.
    pub fn path_beside(folder: &Path) -> PathBuf {
        let name = folder.file_name().map_or_else(|| "store".to_owned(), |name| name.to_string_lossy().into_owned());
        folder.with_file_name(format!("{name}.keys.toml"))
    }

    /// From root keys as bytes, the newest first; for tests and for keys from the environment.
    pub fn from_roots(roots: &[(u8, [u8; ROOT_BYTES])]) -> Self {
        let salt = hkdf::Salt::new(hkdf::HKDF_SHA256, b"tradewind");
        let roots = roots.iter().map(|(id, secret)| RootKey { id: *id, prk: salt.extract(secret) });
        Self { roots: Arc::new(RwLock::new(roots.collect())) }
    }

    fn roots(&self) -> Arc<[RootKey]> {
        self.roots.read().unwrap_or_else(PoisonError::into_inner).clone()
    }

    /// Takes up other keys in the place of these, in every clone.
    pub fn take_up(&self, others: &Self) {
        let others = others.roots();
        *self.roots.write().unwrap_or_else(PoisonError::into_inner) = others;
    }

    /// Whether these are the same keys in the same order.
    pub fn are(&self, others: &Self) -> bool {
        let secret = |root: &RootKey| (root.id, Self::derive::<32>(root, Purpose::Snapshot));
        self.roots().iter().map(secret).eq(others.roots().iter().map(secret))
    }

    /// Reads the file's text.
    pub fn parse(text: &str) -> anyhow::Result<Self> {
        let file: KeysFile = toml::from_str(text).context("it is not a keys file")?;
        let mut roots = Vec::new();
        for entry in file.key.iter().take(ROOT_KEYS_MAX) {
            let secret = from_hex(&entry.secret).with_context(|| format!("key {} is not 64 hex digits", entry.id))?;
            roots.push((entry.id, secret));
        }
        if roots.is_empty() {
            bail!("it holds no key");
        }
        Ok(Self::from_roots(&roots))
    }

    /// Text of a new keys file: a new key in front of those that are there.
    pub fn rotated(text: Option<&str>, chance: &Chance) -> anyhow::Result<String> {
        let mut file = match text {
            Some(text) => toml::from_str::<KeysFile>(text).context("it is not a keys file")?,
            None => KeysFile { key: Vec::new() },
        };
        let id = file.key.first().map_or(1, |newest| newest.id.wrapping_add(1));
        let secret: [u8; ROOT_BYTES] = chance.bytes();
        file.key.insert(0, KeyEntry { id, secret: to_hex(&secret) });
        file.key.truncate(ROOT_KEYS_MAX);
        let head = "# The store's secrets: whoever has this file can read its cookies and sign its snapshots.\n\
                    # The first key seals, all of them open. `tradewind keys rotate` puts a new one in front.\n\n";
        Ok(format!("{head}{}", toml::to_string(&file)?))
    }

    fn derive<const N: usize>(root: &RootKey, purpose: Purpose) -> [u8; N] {
        let mut bytes = [0_u8; N];
        let info = [purpose.name()];
        let okm = root.prk.expand(&info, Length(N));
        okm.and_then(|okm| okm.fill(&mut bytes)).expect("a key of 32 bytes is within HKDF's bound");
        bytes
    }

    /// The keys of a purpose, the newest first.
    pub fn secrets(&self, purpose: Purpose) -> Vec<[u8; 32]> {
        self.roots().iter().map(|root| Self::derive(root, purpose)).collect()
    }

    /// Seals: nobody but the store can read or make it. `context` must be the same when it is opened.
    pub fn seal(&self, purpose: Purpose, context: &[u8], plain: &[u8], chance: &Chance) -> Vec<u8> {
        let roots = self.roots();
        let root = &roots[0];
        let nonce: [u8; aead::NONCE_LEN] = chance.bytes();
        let mut sealed = plain.to_vec();
        let key = aead_key(&Self::derive::<32>(root, purpose));
        let aad = aead::Aad::from(context);
        key.seal_in_place_append_tag(aead::Nonce::assume_unique_for_key(nonce), aad, &mut sealed)
            .expect("a cookie is within the cipher's bound");
        let mut out = Vec::with_capacity(HEADER_BYTES + sealed.len());
        out.push(root.id);
        out.extend_from_slice(&nonce);
        out.append(&mut sealed);
        out
    }

    /// Opens what [`Keys::seal`] made with any of the listed keys; nothing if it was made by anybody else.
    pub fn open(&self, purpose: Purpose, context: &[u8], sealed: &[u8]) -> Option<Vec<u8>> {
        let (header, text) = sealed.split_at_checked(HEADER_BYTES)?;
        let roots = self.roots();
        let root = roots.iter().find(|root| root.id == header[0])?;
        let nonce = aead::Nonce::try_assume_unique_for_key(&header[1..]).ok()?;
        let key = aead_key(&Self::derive::<32>(root, purpose));
        let mut text = text.to_vec();
        let length = key.open_in_place(nonce, aead::Aad::from(context), &mut text).ok()?.len();
        text.truncate(length);
        Some(text)
    }

    /// A keyed hash, as hex: the same for the same text as long as the oldest key is listed, so that what was stored
    /// under it is found after a rotation.
    pub fn keyed_hash(&self, purpose: Purpose, text: &str) -> String {
        let roots = self.roots();
        let root = roots.last().unwrap_or(&roots[0]);
        to_hex(hmac::sign(&hmac_key(root, purpose), text.as_bytes()).as_ref())
    }
}

impl Keys {
    /// The keyed hash by each of the listed keys, the newest first: for what is looked for among all of them.
    pub fn keyed_hashes(&self, purpose: Purpose, text: &str) -> Vec<String> {
        let sign = |root| to_hex(hmac::sign(&hmac_key(root, purpose), text.as_bytes()).as_ref());
        self.roots().iter().map(sign).collect()
    }
}

fn hmac_key(root: &RootKey, purpose: Purpose) -> hmac::Key {
    hmac::Key::new(hmac::HMAC_SHA256, &Keys::derive::<32>(root, purpose))
}

fn aead_key(secret: &[u8; 32]) -> aead::LessSafeKey {
    let key = aead::UnboundKey::new(&aead::CHACHA20_POLY1305, secret).expect("32 bytes are the cipher's key length");
    aead::LessSafeKey::new(key)
}

/// Lower-case hex.
pub fn to_hex(bytes: &[u8]) -> String {
    bytes.iter().map(|byte| format!("{byte:02x}")).collect()
}

fn from_hex<const N: usize>(text: &str) -> Option<[u8; N]> {
    let mut bytes = [0_u8; N];
    if text.len() != 2 * N || !text.is_ascii() {
        return None;
    }
    for (byte, place) in bytes.iter_mut().zip((0..).step_by(2)) {
        *byte = u8::from_str_radix(text.get(place..place + 2)?, 16).ok()?;
    }
    Some(bytes)
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn sealed_values_open_for_their_purpose_and_context_alone() {
        let (keys, chance) = (Keys::from_roots(&[(1, [7; 32])]), Chance::seeded(1));
        let sealed = keys.seal(Purpose::Basket, b"v1", b"mug", &chance);
        assert_eq!(keys.open(Purpose::Basket, b"v1", &sealed).as_deref(), Some(&b"mug"[..]));
        assert_eq!(keys.open(Purpose::Checkout, b"v1", &sealed), None);
        assert_eq!(keys.open(Purpose::Basket, b"v2", &sealed), None);
        for place in 0..sealed.len() {
            let mut forged = sealed.clone();
            forged[place] ^= 1;
            assert_eq!(keys.open(Purpose::Basket, b"v1", &forged), None, "byte {place}");
        }
        assert_eq!(keys.open(Purpose::Basket, b"v1", b""), None);
    }

    #[test]
    fn a_rotation_keeps_what_was_sealed_before_readable() {
        let chance = Chance::seeded(1);
        let first = Keys::rotated(None, &chance).unwrap();
        let sealed = Keys::parse(&first).unwrap().seal(Purpose::Basket, b"", b"mug", &chance);
        let second = Keys::rotated(Some(&first), &chance).unwrap();
        let keys = Keys::parse(&second).unwrap();
        assert_eq!(keys.open(Purpose::Basket, b"", &sealed).as_deref(), Some(&b"mug"[..]));
        assert_ne!(keys.seal(Purpose::Basket, b"", b"mug", &chance)[0], sealed[0]);
        let mut text = second;
        for _ in 0..ROOT_KEYS_MAX {
            text = Keys::rotated(Some(&text), &chance).unwrap();
        }
        assert_eq!(Keys::parse(&text).unwrap().open(Purpose::Basket, b"", &sealed), None, "dropped at last");
    }

    #[test]
    fn damaged_files_are_refused() {
        for text in ["", "key = []", "[[key]]\nid = 1\nsecret = \"zz\"", "nonsense"] {
            assert!(Keys::parse(text).is_err(), "{text}");
        }
        assert!(!format!("{:?}", Keys::from_roots(&[(1, [7; 32])])).contains('7'));
    }
}
