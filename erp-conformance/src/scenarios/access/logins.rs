//! Logging in: who gets in, who has to wait, and what nobody learns.

use std::{
    pin::pin,
    sync::{
        Arc,
        atomic::{AtomicUsize, Ordering},
    },
    time::Duration,
};

use async_trait::async_trait;
use chrono::TimeDelta;
use erp_core::{
    Ctx, Engine, EngineOptions, Error,
    access::{AccessOptions, DeviceInfo, DeviceToken, LoginRequest, NewUser, PasswordHash},
    port::{PasswordError, PasswordHasher},
    system::Argon2Passwords,
};
use futures::{
    future::{Either, join, join_all, select},
    stream::{FuturesUnordered, StreamExt as _},
};

use super::{
    HOME, PASSWORD, attempt, attempt_from, from, from_device, id, login_as, member, new_user,
    patiently, view,
};
use crate::Harness;

const WRONG: &str = "not the password";

/// Counts how often it was asked.
struct Counting {
    inner: Argon2Passwords,
    checks: AtomicUsize,
}

#[async_trait]
impl PasswordHasher for Counting {
    async fn hash(&self, password: &str) -> Result<PasswordHash, PasswordError> {
        self.inner.hash(password).await
    }

    async fn verify(
        &self,
        password: &str,
        hash: Option<&PasswordHash>,
    ) -> Result<bool, PasswordError> {
        self.checks.fetch_add(1, Ordering::SeqCst);
        self.inner.verify(password, hash).await
    }
}

fn request(email: &str, password: &str) -> LoginRequest {
    LoginRequest {
        email: email.to_owned(),
        password: password.into(),
        device: DeviceInfo::default(),
    }
}

/// How many seconds it took.
fn seconds(took: TimeDelta) -> i64 {
    took.num_seconds()
}

/// Unknown, wrong, shut out, deleted, without a password, not even an address: one answer, and one
/// password checked for each.
pub async fn auth_4_every_failure_has_the_same_answer_and_work(h: Harness) {
    let counting = Arc::new(Counting {
        inner: Argon2Passwords::with_params(8, 1, 1).unwrap(),
        checks: AtomicUsize::new(0),
    });
    let engine = Engine::builder(h.store.clone())
        .clock(h.clock.clone())
        .ids(h.ids.clone())
        .passwords(counting.clone())
        .build()
        .unwrap();
    member(&h, "known").await;
    let host = Ctx::system();
    let out = member(&h, "out").await;
    let version = view(&h, &out).await.version;
    engine.access().deactivate_user(&host, id(&out), version).await.unwrap();
    let gone = member(&h, "gone").await;
    let version = view(&h, &gone).await.version;
    engine.access().delete_user(&host, id(&gone), version).await.unwrap();
    let unset = NewUser { password: None, ..new_user("unset", &[]) };
    engine.access().create_user(&host, unset).await.unwrap();
    for (number, (email, password)) in [
        ("unknown@example.org", PASSWORD),
        ("known@example.org", WRONG),
        ("out@example.org", PASSWORD),
        ("gone@example.org", PASSWORD),
        ("unset@example.org", PASSWORD),
        ("unset@example.org", ""),
        ("not an address", PASSWORD),
        ("known@example.org\0", PASSWORD),
        ("", ""),
    ]
    .into_iter()
    .enumerate()
    {
        let login = engine.access().login(&from(HOME), request(email, password)).await;
        assert_eq!(login.err(), Some(Error::Unauthenticated), "{email:?}");
        assert_eq!(counting.checks.load(Ordering::SeqCst), number + 1, "{email:?}");
    }
    let login = engine.access().login(&from(HOME), request(" KNOWN@example.org ", PASSWORD)).await;
    login.expect("spelled another way it is the same address");
}

