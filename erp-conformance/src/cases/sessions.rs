//! Sessions, and the memory of failed logins.

use chrono::TimeDelta;
use erp_core::{
    access::{
        AccessChange, DeviceToken, KnownDevice, LoginFailures, RevokedSessions, Session,
        SessionRow, SessionToken, UserStatus,
    },
    ids::{SessionId, UserId},
    port::IdGenerator as _,
};

use super::support::{exists, missing};

use crate::Harness;

async fn of_user(h: &Harness, user: UserId) -> Vec<Session> {
    h.store.sessions().of_user(user).await.expect("a read")
}

async fn last_used(h: &Harness, id: SessionId) -> erp_core::time::Timestamp {
    let row = h.store.sessions().by_id(id).await.expect("a read");
    row.expect("the session exists").session.last_used_at
}

/// `SessionStore::by_token`, `by_id`: the session as it was given, with its user's status.
pub async fn a_session_is_found_by_its_token_and_by_its_id(h: Harness) {
    let ann = h.user("ann").await;
    let (mut session, token) = h.new_session(ann.id);
    session.device.user_agent = Some("Grüße/1.0".to_owned());
    session.ip = Some("2001:db8:85a3::".parse().expect("an address"));
    let change = AccessChange::CreateSession { session: session.clone(), token: token.hash() };
    h.commit(change).await;
    for status in [UserStatus::Active, UserStatus::Deactivated, UserStatus::Deleted] {
        if status != UserStatus::Active {
            h.set_status(ann.id, status).await;
        }
        let row = Some(SessionRow { session: session.clone(), status });
        assert_eq!(h.store.sessions().by_token(&token.hash()).await, Ok(row.clone()));
        assert_eq!(h.store.sessions().by_id(session.id).await, Ok(row));
    }
    let unknown = SessionToken::from_random(h.ids.secret());
    assert_eq!(h.store.sessions().by_token(&unknown.hash()).await, Ok(None));
    assert_eq!(h.store.sessions().by_id(SessionId::generate(&*h.ids)).await, Ok(None));
}

/// `SessionStore::of_user`: a user's own, the newest first, by creation, then id.
pub async fn sessions_are_listed_newest_first_with_ties(h: Harness) {
    let (ann, bob) = (h.user("ann").await, h.user("bob").await);
    let mut expected = Vec::new();
    for n in 0..6 {
        if n % 2 == 0 {
            h.pass(60);
        }
        expected.push(h.session(ann.id).await.0);
        h.session(bob.id).await;
    }
    expected.sort_by_key(|session| std::cmp::Reverse((session.created_at, session.id)));
    assert_eq!(of_user(&h, ann.id).await, expected);
    assert_eq!(of_user(&h, h.new_user("nobody").id).await, []);
}

/// AUTH-1: `RevokeSessions` ends all, all but one, or one; others' sessions stay.
pub async fn auth_1_sessions_end_all_all_but_one_or_one(h: Harness) {
    let (ann, bob) = (h.user("ann").await, h.user("bob").await);
    let (of_bob, _) = h.session(bob.id).await;
    let revoke = async |which| {
        h.commit(AccessChange::RevokeSessions { user: ann.id, which }).await;
        let mut left: Vec<_> = of_user(&h, ann.id).await.iter().map(|one| one.id).collect();
        left.sort_unstable();
        left
    };
    let mut made = Vec::new();
    for _ in 0..4 {
        made.push(h.session(ann.id).await);
    }
    let ids: Vec<_> = made.iter().map(|(session, _)| session.id).collect();
    assert_eq!(revoke(RevokedSessions::Only(of_bob.id)).await, ids, "not one of hers");
    assert_eq!(revoke(RevokedSessions::Only(ids[1])).await, [ids[0], ids[2], ids[3]]);
    assert_eq!(h.store.sessions().by_token(&made[1].1.hash()).await, Ok(None));
    assert_eq!(h.store.sessions().by_id(ids[1]).await, Ok(None));
    assert_eq!(revoke(RevokedSessions::AllBut(ids[2])).await, [ids[2]]);
    assert_eq!(revoke(RevokedSessions::AllBut(ids[0])).await, [], "that one is gone");
    h.session(ann.id).await;
    assert_eq!(revoke(RevokedSessions::All).await, []);
    assert_eq!(of_user(&h, bob.id).await, [of_bob]);
}

