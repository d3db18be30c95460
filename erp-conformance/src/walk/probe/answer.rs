//! How the model answers: each question by a walk over its lists.

use std::{cmp::Reverse, fmt::Debug};

use erp_core::{
    access::{
        AccessGraph, AuditQuery, RoleHolder, Session, TeamMember, User, UserQuery, UserStatus,
    },
    change::AuditEntry,
    chat::{
        Member, Message, MessageAnchor, MessageQuery, Posting, Room, RoomKind, RoomQuery,
        RoomSummary, Seq, UnreadCounts,
    },
    ids::{RoomId, TeamId, UserId},
    text::key as folded,
};

use super::{
    Probe,
    ask::{plain_device, sorted},
};
use crate::walk::model::Model;

impl Probe {
    /// What the model answers.
    pub(in crate::walk) fn answer(&self, model: &Model) -> String {
        self.answer_access(model).unwrap_or_else(|| self.answer_chat(model))
    }

    fn answer_access(&self, model: &Model) -> Option<String> {
        Some(match self {
            Self::User(id) => text(model.user(*id).ok()),
            Self::Users(query) => text(model.list_users(query)),
            Self::Credentials(key) => {
                let row = model.users.iter().find(|row| {
                    row.user.email.key() == key && row.user.status != UserStatus::Deleted
                });
                text(row.map(|row| (&row.user, &row.password)))
            }
            Self::Subject(id) => text(model.subject(*id)),
            Self::RolesOf(id) => {
                let own = model.grants.iter().filter(|one| one.holder == RoleHolder::User(*id));
                text(in_order(own.map(|grant| grant.role), |role| *role))
            }
            Self::SessionsOf(id) => text(model.sessions_of(*id)),
            Self::SessionByToken(token) => {
                let found = model.sessions.iter().find(|(_, known)| known == token);
                let status = |session: &Session| model.user(session.user).map(|user| user.status);
                text(found.map(|(session, _)| (session, status(session).expect("he is there"))))
            }
            Self::Device(token) => {
                let found = model.devices.iter().find(|known| known.token.0 == *token);
                text(found.cloned().map(plain_device))
            }
            Self::DevicesOf(id) => {
                let own = model.devices.iter().filter(|known| known.user == *id);
                let own = in_order(own, |known| Reverse((known.last_used_at, known.token)));
                text(own.into_iter().cloned().map(plain_device).collect::<Vec<_>>())
            }
            Self::Roles => text(in_order(&model.roles, |one| (folded(&one.name), one.id))),
            Self::Role(id) => text(model.roles.iter().find(|role| role.id == *id)),
            Self::Teams => text(in_order(&model.teams, |one| (folded(&one.name), one.id))),
            Self::TeamMembers(team) => text(model.effective_members(*team)),
            Self::Graph => text(model.whole_graph()),
            Self::Audit(query) => text(model.list_audit(query)),
            _ => return None,
        })
    }

    fn answer_chat(&self, model: &Model) -> String {
        match self {
            Self::Projects(probe) => probe.answer(model),
            Self::Plan(probe) => probe.answer(model),
            Self::Phases(probe) => probe.answer(model),
            Self::Records(probe) => probe.answer(model),
            Self::TaskParts(probe) => probe.answer(model),
            Self::Work(probe) => probe.answer(model),
            Self::Catalog(probe) => probe.answer(model),
            Self::Masters(probe) => probe.answer(model),
            Self::Stock(probe) => probe.answer(model),
            Self::Lots(probe) => probe.answer(model),
            Self::Reports(probe) => probe.answer(model),
            Self::Room(id) => text(model.room(*id).ok()),
            Self::Access(room, user) => text(model.access(*room, *user)),
            Self::Posting(room, user) => {
                let both = model.subject(*user).zip(model.access(*room, *user));
                let graph = model.graph;
                text(both.map(|(subject, access)| Posting { subject, access, graph }))
            }
            Self::Direct(pair) => text(model.rooms.iter().find(|room| room.pair == Some(*pair))),
            Self::Channel(name) => text(
                model
                    .channels()
                    .into_iter()
                    .find(|room| room.name.as_ref().is_some_and(|own| folded(own) == folded(name))),
            ),
            Self::Channels(query) => {
                let later = model.channels().into_iter().filter(|room| Some(room.id) > query.after);
                text(later.take(query.limit).collect::<Vec<_>>())
            }
            Self::RoomsOf(user, query) => text(model.summaries(*user, *query)),
            Self::Unread(user) => text(model.counts(*user)),
            Self::Memberships(user) => text(model.memberships(*user)),
            Self::Peers(user) => text(model.peers(*user)),
            Self::Members(room, after, limit) => {
                let of_room = model.members.iter().filter(|one| one.room == *room);
                let later = in_order(of_room.filter(|one| Some(one.user) > *after), |one| one.user);
                text(later.into_iter().take(*limit).collect::<Vec<_>>())
            }
            Self::Message(id) => text(model.messages.iter().find(|one| one.id == *id)),
            Self::Messages(query) => text(model.list_messages(query)),
            Self::Edits(id) => {
                text(model.edits.iter().filter(|edit| edit.message == *id).collect::<Vec<_>>())
            }
            other => panic!("a question of another part: {other:?}"),
        }
    }
}

pub(super) fn text(answer: impl Debug) -> String {
    format!("{answer:?}")
}

