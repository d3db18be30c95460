//! Reads what a client sends on a bare socket.

use std::{
    any::Any,
    future::Future,
    io::ErrorKind,
    pin::Pin,
    sync::Arc,
    task::{Context, Poll, ready},
};

use super::inbound::{Flow, Inbound};
use crate::hub::{Link, Seat, SocketLink};

/// What is read at once. Clients send little; the buffer lives on the stack.
const READ_BYTES: usize = 2048;

/// Reads until the client is gone. This is all that an idle connection costs beside its socket and
/// its places in the hub; an `async` block would take more than twice the memory.
pub(super) struct Reader {
    link: Arc<SocketLink>,
    inbound: Inbound,
    seat: Seat,
    flow: Flow,
    _held: Option<Box<dyn Any + Send>>,
}

impl Reader {
    pub fn new(
        link: Arc<SocketLink>,
        inbound: Inbound,
        seat: Seat,
        held: Option<Box<dyn Any + Send>>,
    ) -> Self {
        Self { link, inbound, seat, flow: Flow::On, _held: held }
    }

    /// Reads what there is. What comes after our last frame is dropped, but read: the kernel would
    /// answer it with a reset, which can overtake that frame.
    fn read(&mut self) {
        let way = Link::Socket(self.link.clone());
        let mut buffer = [0; READ_BYTES];
        while self.flow != Flow::Over {
            match self.link.stream().try_read(&mut buffer) {
                Ok(0) => self.flow = Flow::Over,
                Ok(read) if self.flow == Flow::On => {
                    self.flow = self.inbound.take(&buffer[..read], &way);
                    if self.flow == Flow::Ending {
                        self.seat.linger(way.clone());
                    }
                }
                Ok(_) => {}
                Err(error) if error.kind() == ErrorKind::WouldBlock => return,
                Err(_) => self.flow = Flow::Over,
            }
        }
    }
}

impl Future for Reader {
    type Output = ();

    fn poll(self: Pin<&mut Self>, cx: &mut Context<'_>) -> Poll<()> {
        let this = self.get_mut();
        while this.flow != Flow::Over {
            if ready!(this.link.stream().poll_read_ready(cx)).is_err() {
                break;
            }
            this.read();
        }
        Poll::Ready(())
    }
}