/// `SessionStore::touch`: it never moves `last_used_at` back, and a session that is gone is no error.
pub async fn a_touch_never_moves_back(h: Harness) {
    let ann = h.user("ann").await;
    let (session, _) = h.session(ann.id).await;
    let (other, _) = h.session(ann.id).await;
    let start = h.now();
    for (seconds, expected) in [(60, 60), (30, 60), (60, 60), (-600, 60), (61, 61)] {
        let at = start + TimeDelta::seconds(seconds);
        h.store.sessions().touch(session.id, at).await.expect("a touch");
        let expected = start + TimeDelta::seconds(expected);
        assert_eq!(last_used(&h, session.id).await, expected, "{seconds}");
    }
    assert_eq!(last_used(&h, other.id).await, other.last_used_at);
    let gone = SessionId::generate(&*h.ids);
    assert_eq!(h.store.sessions().touch(gone, h.now()).await, Ok(()));
    assert_eq!(h.store.sessions().by_id(gone).await, Ok(None));
}

/// `SessionStore::touch`: of touches at once the latest stays.
pub async fn of_touches_at_once_the_latest_stays(h: Harness) {
    let ann = h.user("ann").await;
    let (session, _) = h.session(ann.id).await;
    let start = h.now();
    let touches = (1..=16).map(|n| {
        let (store, id) = (h.store.clone(), session.id);
        let at = start + TimeDelta::seconds((n * 5) % 17);
        async move { store.sessions().touch(id, at).await.expect("a touch") }
    });
    super::support::at_once(touches.collect::<Vec<_>>()).await;
    assert_eq!(last_used(&h, session.id).await, start + TimeDelta::seconds(16));
}

/// `SessionStore::record_failure`: failures are counted by key; one whose last is before the limit
/// starts again at one; clearing forgets.
pub async fn failures_are_counted_by_key_and_forgotten(h: Harness) {
    let sessions = h.store.sessions();
    let none = LoginFailures { count: 0, last_at: None };
    assert_eq!(sessions.failures("ann|203.0.113.0").await, Ok(none));
    let start = h.now();
    let forget = start - TimeDelta::hours(24);
    for count in 1..=4 {
        let at = h.pass(60);
        let expected = LoginFailures { count, last_at: Some(at) };
        assert_eq!(sessions.record_failure("ann", at, forget).await, Ok(expected));
        assert_eq!(sessions.failures("ann").await, Ok(expected));
    }
    assert_eq!(sessions.failures("Ann").await, Ok(none), "keys are compared letter by letter");
    let last = h.now();
    let at = h.pass(60);
    let again = LoginFailures { count: 5, last_at: Some(at) };
    assert_eq!(sessions.record_failure("ann", at, last).await, Ok(again), "not before the limit");
    let at = h.pass(60);
    let anew = LoginFailures { count: 1, last_at: Some(at) };
    assert_eq!(sessions.record_failure("ann", at, at).await, Ok(anew));
    sessions.record_failure("bob", at, forget).await.expect("it is noted");
    sessions.clear_failures("ann").await.expect("they are forgotten");
    sessions.clear_failures("nobody").await.expect("there is nothing to forget");
    assert_eq!(sessions.failures("ann").await, Ok(none));
    assert_eq!(sessions.failures("bob").await, Ok(anew));
}

/// `SessionStore::record_failure`: of failures at once none is lost, and each is told its number.
pub async fn of_failures_at_once_none_is_lost(h: Harness) {
    let (at, forget) = (h.now(), h.now() - TimeDelta::hours(24));
    let failures = (0..16).map(|_| {
        let store = h.store.clone();
        async move { store.sessions().record_failure("ann", at, forget).await }
    });
    let told = super::support::at_once(failures.collect::<Vec<_>>()).await;
    let mut counts: Vec<_> =
        told.iter().map(|one| one.as_ref().expect("it is noted").count).collect();
    counts.sort_unstable();
    assert_eq!(counts, (1..=16).collect::<Vec<_>>());
}

/// `SessionStore::take_back_failure`: one failure less, never less than none, and the last instant stays.
pub async fn auth_16_an_attempt_that_was_good_is_taken_back(h: Harness) {
    let sessions = h.store.sessions();
    let (at, forget) = (h.now(), h.now() - TimeDelta::hours(24));
    sessions.take_back_failure("ann").await.expect("there is nothing to take back");
    assert_eq!(sessions.failures("ann").await, Ok(LoginFailures::default()));
    for _ in 0..2 {
        sessions.record_failure("ann", at, forget).await.expect("it is noted");
    }
    sessions.record_failure("bob", at, forget).await.expect("it is noted");
    for left in [1, 0, 0] {
        sessions.take_back_failure("ann").await.expect("it is taken back");
        let expected = LoginFailures { count: left, last_at: Some(at) };
        assert_eq!(sessions.failures("ann").await, Ok(expected));
    }
    let other = LoginFailures { count: 1, last_at: Some(at) };
    assert_eq!(sessions.failures("bob").await, Ok(other));
    let later = h.pass(60);
    let again = LoginFailures { count: 1, last_at: Some(later) };
    assert_eq!(sessions.record_failure("ann", later, forget).await, Ok(again));
}