/// An address that nobody has is slowed down exactly as one that somebody has, also while its user logs
/// in: nobody learns by his own waits that there is one.
pub async fn auth_4_unknown_addresses_slow_down_alike(h: Harness) {
    member(&h, "bob").await;
    let device = attempt(&h, HOME, "bob", PASSWORD).await.unwrap().device_token.unwrap();
    for round in 0..40 {
        // From one network, then from many.
        let ip = if round < 20 { "198.51.100.7".to_owned() } else { format!("198.51.{round}.1") };
        let origin = from(&ip);
        let timed = async |name: &str| {
            let login = h.engine.access().login(&origin, login_as(name, WRONG)).await;
            (login.err(), h.now())
        };
        let ((known, unknown), _) = patiently(&h, join(timed("bob"), timed("nobody"))).await;
        assert_eq!(known, unknown, "round {round}");
        assert_eq!(known.0, Some(Error::Unauthenticated));
        if round % 3 == 0 {
            h.pass(5);
        }
        if round % 7 == 0 {
            attempt_from(&h, &from_device(HOME, &device), "bob", PASSWORD).await.0.unwrap();
        }
    }
}

/// Many at once are judged no sooner than as many one after another.
pub async fn auth_4_attempts_at_once_wait_as_one_after_another(h: Harness) {
    member(&h, "bob").await;
    let start = h.now();
    let tries = (0..40).map(|_| async {
        let login = h.engine.access().login(&from(HOME), login_as("bob", WRONG)).await;
        assert_eq!(login.err(), Some(Error::Unauthenticated));
        seconds(h.now() - start)
    });
    let (mut judged, _) = patiently(&h, join_all(tries)).await;
    judged.sort_unstable();
    // The clock may have gone on while one was judged: none is judged sooner, none waits for longer.
    let alone = [0, 0, 0, 0, 0, 1, 2, 4, 8].into_iter().chain([10; 31]);
    let sooner = judged.iter().zip(alone).find(|(judged, alone)| *judged < alone);
    assert_eq!(sooner, None, "{judged:?}");
    assert_eq!(judged.last(), Some(&10));
}

/// Five failures are free, then the waits double up to ten seconds; after them the right password opens.
pub async fn auth_16_failures_slow_down_and_the_right_password_opens(h: Harness) {
    member(&h, "bob").await;
    let mut waits = Vec::new();
    for _ in 0..12 {
        let (failed, took) = attempt_from(&h, &from(HOME), "bob", WRONG).await;
        assert_eq!(failed.err(), Some(Error::Unauthenticated));
        waits.push(seconds(took));
    }
    assert_eq!(waits, [0, 0, 0, 0, 0, 1, 2, 4, 8, 10, 10, 10]);
    let (opened, took) = attempt_from(&h, &from(HOME), "bob", PASSWORD).await;
    let device = opened.unwrap().device_token.unwrap();
    assert_eq!(seconds(took), 10);
    let (opened, took) = attempt_from(&h, &from_device(HOME, &device), "bob", PASSWORD).await;
    assert_eq!((opened.unwrap().known_device, seconds(took)), (true, 0));
    h.pass(10);
    let (opened, took) = attempt_from(&h, &from(HOME), "bob", PASSWORD).await;
    assert_eq!((opened.is_ok(), seconds(took)), (true, 0), "the time since the last one counts");
    h.pass(25 * 3_600);
    let (failed, took) = attempt_from(&h, &from(HOME), "bob", WRONG).await;
    assert_eq!((failed.is_err(), seconds(took)), (true, 0), "what is a day old is forgotten");
}

