//! Offers, ranges, vouchers and a basket from bytes, applied and held to the laws.
#![no_main]

libfuzzer_sys::fuzz_target!(|bytes: &[u8]| commerce::offer::fuzz::check(bytes));
