//! The engine inside an application: set it up, post, read.
//!
//! ```sh
//! cargo run -p erp-examples --example quickstart
//! ```

use std::sync::Arc;

use erp_core::{
    Ctx, Engine,
    access::NewOwner,
    chat::{MessageAnchor, NewMessage, NewRoom, RoomKind},
    page::Limit,
};
use erp_store_memory::MemoryStore;

#[tokio::main]
async fn main() -> erp_core::Result<()> {
    let engine = Engine::builder(Arc::new(MemoryStore::new())).build()?;

    // The host itself makes the first user; from then on people act.
    let owner = NewOwner {
        email: "ada@example.org".to_owned(),
        display_name: "Ada".to_owned(),
        password: "correct horse battery".into(),
    };
    let ada = engine.access().set_up(&Ctx::system(), owner).await?;
    let ctx = Ctx::user(ada.id);

    let room = NewRoom {
        kind: RoomKind::Channel,
        name: "general".to_owned(),
        topic: None,
        project: None,
        history: None,
        members: Vec::new(),
    };
    let room = engine.chat().create_room(&ctx, room).await?.id;
    engine.chat().post(&ctx, room, NewMessage::text("Hello, world")).await?;

    let latest = MessageAnchor::Latest;
    for message in engine.chat().messages(&ctx, room, latest, Limit::default()).await?.items {
        println!("{} {}: {}", message.seq, ada.display_name, message.body);
    }
    Ok(())
}
