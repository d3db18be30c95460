//! The contract of a presence store, one case for each point of it.

use std::{collections::BTreeMap, sync::Arc};

use erp_core::{
    change::{Audience, EventBody},
    ids::{ConnectionId, UserId},
    presence::{OnlineUser, PresenceEvent},
};

use super::{TestPresence, Told};
use crate::{cases::support::at_once, random::Random};

/// PRES-1: a user is online while a lease of his is in force, and not an instant longer, swept or
/// not; who never connected is not.
pub async fn pres_1_a_user_is_online_while_a_lease_is_in_force(p: TestPresence) {
    let ann = p.users[0];
    assert_eq!(p.online(0).await, []);
    let opened = p.presence.open(p.lease(ann, 0)).await;
    assert_eq!(opened, Ok(true), "it is the first");
    let online = OnlineUser { user: ann, since: p.start(), connections: 1 };
    assert_eq!(p.online(0).await, std::slice::from_ref(&online));
    assert_eq!(p.online(44).await, [online]);
    assert_eq!(p.online(45).await, [], "its end is not in it");
    assert_eq!(p.told().await, [(ann, Told::Online)]);
}

/// PRES-3: of two devices the first to close changes nothing; the last one's lease runs on for the
/// grace, then the user is offline, once.
pub async fn pres_3_of_two_devices_the_last_to_close_counts(p: TestPresence) {
    let ann = p.users[0];
    let (phone, laptop) = (p.open(ann, 0).await, p.open(ann, 1).await);
    p.close(phone, 32).await;
    let connections = |online: Vec<OnlineUser>| {
        online.iter().map(|one| (one.user, one.connections)).collect::<Vec<_>>()
    };
    assert_eq!(connections(p.online(2).await), [(ann, 1)]);
    assert_eq!(p.sweep(40).await, [], "the laptop is there");
    assert_eq!(p.told().await, [(ann, Told::Online)]);
    p.renew(laptop, 80).await;
    p.close(laptop, 75).await;
    assert_eq!(connections(p.online(50).await), [(ann, 0)], "in its grace");
    assert_eq!(p.sweep(74).await, []);
    assert_eq!(p.sweep(75).await, [ann]);
    assert_eq!(p.sweep(76).await, []);
    assert_eq!(p.online(76).await, []);
    assert_eq!(p.told().await, [(ann, Told::Online), (ann, Told::Offline)]);
}

/// PRES-3: a reconnect within the grace is no event, and `since` stays.
pub async fn pres_3_a_reconnect_within_the_grace_is_no_event(p: TestPresence) {
    let ann = p.users[0];
    let mut connection = p.open(ann, 0).await;
    for round in 1..5 {
        p.close(connection, round * 10 + 30).await;
        let lease = p.lease(ann, round * 10 + 5);
        assert_eq!(p.presence.open(lease).await, Ok(false));
        connection = lease.connection;
        assert_eq!(p.sweep(round * 10 + 6).await, []);
    }
    let online = OnlineUser { user: ann, since: p.start(), connections: 1 };
    assert_eq!(p.online(60).await, [online]);
    assert_eq!(p.told().await, [(ann, Told::Online)]);
}

/// PRES-4: the leases of a node that was killed lapse: each of its users goes offline once, those who
/// are connected elsewhere do not.
pub async fn pres_4_leases_that_are_not_renewed_lapse(p: TestPresence) {
    let [ann, bob, cid] = [p.users[0], p.users[1], p.users[2]];
    for user in [ann, bob, cid] {
        p.open(user, 0).await;
    }
    let alive = p.open(bob, 0).await;
    assert!(p.renew(alive, 90).await);
    assert_eq!(p.sweep(44).await, []);
    let mut ended = vec![ann, cid];
    ended.sort_unstable();
    assert_eq!(p.sweep(45).await, ended);
    assert_eq!(p.sweep(46).await, []);
    let online: Vec<_> = p.online(50).await.iter().map(|one| one.user).collect();
    assert_eq!(online, [bob]);
    assert_eq!(p.told().await.iter().filter(|(_, told)| *told == Told::Offline).count(), 2);
}

/// PRES-10: a late heartbeat does not revive a lease that was closed or swept; the connection is named.
pub async fn pres_10_a_closed_or_swept_lease_is_not_revived(p: TestPresence) {
    let (ann, bob) = (p.users[0], p.users[1]);
    let (closed, swept, open) = (p.open(ann, 0).await, p.open(bob, 0).await, p.open(bob, 40).await);
    p.close(closed, 30).await;
    assert!(!p.renew(closed, 99).await);
    assert_eq!(p.sweep(45).await, [ann]);
    let unknown = ConnectionId::generate(&p.ids);
    let all = [closed, swept, open, unknown];
    let mut gone = p.presence.renew(&all, p.at(120)).await.expect("it renews");
    gone.sort_unstable();
    let mut expected = vec![closed, swept, unknown];
    expected.sort_unstable();
    assert_eq!(gone, expected);
    let online: Vec<_> = p.online(119).await.iter().map(|one| one.user).collect();
    assert_eq!(online, [bob]);
    p.close(unknown, 500).await;
    p.close(closed, 500).await;
    assert_eq!(p.online(121).await, [], "closing what is closed or unknown changes nothing");
    assert_eq!(p.presence.renew(&[], p.at(120)).await, Ok(vec![]));
}

