//! The router: the routes, and the layers around them.

use std::{
    convert::Infallible,
    task::{Context, Poll},
};

use axum::{
    Router,
    body::{Body, Bytes},
    extract::DefaultBodyLimit,
    http::{Request, Response},
    middleware::from_fn_with_state,
    routing::any,
};
use erp_core::Engine;
use tower::Service;

use super::{
    address, attachments, audit, auth, authenticate, checklists, comments, cors, health, items,
    members, messages, milestones, openapi, options::HttpOptions, origin, phases, problem::Failure,
    project_board, project_history, project_members, project_plan, project_templates, projects,
    reading, realtime, records, reservations, roles, rooms, route::Routes, state::App, stock,
    stock_alerts, stock_batch, stock_lots, stock_periods, stock_reports, stock_revaluations,
    surround, task_dependencies, task_search, tasks, tasks_bulk, team_members, teams, time_entries,
    user_access, user_state, users, watchers,
};
use erp_realtime::hub::Hub;

/// The routes of an engine under `/api`. A host nests or merges them into its own, or calls them
/// as a service under plain hyper.
///
/// It stands before axum's own type, so that a new major version of axum is none of this crate's.
#[derive(Clone, Debug)]
pub struct ErpRouter {
    routes: Router,
    /// The same, with a problem document for paths that are none of the engine's.
    alone: Router,
}

/// The routes of this engine, with live delivery by this hub.
pub fn router(engine: Engine, hub: Hub, options: HttpOptions) -> ErpRouter {
    let app = App::new(engine, hub, options);
    let open = openapi::route()
        .route_layer(from_fn_with_state(app.clone(), authenticate::count_strangers));
    let logins = Router::from(open_routes())
        .route_layer(from_fn_with_state(app.clone(), authenticate::count_logins));
    let closed = Router::from(closed_routes())
        .merge(streams(&app))
        .route_layer(from_fn_with_state(app.clone(), authenticate::require));
    let routes = open
        .merge(logins)
        .merge(closed)
        .merge(Router::from(health::routes()))
        .route("/api", any(no_route))
        .route("/api/", any(no_route))
        .route("/api/{*path}", any(no_route))
        .method_not_allowed_fallback(async || Failure::no_method());
    let alone = routes.clone().fallback(no_route);
    ErpRouter { routes: layered(routes, &app), alone: layered(alone, &app) }
}

fn layered(routes: Router<App>, app: &App) -> Router {
    let routes = routes
        .layer(DefaultBodyLimit::max(app.options.max_body_bytes))
        .layer(from_fn_with_state(app.clone(), origin::guard_changes))
        .layer(from_fn_with_state(app.clone(), address::note))
        .layer(from_fn_with_state(app.clone(), surround::surround));
    // The outermost, so that a page of another origin may read every refusal.
    let routes = match cors::layer(&app.options.cors) {
        Some(layer) => {
            routes.layer(from_fn_with_state(app.clone(), cors::spare_cookies)).layer(layer)
        }
        None => routes,
    };
    routes.with_state(app.clone())
}

async fn no_route() -> Failure {
    Failure::no_route()
}

/// Routes that need no login.
pub(super) fn open_routes() -> Routes {
    auth::open_routes()
}

/// Routes that need a login.
pub(super) fn closed_routes() -> Routes {
    Routes::default()
        .merge(auth::routes())
        .merge(users::routes())
        .merge(user_state::routes())
        .merge(user_access::routes())
        .merge(roles::routes())
        .merge(teams::routes())
        .merge(team_members::routes())
        .merge(audit::routes())
        .merge(rooms::routes())
        .merge(members::routes())
        .merge(messages::routes())
        .merge(reading::routes())
        .merge(items::routes())
        .merge(stock::routes())
        .merge(reservations::routes())
        .merge(stock_alerts::routes())
        .merge(stock_batch::routes())
        .merge(stock_lots::routes())
        .merge(stock_periods::routes())
        .merge(stock_revaluations::routes())
        .merge(stock_reports::routes())
        .merge(projects::routes())
        .merge(project_members::routes())
        .merge(project_history::routes())
        .merge(project_templates::routes())
        .merge(tasks::routes())
        .merge(tasks_bulk::routes())
        .merge(task_search::routes())
        .merge(project_board::routes())
        .merge(task_dependencies::routes())
        .merge(time_entries::routes())
        .merge(comments::routes())
        .merge(attachments::routes())
        .merge(checklists::routes())
        .merge(watchers::routes())
        .merge(project_plan::routes())
        .merge(milestones::routes())
        .merge(records::routes())
        .merge(phases::routes())
        .merge(realtime::routes())
}

fn streams(app: &App) -> Router<App> {
    Router::from(realtime::streams())
        .route_layer(from_fn_with_state(app.clone(), origin::guard_all))
}

impl ErpRouter {
    /// As axum's router, to nest or to merge. It answers paths under `/api` only.
    pub fn into_axum_router(self) -> Router {
        self.routes
    }
}

impl From<ErpRouter> for Router {
    fn from(router: ErpRouter) -> Self {
        router.into_axum_router()
    }
}

impl<B> Service<Request<B>> for ErpRouter
where
    B: http_body::Body<Data = Bytes> + Send + 'static,
    B::Error: Into<axum::BoxError>,
{
    type Response = Response<Body>;
    type Error = Infallible;
    type Future = axum::routing::future::RouteFuture<Infallible>;

    fn poll_ready(&mut self, _: &mut Context<'_>) -> Poll<Result<(), Infallible>> {
        Poll::Ready(Ok(()))
    }

    fn call(&mut self, request: Request<B>) -> Self::Future {
        self.alone.call(request.map(Body::new))
    }
}
