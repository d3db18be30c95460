//! A connection that asks one statement after another in the simple protocol: starting `psql` takes
//! ten times as long.

use std::io::{BufReader, Error, ErrorKind, Read, Write};
use std::net::{TcpStream, ToSocketAddrs};
use std::time::Duration;

use super::error::{PgClusterError, Result, io};

/// How long a server may take to accept a connection, and to answer a statement.
const CONNECT_PATIENCE: Duration = Duration::from_secs(10);
const ANSWER_PATIENCE: Duration = Duration::from_secs(120);
/// Version 3.0.
const PROTOCOL: u32 = 3 << 16;

/// A session of a user who needs no password.
#[derive(Debug)]
pub(super) struct Session {
    stream: BufReader<TcpStream>,
}

impl Session {
    /// Connects, given `user@host:port`. `None` when the server wants to know more about the user,
    /// or would be told it: that is for `psql`.
    pub(super) fn open(authority: &str, database: &str) -> Result<Option<Self>> {
        let Some((user, address)) = authority.split_once('@') else { return Ok(None) };
        if user.contains([':', '%']) {
            return Ok(None);
        }
        let mut session = Self { stream: BufReader::new(connect(address)?) };
        let parameters = format!("user\0{user}\0database\0{database}\0\0");
        session.send(None, &[&PROTOCOL.to_be_bytes()[..], parameters.as_bytes()].concat())?;
        let trusted = session.answers(|kind, body| kind != b'R' || body == [0; 4])?;
        Ok(trusted.map(|_| session))
    }

    /// What the statements return: a line per row, with `|` between values.
    pub(super) fn query(&mut self, sql: &str) -> Result<String> {
        self.send(Some(b'Q'), format!("{sql}\0").as_bytes())?;
        let lines = self.answers(|_, _| true)?;
        Ok(lines.unwrap_or_default())
    }

    fn send(&mut self, kind: Option<u8>, body: &[u8]) -> Result<()> {
        let length = u32::try_from(body.len() + 4)
            .map_err(|_| io("ask PostgreSQL")(ErrorKind::InvalidInput.into()))?;
        let mut message = Vec::with_capacity(body.len() + 5);
        message.extend(kind);
        message.extend(length.to_be_bytes());
        message.extend(body);
        self.stream.get_mut().write_all(&message).map_err(io("ask PostgreSQL"))
    }

    /// Reads until the server is ready for the next statement; `None` when this refuses a message.
    fn answers(&mut self, accepts: impl Fn(u8, &[u8]) -> bool) -> Result<Option<String>> {
        let mut lines = String::new();
        let mut refused = None;
        loop {
            let (kind, body) = self.receive().map_err(io("hear PostgreSQL"))?;
            if !accepts(kind, &body) {
                return Ok(None);
            }
            match kind {
                b'D' => lines.push_str(&line(&body).map_err(io("hear PostgreSQL"))?),
                b'E' => {
                    let error = PgClusterError::Refused { message: message(&body) };
                    // An error before the session has begun ends it.
                    if body.starts_with(b"SFATAL") {
                        return Err(error);
                    }
                    refused = Some(error);
                }
                b'Z' => return refused.map_or(Ok(Some(lines)), Err),
                _ => {}
            }
        }
    }

    fn receive(&mut self) -> std::io::Result<(u8, Vec<u8>)> {
        let mut head = [0; 5];
        self.stream.read_exact(&mut head)?;
        let [kind, length @ ..] = head;
        let length = u32::from_be_bytes(length).checked_sub(4).ok_or(ErrorKind::InvalidData)?;
        let mut body = Vec::new();
        self.stream.by_ref().take(length.into()).read_to_end(&mut body)?;
        Ok((kind, body))
    }
}

impl Drop for Session {
    fn drop(&mut self) {
        // The server notices in any case.
        let _ = self.send(Some(b'X'), &[]);
    }
}

fn connect(address: &str) -> Result<TcpStream> {
    let failed = io("connect to PostgreSQL");
    let address =
        if address.contains(':') { address.to_owned() } else { format!("{address}:5432") };
    let mut last = Error::from(ErrorKind::AddrNotAvailable);
    for address in address.to_socket_addrs().map_err(&failed)? {
        match TcpStream::connect_timeout(&address, CONNECT_PATIENCE) {
            Ok(stream) => {
                stream.set_read_timeout(Some(ANSWER_PATIENCE)).map_err(&failed)?;
                stream.set_nodelay(true).map_err(&failed)?;
                return Ok(stream);
            }
            Err(error) => last = error,
        }
    }
    Err(failed(last))
}

/// The values of a row.
fn line(body: &[u8]) -> std::io::Result<String> {
    let (_count, mut rest) = body.split_at_checked(2).ok_or(ErrorKind::InvalidData)?;
    let mut values = Vec::new();
    while let Some((length, after)) = rest.split_first_chunk() {
        // -1 is null.
        let length = usize::try_from(i32::from_be_bytes(*length)).unwrap_or(0);
        let (value, after) = after.split_at_checked(length).ok_or(ErrorKind::InvalidData)?;
        values.push(String::from_utf8_lossy(value));
        rest = after;
    }
    Ok(values.join("|") + "\n")
}

/// What an error says.
fn message(body: &[u8]) -> String {
    let fields = body.split(|byte| *byte == 0);
    let texts = fields.filter_map(|field| field.strip_prefix(b"M"));
    texts.map(String::from_utf8_lossy).collect()
}
