//! Mail to customers: written and sent by tasks, so that no order waits for a mail server.

use crate::downloads::Download;
use crate::settings::Settings;
use crate::shop::Shop;
use anyhow::{Context, bail};
use commerce::address::EmailAddress;
use commerce::gift_card::{CardEntryKind, GiftCardKind};
use commerce::ids::{CheckoutId, GiftCardId, OrderId, ParcelId, TaskId};
use commerce::language::Language;
use commerce::money::Money;
use commerce::order::{Order, OrderNumber};
use db::outbox::OutboxTask;
use mail::{
    CardLetter, Declaration, FileLink, Folder, Letter, Matter, Message, Payment, Seller, SendError, Sender, Smtp,
    Tracking, Transport, Withdrawal, Writer,
};
use std::fmt::Display;
use std::path::{Path, PathBuf};
use std::sync::atomic::Ordering;
use tokio::sync::OnceCell;

/// Longest text of the store's own that goes into a letter, in bytes.
const STORE_TEXT_BYTES_MAX: u64 = 256 * 1_024;

/// Writes and sends the store's mail. Templates are read with the first letter, not when the store opens.
pub(crate) struct Mailer {
    transport: Transport,
    seller: Seller,
    theme: PathBuf,
    writer: OnceCell<Writer>,
}

impl Mailer {
    pub(crate) fn open(folder: &Path, settings: &Settings) -> anyhow::Result<Self> {
        let transport = if settings.mail_to.is_empty() {
            Transport::Folder(Folder::new(folder.join("mail")))
        } else {
            let host = settings.base_url.split_once("://").map_or("localhost", |(_, rest)| rest);
            let host = host.split([':', '/']).next().unwrap_or("localhost");
            Transport::Smtp(Smtp::from_url(&settings.mail_to).context("mail_to cannot be used")?.with_hello(host))
        };
        let contact = EmailAddress::parse(&settings.contact.email).unwrap_or_else(|_| settings.mail_from.clone());
        let seller = Seller {
            sender: Sender { name: settings.name.clone(), address: settings.mail_from.clone() },
            address_lines: settings.contact.address.split(',').map(|line| line.trim().to_owned()).collect(),
            contact,
            phone: settings.contact.phone.clone(),
            url: String::new(),
            zone: settings.time_zone.clone(),
        };
        Ok(Self { transport, seller, theme: folder.join("theme/mail"), writer: OnceCell::new() })
    }

    async fn writer(&self) -> anyhow::Result<&Writer> {
        let theme = self.theme.clone();
        let read = || async move {
            let own = theme.is_dir().then_some(theme);
            let writer = tokio::task::spawn_blocking(move || Writer::new(own.as_deref())).await?;
            Ok::<Writer, anyhow::Error>(writer?)
        };
        self.writer.get_or_try_init(read).await
    }
}

impl Shop {
    /// Reads the store's own templates of letters, so that a mistake in them is told when the shop starts and not by
    /// letters that do not go out. A store without any has those of the program, which tests have read.
    pub async fn check_letters(&self) -> anyhow::Result<()> {
        if self.0.mailer.theme.is_dir() {
            self.0.mailer.writer().await.context("the letters of theme/mail cannot be used")?;
        }
        Ok(())
    }

