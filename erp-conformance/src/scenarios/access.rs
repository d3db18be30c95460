//! Scenarios of the module `access`, through the engine's services.
//!
//! A scenario is a `pub async fn name(h: Harness)` in a file of this directory
//! (`scenarios/access/SUBJECT.rs`, declared here as `pub mod SUBJECT;`), named after the rule it holds,
//! and registered below as `SUBJECT { name … }`: what is not listed is reported as dead code.

pub mod audit;
pub mod ceiling;
pub mod directory;
mod held;
pub mod logins;
pub mod overtaken;
pub mod owners;
pub mod passwords;
pub mod people;
pub mod retention;
pub mod roles;
pub mod sessions;
pub mod teams;
pub mod texts;

use std::pin::pin;

use chrono::TimeDelta;
use erp_core::{
    Ctx, Error,
    access::{
        BuiltInRole, DeviceToken, LoginOutcome, LoginRequest, NewOwner, NewUser, RequestOrigin,
        UserView,
    },
    ids::{RoleId, UserId},
};
use futures::future::{Either, select};

use crate::Harness;

/// The password of everyone here.
const PASSWORD: &str = "correct horse battery";
/// Where everyone logs in from, unless the case says otherwise.
const HOME: &str = "203.0.113.7";

/// Sets the organisation up; the owner's address is `owner@example.org`.
async fn owner(h: &Harness) -> Ctx {
    let owner = NewOwner {
        email: "owner@example.org".to_owned(),
        display_name: "owner".to_owned(),
        password: PASSWORD.into(),
    };
    Ctx::user(h.engine.access().set_up(&Ctx::system(), owner).await.expect("the first user").id)
}

/// A user `name@example.org` with a password and these roles, created by the host.
async fn person(h: &Harness, name: &str, roles: &[RoleId]) -> Ctx {
    let user = h.engine.access().create_user(&Ctx::system(), new_user(name, roles)).await;
    Ctx::user(user.expect("the user is created").id)
}

async fn member(h: &Harness, name: &str) -> Ctx {
    person(h, name, &[BuiltInRole::MEMBER.id]).await
}

async fn admin(h: &Harness, name: &str) -> Ctx {
    person(h, name, &[BuiltInRole::ADMIN.id]).await
}

fn new_user(name: &str, roles: &[RoleId]) -> NewUser {
    NewUser {
        email: format!("{name}@example.org"),
        display_name: name.to_owned(),
        password: Some(PASSWORD.into()),
        roles: roles.to_vec(),
    }
}

fn id(ctx: &Ctx) -> UserId {
    ctx.user_id().expect("a user")
}

/// The user as the host sees him.
async fn view(h: &Harness, user: &Ctx) -> UserView {
    h.engine.access().user(&Ctx::system(), id(user)).await.expect("the user exists")
}

fn from(ip: &str) -> RequestOrigin {
    RequestOrigin { ip: Some(ip.parse().expect("an address")), ..RequestOrigin::default() }
}

/// From a device that a login from here has made known.
fn from_device(ip: &str, device: &DeviceToken) -> RequestOrigin {
    RequestOrigin { device: Some(device.clone()), ..from(ip) }
}

/// A login as `name@example.org`.
fn login_as(name: &str, password: &str) -> LoginRequest {
    LoginRequest {
        email: format!("{name}@example.org"),
        password: password.into(),
        device: Default::default(),
    }
}

/// Makes a call, and has time pass for as long as it waits. Returns how long that was, too.
async fn patiently<T>(h: &Harness, call: impl Future<Output = T>) -> (T, TimeDelta) {
    let start = h.now();
    let mut call = pin!(call);
    loop {
        let wake = pin!(h.clock.next_wake());
        match select(call, wake).await {
            Either::Left((done, _)) => return (done, h.now() - start),
            Either::Right((at, waiting)) => {
                h.clock.set(at);
                call = waiting;
            }
        }
    }
}

/// An attempt to log in as `name@example.org`, however long it takes.
async fn attempt(h: &Harness, ip: &str, name: &str, password: &str) -> Result<LoginOutcome, Error> {
    attempt_from(h, &from(ip), name, password).await.0
}

/// An attempt to log in, with how long it took.
async fn attempt_from(
    h: &Harness,
    origin: &RequestOrigin,
    name: &str,
    password: &str,
) -> (Result<LoginOutcome, Error>, TimeDelta) {
    patiently(h, h.engine.access().login(origin, login_as(name, password))).await
}

/// A login from home: the context that its requests have.
async fn log_in(h: &Harness, name: &str) -> Ctx {
    let outcome = attempt(h, HOME, name, PASSWORD).await.expect("the login is good");
    let known = h.engine.access().authenticate(&from(HOME), &outcome.token).await;
    known.expect("the token is good").ctx
}

#[track_caller]
fn forbidden<T: std::fmt::Debug>(result: Result<T, Error>) {
    assert!(matches!(result, Err(Error::Forbidden { .. })), "{result:?}");
}

#[track_caller]
fn invalid<T: std::fmt::Debug>(result: Result<T, Error>, field: &str) {
    match result {
        Err(Error::Validation(violations)) => assert_eq!(violations[0].field, field),
        other => panic!("{other:?}"),
    }
}

#[track_caller]
fn missing<T: std::fmt::Debug + PartialEq>(result: Result<T, Error>, entity: &'static str) {
    assert_eq!(result, Err(Error::NotFound { entity }));
}

