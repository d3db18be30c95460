//! Reading rooms.

use erp_core::{
    access::{BuiltInRole, UserStatus},
    chat::{DirectPair, PointerMove, Posting, RoomAccess, RoomKind, RoomQuery, RoomSummary, Seq},
    ids::RoomId,
    policy::Subject,
};

use crate::Harness;

/// `ChatReads::access`: the room with this user's membership; none without the room.
pub async fn access_has_the_room_and_the_users_membership(h: Harness) {
    let (ann, bob) = (h.user("ann").await, h.user("bob").await);
    let room = h.group(&[ann.id]).await;
    let member = h.member(room.id, ann.id).await;
    for (user, member) in [(ann.id, Some(member)), (bob.id, None), (h.new_user("x").id, None)] {
        let expected = RoomAccess { room: room.clone(), member, peer_active: true };
        assert_eq!(h.store.chat().access(room.id, user).await, Ok(Some(expected)));
    }
    let none = RoomId::generate(&*h.ids);
    assert_eq!(h.store.chat().access(none, ann.id).await, Ok(None));
}

/// CHAT-18: in a direct room `peer_active` is whether the other one is let in.
pub async fn chat_18_peer_active_tells_whether_the_other_one_is_let_in(h: Harness) {
    let (ann, bob) = (h.user("ann").await, h.user("bob").await);
    let room = h.open(h.new_direct(ann.id, bob.id), &[ann.id, bob.id]).await;
    let group = h.group(&[ann.id, bob.id]).await;
    let peer_active = async |room: RoomId, user| {
        h.store.chat().access(room, user).await.expect("a read").expect("the room").peer_active
    };
    for (status, active) in [
        (UserStatus::Deactivated, false),
        (UserStatus::Active, true),
        (UserStatus::Deleted, false),
        (UserStatus::Active, true),
    ] {
        h.set_status(bob.id, status).await;
        assert_eq!(peer_active(room.id, ann.id).await, active, "{status:?}");
        assert!(peer_active(room.id, bob.id).await, "ann is let in");
        assert!(peer_active(group.id, ann.id).await, "a group has no peer");
        let posting = h.store.chat().posting(room.id, ann.id).await.expect("a read");
        assert_eq!(posting.expect("both are there").access.peer_active, active);
    }
}

/// `ChatReads::posting`: the author's rights with the room as he stands to it; none when either is
/// missing.
pub async fn posting_has_rights_room_and_membership_in_one_read(h: Harness) {
    let ann = h.user_with_role("ann", BuiltInRole::MEMBER).await;
    let bob = h.user("bob").await;
    let room = h.group(&[ann.id]).await;
    for user in [ann.id, bob.id] {
        let subject = h.store.access().subject(user).await.expect("a read").expect("the user");
        let access = h.store.chat().access(room.id, user).await.expect("a read");
        let graph = h.store.access().graph_version().await.expect("a read");
        let expected = Posting { subject, access: access.expect("the room"), graph };
        assert_eq!(h.store.chat().posting(room.id, user).await, Ok(Some(expected)));
    }
    let rights = BuiltInRole::MEMBER.permissions;
    let posting = h.store.chat().posting(room.id, ann.id).await.expect("a read");
    assert_eq!(posting.expect("both").subject, Subject::user(ann.id, rights));
    h.set_status(ann.id, UserStatus::Deactivated).await;
    let posting = h.store.chat().posting(room.id, ann.id).await.expect("a read");
    assert!(!posting.expect("both are there").subject.active);

    let no_room = RoomId::generate(&*h.ids);
    assert_eq!(h.store.chat().posting(no_room, ann.id).await, Ok(None));
    assert_eq!(h.store.chat().posting(room.id, h.new_user("x").id).await, Ok(None));
}

