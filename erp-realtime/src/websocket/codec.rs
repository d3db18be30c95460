//! RFC 6455, the server's side: whole messages from masked frames, and unmasked frames out.
//!
//! No extensions. What a client sends is small, so messages are kept whole and the limit on them
//! is the limit on memory.

mod decode;
mod encode;

pub(crate) use decode::{Decoder, Incoming, Violation};
pub(crate) use encode::{write_close, write_pong, write_text};

/// What a frame is.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
enum Opcode {
    Continuation = 0,
    Text = 1,
    Binary = 2,
    Close = 8,
    Ping = 9,
    Pong = 10,
}

impl Opcode {
    fn of(bits: u8) -> Option<Self> {
        [Self::Continuation, Self::Text, Self::Binary, Self::Close, Self::Ping, Self::Pong]
            .into_iter()
            .find(|opcode| *opcode as u8 == bits)
    }

    fn is_control(self) -> bool {
        self as u8 >= 8
    }
}

const FIN: u8 = 0x80;
const MASKED: u8 = 0x80;
/// The longest payload of a control frame.
const MAX_CONTROL: usize = 125;
