//! Headers that all or many requests may have.

use utoipa::IntoParams;

/// The header that makes a request safe to repeat.
#[derive(IntoParams)]
#[into_params(parameter_in = Header)]
pub(crate) struct IdempotencyHeader {
    /// The client's name for this request, 1 to 128 visible ASCII characters: within 24 hours the
    /// same key with the same request gets the first answer again, with another one a conflict.
    #[param(rename = "Idempotency-Key", value_type = String, required = false)]
    key: Option<String>,
}

/// The header by which a broadcast spares the connection that sends it.
#[derive(IntoParams)]
#[into_params(parameter_in = Header)]
pub(crate) struct ConnectionHeader {
    /// The id of the sender's own live connection, from its `hello`: it does not get the broadcast.
    #[param(rename = "X-Connection-Id", value_type = String, required = false)]
    connection: Option<String>,
}
