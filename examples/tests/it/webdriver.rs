//! A small WebDriver client: headless Chromium, driven through chromedriver.

use std::{
    io::{Read, Write},
    net::{TcpListener, TcpStream},
    process::{Child, Command, Stdio},
    sync::{Mutex, PoisonError},
    time::{Duration, Instant},
};

use reqwest::{Client, Method};
use serde_json::{Value, json};
use tempfile::TempDir;

/// How long a condition may take to come true.
const PATIENCE: Duration = Duration::from_secs(60);
const POLL: Duration = Duration::from_millis(25);

/// The Enter key.
pub const ENTER: &str = "\u{e007}";

/// A chromedriver of a test's own; it ends with the value, and its browsers with it.
pub struct Driver {
    child: Child,
    client: Client,
    url: String,
    /// The sessions, with the browsers' profiles: these are removed when the browsers are gone.
    sessions: Mutex<Vec<(String, TempDir)>>,
}

impl Driver {
    /// Starts chromedriver on a free port.
    pub async fn start() -> Self {
        let port = TcpListener::bind("127.0.0.1:0").unwrap().local_addr().unwrap().port();
        let child = Command::new("chromedriver")
            .arg(format!("--port={port}"))
            .stdout(Stdio::null())
            .stderr(Stdio::null())
            .spawn()
            .expect("chromedriver is missing: install chromium and chromium-driver");
        let client = Client::builder().timeout(Duration::from_secs(60)).build().unwrap();
        let url = format!("http://127.0.0.1:{port}");
        let driver = Self { child, client, url, sessions: Mutex::default() };
        let deadline = Instant::now() + PATIENCE;
        while driver.client.get(format!("{}/status", driver.url)).send().await.is_err() {
            assert!(Instant::now() < deadline, "chromedriver does not start");
            tokio::time::sleep(POLL).await;
        }
        driver
    }

    /// Opens a browser with a profile of its own.
    pub async fn browser(&self) -> Browser<'_> {
        let profile = TempDir::new().unwrap();
        let arguments = json!([
            "--headless",
            "--no-sandbox",
            "--disable-gpu",
            "--disable-quic",
            "--no-first-run",
            "--disable-background-networking",
            "--disable-component-update",
            "--disable-sync",
            "--disable-dev-shm-usage",
            "--window-size=1280,800",
            format!("--user-data-dir={}", profile.path().display()),
        ]);
        let options = json!({ "goog:chromeOptions": { "args": arguments } });
        let body = json!({ "capabilities": { "alwaysMatch": options } });
        let session = self.call(Method::POST, "/session", Some(body)).await;
        let path = format!("/session/{}", session["sessionId"].as_str().unwrap());
        self.sessions.lock().unwrap().push((path.clone(), profile));
        Browser { driver: self, path }
    }

    /// Ends a session, and with it its browser.
    fn end(&self, session: &str) -> std::io::Result<()> {
        let address = self.url.strip_prefix("http://").unwrap_or_default();
        let mut stream = TcpStream::connect(address)?;
        stream.set_read_timeout(Some(PATIENCE))?;
        let head =
            format!("DELETE {session} HTTP/1.1\r\nHost: {address}\r\nConnection: close\r\n\r\n");
        stream.write_all(head.as_bytes())?;
        // The answer comes when the browser is gone.
        stream.read(&mut [0; 64]).map(drop)
    }

    async fn call(&self, method: Method, path: &str, body: Option<Value>) -> Value {
        let request = self.client.request(method, format!("{}{path}", self.url));
        let request = body.iter().fold(request, |request, body| request.json(body));
        let answer = request.send().await.unwrap();
        let good = answer.status().is_success();
        let mut answer: Value = answer.json().await.unwrap();
        assert!(good, "{path}: {}", answer["value"]["message"]);
        answer["value"].take()
    }
}

impl Drop for Driver {
    fn drop(&mut self) {
        // Without its sessions' end chromedriver would leave the browsers behind. In a test that
        // fails this runs while it panics, so it waits by itself instead of on the runtime.
        for (session, _profile) in
            self.sessions.lock().unwrap_or_else(PoisonError::into_inner).drain(..)
        {
            let _ = self.end(&session);
        }
        let _ = self.child.kill();
        let _ = self.child.wait();
    }
}

/// A browser window.
pub struct Browser<'a> {
    driver: &'a Driver,
    path: String,
}

impl Browser<'_> {
    async fn post(&self, path: &str, body: Value) -> Value {
        self.driver.call(Method::POST, &format!("{}{path}", self.path), Some(body)).await
    }

    /// Opens an address.
    pub async fn open(&self, url: &str) {
        self.post("/url", json!({ "url": url })).await;
    }

    /// Runs a function's body in the page and returns what it returns.
    pub async fn run(&self, script: &str) -> Value {
        self.post("/execute/sync", json!({ "script": script, "args": [] })).await
    }

    /// Waits until an expression is true in the page.
    pub async fn until(&self, expression: &str) {
        let deadline = Instant::now() + PATIENCE;
        while self.run(&format!("return Boolean({expression})")).await != true {
            if Instant::now() >= deadline {
                let text = self.run("return document.body.innerText").await;
                panic!("never came true: {expression}\nthe page: {text}");
            }
            tokio::time::sleep(POLL).await;
        }
    }

    /// Types into the element that the selector finds, as a person would.
    pub async fn write(&self, selector: &str, text: &str) {
        let element = self.element(selector).await;
        self.post(&format!("/element/{element}/value"), json!({ "text": text })).await;
    }

    /// Clicks the element that the selector finds.
    pub async fn click(&self, selector: &str) {
        let element = self.element(selector).await;
        self.post(&format!("/element/{element}/click"), json!({})).await;
    }

    async fn element(&self, selector: &str) -> String {
        self.until(&format!("document.querySelector({})", json!(selector))).await;
        let found =
            self.post("/element", json!({ "using": "css selector", "value": selector })).await;
        let id = found.as_object().unwrap().values().next().unwrap();
        id.as_str().unwrap().to_owned()
    }
}
