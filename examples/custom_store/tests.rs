//! The journaling store keeps every store's promises, and writes what it should.

use std::{path::Path, sync::Arc};

use erp_conformance::TestStore;
use erp_core::{
    Ctx, Engine,
    access::NewOwner,
    chat::{NewMessage, NewRoom, RoomKind},
    ctx::IdempotencyKey,
};
use erp_store_memory::MemoryStore;
use tempfile::TempDir;

use crate::journal::JournalStore;

fn over_memory(path: &Path) -> JournalStore {
    JournalStore::open(Arc::new(MemoryStore::new()), path).unwrap()
}

mod conformance {
    use super::*;

    async fn fresh() -> TestStore {
        let dir = TempDir::new().unwrap();
        TestStore::new(over_memory(&dir.path().join("journal"))).keeping(dir)
    }

    erp_conformance::store_conformance!(fresh);
}

/// The actions in the journal, in order.
fn actions(path: &Path) -> Vec<String> {
    let text = std::fs::read_to_string(path).unwrap();
    let lines = text.lines().map(|line| serde_json::from_str::<serde_json::Value>(line).unwrap());
    lines.map(|line| line["action"].as_str().unwrap().to_owned()).collect()
}

#[tokio::test]
async fn x_6_every_commit_has_one_line_and_a_repeated_one_has_none() {
    let dir = TempDir::new().unwrap();
    let path = dir.path().join("journal");
    let engine = Engine::builder(Arc::new(over_memory(&path))).build().unwrap();
    let owner = NewOwner {
        email: "ada@example.org".to_owned(),
        display_name: "Ada".to_owned(),
        password: "correct horse battery".into(),
    };
    let ctx = Ctx::user(engine.access().set_up(&Ctx::system(), owner).await.unwrap().id);
    let room = NewRoom {
        kind: RoomKind::Group,
        name: "Night shift".to_owned(),
        topic: None,
        project: None,
        history: None,
        members: Vec::new(),
    };
    let room = engine.chat().create_room(&ctx, room).await.unwrap().id;
    let once = ctx.clone().with_idempotency_key(IdempotencyKey::new("once").unwrap());
    for _ in 0..2 {
        engine.chat().post(&once, room, NewMessage::text("All quiet")).await.unwrap();
    }
    assert!(engine.chat().post(&ctx, room, NewMessage::text(" ")).await.is_err());
    assert_eq!(actions(&path), ["organisation.set_up", "chat.room.create", "chat.post"]);
}
