//! Somebody with a browser, for tests of forms.

use super::{World, header, read, text};
use axum::body::Body;
use bytes::Bytes;
use http::{Request, Response};
use std::collections::BTreeMap;
use tower::ServiceExt;

/// Somebody with a browser.
pub struct Visitor<'w> {
    world: &'w World,
    cookies: BTreeMap<String, String>,
}

impl<'w> Visitor<'w> {
    pub fn new(world: &'w World) -> Self {
        Self { world, cookies: BTreeMap::new() }
    }

    /// One who has so many units of something in the basket.
    pub async fn with_goods(world: &'w World, quantity: u32) -> Self {
        let mut visitor = Self::new(world);
        let product = visitor.first_product().await;
        visitor.post("/basket/lines", &format!("product={product}&quantity={quantity}")).await;
        visitor
    }

    pub async fn first_product(&mut self) -> String {
        let path = super::quoted(&self.page("/").await, "/product/");
        let page = self.page(&path).await;
        let (_, rest) = page.split_once("name=\"product\" value=\"").unwrap();
        rest.split('"').next().unwrap().to_owned()
    }

    pub async fn send(&mut self, request: http::request::Builder, body: String) -> Response<Bytes> {
        let cookies: Vec<String> = self.cookies.iter().map(|(name, value)| format!("{name}={value}")).collect();
        let request = request.header("host", "shop.example").header("cookie", cookies.join("; "));
        let answer =
            read(self.world.router.clone().oneshot(request.body(Body::from(body)).unwrap()).await.unwrap()).await;
        for set in answer.headers().get_all("set-cookie") {
            let pair = set.to_str().unwrap().split(';').next().unwrap();
            let (name, value) = pair.split_once('=').unwrap();
            self.cookies.insert(name.to_owned(), value.to_owned());
        }
        answer
    }

    pub async fn page(&mut self, path: &str) -> String {
        let answer = self.send(Request::get(path), String::new()).await;
        assert_eq!(answer.status().as_u16(), 200, "{path}");
        text(&answer)
    }

    pub async fn get(&mut self, path: &str) -> Response<Bytes> {
        self.send(Request::get(path), String::new()).await
    }

    pub async fn post(&mut self, path: &str, form: &str) -> Response<Bytes> {
        let request = Request::post(path).header("sec-fetch-site", "same-origin");
        let request = request.header("content-type", "application/x-www-form-urlencoded");
        self.send(request, form.to_owned()).await
    }

    pub async fn give_address(&mut self, postcode: &str) {
        let form = format!(
            "email=ann%40example.org&name=Ann+Ash&line1=1+Hill&city=Porthaven&postcode={postcode}&country=GB&phone=0123"
        );
        let answer = self.post("/checkout/address", &form).await;
        assert_eq!(header(&answer, "location"), "/checkout/delivery");
    }
}
