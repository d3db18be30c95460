//! A request that makes sense for every operation of the document.

use reqwest::Method;
use serde_json::{Value, json};

use super::{
    contract::DOCUMENT,
    world::{PASSWORD, Person, World},
};

/// An operation of the document.
#[derive(Clone, Debug, PartialEq, Eq, PartialOrd, Ord)]
pub struct Operation {
    pub id: String,
    pub method: String,
    pub path: String,
    pub needs_login: bool,
}

/// Every operation of the document.
pub fn operations() -> Vec<Operation> {
    let mut operations = Vec::new();
    for (path, item) in DOCUMENT["paths"].as_object().unwrap() {
        for (method, operation) in item.as_object().unwrap() {
            operations.push(Operation {
                id: operation["operationId"].as_str().unwrap().to_owned(),
                method: method.to_uppercase(),
                path: path.clone(),
                needs_login: !operation["security"].as_array().unwrap().is_empty(),
            });
        }
    }
    operations.sort();
    operations
}

impl Operation {
    pub fn method(&self) -> Method {
        self.method.parse().unwrap()
    }

    /// The path with query, and the body, of a request about Ann and what is hers.
    pub fn request(&self, world: &World) -> (String, Option<Value>) {
        let (id, query, body) = self.parts(world);
        // Only members watch tasks.
        let watches = self.id.ends_with("watch_task");
        let user = world.id(if watches { Person::Bob } else { Person::Stray });
        let mut path = self.path.clone();
        for (name, value) in [
            ("{id}", id),
            ("{user}", user.to_string()),
            ("{role}", world.things.role.to_string()),
            ("{child}", world.things.inner_team.to_string()),
            ("{predecessor}", world.things.before.to_string()),
            ("{sku}", "cable-4".to_owned()),
            ("{item}", world.things.check.to_string()),
        ] {
            path = path.replace(name, &value);
        }
        (format!("{path}{query}"), body)
    }

