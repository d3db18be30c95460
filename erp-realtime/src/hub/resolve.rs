//! What must be read from the store before an event can be delivered.

use std::{future::Future, pin::Pin};

use erp_core::{
    Engine,
    ids::{RoomId, UserId},
    policy::Subject,
    port::StoreResult,
};
use futures::{StreamExt, stream};

use super::tail::Backoff;

/// Reads of this kind under way at once.
const CONCURRENT_READS: usize = 8;

/// What must be read.
#[derive(Clone, Debug, PartialEq, Eq)]
pub(super) enum Need {
    /// The rights of these users.
    Rights(Vec<UserId>),
    /// The rooms of a user who is not connected here.
    RoomsOf(UserId),
}

/// What was read.
pub(super) enum Resolved {
    /// None: there is no such user any more.
    Rights(Vec<(UserId, Option<Subject>)>),
    RoomsOf(UserId, Vec<RoomId>),
}

/// A read that is under way.
pub(super) type Resolving = Pin<Box<dyn Future<Output = Resolved> + Send>>;

/// Reads until the store answers: no event passes before the rights that it depends on are known.
pub(super) fn resolve(engine: Engine, need: Need) -> Resolving {
    Box::pin(async move {
        let mut backoff = Backoff::default();
        loop {
            match attempt(&engine, &need).await {
                Ok(resolved) => return resolved,
                Err(error) => backoff.wait("rights cannot be read", &error).await,
            }
        }
    })
}

async fn attempt(engine: &Engine, need: &Need) -> StoreResult<Resolved> {
    let store = engine.store();
    match need {
        Need::RoomsOf(user) => {
            let members = store.chat().memberships(*user).await?;
            let rooms = members.into_iter().map(|member| member.room).collect();
            Ok(Resolved::RoomsOf(*user, rooms))
        }
        Need::Rights(users) => {
            let reads = users.clone().into_iter().map(|user| {
                let store = store.clone();
                async move { store.access().subject(user).await.map(|subject| (user, subject)) }
            });
            let read: Vec<_> =
                stream::iter(reads).buffer_unordered(CONCURRENT_READS).collect().await;
            Ok(Resolved::Rights(read.into_iter().collect::<StoreResult<_>>()?))
        }
    }
}