pub(super) fn in_order<T, K: Ord>(
    items: impl IntoIterator<Item = T>,
    key: impl Fn(&T) -> K,
) -> Vec<T> {
    let mut items: Vec<T> = items.into_iter().collect();
    items.sort_by_key(key);
    items
}

impl Model {
    fn list_users(&self, query: &UserQuery) -> Vec<&User> {
        let key = |user: &&User| (folded(&user.display_name), user.id);
        let search = query.search.as_ref().map(|text| folded(text));
        let users = in_order(self.users.iter().map(|row| &row.user), key);
        let matching = users.into_iter().filter(|user| {
            let status = match query.status {
                Some(status) => user.status == status,
                None => user.status != UserStatus::Deleted,
            };
            let found = search.as_ref().is_none_or(|text| {
                folded(&user.display_name).contains(text)
                    || query.search_email && user.email.key().contains(text)
            });
            let later = query.after.as_ref().is_none_or(|after| key(user) > *after);
            status && found && later
        });
        matching.take(query.limit).collect()
    }

    fn sessions_of(&self, user: UserId) -> Vec<&Session> {
        let own = self.sessions.iter().map(|(session, _)| session).filter(|one| one.user == user);
        in_order(own, |session| Reverse((session.created_at, session.id)))
    }

    fn effective_members(&self, team: TeamId) -> Vec<TeamMember> {
        let members = self.users.iter().map(|row| {
            let user = row.user.id;
            let direct = self.team_members.contains(&(team, user));
            TeamMember { team, user, direct, inherited: self.inherits(team, user) }
        });
        in_order(members.filter(|member| member.direct || member.inherited), |member| member.user)
    }

    fn whole_graph(&self) -> AccessGraph {
        let active = self.users.iter().filter(|row| row.user.status == UserStatus::Active);
        sorted(AccessGraph {
            version: self.graph,
            roles: self.roles.clone(),
            grants: self.grants.clone(),
            nestings: self.nestings.clone(),
            members: self.team_members.clone(),
            active_users: active.map(|row| row.user.id).collect(),
        })
    }

    fn list_audit(&self, query: &AuditQuery) -> Vec<&AuditEntry> {
        let entries = in_order(&self.audit, |entry| Reverse((entry.at, entry.id)));
        let matching = entries.into_iter().filter(|entry| {
            query.entity_kind.as_ref().is_none_or(|kind| entry.entity.kind == *kind)
                && query.entity_id.is_none_or(|id| entry.entity.id == id)
                && query.project.is_none_or(|project| entry.entity.project == Some(project))
                && query.actor.is_none_or(|actor| entry.actor.user() == Some(actor))
                && query.action.is_none_or(|action| entry.action == action)
                && query.from.is_none_or(|from| entry.at >= from)
                && query.until.is_none_or(|until| entry.at < until)
                && query.after.is_none_or(|after| (entry.at, entry.id) < after)
        });
        matching.take(query.limit).collect()
    }

    fn channels(&self) -> Vec<&Room> {
        let channels = self.rooms.iter().filter(|room| room.kind == RoomKind::Channel);
        in_order(channels, |room| room.id)
    }

    fn memberships(&self, user: UserId) -> Vec<&Member> {
        in_order(self.members.iter().filter(|one| one.user == user), |member| member.room)
    }

    fn summaries(&self, user: UserId, query: RoomQuery) -> Vec<RoomSummary> {
        let own = self.memberships(user).into_iter();
        let later = own.filter(|member| Some(member.room) > query.after).take(query.limit);
        let summary = |member: &Member| RoomSummary {
            room: self.room(member.room).expect("it is there").clone(),
            member: member.clone(),
            unread: self.unread(member),
        };
        later.map(summary).collect()
    }

    fn counts(&self, user: UserId) -> UnreadCounts {
        let own = self.memberships(user).into_iter();
        let counted = own.map(|one| (one.room, self.unread(one), one.muted_until));
        UnreadCounts { rooms: counted.filter(|(_, count, _)| *count > 0).collect() }
    }

    fn peers(&self, user: UserId) -> Vec<UserId> {
        let rooms: Vec<RoomId> = self.memberships(user).iter().map(|one| one.room).collect();
        let sharing = self.members.iter().filter(|one| rooms.contains(&one.room));
        let mut peers = in_order(sharing.map(|one| one.user), |peer| *peer);
        peers.dedup();
        peers.retain(|peer| *peer != user);
        peers
    }

    fn list_messages(&self, query: &MessageQuery) -> Vec<&Message> {
        let visible = |one: &&Message| one.room == query.room && one.seq > query.visible_after;
        let visible = in_order(self.messages.iter().filter(visible), |message| message.seq);
        let before = |seq: Seq, limit: usize| {
            let all: Vec<_> = visible.iter().copied().filter(|one| one.seq < seq).collect();
            all[all.len().saturating_sub(limit)..].to_vec()
        };
        let from = |seq: Seq, limit: usize| {
            visible.iter().copied().filter(|one| one.seq >= seq).take(limit).collect::<Vec<_>>()
        };
        match query.anchor {
            MessageAnchor::Latest => before(Seq(i64::MAX), query.limit),
            MessageAnchor::Before(seq) => before(seq, query.limit),
            MessageAnchor::After(seq) => from(Seq(seq.0 + 1), query.limit),
            MessageAnchor::Around(seq) => {
                let half = query.limit / 2;
                [before(seq, half), from(seq, query.limit - half)].concat()
            }
        }
    }
}
