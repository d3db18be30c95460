//! The WebSocket protocol, byte by byte, and against tungstenite's client.

use erp_realtime::hub::HubOptions;
use futures::{SinkExt, StreamExt};
use tokio::{
    io::{AsyncReadExt, AsyncWriteExt},
    net::TcpStream,
    time::timeout,
};
use tokio_tungstenite::{
    WebSocketStream, client_async,
    tungstenite::{Message, client::IntoClientRequest, protocol::CloseFrame},
};

use super::world::{Node, PATIENCE, World, until};

/// A bare socket after the handshake and hello.
async fn bare(world: &World, node: &Node) -> TcpStream {
    let mut socket = TcpStream::connect(node.addr).await.unwrap();
    let request = format!(
        "GET /ws?last_event_id= HTTP/1.1\r\nHost: x\r\nx-user: {}\r\nConnection: Upgrade\r\n\
         Upgrade: websocket\r\nSec-WebSocket-Version: 13\r\n\
         Sec-WebSocket-Key: dGhlIHNhbXBsZSBub25jZQ==\r\n\r\n",
        world.bob
    );
    socket.write_all(request.as_bytes()).await.unwrap();
    let mut head = Vec::new();
    while !head.ends_with(b"\r\n\r\n") {
        head.push(socket.read_u8().await.unwrap());
    }
    assert!(head.starts_with(b"HTTP/1.1 101"), "{}", String::from_utf8_lossy(&head));
    socket
}

fn masked(first: u8, payload: &[u8]) -> Vec<u8> {
    let mask = [0x37, 0xfa, 0x21, 0x3d];
    let mut frame = vec![first];
    match payload.len() {
        len @ 0..=125 => frame.push(0x80 | len as u8),
        len @ 126..=0xffff => {
            frame.push(0x80 | 126);
            frame.extend((len as u16).to_be_bytes());
        }
        len => {
            frame.push(0x80 | 127);
            frame.extend((len as u64).to_be_bytes());
        }
    }
    frame.extend(mask);
    frame.extend(payload.iter().zip(mask.iter().cycle()).map(|(byte, mask)| byte ^ mask));
    frame
}

/// What the server sends until it closes.
async fn rest(socket: &mut TcpStream) -> Vec<u8> {
    let mut rest = Vec::new();
    timeout(PATIENCE, socket.read_to_end(&mut rest)).await.expect("the end in time").unwrap();
    rest
}

/// The code of the close frame at the end.
fn close_code(bytes: &[u8]) -> u16 {
    let at = bytes.windows(2).rposition(|pair| pair[0] == 0x88 && pair[1] >= 2).unwrap();
    u16::from_be_bytes([bytes[at + 2], bytes[at + 3]])
}

