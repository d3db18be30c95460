//! The registry of identifiers.
//!
//! Every id is a newtype over a UUID v7. It prints, and is written in JSON, with the prefix of its
//! kind (`msg_0190f3…`), so that an id of one kind pasted where another belongs is refused.

pub use erp_kernel::ids::ParseIdError;

erp_kernel::ids! {
    /// A person who can act.
    UserId "usr";
    /// A login of a user.
    SessionId "ses";
    /// A named set of permissions.
    RoleId "rol";
    /// A group of users, and of other teams.
    TeamId "tem";
    /// An entry of the audit log.
    AuditId "aud";
    /// A place where messages are exchanged.
    RoomId "rom";
    /// A message in a room.
    MessageId "msg";
    /// A project.
    ProjectId "prj";
    /// A live connection of a client.
    ConnectionId "con";
    /// A process that serves clients.
    NodeId "nod";
    /// A place where stock lies.
    WarehouseId "whs";
    /// A category of items.
    ItemCategoryId "ict";
    /// What stock is of.
    ItemId "itm";
    /// A part of an item's stock that is kept apart.
    LotId "lot";
    /// A stock transaction.
    PostingId "pst";
    /// Stock that is set aside for someone.
    ReservationId "rsv";
    /// A notice that stock went low.
    StockAlertId "sal";
    /// Something to do in a project.
    TaskId "tsk";
    /// Time that was spent on a task.
    TimeEntryId "tim";
    /// What an hour of someone's work costs.
    RateId "rat";
    /// What a project is to have reached by a day.
    MilestoneId "mls";
    /// What someone says about a task.
    CommentId "cmt";
    /// A file on a task.
    AttachmentId "att";
    /// A line of a task's checklist.
    ChecklistItemId "chk";
    /// A category of projects.
    ProjectCategoryId "pct";
    /// A kind of phase that projects go through.
    PhaseDefinitionId "phd";
    /// A phase of a project.
    PhaseId "phs";
    /// What projects are made from.
    ProjectTemplateId "ptl";
}

#[cfg(test)]
mod tests {
    use uuid::Uuid;

    use super::*;

    #[test]
    fn an_id_prints_with_its_prefix_and_reads_back() {
        let id = UserId::from_uuid(Uuid::from_u128(0x0190_0000_0000_7000_8000_0000_0000_0001));
        assert_eq!(id.to_string(), "usr_01900000000070008000000000000001");
        assert_eq!(id.to_string().parse(), Ok(id));
        assert_eq!(serde_json::to_string(&id).unwrap(), format!("\"{id}\""));
    }

    #[test]
    fn an_id_of_another_kind_is_refused() {
        let room = RoomId::from_uuid(Uuid::from_u128(7)).to_string();
        assert!(room.parse::<UserId>().is_err());
        for bad in ["", "usr_", "usr_0", "usr_0190000000007000800000000000000g", "usr-x"] {
            assert!(bad.parse::<UserId>().is_err(), "{bad}");
        }
    }
}
