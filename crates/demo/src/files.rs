//! The files of the demo's digital guides: small PDF documents, so that buying one can be tried to the end.

use crate::assortment::Assortment;
use commerce::catalogue::{Product, Structure};
use commerce::language::{Language, Texts};
use std::fmt::Write as _;

/// An A5 page, in points.
const PAGE: (u32, u32) = (420, 595);
/// From the paper's left edge, and from its top, in points.
const MARGIN: u32 = 48;
/// Characters that fit on a line of the text.
const LINE_CHARS: usize = 62;
/// Size of a title and of text, and the step from line to line, in points.
const TITLE_SIZE: u32 = 18;
const TEXT_SIZE: u32 = 11;
const LINE_STEP: u32 = 18;

/// A file of a product.
#[derive(Clone, Debug, PartialEq, Eq)]
pub struct DemoFile {
    /// Article number of the product.
    pub sku: String,
    /// What it is called on a buyer's disk.
    pub name: String,
    /// What shoppers read.
    pub title: String,
    /// A PDF document.
    pub content: Vec<u8>,
}

/// A file for every product that nothing is sent for; gift cards go by mail and have none.
pub fn files(assortment: &Assortment) -> Vec<DemoFile> {
    let has_file = |product: &Product| match product.structure {
        Structure::Standalone(class) => {
            let class = assortment.setup.classes.iter().find(|known| known.id == class);
            class.is_some_and(|class| !class.requires_shipping && !class.is_gift_card)
        }
        Structure::Parent(_) | Structure::Child(_) => false,
    };
    let digital = assortment.products.iter().filter(|entry| has_file(&entry.product));
    let file = |entry: &commerce::catalogue::ProductEntry| {
        let product = &entry.product;
        let title = product.title.get(&[Language::ENGLISH]).to_owned();
        Some(DemoFile {
            sku: entry.stock_records.first()?.sku.clone(),
            name: format!("{}.pdf", product.slug),
            content: document(&product.title, &product.description),
            title,
        })
    };
    digital.filter_map(file).collect()
}

/// A page in each language: a title, and text without its markup.
fn document(title: &Texts, text: &Texts) -> Vec<u8> {
    let pages: Vec<String> = title
        .iter()
        .map(|(language, words)| {
            let body = plain(text.get(&[language]));
            page(words, &body)
        })
        .collect();
    pdf(&pages)
}

fn plain(html: &str) -> String {
    let (mut out, mut in_tag) = (String::new(), false);
    for c in html.chars() {
        match c {
            '<' => in_tag = true,
            '>' => (in_tag, out) = (false, out + " "),
            c if !in_tag => out.push(c),
            _ => {}
        }
    }
    out
}

/// What is drawn on a page.
fn page(title: &str, text: &str) -> String {
    let mut drawn = String::new();
    let mut y = PAGE.1 - MARGIN - TITLE_SIZE;
    let title_lines = lines(title, LINE_CHARS * TEXT_SIZE as usize / TITLE_SIZE as usize);
    let titles = title_lines.iter().map(|line| (TITLE_SIZE, line));
    let text_lines = lines(text, LINE_CHARS);
    for (size, line) in titles.chain(text_lines.iter().map(|line| (TEXT_SIZE, line))) {
        // Writing to a text does not fail.
        let _ = writeln!(drawn, "BT /F1 {size} Tf {MARGIN} {y} Td <{}> Tj ET", hex(line));
        y = y.saturating_sub(if size == TITLE_SIZE { LINE_STEP + TITLE_SIZE / 2 } else { LINE_STEP });
    }
    drawn
}

/// Words in lines of so many characters at most.
fn lines(text: &str, most: usize) -> Vec<String> {
    let mut lines = vec![String::new()];
    for word in text.split_whitespace() {
        let last = lines.last().map_or(0, |line| line.chars().count());
        if last > 0 && last + 1 + word.chars().count() > most {
            lines.push(String::new());
        }
        if let Some(line) = lines.last_mut() {
            if !line.is_empty() {
                line.push(' ');
            }
            line.push_str(word);
        }
    }
    lines
}