#[tokio::test]
async fn what_the_protocol_forbids_is_answered_with_its_close_code() {
    let world = World::new().await;
    let node = world.node().await;
    let mut unmasked = masked(0x81, b"{}");
    unmasked[1] &= 0x7f;
    let mut long_length = vec![0x81, 0x80 | 126, 0, 2, 0, 0, 0, 0];
    long_length.extend(b"{}");
    let twice = [masked(0x01, b"a"), masked(0x81, b"b")].concat();
    let cases: Vec<(&str, Vec<u8>, u16)> = vec![
        ("not masked", unmasked, 1002),
        ("reserved bit", masked(0xc1, b"{}"), 1002),
        ("unknown opcode", masked(0x83, b""), 1002),
        ("a ping in pieces", masked(0x09, b""), 1002),
        ("a long ping", masked(0x89, &[0; 126]), 1002),
        ("nothing to continue", masked(0x80, b"x"), 1002),
        ("a message in a message", twice, 1002),
        ("a length in too many bytes", long_length, 1002),
        ("half a close code", masked(0x88, &[3]), 1002),
        ("a forbidden close code", masked(0x88, &1005_u16.to_be_bytes()), 1002),
        ("no UTF-8", masked(0x81, &[0xff]), 1007),
        ("binary", masked(0x82, b"x"), 1003),
        ("too large", masked(0x81, &[b'x'; 64 * 1024 + 1]), 1009),
        (
            "too large in pieces",
            [masked(0x01, &[b'x'; 40_000]), masked(0x80, &[b'x'; 40_000])].concat(),
            1009,
        ),
    ];
    for (what, bytes, code) in cases {
        let mut socket = bare(&world, &node).await;
        socket.write_all(&bytes).await.unwrap();
        let rest = rest(&mut socket).await;
        assert_eq!(close_code(&rest), code, "{what}");
        let text = String::from_utf8_lossy(&rest);
        assert!(text.contains(r#""frame":"bye","code":"protocol""#), "{what}: {text}");
    }
    until("nothing is left", || node.hub.stats().connections == 0).await;
}

#[tokio::test]
async fn frames_cut_anywhere_are_read_whole() {
    let world = World::new().await;
    let node = world.node().await;
    let mut socket = bare(&world, &node).await;
    socket.set_nodelay(true).unwrap();
    let message = [
        masked(0x01, "{\"a\":\"ü".as_bytes()),
        masked(0x89, b"in between"),
        masked(0x00, b""),
        masked(0x80, b"\"}"),
        masked(0x89, b"after"),
    ]
    .concat();
    for byte in message {
        socket.write_all(&[byte]).await.unwrap();
        tokio::task::yield_now().await;
    }
    let mut got = Vec::new();
    let both = async {
        let pong = |payload: &[u8]| [&[0x8a, payload.len() as u8], payload].concat();
        let has = |got: &[u8], part: &[u8]| got.windows(part.len()).any(|window| window == part);
        while !(has(&got, &pong(b"in between")) && has(&got, &pong(b"after"))) {
            let mut buffer = [0; 1024];
            let read = socket.read(&mut buffer).await.unwrap();
            assert_ne!(read, 0, "{}", String::from_utf8_lossy(&got));
            got.extend_from_slice(&buffer[..read]);
        }
    };
    timeout(PATIENCE, both).await.expect("both pongs");
}

#[tokio::test]
async fn rts_11_a_client_that_sends_too_much_is_told_so() {
    let world = World::new().await;
    let node = world.node_with(HubOptions { client_messages: 10, ..Default::default() }).await;
    let mut socket = bare(&world, &node).await;
    for _ in 0..11 {
        socket.write_all(&masked(0x81, b"{}")).await.unwrap();
    }
    let rest = rest(&mut socket).await;
    assert_eq!(close_code(&rest), 4002);
    assert!(String::from_utf8_lossy(&rest).contains(r#""code":"limit""#));
}

async fn tungstenite(world: &World, node: &Node, query: &str) -> WebSocketStream<TcpStream> {
    let mut request = format!("ws://{}/ws{query}", node.addr).into_client_request().unwrap();
    request.headers_mut().insert("x-user", world.bob.to_string().parse().unwrap());
    let socket = TcpStream::connect(node.addr).await.unwrap();
    client_async(request, socket).await.unwrap().0
}

async fn text(socket: &mut WebSocketStream<TcpStream>) -> String {
    loop {
        let message = timeout(PATIENCE, socket.next()).await.expect("in time");
        if let Message::Text(text) = message.unwrap().unwrap() {
            return text.to_string();
        }
    }
}

#[tokio::test]
async fn messages_of_every_length_arrive_at_tungstenite() {
    let world = World::new().await;
    let node = world.node().await;
    let mut socket = tungstenite(&world, &node, "?last_event_id=").await;
    assert!(text(&mut socket).await.contains(r#""frame":"hello""#));
    for length in [1, 100, 125, 126, 127, 1_000, 60_000] {
        let body = "x".repeat(length);
        world.post(world.ann, world.room, &body).await;
        while !text(&mut socket).await.contains(&format!("\"{body}\"")) {}
    }
}

#[tokio::test]
async fn the_closing_handshake_of_a_client_is_answered() {
    let world = World::new().await;
    let node = world.node().await;
    let mut socket = tungstenite(&world, &node, "?last_event_id=").await;
    let close = CloseFrame { code: 4321.into(), reason: "enough".into() };
    socket.close(Some(close)).await.unwrap();
    loop {
        match timeout(PATIENCE, socket.next()).await.expect("in time") {
            Some(Ok(Message::Close(Some(answer)))) => assert_eq!(u16::from(answer.code), 4321),
            Some(Ok(_)) => {}
            Some(Err(error)) => panic!("{error}"),
            None => break,
        }
    }
    until("nothing is left", || node.hub.stats().connections == 0).await;
}

#[tokio::test]
async fn the_first_message_resumes_and_pings_before_it_are_answered() {
    let world = World::new().await;
    let node = world.node().await;
    let mut socket = tungstenite(&world, &node, "").await;
    socket.send(Message::Ping("early".into())).await.unwrap();
    socket.send(Message::text(r#"{"resume":"elsewhere-7"}"#)).await.unwrap();
    let pong = timeout(PATIENCE, socket.next()).await.unwrap().unwrap().unwrap();
    assert_eq!(pong, Message::Pong("early".into()));
    assert!(text(&mut socket).await.contains(r#""recovered":"false""#));
}

#[tokio::test]
async fn a_client_that_says_nothing_begins_anew_after_a_while() {
    let world = World::new().await;
    let options =
        HubOptions { first_message: std::time::Duration::from_millis(50), ..Default::default() };
    let node = world.node_with(options).await;
    let mut socket = tungstenite(&world, &node, "").await;
    assert!(text(&mut socket).await.contains(r#""recovered":"fresh""#));
}
