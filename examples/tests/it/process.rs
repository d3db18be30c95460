//! Starting and stopping.

use erp_conformance::pg_cluster::PgCluster;
use reqwest::Method;

use crate::server::{ANNA, Server};

#[tokio::test]
async fn servers_that_start_at_once_on_one_database_migrate_it_and_fill_it_once() {
    let database = PgCluster::shared().unwrap().fresh_database().unwrap();
    let starts: Vec<_> = (0..3)
        .map(|_| {
            let database = database.clone();
            std::thread::spawn(move || Server::start(Some(&database)))
        })
        .collect();
    let servers: Vec<Server> = starts.into_iter().map(|start| start.join().unwrap()).collect();
    let alone = Server::start(None);
    let expected = alone.login(ANNA).await.get("/api/chat/rooms?limit=500").await;
    let count = |rooms: &serde_json::Value| {
        let rooms = rooms["items"].as_array().unwrap();
        let mut rooms: Vec<_> = rooms
            .iter()
            .map(|item| (item["room"]["name"].to_string(), item["room"]["last_seq"].to_string()))
            .collect();
        rooms.sort();
        rooms
    };
    for server in &servers {
        let account = server.login(ANNA).await;
        // The one who lost goes on at once, the other one may still be filling.
        let deadline = std::time::Instant::now() + std::time::Duration::from_secs(60);
        loop {
            let rooms = count(&account.get("/api/chat/rooms?limit=500").await);
            if rooms == count(&expected) {
                break;
            }
            assert!(std::time::Instant::now() < deadline, "{rooms:?}");
            tokio::time::sleep(std::time::Duration::from_millis(100)).await;
        }
    }
}

#[tokio::test]
async fn rts_10_a_server_that_is_told_to_stop_ends_its_streams_and_goes() {
    let server = Server::start(None);
    let account = server.login(ANNA).await;
    let mut stream = account.request(Method::GET, "/api/realtime/stream").send().await.unwrap();
    let first = stream.chunk().await.unwrap().unwrap();
    assert!(!first.is_empty());
    let reading = tokio::spawn(async move {
        let mut text = String::new();
        while let Ok(Some(chunk)) = stream.chunk().await {
            text.push_str(&String::from_utf8_lossy(&chunk));
        }
        text
    });
    let status = tokio::task::spawn_blocking(|| server.terminate()).await.unwrap();
    assert!(status.success(), "{status}");
    let text = reading.await.unwrap();
    assert!(text.contains("\"bye\"") && text.contains("\"shutdown\""), "{text}");
}
