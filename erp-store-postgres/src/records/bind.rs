//! Values into statements and out of rows, by the type of the field. The type of what is bound is the
//! field's, also of nothing: sqlx keeps a statement by its text alone.

use chrono::NaiveDate;
use erp_core::{
    record::{Field, Part, Row as Record, Type, Value, sort_key},
    time::Timestamp,
};
use sqlx::{Row, postgres::PgRow};
use uuid::Uuid;

use crate::{numeric::Numeric, rows::unreadable, sql::Statement};

/// Binds the columns of a field, with its key where there is one.
pub(super) fn field<'q>(query: Statement<'q>, field: &Field, value: &Value) -> Statement<'q> {
    let query = typed(query, field.ty, value);
    if field.keyed() { typed(query, field.ty, &sort_key(field, value)) } else { query }
}

/// Binds the columns of a value of this type.
pub(super) fn typed<'q>(query: Statement<'q>, ty: Type, value: &Value) -> Statement<'q> {
    match (ty, value) {
        (Type::Bool, value) => query.bind(match value {
            Value::Bool(yes) => Some(*yes),
            _ => None,
        }),
        (Type::Int(..), value) => query.bind(match value {
            Value::Int(number) => Some(*number),
            _ => None,
        }),
        (Type::Decimal { .. }, value) => query.bind(match value {
            Value::Decimal(number) => Some(Numeric(*number)),
            _ => None,
        }),
        (Type::Text(_) | Type::Choice(_), value) => query.bind(value.as_text().map(str::to_owned)),
        (Type::Id { .. }, value) => query.bind(value.as_id()),
        (Type::Day, value) => query.bind(match value {
            Value::Day(day) => Some(*day),
            _ => None,
        }),
        (Type::Instant, value) => query.bind(match value {
            Value::Instant(at) => Some(*at),
            _ => None,
        }),
        (Type::Money, value) => {
            let (amount, currency) = match value {
                Value::Parts(parts) => match &**parts {
                    [Value::Decimal(amount), Value::Text(code)] => {
                        (Some(Numeric(*amount)), Some(code.to_string()))
                    }
                    _ => (None, None),
                },
                _ => (None, None),
            };
            query.bind(amount).bind(currency)
        }
        (Type::Parts(parts), value) => {
            let mut query = query;
            for (place, part) in parts.iter().enumerate() {
                query = typed(query, part.ty, part_of(value, place));
            }
            query
        }
    }
}

fn part_of(value: &Value, place: usize) -> &Value {
    match value {
        Value::Parts(parts) => parts.get(place).unwrap_or(&Value::Null),
        _ => &Value::Null,
    }
}

/// The row of a record: id, version, three instants, then its fields.
pub(super) fn record(fields: &[Field], row: &PgRow) -> sqlx::Result<Record> {
    let mut column = 5;
    let mut values = Vec::with_capacity(fields.len());
    for field in fields {
        values.push(value(field.ty, row, &mut column)?);
    }
    Ok(Record {
        id: row.try_get(0)?,
        version: erp_core::change::Version(row.try_get(1)?),
        created_at: row.try_get(2)?,
        updated_at: row.try_get(3)?,
        archived_at: row.try_get(4)?,
        values: values.into(),
    })
}

/// The value in the next columns.
fn value(ty: Type, row: &PgRow, column: &mut usize) -> sqlx::Result<Value> {
    let at = *column;
    *column += ty.width();
    let or_null = |value: Option<Value>| Ok(value.unwrap_or(Value::Null));
    match ty {
        Type::Bool => or_null(row.try_get::<Option<bool>, _>(at)?.map(Value::Bool)),
        Type::Int(..) => or_null(row.try_get::<Option<i64>, _>(at)?.map(Value::Int)),
        Type::Decimal { .. } => {
            or_null(row.try_get::<Option<Numeric>, _>(at)?.map(|one| Value::Decimal(one.0)))
        }
        Type::Text(_) => {
            or_null(row.try_get::<Option<&str>, _>(at)?.map(|text| Value::Text(text.into())))
        }
        Type::Choice(words) => match row.try_get::<Option<&str>, _>(at)? {
            None => Ok(Value::Null),
            Some(word) if words.contains(&word) => Ok(Value::Text(word.into())),
            Some(word) => Err(unreadable("word of a choice", word)),
        },
        Type::Id { .. } => or_null(row.try_get::<Option<Uuid>, _>(at)?.map(Value::Id)),
        Type::Day => or_null(row.try_get::<Option<NaiveDate>, _>(at)?.map(Value::Day)),
        Type::Instant => or_null(row.try_get::<Option<Timestamp>, _>(at)?.map(Value::Instant)),
        Type::Money => {
            let amount: Option<Numeric> = row.try_get(at)?;
            let currency: Option<&str> = row.try_get(at + 1)?;
            Ok(match (amount, currency) {
                (Some(amount), Some(code)) => Value::Parts(
                    [Value::Decimal(amount.0), Value::Text(code.into())].as_slice().into(),
                ),
                _ => Value::Null,
            })
        }
        Type::Parts(parts) => {
            let mut at = at;
            let read = |part: &Part| value(part.ty, row, &mut at);
            let values = parts.iter().map(read).collect::<sqlx::Result<Vec<_>>>()?;
            let all_null = values.iter().all(Value::is_null);
            Ok(if all_null { Value::Null } else { Value::Parts(values.into()) })
        }
    }
}
