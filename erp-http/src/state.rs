//! What every handler has at hand.

use std::{ops::Deref, sync::Arc};

use erp_core::Engine;

use super::{
    authenticate::{Authenticator, SessionAuthenticator},
    limits::Limits,
    options::HttpOptions,
};
use erp_realtime::hub::Hub;

/// What every handler has at hand. A clone is the same.
#[derive(Clone)]
pub(super) struct App(Arc<Parts>);

pub(super) struct Parts {
    pub(super) engine: Engine,
    pub(super) hub: Hub,
    pub(super) options: HttpOptions,
    pub(super) authenticator: Arc<dyn Authenticator>,
    pub(super) limits: Limits,
}

impl App {
    pub(super) fn new(engine: Engine, hub: Hub, options: HttpOptions) -> Self {
        let authenticator = options.authenticator.clone().unwrap_or_else(|| {
            Arc::new(SessionAuthenticator::new(engine.clone(), options.cookies))
        });
        let limits = Limits::new(&options.rate_limits);
        Self(Arc::new(Parts { engine, hub, options, authenticator, limits }))
    }
}

impl Deref for App {
    type Target = Parts;

    fn deref(&self) -> &Parts {
        &self.0
    }
}
