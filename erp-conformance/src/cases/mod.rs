//! The contract of the ports, one case for each point of it.
//!
//! A case is a `pub async fn name(h: Harness)` in the file of its subject, registered below: what
//! is not listed is reported as dead code.

pub mod attachments;
pub mod audit;
pub mod boards;
pub mod calendar;
pub mod catalog;
pub mod comments;
pub mod commit;
pub mod dropped;
pub mod guards;
pub mod idempotency;
pub mod log;
pub mod log_readers;
pub mod maintenance;
pub mod membership;
pub mod messages;
pub mod milestones;
pub mod phases;
pub mod pointer;
pub mod projects;
pub mod random_walk;
pub mod rates;
pub mod records;
pub mod refusals;
pub mod rights;
pub mod rooms;
pub mod search;
pub mod sequence;
pub mod sessions;
pub(crate) mod support;
pub mod task_parts;
pub mod tasks;
pub mod templates;
pub mod time;
pub mod unique;
pub mod unread;
pub mod users;
pub mod versions;

#[doc(hidden)]
#[macro_export]
macro_rules! __port_cases {
    ($callback:ident $(, $factory:expr)?) => {
        $crate::$callback! { [$($factory)?] ports (cases) {
            commit {
                a_failing_last_change_leaves_nothing
                every_kind_of_refusal_leaves_nothing
                a_change_sees_those_before_it
                the_receipt_has_the_last_position_and_one_allocation_for_each_change
                a_set_without_changes_writes_its_audit_entry_and_its_events
                auth_12_the_audit_entry_is_kept_as_it_was_given
                an_event_is_kept_as_it_was_given
                a_refusal_does_not_stop_the_next_commit
            }
            guards {
                a_guard_on_another_access_graph_is_refused
                a_guard_on_another_roster_is_refused
                a_stale_guard_is_told_before_a_refused_change
                what_touches_the_access_graph_raises_its_version_by_one
                what_touches_a_roster_raises_its_version_by_one
                auth_7_of_commits_under_one_graph_exactly_one_happens
                a_guard_sees_changes_that_are_not_guarded
                a_post_is_written_only_while_what_it_was_decided_on_holds
                of_commits_under_one_roster_exactly_one_happens
            }
            versions {
                x_5_a_change_expects_the_present_version
                x_5_a_deletion_expects_the_present_version
                an_update_changes_what_it_names
                a_room_update_replaces_name_and_topic
                chat_40_archiving_raises_version_and_roster
                posts_and_members_leave_the_rooms_version
                x_18_of_changes_that_expect_one_version_exactly_one_happens
            }
            unique {
                auth_6_an_address_is_unique_without_regard_to_case
                auth_6_a_deleted_users_address_is_free
                role_and_team_names_are_unique_without_regard_to_case
                channel_names_are_unique_without_regard_to_case
                chat_10_a_direct_room_is_unique_per_pair
                x_18_of_those_who_want_the_same_at_once_one_gets_it
                an_id_is_used_once
            }
            refusals {
                a_missing_user_role_or_team_is_told
                a_missing_room_member_or_message_is_told
                setting_twice_and_removing_what_is_not_there_is_no_error
                a_stale_version_is_told_before_a_conflict_and_that_before_a_missing_reference
                a_used_id_is_told_before_another_unique_value
                guards_are_told_in_their_order
                the_first_wrong_change_is_told
            }
            idempotency {
                x_6_a_repeated_request_gets_the_first_answer
                x_6_the_answer_comes_back_as_it_was
                x_6_a_key_is_not_used_for_another_request
                x_6_a_key_is_the_actors_own
                x_6_keys_differ_by_case
                x_6_a_repeated_request_is_answered_though_its_guards_are_stale
                x_6_a_failed_request_leaves_its_key_free
                x_6_the_same_request_from_many_tasks_is_written_once
                x_6_one_key_for_many_requests_at_once_is_used_by_one
            }
            sequence {
                chat_11_messages_are_numbered_without_a_gap
                chat_11_numbers_have_no_gap_when_many_post_at_once
                chat_11_two_messages_of_one_set_get_two_numbers
                a_joining_has_the_rooms_last_number
                chat_4_the_event_has_the_pointer_that_resulted
                a_slot_names_its_change_wherever_the_event_stands
                a_message_is_kept_as_it_was_given
                chat_41_a_message_of_the_past_is_neither_last_nor_unread
                chat_11_a_refused_post_uses_up_no_number
            }
            pointer {
                chat_4_reading_moves_forward_only_and_not_beyond_the_last_message
                chat_5_marking_unread_moves_back_only
                chat_5_the_pointer_does_not_go_back_before_what_the_member_sees
                a_pointer_is_the_members_own
                chat_1_posting_reads_nothing_of_others
                chat_4_moves_at_once_end_at_the_furthest
                chat_6_a_post_at_once_with_reading_equals_some_order
            }
            unread {
                chat_1_own_deleted_and_system_messages_do_not_count
                chat_2_deleting_lowers_by_one_for_those_who_had_not_read
                chat_3_an_edit_leaves_the_count
                unread_lists_rooms_with_any_by_room_id
                chat_1_unread_is_what_the_messages_say_after_random_operations
                chat_7_nothing_before_the_joining_is_unread
            }
            membership {
                a_new_room_has_the_given_members
                chat_7_who_joins_starts_at_the_last_message
                adding_a_member_again_changes_nothing_of_his_membership
                chat_7_who_comes_back_starts_anew
                a_role_and_a_mute_are_set_alone
                members_are_listed_by_user_id_in_pages
                chat_40_owners_are_listed_by_user_id
                memberships_and_peers_are_listed_by_id
            }
            messages {
                every_anchor_gives_its_part_in_order
                a_room_without_messages_has_none
                chat_12_an_edit_keeps_what_was_said_before
                deleting_and_restoring_sets_the_mark_alone
            }
            rooms {
                access_has_the_room_and_the_users_membership
                chat_18_peer_active_tells_whether_the_other_one_is_let_in
                posting_has_rights_room_and_membership_in_one_read
                a_room_is_found_by_its_pair_and_by_its_name
                a_users_rooms_are_listed_by_id_in_pages
                channels_are_listed_by_id_in_pages
                a_room_of_every_kind_is_kept_as_it_was_given
            }
            users {
                users_are_found_by_id_deleted_or_not
                credentials_are_found_by_the_normalised_address
                users_are_listed_by_name_then_id_in_pages_with_ties
                x_11_a_page_starts_after_its_key_whatever_was_added
                deleted_users_are_listed_only_when_asked_for
                search_takes_the_text_letter_by_letter
                x_11_a_search_is_paged_like_the_list
            }
            rights {
                the_built_in_roles_are_there_from_the_start
                roles_and_teams_are_listed_by_name
                auth_8_rights_are_the_union_of_direct_roles_and_those_of_teams
                auth_8_a_role_has_permissions_of_the_host
                a_subject_is_active_by_his_status
                auth_11_direct_and_inherited_members_are_told_apart
                deleting_a_role_takes_it_from_all_who_have_it
                deleting_a_team_takes_its_grants_members_and_nestings
                the_graph_is_whole
                direct_roles_are_listed_by_id
            }
            audit {
                entries_are_listed_newest_first_in_pages_with_ties
                every_filter_leaves_what_it_says
                an_action_of_others_is_read_back_by_its_name
                auth_12_every_commit_writes_one_entry
                x_13_what_is_done_along_is_audited_as_if_alone
            }
            sessions {
                a_session_is_found_by_its_token_and_by_its_id
                sessions_are_listed_newest_first_with_ties
                auth_1_sessions_end_all_all_but_one_or_one
                a_touch_never_moves_back
                of_touches_at_once_the_latest_stays
                failures_are_counted_by_key_and_forgotten
                of_failures_at_once_none_is_lost
                auth_16_an_attempt_that_was_good_is_taken_back
                auth_16_of_attempts_taken_back_at_once_none_is_lost
                auth_16_a_device_is_remembered_and_forgotten
            }
            log {
                the_epoch_is_letters_and_digits_and_stays
                an_empty_log_has_nothing_to_read
                settled_covers_every_answered_commit
                rts_5_an_answered_commit_is_read_at_once
                reading_on_from_what_was_reached_gives_each_event_once
                reading_starts_after_any_position
                bc_3_the_events_of_a_commit_keep_their_order
                bc_2_a_refused_commit_leaves_no_event
                a_commit_wakes_those_who_wait
                a_wait_ends_by_itself
            }
            log_readers {
                rts_6_every_reader_sees_every_event_once_in_one_order
                rts_5_who_waits_gets_every_event
            }
            maintenance {
                auth_13_audit_retention_drops_whole_months_and_leaves_anchors
                event_retention_drops_what_is_long_past_and_moves_the_horizon
                a_log_that_was_dropped_whole_goes_on
                the_first_commits_of_a_month_all_happen
                old_idempotency_records_are_forgotten
                ended_sessions_and_old_failures_are_forgotten
                x_10_a_fresh_store_has_no_discrepancy
            }
            dropped {
                a_dropped_commit_sent_again_is_there_once
                a_dropped_commit_leaves_all_of_it_or_nothing
            }
            random_walk {
                the_store_and_the_model_agree_from_seed_1
                the_store_and_the_model_agree_from_seed_2
                the_store_and_the_model_agree_from_seed_3
                the_store_and_the_model_agree_from_seed_4
            }
            projects {
                a_project_is_kept_as_it_was_given
                x_8_a_code_is_never_given_again
                a_refused_project_leaves_nothing_and_tells_the_first_fault
                x_5_a_project_is_changed_under_its_version
                members_are_put_taken_out_and_counted
                what_touches_a_project_roster_raises_its_version_by_one
                a_guard_on_another_project_roster_is_refused
                projects_are_listed_by_code_in_pages
            }
            tasks {
                a_task_is_kept_as_it_was_given
                x_8_numbers_have_no_gap_when_many_make_tasks_at_once
                x_5_a_task_is_changed_under_its_version
                a_missing_task_or_parent_is_told
                deleted_tasks_come_back_with_what_took_them_along
                what_touches_a_task_graph_raises_its_version_by_one
                a_guard_on_another_task_graph_or_task_is_refused
                proj_4_of_commits_under_one_task_graph_exactly_one_happens
                the_task_graph_is_whole
                tasks_are_listed_in_every_order_in_pages_with_ties
                every_filter_of_tasks_leaves_what_it_says
            }
            time {
                a_time_entry_is_kept_as_it_was_given
                proj_10_one_timer_of_a_user_runs
                x_5_a_time_entry_is_changed_under_its_version_and_what_is_missing_is_told
                what_touches_a_timesheet_raises_its_version_by_one
                a_timesheet_has_what_shares_an_instant
                proj_12_entries_are_listed_and_summed
            }
            catalog {
                a_project_is_of_a_category
            }
            templates {
                a_template_is_kept_as_it_was_given
                x_5_a_template_is_changed_under_its_version_and_its_name_is_unique
                templates_are_listed_by_name_and_found_by_category
                phase_4_a_key_makes_one_project
            }
            boards {
                a_board_has_the_first_of_every_column_and_counts_all
                ready_tasks_are_what_nothing_holds_up
            }
            calendar {
                a_calendar_is_kept_as_it_was_given
                x_5_a_calendar_is_changed_under_its_version
                the_days_of_tasks_are_set_at_once_or_not_at_all
            }
            attachments {
                what_is_known_of_a_file_is_kept_as_it_was_given
                x_5_a_file_is_changed_under_its_version
                files_are_listed_by_task_and_by_what_is_to_be_swept
                what_is_on_no_task_is_counted_by_its_uploader
            }
            task_parts {
                a_checklist_is_kept_as_it_was_given
                x_5_a_checklist_is_changed_under_its_version
                watchers_are_kept_by_task_and_user
                who_leaves_a_project_watches_none_of_its_tasks
            }
            records {
                x_21_records_are_kept_as_they_were_given
                x_19_a_key_of_several_fields_is_all_of_them
                x_9_keys_of_deleted_records_are_free
                a_guard_on_another_tree_is_refused
                x_5_records_tell_the_first_fault
                x_18_of_records_with_one_key_at_once_one_is_written
                records_are_removed_only_while_nothing_refers_to_them
                x_11_records_are_listed_in_order_and_in_pages
            }
            rates {
                rates_that_count_in_a_project_are_listed
                proj_12_time_is_summed_by_span
            }
            milestones {
                x_5_a_task_is_put_to_a_milestone_of_its_project
                tasks_of_a_milestone_are_listed
            }
            phases {
                kinds_of_phases_are_kept_as_they_were_given
                a_refused_kind_of_phase_tells_the_first_fault
                phase_2_a_kind_of_phase_is_deleted_only_while_unused
                a_phase_is_kept_as_it_was_given
                x_5_a_phase_is_changed_under_its_version_and_what_is_missing_is_told
                phase_2_phases_are_listed_by_day_with_their_names_of_now
                a_task_is_put_into_an_active_phase_of_its_project
                what_touches_phases_raises_their_version_by_one
                phase_5_of_commits_under_one_version_of_phases_exactly_one_happens
            }
            search {
                a_search_finds_what_has_all_words
            }
            comments {
                a_comment_is_kept_as_it_was_given
                x_5_a_comment_is_changed_under_its_version_and_what_is_missing_is_told
                comments_are_listed_in_their_order_in_pages_with_ties
            }
        } }
    };
}
