//! Forms: what a browser would send.

use crate::html::{Document, Node};

/// Most fields of a form.
const CONTROLS_MAX: usize = 500;
/// Most choices of a field.
const CHOICES_MAX: usize = 1_000;

/// How a form is sent.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub(crate) enum Method {
    Get,
    Post,
}

/// A form of a page.
#[derive(Clone, Debug, PartialEq, Eq)]
pub(crate) struct Form {
    /// Where it leads, as it stands in the page; empty is the page itself.
    pub(crate) action: String,
    pub(crate) method: Method,
    pub(crate) controls: Vec<Control>,
}

/// A field or button.
#[derive(Clone, Debug, PartialEq, Eq)]
pub(crate) struct Control {
    pub(crate) name: String,
    pub(crate) kind: ControlKind,
    pub(crate) value: String,
    pub(crate) autocomplete: String,
    pub(crate) is_required: bool,
    pub(crate) is_disabled: bool,
    pub(crate) is_checked: bool,
}

/// What a control is.
#[derive(Clone, Debug, PartialEq, Eq)]
pub(crate) enum ControlKind {
    Hidden,
    /// A line or area of text, or whatever its type makes of one: `number`, `date`, `email`…
    Text(String),
    Checkbox,
    Radio,
    /// Its choices.
    Select(Vec<Choice>),
    Submit,
}

/// A choice of a list.
#[derive(Clone, Debug, PartialEq, Eq)]
pub(crate) struct Choice {
    pub(crate) value: String,
    pub(crate) is_chosen: bool,
}

impl Form {
    /// All forms of a page. Those in a `template` are not on the page.
    pub(crate) fn all(document: &Document) -> Vec<Self> {
        let forms = document.all("form").filter(|form| form.around().all(|node| node.name() != "template"));
        forms.map(Self::read).collect()
    }

    fn read(form: Node<'_>) -> Self {
        let is_post = form.attribute("method").is_some_and(|method| method.eq_ignore_ascii_case("post"));
        Self {
            action: form.attribute("action").unwrap_or_default().trim().to_owned(),
            method: if is_post { Method::Post } else { Method::Get },
            controls: form.inside().filter_map(Control::read).take(CONTROLS_MAX).collect(),
        }
    }

    /// The path that it leads to.
    pub(crate) fn path(&self) -> &str {
        let after_host = self.action.split_once("://").map(|(_, rest)| rest.find('/').map_or("", |at| &rest[at..]));
        let path = after_host.unwrap_or(&self.action);
        path.split(['?', '#']).next().unwrap_or_default()
    }

    pub(crate) fn find(&self, name: &str) -> Option<&Control> {
        self.controls.iter().find(|control| control.name == name)
    }

    /// The value that stands in a field, or was chosen in it.
    pub(crate) fn value(&self, name: &str) -> Option<String> {
        self.entries(None).into_iter().find(|(key, _)| key == name).map(|(_, value)| value)
    }

    /// The button that Enter presses: the first one.
    pub(crate) fn default_button(&self) -> Option<&Control> {
        self.controls.iter().find(|control| control.kind == ControlKind::Submit)
    }

    /// Whether there is a button, and it can be pressed.
    pub(crate) fn can_be_sent(&self) -> bool {
        self.default_button().is_some_and(|button| !button.is_disabled)
    }

    /// Fills in a field; of a group of radio buttons, chooses the one with that value.
    pub(crate) fn set(&mut self, name: &str, value: &str) {
        for control in self.controls.iter_mut().filter(|control| control.name == name) {
            match &mut control.kind {
                ControlKind::Radio => control.is_checked = control.value == value,
                ControlKind::Checkbox => control.is_checked |= control.value == value,
                ControlKind::Select(choices) => {
                    choices.iter_mut().for_each(|choice| choice.is_chosen = choice.value == value);
                }
                ControlKind::Text(_) => value.clone_into(&mut control.value),
                ControlKind::Hidden | ControlKind::Submit => {}
            }
        }
    }

    /// Names and values as a browser sends them (HTML, "constructing the entry list").
    pub(crate) fn entries(&self, pressed: Option<&Control>) -> Vec<(String, String)> {
        let sent = self.controls.iter().filter(|control| !control.is_disabled && !control.name.is_empty());
        let mut entries = Vec::new();
        for control in sent {
            let value = match &control.kind {
                ControlKind::Hidden | ControlKind::Text(_) => Some(control.value.clone()),
                ControlKind::Checkbox | ControlKind::Radio => control.is_checked.then(|| control.value.clone()),
                ControlKind::Submit => pressed.filter(|button| *button == control).map(|button| button.value.clone()),
                ControlKind::Select(choices) => chosen(choices).map(|choice| choice.value.clone()),
            };
            entries.extend(value.map(|value| (control.name.clone(), value)));
        }
        entries
    }
}

/// What a list sends: the last of those that are marked, or else its first choice.
fn chosen(choices: &[Choice]) -> Option<&Choice> {
    choices.iter().rfind(|choice| choice.is_chosen).or(choices.first())
}

