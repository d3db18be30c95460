//! A connection's life, from the handshake to the last byte.

use std::{io, sync::Arc, task::Context};

use bytes::Bytes;
use http::{Request, Response};
use http_body_util::Empty;
use hyper::upgrade::OnUpgrade;
use hyper_util::rt::TokioIo;
use tokio::{
    io::{AsyncRead, AsyncReadExt, AsyncWrite, AsyncWriteExt},
    net::TcpStream,
    time::timeout,
};

use super::{
    farewell, generic, handshake,
    inbound::{Flow, Inbound},
    reader::Reader,
    taken::{TakeSocket, TakenSocket},
};
use crate::{
    frame::Encoding,
    hub::{Core, Hub, Link, QueueLink, Refusal, Seat, SocketLink, Viewer, Waiting, attach},
    resume::Resume,
};

/// What is read at once. Clients send little; the buffer lives on the stack.
const READ_BYTES: usize = 2048;

/// What a connection is set up from.
pub(super) struct Setup {
    pub core: Arc<Core>,
    pub viewer: Viewer,
    pub wish: Option<Resume>,
    pub seat: Seat,
    pub inbound: Inbound,
}

/// Answers a WebSocket handshake, and opens a live connection for this viewer once the HTTP server
/// has handed the stream over.
///
/// `wish` is where the client goes on, if the request says it (see [`crate::resume::requested`]);
/// without it, the client's first message is waited for.
///
/// It works with every server that takes `http` messages and has left hyper's upgrade in the
/// request's extensions: axum, plain hyper, tower services.
///
/// # Errors
/// A [`Refusal`], before any frame.
pub fn upgrade<B>(
    hub: &Hub,
    viewer: Viewer,
    wish: Option<Resume>,
    request: &mut Request<B>,
) -> Result<Response<Empty<Bytes>>, Refusal> {
    let accept = handshake::accept(request)?;
    let core = hub.core().clone();
    let seat = core.seat(viewer.user)?;
    let inbound = Inbound::new(core.options());
    let take = request.extensions().get().copied().unwrap_or(TakeSocket::BARE);
    let upgrade = hyper::upgrade::on(request);
    let setup = Setup { core: core.clone(), viewer, wish, seat, inbound };
    core.spawn(run(setup, upgrade, take));
    Ok(handshake::switching(accept))
}

async fn run(setup: Setup, upgrade: OnUpgrade, take: TakeSocket) {
    let Ok(upgraded) = upgrade.await else { return };
    match (take.0)(upgraded) {
        Ok(taken) => on_socket(setup, taken).await,
        Err(upgraded) => generic::run(setup, TokioIo::new(upgraded)).await,
    }
}

async fn on_socket(mut setup: Setup, taken: TakenSocket) {
    let TakenSocket { mut stream, early, held } = taken;
    // Frames are whole when they are written: waiting for more would only delay them.
    let _ = stream.set_nodelay(true);
    let Some((wish, answers)) = first_wish(&mut setup, &mut stream, &early).await else { return };
    let Ok(stream) = registered_anew(stream) else { return };
    let core = setup.core.clone();
    let link = SocketLink::new(stream, core.options().queue_bytes, core.tasks().clone());
    let way = Link::Socket(link.clone());
    if let Some(answers) = answers {
        way.send(answers);
    }
    begin(&setup, wish, &way).await;
    // A task of its own: this one is larger than what an idle connection needs.
    core.tasks().spawn(Reader::new(link, setup.inbound, setup.seat, held));
}

/// The socket without the wakers of those who have read from it before: each would keep the memory
/// of its task, the HTTP server's and this one, as long as the connection lives.
fn registered_anew(stream: TcpStream) -> io::Result<TcpStream> {
    TcpStream::from_std(stream.into_std()?)
}

/// Opens the connection, or says why not.
pub(super) async fn begin(setup: &Setup, wish: Resume, way: &Link) {
    let opened =
        attach(&setup.core, setup.seat.connection(), &setup.viewer, wish, way.clone()).await;
    if let Err(refusal) = opened {
        let bye = refusal.bye();
        way.close(farewell(bye, bye.code.close_code()), Waiting::Send);
        setup.core.linger(way.clone());
    }
}

/// What the client asks for, in the request or in its first message, and answers that are due to
/// what came before it. None when the connection is over.
pub(super) async fn first_wish<IO: AsyncRead + AsyncWrite + Unpin>(
    setup: &mut Setup,
    io: &mut IO,
    early: &[u8],
) -> Option<(Resume, Option<Bytes>)> {
    let options = setup.core.options();
    let answers = QueueLink::new(Encoding::WebSocket, options.queue_bytes);
    let way = Link::Queue(answers.clone());
    if setup.wish.is_some() {
        setup.inbound.without_wish();
    }
    let (inbound, given) = (&mut setup.inbound, setup.wish.take());
    let wish = async {
        if inbound.take(early, &way) != Flow::On {
            return None;
        }
        let mut buffer = [0; READ_BYTES];
        loop {
            if let Some(wish) = given.clone().or_else(|| inbound.first_wish()) {
                return Some(wish);
            }
            match io.read(&mut buffer).await {
                Ok(read @ 1..) if inbound.take(&buffer[..read], &way) == Flow::On => {}
                _ => return None,
            }
        }
    };
    let wish = timeout(options.first_message, wish).await.unwrap_or(Some(Resume::Fresh));
    let due = match answers.poll_take(&mut Context::from_waker(std::task::Waker::noop())) {
        std::task::Poll::Ready(due) => due,
        std::task::Poll::Pending => None,
    };
    if wish.is_none() {
        if let Some(last) = due {
            let _ = io.write_all(&last).await;
            let _ = io.shutdown().await;
        }
        return None;
    }
    setup.inbound.without_wish();
    wish.map(|wish| (wish, due))
}
