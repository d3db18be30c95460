//! The floor: subscribers' sockets in a list, and a loop that writes each message to all of them.
//! Nothing is checked, logged or bounded. What arrives together is written together.

use std::{
    io::{ErrorKind, Read, Write},
    net::{SocketAddr, TcpListener, TcpStream},
};

use anyhow::Result;

const ACCEPTED: &[u8] = b"HTTP/1.1 202 Accepted\r\ncontent-length: 0\r\n\r\n";
const STREAM: &[u8] =
    b"HTTP/1.1 200 OK\r\ncontent-type: text/event-stream\r\ncache-control: no-store\r\n\r\n";
const SWITCHING: &[u8] = b"HTTP/1.1 101 Switching Protocols\r\nupgrade: websocket\r\n\
    connection: upgrade\r\nsec-websocket-accept: s3pPLMBiTxaQ9kYGzzhZRbK+xOo=\r\n\r\n";

/// Serves subscribers until a publisher comes, then the publisher until he goes, and so on.
pub fn serve(listen: SocketAddr) -> Result<()> {
    let listener = TcpListener::bind(listen)?;
    let mut subscribers = Vec::new();
    for socket in listener.incoming() {
        let mut socket = socket?;
        socket.set_nodelay(true)?;
        let mut head = Vec::new();
        read_head(&mut socket, &mut head)?;
        if head.starts_with(b"GET /sse") {
            socket.write_all(STREAM)?;
            subscribers.push((socket, Kind::Sse));
        } else if head.starts_with(b"GET /ws") {
            socket.write_all(SWITCHING)?;
            subscribers.push((socket, Kind::WebSocket));
        } else {
            publish(&mut socket, head, &mut subscribers)?;
            subscribers.clear();
        }
    }
    Ok(())
}

#[derive(Clone, Copy, PartialEq, Eq)]
enum Kind {
    Sse,
    WebSocket,
}

fn read_head(socket: &mut TcpStream, head: &mut Vec<u8>) -> Result<()> {
    let mut buffer = [0; 4096];
    while !head.windows(4).any(|end| end == b"\r\n\r\n") {
        match socket.read(&mut buffer)? {
            0 => break,
            read => head.extend_from_slice(&buffer[..read]),
        }
    }
    Ok(())
}

fn publish(
    publisher: &mut TcpStream,
    mut input: Vec<u8>,
    subscribers: &mut Vec<(TcpStream, Kind)>,
) -> Result<()> {
    let mut buffer = [0; 64 * 1024];
    loop {
        let (mut sse, mut web_socket, mut answers) = (Vec::new(), Vec::new(), Vec::new());
        while let Some((body, end)) = next_body(&input) {
            let body = &input[body..end];
            sse.extend_from_slice(b"data: ");
            sse.extend_from_slice(body);
            sse.extend_from_slice(b"\n\n");
            web_socket.extend_from_slice(&[0x81, 126]);
            web_socket.extend_from_slice(&(body.len() as u16).to_be_bytes());
            web_socket.extend_from_slice(body);
            answers.extend_from_slice(ACCEPTED);
            input.drain(..end);
        }
        publisher.write_all(&answers)?;
        if !sse.is_empty() {
            subscribers.retain_mut(|(socket, kind)| {
                socket.write_all(if *kind == Kind::Sse { &sse } else { &web_socket }).is_ok()
            });
        }
        match publisher.read(&mut buffer) {
            Ok(0) => return Ok(()),
            Ok(read) => input.extend_from_slice(&buffer[..read]),
            Err(error) if error.kind() == ErrorKind::Interrupted => {}
            Err(error) => return Err(error.into()),
        }
    }
}

/// Where the first whole request's body begins and ends.
fn next_body(input: &[u8]) -> Option<(usize, usize)> {
    let start = input.windows(4).position(|end| end == b"\r\n\r\n")? + 4;
    let head = std::str::from_utf8(&input[..start]).ok()?.to_ascii_lowercase();
    let length = head.lines().find_map(|line| line.strip_prefix("content-length:"))?;
    let end = start + length.trim().parse::<usize>().ok()?;
    (input.len() >= end).then_some((start, end))
}
