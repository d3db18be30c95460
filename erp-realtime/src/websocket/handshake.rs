//! The opening handshake of RFC 6455, from plain HTTP headers.

use bytes::Bytes;
use http::{HeaderMap, HeaderName, HeaderValue, Method, Request, Response, StatusCode, header};
use http_body_util::Empty;
use tokio_tungstenite::tungstenite::handshake::derive_accept_key;

use crate::hub::Refusal;

/// The accept key for this request.
pub(super) fn accept<B>(request: &Request<B>) -> Result<HeaderValue, Refusal> {
    let headers = request.headers();
    if !has_token(headers, header::UPGRADE, "websocket") {
        return Err(Refusal::UpgradeRequired);
    }
    if request.method() != Method::GET {
        return Err(Refusal::Handshake("the method must be GET"));
    }
    if !has_token(headers, header::CONNECTION, "upgrade") {
        return Err(Refusal::Handshake("`Connection: upgrade` is missing"));
    }
    if headers.get(header::SEC_WEBSOCKET_VERSION).is_none_or(|version| version != "13") {
        return Err(Refusal::Version);
    }
    let key = headers.get(header::SEC_WEBSOCKET_KEY).map(HeaderValue::as_bytes);
    let key = key
        .filter(|key| is_nonce(key))
        .ok_or(Refusal::Handshake("`Sec-WebSocket-Key` must be 16 bytes in base64"))?;
    HeaderValue::try_from(derive_accept_key(key))
        .map_err(|_| Refusal::Handshake("`Sec-WebSocket-Key` cannot be answered"))
}

/// The answer that makes the connection a WebSocket.
pub(super) fn switching(accept: HeaderValue) -> Response<Empty<Bytes>> {
    let mut response = Response::new(Empty::new());
    *response.status_mut() = StatusCode::SWITCHING_PROTOCOLS;
    let headers = response.headers_mut();
    headers.insert(header::CONNECTION, HeaderValue::from_static("upgrade"));
    headers.insert(header::UPGRADE, HeaderValue::from_static("websocket"));
    headers.insert(header::SEC_WEBSOCKET_ACCEPT, accept);
    response
}

fn has_token(headers: &HeaderMap, name: HeaderName, token: &str) -> bool {
    headers
        .get_all(name)
        .iter()
        .filter_map(|value| value.to_str().ok())
        .flat_map(|value| value.split(','))
        .any(|one| one.trim().eq_ignore_ascii_case(token))
}

fn is_nonce(key: &[u8]) -> bool {
    use base64::{Engine as _, engine::general_purpose::STANDARD};
    STANDARD.decode(key).is_ok_and(|bytes| bytes.len() == 16)
}

#[cfg(test)]
mod tests {
    use super::*;

    fn request(change: impl Fn(&mut Request<()>)) -> Result<HeaderValue, Refusal> {
        let mut request = Request::new(());
        for (name, value) in [
            ("upgrade", "WebSocket"),
            ("connection", "keep-alive, Upgrade"),
            ("sec-websocket-version", "13"),
            ("sec-websocket-key", "dGhlIHNhbXBsZSBub25jZQ=="),
        ] {
            request.headers_mut().insert(name, HeaderValue::from_static(value));
        }
        change(&mut request);
        accept(&request)
    }

    #[test]
    fn the_example_of_the_standard_is_accepted() {
        assert_eq!(request(|_| {}).unwrap(), "s3pPLMBiTxaQ9kYGzzhZRbK+xOo=");
    }

    #[test]
    fn what_is_no_handshake_is_refused_with_a_type() {
        let without = |name: &'static str| request(move |r| drop(r.headers_mut().remove(name)));
        assert_eq!(without("upgrade"), Err(Refusal::UpgradeRequired));
        assert_eq!(without("sec-websocket-version"), Err(Refusal::Version));
        for name in ["connection", "sec-websocket-key"] {
            assert!(matches!(without(name), Err(Refusal::Handshake(_))), "{name}");
        }
        let post = request(|r| *r.method_mut() = Method::POST);
        assert!(matches!(post, Err(Refusal::Handshake(_))));
        let short = request(|r| {
            drop(r.headers_mut().insert("sec-websocket-key", HeaderValue::from_static("AA==")))
        });
        assert!(matches!(short, Err(Refusal::Handshake(_))));
    }
}