    /// What `{id}` is, the query and the body. A new operation must be placed.
    fn parts(&self, world: &World) -> (String, String, Option<Value>) {
        let things = &world.things;
        let (ann, role, team) = (world.id(Person::Ann), things.role, things.team);
        let (group, message) = (things.group, things.message);
        let seen = || Some(json!({ "expected": 1 }));
        let expected = "?expected=1".to_owned();
        let none = String::new;
        match self.id.as_str() {
            "login" => {
                let login = json!({ "email": Person::Ann.email(), "password": PASSWORD });
                (none(), none(), Some(login))
            }
            "logout" | "me" | "own_sessions" | "end_other_sessions" | "health" | "list_users"
            | "list_roles" | "list_teams" | "audit_log" | "audit_anchors" | "list_rooms"
            | "list_channels" | "unread" | "online_users" | "stream" | "ws" => {
                (none(), none(), None)
            }
            "change_password" => {
                let change = json!({ "current": PASSWORD, "new": "another good password" });
                (none(), none(), Some(change))
            }
            "end_session" => (things.session.to_string(), none(), None),
            "create_user" => {
                let user = json!({ "email": "new@example.org", "display_name": "New" });
                (none(), none(), Some(user))
            }
            "user_cards" => (none(), format!("?ids={ann}"), None),
            "get_user" | "user_sessions" | "end_user_sessions" | "user_roles"
            | "grant_user_role" | "revoke_user_role" => (ann.to_string(), none(), None),
            "update_user" => {
                let change = json!({ "expected": 1, "display_name": "Anna" });
                (ann.to_string(), none(), Some(change))
            }
            "delete_user" => (ann.to_string(), expected, None),
            "deactivate_user" | "reactivate_user" | "restore_user" => {
                (ann.to_string(), none(), seen())
            }
            "set_password" => {
                (ann.to_string(), none(), Some(json!({ "new": "another good password" })))
            }
            "create_role" => {
                (none(), none(), Some(json!({ "name": "New", "permissions": ["chat.use"] })))
            }
            "update_role" => {
                let change = json!({ "expected": 1, "name": "New", "permissions": ["chat.use"] });
                (role.to_string(), none(), Some(change))
            }
            "get_role" => (role.to_string(), none(), None),
            "delete_role" => (role.to_string(), expected, None),
            "create_team" => (none(), none(), Some(json!({ "name": "New" }))),
            "rename_team" => {
                (team.to_string(), none(), Some(json!({ "expected": 1, "name": "New" })))
            }
            "delete_team" => (team.to_string(), expected, None),
            "get_team" | "team_members" | "add_team_member" | "remove_team_member"
            | "nest_team" | "unnest_team" | "team_roles" | "grant_team_role"
            | "revoke_team_role" => (team.to_string(), none(), None),
            "create_room" => (none(), none(), Some(json!({ "kind": "group", "name": "New" }))),
            "join_room" => (things.channel.to_string(), none(), None),
            "archive_room" | "restore_room" => (group.to_string(), none(), seen()),
            "get_room" | "leave_room" | "list_members" | "remove_member" | "take_over_room" => {
                (group.to_string(), none(), None)
            }
            "update_room" => {
                (group.to_string(), none(), Some(json!({ "expected": 1, "topic": "New" })))
            }
            "put_member" => (group.to_string(), none(), Some(json!({}))),
            "mute_room" => {
                (group.to_string(), none(), Some(json!({ "until": "2030-01-01T00:00:00Z" })))
            }
            "mark_read" => (group.to_string(), none(), Some(json!({ "seq": 1 }))),
            "mark_unread" => (group.to_string(), none(), Some(json!({ "from": 1 }))),
            "list_messages" => (none(), format!("?room={group}"), None),
            "post_message" => (none(), none(), Some(json!({ "room": group, "body": "Hi" }))),
            "edit_message" => {
                (message.to_string(), none(), Some(json!({ "expected": 1, "body": "Hi" })))
            }
            "delete_message" => (message.to_string(), expected, None),
            "restore_message" => (message.to_string(), none(), seen()),
            "message_history" => (message.to_string(), none(), None),
            "broadcast" => {
                let send = json!({ "target": "everyone", "name": "ping", "payload": {} });
                (none(), none(), Some(send))
            }
            "list_project_categories" => (none(), none(), None),
            "create_project_category" => (none(), none(), Some(json!({ "name": "Wind" }))),
            "get_project_category" => (things.project_category.to_string(), none(), None),
            "patch_project_category" => {
                let change = json!({ "expected": 1, "name": "Sun" });
                (things.project_category.to_string(), none(), Some(change))
            }
            "delete_project_category" => (things.project_category.to_string(), expected, None),
            "update_project_category" => {
                let change = json!({ "expected": 1, "name": "Photovoltaics" });
                (things.project_category.to_string(), none(), Some(change))
            }
            "list_project_templates" => (none(), none(), None),
            "create_project_template" => {
                let task = json!({ "key": "rails", "title": "Mount the rails", "role": "fitter" });
                let new = json!({ "name": "House", "body": { "tasks": [task] } });
                (none(), none(), Some(new))
            }
            "get_project_template" => (things.template.to_string(), none(), None),
            "update_project_template" => {
                let change = json!({ "expected": 1, "name": "Barn", "archived": false,
                    "body": { "tasks": [], "dependencies": [] } });
                (things.template.to_string(), none(), Some(change))
            }
            "create_project_from_template" | "create_project_in_category" => {
                let project = json!({ "code": "LEAD-7", "name": "Barn", "start_on": "2026-03-02" });
                let new = json!({ "key": "lead 7", "project": project });
                let from = if self.id == "create_project_from_template" {
                    things.template.to_string()
                } else {
                    things.project_category.to_string()
                };
                (from, none(), Some(new))
            }
            "list_warehouses" | "list_item_categories" | "list_items" | "list_projects" => {
                (none(), none(), None)
            }
            "create_warehouse" => (none(), none(), Some(json!({ "code": "NEW", "name": "New" }))),
            "get_warehouse" => (things.warehouse.to_string(), none(), None),
            "update_warehouse" => {
                let change = json!({ "expected": 1, "code": "MAIN", "name": "Main store",
                    "negative": "forbidden", "active": true });
                (things.warehouse.to_string(), none(), Some(change))
            }
            "patch_warehouse" => {
                let change = json!({ "expected": 1, "address": "Kai 1" });
                (things.warehouse.to_string(), none(), Some(change))
            }
            "create_item_category" => (none(), none(), Some(json!({ "name": "New" }))),
            "get_item_category" => (things.category.to_string(), none(), None),
            "patch_item_category" => {
                let change = json!({ "expected": 1, "name": "Wires" });
                (things.category.to_string(), none(), Some(change))
            }
            "delete_item_category" => (things.category.to_string(), expected, None),
            "update_item_category" => {
                let change = json!({ "expected": 1, "name": "Cables and wires" });
                (things.category.to_string(), none(), Some(change))
            }
            "create_item" => {
                let unit = json!({ "name": "pcs", "scale": 0 });
                let item = json!({ "sku": "NEW-1", "name": "New", "unit": unit,
                    "valuation": "fifo", "reorder_level": "10" });
                (none(), none(), Some(item))
            }
            "get_item" => (things.item.to_string(), none(), None),
            "get_item_by_sku" => (none(), none(), None),
            "update_item" => {
                let unit = json!({ "name": "m", "scale": 2 });
                let change = json!({ "expected": 1, "sku": "CABLE-4", "name": "Cable", "unit": unit,
                    "valuation": "moving_average", "tracking": "none", "active": false });
                (things.item.to_string(), none(), Some(change))
            }
            "delete_item" => (things.item.to_string(), expected, None),
            "correct_lot" => {
                let lot = format!("lot_{}", "0".repeat(32));
                (lot, none(), Some(json!({ "seen": null, "expires_on": "2026-01-31" })))
            }
            "list_stock" | "list_stock_alerts" | "list_lots" | "valuation" => {
                (none(), none(), None)
            }
            "item_stock" | "item_projection" => (things.item.to_string(), none(), None),
            "list_movements" | "list_reservations" => {
                (none(), format!("?item={}", things.item), None)
            }
            "list_postings" => (none(), "?reference=none".to_owned(), None),
            "turnover" => {
                let period = "?from=2026-01-01T00:00:00Z&to=2027-01-01T00:00:00Z";
                (none(), period.to_owned(), None)
            }
            "post_stock" => {
                let line = json!({ "item": things.item, "warehouse": things.warehouse,
                    "quantity": "2.5", "direction": { "out": {} } });
                (none(), none(), Some(json!({ "kind": "issue", "lines": [line] })))
            }
            "post_stock_batch" => {
                let line = json!({ "item": things.item, "warehouse": things.warehouse,
                    "quantity": "2.5", "direction": { "out": {} } });
                let posting = json!({ "kind": "issue", "lines": [line] });
                (none(), none(), Some(json!({ "postings": [posting] })))
            }
            "get_posting" => (things.posting.to_string(), none(), None),
            "reverse_posting" => (things.posting.to_string(), none(), Some(json!({}))),
            "count_stock" => {
                let count = json!({ "item": things.item, "warehouse": things.warehouse,
                    "counted": "99", "counted_at": world.engine.now() });
                (none(), none(), Some(count))
            }
            "revalue_stock" => {
                let revaluation = json!({ "item": things.item, "warehouse": things.warehouse,
                    "unit_cost": "1.25" });
                (none(), none(), Some(revaluation))
            }
            "reserve_stock" => {
                let reserve = json!({ "item": things.item, "warehouse": things.warehouse,
                    "quantity": "1" });
                (none(), none(), Some(reserve))
            }
            "get_reservation" | "release_reservation" => {
                (things.reservation.to_string(), none(), None)
            }
            "acknowledge_stock_alert" => (things.alert.to_string(), none(), None),
            "create_project" => (none(), none(), Some(json!({ "code": "NEW", "name": "New" }))),
            "get_project" | "list_project_members" | "remove_project_member" | "leave_project" => {
                (things.project.to_string(), none(), None)
            }
            "update_project" => {
                let change = json!({ "expected": 1, "name": "Roof", "task_prefix": "TASK",
                    "zone": "UTC" });
                (things.project.to_string(), none(), Some(change))
            }
            "set_project_status" => {
                let change = json!({ "expected": 1, "status": "active" });
                (things.project.to_string(), none(), Some(change))
            }
            "delete_project" => (things.project.to_string(), expected, None),
            "restore_project" => (things.project.to_string(), none(), seen()),
            "put_project_member" => {
                (things.project.to_string(), none(), Some(json!({ "role": "member" })))
            }
            "list_tasks" | "task_counts" | "task_graph" | "project_board" | "list_ready_tasks" => {
                (things.project.to_string(), none(), None)
            }
            "search_tasks" => (none(), "?q=rails".to_owned(), None),
            "list_own_ready_tasks" => (none(), none(), None),
            "change_tasks" => {
                let task = json!({ "id": things.task, "expected": 1 });
                let set = json!({ "status": "in_progress", "priority": "high", "due_on": null });
                (none(), none(), Some(json!({ "tasks": [task], "set": set })))
            }
            "create_task" => (things.project.to_string(), none(), Some(json!({ "title": "New" }))),
            "get_task" | "list_dependencies" | "unlink_tasks" | "list_time_entries"
            | "task_time" => (things.task.to_string(), none(), None),
            "update_task" => {
                let change = json!({ "expected": 1, "title": "Mount the rails",
                    "priority": "high", "assignees": [], "labels": ["roof"] });
                (things.task.to_string(), none(), Some(change))
            }
            "set_task_status" => {
                let change = json!({ "expected": 1, "status": "in_progress" });
                (things.task.to_string(), none(), Some(change))
            }
            "move_task" => {
                let change = json!({ "expected": 1, "parent": things.whole });
                (things.task.to_string(), none(), Some(change))
            }
            "delete_task" => (things.task.to_string(), expected, None),
            "restore_task" => (things.task.to_string(), none(), seen()),
            "link_tasks" => {
                let link = json!({ "predecessor": things.before, "kind": "start_start" });
                (things.whole.to_string(), none(), Some(link))
            }
            "log_time" => {
                let time = json!({ "started_at": "2025-06-01T08:00:00Z",
                    "ended_at": "2025-06-01T09:00:00Z" });
                (things.task.to_string(), none(), Some(time))
            }
            "start_timer" => (things.task.to_string(), none(), Some(json!({ "note": "rails" }))),
            "running_timer" | "stop_timer" => (none(), none(), None),
            "change_time" => {
                let change = json!({ "expected": 1, "started_at": "2025-06-02T08:00:00Z",
                    "ended_at": "2025-06-02T10:00:00Z" });
                (things.time.to_string(), none(), Some(change))
            }
            "delete_time" => (things.time.to_string(), expected, None),
            "restore_time" => (things.time.to_string(), none(), seen()),
            "project_history" | "project_progress" | "project_schedule" | "project_summary"
            | "get_calendar" => (things.project.to_string(), none(), None),
            "set_calendar" => {
                let hours = json!([{ "day": "monday", "from": "08:00", "until": "24:00" }]);
                let change = json!({ "expected": 0, "hours": hours, "holidays": ["2025-12-25"] });
                (things.project.to_string(), none(), Some(change))
            }
            "list_rates" => (ann.to_string(), none(), None),
            "create_rate" => {
                let rate = json!({ "amount": "80", "currency": "EUR" });
                let new = json!({ "valid_from": "2025-02-01", "rate": rate });
                (ann.to_string(), none(), Some(new))
            }
            "update_rate" => {
                let rate = json!({ "amount": "90", "currency": "EUR" });
                let change = json!({ "expected": 1, "valid_from": "2025-01-01", "rate": rate });
                (things.rate.to_string(), none(), Some(change))
            }
            "get_rate" => (things.rate.to_string(), none(), None),
            "patch_rate" => {
                let change = json!({ "expected": 1, "valid_from": "2025-01-02" });
                (things.rate.to_string(), none(), Some(change))
            }
            "restore_rate" => (things.rate.to_string(), none(), seen()),
            "delete_rate" => (things.rate.to_string(), expected, None),
            "list_milestones" => (things.project.to_string(), none(), None),
            "create_milestone" => {
                let milestone = json!({ "name": "Cellar", "due_on": "2025-12-24" });
                (things.project.to_string(), none(), Some(milestone))
            }
            "get_milestone" => (things.milestone.to_string(), none(), None),
            "update_milestone" => {
                let change = json!({ "expected": 1, "name": "Roof and cellar" });
                (things.milestone.to_string(), none(), Some(change))
            }
            "patch_milestone" => {
                let change = json!({ "expected": 1, "description": "All of it" });
                (things.milestone.to_string(), none(), Some(change))
            }
            "delete_milestone" => (things.milestone.to_string(), expected, None),
            "restore_milestone" => (things.milestone.to_string(), none(), seen()),
            "set_task_milestone" => {
                let change = json!({ "expected": 1, "milestone": things.milestone });
                (things.task.to_string(), none(), Some(change))
            }
            "list_phases" => (things.project.to_string(), none(), None),
            "create_phase" => {
                let phase = json!({
                    "definition": things.phase_definition,
                    "starts_on": "2025-07-01",
                    "ends_on": "2025-07-31",
                    "on_overlap": "shift",
                });
                (things.project.to_string(), none(), Some(phase))
            }
            "get_phase" => (things.phase.to_string(), none(), None),
            "update_phase" => {
                let change = json!({
                    "expected": 1,
                    "starts_on": "2025-06-02",
                    "ends_on": "2025-06-30",
                });
                (things.phase.to_string(), none(), Some(change))
            }
            "cancel_phase" | "take_back_gate" => (things.phase.to_string(), expected, None),
            "restore_phase" => (things.phase.to_string(), none(), seen()),
            "pass_gate" => {
                let gate = json!({ "expected": 1, "open_tasks": "leave" });
                (things.phase.to_string(), none(), Some(gate))
            }
            "set_task_phase" => {
                let change = json!({ "expected": 1, "phase": things.phase });
                (things.task.to_string(), none(), Some(change))
            }
            "list_phase_definitions" => (none(), none(), None),
            "create_phase_definition" => (none(), none(), Some(json!({ "name": "Operate" }))),
            "rename_phase_definition" => {
                let change = json!({ "expected": 1, "name": "Construction" });
                (things.phase_definition.to_string(), none(), Some(change))
            }
            "get_phase_definition" => (things.phase_definition.to_string(), none(), None),
            "patch_phase_definition" => {
                let change = json!({ "expected": 1, "name": "Permitting" });
                (things.phase_definition.to_string(), none(), Some(change))
            }
            "delete_phase_definition" => (things.phase_definition.to_string(), expected, None),
            "archive_phase_definition" | "restore_phase_definition" => {
                (things.phase_definition.to_string(), none(), seen())
            }
            "reschedule_project" => (things.project.to_string(), none(), Some(json!({}))),
            "reschedule_task" => {
                (things.before.to_string(), none(), Some(json!({ "earlier": "pull" })))
            }
            "upload_attachment" => {
                let name = "?name=bytes.json".to_owned();
                (things.project.to_string(), name, Some(json!({ "any": "bytes" })))
            }
            "list_attachments" => (things.task.to_string(), none(), None),
            "get_attachment" | "get_attachment_content" => {
                (things.attachment.to_string(), none(), None)
            }
            "link_attachment" => {
                let link = json!({ "expected": 2, "task": things.task });
                (things.pending.to_string(), none(), Some(link))
            }
            "delete_attachment" => (things.attachment.to_string(), "?expected=3".to_owned(), None),
            "restore_attachment" => {
                (things.attachment.to_string(), none(), Some(json!({ "expected": 3 })))
            }
            "get_checklist" => (things.task.to_string(), none(), None),
            "set_checklist" => {
                let list = json!({ "expected": 1, "items": [
                    { "id": things.check, "text": "Measure twice" }, { "text": "Cut once" }] });
                (things.task.to_string(), none(), Some(list))
            }
            "add_to_checklist" => {
                (things.task.to_string(), none(), Some(json!({ "text": "Sweep the floor" })))
            }
            "tick_checklist_item" => {
                (things.task.to_string(), none(), Some(json!({ "done": true })))
            }
            "list_watchers" => (things.task.to_string(), none(), None),
            "watch_task" | "unwatch_task" => (things.task.to_string(), none(), None),
            "list_comments" => (things.task.to_string(), none(), None),
            "create_comment" => {
                let comment = json!({ "body": "The rails are here.", "answers": things.comment });
                (things.task.to_string(), none(), Some(comment))
            }
            "edit_comment" => {
                let edit = json!({ "expected": 1, "body": "The rails are late." });
                (things.comment.to_string(), none(), Some(edit))
            }
            "delete_comment" => (things.comment.to_string(), expected, None),
            "restore_comment" => (things.comment.to_string(), none(), seen()),
            "closed_until" => (none(), none(), None),
            "close_period" => (none(), none(), Some(json!({ "until": "2025-01-01T00:00:00Z" }))),
            other => panic!("say how to ask for `{other}`"),
        }
    }
}
