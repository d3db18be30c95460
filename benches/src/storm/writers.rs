//! Posts over HTTP, to either server, each with a key of its own, until it is acknowledged.

use std::{
    collections::BTreeMap,
    net::SocketAddr,
    sync::{
        Arc,
        atomic::{AtomicUsize, Ordering},
    },
    time::Duration,
};

use anyhow::{Context as _, Result};
use erp_core::chat::Message;
use tokio::{sync::Notify, task::JoinSet};

use super::{StormArgs, setup::Organisation};

/// A request that is not answered by then is sent again, to the other server.
const PATIENCE: Duration = Duration::from_secs(5);

/// What was acknowledged: each message by its id.
pub type Acknowledged = BTreeMap<String, Message>;

/// The tasks that post.
pub struct Writers {
    tasks: JoinSet<Result<Vec<Message>>>,
    done: Arc<AtomicUsize>,
    more: Arc<Notify>,
}

impl Writers {
    /// Starts them.
    pub fn start(args: &StormArgs, org: Arc<Organisation>, addrs: [SocketAddr; 2]) -> Self {
        let (done, more) = (Arc::new(AtomicUsize::new(0)), Arc::new(Notify::new()));
        let mut tasks = JoinSet::new();
        for writer in 0..args.writers {
            let (org, done, more) = (org.clone(), done.clone(), more.clone());
            let share =
                args.events / args.writers + usize::from(writer < args.events % args.writers);
            tasks.spawn(async move { write(writer, share, &org, addrs, &done, &more).await });
        }
        Self { tasks, done, more }
    }

    /// Waits until so many posts were acknowledged.
    pub async fn reached(&self, count: usize) {
        loop {
            let notified = self.more.notified();
            if self.done.load(Ordering::SeqCst) >= count {
                return;
            }
            notified.await;
        }
    }

    /// Waits for all of them.
    pub async fn finish(mut self) -> Result<Acknowledged> {
        let mut all = Acknowledged::new();
        while let Some(messages) = self.tasks.join_next().await {
            for message in messages?? {
                let id = message.id.to_string();
                anyhow::ensure!(all.insert(id.clone(), message).is_none(), "{id} answered twice");
            }
        }
        Ok(all)
    }
}

async fn write(
    writer: usize,
    share: usize,
    org: &Organisation,
    addrs: [SocketAddr; 2],
    done: &AtomicUsize,
    more: &Notify,
) -> Result<Vec<Message>> {
    let client = reqwest::Client::builder().timeout(PATIENCE).build()?;
    let mut sent = Vec::with_capacity(share);
    for number in 0..share {
        let person = &org.users[(writer + number) % org.users.len()];
        let room = person.rooms.iter().nth(number % person.rooms.len()).context("a room")?;
        let body = serde_json::json!({ "room": room, "body": format!("{writer}/{number}") });
        for attempt in 0.. {
            let addr = addrs[(writer + number + attempt) % 2];
            let answer = client
                .post(format!("http://{addr}/api/chat/messages"))
                .bearer_auth(&person.token)
                .header("Idempotency-Key", format!("{writer}-{number}"))
                .json(&body)
                .send()
                .await;
            match answer {
                Ok(answer) if answer.status().is_success() => {
                    if let Ok(message) = answer.json::<Message>().await {
                        sent.push(message);
                        break;
                    }
                }
                Ok(answer) if answer.status().is_client_error() && answer.status() != 429 => {
                    anyhow::bail!("refused: {}", answer.text().await?);
                }
                _ => {}
            }
            tokio::time::sleep(Duration::from_millis(20)).await;
        }
        done.fetch_add(1, Ordering::SeqCst);
        more.notify_waiters();
    }
    Ok(sent)
}
