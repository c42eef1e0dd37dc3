//! An edge on loopback that notes what it is told to drop.

use super::site::read_request;
use std::collections::BTreeSet;
use std::sync::{Arc, Mutex};
use tokio::io::AsyncWriteExt;
use tokio::net::TcpListener;

/// What the store proves itself with.
pub const EDGE_SECRET: &str = "edge-secret";

/// The edge's purges, each the tags that one request named.
pub struct PurgedEdge {
    pub url: String,
    purges: Arc<Mutex<Vec<BTreeSet<String>>>>,
}

impl PurgedEdge {
    pub async fn start() -> Self {
        let listener = TcpListener::bind("127.0.0.1:0").await.unwrap();
        let url = format!("http://{}/purge", listener.local_addr().unwrap());
        let purges: Arc<Mutex<Vec<BTreeSet<String>>>> = Arc::default();
        let noted = purges.clone();
        tokio::spawn(async move {
            while let Ok((mut stream, _)) = listener.accept().await {
                let Some((headers, body)) = read_request(&mut stream).await else { continue };
                let is_ours = headers.get("x-edge-secret").is_some_and(|secret| secret == EDGE_SECRET);
                if is_ours {
                    let asked: serde_json::Value = serde_json::from_slice(&body).unwrap();
                    let items = asked["items"].as_array().unwrap().iter().map(|item| item.as_str().unwrap());
                    noted.lock().unwrap().push(items.map(|item| item.strip_prefix('#').unwrap().to_owned()).collect());
                }
                let status = if is_ours { "204 No Content" } else { "403 Forbidden" };
                let answer = format!("HTTP/1.1 {status}\r\ncontent-length: 0\r\nconnection: close\r\n\r\n");
                // The store may be gone by now.
                let _ = stream.write_all(answer.as_bytes()).await;
            }
        });
        Self { url, purges }
    }

    /// What was dropped since this was asked last.
    pub fn purges(&self) -> Vec<BTreeSet<String>> {
        std::mem::take(&mut self.purges.lock().unwrap())
    }
}
