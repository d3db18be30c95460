//! Messages of a client, from a stream cut anywhere.

use super::{FIN, MASKED, MAX_CONTROL, Opcode};

/// What a client sent.
#[derive(Clone, Debug, PartialEq, Eq)]
pub(crate) enum Incoming {
    /// A text message.
    Text(String),
    /// A binary message.
    Binary(Vec<u8>),
    /// It wants a pong with this payload.
    Ping(Vec<u8>),
    /// It answers a ping.
    Pong,
    /// It closes, with this code.
    Close(Option<u16>),
}

/// How a client breaks the protocol, with the close code that says so.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub(crate) enum Violation {
    /// A frame that the protocol does not allow (1002).
    Frame(&'static str),
    /// A text that is not UTF-8 (1007).
    Utf8,
    /// A binary message (1003).
    Binary,
    /// A message beyond the limit (1009).
    TooLarge,
}

impl Violation {
    /// The close code.
    pub fn close_code(self) -> u16 {
        match self {
            Self::Frame(_) => 1002,
            Self::Binary => 1003,
            Self::Utf8 => 1007,
            Self::TooLarge => 1009,
        }
    }
}

/// Reads messages from pieces of a stream.
#[derive(Debug)]
pub(crate) struct Decoder {
    /// A frame that has not come whole.
    partial: Vec<u8>,
    /// A message that has not come whole.
    message: Option<(Opcode, Vec<u8>)>,
    max_bytes: usize,
}

struct Head {
    fin: bool,
    opcode: Opcode,
    mask: [u8; 4],
    /// Where the payload begins and ends.
    start: usize,
    end: usize,
}

impl Decoder {
    /// A decoder that takes messages of at most this many bytes.
    pub fn new(max_bytes: usize) -> Self {
        Self { partial: Vec::new(), message: None, max_bytes }
    }

    /// Takes in a piece, and appends the messages that it completes.
    pub fn feed(&mut self, piece: &[u8], out: &mut Vec<Incoming>) -> Result<(), Violation> {
        if self.partial.is_empty() {
            let used = self.take_frames(piece, out)?;
            self.partial.extend_from_slice(&piece[used..]);
            return Ok(());
        }
        let mut partial = std::mem::take(&mut self.partial);
        partial.extend_from_slice(piece);
        let used = self.take_frames(&partial, out)?;
        // A new vector when all is used: an idle connection keeps no buffer.
        if used < partial.len() {
            partial.drain(..used);
            self.partial = partial;
        }
        Ok(())
    }

    fn take_frames(&mut self, bytes: &[u8], out: &mut Vec<Incoming>) -> Result<usize, Violation> {
        let mut used = 0;
        while let Some(head) = self.head(&bytes[used..])? {
            let Some(masked) = bytes[used..].get(head.start..head.end) else { break };
            let mut payload = masked.to_vec();
            for (byte, mask) in payload.iter_mut().zip(head.mask.iter().cycle()) {
                *byte ^= mask;
            }
            out.extend(self.take_frame(&head, payload)?);
            used += head.end;
        }
        Ok(used)
    }

    /// Reads and checks a frame's head, before its payload has come.
    fn head(&self, bytes: &[u8]) -> Result<Option<Head>, Violation> {
        let &[first, second, ref rest @ ..] = bytes else { return Ok(None) };
        if first & 0x70 != 0 {
            return Err(Violation::Frame("reserved bits"));
        }
        let fin = first & FIN != 0;
        let opcode = Opcode::of(first & 0x0f).ok_or(Violation::Frame("unknown opcode"))?;
        if second & MASKED == 0 {
            return Err(Violation::Frame("a client must mask"));
        }
        let (len, extra) = match second & !MASKED {
            126 => match rest.first_chunk() {
                Some(len) => (u64::from(u16::from_be_bytes(*len)), 2),
                None => return Ok(None),
            },
            127 => match rest.first_chunk() {
                Some(len) => (u64::from_be_bytes(*len), 8),
                None => return Ok(None),
            },
            len => (u64::from(len), 0),
        };
        if (extra == 2 && len < 126) || (extra == 8 && len <= 0xffff) {
            return Err(Violation::Frame("a length in too many bytes"));
        }
        self.check(fin, opcode, len)?;
        let Some(mask) = rest.get(extra..).and_then(|rest| rest.first_chunk()) else {
            return Ok(None);
        };
        let start = 2 + extra + 4;
        // The check has bounded the length.
        Ok(Some(Head { fin, opcode, mask: *mask, start, end: start + len as usize }))
    }

    fn check(&self, fin: bool, opcode: Opcode, len: u64) -> Result<(), Violation> {
        if opcode.is_control() {
            if !fin || len > MAX_CONTROL as u64 {
                return Err(Violation::Frame("a control frame must be short and whole"));
            }
            return Ok(());
        }
        match (opcode, &self.message) {
            (Opcode::Continuation, None) => Err(Violation::Frame("nothing to continue")),
            (Opcode::Text | Opcode::Binary, Some(_)) => {
                Err(Violation::Frame("a message in a message"))
            }
            (_, begun) => {
                let begun = begun.as_ref().map_or(0, |(_, bytes)| bytes.len()) as u64;
                match begun.checked_add(len) {
                    Some(total) if total <= self.max_bytes as u64 => Ok(()),
                    _ => Err(Violation::TooLarge),
                }
            }
        }
    }

    fn take_frame(&mut self, head: &Head, payload: Vec<u8>) -> Result<Option<Incoming>, Violation> {
        match head.opcode {
            Opcode::Ping => Ok(Some(Incoming::Ping(payload))),
            Opcode::Pong => Ok(Some(Incoming::Pong)),
            Opcode::Close => close(&payload).map(|code| Some(Incoming::Close(code))),
            Opcode::Text | Opcode::Binary if head.fin => whole(head.opcode, payload).map(Some),
            Opcode::Text | Opcode::Binary => {
                self.message = Some((head.opcode, payload));
                Ok(None)
            }
            Opcode::Continuation => {
                let Some((opcode, mut bytes)) = self.message.take() else { return Ok(None) };
                bytes.extend_from_slice(&payload);
                if head.fin {
                    return whole(opcode, bytes).map(Some);
                }
                self.message = Some((opcode, bytes));
                Ok(None)
            }
        }
    }
}

fn whole(opcode: Opcode, bytes: Vec<u8>) -> Result<Incoming, Violation> {
    if opcode == Opcode::Text {
        String::from_utf8(bytes).map(Incoming::Text).map_err(|_| Violation::Utf8)
    } else {
        Ok(Incoming::Binary(bytes))
    }
}

fn close(payload: &[u8]) -> Result<Option<u16>, Violation> {
    let Some((code, reason)) = payload.split_first_chunk() else {
        return if payload.is_empty() {
            Ok(None)
        } else {
            Err(Violation::Frame("half a close code"))
        };
    };
    let code = u16::from_be_bytes(*code);
    if !matches!(code, 1000..=1003 | 1007..=1014 | 3000..=4999) {
        return Err(Violation::Frame("a close code that must not be sent"));
    }
    if std::str::from_utf8(reason).is_err() {
        return Err(Violation::Utf8);
    }
    Ok(Some(code))
}
