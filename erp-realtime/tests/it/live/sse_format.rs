//! The SSE format: our encoder, our decoder and another's.

use bytes::BytesMut;
use erp_realtime::sse::{DecodeError, EncodeError, SseDecoder, SseEvent, encode};
use futures::{StreamExt, stream};
use proptest::prelude::*;

fn encoded(id: Option<&str>, event: Option<&str>, data: &str) -> Vec<u8> {
    let mut out = BytesMut::new();
    encode(id, event, data, &mut out).unwrap();
    out.to_vec()
}

fn decoded(bytes: &[u8], piece: usize) -> Vec<SseEvent> {
    let (mut decoder, mut events) = (SseDecoder::new(4 << 20), Vec::new());
    for piece in bytes.chunks(piece) {
        decoder.feed(piece, &mut events).unwrap();
    }
    events
}

/// What the format can carry: every line break becomes LF.
fn normal(text: &str) -> String {
    text.replace("\r\n", "\n").replace('\r', "\n")
}

#[test]
fn rts_9_every_text_makes_the_round_trip() {
    let megabyte = "0123456789abcde\n".repeat(1 << 16);
    let texts = [
        "",
        " ",
        "  leading",
        "\n",
        "\r",
        "\r\n",
        "a\nb",
        "a\r\nb",
        "a\rb",
        "a\r",
        "a\n\r\nb\r\r",
        ":",
        ": comment?",
        "data: data",
        "\0",
        "\u{feff}bom",
        "ü\u{2028}",
        &megabyte,
    ];
    for text in texts {
        let bytes = encoded(Some("e-1"), None, text);
        for piece in [1, 2, 3, 7, bytes.len()] {
            if piece < 7 && bytes.len() > 100_000 {
                continue;
            }
            let wanted = SseEvent { id: Some("e-1".into()), event: None, data: normal(text) };
            assert_eq!(decoded(&bytes, piece), [wanted], "{text:?} in pieces of {piece}");
        }
    }
}

#[tokio::test]
async fn rts_9_another_reader_reads_the_same() {
    for text in ["", " leading", "a\nb", "a\r\nb\rc", ": x", "ü"] {
        let bytes = encoded(Some("e-1"), Some("name"), text);
        let body = stream::iter([Ok::<_, std::convert::Infallible>(bytes::Bytes::from(bytes))]);
        let mut events = sse_stream::SseStream::from_bytes_stream(body);
        let event = events.next().await.unwrap().unwrap();
        assert_eq!(event.data.as_deref(), Some(normal(text).as_str()), "{text:?}");
        assert_eq!((event.id.as_deref(), event.event.as_deref()), (Some("e-1"), Some("name")));
    }
}

#[test]
fn rts_9_what_a_field_cannot_hold_is_refused() {
    let mut out = BytesMut::new();
    for (id, event) in [(Some("a\nb"), None), (Some("a\0"), None), (None, Some("a\r"))] {
        assert_eq!(encode(id, event, "x", &mut out), Err(EncodeError::Field));
    }
    assert!(out.is_empty());
}

#[test]
fn a_reader_keeps_to_the_standard() {
    let stream = "\u{feff}: comment\nretry: 1500\nid: 1\ndata:one\ndata: two\nunknown: x\n\n\
                  id: a\0b\nevent: named\ndata\n\nid\ndata: cleared\r\n\r\nevent: lost\n\ndata: cut";
    let mut decoder = SseDecoder::new(1024);
    let mut events = Vec::new();
    decoder.feed(stream.as_bytes(), &mut events).unwrap();
    let event = |id: &str, event: Option<&str>, data: &str| SseEvent {
        id: Some(id.into()),
        event: event.map(str::to_owned),
        data: data.into(),
    };
    assert_eq!(
        events,
        [event("1", None, "one\ntwo"), event("1", Some("named"), ""), event("", None, "cleared")]
    );
    assert_eq!(decoder.retry_ms(), Some(1500));
}

#[test]
fn a_reader_is_bounded() {
    let mut events = Vec::new();
    let feed = |bytes: &[u8], events: &mut Vec<SseEvent>| SseDecoder::new(10).feed(bytes, events);
    assert_eq!(feed(b"data: 0123456789", &mut events), Err(DecodeError::TooLarge));
    assert_eq!(feed(b"data: 012345\ndata: 6789\n", &mut events), Err(DecodeError::TooLarge));
    assert_eq!(feed(b"data: \xff\n", &mut events), Err(DecodeError::Utf8));
    assert!(events.is_empty());
}

proptest! {
    #[test]
    fn rts_9_any_text_in_any_pieces(text in any::<String>(), piece in 1_usize..9) {
        let bytes = encoded(Some("e-9"), None, &text);
        let events = decoded(&bytes, piece);
        prop_assert_eq!(&events[0].data, &normal(&text));
        prop_assert_eq!(events.len(), 1);
    }
}
