//! Posts that wait for each other anyway go together.
//!
//! A post locks its room until the disk has it, so the next one into the same room waits for a whole
//! flush; and each statement costs the server much more than a further row in one. So posts of one
//! room are written one after the other, a few transactions run at once, and what has come meanwhile
//! goes into the next one. A post that comes alone goes at once and alone.

use std::{
    collections::{BTreeSet, VecDeque},
    sync::Arc,
};

use erp_core::{
    change::{ChangeSet, Receipt},
    ids::RoomId,
    port::{StoreError, StoreResult},
};
use parking_lot::Mutex;
use sqlx::PgConnection;
use tokio::{runtime::Handle, sync::oneshot};

use super::{batch, persistently, write};
use crate::store::Writer;

/// How many transactions of posts run at once. More only make smaller ones; with a second, one that
/// waits for a room does not hold up all others.
const MAX_RUNNING: usize = 2;
/// The most posts of one transaction.
const MAX_POSTS: usize = 64;

/// The posts of one store that are on their way.
#[derive(Clone, Debug, Default)]
pub(crate) struct Posts(Arc<Mutex<Queue>>);

#[derive(Debug, Default)]
struct Queue {
    waiting: VecDeque<Post>,
    /// Rooms that a running transaction writes to.
    busy: BTreeSet<RoomId>,
    running: usize,
}

#[derive(Debug)]
struct Post {
    set: Arc<ChangeSet>,
    room: RoomId,
    answer: oneshot::Sender<StoreResult<Receipt>>,
}

impl Queue {
    /// The posts of the next transaction: the oldest whose rooms are free. They are busy from now on.
    fn next(&mut self) -> Option<Vec<Post>> {
        if self.running == MAX_RUNNING {
            return None;
        }
        let (mut posts, mut rest) = (Vec::new(), VecDeque::new());
        while let Some(post) = self.waiting.pop_front() {
            if posts.len() < MAX_POSTS && !self.busy.contains(&post.room) {
                posts.push(post);
            } else {
                rest.push_back(post);
            }
        }
        self.waiting = rest;
        if posts.is_empty() {
            return None;
        }
        self.busy.extend(posts.iter().map(|post| post.room));
        self.running += 1;
        Some(posts)
    }
}

impl Posts {
    /// Writes the post, alone or with others.
    pub async fn commit(
        &self,
        writer: &Writer,
        set: ChangeSet,
        room: RoomId,
    ) -> StoreResult<Receipt> {
        let (answer, receipt) = oneshot::channel();
        self.0.lock().waiting.push_back(Post { set: Arc::new(set), room, answer });
        self.dispatch(writer);
        receipt
            .await
            .unwrap_or_else(|_| Err(StoreError::Unavailable("the commit's task ended".to_owned())))
    }

    fn dispatch(&self, writer: &Writer) {
        loop {
            let Some(posts) = self.0.lock().next() else { return };
            let rooms = posts.iter().map(|post| post.room).collect();
            let running = Running { posts: self.clone(), writer: writer.clone(), rooms };
            tokio::spawn(async move {
                write_posts(&running.writer, posts).await;
            });
        }
    }
}

/// Frees the rooms of a transaction when it has ended, however it has, and starts the next.
struct Running {
    posts: Posts,
    writer: Writer,
    rooms: BTreeSet<RoomId>,
}

impl Drop for Running {
    fn drop(&mut self) {
        {
            let mut queue = self.posts.0.lock();
            queue.busy.retain(|room| !self.rooms.contains(room));
            queue.running -= 1;
        }
        if Handle::try_current().is_ok() {
            self.posts.dispatch(&self.writer);
        }
    }
}

async fn write_posts(writer: &Writer, posts: Vec<Post>) {
    let together = if posts.len() > 1 { write_together(writer, &posts).await } else { None };
    let Some(results) = together else {
        for post in posts {
            let receipt = write_alone(writer, &post.set).await;
            // Where the caller has gone, nobody wants the answer.
            let _ = post.answer.send(receipt);
        }
        return;
    };
    for (post, receipt) in posts.into_iter().zip(results) {
        let _ = post.answer.send(receipt);
    }
}

/// Writes the posts in one transaction. None when they must go one by one: one of them is refused,
/// which takes the others with it, or the transaction lost to another.
async fn write_together(writer: &Writer, posts: &[Post]) -> Option<Vec<StoreResult<Receipt>>> {
    let sets: Vec<&ChangeSet> = posts.iter().map(|post| &*post.set).collect();
    let written = writer.db.on_connection(async |conn: &mut PgConnection| {
        match batch::write(conn, &sets).await {
            Ok(receipts) => Ok(Some(receipts)),
            Err(failure) if failure.is_integrity_violation() || failure.lost_to_another() => {
                Ok(None)
            }
            Err(failure) => Err(failure.into()),
        }
    });
    match written.await {
        Ok(None) => None,
        Ok(Some(receipts)) => {
            if let Some(last) = receipts.last() {
                writer.announce(last);
            }
            Some(receipts.into_iter().map(Ok).collect())
        }
        Err(error) => Some(posts.iter().map(|_| Err(error.clone())).collect()),
    }
}

async fn write_alone(writer: &Writer, set: &Arc<ChangeSet>) -> StoreResult<Receipt> {
    let receipt = persistently(&writer.db, |conn| {
        let set = Arc::clone(set);
        Box::pin(async move { write(conn, &set).await })
    })
    .await?;
    writer.announce(&receipt);
    Ok(receipt)
}
