//! The same request twice gives the first answer again (rule X-6).

use serde::Serialize;
use sha2::{Digest, Sha256};

use crate::{
    ctx::{Actor, Ctx, IdempotencyKey},
    error::{Error, Result},
    policy::Action,
};

/// The client's name for a request, what the request was, and what was answered. The key is the
/// actor's own: two actors may use the same text.
#[derive(Clone, Debug, PartialEq)]
pub struct Idempotency {
    /// Whose key.
    pub actor: Actor,
    /// The key.
    pub key: IdempotencyKey,
    /// SHA-256 over action and request.
    pub fingerprint: [u8; 32],
    /// The answer that a repeated request gets, without what the store allocates.
    pub answer: serde_json::Value,
}

impl Idempotency {
    /// Binds the call's key, if it has one, to the request and its answer.
    ///
    /// # Errors
    /// An internal error when request or answer cannot be written as JSON.
    pub fn of(
        ctx: &Ctx,
        action: Action,
        request: &impl Serialize,
        answer: &impl Serialize,
    ) -> Result<Option<Self>> {
        let Some(key) = ctx.idempotency_key.clone() else {
            return Ok(None);
        };
        Ok(Some(Self {
            actor: ctx.actor,
            key,
            fingerprint: fingerprint(action, request)?,
            answer: serde_json::to_value(answer).map_err(unwritable)?,
        }))
    }
}

/// What tells one request from another.
///
/// # Errors
/// An internal error when the request cannot be written as JSON.
pub(crate) fn fingerprint(action: Action, request: &impl Serialize) -> Result<[u8; 32]> {
    let request = serde_json::to_vec(&(action, request)).map_err(unwritable)?;
    Ok(Sha256::digest(request).into())
}

fn unwritable(error: serde_json::Error) -> Error {
    Error::Internal(error.to_string())
}
