//! The page: one HTML document that needs nothing else, and that refreshes itself where script runs.

use minijinja::value::Serde;
use minijinja::{Environment, UndefinedBehavior, Value, context};

use crate::chart::Chart;
use crate::chart::bands_in_words;
use crate::report::Report;
use crate::report_json::report_json;
use crate::world::ASSUMPTIONS;

/// The style sheet of [`Delivery::Linked`], for `/region.css`.
pub const REGION_CSS: &str = include_str!("page/region.css");
/// The script of [`Delivery::Linked`], for `/region.js`. It asks for `/report.json` and `/charts/<name>.svg` every two
/// seconds while the page is looked at.
pub const REGION_JS: &str = include_str!("page/region.js");

const TEMPLATE: &str = include_str!("page/region.html");

/// How style and script come to the page. Either way a policy of
/// `default-src 'none'; connect-src 'self'` and the source named here is enough.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub enum Delivery<'a> {
    /// In the page, with this nonce: `style-src 'nonce-…'; script-src 'nonce-…'`.
    Inline {
        /// Letters and digits, new for each answer.
        nonce: &'a str,
    },
    /// From `/region.css` and `/region.js`: `style-src 'self'; script-src 'self'`.
    Linked,
}

/// The report as an HTML document. Without script it is whole, and stands still.
pub fn page(report: &Report<'_>, delivery: Delivery<'_>) -> String {
    let mut environment = Environment::new();
    environment.set_undefined_behavior(UndefinedBehavior::Strict);
    environment.add_template("region.html", TEMPLATE).expect("the template is part of the program and tested");
    let charts = Value::from_pairs(
        Chart::ALL.map(|chart| (chart.name().replace('-', "_"), Value::from_safe_string(report.chart(chart)))),
    );
    let nonce = match delivery {
        Delivery::Inline { nonce } => Some(nonce),
        Delivery::Linked => None,
    };
    let template = environment.get_template("region.html").expect("it was added above");
    let page = template.render(context! {
        report => Value::from(Serde(report_json(report))),
        charts,
        nonce,
        css => Value::from_safe_string(REGION_CSS.to_owned()),
        js => Value::from_safe_string(REGION_JS.to_owned()),
        assumptions => Value::from(Serde(ASSUMPTIONS)),
        bands => Value::from(Serde(bands_in_words())),
    });
    page.expect("every value that the template names is given, and a test renders it with and without each")
}

#[cfg(test)]
mod tests;
