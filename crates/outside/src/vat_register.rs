//! Asks VIES, the Union's register of VAT numbers, whether a number is somebody's.
//!
//! What is known of its REST interface, and from where: the address, the countries (with EL for Greece and XI for Northern
//! Ireland) and the fields `isValid` and `userError` are those that the Commission's own page
//! `https://ec.europa.eu/taxation_customs/vies/` uses and that published clients of it agree on; the words of `userError` are the
//! fault codes of the older SOAP service, whose description (`checkVatService.wsdl`) the Commission publishes. Logs that
//! others have published show two shapes of "not available", both with status 200: `isValid: false` with a word such as
//! `MS_UNAVAILABLE` or `IP_BLOCKED`, and `{"actionSucceed": false, "errorWrappers": [{"error": "MS_UNAVAILABLE"}]}`. So `isValid:
//! false` alone refuses nobody: only the word `INVALID` beside it does.

use crate::address::Address;
use crate::field::{Field, FieldError};
use crate::line::{Deadline, Line, OutsideError};
use crate::network::Network;
use commerce::address::Country;
use commerce::tax::territory::EU_MEMBERS;
use commerce::tax::treatment::NumberCheck;
use commerce::tax::vat_number::VatNumber;
use reqwest::Method;
use reqwest::header::ACCEPT;
use serde_json::Value;

/// The base address of VIES' REST interface.
pub const VIES: &str = "https://ec.europa.eu/taxation_customs/vies/rest-api";
/// How long the register has where the store says nothing else. It asks the state's own register in turn: 4 s.
pub const REGISTER_DEADLINE: Deadline = Deadline(4_000);
/// Longest word that is repeated from the register, in characters.
const WORD_CHARS_MAX: usize = 40;

/// The register. Keep one for the store's life and share it: it remembers that it has not answered lately.
#[derive(Debug)]
pub struct VatRegister {
    line: Line,
}

/// What the register said of a number.
#[derive(Debug, Clone, PartialEq, Eq)]
pub struct RegisterAnswer {
    /// What a sale is treated by.
    pub check: NumberCheck,
    /// Why it is [`NumberCheck::Unknown`], for the log; `None` where the register told.
    pub not_told: Option<NotTold>,
}

