//! The state: persistent maps, of which a copy is O(1) and shares all that stays the same.

mod access;
mod audit;
mod catalog;
mod chat;
mod inventory;
mod log;
mod lots;
mod projects;
mod records;
mod relation;
mod seq_list;
mod stock;

use std::fmt;

use erp_core::{
    access::LoginFailures,
    change::Allocated,
    ctx::{Actor, IdempotencyKey},
    time::Timestamp,
};
use imbl::HashMap;

use crate::map::Texts;

pub(crate) use self::{
    access::{AccessState, SessionState, UserState},
    audit::AuditLog,
    catalog::CatalogState,
    chat::{ChatState, MemberState, RoomState},
    inventory::InventoryState,
    log::Log,
    lots::LotState,
    projects::{ProjectState, ProjectsState, TimesheetState},
    records::{Records, Table as RecordTable},
    stock::{PostingState, StockState},
};

/// Everything that is kept, but for the leases of live connections.
#[derive(Clone)]
pub(crate) struct State {
    pub domain: Domain,
    pub audit: AuditLog,
    pub log: Log,
    pub answers: HashMap<(Actor, IdempotencyKey), Answer>,
    pub failures: Texts<LoginFailures>,
}

/// What changes write.
#[derive(Clone)]
pub(crate) struct Domain {
    pub access: AccessState,
    pub chat: ChatState,
    pub inventory: InventoryState,
    pub projects: ProjectsState,
    pub catalog: CatalogState,
    pub records: Records,
}

/// The first answer under an idempotency key.
#[derive(Clone)]
pub(crate) struct Answer {
    pub fingerprint: [u8; 32],
    pub answer: serde_json::Value,
    pub allocated: Vec<Allocated>,
    pub at: Timestamp,
}

impl State {
    pub fn new() -> Self {
        Self {
            domain: Domain {
                access: AccessState::new(),
                chat: ChatState::default(),
                inventory: InventoryState::default(),
                projects: ProjectsState::default(),
                catalog: CatalogState::default(),
                records: Records::default(),
            },
            audit: AuditLog::default(),
            log: Log::new(),
            answers: HashMap::new(),
            failures: Texts::new(),
        }
    }
}

impl fmt::Debug for State {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        f.debug_struct("State")
            .field("users", &self.domain.access.users.len())
            .field("rooms", &self.domain.chat.rooms.len())
            .field("messages", &self.domain.chat.messages.len())
            .field("settled", &self.log.settled())
            .finish_non_exhaustive()
    }
}
