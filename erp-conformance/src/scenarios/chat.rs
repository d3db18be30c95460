//! Scenarios of the module `chat`, through the engine's services.
//!
//! A scenario is a `pub async fn name(h: Harness)` in a file of this directory
//! (`scenarios/chat/SUBJECT.rs`, declared here as `pub mod SUBJECT;`), named after the rule it holds,
//! and registered below as `SUBJECT { name … }`: what is not listed is reported as dead code.

pub mod members;
pub mod messages;
pub mod owners;
pub mod rooms;
pub mod texts;
pub mod unread;

use erp_core::{
    Ctx,
    access::BuiltInRole,
    chat::{HistoryPolicy, NewMessage, NewRoom, Room, RoomKind},
    ids::{RoomId, UserId},
};

use crate::Harness;

/// A new member of the organisation.
async fn person(h: &Harness, name: &str) -> Ctx {
    Ctx::user(h.user_with_role(name, BuiltInRole::MEMBER).await.id)
}

fn id(ctx: &Ctx) -> UserId {
    ctx.user_id().expect("a user")
}

fn new_room(kind: RoomKind, members: &[&Ctx]) -> NewRoom {
    NewRoom {
        kind,
        name: "the room".to_owned(),
        topic: None,
        project: None,
        history: None,
        members: members.iter().map(|ctx| id(ctx)).collect(),
    }
}

/// A group with full history, opened by the first.
async fn group(h: &Harness, owner: &Ctx, others: &[&Ctx]) -> Room {
    let history = Some(HistoryPolicy::Full);
    let room = NewRoom { history, ..new_room(RoomKind::Group, others) };
    h.engine.chat().create_room(owner, room).await.expect("the room opens")
}

async fn post(h: &Harness, ctx: &Ctx, room: RoomId, body: &str) -> erp_core::chat::Message {
    h.engine.chat().post(ctx, room, NewMessage::text(body)).await.expect("the post is taken")
}

/// The caller's unread count in a room, which the list of rooms and the badge must agree on.
async fn unread(h: &Harness, ctx: &Ctx, room: RoomId) -> i64 {
    let page = erp_core::page::PageRequest::first(500);
    let rooms = h.engine.chat().rooms(ctx, &page).await.expect("a list");
    let listed = rooms.items.iter().find(|row| row.room.id == room).map_or(0, |row| row.unread);
    let badge = h.engine.chat().badge(ctx).await.expect("a badge");
    let badged = badge.rooms.iter().find(|row| row.room == room).map_or(0, |row| row.unread);
    assert_eq!(listed, badged, "the list of rooms and the badge agree");
    listed
}

#[doc(hidden)]
#[macro_export]
macro_rules! __chat_scenarios {
    ($callback:ident $(, $factory:expr)?) => {
        $crate::$callback! { [$($factory)?] chat (scenarios::chat) {
            rooms {
                a_room_of_each_kind_opens_with_its_members
                bad_rooms_are_refused_by_field
                a_channel_name_is_unique_and_a_group_name_is_not
                chat_10_a_pair_has_one_direct_room_however_often_it_is_opened
                x_5_a_room_is_renamed_under_its_version
                x_6_opening_a_room_twice_with_one_key_opens_one
                x_17_a_hidden_room_looks_like_none
                chat_42_a_room_of_a_project_names_one_that_its_maker_sees
                x_23_a_room_of_a_key_is_told_to_those_who_see_it
            }
            members {
                chat_7_who_left_sees_neither_messages_nor_counts
                chat_7_who_comes_back_starts_at_his_return
                chat_7_and_auth_8_a_post_is_decided_on_what_holds_now
                a_guest_sees_only_rooms_he_was_put_into
                moderators_do_not_outrank_owners
                concurrent_joins_lose_none
                x_18_a_post_is_refused_once_its_author_is_out
                muting_is_ones_own
            }
            owners {
                chat_40_the_last_owner_stays
                chat_40_of_two_owners_who_leave_at_once_one_stays
                chat_40_a_room_of_a_shut_out_owner_is_taken_over
                chat_40_an_archived_room_is_read_only
            }
            messages {
                chat_11_concurrent_posts_are_numbered_without_gap
                chat_11_a_repeated_post_gives_the_same_message
                chat_12_only_author_and_moderators_edit_and_history_is_kept
                chat_12_the_edit_window_binds_the_author
                chat_12_a_stale_edit_is_refused_and_a_deleted_message_not_edited
                chat_18_a_direct_room_with_someone_shut_out_is_read_only
                messages_are_paged_both_ways_and_around
                newcomers_see_history_by_the_rooms_policy
                a_deleted_message_shows_no_body_and_comes_back
                bad_bodies_are_refused
                an_import_may_run_again
                chat_41_and_x_25_history_leaves_unread_counts_and_what_was_last
                x_23_after_removal_no_stored_answer_is_told
            }
            texts {
                x_20_a_room_has_a_name_that_can_be_seen
                x_19_what_looks_the_same_is_one_channel
            }
            unread {
                chat_1_unread_counts_what_others_wrote_since
                chat_2_deleting_and_restoring_moves_only_those_who_had_it_unread
                chat_3_an_edit_raises_nothing
                chat_4_marking_read_is_monotone_clamped_and_told_once
                chat_5_marking_unread_lowers_the_pointer
                chat_6_posts_and_marks_at_once_end_in_a_serial_state
                chat_8_the_badge_is_the_sum_and_muted_rooms_are_left_out
            }
        } }
    };
}