/// Text as the document's one font knows it (WinAnsiEncoding, ISO 32000-1, annex D), in hexadecimal digits.
fn hex(line: &str) -> String {
    let byte = |c: char| match c {
        '–' => 0x96,
        '—' => 0x97,
        '‘' => 0x91,
        '’' => 0x92,
        '“' => 0x93,
        '”' => 0x94,
        '„' => 0x84,
        '…' => 0x85,
        '€' => 0x80,
        c => u8::try_from(u32::from(c)).unwrap_or(b'?'),
    };
    line.chars().map(|c| format!("{:02x}", byte(c))).collect()
}

/// The document: its objects one after the other, and where each begins.
fn pdf(pages: &[String]) -> Vec<u8> {
    let kids: Vec<String> = (0..pages.len()).map(|place| format!("{} 0 R", 4 + 2 * place)).collect();
    let mut objects = vec![
        "<< /Type /Catalog /Pages 2 0 R >>".to_owned(),
        format!("<< /Type /Pages /Kids [{}] /Count {} >>", kids.join(" "), pages.len()),
        "<< /Type /Font /Subtype /Type1 /BaseFont /Helvetica /Encoding /WinAnsiEncoding >>".to_owned(),
    ];
    for (place, drawn) in pages.iter().enumerate() {
        objects.push(format!(
            "<< /Type /Page /Parent 2 0 R /MediaBox [0 0 {} {}] /Resources << /Font << /F1 3 0 R >> >> /Contents {} 0 R >>",
            PAGE.0,
            PAGE.1,
            5 + 2 * place
        ));
        objects.push(format!("<< /Length {} >>\nstream\n{drawn}\nendstream", drawn.len() + 1));
    }
    let (mut out, mut places) = ("%PDF-1.4\n".to_owned(), Vec::new());
    for (number, object) in (1..).zip(&objects) {
        places.push(out.len());
        let _ = write!(out, "{number} 0 obj\n{object}\nendobj\n");
    }
    let table = out.len();
    let _ = write!(out, "xref\n0 {}\n0000000000 65535 f \n", objects.len() + 1);
    for place in places {
        let _ = writeln!(out, "{place:010} 00000 n ");
    }
    let _ = write!(out, "trailer\n<< /Size {} /Root 1 0 R >>\nstartxref\n{table}\n%%EOF\n", objects.len() + 1);
    out.into_bytes()
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn every_guide_has_a_document_whose_table_names_its_objects() {
        let assortment = crate::assortment().unwrap();
        let found = files(&assortment);
        assert!(found.len() >= 4 && found.iter().all(|file| file.name.starts_with("guide-")), "{}", found.len());
        for file in found {
            let text = String::from_utf8(file.content).unwrap();
            assert!(
                file.name.ends_with(".pdf") && text.starts_with("%PDF-1.4\n") && text.ends_with("%%EOF\n"),
                "{}",
                file.name
            );
            let (before, after) = text.rsplit_once("startxref\n").unwrap();
            let table: usize = after.lines().next().unwrap().parse().unwrap();
            assert!(text[table..].starts_with("xref\n"), "{}", file.name);
            let entries = before[table..].lines().filter(|line| line.ends_with(" 00000 n "));
            for (number, entry) in (1..).zip(entries) {
                let place: usize = entry[..10].parse().unwrap();
                assert!(text[place..].starts_with(&format!("{number} 0 obj\n")), "{}: object {number}", file.name);
            }
        }
    }

    #[test]
    fn letters_beyond_ascii_are_those_of_the_font() {
        assert_eq!(hex("ü – €茶"), "fc2096208".to_owned() + "03f");
        assert_eq!(lines("one two three", 7), ["one two", "three"]);
    }
}
