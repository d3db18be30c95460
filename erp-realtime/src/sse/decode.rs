//! Server-sent events, read, as the HTML standard says.

use std::str::from_utf8;

/// An event as a reader sees it.
#[derive(Clone, Debug, Default, PartialEq, Eq)]
pub struct SseEvent {
    /// The last id so far.
    pub id: Option<String>,
    /// The event's name; `message` when it has none.
    pub event: Option<String>,
    /// What it says.
    pub data: String,
}

/// A stream that cannot be read on.
#[derive(Clone, Copy, Debug, PartialEq, Eq, thiserror::Error)]
pub enum DecodeError {
    /// Not UTF-8.
    #[error("the stream is not UTF-8")]
    Utf8,
    /// A line or an event beyond the limit.
    #[error("an event is larger than the limit")]
    TooLarge,
}

/// Reads events from pieces of a stream, wherever it was cut.
#[derive(Debug)]
pub struct SseDecoder {
    line: Vec<u8>,
    after_cr: bool,
    at_start: bool,
    id: Option<String>,
    event: Option<String>,
    data: Option<String>,
    retry_ms: Option<u64>,
    max_bytes: usize,
}

impl SseDecoder {
    /// A decoder that takes events of at most this many bytes.
    pub fn new(max_bytes: usize) -> Self {
        Self {
            line: Vec::new(),
            after_cr: false,
            at_start: true,
            id: None,
            event: None,
            data: None,
            retry_ms: None,
            max_bytes,
        }
    }

    /// The server's last hint how long to wait before connecting again.
    pub fn retry_ms(&self) -> Option<u64> {
        self.retry_ms
    }

    /// Takes in a piece, and appends the events that it completes.
    ///
    /// # Errors
    /// [`DecodeError`]: the stream cannot be read on.
    pub fn feed(&mut self, mut piece: &[u8], out: &mut Vec<SseEvent>) -> Result<(), DecodeError> {
        if !piece.is_empty() && std::mem::take(&mut self.after_cr) && piece[0] == b'\n' {
            piece = &piece[1..];
        }
        while let Some(end) = piece.iter().position(|byte| matches!(byte, b'\n' | b'\r')) {
            self.line.extend_from_slice(&piece[..end]);
            let cr = piece[end] == b'\r';
            piece = &piece[end + 1..];
            if cr {
                match piece.first() {
                    Some(b'\n') => piece = &piece[1..],
                    Some(_) => {}
                    None => self.after_cr = true,
                }
            }
            let line = std::mem::take(&mut self.line);
            self.take_line(from_utf8(&line).map_err(|_| DecodeError::Utf8)?, out)?;
        }
        self.line.extend_from_slice(piece);
        if self.line.len() > self.max_bytes { Err(DecodeError::TooLarge) } else { Ok(()) }
    }

    fn take_line(&mut self, line: &str, out: &mut Vec<SseEvent>) -> Result<(), DecodeError> {
        let line = if std::mem::take(&mut self.at_start) {
            line.strip_prefix('\u{feff}').unwrap_or(line)
        } else {
            line
        };
        if line.is_empty() {
            self.dispatch(out);
            return Ok(());
        }
        let (name, value) = line.split_once(':').unwrap_or((line, ""));
        let value = value.strip_prefix(' ').unwrap_or(value);
        match name {
            "data" => {
                let data = self.data.get_or_insert_default();
                data.push_str(value);
                data.push('\n');
                if data.len() > self.max_bytes {
                    return Err(DecodeError::TooLarge);
                }
            }
            "event" => self.event = Some(value.to_owned()),
            "id" if !value.contains('\0') => self.id = Some(value.to_owned()),
            "retry" if !value.is_empty() && value.bytes().all(|byte| byte.is_ascii_digit()) => {
                self.retry_ms = value.parse().ok();
            }
            // A comment has no name; unknown fields are ignored.
            _ => {}
        }
        Ok(())
    }

    fn dispatch(&mut self, out: &mut Vec<SseEvent>) {
        let event = self.event.take();
        if let Some(mut data) = self.data.take() {
            data.pop();
            out.push(SseEvent { id: self.id.clone(), event, data });
        }
    }
}
