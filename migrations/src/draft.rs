//! The table of a kind of record, as its description says. It is printed, reviewed and committed.

use erp_core::record::{Away, Field, Key, Kind, Type, table_of};

/// A column of a table.
#[derive(Clone, Debug, PartialEq, Eq)]
pub struct Column {
    /// Its name.
    pub name: String,
    /// Its type, as PostgreSQL names it.
    pub ty: &'static str,
    /// Whether it may be null.
    pub nullable: bool,
}

/// The columns of a kind's table, but for those that it does not describe.
pub fn columns(kind: &Kind) -> Vec<Column> {
    let own = |name: &str, ty| Column { name: name.to_owned(), ty, nullable: false };
    let mut all = vec![own("id", "uuid")];
    for field in kind.fields {
        let nullable = field.optional;
        let names = field.column_names().into_iter();
        all.extend(names.zip(types(&field.ty)).map(|(name, ty)| Column { name, ty, nullable }));
        if field.keyed() {
            all.push(Column { name: field.key_column(), ty: "text", nullable });
        }
    }
    all.push(own("version", "bigint"));
    all.push(own("created_at", "timestamp with time zone"));
    all.push(own("updated_at", "timestamp with time zone"));
    if let Some(away) = kind.away {
        let ty = "timestamp with time zone";
        all.push(Column { name: away.since().to_owned(), ty, nullable: true });
    }
    all
}

/// The types of a value's columns.
fn types(ty: &Type) -> Vec<&'static str> {
    match ty {
        Type::Bool => vec!["boolean"],
        Type::Int(..) => vec!["bigint"],
        Type::Decimal { .. } => vec!["numeric"],
        Type::Text(_) | Type::Choice(_) => vec!["text"],
        Type::Id { .. } => vec!["uuid"],
        Type::Day => vec!["date"],
        Type::Instant => vec!["timestamp with time zone"],
        Type::Money => vec!["numeric", "text"],
        Type::Parts(parts) => parts.iter().flat_map(|part| types(&part.ty)).collect(),
    }
}

/// The statements that create a kind's table and its indexes. Constraints have the names by which the store
/// knows what they refuse: `{table}_pkey`, `{table}_{field}`.
///
/// ```
/// use erp_core::{projects::PhaseDefinition, record::Record as _};
///
/// let sql = erp_migrations::draft(PhaseDefinition::KIND);
/// assert!(sql.contains("CREATE UNIQUE INDEX phase_definitions_name ON phase_definitions (name_key);"));
/// ```
pub fn draft(kind: &Kind) -> String {
    let table = kind.table;
    let mut lines: Vec<String> = columns(kind).iter().map(line).collect();
    lines.push(format!("CONSTRAINT {table}_pkey PRIMARY KEY (id)"));
    lines.push(format!("CONSTRAINT {table}_version CHECK (version >= 1)"));
    let references = references(kind).into_iter();
    lines.extend(references.map(|(name, is)| format!("CONSTRAINT {name} {is}")));
    let mut sql = format!("CREATE TABLE {table} (\n    {}\n);\n", lines.join(",\n    "));
    let keys = keys(kind).into_iter().map(|(_, statement)| statement);
    let indexes = kind.fields.iter().filter_map(|field| index(kind, field));
    for statement in keys.chain(indexes) {
        sql += &statement;
        sql.push('\n');
    }
    sql
}

/// What must be there under its name, since the store knows by that what it refuses: references and keys, with
/// the statement that adds it.
pub fn named(kind: &Kind) -> Vec<(String, String)> {
    let table = kind.table;
    let added = |(name, is): (String, String)| {
        let statement = format!("ALTER TABLE {table} ADD CONSTRAINT {name} {is};");
        (name, statement)
    };
    references(kind).into_iter().map(added).chain(keys(kind)).collect()
}

/// What the fields refer to, by name.
fn references(kind: &Kind) -> Vec<(String, String)> {
    let reference = |field: &Field| {
        let Type::Id { prefix } = field.ty else { return None };
        let target = table_of(prefix).unwrap_or("the_table_of_its_kind");
        let column = field.column_names().concat();
        let is = format!("FOREIGN KEY ({column}) REFERENCES {target} (id)");
        Some((format!("{}_{}", kind.table, field.name), is))
    };
    kind.fields.iter().filter_map(reference).collect()
}

/// The keys by name, with the statement that creates each. Of several fields nothing is a value, too.
fn keys(kind: &Kind) -> Vec<(String, String)> {
    let (table, living) = (kind.table, living(kind));
    let statement = |key: Key| {
        let columns = key.fields.iter().map(|place| kind.fields[*place].key_column());
        let (name, columns) = (format!("{table}_{}", key.name), columns.collect::<Vec<_>>());
        let nulls = if columns.len() > 1 { " NULLS NOT DISTINCT" } else { "" };
        let columns = columns.join(", ");
        let create = format!("CREATE UNIQUE INDEX {name} ON {table} ({columns}){nulls}{living};");
        (name, create)
    };
    kind.keys().map(statement).collect()
}

fn line(column: &Column) -> String {
    let Column { name, ty, nullable } = column;
    let collation = if name.ends_with("_key") { " COLLATE \"C\"" } else { "" };
    let null = if *nullable { "" } else { " NOT NULL" };
    format!("{name} {ty}{collation}{null}")
}

/// Which rows have keys, and are listed: those that are not deleted.
fn living(kind: &Kind) -> &'static str {
    match kind.away {
        Some(Away::Deleted) => " WHERE deleted_at IS NULL",
        _ => "",
    }
}

/// What a field is sorted or found by beside keys.
fn index(kind: &Kind, field: &Field) -> Option<String> {
    let (table, name, key) = (kind.table, field.name, field.key_column());
    if field.sort {
        let under = kind.under.map(|place| kind.fields[place].key_column() + ", ");
        let (under, living) = (under.unwrap_or_default(), living(kind));
        let by = format!("{table}_by_{name} ON {table} ({under}{key}, id){living}");
        return Some(format!("CREATE INDEX {by};"));
    }
    let refers = matches!(field.ty, Type::Id { .. }) && !field.unique;
    refers.then(|| format!("CREATE INDEX {table}_of_{name} ON {table} ({key});"))
}
