//! A request, and its answer checked against the document.

use serde_json::Value;

use super::contract;

/// A request in the making.
pub struct Call(pub(super) reqwest::RequestBuilder);

impl Call {
    pub fn token(self, token: &str) -> Self {
        Self(self.0.bearer_auth(token))
    }

    pub fn header(self, name: &str, value: &str) -> Self {
        Self(self.0.header(name, value))
    }

    pub fn json(self, body: &Value) -> Self {
        Self(self.0.json(body))
    }

    pub fn body(self, body: impl Into<reqwest::Body>) -> Self {
        Self(self.0.body(body))
    }

    /// Sends it, and checks that the answer is what the document says.
    pub async fn send(self) -> Answer {
        let (client, request) = self.0.build_split();
        let request = request.unwrap();
        let (method, path) = (request.method().clone(), request.url().path().to_owned());
        let answer = Answer::of(client.execute(request).await.unwrap()).await;
        contract::check(&method, &path, &answer);
        answer
    }
}

/// An answer, read to its end unless it is a stream.
#[derive(Debug)]
pub struct Answer {
    pub status: u16,
    pub headers: reqwest::header::HeaderMap,
    pub json: Value,
}

impl Answer {
    async fn of(response: reqwest::Response) -> Self {
        let (status, headers) = (response.status().as_u16(), response.headers().clone());
        let kind = headers.get("content-type").map_or("", |kind| kind.to_str().unwrap());
        let json = if kind.contains("json") {
            serde_json::from_slice(&response.bytes().await.unwrap()).unwrap()
        } else {
            Value::Null
        };
        Self { status, headers, json }
    }

    pub fn header(&self, name: &str) -> Option<&str> {
        self.headers.get(name).map(|value| value.to_str().unwrap())
    }

    /// The answer's body, when it has this status.
    #[track_caller]
    pub fn expect(self, status: u16) -> Value {
        assert_eq!(self.status, status, "{}", self.json);
        self.json
    }

    /// The wrong field, when that is what the answer says.
    #[track_caller]
    pub fn wrong_field(self) -> String {
        let json = self.expect(422);
        json["errors"][0]["field"].as_str().unwrap().to_owned()
    }
}