/// `ChatReads::direct`: the room of the pair, in whatever order it is named. `channel`: by its name
/// without regard to case, and channels only.
pub async fn a_room_is_found_by_its_pair_and_by_its_name(h: Harness) {
    let (ann, bob) = (h.user("ann").await, h.user("bob").await);
    let pair = DirectPair::new(bob.id, ann.id);
    assert_eq!(h.store.chat().direct(pair).await, Ok(None));
    let direct = h.open(h.new_direct(ann.id, bob.id), &[ann.id, bob.id]).await;
    let own = h.open(h.new_direct(ann.id, ann.id), &[ann.id]).await;
    assert_eq!(h.store.chat().direct(pair).await, Ok(Some(direct)));
    let alone = DirectPair::new(ann.id, ann.id);
    assert_eq!(h.store.chat().direct(alone).await, Ok(Some(own)));

    h.open(h.new_room(RoomKind::Group, Some("Übersicht")), &[ann.id]).await;
    assert_eq!(h.store.chat().channel("übersicht").await, Ok(None));
    let channel = h.channel("Übersicht", &[ann.id]).await;
    for name in ["Übersicht", "übersicht", "ÜBERSICHT"] {
        assert_eq!(h.store.chat().channel(name).await, Ok(Some(channel.clone())), "{name}");
    }
    assert_eq!(h.store.chat().channel("bersicht").await, Ok(None));
}

/// `ChatReads::rooms_of`: the user's rooms by room id, in pages, with membership and unread count.
pub async fn a_users_rooms_are_listed_by_id_in_pages(h: Harness) {
    let (ann, bob) = (h.user("ann").await, h.user("bob").await);
    let mut expected = Vec::new();
    for n in 0..7_i64 {
        let members = if n == 3 { vec![ann.id] } else { vec![ann.id, bob.id] };
        let room = h.group(&members).await;
        for _ in 0..n {
            h.post(room.id, ann.id, "hello").await;
        }
        if n == 3 {
            continue;
        }
        let read = n / 2;
        let to = PointerMove::ForwardTo(Seq(read));
        h.move_pointer(room.id, bob.id, to).await.expect("a member");
        let member = h.member(room.id, bob.id).await;
        let room = h.read_room(room.id).await;
        expected.push(RoomSummary { room, member, unread: n - read });
    }
    expected.sort_by_key(|summary| summary.room.id);
    let mut paged: Vec<RoomSummary> = Vec::new();
    loop {
        let query = RoomQuery { after: paged.last().map(|summary| summary.room.id), limit: 4 };
        let page = h.store.chat().rooms_of(bob.id, query).await.expect("a read");
        assert!(page.len() <= 4);
        if page.is_empty() {
            break;
        }
        paged.extend(page);
    }
    assert_eq!(paged, expected);
}

/// `ChatReads::channels`: channels alone, by room id, in pages.
pub async fn channels_are_listed_by_id_in_pages(h: Harness) {
    let ann = h.user("ann").await;
    let mut expected = Vec::new();
    for name in ["one", "two", "three", "four", "five"] {
        expected.push(h.channel(name, &[ann.id]).await);
        h.group(&[ann.id]).await;
    }
    expected.sort_by_key(|room| room.id);
    let page = async |after, limit| {
        h.store.chat().channels(RoomQuery { after, limit }).await.expect("a read")
    };
    assert_eq!(page(None, 100).await, expected);
    assert_eq!(page(None, 2).await, expected[..2]);
    assert_eq!(page(Some(expected[1].id), 2).await, expected[2..4]);
    assert_eq!(page(Some(expected[3].id), 2).await, expected[4..]);
    assert_eq!(page(Some(expected[4].id), 2).await, []);
}

/// `Room`: every kind is kept with all its fields.
pub async fn a_room_of_every_kind_is_kept_as_it_was_given(h: Harness) {
    let (ann, bob) = (h.user("ann").await, h.user("bob").await);
    for kind in RoomKind::ALL {
        let mut room = match kind {
            RoomKind::Direct => h.new_direct(ann.id, bob.id),
            _ => h.new_room(*kind, Some("Grüße \u{1f600}")),
        };
        room.topic = (*kind != RoomKind::Direct).then(|| "a 'topic'".to_owned());
        let opened = h.open(room.clone(), &[ann.id, bob.id]).await;
        (room.created_by, room.member_count) = (Some(ann.id), 2);
        assert_eq!(opened, room);
    }
}
