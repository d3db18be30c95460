//! The suite's own proof: each store that breaks one promise is caught by the cases that hold it.

use std::{panic::AssertUnwindSafe, sync::Arc};

use erp_conformance::{
    TestStore,
    registry::{self, Case},
};
use erp_store_memory::MemoryStore;

use crate::saboteur::{Fault, Saboteur};

/// The random walk, from any of its seeds: which of them meets a fault is chance.
const WALK: &str = "ports::random_walk::the_store_and_the_model_agree_from_seed";

/// The cases with this path, or whose paths begin with the walk's.
fn cases(path: &str) -> Vec<&'static Case> {
    let named = |case: &&Case| case.path() == path || path == WALK && case.path().starts_with(WALK);
    registry::cases().filter(named).collect()
}

fn fails(case: &Case, fault: Fault) -> bool {
    let store = Saboteur::new(Arc::new(MemoryStore::new()), fault);
    let run = || registry::runtime().block_on(case.run(TestStore::new(store)));
    std::panic::catch_unwind(AssertUnwindSafe(run)).is_err()
}

/// A fault that shows only in some interleavings gets some tries.
fn caught(path: &str, fault: Fault) {
    let mut tries = cases(path);
    assert!(!tries.is_empty(), "no case {path}");
    if let [case] = *tries {
        tries = vec![case; 5];
    }
    assert!(tries.iter().any(|case| fails(case, fault)), "{path} does not see {fault:?}");
}

/// Without a fault the wrapper passes: what fails with one fails because of it.
#[test]
fn the_wrapper_itself_is_sound() {
    for case in registry::cases() {
        assert!(!fails(case, Fault::None), "{}", case.path());
    }
}

macro_rules! saboteurs {
    ($($name:ident: $fault:ident is caught by $($path:expr),+;)*) => {
        $(#[test]
        fn $name() {
            $(caught($path, Fault::$fault);)+
        })*

        /// Every fault has its test.
        #[test]
        fn every_saboteur_is_tried() {
            // Exhaustive: a new fault that is not listed above does not compile.
            let tried = |fault| match fault {
                Fault::None $(| Fault::$fault)* => true,
            };
            assert!(tried(Fault::None));
        }
    };
}

