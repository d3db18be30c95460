//! Who belongs to a room.

use erp_core::{
    chat::{ChatChange, HistoryPolicy, Member, PointerMove, RoomKind, RoomRole, Seq},
    ids::UserId,
};

use super::support::missing;
use crate::Harness;

/// `ChatChange::CreateRoom`: the room and its members are as given; nothing was posted yet.
pub async fn a_new_room_has_the_given_members(h: Harness) {
    let (ann, bob) = (h.user("ann").await, h.user("bob").await);
    let mut room = h.new_room(RoomKind::Project, Some("Website"));
    room.topic = Some("the launch".to_owned());
    room.project = Some(erp_core::ids::ProjectId::generate(&*h.ids));
    room.history = HistoryPolicy::FromJoin;
    let opened = h.open(room.clone(), &[ann.id, bob.id]).await;
    room.created_by = Some(ann.id);
    room.member_count = 2;
    assert_eq!(opened, room);
    for (user, role) in [(ann.id, RoomRole::Owner), (bob.id, RoomRole::Member)] {
        let expected = Member {
            room: room.id,
            user,
            role,
            joined_at: room.created_at,
            visible_after: Seq(0),
            read_seq: Seq(0),
            muted_until: None,
        };
        assert_eq!(h.member(room.id, user).await, expected);
    }
}

/// `ChatChange::AddMember`: the pointer starts at the room's last message, the view there too or at
/// the first message, by the room's history.
pub async fn chat_7_who_joins_starts_at_the_last_message(h: Harness) {
    let (ann, bob) = (h.user("ann").await, h.user("bob").await);
    for (history, visible_after) in [(HistoryPolicy::Full, 0), (HistoryPolicy::FromJoin, 2)] {
        let mut room = h.new_room(RoomKind::Group, None);
        room.history = history;
        let room = h.open(room, &[ann.id]).await;
        h.post(room.id, ann.id, "one").await;
        h.post(room.id, ann.id, "two").await;
        let at = h.pass(60);
        let (user, role) = (bob.id, RoomRole::Moderator);
        h.commit(ChatChange::AddMember { room: room.id, user, role, at }).await;
        let expected = Member {
            room: room.id,
            user,
            role,
            joined_at: at,
            visible_after: Seq(visible_after),
            read_seq: Seq(2),
            muted_until: None,
        };
        assert_eq!(h.member(room.id, user).await, expected);
        assert_eq!(h.read_room(room.id).await.member_count, 2);
    }
}

/// `ChatChange::AddMember`: who is in the room stays as he is.
pub async fn adding_a_member_again_changes_nothing_of_his_membership(h: Harness) {
    let (ann, bob) = (h.user("ann").await, h.user("bob").await);
    let room = h.group(&[ann.id, bob.id]).await;
    for _ in 0..3 {
        h.post(room.id, ann.id, "hello").await;
    }
    h.move_pointer(room.id, bob.id, PointerMove::ForwardTo(Seq(1))).await.expect("a member");
    let until = Some(h.now());
    h.commit(ChatChange::SetMute { room: room.id, user: bob.id, until }).await;
    let before = h.member(room.id, bob.id).await;
    let at = h.pass(60);
    let role = RoomRole::Owner;
    h.commit(ChatChange::AddMember { room: room.id, user: bob.id, role, at }).await;
    assert_eq!(h.member(room.id, bob.id).await, before);
    assert_eq!(h.read_room(room.id).await.member_count, 2);
}

/// CHAT-7: who leaves has neither membership nor counts; his messages stay; when he comes back he
/// starts anew at the last message.
pub async fn chat_7_who_comes_back_starts_anew(h: Harness) {
    let (ann, bob) = (h.user("ann").await, h.user("bob").await);
    let mut room = h.new_room(RoomKind::Group, None);
    room.history = HistoryPolicy::FromJoin;
    let room = h.open(room, &[ann.id, bob.id]).await;
    let by_bob = h.post(room.id, bob.id, "by bob").await;
    h.post(room.id, ann.id, "by ann").await;
    assert_eq!(h.unread(room.id, bob.id).await, 1);
    for _ in 0..2 {
        h.remove_member(room.id, bob.id).await;
        assert_eq!(h.try_member(room.id, bob.id).await, None);
        assert_eq!(h.read_room(room.id).await.member_count, 1);
    }
    assert_eq!(h.unread(room.id, bob.id).await, 0);
    assert_eq!(h.message(by_bob.id).await, by_bob);
    let (_, post) = h.append(room.id, bob.id, "from outside");
    assert_eq!(h.try_commit(post).await, missing("member"));

    h.post(room.id, ann.id, "while he was away").await;
    h.add_member(room.id, bob.id).await;
    let member = h.member(room.id, bob.id).await;
    assert_eq!((member.visible_after, member.read_seq), (Seq(3), Seq(3)));
    assert_eq!(h.unread(room.id, bob.id).await, 0);
}

