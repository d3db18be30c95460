//! A store that does not answer for a moment is asked again.

use std::time::Duration;

use erp_core::Error;

/// How often a store that does not answer is asked again, each time after a longer pause.
const ATTEMPTS: u32 = 6;
const FIRST_PAUSE: Duration = Duration::from_millis(200);

/// Does it, and again while the store does not answer. What is done twice must write once.
pub async fn patiently<T, F>(attempt: impl Fn() -> F) -> Result<T, Error>
where
    F: Future<Output = Result<T, Error>>,
{
    let mut pause = FIRST_PAUSE;
    for _ in 1..ATTEMPTS {
        match attempt().await {
            Err(Error::Unavailable(_)) => tokio::time::sleep(pause).await,
            done => return done,
        }
        pause *= 2;
    }
    attempt().await
}