#[doc(hidden)]
#[macro_export]
macro_rules! __access_scenarios {
    ($callback:ident $(, $factory:expr)?) => {
        $crate::$callback! { [$($factory)?] access (scenarios::access) {
            owners {
                auth_7_set_up_makes_one_owner_of_many_at_once
                auth_7_the_last_owner_stays
                auth_7_an_owner_through_teams_counts_on_every_path
                auth_7_two_demotions_at_once_leave_one_owner
                auth_7_mixed_removals_at_once_leave_one_owner
                x_14_only_the_host_sets_up
            }
            people {
                auth_2_a_deactivated_user_is_out_and_keeps_his_name
                auth_6_an_address_is_unique_among_those_not_deleted
                auth_6_of_many_creations_at_once_one_gets_the_address
                auth_12_an_update_without_change_writes_nothing
                x_5_a_stale_update_is_refused
                x_6_a_creation_repeated_with_its_key_gives_the_first_answer
                x_9_a_deleted_user_is_hidden_and_comes_back_with_his_roles
                x_12_states_change_by_the_table_alone
                bad_users_are_refused_by_field
                auth_19_ones_own_address_changes_with_the_password
                auth_19_guessing_it_through_the_address_slows_down
            }
            directory {
                x_7_addresses_are_shown_to_and_found_by_those_who_may_see_them
                x_11_a_list_is_paged_by_name_and_its_cursor_bound
                x_17_a_guest_sees_the_names_of_his_rooms_alone
            }
            overtaken {
                auth_1_a_login_overtaken_by_a_reset_leaves_no_session
                auth_1_a_password_change_overtaken_by_another_is_refused
                auth_2_a_login_overtaken_by_a_deactivation_leaves_no_session
                auth_4_attempts_that_all_looked_first_wait_as_one_after_another
                auth_7_a_demotion_overtaken_by_another_leaves_the_last_owner
                auth_7_a_set_up_overtaken_by_another_is_refused
                auth_9_a_grant_overtaken_by_its_granters_demotion_is_refused
                auth_9_an_update_overtaken_by_its_users_promotion_is_refused
                auth_10_a_nesting_overtaken_by_its_reverse_is_refused
            }
            passwords {
                auth_1_self_password_change_keeps_only_the_callers_session
                auth_1_a_password_set_by_another_ends_all_sessions
                auth_1_a_login_during_a_reset_does_not_survive_it
                auth_16_guessing_the_present_password_slows_down
                auth_18_bad_passwords_are_refused_by_field
                auth_18_a_password_opens_however_it_is_typed
                auth_18_an_old_hash_works_and_is_renewed_at_the_next_login
            }
            logins {
                auth_4_every_failure_has_the_same_answer_and_work
                auth_4_unknown_addresses_slow_down_alike
                auth_4_attempts_at_once_wait_as_one_after_another
                auth_16_failures_slow_down_and_the_right_password_opens
                auth_16_the_owner_gets_in_whatever_strangers_try
                auth_16_a_device_is_its_users_and_not_for_ever
                auth_16_a_guesser_with_the_device_slows_down_himself_alone
                auth_16_so_many_wait_and_no_more
                auth_5_a_token_is_told_once
                a_login_tells_its_device
            }
            sessions {
                auth_3_a_session_ends_idle_and_at_its_age
                auth_3_a_live_connection_learns_when_its_session_ends
                the_use_of_a_session_is_noted_now_and_then
                sessions_are_listed_and_ended_one_by_one
                ending_the_others_keeps_the_callers
                x_17_another_users_session_looks_like_none
                auth_19_a_login_replaces_the_devices_old_session
                auth_19_of_more_than_fifty_sessions_the_oldest_goes
                auth_19_logins_at_once_leave_no_more_than_fifty_sessions
            }
            roles {
                auth_8_a_right_comes_and_goes_with_the_commit
                auth_8_rights_are_the_union_of_roles_and_teams
                built_in_roles_stay_as_they_are
                a_role_is_changed_under_its_version_and_deleted_everywhere
                x_6_a_role_repeated_with_its_key_is_made_once
                giving_a_role_twice_writes_once
                x_7_roles_are_seen_by_those_who_may
            }
            ceiling {
                auth_9_nobody_grants_or_makes_a_role_beyond_his_rights
                auth_9_nobody_gives_rights_through_a_team_that_he_lacks
                auth_9_nobody_manages_an_account_with_more_rights
                auth_9_a_demotion_at_once_with_a_grant_gives_a_serial_outcome
            }
            teams {
                auth_10_rings_are_refused_with_their_path
                auth_10_nestings_at_once_close_no_ring
                auth_10_effective_members_count_once
                auth_11_direct_and_inherited_membership_are_separate
                a_team_is_renamed_and_deleted_with_its_rights
                x_7_teams_are_seen_by_those_who_may
            }
            texts {
                x_20_a_name_can_be_seen_and_stays_on_its_line
                x_19_what_looks_the_same_is_one_person_role_or_team
            }
            audit {
                auth_12_an_entry_says_who_what_and_from_where
                auth_17_failures_come_into_the_log_by_network_and_window
                auth_17_however_much_is_tried_the_log_grows_by_little
                auth_17_every_way_to_tell_a_wrong_password_is_counted
                auth_14_values_are_what_the_viewer_may_see_now
                auth_14_a_rooms_values_are_for_its_readers
                x_11_the_log_is_filtered_and_paged
                x_7_the_log_is_for_auditors
            }
            retention {
                auth_13_a_dropped_month_leaves_an_anchor_and_a_fact
                x_16_a_run_forgets_what_is_old_and_nothing_else
            }
        } }
    };
}
