//! Frames of a server: not masked, never in pieces.

use bytes::{BufMut, BytesMut};

use super::{FIN, MAX_CONTROL, Opcode};

fn write(opcode: Opcode, payload: &[u8], out: &mut BytesMut) {
    out.put_u8(FIN | opcode as u8);
    match payload.len() {
        len @ 0..=125 => out.put_u8(len as u8),
        len @ 126..=0xffff => {
            out.put_u8(126);
            out.put_u16(len as u16);
        }
        len => {
            out.put_u8(127);
            out.put_u64(len as u64);
        }
    }
    out.put_slice(payload);
}

/// Appends a text message.
pub(crate) fn write_text(text: &[u8], out: &mut BytesMut) {
    write(Opcode::Text, text, out);
}

/// Appends the answer to a ping.
pub(crate) fn write_pong(payload: &[u8], out: &mut BytesMut) {
    write(Opcode::Pong, &payload[..payload.len().min(MAX_CONTROL)], out);
}

/// Appends a close frame; without a code, an empty one.
pub(crate) fn write_close(code: Option<u16>, reason: &str, out: &mut BytesMut) {
    let mut payload = Vec::with_capacity(2 + reason.len());
    if let Some(code) = code {
        payload.put_u16(code);
        payload.put_slice(reason.as_bytes());
    }
    write(Opcode::Close, &payload[..payload.len().min(MAX_CONTROL)], out);
}
