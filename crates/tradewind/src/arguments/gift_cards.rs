//! What can be typed about gift cards and store credit.

use super::{Json, Store, Sure};
use clap::{Args, Subcommand};
use shop::gift_cards::GIFT_CARDS_AT_ONCE_MAX;

#[derive(Subcommand)]
pub(crate) enum GiftCards {
    /// Make a card, or many; with --to it goes out by mail
    #[command(before_help = "Examples:
  tradewind giftcards issue 25 GBP my-shop --to ben@example.org --reason \"a prize\"
  tradewind giftcards issue 10 GBP my-shop --credit --to ann@example.org --reason \"late parcel\"
  tradewind giftcards issue 25 GBP my-shop --count 200 --expires 2028-12-31 --reason \"printed cards\" --csv > cards.csv")]
    Issue(Box<IssueCards>),
    /// Cards, the newest first, and what the store owes by them
    #[command(before_help = "Examples:
  tradewind giftcards list my-shop
  tradewind giftcards list my-shop --limit 1000 --json")]
    List {
        #[command(flatten)]
        store: Store,
        /// How many, at most 1000
        #[arg(
            long, default_value_t = 50, allow_negative_numbers = true,
            value_parser = clap::value_parser!(u16).range(1..=1_000)
        )]
        limit: u16,
        /// Only those that were made before this card
        #[arg(long, value_name = "CARD")]
        before: Option<String>,
        #[command(flatten)]
        json: Json,
    },
    /// One card, with everything that happened to it
    #[command(before_help = "Examples:
  tradewind giftcards show 7KQ2-9XMB-T4WD-3HN5 my-shop
  tradewind giftcards show 01890a5d-ac96-774b-bcce-b302099a8057 my-shop --code")]
    Show {
        #[command(flatten)]
        card: CardIn,
        /// Print its code, which whoever has it can spend
        #[arg(long)]
        code: bool,
    },
    /// Keep a card from paying; what is on it stays
    #[command(before_help = "Examples:\n  tradewind giftcards block 7KQ2-9XMB-T4WD-3HN5 my-shop --reason lost")]
    Block {
        #[command(flatten)]
        card: CardIn,
        #[command(flatten)]
        why: Why,
    },
    /// Let a blocked card pay again
    #[command(before_help = "Examples:\n  tradewind giftcards unblock 7KQ2-9XMB-T4WD-3HN5 my-shop --reason found")]
    Unblock {
        #[command(flatten)]
        card: CardIn,
        #[command(flatten)]
        why: Why,
    },
    /// Put money on a card, or take it off
    #[command(before_help = "Examples:
  tradewind giftcards adjust 7KQ2-9XMB-T4WD-3HN5 5 my-shop --reason \"late parcel\"
  tradewind giftcards adjust 7KQ2-9XMB-T4WD-3HN5 -5 my-shop --reason \"was typed twice\" --yes")]
    Adjust {
        /// Its code, or its id
        card: String,
        /// How much more, in the card's currency; less with a minus
        #[arg(allow_negative_numbers = true)]
        by: String,
        #[command(flatten)]
        store: Store,
        #[command(flatten)]
        why: Why,
        #[command(flatten)]
        sure: Sure,
        #[command(flatten)]
        json: Json,
    },
    /// Send a card's letter once more
    #[command(before_help = "Examples:
  tradewind giftcards send 01890a5d-ac96-774b-bcce-b302099a8057 my-shop
  tradewind giftcards send 01890a5d-ac96-774b-bcce-b302099a8057 my-shop --to ben@example.org")]
    Send {
        #[command(flatten)]
        card: CardIn,
        /// To this address instead of the one before
        #[arg(long, value_name = "ADDRESS")]
        to: Option<String>,
    },
}

/// A card to be made.
#[derive(Args)]
pub(crate) struct IssueCards {
    /// What it is worth
    #[arg(allow_negative_numbers = true)]
    pub(crate) amount: String,
    /// In which currency
    pub(crate) currency: String,
    #[command(flatten)]
    pub(crate) store: Store,
    /// Whom it is mailed to; nobody unless said, and the code is handed over otherwise
    #[arg(long, value_name = "ADDRESS", conflicts_with_all = ["count", "csv"])]
    pub(crate) to: Option<String>,
    /// Who gives it, as the letter says
    #[arg(long, value_name = "NAME", requires = "to")]
    pub(crate) from: Option<String>,
    /// What the letter says beside
    #[arg(long, value_name = "TEXT", requires = "to")]
    pub(crate) message: Option<String>,
    /// Language of the letter; the store's first unless said
    #[arg(long, value_name = "CODE", requires = "to")]
    pub(crate) language: Option<String>,
    /// The last day on which it pays, or the last moment; for ever unless said
    #[arg(long, value_name = "DATE")]
    pub(crate) expires: Option<String>,
    /// Store credit of a customer instead of a gift card
    #[arg(long)]
    pub(crate) credit: bool,
    /// How many
    #[arg(
        long, default_value_t = 1, allow_negative_numbers = true,
        value_parser = clap::value_parser!(u32).range(1..=i64::from(GIFT_CARDS_AT_ONCE_MAX))
    )]
    pub(crate) count: u32,
    /// Print the codes as CSV
    #[arg(long, conflicts_with = "json")]
    pub(crate) csv: bool,
    #[command(flatten)]
    pub(crate) why: Why,
    #[command(flatten)]
    pub(crate) json: Json,
}

/// Why something is done with a card.
#[derive(Args, Clone)]
pub(crate) struct Why {
    /// Why, for whoever looks at the card later
    #[arg(long, value_name = "TEXT")]
    pub(crate) reason: String,
}

/// Which card of which store.
#[derive(Args, Clone)]
pub(crate) struct CardIn {
    /// Its code, or its id
    pub(crate) card: String,
    #[command(flatten)]
    pub(crate) store: Store,
    #[command(flatten)]
    pub(crate) json: Json,
}

impl GiftCards {
    pub(super) fn store_mut(&mut self) -> &mut Store {
        match self {
            Self::Issue(issue) => &mut issue.store,
            Self::List { store, .. } | Self::Adjust { store, .. } => store,
            Self::Show { card, .. }
            | Self::Block { card, .. }
            | Self::Unblock { card, .. }
            | Self::Send { card, .. } => &mut card.store,
        }
    }
}
