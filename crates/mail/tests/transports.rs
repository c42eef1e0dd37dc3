//! How letters leave: the wire form, a mail server in every mood, a folder.
#![allow(clippy::unwrap_used, reason = "a helper of tests ends them where something is missing")]

mod common;

use common::{email, message, moment};
use mail::{Folder, InvalidMailUrl, Memory, SendError, Smtp, Transport};
use std::fs;
use std::sync::{Arc, Mutex};
use std::time::{Duration, Instant};
use tokio::io::{AsyncBufReadExt, AsyncWriteExt, BufReader};
use tokio::net::TcpListener;

/// A mail server that takes everything, but answers the lines that begin with `on` as told, or not at all if the
/// answer is empty. It keeps what it reads.
struct Server {
    url: String,
    seen: Arc<Mutex<Vec<String>>>,
}

async fn server(on: &'static str, answer: &'static str) -> Server {
    let listener = TcpListener::bind("127.0.0.1:0").await.unwrap();
    let url = format!("smtp://{}", listener.local_addr().unwrap());
    let seen = Arc::new(Mutex::new(Vec::new()));
    let log = Arc::clone(&seen);
    tokio::spawn(async move {
        while let Ok((stream, _)) = listener.accept().await {
            tokio::spawn(converse(stream, on, answer, Arc::clone(&log)));
        }
    });
    Server { url, seen }
}

async fn converse(
    stream: tokio::net::TcpStream,
    on: &'static str,
    answer: &'static str,
    log: Arc<Mutex<Vec<String>>>,
) -> Option<()> {
    let (reader, mut writer) = stream.into_split();
    let mut lines = BufReader::new(reader).lines();
    let mut in_data = false;
    // The greeting answers the connection itself.
    let mut line = "CONNECT".to_owned();
    loop {
        let usual = match line.split(' ').next().unwrap_or_default() {
            "." => "250 2.0.0 taken",
            _ if in_data => "",
            "CONNECT" => "220 test ready",
            "EHLO" => "250-test\r\n250-AUTH PLAIN\r\n250 ENHANCEDSTATUSCODES",
            "AUTH" => "235 2.7.0 welcome",
            "DATA" => "354 go on",
            "QUIT" => "221 2.0.0 bye",
            _ => "250 2.0.0 fine",
        };
        let special = !on.is_empty() && line.starts_with(on) && (!in_data || on == ".");
        let reply = if special { answer } else { usual };
        in_data = (in_data && line != ".") || (line == "DATA" && !special);
        if !reply.is_empty() {
            writer.write_all(format!("{reply}\r\n").as_bytes()).await.ok()?;
        }
        line = lines.next_line().await.ok()??;
        log.lock().unwrap().push(line.clone());
    }
}

async fn send(server: &Server) -> Result<(), SendError> {
    let smtp = Smtp::from_url(&server.url).unwrap().with_deadline(Duration::from_secs(10));
    Transport::Smtp(smtp).send(&message(1)).await
}

fn kind(result: &Result<(), SendError>) -> &'static str {
    match result {
        Ok(()) => "sent",
        Err(SendError::Passing(_)) => "passing",
        Err(SendError::Refused(_)) => "refused",
        Err(SendError::Misconfigured(_)) => "misconfigured",
    }
}

#[test]
fn the_wire_form_has_what_mail_needs() {
    let mut message = message(1);
    message.subject = "Grüße".to_owned();
    let eml = String::from_utf8(message.to_eml().unwrap()).unwrap();
    assert!(eml.is_ascii());
    let head = eml.split("\r\n\r\n").next().unwrap();
    insta::assert_snapshot!("wire_head", head.replace("\r\n", "\n"));
    for line in eml.split("\r\n") {
        assert!(line.len() <= 998 && !line.contains('\n') && !line.contains('\r'), "{line:?}");
    }
    let parts = (eml.find("text/plain").unwrap(), eml.find("text/html").unwrap());
    assert!(parts.0 < parts.1, "the best form stands last (RFC 2046)");
}

