//! The mocks, used as a host would: what happens when a small port fails.

use std::{panic::AssertUnwindSafe, sync::Arc};

use erp_conformance::{
    Harness, TestBroadcaster, broadcaster,
    mocks::{MockBroadcaster, MockClock, MockIdGenerator, MockPasswordHasher},
};
use erp_core::{
    Conflict, Ctx, Engine, Error,
    access::{NewOwner, Password},
    port::{PasswordError, Signal, Store as _},
};
use erp_store_memory::MemoryStore;
use futures::stream;

fn owner() -> NewOwner {
    NewOwner {
        email: "ann@example.org".to_owned(),
        display_name: "Ann".to_owned(),
        password: Password::new("correct horse battery"),
    }
}

#[tokio::test]
async fn a_hasher_that_is_busy_is_told_as_a_rate_limit_and_nothing_is_written() {
    let mut passwords = MockPasswordHasher::new();
    passwords.expect_hash().times(1).returning(|_| Err(PasswordError::Busy));
    let store = Arc::new(MemoryStore::new());
    let engine = Engine::builder(store.clone()).passwords(Arc::new(passwords)).build().unwrap();
    let refused = engine.access().set_up(&Ctx::system(), owner()).await;
    assert!(matches!(refused, Err(Error::RateLimited { .. })), "{refused:?}");
    assert_eq!(store.access().is_empty().await, Ok(true));
}

#[tokio::test]
async fn x_1_ids_and_times_come_from_the_ports_alone() {
    let mut clock = MockClock::new();
    clock.expect_now().returning(Harness::start);
    let mut ids = MockIdGenerator::new();
    let same = uuid::Uuid::from_u128(0x7000_8000_0000_0000_0007);
    ids.expect_uuid().returning(move || same);
    let mut passwords = MockPasswordHasher::new();
    passwords
        .expect_hash()
        .returning(|_| Ok(erp_core::access::PasswordHash("$argon2id$".to_owned())));
    let store = Arc::new(MemoryStore::new());
    let engine = Engine::builder(store)
        .clock(Arc::new(clock))
        .ids(Arc::new(ids))
        .passwords(Arc::new(passwords))
        .build()
        .unwrap();
    let user = engine.access().set_up(&Ctx::system(), owner()).await.unwrap();
    assert_eq!((user.id.uuid(), user.created_at), (same, Harness::start()));
    let again = engine.access().set_up(&Ctx::system(), owner()).await;
    assert!(!matches!(again, Err(Error::Conflict(Conflict::Contention))), "{again:?}");
}

/// A broadcaster whose streams end after the first signal is caught.
#[test]
fn a_broadcaster_whose_streams_end_is_caught() {
    let ending = || async {
        let mut broadcaster = MockBroadcaster::new();
        broadcaster.expect_publish().returning(|_| Ok(()));
        broadcaster.expect_subscribe().returning(|| Ok(Box::pin(stream::iter([Signal::Wake]))));
        TestBroadcaster::new(vec![Arc::new(broadcaster)])
    };
    let run = || broadcaster::run("the_last_wake_is_never_lost", ending);
    assert!(std::panic::catch_unwind(AssertUnwindSafe(run)).is_err());
}
