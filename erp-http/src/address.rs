//! Whose address a request comes from.

use std::{
    net::{IpAddr, SocketAddr},
    str::FromStr,
};

use axum::{
    extract::{ConnectInfo, Request, State},
    http::HeaderMap,
    middleware::Next,
    response::Response,
};
use erp_core::error::Error;

use super::state::App;

const FORWARDED_FOR: &str = "x-forwarded-for";

/// The address at the other end of the connection. [`Server`](crate::Server) puts it into the request's
/// extensions, as does a host that serves in another way than with axum's
/// `into_make_service_with_connect_info::<SocketAddr>()`; without it the engine knows no address and
/// limits nothing by it.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub struct PeerAddr(pub IpAddr);

/// The client's own address, behind the proxies that the host trusts.
#[derive(Clone, Copy, Debug)]
pub(super) struct ClientAddress(pub(super) Option<IpAddr>);

/// A network of proxies that the host trusts, such as `10.0.0.0/8`, or a single address.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub struct ProxyNetwork(ipnet::IpNet);

impl ProxyNetwork {
    pub(crate) fn contains(&self, ip: IpAddr) -> bool {
        self.0.contains(&ip.to_canonical())
    }
}

impl From<IpAddr> for ProxyNetwork {
    fn from(ip: IpAddr) -> Self {
        Self(ip.to_canonical().into())
    }
}

impl FromStr for ProxyNetwork {
    type Err = Error;

    fn from_str(text: &str) -> Result<Self, Error> {
        let address = text.parse::<IpAddr>().map(Self::from);
        address
            .or_else(|_| text.parse().map(Self))
            .map_err(|_| Error::invalid("trusted_proxies", format!("`{text}` is no network")))
    }
}

/// Notes the client's address in the request.
pub(super) async fn note(State(app): State<App>, mut request: Request, next: Next) -> Response {
    let extensions = request.extensions();
    let connected = extensions.get::<ConnectInfo<SocketAddr>>().map(|info| info.0.ip());
    let peer = extensions.get::<PeerAddr>().map(|peer| peer.0).or(connected);
    let client = peer.map(|peer| client(peer, request.headers(), &app.options.trusted_proxies));
    request.extensions_mut().insert(ClientAddress(client));
    next.run(request).await
}

/// The right-most hop that is no trusted proxy (VIS-10): what stands further left may be invented.
fn client(peer: IpAddr, headers: &HeaderMap, trusted: &[ProxyNetwork]) -> IpAddr {
    let is_proxy = |ip: IpAddr| trusted.iter().any(|network| network.contains(ip));
    let mut client = peer.to_canonical();
    let lines = headers.get_all(FORWARDED_FOR).iter().rev();
    let hops = lines.flat_map(|line| line.to_str().unwrap_or_default().rsplit(','));
    for hop in hops {
        if !is_proxy(client) {
            break;
        }
        let Some(ip) = hop_address(hop.trim()) else { break };
        client = ip;
    }
    client
}

/// A hop, as proxies write it: with or without a port, IPv6 with or without brackets.
fn hop_address(hop: &str) -> Option<IpAddr> {
    let address = hop.parse::<IpAddr>().ok();
    let with_port = || hop.parse::<SocketAddr>().ok().map(|address| address.ip());
    let bracketed = || hop.strip_prefix('[')?.strip_suffix(']')?.parse::<IpAddr>().ok();
    address.or_else(with_port).or_else(bracketed).map(|ip| ip.to_canonical())
}

#[cfg(test)]
mod tests {
    use axum::http::HeaderValue;

    use super::*;

    fn seen(peer: &str, lines: &[&str], trusted: &[&str]) -> String {
        let mut headers = HeaderMap::new();
        for line in lines {
            headers.append(FORWARDED_FOR, HeaderValue::from_str(line).unwrap());
        }
        let trusted: Vec<_> = trusted.iter().map(|text| text.parse().unwrap()).collect();
        client(peer.parse().unwrap(), &headers, &trusted).to_string()
    }

    #[test]
    fn vis_10_the_header_counts_only_from_a_trusted_proxy() {
        assert_eq!(seen("198.51.100.7", &["203.0.113.1"], &[]), "198.51.100.7");
        assert_eq!(seen("198.51.100.7", &["203.0.113.1"], &["10.0.0.0/8"]), "198.51.100.7");
        assert_eq!(seen("10.0.0.1", &["203.0.113.1"], &["10.0.0.0/8"]), "203.0.113.1");
    }

    #[test]
    fn vis_10_the_right_most_untrusted_hop_is_the_client() {
        let trusted = ["10.0.0.0/8", "2001:db8::1"];
        let forged = "1.1.1.1, 203.0.113.1, 10.2.3.4";
        assert_eq!(seen("10.0.0.1", &[forged], &trusted), "203.0.113.1");
        assert_eq!(seen("10.0.0.1", &["1.1.1.1", "203.0.113.1"], &trusted), "203.0.113.1");
        assert_eq!(seen("2001:db8::1", &["[2001:db8::9]:443"], &trusted), "2001:db8::9");
        assert_eq!(seen("::ffff:10.0.0.1", &["203.0.113.1:5000"], &trusted), "203.0.113.1");
        assert_eq!(seen("10.0.0.1", &["unknown, 10.0.0.9"], &trusted), "10.0.0.9");
        assert_eq!(seen("10.0.0.1", &[], &trusted), "10.0.0.1");
    }

    #[test]
    fn a_network_that_is_none_is_a_typed_error() {
        assert!("10.0.0.0/33".parse::<ProxyNetwork>().is_err());
        assert!("proxy.example".parse::<ProxyNetwork>().is_err());
    }
}
