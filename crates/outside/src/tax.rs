//! Asks whoever works out tax: the store's own table, or a provider outside.
//!
//! Both fit one trait. An answer from outside counts only if it answers the very question: the same lines at the same prices, no
//! tax below nothing, and every sum right ([`TaxAnswer::check`]).

mod wire;

use crate::field::FieldError;
use crate::line::{Deadline, OutsideError};
use crate::outside::Outside;
use commerce::tax::answer::{AnswerProblem, TaxAnswer};
use commerce::tax::calculate;
use commerce::tax::request::{TaxError, TaxRequest};
use commerce::tax::table::TaxTable;
use std::pin::Pin;

/// How long a provider has where the store says nothing else: a shopper waits in the checkout. 2 s.
pub const TAX_DEADLINE: Deadline = Deadline(2_000);

/// What a call of a provider gives, in time.
pub type TaxReply<'a> = Pin<Box<dyn Future<Output = Result<TaxAnswer, TaxProviderError>> + Send + 'a>>;

/// Whoever works out tax.
pub trait TaxProvider: Send + Sync {
    /// The tax of a sale. An answer holds against [`TaxAnswer::check`] of the request.
    fn tax<'a>(&'a self, request: &'a TaxRequest) -> TaxReply<'a>;
}

/// Why a provider has no answer.
#[derive(Debug, Clone, PartialEq, Eq, thiserror::Error)]
pub enum TaxProviderError {
    /// The question has no answer, or the table has a gap.
    #[error(transparent)]
    Tax(#[from] TaxError),
    /// There is no answer.
    #[error(transparent)]
    Outside(#[from] OutsideError),
    /// The answer cannot be read.
    #[error(transparent)]
    Field(#[from] FieldError),
    /// The answer can be read, and cannot be believed.
    #[error(transparent)]
    Answer(#[from] AnswerProblem),
}

/// The tax of a sale, and who worked it out.
#[derive(Clone, Debug, PartialEq, Eq)]
pub struct TaxFound {
    /// The tax.
    pub answer: TaxAnswer,
    /// Who worked it out.
    pub by: TaxedBy,
}

/// Who worked out the tax of a sale.
#[derive(Clone, Debug, PartialEq, Eq)]
pub enum TaxedBy {
    /// The provider.
    Provider,
    /// The store's table: no provider is there, or no tax is charged, so that there was nothing to ask.
    Table,
    /// The store's table, since the provider had no answer; why not, for the log.
    TableInstead(TaxProviderError),
}

impl TaxProvider for TaxTable {
    fn tax<'a>(&'a self, request: &'a TaxRequest) -> TaxReply<'a> {
        Box::pin(async { Ok(calculate(request, self)?) })
    }
}

impl TaxProvider for Outside {
    fn tax<'a>(&'a self, request: &'a TaxRequest) -> TaxReply<'a> {
        Box::pin(async {
            request.check()?;
            let answer = self.ask(&wire::QuestionBody::of(request)).await?;
            let answer = wire::read_answer(&answer, request)?;
            answer.check(request)?;
            Ok(answer)
        })
    }
}

/// The tax of a sale: by the provider, or else by the table.
///
/// A sale on which no tax is charged is not asked about, so that nothing of the buyer goes out for it.
///
/// # Errors
///
/// Those of the table alone: the provider had no answer or was not needed, and the table has none either.
pub async fn find_tax(
    provider: Option<&dyn TaxProvider>,
    table: &TaxTable,
    request: &TaxRequest,
) -> Result<TaxFound, TaxError> {
    let by = match provider.filter(|_| request.rates_at().is_some()) {
        None => TaxedBy::Table,
        Some(provider) => match provider.tax(request).await {
            Ok(answer) => return Ok(TaxFound { answer, by: TaxedBy::Provider }),
            Err(error) => TaxedBy::TableInstead(error),
        },
    };
    Ok(TaxFound { answer: calculate(request, table)?, by })
}

#[cfg(test)]
mod tests;
