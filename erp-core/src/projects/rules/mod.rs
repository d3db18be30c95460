//! The module's decisions: pure functions.

mod project;

pub use project::{check_details, keeps_an_owner, may_set_role, project_code, project_transition};
