//! Ids: texts with the prefix of their kind.

use erp_core::ids;
use utoipa::{
    PartialSchema, ToSchema,
    openapi::{ObjectBuilder, RefOr, Schema, Type},
};

macro_rules! id_schemas {
    ($($name:ident $doc:literal;)*) => {$(
        #[doc = $doc]
        pub(crate) struct $name;

        impl PartialSchema for $name {
            fn schema() -> RefOr<Schema> {
                id($doc, ids::$name::PREFIX)
            }
        }

        impl ToSchema for $name {}
    )*};
}

id_schemas! {
    UserId "The id of a user.";
    SessionId "The id of a session.";
    RoleId "The id of a role.";
    TeamId "The id of a team.";
    AuditId "The id of an entry of the audit log.";
    RoomId "The id of a room.";
    MessageId "The id of a message.";
    ProjectId "The id of a project.";
    ProjectCategoryId "The id of a category of projects.";
    ProjectTemplateId "The id of a template of projects.";
    TaskId "The id of a task.";
    CommentId "The id of a comment on a task.";
    AttachmentId "The id of a file.";
    ChecklistItemId "The id of a line of a checklist.";
    PhaseDefinitionId "The id of a kind of phase.";
    PhaseId "The id of a phase.";
    MilestoneId "The id of a milestone.";
    TimeEntryId "The id of a time entry.";
    WarehouseId "The id of a warehouse.";
    ItemCategoryId "The id of a category of items.";
    ItemId "The id of an item.";
    LotId "The id of a lot.";
    PostingId "The id of a stock transaction.";
    ReservationId "The id of a reservation of stock.";
    StockAlertId "The id of a notice of low stock.";
}

fn id(description: &str, prefix: &str) -> RefOr<Schema> {
    ObjectBuilder::new()
        .schema_type(Type::String)
        .description(Some(description))
        .pattern(Some(format!("^{prefix}_[0-9a-f]{{32}}$")))
        .into()
}