/// While strangers fail again and again, from ever new networks and from the owner's own: the known device
/// gets in at once, a new place within the longest wait.
pub async fn auth_16_the_owner_gets_in_whatever_strangers_try(h: Harness) {
    member(&h, "bob").await;
    let device = attempt(&h, HOME, "bob", PASSWORD).await.unwrap().device_token.unwrap();
    let access = h.engine.access();
    let longest = TimeDelta::seconds(10);
    for round in 0..4 {
        let start = h.now();
        let strangers = (0..30).map(|number| {
            // Ten from her own address, others from near and far.
            let ip = match number {
                0..10 => HOME.to_owned(),
                10..20 => format!("203.0.113.{number}"),
                _ => format!("198.{round}.{number}.1"),
            };
            let access = &access;
            async move { access.login(&from(&ip), login_as("bob", WRONG)).await }
        });
        let mut strangers = join_all(strangers);
        // The strangers wait, and nobody moves the clock on.
        for origin in [from_device(HOME, &device), from_device("192.0.2.9", &device)] {
            let owner = pin!(access.login(&origin, login_as("bob", PASSWORD)));
            match select(&mut strangers, owner).await {
                Either::Right((opened, _)) => assert!(opened.is_ok(), "{opened:?}"),
                Either::Left(_) => panic!("nobody held the strangers back"),
            }
        }
        assert_eq!(h.now(), start);
        let owners = [from(HOME), from(&format!("192.{round}.3.9"))];
        let owners = owners.iter().map(async |origin| {
            let opened = access.login(origin, login_as("bob", PASSWORD)).await;
            assert!(opened.is_ok(), "{origin:?}: {opened:?}");
            let took = h.now() - start;
            assert!(took <= longest, "{origin:?}: {took}");
        });
        let ((guesses, _), _) = patiently(&h, join(strangers, join_all(owners))).await;
        assert!(guesses.iter().all(|guess| matches!(guess, Err(Error::Unauthenticated))));
    }
}

/// Another's device, and one that was not used for half a year, are strangers.
pub async fn auth_16_a_device_is_its_users_and_not_for_ever(h: Harness) {
    member(&h, "bob").await;
    member(&h, "ada").await;
    let device = attempt(&h, HOME, "bob", PASSWORD).await.unwrap().device_token.unwrap();
    assert_eq!(device.expose().len(), 43, "256 bits");
    for name in ["bob", "ada"] {
        for _ in 0..30 {
            attempt(&h, "198.51.100.7", name, WRONG).await.unwrap_err();
        }
    }
    let origin = from_device("192.0.2.9", &device);
    let access = h.engine.access();
    assert_eq!(access.knows_device("bob@example.org", &device).await, Ok(true));
    for (email, token) in [
        ("ada@example.org", device.clone()),
        ("nobody@example.org", device.clone()),
        ("not an address", device.clone()),
        ("bob@example.org", DeviceToken::from_text("made up")),
    ] {
        assert_eq!(access.knows_device(email, &token).await, Ok(false), "{email}");
    }
    let (opened, took) = attempt_from(&h, &origin, "ada", PASSWORD).await;
    let opened = opened.unwrap();
    assert!(seconds(took) > 0 && !opened.known_device && opened.device_token.is_some());
    let (opened, took) = attempt_from(&h, &origin, "bob", PASSWORD).await;
    let opened = opened.unwrap();
    assert!(seconds(took) == 0 && opened.known_device && opened.device_token.is_none());
    let days = |days| h.clock.advance(TimeDelta::days(days));
    days(179);
    assert!(attempt_from(&h, &origin, "bob", PASSWORD).await.0.unwrap().known_device);
    days(179);
    assert!(attempt_from(&h, &origin, "bob", PASSWORD).await.0.unwrap().known_device);
    days(180);
    assert!(!attempt_from(&h, &origin, "bob", PASSWORD).await.0.unwrap().known_device);
}

/// Whoever has got hold of a device guesses as slowly as others do, and its user's other places are open.
pub async fn auth_16_a_guesser_with_the_device_slows_down_himself_alone(h: Harness) {
    member(&h, "bob").await;
    let stolen = attempt(&h, HOME, "bob", PASSWORD).await.unwrap().device_token.unwrap();
    let kept = attempt(&h, HOME, "bob", PASSWORD).await.unwrap().device_token.unwrap();
    let mut waits = Vec::new();
    for _ in 0..10 {
        let (failed, took) = attempt_from(&h, &from_device(HOME, &stolen), "bob", WRONG).await;
        assert_eq!(failed.err(), Some(Error::Unauthenticated));
        waits.push(seconds(took));
    }
    assert_eq!(waits, [0, 0, 0, 0, 0, 1, 2, 4, 8, 10]);
    for origin in [from_device(HOME, &kept), from(HOME)] {
        let (opened, took) = attempt_from(&h, &origin, "bob", PASSWORD).await;
        assert_eq!((opened.is_ok(), seconds(took)), (true, 0), "{origin:?}");
    }
    let (opened, took) = attempt_from(&h, &from_device(HOME, &stolen), "bob", PASSWORD).await;
    assert_eq!((opened.is_ok(), seconds(took)), (true, 10));
    let (failed, took) = attempt_from(&h, &from_device(HOME, &stolen), "bob", WRONG).await;
    assert_eq!((failed.is_err(), seconds(took)), (true, 0), "the right one forgives");
}