/// `PresenceStore::renew`: a lease never gets shorter.
pub async fn a_lease_never_gets_shorter_by_a_renewal(p: TestPresence) {
    let ann = p.users[0];
    let connection = p.open(ann, 0).await;
    for until in [60, 30, 50] {
        assert!(p.renew(connection, until).await);
    }
    assert_eq!(p.sweep(59).await, []);
    assert_eq!(p.online(59).await.len(), 1);
    assert_eq!(p.sweep(60).await, [ann]);
}

/// PRES-10: a closed connection stays closed, also when it is opened again.
pub async fn pres_10_a_closed_connection_is_not_opened_again(p: TestPresence) {
    let ann = p.users[0];
    let mut lease = p.lease(ann, 0);
    p.presence.open(lease).await.expect("it opens");
    p.close(lease.connection, 30).await;
    lease.expires_at = p.at(500);
    assert_eq!(p.presence.open(lease).await, Ok(false));
    assert!(!p.renew(lease.connection, 500).await);
    assert_eq!(p.online(29).await[0].connections, 0);
    assert_eq!(p.sweep(30).await, [ann]);
}

/// `PresenceStore::open`: opening a lease again renews it: no second connection, no event.
pub async fn opening_a_lease_again_renews_it(p: TestPresence) {
    let ann = p.users[0];
    let mut lease = p.lease(ann, 0);
    assert_eq!(p.presence.open(lease).await, Ok(true));
    lease.expires_at = p.at(100);
    assert_eq!(p.presence.open(lease).await, Ok(false));
    let online = OnlineUser { user: ann, since: p.start(), connections: 1 };
    assert_eq!(p.online(99).await, [online]);
    assert_eq!(p.told().await, [(ann, Told::Online)]);
}

/// `PresenceStore::sweep`: it drops leases that ended at or before its instant, others stay.
pub async fn a_sweep_ends_what_ended_at_or_before_its_instant(p: TestPresence) {
    for (n, user) in p.users.iter().enumerate() {
        p.open(*user, i64::try_from(n).expect("it is small")).await;
    }
    assert_eq!(p.sweep(44).await, []);
    assert_eq!(p.sweep(45).await, [p.users[0]]);
    let mut next = vec![p.users[1], p.users[2]];
    next.sort_unstable();
    assert_eq!(p.sweep(47).await, next);
    assert_eq!(p.sweep(1_000).await, [p.users[3]]);
}

/// `PresenceStore::sweep`: at most so many users in one call; the next calls end the others.
pub async fn a_sweep_ends_so_many_users_at_most(p: TestPresence) {
    for user in &p.users {
        p.open(*user, 0).await;
        p.open(*user, 0).await;
    }
    let mut ended = Vec::new();
    for limit in [1, 2] {
        let some = p.presence.sweep(p.at(60), limit).await.expect("it sweeps");
        assert_eq!(some.len(), limit, "{some:?}");
        assert!(some.is_sorted(), "by user id: {some:?}");
        ended.extend(some);
    }
    ended.extend(p.sweep(60).await);
    let told: Vec<_> = p.told().await[p.users.len()..].iter().map(|(user, _)| *user).collect();
    assert_eq!(told, ended, "the events are in the order of the answers");
    ended.sort_unstable();
    let mut users = p.users.clone();
    users.sort_unstable();
    assert_eq!(ended, users);
    assert_eq!(p.sweep(61).await, []);
}

/// `PresenceStore::online`: by user id; all, or these.
pub async fn online_users_are_listed_by_id_all_or_these(p: TestPresence) {
    let [ann, bob, cid, dan] = [p.users[0], p.users[1], p.users[2], p.users[3]];
    for (user, connections) in [(dan, 1), (ann, 3), (cid, 2)] {
        for n in 0..connections {
            p.open(user, n).await;
        }
    }
    let of = |user, connections| OnlineUser { user, since: p.start(), connections };
    let mut expected = vec![of(ann, 3), of(cid, 2), of(dan, 1)];
    expected.sort_by_key(|one| one.user);
    assert_eq!(p.online(10).await, expected);
    let these = p.presence.online(Some(&[dan, bob, ann]), p.at(10)).await.expect("a read");
    expected.retain(|one| one.user != cid);
    assert_eq!(these, expected);
    assert_eq!(p.presence.online(Some(&[]), p.at(10)).await, Ok(vec![]));
}

