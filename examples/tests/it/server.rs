//! A server process of a test's own.

use std::{
    io::{BufRead, BufReader},
    process::{Child, Command, ExitStatus, Stdio},
    time::{Duration, Instant},
};

use reqwest::{Client, Method, RequestBuilder};
use serde_json::{Value, json};

/// How long a process may take to start, or to end when it is told to.
const PATIENCE: Duration = Duration::from_secs(60);

/// The accounts of the demo data.
pub const ANNA: &str = "anna@brightwater.example";
pub const TOM: &str = "tom@brightwater.example";
pub const PASSWORD: &str = "brightwater-demo";

/// The server's command line.
pub fn command(arguments: &[&str]) -> Command {
    let mut command = Command::new(env!("CARGO_BIN_EXE_server"));
    command.args(arguments).env_remove("ERP_DATABASE_URL").env("RUST_LOG", "warn");
    command
}

/// A running server; it ends with the value.
pub struct Server {
    child: Child,
    /// Its address, as `http://127.0.0.1:PORT`.
    pub url: String,
    arguments: Vec<String>,
}

impl Server {
    /// Starts a server on a free port, on a database or in memory, and waits until it listens.
    pub fn start(database: Option<&str>) -> Self {
        let mut arguments = vec!["serve".to_owned()];
        arguments.extend(database.map(|url| format!("--database-url={url}")));
        Self::start_with(arguments, "127.0.0.1:0")
    }

    /// Starts a server with these arguments on this address.
    pub fn start_with(arguments: Vec<String>, listen: &str) -> Self {
        let listen = format!("--listen={listen}");
        let all: Vec<&str> = arguments.iter().map(String::as_str).chain([&*listen]).collect();
        let mut child = command(&all).stdout(Stdio::piped()).spawn().unwrap();
        let mut lines = BufReader::new(child.stdout.take().unwrap()).lines();
        let url = lines
            .find_map(|line| line.unwrap().trim().strip_prefix("Open ").map(str::to_owned))
            .expect("the server ended before it listened");
        // Read on, or it would stop at a full pipe.
        std::thread::spawn(move || lines.for_each(drop));
        Self { child, url, arguments }
    }

    /// Ends the server with SIGKILL.
    pub fn kill(&mut self) {
        self.child.kill().unwrap();
        self.child.wait().unwrap();
    }

    /// Starts it again where it was.
    pub fn start_again(&mut self) {
        let listen = self.url.strip_prefix("http://").unwrap();
        *self = Self::start_with(self.arguments.clone(), listen);
    }

    /// Asks it to stop with SIGTERM, and waits until it has.
    pub fn terminate(mut self) -> ExitStatus {
        let pid = self.child.id().to_string();
        assert!(Command::new("kill").args(["-TERM", &pid]).status().unwrap().success());
        let deadline = Instant::now() + PATIENCE;
        loop {
            if let Some(status) = self.child.try_wait().unwrap() {
                return status;
            }
            assert!(Instant::now() < deadline, "it does not stop");
            std::thread::sleep(Duration::from_millis(20));
        }
    }

    /// Logs in over HTTP.
    pub async fn login(&self, email: &str) -> Account {
        let client = Client::new();
        let url = format!("{}/api/auth/login", self.url);
        let body = json!({ "email": email, "password": PASSWORD });
        let answer = client.post(url).json(&body).send().await.unwrap();
        assert_eq!(answer.status(), 200);
        let token = answer.json::<Value>().await.unwrap()["token"].as_str().unwrap().to_owned();
        Account { client, url: self.url.clone(), token }
    }
}

impl Drop for Server {
    fn drop(&mut self) {
        let _ = self.child.kill();
        let _ = self.child.wait();
    }
}

/// A person who uses the server's interface without a browser.
pub struct Account {
    client: Client,
    url: String,
    token: String,
}

impl Account {
    /// A request in his name.
    pub fn request(&self, method: Method, path: &str) -> RequestBuilder {
        self.client.request(method, format!("{}{path}", self.url)).bearer_auth(&self.token)
    }

    /// What stands at this path.
    pub async fn get(&self, path: &str) -> Value {
        let answer = self.request(Method::GET, path).send().await.unwrap();
        assert!(answer.status().is_success(), "{path}: {}", answer.status());
        answer.json().await.unwrap()
    }

    /// The room of this name that he belongs to.
    pub async fn room(&self, name: &str) -> String {
        let rooms = self.get("/api/chat/rooms?limit=500").await;
        let rooms = rooms["items"].as_array().unwrap();
        let found = rooms.iter().find(|item| item["room"]["name"] == name);
        found.expect("no such room")["room"]["id"].as_str().unwrap().to_owned()
    }

    /// Sends a message.
    pub async fn post(&self, room: &str, format: &str, body: &str) -> Value {
        let message = json!({ "room": room, "format": format, "body": body });
        let request = self.request(Method::POST, "/api/chat/messages").json(&message);
        let answer = request.send().await.unwrap();
        assert_eq!(answer.status(), 201);
        answer.json().await.unwrap()
    }

    /// The bodies of a room's last messages, in order.
    pub async fn bodies(&self, room: &str) -> Vec<String> {
        let page = self.get(&format!("/api/chat/messages?room={room}&limit=500")).await;
        let items = page["items"].as_array().unwrap();
        items.iter().map(|item| item["body"].as_str().unwrap().to_owned()).collect()
    }
}