#[test]
fn no_text_can_add_a_header_or_a_recipient() {
    let attack = "x\r\nBcc: eve@example.org\r\n\r\nbody\nX-Evil: 1\0\u{85}";
    let mut message = message(1);
    message.subject = attack.to_owned();
    message.from.name = format!("\"{attack}\" <eve@example.org>");
    message.message_id = format!("<{attack}@x>");
    message.text = "\r\n.\r\nMAIL FROM:<eve@example.org>\r\n".to_owned();
    let eml = String::from_utf8(message.to_eml().unwrap()).unwrap();
    let head = eml.split("\r\n\r\n").next().unwrap();
    let names: Vec<&str> = head.split("\r\n").filter(|line| !line.starts_with([' ', '\t'])).collect();
    let names: Vec<&str> = names.iter().map(|line| line.split(':').next().unwrap()).collect();
    let known =
        ["Message-ID", "Date", "From", "To", "Subject", "Auto-Submitted", "Reply-To", "MIME-Version", "Content-Type"];
    assert_eq!(names, known);
    assert!(!eml.contains("\nBcc") && !eml.contains("\nX-Evil"));
}

#[test]
fn a_domain_beyond_ascii_is_written_in_ascii() {
    let mut message = message(1);
    message.to = email("ann@bücher.example");
    let eml = String::from_utf8(message.to_eml().unwrap()).unwrap();
    assert!(eml.contains("To: ann@xn--bcher-kva.example\r\n"));
}

#[tokio::test]
async fn a_server_gets_envelope_and_content() {
    let server = server("", "").await;
    send(&server).await.unwrap();
    let seen = server.seen.lock().unwrap().join("\n");
    assert!(seen.contains("MAIL FROM:<shop@hafen.example>\nRCPT TO:<ann@example.org>\nDATA\nMessage-ID: <"), "{seen}");
    assert!(seen.contains("\nAuto-Submitted: auto-generated\n") && seen.ends_with("\n.\nQUIT"), "{seen}");
}

#[tokio::test]
async fn each_answer_of_a_server_has_its_meaning() {
    for (on, answer, want) in [
        ("CONNECT", "421 4.3.2 busy", "passing"),
        ("CONNECT", "554 5.7.1 not you", "misconfigured"),
        ("CONNECT", "hello there", "passing"),
        ("EHLO", "421 4.3.2 busy", "passing"),
        ("MAIL", "451 4.3.0 later", "passing"),
        ("MAIL", "550 5.1.8 who are you", "misconfigured"),
        ("MAIL", "530 authentication required", "misconfigured"),
        ("RCPT", "450 4.7.1 greylisted", "passing"),
        ("RCPT", "550 5.1.1 <ann@example.org>: nobody of that name", "refused"),
        ("RCPT", "550 no such user", "refused"),
        ("RCPT", "554 5.7.1 <ann@example.org>: relay access denied", "misconfigured"),
        ("DATA", "452 4.3.1 disk full", "passing"),
        (".", "451 4.3.0 later", "passing"),
        (".", "552 5.3.4 too long", "refused"),
        ("QUIT", "500 rude", "sent"),
        ("QUIT", "", "sent"),
    ] {
        let result = send(&server(on, answer).await).await;
        assert_eq!(kind(&result), want, "{on} answered {answer}: {result:?}");
        let told = format!("{result:?} {}", result.as_ref().err().map(ToString::to_string).unwrap_or_default());
        assert!(!told.contains("ann@"), "{told}");
    }
    let refused = send(&server("RCPT", "550 5.1.1 <ann@example.org>: nobody").await).await.unwrap_err();
    assert!(refused.to_string().ends_with("naming the recipient to the mail server: answered 550 5.1.1"), "{refused}");
}