    /// Writes and sends the mail that a task asks for. A recipient that the server refuses for good is noted and left.
    pub(crate) async fn send_mail(&self, task: &OutboxTask) -> anyhow::Result<()> {
        if task.kind == "mail_given_back" {
            return self.mail_given_back(task).await;
        }
        let order_id = OrderId::parse(&task.subject)?;
        let order = self.db().find_order(order_id).await?.context("the order is gone")?;
        let language = order.sold.language;
        match task.kind.as_str() {
            "mail_order_placed" => {
                let terms = self.store_text("terms", language).await;
                let days = u32::try_from(self.settings().withdraw_days).unwrap_or(14);
                let payment = Payment { name: &order.sold.gateway, instructions: "" };
                let withdrawal = Some(Withdrawal { days, instruction: "" });
                self.send_letter(task, &order, &order.sold.email, Matter::Placed { payment, terms: &terms, withdrawal })
                    .await
            }
            "mail_downloads" => {
                self.open_downloads(&order).await?;
                if self.list_downloads(&order).await?.iter().all(|download| download.token.is_empty()) {
                    return Ok(());
                }
                self.send_letter(task, &order, &order.sold.email, Matter::Downloads).await
            }
            "mail_withdrawn" => self.mail_withdrawn(task, &order).await,
            "mail_cancelled" => {
                let refund = Some(order.money.captured).filter(|captured| !captured.is_zero());
                self.send_letter(task, &order, &order.sold.email, Matter::Cancelled { refund, reason: "" }).await
            }
            "mail_parcel_sent" => {
                let id = ParcelId::parse(&task.payload)?;
                let parcel = order.parcels.iter().find(|parcel| parcel.id == id).context("the parcel is gone")?;
                let matter = Matter::Sent { parcel, tracking: Tracking::default() };
                self.send_letter(task, &order, &order.sold.email, matter).await
            }
            "mail_refunded" => {
                let amount = Money::from_minor(task.payload.parse()?, order.sold.currency());
                let payment = order.sold.gateway.as_str();
                self.send_letter(task, &order, &order.sold.email, Matter::Refunded { amount, payment }).await
            }
            "mail_refunded_to_card" => {
                let (minor, card) = task.payload.split_once(' ').context("a refund to a card names it")?;
                let amount = Money::from_minor(minor.parse()?, order.sold.currency());
                let card = self.db().find_gift_card(GiftCardId::parse(card)?).await?.context("the card is gone")?.card;
                let payment = format!("{} ••••{}", card.kind.name(), card.last_four);
                let matter = Matter::Refunded { amount, payment: &payment };
                self.send_letter(task, &order, &order.sold.email, matter).await
            }
            "mail_order_link" => {
                self.send_letter(task, &order, &order.sold.email, Matter::Link { valid_until: None }).await
            }
            kind => bail!("this release does not know mail of kind {kind}"),
        }
    }

    async fn mail_withdrawn(&self, task: &OutboxTask, order: &Order) -> anyhow::Result<()> {
        let declared = self.db().find_withdrawal(order.id).await?.context("the declaration is gone")?;
        let email = EmailAddress::parse(&declared.email).unwrap_or_else(|_| order.sold.email.clone());
        let returns = self.store_text("returns", order.sold.language).await;
        let matter = Matter::Withdrawn(Declaration {
            name: &declared.name,
            email: &email,
            units: &declared.units,
            words: "",
            received_at: order.withdrawn_at.unwrap_or(order.placed_at),
            returns: &returns,
        });
        self.send_letter(task, order, &email, matter).await
    }

    /// Hands a card over: to whoever it is for, or else to whoever bought it. One that does not pay by now is not sent.
    pub(crate) async fn mail_gift_card(&self, task: &OutboxTask) -> anyhow::Result<()> {
        let id = GiftCardId::parse(&task.subject)?;
        let stored = self.db().find_gift_card(id).await?.context("the card is gone")?;
        let card = &stored.card;
        if card.admit(card.balance.currency(), self.now()).is_err() {
            return Ok(());
        }
        let order = match stored.bought {
            Some((order, _)) => self.db().find_order(order).await?,
            None => None,
        };
        let recipient = stored.letter.recipient.as_deref().and_then(|raw| EmailAddress::parse(raw).ok());
        let buyer = order.as_ref().map(|order| order.sold.email.clone());
        let Some(to) = recipient.or(buyer) else { return Ok(()) };
        let Some(code) = self.code_of(&stored) else {
            tracing::error!(card = %id, "the code of a gift card cannot be told: its key is not kept any more");
            return Ok(());
        };
        let order_number = match stored.card.kind {
            // What a credit is a refund of stands beside its first entry.
            GiftCardKind::Credit => self.issue_reason(id).await?.filter(|reason| is_order_number(reason)),
            GiftCardKind::GiftCard => None,
        };
        let mailer = &self.0.mailer;
        let seller = Seller { url: self.base_url().to_owned(), ..mailer.seller.clone() };
        let letter = CardLetter {
            id: TaskId::parse(&task.id)?,
            // A letter that is written again is the same message: its moment must not move.
            at: stored.created_at,
            seller: &seller,
            to: &to,
            language: stored.letter.language,
            kind: card.kind,
            amount: card.balance,
            code: &code,
            giver: stored.letter.giver.as_deref().unwrap_or_default(),
            message: stored.letter.message.as_deref().unwrap_or_default(),
            order_number: order_number.as_deref().unwrap_or_default(),
            expires_at: card.expires_at,
        };
        let message = mailer.writer().await?.write_card(&letter)?;
        self.send(&message, task, &id).await?;
        Ok(self.db().card_was_sent(id, self.now()).await?)
    }

