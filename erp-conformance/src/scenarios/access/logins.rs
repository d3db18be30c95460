//! Logging in: who gets in, who has to wait, and what nobody learns.

use std::{
    sync::{
        Arc,
        atomic::{AtomicUsize, Ordering},
    },
    time::Duration,
};

use async_trait::async_trait;
use erp_core::{
    Ctx, Engine, Error,
    access::{DeviceInfo, LoginRequest, NewUser, PasswordHash},
    port::{PasswordError, PasswordHasher},
    system::Argon2Passwords,
};
use futures::future::join_all;

use super::{HOME, PASSWORD, attempt, from, id, log_in, member, new_user, view};
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

fn login_as(email: &str, password: &str) -> LoginRequest {
    LoginRequest {
        email: email.to_owned(),
        password: password.into(),
        device: DeviceInfo::default(),
    }
}

/// How long the answer says to wait.
fn wait(result: &Result<erp_core::access::LoginOutcome, Error>) -> Option<Duration> {
    match result {
        Err(Error::RateLimited { retry_after }) => Some(*retry_after),
        _ => None,
    }
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
        let login = engine.access().login(&from(HOME), login_as(email, password)).await;
        assert_eq!(login.err(), Some(Error::Unauthenticated), "{email:?}");
        assert_eq!(counting.checks.load(Ordering::SeqCst), number + 1, "{email:?}");
    }
    let login = engine.access().login(&from(HOME), login_as(" KNOWN@example.org ", PASSWORD)).await;
    login.expect("spelled another way it is the same address");
}

/// Five failures are free, then the waits double; a success forgets them.
pub async fn auth_4_failures_slow_down_until_a_success(h: Harness) {
    member(&h, "bob").await;
    for _ in 0..5 {
        let failed = attempt(&h, HOME, "bob", WRONG).await;
        assert_eq!(failed.err(), Some(Error::Unauthenticated));
    }
    for seconds in [1, 2, 4, 8] {
        let slowed = attempt(&h, HOME, "bob", PASSWORD).await;
        assert_eq!(wait(&slowed), Some(Duration::from_secs(seconds)), "even the right one waits");
        h.pass(seconds.cast_signed());
        let failed = attempt(&h, HOME, "bob", WRONG).await;
        assert_eq!(failed.err(), Some(Error::Unauthenticated), "being refused adds nothing");
    }
    h.pass(16);
    attempt(&h, HOME, "bob", PASSWORD).await.unwrap();
    let failed = attempt(&h, HOME, "bob", WRONG).await;
    assert_eq!(failed.err(), Some(Error::Unauthenticated));
    attempt(&h, HOME, "bob", PASSWORD).await.expect("one failure is free again");
    // Nobody waits for longer than the longest wait.
    for _ in 0..30 {
        let slowed = attempt(&h, HOME, "bob", WRONG).await;
        let seconds = wait(&slowed).map_or(0, |wait| wait.as_secs());
        assert!(seconds <= 900, "{seconds}");
        h.pass(seconds.cast_signed());
    }
    h.pass(900);
    attempt(&h, HOME, "bob", PASSWORD).await.unwrap();
}

/// An address that nobody has is slowed down exactly as one that somebody has.
pub async fn auth_4_unknown_addresses_slow_down_alike(h: Harness) {
    member(&h, "bob").await;
    for round in 0..60 {
        // From one network, then from many.
        let ip = if round < 20 { HOME.to_owned() } else { format!("198.51.{round}.1") };
        let known = attempt(&h, &ip, "bob", WRONG).await.err();
        let unknown = attempt(&h, &ip, "nobody", WRONG).await.err();
        assert_eq!(known, unknown, "round {round}");
        assert!(known.is_some());
        if round % 3 == 0 {
            h.pass(5);
        }
    }
}

/// However much a stranger fails elsewhere, the user gets in at once from where he is logged in,
/// and from a new place after the short wait for addresses. The stranger learns nothing by it.
pub async fn auth_4_failures_elsewhere_do_not_keep_the_user_out(h: Harness) {
    member(&h, "bob").await;
    log_in(&h, "bob").await;
    for number in 0..60 {
        for name in ["bob", "nobody"] {
            let failed = attempt(&h, &format!("198.51.{number}.1"), name, WRONG).await;
            assert!(failed.is_err());
        }
    }
    let (new_place, longest) = ("192.0.2.9", Duration::from_secs(30));
    let right = attempt(&h, new_place, "bob", PASSWORD).await;
    let right = wait(&right).expect("the address is slowed down");
    assert!(right <= longest, "{right:?}");
    for (ip, name) in [(new_place, "bob"), (new_place, "nobody"), (HOME, "bob"), (HOME, "nobody")] {
        let guess = attempt(&h, ip, name, WRONG).await;
        assert_eq!(wait(&guess), Some(right), "{name} from {ip}: a guess tells nothing");
    }
    attempt(&h, HOME, "bob", PASSWORD).await.expect("at once from home");
    for number in 60..120 {
        let failed = attempt(&h, &format!("198.51.{number}.1"), "bob", WRONG).await;
        assert!(failed.is_err());
    }
    h.pass(30);
    attempt(&h, "192.0.3.9", "bob", PASSWORD).await.expect("after the wait from anywhere");
}

/// Many at once get no more guesses than one after another.
pub async fn auth_4_attempts_at_once_get_no_more_guesses(h: Harness) {
    member(&h, "bob").await;
    let tries = (0..40).map(|_| {
        let engine = h.engine.clone();
        tokio::spawn(async move {
            engine.access().login(&from(HOME), login_as("bob@example.org", WRONG)).await
        })
    });
    let results: Vec<_> = join_all(tries).await.into_iter().map(Result::unwrap).collect();
    let judged =
        results.iter().filter(|result| matches!(result, Err(Error::Unauthenticated))).count();
    assert!((1..=5).contains(&judged), "{judged} guesses");
    assert!(results.iter().all(|result| {
        matches!(result, Err(Error::Unauthenticated | Error::RateLimited { .. }))
    }));
}

/// The secret stands in the answer to the login, and nowhere else.
pub async fn auth_5_a_token_is_told_once(h: Harness) {
    let bob = member(&h, "bob").await;
    let outcome = attempt(&h, HOME, "bob", PASSWORD).await.unwrap();
    let secret = outcome.token.expose().to_owned();
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
    let request = LoginRequest { device, ..login_as("bob@example.org", PASSWORD) };
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