#[tokio::test]
async fn a_silent_server_holds_a_send_no_longer_than_its_deadline() {
    for on in ["CONNECT", "EHLO", "RCPT", "."] {
        let server = server(on, "").await;
        let smtp = Smtp::from_url(&server.url).unwrap().with_deadline(Duration::from_millis(200));
        let start = Instant::now();
        let result = Transport::Smtp(smtp).send(&message(1)).await;
        assert_eq!(kind(&result), "passing", "{on}");
        assert!(start.elapsed() < Duration::from_secs(5), "{on}");
    }
}

#[tokio::test]
async fn nobody_there_is_passing() {
    let port = TcpListener::bind("127.0.0.1:0").await.unwrap().local_addr().unwrap().port();
    let smtp = Smtp::from_url(&format!("smtp://127.0.0.1:{port}")).unwrap();
    assert_eq!(kind(&Transport::Smtp(smtp).send(&message(1)).await), "passing");
}

#[tokio::test]
async fn a_password_is_sent_and_a_wrong_one_is_misconfigured() {
    for (answer, want) in
        [("235 2.7.0 welcome", "sent"), ("535 5.7.8 wrong", "misconfigured"), ("454 4.7.0 later", "passing")]
    {
        let server = server("AUTH", answer).await;
        let url = server.url.replace("smtp://", "smtp://us%40er:pa%3Ass@");
        let smtp = Smtp::from_url(&url).unwrap();
        assert!(!format!("{smtp:?}").contains("pa"), "{smtp:?}");
        assert_eq!(kind(&Transport::Smtp(smtp).send(&message(1)).await), want);
        // "\0us@er\0pa:ss" in base64.
        assert!(server.seen.lock().unwrap().contains(&"AUTH PLAIN AHVzQGVyAHBhOnNz".to_owned()));
    }
}

#[tokio::test]
async fn a_server_elsewhere_that_cannot_encrypt_gets_neither_password_nor_mail() {
    let server = server("", "").await;
    // Leads to this machine, yet is not one of its loopback addresses.
    let url = server.url.replace("smtp://127.0.0.1", "smtp://user:secret@0.0.0.0");
    let result = Transport::Smtp(Smtp::from_url(&url).unwrap()).send(&message(1)).await;
    assert_eq!(kind(&result), "misconfigured", "{result:?}");
    let seen = server.seen.lock().unwrap().join("\n");
    assert!(seen.starts_with("EHLO") && !seen.contains("AUTH") && !seen.contains("MAIL"), "{seen}");
}

#[tokio::test]
async fn tls_to_a_server_that_has_none_sends_nothing() {
    let server = server("", "").await;
    let smtp = Smtp::from_url(&server.url.replace("smtp://", "smtps://user:secret@")).unwrap();
    let result = Transport::Smtp(smtp.with_deadline(Duration::from_millis(500))).send(&message(1)).await;
    assert!(result.is_err(), "{result:?}");
    assert!(!server.seen.lock().unwrap().iter().any(|line| line.contains("AUTH") || line.contains("MAIL")));
}

#[tokio::test]
async fn an_address_beyond_ascii_needs_a_server_that_takes_it() {
    let mut mail = message(1);
    mail.to = email("jörg@example.org");
    let plain = server("", "").await;
    let result = Transport::Smtp(Smtp::from_url(&plain.url).unwrap()).send(&mail).await;
    assert_eq!(kind(&result), "refused", "{result:?}");
    let able = server("EHLO", "250-test\r\n250-8BITMIME\r\n250 SMTPUTF8").await;
    Transport::Smtp(Smtp::from_url(&able.url).unwrap()).send(&mail).await.unwrap();
    let seen = able.seen.lock().unwrap().join("\n");
    assert!(
        seen.contains("MAIL FROM:<shop@hafen.example> SMTPUTF8 BODY=8BITMIME\nRCPT TO:<jörg@example.org>"),
        "{seen}"
    );
}