/// `ChatChange::SetMemberRole`, `SetMute`: they change that, and nothing else.
pub async fn a_role_and_a_mute_are_set_alone(h: Harness) {
    let (ann, bob) = (h.user("ann").await, h.user("bob").await);
    let room = h.group(&[ann.id, bob.id]).await;
    let mut expected = h.member(room.id, bob.id).await;
    let user = bob.id;
    for role in [RoomRole::Moderator, RoomRole::Owner, RoomRole::Owner, RoomRole::Member] {
        h.commit(ChatChange::SetMemberRole { room: room.id, user, role }).await;
        expected.role = role;
        assert_eq!(h.member(room.id, user).await, expected);
    }
    for until in [Some(h.now()), Some(h.pass(60)), None, None] {
        h.commit(ChatChange::SetMute { room: room.id, user, until }).await;
        expected.muted_until = until;
        assert_eq!(h.member(room.id, user).await, expected);
    }
}

/// `ChatReads::members`: by user id, in pages.
pub async fn members_are_listed_by_user_id_in_pages(h: Harness) {
    let mut users = Vec::new();
    for n in 0..7 {
        users.push(h.user(&format!("user-{n}")).await.id);
    }
    let shuffled: Vec<_> = [3, 0, 6, 2, 5, 1].map(|n: usize| users[n]).into();
    let room = h.group(&shuffled).await;
    h.group(&users).await;
    users.remove(4);
    users.sort_unstable();
    let all = h.store.chat().members(room.id, None, 100).await.expect("a read");
    assert_eq!(all.iter().map(|member| member.user).collect::<Vec<_>>(), users);
    let mut paged: Vec<Member> = Vec::new();
    loop {
        let after = paged.last().map(|member| member.user);
        let page = h.store.chat().members(room.id, after, 4).await.expect("a read");
        assert!(page.len() <= 4);
        if page.is_empty() {
            break;
        }
        paged.extend(page);
    }
    assert_eq!(paged, all);
}

/// `ChatReads::memberships`: by room id. `peers`: those who share a room with the user, each once, by
/// user id, himself not.
pub async fn memberships_and_peers_are_listed_by_id(h: Harness) {
    let mut users = Vec::new();
    for n in 0..5 {
        users.push(h.user(&format!("user-{n}")).await.id);
    }
    let [ann, bob, cid, dan, eve] = users[..] else { panic!("five users") };
    let mut rooms = Vec::new();
    for members in [vec![ann, dan, bob], vec![ann, bob], vec![ann], vec![cid, eve]] {
        rooms.push(h.group(&members).await.id);
    }
    rooms.truncate(3);
    rooms.sort_unstable();
    let memberships = h.store.chat().memberships(ann).await.expect("a read");
    assert_eq!(memberships.iter().map(|member| member.room).collect::<Vec<_>>(), rooms);
    for member in memberships {
        assert_eq!(member, h.member(member.room, ann).await);
    }
    let mut shared = vec![bob, dan];
    shared.sort_unstable();
    assert_eq!(h.store.chat().peers(ann).await, Ok(shared));
    assert_eq!(h.store.chat().peers(eve).await, Ok(vec![cid]));
    assert_eq!(h.store.chat().peers(UserId::generate(&*h.ids)).await, Ok(vec![]));
    h.remove_member(h.store.chat().memberships(dan).await.expect("a read")[0].room, dan).await;
    assert_eq!(h.store.chat().peers(ann).await, Ok(vec![bob]));
}

/// CHAT-40: the owners of a room are listed by user id, whether they are let in or not.
pub async fn chat_40_owners_are_listed_by_user_id(h: Harness) {
    let (ann, bob, eve) = (h.user("ann").await, h.user("bob").await, h.user("eve").await);
    let room = h.group(&[ann.id, bob.id, eve.id]).await;
    let owners = async || h.store.chat().owners(room.id).await.expect("a read");
    let role = |user, role| ChatChange::SetMemberRole { room: room.id, user, role };
    for user in [ann.id, bob.id, eve.id] {
        h.commit(role(user, RoomRole::Member)).await;
    }
    assert!(owners().await.is_empty());
    h.commit(role(eve.id, RoomRole::Owner)).await;
    h.commit(role(ann.id, RoomRole::Owner)).await;
    h.set_status(eve.id, erp_core::access::UserStatus::Deactivated).await;
    let mut both = vec![ann.id, eve.id];
    both.sort_unstable();
    assert_eq!(owners().await, both);
    let none = h.new_room(erp_core::chat::RoomKind::Group, None).id;
    assert_eq!(h.store.chat().owners(none).await, Ok(vec![]));
}
