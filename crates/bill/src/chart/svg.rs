//! The few shapes that charts are made of.

use std::fmt::Write as _;

/// A drawing; lengths are in tenths of its unit, so that all of them are whole numbers.
pub(super) struct Svg {
    out: String,
}

/// What a shape is drawn with: a class of the page, and a colour that does on white and on black.
#[derive(Clone, Copy)]
pub(super) struct Ink {
    class: &'static str,
    colour: &'static str,
}

impl Ink {
    pub(super) const TEXT: Self = Self { class: "c-text", colour: "#7a8583" };
    pub(super) const GRID: Self = Self { class: "c-grid", colour: "#9aa5a3" };
    pub(super) const LAND: Self = Self { class: "c-land", colour: "#9aa5a3" };
    pub(super) const SHOP: Self = Self { class: "c-shop", colour: "#7a8583" };
    pub(super) const FREE: Self = Self { class: "c-free", colour: "#9aa5a3" };
    /// Three series.
    pub(super) const SERIES: [Self; 3] = [
        Self { class: "c-first", colour: "#2a8f96" },
        Self { class: "c-second", colour: "#b3761b" },
        Self { class: "c-third", colour: "#c2502b" },
    ];
    /// Five bands, from quick to slow.
    pub(super) const BANDS: [Self; 5] = [
        Self { class: "c-band1", colour: "#1f8a83" },
        Self { class: "c-band2", colour: "#5f9a4a" },
        Self { class: "c-band3", colour: "#b8901e" },
        Self { class: "c-band4", colour: "#cc6b28" },
        Self { class: "c-band5", colour: "#b83226" },
    ];
}

/// Where a text stands to its place.
#[derive(Clone, Copy)]
pub(super) enum Anchor {
    Start,
    End,
}

impl Svg {
    /// Begins a drawing of `width` × `height` units that a screen reader tells by `title` and `description`.
    pub(super) fn new(name: &str, (width, height): (i64, i64), title: &str, description: &str) -> Self {
        let (title, description) = (escaped(title), escaped(description));
        let out = format!(
            "<svg xmlns=\"http://www.w3.org/2000/svg\" viewBox=\"0 0 {width} {height}\" role=\"img\" \
             aria-labelledby=\"{name}-title {name}-desc\" font-family=\"sans-serif\" font-size=\"11\">\n\
             <title id=\"{name}-title\">{title}</title>\n<desc id=\"{name}-desc\">{description}</desc>\n"
        );
        Self { out }
    }

    pub(super) fn text(&mut self, (x, y): (i64, i64), anchor: Anchor, ink: Ink, text: &str) {
        let anchor = match anchor {
            Anchor::Start => "start",
            Anchor::End => "end",
        };
        let (x, y, text) = (tenths(x), tenths(y), escaped(text));
        let Ink { class, colour } = ink;
        self.add(format_args!(
            "<text class=\"{class}\" x=\"{x}\" y=\"{y}\" fill=\"{colour}\" text-anchor=\"{anchor}\">{text}</text>\n"
        ));
    }

    pub(super) fn line(&mut self, from: (i64, i64), to: (i64, i64), ink: Ink) {
        let path = format!("M{} {}L{} {}", tenths(from.0), tenths(from.1), tenths(to.0), tenths(to.1));
        self.stroke(&path, ink, "stroke-width=\"0.75\"");
    }

    /// A path that is drawn along, with more attributes.
    pub(super) fn stroke(&mut self, path: &str, ink: Ink, attributes: &str) {
        let Ink { class, colour } = ink;
        self.add(format_args!(
            "<path class=\"{class}\" d=\"{path}\" fill=\"none\" stroke=\"{colour}\" {attributes}/>\n"
        ));
    }

    /// A path that is filled.
    pub(super) fn fill(&mut self, path: &str, ink: Ink, attributes: &str) {
        let Ink { class, colour } = ink;
        self.add(format_args!("<path class=\"{class}\" d=\"{path}\" fill=\"{colour}\" {attributes}/>\n"));
    }

    pub(super) fn bar(&mut self, (x, y): (i64, i64), (width, height): (i64, i64), ink: Ink) {
        let Ink { class, colour } = ink;
        let (x, y, width, height) = (tenths(x), tenths(y), tenths(width.max(0)), tenths(height));
        self.add(format_args!(
            "<rect class=\"{class}\" x=\"{x}\" y=\"{y}\" width=\"{width}\" height=\"{height}\" rx=\"2\" fill=\"{colour}\"/>\n"
        ));
    }

    /// A dot, with words that a pointer brings up.
    pub(super) fn dot(&mut self, (x, y): (i64, i64), radius: i64, ink: Ink, words: &str) {
        let (x, y, radius, words) = (tenths(x), tenths(y), tenths(radius), escaped(words));
        let Ink { class, colour } = ink;
        self.add(format_args!(
            "<circle class=\"{class}\" cx=\"{x}\" cy=\"{y}\" r=\"{radius}\" fill=\"{colour}\"><title>{words}</title></circle>\n"
        ));
    }

    pub(super) fn end(mut self) -> String {
        self.out.push_str("</svg>\n");
        self.out
    }

    fn add(&mut self, words: std::fmt::Arguments<'_>) {
        self.out.write_fmt(words).expect("a String takes everything");
    }
}

/// `123` is `12.3`.
pub(super) fn tenths(length: i64) -> String {
    let sign = if length < 0 { "-" } else { "" };
    match (length.abs() / 10, length.abs() % 10) {
        (whole, 0) => format!("{sign}{whole}"),
        (whole, part) => format!("{sign}{whole}.{part}"),
    }
}

/// `part` of `whole`, stretched to `length`; 0 where the whole is nothing.
pub(super) fn share(part: u128, whole: u128, length: i64) -> i64 {
    let length = u128::try_from(length).unwrap_or(0);
    part.saturating_mul(length).checked_div(whole).and_then(|share| i64::try_from(share).ok()).unwrap_or(0)
}

fn escaped(text: &str) -> String {
    text.replace('&', "&amp;").replace('<', "&lt;").replace('>', "&gt;").replace('"', "&quot;")
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn lengths_are_written_in_tenths() {
        for (length, want) in [(0, "0"), (5, "0.5"), (-5, "-0.5"), (120, "12"), (123, "12.3")] {
            assert_eq!(tenths(length), want);
        }
    }

    #[test]
    fn words_cannot_leave_their_element() {
        let svg = Svg::new("x", (1, 1), "<script>", "a & \"b\"").end();
        assert!(svg.contains("&lt;script&gt;") && svg.contains("a &amp; &quot;b&quot;"), "{svg}");
    }

    #[test]
    fn shares_never_fail() {
        assert_eq!(share(1, 0, 100), 0);
        assert_eq!(share(1, 4, 100), 25);
        assert_eq!(share(u128::MAX, u128::MAX, 100), 1);
    }
}