#[test]
fn addresses_of_mail_servers_are_parsed_at_the_door() {
    for (raw, want) in [
        ("smtps://user:pw@mail.example.org", Ok("Smtp(mail.example.org:465, Tls)")),
        ("smtp://mail.example.org", Ok("Smtp(mail.example.org:587, StartTls)")),
        ("smtp://mail.example.org:2525/", Ok("Smtp(mail.example.org:2525, StartTls)")),
        ("smtp://localhost:1025", Ok("Smtp(localhost:1025, Loopback)")),
        ("smtp://127.0.0.1:25", Ok("Smtp(127.0.0.1:25, Loopback)")),
        ("smtp://[::1]:25", Ok("Smtp(::1:25, Loopback)")),
        ("smtp://127.0.0.1.example.org", Ok("Smtp(127.0.0.1.example.org:587, StartTls)")),
        ("smtp://mail.example.org?tls=none", Err(InvalidMailUrl::Rest)),
        ("smtp://user@mail.example.org", Err(InvalidMailUrl::Credentials)),
        ("smtp://u:%FF@mail.example.org", Err(InvalidMailUrl::Credentials)),
        ("https://mail.example.org", Err(InvalidMailUrl::Shape)),
        ("mail.example.org", Err(InvalidMailUrl::Shape)),
        ("smtp://", Err(InvalidMailUrl::Shape)),
        ("", Err(InvalidMailUrl::Shape)),
    ] {
        let got = Smtp::from_url(raw).map(|smtp| format!("{smtp:?}"));
        assert_eq!(got.as_deref(), want.as_ref().map(|text| *text), "{raw}");
    }
}

#[tokio::test]
async fn a_folder_keeps_one_file_a_message_however_often_it_is_sent() {
    let parent = tempfile::tempdir().unwrap();
    let path = parent.path().join("data/mail");
    let (folder, one) = (Folder::new(&path), message(1));
    let transport = Transport::Folder(folder.clone());
    transport.send(&one).await.unwrap();
    transport.send(&one).await.unwrap();
    transport.send(&message(2)).await.unwrap();
    let mut names: Vec<_> = fs::read_dir(&path).unwrap().map(|entry| entry.unwrap().file_name()).collect();
    names.sort();
    let name = |id| format!("20261124T030201Z-00000000-0000-0000-0000-00000000000{id}.eml");
    assert_eq!(names, [name(1), name(2)].map(std::ffi::OsString::from));
    assert_eq!(fs::read(folder.file_of(&one)).unwrap(), one.to_eml().unwrap());
    #[cfg(unix)]
    {
        use std::os::unix::fs::PermissionsExt;
        assert_eq!(fs::metadata(folder.file_of(&one)).unwrap().permissions().mode() & 0o777, 0o600);
    }
}

#[tokio::test]
async fn a_folder_that_cannot_be_is_misconfigured() {
    let parent = tempfile::tempdir().unwrap();
    let file = parent.path().join("taken");
    fs::write(&file, "").unwrap();
    let result = Transport::Folder(Folder::new(file)).send(&message(1)).await;
    assert_eq!(kind(&result), "misconfigured", "{result:?}");
}

#[tokio::test]
async fn memory_keeps_a_repeated_message_once_and_fails_when_told() {
    let memory = Memory::default();
    let transport = Transport::Memory(memory.clone());
    memory.fail_next(SendError::Passing("told so".to_owned()));
    assert_eq!(kind(&transport.send(&message(1)).await), "passing");
    transport.send(&message(1)).await.unwrap();
    transport.send(&message(1)).await.unwrap();
    transport.send(&message(2)).await.unwrap();
    assert_eq!(memory.sent(), [message(1), message(2)]);
}

#[test]
fn a_moment_beyond_all_dates_is_no_panic() {
    let mut message = message(1);
    for at in [i64::MIN, -1, i64::MAX] {
        message.at = commerce::moment::Moment::from_micros(at);
        assert!(message.to_eml().is_ok());
    }
    message.at = moment("2026-11-24T03:02:01Z");
    assert!(String::from_utf8(message.to_eml().unwrap()).unwrap().contains("Date: Tue, 24 Nov 2026 03:02:01 +0000"));
}
