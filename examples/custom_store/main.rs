//! A store of one's own: it writes a journal of everything that happens into a file, and leaves the
//! keeping to another store. `docs/store-authors.md` walks through it.
//!
//! ```sh
//! cargo run -p erp-examples --example custom_store
//! cargo test -p erp-examples --example custom_store    # the conformance suite
//! ```

mod journal;
#[cfg(test)]
mod tests;

use std::sync::Arc;

use erp_core::{
    Ctx, Engine,
    access::NewOwner,
    chat::{NewMessage, NewRoom, RoomKind},
};
use erp_store_memory::MemoryStore;

use self::journal::JournalStore;

#[tokio::main]
async fn main() -> anyhow::Result<()> {
    let path = std::env::temp_dir().join(format!("erp-journal-{}.jsonl", std::process::id()));
    let store = JournalStore::open(Arc::new(MemoryStore::new()), &path)?;
    let engine = Engine::builder(Arc::new(store)).build()?;

    let owner = NewOwner {
        email: "ada@example.org".to_owned(),
        display_name: "Ada".to_owned(),
        password: "correct horse battery".into(),
    };
    let ctx = Ctx::user(engine.access().set_up(&Ctx::system(), owner).await?.id);
    let room = NewRoom {
        kind: RoomKind::Group,
        name: "Night shift".to_owned(),
        topic: None,
        project: None,
        history: None,
        members: Vec::new(),
    };
    let room = engine.chat().create_room(&ctx, room).await?.id;
    engine.chat().post(&ctx, room, NewMessage::text("All quiet")).await?;

    println!("{}:\n{}", path.display(), std::fs::read_to_string(&path)?);
    std::fs::remove_file(&path)?;
    Ok(())
}
