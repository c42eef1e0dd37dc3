//! Programs outside of the store that are asked while somebody shops: prices of a basket, tax, VAT numbers. Each has a
//! deadline, and the store goes on without an answer.

use crate::basket::PricedLine;
use crate::clock::Clock;
use crate::settings::modules::{ModuleSetting, ModuleSettings};
use crate::shop::Shop;
use commerce::market::Locale;
use commerce::money::Money;
use commerce::tax::answer::TaxAnswer;
use commerce::tax::request::{TaxError, TaxRequest};
use commerce::tax::sale::SaleTax;
use commerce::tax::treatment::NumberCheck;
use commerce::tax::vat_number::VatNumber;
use outside::pricing::{PricingError, PricingLine, PricingQuestion, ask_prices};
use outside::tax::{TaxProvider, TaxedBy, find_tax};
use outside::vat_register::VatRegister;
use outside::{Network, Outside};
use std::sync::Arc;

/// The programs that the settings name. Kept for the store's life: they remember who has not answered lately.
#[derive(Debug, Default)]
pub(crate) struct Modules {
    pricing: Option<Outside>,
    tax: Option<Outside>,
    register: Option<VatRegister>,
}

impl Modules {
    /// Keeps what is needed to ask; makes no connection.
    pub(crate) fn open(settings: &ModuleSettings, clock: &Clock) -> Self {
        let clock = clock.clone();
        let network = Network::new(Arc::new(move || clock.now()));
        let module = |setting: &ModuleSetting| {
            Outside::new(&network, setting.address.clone(), setting.secret.clone(), setting.deadline)
        };
        let register = settings.register.clone();
        Self {
            pricing: settings.pricing.as_ref().map(module),
            tax: settings.tax.as_ref().map(module),
            register: register.map(|(address, deadline)| VatRegister::new(&network, address, deadline)),
        }
    }
}

/// What a pricing module said of a basket.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub enum PricesFrom {
    /// There is none, or it was not asked: the store's own.
    Store,
    /// The module named prices, or left the store's.
    Module,
    /// It did not answer: the store's own, for want of better ones.
    StoreInstead,
}

impl Shop {
    /// Asks the pricing module for all lines that are sold, and puts its prices in place of the store's.
    pub(crate) async fn price_outside(&self, locale: Locale, sale: &SaleTax, lines: &mut [PricedLine]) -> PricesFrom {
        let Some(module) = &self.0.modules.pricing else { return PricesFrom::Store };
        let market = self.settings().markets.market(locale);
        let asked = lines.iter().filter_map(|line| {
            let sold = line.sold.as_ref()?;
            Some(PricingLine {
                sku: sold.variant().sku.clone(),
                product: line.line.product,
                quantity: line.line.quantity,
                unit_price: sold.entered,
                tax: sale.terms().entered,
            })
        });
        let question = PricingQuestion {
            currency: market.currency,
            market: market.code.clone(),
            language: locale.language,
            customer: None,
            lines: asked.collect(),
        };
        let priced = ask_prices(module, &question).await;
        match priced.map(|prices| named(sale, lines, &prices)) {
            Ok(Some(named)) => {
                for (line, (entered, shown)) in named {
                    if let Some(sold) = lines.get_mut(line).and_then(|line| line.sold.as_mut()) {
                        (sold.entered, sold.unit_shown, sold.is_priced_outside) = (entered, shown, true);
                        (sold.price_change, sold.prior_shown) = (None, None);
                    }
                }
                PricesFrom::Module
            }
            Ok(None) => {
                tracing::error!("the pricing module names prices whose tax cannot be worked out; the store's count");
                PricesFrom::StoreInstead
            }
            Err(error) => {
                log_silence(&error);
                PricesFrom::StoreInstead
            }
        }
    }

    /// The tax of a request: by the provider, or else by the store's table.
    pub(crate) async fn find_tax(&self, sale: &SaleTax, request: &TaxRequest) -> Result<TaxAnswer, TaxError> {
        let provider = self.0.modules.tax.as_ref().filter(|_| !sale.policy().is_flat());
        let provider = provider.map(|provider| -> &dyn TaxProvider { provider });
        let found = find_tax(provider, &sale.policy().table, request).await?;
        if let TaxedBy::TableInstead(error) = &found.by {
            tracing::warn!(%error, "the tax provider has no answer; the store's table counts");
        }
        Ok(found.answer)
    }

    /// Whether tax is worked out by a provider outside.
    pub(crate) fn has_tax_provider(&self) -> bool {
        self.0.modules.tax.is_some()
    }

    /// What the register says of a VAT number; that it is [unknown](NumberCheck::Unknown) where there is none to ask, or no
    /// answer.
    pub async fn check_vat_number(&self, number: &VatNumber) -> NumberCheck {
        let Some(register) = &self.0.modules.register else { return NumberCheck::Unknown };
        let answer = register.check(number).await;
        if let Some(reason) = answer.not_told {
            tracing::warn!(%reason, "the register of VAT numbers did not tell");
        }
        answer.check
    }
}

/// A line's place, and its price as entered and as shown, where the module named one. `None` if one of them cannot be shown.
type Named = Vec<(usize, (Money, Money))>;

fn named(sale: &SaleTax, lines: &[PricedLine], prices: &[Option<Money>]) -> Option<Named> {
    let sold = lines.iter().enumerate().filter_map(|(place, line)| Some((place, line.sold.as_ref()?)));
    let named = sold.zip(prices).filter_map(|((place, sold), price)| Some((place, sold, (*price)?)));
    named
        .map(|(place, sold, entered)| {
            let shown = sale.price_shown(entered, &sold.document.tax_class).ok()?;
            Some((place, (entered, shown)))
        })
        .collect()
}

fn log_silence(error: &PricingError) {
    match error {
        PricingError::Field(_) | PricingError::TooManyLines => {
            tracing::error!(%error, "the pricing module's answer cannot be used; the store's prices count");
        }
        PricingError::Outside(_) => {
            tracing::warn!(%error, "the pricing module has no answer; the store's prices count")
        }
    }
}
