//! Serves connections, with a deadline for everything that a client may hold up (RTS-13).
//!
//! The times that hyper counts itself are not enough: before the first bytes tell the version of
//! HTTP it counts none, and the one for a request's head begins when the request before it ends. So
//! the socket and the bodies tell a watch what passes (`io`, `body`), the watch says until when it may
//! go on like that (`watch`), and a connection is dropped when that time is over.

mod body;
mod door;
mod io;
mod notice;
mod options;
mod watch;

use std::{
    any::Any,
    convert::Infallible,
    fmt,
    future::{Future, poll_fn},
    net::{IpAddr, SocketAddr},
    pin::pin,
    sync::Arc,
    time::Duration,
};

use axum::{BoxError, body::Body, extract::ConnectInfo, serve::Listener};
use erp_core::error::Result;
use erp_realtime::hub::Hub;
use http::{Request, Response};
use hyper::{body::Incoming, service::service_fn};
use hyper_util::{
    rt::{TokioExecutor, TokioIo, TokioTimer},
    server::conn::auto,
};
use socket2::SockRef;
use tokio::{
    io::{AsyncRead, AsyncWrite},
    net::TcpStream,
};
use tokio_util::{sync::CancellationToken, task::TaskTracker};
use tower::{Service, ServiceExt};

use self::{
    body::{Answered, Asked},
    door::{Door, Place, Refused},
    io::{TAKE_SOCKET, Watched},
    notice::{Notice, Notices},
    watch::{Times, Watch, Watchdog},
};
use crate::address::PeerAddr;

pub use options::ServeOptions;

/// What is kept of a request's head and of a body that nobody reads yet; hyper's own is 400 KB.
const BUFFER_BYTES: usize = 64 * 1024;
/// Streams of one HTTP/2 connection.
const HTTP2_STREAMS: u32 = 128;

/// What a server has done so far.
#[derive(Clone, Copy, Debug, Default, PartialEq, Eq)]
pub struct ServeStats {
    /// Connections that are open, WebSockets included.
    pub connections: usize,
    /// Connections that were refused, because there were too many in all or of their address.
    pub refused: u64,
    /// Connections that were cut off, because their client sent or took too little in time.
    pub cut_off: u64,
    /// Connections that were closed because nothing was asked on them for long.
    pub idle: u64,
}

/// Serves a router, or any other service, with limits on its connections.
///
/// [`Server::run`] takes them from a listener. A host with a loop of its own, as under plain hyper,
/// hands each to [`Server::admit`] and calls [`Server::shutdown`] at the end. TLS is the listener's:
/// bound the time of its handshakes.
pub struct Server<S> {
    service: S,
    shared: Arc<Shared>,
}

struct Shared {
    hub: Hub,
    options: ServeOptions,
    door: Arc<Door>,
    notices: Notices,
    http: auto::Builder<TokioExecutor>,
    /// Connections end after the requests that are under way.
    stop: CancellationToken,
    /// Connections end at once.
    kill: CancellationToken,
    tasks: TaskTracker,
}

impl<S> fmt::Debug for Server<S> {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        f.debug_struct("Server").field("stats", &self.stats()).finish_non_exhaustive()
    }
}

impl<S> Server<S> {
    /// A server of this service. The hub's streams are ended with it.
    ///
    /// # Errors
    /// A validation error when an option makes no sense.
    pub fn new(service: S, hub: Hub, options: ServeOptions) -> Result<Self> {
        options.validate()?;
        let door = Door::new(options.caps(options::descriptors()), options.trusted_proxies.clone());
        let mut http = auto::Builder::new(TokioExecutor::new());
        // The watch counts this time; hyper would take the idle time before it for a part of it.
        http.http1().header_read_timeout(None).max_buf_size(BUFFER_BYTES).timer(TokioTimer::new());
        http.http2().max_concurrent_streams(HTTP2_STREAMS).timer(TokioTimer::new());
        let shared = Shared {
            hub,
            options,
            door,
            notices: Notices::default(),
            http,
            stop: CancellationToken::new(),
            kill: CancellationToken::new(),
            tasks: TaskTracker::new(),
        };
        Ok(Self { service, shared: Arc::new(shared) })
    }

    /// What it has done so far.
    pub fn stats(&self) -> ServeStats {
        let total = |notice| self.shared.notices.total(notice);
        ServeStats {
            connections: self.shared.door.connections(),
            refused: total(Notice::Full) + total(Notice::Address),
            cut_off: total(Notice::Header) + total(Notice::Progress) + total(Notice::Drain),
            idle: total(Notice::Idle),
        }
    }

    /// Ends the connections, within [`ServeOptions::drain`]: live streams are told to come back
    /// elsewhere, requests that are under way are answered, and what is left then is cut off.
    /// Connections that come from now on are closed at once.
    pub async fn shutdown(&self) {
        let Shared { hub, options, notices, stop, kill, tasks, .. } = &*self.shared;
        stop.cancel();
        tasks.close();
        // Streams never end by themselves.
        let ended = async { tokio::join!(hub.shutdown(options.drain), tasks.wait()) };
        if tokio::time::timeout(options.drain, ended).await.is_err() {
            for _ in 0..tasks.len() {
                notices.tell(Notice::Drain, None);
            }
            kill.cancel();
            tasks.wait().await;
        }
    }
}

