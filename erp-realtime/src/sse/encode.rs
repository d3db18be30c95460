//! Server-sent events, written.

use bytes::{BufMut, BytesMut};

/// An event that cannot be written.
#[derive(Clone, Copy, Debug, PartialEq, Eq, thiserror::Error)]
pub enum EncodeError {
    /// An id or an event name with a line break, or an id with NUL (readers drop such an id).
    #[error("an id or an event name must be one line, an id without NUL")]
    Field,
}

/// Appends an event.
///
/// The format has no way to write CR: a CR or CRLF in `data` arrives as LF. What must arrive
/// unchanged is sent as JSON, which writes all of them as escapes.
///
/// # Errors
/// [`EncodeError::Field`]; then nothing was appended.
pub fn encode(
    id: Option<&str>,
    event: Option<&str>,
    data: &str,
    out: &mut BytesMut,
) -> Result<(), EncodeError> {
    let breaks = |text: &str| text.contains(['\n', '\r']);
    if id.is_some_and(|id| breaks(id) || id.contains('\0')) || event.is_some_and(breaks) {
        return Err(EncodeError::Field);
    }
    for (name, value) in [("id", id), ("event", event)] {
        if let Some(value) = value {
            line(name, value.as_bytes(), out);
        }
    }
    let mut rest = data;
    while let Some(end) = rest.find(['\n', '\r']) {
        line("data", &rest.as_bytes()[..end], out);
        let broken = &rest[end..];
        rest = broken.strip_prefix("\r\n").unwrap_or(&broken[1..]);
    }
    line("data", rest.as_bytes(), out);
    out.put_u8(b'\n');
    Ok(())
}

/// Appends a frame whose JSON has no line break, as JSON from serde never has.
pub(crate) fn write_json(id: Option<&str>, json: &[u8], out: &mut BytesMut) {
    if let Some(id) = id {
        line("id", id.as_bytes(), out);
    }
    line("data", json, out);
    out.put_u8(b'\n');
}

/// The hint how long to wait before connecting again.
pub(crate) fn write_retry(retry_ms: u64, out: &mut BytesMut) {
    line("retry", retry_ms.to_string().as_bytes(), out);
    out.put_u8(b'\n');
}

// The space after the colon belongs to the format: a value that starts with one keeps its own.
fn line(name: &str, value: &[u8], out: &mut BytesMut) {
    out.put_slice(name.as_bytes());
    out.put_slice(b": ");
    out.put_slice(value);
    out.put_u8(b'\n');
}
