//! Rows of records, without and with their type.

use std::{fmt::Debug, ops::Deref, sync::Arc};

use erp_kernel::{Type, Unreadable, Value, Values, Version, ids::Id};
use serde::{Serialize, Serializer};
use serde_json::{Map, Value as Json};
use uuid::Uuid;

use super::Kind;
use crate::time::Timestamp;

/// A kind of record as a type: what `#[derive(Record)]` writes.
pub trait Record: Clone + Debug + PartialEq + Send + Sync + 'static {
    /// The type of its ids.
    type Id: Id;
    /// Its description.
    const KIND: &'static Kind;

    /// The values, in the order of the fields.
    fn values(&self) -> Vec<Value>;

    /// The record of these values.
    ///
    /// # Errors
    /// They are not of this kind.
    fn from_values(values: &mut Values<'_>) -> Result<Self, Unreadable>;
}

/// A record as stores keep it.
#[derive(Clone, Debug, PartialEq)]
pub struct Row {
    /// Its id.
    pub id: Uuid,
    /// Rises with every change.
    pub version: Version,
    /// When it was created.
    pub created_at: Timestamp,
    /// When it was last changed.
    pub updated_at: Timestamp,
    /// When it was archived or deleted, as its kind has it.
    pub archived_at: Option<Timestamp>,
    /// The values of its fields, in their order.
    pub values: Arc<[Value]>,
}

impl Row {
    /// The row in JSON, as answers tell it.
    pub fn json(&self, kind: &Kind) -> Map<String, Json> {
        let mut members = kind.json(&self.values);
        members.insert("id".to_owned(), Json::String(erp_kernel::ids::text(kind.prefix, self.id)));
        let instant = |at: Timestamp| Type::Instant.write(&Value::Instant(at));
        if let Some(away) = kind.away {
            let since = self.archived_at.map_or(Json::Null, instant);
            members.insert(away.since().to_owned(), since);
        }
        members.insert("version".to_owned(), self.version.0.into());
        members.insert("created_at".to_owned(), instant(self.created_at));
        members.insert("updated_at".to_owned(), instant(self.updated_at));
        members
    }

    /// The row in JSON without what is sensitive, whose fields are named in `masked`, as events tell it.
    pub fn told(&self, kind: &Kind) -> Map<String, Json> {
        let mut members = self.json(kind);
        let masked: Vec<Json> = kind.sensitive().map(|field| field.name.into()).collect();
        kind.sensitive().for_each(|field| drop(members.remove(field.name)));
        if !masked.is_empty() {
            members.insert("masked".to_owned(), masked.into());
        }
        members
    }

    /// Reads what [`Row::json`] has written. Members that are not known are passed over: a newer engine
    /// may have written them.
    pub fn of_json(kind: &Kind, members: &Map<String, Json>) -> Option<Self> {
        let instant = |name: &str| match Type::Instant.read(name, members.get(name)?) {
            Ok(Value::Instant(at)) => Some(at),
            _ => None,
        };
        let mut values = Vec::with_capacity(kind.fields.len());
        for field in kind.fields {
            values.push(match members.get(field.name) {
                None | Some(Json::Null) => Value::Null,
                Some(json) => field.ty.read(field.name, json).ok()?,
            });
        }
        let created_at = instant("created_at")?;
        Some(Self {
            id: erp_kernel::ids::parse(members.get("id")?.as_str()?, kind.prefix)?,
            version: Version(members.get("version")?.as_i64()?),
            created_at,
            updated_at: instant("updated_at").unwrap_or(created_at),
            archived_at: kind.away.and_then(|away| instant(away.since())),
            values: values.into(),
        })
    }
}

/// A record with what is kept beside its fields.
#[derive(Clone, Debug, PartialEq)]
pub struct Stored<R: Record> {
    /// Its id.
    pub id: R::Id,
    /// Rises with every change.
    pub version: Version,
    /// When it was created.
    pub created_at: Timestamp,
    /// When it was last changed.
    pub updated_at: Timestamp,
    /// When it was archived or deleted, as its kind has it; else none.
    pub archived_at: Option<Timestamp>,
    /// Its fields.
    pub fields: R,
}

impl<R: Record> Stored<R> {
    /// The record of this row.
    ///
    /// # Errors
    /// The row is of another kind.
    pub fn of(row: &Row) -> Result<Self, Unreadable> {
        Ok(Self {
            id: R::Id::from_uuid(row.id),
            version: row.version,
            created_at: row.created_at,
            updated_at: row.updated_at,
            archived_at: row.archived_at,
            fields: R::from_values(&mut Values::of(&row.values))?,
        })
    }

    /// Its row.
    pub fn row(&self) -> Row {
        Row {
            id: self.id.uuid(),
            version: self.version,
            created_at: self.created_at,
            updated_at: self.updated_at,
            archived_at: self.archived_at,
            values: self.fields.values().into(),
        }
    }
}

impl<R: Record> Deref for Stored<R> {
    type Target = R;

    fn deref(&self) -> &R {
        &self.fields
    }
}

impl<R: Record> Serialize for Stored<R> {
    fn serialize<S: Serializer>(&self, serializer: S) -> Result<S::Ok, S::Error> {
        self.row().json(R::KIND).serialize(serializer)
    }
}

impl<'de, R: Record> serde::Deserialize<'de> for Stored<R> {
    fn deserialize<D: serde::Deserializer<'de>>(deserializer: D) -> Result<Self, D::Error> {
        let members = Map::deserialize(deserializer)?;
        let row = Row::of_json(R::KIND, &members).ok_or(Unreadable);
        row.and_then(|row| Self::of(&row)).map_err(serde::de::Error::custom)
    }
}
