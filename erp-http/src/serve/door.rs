//! How many connections there are, in all and of each address.

use std::{collections::HashMap, net::IpAddr, sync::Arc};

use parking_lot::Mutex;

use erp_core::ctx::household;

use crate::address::ProxyNetwork;

/// Why a connection is not let in.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub(super) enum Refused {
    /// There are as many as may be.
    Full,
    /// Its address has as many as it may have.
    Address,
}

/// Counts who is in.
#[derive(Debug)]
pub(super) struct Door {
    in_all: usize,
    per_address: usize,
    proxies: Vec<ProxyNetwork>,
    inside: Mutex<Inside>,
}

#[derive(Debug, Default)]
struct Inside {
    connections: usize,
    of: HashMap<IpAddr, usize>,
}

impl Door {
    pub fn new((in_all, per_address): (usize, usize), proxies: Vec<ProxyNetwork>) -> Arc<Self> {
        Arc::new(Self { in_all, per_address, proxies, inside: Mutex::default() })
    }

    /// Lets a connection in. It is in as long as the place is held.
    pub fn enter(self: &Arc<Self>, peer: Option<IpAddr>) -> Result<Place, Refused> {
        let counted = peer.filter(|ip| !self.proxies.iter().any(|proxy| proxy.contains(*ip)));
        let address = counted.map(household);
        let mut inside = self.inside.lock();
        if inside.connections >= self.in_all {
            return Err(Refused::Full);
        }
        if let Some(address) = address {
            let of = inside.of.entry(address).or_default();
            if *of >= self.per_address {
                return Err(Refused::Address);
            }
            *of += 1;
        }
        inside.connections += 1;
        Ok(Place { door: Arc::clone(self), address })
    }

    pub fn connections(&self) -> usize {
        self.inside.lock().connections
    }
}

/// A connection's place; it is free again when this is dropped.
#[derive(Debug)]
pub(super) struct Place {
    door: Arc<Door>,
    address: Option<IpAddr>,
}

impl Drop for Place {
    fn drop(&mut self) {
        let mut inside = self.door.inside.lock();
        inside.connections -= 1;
        let Some(address) = self.address else { return };
        if let Some(of) = inside.of.get_mut(&address) {
            *of -= 1;
            if *of == 0 {
                inside.of.remove(&address);
            }
        }
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    fn ip(text: &str) -> Option<IpAddr> {
        Some(text.parse().unwrap())
    }

    #[test]
    fn rts_13_connections_are_capped_in_all_and_by_address() {
        let door = Door::new((4, 2), vec!["10.0.0.0/8".parse().unwrap()]);
        let first = door.enter(ip("192.0.2.1")).unwrap();
        let second = door.enter(ip("::ffff:192.0.2.1")).unwrap();
        assert_eq!(door.enter(ip("192.0.2.1")).unwrap_err(), Refused::Address);
        drop(second);
        let second = door.enter(ip("192.0.2.1")).unwrap();
        let other = door.enter(ip("2001:db8:1:2::1")).unwrap();
        let neighbour = door.enter(ip("2001:db8:1:2::2")).unwrap();
        assert_eq!(door.enter(ip("2001:db8:1:3::1")).unwrap_err(), Refused::Full);
        drop((first, second, other, neighbour));
        assert_eq!((door.connections(), door.inside.lock().of.len()), (0, 0), "nothing is kept");
    }

    #[test]
    fn rts_13_a_proxy_is_not_one_client() {
        let door = Door::new((4, 1), vec!["10.0.0.0/8".parse().unwrap()]);
        let through: Vec<_> = (0..4).map(|_| door.enter(ip("10.1.2.3")).unwrap()).collect();
        assert_eq!(door.enter(ip("10.1.2.3")).unwrap_err(), Refused::Full);
        drop(through);
        let unknown: Vec<_> = (0..4).map(|_| door.enter(None).unwrap()).collect();
        assert_eq!(unknown.len(), 4, "what has no address is not counted by it");
    }
}
