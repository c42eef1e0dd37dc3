//! Hostile archives, made by bending honest ones.

use std::io::Write as _;

use zip::write::SimpleFileOptions;
use zip::{CompressionMethod, ZipWriter};

use super::*;

enum Entry<'a> {
    File(&'a str, &'a [u8]),
    Folder(&'a str),
    Link(&'a str, &'a str),
}
use Entry::{File, Folder, Link};

fn archive(entries: &[Entry<'_>]) -> Vec<u8> {
    let mut writer = ZipWriter::new(Cursor::new(Vec::new()));
    let options = SimpleFileOptions::default().compression_method(CompressionMethod::Stored).unix_permissions(0o755);
    for entry in entries {
        match entry {
            File(name, content) => {
                writer.start_file(*name, options).unwrap();
                writer.write_all(content).unwrap();
            }
            Folder(name) => writer.add_directory(*name, options).unwrap(),
            Link(name, target) => writer.add_symlink(*name, *target, options).unwrap(),
        }
    }
    writer.finish().unwrap().into_inner()
}

/// The archive with some of its bytes, of the same number, changed wherever they stand.
fn bent(mut zip: Vec<u8>, from: &[u8], to: &[u8]) -> Vec<u8> {
    assert_eq!(from.len(), to.len());
    for at in 0..zip.len().saturating_sub(from.len() - 1) {
        if zip[at..].starts_with(from) {
            zip[at..at + to.len()].copy_from_slice(to);
        }
    }
    zip
}

fn check(zip: &[u8]) -> Result<tempfile::TempDir, String> {
    let folder = tempfile::tempdir().unwrap();
    let unpacked = unzip(zip, &folder.path().join("package"));
    let beside = fs::read_dir(folder.path()).unwrap().count();
    assert!(beside <= 1, "nothing is written beside the package");
    unpacked.map(|()| folder).map_err(|error| error.to_string())
}

#[test]
fn an_honest_package_is_unpacked_with_its_permissions() {
    let zip = archive(&[
        File("bootstrap", b"#!/bin/sh\n"),
        Folder("lib/"),
        File("lib/a.so", b"a"),
        Link("lib/b.so", "a.so"),
        Link("up", "lib/../bootstrap"),
    ]);
    let folder = check(&zip).unwrap();
    let package = folder.path().join("package");
    let mode = |name: &str| fs::metadata(package.join(name)).unwrap().permissions().mode() & 0o777;
    assert_eq!((mode("bootstrap"), mode("lib")), (0o555, 0o555));
    assert_eq!(fs::read(package.join("lib/b.so")).unwrap(), b"a");
    crate::package::remove_tree(&package);
    assert!(!package.exists());
}

#[test]
fn hostile_entries_are_refused_by_name() {
    let mode_at = |mode: u32| (mode << 16).to_le_bytes();
    let file = archive(&[File("pipe", b"x")]);
    let special = bent(file.clone(), &mode_at(0o100_755), &mode_at(0o010_755));
    let twice = bent(archive(&[File("a1", b"x"), File("a2", b"y")]), b"a2", b"a1");
    for (case, zip, words) in [
        ("up", bent(archive(&[File("xx/evil", b"x")]), b"xx/", b"../"), "entry '../evil' of the package leaves"),
        ("up in the middle", bent(archive(&[File("a/xx/../evil", b"x")]), b"xx", b".."), "evil' of the package leaves"),
        (
            "absolute",
            bent(archive(&[File("xtmp/evil", b"x")]), b"xtmp", b"/tmp"),
            "'/tmp/evil' of the package has an absolute",
        ),
        ("backslash", bent(archive(&[File("a_evil", b"x")]), b"a_", b".\\"), "a character in its name"),
        (
            "link out",
            archive(&[File("a", b"x"), Link("l", "../../etc/passwd")]),
            "entry 'l' of the package is a symbolic link",
        ),
        ("absolute link", archive(&[File("a", b"x"), Link("l", "/etc/passwd")]), "absolute path"),
        ("link to nowhere", archive(&[File("a", b"x"), Link("l", "none")]), "leads nowhere"),
        ("link to itself", archive(&[File("a", b"x"), Link("l", "l")]), "leads nowhere"),
        (
            "out by two links",
            archive(&[Folder("d/"), Link("a", "d"), Link("d/up", "../.."), Link("z", "a/up")]),
            "leaves the package",
        ),
        ("file through a link", archive(&[Link("d", "e"), Folder("e/"), File("d/x", b"x")]), "is there twice"),
        ("link through a link", archive(&[Folder("e/"), Link("d", "e"), Link("d/x", "y")]), "no folder"),
        ("file under a file", archive(&[File("a", b"x"), File("a/b", b"x")]), "no folder"),
        ("pipe", special, "entry 'pipe' of the package is a special file"),
        ("twice", twice, "two entries"),
        ("nothing", archive(&[]), "empty"),
        ("no archive", b"hello".to_vec(), "no zip archive"),
        ("cut off", archive(&[File("a", b"xxxxxxxxx")])[..60].to_vec(), "unzip"),
        ("wrong checksum", bent(archive(&[File("a", b"yyyy")]), b"yyyy", b"xxxx"), "entry 'a'"),
    ] {
        let refused = check(&zip).err().unwrap_or_else(|| panic!("{case} was let in"));
        assert!(refused.contains(words), "{case}: {refused}");
    }
}

/// An archive of zeroes: a thousandth of what it unpacks to.
fn bomb(bytes: u64) -> Vec<u8> {
    let mut writer = ZipWriter::new(Cursor::new(Vec::new()));
    writer.start_file("zeroes", SimpleFileOptions::default().large_file(false)).unwrap();
    io::copy(&mut io::repeat(0).take(bytes), &mut writer).unwrap();
    writer.finish().unwrap().into_inner()
}

#[test]
fn bombs_are_refused_by_what_they_say_and_by_what_they_hold() {
    const BYTES_MAX: u64 = 1_000_000;
    let folder = tempfile::tempdir().unwrap();
    let try_it = |zip: &[u8], name: &str| unzip_within(zip, &folder.path().join(name), BYTES_MAX);
    let honest = bomb(BYTES_MAX + 1);
    assert!(honest.len() < 10_000);
    assert!(try_it(&bomb(BYTES_MAX), "at the limit").is_ok());
    assert!(matches!(try_it(&honest, "honest"), Err(UnzipError::TooLarge(entry)) if entry == "zeroes"));
    // One that lies about its size is stopped at the limit, or earlier by the reader.
    let size = u32::try_from(BYTES_MAX + 1).unwrap().to_le_bytes();
    assert!(try_it(&bent(honest, &size, &7_u32.to_le_bytes()), "lying").is_err());
    let written = fs::metadata(folder.path().join("lying/zeroes")).map_or(0, |data| data.len());
    assert!(written <= BYTES_MAX + 1, "{written}");
}

#[test]
fn more_entries_than_allowed_are_refused_before_they_are_read() {
    let mut zip = archive(&[File("a", b"x")]);
    let at = zip.windows(4).rposition(|window| window == b"PK\x05\x06").unwrap();
    zip[at + 10..at + 12].copy_from_slice(&u16::MAX.to_le_bytes());
    assert!(check(&zip).unwrap_err().contains("more than 65534 entries"));
}