impl Control {
    fn read(node: Node<'_>) -> Option<Self> {
        let attribute = |name: &str| node.attribute(name).unwrap_or_default().to_owned();
        let kind = attribute("type").to_ascii_lowercase();
        let is_on = |kind: &ControlKind| matches!(kind, ControlKind::Checkbox | ControlKind::Radio);
        let (kind, mut value) = match (node.name(), kind.as_str()) {
            ("input", "hidden") => (ControlKind::Hidden, attribute("value")),
            ("input", "checkbox") => (ControlKind::Checkbox, attribute("value")),
            ("input", "radio") => (ControlKind::Radio, attribute("value")),
            ("input", "submit" | "image") => (ControlKind::Submit, attribute("value")),
            ("input", "button" | "reset" | "file") | ("button", "button" | "reset") => return None,
            ("input", _) => (ControlKind::Text(kind), attribute("value")),
            ("button", _) => (ControlKind::Submit, attribute("value")),
            ("textarea", _) => (ControlKind::Text(kind), node.text()),
            ("select", _) => (ControlKind::Select(choices(node)), String::new()),
            _ => return None,
        };
        if is_on(&kind) && node.attribute("value").is_none() {
            "on".clone_into(&mut value);
        }
        Some(Self {
            name: attribute("name"),
            kind,
            value,
            autocomplete: attribute("autocomplete"),
            is_required: node.attribute("required").is_some(),
            is_disabled: node.attribute("disabled").is_some(),
            is_checked: node.attribute("checked").is_some(),
        })
    }
}

fn choices(select: Node<'_>) -> Vec<Choice> {
    let options = select.inside().filter(|node| node.name() == "option" && node.attribute("disabled").is_none());
    let choice = |option: Node<'_>| Choice {
        value: option.attribute("value").map_or_else(|| option.text(), str::to_owned),
        is_chosen: option.attribute("selected").is_some(),
    };
    options.map(choice).take(CHOICES_MAX).collect()
}

#[cfg(test)]
mod tests {
    use super::*;
    use proptest::prelude::*;

    fn sent(html: &str) -> String {
        let forms = Form::all(&Document::parse(html));
        let form = forms.first().expect("a form");
        let pairs = form.entries(form.default_button()).into_iter().map(|(name, value)| format!("{name}={value}"));
        pairs.collect::<Vec<_>>().join("&")
    }

    #[test]
    fn forms_send_what_a_browser_sends() {
        for (case, html, want) in [
            ("hidden and text", "<form><input type=hidden name=t value=1><input name=q value=tea></form>", "t=1&q=tea"),
            ("case of names", "<FORM><INPUT TYPE=HIDDEN NAME=t VALUE='&lt;&amp;'></FORM>", "t=<&"),
            ("no name", "<form><input value=1></form>", ""),
            ("disabled", "<form><input name=a value=1 disabled><button name=b value=2 disabled>x</button></form>", ""),
            ("box", "<form><input type=checkbox name=a checked><input type=checkbox name=b></form>", "a=on"),
            ("radio", "<form><input type=radio name=a value=1><input type=radio name=a value=2 checked></form>", "a=2"),
            ("select", "<form><select name=a><option value=1>One<option value=2 selected>Two</select></form>", "a=2"),
            ("first choice", "<form><select name=a><option>One<option>Two</select></form>", "a=One"),
            ("empty list", "<form><select name=a></select></form>", ""),
            ("area", "<form><textarea name=a>\n <b>hi</b></textarea></form>", "a=<b>hi</b>"),
            (
                "first button",
                "<form><button name=go value=1>A</button><button name=go value=2>B</button></form>",
                "go=1",
            ),
            ("no button", "<form><button type=button name=go value=1>A</button></form>", ""),
            ("unfinished", "<form><input name=a value=1><input name=b value=", "a=1"),
            ("in a table", "<table><tr><form><td><input name=a value=1></td></tr></form></table>", "a=1"),
        ] {
            assert_eq!(sent(html), want, "{case}");
        }
    }

    #[test]
    fn forms_are_filled_in() {
        let html = "<template><form action=/no></form></template><form method=POST action='https://shop.example/pay?x=1'>\
                    <input type=hidden name=token value=t><input type=radio name=payment value=card checked>\
                    <input type=radio name=payment value=invoice><select name=country><option value=DE><option value=GB>\
                    </select><input name=city></form>";
        let mut form = Form::all(&Document::parse(html)).remove(0);
        assert_eq!((form.method, form.path()), (Method::Post, "/pay"));
        for (name, value) in
            [("token", "stolen"), ("payment", "invoice"), ("country", "GB"), ("city", "Leeds"), ("no", "x")]
        {
            form.set(name, value);
        }
        let want = [("token", "t"), ("payment", "invoice"), ("country", "GB"), ("city", "Leeds")];
        assert_eq!(form.entries(None), want.map(|(name, value)| (name.to_owned(), value.to_owned())));
        assert_eq!(form.value("payment").as_deref(), Some("invoice"));
        assert!(!form.can_be_sent());
    }

    proptest! {
        #[test]
        fn no_form_makes_it_panic(html in "(<(form|input|select|option|button|textarea)( (name|value|type|action)=[\"'a-z/:?#&;]{0,6}| checked)*>|</(form|select)>|[a-z&;é]{0,3}){0,40}") {
            for form in Form::all(&Document::parse(&html)) {
                let _ = (form.path(), form.entries(form.default_button()), form.can_be_sent());
            }
        }
    }
}
