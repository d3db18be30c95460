//! Closed sets of names.

use erp_core::policy;
use utoipa::{
    PartialSchema, ToSchema,
    openapi::{ObjectBuilder, RefOr, Schema, Type},
};

/// A right that roles grant.
pub(crate) struct Permission;

impl PartialSchema for Permission {
    fn schema() -> RefOr<Schema> {
        let names = policy::Permission::ALL.iter().map(|permission| permission.as_str());
        names_of("A right that roles grant.", names)
    }
}

impl ToSchema for Permission {}

/// What a service does on someone's behalf.
pub(crate) struct Action;

impl PartialSchema for Action {
    fn schema() -> RefOr<Schema> {
        let names = policy::Action::ALL.iter().map(|action| action.as_str());
        names_of("What a service does on someone's behalf.", names)
    }
}

impl ToSchema for Action {}

fn names_of(description: &str, names: impl Iterator<Item = &'static str>) -> RefOr<Schema> {
    ObjectBuilder::new()
        .schema_type(Type::String)
        .description(Some(description))
        .enum_values(Some(names))
        .into()
}

/// Whether a user is let in.
#[derive(ToSchema)]
#[schema(rename_all = "snake_case")]
pub(crate) enum UserStatus {
    /// Let in.
    Active,
    /// Shut out; may be let in again.
    Deactivated,
    /// Deleted softly; may be restored.
    Deleted,
}

/// What a room is for, and so who may come in.
#[derive(ToSchema)]
#[schema(rename_all = "snake_case")]
pub(crate) enum RoomKind {
    /// Two people; one room for each pair.
    Direct,
    /// Some people, by invitation.
    Group,
    /// Open to all who may use channels.
    Channel,
    /// The people of a project.
    Project,
    /// Someone who needs help, and those who give it.
    Support,
}

/// What a member may do in a room beyond reading and writing.
#[derive(ToSchema)]
#[schema(rename_all = "snake_case")]
pub(crate) enum RoomRole {
    /// Keeps order, and says who else does.
    Owner,
    /// Keeps order.
    Moderator,
    /// Reads and writes.
    Member,
}

/// From where on a new member sees a room's messages.
#[derive(ToSchema)]
#[schema(rename_all = "snake_case")]
pub(crate) enum HistoryPolicy {
    /// From the first message.
    Full,
    /// From his joining.
    FromJoin,
}

/// Who speaks in a message.
#[derive(ToSchema)]
#[schema(rename_all = "snake_case")]
pub(crate) enum MessageKind {
    /// A person.
    User,
    /// The engine or the host. Never counts as unread.
    System,
    /// A person, once, in another system. Never counts as unread.
    Imported,
}

/// What a message's body is written in. Whoever shows it must not run it.
#[derive(ToSchema)]
#[schema(rename_all = "snake_case")]
pub(crate) enum BodyFormat {
    /// Plain text.
    Text,
    /// Markdown.
    Markdown,
    /// HTML, untrusted.
    Html,
}
