//! How a store answers.

use std::fmt::Debug;

use erp_core::{
    access::{AccessGraph, KnownDevice, SessionRow, TokenHash},
    port::{Store, StoreResult},
};

use super::Probe;

impl Probe {
    /// What the store answers.
    pub(in crate::walk) async fn ask(&self, store: &dyn Store) -> String {
        match self.ask_access(store).await {
            Some(answer) => answer,
            None => self.ask_chat(store).await,
        }
    }

    async fn ask_access(&self, store: &dyn Store) -> Option<String> {
        let (access, sessions) = (store.access(), store.sessions());
        Some(match self {
            Self::User(id) => text(access.user(*id).await),
            Self::Users(query) => text(access.users(query).await),
            Self::Credentials(key) => {
                let row = access.credentials(key).await;
                let shown = |row: erp_core::access::CredentialRow| {
                    (row.user, row.password.map(|hash| hash.0))
                };
                text(row.map(|row| row.map(shown)))
            }
            Self::Subject(id) => text(access.subject(*id).await),
            Self::RolesOf(id) => text(access.roles_of(*id).await),
            Self::SessionsOf(id) => text(sessions.of_user(*id).await),
            Self::SessionByToken(token) => {
                let row = sessions.by_token(&TokenHash(*token)).await;
                text(row.map(|row| row.map(|SessionRow { session, status }| (session, status))))
            }
            Self::Device(token) => {
                let device = sessions.device(&TokenHash(*token)).await;
                text(device.map(|device| device.map(plain_device)))
            }
            Self::DevicesOf(id) => {
                let devices = sessions.devices_of(*id).await;
                text(
                    devices
                        .map(|devices| devices.into_iter().map(plain_device).collect::<Vec<_>>()),
                )
            }
            Self::Roles => text(access.roles().await),
            Self::Role(id) => text(access.role(*id).await),
            Self::Teams => text(access.teams().await),
            Self::TeamMembers(id) => text(access.team_members(*id).await),
            Self::Graph => text(access.graph().await.map(sorted)),
            Self::Audit(query) => text(store.audit().entries(query).await),
            _ => return None,
        })
    }

    async fn ask_chat(&self, store: &dyn Store) -> String {
        let chat = store.chat();
        match self {
            Self::Projects(probe) => probe.ask(store).await,
            Self::Plan(probe) => probe.ask(store).await,
            Self::Phases(probe) => probe.ask(store).await,
            Self::Records(probe) => probe.ask(store).await,
            Self::TaskParts(probe) => probe.ask(store).await,
            Self::Work(probe) => probe.ask(store).await,
            Self::Catalog(probe) => probe.ask(store).await,
            Self::Masters(probe) => probe.ask(store).await,
            Self::Stock(probe) => probe.ask(store).await,
            Self::Lots(probe) => probe.ask(store).await,
            Self::Reports(probe) => probe.ask(store).await,
            Self::Room(id) => text(chat.room(*id).await),
            Self::Access(room, user) => text(chat.access(*room, *user).await),
            Self::Posting(room, user) => text(chat.posting(*room, *user).await),
            Self::Direct(pair) => text(chat.direct(*pair).await),
            Self::Channel(name) => text(chat.channel(name).await),
            Self::Channels(query) => text(chat.channels(*query).await),
            Self::RoomsOf(user, query) => text(chat.rooms_of(*user, *query).await),
            Self::Unread(user) => text(chat.unread(*user).await),
            Self::Memberships(user) => text(chat.memberships(*user).await),
            Self::Peers(user) => text(chat.peers(*user).await),
            Self::Members(room, after, limit) => text(chat.members(*room, *after, *limit).await),
            Self::Message(id) => text(chat.message(*id).await),
            Self::Messages(query) => text(chat.messages(*query).await),
            Self::Edits(id) => text(chat.edits(*id).await),
            other => panic!("a question of another part: {other:?}"),
        }
    }
}

pub(super) fn text<T: Debug>(answer: StoreResult<T>) -> String {
    format!("{:?}", answer.expect("a read"))
}

/// A graph's lists have no order of their own.
pub(super) fn sorted(mut graph: AccessGraph) -> AccessGraph {
    graph.roles.sort_by_key(|role| role.id);
    graph.grants.sort_by_key(|grant| (grant.holder, grant.role));
    graph.nestings.sort_unstable();
    graph.members.sort_unstable();
    graph
}

/// A device with its token's hash, which debug output hides.
pub(super) fn plain_device(device: KnownDevice) -> ([u8; 32], String) {
    (device.token.0, format!("{device:?}"))
}
