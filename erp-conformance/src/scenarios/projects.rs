//! Scenarios of the module `projects`, through the engine's services.
//!
//! A scenario is a `pub async fn name(h: Harness)` in a file of this directory
//! (`scenarios/projects/SUBJECT.rs`), named after the rule it holds, and registered below.

pub mod answers;
pub mod attachments;
pub mod board;
pub mod categories;
pub mod comments;
pub mod from_template;
pub mod gates;
pub mod graph;
pub mod history;
pub mod lifecycle;
pub mod members;
pub mod milestones;
pub mod phases;
pub mod plan;
pub mod rates;
pub mod search;
pub mod summary;
pub mod task_parts;
pub mod tasks;
pub mod template_keys;
pub mod templates;
pub mod texts;
pub mod time;

use erp_core::{
    Ctx, Error,
    access::BuiltInRole,
    ids::TaskId,
    ids::UserId,
    projects::{
        Dependency, DependencyKind, NewDependency, NewProject, NewTask, Project, ProjectDetails,
        ProjectRole, Task,
    },
};

use crate::Harness;

/// A new member of the organisation.
async fn person(h: &Harness, name: &str) -> Ctx {
    Ctx::user(h.user_with_role(name, BuiltInRole::MEMBER).await.id)
}

/// Someone who keeps the catalogue.
async fn keeper(h: &Harness) -> Ctx {
    Ctx::user(h.user_with_role("keeper", BuiltInRole::ADMIN).await.id)
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

/// A task of this title, to be done.
async fn task(h: &Harness, ctx: &Ctx, project: &Project, title: &str) -> Task {
    let new = NewTask::titled(title);
    h.engine.projects().create_task(ctx, project.id, new).await.expect("the task is made")
}

/// Makes one task wait until the other is finished.
async fn link(h: &Harness, ctx: &Ctx, before: TaskId, after: TaskId) -> Result<Dependency, Error> {
    let kind = DependencyKind::FinishStart;
    let new = NewDependency { predecessor: before, successor: after, kind, lag_min: 0 };
    h.engine.projects().link_tasks(ctx, new).await
}

#[doc(hidden)]
#[macro_export]
macro_rules! __projects_scenarios {
    ($callback:ident $(, $factory:expr)?) => {
        $crate::$callback! { [$($factory)?] projects (scenarios::projects) {
            lifecycle {
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
            answers {
                x_21_an_amount_keeps_its_digits_and_is_in_a_currency_in_use
                x_22_what_no_task_can_have_is_not_looked_for
                x_23_a_project_of_a_key_is_told_to_those_who_see_it
                x_23_sight_comes_before_versions_and_fields
            }
            history {
                auth_12_every_change_of_a_project_is_in_its_history
                proj_14_a_hidden_history_looks_like_none
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
            attachments {
                a_file_is_uploaded_linked_deleted_and_restored
                bad_files_are_refused_and_come_to_nothing
                rts_13_a_user_has_only_so_much_on_no_task
                what_is_on_no_task_is_swept
                proj_14_hidden_files_look_like_none
            }
            task_parts {
                a_checklist_is_worked_off
                x_18_several_work_on_a_checklist_at_once
                x_6_a_line_is_added_once
                members_watch_tasks
                proj_14_hidden_checklists_and_watchers_look_like_none
            }
            tasks {
                a_task_is_made_with_its_audit_and_event
                x_8_many_writers_get_codes_that_are_never_given_again
                x_6_making_a_task_twice_with_one_key_makes_one
                proj_1_done_has_its_time_on_every_path
                proj_2_a_task_is_not_done_before_what_it_waits_for
                proj_2_which_end_frees_is_the_hosts_choice
                proj_2_and_x_18_done_races_with_a_reopening_and_a_link
                x_12_a_task_goes_along_the_table_of_transitions
                x_5_a_task_is_changed_under_its_version
                x_15_only_active_members_are_newly_assigned
                proj_15_overdue_follows_zone_and_clock
                a_board_counts_by_column_and_is_paged
                proj_14_a_hidden_task_looks_like_none
                proj_8_and_proj_9_progress_is_of_what_was_not_given_up
            }
            graph {
                proj_3_rings_of_any_length_are_refused_with_their_path
                proj_3_self_duplicate_ancestor_and_foreign_edges_are_refused
                proj_4_two_edges_that_close_a_ring_at_once
                proj_4_random_edges_at_once_never_form_a_ring
                proj_5_a_move_is_checked_with_all_its_parts
                proj_5_two_moves_that_close_a_ring_at_once
                proj_6_deleting_hides_edges_and_restoring_checks_them
                x_9_parts_go_and_come_back_with_the_whole
                proj_7_a_schedule_is_of_what_is_open
            }
            milestones {
                a_milestone_is_made_changed_deleted_and_restored
                proj_13_moving_a_task_changes_both_milestones
                proj_8_and_proj_13_progress_is_what_the_tasks_say
                proj_13_health_follows_clock_and_schedule
                proj_14_hidden_milestones_look_like_none
            }
            phases {
                a_phase_is_made_changed_cancelled_and_restored
                phase_1_moving_a_phase_is_refused_or_puts_off_those_that_follow
                phase_1_of_phases_on_the_same_days_at_once_one_is_made
                phase_2_a_kind_is_renamed_everywhere_and_kept_while_it_is_used
                x_17_kinds_of_phases_are_of_those_who_see_the_catalogue
                phase_1_a_task_is_in_an_active_phase_of_its_project
                x_18_a_task_does_not_come_into_a_phase_that_is_cancelled_at_once
                phase_6_projects_with_phases_and_without_go_the_same_way
                proj_14_hidden_phases_look_like_none
            }
            gates {
                phase_3_gates_are_passed_in_order
                phase_3_open_tasks_block_a_gate_unless_they_are_left
                phase_3_the_current_phase_follows_clock_zone_and_gates
                phase_5_phases_cost_no_more_than_the_project_may
                phase_5_of_phases_and_budgets_at_once_only_what_fits_happens
            }
            rates {
                rates_are_of_those_who_may_see_them
                proj_12_a_projects_cost_is_at_the_rates_of_the_days
                proj_12_cost_is_the_sum_over_entries
                proj_14_rates_of_hidden_projects_look_like_none
            }
            summary {
                proj_12_and_proj_15_a_summary_is_of_this_moment
                proj_12_a_projects_time_is_the_sum_of_its_tasks
            }
            plan {
                proj_7_managers_say_when_a_project_is_worked_on
                proj_7_and_proj_11_a_schedule_counts_in_the_projects_working_time
                proj_7_successors_are_moved_in_one_commit_as_if_each_were_edited
                proj_7_moving_while_others_edit_loses_nothing
                proj_7_too_many_tasks_do_not_move_at_once
                proj_14_a_hidden_calendar_and_plan_look_like_none
            }
            time {
                proj_10_time_of_one_user_does_not_overlap
                proj_10_of_timers_started_at_once_one_runs
                proj_10_of_overlapping_times_written_down_at_once_one_is_taken
                proj_11_time_is_between_instants
                proj_12_a_tasks_time_is_the_sum_of_its_entries
                a_timer_is_stopped_wherever_it_runs
                x_6_time_written_down_twice_with_one_key_is_one_entry
                own_time_is_ones_own_and_managers_correct_it
                proj_14_hidden_time_looks_like_none
            }
            categories {
                x_17_who_does_not_see_the_catalogue_learns_nothing_of_it
                phase_6_a_project_is_of_a_category_or_of_none
                a_category_that_a_project_or_a_template_is_of_stays
                x_18_no_project_comes_into_a_category_that_goes
            }
            templates {
                a_template_is_made_changed_archived_and_taken_up
                phase_4_rings_are_refused_when_a_template_is_kept
                phase_4_a_template_is_bounded_and_told_by_field
                x_17_who_does_not_see_the_catalogue_learns_nothing_of_templates
            }
            from_template {
                phase_4_a_project_has_the_tasks_edges_days_and_roles_of_its_template
                phase_4_what_is_made_is_told_as_if_made_one_by_one
                phase_4_phases_come_with_their_days_budgets_and_tasks
                phase_4_phases_that_do_not_fit_or_are_gone_are_told
                phase_4_the_nearest_template_of_a_category_is_taken
                phase_4_what_is_gone_or_wrong_is_told_and_leaves_nothing
                phase_4_a_template_of_full_size_makes_a_project
            }
            template_keys {
                phase_4_a_key_makes_one_project_for_ever
                phase_4_of_those_with_one_key_at_once_one_makes_the_project
                phase_4_a_template_that_changes_meanwhile_is_taken_as_it_is_then
                proj_14_a_hidden_project_is_not_told_by_its_key
            }
            board {
                a_board_shows_all_columns_and_goes_on_in_the_list
                ready_is_what_nothing_holds_up
                proj_14_a_hidden_board_looks_like_none
                x_13_a_change_of_many_is_the_sum_of_singles
                a_wrong_change_of_many_is_refused_by_field
            }
            texts {
                x_20_names_and_titles_can_be_seen
                x_19_what_looks_the_same_is_one_thing
                x_19_a_word_is_found_in_each_normal_form_and_case
            }
            search {
                a_search_finds_whole_words_as_they_are_now
                proj_14_what_is_hidden_is_not_found
            }
            comments {
                answers_stand_in_the_thread_of_what_they_answer
                an_author_edits_and_a_manager_deletes
                x_9_a_deleted_comment_shows_no_body_and_comes_back
                x_6_a_repeated_comment_is_written_once
                proj_14_hidden_comments_look_like_none
            }
        } }
    };
}