/// So many are held back at the same time; the next one is told to come again, whoever he is.
pub async fn auth_16_so_many_wait_and_no_more(h: Harness) {
    let access = AccessOptions { login_max_waiting: 3, ..AccessOptions::default() };
    let h = h.with_options(EngineOptions { access, ..EngineOptions::default() });
    member(&h, "bob").await;
    for name in ["bob", "nobody"] {
        let (access, home) = (h.engine.access(), from(HOME));
        let guesses = (0..12).map(|_| access.login(&home, login_as(name, WRONG)));
        let mut guesses: FuturesUnordered<_> = guesses.collect();
        // The clock stands still until nobody is left but those who are held back: when one of them
        // goes on, his place is free.
        let at_once: Vec<_> = guesses.by_ref().take(5 + 4).map(Result::err).collect().await;
        let refused = Error::RateLimited { retry_after: Duration::from_secs(1) };
        let count = |error: &Error| at_once.iter().flatten().filter(|it| *it == error).count();
        assert_eq!(count(&Error::Unauthenticated), 5, "{name}");
        assert_eq!(count(&refused), 4, "{name}");
        let held = guesses.map(Result::err).collect::<Vec<_>>();
        let (held, took) = patiently(&h, held).await;
        assert_eq!(held, [const { Some(Error::Unauthenticated) }; 3], "{name}");
        assert!(seconds(took) > 0, "{name}");
    }
}

/// The secret stands in the answer to the login, and nowhere else.
pub async fn auth_5_a_token_is_told_once(h: Harness) {
    let bob = member(&h, "bob").await;
    let outcome = attempt(&h, HOME, "bob", PASSWORD).await.unwrap();
    let secret = outcome.token.expose().to_owned();
    let device = outcome.device_token.clone().unwrap().expose().to_owned();
    assert_eq!(secret.len(), 43, "256 bits");
    let known = h.engine.access().authenticate(&from(HOME), &outcome.token).await.unwrap();
    let listed = h.engine.access().sessions(&known.ctx, id(&bob)).await.unwrap();
    let events: Vec<_> = h.events().await.iter().map(|event| format!("{event:?}")).collect();
    for text in [
        format!("{outcome:?} {known:?} {listed:?}"),
        serde_json::to_string(&listed).unwrap(),
        serde_json::to_string(&h.audit().await).unwrap(),
        events.join(" "),
    ] {
        assert!(!text.contains(&secret) && !text.contains(PASSWORD), "{text}");
        assert!(!text.contains(&device), "{text}");
    }
    let other = attempt(&h, HOME, "bob", PASSWORD).await.unwrap();
    assert_ne!(other.token.expose(), secret);
}

/// The device and the network are kept, the rest of the address is not.
pub async fn a_login_tells_its_device(h: Harness) {
    let bob = member(&h, "bob").await;
    let device = DeviceInfo {
        name: Some("Bob's phone".to_owned()),
        user_agent: Some(format!("a\0{}", "ü".repeat(400))),
    };
    let request = LoginRequest { device, ..login_as("bob", PASSWORD) };
    let outcome = h.engine.access().login(&from("203.0.113.77"), request).await.unwrap();
    let kept = h.store.sessions().of_user(id(&bob)).await.unwrap().remove(0);
    assert_eq!(kept, outcome.session);
    assert_eq!(kept.ip, Some([203, 0, 113, 0].into()));
    assert_eq!(kept.device.name.as_deref(), Some("Bob's phone"));
    let agent = kept.device.user_agent.unwrap();
    assert!(agent.len() <= 500 && agent.starts_with("aü"), "{agent}");
    let entry = &h.audit().await[0];
    assert_eq!((entry.ip, entry.session), (kept.ip, Some(kept.id)));
    assert_eq!(outcome.user.email.unwrap().as_str(), "bob@example.org");
}
