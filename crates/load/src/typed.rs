//! What a shopper types into forms: like a browser that knows its owner's address, by the fields' `autocomplete`.

use crate::form::{Choice, Control, ControlKind, Form};

/// Countries with a postcode of the right shape (Universal Postal Union).
const POSTCODES: [(&str, &str); 24] = [
    ("GB", "LS1 4DY"),
    ("DE", "28195"),
    ("FR", "69002"),
    ("IT", "20121"),
    ("ES", "28013"),
    ("AT", "1010"),
    ("BE", "1000"),
    ("CH", "8001"),
    ("DK", "1050"),
    ("NO", "0150"),
    ("LU", "1111"),
    ("FI", "00100"),
    ("NL", "1012 AB"),
    ("SE", "111 20"),
    ("PL", "00-001"),
    ("PT", "1100-048"),
    ("CZ", "110 00"),
    ("IE", "D02 X285"),
    ("US", "97201"),
    ("CA", "K1A 0B1"),
    ("AU", "3000"),
    ("NZ", "6011"),
    ("JP", "100-0001"),
    ("GR", "105 57"),
];

/// Somebody with an address. No such person lives there, and mail to the name `example` reaches nobody (RFC 2606).
#[derive(Clone, Debug)]
pub(crate) struct Person {
    pub(crate) email: String,
}

impl Person {
    /// Fills in what the form asks for and does not know yet.
    pub(crate) fn fill(&self, form: &mut Form) {
        let country = form.controls.iter().find(|control| asks_for(control) == "country").and_then(country);
        if let Some((name, code)) = &country {
            form.set(name, code);
        }
        let code = country.map(|(_, code)| code).unwrap_or_default();
        let postcode = POSTCODES.iter().find(|(country, _)| *country == code).map_or("12345", |(_, postcode)| postcode);
        let known: Vec<(String, String)> = form
            .controls
            .iter()
            .filter(|control| matches!(control.kind, ControlKind::Text(_)))
            .filter_map(|control| Some((control.name.clone(), self.answer(asks_for(control), postcode)?)))
            .collect();
        for (name, value) in known {
            form.set(&name, &value);
        }
        fill_required(form);
    }

    fn answer(&self, what: &str, postcode: &str) -> Option<String> {
        let answer = match what {
            "email" => &self.email,
            "name" => "Ada Example",
            "address-line1" => "1 Mill Lane",
            "address-level2" => "Exampleton",
            "postal-code" => postcode,
            _ => return None,
        };
        Some(answer.to_owned())
    }
}

/// What a field asks for: the last word of its `autocomplete` (`shipping postal-code`).
fn asks_for(control: &Control) -> &str {
    control.autocomplete.split_ascii_whitespace().last().unwrap_or_default()
}

/// The country that is chosen if its postcodes are known, or else the first whose are.
fn country(control: &Control) -> Option<(String, String)> {
    let ControlKind::Select(choices) = &control.kind else { return None };
    let is_known = |choice: &&Choice| POSTCODES.iter().any(|(country, _)| *country == choice.value);
    let chosen = choices.iter().find(|choice| choice.is_chosen).filter(is_known);
    let choice = chosen.or_else(|| choices.iter().find(is_known))?;
    Some((control.name.clone(), choice.value.clone()))
}

/// Gives an answer to whatever must have one and has none.
pub(crate) fn fill_required(form: &mut Form) {
    let required: Vec<Control> = form.controls.iter().filter(|control| control.is_required).cloned().collect();
    for control in required {
        if form.value(&control.name).is_some_and(|value| !value.is_empty()) {
            continue;
        }
        let answer = match &control.kind {
            ControlKind::Select(choices) => {
                choices.iter().find(|choice| !choice.value.is_empty()).map_or("", |choice| choice.value.as_str())
            }
            ControlKind::Radio | ControlKind::Checkbox => &control.value,
            ControlKind::Text(kind) => match kind.as_str() {
                "date" => "2031-05-01",
                "number" | "range" => "1",
                // Text of any kind: a number is one too.
                _ => "1",
            },
            ControlKind::Hidden | ControlKind::Submit => continue,
        };
        form.set(&control.name, answer);
    }
}

#[cfg(test)]
mod tests {
    use super::*;
    use crate::html::Document;

    fn filled(html: &str) -> Vec<(String, String)> {
        let mut form = Form::all(&Document::parse(html)).remove(0);
        Person { email: "a@example.org".to_owned() }.fill(&mut form);
        form.entries(None)
    }

    #[test]
    fn an_address_is_filled_in_for_the_country() {
        for (case, countries, postcode) in [
            ("chosen", "<option value=DE><option value=GB selected>", "LS1 4DY"),
            ("first", "<option value=NL><option value=GB>", "1012 AB"),
            ("first that is known", "<option value=XX selected><option value=PL>", "00-001"),
            ("none that is known", "<option value=XX>", "12345"),
        ] {
            let html = format!(
                "<form><input name=mail autocomplete=email value=old><input name=n autocomplete='shipping name'>\
                 <input name=p autocomplete='shipping postal-code'><select name=c autocomplete=country>{countries}</select>\
                 <input name=line2 autocomplete=address-line2></form>"
            );
            let entries = filled(&html);
            let value = |name: &str| entries.iter().find(|(key, _)| key == name).map(|(_, value)| value.as_str());
            assert_eq!(value("mail"), Some("a@example.org"), "{case}");
            assert_eq!((value("p"), value("line2")), (Some(postcode), Some("")), "{case}");
        }
    }

    #[test]
    fn what_is_required_is_answered() {
        let entries = filled(
            "<form><select name=a required><option value=''>Choose<option value=x></select>\
             <input type=radio name=b value=1 required><input type=radio name=b value=2 required><input type=date name=c required>\
             <input name=d required><input name=e><input name=f value=kept required></form>",
        );
        let pairs: Vec<String> = entries.iter().map(|(name, value)| format!("{name}={value}")).collect();
        assert_eq!(pairs.join("&"), "a=x&b=1&c=2031-05-01&d=1&e=&f=kept");
    }
}
