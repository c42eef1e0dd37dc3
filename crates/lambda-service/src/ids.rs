//! Ids made at random.

use std::fmt::Write as _;

use ring::rand::{SecureRandom as _, SystemRandom};

/// A new id such as `6f0c…` in the form of a UUID of version 4.
pub(crate) fn uuid() -> String {
    let mut bytes: [u8; 16] = random();
    bytes[6] = (bytes[6] & 0x0f) | 0x40;
    bytes[8] = (bytes[8] & 0x3f) | 0x80;
    let digits = hex(&bytes);
    [&digits[..8], &digits[8..12], &digits[12..16], &digits[16..20], &digits[20..]].join("-")
}

/// 32 hexadecimal digits.
pub(crate) fn long() -> String {
    hex(&random::<16>())
}

/// 12 hexadecimal digits.
pub(crate) fn short() -> String {
    hex(&random::<6>())
}

/// A number below a million, each as likely as the others but for one part in four thousand.
pub(crate) fn millionth() -> u32 {
    u32::from_le_bytes(random()) % 1_000_000
}

fn random<const N: usize>() -> [u8; N] {
    let mut bytes = [0; N];
    SystemRandom::new().fill(&mut bytes).expect("the system has random numbers");
    bytes
}

/// Bytes as two hexadecimal digits each.
pub(crate) fn hex(bytes: &[u8]) -> String {
    bytes.iter().fold(String::with_capacity(bytes.len() * 2), |mut text, byte| {
        write!(text, "{byte:02x}").expect("a String takes everything");
        text
    })
}