impl<S, B> Server<S>
where
    S: Service<Request<Body>, Response = Response<B>, Error = Infallible> + Clone + Send + 'static,
    S::Future: Send,
    B: http_body::Body + Send + Unpin + 'static,
    B::Data: Send,
    B::Error: Into<BoxError>,
{
    /// Serves what this listener accepts, until told to stop; then as [`Server::shutdown`].
    ///
    /// It takes every listener of axum's: one of tokio, one with TLS, one of a Unix socket. The
    /// client's address is there for rate limits, and as axum's `ConnectInfo<SocketAddr>`.
    pub async fn run<L: Listener<Addr: 'static>>(
        self,
        mut listener: L,
        stop: impl Future<Output = ()>,
    ) {
        let mut stop = pin!(stop);
        loop {
            tokio::select! {
                (io, address) = listener.accept() => {
                    let address: &dyn Any = &address;
                    self.admit(io, address.downcast_ref().copied());
                }
                () = &mut stop => break,
            }
        }
        drop(listener);
        self.shutdown().await;
    }

    /// Serves this connection in a task of its own, or closes it when there are too many.
    pub fn admit<IO>(&self, io: IO, peer: Option<SocketAddr>)
    where
        IO: AsyncRead + AsyncWrite + Unpin + Send + 'static,
    {
        let shared = &self.shared;
        if shared.stop.is_cancelled() {
            return;
        }
        match shared.door.enter(peer.map(|peer| peer.ip())) {
            Ok(place) => {
                prepare(&io, shared.options.progress_timeout);
                let served = serve(Arc::clone(shared), self.service.clone(), io, peer, place);
                shared.tasks.spawn(served);
            }
            Err(Refused::Full) => shared.notices.tell(Notice::Full, peer),
            Err(Refused::Address) => shared.notices.tell(Notice::Address, peer),
        }
    }
}

/// Small messages leave at once, and what the kernel holds for a client has the same time to move as
/// what the server holds.
fn prepare(io: &dyn Any, progress: Duration) {
    let Some(socket) = io.downcast_ref::<TcpStream>() else { return };
    // Without them the connection is slower, or lives longer.
    let _ = socket.set_nodelay(true);
    #[cfg(any(target_os = "linux", target_os = "android", target_os = "fuchsia"))]
    let _ = SockRef::from(socket).set_tcp_user_timeout(Some(progress));
    #[cfg(not(any(target_os = "linux", target_os = "android", target_os = "fuchsia")))]
    let _ =
        SockRef::from(socket).set_tcp_keepalive(&socket2::TcpKeepalive::new().with_time(progress));
}

/// Serves one connection to its end.
async fn serve<IO, S, B>(
    shared: Arc<Shared>,
    service: S,
    io: IO,
    peer: Option<SocketAddr>,
    place: Place,
) where
    IO: AsyncRead + AsyncWrite + Unpin + Send + 'static,
    S: Service<Request<Body>, Response = Response<B>, Error = Infallible> + Clone + Send + 'static,
    S::Future: Send,
    B: http_body::Body + Send + Unpin + 'static,
    B::Data: Send,
    B::Error: Into<BoxError>,
{
    let options = &shared.options;
    let watch = Watch::new(Times {
        header: options.header_timeout,
        idle: options.idle_timeout,
        progress: options.progress_timeout,
    });
    let io = Watched::new(io, Arc::clone(&watch), place);
    let mut dog = Watchdog::new(Arc::clone(&watch));
    let answer = service_fn(move |request: Request<Incoming>| {
        let under_way = watch.request();
        let mut request = request.map(|body| Body::new(Asked::new(body, Arc::clone(&watch))));
        introduce(&mut request, peer);
        let (service, watch) = (service.clone(), Arc::clone(&watch));
        async move {
            let answer = service.oneshot(request).await?;
            Ok::<_, Infallible>(answer.map(|body| Answered::new(body, watch, under_way)))
        }
    });
    let mut connection = pin!(shared.http.serve_connection_with_upgrades(TokioIo::new(io), answer));
    let mut stopping = false;
    loop {
        tokio::select! {
            // The watchdog looks after the connection has done what it could.
            biased;
            () = shared.kill.cancelled() => return,
            () = shared.stop.cancelled(), if !stopping => {
                stopping = true;
                connection.as_mut().graceful_shutdown();
            }
            ended = connection.as_mut() => {
                if let Err(error) = ended {
                    tracing::debug!(%error, peer = peer.map(tracing::field::display), "a connection broke");
                }
                return;
            }
            why = poll_fn(|cx| dog.poll(cx)) => {
                shared.notices.tell(why, peer);
                return;
            }
        }
    }
}

/// Tells handlers who calls, and live delivery how to come by the socket.
fn introduce(request: &mut Request<Body>, peer: Option<SocketAddr>) {
    let extensions = request.extensions_mut();
    extensions.insert(TAKE_SOCKET);
    if let Some(peer) = peer {
        extensions.insert(PeerAddr(IpAddr::to_canonical(&peer.ip())));
        extensions.insert(ConnectInfo(peer));
    }
}
