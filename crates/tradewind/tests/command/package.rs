//! A store packed up as a function.

use crate::support::{TestStore, text, tradewind};
use serde_json::Value;
use std::io::Cursor;
use std::path::PathBuf;

/// Numbers of processors in an ELF head.
const X86_64: u16 = 62;
const AARCH64: u16 = 183;

/// A static program that is nothing but its head.
fn program(store: &TestStore, machine: u16) -> PathBuf {
    let mut head = [0_u8; 64];
    head[..7].copy_from_slice(b"\x7fELF\x02\x01\x01");
    head[16..18].copy_from_slice(&2_u16.to_le_bytes());
    head[18..20].copy_from_slice(&machine.to_le_bytes());
    head[20..24].copy_from_slice(&1_u32.to_le_bytes());
    head[52..54].copy_from_slice(&64_u16.to_le_bytes());
    let path = store.path(&format!("program-{machine}"));
    std::fs::write(&path, head).unwrap();
    path
}

fn pack(store: &TestStore, machine: u16, name: &str, more: &[&str]) -> (Value, Vec<u8>) {
    let (program, file) = (text(&program(store, machine)), text(&store.path(name)));
    let dir = store.dir();
    let mut words = vec!["package", &dir, "--program", &program, "--output", &file, "--json"];
    words.extend(more);
    (tradewind(&words).done().json(), std::fs::read(store.path(name)).unwrap())
}

fn names(zip: Vec<u8>) -> Vec<String> {
    let archive = zip::ZipArchive::new(Cursor::new(zip)).unwrap();
    archive.file_names().map(|name| name.unwrap().into_owned()).collect()
}

#[test]
fn a_package_has_the_store_and_its_program_and_nothing_that_is_secret() {
    let store = TestStore::with_goods();
    std::fs::write(store.path("shop/.env"), "SECRET=1").unwrap();
    // A database of another name, and a package that is written into the store itself.
    let settings = store.path("shop/tradewind.toml");
    let text = std::fs::read_to_string(&settings).unwrap();
    std::fs::write(&settings, format!("database = \"shop.db\"\n{text}")).unwrap();
    std::fs::write(store.path("shop/shop.db"), "customers").unwrap();
    std::fs::write(store.path("shop/shop.db-wal"), "orders").unwrap();
    let (said, zip) = pack(&store, X86_64, "shop/one.zip", &[]);
    let (_, again) = pack(&store, X86_64, "shop/one.zip", &[]);
    assert_eq!(zip, again, "the same store gives the same bytes, wherever they are written");
    std::fs::write(&settings, text).unwrap();
    std::fs::remove_file(store.path("shop/one.zip")).unwrap();
    assert_eq!((said["architecture"].as_str(), said["glibc"].as_str()), (Some("x86_64"), None));
    assert_eq!(said["zip_bytes"].as_u64(), u64::try_from(zip.len()).ok());
    let found = names(zip);
    assert!(found.contains(&"bootstrap".to_owned()) && found.contains(&"store/tradewind.toml".to_owned()), "{found:?}");
    assert!(found.iter().any(|name| name.starts_with("store/pages/en/")), "{found:?}");
    let is_private = |name: &String| {
        ["data", "mail", "media", "downloads", "key", ".env", "shop.db", ".zip"].iter().any(|part| name.contains(part))
    };
    assert!(!found.iter().any(is_private), "{found:?}");
    std::fs::remove_file(store.path("shop/shop.db")).unwrap();
    std::fs::remove_file(store.path("shop/shop.db-wal")).unwrap();
    let (said, zip) = pack(&store, AARCH64, "arm.zip", &["--with-snapshot"]);
    assert_eq!(said["architecture"], "arm64");
    let found = names(zip);
    assert!(found.contains(&"store/data/snapshot/current".to_owned()), "{found:?}");
    assert!(!found.iter().any(|name| name.contains("store.db")), "{found:?}");
}

#[test]
fn what_cannot_be_packed_is_told_with_what_to_do() {
    let store = TestStore::empty();
    let dir = store.dir();
    let no_store = tradewind(&["package", &text(store.folder.path())]).failed(1);
    assert!(no_store.err.contains("tradewind new"), "{no_store:?}");
    let script = store.path("script");
    std::fs::write(&script, "#!/bin/sh\n").unwrap();
    let file = text(&store.path("x.zip"));
    let refused = tradewind(&["package", &dir, "--program", &text(&script), "--output", &file]).failed(1);
    assert!(refused.err.contains("no executable") && refused.err.contains("--bin bootstrap"), "{refused:?}");
    assert!(!store.path("x.zip").exists());
    let nowhere = text(&store.path("none/x.zip"));
    let program = text(&program(&store, X86_64));
    tradewind(&["package", &dir, "--program", &program, "--output", &nowhere]).failed(1);
}

#[test]
fn a_package_without_a_database_is_told_what_to_set() {
    let store = TestStore::empty();
    let (dir, settings) = (store.dir(), store.path("shop/tradewind.toml"));
    let (program, file) = (text(&program(&store, X86_64)), text(&store.path("x.zip")));
    let words = ["package", &dir, "--program", &program, "--output", &file];
    let run = tradewind(&words).done();
    assert!(run.err.contains("set TRADEWIND_DATABASE"), "{run:?}");
    let plain = std::fs::read_to_string(&settings).unwrap();
    std::fs::write(&settings, format!("database = \"postgres://nobody@127.0.0.1:9/shop\"\n{plain}")).unwrap();
    let run = tradewind(&words).done();
    assert!(!run.err.contains("TRADEWIND_DATABASE"), "{run:?}");
}

#[test]
fn a_region_refuses_a_program_that_is_none() {
    let store = TestStore::empty();
    let (dir, script) = (store.dir(), store.path("script"));
    std::fs::write(&script, "#!/bin/sh\n").unwrap();
    let refused = tradewind(&["region", &dir, "--program", &text(&script)]).failed(1);
    assert!(refused.err.contains("no executable"), "{refused:?}");
    let refused = tradewind(&["region", &dir, "--program", &text(&store.path("nowhere"))]).failed(1);
    assert!(refused.err.contains("cannot read"), "{refused:?}");
}
