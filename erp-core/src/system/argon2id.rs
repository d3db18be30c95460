//! Passwords hashed with argon2id, on blocking threads, a bounded number at a time, in memory that is
//! taken once and used again.

use std::sync::{Arc, Mutex, PoisonError};

use argon2::{
    Algorithm, Argon2, Block, Params, Version,
    password_hash::phc::{Output, ParamsString, PasswordHash as Phc, Salt},
};
use async_trait::async_trait;
use tokio::sync::{OwnedSemaphorePermit, Semaphore};

use crate::{
    access::PasswordHash,
    port::{PasswordError, PasswordHasher},
};

/// Hashes that run at once, unless the host says otherwise; each needs [`MEMORY_KIB`].
const AT_ONCE: usize = 4;
/// Callers of each kind that may wait for their turn before the next one is told to come again.
const MAX_WAITING: usize = 64;
/// Memory for one hash: 19 MiB, with two passes and one lane (OWASP's recommendation).
const MEMORY_KIB: u32 = 19 * 1024;
const PASSES: u32 = 2;
const LANES: u32 = 1;
const SALT_BYTES: usize = 16;

/// The default [`PasswordHasher`]. It needs a tokio runtime.
///
/// So many hashes run at once as there are areas of memory (4, or as [`Self::at_most`] says), and no
/// area is given back: the process keeps at most their number times 19 MiB, however many log in. An
/// allocation for each hash would leave its memory behind in the arena of every thread that ever
/// hashed. A clone shares the areas: give one to every engine of a process.
///
/// One area is never for strangers, so that those who are known do not wait behind a flood of guesses
/// (AUTH-16). Of each kind 64 may wait; a caller that goes away leaves the queue.
#[derive(Clone, Debug)]
pub struct Argon2Passwords(Arc<Parts>);

#[derive(Debug)]
struct Parts {
    argon2: Argon2<'static>,
    /// Checked when there is no user, so that both cases take the same work.
    decoy: Phc,
    areas: Areas,
    /// A permit for each area.
    turns: Arc<Semaphore>,
    /// What strangers may have of them.
    strangers_turns: Arc<Semaphore>,
    /// Places in the two queues, those whose turn it is included.
    known: Arc<Semaphore>,
    strangers: Arc<Semaphore>,
}

/// The memory that is not in use. There are never more areas than turns.
#[derive(Debug)]
struct Areas {
    blocks: usize,
    free: Mutex<Vec<Vec<Block>>>,
}

/// Who waits for a hash.
#[derive(Clone, Copy)]
enum Caller {
    Known,
    Stranger,
}

