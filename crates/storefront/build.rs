//! Puts the default theme into the program: every file of `themes/default`, assets also compressed.
//!
//! Compressing here at the highest level keeps it out of the store's start, which answers within milliseconds.

use std::error::Error;
use std::fmt::Write as _;
use std::fs;
use std::io::Write as _;
use std::path::{Path, PathBuf};

/// Files of a theme that are taken in.
const FILES_MAX: usize = 400;

fn main() -> Result<(), Box<dyn Error>> {
    let theme = PathBuf::from(std::env::var("CARGO_MANIFEST_DIR")?).join("../../themes/default").canonicalize()?;
    let out = PathBuf::from(std::env::var("OUT_DIR")?);
    println!("cargo:rerun-if-changed={}", theme.display());
    println!("cargo:rerun-if-changed=build.rs");
    let mut files = Vec::new();
    collect(&theme, &theme, &mut files)?;
    files.sort();
    let mut code = String::from("&[\n");
    for (place, name) in files.iter().enumerate() {
        let path = theme.join(name);
        println!("cargo:rerun-if-changed={}", path.display());
        let (gzip, brotli) = if name.starts_with("assets/") && compresses(name) {
            let bytes = fs::read(&path)?;
            let (gzip, brotli) = (out.join(format!("{place}.gz")), out.join(format!("{place}.br")));
            fs::write(&gzip, gzipped(&bytes)?)?;
            fs::write(&brotli, brotlied(&bytes)?)?;
            (format!("Some(include_bytes!({gzip:?}))"), format!("Some(include_bytes!({brotli:?}))"))
        } else {
            ("None".to_owned(), "None".to_owned())
        };
        writeln!(
            code,
            "EmbeddedFile {{ name: {name:?}, bytes: include_bytes!({path:?}), gzip: {gzip}, brotli: {brotli} }},"
        )?;
    }
    code.push(']');
    fs::write(out.join("embedded_theme.rs"), code)?;
    Ok(())
}

fn collect(root: &Path, folder: &Path, files: &mut Vec<String>) -> Result<(), Box<dyn Error>> {
    for entry in fs::read_dir(folder)? {
        let path = entry?.path();
        if path.is_dir() {
            collect(root, &path, files)?;
        } else if files.len() < FILES_MAX {
            let name = path.strip_prefix(root)?.to_str().ok_or("a theme file's name is not UTF-8")?;
            files.push(name.replace('\\', "/"));
        }
    }
    Ok(())
}

fn compresses(name: &str) -> bool {
    !name.ends_with(".png") && !name.ends_with(".ico")
}

fn gzipped(bytes: &[u8]) -> std::io::Result<Vec<u8>> {
    let mut encoder = flate2::write::GzEncoder::new(Vec::new(), flate2::Compression::best());
    encoder.write_all(bytes)?;
    encoder.finish()
}

fn brotlied(bytes: &[u8]) -> std::io::Result<Vec<u8>> {
    let mut out = Vec::new();
    let params = brotli::enc::BrotliEncoderParams { quality: 11, ..Default::default() };
    brotli::BrotliCompress(&mut &*bytes, &mut out, &params)?;
    Ok(out)
}