/// `SessionStore::take_back_failure`: of many at once with as many failures none is lost.
pub async fn auth_16_of_attempts_taken_back_at_once_none_is_lost(h: Harness) {
    let (at, forget) = (h.now(), h.now() - TimeDelta::hours(24));
    for _ in 0..16 {
        h.store.sessions().record_failure("ann", at, forget).await.expect("it is noted");
    }
    let both = (0..32).map(|number| {
        let store = h.store.clone();
        async move {
            let sessions = store.sessions();
            match number % 2 {
                0 => sessions.record_failure("ann", at, forget).await.map(drop),
                _ => sessions.take_back_failure("ann").await,
            }
        }
    });
    for done in super::support::at_once(both.collect::<Vec<_>>()).await {
        done.expect("it is noted");
    }
    let left = LoginFailures { count: 16, last_at: Some(at) };
    assert_eq!(h.store.sessions().failures("ann").await, Ok(left));
}

fn new_device(h: &Harness, user: UserId) -> KnownDevice {
    KnownDevice {
        token: DeviceToken::from_random(h.ids.secret()).hash(),
        user,
        session: SessionId::generate(&*h.ids),
        created_at: h.now(),
        last_used_at: h.now(),
        expires_at: h.now() + TimeDelta::days(1),
    }
}

/// `AccessChange::RememberDevice`, `ForgetDevice`: a device is its user's; set anew it keeps its
/// beginning; a user's are listed by their last use.
pub async fn auth_16_a_device_is_remembered_and_forgotten(h: Harness) {
    let (ann, bob) = (h.user("ann").await, h.user("bob").await);
    let sessions = h.store.sessions();
    let mut devices = Vec::new();
    for n in 0..5 {
        if n % 2 == 0 {
            h.pass(60);
        }
        let device = new_device(&h, ann.id);
        h.commit(AccessChange::RememberDevice(device.clone())).await;
        assert_eq!(sessions.device(&device.token).await, Ok(Some(device.clone())));
        devices.push(device);
    }
    h.commit(AccessChange::RememberDevice(new_device(&h, bob.id))).await;
    let listed = |devices: &[KnownDevice]| {
        let mut devices = devices.to_vec();
        devices.sort_by_key(|one| std::cmp::Reverse((one.last_used_at, one.token)));
        devices
    };
    assert_eq!(sessions.devices_of(ann.id).await, Ok(listed(&devices)));
    h.pass(60);
    let again = KnownDevice { created_at: devices[1].created_at, ..new_device(&h, ann.id) };
    devices[1] = KnownDevice { token: devices[1].token, ..again };
    let told = KnownDevice { created_at: h.now(), ..devices[1].clone() };
    h.commit(AccessChange::RememberDevice(told)).await;
    assert_eq!(sessions.devices_of(ann.id).await, Ok(listed(&devices)));
    let token = devices[0].token;
    let stolen = KnownDevice { token, ..new_device(&h, bob.id) };
    assert_eq!(h.try_commit(AccessChange::RememberDevice(stolen)).await, exists("device"));
    let nobody = new_device(&h, h.new_user("nobody").id);
    assert_eq!(h.try_commit(AccessChange::RememberDevice(nobody)).await, missing("user"));
    h.commit(AccessChange::ForgetDevice { user: bob.id, token }).await;
    assert_eq!(sessions.device(&token).await, Ok(Some(devices[0].clone())), "not one of his");
    for _ in 0..2 {
        h.commit(AccessChange::ForgetDevice { user: ann.id, token }).await;
    }
    assert_eq!(sessions.device(&token).await, Ok(None));
    assert_eq!(sessions.devices_of(ann.id).await, Ok(listed(&devices[1..])));
    let left = &devices[1..];
    let limit = h.now() + TimeDelta::days(1);
    let gone = h.store.maintenance().purge_sessions(limit).await;
    let old = left.iter().filter(|device| device.expires_at < limit).count();
    let with_bobs = u64::try_from(old + 1).expect("few");
    assert_eq!(gone, Ok(with_bobs), "those that expired before it");
    assert_eq!(sessions.devices_of(ann.id).await, Ok(vec![devices[1].clone()]));
}