/// A caller's place in its queue, and its turn.
struct Turn(#[expect(dead_code, reason = "held, not read")] [Option<OwnedSemaphorePermit>; 3]);

impl Argon2Passwords {
    /// With argon2id's parameters m = 19 MiB, t = 2, p = 1.
    ///
    /// # Errors
    /// [`PasswordError::Failed`] when argon2 refuses the parameters.
    pub fn new() -> Result<Self, PasswordError> {
        Self::with_params(MEMORY_KIB, PASSES, LANES)
    }

    /// The same, with at most so many hashes at once, of 19 MiB each.
    ///
    /// # Errors
    /// As [`Self::new`].
    pub fn at_most(at_once: usize) -> Result<Self, PasswordError> {
        Self::build((MEMORY_KIB, PASSES, LANES), at_once)
    }

    /// With other parameters: memory in KiB, passes, lanes. Tests use the least to be quick.
    ///
    /// # Errors
    /// As [`Self::new`].
    pub fn with_params(memory_kib: u32, passes: u32, lanes: u32) -> Result<Self, PasswordError> {
        Self::build((memory_kib, passes, lanes), AT_ONCE)
    }

    fn build(
        (memory_kib, passes, lanes): (u32, u32, u32),
        at_once: usize,
    ) -> Result<Self, PasswordError> {
        let params = Params::new(memory_kib, passes, lanes, None).map_err(failed)?;
        let areas = Areas { blocks: params.block_count(), free: Mutex::new(Vec::new()) };
        let argon2 = Argon2::new(Algorithm::Argon2id, Version::V0x13, params);
        let decoy = areas.lend(|area| hash_in(area, &argon2, b"no user has this password"))?;
        let at_once = at_once.max(1);
        let semaphore = |permits: usize| Arc::new(Semaphore::new(permits));
        Ok(Self(Arc::new(Parts {
            argon2,
            decoy,
            areas,
            turns: semaphore(at_once),
            strangers_turns: semaphore((at_once - 1).max(1)),
            known: semaphore(at_once + MAX_WAITING),
            strangers: semaphore(at_once + MAX_WAITING),
        })))
    }

    async fn run<T: Send + 'static>(
        &self,
        caller: Caller,
        work: impl FnOnce(&Parts, &mut Vec<Block>) -> Result<T, PasswordError> + Send + 'static,
    ) -> Result<T, PasswordError> {
        // Whoever is dropped while waiting gives the place back.
        let turn = self.0.turn(caller).await?;
        let parts = Arc::clone(&self.0);
        #[allow(clippy::disallowed_methods, reason = "the one adapter to blocking threads")]
        let hashing = tokio::task::spawn_blocking(move || {
            let result = parts.areas.lend(|area| work(&parts, area));
            // Held until the work ends, even when the caller has gone away.
            drop(turn);
            result
        });
        hashing.await.map_err(failed)?
    }

    async fn check(
        &self,
        caller: Caller,
        password: &str,
        hash: Option<&PasswordHash>,
    ) -> Result<bool, PasswordError> {
        let (password, hash) = (password.to_owned(), hash.cloned());
        self.run(caller, move |parts, area| match hash {
            Some(hash) => {
                let hash = Phc::new(&hash.0).map_err(failed)?;
                matches(area, password.as_bytes(), &hash)
            }
            None => matches(area, password.as_bytes(), &parts.decoy).map(|_| false),
        })
        .await
    }
}

impl Parts {
    async fn turn(&self, caller: Caller) -> Result<Turn, PasswordError> {
        let queue = match caller {
            Caller::Known => &self.known,
            Caller::Stranger => &self.strangers,
        };
        let place = Arc::clone(queue).try_acquire_owned().map_err(|_| PasswordError::Busy)?;
        let stranger = match caller {
            Caller::Known => None,
            Caller::Stranger => {
                let turns = Arc::clone(&self.strangers_turns);
                Some(turns.acquire_owned().await.map_err(failed)?)
            }
        };
        let turn = Arc::clone(&self.turns).acquire_owned().await.map_err(failed)?;
        Ok(Turn([Some(place), stranger, Some(turn)]))
    }
}

impl Areas {
    /// Does this work in an area of its own.
    fn lend<T>(&self, work: impl FnOnce(&mut Vec<Block>) -> T) -> T {
        let free = || self.free.lock().unwrap_or_else(PoisonError::into_inner);
        let idle = free().pop();
        let mut area = idle.unwrap_or_else(|| vec![Block::new(); self.blocks]);
        let result = work(&mut area);
        free().push(area);
        result
    }
}

#[async_trait]
impl PasswordHasher for Argon2Passwords {
    async fn hash(&self, password: &str) -> Result<PasswordHash, PasswordError> {
        let password = password.to_owned();
        self.run(Caller::Known, move |parts, area| {
            let hash = hash_in(area, &parts.argon2, password.as_bytes())?;
            Ok(PasswordHash(hash.to_string()))
        })
        .await
    }

    async fn verify(
        &self,
        password: &str,
        hash: Option<&PasswordHash>,
    ) -> Result<bool, PasswordError> {
        self.check(Caller::Stranger, password, hash).await
    }

    async fn verify_known(
        &self,
        password: &str,
        hash: Option<&PasswordHash>,
    ) -> Result<bool, PasswordError> {
        self.check(Caller::Known, password, hash).await
    }

