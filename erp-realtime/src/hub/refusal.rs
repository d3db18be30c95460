//! Why a live connection is not opened.

use erp_core::{
    Error,
    error::{Problem, Result},
};

use crate::frame::{Bye, ByeCode};

/// Why a live connection is not opened, before any frame.
#[derive(Clone, Debug, PartialEq, thiserror::Error)]
pub enum Refusal {
    /// The session is over, or the user is shut out.
    #[error("log in first")]
    Unauthenticated,
    /// The user has as many live connections as he may.
    #[error("too many live connections of this user")]
    TooManyOfUser,
    /// This process has as many live connections as it may.
    #[error("too many live connections")]
    TooMany,
    /// The user belongs to more rooms than a stream carries.
    #[error("too many rooms for one stream")]
    TooManyRooms,
    /// This process stops.
    #[error("shutting down")]
    ShuttingDown,
    /// The store does not answer.
    #[error("temporarily unavailable")]
    Unavailable(String),
    /// The request is no WebSocket handshake.
    #[error("not a WebSocket handshake: {0}")]
    Handshake(&'static str),
    /// A WebSocket of another version.
    #[error("only version 13 of the WebSocket protocol is spoken")]
    Version,
    /// A request that must be upgraded was not.
    #[error("this address speaks WebSocket")]
    UpgradeRequired,
}

impl Refusal {
    /// The row of the HTTP table for this refusal.
    pub fn problem(&self) -> Problem {
        let (status, code, title, retry_after_s) = match self {
            Self::Unauthenticated => return Error::Unauthenticated.problem(),
            Self::Unavailable(text) => return Error::Unavailable(text.clone()).problem(),
            Self::TooManyOfUser => (429, "too_many_connections", "Too many connections", Some(30)),
            Self::TooMany => (503, "too_many_connections", "Too many connections", Some(5)),
            Self::TooManyRooms => (409, "too_many_rooms", "Too many rooms for one stream", None),
            Self::ShuttingDown => (503, "shutting_down", "Shutting down", Some(1)),
            Self::Handshake(_) => (400, "handshake", "Not a WebSocket handshake", None),
            Self::Version | Self::UpgradeRequired => {
                (426, "upgrade_required", "WebSocket version 13 required", None)
            }
        };
        Problem {
            kind: format!("urn:erp:problem:{code}"),
            title,
            status,
            code,
            detail: self.to_string(),
            errors: Vec::new(),
            conflict: None,
            retry_after_s,
        }
    }

    /// The last frame of a connection that is refused after the upgrade.
    pub(crate) fn bye(&self) -> Bye {
        match self {
            Self::Unauthenticated => Bye::terminal(ByeCode::Revoked),
            Self::TooManyOfUser | Self::TooMany => Bye::retry(ByeCode::Limit, 30_000),
            Self::TooManyRooms => Bye::terminal(ByeCode::Limit),
            Self::ShuttingDown | Self::Unavailable(_) => Bye::retry(ByeCode::Shutdown, 1_000),
            Self::Handshake(_) | Self::Version | Self::UpgradeRequired => {
                Bye::terminal(ByeCode::Protocol)
            }
        }
    }
}

impl From<Error> for Refusal {
    fn from(error: Error) -> Self {
        match error {
            Error::Unauthenticated | Error::Forbidden { .. } | Error::NotFound { .. } => {
                Self::Unauthenticated
            }
            other => Self::Unavailable(other.to_string()),
        }
    }
}

/// The result of setting up a connection.
pub(crate) type Attempt<T = ()> = Result<T, Refusal>;
