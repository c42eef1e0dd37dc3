//! Mail to customers: written and sent by tasks, so that no order waits for a mail server.

use crate::downloads::Download;
use crate::settings::Settings;
use crate::shop::Shop;
use anyhow::{Context, bail};
use commerce::address::EmailAddress;
use commerce::ids::{CheckoutId, OrderId, ParcelId, TaskId};
use commerce::language::Language;
use commerce::money::Money;
use commerce::order::Order;
use db::outbox::OutboxTask;
use mail::{
    Declaration, FileLink, Folder, Letter, Matter, Payment, Seller, SendError, Sender, Smtp, Tracking, Transport,
    Withdrawal, Writer,
};
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

    /// The goods were gone when the money came: there is no order to write about, only a checkout.
    async fn mail_given_back(&self, task: &OutboxTask) -> anyhow::Result<()> {
        let id = CheckoutId::parse(&task.subject)?;
        let Some(sold) = self.db().find_checkout(id).await? else { return Ok(()) };
        let ledger = self.db().load_ledger(id).await?;
        let money = commerce::payment::LedgerSums::of(sold.currency(), &ledger)?;
        // A letter that is written again is the same message: its moment must not move.
        let (email, at) = (sold.email.clone(), sold.frozen_at);
        let order = Order::place(sold, money, at);
        let amount = order.sold.total.gross();
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
        match mailer.transport.send(&message).await {
            Ok(()) => {
                self.0.letters.fetch_add(1, Ordering::Relaxed);
                Ok(())
            }
            Err(SendError::Refused(why)) => {
                tracing::error!(why, order.id = %order.id, kind = task.kind, "a letter was refused for good");
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