    fn is_current(&self, hash: &PasswordHash) -> bool {
        let cost = |params: &Params| (params.m_cost(), params.t_cost(), params.p_cost());
        Phc::new(&hash.0).is_ok_and(|hash| {
            hash.algorithm.as_str() == Algorithm::Argon2id.as_str()
                && hash.version == Some(Version::V0x13.into())
                && Params::try_from(&hash)
                    .is_ok_and(|params| cost(&params) == cost(self.0.argon2.params()))
        })
    }
}

/// The password's hash, with a new salt.
fn hash_in(
    area: &mut Vec<Block>,
    argon2: &Argon2<'_>,
    password: &[u8],
) -> Result<Phc, PasswordError> {
    let mut salt = [0; SALT_BYTES];
    #[allow(clippy::disallowed_methods, reason = "the one adapter to randomness")]
    getrandom::fill(&mut salt).map_err(failed)?;
    let length = argon2.params().output_len().unwrap_or(Params::DEFAULT_OUTPUT_LEN);
    Ok(Phc {
        algorithm: Algorithm::Argon2id.ident(),
        version: Some(Version::V0x13.into()),
        params: ParamsString::try_from(argon2.params()).map_err(failed)?,
        salt: Some(Salt::new(&salt).map_err(failed)?),
        hash: Some(output(area, argon2, (password, &salt), length)?),
    })
}

/// Whether the password is the hash's, by the hash's own parameters.
fn matches(area: &mut Vec<Block>, password: &[u8], hash: &Phc) -> Result<bool, PasswordError> {
    let (Some(salt), Some(expected)) = (&hash.salt, &hash.hash) else {
        return Err(failed("the hash has no salt or no output"));
    };
    let algorithm = Algorithm::try_from(hash.algorithm.as_str()).map_err(failed)?;
    let version = hash.version.map(Version::try_from).transpose().map_err(failed)?;
    let params = Params::try_from(hash).map_err(failed)?;
    let argon2 = Argon2::new(algorithm, version.unwrap_or_default(), params);
    // Outputs are compared in constant time.
    Ok(output(area, &argon2, (password, salt), expected.len())? == *expected)
}

fn output(
    area: &mut Vec<Block>,
    argon2: &Argon2<'_>,
    (password, salt): (&[u8], &[u8]),
    length: usize,
) -> Result<Output, PasswordError> {
    let mut buffer = [0; Output::MAX_LENGTH];
    let out = buffer.get_mut(..length).ok_or_else(|| failed("the output is too long"))?;
    let needed = argon2.params().block_count();
    if needed > area.len() {
        // A hash of greater cost, from elsewhere: its memory goes back.
        let mut larger = vec![Block::new(); needed];
        argon2.hash_password_into_with_memory(password, salt, out, &mut larger).map_err(failed)?;
    } else {
        argon2.hash_password_into_with_memory(password, salt, out, area).map_err(failed)?;
    }
    Output::new(out).map_err(failed)
}

fn failed(error: impl std::fmt::Display) -> PasswordError {
    PasswordError::Failed(error.to_string())
}

#[cfg(test)]
mod tests {
    use argon2::{PasswordHasher as _, PasswordVerifier as _};
    use futures::{FutureExt as _, future::join_all};

    use super::*;

    fn quick() -> Argon2Passwords {
        Argon2Passwords::with_params(8, 1, 1).unwrap()
    }

    #[tokio::test]
    async fn a_password_is_checked_against_its_hash_alone() {
        let passwords = quick();
        let hash = passwords.hash("correct horse").await.unwrap();
        assert!(hash.0.starts_with("$argon2id$v=19$m=8,t=1,p=1$"), "{}", hash.0);
        assert_eq!(passwords.verify("correct horse", Some(&hash)).await, Ok(true));
        assert_eq!(passwords.verify("battery staple", Some(&hash)).await, Ok(false));
        assert_eq!(passwords.verify("no user has this password", None).await, Ok(false));
    }

