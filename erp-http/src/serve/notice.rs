//! What the log says of connections that are cut off or refused: at most one line of each kind in
//! ten seconds, with their number, so that who attacks the server does not fill its disk too.

use std::{net::SocketAddr, sync::Arc, time::Duration};

use parking_lot::Mutex;

/// The time between two lines of one kind.
const EVERY: Duration = Duration::from_secs(10);

/// What is told.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub(super) enum Notice {
    /// Refused: there are as many connections as may be.
    Full,
    /// Refused: its address has as many as it may have.
    Address,
    /// Cut off: no whole head of a request came in time.
    Header,
    /// Closed: no request came for long.
    Idle,
    /// Cut off: the client sent or took too little.
    Progress,
    /// Cut off: it was still open when the server had to stop.
    Drain,
}

impl Notice {
    const COUNT: usize = 6;

    const fn text(self) -> &'static str {
        match self {
            Self::Full => "connections were refused: there are as many as may be",
            Self::Address => "connections were refused: their address has as many as it may have",
            Self::Header => "connections were cut off: no whole head of a request came in time",
            Self::Idle => "connections were closed: no request came for long",
            Self::Progress => "connections were cut off: the client sent or took too little",
            Self::Drain => "connections were cut off: they were open when the server had to stop",
        }
    }
}

/// The lines of one kind.
#[derive(Debug, Default)]
struct Kind {
    /// In all.
    total: u64,
    /// Since the last line.
    untold: u64,
    /// Whether a line was written within the time.
    quiet: bool,
    last: Option<SocketAddr>,
}

/// Counts and tells.
#[derive(Clone, Debug, Default)]
pub(super) struct Notices(Arc<[Mutex<Kind>; Notice::COUNT]>);

impl Notices {
    /// Tells of one at once, of those that follow within the time together.
    pub fn tell(&self, notice: Notice, peer: Option<SocketAddr>) {
        let mut kind = self.kind(notice).lock();
        kind.total += 1;
        kind.untold += 1;
        kind.last = peer;
        if !kind.quiet {
            kind.quiet = true;
            write(notice, &mut kind);
            drop(kind);
            let notices = self.clone();
            tokio::spawn(async move { notices.rest(notice).await });
        }
    }

    /// Tells of the rest, as long as there is more after each time.
    async fn rest(self, notice: Notice) {
        loop {
            tokio::time::sleep(EVERY).await;
            let mut kind = self.kind(notice).lock();
            if kind.untold == 0 {
                kind.quiet = false;
                return;
            }
            write(notice, &mut kind);
        }
    }

    /// How many there were.
    pub fn total(&self, notice: Notice) -> u64 {
        self.kind(notice).lock().total
    }

    fn kind(&self, notice: Notice) -> &Mutex<Kind> {
        let [full, address, header, idle, progress, drain] = &*self.0;
        match notice {
            Notice::Full => full,
            Notice::Address => address,
            Notice::Header => header,
            Notice::Idle => idle,
            Notice::Progress => progress,
            Notice::Drain => drain,
        }
    }
}

fn write(notice: Notice, kind: &mut Kind) {
    let (count, last) = (std::mem::take(&mut kind.untold), kind.last.map(tracing::field::display));
    // That a browser's connection ends unused is what happens all day.
    if notice == Notice::Idle {
        tracing::debug!(count, last, "{}", notice.text());
    } else {
        tracing::warn!(count, last, "{}", notice.text());
    }
}

#[cfg(test)]
mod tests {
    use std::sync::atomic::{AtomicUsize, Ordering};

    use tracing::{Event, Metadata, Subscriber, span};

    use super::*;

    /// Counts lines.
    struct Lines(Arc<AtomicUsize>);

    impl Subscriber for Lines {
        fn enabled(&self, _: &Metadata<'_>) -> bool {
            true
        }

        fn new_span(&self, _: &span::Attributes<'_>) -> span::Id {
            span::Id::from_u64(1)
        }

        fn record(&self, _: &span::Id, _: &span::Record<'_>) {}

        fn record_follows_from(&self, _: &span::Id, _: &span::Id) {}

        fn event(&self, event: &Event<'_>) {
            let own = event.metadata().target().starts_with("erp_http::serve::notice");
            self.0.fetch_add(usize::from(own), Ordering::SeqCst);
        }

        fn enter(&self, _: &span::Id) {}

        fn exit(&self, _: &span::Id) {}
    }

    #[tokio::test(start_paused = true)]
    async fn rts_13_the_log_says_so_in_few_lines() {
        let lines = Arc::new(AtomicUsize::new(0));
        let _own = tracing::subscriber::set_default(Lines(lines.clone()));
        let notices = Notices::default();
        for _ in 0..100_000 {
            notices.tell(Notice::Full, None);
        }
        assert_eq!(lines.load(Ordering::SeqCst), 1, "the first at once");
        tokio::time::sleep(EVERY * 2 + Duration::from_secs(1)).await;
        assert_eq!(lines.load(Ordering::SeqCst), 2, "the rest together");
        notices.tell(Notice::Full, None);
        notices.tell(Notice::Header, None);
        assert_eq!(lines.load(Ordering::SeqCst), 4, "after a quiet time at once again");
        assert_eq!(notices.total(Notice::Full), 100_001);
    }
}