saboteurs! {
    an_audit_entry_that_is_lost: AuditEntryLost is caught by
        "ports::audit::auth_12_every_commit_writes_one_entry";
    an_event_that_is_lost: LastEventLost is caught by
        "ports::commit::the_receipt_has_the_last_position_and_one_allocation_for_each_change",
        "ports::log::bc_3_the_events_of_a_commit_keep_their_order";
    an_event_that_comes_twice: EventTwice is caught by
        "ports::log::reading_on_from_what_was_reached_gives_each_event_once",
        "ports::log_readers::rts_6_every_reader_sees_every_event_once_in_one_order",
        WALK;
    a_slot_that_is_not_filled: SlotNotFilled is caught by
        "ports::sequence::chat_11_messages_are_numbered_without_a_gap",
        "ports::sequence::chat_4_the_event_has_the_pointer_that_resulted",
        "ports::sequence::a_joining_has_the_rooms_last_number",
        WALK;
    an_audience_that_is_widened: AudienceWidened is caught by
        "ports::commit::an_event_is_kept_as_it_was_given",
        WALK;
    guards_that_are_ignored: GuardsIgnored is caught by
        "ports::guards::a_guard_on_another_access_graph_is_refused",
        "ports::guards::a_guard_on_another_roster_is_refused",
        "ports::guards::auth_7_of_commits_under_one_graph_exactly_one_happens",
        WALK;
    guards_that_are_checked_before_the_lock: GuardsCheckedBeforeTheLock is caught by
        "ports::guards::auth_7_of_commits_under_one_graph_exactly_one_happens",
        "ports::guards::of_commits_under_one_roster_exactly_one_happens";
    a_version_that_is_ignored: VersionIgnored is caught by
        "ports::versions::x_5_a_change_expects_the_present_version",
        "ports::versions::x_18_of_changes_that_expect_one_version_exactly_one_happens",
        WALK;
    idempotency_that_is_ignored: IdempotencyIgnored is caught by
        "ports::idempotency::x_6_a_repeated_request_gets_the_first_answer",
        "ports::idempotency::x_6_the_same_request_from_many_tasks_is_written_once",
        WALK;
    another_body_that_is_answered: OtherBodyReplayed is caught by
        "ports::idempotency::x_6_a_key_is_not_used_for_another_request",
        WALK;
    a_key_that_a_failed_set_keeps: KeyOfFailedSetKept is caught by
        "ports::idempotency::x_6_a_failed_request_leaves_its_key_free",
        WALK;
    a_key_that_actors_share: KeySharedByActors is caught by
        "ports::idempotency::x_6_a_key_is_the_actors_own";
    guards_that_come_before_the_key: GuardsBeforeIdempotency is caught by
        "ports::idempotency::x_6_a_repeated_request_is_answered_though_its_guards_are_stale";
    a_set_that_is_half_applied: SetHalfApplied is caught by
        "ports::commit::a_failing_last_change_leaves_nothing",
        "ports::commit::every_kind_of_refusal_leaves_nothing",
        WALK;
    a_dropped_commit_that_is_half_done: DroppedCommitHalfDone is caught by
        "ports::dropped::a_dropped_commit_sent_again_is_there_once",
        "ports::dropped::a_dropped_commit_leaves_all_of_it_or_nothing";
    a_gap_in_the_sequence: SequenceGap is caught by
        "ports::sequence::chat_11_messages_are_numbered_without_a_gap",
        WALK;
    a_number_that_is_guessed: SequenceGuessed is caught by
        "ports::sequence::chat_11_numbers_have_no_gap_when_many_post_at_once";
    a_pointer_that_moves_back: PointerMovesBack is caught by
        "ports::pointer::chat_4_reading_moves_forward_only_and_not_beyond_the_last_message",
        "ports::sequence::chat_4_the_event_has_the_pointer_that_resulted",
        WALK;
    own_messages_that_count: UnreadCountsOwn is caught by
        "ports::unread::chat_1_own_deleted_and_system_messages_do_not_count",
        "ports::unread::chat_1_unread_is_what_the_messages_say_after_random_operations",
        WALK;
    deleted_messages_that_count: UnreadCountsDeleted is caught by
        "ports::unread::chat_2_deleting_lowers_by_one_for_those_who_had_not_read",
        "ports::unread::chat_1_unread_is_what_the_messages_say_after_random_operations",
        WALK;
    a_roster_that_is_not_raised: RosterNotRaised is caught by
        "ports::guards::what_touches_a_roster_raises_its_version_by_one",
        "ports::guards::of_commits_under_one_roster_exactly_one_happens",
        WALK;
    history_that_shows_before_the_joining: HistoryShownBeforeTheJoining is caught by
        "ports::messages::every_anchor_gives_its_part_in_order",
        WALK;
    a_channel_that_is_found_by_case: ChannelNameByCase is caught by
        "ports::rooms::a_room_is_found_by_its_pair_and_by_its_name",
        WALK;
    a_deleted_address_that_stays_taken: DeletedAddressStaysTaken is caught by
        "ports::unique::auth_6_a_deleted_users_address_is_free";
    a_search_that_shows_the_deleted: SearchShowsDeleted is caught by
        "ports::users::deleted_users_are_listed_only_when_asked_for";
    a_search_that_takes_patterns: SearchTakesPatterns is caught by
        "ports::users::search_takes_the_text_letter_by_letter",
        WALK;
    a_page_that_skips_ties: PageSkipsTies is caught by
        "ports::users::users_are_listed_by_name_then_id_in_pages_with_ties",
        "ports::users::x_11_a_search_is_paged_like_the_list",
        WALK;
    a_direct_membership_that_is_hidden: InheritedMembershipHidesDirect is caught by
        "ports::rights::auth_11_direct_and_inherited_members_are_told_apart";
    a_session_that_is_not_kept: RevokingAllButOneRevokesAll is caught by
        "ports::sessions::auth_1_sessions_end_all_all_but_one_or_one";
    a_touch_that_moves_back: TouchMovesBack is caught by
        "ports::sessions::a_touch_never_moves_back";
    failures_that_are_never_forgotten: FailuresNeverForgotten is caught by
        "ports::sessions::failures_are_counted_by_key_and_forgotten";
    failures_that_stay_counted: FailuresStayCounted is caught by
        "ports::sessions::auth_16_an_attempt_that_was_good_is_taken_back";
    a_presence_event_that_comes_twice: OnlineTwice is caught by
        "presence::cases::pres_1_a_user_is_online_while_a_lease_is_in_force",
        "presence::cases::pres_3_of_first_leases_at_once_one_causes_the_event";
    a_closed_lease_that_is_revived: ClosedLeaseRevived is caught by
        "presence::cases::pres_10_a_closed_or_swept_lease_is_not_revived";
    a_lapsed_user_who_is_listed: LapsedUsersListed is caught by
        "presence::cases::pres_1_a_user_is_online_while_a_lease_is_in_force";
    a_mark_that_is_settled_too_early: SettledTooEarly is caught by
        "ports::log::rts_5_an_answered_commit_is_read_at_once",
        "ports::log::an_empty_log_has_nothing_to_read",
        "ports::log_readers::rts_6_every_reader_sees_every_event_once_in_one_order";
    a_reader_that_skips_an_event: ReaderSkipsAnEvent is caught by
        "ports::log::reading_starts_after_any_position",
        "ports::log_readers::rts_6_every_reader_sees_every_event_once_in_one_order";
    readers_that_disagree: ReadersDisagree is caught by
        "ports::log::reading_on_from_what_was_reached_gives_each_event_once",
        "ports::log_readers::rts_6_every_reader_sees_every_event_once_in_one_order";
    retention_that_drops_a_part_of_a_month: RetentionDropsAPartOfAMonth is caught by
        "ports::maintenance::auth_13_audit_retention_drops_whole_months_and_leaves_anchors";
    retention_that_drops_fresh_events: RetentionDropsFreshEvents is caught by
        "ports::maintenance::event_retention_drops_what_is_long_past_and_moves_the_horizon";
    anchors_that_are_not_chained: AnchorsNotChained is caught by
        "ports::maintenance::auth_13_audit_retention_drops_whole_months_and_leaves_anchors";
    a_project_roster_that_is_not_guarded: ProjectRosterUnguarded is caught by
        "ports::projects::a_guard_on_another_project_roster_is_refused";
    a_task_graph_that_is_not_guarded: TaskGraphUnguarded is caught by
        "ports::tasks::a_guard_on_another_task_graph_or_task_is_refused",
        "ports::tasks::proj_4_of_commits_under_one_task_graph_exactly_one_happens";
    phases_that_are_not_guarded: PhasesUnguarded is caught by
        "ports::phases::what_touches_phases_raises_their_version_by_one",
        "ports::phases::phase_5_of_commits_under_one_version_of_phases_exactly_one_happens";
    a_phase_that_is_never_cancelled: PhaseCancellationLost is caught by
        "ports::phases::a_task_is_put_into_an_active_phase_of_its_project";
    a_predecessor_that_is_not_guarded: PredecessorUnguarded is caught by
        "ports::tasks::a_guard_on_another_task_graph_or_task_is_refused";
    a_timesheet_that_is_not_guarded: TimesheetUnguarded is caught by
        "ports::time::what_touches_a_timesheet_raises_its_version_by_one";
    a_tree_of_project_categories_that_is_not_guarded: ProjectCategoriesUnguarded is caught by
        "ports::records::a_guard_on_another_tree_is_refused";
    a_key_that_makes_two_projects: OriginKeyIgnored is caught by
        "ports::templates::phase_4_a_key_makes_one_project",
        "projects::template_keys::phase_4_of_those_with_one_key_at_once_one_makes_the_project",
        WALK;
    an_origin_of_another_version: OriginOfAnotherVersion is caught by
        "ports::templates::phase_4_a_key_makes_one_project";
    parts_that_stay_when_the_whole_is_deleted: PartsStayLive is caught by
        "ports::tasks::deleted_tasks_come_back_with_what_took_them_along",
        "projects::graph::x_9_parts_go_and_come_back_with_the_whole";
    a_completion_that_is_lost: CompletionLost is caught by
        "ports::tasks::x_5_a_task_is_changed_under_its_version",
        "projects::tasks::proj_1_done_has_its_time_on_every_path",
        WALK;
    a_task_version_that_is_ignored: TaskVersionIgnored is caught by
        "ports::tasks::x_5_a_task_is_changed_under_its_version";
    a_value_that_is_lost: StockValueLost is caught by
        "inventory::valuation::inv_7_what_goes_out_costs_the_moving_average",
        "inventory::valuation::inv_8_what_came_in_first_goes_out_first";
    a_transfer_that_loses_goods: TransferLosesGoods is caught by
        "inventory::postings::inv_4_a_transfer_takes_goods_and_value_along",
        "inventory::rivals::inv_4_transfers_to_and_fro_at_once_lose_nothing";
    postings_of_the_past_that_are_worked_out_singly: PastWorkedOutSingly is caught by
        "inventory::together::x_24_postings_of_the_past_together_are_one_replay";
    a_floor_that_is_ignored: FloorIgnored is caught by
        "inventory::postings::inv_1_nothing_goes_out_that_is_not_there_unless_it_may",
        "inventory::rivals::inv_2_of_20_reservations_of_10_in_stock_10_succeed",
        "inventory::storms::inv_2_of_20_with_cancellations_and_expiries_10_succeed",
        WALK;
    a_posting_that_is_reversed_twice: ReversedTwice is caught by
        "inventory::postings::inv_5_a_posting_is_reversed_once",
        "inventory::rivals::inv_5_of_reversals_at_once_one_happens",
        WALK;
    a_reservation_that_is_kept: ReservationKept is caught by
        "inventory::reservations::inv_3_releasing_twice_releases_once",
        "inventory::reservations::inv_3_expiry_frees_what_is_left";
    postings_that_are_numbered_alike: PostingsNumberedAlike is caught by
        "inventory::history::postings_of_a_balance_are_numbered_in_order";
    a_notice_that_is_left_out: AlertLeftOut is caught by
        "inventory::low_stock::inv_13_going_low_is_told_once_until_it_recovers";
    an_expiry_that_is_lost: ExpiryLost is caught by
        "inventory::lots::inv_15_what_expires_first_goes_out_first",
        "inventory::lots::inv_15_an_expired_lot_is_not_issued",
        WALK;
    categories_that_are_not_guarded: CategoriesUnguarded is caught by
        "ports::records::a_guard_on_another_tree_is_refused";
    an_archive_that_is_forgotten: ArchiveForgotten is caught by
        "ports::records::x_21_records_are_kept_as_they_were_given",
        "records::specimens::a_record_is_archived_and_restored_once";
    a_field_that_is_lost: LastFieldLost is caught by
        "ports::records::x_21_records_are_kept_as_they_were_given",
        WALK;
    a_key_that_is_not_found: KeyNotFound is caught by
        "ports::records::x_18_of_records_with_one_key_at_once_one_is_written";
    a_shelf_that_is_ignored: ShelfIgnored is caught by
        "ports::records::x_11_records_are_listed_in_order_and_in_pages";
    a_filter_that_is_ignored: FilterIgnored is caught by
        "ports::records::x_11_records_are_listed_in_order_and_in_pages";
    empty_keys_that_are_left_out: EmptyKeysLeftOut is caught by
        "ports::records::x_11_records_are_listed_in_order_and_in_pages";
}