/// `PresenceEvent`, X-1: the events say who and when, by the instants that were given; they are for the
/// user's peers.
pub async fn the_events_say_who_when_and_for_whom(p: TestPresence) {
    let ann = p.users[0];
    let connection = p.open(ann, 5).await;
    p.close(connection, 40).await;
    p.sweep(50).await;
    let events = p.events().await;
    assert_eq!(events.len(), 2);
    for event in &events {
        assert_eq!(event.audience, [Audience::PeersOf(ann)]);
        assert_eq!(event.exclude, None);
    }
    let since = p.at(5);
    assert_eq!(events[0].body, EventBody::Presence(PresenceEvent::Online { user: ann, since }));
    assert_eq!(events[0].at, since);
    let last_connected = p.at(40);
    let offline = PresenceEvent::Offline { user: ann, last_connected };
    assert_eq!(events[1].body, EventBody::Presence(offline), "the end of the grace");
    assert_eq!(events[1].at, p.at(50));
}

/// PRES-1: who comes back after he went offline is online anew, with an event and a `since` of its own.
pub async fn who_comes_back_is_online_anew(p: TestPresence) {
    let ann = p.users[0];
    for round in 0..3 {
        let start = round * 100;
        let lease = p.lease(ann, start);
        assert_eq!(p.presence.open(lease).await, Ok(true));
        let online = OnlineUser { user: ann, since: p.at(start), connections: 1 };
        assert_eq!(p.online(start + 1).await, [online]);
        assert_eq!(p.sweep(start + 45).await, [ann]);
    }
    let turns = [(ann, Told::Online), (ann, Told::Offline)];
    assert_eq!(p.told().await, turns.repeat(3));
}

/// `PresenceStore::open`: of several first leases at once exactly one causes the event.
pub async fn pres_3_of_first_leases_at_once_one_causes_the_event(p: TestPresence) {
    for round in 0..8 {
        let start = round * 100;
        let leases: Vec<_> = (0..8).map(|_| p.lease(p.users[0], start)).collect();
        let opened = at_once(leases.into_iter().map(|lease| {
            let presence = p.presence.clone();
            async move { presence.open(lease).await.expect("it opens") }
        }))
        .await;
        assert_eq!(opened.iter().filter(|first| **first).count(), 1);
        assert_eq!(p.online(start + 1).await[0].connections, 8);
        assert_eq!(p.sweep(start + 50).await, [p.users[0]]);
    }
    let turns = [(p.users[0], Told::Online), (p.users[0], Told::Offline)];
    assert_eq!(p.told().await, turns.repeat(8));
}

/// PRES-4, `PresenceStore::sweep`: nodes that sweep at once end each presence once.
pub async fn pres_4_of_sweeps_at_once_one_ends_each_presence(p: TestPresence) {
    for round in 0..8 {
        let start = round * 100;
        for user in &p.users {
            p.open(*user, start).await;
            p.open(*user, start + 1).await;
        }
        let now = p.at(start + 60);
        let mut ended = at_once((0..6).map(|_| {
            let presence: Arc<_> = p.presence.clone();
            async move { presence.sweep(now, 100).await.expect("it sweeps") }
        }))
        .await
        .concat();
        ended.sort_unstable();
        let mut users = p.users.clone();
        users.sort_unstable();
        assert_eq!(ended, users, "round {round}");
    }
    let offline = p.told().await.iter().filter(|(_, told)| *told == Told::Offline).count();
    assert_eq!(offline, 8 * p.users.len());
}

/// PRES-1: whatever opens, closes and sweeps come at once, a user's events take turns, and in the end
/// nobody is stuck online.
pub async fn pres_1_online_and_offline_take_turns_whatever_comes_at_once(p: TestPresence) {
    let tasks: Vec<_> = (0..6_u64)
        .map(|n| {
            let mut random = Random::new(n);
            let presence = p.presence.clone();
            let leases: Vec<_> =
                (0..30).map(|step| p.lease(p.users[random.below(2)], step * 10)).collect();
            async move {
                for lease in leases {
                    presence.open(lease).await.expect("it opens");
                    if random.percent(70) {
                        let grace = lease.opened_at + chrono::TimeDelta::seconds(5);
                        presence.close(lease.connection, grace).await.expect("it closes");
                    }
                    presence.sweep(lease.opened_at, 1).await.expect("it sweeps");
                }
            }
        })
        .collect();
    at_once(tasks).await;
    p.sweep(10_000).await;
    assert_eq!(p.online(10_000).await, []);
    let mut turns: BTreeMap<UserId, Vec<Told>> = BTreeMap::new();
    for (user, told) in p.told().await {
        turns.entry(user).or_default().push(told);
    }
    for (user, told) in turns {
        let expected = [Told::Online, Told::Offline].repeat(told.len() / 2);
        assert_eq!(told, expected, "{user}");
    }
}
