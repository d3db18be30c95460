//! The HTTP surface: one router that a host nests, or calls as a [`tower::Service`].
//!
//! A request passes, from the outside: what tells browsers of other origins (`cors`, if the host lists
//! any), its name and safety headers (`surround`), the client's
//! address (`address`), the check of its origin (`origin`), the login and the rate limits
//! (`authenticate`); then a handler, which parses, calls one service and answers. Every refusal
//! is a problem document (`problem`). `GET /api/openapi.json` describes all of it.
//!
//! [`Server`] serves it, or a host's own router around it, with limits on what a connection may hold up.

mod address;
mod attachments;
mod audit;
mod auth;
mod authenticate;
mod checklists;
mod comments;
mod cookie;
mod cors;
mod describe;
#[cfg(feature = "openapi")]
mod document;
mod extract;
mod health;
mod items;
mod limits;
mod list;
mod members;
mod messages;
mod milestones;
mod openapi;
mod options;
mod origin;
mod patience;
mod phases;
mod problem;
mod project_board;
mod project_history;
mod project_members;
mod project_plan;
mod project_templates;
mod projects;
mod reading;
mod realtime;
mod records;
mod reservations;
mod roles;
mod rooms;
mod route;
mod router;
#[cfg(feature = "openapi")]
mod schema;
mod serve;
mod stall;
mod state;
mod stock;
mod stock_alerts;
mod stock_batch;
mod stock_lots;
mod stock_periods;
mod stock_reports;
mod stock_revaluations;
mod surround;
mod task_dependencies;
mod task_search;
mod tasks;
mod tasks_bulk;
mod team_members;
mod teams;
mod time_entries;
mod user_access;
mod user_state;
mod users;
mod watchers;

pub use address::{PeerAddr, ProxyNetwork};
pub use authenticate::{Authenticator, Principal, SessionAuthenticator};
pub use cors::CorsOrigin;
#[cfg(feature = "openapi")]
pub use document::document;
pub use openapi::DOCUMENT;
pub use options::{CookieSecurity, HttpOptions, Rate, RateLimits};
pub use router::{ErpRouter, router};
pub use serve::{ServeOptions, ServeStats, Server};
