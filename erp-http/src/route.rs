//! Routes, and handlers without their types.
//!
//! axum compiles its own machinery for every type of handler. Here a handler is two closures behind a
//! pointer, and axum sees one type.

use std::{borrow::Cow, sync::Arc};

use axum::{
    Router,
    handler::Handler,
    http::StatusCode,
    response::{IntoResponse, Response},
    routing::{MethodFilter, on},
};
use futures::future::BoxFuture;
use serde::Serialize;

use super::{
    extract::{Argument, Call},
    problem::Failure,
    state::App,
};

/// A handler at its place. [`erp_derive::endpoint`] makes one.
pub(super) struct Route {
    method: MethodFilter,
    path: Cow<'static, str>,
    handler: Erased,
    #[cfg(feature = "openapi")]
    describe: crate::document::Describe,
}

impl Route {
    pub(super) fn new(
        method: MethodFilter,
        path: impl Into<Cow<'static, str>>,
        handler: Erased,
        #[cfg(feature = "openapi")] describe: crate::document::Describe,
    ) -> Self {
        Self {
            method,
            path: path.into(),
            handler,
            #[cfg(feature = "openapi")]
            describe,
        }
    }
}

/// Routes, and what describes them.
#[derive(Default)]
pub(super) struct Routes {
    router: Router<App>,
    #[cfg(feature = "openapi")]
    pub(super) operations: Vec<crate::document::Describe>,
}

impl Routes {
    pub(super) fn routes(mut self, routes: impl IntoIterator<Item = Route>) -> Self {
        for route in routes {
            self.router = self.router.route(&route.path, on(route.method, route.handler));
            #[cfg(feature = "openapi")]
            self.operations.push(route.describe);
        }
        self
    }

    pub(super) fn merge(mut self, other: Self) -> Self {
        self.router = self.router.merge(other.router);
        #[cfg(feature = "openapi")]
        self.operations.extend(other.operations);
        self
    }
}

impl From<Routes> for Router<App> {
    fn from(routes: Routes) -> Self {
        routes.router
    }
}

/// The routes of these handlers.
macro_rules! routes {
    ($($handler:ident),+) => {
        [$($handler()),+]
    };
}
pub(super) use routes;

/// Takes its arguments out of the call and begins.
type Start = dyn Fn(&mut Call) -> Result<BoxFuture<'static, Response>, Failure> + Send + Sync;

/// A handler without its type.
#[derive(Clone)]
pub(super) struct Erased {
    reads_body: bool,
    start: Arc<Start>,
}

impl Erased {
    pub(super) fn new<A, E: Endpoint<A>>(endpoint: E) -> Self {
        Self { reads_body: E::READS_BODY, start: Arc::new(move |call| endpoint.start(call)) }
    }
}

/// Tells axum's [`Handler`] from those of its own.
pub(super) struct OfEngine;

impl Handler<OfEngine, App> for Erased {
    type Future = BoxFuture<'static, Response>;

    fn call(self, request: axum::extract::Request, app: App) -> Self::Future {
        Box::pin(async move {
            let mut call = Call::new(app, request);
            if self.reads_body {
                call.read_body().await;
            }
            match (self.start)(&mut call) {
                Ok(answer) => answer.await,
                Err(failure) => failure.into_response(),
            }
        })
    }
}

/// An async function that takes these arguments out of a call.
pub(super) trait Endpoint<A>: Send + Sync + 'static {
    /// Whether one of them is the body.
    const READS_BODY: bool;

    /// Takes the arguments in their order and begins.
    fn start(&self, call: &mut Call) -> Result<BoxFuture<'static, Response>, Failure>;
}

macro_rules! endpoints {
    ($($argument:ident)*) => {
        impl<F, R, Fut, $($argument),*> Endpoint<($($argument,)*)> for F
        where
            F: Fn($($argument),*) -> Fut + Send + Sync + 'static,
            Fut: Future<Output = R> + Send + 'static,
            R: IntoResponse,
            $($argument: Argument,)*
        {
            const READS_BODY: bool = false $(|| $argument::READS_BODY)*;

            #[allow(unused_variables, reason = "there is one without arguments")]
            fn start(&self, call: &mut Call) -> Result<BoxFuture<'static, Response>, Failure> {
                let answer = self($($argument::take(call)?),*);
                Ok(Box::pin(async move { answer.await.into_response() }))
            }
        }
    };
}

endpoints!();
endpoints!(A);
endpoints!(A B);
endpoints!(A B C);
endpoints!(A B C D);
endpoints!(A B C D E);
endpoints!(A B C D E G);

/// An answer in JSON.
#[derive(Debug)]
pub(super) struct Json<T>(pub(super) T);

impl<T: Serialize> IntoResponse for Json<T> {
    fn into_response(self) -> Response {
        json(serde_json::to_vec(&self.0))
    }
}

fn json(body: serde_json::Result<Vec<u8>>) -> Response {
    const JSON: axum::http::HeaderValue = axum::http::HeaderValue::from_static("application/json");
    match body {
        Ok(body) => {
            (StatusCode::OK, [(axum::http::header::CONTENT_TYPE, JSON)], body).into_response()
        }
        Err(error) => {
            Failure::from(erp_core::error::Error::Internal(error.to_string())).into_response()
        }
    }
}