    #[tokio::test]
    async fn auth_18_hashes_are_those_of_argon2_and_tell_whether_they_are_current() {
        let passwords = quick();
        let hash = passwords.hash("correct horse").await.unwrap();
        let argon2 = Argon2::default();
        assert!(argon2.verify_password(b"correct horse", hash.0.as_str()).is_ok());
        assert!(passwords.is_current(&hash));
        for (memory_kib, passes, lanes) in [(8, 2, 1), (64, 1, 1), (16, 1, 2)] {
            let params = Params::new(memory_kib, passes, lanes, None).unwrap();
            let argon2 = Argon2::new(Algorithm::Argon2id, Version::V0x13, params);
            let other = argon2.hash_password(b"correct horse").unwrap().to_string();
            let other = PasswordHash(other);
            assert_eq!(passwords.verify("correct horse", Some(&other)).await, Ok(true));
            assert_eq!(passwords.verify("another one", Some(&other)).await, Ok(false));
            assert!(!passwords.is_current(&other), "{}", other.0);
        }
        let unreadable = PasswordHash("$2b$12$bcrypt".to_owned());
        assert!(passwords.verify("correct horse", Some(&unreadable)).await.is_err());
        assert!(!passwords.is_current(&unreadable));
    }

    #[tokio::test(flavor = "multi_thread", worker_threads = 4)]
    async fn auth_20_areas_are_used_again_and_never_more_than_hashes_at_once() {
        let passwords = Argon2Passwords::build((8, 1, 1), 3).unwrap();
        let areas = || passwords.0.areas.free.lock().unwrap().len();
        for _ in 0..5 {
            let checks = (0..50).map(|_| passwords.verify("a guess", None));
            assert!(join_all(checks).await.into_iter().all(|check| check == Ok(false)));
            assert!((1..=3).contains(&areas()), "{}", areas());
        }
        let area = passwords.0.areas.free.lock().unwrap().pop().unwrap();
        assert_eq!(area.len(), 8);
    }

    /// All turns are taken, so what is asked for waits.
    async fn busy(passwords: &Argon2Passwords) -> Vec<Turn> {
        let mut turns = Vec::new();
        for _ in 0..AT_ONCE {
            turns.push(passwords.0.turn(Caller::Known).await.unwrap());
        }
        turns
    }

    #[tokio::test]
    async fn auth_20_a_full_queue_is_told_and_whoever_goes_away_leaves_it() {
        let passwords = quick();
        let turns = busy(&passwords).await;
        let mut waiting: Vec<_> = (0..AT_ONCE + MAX_WAITING)
            .map(|_| Box::pin(passwords.verify("a guess", None)))
            .collect();
        for one in &mut waiting {
            assert!(one.as_mut().now_or_never().is_none());
        }
        assert_eq!(passwords.verify("a guess", None).await, Err(PasswordError::Busy));
        waiting.pop();
        let mut late = Box::pin(passwords.verify("a guess", None));
        assert!(late.as_mut().now_or_never().is_none(), "there is a place again");
        drop((waiting, late));
        drop(turns);
        assert_eq!(passwords.verify("a guess", None).await, Ok(false));
    }

    #[tokio::test]
    async fn auth_16_a_flood_of_strangers_leaves_a_turn_to_the_known() {
        let passwords = quick();
        let mut turns = Vec::new();
        for _ in 0..AT_ONCE - 1 {
            turns.push(passwords.0.turn(Caller::Stranger).await.unwrap());
        }
        let mut strangers: Vec<_> =
            (0..MAX_WAITING + 1).map(|_| Box::pin(passwords.verify("a guess", None))).collect();
        for one in &mut strangers {
            assert!(one.as_mut().now_or_never().is_none());
        }
        assert_eq!(passwords.verify("a guess", None).await, Err(PasswordError::Busy));
        assert_eq!(passwords.verify_known("a guess", None).await, Ok(false));
        drop(turns);
        assert_eq!(join_all(strangers).await, vec![Ok(false); MAX_WAITING + 1]);
    }
}