/// Why the register did not tell whether a number is somebody's.
#[derive(Debug, Clone, PartialEq, Eq, thiserror::Error)]
pub enum NotTold {
    /// It does not know numbers of this country; it was not asked.
    #[error("VIES does not know numbers of {0}")]
    Country(Country),
    /// It said why not: `MS_UNAVAILABLE`, `MS_MAX_CONCURRENT_REQ`, `TIMEOUT`…
    #[error("VIES says {0}")]
    Said(String),
    /// There is no answer.
    #[error(transparent)]
    Outside(#[from] OutsideError),
    /// The answer is not of the known form.
    #[error(transparent)]
    Field(#[from] FieldError),
}

impl VatRegister {
    /// Keeps what is needed to ask; makes no connection. The base is [`VIES`], or a stand-in for it.
    pub fn new(network: &Network, base: Address, deadline: Deadline) -> Self {
        Self { line: Line::new(network, base, deadline) }
    }

    /// Asks whether a number is somebody's. A register that does not tell is [`NumberCheck::Unknown`], never
    /// [`NumberCheck::Refused`].
    pub async fn check(&self, number: &VatNumber) -> RegisterAnswer {
        match self.ask(number).await {
            Ok(check) => RegisterAnswer { check, not_told: None },
            Err(not_told) => RegisterAnswer { check: NumberCheck::Unknown, not_told: Some(not_told) },
        }
    }

    async fn ask(&self, number: &VatNumber) -> Result<NumberCheck, NotTold> {
        let country = letters(number.country()).ok_or(NotTold::Country(number.country()))?;
        let mut url = self.line.address().url().clone();
        match url.path_segments_mut() {
            // Irish numbers may have signs that mean something in an address; a segment is written so that they do not.
            Ok(mut path) => path.pop_if_empty().extend(["ms", &country, "vat", number.number()]),
            Err(()) => return Err(OutsideError::Question("the register's address has no path".to_owned()).into()),
        };
        let answer = self.line.ask(|client| {
            let request = client.request(Method::GET, url).header(ACCEPT, "application/json").build();
            request.map_err(|error| OutsideError::Question(error.without_url().to_string()))
        });
        read_check(&answer.await?)
    }
}

/// The letters of a country in VIES, which are those in front of its VAT numbers; `None` for countries that are not in it.
fn letters(country: Country) -> Option<String> {
    match country.code() {
        "GR" => Some("EL".to_owned()),
        code if code == "XI" || EU_MEMBERS.contains(&code) => Some(code.to_owned()),
        _ => None,
    }
}

fn read_check(answer: &Value) -> Result<NumberCheck, NotTold> {
    let whole = Field::whole(answer);
    if let Some(word) = first_error(&whole) {
        return Err(NotTold::Said(word));
    }
    let valid = whole.part("isValid")?.flag()?;
    let word = whole.part_if_told("userError")?.map(|word| word.text()).transpose()?;
    match (valid, word) {
        (true, None | Some("" | "VALID")) => Ok(NumberCheck::Confirmed),
        (false, Some("INVALID")) => Ok(NumberCheck::Refused),
        // INVALID_INPUT among them: it is said of the question, not of the number.
        (_, word) => Err(NotTold::Said(clean(word.unwrap_or_default()))),
    }
}

/// The word of the first of `errorWrappers`, where there is one.
fn first_error(whole: &Field<'_>) -> Option<String> {
    let errors = whole.part_if_told("errorWrappers").ok()??.list().ok()?;
    let word = errors.first()?.part("error").and_then(|error| error.text());
    Some(clean(word.unwrap_or_default()))
}

/// A word as it may stand in a log.
fn clean(word: &str) -> String {
    let shaped = word.bytes().all(|byte| byte.is_ascii_uppercase() || byte.is_ascii_digit() || byte == b'_');
    if shaped && (1..=WORD_CHARS_MAX).contains(&word.len()) {
        word.to_owned()
    } else {
        "nothing that is known".to_owned()
    }
}

#[cfg(test)]
mod tests {
    use super::*;
    use crate::field::arbitrary_json;
    use proptest::prelude::*;
    use serde_json::json;

    fn told(answer: &Value) -> String {
        match read_check(answer) {
            Ok(check) => format!("{check:?}"),
            Err(not_told) => not_told.to_string(),
        }
    }

    #[test]
    fn only_the_word_invalid_refuses_a_number() {
        let wrapped = |error: &str| json!({"actionSucceed": false, "errorWrappers": [{"error": error}]});
        let said =
            |valid: bool, word: &str| json!({"isValid": valid, "userError": word, "name": "---", "address": "---"});
        for (answer, want) in [
            (said(true, "VALID"), "Confirmed"),
            (json!({"isValid": true}), "Confirmed"),
            (json!({"isValid": true, "userError": null}), "Confirmed"),
            (said(false, "INVALID"), "Refused"),
            (said(false, "MS_UNAVAILABLE"), "VIES says MS_UNAVAILABLE"),
            (said(false, "MS_MAX_CONCURRENT_REQ"), "VIES says MS_MAX_CONCURRENT_REQ"),
            (said(false, "GLOBAL_MAX_CONCURRENT_REQ"), "VIES says GLOBAL_MAX_CONCURRENT_REQ"),
            (said(false, "SERVICE_UNAVAILABLE"), "VIES says SERVICE_UNAVAILABLE"),
            (said(false, "TIMEOUT"), "VIES says TIMEOUT"),
            (said(false, "IP_BLOCKED"), "VIES says IP_BLOCKED"),
            (said(false, "INVALID_INPUT"), "VIES says INVALID_INPUT"),
            (said(false, "VALID"), "VIES says VALID"),
            (said(true, "INVALID"), "VIES says INVALID"),
            (said(true, "MS_UNAVAILABLE"), "VIES says MS_UNAVAILABLE"),
            (said(false, "a\nline of\u{202e}its own"), "VIES says nothing that is known"),
            (json!({"isValid": false}), "VIES says nothing that is known"),
            (wrapped("MS_UNAVAILABLE"), "VIES says MS_UNAVAILABLE"),
            (wrapped(""), "VIES says nothing that is known"),
            (
                json!({"isValid": false, "userError": "INVALID", "errorWrappers": [{}]}),
                "VIES says nothing that is known",
            ),
            (json!({"isValid": true, "userError": "VALID", "errorWrappers": []}), "Confirmed"),
            (json!({"isValid": "true"}), "isValid is not true or false"),
            (json!({"valid": true}), "isValid is missing"),
            (json!([]), "the answer is not an object"),
        ] {
            assert_eq!(told(&answer), want, "{answer}");
        }
    }

    #[test]
    fn countries_have_the_letters_that_the_register_knows() {
        for (code, want) in
            [("DE", Some("DE")), ("GR", Some("EL")), ("XI", Some("XI")), ("GB", None), ("CH", None), ("NO", None)]
        {
            assert_eq!(letters(Country::parse(code).unwrap()).as_deref(), want, "{code}");
        }
        assert!(Address::parse(VIES).is_ok_and(|base| !base.is_loopback()));
    }

    proptest! {
        #[test]
        fn no_answer_panics_or_refuses_without_the_word(answer in arbitrary_json()) {
            if read_check(&answer) == Ok(NumberCheck::Refused) {
                prop_assert_eq!(&answer["userError"], "INVALID");
            }
        }
    }
}