    /// Why a card was made.
    async fn issue_reason(&self, id: GiftCardId) -> anyhow::Result<Option<String>> {
        let entries = self.db().list_card_entries(id).await?;
        let issued = entries.into_iter().find(|entry| entry.kind == CardEntryKind::Issued);
        Ok(issued.map(|entry| entry.reason))
    }

    /// The goods were gone when the money came: there is no order to write about, only a checkout.
    async fn mail_given_back(&self, task: &OutboxTask) -> anyhow::Result<()> {
        let id = CheckoutId::parse(&task.subject)?;
        let Some(sold) = self.db().find_checkout(id).await? else { return Ok(()) };
        let ledger = self.db().load_ledger(id).await?;
        let money = commerce::payment::LedgerSums::of(sold.currency(), &ledger)?;
        // A letter that is written again is the same message: its moment must not move.
        let (email, at) = (sold.email.clone(), sold.frozen_at);
        let order = Order::place(sold, money, at);
        // What cards were to pay never left them for good.
        let amount = order.sold.to_pay();
        self.send_letter(task, &order, &email, Matter::GivenBack { amount }).await
    }

    async fn send_letter(
        &self,
        task: &OutboxTask,
        order: &Order,
        to: &EmailAddress,
        matter: Matter<'_>,
    ) -> anyhow::Result<()> {
        let mailer = &self.0.mailer;
        let link = match matter {
            // There is no order.
            Matter::GivenBack { .. } => None,
            // An order whose link was taken away has a letter without one.
            _ => self.find_order_link(order.id).await?,
        };
        let url = link.map(|token| format!("{}/order/{token}", self.base_url())).unwrap_or_default();
        let downloads = match matter {
            Matter::Placed { .. } | Matter::Downloads => self.list_downloads(order).await?,
            _ => Vec::new(),
        };
        let downloads: Vec<FileLink> = downloads.iter().filter_map(|download| self.file_link(download)).collect();
        let seller = Seller { url: self.base_url().to_owned(), ..mailer.seller.clone() };
        // A letter that is written again is the same message: its moment must not move.
        let at = order.placed_at;
        let letter = Letter {
            id: TaskId::parse(&task.id)?,
            at,
            seller: &seller,
            to,
            order,
            order_url: &url,
            downloads: &downloads,
            matter,
        };
        let message = mailer.writer().await?.write(&letter)?;
        self.send(&message, task, &order.id).await
    }

    /// Sends what was written. A recipient that the server refuses for good is noted and left.
    async fn send(&self, message: &Message, task: &OutboxTask, about: &impl Display) -> anyhow::Result<()> {
        match self.0.mailer.transport.send(message).await {
            Ok(()) => {
                self.0.letters.fetch_add(1, Ordering::Relaxed);
                Ok(())
            }
            Err(SendError::Refused(why)) => {
                tracing::error!(why, about = %about, kind = task.kind, "a letter was refused for good");
                Ok(())
            }
            Err(error) => Err(error.into()),
        }
    }

    fn file_link(&self, download: &Download) -> Option<FileLink> {
        (!download.token.is_empty()).then(|| FileLink {
            title: download.file.title.clone(),
            bytes: download.file.bytes,
            url: format!("{}{}", self.base_url(), download.path()),
            most: download.most,
            until: download.until,
        })
    }

    /// A static page of the store as its owner wrote it, in this language or the store's first; empty if there is none.
    async fn store_text(&self, name: &str, language: Language) -> String {
        let first = self.settings().markets.first().language;
        for language in [language, first] {
            let file = self.folder().join("pages").join(language.code()).join(format!("{name}.md"));
            let fits = tokio::fs::metadata(&file).await.is_ok_and(|meta| meta.len() <= STORE_TEXT_BYTES_MAX);
            if fits && let Ok(text) = tokio::fs::read_to_string(&file).await {
                return text;
            }
        }
        String::new()
    }
}

/// Whether staff gave no words of their own, but the store the number of an order.
fn is_order_number(reason: &str) -> bool {
    OrderNumber::parse(reason).is_ok()
}
