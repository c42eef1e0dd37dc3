//! Every page with believable data, as files, so that they can be looked at without a store:
//! `cargo run -p storefront --example gallery -- OUTDIR`, then serve OUTDIR on the loopback address.

#[path = "../tests/sample/mod.rs"]
mod sample;

use std::error::Error;
use std::fs;
use std::path::{Path, PathBuf};

fn main() -> Result<(), Box<dyn Error>> {
    let out = PathBuf::from(std::env::args().nth(1).ok_or("say where: gallery -- OUTDIR")?);
    let pages = sample::pages();
    let mut names = Vec::new();
    for (number, locale) in sample::locales(&pages).into_iter().enumerate() {
        for (name, bytes) in sample::book::all(&pages, locale)? {
            let file = format!("{}-{name}.html", ["en", "de"][number]);
            write(&out, &file, &bytes)?;
            names.push(file);
        }
    }
    for (path, asset) in pages.assets().iter() {
        write(&out, path.trim_start_matches('/'), &asset.plain)?;
    }
    for seed in sample::book::seeds() {
        write(&out, &format!("media/drawn/{seed}.svg"), draw(&seed).as_bytes())?;
    }
    write(&out, "csp.txt", pages.csp().header(&[]).as_bytes())?;
    write(&out, "pages.txt", names.join("\n").as_bytes())?;
    println!("{} pages in {}", names.len(), out.display());
    Ok(())
}

fn write(out: &Path, name: &str, bytes: &[u8]) -> Result<(), Box<dyn Error>> {
    let path = out.join(name);
    fs::create_dir_all(path.parent().ok_or("a file has a folder")?)?;
    Ok(fs::write(path, bytes)?)
}

/// A plain drawing: what it is, in colours that follow from the seed.
fn draw(seed: &str) -> String {
    let number = seed.bytes().fold(7_u32, |sum, byte| sum.wrapping_mul(31).wrapping_add(u32::from(byte)));
    let grounds = ["#e9dcc3", "#d5e0d6", "#e6cfc0", "#cfdde2", "#e8e2d4", "#dcd3e0"];
    let bodies = ["#2f5d62", "#a5502c", "#33415c", "#5b6c3a", "#7c3b46", "#c08a3e"];
    let ground = grounds[(number % 6) as usize];
    let body = bodies[(number / 7 % 6) as usize];
    let shape = match seed.split('-').next() {
        Some("pot") => {
            "<ellipse cx='390' cy='460' rx='190' ry='150'/><path d='M560 430q110-20 120-120q-90 10-140 80zM230 380q-120 0-110 90t130 70' fill='none' stroke='BODY' stroke-width='34'/><ellipse cx='390' cy='318' rx='90' ry='24'/><circle cx='390' cy='284' r='24'/>"
        }
        Some("cup") => {
            "<path d='M220 300h330v120q0 170-165 170T220 420z'/><path d='M550 330q110-10 100 90t-130 80' fill='none' stroke='BODY' stroke-width='32'/><ellipse cx='385' cy='620' rx='200' ry='22' opacity='.5'/>"
        }
        Some("linen") => {
            "<path d='M220 180h360v440H220z'/><path d='M220 260h360M220 290h360M220 540h360' stroke='#fff' stroke-width='14' opacity='.7'/>"
        }
        Some("flask") => {
            "<rect x='310' y='220' width='180' height='420' rx='40'/><rect x='335' y='150' width='130' height='90' rx='18' opacity='.75'/>"
        }
        Some("book") => {
            "<path d='M220 200h170v420H220zM410 200h170v420H410z'/><path d='M250 270h110M250 310h80M440 270h110' stroke='#fff' stroke-width='12'/>"
        }
        Some("bag") => {
            "<path d='M260 250h280l30 380H230z'/><path d='M270 190h260v70H270z' opacity='.75'/><circle cx='400' cy='440' r='70' fill='#fff' opacity='.85'/>"
        }
        _ => {
            "<rect x='270' y='240' width='260' height='390' rx='16'/><rect x='255' y='190' width='290' height='70' rx='14' opacity='.8'/><rect x='300' y='350' width='200' height='170' fill='#fff' opacity='.88'/><path d='M330 470q70-110 140-60q-40 80-140 60z'/>"
        }
    };
    format!(
        "<svg xmlns='http://www.w3.org/2000/svg' viewBox='0 0 800 800' width='800' height='800'><rect width='800' \
         height='800' fill='{ground}'/><ellipse cx='400' cy='650' rx='260' ry='34' fill='#000' opacity='.12'/><g \
         fill='{body}'>{}</g></svg>",
        shape.replace("BODY", body)
    )
}
