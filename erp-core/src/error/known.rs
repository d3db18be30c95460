//! The codes and texts of conflicts that are told by kind and key. Clients know them by codes that are
//! older than this; a pair that is not in the table says `taken`, `in_use` or `ring`.

use std::borrow::Cow;

use serde::{Serializer, ser::SerializeMap};

/// What a problem document says of a conflict.
#[derive(Debug, PartialEq, Eq)]
pub(super) struct Told {
    /// The value of `conflict`.
    pub code: &'static str,
    /// The value of `detail`.
    pub text: Cow<'static, str>,
}

/// A kind, a key or what uses it, and the code and the text.
type Known = [&'static str; 4];

const TAKEN: &[Known] = &[
    ["user", "email", "email_taken", "the e-mail address is in use"],
    ["role", "name", "role_name_taken", "the role name is in use"],
    ["team", "name", "team_name_taken", "the team name is in use"],
    ["room", "name", "room_name_taken", "the channel name is in use"],
    ["warehouse", "code", "warehouse_code_taken", "the warehouse code is in use"],
    ["item_category", "name", "category_name_taken", "the category name is in use"],
    ["project_category", "name", "category_name_taken", "the category name is in use"],
    ["item", "sku", "sku_taken", "the SKU is in use"],
    ["project", "code", "project_code_taken", "the project code is in use"],
    ["project_template", "name", "template_name_taken", "the template name is in use"],
    ["project_origin", "key", "origin_key_taken", "a project was made with this key"],
    ["rate", "valid_from", "rate_taken", "the user has a rate from this day on"],
    ["phase_definition", "name", "phase_name_taken", "the phase name is in use"],
];

const IN_USE: &[Known] = &[
    ["item_category", "content", "category_in_use", "the category is in use"],
    ["project_category", "content", "category_in_use", "the category is in use"],
    ["item", "stock", "item_in_use", "the item has stock movements"],
    ["phase_definition", "phase", "phase_definition_in_use", "there are phases of this kind"],
    ["phase", "task", "phase_in_use", "tasks are in the phase"],
];

const RINGS: &[Known] = &[
    ["team", "", "team_ring", "the teams would form a ring"],
    ["item_category", "", "category_ring", "the categories would form a ring"],
    ["project_category", "", "project_category_ring", "the categories would form a ring"],
    ["task", "", "task_ring", "the tasks would form a ring"],
    ["project_template", "", "template_ring", "the tasks of the template would form a ring"],
];

/// What is told of a value that another has.
pub(super) fn taken(entity: &str, key: &str) -> Told {
    find(TAKEN, entity, key)
        .unwrap_or_else(|| Told::new("taken", format!("the {key} of the {entity} is in use")))
}

/// What is told of a thing that others use.
pub(super) fn in_use(entity: &str, by: &str) -> Told {
    find(IN_USE, entity, by)
        .unwrap_or_else(|| Told::new("in_use", format!("the {entity} is in use: {by}")))
}

/// What is told of a ring.
pub(super) fn ring(entity: &str) -> Told {
    find(RINGS, entity, "")
        .unwrap_or_else(|| Told::new("ring", format!("the {entity} would form a ring")))
}

fn find(table: &[Known], entity: &str, key: &str) -> Option<Told> {
    let known = table.iter().find(|known| known[0] == entity && known[1] == key);
    known.map(|[_, _, code, text]| Told { code, text: Cow::Borrowed(text) })
}

impl Told {
    fn new(code: &'static str, text: String) -> Self {
        Self { code, text: Cow::Owned(text) }
    }
}

pub(super) fn write_taken<S: Serializer>(
    entity: &str,
    key: &str,
    serializer: S,
) -> Result<S::Ok, S::Error> {
    let mut members = serializer.serialize_map(Some(3))?;
    members.serialize_entry("conflict", taken(entity, key).code)?;
    members.serialize_entry("entity", entity)?;
    members.serialize_entry("key", key)?;
    members.end()
}

/// What uses the thing stands in the text alone: `by` has been a list of ids in other conflicts.
pub(super) fn write_in_use<S: Serializer>(
    entity: &str,
    by: &str,
    serializer: S,
) -> Result<S::Ok, S::Error> {
    let mut members = serializer.serialize_map(Some(2))?;
    members.serialize_entry("conflict", in_use(entity, by).code)?;
    members.serialize_entry("entity", entity)?;
    members.end()
}

pub(super) fn write_ring<S: Serializer>(
    entity: &str,
    path: &[String],
    serializer: S,
) -> Result<S::Ok, S::Error> {
    let mut members = serializer.serialize_map(Some(3))?;
    members.serialize_entry("conflict", ring(entity).code)?;
    members.serialize_entry("entity", entity)?;
    members.serialize_entry("path", path)?;
    members.end()
}

#[cfg(test)]
mod tests {
    use serde_json::{Value, json};

    use crate::error::{Conflict, Error};

    fn told(conflict: Conflict) -> Value {
        let mut problem = serde_json::to_value(Error::from(conflict).problem()).unwrap();
        let members = problem.as_object_mut().unwrap();
        for same in ["type", "title", "status", "code"] {
            members.remove(same);
        }
        problem
    }

    /// Written out by hand from the time when each was a variant of its own: clients go by them.
    #[test]
    fn x_17_the_wire_forms_of_known_conflicts_stay() {
        for (entity, key, code, detail) in [
            ("user", "email", "email_taken", "the e-mail address is in use"),
            ("role", "name", "role_name_taken", "the role name is in use"),
            ("team", "name", "team_name_taken", "the team name is in use"),
            ("room", "name", "room_name_taken", "the channel name is in use"),
            ("warehouse", "code", "warehouse_code_taken", "the warehouse code is in use"),
            ("item_category", "name", "category_name_taken", "the category name is in use"),
            ("project_category", "name", "category_name_taken", "the category name is in use"),
            ("item", "sku", "sku_taken", "the SKU is in use"),
            ("project", "code", "project_code_taken", "the project code is in use"),
            ("project_template", "name", "template_name_taken", "the template name is in use"),
            ("project_origin", "key", "origin_key_taken", "a project was made with this key"),
            ("rate", "valid_from", "rate_taken", "the user has a rate from this day on"),
            ("phase_definition", "name", "phase_name_taken", "the phase name is in use"),
            ("lead", "code", "taken", "the code of the lead is in use"),
        ] {
            let expected =
                json!({ "conflict": code, "detail": detail, "entity": entity, "key": key });
            assert_eq!(told(Conflict::taken(entity, key)), expected);
        }
        for (entity, by, code, detail) in [
            ("item_category", "content", "category_in_use", "the category is in use"),
            ("project_category", "content", "category_in_use", "the category is in use"),
            ("item", "stock", "item_in_use", "the item has stock movements"),
            (
                "phase_definition",
                "phase",
                "phase_definition_in_use",
                "there are phases of this kind",
            ),
            ("phase", "task", "phase_in_use", "tasks are in the phase"),
            ("supplier", "item", "in_use", "the supplier is in use: item"),
        ] {
            let expected = json!({ "conflict": code, "detail": detail, "entity": entity });
            assert_eq!(told(Conflict::in_use(entity, by)), expected);
        }
        for (entity, code, detail) in [
            ("team", "team_ring", "the teams would form a ring"),
            ("item_category", "category_ring", "the categories would form a ring"),
            ("project_category", "project_category_ring", "the categories would form a ring"),
            ("task", "task_ring", "the tasks would form a ring"),
            ("project_template", "template_ring", "the tasks of the template would form a ring"),
            ("folder", "ring", "the folder would form a ring"),
        ] {
            let path = ["a", "b", "a"];
            let expected =
                json!({ "conflict": code, "detail": detail, "entity": entity, "path": path });
            assert_eq!(told(Conflict::ring(entity, &path)), expected);
        }
    }

    #[test]
    fn a_ring_is_told_by_ids_with_their_prefix() {
        let team = crate::ids::TeamId::from_uuid(uuid::Uuid::nil());
        let path = told(Conflict::ring("team", &[team, team]))["path"].clone();
        assert_eq!(path, json!([format!("tem_{:032}", 0), format!("tem_{:032}", 0)]));
    }

    #[test]
    fn other_conflicts_are_written_as_they_were() {
        assert_eq!(
            told(Conflict::LastOwner),
            json!({
                "conflict": "last_owner",
                "detail": "the last owner cannot be removed, demoted, deactivated or deleted",
            })
        );
        let exists = Conflict::Exists { entity: "user".into() };
        let expected = json!({
            "conflict": "exists", "entity": "user", "detail": "user exists already",
        });
        assert_eq!(told(exists), expected);
    }
}
