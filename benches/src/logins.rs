//! What logins keep of memory: the resident set after bursts and after many logins.

use std::{net::IpAddr, sync::Arc};

use anyhow::{Context as _, Result, ensure};
use erp_core::{
    Ctx, Engine, Error,
    access::{DeviceInfo, LoginRequest, NewOwner, Password, RequestOrigin},
    system::Argon2Passwords,
};
use erp_store_memory::MemoryStore;
use futures::{StreamExt as _, stream};

use crate::report::Figure;

/// Hashes at once.
const CAP: usize = 4;
/// Memory of one hash.
const AREA_MIB: f64 = 19.0;
/// What the rest of a process may grow by: threads, buffers, what the store keeps of sessions.
const REST_MIB: f64 = 16.0;
const BURST: usize = 20;
const MANY: usize = 1_000;
const EMAIL: &str = "owner@bench.invalid";
const PASSWORD: &str = "a long enough password";

/// Measures, and fails when more stays than the areas' memory.
pub async fn run() -> Result<()> {
    let engine = Engine::builder(Arc::new(MemoryStore::new()))
        .passwords(Arc::new(Argon2Passwords::at_most(CAP)?))
        .build()?;
    let owner = NewOwner {
        email: EMAIL.to_owned(),
        display_name: "Owner".to_owned(),
        password: Password::new(PASSWORD),
    };
    let before = resident_mib()?;
    engine.access().set_up(&Ctx::system(), owner).await?;
    Figure::print_head();
    let mut done = 0;
    let mut kept = Vec::new();
    for logins in [BURST, BURST, MANY] {
        log_in(&engine, done, logins).await?;
        done += logins;
        kept.push(report(done, before)?);
    }
    log_in(&engine, done, MANY).await?;
    kept.push(report(done + MANY, before)?);
    let most = kept.iter().copied().fold(0.0, f64::max);
    let allowed = AREA_MIB * mib(CAP);
    ensure!(most <= allowed + REST_MIB, "{most:.0} MiB stay, of {allowed:.0}");
    let growth = kept[3] - kept[2];
    ensure!(growth <= 2.0, "{growth:.1} MiB more after {MANY} more logins");
    Ok(())
}

/// So many logins, 20 at once, half of them wrong: each of those of an address of its own, so that
/// nothing but the hashing takes time.
async fn log_in(engine: &Engine, first: usize, logins: usize) -> Result<()> {
    let attempts = (first..first + logins).map(|number| async move {
        let right = number % 2 == 0;
        let email = if right { EMAIL.to_owned() } else { format!("guess-{number}@bench.invalid") };
        let octets = u32::try_from(number).unwrap_or_default().to_be_bytes();
        let origin = RequestOrigin { ip: Some(IpAddr::from(octets)), ..Default::default() };
        let password = Password::new(PASSWORD);
        let request = LoginRequest { email, password, device: DeviceInfo::default() };
        match engine.access().login(&origin, request).await {
            Ok(_) if right => Ok(()),
            Err(Error::Unauthenticated) if !right => Ok(()),
            other => Err(anyhow::anyhow!("login {number}: {other:?}")),
        }
    });
    let answers: Vec<Result<()>> = stream::iter(attempts).buffer_unordered(BURST).collect().await;
    answers.into_iter().collect()
}

fn report(logins: usize, before: f64) -> Result<f64> {
    let kept = resident_mib()? - before;
    Figure {
        what: format!("memory kept after {logins} logins, 20 at once"),
        ours: kept,
        baseline: AREA_MIB * mib(CAP),
        unit: "MiB",
        target: "≤ 1, and flat",
    }
    .print();
    Ok(kept)
}

/// The process's resident set, as Linux tells it.
fn resident_mib() -> Result<f64> {
    let pages = std::fs::read_to_string("/proc/self/statm").context("this figure needs Linux")?;
    let pages: usize = pages.split(' ').nth(1).context("statm has two fields")?.parse()?;
    Ok(mib(pages) * 4096.0 / 1_048_576.0)
}

#[expect(clippy::cast_precision_loss, reason = "far below 2^52")]
fn mib(number: usize) -> f64 {
    number as f64
}
