//! Scenarios of the module `projects`, through the engine's services.
//!
//! A scenario is a `pub async fn name(h: Harness)` in a file of this directory
//! (`scenarios/projects/SUBJECT.rs`), named after the rule it holds, and registered below.

pub mod members;
pub mod projects;

use erp_core::{
    Ctx,
    access::BuiltInRole,
    ids::UserId,
    projects::{NewProject, Project, ProjectDetails, ProjectRole},
};

use crate::Harness;

/// A new member of the organisation.
async fn person(h: &Harness, name: &str) -> Ctx {
    Ctx::user(h.user_with_role(name, BuiltInRole::MEMBER).await.id)
}

fn id(ctx: &Ctx) -> UserId {
    ctx.user_id().expect("a user")
}

fn new_project(code: &str, members: &[(&Ctx, ProjectRole)]) -> NewProject {
    NewProject {
        code: code.to_owned(),
        details: ProjectDetails::named(format!("project {code}")),
        members: members.iter().map(|(ctx, role)| (id(ctx), *role)).collect(),
    }
}

/// A project of the first, with the others as members.
async fn project(h: &Harness, code: &str, owner: &Ctx, others: &[&Ctx]) -> Project {
    let members: Vec<_> = others.iter().map(|ctx| (*ctx, ProjectRole::Member)).collect();
    let new = new_project(code, &members);
    h.engine.projects().create(owner, new).await.expect("the project is made")
}

#[doc(hidden)]
#[macro_export]
macro_rules! __projects_scenarios {
    ($callback:ident $(, $factory:expr)?) => {
        $crate::$callback! { [$($factory)?] projects (scenarios::projects) {
            projects {
                a_project_is_made_with_its_members_audit_and_event
                bad_projects_are_refused_by_field
                x_6_making_a_project_twice_with_one_key_makes_one
                x_5_a_project_is_changed_under_its_version
                x_12_a_project_goes_along_the_table_of_transitions
                x_9_a_deleted_project_is_hidden_and_comes_back
                proj_14_a_hidden_project_looks_like_none
                proj_14_an_overseer_sees_all_and_changes_nothing_alone
                proj_14_the_audit_log_shows_values_to_those_who_see_the_project
            }
            members {
                roles_say_who_may_do_what
                a_project_keeps_an_owner
                x_18_of_two_owners_who_leave_at_once_one_stays
                concurrent_joins_lose_none
                x_18_a_change_is_refused_once_its_author_is_out
                proj_14_who_left_sees_nothing_more
                x_15_only_active_users_are_put_in
            }
        } }
    };
}
